"""Commands on publications: make one, list them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.command_line import AsJson, Database, Day, Language, Season, app, day_of, run, season_of
from app.console import Talk
from app.settings import Settings


@app.command()
def publish(
    out: Annotated[Path, typer.Option("--out", help="Folder for the files; it must not hold any.")],
    preview: Annotated[
        bool, typer.Option("--preview", help="Only try: say what would be hidden; write nothing.")
    ] = False,
    also: Annotated[
        list[str] | None,
        typer.Option(
            "--also", help="Print too: school, neighbourhood, mesh; several with commas or repeated."
        ),
    ] = None,
    sheet: Annotated[bool, typer.Option("--sheet/--no-sheet", help="Make the council sheet.")] = True,
    season: Season = "normal",
    date: Day = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Publish tables, map and council sheet after an attack on them and all earlier releases, or nothing."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import publish as publishing

        layers = tuple(name.strip() for text in also or () for name in text.split(","))
        asked = publishing.PublishRequest(season_of(season), out, preview, day_of(date), layers, sheet)
        publishing.publish(talk, settings, asked)

    run(work, database, language, as_json)


@app.command()
def releases(database: Database = None, language: Language = None, as_json: AsJson = False) -> None:
    """List what was published, from the register."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import publish as publishing

        publishing.releases(talk, settings)

    run(work, database, language, as_json)
