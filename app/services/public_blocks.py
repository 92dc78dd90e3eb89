"""Blocks of the public map: cells of 250 m cut at the borders of the community districts."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from analysis.crs import to_metric_crs
from analysis.mesh import MESH_EPSG, locate_in_mesh, mesh_code, mesh_polygons
from app.services.errors import RequestError

LEVEL = "250m"
_STEP_DEGREES = (1 / 480, 1 / 320)  # height and width of a cell of 250 m


def cell_of(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return the mesh code of each point in degrees, as text."""
    return mesh_code(*locate_in_mesh(lat, lon, level=LEVEL), level=LEVEL).astype(str).astype(object)


def block_of(community: pd.Series, cell: pd.Series) -> pd.Series:
    """Return the name of the block of each place: its district and its cell."""
    return community.astype(str) + "|" + cell.astype(str)


def cut_blocks(districts: gpd.GeoDataFrame, places: pd.DataFrame, *, epsg: int) -> gpd.GeoDataFrame:
    """Cut every district into blocks, those without a household too: the map does not tell where homes are.

    Parameters
    ----------
    districts : GeoDataFrame
        Community districts indexed by code.
    places : DataFrame
        ``community``, ``cell`` and ``households`` as ``geodata.access_release.count_places`` gives them.

    Returns
    -------
    GeoDataFrame
        Index block_id; ``district``, ``households`` (to be watched), polygons in the metric CRS.

    Raises
    ------
    RequestError
        There are no community districts.
    """
    if districts.empty:
        raise RequestError(
            "Expected community districts to publish for, got none. Import them with "
            "'mimamori import community-districts FILE'."
        )
    degrees = districts[["geometry"]].to_crs(MESH_EPSG).rename_axis("district").reset_index()
    cells = mesh_polygons(_cells_over(degrees)).rename_axis("cell").rename("geometry")
    grid = gpd.GeoDataFrame(cells.reset_index(), geometry="geometry", crs=MESH_EPSG)
    cut = gpd.overlay(grid, degrees, how="intersection", keep_geom_type=True)
    cut = cut.dissolve(["district", "cell"]).reset_index()
    cut.index = pd.Index(block_of(cut["district"], cut["cell"]), name="block_id")
    inside = places[places["community"] != ""]
    counted = inside["households"].groupby(block_of(inside["community"], inside["cell"])).sum()
    blocks = pd.concat([cut[["district", "geometry"]], _blocks_missed(counted.index, cut)])
    blocks.index.name = "block_id"
    households = counted.reindex(blocks.index, fill_value=0).astype(int)
    return to_metric_crs(gpd.GeoDataFrame(blocks, crs=MESH_EPSG).assign(households=households), epsg)


def _cells_over(districts: gpd.GeoDataFrame) -> pd.Index:
    west, south, east, north = districts.total_bounds
    lat = np.arange(south, north + _STEP_DEGREES[0], _STEP_DEGREES[0])
    lon = np.arange(west, east + _STEP_DEGREES[1], _STEP_DEGREES[1])
    lats, lons = (grid.ravel() for grid in np.meshgrid(lat, lon, indexing="ij"))
    return pd.Index(np.unique(cell_of(lons, lats)), dtype=object)


def _blocks_missed(counted: pd.Index, cut: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return whole cells for homes whose point lies a hair outside their district's polygon."""
    missed = counted.difference(cut.index)
    parts = missed.str.rsplit("|", n=1)
    shapes = mesh_polygons(pd.Index([cell for _, cell in parts], dtype=object))
    columns = {"district": [code for code, _ in parts], "geometry": list(shapes)}
    frame = pd.DataFrame(columns, index=pd.Index(missed, name="block_id"))
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=MESH_EPSG)


def outline_areas(blocks: gpd.GeoDataFrame, area_of: pd.Series) -> gpd.GeoDataFrame:
    """Return the outline of each joined area, indexed by its code, made of whole blocks."""
    areas = blocks[["geometry"]].assign(area=area_of.reindex(blocks.index)).dissolve("area")
    return areas.set_geometry(shapely.make_valid(areas.geometry.to_numpy()), crs=blocks.crs)
