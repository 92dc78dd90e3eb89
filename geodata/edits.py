"""Edits of assignments as they are kept: each row before and after, so that an edit can be taken back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geodata.models import Assignment, Edit
from geodata.viewer import Viewer

_AT_ONCE = 500  # ids in one query: SQLite takes a limited number of values
_DATES = ("valid_from", "valid_to")


def stored_assignments(session: Session, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return the rows of named assignments by id, as plain values JSON can hold."""
    table = Assignment.__table__
    found = {}
    for first in range(0, len(ids), _AT_ONCE):
        query = select(table).where(table.c.assignment_id.in_(ids[first : first + _AT_ONCE]))
        for row in session.execute(query).mappings():
            found[row["assignment_id"]] = {name: _plain(value) for name, value in row.items()}
    return found


def pair_rows(before: dict[str, dict], after: dict[str, dict]) -> list[dict]:
    """Return ``{"before": row or None, "after": row}`` of each assignment that is not as it was."""
    pairs = [{"before": before.get(key), "after": row} for key, row in after.items()]
    return [pair for pair in pairs if pair["before"] != pair["after"]]


def keep_edit(
    session: Session, viewer: Viewer, act: str, districts: set[str | None], revision: int, rows: list[dict]
) -> Edit:
    """Keep one edit; the transaction is the caller's."""
    edit = Edit(
        at=dt.datetime.now(dt.UTC).replace(tzinfo=None),
        who=viewer.who,
        role=viewer.role,
        act=act,
        districts=sorted(district or "" for district in districts),
        revision=revision,
        rows=rows,
    )
    session.add(edit)
    session.flush()
    return edit


def row_values(row: dict[str, Any]) -> dict[str, Any]:
    """Return a kept row as the table takes it: texts of days as days."""
    days = {name: row[name] and dt.date.fromisoformat(row[name]) for name in _DATES}
    return {**row, **days}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
