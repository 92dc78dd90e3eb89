"""Reading what is not personal: the dataset, areas, streets, facilities, agreements, import reports."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from geodata.base import STORAGE_SRID, Base
from geodata.errors import StoreNotReadyError
from geodata.geometry import Box, streets_in_box
from geodata.models import Agreement, Area, Dataset, Facility, ImportLog, StreetEdge


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
    if box is not None:
        query = query.where(streets_in_box(session, box))
    return read_frame(session, query, StreetEdge, index="edge_id")


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


def count_rows(session: Session, model: type[Base], *conditions: ColumnElement[bool]) -> int:
    """Count the rows of a table that meet all conditions."""
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def read_frame(session: Session, query: Select[Any], model: type[Base], *, index: str) -> pd.DataFrame:
    """Run a query over one model and return a frame, a GeoDataFrame in EPSG:6668 when it has a geometry."""
    columns = [column.name for column in model.__table__.columns]
    rows = session.execute(query.with_only_columns(*model.__table__.columns)).all()
    frame = pd.DataFrame.from_records(rows, columns=columns).set_index(index)
    if "geometry" not in columns:
        return frame
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=STORAGE_SRID)
