"""Sharing rules shown: the table, the requests that wait, one household's explanation, own households."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from geodata import access, approvals, sharing_records, sharing_rules
from geodata.errors import AccessRefusedError
from geodata.models import Approval
from geodata.rights import may
from geodata.session import Store
from geodata.sharing import emergency_in_force
from geodata.sharing_records import WhoSees
from geodata.viewer import Viewer

RULE_COLUMNS = (
    *("rule_key", "rule_id", "status", "recipient", "item", "area", "purpose", "phase", "basis", "article"),
    *("least_level", "media", "agreement", "valid_from", "valid_to", "proposed_by", "approved_by"),
)
_SHOWN = ("household_type", "needs", "visits_per_month")
REQUEST_COLUMNS = ("approval_id", "kind", "subject", "reason", "asked_by", "asked_at", "may_decide")


@dataclass(frozen=True)
class RuleTable:
    """The rules in force and proposed, the requests that wait, and until when a disaster is declared.

    Parameters
    ----------
    rules : DataFrame, columns ``RULE_COLUMNS``
    requests : DataFrame, columns ``REQUEST_COLUMNS``
    disaster_until : datetime (UTC) or None
    may_declare : whether the viewer may ask a second person for anything
    may_propose : whether the viewer may propose rules and their end
    may_look : whether the viewer may ask to see a district's households
    looks : districts whose households a second person allowed the viewer to see, for now
    """

    rules: pd.DataFrame
    requests: pd.DataFrame
    disaster_until: pd.Timestamp | None
    may_declare: bool
    may_propose: bool
    may_look: bool
    looks: tuple[str, ...]


def load_rules(store: Store, viewer: Viewer, *, everything: bool = False) -> RuleTable:
    """Return the rule table as this viewer may see it; with ``everything`` ended and rejected rules too.

    Raises
    ------
    geodata.errors.AccessRefusedError
        The role reads no rules.
    """
    with store.begin(write=True) as session:
        rules = sharing_rules.list_rules(session, viewer, everything=everything)
        asked = [one for one in approvals.list_requests(session, viewer) if approvals.is_open(one)]
        disaster = emergency_in_force(session)
        looks = approvals.own_looks(session, viewer) if may(viewer, "approve") else []
    rows = [[getattr(rule, name) for name in RULE_COLUMNS] for rule in rules]
    return RuleTable(
        rules=pd.DataFrame(rows, columns=list(RULE_COLUMNS)),
        requests=pd.DataFrame([_request(one, viewer) for one in asked], columns=list(REQUEST_COLUMNS)),
        disaster_until=None if disaster is None else pd.Timestamp(disaster.ends),
        may_declare=may(viewer, "ask"),
        may_propose=may(viewer, "propose_rules"),
        may_look=may(viewer, "approve"),
        looks=tuple(looks),
    )


def _request(asked: Approval, viewer: Viewer) -> list[object]:
    may_decide = may(viewer, "approve") and asked.asked_by != viewer.who
    shown = (asked.approval_id, asked.kind, asked.subject, asked.reason, asked.asked_by, asked.asked_at)
    return [*shown, may_decide]


def read_moment(store: Store, viewer: Viewer) -> tuple[str, ...]:
    """Return what of a viewer's rights ends by the clock: the day, the disaster in force, leaves to look."""
    day = dt.date.today().isoformat()
    if not store.exists():
        return (day,)
    with store.begin() as session:
        disaster = emergency_in_force(session)
        looks = approvals.own_looks(session, viewer) if may(viewer, "approve") else []
    return (day, "" if disaster is None else disaster.emergency_id, *looks)


def load_allowed_district(store: Store, viewer: Viewer, district: str) -> pd.DataFrame:
    """Return the households of a district a second person allowed the viewer to see, without their points.

    Each look is recorded; without a leave that lasts there are none.
    """
    with store.begin(write=True) as session:
        visible = access.read_district_households(session, viewer, district)
    return pd.DataFrame(visible.households[list(_SHOWN)])


def may_enter(viewer: Viewer) -> bool:
    """Say whether the viewer enters what households answered."""
    return may(viewer, "consent")


def may_withdraw(viewer: Viewer) -> bool:
    """Say whether the viewer enters that a household took its consent back."""
    return may(viewer, "withdraw")


def explain(store: Store, viewer: Viewer, household_id: str) -> WhoSees:
    """Say who may be told what of one household and why.

    Raises
    ------
    geodata.errors.AccessRefusedError
        There is no such household, or this viewer may not see it; the answer does not tell which.
    """
    with store.begin(write=True) as session:
        found = sharing_records.explain_sharing(session, viewer, household_id)
    if found is None:
        raise AccessRefusedError(
            "Expected a household this viewer may see, got another or none. Choose one of the list."
        )
    return found


def load_own_households(store: Store, viewer: Viewer) -> pd.DataFrame:
    """Return the households assigned to a watcher who signed in, without their points, indexed by id."""
    with store.begin(write=True) as session:
        households = access.read_own_households(session, viewer)
    return pd.DataFrame(households[list(_SHOWN)])
