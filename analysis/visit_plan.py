"""Which watcher makes how many more visits where: the exact least-cost flow of an assignment.

One minimum-cost flow in whole visits a year: household -> watcher over the open links, watcher -> end within
its room, household -> end for visits nobody makes. Such a network's matrix is totally unimodular, so the
whole-number answer is the optimum itself and the bound is reached. Prices are whole decimetres of walk.

References
----------
Ahuja, Magnanti, Orlin (1993), Network Flows, ch. 9-11; convex loads as parallel arcs: ch. 14.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analysis.errors import ParameterError
from analysis.transport import FlowNetwork, solve_flow

LOAD_STEPS = 20  # loads are priced in twentieths of capacity, by the visit where it is 20 visits or fewer
_MOST = 2**62  # sums of prices stay below: half of what 64 bits hold


@dataclass(frozen=True, eq=False)
class VisitProblem:
    """Visits a year still to be placed beside those that stay; H households, W watchers, L links.

    Parameters
    ----------
    need : int (H,), most more visits; ``guaranteed`` of them must be made
    weight : int (H,), at least 1, hundredths
    room : int (W,), most more visits
    household, watcher : int (L,), positions; sorted by household
    limit : int (L,), most more visits over each link; 0 closes it
    cost_dm : int (L,), price of a visit over each link
    fixed : bool (L,), visits stay on this link whatever is decided
    standing : bool (L,), visits are delivered today; all that is guaranteed can be made over these
    unshared : int (H,), at least 1; more watchers than this are a new share
    most_watchers : int (H,), how many may visit at most
    capacity, used : int (W,), of all visits, and those that stay
    even_dm : int, price of load: the last visit of a full watcher costs twice as much; 0: none
    """

    need: np.ndarray
    guaranteed: np.ndarray
    weight: np.ndarray
    room: np.ndarray
    household: np.ndarray
    watcher: np.ndarray
    limit: np.ndarray
    cost_dm: np.ndarray
    fixed: np.ndarray
    standing: np.ndarray
    unshared: np.ndarray
    most_watchers: np.ndarray
    capacity: np.ndarray
    used: np.ndarray
    even_dm: int = 0

    def received(self, visits: np.ndarray) -> np.ndarray:
        """Return the visits by household (int64)."""
        return np.bincount(self.household, visits, len(self.need)).astype(np.int64)

    def given(self, visits: np.ndarray) -> np.ndarray:
        """Return the visits by watcher (int64)."""
        return np.bincount(self.watcher, visits, len(self.room)).astype(np.int64)

    def weighted(self, visits: np.ndarray) -> int:
        """Return visits times hundredths of weight."""
        return int(self.received(visits) @ self.weight)

    def price(self, visits: np.ndarray) -> int:
        """Return the price of the visits (dm): walks and what else a link counts for, and the loads."""
        return int(visits @ self.cost_dm) + self.load_price(self.given(visits))

    def load_price(self, given: np.ndarray) -> int:
        """Return the price (dm) of making ``given`` (W,) visits beside those that stay."""
        if self.even_dm == 0:
            return 0
        width, price = self.load_steps()
        before = np.cumsum(width, axis=1) - width
        return int((np.clip(given[:, None] - before, 0, width) * price).sum())

    def load_steps(self) -> tuple[np.ndarray, np.ndarray]:
        """Return visits and price a visit (dm), (W, LOAD_STEPS), of each step of load still free.

        Step j of n costs ``even_dm (2 j + 1) / n``: the sum over full steps is the square of the load.
        """
        capacity, step = self.capacity[:, None], np.arange(LOAD_STEPS + 1)
        count = np.clip(capacity, 1, LOAD_STEPS)
        edge = np.minimum(-(-step * capacity // count), capacity)
        width = np.maximum(edge[:, 1:] - np.maximum(edge[:, :-1], self.used[:, None]), 0)
        price = np.rint(self.even_dm * (2 * step[:-1] + 1) / count).astype(np.int64)
        return width, price

    def watchers_at(self, visits: np.ndarray) -> np.ndarray:
        """Return how many watchers visit each household (int64)."""
        there = (visits > 0) | self.fixed
        return np.bincount(self.household, there, len(self.need)).astype(np.int64)

    def new_shares(self, visits: np.ndarray) -> int:
        """Return how many watchers more than ``unshared`` there are, over all households."""
        return int(np.maximum(self.watchers_at(visits) - self.unshared, 0).sum())


@dataclass(frozen=True, eq=False)
class VisitPlan:
    """The answer to a :class:`VisitProblem`.

    Parameters
    ----------
    visits : int (L,), a year; empty of visits when infeasible
    is_feasible : bool, the guaranteed visits fit
    is_proven : bool, no plan has more weighted visits, nor as many with fewer new shares, nor as many of both
        at a lower price; where infeasible, that there is no plan
    weighted, bound_weighted : int, hundredths of weight times visits; the bound holds for every plan
    price_dm, bound_price_dm : int; the bound holds for every plan with as many weighted visits
    """

    visits: np.ndarray
    is_feasible: bool
    is_proven: bool
    weighted: int
    bound_weighted: int
    price_dm: int
    bound_price_dm: int

    @property
    def has_most_visits(self) -> bool:
        """Return whether no plan has more weighted visits."""
        return self.weighted >= self.bound_weighted


Solve = Callable[[VisitProblem], VisitPlan]


def solve_visits(problem: VisitProblem) -> VisitPlan:
    """Return the most weighted visits at the least price, however many watchers share a household.

    Raises
    ------
    ParameterError
        Weights, walks and visits so large that their sums do not fit 64-bit numbers.
    """
    open_ = is_open(problem)
    visits = np.zeros_like(problem.limit)
    unreached = np.bincount(problem.household[open_], minlength=len(problem.need)) == 0
    if problem.guaranteed[unreached].any():
        return infeasible(problem)
    network, links = _build_network(problem, np.flatnonzero(open_))
    solution = solve_flow(network)
    if solution.status != "optimal":
        return infeasible(problem)
    visits[open_] = solution.flow[:links]
    weighted, price = problem.weighted(visits), problem.price(visits)
    return VisitPlan(visits, True, True, weighted, weighted, price, price)


def infeasible(problem: VisitProblem) -> VisitPlan:
    """Return the plan that says the guaranteed visits do not fit."""
    return VisitPlan(np.zeros_like(problem.limit), False, True, 0, 0, 0, 0)


def is_open(problem: VisitProblem) -> np.ndarray:
    """Return a bool per link: visits can be added over it."""
    home, person = problem.household, problem.watcher
    return (problem.limit > 0) & (problem.need[home] > 0) & (problem.room[person] > 0)


def least_price(problem: VisitProblem, weighted: int) -> int:
    """Return a price (dm) that no plan with so many weighted visits can go below, however they are shared.

    Visits nobody makes are priced like the dearest link (weight 1): what the cheapest such flow costs, less
    the price of what the plan leaves out (Lagrangean relaxation of the weighted visits).
    """
    rows = np.flatnonzero(is_open(problem))
    dearest = max(-(-int(problem.cost_dm[rows].max(initial=0)) // 100), 1)
    network, links = _build_network(problem, rows, unserved=problem.weight * dearest)
    solution = solve_flow(network)
    if solution.status != "optimal":
        return 0
    visits = np.zeros_like(problem.limit)
    visits[rows] = solution.flow[:links]
    return max(problem.price(visits) + dearest * (weighted - problem.weighted(visits)), 0)


def _build_network(
    problem: VisitProblem, rows: np.ndarray, unserved: np.ndarray | None = None
) -> tuple[FlowNetwork, int]:
    """Return the network of the open links and how many of its arcs are links; they come first.

    Nodes: households, then watchers, then the end. Visits that are guaranteed have no arc past the watchers.
    """
    homes, home = np.unique(problem.household[rows], return_inverse=True)
    people, person = np.unique(problem.watcher[rows], return_inverse=True)
    end = len(homes) + len(people)
    loads = _load_arcs(problem, people)
    need, nobody = problem.need[homes], np.arange(len(homes))
    if unserved is None:
        unserved = _unserved_price(problem, rows, len(people), int(loads[2].max(initial=0)))
    arcs = (
        (home, len(homes) + person, np.minimum(problem.limit[rows], need[home]), problem.cost_dm[rows]),
        (nobody, np.full_like(nobody, end), np.maximum(need - problem.guaranteed[homes], 0), unserved[homes]),
        (len(homes) + loads[0], np.full_like(loads[0], end), loads[1], loads[2]),
    )
    tail, head, capacity, cost = (np.concatenate(parts) for parts in zip(*arcs, strict=True))
    supply = np.concatenate([need, np.zeros(len(people), np.int64), [-need.sum()]])
    return FlowNetwork(tail, head, capacity, cost, supply), len(rows)


def _load_arcs(problem: VisitProblem, people: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (position in ``people``, visits, price) of each arc from a watcher to the end."""
    room = problem.room[people]
    if problem.even_dm == 0:
        return np.arange(len(people)), room, np.zeros_like(room)
    width, price = (steps[people] for steps in problem.load_steps())
    person, _ = np.nonzero(width)
    return person, width[width > 0], price[width > 0]


