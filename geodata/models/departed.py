"""Households that were erased: a mark each, so that neither a backup nor a file brings them back."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from geodata.base import Base


class DepartedHousehold(Base):
    """An erased household: the keyed hash of its id and the day; the id cannot be read from it."""

    __tablename__ = "departed_household"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)  # HMAC-SHA256, hexadecimal
    erased_on: Mapped[dt.date]


class RetentionRule(Base):
    """One row: how many days the city keeps a household after its last day."""

    __tablename__ = "retention_rule"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_retention_rule_a_store"),
        CheckConstraint("household_days >= 0", name="retention_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    household_days: Mapped[int]
