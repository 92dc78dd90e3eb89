"""The one spatial filter: rows whose bounding box touches a box, by R*Tree or GiST index."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from sqlalchemy import ColumnElement, column, func, select, table
from sqlalchemy.orm import Session

from geodata.base import STORAGE_SRID
from geodata.models import StreetEdge

Box = tuple[float, float, float, float]  # min lon, min lat, max lon, max lat in degrees


def streets_in_box(session: Session, box: Box) -> ColumnElement[bool]:
    """Return the condition that a street's bounding box touches ``box`` (touching counts)."""
    if session.get_bind().dialect.name == "postgresql":
        return StreetEdge.geometry.bool_op("&&")(func.ST_MakeEnvelope(*box, STORAGE_SRID))
    tree = table("street_edge_rtree", *map(column, ("fid", "min_x", "max_x", "min_y", "max_y")))
    hits = select(tree.c.fid).where(
        tree.c.max_x >= box[0], tree.c.max_y >= box[1], tree.c.min_x <= box[2], tree.c.min_y <= box[3]
    )
    return StreetEdge.fid.in_(hits)


def touches_box(geometries: gpd.GeoSeries, box: Box) -> np.ndarray:
    """Say for each geometry whether its bounding box touches ``box`` exactly (touching counts)."""
    west, south, east, north = box
    bounds = geometries.bounds
    beside = (bounds["maxx"] < west) | (bounds["minx"] > east)
    above = (bounds["maxy"] < south) | (bounds["miny"] > north)
    return ~(beside | above).to_numpy()
