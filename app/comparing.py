"""What ``mimamori scenario`` and ``mimamori compare`` do: keep scenarios, put two side by side."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from app.analysis_tables import LAYERS
from app.comparison_sheets import comparison_content
from app.console import Talk
from app.operators import coordinator, operator, planner
from app.services import coverage, scenario_keeping, scenario_runs, scenario_steps, scenarios
from app.services.city import find_district
from app.services.errors import RequestError
from app.services.results import Progress
from app.services.scenario_runs import ComparisonFigures, Question
from app.services.scenarios import KeptScenario
from app.services.trail import record_files
from app.settings import Settings
from app.sheets.comparison import write_comparison_sheet
from app.ui import scenario_findings, scenario_tables
from app.ui.scenario_figures import named_areas, shown_areas
from app.ui.text import Words
from app.ui.text.formats import count, today
from geodata.exporters import write_csv, write_text
from geodata.session import Store
from geodata.viewer import Viewer

FILES = ("READ_ME.txt", "areas.csv", "types.csv", "totals.csv", "transitions.csv", "comparison.pdf")


@dataclass(frozen=True)
class CompareRequest:
    """What ``mimamori compare`` was asked; ``district``: exact counts of it, for its coordinator."""

    base: str
    other: str
    respond: bool
    district: str | None
    season: str
    date: dt.date | None


@dataclass(frozen=True)
class ScenarioRequest:
    """What ``mimamori scenario`` was asked; ``changes`` as ``type name=value …``."""

    action: str
    name: str
    file: Path | None
    changes: tuple[str, ...]
    note: str | None
    replace: bool
    district: str | None
    season: str
    date: dt.date | None


def manage(talk: Talk, settings: Settings, request: ScenarioRequest) -> None:
    """List, save or end scenarios, or make proposals of one."""
    store = settings.open_store()
    district = None if request.district is None else find_district(store, request.district)
    viewer = operator() if district is None else coordinator(district)
    {"list": _list, "save": _save, "end": _end, "propose": _propose}[request.action](
        talk, store, viewer, replace(request, district=district)
    )
    talk.finish()


def compare(talk: Talk, settings: Settings, out: Path, request: CompareRequest) -> None:
    """Put two scenarios side by side; write tables for planners and the public sheet."""
    store = settings.open_store()
    info = coverage.read_info(store)
    district = None if request.district is None else find_district(store, request.district)
    viewer = planner() if district is None else coordinator(district)
    pair = tuple(_find(store, viewer, name) for name in (request.base, request.other))
    question = Question(request.season, request.date or info.reference_date, request.respond)
    with talk.bar() as progress:
        figures = scenario_runs.compare_scenarios(store, viewer, pair, question, progress=progress)
        progress(Progress("write", 1, 1))
        record_files(store, viewer, "figures", filters={"scenarios": [request.base, request.other]})
        files = _write_files(store, figures, out, talk.words, pair, own=viewer.districts)
    talk.data = comparison_json(figures)
    _tell(talk, figures, viewer.districts)
    talk.files(files)
    talk.finish()


def comparison_json(figures: ComparisonFigures) -> dict[str, object]:
    """Return the figures of the JSON object: counts from 1 to 9 and what would tell them are null."""
    totals = scenario_tables.whole_totals(figures)
    return {
        "base": _side_json(figures.base),
        "other": _side_json(figures.other),
        "households": totals,
        "basis": figures.basis,
    }


def parse_change(text: str) -> dict[str, object]:
    """Return a change written as ``type name=value …``; lists by commas, levels as ``kind:level``.

    Raises
    ------
    RequestError
        Another form.
    """
    kind, *parts = text.split()
    wrong = [part for part in parts if "=" not in part]
    if wrong:
        raise RequestError(f"Expected a change as 'type name=value …', got {wrong[0]!r}. Write name=value.")
    values = dict(part.split("=", 1) for part in parts)
    return {"type": kind, **{name: _value(name, value) for name, value in values.items()}}


def _value(name: str, text: str) -> object:
    if name in ("ids", "edge_ids"):
        return text.split(",")
    if name == "levels":
        pairs = (pair.partition(":") for pair in text.split(","))
        return {kind: _value("", level) for kind, _, level in pairs}
    if name in ("district", "helped", "neighbourhood", "facility_id", "at_district", "reports_to"):
        return text  # codes may look like numbers
    try:
        return json.loads(text)
    except ValueError:
        return text


def _read_changes(request: ScenarioRequest) -> list[dict]:
    """Return the changes of the file, then those of the options.

    Raises
    ------
    RequestError
        The file is no JSON, or no list of changes.
    """
    changes: list[dict] = []
    if request.file is not None:
        try:
            told = json.loads(request.file.read_text(encoding="utf-8-sig"))
        except ValueError as error:
            raise RequestError(
                f"Expected a JSON file of changes, got an unreadable one ({request.file.name}). Correct it."
            ) from error
        changes = told.get("changes") if isinstance(told, dict) else told
        if not isinstance(changes, list):
            raise RequestError(
                f"Expected a list of changes in {request.file.name}, got another form. Correct it."
            )
    return [*changes, *(parse_change(text) for text in request.changes)]


def _find(store: Store, viewer: Viewer, name: str) -> KeptScenario:
    return scenarios.find_scenario(store, viewer, scenario_findings.typed_name(name))


def _list(talk: Talk, store: Store, viewer: Viewer, _: ScenarioRequest) -> None:
    found = scenarios.list_scenarios(store, viewer)
    kept = [one for one in found.values() if not one.is_baseline]
    names = coverage.load_shapes(store, "community")["name"].to_dict()
    talk.say("command.scenario.listed", count=count(len(kept)))
    talk.data = {"scenarios": [_kept_json(one) for one in kept]}
    for one in kept:
        talk.say(
            "command.scenario.line",
            name=one.name,
            changes=len(one.changes),
            version=one.version,
            note=f" {one.note}" if one.note else "",
        )
        for change in one.changes:
            text = scenario_findings.describe_change(change, names, talk.words)
            talk.say("command.scenario.change", text=text)


def _save(talk: Talk, store: Store, viewer: Viewer, request: ScenarioRequest) -> None:
    changes = scenarios.complete_changes(store, _read_changes(request))
    version = 0
    if request.replace:
        version = _find(store, viewer, request.name).version
    kept = KeptScenario(request.name, changes, request.note, version)
    kept = scenario_keeping.keep_scenario(store, viewer, kept, reserved=scenario_findings.baseline_names())
    talk.data = _kept_json(kept)
    talk.say("command.scenario.saved", name=kept.name, changes=len(kept.changes), version=kept.version)


def _end(talk: Talk, store: Store, viewer: Viewer, request: ScenarioRequest) -> None:
    kept = _find(store, viewer, request.name)
    scenarios.end_scenario(store, viewer, kept)
    talk.data = {"name": kept.name}
    talk.say("command.scenario.ended", name=kept.name)


def _propose(talk: Talk, store: Store, viewer: Viewer, request: ScenarioRequest) -> None:
    district = str(request.district)
    kept = _find(store, viewer, request.name)
    question = Question(request.season, request.date or coverage.read_info(store).reference_date)
    with talk.bar() as progress:
        made = scenario_steps.propose_scenario(
            store, viewer, kept, question, district=district, progress=progress
        )
    talk.data = {
        "name": kept.name,
        "district": district,
        "plan": made.status,
        "handovers": made.handovers,
        "without_successor": made.without_successor,
        "steps": made.steps,
        "weighted_visits": made.value,
        "bound_weighted_visits": made.bound,
        "gap": made.gap,
    }
    names = coverage.load_shapes(store, "community")["name"]
    talk.lines.append(scenario_findings.steps_made(made, str(names[district]), talk.words))


def _kept_json(kept: KeptScenario) -> dict[str, object]:
    shown = kept.changes if kept.may_edit else [scenarios.without_names(change) for change in kept.changes]
    return {"name": kept.name, "version": kept.version, "note": kept.note, "changes": list(shown)}


def _side_json(side: scenario_runs.Side) -> dict[str, object]:
    response = side.response
    plan = None
    if response is not None:
        plan = {
            "plan": response.status,
            "moves": response.moves,
            "weighted_visits": response.value,
            "bound_weighted_visits": response.bound,
            "gap": response.gap,
        }
    return {
        "name": side.name,
        "date": side.date.isoformat(),
        "season": side.season,
        "watchers": side.watchers,
        "response": plan,
    }


def _tell(talk: Talk, figures: ComparisonFigures, own: tuple[str, ...]) -> None:
    words = talk.words
    talk.lines.append(
        scenario_findings.comparison_finding(figures, named_areas(figures, "community", own), words)
    )
    talk.lines.append(scenario_findings.response_note(figures.other.response, words))
    lines = scenario_findings.about_sides(figures, words)
    for line in filter(None, [*lines, scenario_findings.population_note(figures, words)]):
        talk.say("command.compare.side", text=line)


def _write_files(
    store: Store,
    figures: ComparisonFigures,
    out: Path,
    words: Words,
    pair: tuple[KeptScenario, ...],
    *,
    own: tuple[str, ...],
) -> list[Path]:
    """Write FILES; the sheet first: where it may not be published, nothing is written."""
    content = comparison_content(store, figures, pair, words, today())
    out.mkdir(parents=True, exist_ok=True)
    write_comparison_sheet(out / "comparison.pdf", content, language=words.language)
    note = heading(figures, words, "report.restricted")
    write_text(out / "READ_ME.txt", describe_files(note, words))
    areas = [
        scenario_tables.area_file(named_areas(figures, layer, own), words).assign(layer=layer)
        for layer in LAYERS
        if any(figures.layers[layer].index)
    ]
    tables = {
        "areas.csv": pd.concat(areas, ignore_index=True) if areas else pd.DataFrame(),
        "types.csv": scenario_tables.area_file(shown_areas(figures.types), words),
        "totals.csv": scenario_tables.total_file(figures, words),
        "transitions.csv": scenario_tables.transition_file(figures, words),
    }
    for name, table in tables.items():
        write_csv(out / name, marked(table, figures, note))
    return [out / name for name in FILES]


def heading(figures: ComparisonFigures, words: Words, handling: str) -> str:
    """Return the heading of a restricted file: whose data, synthetic or not, and how to handle it."""
    synthetic = f" {words('synthetic')}" if figures.info.synthetic else ""
    return f"{figures.info.name}{synthetic} {words(handling)}"


def describe_files(note: str, words: Words) -> str:
    """Return the text that lies beside the files: what they are, one line each."""
    lines = [f"{name}: {words(f'compare.file.{name}')}" for name in FILES[1:]]
    return "\n".join((note, "", words("compare.read_me"), words("define.watched"), "", *lines, ""))


def marked(table: pd.DataFrame, figures: ComparisonFigures, handling: str) -> pd.DataFrame:
    """Return a table that says in each row how to handle it and which two it compares."""
    marks = table.copy()
    marks.insert(0, "handling", handling)
    for moment, side in (("base", figures.base), ("other", figures.other)):
        marks[moment], marks[f"{moment}_date"] = side.name, side.date.isoformat()
        marks[f"{moment}_season"] = side.season
    return marks.assign(synthetic=figures.info.synthetic)
