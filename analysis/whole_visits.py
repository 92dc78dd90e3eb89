"""Whole households given to single watchers within their room: all the visits of a household, or none.

A generalised assignment problem: maximise the value of the households given, then minimise the price, where
household h takes ``size`` of the room of a watcher. Small parts of the network are solved exactly as a
mixed-integer programme. For the others the flow that may split households is the bound, and the plan is its
whole households with the rest put in by shifts and exchanges.

References
----------
Martello, Toth (1990), Knapsack Problems, ch. 7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy import sparse
from scipy.sparse import csgraph

from analysis.milp import Limits, Milp, solve_milp
from analysis.visit_flow import price_unserved, solve_assignment

EXACT_LINKS = 400  # parts up to this many links are solved exactly
EXACT_LIMITS = Limits(nodes=2_000, seconds=20.0)
ROUNDS = 50  # of putting in; each but the last gains


@dataclass(frozen=True, eq=False)
class WholeProblem:
    """Households H, watchers W, links L sorted by household; all whole numbers.

    Parameters
    ----------
    need, weight : (H,) visits, at least 1, and the worth of a visit, at least 1
    room : (W,) visits each watcher can still make
    household, watcher : (L,) positions
    size : (L,) visits of its room the watcher needs, 0 to ``need``
    cost_dm : (L,) price of a visit, at least 0
    """

    need: np.ndarray
    weight: np.ndarray
    room: np.ndarray
    household: np.ndarray
    watcher: np.ndarray
    size: np.ndarray
    cost_dm: np.ndarray

    @property
    def worth(self) -> np.ndarray:
        """Return the value of each household (H,)."""
        return self.need * self.weight

    def part(self, rows: np.ndarray) -> WholeProblem:
        """Return the problem of these links (all those of their households) and of nobody else."""
        homes, home = np.unique(self.household[rows], return_inverse=True)
        people, person = np.unique(self.watcher[rows], return_inverse=True)
        return WholeProblem(
            self.need[homes],
            self.weight[homes],
            self.room[people],
            home,
            person,
            self.size[rows],
            self.cost_dm[rows],
        )


@dataclass(frozen=True, eq=False)
class WholePlan:
    """``chosen``: bool (L,), at most one a household. ``value``: worth; no plan has more than ``bound``."""

    chosen: np.ndarray
    value: int
    bound: int


def solve_whole(problem: WholeProblem) -> WholePlan:
    """Return the plan of most worth found, and what no plan exceeds; among equals the cheaper."""
    chosen = np.zeros(len(problem.household), dtype=bool)
    rows = np.flatnonzero(problem.size <= problem.room[problem.watcher])
    if not len(rows):
        return WholePlan(chosen, 0, 0)
    part = _parts(problem, rows)
    cheapest = _cheapest(problem, rows)
    load = np.bincount(problem.watcher[cheapest], problem.size[cheapest], len(problem.room))
    full = np.unique(part[problem.household[cheapest]][(load > problem.room)[problem.watcher[cheapest]]])
    is_easy = ~np.isin(part[problem.household], full)
    chosen[cheapest[is_easy[cheapest]]] = True
    bound = int(problem.worth[problem.household[chosen]].sum())
    hard = rows[~is_easy[rows]]
    hard = hard[np.argsort(part[problem.household[hard]], kind="stable")]
    for links in np.split(hard, np.flatnonzero(np.diff(part[problem.household[hard]])) + 1):
        if len(links):
            found = _solve_part(problem.part(links))
            chosen[links] = found.chosen
            bound += found.bound
    return WholePlan(chosen, int(problem.worth[problem.household[chosen]].sum()), bound)


def _parts(problem: WholeProblem, rows: np.ndarray) -> np.ndarray:
    """Return the number of the connected part each household is in."""
    homes = len(problem.need)
    ends = (problem.household[rows], homes + problem.watcher[rows])
    size = homes + len(problem.room)
    joined = sparse.coo_array((np.ones(len(rows), np.int8), ends), shape=(size, size))
    return csgraph.connected_components(joined, directed=False)[1][:homes]


def _cheapest(problem: WholeProblem, rows: np.ndarray) -> np.ndarray:
    """Return the cheapest of the rows of each household, the first of equals."""
    order = rows[np.lexsort((rows, problem.cost_dm[rows], problem.household[rows]))]
    first = np.append(True, np.diff(problem.household[order]) != 0)
    return order[first]


def _solve_part(problem: WholeProblem) -> WholePlan:
    carried, bound = _split_bound(problem)
    chosen = _put_in(problem, carried)
    plan = WholePlan(chosen, int(problem.worth[problem.household[chosen]].sum()), bound)
    return _solve_exactly(problem, plan) if len(problem.household) <= EXACT_LINKS else plan


def _split_bound(problem: WholeProblem) -> tuple[np.ndarray, int]:
    """Return who carries a household alone when households may be split (bool (L,)), and the worth of that.

    What a watcher makes there already needs none of its room: such visits have a watcher of their own.
    """
    credit = problem.need[problem.household] - problem.size
    extra = np.flatnonzero(credit)
    watcher = np.concatenate([problem.watcher, len(problem.room) + np.arange(len(extra))])
    household = np.concatenate([problem.household, problem.household[extra]])
    cost_dm = np.concatenate([problem.cost_dm, problem.cost_dm[extra]])
    capacity = np.concatenate([problem.room, credit[extra]])
    price = price_unserved(problem.weight / 100, watcher, cost_dm)
    flow = solve_assignment(problem.need, capacity, household, watcher, cost_dm, unserved_dm=price)
    visits = flow.visits[: len(problem.size)].copy()
    visits[extra] += flow.visits[len(problem.size) :]
    bound = int((problem.need - flow.unserved) @ problem.weight)
    return visits >= problem.need[problem.household], bound


def _put_in(problem: WholeProblem, carried: np.ndarray) -> np.ndarray:
    """Return the plan that begins from who carries a household alone and puts in what fits (bool (L,))."""
    at = np.full(len(problem.need), -1, np.int64)
    room = problem.room.astype(np.int64)
    links = (problem.household, problem.watcher, problem.size)
    _seed(links, np.flatnonzero(carried), at, room)
    by_home = np.lexsort((problem.cost_dm, problem.household))
    by_person = np.argsort(problem.watcher, kind="stable")
    home_at = np.searchsorted(problem.household[by_home], np.arange(len(problem.need) + 1))
    person_at = np.searchsorted(problem.watcher[by_person], np.arange(len(room) + 1))
    turn = np.lexsort((np.arange(len(problem.need)), problem.need, -problem.worth))
    for _ in range(ROUNDS):
        if not _round(links, (home_at, by_home), (person_at, by_person), (turn, problem.worth), (at, room)):
            break
    chosen = np.zeros(len(problem.household), dtype=bool)
    chosen[at[at >= 0]] = True
    return chosen


@njit(cache=True, nogil=True)
def _seed(links, rows, at, room):
    """Put the households of ``rows`` where they are carried alone, as far as the room goes."""
    household, watcher, size = links
    for row in rows:
        if at[household[row]] < 0 and size[row] <= room[watcher[row]]:
            at[household[row]] = row
            room[watcher[row]] -= size[row]


@njit(cache=True, nogil=True)
def _round(links, homes, people, order, state):
    """Put in each household left out: where room is, by a shift, or for one of less worth; count them."""
    _, watcher, size = links
    turn, worth = order
    at, room = state
    gained = 0
    for home in turn:
        if at[home] >= 0:
            continue
        row, out, to = _find_place(home, links, homes, people, (worth, at, room))
        if row < 0:
            continue
        if out >= 0:
            room[watcher[at[out]]] += size[at[out]]
            at[out] = to
            if to >= 0:
                room[watcher[to]] -= size[to]
        at[home] = row
        room[watcher[row]] -= size[row]
        gained += 1
    return gained


@njit(cache=True, nogil=True)
def _find_place(home, links, homes, people, state):
    """Return the link for a household, who makes room for it (-1 nobody), and that one's new link (-1 none).

    Room that is there comes first (the cheapest link), then a shift, then the place of one of less worth.
    """
    household, watcher, size = links
    home_at, by_home = homes
    person_at, by_person = people
    worth, at, room = state
    best, out, to = -1, -1, -1
    for place in range(home_at[home], home_at[home + 1]):
        row = by_home[place]
        person = watcher[row]
        lack = size[row] - room[person]
        if lack <= 0:
            return row, -1, -1
        for held in by_person[person_at[person] : person_at[person + 1]]:
            who = household[held]
            if at[who] != held or size[held] < lack:
                continue
            away = _find_room(who, held, links, homes, room)
            if away >= 0 and to < 0:
                best, out, to = row, who, away
            elif best < 0 and worth[who] < worth[home]:
                best, out = row, who
    return best, out, to


@njit(cache=True, nogil=True)
def _find_room(home, held, links, homes, room):
    """Return the cheapest other link of a household whose watcher has room, -1 without one."""
    _, watcher, size = links
    home_at, by_home = homes
    for row in by_home[home_at[home] : home_at[home + 1]]:
        if row != held and size[row] <= room[watcher[row]]:
            return row
    return -1


def _solve_exactly(problem: WholeProblem, plan: WholePlan) -> WholePlan:
    """Return the proven best plan of a small part, or ``plan`` with a better bound where limits end it."""
    worth = problem.worth[problem.household].astype(float)
    price = (problem.cost_dm * problem.need[problem.household]).astype(float)
    most = solve_milp(_programme(problem, worth), limits=EXACT_LIMITS)
    if most.status != "optimal":
        bound = min(plan.bound, int(np.floor(most.bound + 1e-6))) if np.isfinite(most.bound) else plan.bound
        return WholePlan(plan.chosen, plan.value, bound)
    value = round(most.value)
    cheapest = solve_milp(_programme(problem, -price, worth=worth, least=value), limits=EXACT_LIMITS)
    best = cheapest if len(cheapest.x) else most
    return WholePlan(best.x > 0.5, value, value)


def _programme(
    problem: WholeProblem, objective: np.ndarray, *, worth: np.ndarray | None = None, least: float = 0.0
) -> Milp:
    links, ones = len(problem.household), np.arange(len(problem.household))
    rows = [
        sparse.csr_array((np.ones(links), (problem.household, ones)), shape=(len(problem.need), links)),
        sparse.csr_array(
            (problem.size.astype(float), (problem.watcher, ones)), shape=(len(problem.room), links)
        ),
    ]
    high = [np.ones(len(problem.need)), problem.room.astype(float)]
    low = [np.full(len(problem.need) + len(problem.room), -np.inf)]
    if worth is not None:
        rows.append(sparse.csr_array(worth[None, :]))
        low, high = [*low, [least]], [*high, [np.inf]]
    return Milp(
        objective=objective,
        rows=sparse.vstack(rows, format="csr"),
        low=np.concatenate(low),
        high=np.concatenate(high),
        x_low=np.zeros(links),
        x_high=np.ones(links),
        whole=np.ones(links, dtype=bool),
        maximise=True,
    )
