"""The files of a command: figures, tables, maps and sheets, put together from services, maps and sheets."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from analysis.frames import GAP_CLASSES
from app.services import coverage, publishing
from app.services.cells import SMALLEST_SHOWN, load_gap_cells
from app.services.errors import RequestError
from app.services.results import COUNT_COLUMNS, CityFigures, DatasetInfo, DistrictView, ProtectedFigures
from app.sheets.content import CouncilContent
from app.sheets.council import write_council_sheet
from app.ui.maps import standalone_gap_map
from app.ui.text import Words
from app.ui.text.formats import day
from geodata.exporters import write_csv, write_geojson, write_json, write_text
from geodata.session import Store
from geodata.viewer import Viewer

TABLE_COLUMNS = (*COUNT_COLUMNS, *GAP_CLASSES)
ANALYSIS_FILES = ("summary.json", "districts.csv", "gaps.geojson", "gap_map.html", "council.pdf")
MAP_LAYERS = ("community", "school")


def write_analysis(
    store: Store,
    viewer: Viewer,
    figures: CityFigures,
    out: Path,
    *,
    words: Words,
    made_on: dt.date,
    tell: Callable[[int], None],
) -> list[Path]:
    """Write summary.json, districts.csv, gaps.geojson, gap_map.html and council.pdf of the whole city.

    Tables and maps are for planners (restricted: counts from 1 to 9 stand as "<10"); the council sheet is
    public and holds protected figures only.

    Raises
    ------
    RequestError
        The city has no districts to draw.
    app.services.publishing.PublicationRefusedError
        The audit found a hidden count; the sheet was not written.
    """
    paths = [out / name for name in ANALYSIS_FILES]
    printed_layer(figures)  # refuses a city without districts before anything is written
    out.mkdir(parents=True, exist_ok=True)
    write_json(paths[0], summarise_city(figures, words))
    write_csv(paths[1], layer_table(figures, words))
    cells = load_gap_cells(store, viewer, figures)
    write_geojson(paths[2], cells, note=restricted_note(figures, words))
    tell(1)
    shapes = {layer: coverage.load_shapes(store, layer) for layer in MAP_LAYERS}
    shapes = {layer: areas for layer, areas in shapes.items() if len(areas)}
    write_text(paths[3], standalone_gap_map(figures, shapes, cells, words))
    tell(2)
    content = council_content(store, figures, printed_layer(figures), words, made_on)
    write_council_sheet(paths[4], content, language=words.language)
    tell(3)
    return paths


def is_written(out: Path, info: DatasetInfo, date: dt.date, season: str) -> bool:
    """Say whether ``out`` holds all files of this city, revision, date and season."""
    if not all((out / name).exists() for name in ANALYSIS_FILES):
        return False
    summary = json.loads((out / ANALYSIS_FILES[0]).read_text(encoding="utf-8"))
    wanted = {"city": info.name, "revision": info.revision, "date": date.isoformat(), "season": season}
    return all(summary.get(name) == value for name, value in wanted.items())


def write_district(view: DistrictView, figures: CityFigures, out: Path, words: Words) -> list[Path]:
    """Write one district for its coordinator: its counts, and the missed households this viewer may see."""
    out.mkdir(parents=True, exist_ok=True)
    paths = [out / "summary.json", out / "gaps.geojson"]
    summary = {
        **_heading(figures),
        "district": view.code,
        "name": view.name,
        "figures": view.figures,
        "hidden_households": view.hidden_households,
    }
    write_json(paths[0], summary)
    missed = view.households[view.households["status"] != "watched"]
    listed = missed[["status", "gap_class", "household_type", "visits_per_month", "delivered", "geometry"]]
    write_geojson(paths[1], listed, note=restricted_note(figures, words))
    return paths


def printed_layer(figures: CityFigures) -> str:
    """Return the layer the council sheet shows: school districts where there are no community ones.

    Raises
    ------
    RequestError
        There are neither.
    """
    for layer in MAP_LAYERS:
        if len(figures.layers[layer].index.drop("", errors="ignore")):
            return layer
    raise RequestError(
        "Expected community or school districts to draw, got none. Import them with "
        "'mimamori import community-districts FILE'."
    )


def council_content(
    store: Store, figures: CityFigures, layer: str, words: Words, made_on: dt.date
) -> CouncilContent:
    """Fill the council sheet with protected figures and the sources of the data."""
    protected: ProtectedFigures = publishing.protect_figures(store, figures, layer)
    return CouncilContent(
        info=figures.info,
        date=figures.date,
        made_on=made_on,
        season=figures.season,
        districts=protected.districts,
        boundary=protected.boundary,
        totals=protected.totals,
        gap_classes=protected.gap_classes,
        layer=layer,
        basis=figures.basis,
        detour_factor=figures.detour_factor,
        share_breaks=protected.share_breaks,
        streets=protected.streets if len(protected.streets) else None,
        sources=source_lines(store, figures, words),
    )


def source_lines(store: Store, figures: CityFigures, words: Words) -> tuple[str, ...]:
    """Return the sources printed on paper: of a generated city only that it is synthetic."""
    if figures.info.generated:
        return (words("report.source.synthetic"),)
    drawn = (words("report.source.drawn"),) if figures.info.synthetic else ()
    return drawn + tuple(
        words(
            "report.source",
            layer=words(f"import.{layer}"),
            file=file,
            edition=f" {edition}" if edition else "",
            day=day(imported, words.language),
        )
        for layer, file, edition, imported in publishing.list_sources(store)
    )


def restricted_note(figures: CityFigures, words: Words) -> str:
    """Return the heading of a restricted file: what it is, of which day, and whether it is synthetic."""
    synthetic = f" {words('synthetic')}" if figures.info.synthetic else ""
    return f"{figures.info.name}{synthetic} {figures.date.isoformat()} {words('report.restricted')}"


def summarise_city(figures: CityFigures, words: Words) -> dict:
    """Return the city's figures for a program to read; counts from 1 to 9 are None and named as hidden."""
    totals = {name: _shown(value) for name, value in figures.totals.items()}
    return {
        **_heading(figures),
        "definition": words("define.watched"),
        "households": totals,
        "hidden": sorted(name for name, value in totals.items() if value is None),
        "counts": {name: _shown(value) for name, value in figures.counts.items()},
        "areas": {layer: len(rows.drop(index="", errors="ignore")) for layer, rows in figures.layers.items()},
    }


def _heading(figures: CityFigures) -> dict:
    return {
        "city": figures.info.name,
        "synthetic": figures.info.synthetic,
        "date": figures.date.isoformat(),
        "season": figures.season,
        "revision": figures.info.revision,
        "basis": figures.basis,
        "detour_factor": figures.detour_factor,
    }


def layer_table(figures: CityFigures, words: Words) -> pd.DataFrame:
    """Return one row an area of the community and school layers, counts from 1 to 9 as "<10"."""
    tables = []
    for layer in MAP_LAYERS:
        rows = figures.layers[layer].reset_index()
        counts = rows[list(TABLE_COLUMNS)].astype(int).astype(object)
        small = (counts > 0) & (counts < SMALLEST_SHOWN)
        named = pd.DataFrame({"layer": layer, "code": rows["code"], "name": rows["name"]})
        tables.append(pd.concat([named, counts.mask(small, words("table.few"))], axis=1))
    return pd.concat(tables, ignore_index=True)


def _shown(value: float) -> float | None:
    return None if 0 < value < SMALLEST_SHOWN else value
