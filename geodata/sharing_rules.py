"""The city's rule table: proposing rows, letting a second person put them in force, ending them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import pandas as pd
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from geodata.approvals import ask_leave, give_leave, is_open, refuse_leave
from geodata.audit import record_event
from geodata.errors import AccessRefusedError, ConflictError, GeodataError
from geodata.models import Approval, SharingRule
from geodata.models.sharing import BASES, ITEMS, MEDIA, PHASES, RECIPIENTS, RULE_AREAS
from geodata.rights import may
from geodata.viewer import Viewer
from geodata.write import UpsertCounts, raise_revision

CONTENT = (
    *("rule_id", "recipient", "item", "area", "purpose", "phase", "basis", "article", "least_level"),
    *("media", "copies", "agreement", "manager", "readers", "trained_on", "return_by"),
    *("valid_from", "valid_to"),
)
_CHOICES = {
    "recipient": RECIPIENTS,
    "item": ITEMS,
    "area": RULE_AREAS,
    "phase": PHASES,
    "basis": BASES,
}


def rule_key(rule: dict[str, Any]) -> str:
    """Return the key of a row: its rule_id with the hash of all it says; the same row has the same key."""
    said = {name: None if pd.isna(rule.get(name)) else str(rule[name]) for name in CONTENT}
    return f"{said['rule_id']}:{hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]}"


def rule_faults(rule: dict[str, Any]) -> list[str]:
    """Return what is wrong with a row, in English sentences; nothing for a good one.

    Consent needs level 2 or more; a lower level needs an article (an ordinance's opt-out, a statute) and
    level 0 (refused) a declared disaster.
    """
    faults = [
        f"Expected {name} in {', '.join(known)}, got {rule.get(name)!r}."
        for name, known in _CHOICES.items()
        if rule.get(name) not in known
    ]
    media = str(rule.get("media") or "").split(";")
    if not set(media) <= set(MEDIA):
        faults.append(f"Expected media of {', '.join(MEDIA)}, got {rule.get('media')!r}.")
    level = rule.get("least_level")
    if level not in range(5):
        return [*faults, f"Expected least_level from 0 to 4, got {level!r}."]
    is_disaster = rule.get("phase") == "disaster"
    if level == 0 and not is_disaster:
        faults.append("Expected level 0 in a disaster only, got it in ordinary times: a refusal binds.")
    if is_disaster != (rule.get("basis") == "49-11-3"):
        faults.append("Expected basis 49-11-3 with phase disaster, and only with it.")
    if rule.get("basis") == "consent" and level < 2:
        faults.append("Expected level 2 or more on the ground of consent, got less.")
    if rule.get("basis") == "ordinance" and pd.isna(rule.get("article")):
        faults.append("Expected the article of the ordinance, got none.")
    if rule.get("recipient") == "coordinator" and rule.get("area") != "own_district":
        faults.append("Expected area own_district for a coordinator, got a wider one.")
    return faults


def propose_rule(session: Session, viewer: Viewer, rule: dict[str, Any], *, reason: str) -> Approval:
    """Propose one row; it says nothing until a second person puts it in force.

    Parameters
    ----------
    rule : dict
        The columns of ``CONTENT``; those left out are empty.

    Raises
    ------
    GeodataError
        The row contradicts itself, or says what a row already in force or proposed says.
    AccessRefusedError
        The role proposes no rules.
    """
    _check_may(viewer, "propose_rules")
    row = {name: None if pd.isna(rule.get(name)) else rule[name] for name in CONTENT}
    faults = rule_faults(row)
    if faults:
        raise GeodataError(" ".join([*faults, "Correct the rule."]))
    key = rule_key(row)
    stored = session.get(SharingRule, key)
    if stored is not None and stored.status in ("proposed", "in_force"):
        raise GeodataError("Expected a rule that is new, got one that stands already. Change what it says.")
    given = {"status": "proposed", "proposed_by": viewer.who, "proposed_at": _now()}
    given |= {"approved_by": None, "approved_at": None}
    session.merge(SharingRule(rule_key=key, **row, **given))
    session.flush()
    return ask_leave(session, viewer, "rule", {"put_in_force": key}, reason)


def propose_frame(session: Session, viewer: Viewer, frame: pd.DataFrame) -> UpsertCounts:
    """Propose the rows of a file; those that stand already are left as they are."""
    standing = set(
        session.scalars(select(SharingRule.rule_key).where(SharingRule.status.in_(("proposed", "in_force"))))
    )
    new = frame[~frame["rule_key"].isin(standing)]
    for row in new.astype(object).where(new.notna(), None).to_dict("records"):
        propose_rule(session, viewer, row, reason=f"file: {row['rule_id']}")
    return UpsertCounts(len(new), 0, len(frame) - len(new))


def keys_in_force(session: Session, rule_id: str) -> list[str]:
    """Return the rows in force of a rule: one, or two where a later one already waits for its day."""
    named = (SharingRule.rule_id == rule_id, SharingRule.status == "in_force")
    return list(session.scalars(select(SharingRule.rule_key).where(*named).order_by(SharingRule.rule_key)))


def propose_end(session: Session, viewer: Viewer, key: str, *, reason: str) -> Approval:
    """Propose to end a rule in force; raises as :func:`propose_rule`."""
    _check_may(viewer, "propose_rules")
    stored = session.get(SharingRule, key)
    if stored is None or stored.status != "in_force":
        raise ConflictError("Expected a rule in force, got none of this name. Look at the list again.")
    return ask_leave(session, viewer, "rule", {"end": key}, reason)


def approve_rule(session: Session, viewer: Viewer, approval_id: str) -> int:
    """Put a proposed rule in force, in the place of the one with its rule_id; return the new revision.

    Raises
    ------
    AccessRefusedError
        It is one's own proposal, or the role approves nothing.
    ConflictError
        It was decided meanwhile.
    """
    asked = _of_rule(give_leave(session, viewer, approval_id))
    now = _now()
    if "end" in asked.subject:
        _set(session, SharingRule.rule_key == asked.subject["end"], "in_force", status="ended")
    else:
        key = asked.subject["put_in_force"]
        _end_older(session, session.get_one(SharingRule, key))
        taken = {"status": "in_force", "approved_by": viewer.who, "approved_at": now}
        _set(session, SharingRule.rule_key == key, "proposed", **taken)
    asked.used_at = now
    session.flush()
    session.expire_all()
    return raise_revision(session)


def reject_rule(session: Session, viewer: Viewer, approval_id: str) -> None:
    """Reject a proposed rule; a proposal to end one leaves it as it is. Raises as :func:`approve_rule`."""
    asked = _of_rule(refuse_leave(session, viewer, approval_id))
    if "put_in_force" in asked.subject:
        _set(session, SharingRule.rule_key == asked.subject["put_in_force"], "proposed", status="rejected")
        session.expire_all()


def list_rules(session: Session, viewer: Viewer, *, everything: bool = False) -> list[SharingRule]:
    """Return the rules in force and proposed, or all there ever were, in order of rule_id.

    Raises
    ------
    AccessRefusedError
        The role reads no rules.
    """
    _check_may(viewer, "read_rules")
    query = select(SharingRule).order_by(
        SharingRule.phase.desc(), SharingRule.rule_id, SharingRule.proposed_at
    )
    if not everything:
        query = query.where(SharingRule.status.in_(("in_force", "proposed")))
    record_event(session, viewer, "look", "rule", [])
    return list(session.scalars(query))


def waiting_rules(session: Session) -> dict[str, str]:
    """Return the request that waits for each proposed rule, by the rule's key."""
    asked = session.scalars(select(Approval).where(Approval.kind == "rule", Approval.approved_by.is_(None)))
    return {str(next(iter(one.subject.values()))): one.approval_id for one in asked if is_open(one)}


def _end_older(session: Session, rule: SharingRule) -> None:
    """End the rows in force of the same rule_id: the day before the new one begins, or at once."""
    older = SharingRule.rule_id == rule.rule_id
    if rule.valid_from is not None and rule.valid_from > dt.date.today():
        last = rule.valid_from - dt.timedelta(days=1)
        _set(
            session,
            older & (SharingRule.valid_to.is_(None) | (SharingRule.valid_to > last)),
            "in_force",
            valid_to=last,
        )
        return
    _set(session, older, "in_force", status="ended")


def _set(session: Session, which: Any, now_in: str, **values: Any) -> None:
    rows = update(SharingRule).where(which, SharingRule.status == now_in)
    session.execute(rows.values(**values, version=SharingRule.version + 1))


def _of_rule(asked: Approval) -> Approval:
    if asked.kind != "rule":
        raise GeodataError("Expected a proposed rule, got another request. Choose one of the list.")
    return asked


def _check_may(viewer: Viewer, right: str) -> None:
    if not may(viewer, right):
        raise AccessRefusedError(
            f"Expected a role that may do this, got {viewer.role}. Ask the administrator."
        )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
