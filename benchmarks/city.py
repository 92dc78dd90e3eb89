"""Distances, coverage, gap classes and losses at the size of a city, with their peers in the same run.

    python -m benchmarks.city --households 200000 --watchers 3000 --json
    python -m benchmarks.city --growth

Each engine does each step in a process of its own, the engines in turn within a round; an answer that
differs from ours ends the run. ``seconds`` is the median of the rounds, without imports, loading the city and
compiling, which ``compile`` (nothing kept yet) and ``load_compiled`` tell apart. ``peak_mb`` is the peak of
the process, ``loaded_mb`` its peak before the clock started (interpreter, imports, the city, one run on a
tiny city), ``ratio`` the seconds of a peer over ours, ``cpu_seconds`` the work of all cores (what else runs
on the machine lengthens it less than ``seconds``). ``--growth`` takes our steps through cities of one density
and one share of watchers.

This module imports nothing large: a child process inherits the peak memory of its parent.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

STEPS = {
    "graph_building": ("ours", "scipy csr_array", "networkx DiGraph"),
    "snapping": ("ours", "geopandas sjoin_nearest"),
    "distances": (
        "ours",
        "scipy dijkstra on clipped tiles",
        "scipy dijkstra, 100 sources a call",
        "networkx cutoff",
    ),
    "watch_graph": ("ours",),
    "coverage": ("ours",),
    "gap_classes": ("ours",),
    "maximum_flow": ("ours", "OR-Tools SimpleMaxFlow", "scipy maximum_flow"),
    "loss_of_each_watcher": ("ours", "OR-Tools, city solved anew"),
}
SMALL_CITY = 10_000  # networkx needs minutes for the maximum flow of a larger one
SMALL_STEPS = {"maximum_flow": ("ours", "networkx maximum_flow")}
TINY_CITY = (3_000, 45, 1)  # households, watchers, seed: has gaps of every kind, so all code is compiled
SLOW_S = 20.0  # what takes longer is run once
WATCHERS_SHARE = 0.015
GROWTH = (10_000, 50_000, 200_000, 500_000)


def main() -> None:
    """Run the steps asked for and print JSON lines or a markdown table."""
    options = read_options()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), options)
        lines = bench.compile()
        for (households, watchers), engines in cities(options):
            lines += bench.run(households, watchers, engines)
    if options.json:
        print("\n".join(json.dumps(line) for line in lines))
    else:
        print_growth(lines) if options.growth else print_table(lines)


def read_options() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--households", type=int, default=200_000)
    parser.add_argument("--watchers", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3, help=f"over {SLOW_S:.0f} s: one round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--season", choices=("normal", "snow"), default="normal")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS), metavar="STEP")
    parser.add_argument("--growth", action="store_true", help="our steps at growing sizes")
    parser.add_argument("--sizes", nargs="+", type=int, default=GROWTH, help="households, with --growth")
    parser.add_argument("--json", action="store_true", help="one JSON line a step and engine")
    return parser.parse_args()


def cities(options: argparse.Namespace) -> Iterator[tuple[tuple[int, int], dict[str, tuple[str, ...]]]]:
    """Yield the size of each city, and the engines of each step there."""
    if options.growth:
        for households in options.sizes:
            yield _sized(households), {step: ("ours",) for step in options.steps}
        return
    engines = {step: STEPS[step] for step in options.steps}
    small = {step: names for step, names in SMALL_STEPS.items() if step in engines}
    if options.households <= SMALL_CITY:
        engines |= {step: engines[step] + names[1:] for step, names in small.items()}
        small = {}
    yield (options.households, options.watchers), engines
    if small:
        yield _sized(SMALL_CITY), small


def _sized(households: int) -> tuple[int, int]:
    return households, round(households * WATCHERS_SHARE)


class Bench:
    """Runs of steps in processes of their own, with one folder for cities and compiled code."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.options = folder, options
        self._prepare("tiny", *TINY_CITY)

    def compile(self) -> list[dict]:
        """Return what compiling costs, and what loading the compiled code costs."""
        return [
            {"step": step, "engine": "ours"}
            | _rounded(self._child(".", "compile", *self.options.steps) | {"ratio": 1.0})
            for step in ("compile", "load_compiled")
        ]

    def run(self, households: int, watchers: int, engines: dict[str, tuple[str, ...]]) -> list[dict]:
        """Return one line a step and engine for a city of this size."""
        city = {"households": households, "watchers": watchers}
        self._prepare(".", households, watchers, self.options.seed)
        tasks = [(step, engine) for step in engines for engine in engines[step]]
        runs = {task: [] for task in tasks}
        for number in range(self.options.rounds):
            for task in tasks:
                if number == 0 or runs[task][0]["clock"] <= SLOW_S:
                    self._tell(f"round {number + 1}, {', '.join(task)}")
                    runs[task].append(self._child(".", *task))
        return [line for task in tasks for line in _lines(city, task, runs)]

    def _prepare(self, folder: str, households: int, watchers: int, seed: int) -> None:
        self._tell(f"making a city of {households:,} households and {watchers:,} watchers")
        numbers = str(households), str(watchers), str(seed)
        made = self._child(folder, "prepare", *numbers, self.options.season, cache="not_timed")
        self._tell(", ".join(f"{name} {value:,}" for name, value in made.items()))

    def _child(self, folder: str, *words: str, cache: str = "compiled") -> dict:
        command = [sys.executable, "-m", "benchmarks.city_steps", str(self.folder / folder), *words]
        kept = os.environ | {"NUMBA_CACHE_DIR": str(self.folder / cache)}
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=kept).stdout)

    def _tell(self, what: str) -> None:
        print(what, file=sys.stderr, flush=True)


