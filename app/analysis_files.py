"""The files `analyse` writes of the city: tables, areas and a map for planners, and the council sheet."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd

from analysis.frames import MISSED_CLASSES
from app.analysis_summary import summarise_city
from app.analysis_tables import LAYERS, city_tables, marked
from app.reports import council_content, printed_layer, restricted_note
from app.services import coverage
from app.services.cells import SMALLEST_SHOWN, load_gap_cells
from app.services.results import CityFigures
from app.sheets.council import write_council_sheet
from app.ui.maps import standalone_gap_map
from app.ui.text import Words
from geodata.exporters import write_csv, write_geojson, write_json, write_text
from geodata.session import Store
from geodata.viewer import Viewer

TABLES = (
    "districts.csv",
    "fragility.csv",
    "organisations.csv",
    "forecast.csv",
    "inequality.csv",
    "clusters.csv",
    "kinds.csv",
)
ANALYSIS_FILES = (
    "READ_ME.txt",
    *TABLES,
    "gaps.geojson",
    "gap_areas.geojson",
    "gap_map.html",
    "council.pdf",
    "summary.json",
)
STEPS = 3  # told while writing: tables, map, sheet


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
    """Write ANALYSIS_FILES of the whole city, summary.json last: a folder that has it is whole.

    Tables and maps are for planners (restricted: counts from 1 to 9 stand as "<10"); the council sheet is
    public and holds protected figures only.

    Raises
    ------
    RequestError
        The city has no districts to draw.
    app.services.publishing.PublicationRefusedError
        The audit found a hidden count; neither the sheet nor the summary was written.
    """
    layer = printed_layer(figures)  # refuses a city without districts before anything is written
    note = restricted_note(figures, words)
    out.mkdir(parents=True, exist_ok=True)
    (out / "summary.json").unlink(missing_ok=True)
    write_text(out / "READ_ME.txt", describe_files(note, words))
    for name, table in city_tables(figures, words).items():
        write_csv(out / name, marked(table, figures, note))
    cells = load_gap_cells(store, viewer, figures)
    write_geojson(out / "gaps.geojson", cells, note=note)
    write_geojson(out / "gap_areas.geojson", described_gap_areas(figures, words), note=note)
    tell(1)
    shapes = {name: coverage.load_shapes(store, name) for name in LAYERS}
    shapes = {name: areas for name, areas in shapes.items() if len(areas)}
    write_text(out / "gap_map.html", standalone_gap_map(figures, shapes, cells, words))
    tell(2)
    content = council_content(store, figures, layer, words, made_on)
    write_council_sheet(out / "council.pdf", content, language=words.language)
    write_json(out / "summary.json", summarise_city(figures, words))
    tell(STEPS)
    return [out / name for name in ANALYSIS_FILES]


def is_written(out: Path, wanted: dict[str, object]) -> bool:
    """Say whether ``out`` holds all files, and a summary with these values.

    Parameters
    ----------
    wanted : dict
        Of the summary: city, revision, date (ISO text), season, language.
    """
    if not all((out / name).exists() for name in ANALYSIS_FILES):
        return False
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return all(summary.get(name) == value for name, value in wanted.items())


def describe_files(note: str, words: Words) -> str:
    """Return the text that lies beside the files: what they are, who may see them, one line each."""
    lines = [f"{name}: {words(f'analyse.file.{name}')}" for name in ANALYSIS_FILES[1:]]
    return "\n".join((note, "", words("analyse.read_me"), words("define.watched"), "", *lines, ""))


def described_gap_areas(figures: CityFigures, words: Words) -> gpd.GeoDataFrame:
    """Return the gap areas with district names and remedies in words; a class of 1 to 9 stands as "<10"."""
    areas = figures.patterns.gap_areas
    names = figures.layers["community"]["name"].drop("", errors="ignore")
    classes = areas[list(MISSED_CLASSES)].astype(object)
    small = (classes > 0) & (classes < SMALLEST_SHOWN)
    return areas.assign(
        district_name=areas["district"].map(names).astype(object).fillna(words("analyse.no_area")),
        need_missed=areas["need_missed"].astype(float).round(1),
        **classes.mask(small, words("table.few")),
        leading_class_in_words=areas["leading_class"].map(lambda name: words(f"gap.{name}")),
        remedy_in_words=areas["remedy"].map(lambda kind: words(f"remedy_kind.{kind}")),
    )
