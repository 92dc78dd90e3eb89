"""The register of everything published: public files as they were given out, and what made them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from geodata.base import Base


class Release(Base):
    """One publication. ``areas`` and ``form`` are for the next audit only and never printed."""

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("reference_date", name="one_release_a_date"),)

    release_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    made_at: Mapped[dt.datetime]
    made_by: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(24))
    purpose: Mapped[str] = mapped_column(String(60))
    reference_date: Mapped[dt.date]
    fiscal_year: Mapped[int]
    season: Mapped[str] = mapped_column(String(8))
    revision: Mapped[int]
    areas: Mapped[dict] = mapped_column(JSON)  # block of the mesh in a district -> joined area
    form: Mapped[dict] = mapped_column(JSON)  # names of small cells and thin areas; no count
    audit: Mapped[dict] = mapped_column(JSON)


class ReleaseFile(Base):
    """One public file of a release, byte for byte."""

    __tablename__ = "release_file"

    release_id: Mapped[int] = mapped_column(ForeignKey("release.release_id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
