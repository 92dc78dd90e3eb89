"""Putting a backup back: proven whole, checked beside what is there, erased again, then put in place."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select
from sqlalchemy.exc import DBAPIError

from geodata import migrations
from geodata.audit import record_event
from geodata.backup import (
    BackupRefusedError,
    Manifest,
    SealedFile,
    count_tables,
    read_backup,
    server_program,
    table_version,
    unsealed,
)
from geodata.compaction import compact
from geodata.erasure import erase_households, find_due
from geodata.errors import StoreNotReadyError
from geodata.models import DepartedHousehold
from geodata.secret import derive_key
from geodata.session import Store
from geodata.viewer import Viewer


@dataclass(frozen=True)
class Restored:
    """What was put back.

    made_on : datetime.date, of the backup
    rows : dict of str to int, by table, as proven after putting them back
    erased_again : int, households that were gone, or due, and were in the backup
    marks_there : bool, whether the database replaced said who had been erased since
    secret_file : Path or None, where the installation's secret was written anew
    """

    made_on: dt.date
    rows: dict[str, int]
    erased_again: int
    marks_there: bool
    secret_file: Path | None


def restore_backup(
    store: Store, viewer: Viewer, sealed: SealedFile, *, replace: bool, day: dt.date
) -> Restored:
    """Put a backup in the place of a store.

    Whoever was erased since the backup, or is due by the city's time, is erased again before the place is
    taken. Killed at any moment, a SQLite store is as before or as after.

    Parameters
    ----------
    replace : bool
        Whether a store that is there may be replaced; only on SQLite.
    day : datetime.date
        Today, for the city's time.

    Raises
    ------
    SealError
        Another passphrase, or a file that was changed or cut.
    BackupRefusedError
        It is of another kind of database, a newer program or another installation, or the place is taken or
        in use; nothing was written.
    """
    manifest = read_backup(sealed)
    _check_kind(store, manifest)
    if store.engine.dialect.name == "sqlite":
        return _restore_file(store, viewer, (sealed, manifest), replace=replace, day=day)
    return _restore_server(store, viewer, (sealed, manifest), day=day)


def _check_kind(store: Store, manifest: Manifest) -> None:
    if manifest.database != store.engine.dialect.name:
        raise BackupRefusedError(
            f"Expected a backup of {store.engine.dialect.name}, got one of {manifest.database}. "
            "Restore it to a database of its kind."
        )
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent)).walk_revisions()
    if manifest.version not in [script.revision for script in scripts]:
        raise BackupRefusedError(
            f"Expected a backup of this version or an older one, got version {manifest.version}. "
            "It was made by a newer program; use that one."
        )


def _restore_file(
    store: Store, viewer: Viewer, backup: tuple[SealedFile, Manifest], *, replace: bool, day: dt.date
) -> Restored:
    manifest, place = backup[1], Path(store.engine.url.database)
    if place.exists() and not replace:
        raise BackupRefusedError(
            f"Expected no database at {place.name}, got one. Say --replace to put the backup in its place."
        )
    secret_file = Path(f"{place}.secret")
    has_secret = _has_secret(store, secret_file, manifest)
    beside = place.with_name(f"{place.name}.restoring")
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write_body(beside, *backup)
        other = Store(f"sqlite:///{beside}", manifest.secret)
        _check_rows(other, manifest)
        marks = _marks_of(place)
        erased = _bring_up_to_date(other, viewer, marks or {}, day)
        store.close()
        with _nobody_there(place):
            if not has_secret:
                _write_secret(secret_file, manifest.secret)
            os.replace(beside, place)
            _sync_folder(place.parent)
    finally:
        for rest in ("", "-wal", "-shm", "-journal"):
            Path(f"{beside}{rest}").unlink(missing_ok=True)
    kept = None if has_secret else secret_file
    return Restored(manifest.made_on, manifest.rows, erased, marks is not None, kept)


def _restore_server(
    store: Store, viewer: Viewer, backup: tuple[SealedFile, Manifest], *, day: dt.date
) -> Restored:
    sealed, manifest = backup
    with store.engine.connect() as connection:
        if inspect(connection).has_table("alembic_version"):
            raise BackupRefusedError(
                "Expected an empty database on the server, got one with tables. "
                "Make a new one, restore to it, and point the program there."
            )
    secret_file = sealed.path.with_name(f"{sealed.path.name}.secret")
    has_secret = _has_secret(store, secret_file, manifest)
    options = ("--single-transaction", "--no-owner")
    program = server_program("pg_restore", store.engine.url, *options)
    with (
        unsealed(sealed) as (_, body),
        subprocess.Popen(**program, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as restore,
    ):
        _feed(restore, body)
    if restore.returncode:
        raise BackupRefusedError(
            "Expected pg_restore to take the backup, got an error and wrote nothing. "
            "Use a role that may create tables and PostGIS."
        )
    if not has_secret and not secret_file.exists():
        _write_secret(secret_file, manifest.secret)
    other = Store(store.url, manifest.secret)
    _check_rows(other, manifest)
    erased = _bring_up_to_date(other, viewer, {}, day)
    other.close()
    return Restored(manifest.made_on, manifest.rows, erased, False, None if has_secret else secret_file)


def _feed(restore: subprocess.Popen, body: Iterator[bytes]) -> None:
    """Give a program its input; when that fails it is stopped before it can take the half for the whole."""
    try:
        for piece in body:
            restore.stdin.write(piece)
        restore.stdin.close()
    except BrokenPipeError:
        return  # it ended by itself: its code tells
    except BaseException:
        restore.kill()
        raise


def _has_secret(store: Store, file: Path, manifest: Manifest) -> bool:
    """Say whether the installation has its secret; refuse when it is another one."""
    try:
        key = store.key("backup")
    except StoreNotReadyError:
        if file.exists():
            raise
        return False
    if key != derive_key(manifest.secret, "backup"):
        raise BackupRefusedError(
            "Expected a backup of this installation, got one with another secret. Restore it to a new place."
        )
    return True


def _write_body(beside: Path, sealed: SealedFile, _manifest: Manifest) -> None:
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out, unsealed(sealed) as (_, body):
        for piece in body:
            out.write(piece)


def _check_rows(store: Store, manifest: Manifest) -> None:
    """Raise unless the database is whole and holds what the backup says."""
    with store.engine.connect() as connection:
        same = count_tables(connection) == manifest.rows and table_version(connection) == manifest.version
        whole = store.engine.dialect.name != "sqlite" or (
            connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            and not connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        )
    if not (same and whole):
        raise BackupRefusedError(
            "Expected the rows the backup says it has, got others. Do not use it; take an older one."
        )


def _bring_up_to_date(store: Store, viewer: Viewer, marks: dict[str, dt.date], day: dt.date) -> int:
    """Bring the tables to this version, erase who is gone or due, and leave one file without a log."""
    store.migrate()
    with store.begin(write=True) as session:
        for mark, erased_on in marks.items():
            session.merge(DepartedHousehold(mark=mark, erased_on=erased_on))
        session.flush()
        due = set(find_due(session, viewer, day).index)
        erase_households(session, viewer, due, day)
        record_event(session, viewer, "restore", "backup", [], filters={"erased_again": len(due)})
    if store.engine.dialect.name == "sqlite":
        compact(store)
        store.close()
        with closing(sqlite3.connect(store.engine.url.database)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        _sync(Path(store.engine.url.database))
    elif due:
        compact(store)
    return len(due)


def _marks_of(place: Path) -> dict[str, dt.date] | None:
    """Return the marks of who was erased from the database there; None when there is none or it is broken."""
    if not place.exists():
        return None
    there = Store(f"sqlite:///{place}")
    try:
        with there.engine.connect() as connection:
            if not inspect(connection).has_table(DepartedHousehold.__tablename__):
                return None
            rows = connection.execute(select(DepartedHousehold.mark, DepartedHousehold.erased_on)).all()
            return dict(map(tuple, rows))
    except DBAPIError:
        return None
    finally:
        there.close()


@contextmanager
def _nobody_there(place: Path) -> Iterator[None]:
    """Hold the database there for ourselves, its log written back, so that no old log meets the new file."""
    if not place.exists():
        yield
        return
    with closing(sqlite3.connect(place, isolation_level=None, timeout=5)) as there:
        try:
            mode = there.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
            there.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            mode = "in use"
        except sqlite3.DatabaseError:  # broken: its log is of no use to anybody
            mode = "delete"
            for log in ("-wal", "-shm"):
                Path(f"{place}{log}").unlink(missing_ok=True)
        if mode != "delete":
            raise BackupRefusedError(
                f"Expected nobody to use {place.name}, got somebody. "
                "Stop the dashboard and other commands first."
            )
        yield


def _write_secret(file: Path, secret: bytes) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secret.hex() + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # Windows has no such call; a renaming is in its journal
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
