"""The public siting cases: San Francisco's stores and tracts, and the p-median networks of the OR-Library.

Files are found by their form, so that further cases of the same kind in other folders run too. A case that
no ``expected*.json`` names runs all the same, its optimum unknown.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from analysis.milp import Limits
from analysis.siting.cover import Search, cover_within
from analysis.siting.covering import solve_maximal_covering
from analysis.siting.expected_coverage import loss_of_each, solve_expected_covering
from analysis.siting.pcenter import solve_pcenter
from analysis.siting.pmedian import solve_pmedian
from analysis.siting.set_covering import solve_set_covering
from benchmarks.public_instance import Answer, Instance, data_files

STORES, TRACTS = "*network_distance*.csv", "*demand*.csv"
RADIUS_SHARE = 0.7  # of the p-center: the radius of a covering case where none is stated
NO_CASES = {
    "lscp": [{"radius_m": 5000.0}],
    "mclp": [{"radius_m": 5000.0, "p": 4}],
    "pmedian": [{"p": 4}],
    "pcenter": [{"p": 4}],
    "expected_coverage": [{"radius_m": 5000.0, "p": 4, "fail_prob": 0.1}],
}


def instances(folder: Path) -> Iterator[Instance]:
    """Yield the siting cases of a folder: of stores and tracts where it holds tables, of each other file.

    A file of another form gives one case, which raises when it is solved.
    """
    files = data_files(folder)
    if any(file.suffix == ".csv" for file in files):
        yield from store_instances(folder)
    networks = [file for file in files if file.suffix != ".csv"]
    for file in sorted(networks, key=lambda file: (len(file.stem), file.stem)):
        yield from network_instances(
            file, _expected(folder, "expected.json"), _expected(folder, "expected_mclp.json")
        )


def _expected(folder: Path, name: str) -> dict:
    file = folder / name
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def search_for(seconds: float) -> Search:
    """Return a search that ends after so many seconds from now."""
    end = time.monotonic() + seconds
    return Search(Limits(seconds=seconds), work=np.inf, stop=lambda: time.monotonic() > end)


def _answer(plan: object) -> Answer:
    """Return value, bound and status of any siting plan; infeasible has neither."""
    value = None if np.isnan(plan.value) else float(plan.value)
    return Answer(value, None if np.isnan(plan.bound) else float(plan.bound), plan.status)


# --- San Francisco ----------------------------------------------------------------------------------------


def store_instances(folder: Path) -> Iterator[Instance]:
    """Yield the cases of stores and tracts, those of expected.json or one of each kind."""
    read = cache(partial(read_stores, folder))
    cases = _expected(folder, "expected.json") or NO_CASES
    for case in cases.get("lscp", []):
        name = f"radius_{case['radius_m']:g}"
        yield Instance("lscp", name, case.get("min_sites"), partial(_fewest, read, case))
        yield Instance("lscp_twice", name, case.get("max_twice_covered_tracts"), partial(_twice, read, case))
    for problem, optimum, solve in STORE_PROBLEMS:
        for case in cases.get(problem, []):
            name = "_".join(f"{key.split('_')[0]}_{case[key]:g}" for key in CASE_KEYS if key in case)
            yield Instance(problem, name, case.get(optimum), partial(solve, read, case))
    for case in cases.get("n_minus_1", []):
        for site, loss in case["loss_if_removed"].items():
            name = f"radius_{case['radius_m']:g}_without_{site}"
            yield Instance("n_minus_1", name, loss, partial(_loss, read, case, site))


CASE_KEYS = ("radius_m", "p", "fail_prob")


def read_stores(folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the distances (tracts by stores, both sorted as text, metres) and the people of each tract."""
    walks = pd.read_csv(_table(folder, STORES), dtype={"DestinationName": str})
    cost = walks.pivot_table(index="DestinationName", columns="name", values="distance", aggfunc="first")
    cost = cost.sort_index().sort_index(axis=1).fillna(np.inf)
    tracts = pd.read_csv(_table(folder, TRACTS), dtype={"NAME": str}).set_index("NAME")
    return cost, tracts["POP2000"].reindex(cost.index).to_numpy(dtype=float)


def _table(folder: Path, pattern: str) -> Path:
    files = sorted(folder.glob(pattern))
    if not files:
        raise ValueError(f"Expected a table {pattern} in {folder.name}, got none. Add it.")
    return files[0]


def _fewest(read: Callable, case: dict, seconds: float) -> Answer:
    cost, _ = read()
    return _answer(solve_set_covering(cover_within(cost, case["radius_m"]), search=search_for(seconds)))


def _twice(read: Callable, case: dict, seconds: float) -> Answer:
    cost, _ = read()
    plan = solve_set_covering(cover_within(cost, case["radius_m"]), search=search_for(seconds))
    proven = plan.status == "optimal" and plan.twice == plan.twice_bound
    return Answer(plan.twice, plan.twice_bound, "optimal" if proven else "feasible")


