"""Which delivery firms and shops to sign, so that households are noticed often enough.

Partners and households become a choice of columns at this place only (``analysis.partner_search``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import ParameterError
from analysis.frames import VISITS_PER_YEAR
from analysis.milp import EQUAL, Limits, relative_gap
from analysis.partner_offers import PartnerOffers, PartnerRules, build_partner_offers, with_costs
from analysis.partner_search import (
    Choice,
    GreedyRun,
    Lacks,
    best_greedy,
    gains_of,
    grow,
    order_of,
    solve_exactly,
    value_of,
)

__all__ = [
    "PartnerLimits",
    "PartnerOffers",
    "PartnerPlan",
    "PartnerRules",
    "build_partner_offers",
    "choose_partners",
    "partner_curve",
    "with_costs",
]

_ORDER_COLUMNS = ("organisation", "rounds", "cost_yen", "gain", "households_reached", "households_enough")


@dataclass(frozen=True)
class PartnerLimits:
    """How many partners, or for how much a year, and which must or must not be among them.

    Parameters
    ----------
    count : int, at least 0, or None
    budget_yen : float, at least 0, yen a year, or None; one of the two is needed
    required, excluded : ids of partners
    """

    count: int | None = None
    budget_yen: float | None = None
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise ParameterError when nothing is limited, or below 0."""
        if self.count is None and self.budget_yen is None:
            raise ParameterError("Expected a number of partners or a budget, got neither. Give one.")
        if self.count is not None and self.count < 0:
            raise ParameterError(f"Expected a number of partners >= 0, got {self.count}. Correct it.")
        if self.budget_yen is not None and not 0 <= self.budget_yen < np.inf:
            raise ParameterError(f"Expected a budget >= 0 yen, got {self.budget_yen}. Correct it.")


@dataclass(frozen=True, eq=False)
class PartnerPlan:
    """Which partners to sign, and how far from the best choice this can be at most.

    Parameters
    ----------
    status : "optimal" (no choice within the limits has a higher value), "feasible", "nothing_to_do" (no
        partner adds to the required ones) or "infeasible" (the required partners contradict the limits;
        ``reason`` says how)
    value, bound : float, weighted households' shares; NaN if infeasible
        Over counted households: weight times the passes won towards what is enough, as a share of what is
        enough. No choice has more than ``bound``.
    guarantee : float, 0 to 1: the share of what the best choice adds to the required ones that greedy reaches
        whatever the data (1 - 1/e by number, 1 - 1/sqrt(e) by budget, 0: none with both)
    partners : DataFrame indexed by partner_id, in the order of signing
        ``organisation``, ``rounds``, ``cost_yen``, ``gain`` (of value, after those before it),
        ``households_reached`` (counted, noticed by it at all), ``households_enough`` (counted, newly noticed
        often enough after it).
    households : DataFrame indexed by household_id
        ``counted``, ``passes_today``, ``passes_after`` (a month), ``enough_after`` (bool)
    before, after : dict over counted households: ``enough`` (households), ``weight_enough``, ``noticed``
        (households noticed at all), and ``cost_yen`` of what is signed
    reason : "" or "required_and_excluded", "too_many_required", "required_over_budget"
    """

    status: str
    value: float
    bound: float
    guarantee: float
    partners: pd.DataFrame
    households: pd.DataFrame
    before: dict[str, float]
    after: dict[str, float]
    reason: str = ""

    @property
    def gap(self) -> float:
        """Return the distance of value and bound as a share of the bound."""
        return relative_gap(self.value, self.bound)


def choose_partners(
    offers: PartnerOffers, limits: PartnerLimits, *, search: Limits = Limits(seconds=20.0)
) -> PartnerPlan:
    """Choose the partners of the highest value: greedy first, then exactly as far as ``search`` goes.

    The bound is the lower of the solver's and the one from greedy's gains. Partners that add nothing are not
    signed unless required.

    Raises
    ------
    ParameterError
        A required or excluded id is no partner.
    """
    lacks, choice = _as_lacks(offers), _as_choice(offers, limits)
    reason = _contradiction(lacks, choice)
    if reason:
        nobody = _describe(offers, np.zeros(len(offers.partners), dtype=bool))
        return PartnerPlan("infeasible", np.nan, np.nan, 0.0, **nobody, reason=reason)
    if not gains_of(lacks, choice.required)[choice.open & ~choice.required].any():
        value = value_of(lacks, choice.required)
        return PartnerPlan("nothing_to_do", value, value, 1.0, **_describe(offers, choice.required))
    chosen, bound, guarantee = best_greedy(lacks, choice)
    answer = solve_exactly(lacks, choice, chosen, search)
    if len(answer.x):
        found = _without_idle(lacks, choice, answer.x[: len(chosen)] > 0.5)
        chosen = max(chosen, found, key=lambda columns: value_of(lacks, columns))
    value, bound = value_of(lacks, chosen), min(bound, answer.bound)
    proven = answer.status == "optimal" or relative_gap(value, bound) <= EQUAL
    return PartnerPlan(
        status="optimal" if proven else "feasible",
        value=value,
        bound=value if proven else max(bound, value),
        guarantee=guarantee,
        **_describe(offers, chosen),
    )


