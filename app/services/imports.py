"""Importing files: read and check outside the database, then write all of a file or nothing of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from analysis.crs import plane_rectangular_epsg, to_metric_crs
from analysis.districts import locate_in_areas
from app.services.city import LAYER_COLUMNS
from app.services.errors import RequestError
from app.services.masking import Hiding, displace_parsed
from geodata import access, read
from geodata.erasure import find_departed
from geodata.errors import ImportRefusedError
from geodata.import_log import record_import
from geodata.importers import ImportOptions, Parsed, parse
from geodata.importers.report import ImportReport, RowProblem, first_few
from geodata.models import Dataset
from geodata.session import Store
from geodata.sharing_rules import propose_frame
from geodata.viewer import Viewer
from geodata.write import key_column, upsert_frame, write_places

PLACING_LAYERS = ("households", "community-districts", "school-districts", "neighbourhoods")
ONE_CITY_LAYERS = ("school-districts", "boundary")
COMPLETING_LAYERS = ("rounds-of-partners",)
PROPOSING_LAYER = "sharing-rules"
_BOUNDS_MARGIN_DEG = 0.05  # about 5 km around the city's boundary


@dataclass(frozen=True)
class DatasetSpec:
    """What the first import of an empty database says of the city; later imports leave it as it is."""

    name: str
    reference_date: dt.date
    municipality_code: str | None = None
    synthetic: bool = False
    origin: str | None = None


def import_files(
    store: Store,
    viewer: Viewer,
    layer: str,
    files: Sequence[Path],
    *,
    options: ImportOptions,
    spec: DatasetSpec,
    hiding: Hiding | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Import files into one layer; with any bad row nothing is written and the report says why.

    With ``hiding`` households are displaced first, so that no exact point enters the store.

    Raises
    ------
    ImportRefusedError
        A file cannot be read at all (type, encoding, CRS, columns).
    """
    if dry_run and not store.exists():
        store = Store("sqlite://")  # a dry run makes no file
    store.migrate()
    with store.begin() as session:
        options = _complete(session, layer, options)
    parsed = parse(layer, files, options)
    if parsed.report.refused:
        return replace(parsed.report, dry_run=dry_run)
    if hiding is not None and layer != "households":
        raise RequestError(f"Expected --displace with households only, got it with {layer}. Leave it out.")
    with store.begin(write=True) as session:
        if hiding is not None:
            dataset = _ensure_dataset(session, parsed, spec)
            parsed = displace_parsed(session, parsed, hiding, dataset.metric_epsg)
        report = _write(session, viewer, parsed, spec)
        if dry_run:
            session.rollback()
            return replace(report, dry_run=True)
    return report


def is_empty(store: Store) -> bool:
    """Say whether no city was imported yet."""
    if not store.exists():
        return True
    store.migrate()
    with store.begin() as session:
        return session.get(Dataset, 1) is None


def _complete(session: Session, layer: str, options: ImportOptions) -> ImportOptions:
    """Add what the store knows: the city's box, and the ids that references may name."""
    known = {**read.read_known_ids(session), **options.known}
    bounds = options.bounds
    boundary = read.read_areas(session, "boundary")
    if bounds is None and len(boundary):
        west, south, east, north = boundary.total_bounds
        margin = _BOUNDS_MARGIN_DEG
        bounds = (west - margin, south - margin, east + margin, north + margin)
    dataset = session.get(Dataset, 1)
    municipality = options.municipality
    if municipality is None and dataset is not None and layer in ONE_CITY_LAYERS:
        municipality = dataset.municipality_code  # a file of a whole prefecture gives this city only
    return replace(options, known=known, bounds=bounds, municipality=municipality)


def _write(session: Session, viewer: Viewer, parsed: Parsed, spec: DatasetSpec) -> ImportReport:
    layer = parsed.report.layer
    if layer == "households":
        _refuse_departed(session, parsed)
    dataset = _ensure_dataset(session, parsed, spec)
    if layer == PROPOSING_LAYER:  # says nothing until a second person puts it in force
        counts = propose_frame(session, viewer, parsed.frame)
    else:
        counts = upsert_frame(session, parsed.model, parsed.frame, update_only=layer in COMPLETING_LAYERS)
    report = replace(
        parsed.report, written=counts.written, updated=counts.updated, unchanged=counts.unchanged
    )
    if counts.changed and layer in PLACING_LAYERS:
        places = place_households(session, viewer, dataset.metric_epsg)
        if layer == "households":
            report = _with_outside_households(places, parsed, report)
    if counts.changed:
        record_import(session, viewer, report, parsed.frame[key_column(parsed.model)])
    return report


