"""Backups: the whole database and the installation's secret, encrypted, in one file.

A backup is of one moment although the store is in use: on SQLite what one reading transaction sees, on
PostgreSQL what ``pg_dump`` reads in one snapshot. It opens with its passphrase alone.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from geodata.base import Base
from geodata.errors import GeodataError
from geodata.sealing import PIECE, seal, unseal
from geodata.secret import read_secret_file
from geodata.session import Store

_LENGTH = 4  # bytes before the manifest
_NOT_ALL = (
    "Expected a role that reads every row of all tables, got one that may not. "
    "Use the one that owns them, with BYPASSRLS."
)


class BackupRefusedError(GeodataError):
    """A backup that cannot be made here or put back here; nothing was written."""


@dataclass(frozen=True)
class SealedFile:
    """A backup's file and what opens it."""

    path: Path
    passphrase: str = field(repr=False)


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    database : str, sqlite or postgresql
    version : str, of the tables
    made_on : datetime.date
    secret : bytes, the installation's
    rows : dict of str to int, by table
    """

    database: str
    version: str
    made_on: dt.date
    secret: bytes = field(repr=False)
    rows: dict[str, int]

    def encoded(self) -> bytes:
        """Return it with its length before it."""
        values = {**vars(self), "made_on": self.made_on.isoformat(), "secret": self.secret.hex()}
        plain = json.dumps(values).encode()
        return len(plain).to_bytes(_LENGTH, "big") + plain


def write_backup(store: Store, sealed: SealedFile, *, secret: bytes | None, day: dt.date) -> Manifest:
    """Write a backup whole or not at all, for its owner to read.

    Parameters
    ----------
    secret : bytes, optional
        The secret the store was opened with; a SQLite store without one has it in the file beside it.

    Raises
    ------
    BackupRefusedError
        The file is there already, or PostgreSQL's own programs are missing.
    SealError
        The passphrase is too short.
    """
    file = sealed.path
    if file.exists():
        raise BackupRefusedError(f"Expected a new file, got '{file.name}', which exists. Give another name.")
    secret = secret or read_secret_file(Path(f"{store.engine.url.database}.secret"))
    dump = _dump_sqlite if store.engine.dialect.name == "sqlite" else _dump_postgresql
    part = file.with_name(f".{file.name}.part")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with dump(store) as (version, rows, body), _for_its_owner(part) as out:
            manifest = Manifest(store.engine.dialect.name, version, day, secret, rows)
            seal(itertools.chain([manifest.encoded()], body), out, sealed.passphrase)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def read_backup(sealed: SealedFile) -> Manifest:
    """Read a backup to its end, so that it is proven whole, and return what it says of itself.

    Raises
    ------
    SealError
        Another passphrase, or a file that was changed, cut or is no backup.
    """
    with unsealed(sealed) as (manifest, body):
        for _ in body:
            pass
    return manifest


@contextmanager
def unsealed(sealed: SealedFile) -> Iterator[tuple[Manifest, Iterator[bytes]]]:
    """Open a backup: its manifest, and the pieces of the database."""
    if not sealed.path.is_file():
        raise BackupRefusedError(
            f"Expected a backup called '{sealed.path.name}', got no file. Check the path."
        )
    with sealed.path.open("rb") as stream:
        pieces = unseal(stream, sealed.passphrase)
        first = next(pieces)
        end = _LENGTH + int.from_bytes(first[:_LENGTH], "big")
        values = json.loads(first[_LENGTH:end])
        values["made_on"] = dt.date.fromisoformat(values["made_on"])
        values["secret"] = bytes.fromhex(values["secret"])
        yield Manifest(**values), itertools.chain([first[end:]], pieces)


def count_tables(connection: Connection) -> dict[str, int]:
    """Return the rows of each table of this program that is there."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL row_security = off"))  # all rows, or an error: never some of them
    there = set(inspect(connection).get_table_names())
    tables = [table for table in Base.metadata.sorted_tables if table.name in there]
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables
    }


def table_version(connection: Connection) -> str:
    """Return the version of the tables."""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()


@contextmanager
def _dump_sqlite(store: Store) -> Iterator[tuple[str, dict[str, int], Iterator[bytes]]]:
    """Read in one transaction; the copy is held in memory, so that none lies unencrypted on the disk."""
    with store.engine.connect() as connection:
        version, rows = table_version(connection), count_tables(connection)
        raw: sqlite3.Connection = connection.connection.driver_connection
        whole = memoryview(raw.serialize())
        yield version, rows, (bytes(whole[at : at + PIECE]) for at in range(0, len(whole), PIECE))


@contextmanager
def _dump_postgresql(store: Store) -> Iterator[tuple[str, dict[str, int], Iterator[bytes]]]:
    engine = store.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        version, rows = table_version(connection), _counted(connection)
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        options = ("--format=custom", "--no-owner", "--no-comments", f"--snapshot={snapshot}")
        program = server_program("pg_dump", store.engine.url, *options)
        with subprocess.Popen(**program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as dump:
            yield version, rows, iter(lambda: dump.stdout.read(PIECE), b"")
            if dump.wait():
                raise BackupRefusedError(_NOT_ALL)


def _counted(connection: Connection) -> dict[str, int]:
    try:
        return count_tables(connection)
    except DBAPIError as error:
        raise BackupRefusedError(_NOT_ALL) from error


def server_program(name: str, url: URL, *options: str) -> dict[str, Any]:
    """Return how one of PostgreSQL's programs is called for a database; the password is in no argument.

    Raises
    ------
    BackupRefusedError
        It is not on this machine.
    """
    path = shutil.which(name)
    if path is None:
        raise BackupRefusedError(
            f"Expected PostgreSQL's {name} on this machine, got none. Install its client programs, or use "
            "the server's own backups."
        )
    address = url.set(drivername="postgresql", password=None).render_as_string()
    environment = {"PGPASSWORD": url.password} if url.password else {}
    return {"args": [path, *options, f"--dbname={address}"], "env": environment}


@contextmanager
def _for_its_owner(path: Path) -> Iterator[Any]:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with closing(os.fdopen(handle, "wb")) as stream:
        yield stream
