"""Two people: one asks with a reason, another one allows it for a time; the same person never does both."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from geodata.audit import record_apart, record_event
from geodata.errors import AccessRefusedError, ConflictError, GeodataError
from geodata.models import Approval
from geodata.models.sharing import LEAVE_KINDS
from geodata.rights import may
from geodata.viewer import Viewer

LEAVE_LASTS = {
    "rule": dt.timedelta(days=30),
    "export": dt.timedelta(hours=24),
    "disaster": dt.timedelta(hours=24),
    "look": dt.timedelta(hours=24),
}
"""How long after it was given a leave may be used."""
ASKING_LASTS = dt.timedelta(days=30)


def payload_hash(kind: str, subject: dict[str, Any]) -> str:
    """Return the hash of what is allowed: a leave holds for exactly this and nothing else."""
    text = json.dumps([kind, subject], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def ask_leave(session: Session, viewer: Viewer, kind: str, subject: dict[str, Any], reason: str) -> Approval:
    """Ask a second person for leave; the transaction is the caller's.

    Parameters
    ----------
    kind : str
        rule, export, disaster or look.
    subject : dict
        What exactly is asked for, in plain values.
    reason : str
        Said to the second person and kept.

    Raises
    ------
    AccessRefusedError
        The role asks for nothing.
    GeodataError
        No reason, or an unknown kind.
    """
    _check_right(session, viewer, "ask")
    reason = reason.strip()
    if kind not in LEAVE_KINDS or not reason:
        raise GeodataError("Expected a reason for what is asked for, got none. Write it in a few words.")
    asked = Approval(
        kind=kind,
        subject=subject,
        payload_hash=payload_hash(kind, subject),
        asked_by=viewer.who,
        reason=reason[:200],
    )
    session.add(asked)
    session.flush()
    record_event(session, viewer, "ask", kind, [], filters={"approval": asked.approval_id})
    return asked


def give_leave(session: Session, viewer: Viewer, approval_id: str) -> Approval:
    """Allow what another person asked for.

    Raises
    ------
    AccessRefusedError
        It is one's own request, or the role allows nothing.
    ConflictError
        It was decided or ran out meanwhile.
    """
    asked = _open_request(session, viewer, approval_id)
    now = _now()
    values = {"approved_by": viewer.who, "approved_at": now, "until": now + LEAVE_LASTS[asked.kind]}
    _decide(session, asked, values)
    record_event(session, viewer, "approve", asked.kind, [], filters={"approval": approval_id})
    return asked


def refuse_leave(session: Session, viewer: Viewer, approval_id: str) -> Approval:
    """Refuse what another person asked for; raises as :func:`give_leave`."""
    asked = _open_request(session, viewer, approval_id)
    _decide(session, asked, {"rejected_by": viewer.who})
    record_event(session, viewer, "reject", asked.kind, [], filters={"approval": approval_id})
    return asked


def find_leave(session: Session, viewer: Viewer, kind: str, subject: dict[str, Any]) -> Approval | None:
    """Return the leave this viewer asked for and was given for exactly this, while it lasts; else none."""
    query = select(Approval).where(
        Approval.kind == kind,
        Approval.payload_hash == payload_hash(kind, subject),
        Approval.asked_by == viewer.who,
        Approval.approved_by.is_not(None),
        Approval.approved_by != Approval.asked_by,
        Approval.until > _now(),
    )
    return session.scalar(query.order_by(Approval.until.desc()).limit(1))


def use_leave(session: Session, viewer: Viewer, kind: str, subject: dict[str, Any]) -> Approval:
    """Use a leave once (``used_at`` is set; a second use is refused) and return it.

    Raises
    ------
    AccessRefusedError
        There is none for exactly this, it ran out, or it was used.
    """
    leave = find_leave(session, viewer, kind, subject)
    fresh = leave is not None and session.execute(
        update(Approval)
        .where(Approval.approval_id == leave.approval_id, Approval.used_at.is_(None))
        .values(used_at=_now())
    )
    if not fresh or fresh.rowcount == 0:
        record_apart(session, viewer, "refuse", kind, filters={"leave": "none"})
        raise AccessRefusedError(
            "Expected a second person's leave for exactly this, got none. Ask for it and let another approve."
        )
    record_event(session, viewer, "use", kind, [], filters={"approval": leave.approval_id})
    return leave


def list_requests(session: Session, viewer: Viewer) -> list[Approval]:
    """Return what was asked for and what became of it, newest first; to those who ask or allow."""
    if not (may(viewer, "ask") or may(viewer, "approve")):
        return []
    query = select(Approval).order_by(Approval.asked_at.desc(), Approval.approval_id).limit(200)
    if not may(viewer, "approve"):
        query = query.where(Approval.asked_by == viewer.who)
    return list(session.scalars(query))


def kind_of(session: Session, approval_id: str) -> str | None:
    """Return what kind of thing a request asks for; none when there is no such request."""
    return session.scalar(select(Approval.kind).where(Approval.approval_id == approval_id))


def own_looks(session: Session, viewer: Viewer) -> list[str]:
    """Return the districts whose households a second person allowed this viewer to see, while it lasts."""
    query = select(Approval.subject).where(
        Approval.kind == "look",
        Approval.asked_by == viewer.who,
        Approval.approved_by.is_not(None),
        Approval.until > _now(),
    )
    return sorted({str(subject["district"]) for subject in session.scalars(query)})


def is_open(asked: Approval) -> bool:
    """Say whether a request still waits for a second person."""
    undecided = asked.approved_by is None and asked.rejected_by is None
    return undecided and asked.asked_at + ASKING_LASTS > _now()


def _open_request(session: Session, viewer: Viewer, approval_id: str) -> Approval:
    _check_right(session, viewer, "approve")
    asked = session.get(Approval, approval_id)
    if asked is None or not is_open(asked):
        raise ConflictError(
            "Expected a request that waits, got one decided or run out. Look at the list again."
        )
    if asked.asked_by == viewer.who:
        raise AccessRefusedError(
            "Expected a second person, got the one who asked. Let another administrator decide."
        )
    return asked


def _decide(session: Session, asked: Approval, values: dict[str, Any]) -> None:
    undecided = (Approval.approved_by.is_(None), Approval.rejected_by.is_(None))
    of_this = Approval.approval_id == asked.approval_id
    if session.execute(update(Approval).where(of_this, *undecided).values(**values)).rowcount == 0:
        raise ConflictError(
            "Expected a request that waits, got one decided or run out. Look at the list again."
        )
    session.refresh(asked)


def _check_right(session: Session, viewer: Viewer, right: str) -> None:
    if not may(viewer, right):
        raise AccessRefusedError(
            f"Expected a role that may do this, got {viewer.role}. Ask the administrator."
        )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
