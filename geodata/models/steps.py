"""Next steps: proposals, edits that can be undone, scenarios, costs of remedies, daily tasks."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geodata.base import Base

PROPOSAL_KINDS = ("assign", "backup", "handover", "consent", "recruit", "partner", "agreement")
PROPOSAL_STATUSES = ("open", "accepted", "changed", "rejected", "withdrawn")
REPEATS = ("once", "weekly", "monthly")


class Proposal(Base):
    """One step somebody may accept, change or reject; personal where it names a household.

    ``item`` joins the rows of a batch that are decided together (all moves of one household).
    """

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint(f"kind IN {PROPOSAL_KINDS}", name="known_proposal_kind"),
        CheckConstraint(f"status IN {PROPOSAL_STATUSES}", name="known_proposal_status"),
    )

    proposal_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    batch: Mapped[str] = mapped_column(String(40), index=True)
    item: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    district: Mapped[str | None] = mapped_column(String(60), index=True)  # where it is decided
    household_id: Mapped[str | None] = mapped_column(ForeignKey("household.household_id"), index=True)
    watcher_id: Mapped[str | None] = mapped_column(ForeignKey("watcher.watcher_id"))
    action: Mapped[str | None] = mapped_column(String(8))  # add, change, remove
    role: Mapped[str | None] = mapped_column(String(8))
    visits_per_month: Mapped[float | None]  # of this pair afterwards
    detail: Mapped[dict] = mapped_column(JSON)  # reason, walk, gain, label …
    status: Mapped[str] = mapped_column(String(10), default="open")
    note: Mapped[str | None] = mapped_column(String(200))
    revision: Mapped[int]  # of the data it was made from
    made_by: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[dt.datetime]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Edit(Base):
    """One change of assignments, agreements or watchers, with the rows before and after: it can be undone."""

    __tablename__ = "edit"

    edit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[dt.datetime]
    who: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(24))
    act: Mapped[str] = mapped_column(String(16))  # assign, accept, handover, lock, agree, sign, post, undo
    districts: Mapped[list] = mapped_column(JSON)
    batch: Mapped[str | None] = mapped_column(String(40))  # of the proposals it followed
    revision: Mapped[int]  # of the data after it
    rows: Mapped[list] = mapped_column(JSON)  # [{"table": name, "before": row or null, "after": row}]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("edit.edit_id"))


class Scenario(Base):
    """A named set of changes to try; it never changes the data."""

    __tablename__ = "scenario"
    __table_args__ = (UniqueConstraint("name", name="one_scenario_a_name"),)

    scenario_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(60))
    changes: Mapped[list] = mapped_column(JSON)
    note: Mapped[str | None] = mapped_column(String(200))
    made_by: Mapped[str] = mapped_column(String(60))
    changed_at: Mapped[dt.datetime]
    is_ended: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class RemedyCost(Base):
    """What one action of a remedy costs a year where the city states its own figure."""

    __tablename__ = "remedy_cost"
    __table_args__ = (CheckConstraint("yen_per_year >= 0", name="cost_not_negative"),)

    remedy: Mapped[str] = mapped_column(String(40), primary_key=True)
    yen_per_year: Mapped[float]
    note: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class SupportTask(Base):
    """A daily task of a household: snow, rubbish, bulbs, shopping …; personal."""

    __tablename__ = "support_task"
    __table_args__ = (
        CheckConstraint(f"repeat IN {REPEATS}", name="known_repeat"),
        CheckConstraint("minutes > 0", name="task_takes_time"),
        CheckConstraint("people > 0", name="task_takes_people"),
        CheckConstraint("weight >= 0", name="task_weight_not_negative"),
    )

    task_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    household_id: Mapped[str] = mapped_column(ForeignKey("household.household_id"), index=True)
    skill: Mapped[str] = mapped_column(String(40))
    minutes: Mapped[int]
    earliest: Mapped[str | None] = mapped_column(String(5))  # time of day, "08:30"
    latest: Mapped[str | None] = mapped_column(String(5))
    repeat: Mapped[str] = mapped_column(String(8), default="once")
    weekdays: Mapped[str | None] = mapped_column(String(40))  # "mon;thu"
    every: Mapped[int] = mapped_column(default=1)  # each so many weeks or months
    people: Mapped[int] = mapped_column(default=1)
    weight: Mapped[float] = mapped_column(default=1.0)
    valid_from: Mapped[dt.date]  # the day of a task done once, the first day of a repeated one
    valid_to: Mapped[dt.date | None]
    version: Mapped[int] = mapped_column(default=1)
