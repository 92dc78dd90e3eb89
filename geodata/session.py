"""The store: one engine, its set-up on SQLite or PostgreSQL, its tables brought up to date."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import shapely
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session

from geodata import row_security
from geodata.errors import StoreNotReadyError
from geodata.secret import LEAST_BYTES, derive_key, make_secret_file, read_secret_file

_BUSY_TIMEOUT_MS = 20_000


class Store:
    """One database with one dataset.

    Parameters
    ----------
    url : str
        ``sqlite:///file.db`` or ``postgresql://…`` (PostGIS).
    secret : bytes, optional
        The installation's secret. Without one a SQLite file has its own beside it (``file.db.secret``, made
        with the tables); a server's database needs one given.
    """

    def __init__(self, url: str, secret: bytes | None = None) -> None:
        self.url = url
        self.engine = _open_engine(url)
        self._secret = secret

    def key(self, use: str) -> bytes:
        """Return the installation's key of one use: ``trail``, ``mask``, ``cookie`` …

        Raises
        ------
        StoreNotReadyError
            There is no secret, or its file may be read by others.
        """
        if self._secret is None:
            self._secret = self._own_secret()
        return derive_key(self._secret, use)

    def _own_secret(self) -> bytes:
        file = make_url(self.url).database
        if self.engine.dialect.name != "sqlite":
            raise StoreNotReadyError(
                "Expected the installation's secret beside a server's database, got none. "
                "Set MIMAMORI_SECRET, or MIMAMORI_SECRET_FILE to a file only its owner can read."
            )
        if not file or file == ":memory:":
            return secrets.token_bytes(LEAST_BYTES)
        return read_secret_file(Path(f"{file}.secret"))

    @contextmanager
    def begin(self, *, write: bool = False) -> Iterator[Session]:
        """Open a session in one transaction: committed at the end, rolled back on any error.

        With ``write``, SQLite takes its one write lock at once, so that a second writer waits for the first
        instead of failing when it turns from reader to writer. A look at personal data is a write too: it
        leaves an audit event.
        """
        engine = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE") if write else self.engine
        with Session(engine, expire_on_commit=False) as session, session.begin():
            session.info["key"] = self.key  # of the trail, when an event is written
            if write:
                session.connection()  # begins now, not with the first statement
            row_security.enter_everything(session)  # the door narrows it for whom it reads
            yield session

    def exists(self) -> bool:
        """Say whether there is a database at all; a server's database is taken to be there."""
        file = make_url(self.url).database
        if self.engine.dialect.name != "sqlite" or not file or file == ":memory:":
            return True
        return Path(file).exists()

    def migrate(self) -> None:
        """Create the tables, or bring them to this version."""
        if self.engine.dialect.name == "sqlite" and (file := make_url(self.url).database):
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            if not Path(file).exists() and file != ":memory:":
                Path(file).touch(mode=0o600)  # personal data: for who runs the program only
            if file != ":memory:" and self._secret is None:
                self._secret = make_secret_file(Path(f"{file}.secret"))
        config = _alembic_config()
        with self.engine.begin() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
            if current is not None and current not in known:
                raise StoreNotReadyError(
                    f"Expected a database of this version or an older one, got version {current}. "
                    "It was made by a newer program; use that one."
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            row_security.keep_key(connection, self.key("rows"))

    def check_ready(self) -> None:
        """Raise when the tables are missing or of another version.

        Raises
        ------
        StoreNotReadyError
            The database does not exist, is empty, or was made by another version.
        """
        if not self.exists():
            file = make_url(self.url).database
            raise StoreNotReadyError(
                f"Expected a database at {file}, got none. Run 'mimamori demo' or 'mimamori import' first."
            )
        head = ScriptDirectory.from_config(_alembic_config()).get_current_head()
        with self.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        if current != head:
            raise StoreNotReadyError(
                f"Expected tables of version {head}, got {current or 'an empty database'}. "
                "Run 'mimamori demo' or 'mimamori import', which bring them up to date."
            )

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _open_engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreNotReadyError(
            "Expected a database address such as sqlite:///data/city.db, got one that cannot be read. "
            "Correct it."
        ) from error
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(parsed, hide_parameters=True)  # an error must not print anybody's data
    except NoSuchModuleError as error:
        raise StoreNotReadyError(
            f"Expected a database of SQLite or PostgreSQL, got {parsed.drivername}. Correct the address."
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


@lru_cache(maxsize=1)
def _bounds(wkb: bytes) -> tuple[float, float, float, float]:
    return shapely.from_wkb(wkb).bounds


def _set_up_sqlite(connection, record) -> None:
    # The driver's own implicit BEGIN is switched off so that DDL, too, is rolled back.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    for number, name in enumerate(("min_x", "min_y", "max_x", "max_y")):
        connection.create_function(
            f"geometry_{name}", 1, lambda wkb, n=number: _bounds(wkb)[n], deterministic=True
        )
