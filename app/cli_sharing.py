"""Commands on who may be told what: rules, consents, the disaster switch, leaves by a second person.

With ``--user`` each acts as that account; who runs the machine alone may ask, and approves nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.command_line import AsJson, Database, Language, Out, app, day_of, run
from app.console import Talk
from app.settings import Settings

rules_app = typer.Typer(no_args_is_help=True, help="The sharing rules: who may be told what.")
consents_app = typer.Typer(no_args_is_help=True, help="What households answered when they were asked.")
disaster_app = typer.Typer(no_args_is_help=True, help="The disaster switch, by two people.")
app.add_typer(rules_app, name="rules")
app.add_typer(consents_app, name="consents")
app.add_typer(disaster_app, name="disaster")

Reason = Annotated[str, typer.Option("--reason", help="Why; told to the second person and kept.")]
Request = Annotated[str, typer.Argument(help="Number of the request, as 'rules requests' lists it.")]
HouseholdId = Annotated[str, typer.Argument(help="Id of the household.")]
Form = Annotated[str | None, typer.Option("--form", help="Where the paper is kept; never its text.")]


@rules_app.command("list")
def list_rules(
    everything: Annotated[bool, typer.Option("--all", help="Ended and rejected rules too.")] = False,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """List the rules in force and proposed."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command

        sharing_command.list_rules(talk, settings, everything=everything)

    run(work, database, language, as_json)


@rules_app.command()
def propose(
    file: Annotated[Path, typer.Argument(help="CSV or xlsx of rules.")],
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Propose the rules of a file; each says nothing until another person approves it."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command

        sharing_command.propose(talk, settings, file)

    run(work, database, language, as_json)


@rules_app.command()
def end(
    rule: Annotated[str, typer.Argument(help="Id of the rule in force.")],
    reason: Reason,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Propose to end a rule; it holds until another person approves."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command

        sharing_command.end_rule(talk, settings, rule, reason)

    run(work, database, language, as_json)


@rules_app.command()
def requests(database: Database = None, language: Language = None, as_json: AsJson = False) -> None:
    """List what waits for a second person: rules, disasters, exports, looks."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command

        sharing_command.list_requests(talk, settings)

    run(work, database, language, as_json)


@rules_app.command()
def approve(
    request: Request, database: Database = None, language: Language = None, as_json: AsJson = False
) -> None:
    """Allow what another person asked for, whatever it is."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command

        sharing_command.decide(talk, settings, request, allow=True)

    run(work, database, language, as_json)


@rules_app.command()
def refuse(
    request: Request, database: Database = None, language: Language = None, as_json: AsJson = False
) -> None:
    """Refuse what another person asked for."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command

        sharing_command.decide(talk, settings, request, allow=False)

    run(work, database, language, as_json)


@rules_app.command("print")
def print_rules(
    out: Out = Path("out/rules"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Write the rules in force for the council, as a table and as a text; no person is named."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command

        sharing_command.print_rules(talk, settings, out)

    run(work, database, language, as_json)


@consents_app.command()
def add(
    household: HouseholdId,
    asked_on: Annotated[str, typer.Option("--asked-on", help="Day it was asked, 2026-04-01 or R8.4.1.")],
    answer: Annotated[str, typer.Option("--answer", help="yes, no or none.")],
    level: Annotated[
        int | None, typer.Option("--level", min=0, max=4, help="Level; default: 2, with no: 0.")
    ] = None,
    form: Form = None,
    until: Annotated[str | None, typer.Option("--until", help="Last day it holds.")] = None,
    article: Annotated[
        str | None, typer.Option("--article", help="Article under which no answer is consent (opt-out).")
    ] = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Enter what a household answered; it counts with the next read."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command
        from app.services.sharing_changes import Answer

        asked, last = day_of(asked_on, "--asked-on"), day_of(until, "--until")
        sharing_command.add_consent(
            talk, settings, household, Answer(level, answer, asked, article, form, last)
        )

    run(work, database, language, as_json)


@consents_app.command()
def withdraw(
    household: HouseholdId,
    on: Annotated[str | None, typer.Option("--on", help="Day it was said; default: today.")] = None,
    form: Form = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Enter that a household took its consent back; it counts with the next read."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command

        sharing_command.withdraw(talk, settings, household, day_of(on, "--on"), form)

    run(work, database, language, as_json)


@disaster_app.command()
def declare(
    until: Annotated[str, typer.Option("--until", help="Last day in Japan, 2026-04-01 or R8.4.1.")],
    reason: Reason,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Declare a disaster; its rules hold once another person approves, until the end of that day."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command

        sharing_command.declare(talk, settings, day_of(until, "--until"), reason)

    run(work, database, language, as_json)


@disaster_app.command("approve")
def approve_disaster(
    request: Request, database: Database = None, language: Language = None, as_json: AsJson = False
) -> None:
    """Approve the disaster another person declared; it begins now."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command

        sharing_command.decide(talk, settings, request, allow=True, kind="disaster")

    run(work, database, language, as_json)


@disaster_app.command("end")
def end_disaster(database: Database = None, language: Language = None, as_json: AsJson = False) -> None:
    """End the declared disaster at once; one person is enough."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command

        sharing_command.end_disaster(talk, settings)

    run(work, database, language, as_json)


@app.command("ask-look")
def ask_look(
    district: Annotated[str, typer.Argument(help="Code or name of a community district.")],
    reason: Reason,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Ask a second person for leave to see the households of one district on the screen, for a day."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import sharing_command

        sharing_command.ask_look(talk, settings, district, reason)

    run(work, database, language, as_json)
