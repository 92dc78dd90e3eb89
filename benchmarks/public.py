"""Every public case with a known answer, solved by ours: value, bound, gap and seconds, a line each.

Run: ``python -m benchmarks.public --bench DIR [--json] [--seconds 60] [--only NAME]``. DIR holds the folders,
at any depth, or is one of them. A folder is known by its name, else by the form of its files. A case that
cannot be read gives a line with the status "error: …", and the run goes on; it then ends with the code 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from analysis.milp import relative_gap
from benchmarks import public_capacitated as capacitated
from benchmarks import public_siting as siting
from benchmarks.public_instance import Answer, Instance, data_files
from benchmarks.public_warm_up import write_small_cases

READERS: dict[str, Callable[[Path], Iterator[Instance]]] = {
    "gap": capacitated.gap,
    "cflp": capacitated.cflp,
    "sscflp_holmberg": capacitated.sscflp,
    "capacitated_pmedian": capacitated.capacitated_pmedian,
    "mincostflow": capacitated.mincostflow,
    "watcher_assignment": capacitated.watcher_assignment,
    "pmed": siting.instances,
    "spopt_sf": siting.instances,
}
WARM_UP_SECONDS = 20.0
MET = 1e-9  # relative distance of value and bound that rounding may leave
KEYS = ("problem", "instance", "value", "optimum", "bound", "gap", "seconds", "status")


def main() -> None:
    """Solve every case found, print a line each, and end with 1 when any line is an error."""
    words = _parser().parse_args()
    warm_up()
    failed = False
    if not words.json:
        print(f"| {' | '.join(KEYS)} |\n|{'---|' * len(KEYS)}")
    for instance in find_instances(words.bench):
        if words.only and words.only not in (instance.name, instance.problem):
            continue
        line = run(instance, words.seconds)
        failed |= line["status"].startswith("error")
        print(json.dumps(line, allow_nan=False) if words.json else _row(line), flush=True)
    sys.exit(1 if failed else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", type=Path, required=True, help="folder of the public cases")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    parser.add_argument("--seconds", type=float, default=60.0, help="allowed for each case")
    parser.add_argument("--only", help="name of one case, or of one kind of problem")
    return parser


def find_instances(bench: Path) -> Iterator[Instance]:
    """Yield the cases of every folder known; name the others on stderr."""
    if not bench.is_dir():
        raise SystemExit(f"Expected a folder, got {bench}. Correct --bench.")
    bench = bench.resolve()
    for folder in sorted({bench, *(path for path in bench.rglob("*") if path.is_dir())}):
        if not data_files(folder):
            continue
        kind = kind_of(folder)
        if kind is None:
            print(f"No reader for {folder.name}: its cases are not run.", file=sys.stderr)
        else:
            yield from _cases(kind, folder)


def _cases(kind: str, folder: Path) -> Iterator[Instance]:
    """Yield a folder's cases; where even its list cannot be read, one case that says so."""
    try:
        yield from READERS[kind](folder)
    except Exception as error:  # whatever a broken file causes becomes a line
        yield Instance(kind, folder.name, None, _failing(error))


def _failing(error: Exception) -> Callable[[float], Answer]:
    def solve(seconds: float) -> Answer:
        raise error

    return solve


def kind_of(folder: Path) -> str | None:
    """Return which reader a folder's cases need, by its name, else by its first file of a known form."""
    if folder.name in READERS:
        return folder.name
    files = data_files(folder)
    return next((kind for kind in map(kind_of_file, files) if kind is not None), None)


def kind_of_file(path: Path) -> str | None:
    """Return which reader knows the form of a file, None where none does."""
    if path.name.endswith("_pairs.csv.gz"):
        return "watcher_assignment"
    if path.suffix == ".csv" and "network_distance" in path.name:
        return "spopt_sf"
    if path.suffix == ".min":
        return "mincostflow"
    try:
        numbers = capacitated.read_numbers(path)
    except (ValueError, OSError):
        return None
    return _kind_of_numbers(numbers, path)


def _kind_of_numbers(numbers: np.ndarray, path: Path) -> str | None:
    """Return the kind whose form has as many numbers as the file."""
    first, second, count = int(numbers[0]), int(numbers[1]), len(numbers)
    if count == 3 + 3 * second and count > 3:
        return "pmed"
    if count == 2 + 4 * first:
        return "capacitated_pmedian"
    if count == 2 + 2 * first + second + first * second:
        return "cflp" if _is_by_customer(numbers, first, second, path) else "sscflp_holmberg"
    if count == 2 + first + 2 * first * second:
        return "gap"
    return None


def _is_by_customer(numbers: np.ndarray, sites: int, customers: int, path: Path) -> bool:
    """Say whether each customer's demand stands before its costs, not all demands before all costs."""
    room = numbers[2 : 2 + 2 * sites : 2].sum()
    rest = numbers[2 + 2 * sites :]
    together, apart = rest[:customers], rest[:: sites + 1]
    may_be_together, may_be_apart = (
        bool((demand == np.rint(demand)).all() and demand.sum() <= room) for demand in (together, apart)
    )
    if may_be_together != may_be_apart:
        return may_be_apart
    return path.name.startswith("cap")


def run(instance: Instance, seconds: float) -> dict:
    """Solve a case; return its line. Optimal is what meets its bound, whatever the solver says."""
    begin = perf_counter()
    try:
        answer = instance.solve(seconds)
    except Exception as error:  # whatever a broken file causes becomes a line
        text = " ".join(str(error).split())
        answer = Answer(None, None, f"error: {text or type(error).__name__}")
    taken = perf_counter() - begin
    value, bound = _number(answer.value), _number(answer.bound)
    gap = None if value is None or bound is None else relative_gap(value, bound)
    status = answer.status
    if status == "optimal":
        status, gap = ("optimal", 0.0) if gap is not None and gap <= MET else ("feasible", gap)
    numbers = (value, _number(instance.optimum), bound, gap, round(taken, 3))
    return dict(zip(KEYS, (instance.problem, instance.name, *numbers, status), strict=True))


def _number(value: float | None) -> float | int | None:
    """Return a number JSON can tell, whole ones without a point; None where there is none."""
    if value is None or not np.isfinite(value):
        return None
    value = float(value)
    return int(value) if value.is_integer() else value


def _row(line: dict) -> str:
    def cell(value: object) -> str:
        return "–" if value is None else f"{value:,.6g}" if isinstance(value, float) else f"{value}"

    return f"| {' | '.join(cell(line[key]) for key in KEYS)} |"


def warm_up() -> None:
    """Solve small cases of every form, so that what is compiled at the first call is not timed."""
    with TemporaryDirectory() as folder:
        write_small_cases(Path(folder))
        for instance in find_instances(Path(folder)):
            instance.solve(WARM_UP_SECONDS)


if __name__ == "__main__":
    main()
