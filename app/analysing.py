"""The command `analyse`: assess the city or one district, write the files, say what came of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from app.analysis_files import STEPS, is_written, write_analysis
from app.analysis_summary import summarise_city
from app.console import Talk
from app.district_files import summarise_district, write_district
from app.operators import coordinator, planner
from app.services import coverage, network
from app.services.city import Report, find_district
from app.services.reasons import load_reasons
from app.services.results import CityFigures, Progress
from app.services.trail import record_files
from app.settings import Settings
from app.ui.findings import terms_over_note
from app.ui.tables import shown_count
from app.ui.text import Words
from app.ui.text.formats import count, day, share, today
from geodata.session import Store


@dataclass(frozen=True)
class AnalyseRequest:
    """What ``mimamori analyse`` was asked."""

    district: str | None
    season: str
    date: dt.date | None
    unless_done: bool


@dataclass(frozen=True)
class _Job:
    """What is to be assessed and written, and who is told of each step."""

    store: Store
    out: Path
    season: str
    date: dt.date
    tell: Report


def analyse(talk: Talk, settings: Settings, out: Path, request: AnalyseRequest) -> None:
    """Assess the city, or one district, and write the files."""
    store = settings.open_store()
    info = coverage.read_info(store)
    date = request.date or info.reference_date
    district = None if request.district is None else find_district(store, request.district)
    wanted = {
        "city": info.name,
        "revision": info.revision,
        "date": date.isoformat(),
        "season": request.season,
        "language": talk.words.language,
    }
    if district is None and request.unless_done and is_written(out, wanted):
        talk.data = {"files": [], "unchanged": True}
        talk.say("command.analyse.unchanged", folder=out.as_posix())
        talk.finish("unchanged")
        return
    with talk.bar() as tell:
        job = _Job(store, out, request.season, date, tell)
        files = _analyse_city(talk, job) if district is None else _analyse_district(talk, job, district)
    talk.files(files)
    talk.finish()


def _analyse_city(talk: Talk, job: _Job) -> list[Path]:
    figures = coverage.load_city_figures(job.store, planner(), job.season, job.date, job.tell)
    job.tell(Progress("write", 0, STEPS))
    filters = {"season": job.season, "date": job.date.isoformat(), "mesh": "250m"}
    record_files(job.store, planner(), "figures", filters=filters)
    files = write_analysis(
        job.store,
        planner(),
        figures,
        job.out,
        words=talk.words,
        made_on=today(),
        tell=lambda done: job.tell(Progress("write", done, STEPS)),
    )
    talk.data = summarise_city(figures, talk.words)
    _say_finding(talk, figures.info.name, figures.totals, job.season)
    talk.lines += city_lines(figures, talk.words)
    return files


def _analyse_district(talk: Talk, job: _Job, district: str) -> list[Path]:
    viewer, place = coordinator(district), (district, job.season, job.date)
    drawn = network.load_network(job.store, viewer, *place, medium="file", progress=job.tell)
    job.tell(Progress("write", 0, 1))
    view = coverage.load_district(job.store, viewer, *place, medium="file")
    reasons = load_reasons(job.store, viewer, *place, medium="file")
    record_files(job.store, viewer, "household", view.households.index, filters={"district": district})
    files = write_district(view, drawn, reasons, job.out, talk.words)
    talk.data = summarise_district(view, drawn, talk.words)
    _say_finding(talk, view.name, view.figures, job.season)
    return files


def _say_finding(talk: Talk, name: str, counts: dict[str, float], season: str) -> None:
    talk.say(
        "command.analyse.city",
        name=name,
        households=count(counts["households"]),
        watched=count(counts["watched"]),
        share=share(counts["watched"], counts["households"]),
        season=talk.words(f"season.{season}"),
    )


def city_lines(figures: CityFigures, words: Words) -> list[str]:
    """Say what moving brings, what no moving can mend, and how many are watched after the re-election.

    Counts of households from 1 to 9 stand as "<10"; a line that would say nothing is left out.
    """
    closable = figures.counts["closable_households"]
    left = figures.patterns.bottlenecks["at_least_unwatched"]
    note = terms_over_note(figures, words)
    lines = [note] if note else []
    lines += [words("command.analyse.closable", count=shown_count(closable, words, hide_small=True))]
    if left:
        lines.append(words("command.analyse.bottleneck", count=shown_count(left, words, hide_small=True)))
    ahead = figures.outlook.forecast
    return lines + [
        words(
            "command.analyse.forecast",
            day=day(dt.date.fromisoformat(row["date"]), words.language),
            today=shown_count(figures.totals["watched"], words, hide_small=True),
            **{
                case: shown_count(row[f"households_{case}"], words, hide_small=True)
                for case in ("expected", "low", "high")
            },
        )
        for row in ahead[ahead["event"] == "re_election"].to_dict("records")
    ]
