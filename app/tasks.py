"""What each command does: call one use case, write its files, say what came of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from app import masking_command, reports, round_files
from app.console import Talk
from app.operators import coordinator, operator, planner
from app.services import accounts, coverage, drawing, imports, network
from app.services import demo as demo_service
from app.services import rounds as rounds_service
from app.services.city import find_district
from app.services.errors import RequestError
from app.services.results import DatasetInfo, Progress
from app.services.trail import record_files
from app.settings import Settings
from app.sheets.council import write_council_sheet
from app.sheets.network import NetworkContent, write_district_sheet
from app.sheets.round import write_round_sheets as write_sheets
from app.ui.text import Words
from app.ui.text.formats import count, share, today
from app.ui.text.messages import translate
from geodata.errors import ImportRefusedError
from geodata.exporters import safe_name, write_csv
from geodata.importers import ImportOptions
from geodata.importers.report import ImportReport

PROBLEMS_SHOWN = 20


@dataclass(frozen=True)
class ImportRequest:
    """What ``mimamori import`` was asked."""

    layer: str
    files: tuple[Path, ...]
    crs: str | None
    encoding: str | None
    municipality: str | None
    mapped: tuple[str, ...]
    dry_run: bool
    displace: bool = False
    dwellings: Path | None = None

    def options(self) -> ImportOptions:
        """Return the importer's options.

        Raises
        ------
        RequestError
            A ``--map`` without an equals sign.
        """
        wrong = [pair for pair in self.mapped if "=" not in pair]
        if wrong:
            raise RequestError(f"Expected --map their=ours, got {wrong[0]!r}. Write both names.")
        columns = dict(pair.split("=", 1) for pair in self.mapped)
        return ImportOptions(
            crs=self.crs,
            encoding=self.encoding,
            municipality=self.municipality,
            column_map=columns,
            dry_run=self.dry_run,
        )


@dataclass(frozen=True)
class RoundsRequest:
    """What ``mimamori rounds`` was asked."""

    district: str
    watcher: str | None
    month: dt.date | None
    season: str
    date: dt.date | None


@dataclass(frozen=True)
class NetworkRequest:
    """What ``mimamori sheet district`` was asked."""

    district: str
    size: str
    season: str
    date: dt.date | None


def make_demo(talk: Talk, settings: Settings, folder: Path, households: int, seed: int) -> None:
    """Generate and import the demo city."""
    store = settings.open_store()
    with talk.bar() as progress:
        made = demo_service.make_demo(
            store, operator(), folder, households=households, seed=seed, progress=progress
        )
    info = coverage.read_info(store)
    loaded = coverage.count_loaded(store)
    talk.data = {
        "city": info.name,
        "revision": info.revision,
        "changed": bool(made),
        "loaded": {name: int(rows) for name, rows in loaded.items()},
    }
    key = "command.demo.made" if made else "command.demo.same"
    talk.say(key, households=count(loaded["households"]), revision=info.revision)
    talk.finish()


def import_layer(
    talk: Talk,
    settings: Settings,
    request: ImportRequest,
    *,
    name: str | None,
    date: dt.date | None,
    synthetic: bool,
) -> None:
    """Import files; a refused file ends the command with code 1 and its report."""
    store = settings.open_store()
    is_first = imports.is_empty(store)
    if is_first and (name is None or date is None):
        raise RequestError(
            "Expected --name and --date with the first import of a database, got one missing. "
            "Give the city's name and the day the data speaks of."
        )
    if not is_first and (name is not None or date is not None or synthetic):
        raise RequestError(
            "Expected --name, --date and --synthetic with the first import only, got them in a database that "
            "holds a city. Leave them out."
        )
    spec = imports.DatasetSpec(
        name=name or "",
        reference_date=date or today(),
        municipality_code=request.options().municipality_code,
        synthetic=synthetic,
    )
    report = imports.import_files(
        store,
        operator(),
        request.layer,
        request.files,
        options=request.options(),
        spec=spec,
        hiding=masking_command.hiding_for_import(request.dwellings) if request.displace else None,
        dry_run=request.dry_run,
    )
    talk.data = {"report": report.to_dict(personal=False)}
    _tell_report(talk, report)
    if report.refused:
        raise ImportRefusedError(
            f"Expected a file without errors, got {report.rejected} rows with errors of {report.rows_read}. "
            "Correct them and import again."
        )
    talk.finish("dry run" if report.dry_run else "done")


def _tell_report(talk: Talk, report: ImportReport) -> None:
    words = talk.words
    counts = {
        name: count(getattr(report, name))
        for name in ("rows_read", "written", "updated", "unchanged", "rejected")
    }
    talk.say("command.import.line", layer=words(f"import.{report.layer}"), **counts)
    talk.say(
        "command.import.found",
        edition=report.edition or words("hidden"),
        encoding=report.encoding or words("hidden"),
        crs=report.crs or words("hidden"),
        crs_source=_crs_sources(report, words),
    )
    for what, number in report.repairs:
        talk.say("command.import.repair", what=words(f"repair.{what}"), count=count(number))
    for problem in report.problems[:PROBLEMS_SHOWN]:
        talk.say(
            "command.import.problem" if problem.row else "command.import.problem_file",
            severity=words(f"command.severity.{problem.severity}"),
            row=problem.row,
            column=problem.column,
            value=problem.value,
            reason=translate(problem.reason, words),
        )
    if len(report.problems) > PROBLEMS_SHOWN:
        talk.say("command.import.more", count=count(len(report.problems) - PROBLEMS_SHOWN))
    if report.refused:
        talk.say("command.import.refused")
    elif report.dry_run:
        talk.say("command.import.dry_run")


def _crs_sources(report: ImportReport, words: Words) -> str:
    """Say where the CRS of each file was taken from."""
    if not report.crs_source:
        return words("hidden")
    return words("common.and").join(translate(source, words) for source in report.crs_source.split(", "))


def plan_rounds(talk: Talk, settings: Settings, out: Path, request: RoundsRequest) -> None:
    """Plan the rounds of a district and write sheets, GPX and CSV."""
    planned, info = _plan(talk, settings, request, medium="paper;file")
    _record_rounds(settings, planned, "export")
    files = round_files.write_tables(planned, out)
    sheet = out / "rounds.pdf"
    if planned.planned:
        content = round_files.sheet_content(planned, info, request.month, today())
        write_sheets(sheet, content, language=talk.words.language)
        files.append(sheet)
    _tell_rounds(talk, planned)
    talk.files(files)
    talk.finish()


def write_round_sheets(talk: Talk, settings: Settings, out: Path, request: RoundsRequest) -> None:
    """Write only the sheets of the rounds."""
    planned, info = _plan(talk, settings, request, medium="paper")
    if not planned.planned and planned.hidden:
        raise RequestError(
            f"Expected households of {request.district} that the rules let stand on paper, got none. "
            "Look at the sharing rules."
        )
    if not planned.planned:
        raise RequestError(f"Expected visits in {request.district}, got none. Assign watchers first.")
    out.mkdir(parents=True, exist_ok=True)
    _record_rounds(settings, planned, "print")
    content = round_files.sheet_content(planned, info, request.month, today())
    path = out / f"round_{safe_name(planned.district)}.pdf"
    write_sheets(path, content, language=talk.words.language)
    _tell_rounds(talk, planned)
    talk.files([path])
    talk.finish()


def _plan(
    talk: Talk, settings: Settings, request: RoundsRequest, *, medium: str
) -> tuple[rounds_service.DistrictRounds, DatasetInfo]:
    store = settings.open_store()
    info = coverage.read_info(store)
    district = find_district(store, request.district)
    viewer = coordinator(district)
    date = request.date or info.reference_date
    with talk.bar() as progress:
        planned = rounds_service.plan_district(
            store,
            viewer,
            district,
            request.season,
            date,
            watcher_id=request.watcher,
            medium=medium,
            progress=progress,
        )
    return planned, info


def _record_rounds(settings: Settings, planned: rounds_service.DistrictRounds, act: str) -> None:
    """Record that the rounds of a district leave the store, in files or on paper."""
    homes = round_files.round_table(planned)["household_id"].unique()
    viewer = coordinator(planned.district)
    filters = {"district": planned.district}
    record_files(settings.open_store(), viewer, "household", homes, act=act, filters=filters)


def _tell_rounds(talk: Talk, planned: rounds_service.DistrictRounds) -> None:
    doors = sum(one.rounds.visits for one in planned.planned)
    outings = sum(len(one.rounds.outings) for one in planned.planned)
    left_out = sum(len(one.rounds.left_out) for one in planned.planned)
    talk.data = {
        "district": planned.district,
        "watchers": len(planned.planned),
        "doors": doors,
        "outings": outings,
        "left_out": left_out,
        "watchers_without_round": planned.without,
    }
    talk.say(
        "command.rounds.done",
        district=planned.name,
        watchers=count(len(planned.planned)),
        visits=count(doors),
        outings=count(outings),
    )
    talk.say("command.rounds.left_out", count=count(left_out), watchers=count(len(planned.without)))
    if planned.hidden:
        talk.data["hidden_households"] = planned.hidden
        talk.say("sharing.kept_off", count=count(planned.hidden))


def write_council(talk: Talk, settings: Settings, out: Path, *, season: str, date: dt.date | None) -> None:
    """Write the council sheet as PDF and as a picture."""
    store = settings.open_store()
    info = coverage.read_info(store)
    out.mkdir(parents=True, exist_ok=True)
    with talk.bar() as progress:
        figures = coverage.load_city_figures(store, planner(), season, date or info.reference_date, progress)
        progress(Progress("write", 0, 1))
        layer = reports.printed_layer(figures)
        record_files(store, planner(), "figures", act="print", filters={"sheet": "council"})
        content = reports.council_content(store, figures, layer, talk.words, today())
        files = [out / "council.pdf", out / "council.png"]
        for path in files:
            write_council_sheet(path, content, language=talk.words.language)
    talk.files(files)
    talk.finish()


def write_network(talk: Talk, settings: Settings, out: Path, request: NetworkRequest) -> None:
    """Write the sheet of a district's watch network as PDF, and a picture of its first page (restricted)."""
    store = settings.open_store()
    info = coverage.read_info(store)
    district = find_district(store, request.district)
    day = request.date or info.reference_date
    with talk.bar() as progress:
        view = network.load_network(
            store, coordinator(district), district, request.season, day, medium="paper", progress=progress
        )
        progress(Progress("write", 0, 1))
        homes, filters = view.households.index, {"district": district}
        record_files(store, coordinator(district), "household", homes, act="print", filters=filters)
        sources = reports.source_lines(store, view.city, talk.words)
        content = NetworkContent(view, today(), request.size, sources)
        out.mkdir(parents=True, exist_ok=True)
        files = [out / f"district_{safe_name(district)}.{suffix}" for suffix in ("pdf", "png")]
        for path in files:
            write_district_sheet(path, content, language=talk.words.language)
    counts = view.measures.counts
    talk.data = {"district": district, **counts, "hidden_households": view.hidden_households}
    talk.say(
        "network.command.done",
        name=view.name,
        households=count(counts["households"]),
        connected=count(counts["connected"]),
        share=share(counts["connected"], counts["households"]),
    )
    talk.files(files)
    talk.finish()


