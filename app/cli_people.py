"""Commands on single watchers: hand-over, successors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.command_line import (
    AsJson,
    Database,
    Day,
    District,
    Language,
    Out,
    Season,
    app,
    day_of,
    run,
    season_of,
)
from app.console import Talk
from app.settings import Settings


@app.command()
def handover(
    watcher: Annotated[str, typer.Option("--watcher", help="Who leaves.")],
    successor: Annotated[
        str | None, typer.Option("--successor", help="Who should follow, if possible.")
    ] = None,
    district: District = None,
    apply: Annotated[bool, typer.Option("--apply", help="Put the hand-over into the register.")] = False,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Hand the households of a watcher who leaves over to others: a preview, or applied (restricted)."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import handing_over

        request = handing_over.HandOverRequest(
            watcher, successor, district, apply, season_of(season), day_of(date)
        )
        handing_over.hand_over(talk, settings, out, request)

    run(work, database, language, as_json)


@app.command()
def successors(
    district: District = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Last day; default: the next re-election.")
    ] = None,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Name backups and successors before terms end: who, for whom, by when (restricted)."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import handing_over

        request = handing_over.SuccessorsRequest(
            district, day_of(until, "--until"), season_of(season), day_of(date)
        )
        handing_over.name_successors(talk, settings, out, request)

    run(work, database, language, as_json)
