"""The command for displaced points."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.command_line import AsJson, Database, Day, Language, Out, Season, app, day_of, run, season_of
from app.console import Talk
from app.settings import Settings

Dwellings = Annotated[
    Path | None,
    typer.Option(
        "--dwellings", help="Addresses or buildings to hide among; default: those of the neighbourhoods."
    ),
]


@app.command()
def mask(
    season: Season = "normal",
    date: Day = None,
    k: Annotated[int, typer.Option("--k", min=10, max=500, help="Dwellings each point hides among.")] = 25,
    dwellings: Dwellings = None,
    ask: Annotated[
        str | None, typer.Option("--ask", help="Ask a second person for leave, with the reason.")
    ] = None,
    out: Out = Path("out/mask"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Write displaced points of the households for restricted maps and test data; never public."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import masking_command

        asked = masking_command.MaskRequest(season_of(season), day_of(date), k, dwellings, ask)
        masking_command.mask(talk, settings, out, asked)

    run(work, database, language, as_json)
