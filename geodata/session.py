"""The store: one engine, its set-up on SQLite or PostgreSQL, its tables brought up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import shapely
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from geodata.errors import StoreNotReadyError

_BUSY_TIMEOUT_MS = 20_000


class Store:
    """One database with one dataset.

    Parameters
    ----------
    url : str
        ``sqlite:///file.db`` or ``postgresql://…`` (PostGIS).
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _open_engine(url)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open a session in one transaction: committed at the end, rolled back on any error."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self) -> None:
        """Create the tables, or bring them to this version."""
        if self.engine.dialect.name == "sqlite" and (file := make_url(self.url).database):
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        with self.engine.begin() as connection:
            config = _alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def check_ready(self) -> None:
        """Raise when the tables are missing or of another version.

        Raises
        ------
        StoreNotReadyError
            The database does not exist, is empty, or was made by another version.
        """
        file = make_url(self.url).database
        if self.engine.dialect.name == "sqlite" and file and file != ":memory:" and not Path(file).exists():
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
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


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
