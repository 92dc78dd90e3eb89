"""Improving a plan part by part: a few sites and their customers at a time, each part a problem of its own.

References
----------
Taillard, E. and Voss, S. (2002). POPMUSIC: partial optimization metaheuristic under special intensification
conditions. Essays and Surveys in Metaheuristics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.siting.capacitated_bound import Sites, climb
from analysis.siting.capacitated_branching import Branching
from analysis.siting.capacitated_plans import Plans

SMALLEST, LARGEST = 2, 12  # open sites of a part
CANDIDATES = 60  # closed sites a part may open instead
PART_STEPS = 200
PART_NODES = 300
MOST_WORK = 10_000_000  # pairs looked at by the branching of all parts together
PATIENCE = 20  # parts without a gain for each open site before the search ends


@dataclass(frozen=True)
class Effort:
    """How far a search may go: parts tried at most, customers of a part about, and when it is over."""

    parts: int
    customers: int
    is_done: Callable[[], bool]


def improve_parts(sites: Sites, plans: Plans, resolution: float, effort: Effort) -> None:
    """Search parts of the best plan until they no longer gain, and keep each better plan in ``plans``."""
    failed, work = 0, 0
    for _ in range(effort.parts):
        if plans.plan is None or work > MOST_WORK or effort.is_done():
            return
        if failed > PATIENCE * len(np.unique(plans.plan)):
            return
        before = plans.value
        rows, columns = _choose_part(sites, plans, effort.customers)
        work += _search_part(sites, plans, rows, columns, resolution)
        failed = 0 if plans.value < before else failed + 1


def _choose_part(sites: Sites, plans: Plans, customers: int) -> tuple[np.ndarray, np.ndarray]:
    """Return some open sites near each other with closed ones near them, and their customers."""
    random, plan = plans.random, plans.plan
    used = np.unique(plan)
    largest = max(SMALLEST, min(LARGEST, customers * len(used) // len(plan)))
    count = min(int(random.integers(SMALLEST, largest + 1)), len(used))
    first = random.choice(used)
    others = used[used != first]
    weight = 1.0 / (1.0 + _rank(sites, others, np.flatnonzero(plan == first)))
    chosen = (
        random.choice(others, count - 1, replace=False, p=weight / weight.sum()) if count > 1 else others[:0]
    )
    mine = np.append(chosen, first)
    columns = np.flatnonzero(np.isin(plan, mine))
    closed = np.setdiff1d(np.arange(len(sites.capacity)), used)
    near = closed[_rank(sites, closed, columns) < CANDIDATES]
    return np.sort(np.concatenate([mine, near])), columns


def _rank(sites: Sites, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the place of each site in the order of what serving these customers from it costs, least 0."""
    cost = sites.cost[np.ix_(rows, columns)]
    dearest = cost[np.isfinite(cost)].max(initial=1.0)
    order = np.argsort(np.where(np.isfinite(cost), cost, 2 * dearest).sum(axis=1), kind="stable")
    rank = np.empty(len(rows))
    rank[order] = np.arange(len(rows))
    return rank


def _search_part(sites: Sites, plans: Plans, rows: np.ndarray, columns: np.ndarray, resolution: float) -> int:
    """Search a part, keep the plan when it is better; return the pairs looked at."""
    part = cut_part(sites, plans.plan, rows, columns)
    within = Plans(part, int(plans.random.integers(2**31)))
    within.keep(np.searchsorted(rows, plans.plan[columns]))
    before = within.value
    prices = climb(part, lambda opened, taken: within.value, steps=PART_STEPS, resolution=resolution)
    tree = Branching(part, prices, within, resolution)
    tree.run(nodes=PART_NODES, work=MOST_WORK)
    if within.value < before:
        plan = plans.plan.copy()
        plan[columns] = rows[within.plan]
        plans.keep(plan)
    return tree.work


def cut_part(sites: Sites, plan: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> Sites:
    """Return some sites and customers as their own problem; no more may open than the plan leaves free."""
    outside = np.unique(np.delete(plan, columns))
    part = np.ix_(rows, columns)
    size = np.ascontiguousarray(sites.size[part])
    fixed = sites.fixed[rows]
    left = sites.count - int((~sites.fixed[outside]).sum())
    return Sites(
        cost=np.ascontiguousarray(sites.cost[part]),
        size=size,
        capacity=sites.capacity[rows],
        opening=sites.opening[rows],
        fixed=fixed,
        count=min(left, int((~fixed).sum())),
        whole=int(size[0].sum()) if sites.whole and not fixed.all() else 0,
    )
