"""Two analyses side by side: what a scenario gains and loses, in total, by area and type, by status.

A difference is the other less the base. A household **gains** when its status is better (watched, partly
watched, noticed only, unwatched), or the same with more visits delivered; it **loses** in the reverse case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import FrameError, ParameterError
from analysis.frames import GAP_CLASSES, STATUSES, VISITS_PER_YEAR

CHANGE_CLASSES = ("loses_much", "loses", "about_equal", "gains", "gains_much")
CHANGE_BREAKS_POINTS = (1, 10)  # assumed; share watched, percentage points, the same for losing and gaining
MEASURES = ("all", *STATUSES, "missed", "backed_up", "connected", *GAP_CLASSES)
UNITS = ("households", "weighted_visits")
_NEEDED = (
    "status",
    "need_visits",
    "delivered_visits",
    "weight",
    "backed_up",
    "connected",
    "gap_class",
)


@dataclass(frozen=True, eq=False)
class Comparison:
    """What changes from the base to the other.

    All counts are of households; ``weighted_visits`` are the need of the households counted, weight times
    visits a month.

    Parameters
    ----------
    totals : DataFrame indexed by MEASURES (``missed``: not watched)
        ``households_before``, ``households_after``, ``households_difference`` (int), and the same three of
        ``weighted_visits`` (float): of all households of each analysis.
    areas : DataFrame indexed by area, sorted; ``""`` where unknown
        ``households_before``, ``households_after`` (all of them, int); ``watched_before``, ``watched_after``,
        ``watched_difference`` (int); ``weighted_visits_*`` of the watched (float); ``share_before``,
        ``share_after``, ``share_difference`` (watched, of households, 0 to 1; NaN without households);
        ``gaining``, ``losing`` (int); ``change_class``: one of CHANGE_CLASSES, None without a difference of
        shares.
    types : DataFrame or None, the same by household type; None where no types are given
    transitions : DataFrame, STATUSES (base) by STATUSES (other), households in both (int)
    transitions_weighted_visits : DataFrame, the same in need (that of the base)
    only_in_base, only_in_other : int, households of one analysis only; counted in its totals and areas
    households : DataFrame indexed by household_id, those in both, in the order of the base
        ``status_before``, ``status_after``, ``change`` (-1 loses, 0, 1 gains). For restricted use only.
    """

    totals: pd.DataFrame
    areas: pd.DataFrame
    types: pd.DataFrame | None
    transitions: pd.DataFrame
    transitions_weighted_visits: pd.DataFrame
    only_in_base: int
    only_in_other: int
    households: pd.DataFrame


def compare(
    base: pd.DataFrame,
    other: pd.DataFrame,
    households: pd.DataFrame,
    by: str,
    *,
    type_column: str = "household_type",
) -> Comparison:
    """Compare two analyses of the same households.

    Parameters
    ----------
    base, other : DataFrame indexed by household_id
        ``Coverage.households`` joined with ``gap_class`` of ``Gaps.households``.
    households : DataFrame indexed by household_id, columns ``by`` and perhaps ``type_column``
        A household it lacks, or without a value, is counted in the row ``""``.
    by : column that names the area of any layer
    type_column : column that names the type; a column there is not: no types

    Raises
    ------
    FrameError
        A frame lacks columns or repeats households.
    """
    _check(base, other, households, by)
    both = base.index.intersection(other.index, sort=False)
    change = _change(base.loc[both], other.loc[both])
    area = _group_of(households, by)
    types = _group_of(households, type_column) if type_column in households else None
    status = (base.loc[both, "status"].to_numpy(), other.loc[both, "status"].to_numpy())
    return Comparison(
        totals=_totals(base, other),
        areas=_by_group(base, other, change, area),
        types=None if types is None else _by_group(base, other, change, types),
        transitions=_transitions(*status, np.ones(len(both), dtype=np.int64)),
        transitions_weighted_visits=_transitions(*status, _need(base.loc[both]).to_numpy()),
        only_in_base=len(base) - len(both),
        only_in_other=len(other) - len(both),
        households=pd.DataFrame(
            {"status_before": status[0], "status_after": status[1], "change": change}, index=both
        ),
    )


def compare_many(base: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Put several scenarios beside the baseline.

    Parameters
    ----------
    base, others : as :func:`compare` takes them; the others by name

    Returns
    -------
    DataFrame
        Indexed by ``scenario`` (the names, in order) and ``measure`` (MEASURES), the columns of
        ``Comparison.totals``, each against the baseline.

    Raises
    ------
    FrameError
        A frame lacks columns or repeats households.
    ParameterError
        No scenario.
    """
    if not others:
        raise ParameterError("Expected scenarios to compare, got none. Choose one at least.")
    for frame in (base, *others.values()):
        _check_result(frame)
    tables = {name: _totals(base, other) for name, other in others.items()}
    return pd.concat(tables, names=["scenario", "measure"])


