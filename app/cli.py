"""The ``mimamori`` command: the use cases of the screen for scripts and night jobs.

Exit codes: 0 done, 1 refused with a reason and nothing half-written, 2 wrong usage.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import (  # noqa: F401  # registers its commands
    cli_accounts,
    cli_audit,
    cli_housekeeping,
    cli_people,
    cli_publish,
    cli_sharing,
    cli_steps,
    cli_support,
)
from app.cli_masking import Dwellings
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
    month_of,
    run,
    season_of,
)
from app.console import Talk
from app.settings import Settings


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

    run(work, database, language, as_json)


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
    displace: Annotated[
        bool, typer.Option("--displace", help="Households: keep displaced points only, never the exact ones.")
    ] = False,
    dwellings: Dwellings = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Import files into one layer: all of a file, or nothing and a report."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import tasks

        columns = tuple(mapped or ())
        request = tasks.ImportRequest(
            layer, tuple(files), crs, encoding, municipality, columns, dry_run, displace, dwellings
        )
        tasks.import_layer(talk, settings, request, name=name, date=day_of(date), synthetic=synthetic)

    run(work, database, language, as_json)


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

        request = analysing.AnalyseRequest(district, season_of(season), day_of(date), unless_done)
        analysing.analyse(talk, settings, out, request)

    run(work, database, language, as_json)


@app.command()
def assign(
    district: District = None,
    keep: Annotated[str, typer.Option(help="all, prefer or none of today's assignments.")] = "all",
    sharing: Annotated[str, typer.Option(help="two: at most two watchers a household; free.")] = "two",
    within_district: Annotated[
        bool, typer.Option("--within-district", help="New visits only by the district's own watchers.")
    ] = False,
    own_organisation: Annotated[
        bool, typer.Option("--own-organisation", help="Prefer organisations the household knows already.")
    ] = False,
    even: Annotated[str, typer.Option(help="Even out loads: no, largest or squared.")] = "no",
    backup: Annotated[bool, typer.Option("--backup", help="Name backups of another organisation.")] = False,
    lock: Annotated[
        list[str] | None, typer.Option(help="watcher:household keeps its visits; repeatable.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Put the moves into the register.")] = False,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Propose the best assignment with its proof, or apply it."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import assigning

        wishes = assigning.read_wishes(
            tuple(lock or ()),
            keep=keep,
            sharing=sharing,
            within_district=within_district,
            own_organisation=own_organisation,
            even=even,
            backup=backup,
        )
        request = assigning.AssignRequest(district, wishes, apply, season_of(season), day_of(date))
        assigning.assign(talk, settings, out, request)

    run(work, database, language, as_json)


@app.command()
def scenario(
    action: Annotated[str, typer.Argument(help="list, save, end or propose.")],
    name: Annotated[str | None, typer.Argument(help="Name of the scenario.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="JSON file with a list of changes.")] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--change", help="'watchers_leave kind=student share=0.3', one change; repeatable."),
    ] = None,
    note: Annotated[str | None, typer.Option(help="Why this scenario is kept.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the one of this name.")] = False,
    district: District = None,
    season: Season = "normal",
    date: Day = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Keep scenarios ("what if") by name, or turn one into proposals; the register does not change."""
    if action not in ("list", "save", "end", "propose"):
        raise typer.BadParameter(f"Expected list, save, end or propose, got {action}.", param_hint="action")
    if (name is None) != (action == "list"):
        raise typer.BadParameter("Expected a name, but none for list.", param_hint="name")
    if action == "propose" and district is None:
        raise typer.BadParameter("Expected a district to propose for, got none.", param_hint="--district")

    def work(talk: Talk, settings: Settings) -> None:
        from app import comparing

        request = comparing.ScenarioRequest(
            action=action,
            name=name or "",
            file=file,
            changes=tuple(change or ()),
            note=note,
            replace=replace,
            district=district,
            season=season_of(season),
            date=day_of(date),
        )
        comparing.manage(talk, settings, request)

    run(work, database, language, as_json)


@app.command()
def compare(
    base: Annotated[str, typer.Argument(help="Name of a scenario; baseline is the city as it is.")],
    other: Annotated[str, typer.Argument(help="Name of the scenario beside it.")],
    respond: Annotated[
        bool, typer.Option("--respond", help="On both sides, use room for the most visits first.")
    ] = False,
    district: District = None,
    season: Season = "normal",
    date: Day = None,
    out: Out = Path("out/compare"),
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Put two scenarios side by side: who gains, who loses, where; tables and a public sheet."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import comparing

        request = comparing.CompareRequest(base, other, respond, district, season_of(season), day_of(date))
        comparing.compare(talk, settings, out, request)

    run(work, database, language, as_json)


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

        request = tasks.RoundsRequest(district, watcher, month_of(month), season_of(season), day_of(date))
        tasks.plan_rounds(talk, settings, out, request)

    run(work, database, language, as_json)


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
            tasks.write_council(talk, settings, out, season=season_of(season), date=day_of(date))
        elif kind == "district":
            request = tasks.NetworkRequest(str(district), paper, season_of(season), day_of(date))
            tasks.write_network(talk, settings, out, request)
        else:
            request = tasks.RoundsRequest(
                str(district), None, month_of(month), season_of(season), day_of(date)
            )
            tasks.write_round_sheets(talk, settings, out, request)

    run(work, database, language, as_json)


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

    run(work, None, language, as_json)


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    address: Annotated[
        str, typer.Option(help="Address to listen on; the default is this machine only.")
    ] = "127.0.0.1",
    host_name: Annotated[
        list[str] | None,
        typer.Option("--host-name", help="Name people type for this dashboard, behind TLS; repeatable."),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Serve the dashboard until Ctrl+C; the address is printed once it answers."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import tasks

        known = settings.with_hosts(host_name or ())
        tasks.serve(talk, known, port=port, address=address, open_browser=open_browser)

    run(work, database, language, as_json)


def main() -> None:
    """Run the command."""
    app()
