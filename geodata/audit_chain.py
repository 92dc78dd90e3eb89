"""The chain of the trail: what is hashed of an event and of a seal, and with which key.

Schneier and Kelsey, "Secure audit logs to support computer forensics", ACM TISSEC 2 (1999): each entry's
keyed hash covers the entry before it. A cut end shows only against an anchor kept elsewhere.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

GENESIS = "0" * 64
FIELDS = (
    *("seq", "at", "who", "role", "purpose", "act", "object_kind", "object_count", "object_hash", "filters"),
    *("basis", "result", "revision_before", "revision_after", "flags", "previous_hash"),
)
SEAL_FIELDS = ("last_seq", "kind", "first_seq", "events", "digest", "last_hash", "at", "who", "reason")


def canonical(fields: Mapping[str, Any], names: Iterable[str] = FIELDS) -> str:
    """Return the named fields as one JSON text, the same on every database; times to the microsecond."""
    plain = {name: fields[name] for name in names}
    plain["at"] = _moment(plain["at"])
    if isinstance(plain.get("filters"), str):
        plain["filters"] = _loaded(plain["filters"])
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def keyed_hash(key: bytes, text: str) -> str:
    """Return the keyed hash (HMAC-SHA-256) of a text as 64 hexadecimal digits."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def event_hash(key: bytes, fields: Mapping[str, Any]) -> str:
    """Return the hash of an event: over all its fields and the hash of the event before it."""
    return keyed_hash(key, canonical(fields))


def seal_hash(key: bytes, fields: Mapping[str, Any]) -> str:
    """Return the hash of a seal."""
    return keyed_hash(key, canonical(fields, SEAL_FIELDS))


def objects_hash(key: bytes, ids: Iterable[str]) -> str | None:
    """Return the hash of the sorted ids, none without any; whoever lacks the key cannot try ids."""
    ordered = sorted(map(str, ids))
    return keyed_hash(key, "objects\n" + "\n".join(ordered)) if ordered else None


def _moment(at: dt.datetime | str) -> str:
    """Return a moment as text; one that is stored as something else stays and fails its hash."""
    try:
        read = dt.datetime.fromisoformat(at) if isinstance(at, str) else at
    except ValueError:
        return str(at)
    return read.isoformat(" ", "microseconds")


def _loaded(text: str) -> Any:
    """Return what a stored JSON text says; a broken one stays as it is and fails its hash."""
    try:
        return json.loads(text)
    except ValueError:
        return text