def change_classes(
    watched: tuple[np.ndarray, np.ndarray], households: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Return the class of each area's change of the share watched, None where a share is not known.

    With breaks 1 and 10 points: loses_much from -10 down, loses from -1 down, about_equal between -1 and 1,
    gains from 1 up, gains_much from 10 up. Equality with a break counts to the outer class on both sides, so
    swapping the two analyses mirrors the classes. Whole numbers only: no rounding at a break.

    Parameters
    ----------
    watched, households : pairs of int arrays (A,), before and after
    """
    (before, after), (of_before, of_after) = watched, households
    points = 100 * (after * of_before - before * of_after)  # times of_before * of_after
    unit = of_before * of_after
    small, large = (limit * unit for limit in CHANGE_BREAKS_POINTS)
    tests = (points <= -large, points <= -small, points < small, points < large)
    codes = np.select(tests, range(4), default=4)
    names = np.array(CHANGE_CLASSES, dtype=object)[codes]
    return np.where(unit > 0, names, None)


def _check(base: pd.DataFrame, other: pd.DataFrame, households: pd.DataFrame, by: str) -> None:
    for frame in (base, other):
        _check_result(frame)
    if by not in households:
        raise FrameError(f"Expected households with the area column {by!r}, got none. Choose another layer.")
    if not households.index.is_unique:
        raise FrameError("Expected each household once, got repeated ids. Keep one row each.")


def _check_result(frame: pd.DataFrame) -> None:
    missing = [name for name in _NEEDED if name not in frame]
    if missing:
        raise FrameError(
            f"Expected analyses with all columns, got none named {', '.join(missing)}. Assess them again."
        )
    if not frame.index.is_unique:
        raise FrameError("Expected each household once, got repeated ids. Keep one row each.")


def _need(frame: pd.DataFrame) -> pd.Series:
    """Return the need of each household: weight times visits a month."""
    return frame["weight"] * frame["need_visits"] / VISITS_PER_YEAR


def _change(base: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    """Return 1 where a household gains, -1 where it loses, else 0 (int); same rows in both."""
    rank = pd.Series(range(len(STATUSES), 0, -1), index=list(STATUSES))
    before, after = (frame["status"].map(rank).to_numpy(dtype=np.int64) for frame in (base, other))
    fewer, more = base["delivered_visits"].to_numpy(), other["delivered_visits"].to_numpy()
    return np.where(before == after, np.sign(more - fewer), np.sign(after - before)).astype(np.int64)


def _group_of(households: pd.DataFrame, column: str) -> pd.Series:
    return households[column].astype(object).where(households[column].notna(), "")


def _flags(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one bool column a measure."""
    watched = frame["status"] == "watched"
    return pd.DataFrame(
        {
            "all": True,
            **{status: frame["status"] == status for status in STATUSES},
            "missed": ~watched,
            "backed_up": frame["backed_up"].astype(bool),
            "connected": frame["connected"].astype(bool),
            **{name: frame["gap_class"] == name for name in GAP_CLASSES},
        },
        index=frame.index,
    )


def _totals(base: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    columns = {}
    for moment, frame in (("before", base), ("after", other)):
        flags = _flags(frame).to_numpy(dtype=bool)
        columns[f"households_{moment}"] = flags.sum(axis=0)
        columns[f"weighted_visits_{moment}"] = _need(frame).to_numpy() @ flags
    table = pd.DataFrame(columns, index=pd.Index(MEASURES, name="measure", dtype=object))
    return _with_differences(table, UNITS)


def _with_differences(table: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return ``before``, ``after`` and ``difference`` of each name, in this order."""
    columns = {}
    for name in names:
        before, after = table[f"{name}_before"], table[f"{name}_after"]
        columns |= {f"{name}_before": before, f"{name}_after": after, f"{name}_difference": after - before}
    return pd.DataFrame(columns, index=table.index)


def _by_group(base: pd.DataFrame, other: pd.DataFrame, change: np.ndarray, group: pd.Series) -> pd.DataFrame:
    """Return the table of ``Comparison.areas``; ``change`` is of the households in both, as in the base."""
    both = base.index.intersection(other.index, sort=False)
    parts = [
        _sums(frame, moment, group.reindex(frame.index))
        for frame, moment in ((base, "before"), (other, "after"))
    ]
    moved = pd.DataFrame({"gaining": change > 0, "losing": change < 0}).astype(np.int64)
    parts.append(moved.groupby(_known(group.reindex(both))).sum())
    table = pd.concat(parts, axis=1).fillna(0)
    table = table.set_axis(pd.Index(table.index, dtype=object, name=group.name)).sort_index()
    whole = [name for name in table if not name.startswith("weighted")]
    table = table.astype(dict.fromkeys(whole, np.int64))
    for moment in ("before", "after"):
        count = table[f"households_{moment}"]
        table[f"share_{moment}"] = table[f"watched_{moment}"] / count.where(count > 0)
    columns = _with_differences(table, ("watched", "weighted_visits", "share"))
    classes = change_classes(
        (table["watched_before"].to_numpy(), table["watched_after"].to_numpy()),
        (table["households_before"].to_numpy(), table["households_after"].to_numpy()),
    )
    return pd.concat(
        [
            table[["households_before", "households_after"]],
            columns,
            table[["gaining", "losing"]],
            pd.Series(classes, index=table.index, name="change_class", dtype=object),
        ],
        axis=1,
    )


def _sums(frame: pd.DataFrame, moment: str, group: pd.Series) -> pd.DataFrame:
    watched = (frame["status"] == "watched").to_numpy()
    measures = {
        f"households_{moment}": np.ones(len(frame), dtype=np.int64),
        f"watched_{moment}": watched.astype(np.int64),
        f"weighted_visits_{moment}": np.where(watched, _need(frame), 0.0),
    }
    return pd.DataFrame(measures).groupby(_known(group)).sum()


def _known(group: pd.Series) -> np.ndarray:
    return group.astype(object).where(group.notna(), "").to_numpy(dtype=object)


def _transitions(before: np.ndarray, after: np.ndarray, amounts: np.ndarray) -> pd.DataFrame:
    """Return the amounts by status before and after, zeros where there is none."""
    index = pd.Index(STATUSES, name="status_before", dtype=object)
    place = index.get_indexer(before) * len(index) + index.get_indexer(after)
    sums = np.bincount(place, weights=amounts, minlength=len(index) ** 2).astype(amounts.dtype)
    return pd.DataFrame(sums.reshape(len(index), -1), index, columns=index.rename("status_after"))
