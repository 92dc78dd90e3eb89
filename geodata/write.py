"""Writing rows: what is new is added, what changed rises by a version, what is the same stays untouched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from geodata.base import Base, encode
from geodata.errors import GeodataError
from geodata.models import Dataset, Household, StreetEdge


@dataclass(frozen=True)
class UpsertCounts:
    """Rows added, changed and left as they were."""

    written: int
    updated: int
    unchanged: int

    @property
    def changed(self) -> bool:
        """Whether the store differs from before."""
        return bool(self.written or self.updated)


def upsert_frame(
    session: Session, model: type[Base], frame: pd.DataFrame, *, update_only: bool = False
) -> UpsertCounts:
    """Write ``frame`` into the table of ``model`` by its key; the same frame twice changes nothing.

    Columns of the table that the frame lacks keep their value, or take the default in a new row.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a key, columns named as the model's, the key among them.
    update_only : bool
        Refuse keys the table does not hold (for files that complete existing rows).

    Raises
    ------
    GeodataError
        A key is repeated, or unknown with ``update_only``.
    """
    key = key_column(model)
    rows = _plain(frame.set_index(key), model.__table__)
    if rows.index.has_duplicates:
        raise GeodataError(f"Expected each {key} once, got repeats. Remove or merge them.")
    stored = _stored_rows(session, model.__table__, key, list(rows.columns))
    is_known = rows.index.isin(stored.index)
    if update_only and not is_known.all():
        raise GeodataError(f"Expected known {key}s, got {int((~is_known).sum())} unknown. Import them first.")
    known = rows[is_known]
    differs = _differs(known, stored.loc[known.index])
    _insert_rows(session, model.__table__, key, rows[~is_known])
    _update_rows(session, model.__table__, key, known[differs])
    return UpsertCounts(int((~is_known).sum()), int(differs.sum()), int((~differs).sum()))


def write_places(session: Session, places: pd.DataFrame) -> UpsertCounts:
    """Write the areas that hold each household's point; every household must be known."""
    return upsert_frame(session, Household, places, update_only=True)


def key_column(model: type[Base]) -> str:
    """Return the column by which files name a row: the primary key, or a street's edge id."""
    return "edge_id" if model is StreetEdge else model.__table__.primary_key.columns.keys()[0]


def raise_revision(session: Session) -> int:
    """Raise the dataset's revision by one and return it: results and caches of before no longer count."""
    dataset = session.get_one(Dataset, 1)
    dataset.revision += 1
    session.flush()
    return dataset.revision


def _plain(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return the frame as plain Python objects, every kind of missing as None, in the table's columns."""
    columns = [column for column in frame.columns if column in table.c and column != "version"]
    plain = pd.DataFrame(frame[columns]).astype(object)
    return plain.where(plain.notna(), None)


def _stored_rows(session: Session, table: Table, key: str, columns: list[str]) -> pd.DataFrame:
    rows = session.execute(select(table.c[key], *(table.c[column] for column in columns))).all()
    return pd.DataFrame.from_records(rows, columns=[key, *columns]).set_index(key).astype(object)


def _differs(new: pd.DataFrame, stored: pd.DataFrame) -> np.ndarray:
    different = np.zeros(len(new), dtype=bool)
    for column in new.columns:
        different |= _column_differs(new[column].to_numpy(), stored[column].to_numpy())
    return different


def _column_differs(new: np.ndarray, stored: np.ndarray) -> np.ndarray:
    if _holds_geometry(new) or _holds_geometry(stored):
        return np.array(shapely.to_wkb(new) != shapely.to_wkb(stored), dtype=bool)
    both_missing = pd.isna(new) & pd.isna(stored)
    return ~both_missing & np.array(new != stored, dtype=bool)


def _insert_rows(session: Session, table: Table, key: str, rows: pd.DataFrame) -> None:
    if len(rows):
        session.execute(insert(table), _records(session, rows, key))


def _update_rows(session: Session, table: Table, key: str, rows: pd.DataFrame) -> None:
    if not len(rows):
        return
    values: dict[str, Any] = {
        column: bindparam(f"new_{column}", type_=table.c[column].type) for column in rows
    }
    statement = (
        update(table)
        .where(table.c[key] == bindparam("the_key"))
        .values({**values, "version": table.c.version + 1})
    )
    renamed = rows.rename(columns=lambda column: f"new_{column}")
    session.connection().execute(statement, _records(session, renamed, "the_key"))


def _records(session: Session, rows: pd.DataFrame, key: str) -> list[dict[str, Any]]:
    """Return rows as plain dictionaries, geometries encoded all at once."""
    dialect = session.get_bind().dialect.name
    arrays = [rows.index.to_numpy(dtype=object)]
    for column in rows.columns:
        values = rows[column].to_numpy(dtype=object)
        arrays.append(encode(values, dialect) if _holds_geometry(values) else values)
    names = [key, *rows.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*arrays, strict=True)]


def _holds_geometry(values: np.ndarray) -> bool:
    known = values[values != np.array(None)]
    return len(known) > 0 and isinstance(known[0], shapely.Geometry)
