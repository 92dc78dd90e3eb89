"""Sharing rules as SQL conditions: which households, and which of their columns, a viewer may see today.

Default deny: without a rule in force for recipient, item, purpose, phase and medium nothing passes. The
conditions stand on the live tables, so that a consent taken back counts with the next read.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from geodata.models import Assignment, Emergency, Household, SharingRule, Watcher
from geodata.models.sharing import ITEMS, RECIPIENTS
from geodata.models.watching import ACTIVE_KINDS
from geodata.rights import may
from geodata.row_security import narrow_to
from geodata.sharing_consent import NOT_ASKED, effective_level, presumed_level
from geodata.viewer import Viewer

NEVER = 5  # a consent level nobody has
BASIS_LENGTH = 80  # of the trail's column
TRAINING_LASTS = dt.timedelta(days=365)


@dataclass(frozen=True)
class Sharing:
    """The rules that hold for one viewer on one day, and whether a disaster is declared.

    Parameters
    ----------
    rules : tuple of SharingRule, those of the viewer's recipient kind, any item
    disaster : str or None, the declaration in force
    leave : str or None, a district whose households a second person allowed the viewer to see
    """

    viewer: Viewer
    rules: tuple[SharingRule, ...]
    today: dt.date
    disaster: str | None
    leave: str | None = None

    def condition(self, item: str) -> ColumnElement[bool]:
        """Return the condition a household must meet for this item to be shown; nothing without a rule."""
        if item not in ITEMS:
            raise ValueError(f"Expected item in {ITEMS}, got {item!r}. Use one of them.")
        parts = [rule_holds(rule, self.viewer, self.today) for rule in self.rules if rule.item == item]
        if self.leave is not None:
            level = effective_level(self.today, item=item)
            parts.append((Household.community_district == self.leave) & (level >= NOT_ASKED))
        return or_(false(), *parts)

    def trail(self, item: str) -> dict[str, Any]:
        """Return what an event says of a look at an item: the rules it stands on, and flags to review."""
        named = [rule.rule_id for rule in self.rules if rule.item == item]
        named += [] if self.leave is None else ["leave"]
        flags = [] if self.disaster is None else ["disaster"]
        return {"basis": ",".join(named)[:BASIS_LENGTH] or None, "flags": flags}


def sharing_for(
    session: Session, viewer: Viewer, *, medium: str = "screen", today: dt.date | None = None
) -> Sharing:
    """Return the rules in force for a viewer.

    Parameters
    ----------
    medium : str
        screen, paper or file; several with ``;`` between, of which a rule must name all.
    today : date, optional
        Default: the day of the clock.
    """
    day = today or dt.date.today()
    narrow_to(session, viewer, assigned_to(viewer.watcher_id, day))
    disaster = emergency_in_force(session)
    recipient = recipient_kind(session, viewer, day)
    rules = [
        rule
        for rule in ([] if recipient is None else rules_in_force(session, day))
        if rule.recipient == recipient
        and rule.purpose in ("any", viewer.purpose)
        and set(medium.split(";")) <= set(rule.media.split(";"))
        and (rule.phase == "ordinary" or disaster is not None)
    ]
    return Sharing(viewer, tuple(rules), day, None if disaster is None else disaster.emergency_id)


def rule_condition(
    session: Session, viewer: Viewer, item: str, *, medium: str = "screen", today: dt.date | None = None
) -> ColumnElement[bool]:
    """Return the condition on households under which a viewer may see an item."""
    return sharing_for(session, viewer, medium=medium, today=today).condition(item)


def rules_in_force(session: Session, day: dt.date) -> list[SharingRule]:
    """Return the approved rules valid on a day, in order of rule_id."""
    query = select(SharingRule).where(
        SharingRule.status == "in_force",
        or_(SharingRule.valid_from.is_(None), SharingRule.valid_from <= day),
        or_(SharingRule.valid_to.is_(None), SharingRule.valid_to >= day),
        or_(SharingRule.return_by.is_(None), SharingRule.return_by >= day),
        or_(SharingRule.trained_on.is_(None), SharingRule.trained_on >= day - TRAINING_LASTS),
    )
    return list(session.scalars(query.order_by(SharingRule.rule_id, SharingRule.rule_key)))


def emergency_in_force(session: Session, now: dt.datetime | None = None) -> Emergency | None:
    """Return the declared disaster of this moment (UTC), the one declared first, or none."""
    now = now or dt.datetime.now(dt.UTC).replace(tzinfo=None)
    lasts = (Emergency.begins <= now, Emergency.ends > now, Emergency.ended_by.is_(None))
    return session.scalar(select(Emergency).where(*lasts).order_by(Emergency.begins).limit(1))


def recipient_kind(session: Session, viewer: Viewer, today: dt.date) -> str | None:
    """Return as whom the rules name a viewer: coordinator, the kind of a watcher in office, or none."""
    if may(viewer, "own_districts"):
        return "coordinator"
    if not may(viewer, "own_households"):
        return None
    in_office = (
        Watcher.watcher_id == viewer.watcher_id,
        Watcher.status == "active",
        or_(Watcher.valid_from.is_(None), Watcher.valid_from <= today),
        or_(Watcher.valid_to.is_(None), Watcher.valid_to >= today),
        or_(Watcher.term_end.is_(None), Watcher.term_end >= today),
    )
    kind = session.scalar(select(Watcher.kind).where(*in_office))
    return kind if kind in RECIPIENTS else None


def rule_holds(rule: SharingRule, viewer: Viewer, today: dt.date) -> ColumnElement[bool]:
    """Return the condition one rule puts on a household: its area and its consent."""
    return _within(rule, viewer, today) & consents(rule, today)


def consents(rule: SharingRule, today: dt.date) -> ColumnElement[bool]:
    """Return whether a household's consent is enough for a rule; a refusal binds but in a disaster."""
    level = effective_level(today, recipient=rule.recipient, item=rule.item)
    least = rule.least_level if rule.phase == "disaster" else max(rule.least_level, NOT_ASKED)
    enough = level >= least
    if rule.article is None:
        return enough
    return or_(enough, presumed_level(today, rule.article) >= max(least, NOT_ASKED))


