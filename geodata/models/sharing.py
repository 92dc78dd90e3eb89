"""Who may be told what: consent records, sharing rules, leaves by two people, declared disasters."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from geodata.base import Base
from geodata.models.watching import ACTIVE_KINDS

ANSWERS = ("yes", "no", "none")
MODES = ("opt-in", "opt-out")
RECIPIENTS = ("coordinator", *ACTIVE_KINDS)  # delivery firms and shops are told nothing, by any rule
ITEMS = ("visit", "household", "type", "needs", "assignment")
RULE_AREAS = ("own_district", "own_assigned", "city")
PHASES = ("ordinary", "disaster")
BASES = ("consent", "69-2-2", "69-2-3", "ordinance", "49-11-3")
MEDIA = ("screen", "paper", "file")
RULE_STATUSES = ("proposed", "in_force", "ended", "rejected")
LEAVE_KINDS = ("rule", "export", "disaster", "look")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class ConsentRecord(Base):
    """One answer of a household to being asked; never changed, the newest one counts. Personal."""

    __tablename__ = "consent_record"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 4", name="consent_record_level_known"),
        CheckConstraint(f"answer IN {ANSWERS}", name="known_answer"),
        CheckConstraint(f"mode IN {MODES}", name="known_consent_mode"),
    )

    record_id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: uuid.uuid4().hex)
    household_id: Mapped[str] = mapped_column(ForeignKey("household.household_id"), index=True)
    level: Mapped[int]
    asked_on: Mapped[dt.date]
    answer: Mapped[str] = mapped_column(String(4))
    mode: Mapped[str] = mapped_column(String(8), default="opt-in")
    article: Mapped[str | None] = mapped_column(String(60))  # of the ordinance, where consent is presumed
    items: Mapped[str | None] = mapped_column(String(80))  # "household;needs"; none: all
    recipients: Mapped[str | None] = mapped_column(String(160))  # kinds, ";" between; none: all
    form: Mapped[str | None] = mapped_column(String(60))  # where the paper is kept; never its text
    valid_to: Mapped[dt.date | None]
    withdrawn_on: Mapped[dt.date | None]
    entered_by: Mapped[str] = mapped_column(String(60), default="import")
    entered_at: Mapped[dt.datetime] = mapped_column(default=_now)
    version: Mapped[int] = mapped_column(default=1)


class SharingRule(Base):
    """One row of the city's table: to whom what may be told, on which ground, from when to when."""

    __tablename__ = "sharing_rule"
    __table_args__ = (
        CheckConstraint(f"recipient IN {RECIPIENTS}", name="known_recipient"),
        CheckConstraint(f"item IN {ITEMS}", name="known_item"),
        CheckConstraint(f"area IN {RULE_AREAS}", name="known_rule_area"),
        CheckConstraint(f"phase IN {PHASES}", name="known_phase"),
        CheckConstraint(f"basis IN {BASES}", name="known_basis"),
        CheckConstraint("least_level BETWEEN 0 AND 4", name="least_level_known"),
        CheckConstraint(f"status IN {RULE_STATUSES}", name="known_rule_status"),
    )

    rule_key: Mapped[str] = mapped_column(String(80), primary_key=True)  # rule_id:hash of what it says
    rule_id: Mapped[str] = mapped_column(String(40), index=True)
    recipient: Mapped[str] = mapped_column(String(24))
    item: Mapped[str] = mapped_column(String(16))
    area: Mapped[str] = mapped_column(String(16))
    purpose: Mapped[str] = mapped_column(String(60))  # "any", or the one purpose it holds for
    phase: Mapped[str] = mapped_column(String(8))
    basis: Mapped[str] = mapped_column(String(10))
    article: Mapped[str | None] = mapped_column(String(60))
    least_level: Mapped[int]
    media: Mapped[str] = mapped_column(String(24))  # "screen;paper;file"
    copies: Mapped[int | None]
    agreement: Mapped[str | None] = mapped_column(String(60))
    manager: Mapped[str | None] = mapped_column(String(60))
    readers: Mapped[str | None] = mapped_column(String(200))
    trained_on: Mapped[dt.date | None]
    return_by: Mapped[dt.date | None]
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    status: Mapped[str] = mapped_column(String(10), default="proposed")
    proposed_by: Mapped[str] = mapped_column(String(60))
    proposed_at: Mapped[dt.datetime] = mapped_column(default=_now)
    approved_by: Mapped[str | None] = mapped_column(String(60))
    approved_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Approval(Base):
    """Something one person asks for and another one allows, for a time."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint(f"kind IN {LEAVE_KINDS}", name="known_leave"),
        CheckConstraint("approved_by IS NULL OR approved_by <> asked_by", name="two_people"),
    )

    approval_id: Mapped[str] = mapped_column(String(40), primary_key=True, default=lambda: uuid.uuid4().hex)
    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[dict] = mapped_column(JSON)  # what it allows: a rule's key, a district; no household
    payload_hash: Mapped[str] = mapped_column(String(64), index=True)
    asked_by: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[dt.datetime] = mapped_column(default=_now)
    reason: Mapped[str] = mapped_column(String(200))
    approved_by: Mapped[str | None] = mapped_column(String(60))
    approved_at: Mapped[dt.datetime | None]
    rejected_by: Mapped[str | None] = mapped_column(String(60))
    until: Mapped[dt.datetime | None]  # the leave runs out
    used_at: Mapped[dt.datetime | None]  # first


class Emergency(Base):
    """A declared disaster: while it lasts the rules of its phase hold too, and every look is flagged."""

    __tablename__ = "emergency"

    emergency_id: Mapped[str] = mapped_column(String(40), primary_key=True)  # the approval's
    reason: Mapped[str] = mapped_column(String(200))
    begins: Mapped[dt.datetime]  # UTC, as all times here
    ends: Mapped[dt.datetime]
    declared_by: Mapped[str] = mapped_column(String(60))
    approved_by: Mapped[str] = mapped_column(String(60))
    ended_by: Mapped[str | None] = mapped_column(String(60))
