"""What ``mimamori rules``, ``consents``, ``disaster`` and ``ask-look`` do and say."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from app.console import Talk
from app.operators import operator
from app.services import sharing, sharing_changes
from app.services.sharing_changes import Answer
from app.settings import Settings
from app.ui import sharing_tables
from app.ui.text.formats import count, day, today
from geodata.exporters import write_csv, write_text


def list_rules(talk: Talk, settings: Settings, *, everything: bool) -> None:
    """Tell the rules, one line each."""
    table = sharing.load_rules(settings.open_store(), operator(), everything=everything)
    talk.data = {"rules": _records(table.rules), "disaster_until": table.disaster_until}
    talk.say("rules.command.listed", count=count(len(table.rules)))
    talk.lines += [f"  {line}" for line in sharing_tables.rule_lines(table.rules, talk.words)]
    talk.finish()


def propose(talk: Talk, settings: Settings, file: Path) -> None:
    """Propose the rules of a file."""
    report = sharing_changes.propose_file(settings.open_store(), operator(), file)
    talk.data = {"proposed": report.written, "standing": report.unchanged}
    talk.say(
        "rules.command.proposed", proposed=count(report.written or 0), standing=count(report.unchanged or 0)
    )
    talk.finish()


def end_rule(talk: Talk, settings: Settings, rule: str, reason: str) -> None:
    """Propose to end a rule."""
    asked = sharing_changes.propose_end(settings.open_store(), operator(), rule, reason)
    talk.data = {"requests": [one.approval_id for one in asked]}
    for one in asked:
        talk.say("rules.command.asked", request=one.approval_id)
    talk.finish()


def list_requests(talk: Talk, settings: Settings) -> None:
    """Tell what waits for a second person."""
    waiting = sharing.load_rules(settings.open_store(), operator()).requests
    talk.data = {"requests": _records(waiting)}
    talk.say("rules.command.waiting", count=count(len(waiting)))
    for one in waiting.to_dict("records"):
        about = sharing_tables.subject_text(one["subject"], talk.words)
        kind = talk.words(f"rules.kind.{one['kind']}")
        talk.lines.append(f"  {one['approval_id']}  {kind}  {about}")
        talk.lines.append(f"    {talk.words('rules.asked', who=one['asked_by'], reason=one['reason'])}")
    talk.finish()


def decide(talk: Talk, settings: Settings, request: str, *, allow: bool, kind: str | None = None) -> None:
    """Allow or refuse what another person asked for."""
    decided = sharing_changes.decide(settings.open_store(), operator(), request, allow=allow, kind=kind)
    talk.data = {"request": request, "kind": decided, "allowed": allow}
    said = "rules.command.allowed" if allow else "rules.command.refused"
    talk.say(said, kind=talk.words(f"rules.kind.{decided}"))
    talk.finish()


def print_rules(talk: Talk, settings: Settings, out: Path) -> None:
    """Write the rules in force for the council."""
    rules = sharing.load_rules(settings.open_store(), operator()).rules
    table = sharing_tables.council_table(rules, talk.words)
    made_on = talk.words("paper.made_on", day=day(today(), talk.words.language))
    files = [out / "rules.csv", out / "rules.md"]
    out.mkdir(parents=True, exist_ok=True)
    write_csv(files[0], table)
    write_text(files[1], sharing_tables.council_text(table, made_on, talk.words))
    talk.data = {"rules": len(table)}
    talk.say("rules.command.printed", count=count(len(table)))
    talk.files(files)
    talk.finish()


def add_consent(talk: Talk, settings: Settings, household: str, answer: Answer) -> None:
    """Enter what a household answered."""
    revision = sharing_changes.enter_consent(settings.open_store(), operator(), household, answer)
    talk.data = {"household": household, "revision": revision}
    talk.say("who_sees.entered", household=household)
    talk.finish()


def withdraw(talk: Talk, settings: Settings, household: str, on: dt.date | None, form: str | None) -> None:
    """Enter that a household took its consent back."""
    revision = sharing_changes.withdraw_consent(
        settings.open_store(), operator(), household, on=on, form=form
    )
    talk.data = {"household": household, "revision": revision}
    talk.say("who_sees.withdrawn", household=household)
    talk.finish()


def declare(talk: Talk, settings: Settings, until: dt.date, reason: str) -> None:
    """Declare a disaster, for a second person to approve."""
    asked = sharing_changes.declare_disaster(settings.open_store(), operator(), until, reason)
    talk.data = {"requests": [asked.approval_id]}
    talk.say("rules.command.asked", request=asked.approval_id)
    talk.finish()


def end_disaster(talk: Talk, settings: Settings) -> None:
    """End the declared disaster."""
    sharing_changes.end_disaster(settings.open_store(), operator())
    talk.say("rules.command.disaster_ended")
    talk.finish()


def ask_look(talk: Talk, settings: Settings, district: str, reason: str) -> None:
    """Ask for leave to see a district's households."""
    asked = sharing_changes.ask_look(settings.open_store(), operator(), district, reason)
    talk.data = {"requests": [asked.approval_id]}
    talk.say("rules.command.asked", request=asked.approval_id)
    talk.finish()


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    return table.astype(object).where(table.notna(), None).to_dict("records")
