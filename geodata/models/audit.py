"""The trail: who looked at or changed what, as a chain; its seals and its rule; and what was imported."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from geodata.base import Base

USUAL_BULK_IDS = 200


class AuditEvent(Base):
    """One look or change. No coordinates, no ids in the clear: a count and the keyed hash of the sorted ids.

    ``hash`` is keyed by the installation's secret over all other columns, ``previous_hash`` among them.
    Events of before the chain have neither; they are sealed as a whole.
    """

    __tablename__ = "audit_event"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime]
    who: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(24))
    purpose: Mapped[str] = mapped_column(String(60))
    act: Mapped[str] = mapped_column(String(16))
    object_kind: Mapped[str] = mapped_column(String(24))
    object_count: Mapped[int]
    object_hash: Mapped[str | None] = mapped_column(String(64))
    filters: Mapped[dict] = mapped_column(JSON)
    basis: Mapped[str | None] = mapped_column(String(80))
    result: Mapped[str] = mapped_column(String(16))
    revision_before: Mapped[int | None]
    revision_after: Mapped[int | None]
    flags: Mapped[str] = mapped_column(String(60), server_default="")  # names with commas between
    previous_hash: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        Index("ix_audit_event_at", "at"),
        Index("ix_audit_event_who_at", "who", "at"),
        Index("ix_audit_event_object_hash", "object_hash"),
        Index("ix_audit_event_flags", "flags"),
    )


class AuditSeal(Base):
    """A run of events that stands as one count and digest: those of before the chain, and those pruned.

    ``last_hash`` is what the next event names as its previous one. Only what a seal of the kind ``pruned``
    covers can be deleted from the trail; a seal itself can be neither changed nor deleted.
    """

    __tablename__ = "audit_seal"

    last_seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    first_seq: Mapped[int]
    events: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    last_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[dt.datetime]
    who: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(200))
    hash: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (CheckConstraint("kind IN ('before', 'pruned')", name="known_seal"),)


class AuditRule(Base):
    """What the city settled: how long events are kept at least, and what counts as many households."""

    __tablename__ = "audit_rule"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    keep_days: Mapped[int | None]
    bulk_ids: Mapped[int]

    __table_args__ = (
        CheckConstraint("id = 1", name="one_rule_a_store"),
        CheckConstraint("keep_days >= 1", name="kept_a_day_at_least"),
        CheckConstraint("bulk_ids >= 1", name="bulk_is_one_at_least"),
    )


class ImportLog(Base):
    """What an import read, wrote and repaired; for personal layers without the values of bad cells."""

    __tablename__ = "import_log"

    import_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[dt.datetime]
    layer: Mapped[str] = mapped_column(String(24))
    revision: Mapped[int]
    report: Mapped[dict] = mapped_column(JSON)