def draw(talk: Talk, request: ImportRequest, out: Path, *, count: int, seed: int) -> None:
    """Draw synthetic households inside real towns into a CSV file."""
    households, towns = drawing.draw(request.files[0], request.options(), count=count, seed=seed)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_csv(out, households)
    talk.data = {"households": len(households), "towns": towns, "synthetic": True}
    talk.say("command.draw.done", towns=f"{towns:,}", count=f"{len(households):,}")
    talk.files([out])
    talk.finish()


def serve(talk: Talk, settings: Settings, *, port: int, address: str, open_browser: bool) -> None:
    """Serve the dashboard and print its address once it answers."""
    from app import serving

    store = settings.open_store()
    store.check_ready()
    first = accounts.make_first_administrator(store, operator())
    if first is not None:
        talk.data = {"first_administrator": accounts.FIRST_ADMINISTRATOR, "password": first}
    if first is not None and not talk.as_json:
        named = {"name": accounts.FIRST_ADMINISTRATOR, "password": first}
        print(talk.words("command.serve.first", **named), flush=True)
    if not talk.as_json:
        print(talk.words("command.serve.starting"), flush=True)

    def tell(page: str) -> None:
        talk.data |= {"address": page}
        talk.say("command.serve.ready", address=page)
        talk.finish("serving")

    serving.serve(settings, port, address, open_browser, on_ready=tell)
