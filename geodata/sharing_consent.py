"""The consent level of a household today, as SQL: its newest record counts, else the imported level.

Level 0 refused or withdrawn, 1 not asked or no answer, 2 public watchers, 3 own neighbourhood, 4 wider
network. An answer that ran out counts as not asked; no answer is no consent, unless a rule names the
article that presumes it.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from geodata.models import ConsentRecord, Household

REFUSED, NOT_ASKED = 0, 1


def effective_level(
    today: dt.date, *, recipient: str | None = None, item: str | None = None
) -> ColumnElement[int]:
    """Return the consent level of each household of a query, for a recipient and an item where given."""
    level = case(
        (is_refusal(), REFUSED),
        (ConsentRecord.answer != "yes", NOT_ASKED),
        (ConsentRecord.valid_to < today, NOT_ASKED),
        (_names_others(ConsentRecord.recipients, recipient), NOT_ASKED),
        (_names_others(ConsentRecord.items, item), NOT_ASKED),
        else_=ConsentRecord.level,
    )
    return func.coalesce(_of_newest(level).scalar_subquery(), Household.consent)


def is_refusal() -> ColumnElement[bool]:
    """Return whether a record refuses or takes back."""
    return or_(
        ConsentRecord.answer == "no", ConsentRecord.withdrawn_on.is_not(None), ConsentRecord.level == REFUSED
    )


def presumed_level(today: dt.date, article: str) -> ColumnElement[int]:
    """Return the level an article presumes where the household was asked under it and did not answer."""
    holds = and_(
        ConsentRecord.answer == "none",
        ConsentRecord.mode == "opt-out",
        ConsentRecord.article == article,
        ConsentRecord.withdrawn_on.is_(None),
        or_(ConsentRecord.valid_to.is_(None), ConsentRecord.valid_to >= today),
    )
    level = case((holds, ConsentRecord.level), else_=REFUSED)
    return func.coalesce(_of_newest(level).scalar_subquery(), REFUSED)


def newest_record() -> Select[tuple[str]]:
    """Return the query of the newest record's id of each household."""
    return _of_newest(ConsentRecord.record_id)


def _of_newest(column: ColumnElement) -> Select:
    order = (ConsentRecord.asked_on.desc(), ConsentRecord.entered_at.desc(), ConsentRecord.record_id.desc())
    of_household = ConsentRecord.household_id == Household.household_id
    return select(column).where(of_household).order_by(*order).limit(1).correlate(Household)


def _names_others(column: ColumnElement, name: str | None) -> ColumnElement[bool]:
    """Return whether a list is kept that lacks the name; without a name only what holds for all counts."""
    if name is None:
        return column.is_not(None)
    padded = ";" + column + ";"
    return and_(column.is_not(None), ~padded.contains(f";{name};", autoescape=True))
