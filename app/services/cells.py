"""Counts in cells of the standard mesh, for restricted planning maps: no cell tells of fewer than ten."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from analysis.coverage import summarise_coverage
from analysis.mesh import MESH_EPSG, count_cells, locate_in_mesh, mesh_code, mesh_parent, mesh_polygons
from analysis.promises import as_visits
from app.services.results import CityFigures
from geodata import access
from geodata.errors import StoreNotReadyError
from geodata.results import find_run
from geodata.session import Store
from geodata.viewer import Viewer

SMALLEST_SHOWN = 10
FINEST, COARSER = "125m", "250m"  # the levels of the screen


@dataclass(frozen=True)
class MeshFigures:
    """A city's counts by mesh cell, shaped as a layer of ``CityFigures``; for reading only.

    ``shapes`` (EPSG:6668, index mesh_code): name (the code), kana. ``counts``: name and the columns of a
    layer; households in cells with fewer than SMALLEST_SHOWN stand together in the row ``""``, and
    ``cells_left_out`` says how many cells these are.
    """

    shapes: gpd.GeoDataFrame
    counts: pd.DataFrame
    cells_left_out: int


def load_mesh(store: Store, viewer: Viewer, figures: CityFigures, level: str) -> MeshFigures:
    """Return the counts by cell of one level, one of ``analysis.mesh.MESH_LEVELS``.

    Raises
    ------
    analysis.errors.ParameterError
        The level is unknown.
    geodata.errors.StoreNotReadyError
        The data changed since the figures were made.
    """
    households = _read_statuses(store, viewer, figures)
    need = as_visits(households["visits_per_month"])
    places = households.geometry.to_crs(MESH_EPSG)
    cells = mesh_code(*locate_in_mesh(places.y, places.x, level=level), level=level).astype(str)
    cell = pd.Series(cells, index=households.index, name="mesh_code", dtype=object)
    sizes = cell.value_counts()
    shown = shown_cells(sizes, level)
    counts = summarise_coverage(households.assign(need_visits=need), cell.where(cell.isin(shown), ""))
    counts.insert(0, "name", counts.index)
    shapes = gpd.GeoDataFrame({"name": shown, "kana": None}, index=shown, geometry=mesh_polygons(shown))
    return MeshFigures(shapes, counts, len(sizes) - len(shown))


def load_gap_cells(store: Store, viewer: Viewer, figures: CityFigures) -> gpd.GeoDataFrame:
    """Return the cells of 250 m with at least ten households missed and at least ten others.

    Returns
    -------
    geopandas.GeoDataFrame
        Index mesh_code; ``households``, ``missed`` and ``gap_class`` (the most frequent in the cell);
        polygons in EPSG:6668.
    """
    statuses = _read_statuses(store, viewer, figures)
    missed = statuses["status"] != "watched"
    cells = count_cells(statuses.geometry, pd.DataFrame({"missed": missed}))
    classes = pd.get_dummies(statuses.loc[missed, "gap_class"].astype(object)).astype(bool)
    leading = count_cells(statuses.geometry[missed], classes)[list(classes.columns)]
    cells["gap_class"] = leading.idxmax(axis=1).reindex(cells.index)
    others = cells["households"] - cells["missed"]
    return cells[(cells["missed"] >= SMALLEST_SHOWN) & (others >= SMALLEST_SHOWN)]


def shown_cells(sizes: pd.Series, level: str) -> pd.Index:
    """Return the codes of the cells with enough households.

    A cell of 125 m is shown only when all of its 250 m cell that hold a household are: else the difference to
    the coarser map would tell of the one left out.
    """
    enough = sizes >= SMALLEST_SHOWN
    if level == FINEST:
        coarser = [mesh_parent(code, level=COARSER) for code in sizes.index]
        enough = enough.groupby(coarser).transform("all")
    return sizes.index[enough].sort_values()


def _read_statuses(store: Store, viewer: Viewer, figures: CityFigures) -> gpd.GeoDataFrame:
    with store.begin(write=True) as session:
        run = find_run(session, figures.info.revision, figures.season, figures.date)
        if run is None:
            raise StoreNotReadyError("Expected the data to stay as read, got newer data. Run it again.")
        return access.read_statuses_for_cells(session, viewer, run.run_id)
