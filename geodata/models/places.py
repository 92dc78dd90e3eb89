"""Places without personal data: areas, streets, facilities, agreements."""

from __future__ import annotations

import datetime as dt

from shapely.geometry import LineString, MultiPolygon, Point
from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geodata.base import Base, Geometry

AREA_LAYERS = ("boundary", "community", "school", "neighbourhood")
FACILITY_KINDS = ("consultation_centre", "gathering_place", "shelter", "community_centre", "school")


class Area(Base):
    """A polygon of one layer; ``(layer, code)`` is unique."""

    __tablename__ = "area"
    __table_args__ = (
        UniqueConstraint("layer", "code", name="area_code_once_a_layer"),
        CheckConstraint(f"layer IN {AREA_LAYERS}", name="known_area_layer"),
    )

    area_id: Mapped[str] = mapped_column(String(80), primary_key=True)  # "layer:code"
    layer: Mapped[str] = mapped_column(String(16), index=True)
    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    kana: Mapped[str | None] = mapped_column(String(120))
    municipality_code: Mapped[str | None] = mapped_column(String(5))
    household_count: Mapped[int | None]  # all dwellings of the area where the source says so (SETAI)
    edition: Mapped[str | None] = mapped_column(String(20))
    geometry: Mapped[MultiPolygon] = mapped_column(Geometry("MULTIPOLYGON"))
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)


class StreetEdge(Base):
    """A walkable street piece between two nodes, both ways; lengths and heights in metres."""

    __tablename__ = "street_edge"

    fid: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)  # the R*Tree's number
    edge_id: Mapped[str] = mapped_column(String(100), unique=True)
    u: Mapped[str] = mapped_column(String(40))
    v: Mapped[str] = mapped_column(String(40))
    length_m: Mapped[float]
    elevation_u_m: Mapped[float | None]
    elevation_v_m: Mapped[float | None]
    highway: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[str | None] = mapped_column(String(120))  # of the street, where the source gives one
    is_steps: Mapped[bool] = mapped_column(default=False)
    is_bridge: Mapped[bool] = mapped_column(default=False)
    snow_cleared: Mapped[bool] = mapped_column(default=False)
    geometry: Mapped[LineString] = mapped_column(Geometry("LINESTRING"))
    version: Mapped[int] = mapped_column(default=1)


class Facility(Base):
    """A public place: consultation centre, gathering place, shelter …"""

    __tablename__ = "facility"
    __table_args__ = (CheckConstraint(f"kind IN {FACILITY_KINDS}", name="known_facility_kind"),)

    facility_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(120))
    district: Mapped[str | None] = mapped_column(String(60))
    geometry: Mapped[Point] = mapped_column(Geometry("POINT"))
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)


class Agreement(Base):
    """An agreement by which watchers of ``district`` may help in ``helped_district``."""

    __tablename__ = "agreement"

    agreement_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    district: Mapped[str] = mapped_column(String(60))
    helped_district: Mapped[str] = mapped_column(String(60))
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)
