"""Reading what is not personal: the dataset, areas, streets, facilities, agreements, import reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import ColumnElement, Select, func, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from geodata.base import STORAGE_SRID, Base, Geometry
from geodata.errors import StoreNotReadyError
from geodata.geometry import Box, streets_in_box, touches_box
from geodata.models import (
    Agreement,
    Area,
    Assignment,
    Dataset,
    Facility,
    Household,
    ImportLog,
    StreetEdge,
    SupportTask,
    Watcher,
)
from geodata.models.places import AREA_LAYERS
from geodata.models.watching import PASSIVE_KINDS


def read_dataset(session: Session) -> Dataset:
    """Return the dataset's row.

    Raises
    ------
    StoreNotReadyError
        Nothing was imported yet.
    """
    dataset = session.get(Dataset, 1)
    if dataset is None:
        raise StoreNotReadyError(
            "Expected an imported city, got an empty database. Run 'mimamori demo' or 'mimamori import'."
        )
    return dataset


def read_areas(session: Session, layer: str) -> gpd.GeoDataFrame:
    """Return the areas of ``layer`` indexed by code, in EPSG:6668, in order of code."""
    query = select(Area).where(Area.layer == layer).order_by(Area.code)
    return read_frame(session, query, Area, index="code")


def read_streets(session: Session, box: Box | None = None) -> gpd.GeoDataFrame:
    """Return street edges indexed by edge id, all or those whose bounding box touches ``box`` (degrees)."""
    query = select(StreetEdge).order_by(StreetEdge.fid)
    if box is None:
        return read_frame(session, query, StreetEdge, index="edge_id")
    streets = read_frame(session, query.where(streets_in_box(session, box)), StreetEdge, index="edge_id")
    return streets[touches_box(streets.geometry, box)]  # the indexes of both stores round outwards


def read_facilities(session: Session, kind: str | None = None) -> gpd.GeoDataFrame:
    """Return facilities indexed by id, all or of one kind."""
    query = select(Facility).order_by(Facility.facility_id)
    if kind is not None:
        query = query.where(Facility.kind == kind)
    return read_frame(session, query, Facility, index="facility_id")


def read_agreements(session: Session) -> pd.DataFrame:
    """Return agreements between districts indexed by id."""
    return read_frame(
        session, select(Agreement).order_by(Agreement.agreement_id), Agreement, index="agreement_id"
    )


def read_import_reports(session: Session) -> list[ImportLog]:
    """Return what was imported, newest first."""
    return list(session.scalars(select(ImportLog).order_by(ImportLog.import_id.desc())))


def read_known_ids(session: Session) -> dict[str, pd.Index]:
    """Return the ids that references in files may name: watchers, households, facilities, districts.

    For checks inside an import only; ids are pseudonyms and are never shown from here.
    """
    queries = {
        "watchers": select(Watcher.watcher_id),
        "passive_watchers": select(Watcher.watcher_id).where(Watcher.kind.in_(PASSIVE_KINDS)),
        "households": select(Household.household_id),
        "facilities": select(Facility.facility_id),
        "districts": select(Area.code).where(Area.layer == "community"),
    }
    return {name: pd.Index(session.scalars(query).all(), dtype=object) for name, query in queries.items()}


def count_loaded(session: Session) -> dict[str, int]:
    """Count the rows of each layer that is loaded."""
    areas = {layer: count_rows(session, Area, Area.layer == layer) for layer in AREA_LAYERS}
    models = {
        "households": Household,
        "watchers": Watcher,
        "assignments": Assignment,
        "streets": StreetEdge,
        "facilities": Facility,
        "agreements": Agreement,
        "support_tasks": SupportTask,
    }
    return {**areas, **{name: count_rows(session, model) for name, model in models.items()}}


def count_rows(session: Session, model: type[Base], *conditions: ColumnElement[bool]) -> int:
    """Count the rows of a table that meet all conditions."""
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def read_frame(
    session: Session,
    query: Select[Any],
    model: type[Base],
    *,
    index: str,
    instead: Mapping[str, ColumnElement[Any]] | None = None,
) -> pd.DataFrame:
    """Run a query over one model and return a frame, a GeoDataFrame in EPSG:6668 when it has a geometry.

    Parameters
    ----------
    instead : mapping of str to SQL expression, optional
        What the query reads in place of a column, by the column's name.
    """
    columns = model.__table__.columns
    asked = {**{item.name: item for item in columns}, **(instead or {})}
    raw = [
        type_coerce(item, NullType())
        if isinstance(item.type, Geometry)
        else asked[item.name].label(item.name)
        for item in columns
    ]
    rows = session.execute(query.with_only_columns(*raw)).all()
    frame = pd.DataFrame.from_records(rows, columns=[item.name for item in columns]).set_index(index)
    for item in columns:
        if isinstance(item.type, Geometry):  # decoded all at once: much quicker than row by row
            frame[item.name] = _decode(frame[item.name])
    if "geometry" not in frame:
        return frame
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=STORAGE_SRID)


def _decode(column: pd.Series) -> np.ndarray:
    """Return Shapely geometries of WKB bytes or hexadecimal EWKB, None where there is none."""
    encoded = column.astype(object).where(column.notna(), None)
    return shapely.set_srid(shapely.from_wkb(encoded.to_numpy()), 0)
