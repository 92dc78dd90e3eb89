"""Further public layers: where homes are or could be, by school district, neighbourhood, cell of the mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from analysis.mesh import mesh_polygons
from analysis.public_reading import FURTHER
from app.services.errors import RequestError
from app.services.public_blocks import block_of
from geodata import read
from geodata.session import Store

MESH = "mesh"
_AREAS = ("school", "neighbourhood")


@dataclass(frozen=True, eq=False)
class Further:
    """The further layers of a release.

    ``outlines``: by layer, in order: polygons and ``name``, index code. ``places``: ``block`` and the code in
    each of ``FURTHER``, with ``watched`` and ``gap`` (households); places without a home too.
    """

    outlines: dict[str, gpd.GeoDataFrame]
    places: pd.DataFrame


def check_layers(also: Sequence[str]) -> tuple[str, ...]:
    """Return the layers asked for, each once and in their order.

    Raises
    ------
    RequestError
        A layer that cannot be published.
    """
    unknown = sorted(set(also) - set(FURTHER))
    if unknown:
        raise RequestError(
            f"Expected further layers of {', '.join(FURTHER)}, got {', '.join(unknown)}. Correct --also."
        )
    return tuple(layer for layer in FURTHER if layer in also)


def place_layers(
    store: Store, blocks: gpd.GeoDataFrame, places: pd.DataFrame, also: Sequence[str]
) -> Further:
    """Place homes and empty blocks in all further layers, and outline those asked for.

    Parameters
    ----------
    blocks : GeoDataFrame
        As :func:`app.services.public_blocks.cut_blocks` gives them.
    places : DataFrame
        As ``geodata.access_release.count_places`` gives them.

    Raises
    ------
    RequestError
        A layer asked for has no areas.
    """
    with store.begin() as session:
        areas = {layer: read.read_areas(session, layer)[["name", "geometry"]] for layer in _AREAS}
    missing = [layer for layer in also if layer != MESH and areas[layer].empty]
    if missing:
        raise RequestError(
            f"Expected areas of {', '.join(missing)} to publish, got none. Import them, or leave them out."
        )
    placed = pd.concat([_homes(places), _empty(blocks, places, areas)], ignore_index=True)
    cells = mesh_polygons(sorted(set(placed[MESH]))).rename("geometry").to_frame()
    areas[MESH] = gpd.GeoDataFrame(cells, crs=blocks.crs and cells.crs)
    return Further({layer: areas[layer] for layer in also}, placed)


def _homes(places: pd.DataFrame) -> pd.DataFrame:
    watched = places["households"].where(places["watched"], 0)
    table = places[list(_AREAS)].assign(
        block=block_of(places["community"], places["cell"]),
        mesh=_mesh_of(places["cell"]),
        watched=watched,
        gap=places["households"] - watched,
    )
    return table.groupby(["block", *FURTHER], sort=True)[["watched", "gap"]].sum().reset_index()


def _mesh_of(cell: pd.Series) -> pd.Series:
    """Return the cell of 500 m of a cell of 250 m: its code without the last digit."""
    return cell.astype(str).str[:-1]


def _empty(
    blocks: gpd.GeoDataFrame, places: pd.DataFrame, areas: dict[str, gpd.GeoDataFrame]
) -> pd.DataFrame:
    """Return the blocks without a home, in the areas their middle lies in: a home could stand there."""
    lived = block_of(places["community"], places["cell"])
    points = blocks[~blocks.index.isin(lived)][["geometry"]]
    points = points.set_geometry(points.representative_point())
    table = pd.DataFrame({"block": points.index, "mesh": _mesh_of(points.index.str.rsplit("|", n=1).str[1])})
    for layer, polygons in areas.items():
        if polygons.empty:
            table[layer] = ""
            continue
        found = gpd.sjoin(points, polygons[["geometry"]].to_crs(points.crs).rename_axis("code"), how="left")
        code = found["code"].groupby(level=0).first()
        table[layer] = code.reindex(points.index).fillna("").to_numpy()
    return table.assign(watched=0, gap=0)
