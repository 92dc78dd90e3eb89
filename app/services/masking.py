"""Displaced points: for planners' restricted maps, and for an import that keeps no exact point."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass, field, replace

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from analysis.crs import to_metric_crs
from analysis.districts import locate_in_areas
from analysis.dwellings import spread_dwellings
from analysis.masking import DisplacedPoints, MaskRules, displace
from analysis.masking_report import MaskReport, describe_mask
from app.services import coverage
from app.services.city import LAYER_COLUMNS, Report
from geodata import approvals, read
from geodata.access_points import read_points_to_displace
from geodata.errors import StoreNotReadyError
from geodata.importers import Parsed
from geodata.importers.report import POINTS_DISPLACED, POINTS_LEFT_OUT, RowProblem
from geodata.releases import fiscal_year_of
from geodata.results import find_run
from geodata.session import Store
from geodata.viewer import Viewer

FROM_FILE, FROM_STREETS = "file", "streets"
FOR_GOOD = 0


@dataclass(frozen=True)
class Hiding:
    """How points are displaced.

    Parameters
    ----------
    year : int, of the copy; an import that displaces uses FOR_GOOD, so that a later one never differs
    dwellings : GeoSeries of points in EPSG:6668, or None: those of the neighbourhoods, along their streets
    rules : MaskRules
    """

    year: int
    dwellings: gpd.GeoSeries | None = None
    rules: MaskRules = field(default_factory=MaskRules)

    @property
    def source(self) -> str:
        """Return where the dwellings come from."""
        return FROM_STREETS if self.dwellings is None else FROM_FILE


@dataclass(frozen=True)
class MaskedCity:
    """Displaced points and what they are worth.

    Parameters
    ----------
    points : GeoDataFrame (EPSG:6668) by ``point_id``, a pseudonym of this installation and year:
        ``community_district``, ``status``, ``gap_class``. Neither k nor the distance moved: with them a
        home could be found again.
    report : MaskReport
    errors : DataFrame by layer: ``shown`` (points), ``elsewhere`` (in another area than their home), and
        ``largest_change``: of the share watched of any area with at least ten households, in percentage
        points
    source : str, FROM_FILE or FROM_STREETS
    """

    points: gpd.GeoDataFrame
    report: MaskReport
    errors: pd.DataFrame
    source: str


def mask_city(
    store: Store,
    viewer: Viewer,
    season: str,
    date: dt.date,
    *,
    hiding: Hiding,
    progress: Report | None = None,
) -> MaskedCity:
    """Displace every household that did not refuse, with what the analysis says of it.

    Raises
    ------
    geodata.errors.AccessRefusedError
        The role may not have them, or, but for who runs the machine, there is no second person's leave.
    analysis.errors.FrameError
        No dwellings are known.
    """
    figures = coverage.load_city_figures(store, viewer, season, date, progress)
    with store.begin(write=True) as session:
        if viewer.role != "operator":
            approvals.use_leave(session, viewer, "export", _leave_subject(hiding.year))
        run = find_run(session, figures.info.revision, season, date)
        if run is None:
            raise StoreNotReadyError("Expected the data to stay as read, got newer data. Run it again.")
        homes = read_points_to_displace(session, viewer, run.run_id, today=dt.date.today())
        ground = _read_ground(session, hiding, figures.info.metric_epsg)
    homes = to_metric_crs(homes, figures.info.metric_epsg).rename(columns={"community_district": "district"})
    key = store.key("mask")
    found = displace(homes, ground.dwellings, ground.districts, key=key, year=hiding.year, rules=hiding.rules)
    report = describe_mask(homes, found, ground.dwellings)
    shown = homes.loc[found.points.index, ["district", "status", "gap_class"]]
    points = gpd.GeoDataFrame(shown, geometry=found.points.geometry).rename(
        columns={"district": "community_district"}
    )
    points.index = pd.Index(_point_ids(points.index, key, hiding.year), name="point_id")
    return MaskedCity(points.sort_index().to_crs(6668), report, _errors(homes, found, ground), hiding.source)


def ask_leave(store: Store, viewer: Viewer, date: dt.date, reason: str) -> None:
    """Ask a second person to allow the displaced points of a date's fiscal year.

    Raises
    ------
    geodata.errors.GeodataError
        No reason.
    geodata.errors.AccessRefusedError
        The role asks for nothing.
    """
    with store.begin(write=True) as session:
        approvals.ask_leave(session, viewer, "export", _leave_subject(fiscal_year_of(date)), reason)


def _leave_subject(year: int) -> dict[str, object]:
    return {"what": "displaced points", "year": year}


def displace_parsed(session: Session, parsed: Parsed, hiding: Hiding, epsg: int) -> Parsed:
    """Displace the points of parsed households before they are written; those that cannot hide are left out.

    Raises
    ------
    analysis.errors.FrameError
        No dwellings are known.
    """
    ground = _read_ground(session, hiding, epsg)
    homes = to_metric_crs(parsed.frame.set_index("household_id")[["geometry"]], epsg)
    areas = gpd.GeoDataFrame(geometry=ground.districts).rename_axis("code")
    homes["district"] = locate_in_areas(homes.geometry, areas)["code"]
    key = session.info["key"]("mask")
    found = displace(homes, ground.dwellings, ground.districts, key=key, year=hiding.year, rules=hiding.rules)
    kept = parsed.frame.set_index("household_id").loc[found.points.index]
    kept["geometry"] = found.points.geometry.to_crs(parsed.frame.crs)
    repairs = ((POINTS_DISPLACED, len(kept)), (POINTS_LEFT_OUT, len(found.left_out)))
    told = tuple((what, count) for what, count in repairs if count)
    report = replace(parsed.report, repairs=(*parsed.report.repairs, *told))
    if hiding.source == FROM_STREETS:
        report = replace(report, problems=(*report.problems, _about_dwellings()))
    return replace(parsed, frame=kept.reset_index(), report=report)


def _about_dwellings() -> RowProblem:
    return RowProblem(
        row=0,
        column="lon, lat",
        value="",
        reason="dwellings to hide among were taken along the streets of each neighbourhood; "
        "a file of addresses or buildings tells more exactly how well each point hides",
        severity="warning",
    )


@dataclass(frozen=True)
class _Ground:
    """What points are displaced on, in metres: dwellings, community districts, and all layers."""

    dwellings: gpd.GeoSeries
    districts: gpd.GeoSeries
    layers: dict[str, gpd.GeoDataFrame]


def _read_ground(session: Session, hiding: Hiding, epsg: int) -> _Ground:
    layers = {layer: to_metric_crs(read.read_areas(session, layer), epsg) for layer in LAYER_COLUMNS}
    if hiding.dwellings is not None:
        dwellings = to_metric_crs(hiding.dwellings.to_frame("geometry"), epsg).geometry
    else:
        streets = to_metric_crs(read.read_streets(session)[["highway", "geometry"]], epsg)
        dwellings = spread_dwellings(layers["neighbourhood"], streets)
    return _Ground(dwellings, layers["community"].geometry, layers)


def _point_ids(ids: pd.Index, key: bytes, year: int) -> list[str]:
    """Return names that differ from year to year and tell nothing of the register's."""
    return [hmac.new(key, f"point {year}\n{name}".encode(), hashlib.sha256).hexdigest()[:16] for name in ids]


def _errors(homes: gpd.GeoDataFrame, found: DisplacedPoints, ground: _Ground) -> pd.DataFrame:
    """Return by layer what figures counted from the displaced points are wrong by."""
    watched = homes["status"] == "watched"
    rows = {}
    for layer, areas in ground.layers.items():
        if areas.empty:
            continue
        before = locate_in_areas(homes.geometry, areas)["code"].fillna("")
        after = locate_in_areas(found.points.geometry, areas)["code"].fillna("")
        own = before[after.index]
        rows[layer] = {
            "shown": len(after),
            "elsewhere": int((own != after).sum()),
            "largest_change": _largest_change(watched, before, after),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("layer")


def _largest_change(watched: pd.Series, before: pd.Series, after: pd.Series) -> float:
    true = watched.groupby(before).agg(["mean", "size"])
    masked = watched[after.index].groupby(after).mean()
    large = true.index[(true["size"] >= 10) & (true.index != "")]
    change = 100 * (masked.reindex(large) - true["mean"][large]).abs()
    return float(change.max()) if change.notna().any() else float("nan")
