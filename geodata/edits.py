"""Edits as they are kept: each row before and after, so that an edit can be taken back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geodata.base import Base, Geometry
from geodata.models import Agreement, Assignment, Edit, Household, Watcher
from geodata.viewer import Viewer
from geodata.write import key_column

TABLES: dict[str, type[Base]] = {
    "assignment": Assignment,
    "agreement": Agreement,
    "watcher": Watcher,
    "household": Household,
}
_AT_ONCE = 500  # ids in one query: SQLite takes a limited number of values
_DATES = ("valid_from", "valid_to", "term_end")


def stored_rows(session: Session, table: str, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return rows of one of TABLES by id, as plain values JSON can hold; geometries are left out."""
    columns = [column for column in TABLES[table].__table__.c if not isinstance(column.type, Geometry)]
    key = TABLES[table].__table__.c[key_column(TABLES[table])]
    found = {}
    for first in range(0, len(ids), _AT_ONCE):
        query = select(*columns).where(key.in_(ids[first : first + _AT_ONCE]))
        for row in session.execute(query).mappings():
            found[row[key.name]] = {name: _plain(value) for name, value in row.items()}
    return found


def pair_rows(table: str, before: dict[str, dict], after: dict[str, dict]) -> list[dict]:
    """Return table, row before (None: it was not there) and row after of each row that is not as it was."""
    pairs = [{"table": table, "before": before.get(key), "after": row} for key, row in after.items()]
    return [pair for pair in pairs if pair["before"] != pair["after"]]


def keep_edit(
    session: Session,
    viewer: Viewer,
    act: str,
    rows: list[dict],
    *,
    districts: set[str | None],
    revision: int,
    batch: str | None = None,
) -> Edit:
    """Keep one edit; the transaction is the caller's.

    Parameters
    ----------
    rows : list of dict, as :func:`pair_rows` gives them
    districts : set of str, whom it concerns; None stands for the whole city
    revision : int, of the data after it
    batch : str, optional; the batch of proposals it followed
    """
    edit = Edit(
        at=dt.datetime.now(dt.UTC).replace(tzinfo=None),
        who=viewer.who,
        role=viewer.role,
        act=act,
        districts=sorted(district or "" for district in districts),
        batch=batch,
        revision=revision,
        rows=rows,
    )
    session.add(edit)
    session.flush()
    return edit


def row_as_before(pair: dict[str, Any]) -> dict[str, Any]:
    """Return the row as it was; one that was not there ends, before it could begin where it has a day."""
    row = pair["before"] or pair["after"]
    row = {name: _as_day(value) if name in _DATES else value for name, value in row.items()}
    if pair["before"] is None:
        first = row["valid_from"] or dt.date.min + dt.timedelta(days=1)
        row |= {"valid_from": first, "valid_to": first - dt.timedelta(days=1)}
        row |= {"status": "ended"} if "status" in row else {}
    return {name: value for name, value in row.items() if name != "version"}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _as_day(value: str | None) -> dt.date | None:
    return None if value is None else dt.date.fromisoformat(value)
