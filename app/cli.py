"""The ``mimamori`` command: the use cases of the screen for scripts and night jobs.

Exit codes: 0 done, 1 refused with a reason and nothing half-written, 2 wrong usage.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from app.console import REFUSED, Talk
from app.settings import Settings, SettingsError
from app.ui.text import LANGUAGES, Words

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Shows a city who is watched over, who is missed and why, and the cheapest next step.",
)

Database = Annotated[
    str | None, typer.Option("--database", help="sqlite:///file.db or postgresql://…; or MIMAMORI_DATABASE.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the summary.")]
Language = Annotated[str | None, typer.Option("--language", help="Language of summary and sheets: ja or en.")]
Season = Annotated[str, typer.Option(help="normal or snow.")]
Day = Annotated[
    str | None, typer.Option("--date", help="Reference date, 2026-04-01 or R8.4.1; default: the data's.")
]
District = Annotated[str | None, typer.Option("--district", help="Code of a community district.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the files.")]


@app.command()
def demo(
    households: Annotated[int, typer.Option(min=100, help="Households to watch over.")] = 30_000,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same city.")] = 2025,
    folder: Annotated[Path | None, typer.Option(help="Folder for the generated files.")] = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Generate the synthetic demo city and import it through the ordinary importers."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import tasks

        tasks.make_demo(talk, settings, folder or Path(f"data/demo-{households}-{seed}"), households, seed)

    _run(work, database, language, as_json)


@app.command("import")
def import_(
    layer: Annotated[str, typer.Argument(help="For example households, watchers, school-districts.")],
    files: Annotated[list[Path], typer.Argument(help="Files of this layer.")],
    crs: Annotated[
        str | None, typer.Option(help="CRS of the coordinates, where the file does not say.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Text encoding, for example cp932.")] = None,
    municipality: Annotated[str | None, typer.Option(help="Municipality code: leave out other rows.")] = None,
    mapped: Annotated[
        list[str] | None, typer.Option("--map", help="their=ours, once for each column to rename.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only; write nothing.")] = False,
    name: Annotated[str | None, typer.Option(help="First import: name of the city.")] = None,
    date: Annotated[str | None, typer.Option("--date", help="First import: reference date.")] = None,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="First import: the data is made up.")
    ] = False,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Import files into one layer: all of a file, or nothing and a report."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import tasks

        request = tasks.ImportRequest(
            layer, tuple(files), crs, encoding, municipality, tuple(mapped or ()), dry_run
        )
        tasks.import_layer(talk, settings, request, name=name, date=_day(date), synthetic=synthetic)

    _run(work, database, language, as_json)


@app.command()
def analyse(
    out: Out = Path("out"),
    district: District = None,
    season: Season = "normal",
    date: Day = None,
    unless_done: Annotated[
        bool, typer.Option("--unless-done", help="Write nothing when the folder holds this very state.")
    ] = False,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Assess coverage, gaps and the years ahead; write summary, tables, maps and council sheet."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import analysing

        request = analysing.AnalyseRequest(district, _season(season), _day(date), unless_done)
        analysing.analyse(talk, settings, out, request)

    _run(work, database, language, as_json)


@app.command()
def assign(
    district: District = None,
    keep: Annotated[str, typer.Option(help="all, prefer or none of today's assignments.")] = "all",
    apply: Annotated[bool, typer.Option("--apply", help="Put the moves into the register.")] = False,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Propose the best assignment, or apply it."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import tasks

        request = tasks.AssignRequest(district, keep, apply, _season(season), _day(date))
        tasks.assign(talk, settings, out, request)

    _run(work, database, language, as_json)


@app.command()
def rounds(
    district: Annotated[str, typer.Option("--district", help="Code of a community district.")],
    watcher: Annotated[str | None, typer.Option("--watcher", help="One watcher only.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="Month of the round, 2026-04.")] = None,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out/rounds"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Plan a first visit round for each watcher of a district: sheets, GPX and CSV (restricted)."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import tasks

        request = tasks.RoundsRequest(district, watcher, _month(month), _season(season), _day(date))
        tasks.plan_rounds(talk, settings, out, request)

    _run(work, database, language, as_json)


@app.command()
def sheet(
    kind: Annotated[str, typer.Argument(help="council, round or district.")],
    district: District = None,
    size: Annotated[str | None, typer.Option(help="A3 (council), A4 (round), A4 or A3 (district).")] = None,
    month: Annotated[str | None, typer.Option("--month", help="Month of the round, 2026-04.")] = None,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Write one kind of sheet as PDF and PNG."""
    sizes = {"council": ("A3",), "round": ("A4",), "district": ("A4", "A3")}
    if kind not in sizes:
        raise typer.BadParameter(f"Expected council, round or district, got {kind}.", param_hint="kind")
    paper = sizes[kind][0] if size is None else size.upper()
    if paper not in sizes[kind]:
        wanted = " or ".join(sizes[kind])
        raise typer.BadParameter(f"Expected {wanted} for {kind}, got {size}.", param_hint="--size")
    if kind == "council" and district is not None:
        raise typer.BadParameter(
            "Expected no district for the council sheet, got one.", param_hint="--district"
        )
    if kind != "council" and district is None:
        raise typer.BadParameter(f"Expected a district for {kind} sheets, got none.", param_hint="--district")

    def work(talk: Talk, settings: Settings) -> None:
        from app import tasks

        if kind == "council":
            tasks.write_council(talk, settings, out, season=_season(season), date=_day(date))
        elif kind == "district":
            request = tasks.NetworkRequest(str(district), paper, _season(season), _day(date))
            tasks.write_network(talk, settings, out, request)
        else:
            request = tasks.RoundsRequest(str(district), None, _month(month), _season(season), _day(date))
            tasks.write_round_sheets(talk, settings, out, request)

    _run(work, database, language, as_json)


