"""The engines of the covering benchmark, one on one case in a process of its own.

    python -m benchmarks.siting_engines covering ENGINE DEMANDS CANDIDATES OPEN
    python -m benchmarks.siting_engines backup FOLDER

Prints seconds, peak memory, the weight covered and the bound as JSON; null where the engine is not installed.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.spatial.distance import cdist

from analysis.milp import Limits, Milp, solve_milp
from analysis.siting.cover import Search, cover_within, merge_rows
from analysis.siting.covering import solve_maximal_covering
from analysis.siting.set_covering import solve_set_covering
from benchmarks.public_siting import read_stores

RADIUS_M, BACKUP_RADIUS_M = 800.0, 5_000.0
AREA_M2 = 35_000.0  # for each demand: about six candidates of 500 within the radius of a demand
QUARTER, SPREAD_M = 500, 900.0  # demands for each dense quarter
SHARE_IN_QUARTERS = 0.3
MOST_WEIGHT = 29
PATIENT = Limits(nodes=10**9, seconds=600.0)


@dataclass(frozen=True, eq=False)
class Case:
    """Walks (D, C) in metres, whole weights (D,), and how many facilities to open."""

    cost: np.ndarray
    weight: np.ndarray
    size: int


Found = tuple[np.ndarray, float | None]  # positions opened, and the bound where one is proven


def make_case(demands: int, candidates: int, size: int, seed: int = 1) -> Case:
    """Scatter demands and candidates over a square, three of ten in dense quarters; straight-line walks."""
    random = np.random.default_rng(seed)
    side = np.sqrt(demands * AREA_M2)
    centres = random.random((max(1, demands // QUARTER), 2)) * side

    def scatter(count: int) -> np.ndarray:
        places = random.random((count, 2)) * side
        inside = random.random(count) < SHARE_IN_QUARTERS
        around = centres[random.integers(len(centres), size=count)] + random.normal(0, SPREAD_M, (count, 2))
        places[inside] = around[inside]
        return np.clip(places, 0, side)

    cost = cdist(scatter(demands), scatter(candidates))
    return Case(cost, random.integers(1, MOST_WEIGHT + 1, demands), size)


def solve_ours(case: Case) -> Found:
    """Solve by the code of the program, which stops at its limits of work and of ten seconds."""
    plan = solve_maximal_covering(cover_within(case.cost, RADIUS_M), case.weight, case.size)
    return plan.chosen, plan.bound


def solve_ours_until_proven(case: Case) -> Found:
    """Solve by the code of the program with the patience the peers have."""
    search = Search(limits=PATIENT, work=np.inf)
    covered = cover_within(case.cost, RADIUS_M)
    plan = solve_maximal_covering(covered, case.weight, case.size, search=search)
    return plan.chosen, plan.bound


def solve_highs(case: Case) -> Found:
    """Solve by HiGHS, demands with the same candidates as one."""
    rows, gain = merge_rows(cover_within(case.cost, RADIUS_M), case.weight[:, None].astype(float))
    demands, candidates = rows.shape
    served = sparse.hstack([rows.astype(float), -sparse.identity(demands)])
    opened = np.concatenate([np.ones(candidates), np.zeros(demands)])
    programme = Milp(
        objective=np.concatenate([np.zeros(candidates), gain[:, 0]]),
        rows=sparse.csr_array(sparse.vstack([served, opened[None]])),
        low=np.append(np.zeros(demands), -np.inf),
        high=np.append(np.full(demands, np.inf), case.size),
        x_low=np.zeros(candidates + demands),
        x_high=np.ones(candidates + demands),
        whole=opened.astype(bool),
        maximise=True,
    )
    answer = solve_milp(programme, limits=PATIENT)
    return np.flatnonzero(answer.x[:candidates] > 0.5), answer.bound


def solve_greedily(case: Case) -> Found:
    """Open the candidate that adds most, again and again; no bound."""
    covered, left = cover_within(case.cost, RADIUS_M).astype(float).tocsc(), case.weight.astype(float)
    chosen = []
    for _ in range(case.size):
        chosen.append(int(np.argmax(covered.T @ left)))
        left[covered[:, [chosen[-1]]].indices] = 0.0
    return np.array(chosen), None


def _spopt(solver: str) -> Callable[[Case], Found]:
    def solve(case: Case) -> Found:
        import pulp
        from spopt.locate import MCLP

        engine = pulp.HiGHS(msg=False) if solver == "HiGHS" else pulp.PULP_CBC_CMD(msg=False)
        model = MCLP.from_cost_matrix(case.cost, case.weight, RADIUS_M, case.size)
        model.solve(engine, results=False)
        chosen = np.flatnonzero([variable.value() > 0.5 for variable in model.fac_vars])
        proven = pulp.LpStatus[model.problem.status] == "Optimal"
        return chosen, float(model.problem.objective.value()) if proven else None

    return solve


ENGINES: dict[str, Callable[[Case], Found]] = {
    "ours": solve_ours,
    "ours, until proven": solve_ours_until_proven,
    "HiGHS, merged": solve_highs,
    "spopt + HiGHS": _spopt("HiGHS"),
    "spopt + CBC": _spopt("CBC"),
    "greedy": solve_greedily,
}


def measure(engine: str, demands: int, candidates: int, size: int) -> dict | None:
    """Return what one engine needs for the case and what it finds; None where it is not installed."""
    if engine.startswith("spopt") and not _has_spopt():
        return None
    case = make_case(demands, candidates, size)
    ENGINES[engine](make_case(60, 12, 3))  # imports and compiling
    start, worked = time.perf_counter(), _work()
    chosen, bound = ENGINES[engine](case)
    seconds, worked = time.perf_counter() - start, _work() - worked
    within = case.cost <= RADIUS_M
    return {
        "seconds": seconds,
        "cpu_seconds": worked,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "covered": int(case.weight[within[:, chosen].any(axis=1)].sum()),
        "bound": bound,
        "pairs": int(within.sum()),
        "demand": int(case.weight.sum()),
    }


def _work() -> float:
    """Return the seconds all cores worked for this process and the solvers it started."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _has_spopt() -> bool:
    return all(importlib.util.find_spec(name) for name in ("spopt", "pulp"))


def measure_backup(folder: Path) -> dict:
    """Return how many tracts of San Francisco two sites cover, by ours and as spopt states it."""
    cost, _ = read_stores(folder)
    within = cost.to_numpy() <= BACKUP_RADIUS_M
    plan = solve_set_covering(cover_within(cost, BACKUP_RADIUS_M))
    found = {"sites": len(plan.chosen), "tracts": len(cost), "true_twice": int(plan.twice)}
    return {**found, **_backup_by_spopt(cost.to_numpy(), within)}


def _backup_by_spopt(cost: np.ndarray, within: np.ndarray) -> dict:
    if not _has_spopt():
        return {"spopt_percent": None, "spopt_true_twice": None}
    import pulp
    from spopt.locate import LSCPB

    engine = pulp.PULP_CBC_CMD(msg=False)
    model = LSCPB.from_cost_matrix(cost, BACKUP_RADIUS_M, engine).solve(engine)
    chosen = np.flatnonzero([variable.value() > 0.5 for variable in model.fac_vars])
    twice = int((within[:, chosen].sum(axis=1) >= 2).sum())
    return {"spopt_percent": float(model.backup_perc), "spopt_true_twice": twice}


if __name__ == "__main__":
    kind, *words = sys.argv[1:]
    if kind == "backup":
        print(json.dumps(measure_backup(Path(words[0]))))
    else:
        print(json.dumps(measure(words[0], *map(int, words[1:]))))
