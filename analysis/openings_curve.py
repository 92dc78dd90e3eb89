"""What each number of actions, or each budget, brings: a plan and a bound at every step, never falling."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.errors import ParameterError
from analysis.openings_bound import bound_values
from analysis.openings_choose import (
    TOLERANCE,
    allow,
    check_question,
    choose_actions,
    round_bound,
)
from analysis.openings_merge import merge_households
from analysis.openings_model import Openings
from analysis.openings_search import Allowance, begin_draft, build_space, exchange, fill, price_starts

EXACT_LINKS_OF_CURVE = 300  # links up to which every limit is solved by the exact programme
EXCHANGES_OF_CURVE = 3  # tried without success at each limit
ROUNDS_OF_CURVE = 40  # steps of the bound's search at each limit
_ROW = ["taken", "actions", "value", "bound", "gap", "cost", "status"]


def curve(
    openings: Openings,
    *,
    counts: np.ndarray | None = None,
    budgets: np.ndarray | None = None,
    required: np.ndarray | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the value and the bound for each number of actions, or for each yearly budget.

    A larger limit never lowers the value or the bound: the plan before is kept and added to, and a bound of a
    larger limit holds for a smaller one.

    Parameters
    ----------
    counts, budgets : rising array, one of the two
    required : bool (A,), optional; actions taken at every limit, and counted. A limit they exceed is left out
    seed : int

    Returns
    -------
    DataFrame, one row a limit
        ``count`` or ``budget``, ``taken`` (tuple of positions of the actions), ``actions`` (int, how many),
        ``value``, ``bound`` (weighted visits a year), ``gap``, ``cost`` (a year), ``status``.

    Raises
    ------
    ParameterError
        Not exactly one of counts and budgets, or falling or negative ones.
    """
    if (counts is None) == (budgets is None):
        raise ParameterError("Expected counts or budgets, got both or neither. Give one of them.")
    name, asked = ("count", counts) if budgets is None else ("budget", budgets)
    asked = np.asarray(asked)
    if len(asked) and (asked[0] < 0 or (np.diff(asked) < 0).any()):
        raise ParameterError(f"Expected rising {name}s >= 0, got falling or negative ones. Sort them.")
    required = check_question(openings, None, None, required)
    allowances = [allow(openings, *_as_limit(name, limit), required) for limit in asked]
    allowances = [at for at in allowances if at.holds(required.sum(), openings.cost[required].sum())]
    trace = _exact_curve if _is_small(openings) else _searched_curve
    points = trace(openings, allowances, required, seed)
    rows = _as_rows(openings, points)
    return pd.DataFrame(rows, columns=_ROW).assign(**{name: asked[len(asked) - len(rows) :]})[[name, *_ROW]]


def _is_small(openings: Openings) -> bool:
    return len(merge_households(openings, same_walks=True).household) <= EXACT_LINKS_OF_CURVE


def _exact_curve(
    openings: Openings, allowances: list[Allowance], required: np.ndarray, seed: int
) -> list[tuple[np.ndarray, float, float]]:
    """Return the actions, value and bound at each allowance, each solved for itself."""
    plans = [
        choose_actions(openings, count=at.count, budget=at.budget, required=required, seed=seed)
        for at in allowances
    ]
    return [(plan.taken, plan.value, plan.bound) for plan in plans]


def _searched_curve(
    openings: Openings, allowances: list[Allowance], required: np.ndarray, seed: int
) -> list[tuple[np.ndarray, float, float]]:
    """Return the actions, value and bound at each allowance, each begun from the one before."""
    if not allowances:
        return []
    space = build_space(merge_households(openings))
    draft, drafts = begin_draft(space, required), []
    for allowance in allowances:
        draft = draft.copy()
        fill(space, draft, allowance)
        draft = exchange(space, draft, allowance, bound=np.inf, seed=seed, in_vain=EXCHANGES_OF_CURVE)
        drafts.append(draft)
    bounds, _ = bound_values(
        space.openings,
        np.array([at.count for at in allowances]),
        np.array([at.budget for at in allowances]),
        required,
        reached=np.array([draft.value for draft in drafts]),
        starts=price_starts(space, drafts, sorted({0, len(drafts) // 2, len(drafts) - 1})),
        rounds=ROUNDS_OF_CURVE,
    )
    return [(draft.taken, draft.value, bound) for draft, bound in zip(drafts, bounds, strict=True)]


def _as_rows(openings: Openings, points: list[tuple[np.ndarray, float, float]]) -> list[tuple]:
    """Return the rows of the curve: a better plan of a smaller limit is kept, a bound holds downwards."""
    bounds = [round_bound(openings, bound) for _, _, bound in points]
    bounds = np.minimum.accumulate(bounds[::-1])[::-1] if bounds else []
    rows, kept, best = [], None, -np.inf
    for (taken, value, _), bound in zip(points, bounds, strict=True):
        kept, best = (taken, value) if value > best else (kept, best)
        rows.append(_row(openings, kept, best, float(bound)))
    return rows


def _row(openings: Openings, taken: np.ndarray, value: float, bound: float) -> tuple:
    proven = bound <= value + TOLERANCE * max(value, 1.0)
    bound = value if proven else bound
    gap = (bound - value) / bound if bound > 0 else 0.0
    positions = tuple(np.flatnonzero(taken).tolist())
    status = "optimal" if proven else "feasible"
    return positions, len(positions), value, bound, gap, float(openings.cost[taken].sum()), status


def _as_limit(name: str, limit: float) -> tuple[int | None, float | None]:
    return (int(limit), None) if name == "count" else (None, float(limit))
