"""Audit events: written in the transaction of the look or change they speak of."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable

from sqlalchemy.orm import Session

from geodata.models import AuditEvent
from geodata.viewer import Viewer


def record_event(
    session: Session,
    viewer: Viewer,
    act: str,
    object_kind: str,
    ids: Iterable[str],
    *,
    filters: dict | None = None,
    result: str = "done",
) -> None:
    """Add one event: who, why, what kind, how many, and the hash of the sorted ids; no id in the clear.

    Parameters
    ----------
    act : str
        look, analyse, edit, import, export or refuse.
    filters : dict, optional
        What narrowed the look (district, season …); never an id or a coordinate.
    """
    ordered = sorted(map(str, ids))
    digest = hashlib.sha256("\n".join(ordered).encode()).hexdigest() if ordered else None
    session.add(
        AuditEvent(
            at=dt.datetime.now(dt.UTC).replace(tzinfo=None),
            who=viewer.who,
            role=viewer.role,
            purpose=viewer.purpose,
            act=act,
            object_kind=object_kind,
            object_count=len(ordered),
            object_hash=digest,
            filters=filters or {},
            result=result,
        )
    )
