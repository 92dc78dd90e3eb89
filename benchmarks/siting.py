"""Our maximal covering beside other engines on one case, and the backup figure of San Francisco.

    python -m benchmarks.siting [--shared ../shared] [--demands 5000] [--candidates 500] [--open 25] [--json]

Each engine runs in a process of its own, the engines in turn within a round; seconds are the median of the
rounds without imports, compiling and making the case, but with building the model from the matrix of walks.
Engines that are not installed are named on stderr and left out. The backup figure needs the folder
``bench/spopt_sf`` below ``--shared``.

This module imports nothing large: a child process inherits the peak memory of its parent.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from statistics import median

OURS = "ours"
ENGINES = (OURS, "ours, until proven", "HiGHS, merged", "spopt + HiGHS", "spopt + CBC", "greedy")


def main() -> None:
    """Run every engine and print the table, then the backup figures."""
    options = read_options()
    size = [str(options.demands), str(options.candidates), str(options.open)]
    runs = {engine: [] for engine in ENGINES}
    for number in range(options.rounds):
        for engine in ENGINES:
            print(f"round {number + 1}, {engine}", file=sys.stderr, flush=True)
            found = child("covering", engine, *size)
            runs[engine] += [found] if found else []
    lines = [describe(engine, found, runs[OURS]) for engine, found in runs.items() if found]
    folder = options.shared / "bench" / "spopt_sf"
    backup = child("backup", str(folder)) if folder.exists() else None
    if options.json:
        print("\n".join(json.dumps(line) for line in (*lines, *([backup] if backup else []))))
    else:
        print_table(lines, backup)


def read_options() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--demands", type=int, default=5_000)
    parser.add_argument("--candidates", type=int, default=500)
    parser.add_argument("--open", type=int, default=25, help="facilities to open")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="one JSON line an engine")
    return parser.parse_args()


def child(*words: str) -> dict | None:
    """Return what a process of its own finds out; None, said on stderr, where an engine is not installed."""
    command = [sys.executable, "-m", "benchmarks.siting_engines", *words]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    found = json.loads(output.splitlines()[-1])  # solvers may print a banner before
    if found is None:
        print(f"{' '.join(words)}: not installed, left out", file=sys.stderr, flush=True)
    return found


def describe(engine: str, runs: list[dict], ours: list[dict]) -> dict:
    """Return the figures of one engine beside ours."""
    middle = {key: median(run[key] for run in runs) for key in ("seconds", "cpu_seconds")}
    return {
        "engine": engine,
        **middle,
        "ratio": middle["seconds"] / median(run["seconds"] for run in ours),
        "peak_mb": max(run["peak_mb"] for run in runs),
        **{key: runs[0][key] for key in ("covered", "bound", "pairs", "demand")},
        "rounds": len(runs),
    }


def print_table(lines: list[dict], backup: dict | None) -> None:
    """Print the engines as rows and the backup figures as a sentence."""
    print(f"{lines[0]['pairs']:,} pairs, demand {lines[0]['demand']:,}\n")
    print("| engine | seconds | CPU seconds | × ours | peak MB | covered | proven bound |")
    print("|---|---|---|---|---|---|---|")
    for line in lines:
        figures = f"{line['seconds']:.3g} | {line['cpu_seconds']:.3g} | {line['ratio']:.2g}"
        bound = "–" if line["bound"] is None else f"{line['bound']:,.0f}"
        print(f"| {line['engine']} | {figures} | {line['peak_mb']:.0f} | {line['covered']:,} | {bound} |")
    if backup:
        print(
            f"\nSan Francisco, {backup['sites']} sites within 5 km: {backup['true_twice']} of "
            f"{backup['tracts']} tracts are covered twice by ours."
        )
        if backup["spopt_percent"] is not None:
            print(
                f"spopt states {backup['spopt_percent']:.2f} %; its own sites cover "
                f"{backup['spopt_true_twice']} of {backup['tracts']} twice, "
                f"{100 * backup['spopt_true_twice'] / backup['tracts']:.2f} %."
            )


if __name__ == "__main__":
    main()
