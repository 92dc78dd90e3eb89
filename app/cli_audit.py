"""Commands on the trail: is it whole, who looked at what, keep its end elsewhere, let old events go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.command_line import AsJson, Database, Language, app, day_of, run
from app.console import Talk
from app.settings import Settings

audit_app = typer.Typer(no_args_is_help=True, help="The trail of who looked at or changed what.")
app.add_typer(audit_app, name="audit")

ANCHORS = Path("data/trail-anchors.txt")

Who = Annotated[str | None, typer.Option("--who", help="Name of one account.")]
Act = Annotated[str | None, typer.Option("--act", help="For example look, edit, export, refuse.")]
Flag = Annotated[
    str | None, typer.Option("--flag", help="bulk, outside_hours, disaster; any for all flagged events.")
]
Since = Annotated[str | None, typer.Option("--since", help="First day in Japan, 2026-04-01 or R8.4.1.")]
Until = Annotated[str | None, typer.Option("--until", help="Last day in Japan.")]
HouseholdId = Annotated[str | None, typer.Option("--household", help="Events on this one household alone.")]
AnchorFile = Annotated[Path, typer.Option("--file", help="File of anchors, kept outside the database.")]


@audit_app.command()
def verify(
    anchor: Annotated[
        str | None, typer.Option("--anchor", help="File of anchors, or number:hash; default: the usual file.")
    ] = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Check that no event was altered, removed or put in; code 1 when one was."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import trailing

        usual = str(ANCHORS) if ANCHORS.is_file() else None
        if not trailing.verify(talk, settings, anchor or usual):
            raise typer.Exit(1)

    run(work, database, language, as_json)


@audit_app.command()
def anchor(
    file: AnchorFile = ANCHORS,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Check the trail and write its end into a file; print the line on the day's sheet too."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import trailing

        trailing.anchor(talk, settings, file)

    run(work, database, language, as_json)


@audit_app.command()
def search(
    who: Who = None,
    act: Act = None,
    flag: Flag = None,
    since: Since = None,
    until: Until = None,
    household: HouseholdId = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Find events of the trail, the newest first; the search itself is recorded."""
    asked = {
        **{"who": who, "act": act, "flag": flag, "household_id": household, "limit": limit},
        **{"since": day_of(since, "--since"), "until": day_of(until, "--until")},
    }

    def work(talk: Talk, settings: Settings) -> None:
        from app import trailing

        trailing.search(talk, settings, asked)

    run(work, database, language, as_json)


@audit_app.command()
def export(
    out: Annotated[Path, typer.Option("--out", help="File to write, .csv or .json.")],
    since: Since = None,
    until: Until = None,
    flag: Flag = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Write events of the trail into a file for the auditor (restricted)."""
    asked = {"flag": flag, "since": day_of(since, "--since"), "until": day_of(until, "--until")}

    def work(talk: Talk, settings: Settings) -> None:
        from app import trailing

        trailing.export(talk, settings, asked, out)

    run(work, database, language, as_json)


@audit_app.command()
def prune(
    before: Annotated[str, typer.Option("--before", help="Events of before this day in Japan go.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with the seal.")],
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Delete old events after the retention period; a seal with their count and digest stays."""
    day = day_of(before, "--before")

    def work(talk: Talk, settings: Settings) -> None:
        from app import trailing

        trailing.prune(talk, settings, day, reason)

    run(work, database, language, as_json)


@audit_app.command("rule")
def rule(
    keep_days: Annotated[
        int | None, typer.Option("--keep-days", help="Days an event is kept at least; none: nothing goes.")
    ] = None,
    bulk: Annotated[
        int | None, typer.Option("--bulk", help="More ids than this at once are flagged.")
    ] = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Say, or settle, how long events are kept and how many households at once are flagged."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import trailing

        trailing.settle(talk, settings, keep_days=keep_days, bulk_ids=bulk)

    run(work, database, language, as_json)
