"""Visits of some households given to watchers with room, while nobody else's visits change.

An order is visits of one household that somebody else should make. Ties come before walks, in this order: the
successor named, who visits or backs up the household already, the same organisation as whoever left, anybody
else. One rank is worth ``RANK_M`` of walk at each visit (assumed: more than a usual reach of 800 m, so it
decides between any two watchers nearby).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import ParameterError
from analysis.visit_plan import VisitPlan, VisitProblem, solve_visits
from analysis.visit_shares import solve_shared
from analysis.watch_graph import WatchGraph

TIES = ("successor", "familiar", "same_organisation", "new")
RANK_M = 1000.0
SHARINGS = ("few", "one", "free")


@dataclass(frozen=True, eq=False)
class VisitOrders:
    """Orders and the links over which they may be placed.

    Parameters
    ----------
    household : int (O,), position of the household of each order
    visits : int (O,), a year, at least 0
    order, link : int (R,), sorted by order: rows of ``graph.links`` each order may use
    tie : int (R,), position in TIES
    """

    household: np.ndarray
    visits: np.ndarray
    order: np.ndarray
    link: np.ndarray
    tie: np.ndarray


@dataclass(frozen=True, eq=False)
class PlacedOrders:
    """Where the orders go.

    Parameters
    ----------
    visits : int (L,), a year, added over each row of ``graph.links``
    left : int (O,), visits of each order that nobody makes
    value, bound : float, weighted visits a year placed, and the most that can be
    is_proven : bool, no plan places more, nor as many with fewer new shares, nor these by better ties and
        shorter walks
    new_shares : int, watchers beyond the first that come to an order's household
    """

    visits: np.ndarray
    left: np.ndarray
    value: float
    bound: float
    is_proven: bool
    new_shares: int

    @property
    def status(self) -> str:
        """Return "nothing_to_do" (no visit to place), "optimal" (none more can be) or "feasible"."""
        if not self.visits.sum() + self.left.sum():
            return "nothing_to_do"
        return "optimal" if self.value == self.bound else "feasible"


def place_orders(graph: WatchGraph, orders: VisitOrders, room: np.ndarray, *, sharing: str) -> PlacedOrders:
    """Place the most weighted visits; among such plans the one of fewest shares and best ties.

    A weight counts to the hundredth, and at least one hundredth.

    Parameters
    ----------
    room : int (W,), visits a year each watcher can still make
    sharing : "few": as few new watchers a household as the most visits allow; "one": never more than one new
        watcher, even if visits are left; "free": ties and walks alone decide

    Raises
    ------
    ParameterError
        An unknown sharing, or weights, walks and visits too large for 64-bit sums.
    """
    if sharing not in SHARINGS:
        raise ParameterError(
            f"Expected a way to share visits of {', '.join(SHARINGS)}, got {sharing!r}. Choose one."
        )
    problem = _build_problem(graph, orders, room, sharing)
    plan: VisitPlan = (solve_visits if sharing == "free" else solve_shared)(problem)
    added = np.bincount(orders.link, plan.visits, len(graph.links)).astype(np.int64)
    return PlacedOrders(
        visits=added,
        left=orders.visits - problem.received(plan.visits),
        value=plan.weighted / 100,
        bound=plan.bound_weighted / 100,
        is_proven=plan.is_proven,
        new_shares=problem.new_shares(plan.visits),
    )


def rank_ties(
    graph: WatchGraph, links: np.ndarray, gone: pd.DataFrame, *, successor: int | None = None
) -> np.ndarray:
    """Return the position in TIES of each link.

    Parameters
    ----------
    links : int (R,), rows of ``graph.links``
    gone : DataFrame ``household``, ``watcher`` (positions): who visited whom and leaves
    successor : position of the watcher named, None without one
    """
    chosen = graph.links.iloc[links]
    household, watcher = chosen["household"].to_numpy(), chosen["watcher"].to_numpy()
    code = graph.watchers["organisation_code"].to_numpy()
    standing = graph.assigned[graph.assigned["counts"].to_numpy(dtype=bool)]
    width = max(len(graph.watchers), int(code.max(initial=0)) + 1)
    known = standing["household"].to_numpy() * width + standing["watcher"].to_numpy()
    of_gone = gone["household"].to_numpy() * width + code[gone["watcher"].to_numpy()]
    tests = (
        watcher == (-1 if successor is None else successor),
        np.isin(household * width + watcher, known),
        np.isin(household * width + code[watcher], of_gone),
    )
    return np.select(tests, range(len(tests)), default=len(tests))


def weight_of(graph: WatchGraph) -> np.ndarray:
    """Return the weight of each household in hundredths, at least one (int64)."""
    return np.maximum(np.rint(100 * graph.households["weight"].to_numpy()), 1).astype(np.int64)


def _build_problem(graph: WatchGraph, orders: VisitOrders, room: np.ndarray, sharing: str) -> VisitProblem:
    chosen = graph.links.iloc[orders.link]
    watcher, count = chosen["watcher"].to_numpy(), len(orders.visits)
    there = (chosen["delivered_visits"] > 0).to_numpy()
    stay = np.bincount(orders.order, there, count).astype(np.int64)
    offered = np.bincount(orders.order, minlength=count)
    capacity = graph.watchers["capacity_visits"].to_numpy()
    return VisitProblem(
        need=orders.visits,
        guaranteed=np.zeros(count, np.int64),
        weight=weight_of(graph)[orders.household],
        room=room,
        household=orders.order,
        watcher=watcher,
        limit=np.minimum(orders.visits[orders.order], room[watcher]),
        cost_dm=np.rint(10 * (chosen["cost_m"].to_numpy() + RANK_M * orders.tie)).astype(np.int64),
        fixed=there,
        standing=there,
        unshared=stay + 1,
        most_watchers=stay + 1 if sharing == "one" else np.maximum(offered, 1),
        capacity=capacity,
        used=capacity - room,
    )
