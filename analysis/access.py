"""Walking access to places (gathering places, consultation centres): nearest, how many, and how crowded.

Facilities stand where watchers stand in walking costs, each with a reach of at least the farthest cutoff. A
cost at exactly a cutoff is within it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.errors import FrameError, ParameterError
from analysis.frames import FrameRule, check_frame
from analysis.rounds import WALKING_M_PER_MIN
from analysis.walking import REACH_TOLERANCE_M, WalkingCosts

FACILITIES = FrameRule("facilities", "facility_id", ("reach_m",), has_geometry=False)


@dataclass(frozen=True)
class AccessRules:
    """How far is near, and how much a place counts at each distance.

    Parameters
    ----------
    cutoffs_m : rising floats above 0, equivalent flat metres; the last is where access ends. 5, 10 and 15
        minutes at 4.0 km/h (assumed: half the bands of Luo and Qi, which are for driving)
    weights : float of each band, 0 to 1, not rising; by default those Luo and Qi took from a Gaussian curve.
        All 1 gives the plain two-step method.
    """

    cutoffs_m: tuple[float, ...] = tuple(minutes * WALKING_M_PER_MIN for minutes in (5, 10, 15))
    weights: tuple[float, ...] = (1.0, 0.68, 0.22)

    def __post_init__(self) -> None:
        """Raise ParameterError naming every value out of range."""
        cutoffs, weights = np.array(self.cutoffs_m, dtype=float), np.array(self.weights, dtype=float)
        faults = []
        if not (len(cutoffs) and (np.diff(cutoffs, prepend=0.0) > 0).all() and np.isfinite(cutoffs).all()):
            faults.append(f"Expected rising cutoffs above 0 m, got {list(self.cutoffs_m)}. Correct it.")
        if not (len(weights) == len(cutoffs) and ((weights >= 0) & (weights <= 1)).all()):
            faults.append(
                f"Expected a weight from 0 to 1 for each cutoff, got {list(self.weights)}. Correct it."
            )
        elif not (np.diff(weights) <= 0).all():
            faults.append(
                f"Expected weights that never rise with distance, got {list(self.weights)}. Correct it."
            )
        if faults:
            raise ParameterError(" ".join(faults))

    @property
    def cutoff_m(self) -> float:
        """Return the farthest cutoff."""
        return float(self.cutoffs_m[-1])


@dataclass(frozen=True, eq=False)
class Access:
    """How near each household is to places.

    Parameters
    ----------
    rules : AccessRules
    households : DataFrame indexed by household_id, every household
        ``demand`` (float), ``nearest`` (facility id, None), ``nearest_m`` (equivalent flat metres),
        ``nearest_min`` (minutes; both NaN where no place is within the farthest cutoff), ``score`` (enhanced
        two-step floating catchment: capacity for one unit of demand, 0 where nothing is near), ``gap`` (bool:
        no place within the farthest cutoff, or no way there).
    within : int DataFrame indexed by household_id, a column each cutoff (metres): places at most so far away
    facilities : DataFrame indexed by facility_id
        ``capacity``, ``households`` (within the farthest cutoff), ``demand_met`` (their demand, weighted by
        band), ``ratio`` (capacity for one unit of that demand; NaN where nobody is near).
    counts : dict of int
        ``households``, ``gaps``; of all households those without a point, too far from any street, and on
        streets no place stands on: ``households_without_point``, ``households_far_off``,
        ``households_unreachable``; ``facilities``, ``facilities_near_nobody``.
    """

    rules: AccessRules
    households: pd.DataFrame
    within: pd.DataFrame
    facilities: pd.DataFrame
    counts: dict[str, int] = field(default_factory=dict)


def assess_access(
    costs: WalkingCosts,
    households: pd.DataFrame,
    facilities: pd.DataFrame,
    *,
    rules: AccessRules = AccessRules(),
    demand: pd.Series | None = None,
) -> Access:
    r"""Assess how near each household is to places and how many share them.

    With band weights :math:`W(d)`, demand :math:`P` and capacity :math:`S`, a place offers
    :math:`R_j = S_j / \sum_i P_i W(d_{ij})` and a household has :math:`A_i = \sum_j R_j W(d_{ij})`. So
    :math:`\sum_i P_i A_i` is the capacity of all places that have somebody near.

    Parameters
    ----------
    costs : WalkingCosts from facilities (as watchers) to households
    households : DataFrame indexed by household_id
    facilities : DataFrame indexed by facility_id
        ``reach_m`` (as measured with), optional ``capacity`` (at least 0; 1 each where absent).
    demand : Series by household_id, at least 0; 1 each where absent, so that figures are of households

    Raises
    ------
    FrameError
        A facility was measured with a shorter reach than the farthest cutoff, costs lack households or
        facilities, a capacity is negative or missing.
    ParameterError
        A demand is missing or negative.

    References
    ----------
    Luo, Wang (2003), Measures of spatial accessibility to health care in a GIS environment, Environment and
    Planning B 30 (two steps).
    Luo, Qi (2009), An enhanced two-step floating catchment area (E2SFCA) method for measuring spatial
    accessibility to primary care physicians, Health & Place 15 (bands).
    """
    check_frame(facilities, FACILITIES)
    pairs = pairs_within(costs, households.index, facilities, rules)
    wanted = _as_demand(demand, households.index)
    capacity = _as_capacity(facilities)
    weight = np.array(rules.weights)[pairs["band"]]
    home, place = pairs["household"].to_numpy(), pairs["facility"].to_numpy()
    met = np.bincount(place, weights=weight * wanted[home], minlength=len(facilities))
    ratio = np.divide(capacity, met, out=np.full(len(met), np.nan), where=met > 0)
    score = np.bincount(home, weights=weight * np.nan_to_num(ratio)[place], minlength=len(wanted))
    near = np.bincount(place, minlength=len(facilities))
    table = pd.DataFrame(
        {"capacity": capacity, "households": near, "demand_met": met, "ratio": ratio}, index=facilities.index
    )
    found = _nearest(pairs, households.index, facilities.index).assign(score=score)
    found.insert(0, "demand", wanted)
    return Access(
        rules=rules,
        households=found.assign(gap=found["nearest_m"].isna()),
        within=_within(pairs, households.index, rules),
        facilities=table,
        counts=_counts(found, table, costs),
    )


def pairs_within(
    costs: WalkingCosts, household_ids: pd.Index, facilities: pd.DataFrame, rules: AccessRules
) -> pd.DataFrame:
    """Return ``household``, ``facility`` (positions), ``cost_m`` and ``band`` up to the farthest cutoff.

    Sorted by household, then cost, then facility.

    Raises
    ------
    FrameError
        A facility was measured with a shorter reach, or costs lack households or facilities.
    """
    reach_m = facilities["reach_m"].to_numpy(dtype=float)
    short = ~(reach_m >= rules.cutoff_m - REACH_TOLERANCE_M)
    if short.any():
        raise FrameError(
            f"Expected places measured as far as {rules.cutoff_m:.0f} m, got {int(short.sum())} with less. "
            "Measure again."
        )
    if absent := _absent(household_ids, costs.household_ids):
        raise FrameError(f"Expected walks to all households, got {absent} without. Measure again.")
    if absent := _absent(facilities.index, costs.watcher_ids):
        raise FrameError(f"Expected walks from all places, got {absent} without. Measure again.")
    household = household_ids.get_indexer(costs.household_ids)[costs.household]
    facility = facilities.index.get_indexer(costs.watcher_ids)[costs.watcher]
    band = np.searchsorted(np.array(rules.cutoffs_m) + REACH_TOLERANCE_M, costs.cost_m)
    pairs = pd.DataFrame({"household": household, "facility": facility, "cost_m": costs.cost_m, "band": band})
    kept = (household >= 0) & (facility >= 0) & (band < len(rules.cutoffs_m))
    return pairs[kept].sort_values(["household", "cost_m", "facility"], ignore_index=True)


def _absent(wanted: pd.Index, measured: pd.Index) -> int:
    return int((measured.get_indexer(wanted) < 0).sum())


def summarise_access(access: Access, by: pd.Series) -> pd.DataFrame:
    """Summarise access by area.

    Parameters
    ----------
    by : Series indexed by household_id
        The area of each household; one without an area is counted in the row ``""``.

    Returns
    -------
    DataFrame indexed by area, sorted
        ``households``, ``gaps`` (int), ``demand`` (float); ``share_within_333_m`` … (of demand, a column each
        cutoff in whole metres), ``mean_nearest_m``, ``mean_nearest_min`` (weighted by demand, of households
        that have a place within the farthest cutoff; NaN where none has), ``mean_places`` (within the
        farthest cutoff) and ``mean_score`` (both weighted by demand, of all). NaN in an area without demand.
    """
    homes = access.households
    area = by.reindex(homes.index).astype(object)
    area = area.where(area.notna(), "").to_numpy()
    demand = homes["demand"]
    reached = ~homes["gap"]
    sums = {
        "households": pd.Series(1, index=homes.index),
        "gaps": homes["gap"].astype(np.int64),
        "demand": demand,
        "demand_reached": demand.where(reached, 0.0),
        "nearest_m": (demand * homes["nearest_m"]).fillna(0.0),
        "places": demand * access.within.iloc[:, -1],
        "score": demand * homes["score"],
        **{name: demand.where(within > 0, 0.0) for name, within in access.within.items()},
    }
    total = pd.DataFrame(sums).groupby(area).sum().rename_axis(by.name or "area")
    summary = total[["households", "gaps", "demand"]].copy()
    for cutoff_m in access.within:
        summary[f"share_within_{round(cutoff_m)}_m"] = _ratio(total[cutoff_m], total["demand"])
    summary["mean_nearest_m"] = _ratio(total["nearest_m"], total["demand_reached"])
    summary["mean_nearest_min"] = summary["mean_nearest_m"] / WALKING_M_PER_MIN
    summary["mean_places"] = _ratio(total["places"], total["demand"])
    summary["mean_score"] = _ratio(total["score"], total["demand"])
    return summary


def _ratio(above: pd.Series, below: pd.Series) -> pd.Series:
    return (above / below.where(below > 0)).astype(float)


def _as_demand(demand: pd.Series | None, ids: pd.Index) -> np.ndarray:
    if demand is None:
        return np.ones(len(ids))
    values = demand.reindex(ids).to_numpy(dtype=float)
    wrong = int((~((values >= 0) & np.isfinite(values))).sum())
    if wrong:
        raise ParameterError(f"Expected demand >= 0 of every household, got {wrong} others. Correct them.")
    return values


def _as_capacity(facilities: pd.DataFrame) -> np.ndarray:
    if "capacity" not in facilities:
        return np.ones(len(facilities))
    capacity = facilities["capacity"].to_numpy(dtype=float)
    wrong = int((~((capacity >= 0) & np.isfinite(capacity))).sum())
    if wrong:
        raise FrameError(f"Expected capacity of places >= 0, got {wrong} others. Correct them.")
    return capacity


def _nearest(pairs: pd.DataFrame, household_ids: pd.Index, facility_ids: pd.Index) -> pd.DataFrame:
    """Return the nearest place of each household; of places equally near the first."""
    first = pairs.drop_duplicates("household")
    name = np.full(len(household_ids), None, dtype=object)
    metres = np.full(len(household_ids), np.nan)
    name[first["household"]] = facility_ids.to_numpy(dtype=object)[first["facility"]]
    metres[first["household"]] = first["cost_m"]
    nearest = pd.Series(name, index=household_ids, dtype=object)
    return pd.DataFrame(
        {"nearest": nearest, "nearest_m": metres, "nearest_min": metres / WALKING_M_PER_MIN},
        index=household_ids,
    )


def _within(pairs: pd.DataFrame, household_ids: pd.Index, rules: AccessRules) -> pd.DataFrame:
    bands = len(rules.cutoffs_m)
    cell = pairs["household"] * bands + pairs["band"]
    by_band = np.bincount(cell, minlength=len(household_ids) * bands).reshape(-1, bands)
    return pd.DataFrame(by_band.cumsum(axis=1), index=household_ids, columns=list(rules.cutoffs_m))


def _counts(found: pd.DataFrame, facilities: pd.DataFrame, costs: WalkingCosts) -> dict[str, int]:
    lost = ("households_without_point", "households_far_off", "households_unreachable")
    return {
        "households": len(found),
        "gaps": int(found["nearest_m"].isna().sum()),
        **{name: costs.counts.get(name, 0) for name in lost},
        "facilities": len(facilities),
        "facilities_near_nobody": int((facilities["households"] == 0).sum()),
    }
