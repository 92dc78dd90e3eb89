"""What goes on public paper: figures after disclosure protection and its audit, and nothing else."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd

from analysis.crs import to_metric_crs
from analysis.disclosure import (
    ProtectedCounts,
    ProtectedTable,
    audit_tables,
    protect_counts,
    protect_districts,
)
from analysis.frames import MISSED_CLASSES, WEAK_CLASSES
from analysis.publication import PrintedRelease
from app.services.results import CityFigures, ProtectedFigures
from geodata import read
from geodata.session import Store

MAIN_STREETS = ("motorway", "trunk", "primary", "secondary", "tertiary")


class PublicationRefusedError(RuntimeError):
    """The audit could work out a hidden count: nothing was written."""


def protect_figures(store: Store, figures: CityFigures, layer: str = "community") -> ProtectedFigures:
    """Return one layer's figures as they may be printed, with what its map needs.

    Raises
    ------
    PublicationRefusedError
        The audit's attack on everything printed together finds a hidden count.
    """
    table = protect_districts(_district_counts(figures.layers[layer]))
    missed = protect_counts(_class_counts(figures, MISSED_CLASSES), table.totals["gap"], name="missed")
    weak = protect_counts(
        _class_counts(figures, WEAK_CLASSES),
        table.totals["watched"],
        name="weak",
        of="watched",
        partition=False,
    )
    _refuse_unless_safe(table, missed, weak)
    return _on_map(store, figures, layer, table, {**missed.counts, **weak.counts})


def figures_on_map(store: Store, figures: CityFigures, printed: PrintedRelease) -> ProtectedFigures:
    """Return the cells of a release, the very same, with what their map needs."""
    reasons = {**printed.missed.counts, **printed.weak.counts}
    return _on_map(store, figures, "community", printed.districts, reasons)


def _on_map(
    store: Store, figures: CityFigures, layer: str, table: ProtectedTable, reasons: dict[str, int | None]
) -> ProtectedFigures:
    with store.begin() as session:
        areas = read.read_areas(session, layer)
        boundary = read.read_areas(session, "boundary")
        streets = read.read_streets(session)
    epsg = figures.info.metric_epsg
    printed = table.districts.drop(index="", errors="ignore")
    districts = to_metric_crs(areas[["name", "geometry"]], epsg).join(printed)
    districts["shown"] = districts["shown"].eq(True)  # a district without a row shows nothing
    return ProtectedFigures(
        layer=layer,
        districts=gpd.GeoDataFrame(districts, crs=epsg),
        boundary=to_metric_crs(boundary[["geometry"]], epsg),
        streets=to_metric_crs(streets.loc[streets["highway"].isin(MAIN_STREETS), ["geometry"]], epsg),
        totals=table.totals,
        gap_classes=reasons,
        share_breaks=tuple(percent / 100 for percent in table.rules.share_breaks),
    )


def _district_counts(layer: pd.DataFrame) -> pd.DataFrame:
    households, watched = layer["households"].astype(int), layer["watched"].astype(int)
    return pd.DataFrame({"households": households, "watched": watched, "gap": households - watched})


def _class_counts(figures: CityFigures, classes: tuple[str, ...]) -> dict[str, int]:
    """Return the counts by first fit; ``season`` cannot occur outside the snow season."""
    possible = [name for name in classes if name != "season" or figures.season == "snow"]
    return {name: int(figures.totals[name]) for name in possible}


def _refuse_unless_safe(table: ProtectedTable, *counts: ProtectedCounts) -> None:
    audit = audit_tables(table, counts)
    if not audit.passed:
        raise PublicationRefusedError(
            "Expected every hidden count to keep at least six possible values, got fewer in "
            f"{len(audit.secrets)} tried. Nothing was written; publish fewer figures."
        )


def list_sources(store: Store) -> list[tuple[str, str, str, dt.date]]:
    """Return what the figures rest on: layer, file, edition and day of the newest import of each layer."""
    with store.begin() as session:
        logs = read.read_import_reports(session)
    newest = {log.layer: log for log in reversed(logs)}
    return [
        (layer, ", ".join(log.report["files"]), log.report.get("edition") or "", log.at.date())
        for layer, log in sorted(newest.items())
    ]
