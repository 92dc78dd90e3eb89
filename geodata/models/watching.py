"""Households, watchers and assignments: personal data, read only through ``geodata.access``."""

from __future__ import annotations

import datetime as dt

from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry
from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geodata.base import Base, Geometry

ACTIVE_KINDS = (
    "welfare_commissioner",
    "community_promoter",
    "neighbour",
    "casual_volunteer",
    "student",
    "npo",
    "company",
)
PASSIVE_KINDS = ("delivery_firm", "shop")
WATCHER_KINDS = ACTIVE_KINDS + PASSIVE_KINDS
WATCHER_STATUSES = (
    "active",
    "vacant",
    "ended",
    "candidate",
)  # candidate: could be asked


class Household(Base):
    """A household that should be watched over: a pseudonym, a point, a need. Never a name or address."""

    __tablename__ = "household"
    __table_args__ = (
        CheckConstraint("visits_per_month >= 0", name="need_not_negative"),
        CheckConstraint("weight >= 0", name="weight_not_negative"),
        CheckConstraint("consent BETWEEN 0 AND 4", name="consent_level_known"),
    )

    household_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    geometry: Mapped[Point] = mapped_column(Geometry("POINT"))
    household_type: Mapped[str | None] = mapped_column(String(40))
    visits_per_month: Mapped[float]
    weight: Mapped[float] = mapped_column(default=1.0)
    consent: Mapped[int] = mapped_column(default=1)
    needs: Mapped[str | None] = mapped_column(String(200))  # "snow;shopping"
    visit_hours: Mapped[str | None] = mapped_column(String(200))  # when it may be visited; none: any time
    community_district: Mapped[str | None] = mapped_column(String(60), index=True)
    school_district: Mapped[str | None] = mapped_column(String(60), index=True)
    neighbourhood: Mapped[str | None] = mapped_column(String(60))
    border_distance_m: Mapped[float | None]  # to the border of its community district
    district_answers: Mapped[int | None]  # how many community districts hold the point: 0, 1 or several
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)


class Watcher(Base):
    """A person or business that watches, or a vacant post (``status`` = ``vacant``)."""

    __tablename__ = "watcher"
    __table_args__ = (
        CheckConstraint(f"kind IN {WATCHER_KINDS}", name="known_watcher_kind"),
        CheckConstraint(f"status IN {WATCHER_STATUSES}", name="known_watcher_status"),
        CheckConstraint("minutes_per_week >= 0", name="minutes_not_negative"),
        CheckConstraint("round_minutes > 0", name="round_takes_time"),
        CheckConstraint("visits_per_month >= 0", name="capacity_not_negative"),
        CheckConstraint("reach_m >= 0", name="reach_not_negative"),
        CheckConstraint("reach_min >= 0", name="reach_time_not_negative"),
    )

    watcher_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    geometry: Mapped[Point | None] = mapped_column(Geometry("POINT"))
    service_area: Mapped[BaseGeometry | None] = mapped_column(
        Geometry("GEOMETRY")
    )  # round (lines) or polygon
    organisation: Mapped[str | None] = mapped_column(String(60))
    district: Mapped[str | None] = mapped_column(
        String(60), index=True
    )  # community district; none: whole city
    visits_per_month: Mapped[float]  # capacity; for a passive watcher, how often it passes
    reach_m: Mapped[float | None]  # equivalent flat metres; with reach_min the smaller counts
    reach_min: Mapped[float | None]  # minutes on foot
    skills: Mapped[str | None] = mapped_column(String(200))
    available: Mapped[str | None] = mapped_column(String(200))  # "mon 09:00-12:00;sat 08:00-18:00"
    minutes_per_week: Mapped[int | None]  # for daily tasks
    round_minutes: Mapped[int | None]  # longest round a day, the way home included
    starts_at: Mapped[str | None] = mapped_column(String(40))  # a facility; none: the watcher's own place
    birth_year: Mapped[int | None]
    term_end: Mapped[dt.date | None]
    reports_to: Mapped[str | None] = mapped_column(String(40))  # a watcher or a facility
    status: Mapped[str] = mapped_column(String(12), default="active")
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)


class Assignment(Base):
    """A watcher's standing link to a household; empty ``visits_per_month`` means its whole need."""

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint(
            "watcher_id", "household_id", "role", "valid_from", name="one_link_of_a_role_at_a_time"
        ),
        CheckConstraint("role IN ('primary', 'backup')", name="known_role"),
    )

    assignment_id: Mapped[str] = mapped_column(String(140), primary_key=True)
    watcher_id: Mapped[str] = mapped_column(ForeignKey("watcher.watcher_id"), index=True)
    household_id: Mapped[str] = mapped_column(ForeignKey("household.household_id"), index=True)
    role: Mapped[str] = mapped_column(String(8))
    visits_per_month: Mapped[float | None]
    locked: Mapped[bool] = mapped_column(default=False)  # stays as it is, whatever is proposed
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)
