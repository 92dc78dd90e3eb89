"""The one dataset a store holds: what city, of which day, real or synthetic."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from geodata.base import Base


class Dataset(Base):
    """One row. ``revision`` rises with every change; caches and results are keyed by it."""

    __tablename__ = "dataset"
    __table_args__ = (CheckConstraint("id = 1", name="one_dataset_a_store"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    name: Mapped[str] = mapped_column(String(80))
    municipality_code: Mapped[str | None] = mapped_column(String(5))
    synthetic: Mapped[bool]
    origin: Mapped[str | None] = mapped_column(String(80))  # of a generated city: how it was generated
    reference_date: Mapped[dt.date]
    metric_epsg: Mapped[int]
    revision: Mapped[int] = mapped_column(default=0)
