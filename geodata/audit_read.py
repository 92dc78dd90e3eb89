"""Reading the trail: search, who looked unusually often, pruning after the retention period, and its rule.

For the auditor; the operator of the machine may check and anchor. Reading the trail is an event of its own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import ColumnElement, Select, case, delete, func, insert, select
from sqlalchemy.orm import Session

from geodata.audit import SHOWING, record_apart, record_event
from geodata.audit_chain import objects_hash, seal_hash
from geodata.audit_check import Anchor, TrailCheck, check_trail, digest_of
from geodata.errors import AccessRefusedError, ConflictError
from geodata.models import AuditEvent, AuditRule, AuditSeal
from geodata.models.audit import USUAL_BULK_IDS
from geodata.viewer import Viewer

READERS = ("auditor",)
CHECKERS = ("auditor", "operator")
MOST_EVENTS = 100_000
_EVENTS = AuditEvent.__table__
_COLUMNS = (
    *("seq", "at", "who", "role", "purpose", "act", "object_kind", "object_count", "filters", "basis"),
    *("result", "revision_before", "revision_after", "flags"),
)


@dataclass(frozen=True)
class TrailQuery:
    """What is searched for; what is none is not asked about.

    Parameters
    ----------
    since, until : datetime.datetime, optional
        UTC without a zone; ``until`` is not included.
    flag : str, optional
        One of bulk, outside_hours, disaster; ``any`` for events with any flag.
    household_id : str, optional
        Events on this one household alone; those on several keep only a count and a hash of all.
    limit : int
        At most so many, the newest.
    """

    who: str | None = None
    role: str | None = None
    act: str | None = None
    flag: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    household_id: str | None = None
    limit: int = 1000


@dataclass(frozen=True)
class TrailFound:
    """Events found, the newest first; ``total`` are all that fit.

    ``on_several`` counts, for a household, the events of the same time and persons on several objects at
    once: whether it was among them is not kept.
    """

    events: pd.DataFrame
    total: int
    on_several: int


@dataclass(frozen=True)
class TrailRule:
    """How many days events are kept at least (none: the city has not settled it), and what is bulk."""

    keep_days: int | None
    bulk_ids: int


def search_trail(session: Session, viewer: Viewer, query: TrailQuery) -> TrailFound:
    """Find events of the trail; the search itself is recorded.

    Raises
    ------
    AccessRefusedError
        The viewer is no auditor; the refusal is recorded.
    """
    _check_role(session, viewer, READERS)
    common = _conditions(query)
    wanted = list(common)
    if query.household_id is not None:
        key = session.info["key"]("trail")
        wanted.append(_EVENTS.c.object_hash == objects_hash(key, [query.household_id]))
    rows = session.execute(_newest(wanted, query.limit)).all()
    total = _count(session, wanted)
    several = _count(session, [*common, _EVENTS.c.object_count > 1]) if query.household_id else 0
    asked = {name: getattr(query, name) for name in ("who", "role", "act", "flag", "since", "until")}
    ids = [] if query.household_id is None else [query.household_id]
    filters = {name: str(value) for name, value in asked.items() if value is not None}
    record_event(session, viewer, "search", "trail", ids, filters=filters)
    return TrailFound(pd.DataFrame.from_records(rows, columns=list(_COLUMNS)), total, several)


def review_looks(session: Session, viewer: Viewer, since: dt.datetime) -> pd.DataFrame:
    """Count who looked how often since a moment, beside the median of their role.

    Returns
    -------
    pandas.DataFrame
        who, role, looks (events that show somebody's data), objects (the sum of their counts), flagged
        (events to review), median_looks (of all of the role who looked at all), times_median; the most
        unusual first.
    """
    _check_role(session, viewer, READERS)
    shows = _EVENTS.c.act.in_(SHOWING)
    query = (
        select(
            _EVENTS.c.who,
            _EVENTS.c.role,
            func.sum(case((shows, 1), else_=0)).label("looks"),
            func.sum(case((shows, _EVENTS.c.object_count), else_=0)).label("objects"),
            func.sum(case((_EVENTS.c.flags != "", 1), else_=0)).label("flagged"),
        )
        .where(_EVENTS.c.at >= since)
        .group_by(_EVENTS.c.who, _EVENTS.c.role)
    )
    columns = ["who", "role", "looks", "objects", "flagged"]
    people = pd.DataFrame.from_records(session.execute(query).all(), columns=columns)
    people = people.astype(dict.fromkeys(columns[2:], int))
    record_event(session, viewer, "search", "trail", [], filters={"review_since": str(since)})
    lookers = people[people["looks"] > 0]
    people["median_looks"] = people["role"].map(lookers.groupby("role")["looks"].median()).fillna(0.0)
    people["times_median"] = (
        people["looks"] / people["median_looks"].where(people["median_looks"] > 0)
    ).round(1)
    return people.sort_values(
        ["times_median", "flagged", "who"], ascending=[False, False, True], ignore_index=True
    )


def verify_trail(session: Session, viewer: Viewer, anchors: tuple[Anchor, ...] = ()) -> TrailCheck:
    """Check the whole trail; the check itself is recorded after what it checked.

    Raises
    ------
    AccessRefusedError
        Neither auditor nor operator.
    """
    _check_role(session, viewer, CHECKERS)
    check = check_trail(session, anchors)
    record_event(
        session,
        viewer,
        "verify",
        "trail",
        [],
        result="done" if check.is_whole else f"{len(check.problems)} wrong",
    )
    return check


def prune_trail(session: Session, viewer: Viewer, before: dt.datetime, *, reason: str) -> AuditSeal | None:
    """Delete the events of before a moment, leaving a seal: their numbers, count and digest.

    Only a whole chain is pruned, from its start, and never within the time the city settled.

    Parameters
    ----------
    before : datetime.datetime
        UTC without a zone; events from then on stay.
    reason : str
        Why; kept with the seal and in the event.

    Returns
    -------
    AuditSeal or None
        None when no event is that old.

    Raises
    ------
    AccessRefusedError
        The viewer is no auditor.
    ConflictError
        The trail is not whole, no retention period is settled, or it has not passed.
    """
    _check_role(session, viewer, READERS)
    if not reason.strip():
        raise ConflictError("Expected a reason to prune the trail, got none. Say why.")
    keep_days = read_trail_rule(session).keep_days
    if keep_days is None:
        raise ConflictError("Expected a settled retention period, got none. Settle it, then prune.")
    if before > _now() - dt.timedelta(days=keep_days):
        raise ConflictError(
            f"Expected a day at least {keep_days} days ago, got a later one. Events are kept so long."
        )
    check = check_trail(session)
    if not check.is_whole:
        raise ConflictError("Expected a whole trail, got one with faults. Keep it and find out why.")
    last_seq = _last_before(session, before)
    seal = None if last_seq is None else _seal(session, viewer, last_seq, reason)
    if seal is not None:
        session.execute(delete(_EVENTS).where(_EVENTS.c.seq <= seal.last_seq))
    filters = {"before": str(before), "reason": reason, "events": 0 if seal is None else seal.events}
    record_event(session, viewer, "prune", "trail", [], filters=filters)
    return seal


def read_trail_rule(session: Session) -> TrailRule:
    """Return what the city settled for the trail; where nothing is, the usual."""
    rule = session.get(AuditRule, 1)
    return TrailRule(None, USUAL_BULK_IDS) if rule is None else TrailRule(rule.keep_days, rule.bulk_ids)


def settle_trail_rule(session: Session, viewer: Viewer, rule: TrailRule) -> None:
    """Keep how long events stay and what counts as bulk; the operator's, on the city's decision.

    Raises
    ------
    AccessRefusedError
        The viewer is not the operator: who reads the trail does not settle its rule.
    """
    _check_role(session, viewer, ("operator",))
    session.merge(AuditRule(id=1, keep_days=rule.keep_days, bulk_ids=rule.bulk_ids))
    filters = {"keep_days": rule.keep_days, "bulk_ids": rule.bulk_ids}
    record_event(session, viewer, "rule", "trail", [], filters=filters)


def _check_role(session: Session, viewer: Viewer, roles: tuple[str, ...]) -> None:
    if viewer.role not in roles:
        record_apart(session, viewer, "refuse", "trail")
        raise AccessRefusedError(
            f"Expected a role that may do this with the trail ({', '.join(roles)}), got {viewer.role}. "
            "Ask the auditor."
        )


def _conditions(query: TrailQuery) -> list[ColumnElement[bool]]:
    equal = {"who": query.who, "role": query.role, "act": query.act}
    conditions = [_EVENTS.c[name] == value for name, value in equal.items() if value is not None]
    if query.since is not None:
        conditions.append(_EVENTS.c.at >= query.since)
    if query.until is not None:
        conditions.append(_EVENTS.c.at < query.until)
    if query.flag == "any":
        conditions.append(_EVENTS.c.flags != "")
    elif query.flag is not None:
        conditions.append(_EVENTS.c.flags.contains(query.flag, autoescape=True))
    return conditions


def _newest(conditions: list[ColumnElement[bool]], limit: int) -> Select:
    columns = [_EVENTS.c[name] for name in _COLUMNS]
    limited = min(limit, MOST_EVENTS)
    return select(*columns).where(*conditions).order_by(_EVENTS.c.seq.desc()).limit(limited)


def _count(session: Session, conditions: list[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(_EVENTS).where(*conditions)) or 0


def _last_before(session: Session, before: dt.datetime) -> int | None:
    """Return the last event that can go: all up to it are older, and none sealed together with it stays."""
    first_kept = session.scalar(select(func.min(_EVENTS.c.seq)).where(_EVENTS.c.at >= before))
    old = select(func.max(_EVENTS.c.seq)).where(_EVENTS.c.at < before)
    last = session.scalar(old if first_kept is None else old.where(_EVENTS.c.seq < first_kept))
    sealed = session.scalar(select(func.max(AuditSeal.last_seq)).where(AuditSeal.kind == "before"))
    return None if last is None or (sealed is not None and last < sealed) else last


def _seal(session: Session, viewer: Viewer, last_seq: int, reason: str) -> AuditSeal:
    """Keep the seal of all events up to one."""
    gone = session.scalar(select(func.max(AuditSeal.last_seq)).where(AuditSeal.kind == "pruned")) or 0
    rows = session.execute(
        select(_EVENTS.c.seq, _EVENTS.c.hash).where(_EVENTS.c.seq <= last_seq).order_by(_EVENTS.c.seq)
    ).all()
    last_hash = rows[-1].hash or session.scalar(
        select(AuditSeal.last_hash).where(AuditSeal.kind == "before", AuditSeal.last_seq == last_seq)
    )
    fields = {
        "last_seq": last_seq,
        "kind": "pruned",
        "first_seq": gone + 1,
        "events": len(rows),
        "digest": digest_of(row.hash or "" for row in rows),
        "last_hash": last_hash,
        "at": _now(),
        "who": viewer.who,
        "reason": reason[:200],
    }
    fields["hash"] = seal_hash(session.info["key"]("trail"), fields)
    session.execute(insert(AuditSeal.__table__), [fields])
    return session.get_one(AuditSeal, (last_seq, "pruned"))


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
