"""Compare our assignment kernel with networkx and HiGHS on the same networks, all in one run.

    python benchmarks/assignment.py [--shared ../shared] [--city 30000]

Prints a Markdown table: seconds, ratio to ours, and whether the optimum is the same to the unit. Peers that
would take minutes are left out of the larger cases, and the table says so. The public cases need the folder
``bench/watcher_assignment`` below ``--shared``; the synthetic city needs nothing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import coo_array, hstack, identity
from scipy.spatial import cKDTree

from analysis.assignment import solve_assignment

UNSERVED_DM = 1_000_000
NETWORKX_LINKS, HIGHS_LINKS = 8_000, 90_000  # larger networks take minutes


@dataclass(frozen=True)
class Case:
    """One network: needs, capacities, and links with their walk."""

    name: str
    need: np.ndarray
    capacity: np.ndarray
    household: np.ndarray
    watcher: np.ndarray
    cost_dm: np.ndarray


def solve_ours(case: Case) -> int:
    """Return the optimum (walk and unserved visits priced) by ``solve_assignment``."""
    found = solve_assignment(
        case.need, case.capacity, case.household, case.watcher, case.cost_dm, unserved_dm=UNSERVED_DM
    )
    return found.walk_dm + UNSERVED_DM * int(found.unserved.sum())


def solve_networkx(case: Case) -> int:
    """Return the optimum by networkx's network simplex."""
    network = nx.DiGraph()
    network.add_node("end", demand=int(case.need.sum()))
    for home, need in enumerate(case.need):
        network.add_node(("h", home), demand=-int(need))
        network.add_edge(("h", home), "end", weight=UNSERVED_DM)
    for person, capacity in enumerate(case.capacity):
        network.add_edge(("w", person), "end", capacity=int(capacity), weight=0)
    for home, person, cost in zip(case.household, case.watcher, case.cost_dm, strict=True):
        network.add_edge(("h", home), ("w", person), weight=int(cost))
    return nx.network_simplex(network)[0]


def solve_highs(case: Case) -> int:
    """Return the optimum by HiGHS as a linear programme through scipy."""
    links, homes = np.arange(len(case.household)), len(case.need)
    ones = np.ones(len(links))
    served = coo_array((ones, (case.household, links)), shape=(homes, len(links)))
    load = coo_array((ones, (case.watcher, links)), shape=(len(case.capacity), len(links)))
    equal = hstack([served, identity(homes)]).tocsr()
    within = hstack([load, coo_array((len(case.capacity), homes))]).tocsr()
    price = np.concatenate([case.cost_dm, np.full(homes, UNSERVED_DM)])
    found = linprog(price, A_ub=within, b_ub=case.capacity, A_eq=equal, b_eq=case.need, method="highs")
    return round(found.fun)


def read_public_cases(shared: Path) -> Iterator[Case]:
    """Yield the public cities with a proven optimum, as far as they are present."""
    for name in ("city7_500", "city7_2000", "city7_20000"):
        paths = [
            shared / "bench" / "watcher_assignment" / f"{name}_{part}.csv.gz"
            for part in ("places", "watchers", "pairs")
        ]
        if not all(path.exists() for path in paths):
            print(f"{name}: absent, left out")
            continue
        places, people, pairs = (pd.read_csv(path) for path in paths)
        yield Case(
            name,
            places.sort_values("place")["households"].to_numpy(),
            people.sort_values("watcher")["capacity"].to_numpy(),
            *(pairs[column].to_numpy() for column in ("place", "watcher", "distance_dm")),
        )


def make_city(households: int, seed: int = 7) -> Case:
    """Return a synthetic city: clustered households, a tenth as many watchers, needs in visits a year."""
    generator = np.random.default_rng(seed)
    centres = generator.uniform(0, 12_000, (60, 2))
    homes = centres[generator.integers(0, 60, households)] + generator.normal(0, 500, (households, 2))
    people = centres[generator.integers(0, 60, households // 10)] + generator.normal(
        0, 600, (households // 10, 2)
    )
    pairs = cKDTree(homes).sparse_distance_matrix(cKDTree(people), 800, output_type="ndarray")
    need = generator.choice([4, 6, 12, 24, 48], households)
    capacity = generator.integers(60, 200, len(people))
    return Case(
        f"synthetic {households:,} households",
        need,
        capacity,
        pairs["i"],
        pairs["j"],
        np.rint(pairs["v"] * 13).astype(np.int64),
    )


def measure(solve: Callable[[Case], int], case: Case) -> tuple[float, int]:
    """Return seconds and optimum."""
    begin = time.perf_counter()
    optimum = solve(case)
    return time.perf_counter() - begin, optimum


def describe(case: Case) -> Iterator[str]:
    """Yield the table rows of one case."""
    ours, optimum = measure(solve_ours, case)
    yield f"| {case.name} | {len(case.household):,} | ours (OR-Tools) | {ours:.2f} | 1 | – |"
    peers = {
        "networkx simplex": (solve_networkx, NETWORKX_LINKS),
        "HiGHS linear programme": (solve_highs, HIGHS_LINKS),
    }
    for name, (solve, most_links) in peers.items():
        if len(case.household) > most_links:
            yield f"| {case.name} | {len(case.household):,} | {name} | left out (minutes) | – | – |"
            continue
        seconds, found = measure(solve, case)
        same = "yes" if found == optimum else f"no: {found - optimum:+,}"
        ratio = seconds / ours
        yield f"| {case.name} | {len(case.household):,} | {name} | {seconds:.2f} | {ratio:.0f} | {same} |"


def main() -> None:
    """Run every case and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--city", type=int, default=30_000)
    options = parser.parse_args()
    rows = [
        row
        for case in (*read_public_cases(options.shared), make_city(2_000), make_city(options.city))
        for row in describe(case)
    ]
    print("| case | links | solver | seconds | times ours | same optimum |\n|---|---|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
