"""The door for leaving and erasing: a household ends on a day, and after the city's time is gone everywhere.

Every table that names a household is gone through, those of later versions too: rows of a column
``household_id`` are deleted, and ids inside JSON and texts are taken out. What stays is the trail, which
holds counts and keyed hashes only, and a mark by which the id is known should a backup or a file bring it
back.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import JSON, ColumnElement, String, Table, delete, select, update
from sqlalchemy.orm import Session

from geodata.audit import record_event
from geodata.base import Base
from geodata.edits import keep_edit, pair_rows, stored_rows
from geodata.errors import GeodataError
from geodata.models import (
    AnalysisRun,
    Assignment,
    DepartedHousehold,
    Household,
    HouseholdResult,
    RetentionRule,
    WatcherResult,
)
from geodata.traces import text_without_ids, without_ids
from geodata.viewer import Viewer
from geodata.write import raise_revision, upsert_frame

DEFAULT_DAYS = 365  # until the city states its own
MAX_DAYS = 36_500
_KEEPERS = ("operator", "administrator")
_AT_ONCE = 500  # ids in one statement: SQLite takes a limited number of values
_UNTOUCHED = ("audit", "street_edge", "area", "alembic")  # the trail; places, which name nobody
_FREE_TEXT = 60  # letters from which a text may hold a sentence


@dataclass(frozen=True)
class Leaving:
    """What one leaving did: households ended, those that had ended before, assignments ended."""

    ended: int
    ended_before: int
    assignments: int


@dataclass(frozen=True)
class Erased:
    """What an erasure took out.

    households : int
    rows : rows deleted by table, nothing where none was
    changed : rows by table out of whose texts an id was taken
    """

    households: int
    rows: dict[str, int]
    changed: dict[str, int]


def may_keep_house(viewer: Viewer) -> bool:
    """Say whether a viewer may end and erase households: who runs the machine, and the administrator."""
    return viewer.role in _KEEPERS


def end_households(session: Session, viewer: Viewer, household_ids: Iterable[str], day: dt.date) -> Leaving:
    """End households and their assignments on a day, which is itself the last; the edit can be undone.

    What ended on an earlier day stays so.

    Raises
    ------
    GeodataError
        An id is unknown; nothing was written.
    """
    ids = sorted(set(household_ids))
    households = _rows_of(session, Household.__table__, ids)
    if len(households) < len(ids):
        missing = len(ids) - len(households)
        raise GeodataError(f"Expected known households, got {missing} unknown. Correct the ids.")
    assignments = _rows_of(session, Assignment.__table__, ids)
    pairs, counts = [], {}
    districts = set(households["community_district"])
    for model, table, rows in ((Household, "household", households), (Assignment, "assignment", assignments)):
        goes_on = np.array([end is None or end > day for end in rows["valid_to"]], dtype=bool)
        running = rows[goes_on]
        keys = list(running.iloc[:, 0])
        before = stored_rows(session, table, keys)
        if keys:
            upsert_frame(session, model, running.iloc[:, [0]].assign(valid_to=day))
        pairs += pair_rows(table, before, stored_rows(session, table, keys))
        counts[table] = len(keys)
    if pairs:
        keep_edit(session, viewer, "leave", pairs, districts=districts, revision=raise_revision(session))
    record_event(session, viewer, "edit", "household", ids, filters={"last_day": day.isoformat()})
    return Leaving(counts["household"], len(ids) - counts["household"], counts["assignment"])


def retention_days(session: Session) -> tuple[int, bool]:
    """Return for how many days a household is kept after its last, and whether the city stated it."""
    rule = session.get(RetentionRule, 1)
    return (DEFAULT_DAYS, False) if rule is None else (rule.household_days, True)


def set_retention(session: Session, viewer: Viewer, days: int) -> None:
    """State the city's own time.

    Raises
    ------
    GeodataError
        Fewer than 0 days or more than a hundred years.
    """
    if not 0 <= days <= MAX_DAYS:
        raise GeodataError(f"Expected 0 to {MAX_DAYS} days, got {days}. Give another number.")
    session.merge(RetentionRule(id=1, household_days=days))
    record_event(session, viewer, "rule", "retention", [], filters={"days": days})


def find_due(session: Session, viewer: Viewer, day: dt.date, *, days: int | None = None) -> pd.DataFrame:
    """List who is to be erased: whose last day lies further back than the city's time, or who is back.

    Back is a household whose id was erased before: a backup or another program brought it.

    Parameters
    ----------
    days : int, optional
        Another time than the city's, to try it.

    Returns
    -------
    pandas.DataFrame
        Index household_id: ``valid_to``, ``is_back``.
    """
    days = retention_days(session)[0] if days is None else days
    rows = session.execute(select(Household.household_id, Household.valid_to)).all()
    found = pd.DataFrame.from_records(rows, columns=["household_id", "valid_to"]).set_index("household_id")
    found["is_back"] = found.index.isin(list(find_departed(session, found.index)))
    last = day - dt.timedelta(days=days)
    over = np.array(
        [end is not None and not pd.isna(end) and end < last for end in found["valid_to"]], dtype=bool
    )
    due = found[found["is_back"] | over].sort_index()
    record_event(session, viewer, "look", "household", due.index, filters={"due": day.isoformat()})
    return due


def find_departed(session: Session, household_ids: Iterable[str]) -> set[str]:
    """Return which of the ids belong to households erased before."""
    marks = set(session.scalars(select(DepartedHousehold.mark)))
    if not marks:
        return set()
    return {one for one in household_ids if _mark(session, one) in marks}


def erase_households(session: Session, viewer: Viewer, household_ids: Set[str], day: dt.date) -> Erased:
    """Take households out of every table but the trail; kept results go too, for they tell of neighbours.

    The transaction is the caller's; that no copy stays in the database's files is
    :func:`geodata.compaction.compact`'s part.
    """
    ids = sorted(household_ids)
    if not ids:
        return Erased(0, {}, {})
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA secure_delete=ON")
    tables = [table for table in reversed(Base.metadata.sorted_tables) if not _is_untouched(table)]
    rows = {model.__tablename__: _delete_all(session, model) for model in _RESULTS}
    for table in tables:
        if "household_id" in table.c:
            rows[table.name] = rows.get(table.name, 0) + _delete_of(session, table, ids)
    changed = {table.name: _clean(session, table, frozenset(ids)) for table in tables}
    _keep_marks(session, ids, day)
    raise_revision(session)
    record_event(session, viewer, "erase", "household", ids)
    return Erased(len(ids), _filled(rows), _filled(changed))


def _rows_of(session: Session, table: Table, ids: list[str]) -> pd.DataFrame:
    """Return key, district where there is one, and last day of the rows of named households."""
    columns = [*table.primary_key.columns, table.c.valid_to]
    columns += [table.c.community_district] if "community_district" in table.c else []
    query = select(*columns).order_by(*table.primary_key.columns)
    rows = [
        row for part in _portions(ids) for row in session.execute(query.where(table.c.household_id.in_(part)))
    ]
    return pd.DataFrame.from_records(rows, columns=[column.key for column in columns]).astype(object)


_RESULTS = (HouseholdResult, WatcherResult, AnalysisRun)


def _delete_all(session: Session, model: type[Base]) -> int:
    return session.execute(delete(model)).rowcount


def _delete_of(session: Session, table: Table, ids: list[str]) -> int:
    named = (delete(table).where(table.c.household_id.in_(part)) for part in _portions(ids))
    return sum(session.execute(statement).rowcount for statement in named)


def _clean(session: Session, table: Table, ids: frozenset[str]) -> int:
    """Take ids out of the JSON and free texts of a table and return how many rows changed."""
    key = list(table.primary_key.columns)
    texts = [column for column in table.c if _may_tell(column)]
    if not texts:
        return 0
    changed = 0
    for row in session.execute(select(*key, *texts)).mappings().all():
        cleaned = {column.key: _cleaned(row[column.key], ids) for column in texts}
        if any(cleaned[name] != row[name] for name in cleaned):
            here: list[ColumnElement[bool]] = [column == row[column.key] for column in key]
            session.execute(update(table).where(*here).values(cleaned))
            changed += 1
    return changed


def _cleaned(value: Any, ids: frozenset[str]) -> Any:
    return text_without_ids(value, ids) if isinstance(value, str) else without_ids(value, ids)


def _may_tell(column: Any) -> bool:
    if column.primary_key or column.foreign_keys:
        return False
    is_text = isinstance(column.type, String) and (column.type.length or _FREE_TEXT) >= _FREE_TEXT
    return is_text or isinstance(column.type, JSON)


def _keep_marks(session: Session, ids: list[str], day: dt.date) -> None:
    for one in ids:
        session.merge(DepartedHousehold(mark=_mark(session, one), erased_on=day))


def _mark(session: Session, household_id: str) -> str:
    key = session.info["key"]("departed")
    return hmac.new(key, household_id.encode(), hashlib.sha256).hexdigest()


def _is_untouched(table: Table) -> bool:
    return table.name.startswith(_UNTOUCHED) or table.name == DepartedHousehold.__tablename__


def _portions(ids: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(ids), _AT_ONCE):
        yield ids[first : first + _AT_ONCE]


def _filled(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}
