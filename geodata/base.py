"""The declarative base and the one geometry type both stores share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import shapely
from geoalchemy2 import Geometry as GeoAlchemyGeometry
from shapely.geometry.base import BaseGeometry
from sqlalchemy import LargeBinary, MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

STORAGE_SRID = 6668  # JGD2011 geographic, longitude and latitude in degrees


class _PostgisGeometry(GeoAlchemyGeometry):
    """GeoAlchemy2's column type with hexadecimal EWKB both ways: exact, and quicker than WKT."""

    cache_ok = True

    def bind_expression(self, bindvalue: Any) -> Any:
        """Send the value as it is; PostGIS reads EWKB."""
        return bindvalue

    def column_expression(self, col: Any) -> Any:
        """Take the column as it is; PostGIS answers EWKB."""
        return col

    def bind_processor(self, dialect: Any) -> Callable[[Any], Any] | None:
        """Leave the value to :class:`Geometry`."""
        return None

    def result_processor(self, dialect: Any, coltype: Any) -> Callable[[Any], Any] | None:
        """Leave the value to :class:`Geometry`."""
        return None


def encode(geometries: Any, dialect_name: str) -> Any:
    """Return one geometry, or an array of them, as the database takes it: hexadecimal EWKB or WKB bytes."""
    if dialect_name == "postgresql":
        return shapely.to_wkb(shapely.set_srid(geometries, STORAGE_SRID), hex=True, include_srid=True)
    return shapely.to_wkb(geometries)


class Geometry(TypeDecorator):
    """A Shapely geometry in EPSG:6668: PostGIS on PostgreSQL, WKB bytes on SQLite.

    Parameters
    ----------
    kind : str
        Geometry kind PostGIS enforces, for example ``POINT`` or ``MULTIPOLYGON``.
    """

    impl = LargeBinary
    cache_ok = True
    spatial_index = False  # asked by GeoAlchemy2's listeners; the migration makes the indexes
    use_typmod = True

    def __init__(self, kind: str = "GEOMETRY") -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Any) -> Any:
        """Choose the column type of the dialect (GeoAlchemy2's own listeners ask without one)."""
        if dialect is not None and dialect.name == "postgresql":
            return _PostgisGeometry(self.kind, srid=STORAGE_SRID, spatial_index=False)
        return LargeBinary()

    def process_bind_param(self, value: BaseGeometry | bytes | str | None, dialect: Any) -> Any:
        """Turn a Shapely geometry into what the database takes; what :func:`encode` made passes."""
        if value is None or isinstance(value, bytes | str):
            return value
        return encode(value, dialect.name)

    def process_result_value(self, value: Any, dialect: Any) -> BaseGeometry | None:
        """Turn what the database gives into a Shapely geometry without an SRID of its own."""
        if value is None:
            return None
        geometry = shapely.from_wkb(value)
        return shapely.set_srid(geometry, 0) if dialect.name == "postgresql" else geometry


class Base(DeclarativeBase):
    """Base of all models; constraints are named by one rule, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
