"""Row-level security on PostgreSQL: the second lock, behind the one door.

Every transaction says for whom it reads: everything (imports, computations), some districts, or some
households. What it says is signed with a key the database's functions know and its users do not, together
with the connection and the transaction, so that neither setting the variable by hand nor repeating another
transaction's signature opens a row. Nothing said, or said wrongly: no rows. SQLite has no such lock; there
the file's rights are the second one.

References
----------
PostgreSQL manual, 5.9 Row Security Policies; RFC 2104 (HMAC).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence

from sqlalchemy import Connection, Select, text
from sqlalchemy.orm import Session

from geodata.rights import may
from geodata.viewer import Viewer

EVERYTHING = json.dumps({"all": True})
_BLOCK = 64  # bytes of a SHA-256 block
_PLACE = text(
    "SELECT pg_backend_pid()::text || ':' || (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint"
)
_SAY = text("SELECT set_config('mimamori.scope', :scope, true), set_config('mimamori.proof', :proof, true)")
_MAY_KEEP_KEY = text("SELECT has_table_privilege('row_security_key', 'INSERT')")
_KEEP_KEY = text(
    "INSERT INTO row_security_key (only_row, inner_pad, outer_pad) VALUES (true, :inner, :outer) "
    "ON CONFLICT (only_row) DO UPDATE SET inner_pad = :inner, outer_pad = :outer"
)


def enter_everything(session: Session) -> None:
    """Open all rows to the rest of this transaction: for imports, computations and what the door filters."""
    _enter(session, EVERYTHING)


def enter_districts(session: Session, districts: Sequence[str]) -> None:
    """Open the rows of these community districts only to the rest of this transaction."""
    _enter(session, json.dumps({"districts": sorted(districts)}, ensure_ascii=True))


def enter_households(session: Session, households: Sequence[str], watcher_id: str) -> None:
    """Open the rows of these households only to the rest of this transaction."""
    scope = {"households": sorted(households), "watcher": watcher_id}
    _enter(session, json.dumps(scope, ensure_ascii=True))


def narrow_to(session: Session, viewer: Viewer, own_households: Select) -> None:
    """Open to the rest of this transaction only what the viewer's role may ever look at.

    Parameters
    ----------
    own_households : Select
        The ids of the households assigned to a watcher.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    if may(viewer, "own_districts"):
        enter_districts(session, viewer.districts)
    elif may(viewer, "own_households"):
        enter_everything(session)
        enter_households(session, list(session.scalars(own_households)), str(viewer.watcher_id))


def keep_key(connection: Connection, key: bytes) -> None:
    """Give the database what it needs to check signatures, where this user may: the tables' owner."""
    if connection.dialect.name == "postgresql" and connection.execute(_MAY_KEEP_KEY).scalar_one():
        padded = key.ljust(_BLOCK, b"\0")
        pads = {
            "inner": bytes(byte ^ 0x36 for byte in padded),
            "outer": bytes(byte ^ 0x5C for byte in padded),
        }
        connection.execute(_KEEP_KEY, pads)


def _enter(session: Session, scope: str) -> None:
    if session.get_bind().dialect.name != "postgresql":
        return
    place = session.execute(_PLACE).scalar_one()
    said = f"{place}|{scope}".encode()
    proof = hmac.new(session.info["key"]("rows"), said, hashlib.sha256).hexdigest()
    session.execute(_SAY, {"scope": scope, "proof": proof})