def _within(rule: SharingRule, viewer: Viewer, today: dt.date) -> ColumnElement[bool]:
    if rule.recipient == "coordinator":  # whatever the row says, never another district
        return Household.community_district.in_(viewer.districts)
    if rule.area == "own_assigned":
        return Household.household_id.in_(assigned_to(viewer.watcher_id, today))
    if rule.area == "own_district":
        own = select(Watcher.district).where(Watcher.watcher_id == viewer.watcher_id)
        return Household.community_district.in_(own)
    return Household.household_id.is_not(None)


def assigned_to(watcher_id: str | None, today: dt.date):
    """Return the query of the households assigned to a watcher on a day."""
    return select(Assignment.household_id).where(
        Assignment.watcher_id == watcher_id,
        or_(Assignment.valid_from.is_(None), Assignment.valid_from <= today),
        or_(Assignment.valid_to.is_(None), Assignment.valid_to >= today),
    )


# --- the analysis -----------------------------------------------------------------------------------------


def visit_levels(session: Session, day: dt.date) -> dict[str, int]:
    """Return the lowest consent level at which each active kind may visit, by the rules of ordinary times.

    A kind without a rule has ``NEVER``.
    """
    levels = dict.fromkeys(ACTIVE_KINDS, NEVER)
    for rule in _visit_rules(session, day):
        levels[rule.recipient] = min(levels[rule.recipient], rule.least_level)
    return levels


def level_for_visits(session: Session, day: dt.date) -> ColumnElement[int]:
    """Return each household's consent level for an analysis of ``day``.

    Where an article presumes consent, the level rises as far as the visit rules of every kind up to it name
    that article, and no further: the analysis knows one number a household.
    """
    rules = _visit_rules(session, day)
    level = effective_level(day, item="visit")
    for article in sorted({rule.article for rule in rules if rule.article is not None}):
        highest = _presumed_up_to(rules, article)
        presumed = presumed_level(day, article)
        capped = func.min(presumed, highest) if _is_sqlite(session) else func.least(presumed, highest)
        level = func.max(level, capped) if _is_sqlite(session) else func.greatest(level, capped)
    return level


def _presumed_up_to(rules: list[SharingRule], article: str) -> int:
    others = [rule.least_level for rule in rules if rule.article != article]
    return min(others, default=NEVER) - 1


def _visit_rules(session: Session, day: dt.date) -> list[SharingRule]:
    rules = rules_in_force(session, day)
    return [
        rule
        for rule in rules
        if (rule.item, rule.phase) == ("visit", "ordinary") and rule.recipient in ACTIVE_KINDS
    ]


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


__all__ = [
    *("NEVER", "Sharing", "assigned_to", "consents", "emergency_in_force", "level_for_visits"),
    *("recipient_kind", "rule_condition", "rule_holds", "rules_in_force", "sharing_for", "visit_levels"),
]
