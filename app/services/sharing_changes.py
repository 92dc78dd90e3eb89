"""What changes sharing: rules proposed and ended, leaves asked and given, disasters, consents entered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from app.services.city import find_district
from app.services.errors import RequestError
from app.services.imports import DatasetSpec, import_files
from geodata import approvals, read, sharing_disaster, sharing_records, sharing_rules
from geodata.errors import ImportRefusedError
from geodata.importers import ImportOptions
from geodata.importers.report import ImportReport
from geodata.models import Approval
from geodata.models.sharing import ANSWERS
from geodata.session import Store
from geodata.sharing_records import Consent
from geodata.viewer import Viewer


@dataclass(frozen=True)
class Answer:
    """What a form or command says of a household's answer.

    Parameters
    ----------
    level : int or None, 0 to 4; None: 0 with a refusal, else 2
    answer : "yes", "no" or "none"
    article : of the ordinance that presumes consent; the mode is then opt-out
    form : where the paper is kept
    valid_to : last day it holds
    """

    level: int | None
    answer: str
    asked_on: dt.date
    article: str | None = None
    form: str | None = None
    valid_to: dt.date | None = None

    def consent(self) -> Consent:
        """Return it as the door takes it.

        Raises
        ------
        RequestError
            An unknown answer, or one without the place of its form.
        geodata.errors.GeodataError
            The answer contradicts itself.
        """
        if self.answer not in ANSWERS:
            raise RequestError(f"Expected yes, no or none as answer, got {self.answer}. Choose one.")
        if self.answer == "yes" and not self.form:
            raise RequestError("Expected where the signed form is kept, got nothing. Write its number.")
        usual = 0 if self.answer == "no" else 2
        return Consent(
            usual if self.level is None else self.level,
            self.answer,
            self.asked_on,
            mode="opt-in" if not self.article else "opt-out",
            article=self.article or None,
            form=self.form or None,
            valid_to=self.valid_to,
        )


def propose_file(store: Store, viewer: Viewer, file: Path) -> ImportReport:
    """Propose the rules of a file, all or none; a second person puts each in force.

    Raises
    ------
    geodata.errors.ImportRefusedError
        The file cannot be read, or a row is wrong.
    geodata.errors.AccessRefusedError
        The role proposes no rules.
    geodata.errors.StoreNotReadyError
        No city is in the store yet.
    """
    store.check_ready()
    with store.begin() as session:
        city = read.read_dataset(session)
    spec = DatasetSpec(city.name, city.reference_date)
    report = import_files(store, viewer, "sharing-rules", [file], options=ImportOptions(), spec=spec)
    if report.refused:
        first = report.errors[0]
        raise ImportRefusedError(
            f"Expected rules without a fault, got {report.rejected} with one: row {first.row}: {first.reason}"
        )
    return report


def propose_end(store: Store, viewer: Viewer, rule_id: str, reason: str) -> list[Approval]:
    """Propose to end a rule in force, whatever its versions; a second person decides each.

    Raises
    ------
    geodata.errors.ConflictError
        No rule of this name is in force.
    geodata.errors.AccessRefusedError
        The role proposes no rules.
    """
    with store.begin(write=True) as session:
        keys = sharing_rules.keys_in_force(session, rule_id) or [""]
        return [sharing_rules.propose_end(session, viewer, key, reason=reason) for key in keys]


def ask_look(store: Store, viewer: Viewer, district: str, reason: str) -> Approval:
    """Ask a second person for leave to see the households of one district.

    Raises
    ------
    RequestError
        There is no such district.
    geodata.errors.GeodataError
        No reason.
    geodata.errors.AccessRefusedError
        The role asks for nothing.
    """
    code = find_district(store, district)
    with store.begin(write=True) as session:
        return approvals.ask_leave(session, viewer, "look", {"district": code}, reason)


def decide(store: Store, viewer: Viewer, approval_id: str, *, allow: bool, kind: str | None = None) -> str:
    """Allow or refuse what another person asked for; a rule comes into force, a disaster begins.

    Parameters
    ----------
    kind : str, optional
        What it must ask for.

    Returns
    -------
    str
        What it asked for: rule, export, disaster or look.

    Raises
    ------
    geodata.errors.AccessRefusedError
        It is one's own request, or the role decides nothing.
    geodata.errors.ConflictError
        It was decided meanwhile, or there is no such request.
    """
    with store.begin(write=True) as session:
        found = kind or approvals.kind_of(session, approval_id) or ""
        if found == "rule":
            act = sharing_rules.approve_rule if allow else sharing_rules.reject_rule
        elif found == "disaster" and allow:
            act = sharing_disaster.approve_disaster
        else:
            act = approvals.give_leave if allow else approvals.refuse_leave
        act(session, viewer, approval_id)
    return found


def declare_disaster(store: Store, viewer: Viewer, until: dt.date, reason: str) -> Approval:
    """Declare a disaster to the end of a day in Japan; it begins when a second person approves."""
    with store.begin(write=True) as session:
        return sharing_disaster.declare_disaster(session, viewer, until=until, reason=reason)


def end_disaster(store: Store, viewer: Viewer) -> None:
    """End the declared disaster at once."""
    with store.begin(write=True) as session:
        sharing_disaster.end_disaster(session, viewer)


def enter_consent(
    store: Store, viewer: Viewer, household_id: str, answer: Answer, *, records: int | None = None
) -> int:
    """Enter a household's answer and return the new revision; ``records`` as the form was opened with.

    Raises
    ------
    geodata.errors.ConflictError
        Somebody entered another answer meanwhile.
    geodata.errors.AccessRefusedError
        The role enters no consents.
    """
    consent = answer.consent()
    with store.begin(write=True) as session:
        return sharing_records.add_consent(session, viewer, household_id, consent, records=records)


def withdraw_consent(
    store: Store,
    viewer: Viewer,
    household_id: str,
    *,
    on: dt.date | None = None,
    form: str | None = None,
    records: int | None = None,
) -> int:
    """Take a household's consent back and return the new revision; raises as :func:`enter_consent`."""
    with store.begin(write=True) as session:
        return sharing_records.withdraw_consent(
            session, viewer, household_id, on=on, form=form or None, records=records
        )
