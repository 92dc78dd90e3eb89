"""The trail: who looked at or changed what; and what was imported."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from geodata.base import Base


class AuditEvent(Base):
    """One look or change. No coordinates, no ids in the clear: a count and the hash of the sorted ids."""

    __tablename__ = "audit_event"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[dt.datetime]
    who: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(24))
    purpose: Mapped[str] = mapped_column(String(60))
    act: Mapped[str] = mapped_column(String(16))
    object_kind: Mapped[str] = mapped_column(String(24))
    object_count: Mapped[int]
    object_hash: Mapped[str | None] = mapped_column(String(64))
    filters: Mapped[dict] = mapped_column(JSON)
    result: Mapped[str] = mapped_column(String(16))


class ImportLog(Base):
    """What an import read, wrote and repaired; for personal layers without the values of bad cells."""

    __tablename__ = "import_log"

    import_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[dt.datetime]
    layer: Mapped[str] = mapped_column(String(24))
    revision: Mapped[int]
    report: Mapped[dict] = mapped_column(JSON)
