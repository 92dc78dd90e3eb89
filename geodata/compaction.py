"""Writing a database's files anew, so that nothing deleted stays in them."""

from __future__ import annotations

import sqlite3

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from geodata.base import Base
from geodata.session import Store

_OWNS_ALL = text(
    "SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class "
    "WHERE relnamespace = current_schema()::regnamespace AND relname = ANY(:names)"
)


def compact(store: Store) -> bool:
    """Write the database anew and empty its log; False when that could not be done.

    It cannot while somebody else reads, nor on a server by who does not own the tables.

    On SQLite the file and its write-ahead log, on PostgreSQL the tables (``VACUUM FULL``; the server's own
    log and archives are its administrator's). Call it outside a transaction. When it says False, nothing is
    lost: call it again once the dashboard is stopped.
    """
    return _compact_file(store) if store.engine.dialect.name == "sqlite" else _compact_tables(store)


def _compact_file(store: Store) -> bool:
    store.engine.dispose()  # the pool's own readers
    raw = store.engine.raw_connection()
    try:
        raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.driver_connection.execute("VACUUM")
        busy, _, _ = raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    except sqlite3.OperationalError:
        return False
    finally:
        raw.close()


def _compact_tables(store: Store) -> bool:
    names = [table.name for table in Base.metadata.sorted_tables]
    engine = store.engine.execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            if not connection.execute(_OWNS_ALL, {"names": names}).scalar_one():
                return False  # the server would pass such tables over with a warning
            for name in names:
                connection.execute(text(f'VACUUM (FULL) "{name}"'))
    except DBAPIError:
        return False
    return True