def _most(read: Callable, case: dict, seconds: float) -> Answer:
    cost, people = read()
    covered = cover_within(cost, case["radius_m"])
    return _answer(solve_maximal_covering(covered, people, case["p"], search=search_for(seconds)))


def _least(read: Callable, case: dict, seconds: float) -> Answer:
    cost, people = read()
    return _answer(solve_pmedian(cost.to_numpy(), people, case["p"], search=search_for(seconds)))


def _longest(read: Callable, case: dict, seconds: float) -> Answer:
    cost, _ = read()
    return _answer(solve_pcenter(cost.to_numpy(), case["p"], search=search_for(seconds)))


def _expected_most(read: Callable, case: dict, seconds: float) -> Answer:
    cost, people = read()
    plan = solve_expected_covering(
        cover_within(cost, case["radius_m"]),
        people,
        case["p"],
        fails=case["fail_prob"],
        search=search_for(seconds),
    )
    return _answer(plan)


def _loss(read: Callable, case: dict, site: str, seconds: float) -> Answer:
    cost, people = read()
    open_sites = cost.columns.get_indexer(case["sites"])
    losses = loss_of_each(cover_within(cost, case["radius_m"]), people, open_sites)
    loss = float(losses[case["sites"].index(site)])
    return Answer(loss, loss, "optimal")


STORE_PROBLEMS = (
    ("mclp", "covered_weight", _most),
    ("pmedian", "weighted_distance", _least),
    ("pcenter", "max_distance", _longest),
    ("expected_coverage", "expected_covered", _expected_most),
)


# --- OR-Library p-median networks -------------------------------------------------------------------------


def network_instances(file: Path, expected: dict, expected_mclp: dict) -> Iterator[Instance]:
    """Yield p-median, p-center and maximal covering on one network; one case where it is none."""
    if not _is_network(file):
        yield Instance("p_median", file.stem, None, partial(_refuse, file))
        return
    known, covering = expected.get(file.stem, {}), expected_mclp.get(file.stem, {})
    read = cache(partial(read_network, file))
    yield Instance("p_median", file.stem, known.get("p_median"), partial(_network_median, read))
    yield Instance("p_center", file.stem, known.get("p_center"), partial(_network_center, read))
    case = {"center": known.get("p_center"), **covering}
    yield Instance("mclp", file.stem, covering.get("covered"), partial(_network_covering, read, case))


def _is_network(file: Path) -> bool:
    """Say whether a file begins as an OR-Library p-median network does."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        first, second = (next(lines, "").split() for _ in range(2))
    if len(first) != 3 or len(second) != 3 or not all(part.isdecimal() for part in first + second):
        return False
    nodes, edges, facilities = map(int, first)
    return 0 < facilities <= nodes and edges > 0 and max(map(int, second[:2])) <= nodes


def _refuse(file: Path, seconds: float) -> Answer:
    raise ValueError(f"Expected 'nodes edges p', then 'u v cost' an edge, in {file.name}, got another form.")


def read_network(file: Path) -> tuple[np.ndarray, int]:
    """Return the walks between all nodes (inf: none) and p; of repeated edges the last counts.

    Raises
    ------
    ValueError
        Fewer edges than stated, or nodes or costs out of range.
    """
    nodes, edges, facilities = map(int, file.read_text(encoding="utf-8").split()[:3])
    rows = pd.read_csv(file, sep=r"\s+", skiprows=1, header=None, names=["u", "v", "cost"]).iloc[:edges]
    ends, cost = rows[["u", "v"]].to_numpy(dtype=float), rows["cost"].to_numpy(dtype=float)
    if len(rows) < edges or not (np.isin(ends, np.arange(1, nodes + 1)).all() and (cost >= 0).all()):
        raise ValueError(
            f"Expected {edges} edges of nodes 1 to {nodes}, cost >= 0, got others or {len(rows)}."
        )
    ends = np.sort(ends.astype(int), axis=1) - 1
    last = pd.DataFrame(ends).drop_duplicates(keep="last").index
    cost, ends = cost[last], ends[last]
    graph = sparse.csr_array((cost, (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
    return csgraph.shortest_path(graph, directed=False), facilities


def _network_median(read: Callable, seconds: float) -> Answer:
    cost, facilities = read()
    return _answer(solve_pmedian(cost, np.ones(len(cost)), facilities, search=search_for(seconds)))


def _network_center(read: Callable, seconds: float) -> Answer:
    cost, facilities = read()
    return _answer(solve_pcenter(cost, facilities, search=search_for(seconds)))


def _network_covering(read: Callable, case: dict, seconds: float) -> Answer:
    """Cover within the radius stated or a share of the p-center; node i weighs (i - 1) * 7919 mod 30 + 1."""
    cost, facilities = read()
    search = search_for(seconds)
    radius = case.get("radius")
    if radius is None:
        center = case["center"] or solve_pcenter(cost, facilities, search=search).value
        radius = round(RADIUS_SHARE * center)
    weight = np.arange(len(cost)) * 7919 % 30 + 1.0
    plan = solve_maximal_covering(
        cover_within(cost, radius), weight, case.get("p", facilities), search=search
    )
    return _answer(plan)