def _unserved_price(problem: VisitProblem, rows: np.ndarray, people: int, dearest_load: int) -> np.ndarray:
    """Return the price (dm, by household) of a visit nobody makes, above any price a rearrangement can save.

    Serving one visit more rearranges at most one visit of each watcher (a simple path of the residual
    network) and gives one more to a single watcher; one hundredth of weight is priced above that.
    """
    step = people * int(problem.cost_dm[rows].max(initial=0)) + dearest_load + 1
    if int(problem.need.sum() + 1) * int(problem.weight.max(initial=1)) * step >= _MOST:
        raise ParameterError(
            "Expected weights, walks and visits whose products fit 64-bit numbers, got larger ones. "
            "Lower the largest weight."
        )
    return problem.weight * step


def find_evenest(problem: VisitProblem, solve: Solve) -> VisitPlan:
    """Return the plan of ``solve`` with the smallest largest load that keeps its weighted visits.

    The load of a watcher is its visits as a share of its capacity; those who get none here do not count.
    Bisection on the share in steps finer than two different loads can lie apart, so it is exact where
    ``solve`` is.

    Parameters
    ----------
    solve : callable, VisitProblem -> VisitPlan
    """
    first = best = solve(problem)
    scale = 2 * int(problem.capacity.max(initial=1)) ** 2
    too_low, enough, proven = -1, _largest_load(problem, best.visits, scale), first.has_most_visits
    trial = enough - 1  # most often a full watcher cannot be helped, and one trial shows it
    while first.is_feasible and too_low < trial < enough:
        limited = _limit_loads(problem, trial, scale)
        plan = solve_visits(limited)  # the bound: where it falls short, nothing needs to be mended
        if plan.is_feasible and plan.weighted >= first.weighted and solve is not solve_visits:
            plan = solve(limited)
        if plan.is_feasible and plan.weighted >= first.weighted:
            best, enough = plan, min(_largest_load(problem, plan.visits, scale), trial)
        else:
            is_shown = plan.bound_weighted < first.weighted or (not plan.is_feasible and plan.is_proven)
            too_low, proven = trial, proven and is_shown
        trial = (too_low + enough) // 2
    return replace(best, bound_weighted=first.bound_weighted, is_proven=best.is_proven and proven)


def _largest_load(problem: VisitProblem, visits: np.ndarray, scale: int) -> int:
    """Return the least ``trial`` of :func:`_limit_loads` that allows the visits."""
    given = problem.given(visits)
    at = given > 0
    return int((-(-(problem.used + given)[at] * scale // problem.capacity[at])).max(initial=0))


def _limit_loads(problem: VisitProblem, trial: int, scale: int) -> VisitProblem:
    """Return the problem with no watcher brought beyond ``trial / scale`` of its capacity."""
    most = trial * problem.capacity // scale
    return replace(problem, room=np.clip(most - problem.used, 0, problem.room))