def _lines(city: dict, task: tuple[str, str], runs: dict[tuple[str, str], list[dict]]) -> list[dict]:
    """Return the line of a step and engine, and one for each part of it that was timed as well."""
    step, engine = task
    last = dict(runs[task][-1])
    parts = {name: [run["parts"][name] for run in runs[task]] for name in last.pop("parts", {})}
    ours = median(run["seconds"] for run in runs[step, "ours"])
    common = {"peak_mb": max(run["peak_mb"] for run in runs[task]), "loaded_mb": last["loaded_mb"]}
    last["cpu_seconds"] = median(run["cpu_seconds"] for run in runs[task])
    lines = [{"step": step, "engine": engine} | city | last | common | _spread(runs[task], ours)]
    for name, found in parts.items():
        spread = _spread(found, median(run["seconds"] for run in found))
        lines.append(
            {"step": name, "engine": engine} | city | found[-1] | common | spread | {"part_of": step}
        )
    return [_rounded({key: line[key] for key in line if key != "clock"}) for line in lines]


def _spread(runs: list[dict], ours: float) -> dict:
    seconds = [run["seconds"] for run in runs]
    middle = median(seconds)
    return {
        "seconds": middle,
        "ratio": middle / ours,
        "least": min(seconds),
        "most": max(seconds),
        "rounds": len(runs),
    }


def _rounded(line: dict) -> dict:
    """Round seconds to microseconds, a ratio to three digits; put the main keys first."""
    digits = {"seconds": 6, "cpu_seconds": 6, "least": 6, "most": 6, "peak_mb": 1, "loaded_mb": 1}
    short = {key: round(value, digits[key]) if key in digits else value for key, value in line.items()}
    if "ratio" in short:
        short["ratio"] = float(f"{short['ratio']:.3g}")
    first = {key: short[key] for key in ("step", "engine", "seconds", "peak_mb", "ratio") if key in short}
    return first | short


def print_table(lines: list[dict]) -> None:
    """Print every line as a row."""
    print("| step | engine | households | seconds | CPU seconds | × ours | peak MB | before the clock |")
    print("|---|---|---|---|---|---|---|---|")
    for line in lines:
        numbers = (
            f"{line['households']:,}" if "households" in line else "",
            f"{line['seconds']:.3g}" + (" (estimated)" if line.get("estimated") else ""),
            f"{line['cpu_seconds']:.3g}" if "cpu_seconds" in line else "",
            str(line["ratio"]),
            f"{line['peak_mb']:.0f}",
            f"{line['loaded_mb']:.0f}" if "loaded_mb" in line else "",
        )
        print(f"| {' | '.join((line['step'], line['engine'], *numbers))} |")


def print_growth(lines: list[dict]) -> None:
    """Print seconds, and microseconds a household, by step and size."""
    lines = [line for line in lines if "households" in line]  # not what compiling takes
    sizes = sorted({line["households"] for line in lines})
    print(f"| step | {' | '.join(f'{size:,} households' for size in sizes)} |")
    print("|---" * (len(sizes) + 1) + "|")
    for step in dict.fromkeys(line["step"] for line in lines):
        found = {line["households"]: line["seconds"] for line in lines if line["step"] == step}
        cells = (f"{found[size]:.3g} s ({found[size] / size * 1e6:.3g} µs each)" for size in sizes)
        print(f"| {step} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