def _refuse_departed(session: Session, parsed: Parsed) -> None:
    """Refuse a file that brings back who was erased: old files would undo an erasure unseen."""
    departed = find_departed(session, parsed.frame["household_id"])
    if departed:
        raise ImportRefusedError(
            f"Expected no household that was erased, got {len(departed)}: {first_few(sorted(departed))}. "
            "Leave them out; who moved back gets a new id."
        )


def _ensure_dataset(session: Session, parsed: Parsed, spec: DatasetSpec) -> Dataset:
    dataset = session.get(Dataset, 1)
    if dataset is None:
        dataset = Dataset(
            id=1,
            name=spec.name,
            municipality_code=spec.municipality_code,
            synthetic=spec.synthetic,
            origin=spec.origin,
            reference_date=spec.reference_date,
            metric_epsg=_metric_epsg(parsed, spec),
            revision=0,
        )
        session.add(dataset)
        session.flush()
    return dataset


def _metric_epsg(parsed: Parsed, spec: DatasetSpec) -> int:
    if "geometry" not in parsed.frame:
        raise ImportRefusedError(
            "Expected a layer with places first, got a table without. Import the boundary or districts first."
        )
    west, south, east, north = gpd.GeoSeries(parsed.frame["geometry"]).total_bounds
    return plane_rectangular_epsg(spec.municipality_code, (west + east) / 2, (south + north) / 2)


def place_households(session: Session, viewer: Viewer, metric_epsg: int) -> pd.DataFrame:
    """Write into each household the areas that hold its point, by the rule of ``locate_in_areas``.

    Returns
    -------
    pandas.DataFrame
        What was found, one row a household: the columns written.
    """
    points = to_metric_crs(access.read_points_to_place(session, viewer), metric_epsg).geometry
    places = pd.DataFrame({"household_id": points.index}, index=points.index)
    for layer, column in LAYER_COLUMNS.items():
        areas = read.read_areas(session, layer)
        if areas.empty:
            continue
        located = locate_in_areas(points, to_metric_crs(areas, metric_epsg))
        places[column] = located["code"]
        if layer == "community":
            places["border_distance_m"] = located["border_distance_m"].round(2)
            places["district_answers"] = located["answers"]
    write_places(session, places)
    return places


def _with_outside_households(places: pd.DataFrame, parsed: Parsed, report: ImportReport) -> ImportReport:
    """Add a line for the households of this file that lie in no community district: a warning, no error."""
    if "district_answers" not in places:
        return report
    of_file = places.index.isin(parsed.frame["household_id"])
    outside = int((of_file & (places["district_answers"] == 0)).sum())
    if not outside:
        return report
    line = RowProblem(
        row=0,
        column="lon, lat",
        value=str(outside),
        reason="households outside every community district; they are kept and counted as such",
        severity="warning",
    )
    return replace(report, problems=(*report.problems, line))


def list_imports(store: Store, viewer: Viewer) -> pd.DataFrame:
    """List what was imported, newest first: one row an import with its counts, edition, encoding and CRS."""
    store.check_ready()
    with store.begin() as session:
        logs = read.read_import_reports(session)
    rows = [
        {"at": log.at, "layer": log.layer, "revision": log.revision, **_log_row(log.report)} for log in logs
    ]
    return pd.DataFrame(rows, columns=_LIST_COLUMNS)


_LIST_COLUMNS = (
    "at", "layer", "revision", "file", "edition", "encoding", "crs", "rows_read", "written", "updated",
    "unchanged", "rejected", "warnings", "repairs", "problems",
)  # fmt: skip


def _log_row(report: dict) -> dict:
    problems = report.get("problems", [])
    copied = ("edition", "encoding", "crs", "rows_read", "written", "updated", "unchanged", "rejected")
    return {
        **{name: report.get(name) for name in copied},
        "file": ", ".join(Path(file).name for file in report.get("files", [])),
        "warnings": sum(problem["severity"] == "warning" for problem in problems),
        "repairs": report.get("repairs", []),
        "problems": problems,
    }
