"""Consent records at the door: entered, taken back, read; each change counts with the next read.

A record is never changed: a new answer, or the same consent taken back, is a record of its own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geodata.access import check_right, share_in
from geodata.audit import record_apart, record_event
from geodata.errors import AccessRefusedError, ConflictError, GeodataError
from geodata.models import ConsentRecord, Household, SharingRule
from geodata.models.sharing import ANSWERS, ITEMS, MODES, RECIPIENTS
from geodata.rights import may
from geodata.sharing import consents, rules_in_force
from geodata.sharing_consent import effective_level, is_refusal, newest_record
from geodata.viewer import Viewer
from geodata.write import raise_revision


@dataclass(frozen=True)
class Consent:
    """What a household answered.

    Parameters
    ----------
    level : int, 0 (refused) to 4 (wider network)
    answer : "yes", "no" or "none" (no answer)
    asked_on : date
    mode : "opt-in" or "opt-out"; the latter presumes consent by an article, where a rule names it
    items, recipients : tuple of str, what and whom it is limited to; empty: everything, everybody
    form : where the paper is kept; never its text
    valid_to : date, the last day it holds
    """

    level: int
    answer: str
    asked_on: dt.date
    mode: str = "opt-in"
    article: str | None = None
    items: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    form: str | None = None
    valid_to: dt.date | None = None

    def __post_init__(self) -> None:
        """Raise GeodataError for an answer that contradicts itself."""
        known = self.answer in ANSWERS and self.mode in MODES and self.level in range(5)
        known = known and set(self.items) <= set(ITEMS) and set(self.recipients) <= set(RECIPIENTS)
        if not known or (self.answer == "no") != (self.level == 0):
            raise GeodataError(
                "Expected a level from 1 to 4 with a yes or no answer yet, and 0 with a refusal. Correct it."
            )


def add_consent(
    session: Session, viewer: Viewer, household_id: str, consent: Consent, *, records: int | None = None
) -> int:
    """Enter what a household answered and return the new revision.

    Parameters
    ----------
    records : int, optional
        How many records the household had when the form was opened; none: whatever it has now.

    Raises
    ------
    AccessRefusedError
        The role enters no consents.
    ConflictError
        Somebody entered another answer meanwhile.
    GeodataError
        The household is unknown, or the day lies ahead.
    """
    check_right(session, viewer, "consent", "consent")
    _check_has_come(consent.asked_on)
    record = ConsentRecord(
        household_id=household_id,
        level=consent.level,
        answer=consent.answer,
        asked_on=consent.asked_on,
        mode=consent.mode,
        article=consent.article,
        items=";".join(consent.items) or None,
        recipients=";".join(consent.recipients) or None,
        form=consent.form,
        valid_to=consent.valid_to,
        entered_by=viewer.who,
    )
    return _enter(session, viewer, record, records)


def withdraw_consent(
    session: Session,
    viewer: Viewer,
    household_id: str,
    *,
    on: dt.date | None = None,
    form: str | None = None,
    records: int | None = None,
) -> int:
    """Take a household's consent back, whatever it was, and return the new revision.

    A coordinator may do it for a household it sees: whoever hears of a refusal can make it count at once.

    Parameters
    ----------
    on : date, optional
        The day it was said; default: today. It counts with the next read in any case.
    records : int, optional
        As of :func:`add_consent`.

    Raises
    ------
    AccessRefusedError
        The role takes no consents back, or sees no such household.
    ConflictError
        Somebody entered another answer meanwhile.
    GeodataError
        The household is unknown, or the day lies ahead.
    """
    check_right(session, viewer, "withdraw", "consent")
    if not may(viewer, "consent"):
        _check_sees(session, viewer, household_id)
    said_on = on or dt.date.today()
    _check_has_come(said_on)
    last = session.scalar(
        select(func.max(ConsentRecord.asked_on)).where(ConsentRecord.household_id == household_id)
    )
    record = ConsentRecord(
        household_id=household_id,
        level=0,
        answer="no",
        asked_on=max(said_on, last or said_on),  # a later day in an older record must not outlive this one
        mode="opt-in",
        form=form,
        withdrawn_on=said_on,
        entered_by=viewer.who,
    )
    return _enter(session, viewer, record, records)


def read_consents(session: Session, viewer: Viewer, household_id: str) -> pd.DataFrame:
    """Read all records of one household, the newest first; for who enters them.

    Raises
    ------
    AccessRefusedError
        The role sees no consent records.
    """
    check_right(session, viewer, "consent", "consent")
    columns = (
        *(ConsentRecord.asked_on, ConsentRecord.answer, ConsentRecord.level, ConsentRecord.mode),
        *(ConsentRecord.article, ConsentRecord.items, ConsentRecord.recipients, ConsentRecord.form),
        *(ConsentRecord.valid_to, ConsentRecord.withdrawn_on, ConsentRecord.entered_by),
    )
    query = select(*columns).where(ConsentRecord.household_id == household_id)
    newest_first = (ConsentRecord.asked_on.desc(), ConsentRecord.entered_at.desc())
    rows = session.execute(query.order_by(*newest_first, ConsentRecord.record_id.desc())).all()
    record_event(session, viewer, "look", "consent", [household_id])
    return pd.DataFrame(rows, columns=[column.key for column in columns])


@dataclass(frozen=True)
class WhoSees:
    """Who may be told what of one household today, and on which ground.

    Parameters
    ----------
    level : int, the consent level that counts today
    reason : imported, answered, refused, no_answer or expired: where the level comes from
    asked_on, valid_to : date or None, of the record that counts
    records : int, how many answers are kept of it
    rules : DataFrame, one row a rule in force
        ``rule_id``, ``recipient``, ``item``, ``area``, ``phase``, ``basis``, ``article``, ``least_level``,
        ``allowed`` (bool: the household's consent is enough; a disaster rule where it would be declared).
    """

    level: int
    reason: str
    asked_on: dt.date | None
    valid_to: dt.date | None
    records: int
    rules: pd.DataFrame


def explain_sharing(session: Session, viewer: Viewer, household_id: str) -> WhoSees | None:
    """Say who may be told what of one household and why; none unless the viewer may see the household.

    Who enters consents may ask about any household: it tells of rules and a level, never of a place or need.
    """
    today = dt.date.today()
    named = Household.household_id == household_id
    if may(viewer, "consent"):
        found = session.scalar(select(effective_level(today)).select_from(Household).where(named))
    else:
        sharing = share_in(session, viewer, None)
        shown = (named, sharing.condition("household"))
        found = session.scalar(select(effective_level(today)).select_from(Household).where(*shown))
    record_event(
        session, viewer, "look", "consent", [household_id], result="none" if found is None else "done"
    )
    if found is None:
        return None
    record = session.get(
        ConsentRecord, session.scalar(select(newest_record().scalar_subquery()).where(named)) or ""
    )
    rules = pd.DataFrame([_rule_row(session, rule, named, today) for rule in rules_in_force(session, today)])
    return WhoSees(
        level=int(found),
        reason=_reason(session, record, today),
        asked_on=None if record is None else record.asked_on,
        valid_to=None if record is None else record.valid_to,
        records=_count_records(session, household_id),
        rules=rules,
    )


def _rule_row(session: Session, rule: SharingRule, named, today: dt.date) -> dict[str, object]:
    query = select(Household.household_id).where(named, consents(rule, today))
    names = ("rule_id", "recipient", "item", "area", "phase", "basis", "article", "least_level")
    return {name: getattr(rule, name) for name in names} | {"allowed": session.scalar(query) is not None}


def _reason(session: Session, record: ConsentRecord | None, today: dt.date) -> str:
    if record is None:
        return "imported"
    refuses = select(ConsentRecord.record_id).where(ConsentRecord.record_id == record.record_id, is_refusal())
    if session.scalar(refuses) is not None:
        return "refused"
    if record.answer == "none":
        return "no_answer"
    return "expired" if record.valid_to is not None and record.valid_to < today else "answered"


def _enter(session: Session, viewer: Viewer, record: ConsentRecord, records: int | None) -> int:
    if session.get(Household, record.household_id) is None:
        raise GeodataError("Expected a known household, got another id. Look it up again.")
    if records is not None and records != _count_records(session, record.household_id):
        raise ConflictError(
            "Expected the answers just shown, got a newer one of this household. Look at it again."
        )
    session.add(record)
    session.flush()
    record_event(session, viewer, "edit", "consent", [record.household_id])
    return raise_revision(session)


def _count_records(session: Session, household_id: str) -> int:
    of_household = ConsentRecord.household_id == household_id
    return session.scalar(select(func.count()).select_from(ConsentRecord).where(of_household)) or 0


def _check_sees(session: Session, viewer: Viewer, household_id: str) -> None:
    sharing = share_in(session, viewer, None)
    shown = (Household.household_id == household_id, sharing.condition("household"))
    if session.scalar(select(Household.household_id).where(*shown)) is None:
        record_apart(session, viewer, "refuse", "consent", filters={"right": "withdraw"})
        raise AccessRefusedError(
            "Expected a household this viewer may see, got another or none. Choose one of the list."
        )


def _check_has_come(day: dt.date) -> None:
    if day > dt.date.today():
        raise GeodataError("Expected a day that has come, got a later one. Correct it.")
