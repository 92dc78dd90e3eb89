"""At most two watchers a household: from the least-cost flow to a plan that keeps the rule.

The flow that may share visits freely is the bound. Most parts of the network (households and watchers joined
by open links) keep the rule in it by themselves and are optimal as they stand. The others are repaired: links
of third watchers are closed and the part is solved again, then shares that a single watcher has room for are
joined. Small parts are solved exactly as a mixed-integer programme: most weighted visits, then fewest new
shares, then the least price.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from scipy import sparse
from scipy.sparse import csgraph

from analysis.milp import Limits, Milp, solve_milp
from analysis.visit_plan import VisitPlan, VisitProblem, infeasible, is_open, solve_visits

EXACT_LINKS = 250  # parts up to this many links are solved exactly
EXACT_LIMITS = Limits(nodes=2_000, seconds=30.0)
GENTLE_ROUNDS = 4  # rounds that close links in use; then all that a household over its limit cannot keep
OPEN_ROUNDS = 8  # then also what other households do not use, so that closing here opens nothing there


def solve_shared(problem: VisitProblem) -> VisitPlan:
    """Return the most weighted visits, then the fewest new shares, then the least price.

    A household is visited by ``most_watchers`` at most; each watcher beyond ``unshared`` is a new share, and
    there is none that a single watcher with the room left could spare. Proven optimal where every part is.
    """
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
    return VisitPlan(visits, True, proven, problem.weighted(visits), bound, price, least)


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
    mended = _close_thirds(problem, flow)
    if mended is None:
        plan = replace(infeasible(problem), is_proven=False, bound_weighted=bound)
    else:
        mended = _join_shares(problem, mended)
        weighted, price = problem.weighted(mended), problem.price(mended)
        least = problem.price(flow) if weighted == bound else 0
        proven = (problem.new_shares(mended), weighted, price) == (0, bound, least)
        plan = VisitPlan(mended, True, proven, weighted, bound, price, least)
    if plan.is_proven or len(problem.limit) > EXACT_LINKS:
        return plan
    return _solve_exactly(problem, plan)


def _close_thirds(problem: VisitProblem, visits: np.ndarray) -> np.ndarray | None:
    """Return visits by at most ``most_watchers`` a household: links beyond are closed, and solved again.

    Links that make what is guaranteed today are never closed; None where what is guaranteed fits no longer
    (only visits set by hand and a limit of loads can bring that about).
    """
    limit, count = problem.limit.copy(), 0
    kept = problem.fixed | (problem.standing & (problem.guaranteed[problem.household] > 0))
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


@dataclass(frozen=True, eq=False)
class _Programme:
    """The mixed-integer programme of a part: visits, is the watcher there, new shares, loads by step."""

    milp: Milp
    weighted: np.ndarray
    shares: np.ndarray
    price: np.ndarray
    links: int

    def solve(self, objective: np.ndarray, rows: list[tuple[np.ndarray, float]], *, maximise: bool = False):
        """Solve for one objective with further rows ``values @ x >= least``."""
        milp = self.milp
        low = np.concatenate([milp.low, [least for _, least in rows]])
        high = np.concatenate([milp.high, np.full(len(rows), np.inf)])
        added = [sparse.csr_array(values[None, :]) for values, _ in rows]
        matrix = sparse.vstack([milp.rows, *added], format="csr")
        asked = replace(milp, objective=objective, rows=matrix, low=low, high=high, maximise=maximise)
        return solve_milp(asked, limits=EXACT_LIMITS)


def _solve_exactly(problem: VisitProblem, plan: VisitPlan) -> VisitPlan:
    """Return the proven best plan of a small part, or ``plan`` with a better bound where limits end it."""
    programme = _build_programme(problem)
    most = programme.solve(programme.weighted, [], maximise=True)
    if most.status == "infeasible":
        return infeasible(problem)
    if most.status != "optimal":
        return replace(plan, bound_weighted=max(min(plan.bound_weighted, _floor(most.bound)), plan.weighted))
    served = (programme.weighted, round(most.value))
    fewest = programme.solve(programme.shares, [served])
    as_few = (-programme.shares, -float(round(fewest.value))) if fewest.status == "optimal" else None
    cheapest = programme.solve(programme.price, [served, as_few]) if as_few else fewest
    if cheapest.status != "optimal":
        return replace(plan, bound_weighted=round(most.value))
    visits = np.rint(cheapest.x[: programme.links]).astype(np.int64)
    weighted, price = problem.weighted(visits), problem.price(visits)
    return VisitPlan(visits, True, True, weighted, weighted, price, price)


def _floor(bound: float) -> int:
    return int(np.floor(bound + 1e-6)) if np.isfinite(bound) else 2**62


def _build_programme(problem: VisitProblem) -> _Programme:
    """Return the programme; columns: visits (L), there (L), new shares (H), visits by step of load (S)."""
    links, homes, people = len(problem.limit), len(problem.need), len(problem.room)
    width, step_price = problem.load_steps() if problem.even_dm else (np.zeros((people, 0), np.int64),) * 2
    person, _ = np.nonzero(width)
    steps = len(person)
    ends = np.minimum(problem.need[problem.household], problem.room[problem.watcher])
    most = np.minimum(problem.limit, ends)
    at_home = _incidence(problem.household, homes)
    at_person = _incidence(problem.watcher, people)
    rows = [
        [at_home, None, None, None],
        [at_person, None, None, None],
        [sparse.eye_array(links), sparse.diags_array(-most.astype(float)), None, None],
        [None, at_home, None, None],
        [None, at_home, -sparse.eye_array(homes), None],
    ]
    nothing = (np.zeros(links), np.zeros(links), np.zeros(homes), np.zeros(steps))
    low = [problem.guaranteed, np.full(2 * homes + people + links, -np.inf)]
    high = [problem.need, problem.room, np.zeros(links), problem.most_watchers, problem.unshared]
    if steps:
        rows.append([at_person, None, None, -_incidence(person, people)])
        low, high = [*low, np.zeros(people)], [*high, np.zeros(people)]
    else:
        rows = [row[:3] for row in rows]
    x_high = [most, (most > 0) | problem.fixed, np.full(homes, np.inf), width[width > 0]]
    milp = Milp(
        objective=np.concatenate(nothing),
        rows=sparse.block_array(rows, format="csr"),
        low=np.concatenate(low).astype(float),
        high=np.concatenate(high).astype(float),
        x_low=np.concatenate([nothing[0], problem.fixed, *nothing[2:]]).astype(float),
        x_high=np.concatenate(x_high).astype(float),
        whole=np.repeat([True, True, False, False], [links, links, homes, steps]),
    )
    weight = problem.weight[problem.household].astype(float)
    price = (problem.cost_dm, nothing[1], nothing[2], step_price[width > 0])
    return _Programme(
        milp,
        weighted=np.concatenate([weight, *nothing[1:]]),
        shares=np.concatenate([*nothing[:2], np.ones(homes), nothing[3]]),
        price=np.concatenate(price).astype(float),
        links=links,
    )


def _incidence(position: np.ndarray, length: int) -> sparse.csr_array:
    """Return a matrix (length, rows) that sums rows by position."""
    ones = np.ones(len(position))
    return sparse.csr_array((ones, (position, np.arange(len(position)))), shape=(length, len(position)))
