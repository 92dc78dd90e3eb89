"""Readers of the public cases with capacities: siting, generalised assignment and flows.

The forms are told in the SOURCE.md beside the files. A file is read when its case is solved, so that a broken
one fails alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from time import monotonic

import numpy as np
import pandas as pd

from analysis.milp import Limits
from analysis.siting.capacitated import SitingPlan, SitingProblem, solve_siting
from analysis.siting.capacitated_split import SplitPlan, solve_split_siting
from analysis.siting.generalised import GeneralisedAssignment, solve_generalised_assignment
from analysis.transport import FlowNetwork, solve_flow
from benchmarks.public_instance import Answer, Instance, data_files

UNSERVED_DM = 1_000_000  # price of a household left without a watcher, decimetres
FLOORED_CAPACITY = (
    120  # OR-Library's capacitated p-median: the only set whose distances are cut to whole numbers
)
WITHOUT_SUFFIX = (".txt", ".dat", ".min")
NODES = 10**9  # of the search: here only the seconds end it
PARTS = ("pairs", "watchers", "places")

Solve = Callable[[float], Answer]


def gap(folder: Path) -> Iterator[Instance]:
    """Yield the generalised assignments of a folder."""
    return _one_a_file("gap", folder, _solve_gap)


def cflp(folder: Path) -> Iterator[Instance]:
    """Yield the capacitated facility locations with split demand of a folder."""
    return _one_a_file("cflp", folder, _solve_cflp)


def sscflp(folder: Path) -> Iterator[Instance]:
    """Yield the single-source capacitated facility locations of a folder."""
    return _one_a_file("sscflp", folder, _solve_sscflp)


def capacitated_pmedian(folder: Path) -> Iterator[Instance]:
    """Yield the capacitated p-medians of a folder."""
    return _one_a_file("capacitated_pmedian", folder, _solve_capacitated_pmedian)


def mincostflow(folder: Path) -> Iterator[Instance]:
    """Yield the minimum-cost flows of a folder."""
    return _one_a_file("mincostflow", folder, _solve_flow_file)


def watcher_assignment(folder: Path) -> Iterator[Instance]:
    """Yield the made cities of a folder: decimetres walked and, for each household unserved, a price."""
    expected = read_expected(folder)
    for path in sorted(folder.glob("*_pairs.csv.gz")):
        name = path.name.removesuffix("_pairs.csv.gz")
        yield Instance("watcher_assignment", name, _city_optimum(expected.get(name)), _city(folder, name))


def read_expected(folder: Path) -> dict:
    """Return the known answers of a folder by case, none where it states none."""
    path = folder / "expected.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def case_name(path: Path) -> str:
    """Return the name of the case a file holds."""
    return path.stem if path.suffix in WITHOUT_SUFFIX else path.name


def read_numbers(path: Path) -> np.ndarray:
    """Return all numbers of a file.

    Raises
    ------
    ValueError
        Anything but numbers, or fewer than two.
    """
    words = path.read_text(encoding="utf-8").replace("\0", " ").split()
    numbers = np.array(words, dtype=float)
    if len(numbers) < 2 or not np.isfinite(numbers).all():
        raise ValueError(f"Expected two finite numbers or more in {path.name}, got {len(numbers)}.")
    return numbers


def _one_a_file(problem: str, folder: Path, solve: Callable[[Path, float], Answer]) -> Iterator[Instance]:
    expected = read_expected(folder)
    for path in data_files(folder):
        known = expected.get(case_name(path), expected.get(path.name))
        yield Instance(problem, case_name(path), _optimum(known), _bind(solve, path))


def _bind(solve: Callable[[Path, float], Answer], path: Path) -> Solve:
    return lambda seconds: solve(path, seconds)


def _optimum(known: object) -> float | None:
    """Return the answer stated as a number, or as one of the names the folders use."""
    if isinstance(known, dict):
        known = next((known[name] for name in ("optimum", "value", "best") if name in known), None)
    return float(known) if isinstance(known, int | float) else None


def _until(seconds: float) -> dict:
    """Return options that end a search after the seconds."""
    end = monotonic() + seconds
    return {"limits": Limits(nodes=NODES, seconds=seconds), "stop": lambda: monotonic() > end}


def _answer(plan: SitingPlan | SplitPlan) -> Answer:
    value = plan.value if np.isfinite(plan.value) else None
    return Answer(value, plan.bound if np.isfinite(plan.bound) else None, plan.status)


def _whole(numbers: np.ndarray, name: str) -> np.ndarray:
    if (numbers != np.rint(numbers)).any():
        raise ValueError(f"Expected whole numbers as {name}, got fractions.")
    return numbers.astype(np.int64)


def _cut(numbers: np.ndarray, *lengths: int) -> list[np.ndarray]:
    """Return the numbers after the first two in pieces of these lengths, which must fit exactly."""
    ends = np.cumsum([2, *lengths])
    if ends[-1] != len(numbers):
        raise ValueError(f"Expected {ends[-1]} numbers, got {len(numbers)}.")
    return [numbers[start:end] for start, end in pairwise(ends)]


def _counts(numbers: np.ndarray) -> tuple[int, int]:
    first, second = _whole(numbers[:2], "counts")
    if min(first, second) < 1:
        raise ValueError(f"Expected counts above 0, got {first} and {second}.")
    return int(first), int(second)


def _solve_gap(path: Path, seconds: float) -> Answer:
    numbers = read_numbers(path)
    agents, jobs = _counts(numbers)
    cost, use, capacity = _cut(numbers, agents * jobs, agents * jobs, agents)
    problem = GeneralisedAssignment(
        cost.reshape(agents, jobs), _whole(use, "use").reshape(agents, jobs), _whole(capacity, "capacity")
    )
    return _answer(solve_generalised_assignment(problem, **_until(seconds)))


def _solve_cflp(path: Path, seconds: float) -> Answer:
    numbers = read_numbers(path)
    sites, customers = _counts(numbers)
    rows, rest = _cut(numbers, 2 * sites, customers * (sites + 1))
    rows, rest = rows.reshape(sites, 2), rest.reshape(customers, sites + 1)
    problem = SitingProblem(
        cost=rest[:, 1:].T,
        demand=_whole(rest[:, 0], "demand"),
        capacity=_whole(rows[:, 0], "capacity"),
        opening=rows[:, 1],
    )
    return _answer(solve_split_siting(problem, **_until(seconds)))


def _solve_sscflp(path: Path, seconds: float) -> Answer:
    numbers = read_numbers(path)
    sites, customers = _counts(numbers)
    rows, demand, cost = _cut(numbers, 2 * sites, customers, sites * customers)
    rows = rows.reshape(sites, 2)
    problem = SitingProblem(
        cost=cost.reshape(sites, customers),
        demand=_whole(demand, "demand"),
        capacity=_whole(rows[:, 0], "capacity"),
        opening=rows[:, 1],
    )
    return _answer(solve_siting(problem, **_until(seconds)))


def _solve_capacitated_pmedian(path: Path, seconds: float) -> Answer:
    numbers = read_numbers(path)
    points, count = _counts(numbers)
    (rows,) = _cut(numbers, 4 * points)
    x, y, capacity, demand = rows.reshape(points, 4).T
    distance = np.hypot(x[:, None] - x, y[:, None] - y)
    if path.name.startswith("cpmp") or (capacity == FLOORED_CAPACITY).all():
        distance = np.floor(distance)
    problem = SitingProblem(
        cost=distance,
        demand=_whole(demand, "demand"),
        capacity=_whole(capacity, "capacity"),
        count=count,
    )
    return _answer(solve_siting(problem, **_until(seconds)))


def read_flow(path: Path) -> FlowNetwork:
    """Return the network of a DIMACS ``.min`` file, its nodes counted from 0.

    Raises
    ------
    ValueError
        Lines of another form, or fewer arcs than stated.
    """
    lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    head = [words for words in lines if words[:2] == ["p", "min"]]
    if len(head) != 1:
        raise ValueError(f"Expected one line 'p min nodes arcs', got {len(head)}.")
    nodes, count = int(head[0][2]), int(head[0][3])
    arcs = np.array([words[1:6] for words in lines if words[:1] == ["a"]], dtype=np.int64).reshape(-1, 5)
    if len(arcs) != count:
        raise ValueError(f"Expected {count} arcs, got {len(arcs)}.")
    supply = np.zeros(nodes, dtype=np.int64)
    for words in lines:
        if words[:1] == ["n"]:
            supply[int(words[1]) - 1] = int(words[2])
    tail, head, low, capacity, cost = arcs.T
    return FlowNetwork(tail - 1, head - 1, capacity, cost, supply, low)


def _solve_flow_file(path: Path, seconds: float) -> Answer:
    return _flow_answer(read_flow(path))


def _flow_answer(network: FlowNetwork) -> Answer:
    solution = solve_flow(network)
    if solution.status != "optimal":
        return Answer(None, None, solution.status)
    return Answer(solution.value, solution.value, "optimal")


def _city(folder: Path, name: str) -> Solve:
    return lambda seconds: _flow_answer(read_city(folder, name))


def read_city(folder: Path, name: str) -> FlowNetwork:
    """Return a made city as a flow: places, then watchers, then one end that also takes who is unserved."""
    pairs, people, places = (pd.read_csv(folder / f"{name}_{part}.csv.gz") for part in PARTS)
    homes, watchers = len(places), len(people)
    end, every, each = homes + watchers, np.arange(homes), np.arange(watchers)
    households = places.sort_values("place")["households"].to_numpy()
    capacity = people.sort_values("watcher")["capacity"].to_numpy()
    place, watcher = pairs["place"].to_numpy(), pairs["watcher"].to_numpy()
    free = np.zeros(watchers, dtype=np.int64)
    return FlowNetwork(
        tail=np.concatenate([place, every, homes + each]),
        head=np.concatenate([homes + watcher, np.full(homes, end), np.full(watchers, end)]),
        capacity=np.concatenate([households[place], households, capacity]),
        cost=np.concatenate([pairs["distance_dm"].to_numpy(), np.full(homes, UNSERVED_DM), free]),
        supply=np.concatenate([households, free, [-households.sum()]]),
    )


def _city_optimum(known: object) -> float | None:
    if (
        not isinstance(known, dict)
        or not {"households", "max_served", "min_total_distance_dm"} <= known.keys()
    ):
        return None
    unserved = known["households"] - known["max_served"]
    return float(known["min_total_distance_dm"] + UNSERVED_DM * unserved)
