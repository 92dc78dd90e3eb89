"""Audit events: written in the transaction of the look or change they speak of, each chained to the last.

Events wait in the session until it commits; only then is the end of the chain locked, read and added to, so
that looks hold each other up for a moment and cannot block each other for good. If they cannot be written,
nothing of the transaction is kept.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import event, func, insert, select
from sqlalchemy.orm import Session

from geodata.audit_chain import GENESIS, event_hash, objects_hash
from geodata.models import AuditEvent, AuditRule, AuditSeal, Dataset
from geodata.models.audit import USUAL_BULK_IDS
from geodata.viewer import Viewer

SHOWING = ("look", "search", "export", "print")
"""Acts that show somebody's data; many of them are flagged ``bulk``."""
COMPUTING = ("analyse", "count", "place", "import")
"""Acts of computations and night jobs, which show nobody; at no hour unusual."""
BULK_LOOKS = 500
"""Looks of one person within an hour from which each is flagged ``bulk``."""
OFFICE_HOURS = (7, 20)
"""From 7:00 to 20:00 in Japan, Monday to Friday; anything else is flagged. Holidays are not known here."""

_PENDING = "audit_events"
_JAPAN = dt.timedelta(hours=9)  # no summer time
_LOCK = 0x4D494D41  # one number for the end of the chain among PostgreSQL's advisory locks
_EVENTS = AuditEvent.__table__


def record_event(
    session: Session,
    viewer: Viewer,
    act: str,
    object_kind: str,
    ids: Iterable[str],
    *,
    filters: dict | None = None,
    result: str = "done",
    basis: str | None = None,
    revision: int | None = None,
    flags: Iterable[str] = (),
) -> None:
    """Add one event: who, why, what kind, how many, and the keyed hash of the sorted ids; no id in the clear.

    Parameters
    ----------
    session : Session
        Of :meth:`geodata.session.Store.begin` with ``write``; it brings the key.
    act : str
        look, search, analyse, count, edit, import, export, print, refuse, rule, login or another of at most
        16 letters.
    filters : dict, optional
        What narrowed the look (district, season, mesh level …); never an id or a coordinate.
    basis : str, optional
        Rule or article the look stands on.
    revision : int, optional
        Revision of the data before a change; the one after it is read when the transaction ends.
    flags : iterable of str
        More to review, for example ``disaster``; ``bulk`` and ``outside_hours`` are found here.
    """
    ordered = list(ids)
    session.info.setdefault(_PENDING, []).append(
        {
            "at": _now(),
            "who": viewer.who,
            "role": viewer.role,
            "purpose": viewer.purpose,
            "act": act,
            "object_kind": object_kind,
            "object_count": len(ordered),
            "object_hash": objects_hash(session.info["key"]("trail"), ordered),
            "filters": json.loads(json.dumps(filters or {}, default=str)),
            "basis": basis,
            "result": result,
            "revision_before": revision,
            "revision_after": None,
            "flags": tuple(flags),
        }
    )


def record_apart(
    session: Session,
    viewer: Viewer,
    act: str,
    object_kind: str,
    *,
    filters: dict | None = None,
    result: str = "refused",
) -> None:
    """Roll the session back and record an event in a transaction of its own: what was refused stays told."""
    session.rollback()  # gives the write lock back before the event is written
    engine = session.get_bind().engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
    with Session(engine) as own, own.begin():
        own.info["key"] = session.info["key"]
        record_event(own, viewer, act, object_kind, [], filters=filters, result=result)


@event.listens_for(Session, "after_rollback")
def _forget_events(session: Session) -> None:
    session.info.pop(_PENDING, None)


@event.listens_for(Session, "before_commit")
def _write_events(session: Session) -> None:
    """Chain the events that wait to the end of the trail."""
    events: list[dict[str, Any]] = session.info.pop(_PENDING, [])
    if not events:
        return
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    key = session.info["key"]("trail")
    seq, previous = end_of_chain(session)
    revision = session.scalar(select(Dataset.revision))
    looks = 0  # of this transaction, not stored yet
    for fields in events:
        seq += 1
        if fields["revision_before"] is not None:
            fields["revision_after"] = revision
        fields |= {"seq": seq, "previous_hash": previous, "flags": _flags(session, fields, looks)}
        looks += fields["act"] in SHOWING
        previous = fields["hash"] = event_hash(key, fields)
    session.execute(insert(_EVENTS), events)


def end_of_chain(session: Session) -> tuple[int, str]:
    """Return number and hash of the last event, pruned ones too; 0 and a fixed word before the first."""
    last = session.execute(
        select(_EVENTS.c.seq, _EVENTS.c.hash).order_by(_EVENTS.c.seq.desc()).limit(1)
    ).first()
    if last is not None and last.hash is not None:
        return last.seq, last.hash
    seal = session.execute(
        select(AuditSeal.last_seq, AuditSeal.last_hash).order_by(AuditSeal.last_seq.desc()).limit(1)
    ).first()
    return (0, GENESIS) if seal is None else (seal.last_seq, seal.last_hash)


def _flags(session: Session, fields: dict[str, Any], looks: int) -> str:
    """Return what to review an event for, with commas between."""
    found = set(fields["flags"])
    local = fields["at"] + _JAPAN
    in_office = OFFICE_HOURS[0] <= local.hour < OFFICE_HOURS[1] and local.weekday() < 5
    if fields["act"] not in COMPUTING and not in_office:
        found.add("outside_hours")
    if fields["act"] in SHOWING and _is_bulk(session, fields, looks):
        found.add("bulk")
    return ",".join(sorted(found))


def _is_bulk(session: Session, fields: dict[str, Any], looks: int) -> bool:
    """Say whether an event shows more at once, or its person looked more often, than a district asks for."""
    bulk_ids = session.scalar(select(AuditRule.bulk_ids)) or USUAL_BULK_IDS
    if fields["object_count"] > bulk_ids:
        return True
    stored = (
        select(_EVENTS.c.seq)
        .where(
            _EVENTS.c.who == fields["who"],
            _EVENTS.c.at > fields["at"] - dt.timedelta(hours=1),
            _EVENTS.c.act.in_(SHOWING),
        )
        .limit(BULK_LOOKS)
    )
    return session.scalar(select(func.count()).select_from(stored.subquery())) + looks >= BULK_LOOKS


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
