"""Rounds and dispatches: plans that are proposals, the visits they hold, what came of them, and worries."""

from __future__ import annotations

import datetime as dt

from shapely.geometry import Point
from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geodata.base import Base, Geometry

PLAN_STATUSES = ("open", "accepted", "rejected", "withdrawn")
OUTCOMES = ("done", "absent", "worry")
WORRIES = ("health", "forgetful", "post_piles_up", "money", "family", "house", "other")
SIGNAL_STATUSES = ("open", "received", "closed")
DISPATCH_KINDS = ("snow", "heat", "search", "other")
TASK_STATUSES = ("waiting", "told", "begun", "done", "unserved")


class RoundPlan(Base):
    """The month of one watcher, proposed or accepted; at most one accepted plan a watcher and month.

    ``settings`` holds what it was asked with, ``summary`` its figures: minutes, metres, visits; no household.
    """

    __tablename__ = "round_plan"
    __table_args__ = (CheckConstraint(f"status IN {PLAN_STATUSES}", name="known_plan_status"),)

    plan_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    district: Mapped[str] = mapped_column(String(60), index=True)  # community district
    watcher_id: Mapped[str] = mapped_column(ForeignKey("watcher.watcher_id"), index=True)
    month: Mapped[dt.date]  # its first day
    season: Mapped[str] = mapped_column(String(8))
    revision: Mapped[int]  # of the data it was made from
    settings: Mapped[dict] = mapped_column(JSON)
    summary: Mapped[dict] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(String(10), default="open")
    made_by: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[dt.datetime]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class PlannedVisit(Base):
    """One visit of a plan; without a date, visits that found no place in it and why. Personal."""

    __tablename__ = "planned_visit"

    visit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("round_plan.plan_id"), index=True)
    household_id: Mapped[str] = mapped_column(ForeignKey("household.household_id"), index=True)
    date: Mapped[dt.date | None]
    position: Mapped[int | None]  # from 1 on its day
    begins_min: Mapped[float | None]  # minutes after midnight
    ends_min: Mapped[float | None]
    leg_m: Mapped[float | None]  # the walk to this door, equivalent flat metres
    visits: Mapped[int] = mapped_column(default=1)  # more than 1 only where left out
    reason: Mapped[str | None] = mapped_column(String(24))  # why left out


class VisitResult(Base):
    """What came of one visit: done, nobody there, or a worry of a kind; never free text. Personal."""

    __tablename__ = "visit_result"
    __table_args__ = (
        UniqueConstraint("watcher_id", "household_id", "date", name="one_result_a_visit"),
        CheckConstraint(f"outcome IN {OUTCOMES}", name="known_outcome"),
        CheckConstraint(f"worry IS NULL OR worry IN {WORRIES}", name="known_worry"),
        CheckConstraint("(outcome = 'worry') = (worry IS NOT NULL)", name="a_worry_has_a_kind"),
    )

    result_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    watcher_id: Mapped[str] = mapped_column(ForeignKey("watcher.watcher_id"), index=True)
    household_id: Mapped[str] = mapped_column(ForeignKey("household.household_id"), index=True)
    date: Mapped[dt.date]
    outcome: Mapped[str] = mapped_column(String(8))
    worry: Mapped[str | None] = mapped_column(String(16))
    recorded_by: Mapped[str] = mapped_column(String(60))
    recorded_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)


class Signal(Base):
    """A worry on its way: watcher, district coordinator, consultation centre. Personal.

    ``chain`` is who it passes in order, each ``{"id", "kind"}``; ``step`` is who holds it now, from 0. A
    chain that ends before a consultation centre is kept so, and said.
    """

    __tablename__ = "signal"
    __table_args__ = (
        UniqueConstraint("result_id", name="one_signal_a_result"),
        CheckConstraint(f"status IN {SIGNAL_STATUSES}", name="known_signal_status"),
    )

    signal_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("visit_result.result_id"))
    household_id: Mapped[str] = mapped_column(ForeignKey("household.household_id"), index=True)
    district: Mapped[str | None] = mapped_column(String(60), index=True)
    chain: Mapped[list] = mapped_column(JSON)
    step: Mapped[int] = mapped_column(default=0)
    reaches_centre: Mapped[bool]
    status: Mapped[str] = mapped_column(String(8), default="open")
    raised_at: Mapped[dt.datetime]
    changed_by: Mapped[str] = mapped_column(String(60))
    changed_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)


class Dispatch(Base):
    """One morning's work: who goes out in which team, from when to when; its tasks have their own rows."""

    __tablename__ = "dispatch"
    __table_args__ = (
        CheckConstraint(f"kind IN {DISPATCH_KINDS}", name="known_dispatch_kind"),
        CheckConstraint(f"status IN {PLAN_STATUSES}", name="known_dispatch_status"),
    )

    dispatch_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    district: Mapped[str] = mapped_column(String(60), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    date: Mapped[dt.date]
    season: Mapped[str] = mapped_column(String(8))
    revision: Mapped[int]
    teams: Mapped[list] = mapped_column(
        JSON
    )  # team, members (watcher ids), hours, skills, start place, state
    summary: Mapped[dict] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(String(10), default="open")
    made_by: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[dt.datetime]
    changed_by: Mapped[str] = mapped_column(String(60))
    changed_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)


class DispatchTask(Base):
    """One task of a dispatch, at a household or at a place; who does it, when, or why nobody. Personal."""

    __tablename__ = "dispatch_task"
    __table_args__ = (
        UniqueConstraint("dispatch_id", "task_id", name="one_task_an_id"),
        CheckConstraint(f"status IN {TASK_STATUSES}", name="known_task_status"),
        CheckConstraint("minutes > 0", name="dispatch_task_takes_time"),
        CheckConstraint("people > 0", name="dispatch_task_takes_people"),
        CheckConstraint("priority BETWEEN 1 AND 5", name="priority_known"),
    )

    row_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    dispatch_id: Mapped[int] = mapped_column(ForeignKey("dispatch.dispatch_id"), index=True)
    task_id: Mapped[str] = mapped_column(String(40))
    district: Mapped[str] = mapped_column(String(60), index=True)
    household_id: Mapped[str | None] = mapped_column(ForeignKey("household.household_id"), index=True)
    geometry: Mapped[Point | None] = mapped_column(Geometry("POINT"))  # of a task that is at no household
    kind: Mapped[str] = mapped_column(String(40))
    priority: Mapped[int]  # 1 first
    minutes: Mapped[float]
    people: Mapped[int] = mapped_column(default=1)
    skills: Mapped[str | None] = mapped_column(String(200))
    earliest_min: Mapped[float | None]  # minutes after midnight
    latest_min: Mapped[float | None]
    team: Mapped[str | None] = mapped_column(String(40))
    position: Mapped[int | None]
    begins_min: Mapped[float | None]
    ends_min: Mapped[float | None]
    leg_m: Mapped[float | None]
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str | None] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(default=1)
