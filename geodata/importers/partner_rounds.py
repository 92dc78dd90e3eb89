"""Rounds of partners: the delivery round (lines) or the area of a passive watcher that is already stored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geodata.importers import report
from geodata.importers.areas import only_areas
from geodata.importers.attributes import as_cells
from geodata.importers.cells import check_known, parse_ids
from geodata.importers.headings import Heading
from geodata.importers.options import STORAGE_CRS, ImportOptions, Parsed
from geodata.importers.report import RowChecks
from geodata.importers.vector import LayerChoice, read_features
from geodata.models import Watcher

LAYER = "rounds-of-partners"
HEADINGS = (Heading("watcher_id", ("担い手番号", "担い手ID"), required=True),)
LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def read_partner_rounds(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read rounds; the frame holds ``watcher_id`` and ``service_area`` only, to set on watchers that exist.

    Several rows of one watcher are joined. A round of a watcher that is not stored, or not passive, is an
    error.

    Raises
    ------
    ImportRefusedError
        The file as a whole cannot be used.
    """
    features, checks, source = read_features(files, LayerChoice(fits=lambda c: "watcher_id" in c), options)
    cells = as_cells(features, HEADINGS, options, checks)
    ids = parse_ids(cells, "watcher_id", checks, unique=False)
    known = options.known.get("passive_watchers", options.known.get("watchers"))
    check_known(ids, "watcher_id", checks, known, what="passive watcher")
    rounds = gpd.GeoDataFrame(
        {"watcher_id": ids, "service_area": _lines_or_areas(features.geometry.to_numpy(), checks)},
        geometry="service_area",
        crs=STORAGE_CRS,
    )
    good = rounds[~checks.failed]
    repeated = good["watcher_id"].duplicated(keep=False)
    checks.repaired(report.ROUNDS_JOINED, int(repeated.sum()))
    joined = good.dissolve("watcher_id", sort=False).reset_index() if repeated.any() else good
    joined = joined.reset_index(drop=True)
    return Parsed(Watcher, joined, checks.report(LAYER, source, dry_run=options.dry_run))


def _lines_or_areas(geometry: np.ndarray, checks: RowChecks) -> np.ndarray:
    kinds = shapely.get_type_id(geometry)
    areal = np.isin(kinds, AREAS)
    usable = areal | np.isin(kinds, LINES) | shapely.is_missing(geometry)
    shown = np.array([getattr(shape, "geom_type", "") for shape in geometry], dtype=object)
    checks.flag(~usable, "geometry", shown, "Expected a line (a round) or a polygon (an area).")
    repaired = geometry.copy()
    repaired[areal] = only_areas(geometry[areal], checks.keep(np.flatnonzero(areal)))
    return repaired
