"""Two scenarios on paper, a draft: both tables protected together, audited, or nothing.

Where fewer than ten households change in a district, its figures after the change are hidden too: the two
figures would tell the change. What is hidden in one table because it is small is hidden in both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd

from analysis.compare import change_classes
from analysis.crs import to_metric_crs
from analysis.disclosure import DisclosureRules, ProtectedTable, audit_tables, protect_districts
from app.services.publishing import MAIN_STREETS, PublicationRefusedError
from app.services.scenario_runs import ComparisonFigures
from geodata import read
from geodata.session import Store

COUNTS = ["households", "watched", "gap"]
SPLIT = ["watched", "gap"]


@dataclass(frozen=True, eq=False)
class ProtectedComparison:
    """What may be printed of one layer.

    ``before``, ``after`` (metric CRS, index code): as ``results.ProtectedFigures.districts``. ``changes``
    (same index): ``difference`` (households watched, Int64), ``points`` (of the share watched, 0 to 100),
    ``change_class``; NA where one of the two is hidden. ``totals``: before and after.
    """

    layer: str
    before: gpd.GeoDataFrame
    after: gpd.GeoDataFrame
    changes: pd.DataFrame
    boundary: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    totals: tuple[dict[str, int | None], dict[str, int | None]]
    share_breaks: tuple[float, ...]


def protect_comparison(store: Store, figures: ComparisonFigures, layer: str) -> ProtectedComparison:
    """Return one layer of a comparison as it may be printed, with what its maps need.

    Raises
    ------
    PublicationRefusedError
        A hidden count can be worked out whatever else is hidden.
    """
    before, after = protect_pair(figures.layers[layer])
    with store.begin() as session:
        areas = read.read_areas(session, layer)
        boundary = read.read_areas(session, "boundary")
        streets = read.read_streets(session)
    epsg = figures.info.metric_epsg
    metric = to_metric_crs(areas[["name", "geometry"]], epsg)
    printed = [_on_map(metric, table) for table in (before, after)]
    return ProtectedComparison(
        layer=layer,
        before=printed[0],
        after=printed[1],
        changes=_changes(*printed),
        boundary=to_metric_crs(boundary[["geometry"]], epsg),
        streets=to_metric_crs(streets.loc[streets["highway"].isin(MAIN_STREETS), ["geometry"]], epsg),
        totals=(before.totals, after.totals),
        share_breaks=tuple(percent / 100 for percent in before.rules.share_breaks),
    )


def protect_pair(areas: pd.DataFrame) -> tuple[ProtectedTable, ProtectedTable]:
    """Return the tables before and after as they may be printed side by side.

    Parameters
    ----------
    areas : pandas.DataFrame
        As ``analysis.compare.Comparison.areas``.

    Raises
    ------
    PublicationRefusedError
        As :func:`protect_comparison`.
    """
    counts = [_counts(areas, moment) for moment in ("before", "after")]
    first, second = (protect_districts(table) for table in counts)
    floor = first.rules.floor
    moved = (counts[1] - counts[0]).abs()
    small = (moved > 0) & (moved < floor)
    either = ~(first.districts["shown"] & second.districts["shown"])
    few = first.districts["households"].isna() | second.districts["households"].isna()
    first = _hide(first, splits=either, households=few)
    second = _hide(
        second,
        splits=either | small.any(axis=1),
        households=few | small["households"],
        totals=_small_totals(counts),
    )
    return _until_safe(first), _until_safe(second)


def _counts(areas: pd.DataFrame, moment: str) -> pd.DataFrame:
    households, watched = areas[f"households_{moment}"], areas[f"watched_{moment}"]
    return pd.DataFrame({"households": households, "watched": watched, "gap": households - watched}).astype(
        int
    )


def _small_totals(counts: list[pd.DataFrame]) -> frozenset[str]:
    """Return the totals whose difference is too small to print both."""
    moved = (counts[1].sum() - counts[0].sum()).abs()
    small = set(moved.index[(moved > 0) & (moved < DisclosureRules().floor)])
    return frozenset(small | ({"watched", "gap"} if small else set()))


def _hide(
    table: ProtectedTable,
    *,
    splits: pd.Series,
    households: pd.Series,
    totals: frozenset[str] = frozenset(),
) -> ProtectedTable:
    """Return the table with more of it hidden; the class of a hidden split is not printed here."""
    districts = table.districts.copy()
    hidden = splits | ~districts["shown"]
    districts[SPLIT] = districts[SPLIT].mask(hidden)
    districts["gap_share_class"] = districts["gap_share_class"].mask(hidden)
    districts["households"] = districts["households"].mask(households)
    districts["mostly_watched"] = pd.array([pd.NA] * len(districts), dtype="boolean")
    districts["shown"] = ~hidden & districts["households"].notna()
    kept = {name: None if name in totals else value for name, value in table.totals.items()}
    return replace(table, districts=districts, totals=kept)


def _until_safe(table: ProtectedTable) -> ProtectedTable:
    """Hide the smallest district's split still shown, then totals, until the audit finds nothing."""
    nobody = pd.Series(False, index=table.districts.index)
    while not audit_tables(table).passed:
        shown = table.districts.loc[table.districts["shown"], "households"]
        if len(shown):
            smallest = shown.sort_index().sort_values(kind="stable").index[0]
            table = _hide(table, splits=nobody.index.to_series() == smallest, households=nobody)
        elif table.totals["watched"] is not None or table.totals["gap"] is not None:
            table = _hide(table, splits=nobody, households=nobody, totals=frozenset(SPLIT))
        elif table.totals["households"] is not None:
            table = _hide(table, splits=nobody, households=~nobody, totals=frozenset(COUNTS))
        else:
            raise PublicationRefusedError(
                "Expected every hidden count to keep at least six possible values, got fewer. "
                "Nothing was written; publish fewer figures."
            )
    return table


def _on_map(areas: gpd.GeoDataFrame, table: ProtectedTable) -> gpd.GeoDataFrame:
    printed = areas.join(table.districts.drop(index="", errors="ignore"))
    printed["shown"] = printed["shown"].eq(True)  # a district without a row shows nothing
    return gpd.GeoDataFrame(printed, crs=areas.crs)


def _changes(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> pd.DataFrame:
    known = before["shown"] & after["shown"]
    first, second = before.loc[known, COUNTS].astype(int), after.loc[known, COUNTS].astype(int)
    classes = change_classes(
        (first["watched"].to_numpy(), second["watched"].to_numpy()),
        (first["households"].to_numpy(), second["households"].to_numpy()),
    )
    shares = [
        table["watched"] / table["households"].where(table["households"] > 0) for table in (first, second)
    ]
    found = pd.DataFrame(
        {
            "difference": (second["watched"] - first["watched"]).astype("Int64"),
            "points": 100 * (shares[1] - shares[0]),
            "change_class": pd.Series(classes, index=first.index, dtype=object),
        }
    )
    return found.reindex(before.index)