def partner_curve(offers: PartnerOffers) -> pd.DataFrame:
    """Return what each further partner adds, greedily, beside the most any choice of that many could reach.

    Returns
    -------
    DataFrame indexed by ``count``, from 0
        ``partner_id`` (None at 0), ``value``, ``bound`` (weighted households' shares; both never falling),
        ``gap``, ``cost_yen`` (a year, all so far).
    """
    lacks = _as_lacks(offers)
    nobody = np.zeros(len(offers.partners), dtype=bool)
    run = grow(lacks, Choice(nobody, ~nobody, None, None), by_cost=False)
    bounds = np.maximum(_bounds_by_count(lacks, run), run.reached)  # apart from rounding never below
    index = pd.RangeIndex(len(bounds), name="count")
    added = [None, *offers.partners.index[run.order]]
    columns = {
        "partner_id": pd.Series(added, index=index, dtype=object),
        "value": run.reached,
        "bound": bounds,
        "gap": np.divide(bounds - run.reached, bounds, out=np.zeros_like(bounds), where=bounds > 0),
        "cost_yen": np.concatenate([[0.0], lacks.cost[run.order].cumsum()]),
    }
    return pd.DataFrame(columns, index=index)


def _bounds_by_count(lacks: Lacks, run: GreedyRun) -> np.ndarray:
    """Return for each number of columns the least bound, from the gains after each step of greedy."""
    bounds = np.full(len(run.reached), np.inf)
    chosen = np.zeros(len(lacks.cost), dtype=bool)
    for value, step in zip(run.reached, [*run.order, -1], strict=True):
        gains = np.sort(np.where(chosen, 0.0, gains_of(lacks, chosen)))[::-1].cumsum()
        bounds = np.minimum(bounds, value + np.concatenate([[0.0], gains])[: len(bounds)])
        if step >= 0:
            chosen[step] = True
    return bounds


def _as_lacks(offers: PartnerOffers) -> Lacks:
    enough, households = offers.rules.enough_visits, offers.households
    lack = np.where(households["counted"], enough - households["passes_today"], 0).astype(np.int64)
    return Lacks(
        lack=lack,
        weight=households["weight"].to_numpy(dtype=float) / enough,
        amounts=offers.passes,
        cost=offers.partners["cost_yen"].to_numpy(dtype=float),
    )


def _as_choice(offers: PartnerOffers, limits: PartnerLimits) -> Choice:
    ids = offers.partners.index
    unknown = [name for name in (*limits.required, *limits.excluded) if name not in ids]
    if unknown:
        raise ParameterError(f"Expected ids of partners, got {', '.join(unknown[:5])}. Correct them.")
    required = ids.isin(limits.required)
    return Choice(required, ~ids.isin(limits.excluded), limits.count, limits.budget_yen)


def _without_idle(lacks: Lacks, choice: Choice, chosen: np.ndarray) -> np.ndarray:
    """Leave out of a set what adds nothing to the rest of it, unless required."""
    useful = choice.required.copy()
    useful[order_of(lacks, chosen).order] = True
    return useful


def _contradiction(lacks: Lacks, choice: Choice) -> str:
    if (choice.required & ~choice.open).any():
        return "required_and_excluded"
    if choice.count is not None and choice.required.sum() > choice.count:
        return "too_many_required"
    return "" if choice.allows(lacks.cost, choice.required) else "required_over_budget"


def _describe(offers: PartnerOffers, signed: np.ndarray) -> dict[str, object]:
    """Return the parts of a plan that tell what these partners bring; those that add nothing come last."""
    lacks = _as_lacks(offers)
    useful = order_of(lacks, signed).order
    order = np.concatenate([useful, np.setdiff1d(np.flatnonzero(signed), useful)])
    return {
        "partners": _in_order(offers, lacks, order),
        "households": _after(offers, signed),
        "before": _totals(offers, np.zeros_like(signed)),
        "after": _totals(offers, signed),
    }


def _in_order(offers: PartnerOffers, lacks: Lacks, order: np.ndarray) -> pd.DataFrame:
    """Describe the partners signed, each by what it adds to those before it."""
    counted = offers.households["counted"].to_numpy()
    table = offers.partners.iloc[order].copy()
    steps = [np.zeros(len(offers.partners), dtype=bool)]
    for position in order:
        steps.append(steps[-1].copy())
        steps[-1][position] = True
    table["gain"] = np.diff([value_of(lacks, step) for step in steps])
    table["households_reached"] = (offers.passes[:, order] > 0).T.astype(np.int64) @ counted
    table["households_enough"] = np.diff([int(_is_enough(offers, step).sum()) for step in steps])
    return table[list(_ORDER_COLUMNS)]


def _passes_with(offers: PartnerOffers, signed: np.ndarray) -> np.ndarray:
    return offers.households["passes_today"].to_numpy() + offers.passes @ signed.astype(np.int64)


def _is_enough(offers: PartnerOffers, signed: np.ndarray) -> np.ndarray:
    enough = _passes_with(offers, signed) >= offers.rules.enough_visits
    return enough & offers.households["counted"].to_numpy()


def _after(offers: PartnerOffers, signed: np.ndarray) -> pd.DataFrame:
    passes = _passes_with(offers, signed)
    return pd.DataFrame(
        {
            "counted": offers.households["counted"],
            "passes_today": offers.households["passes_today"] / VISITS_PER_YEAR,
            "passes_after": passes / VISITS_PER_YEAR,
            "enough_after": passes >= offers.rules.enough_visits,
        },
        index=offers.households.index,
    )


def _totals(offers: PartnerOffers, signed: np.ndarray) -> dict[str, float]:
    counted, enough = offers.households["counted"].to_numpy(), _is_enough(offers, signed)
    return {
        "enough": int(enough.sum()),
        "weight_enough": float(offers.households["weight"].to_numpy()[enough].sum()),
        "noticed": int((counted & (_passes_with(offers, signed) > 0)).sum()),
        "cost_yen": float(offers.partners["cost_yen"].to_numpy()[signed].sum()),
    }
