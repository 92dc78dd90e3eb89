"""Commands on next steps: whom to recruit and sign, what to agree, whom to ask, for what budget."""

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

Apply = Annotated[bool, typer.Option("--apply", help="Put it into the register; 'undo' takes it back.")]


@app.command()
def recruit(
    count: Annotated[int, typer.Option(min=0, max=200, help="New watchers at most.")] = 10,
    share: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="The fewest for this share of households watched, 0.9."),
    ] = None,
    kind: Annotated[str, typer.Option(help="welfare_commissioner, student, npo …")] = "welfare_commissioner",
    district: District = None,
    grid: Annotated[float, typer.Option(min=50, help="Spacing of the grid of places, metres.")] = 250,
    candidates: Annotated[
        Path | None, typer.Option("--candidates", help="CSV or xlsx of places: candidate_id, lon, lat.")
    ] = None,
    towns: Annotated[bool, typer.Option("--towns", help="One place in each neighbourhood.")] = False,
    backup: Annotated[
        bool, typer.Option("--backup", help="Second watchers where there is one only count a little.")
    ] = False,
    curve: Annotated[bool, typer.Option("--curve", help="Compare the numbers from 0 to count.")] = False,
    apply: Apply = False,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out/recruit"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Say where new watchers would help most; --apply opens vacant posts there (restricted)."""
    if candidates is not None and towns:
        raise typer.BadParameter("Expected one kind of places, got two.", param_hint="--towns")

    def work(talk: Talk, settings: Settings) -> None:
        from app import stepping

        wish = stepping.RecruitCommand(
            kind,
            count,
            share,
            district,
            grid_m=grid,
            file=candidates,
            towns=towns,
            backup=backup,
            curve=curve,
        )
        stepping.recruit(talk, settings, out, wish, stepping.Asked(season_of(season), day_of(date), apply))

    run(work, database, language, as_json)


@app.command()
def partners(
    count: Annotated[
        int | None, typer.Option(min=0, help="Partners at most; 5 where no budget is given.")
    ] = None,
    budget: Annotated[float | None, typer.Option(min=0, help="Yen a year at most.")] = None,
    by: Annotated[str, typer.Option(help="organisation (all its rounds) or round.")] = "organisation",
    apply: Apply = False,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out/partners"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Say which delivery firms and shops to sign; --apply makes their rounds count (restricted)."""
    if by not in ("organisation", "round"):
        raise typer.BadParameter(f"Expected organisation or round, got {by}.", param_hint="--by")

    def work(talk: Talk, settings: Settings) -> None:
        from app import stepping

        most = 5 if count is None and budget is None else count
        asked = stepping.Asked(season_of(season), day_of(date), apply)
        stepping.partners(talk, settings, out, stepping.PartnerWish(most, budget, by), asked)

    run(work, database, language, as_json)


@app.command()
def agreements(
    count: Annotated[int, typer.Option(min=0, help="Agreements at most.")] = 5,
    both_ways: Annotated[
        bool, typer.Option("--both-ways", help="Each agreement lets both districts help.")
    ] = False,
    apply: Apply = False,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out/agreements"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Say which districts should agree to help which; --apply makes the agreements (restricted)."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import stepping

        asked = stepping.Asked(season_of(season), day_of(date), apply)
        stepping.agreements(talk, settings, out, asked, count=count, both_ways=both_ways)

    run(work, database, language, as_json)


@app.command()
def consent(
    count: Annotated[int, typer.Option(min=0, help="Households to ask at most.")] = 100,
    district: District = None,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out/consent"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Say how many households to ask for consent first and where; with a district, which (restricted)."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import stepping

        asked = stepping.Asked(season_of(season), day_of(date))
        stepping.consent(talk, settings, out, asked, count=count, district=district)

    run(work, database, language, as_json)


@app.command()
def budget(
    yen: Annotated[float | None, typer.Option("--yen", min=0, help="Yen a year; default: all of it.")] = None,
    costs: Annotated[
        Path | None, typer.Option("--costs", help="CSV with remedy, yen_per_year: prices for this run.")
    ] = None,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out/budget"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Say what each yearly budget brings at most, and what to do for it (restricted)."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import stepping

        asked = stepping.Asked(season_of(season), day_of(date))
        stepping.budget(talk, settings, out, asked, yen=yen, costs=costs)

    run(work, database, language, as_json)


@app.command()
def undo(
    edit: Annotated[
        int | None, typer.Argument(help="Number of the edit; without it the last are listed.")
    ] = None,
    district: District = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """List the last edits of the whole city (or a district), or take one back by its number."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import stepping

        stepping.undo(talk, settings, edit, district)

    run(work, database, language, as_json)
