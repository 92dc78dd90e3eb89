"""How unequally areas are served and watchers are loaded: figures an area, Gini and Theil indices.

Both indices are 0 when all values are equal, and stay the same when every value is multiplied by one number
or every unit is repeated. They are computed with weights, as if a unit of weight 2 stood there twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.coverage import Coverage
from analysis.errors import ParameterError
from analysis.frames import VISITS_PER_YEAR
from analysis.watch_graph import WatchGraph

INDEX_STATUSES = ("measured", "too_few", "all_zero")


@dataclass(frozen=True)
class Index:
    """One index of inequality, or why there is none.

    Parameters
    ----------
    status : one of INDEX_STATUSES
        ``too_few``: fewer than two units have a value and a weight; ``all_zero``: the mean is 0, so that
        shares of the sum have no meaning. In both cases every figure is NaN.
    units : int, units with a value and a weight above 0
    mean : float, weighted, in the unit of the values
    gini : float, 0 to 1
    theil : float, nats, at least 0
    between, within : float, nats; add up to ``theil``; NaN where no groups were given
    """

    status: str
    units: int
    mean: float = np.nan
    gini: float = np.nan
    theil: float = np.nan
    between: float = np.nan
    within: float = np.nan


@dataclass(frozen=True, eq=False)
class Inequality:
    """The figures of each area and the indices across them.

    Parameters
    ----------
    areas : DataFrame indexed by area, sorted; ``""``: households, or watchers, of no area
        Households living there: ``households``, ``missed`` (not watched), ``share_missed`` (of households),
        ``need``, ``need_missed`` (weighted visits a month), ``share_need_missed`` (of weighted need). Active
        watchers in office belonging there: ``watchers``, ``capacity``, ``load`` (visits a month they can make
        and make, wherever), ``load_per_watcher``, ``share_used`` (of capacity), ``capacity_per_need``
        (capacity for each visit needed there, unweighted). A ratio is NaN where it would divide by 0.
    indices : dict of Index by measure
        ``share_missed`` over areas, weighted by households; ``share_need_missed`` over areas, weighted by
        need; ``capacity_per_need`` over areas, weighted by unweighted need; the row ``""`` is left out of
        these three. Over active watchers in office, those of ``""`` as a group of their own, with the Theil
        index split between and within areas: ``load`` (visits a month, each watcher once) and ``share_used``
        (of its capacity, weighted by capacity: kinds of watchers differ in how much they can do).
    """

    areas: pd.DataFrame
    indices: dict[str, Index]


def assess_inequality(
    graph: WatchGraph, coverage: Coverage, by: pd.Series, watchers_by: pd.Series
) -> Inequality:
    """Describe each area's share missed and its watchers' load, and how unequal they are.

    Parameters
    ----------
    by : Series indexed by household_id, the area of each household (missing: none)
    watchers_by : Series indexed by watcher_id, the area of each watcher in the same layer (missing: none);
        ``graph.watchers["district"]`` for community districts
    """
    areas = _describe_homes(coverage.households, by).join(_describe_watchers(graph, watchers_by), how="outer")
    counts = ["households", "missed", "need", "need_missed", "plain_need", "watchers", "capacity", "load"]
    areas[counts] = areas[counts].fillna(0)
    whole = ["households", "missed", "watchers"]
    areas = areas.astype(dict.fromkeys(whole, np.int64)).rename_axis(by.name or "area")
    areas["share_missed"] = _ratio(areas["missed"], areas["households"])
    areas["share_need_missed"] = _ratio(areas["need_missed"], areas["need"])
    areas["load_per_watcher"] = _ratio(areas["load"], areas["watchers"])
    areas["share_used"] = _ratio(areas["load"], areas["capacity"])
    areas["capacity_per_need"] = _ratio(areas["capacity"], areas["plain_need"])
    return Inequality(areas.drop(columns="plain_need"), _indices(areas, graph, watchers_by))


def measure_inequality(
    values: pd.Series, *, weights: pd.Series | None = None, groups: pd.Series | None = None
) -> Index:
    r"""Measure how unequal values are, weighted, and how much of it lies between groups.

    With weights :math:`w`, their sum :math:`W` and the weighted mean :math:`\mu`,

    .. math:: G = \frac{\sum_i \sum_j w_i w_j |x_i - x_j|}{2 W^2 \mu}, \qquad
              T = \sum_i \frac{w_i x_i}{W \mu} \ln\frac{x_i}{\mu}

    where :math:`0 \ln 0 = 0`, and for groups :math:`g` with weight :math:`W_g` and mean :math:`\mu_g`

    .. math:: T = \underbrace{\sum_g \frac{W_g \mu_g}{W \mu} \ln\frac{\mu_g}{\mu}}_{between}
                + \underbrace{\sum_g \frac{W_g \mu_g}{W \mu} T_g}_{within}

    :math:`G` is the discrete form, without the correction n / (n - 1) for small samples: the units are all
    there are. A unit without a value or without weight is left out; one without a group is in a group ``""``.

    Parameters
    ----------
    values : Series, at least 0
    weights : Series with the index of ``values``, at least 0; 1 each where absent
    groups : Series with the index of ``values``

    Raises
    ------
    ParameterError
        A value or a weight is negative or infinite.

    References
    ----------
    Gini (1912), Variabilità e mutabilità; in this form Sen (1973), On Economic Inequality, ch. 2.
    Theil (1967), Economics and Information Theory, ch. 4, with the decomposition by groups.
    """
    units = pd.DataFrame({"value": values.astype(float), "weight": 1.0 if weights is None else weights})
    units["group"] = "" if groups is None else groups.astype(object).where(groups.notna(), "")
    _check_units(units)
    units = units[units["value"].notna() & (units["weight"] > 0)]
    if len(units) < 2:
        return Index("too_few", len(units))
    value, weight = units["value"].to_numpy(), units["weight"].to_numpy(dtype=float)
    mean = float(np.average(value, weights=weight))
    if mean == 0:
        return Index("all_zero", len(units))
    theil = _theil(value, weight)
    between = np.nan if groups is None else min(_between(units), theil)  # apart from rounding never above
    return Index("measured", len(units), mean, _gini(value, weight), theil, between, theil - between)


def _gini(value: np.ndarray, weight: np.ndarray) -> float:
    """Return the Gini index by sorting: the pairs below each value, and what they lack to it."""
    order = np.argsort(value, kind="stable")
    value, weight = value[order], weight[order]
    below, sum_below = weight.cumsum() - weight, (weight * value).cumsum() - weight * value
    differences = (weight * (value * below - sum_below)).sum()  # each pair once
    return float(max(differences, 0.0) / (weight.sum() * (weight * value).sum()))


def _theil(value: np.ndarray, weight: np.ndarray) -> float:
    relative = value / np.average(value, weights=weight)
    logs = np.log(relative, out=np.zeros_like(relative), where=relative > 0)
    return max(float(np.average(relative * logs, weights=weight)), 0.0)


def _between(units: pd.DataFrame) -> float:
    """Return the Theil index if every unit had the mean of its group."""
    sums = units.assign(value=units["value"] * units["weight"]).groupby("group")[["value", "weight"]].sum()
    return _theil((sums["value"] / sums["weight"]).to_numpy(), sums["weight"].to_numpy(dtype=float))


def _check_units(units: pd.DataFrame) -> None:
    faults = []
    for column in ("value", "weight"):
        numbers = units[column].astype(float)
        wrong = int(((numbers < 0) | np.isinf(numbers)).sum())
        if wrong:
            faults.append(f"Expected every {column} >= 0 and finite, got {wrong} others. Correct them.")
    if faults:
        raise ParameterError(" ".join(faults))


def _describe_homes(households: pd.DataFrame, by: pd.Series) -> pd.DataFrame:
    missed = households["status"] != "watched"
    visits = households["need_visits"] / VISITS_PER_YEAR
    need = visits * households["weight"]
    measures = pd.DataFrame(
        {
            "households": 1,
            "missed": missed.astype(np.int64),
            "need": need,
            "need_missed": need.where(missed, 0.0),
            "plain_need": visits,
        }
    )
    return measures.groupby(_areas_of(by, households.index)).sum()


def _describe_watchers(graph: WatchGraph, watchers_by: pd.Series) -> pd.DataFrame:
    giving = _giving(graph)
    measures = pd.DataFrame(
        {
            "watchers": 1,
            "capacity": giving["capacity_visits"] / VISITS_PER_YEAR,
            "load": giving["load_visits"] / VISITS_PER_YEAR,
        }
    )
    return measures.groupby(_areas_of(watchers_by, giving.index)).sum()


def _giving(graph: WatchGraph) -> pd.DataFrame:
    return graph.watchers[graph.watchers["is_active"] & graph.watchers["in_office"]]


def _areas_of(by: pd.Series, index: pd.Index) -> np.ndarray:
    area = by.reindex(index).astype(object)
    return area.where(area.notna(), "").to_numpy()


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole).where(whole > 0)


def _indices(areas: pd.DataFrame, graph: WatchGraph, watchers_by: pd.Series) -> dict[str, Index]:
    known = areas.drop(index="", errors="ignore")
    giving = _giving(graph)
    groups = pd.Series(_areas_of(watchers_by, giving.index), index=giving.index)
    load, capacity = (giving[name] / VISITS_PER_YEAR for name in ("load_visits", "capacity_visits"))
    return {
        "share_missed": measure_inequality(known["share_missed"], weights=known["households"]),
        "share_need_missed": measure_inequality(known["share_need_missed"], weights=known["need"]),
        "capacity_per_need": measure_inequality(known["capacity_per_need"], weights=known["plain_need"]),
        "load": measure_inequality(load, groups=groups),
        "share_used": measure_inequality(_ratio(load, capacity), weights=capacity, groups=groups),
    }
