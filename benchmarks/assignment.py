"""Our assignment of visits beside other engines on the same networks, all in one run.

    python -m benchmarks.assignment [--shared ../shared] [--households 200000] [--watchers 3000] [--json]

Prints a Markdown table: seconds, work of all cores (CPU seconds) and its ratio to ours, peak memory, and
whether the optimum is the same to the unit. Each engine runs in a process of its own, the engines in turn
within a round; seconds are the median of the rounds without imports, compiling and reading the case. Our
seconds include the merging of like households; "merged" engines get the merged network for nothing. Engines
that would take minutes are left out of the larger cases. The public cases need the folder ``bench`` below
``--shared``; the made cities need nothing. An engine that is not installed is named on stderr and left out.

This module imports nothing large: a child process inherits the peak memory of its parent.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

OURS = "ours"
PEERS = {  # most links of the network it gets
    "OR-Tools, merged": 10**8,
    "OR-Tools": 10**8,
    "POT, merged": 10**8,
    "POT": 10**8,
    "HiGHS linear programme, merged": 100_000,
    "networkx simplex, merged": 100_000,
    "nearest pair first": 10**8,
}
SLOW_S = 20.0  # what takes longer is run once


def main() -> None:
    """Run every case by every engine and print the table."""
    options = read_options()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = str(options.households), str(options.watchers)
        cases = child("assignment_cases", name, str(options.shared), *sizes)
        lines = [line for case in cases for line in run_case(folder, case, options.rounds)]
    if options.json:
        print("\n".join(json.dumps(line) for line in lines))
    else:
        print_table(lines)


def read_options() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--households", type=int, default=200_000)
    parser.add_argument("--watchers", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=3, help=f"over {SLOW_S:.0f} s: one round")
    parser.add_argument("--json", action="store_true", help="one JSON line a case and engine")
    return parser.parse_args()


def child(module: str, *words: str) -> list | dict | None:
    """Return what a process of its own finds out; None where an engine is not installed."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *words]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def run_case(folder: Path, case: dict, rounds: int) -> list[dict]:
    """Return one line for each engine of one case."""
    engines = [OURS, *(peer for peer, most in PEERS.items() if fits(peer, most, case))]
    runs = {engine: [] for engine in engines}
    for number in range(rounds):
        for engine in engines:
            if number and (not runs[engine] or runs[engine][0]["seconds"] > SLOW_S):
                continue
            print(f"{case['name']}, round {number + 1}, {engine}", file=sys.stderr, flush=True)
            found = child("assignment_engines", str(folder / case["file"]), engine)
            if found is None:
                print(f"{engine} is not installed: left out", file=sys.stderr, flush=True)
            runs[engine] += [found] if found else []
    done = {engine: found for engine, found in runs.items() if found}
    return [describe(case, engine, found, done[OURS]) for engine, found in done.items()]


def fits(peer: str, most: int, case: dict) -> bool:
    """Say whether an engine can take a case: it is no larger than it can be, and of visits where it must."""
    if case["kind"] == "network":
        return peer in ("OR-Tools", "networkx simplex, merged")
    return case["merged_links" if "merged" in peer else "links"] <= most


def describe(case: dict, engine: str, runs: list[dict], ours: list[dict]) -> dict:
    """Return the figures of one engine, and how far its answer lies above ours.

    The ratio is of the work, which other programs on the machine lengthen less than the seconds.
    """
    worked = median(run["cpu_seconds"] for run in runs)
    return {
        "case": case["name"],
        "links": case["merged_links" if "merged" in engine else "links"],
        "engine": engine,
        "seconds": median(run["seconds"] for run in runs),
        "cpu_seconds": worked,
        "ratio": worked / median(run["cpu_seconds"] for run in ours),
        "peak_mb": max(run["peak_mb"] for run in runs),
        "above": runs[0]["value"] - ours[0]["value"],
        "unserved": runs[0]["unserved"],
        "proven": runs[0].get("proven"),
        "rounds": len(runs),
    }


def print_table(lines: list[dict]) -> None:
    """Print every line as a row."""
    print("| case | links | engine | seconds | CPU seconds | × ours | peak MB | unserved | same optimum |")
    print("|---|---|---|---|---|---|---|---|---|")
    for line in lines:
        same = "proven" if line["proven"] else "yes" if line["above"] == 0 else f"no: {line['above']:+,}"
        figures = f"{line['seconds']:.3g} | {line['cpu_seconds']:.3g} | {line['ratio']:.2g}"
        print(
            f"| {line['case']} | {line['links']:,} | {line['engine']} | {figures} | {line['peak_mb']:.0f} "
            f"| {'–' if line['unserved'] is None else format(line['unserved'], ',')} | {same} |"
        )


if __name__ == "__main__":
    main()
