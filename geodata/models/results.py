"""Computed results, kept by (revision, season, date) so that a page never computes twice."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geodata.base import Base


class AnalysisRun(Base):
    """One analysis of the whole city. ``figures`` holds counts only, nothing of a single household."""

    __tablename__ = "analysis_run"
    __table_args__ = (UniqueConstraint("revision", "season", "reference_date", name="one_run_a_state"),)

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    revision: Mapped[int]
    season: Mapped[str] = mapped_column(String(8))
    reference_date: Mapped[dt.date]
    figures: Mapped[dict] = mapped_column(JSON)
    created_at: Mapped[dt.datetime]


class HouseholdResult(Base):
    """What one run says of one household: personal data, read only through ``geodata.access``."""

    __tablename__ = "household_result"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("analysis_run.run_id", ondelete="CASCADE"), primary_key=True
    )
    household_id: Mapped[str] = mapped_column(ForeignKey("household.household_id"), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    backed_up: Mapped[bool]
    connected: Mapped[bool]
    gap_class: Mapped[str | None] = mapped_column(String(20))
    gap_classes: Mapped[str | None] = mapped_column(String(160))  # all that fit, ";" between
    detail: Mapped[dict] = mapped_column(JSON)  # watched_by, could_watch, level or districts needed


class WatcherResult(Base):
    """What one run says of one watcher: visits a month delivered and asked for, and more in ``detail``."""

    __tablename__ = "watcher_result"

    run_id: Mapped[int] = mapped_column(
        ForeignKey("analysis_run.run_id", ondelete="CASCADE"), primary_key=True
    )
    watcher_id: Mapped[str] = mapped_column(ForeignKey("watcher.watcher_id"), primary_key=True)
    in_office: Mapped[bool]
    delivered: Mapped[float]
    promised: Mapped[float]
    households: Mapped[int]
    detail: Mapped[dict] = mapped_column(JSON, server_default="{}")
