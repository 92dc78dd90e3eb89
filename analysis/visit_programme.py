"""The rule of two watchers as a mixed-integer programme: exact for small parts of a city."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from analysis.milp import Limits, Milp, MilpAnswer, solve_milp
from analysis.visit_plan import VisitPlan, VisitProblem, infeasible

EXACT_LINKS = 600  # parts up to this many links are solved exactly: a few seconds
LIMITS = Limits(nodes=300, seconds=60.0)


@dataclass(frozen=True, eq=False)
class _Programme:
    """The mixed-integer programme of a part: visits, is the watcher there, new shares, loads by step."""

    milp: Milp
    weighted: np.ndarray
    shares: np.ndarray
    price: np.ndarray
    links: int

    def visits(self, answer: MilpAnswer) -> np.ndarray:
        """Return the visits of an answer; empty where there is none."""
        return np.rint(answer.x[: self.links]).astype(np.int64)

    def solve(
        self, objective: np.ndarray, rows: list[tuple[np.ndarray, float]], *, maximise: bool = False
    ) -> MilpAnswer:
        """Solve for one objective with further rows ``values @ x >= least``."""
        milp = self.milp
        low = np.concatenate([milp.low, [least for _, least in rows]])
        high = np.concatenate([milp.high, np.full(len(rows), np.inf)])
        added = [sparse.csr_array(values[None, :]) for values, _ in rows]
        matrix = sparse.vstack([milp.rows, *added], format="csr")
        asked = replace(milp, objective=objective, rows=matrix, low=low, high=high, maximise=maximise)
        return solve_milp(asked, limits=LIMITS)


def solve_exactly(problem: VisitProblem, plan: VisitPlan) -> VisitPlan:
    """Return the best of ``plan`` and what the programme finds, proven best where it closes.

    Weighted visits first, then the fewest new shares, then the least price.

    Parameters
    ----------
    plan : VisitPlan, feasible or not, with a bound on the weighted visits
    """
    programme = _build_programme(problem)
    most = programme.solve(programme.weighted, [], maximise=True)
    if most.status == "infeasible":
        return infeasible(problem)
    bound = min(plan.bound_weighted, _floor(most.bound))
    plan = _better(problem, plan, programme.visits(most), bound)
    if most.status != "optimal":
        return plan
    served = (programme.weighted, round(most.value))
    fewest = programme.solve(programme.shares, [served])
    plan = _better(problem, plan, programme.visits(fewest), bound)
    if fewest.status != "optimal":
        return plan
    as_few = (-programme.shares, -float(round(fewest.value)))
    cheapest = programme.solve(programme.price, [served, as_few])
    plan = _better(problem, plan, programme.visits(cheapest), bound)
    if cheapest.status != "optimal":
        return plan
    return replace(plan, is_proven=True, bound_price_dm=plan.price_dm)


def _better(problem: VisitProblem, plan: VisitPlan, visits: np.ndarray, bound: int) -> VisitPlan:
    """Return the better of a plan and of visits (empty: none were found) under a bound."""
    if len(visits):
        weighted, price = problem.weighted(visits), problem.price(visits)
        ranks = [(-weighted, problem.new_shares(visits), price)]
        ranks.append((-plan.weighted, problem.new_shares(plan.visits), plan.price_dm))
        if not plan.is_feasible or ranks[0] < ranks[1]:
            plan = VisitPlan(visits, True, False, weighted, bound, price, 0)
    return replace(plan, bound_weighted=max(bound, plan.weighted))


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
