"""The best actions within a number and a budget: proven where the city is small, else searched, bounded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.errors import ParameterError
from analysis.milp import EQUAL, Limits
from analysis.openings_bound import bound_values
from analysis.openings_exact import solve_exactly
from analysis.openings_merge import merge_households
from analysis.openings_model import OpeningPlan, Openings
from analysis.openings_search import (
    Allowance,
    Draft,
    Space,
    begin_draft,
    build_space,
    drop_needless,
    exchange,
    fill,
    price_starts,
)
from analysis.openings_visits import least_walk_visits

TOLERANCE = 1e-6  # of the solver, relative: a bound within it of the value is the value
STEP_SLACK = 1e-3  # of a step: a bound this little below the next possible value is not brought down past it
EXACT_LINKS = 2_000  # links, households merged, up to which the exact programme is solved
WORK = Limits(nodes=500)


def choose_actions(
    openings: Openings,
    *,
    count: int | None = None,
    budget: float | None = None,
    required: np.ndarray | None = None,
    limits: Limits = WORK,
    seed: int = 0,
) -> OpeningPlan:
    """Choose the actions that serve most weighted visits, within a number of actions and a yearly budget.

    Ties are decided by least cost, then fewest actions, then least walk: proven up to ``EXACT_LINKS`` links
    where the status is "optimal"; beyond, only an action that brings nothing is left out.

    Parameters
    ----------
    count : int, at least 0; the most actions, those required among them. None: any number
    budget : float, at least 0; the most they may cost a year together. None: any cost
    required : bool (A,), optional; actions that must be taken
    limits : Limits of the exact programme
    seed : int, of the order in which exchanges are tried

    Raises
    ------
    ParameterError
        A negative count or budget, or ``required`` of another length.
    """
    required = check_question(openings, count, budget, required)
    allowance = allow(openings, count, budget, required)
    if not allowance.holds(required.sum(), openings.cost[required].sum()):
        return _without_plan(openings)
    exact = merge_households(openings, same_walks=True)
    if len(exact.household) <= EXACT_LINKS:
        taken, bound = solve_exactly(
            exact, count=allowance.count, budget=allowance.budget, required=required, limits=limits
        )
        plan = _plan(openings, required if taken is None else taken, bound)
        if plan.status != "feasible":
            return plan
        return _better(plan, _searched(openings, allowance, seed))
    return _searched(openings, allowance, seed)


def _searched(openings: Openings, allowance: Allowance, seed: int) -> OpeningPlan:
    """Return the plan of the search and its bound."""
    space = build_space(merge_households(openings))
    everything = np.ones(len(openings.cost), dtype=bool)
    if allowance.holds(everything.sum(), openings.cost.sum()):
        draft = begin_draft(space, everything)
        drop_needless(space, draft, allowance)
        return _plan(openings, draft.taken, draft.value)
    draft = begin_draft(space, allowance.required)
    fill(space, draft, allowance)
    draft, bound = _improve(space, draft, allowance, seed)
    return _plan(openings, draft.taken, bound)


def _improve(space: Space, draft: Draft, allowance: Allowance, seed: int) -> tuple[Draft, float]:
    """Return the best of the draft and of what the prices of the bound suggest, exchanged; and the bound."""
    counts, budgets = np.array([allowance.count]), np.array([allowance.budget])
    bounds, worth = bound_values(
        space.openings,
        counts,
        budgets,
        allowance.required,
        reached=np.array([draft.value]),
        starts=price_starts(space, [draft], [0]),
    )
    bound = round_bound(space.openings, bounds[0])
    priced = _by_worth(space, worth, allowance)
    draft = priced if priced.value > draft.value else draft
    draft = exchange(space, draft, allowance, bound=bound, seed=seed)
    drop_needless(space, draft, allowance)
    return draft, bound


def _by_worth(space: Space, worth: np.ndarray, allowance: Allowance) -> Draft:
    """Return the draft of the actions worth most at the bound's prices, for what each uses."""
    cost = space.openings.cost
    use = np.ones(len(cost)) if np.isinf(allowance.budget) else np.maximum(cost, 1e-9)
    taken = allowance.required.copy()
    for action in np.argsort(-worth / use, kind="stable"):
        if worth[action] > 0 and allowance.holds(taken.sum() + 1, cost[taken].sum() + cost[action]):
            taken[action] = True
    draft = begin_draft(space, taken)
    drop_needless(space, draft, allowance)
    fill(space, draft, allowance)
    return draft


def allow(openings: Openings, count: int | None, budget: float | None, required: np.ndarray) -> Allowance:
    most = len(openings.cost) if count is None else min(count, len(openings.cost))
    return Allowance(most, np.inf if budget is None else budget, required)


def _better(one: OpeningPlan, other: OpeningPlan) -> OpeningPlan:
    """Return the plan of the larger value with the lower bound of both."""
    best = one if one.value >= other.value else other
    return _with_bound(best, min(one.bound, other.bound))


def round_bound(openings: Openings, bound: float) -> float:
    """Return the bound brought down to a value that whole visits can have.

    Where all weights are whole hundredths, every value is a multiple of their greatest common divisor.
    """
    hundredths = np.rint(openings.weight * 100)
    if not len(hundredths) or np.abs(openings.weight * 100 - hundredths).max() > EQUAL:
        return bound
    step = np.gcd.reduce(hundredths.astype(np.int64)) / 100
    return float(np.floor(bound / step + STEP_SLACK) * step)


def check_question(
    openings: Openings, count: int | None, budget: float | None, required: np.ndarray | None
) -> np.ndarray:
    """Return the required actions (A,)."""
    if count is not None and count < 0:
        raise ParameterError(f"Expected count >= 0, got {count}. Correct it.")
    if budget is not None and not budget >= 0:
        raise ParameterError(f"Expected budget >= 0, got {budget}. Correct it.")
    if required is None:
        return np.zeros(len(openings.cost), dtype=bool)
    if len(required) != len(openings.cost):
        raise ParameterError(
            f"Expected required for {len(openings.cost)} actions, got {len(required)}. Give one each."
        )
    return np.asarray(required, dtype=bool)


def _without_plan(openings: Openings) -> OpeningPlan:
    taken = np.zeros(len(openings.cost), dtype=bool)
    visits = np.zeros(len(openings.household), dtype=np.int64)
    return OpeningPlan("infeasible", taken, visits, 0.0, 0.0, 0.0, 0.0)


def _plan(openings: Openings, taken: np.ndarray, bound: float) -> OpeningPlan:
    visits = least_walk_visits(openings, taken)
    value = openings.weighted(visits)
    cost, walk_m = float(openings.cost[taken].sum()), openings.walk_m(visits)
    plan = OpeningPlan("feasible", taken, visits, value, bound, cost, walk_m)
    return _with_bound(plan, round_bound(openings, bound))


def _with_bound(plan: OpeningPlan, bound: float) -> OpeningPlan:
    """Return the plan with the bound, and the status that follows from it."""
    proven = bound <= plan.value + TOLERANCE * max(plan.value, 1.0)
    bound = plan.value if proven else bound
    status = "optimal" if proven else "feasible"
    return replace(plan, bound=bound, status=status if bound > 0 else "nothing_to_do")
