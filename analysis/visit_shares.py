"""At most two watchers a household: from the least-cost flow to a plan that keeps the rule.

The flow that may share visits freely is the bound. Most parts of the network (households and watchers joined
by open links) keep the rule in it by themselves and are optimal as they stand. The others are repaired: links
of third watchers are closed and the part is solved again, then shares that a single watcher has room for are
joined. Small parts are solved exactly as a mixed-integer programme (``visit_programme``).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numba import njit
from scipy import sparse
from scipy.sparse import csgraph

from analysis.visit_plan import VisitPlan, VisitProblem, infeasible, is_open, least_price, solve_visits
from analysis.visit_programme import EXACT_LINKS, solve_exactly
from analysis.visit_swaps import serve_by_swaps

GENTLE_ROUNDS = 4  # rounds that close links in use; then all that a household over its limit cannot keep
REOPENINGS = 4
OPEN_ROUNDS = 8  # then also what other households do not use, so that closing here opens nothing there


def solve_shared(problem: VisitProblem) -> VisitPlan:
    """Return the most weighted visits, then the fewest new shares, then the least price.

    A household is visited by ``most_watchers`` at most; each watcher beyond ``unshared`` is a new share, and
    there is none that a single watcher with the room left could spare. Proven optimal where every part is.
    """
    problem = _tighten(problem)
    if (problem.guaranteed > problem.need).any():
        return infeasible(problem)
    flow = solve_visits(problem)
    if not flow.is_feasible or problem.new_shares(flow.visits) == 0:
        return flow
    visits, bound = flow.visits.copy(), flow.bound_weighted
    price, least, proven = flow.price_dm, flow.price_dm, True
    for rows in _parts_to_mend(problem, flow.visits):
        inside = _part_of(problem, rows)
        plan = _mend_part(inside, flow.visits[rows])
        if not plan.is_feasible:
            return replace(infeasible(problem), is_proven=plan.is_proven, bound_weighted=flow.weighted)
        was = inside.price(flow.visits[rows])
        price, least = price + plan.price_dm - was, least + plan.bound_price_dm - was
        bound -= inside.weighted(flow.visits[rows]) - plan.bound_weighted
        proven &= plan.is_proven
        visits[rows] = plan.visits
    weighted = problem.weighted(visits)
    if weighted < flow.weighted:
        least = price if proven else min(least_price(problem, weighted), price)
    return VisitPlan(visits, True, proven, weighted, bound, price, least)


def _tighten(problem: VisitProblem) -> VisitProblem:
    """Return the problem with needs no larger than the watchers a household may have can make.

    Those who visit it anyway, and the roomiest of the others up to ``most_watchers``; no plan that keeps the
    rule is lost. Where nobody may join, the other links are closed.
    """
    home = problem.household
    most = np.minimum(problem.limit, np.minimum(problem.need[home], problem.room[problem.watcher]))
    joining = problem.most_watchers - np.bincount(home, problem.fixed, len(problem.need)).astype(np.int64)
    order = np.lexsort((-most, ~problem.fixed, home))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(home, home)
    counted = np.where(rank < problem.most_watchers[home], most, 0)
    limit = np.where((joining > 0)[home] | problem.fixed, problem.limit, 0)
    return replace(problem, limit=limit, need=np.minimum(problem.need, problem.received(counted)))


def _parts_to_mend(problem: VisitProblem, visits: np.ndarray) -> list[np.ndarray]:
    """Return the links of each part with a new share; parts too large for the exact way come as one, last."""
    homes, people = len(problem.need), len(problem.room)
    rows = np.flatnonzero(is_open(problem))
    ends = (problem.household[rows], homes + problem.watcher[rows])
    joined = sparse.coo_array((np.ones(len(rows), np.int8), ends), shape=(homes + people, homes + people))
    part = csgraph.connected_components(joined, directed=False)[1][:homes]
    wrong = np.unique(part[problem.watchers_at(visits) > problem.unshared])
    of_link = part[problem.household]
    rows = np.flatnonzero(np.isin(of_link, wrong))
    rows = rows[np.argsort(of_link[rows], kind="stable")]
    parts = np.split(rows, np.flatnonzero(np.diff(of_link[rows])) + 1)
    small = [links for links in parts if len(links) <= EXACT_LINKS]
    large = [links for links in parts if len(links) > EXACT_LINKS]
    return [*small, np.sort(np.concatenate(large))] if large else small


def _part_of(problem: VisitProblem, rows: np.ndarray) -> VisitProblem:
    """Return the problem of these links (all those of their households) and of nobody else."""
    homes, home = np.unique(problem.household[rows], return_inverse=True)
    people, person = np.unique(problem.watcher[rows], return_inverse=True)
    of_homes = {
        name: getattr(problem, name)[homes]
        for name in ("need", "guaranteed", "weight", "unshared", "most_watchers")
    }
    of_people = {name: getattr(problem, name)[people] for name in ("room", "capacity", "used")}
    of_links = {name: getattr(problem, name)[rows] for name in ("limit", "cost_dm", "fixed", "standing")}
    return VisitProblem(
        household=home, watcher=person, even_dm=problem.even_dm, **of_homes, **of_people, **of_links
    )


def _mend_part(problem: VisitProblem, flow: np.ndarray) -> VisitPlan:
    """Return the best plan found for a part, whose flow (the bound) is known."""
    bound = problem.weighted(flow)
    mended = _mend(problem, flow)
    if mended is None:
        plan = replace(infeasible(problem), is_proven=False, bound_weighted=bound)
    else:
        plan = _polish(problem, VisitPlan(mended, True, False, 0, bound, 0, 0))
        least = problem.price(flow) if plan.has_most_visits else 0
        is_proven = plan.has_most_visits and (problem.new_shares(plan.visits), plan.price_dm) == (0, least)
        plan = replace(plan, is_proven=is_proven, bound_price_dm=least)
    if plan.is_proven or len(problem.limit) > EXACT_LINKS:
        return plan
    plan = solve_exactly(problem, plan)
    return _polish(problem, plan) if plan.is_feasible and not plan.is_proven else plan


def _polish(problem: VisitProblem, plan: VisitPlan) -> VisitPlan:
    """Return the plan with what can be joined joined, at the least price over the links it then uses."""
    joined = _join_shares(problem, plan.visits)
    used = np.where((joined > 0) | problem.fixed, problem.limit, 0)
    visits = _join_shares(problem, solve_visits(replace(problem, limit=used)).visits)
    return replace(plan, visits=visits, weighted=problem.weighted(visits), price_dm=problem.price(visits))


def _mend(problem: VisitProblem, flow: np.ndarray) -> np.ndarray | None:
    """Return visits by at most ``most_watchers`` a household, None where none were found.

    Closing links leaves visits over that found no room at their turn; households that may still have them are
    opened again while all others keep the links they use, as long as that serves more. What is left is asked
    for by exchanges.
    """
    best = _close_thirds(problem, problem.limit, flow)
    for _ in range(REOPENINGS if best is not None else 0):
        home, there = problem.household, problem.watchers_at(best)
        asks = (problem.received(best) < problem.need) & (there < problem.most_watchers)
        limit = np.where(asks[home] | (best > 0) | _kept(problem), problem.limit, 0)
        plan = solve_visits(replace(problem, limit=limit))
        again = _close_thirds(problem, limit, plan.visits) if plan.is_feasible else None
        if again is None or problem.weighted(again) <= problem.weighted(best):
            break
        best = again
    return None if best is None else serve_by_swaps(problem, best)


def _kept(problem: VisitProblem) -> np.ndarray:
    """Return a bool per link: it is never closed, as it makes what stays or what is guaranteed today."""
    return problem.fixed | (problem.standing & (problem.guaranteed[problem.household] > 0))


def _close_thirds(problem: VisitProblem, limit: np.ndarray, visits: np.ndarray) -> np.ndarray | None:
    """Close links of households over their limit and solve again, until there are none.

    None where what is guaranteed fits no longer (only visits set by hand and a limit of loads can bring that
    about).
    """
    limit, count, kept = limit.copy(), 0, _kept(problem)
    while True:
        over = problem.watchers_at(visits) > problem.most_watchers
        if not over.any():
            return visits
        there = (visits > 0) | problem.fixed
        rank = _rank_at_home(problem, visits, kept, there)
        closing = over[problem.household] & (rank >= problem.most_watchers[problem.household])
        if count < GENTLE_ROUNDS:
            closing &= there
        elif count >= OPEN_ROUNDS:
            closing |= ~there
        limit[closing & ~kept] = 0
        plan = solve_visits(replace(problem, limit=limit))
        if not plan.is_feasible:
            return None
        visits, count = plan.visits, count + 1


def _rank_at_home(
    problem: VisitProblem, visits: np.ndarray, kept: np.ndarray, there: np.ndarray
) -> np.ndarray:
    """Return the place of each link at its household: those there, those kept, most visits, cheapest."""
    order = np.lexsort((problem.cost_dm, -visits, ~kept, ~there, problem.household))
    first = np.searchsorted(problem.household, problem.household)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank - first


def _join_shares(problem: VisitProblem, visits: np.ndarray) -> np.ndarray:
    """Return as many visits by household, new shares joined wherever one watcher has room for all of them."""
    visits = visits.copy()
    offsets = np.searchsorted(problem.household, np.arange(len(problem.need) + 1))
    room = problem.room - problem.given(visits)
    links = (problem.watcher, problem.limit, problem.cost_dm, problem.fixed)
    while _join_once(offsets, links, problem.unshared, visits, room):
        pass
    return visits


@njit(cache=True, nogil=True)
def _join_once(offsets, links, unshared, visits, room):
    """Join what can be joined, household by household, in ``visits`` and ``room``; return how many were."""
    watcher, limit, cost_dm, fixed = links
    joined = 0
    for home in range(len(unshared)):
        rows = range(offsets[home], offsets[home + 1])
        total, kept, count = 0, 0, 0
        for row in rows:
            total += visits[row]
            kept += fixed[row]
            count += fixed[row] or visits[row] > 0
        if count <= unshared[home]:
            continue
        best, fewest = -1, count
        for row in rows:
            after = kept + (not fixed[row])
            fits = limit[row] >= total and room[watcher[row]] + visits[row] >= total
            if fits and (after < fewest or (best >= 0 and after == fewest and cost_dm[row] < cost_dm[best])):
                best, fewest = row, after
        if best >= 0:
            for row in rows:
                room[watcher[row]] += visits[row]
                visits[row] = 0
            visits[best] = total
            room[watcher[best]] -= total
            joined += 1
    return joined
