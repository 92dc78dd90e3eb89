"""Commands on daily help and on places within a walk."""

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
def support(
    district: District = None,
    first: Annotated[
        str | None, typer.Option("--from", help="First day; default: the data's reference date.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=31, help="Days planned.")] = 7,
    tasks: Annotated[
        Path | None, typer.Option("--tasks", help="CSV or xlsx of tasks in place of the stored ones.")
    ] = None,
    lock: Annotated[list[str] | None, typer.Option(help="task:date:watcher must do it; repeatable.")] = None,
    season: Season = "normal",
    out: Out = Path("out/support"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Arrange daily help (snow, rubbish, shopping): who goes when, and what stays undone (restricted)."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import supporting

        asked = supporting.SupportCommand(
            district, day_of(first), days, tasks, tuple(lock or ()), season_of(season)
        )
        supporting.arrange(talk, settings, out, asked)

    run(work, database, language, as_json)


@app.command()
def access(
    kind: Annotated[str, typer.Option("--kind", help="gathering_place or consultation_centre.")],
    minutes: Annotated[int, typer.Option(min=3, max=60, help="Walk that counts as near.")] = 15,
    count: Annotated[int, typer.Option("--open", min=0, max=20, help="New places to open.")] = 0,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out/access"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Count households within a walk of a place by area, and choose which to open next."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import accessing

        asked = accessing.AccessCommand(kind, minutes, count, season_of(season), day_of(date))
        accessing.assess(talk, settings, out, asked)

    run(work, database, language, as_json)
