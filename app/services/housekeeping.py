"""Leaving, erasing, backing up and putting back: use cases of who keeps the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy.orm import Session

from geodata import erasure
from geodata.audit import record_apart, record_event
from geodata.backup import Manifest, SealedFile, write_backup
from geodata.compaction import compact
from geodata.erasure import Erased, Leaving
from geodata.errors import AccessRefusedError
from geodata.restore import Restored, restore_backup
from geodata.session import Store
from geodata.viewer import Viewer


@dataclass(frozen=True)
class Retention:
    """For how many days a household is kept after its last, and whether the city stated it."""

    days: int
    is_stated: bool


@dataclass(frozen=True)
class Erasure:
    """One run of the erasure.

    due : DataFrame by household_id: ``valid_to``, ``is_back``
    retention : Retention it went by
    erased : Erased, or None where it was only looked at
    is_clean : bool, no copy is left in the database's files; None where nothing was erased
    """

    due: pd.DataFrame
    retention: Retention
    erased: Erased | None
    is_clean: bool | None


def leave(store: Store, viewer: Viewer, household_ids: Sequence[str], last_day: dt.date) -> Leaving:
    """End households and their assignments; the edit can be undone until they are erased.

    Raises
    ------
    geodata.errors.GeodataError
        An id is unknown; nothing was written.
    geodata.errors.AccessRefusedError
        The role keeps no data.
    """
    store.check_ready()
    with store.begin(write=True) as session:
        _check(session, viewer)
        return erasure.end_households(session, viewer, household_ids, last_day)


def erase(
    store: Store, viewer: Viewer, day: dt.date, *, days: int | None = None, dry_run: bool = False
) -> Erasure:
    """Erase whoever is due, and write the database anew so that no copy stays in its files.

    Also when nobody is due the files are written anew: a reader may have been in the way the time before.

    Parameters
    ----------
    days : int, optional
        The city's own time, from now on kept in the store; in a dry run only tried.
    dry_run : bool
        Only list who is due.
    """
    store.check_ready()
    with store.begin(write=True) as session:
        _check(session, viewer)
        if days is not None and not dry_run:
            erasure.set_retention(session, viewer, days)
            session.flush()
        retention = Retention(*erasure.retention_days(session)) if days is None else Retention(days, True)
        due = erasure.find_due(session, viewer, day, days=retention.days)
        if dry_run:
            return Erasure(due, retention, None, None)
        erased = erasure.erase_households(session, viewer, set(due.index), day)
    return Erasure(due, retention, erased, compact(store))


def back_up(
    store: Store, viewer: Viewer, sealed: SealedFile, *, secret: bytes | None, day: dt.date
) -> Manifest:
    """Write an encrypted backup of the whole store while it is in use.

    Raises
    ------
    geodata.errors.GeodataError
        The file exists, the passphrase is too short, or PostgreSQL's programs are missing.
    """
    store.check_ready()
    with store.begin(write=True) as session:
        _check(session, viewer)
        record_event(session, viewer, "export", "backup", [])
    return write_backup(store, sealed, secret=secret, day=day)


def restore(store: Store, viewer: Viewer, sealed: SealedFile, *, replace: bool, day: dt.date) -> Restored:
    """Put a backup in the place of a store; who was erased since stays erased.

    Raises
    ------
    geodata.errors.GeodataError
        It does not open, is not of this installation or program, or the place is taken or in use.
    geodata.errors.AccessRefusedError
        The role keeps no data.
    """
    if not erasure.may_keep_house(viewer):
        raise _refusal(viewer)
    return restore_backup(store, viewer, sealed, replace=replace, day=day)


def _check(session: Session, viewer: Viewer) -> None:
    if not erasure.may_keep_house(viewer):
        record_apart(session, viewer, "refuse", "housekeeping")
        raise _refusal(viewer)


def _refusal(viewer: Viewer) -> AccessRefusedError:
    return AccessRefusedError(
        f"Expected the administrator or the machine's operator, got the role {viewer.role}. Ask one of them."
    )
