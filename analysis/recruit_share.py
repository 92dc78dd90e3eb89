"""How many new watchers reach a share of the city: the fewest found, and how many are needed at least.

Set covering with capacities, solved by narrowing the number of recruits: a plan proves that so many do, a
bound that fewer cannot.

References
----------
Toregas, C., Swain, R., ReVelle, C. and Bergman, L. (1971). The location of emergency service facilities.
Operations Research 19: set covering.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import ParameterError
from analysis.openings import OpeningPlan, Openings, choose_actions, curve, least_walk_visits
from analysis.openings_merge import merge_households
from analysis.openings_search import build_space, order_taken
from analysis.recruit_problem import RecruitProblem
from analysis.recruiting import (
    RecruitPlan,
    describe_plan,
    mask_of,
    openings_for,
    share_of,
    tally_with,
)

SHARE_SLACK = 1e-9  # floating error of a share
NARROWING = 8  # numbers of recruits looked at in one round


@dataclass(frozen=True, eq=False)
class FewestRecruits:
    """How many recruits reach a share.

    Parameters
    ----------
    status : "optimal" (fewer cannot), "feasible" (this many do, fewer than ``least`` cannot), "nothing_to_do"
        (reached without any), "infeasible" (all candidates together cannot reach it) or "unproven" (no plan
        found reaches it, though the bound does not exclude it)
    count : int, recruits of the plan found; of all that help where infeasible
    least : int, fewer than this cannot reach the share (proven); where infeasible one more than there are
    share : float, reached by the plan
    plan : RecruitPlan
    """

    status: str
    count: int
    least: int
    share: float
    plan: RecruitPlan


def recruits_for_share(
    problem: RecruitProblem, share: float, *, measure: str = "weighted_visits", seed: int = 0
) -> FewestRecruits:
    """Find the fewest recruits whose plan reaches a share.

    Equality reaches it. The bound of each number of recruits proves from which number on it can be reached.

    Parameters
    ----------
    share : float from 0 to 1; of the weighted visits the whole city needs, or ("households") of its
        households, those watched in full
    measure : "weighted_visits" or "households"

    Raises
    ------
    ParameterError
        A share outside 0 to 1, or an unknown measure.
    """
    if not 0 <= share <= 1:
        raise ParameterError(f"Expected a share from 0 to 1, got {share}. Correct it.")
    openings = openings_for(problem, measure)
    goal = _Goal(problem, openings, share, measure)
    everybody = choose_actions(openings)  # no choice, so proven
    if not goal.is_reached(everybody.taken):
        return _out_of_reach(goal, everybody)
    taken = _shortest_start(goal, everybody)
    least, low, high = 0, -1, int(taken.sum())
    while high - low > 1:
        counts = np.unique(np.linspace(low + 1, high - 1, NARROWING).round().astype(int))
        rows = curve(openings, counts=counts, seed=seed)
        least = max(least, goal.least_count(rows))
        plans = [mask_of(openings, positions) for positions in rows["taken"]]
        enough = [at for at, plan in enumerate(plans) if goal.is_reached(plan)]
        if enough:
            taken, high = plans[enough[0]], int(counts[enough[0]])
        low = max([low, least - 1, *(int(count) for count in counts if count < high)])
    return _fewest(goal, taken, least, seed)


@dataclass(frozen=True, eq=False)
class _Goal:
    """The share to be reached, and what a plan or a bound is held against."""

    problem: RecruitProblem
    openings: Openings
    share: float
    measure: str

    def is_reached(self, taken: np.ndarray) -> bool:
        """Return whether the best visits of these candidates reach the share; equality does."""
        visits = least_walk_visits(self.openings, taken)
        return share_of(tally_with(self.problem, visits), self.measure) >= self.share - SHARE_SLACK

    def could_be(self, bound: float) -> bool:
        """Return whether the bound leaves the share possible; households are whole ones."""
        before = tally_with(self.problem, np.zeros(len(self.openings.household)))
        if self.measure == "households":
            best, whole = np.floor(before["watched"] + bound + SHARE_SLACK), before["households"]
        else:
            best, whole = before["weighted_visits"] + bound, before["weighted_need"]
        return whole == 0 or best / whole >= self.share - SHARE_SLACK

    def least_count(self, rows: pd.DataFrame) -> int:
        """Return the number of recruits below which the bounds leave the share impossible."""
        short = [
            count
            for count, bound in zip(rows["count"], rows["bound"], strict=True)
            if not self.could_be(bound)
        ]
        return int(max(short)) + 1 if short else 0


def _shortest_start(goal: _Goal, everybody: OpeningPlan) -> np.ndarray:
    """Return the first candidates, by what each adds to those before it, that reach the share together."""
    order = order_taken(build_space(merge_households(goal.openings)), everybody.taken)
    short, enough = -1, len(order)
    while enough - short > 1:
        middle = (short + enough) // 2
        reached = goal.is_reached(mask_of(goal.openings, tuple(order[:middle])))
        short, enough = (short, middle) if reached else (middle, enough)
    return mask_of(goal.openings, tuple(order[:enough]))


def _fewest(goal: _Goal, taken: np.ndarray, least: int, seed: int) -> FewestRecruits:
    """Try one recruit fewer with the full search until it fails, and describe what was found."""
    plan = choose_actions(goal.openings, count=int(taken.sum()), required=taken)
    while plan.taken.sum() > least:
        fewer = choose_actions(goal.openings, count=int(plan.taken.sum()) - 1, seed=seed)
        least = least if goal.could_be(fewer.bound) else int(plan.taken.sum())
        if not goal.is_reached(fewer.taken):
            break
        plan = fewer
    count = int(plan.taken.sum())
    status = "nothing_to_do" if count == 0 else "optimal" if count == least else "feasible"
    return _answer(goal, status, plan, least)


def _out_of_reach(goal: _Goal, everybody: OpeningPlan) -> FewestRecruits:
    """Describe the plan of all that help when even that does not reach the share."""
    if goal.could_be(everybody.bound):
        return _answer(goal, "unproven", everybody, 0)
    return _answer(goal, "infeasible", everybody, len(goal.problem.candidates) + 1)


def _answer(goal: _Goal, status: str, plan: OpeningPlan, least: int) -> FewestRecruits:
    described = describe_plan(goal.problem, goal.openings, plan, goal.measure)
    share = share_of(described.after, goal.measure)
    return FewestRecruits(status, int(plan.taken.sum()), least, share, described)
