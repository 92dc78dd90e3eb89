"""From the database to coverage, gaps and the HTML map of the default city: seconds a step and peak memory.

    python -m benchmarks.demo_city [--households 30000] [--rounds 3]

Each round is a process of its own, so that the peak is that of one analysis.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median


def main() -> None:
    """Make the city once, analyse it in fresh processes and print a markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--households", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("URL", "DAYS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure_one(options.one[0], int(options.one[1]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        made, url = make_city(Path(folder), options.households)
        command = [sys.executable, "-m", "benchmarks.demo_city", "--one", url]
        runs = [
            json.loads(
                subprocess.run([*command, str(days)], check=True, capture_output=True, text=True).stdout
            )
            for days in range(options.rounds)
        ]
    print_table(options.households, made, runs)


def make_city(folder: Path, households: int) -> tuple[dict[str, float], str]:
    """Generate and import the demo city; return the seconds of both and the database's URL."""
    from app.services.demo import make_demo
    from geodata.demo_city import generate_demo_city
    from geodata.session import Store
    from geodata.viewer import Viewer

    start = time.perf_counter()
    generate_demo_city(folder / "alone", households=households, seed=2025)
    generated = time.perf_counter() - start
    url = f"sqlite:///{folder / 'city.db'}"
    start = time.perf_counter()
    make_demo(Store(url), Viewer("benchmark", "operator"), folder / "city", households=households, seed=2025)
    return {"generate": generated, "generate and import": time.perf_counter() - start}, url


def measure_one(url: str, days: int) -> dict[str, float]:
    """Analyse the city ``days`` after its reference date, for which nothing is kept yet, and draw its map.

    Returns
    -------
    dict
        Seconds by step, and the peak memory in MB.
    """
    import resource

    from app.reports import MAP_LAYERS
    from app.services import coverage
    from app.services.cells import load_gap_cells
    from app.ui.maps import standalone_gap_map
    from app.ui.text import Words
    from geodata.session import Store
    from geodata.viewer import Viewer

    store, viewer = Store(url), Viewer("benchmark", "planner")
    clock = [("start", time.perf_counter())]
    day = coverage.read_info(store).reference_date + dt.timedelta(days=days)
    figures = coverage.load_city_figures(
        store, viewer, "normal", day, lambda step: clock.append((step.step, time.perf_counter()))
    )
    clock.append(("map", time.perf_counter()))
    shapes = {layer: coverage.load_shapes(store, layer) for layer in MAP_LAYERS}
    page = standalone_gap_map(figures, shapes, load_gap_cells(store, viewer, figures), Words("ja"))
    clock.append(("end", time.perf_counter()))
    seconds = {name: after - now for (name, now), (_, after) in itertools.pairwise(clock)}
    return {
        **seconds,
        "all": clock[-1][1] - clock[0][1],
        "page MB": len(page.encode()) / 1e6,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    }


def print_table(households: int, made: dict[str, float], runs: list[dict[str, float]]) -> None:
    """Print the medians of all runs."""
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    print(f"{households:,} households, {len(runs)} runs; {machine}\n")
    print("| step | seconds (median) | least | most |\n|---|---|---|---|")
    for name, seconds in made.items():
        print(f"| {name} (one run) | {seconds:.1f} | | |")
    for name in runs[0]:
        if "MB" not in name:
            values = [run[name] for run in runs]
            print(f"| {name} | {median(values):.2f} | {min(values):.2f} | {max(values):.2f} |")
    for name in ("page MB", "peak MB"):
        print(f"\n{name}: {median(run[name] for run in runs):.1f}")


if __name__ == "__main__":
    main()