@app.command("draw-households")
def draw_households(
    towns: Annotated[Path, typer.Argument(help="Town polygons with their number of households.")],
    count: Annotated[int, typer.Option(min=1, help="Households to draw.")],
    out: Annotated[Path, typer.Option("--out", help="CSV file to write.")],
    seed: Annotated[int, typer.Option(help="Seed; the same seed draws the same households.")] = 2025,
    crs: Annotated[str | None, typer.Option(help="CRS of the polygons, where the file does not say.")] = None,
    mapped: Annotated[
        list[str] | None, typer.Option("--map", help="their=ours, once for each column to rename.")
    ] = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Draw synthetic households inside real towns, in proportion to their households."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import tasks

        request = tasks.ImportRequest("neighbourhoods", (towns,), crs, None, None, tuple(mapped or ()), True)
        tasks.draw(talk, request, out, count=count, seed=seed)

    _run(work, None, language, as_json)


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    address: Annotated[
        str, typer.Option(help="Address to listen on; the default is this machine only.")
    ] = "127.0.0.1",
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Serve the dashboard until Ctrl+C; the address is printed once it answers."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import tasks

        tasks.serve(talk, settings, port=port, address=address, open_browser=open_browser)

    _run(work, database, language, as_json)


def _run(
    work: Callable[[Talk, Settings], Any], database: str | None, language: str | None, as_json: bool
) -> None:
    """Do the work; a refusal is told in one line and ends with code 1."""
    talk = Talk(Words(language if language in LANGUAGES else "ja"), as_json)
    try:
        settings = Settings.from_environment(database, language=language)
        talk.words = Words(settings.language)
        work(talk, settings)
    except SettingsError as error:
        raise typer.BadParameter(str(error)) from error
    except _refusals() as error:
        talk.refuse(_reason_of(error))
        raise typer.Exit(REFUSED) from error


def _refusals() -> tuple[type[Exception], ...]:
    """Return the errors a caller can cause; anything else is an error of the program and shows itself."""
    from app.errors import refusals

    return refusals()


def _reason_of(error: Exception) -> str:
    from app.errors import reason_of

    return reason_of(error)


def _day(text: str | None) -> dt.date | None:
    if text is None:
        return None
    from geodata.dates import parse_date

    try:
        return parse_date(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--date") from error


def _month(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()
    except ValueError as error:
        raise typer.BadParameter(
            f"Expected a month like 2026-04, got {text}.", param_hint="--month"
        ) from error


def _season(text: str) -> str:
    from analysis.frames import SEASONS

    if text not in SEASONS:
        raise typer.BadParameter(f"Expected normal or snow, got {text}.", param_hint="--season")
    return text


def main() -> None:
    """Run the command."""
    app()
