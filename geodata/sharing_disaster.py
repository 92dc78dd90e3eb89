"""The disaster switch: one person declares, another approves; it begins then and ends by itself."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from geodata.approvals import ask_leave, give_leave
from geodata.audit import record_event
from geodata.errors import AccessRefusedError, ConflictError, GeodataError
from geodata.models import Approval, Emergency
from geodata.rights import may
from geodata.sharing import emergency_in_force
from geodata.viewer import Viewer
from geodata.write import raise_revision

LONGEST_DAYS = 30
_JAPAN = dt.timedelta(hours=9)  # no summer time


def declare_disaster(session: Session, viewer: Viewer, *, until: dt.date, reason: str) -> Approval:
    """Declare a disaster; nothing is disclosed until a second person approves.

    Parameters
    ----------
    until : date
        Its last day in Japan, today or at most ``LONGEST_DAYS`` days from now.

    Raises
    ------
    GeodataError
        The last day is over or too far, or no reason.
    AccessRefusedError
        The role declares nothing.
    """
    today = (_now() + _JAPAN).date()
    if not today <= until <= today + dt.timedelta(days=LONGEST_DAYS):
        raise GeodataError(
            f"Expected a last day within {LONGEST_DAYS} days from today, got {until}. "
            "Declare it again if it lasts longer."
        )
    return ask_leave(session, viewer, "disaster", {"until": until.isoformat()}, reason)


def approve_disaster(session: Session, viewer: Viewer, approval_id: str) -> Emergency:
    """Approve what another person declared; the rules of the disaster hold from now on.

    Raises
    ------
    AccessRefusedError
        It is one's own declaration, or the role approves nothing.
    ConflictError
        It was decided meanwhile, or its last day is over.
    """
    asked = give_leave(session, viewer, approval_id)
    if asked.kind != "disaster":
        raise GeodataError("Expected a declared disaster, got another request. Choose one of the list.")
    now, ends = _now(), _end_of(dt.date.fromisoformat(asked.subject["until"]))
    if ends <= now:
        raise ConflictError(
            "Expected a request that waits, got one decided or run out. Look at the list again."
        )
    asked.used_at = now
    emergency = Emergency(
        emergency_id=asked.approval_id,
        reason=asked.reason,
        begins=now,
        ends=ends,
        declared_by=asked.asked_by,
        approved_by=viewer.who,
    )
    session.add(emergency)
    session.flush()
    raise_revision(session)  # views kept for a session must not outlive it
    record_event(session, viewer, "declare", "disaster", [], filters={"emergency": emergency.emergency_id})
    return emergency


def end_disaster(session: Session, viewer: Viewer) -> Emergency:
    """End the declared disaster at once; one person is enough to close.

    Raises
    ------
    ConflictError
        None is declared.
    AccessRefusedError
        The role ends nothing.
    """
    if not (may(viewer, "approve") or may(viewer, "ask")):
        raise AccessRefusedError(
            f"Expected a role that may do this, got {viewer.role}. Ask the administrator."
        )
    emergency = emergency_in_force(session)
    if emergency is None:
        raise ConflictError("Expected a declared disaster, got none. Nothing was changed.")
    emergency.ended_by = viewer.who
    session.flush()
    raise_revision(session)
    record_event(session, viewer, "end", "disaster", [], filters={"emergency": emergency.emergency_id})
    return emergency


def _end_of(day: dt.date) -> dt.datetime:
    """Return the end of a day in Japan, in UTC."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time()) - _JAPAN


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
