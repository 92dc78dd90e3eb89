"""Ids inside texts and JSON values, and their removal: for the erasure of a household.

An id counts where it stands by itself: ``H1`` is in "H1 and H2" and in "H1." but neither in "H12" nor "H1-2".
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

REMOVED = "–"
_TOKEN = re.compile(r"[0-9A-Za-z_.\-]+")


def without_ids(value: Any, ids: Set[str]) -> Any:
    """Return a JSON value in which none of the ids is left.

    An entry of a list that names an erased id is dropped, and so is an entry whose own list lost all it had;
    a field that is an id becomes None; an id inside a longer text becomes ``–``. The value given stays as it
    is.

    Examples
    --------
    >>> without_ids([{"household_id": "H1"}, {"household_id": "H2"}], {"H1"})
    [{'household_id': 'H2'}]
    >>> without_ids({"for": "H1", "note": "see H1."}, {"H1"})
    {'for': None, 'note': 'see –.'}
    """
    if isinstance(value, list):
        return [without_ids(item, ids) for item in value if not _falls(item, ids)]
    if isinstance(value, dict):
        return {name: _field_without(item, ids) for name, item in value.items() if name not in ids}
    return text_without_ids(value, ids) if isinstance(value, str) else value


def text_without_ids(text: str, ids: Set[str]) -> str:
    """Return a text with each of the ids in it replaced by ``–``."""
    shortened = _TOKEN.sub(lambda found: _token_without(found.group(), ids), text)
    for foreign in (one for one in ids if not one.isascii()):  # no blanks stand between such words
        shortened = shortened.replace(foreign, REMOVED)
    return shortened


def _field_without(item: Any, ids: Set[str]) -> Any:
    return None if isinstance(item, str) and item in ids else without_ids(item, ids)


def _falls(item: Any, ids: Set[str]) -> bool:
    """Say whether an entry of a list is about an erased id."""
    if isinstance(item, str):
        return item in ids
    if isinstance(item, dict):
        return bool(item.keys() & ids) or any(_falls(part, ids) for part in item.values())
    return isinstance(item, list) and bool(item) and all(_falls(part, ids) for part in item)


def _token_without(token: str, ids: Set[str]) -> str:
    bare = token.strip(".-")
    if token in ids:
        return REMOVED
    return token.replace(bare, REMOVED) if bare in ids else token
