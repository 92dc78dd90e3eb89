"""What the commands on next steps do: ask one advice, write its files, say gain, bound and cost; apply it."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from app import step_files
from app.asking import find_asker
from app.console import Talk
from app.operators import coordinator, operator, planner
from app.services import coverage, next_steps, steps_apply
from app.services.city import find_district
from app.services.errors import RequestError
from app.services.next_steps import PartnerWish, RecruitWish
from app.services.results import Progress
from app.services.step_city import StepCity, prices_of
from app.services.step_results import CostTable, RecruitSteps
from app.services.steps_recruit import load_towns
from app.services.trail import record_files
from app.settings import Settings
from app.ui import steps_findings as say
from app.ui.text.formats import count as written
from geodata.importers.candidate_points import read_candidate_points
from geodata.session import Store
from geodata.viewer import Viewer

PRICES = ("remedy", "yen_per_year")


@dataclass(frozen=True)
class Asked:
    """What every command on next steps was asked."""

    season: str
    date: dt.date | None
    apply: bool = False


@dataclass(frozen=True)
class RecruitCommand:
    """What ``mimamori recruit`` was asked; ``file`` of places, or ``towns``, in place of the grid."""

    kind: str
    count: int
    share: float | None
    district: str | None
    grid_m: float
    file: Path | None
    towns: bool
    backup: bool
    curve: bool


@dataclass(frozen=True, eq=False)
class _Work:
    """What a command works with."""

    talk: Talk
    store: Store
    viewer: Viewer
    city: StepCity
    costs: CostTable
    progress: Callable[[Progress], None]


def recruit(talk: Talk, settings: Settings, out: Path, wish: RecruitCommand, asked: Asked) -> None:
    """Say where new watchers would help most; with ``apply`` open vacant posts there."""
    store = settings.open_store()
    wanted = _recruit_wish(store, wish)

    def advise(work: _Work) -> RecruitSteps:
        return next_steps.recruit_steps(work.city, work.costs, wanted, work.progress)

    work, steps = _ask(talk, store, operator() if asked.apply else planner(), asked, advise)
    talk.data = step_files.recruit_json(steps)
    if steps.share is not None:
        _tell_share(talk, steps)
    reached = steps.proof.status != "infeasible"
    if reached:
        _tell(talk, say.recruit_finding(steps, talk.words), say.recruit_notes(steps, talk.words))
    record_files(store, work.viewer, "figures", filters={"advice": "recruit"})
    talk.files(step_files.write_recruit(steps, out, talk.words))
    if asked.apply:
        _open_posts(work, steps if reached else None)
    talk.finish()


def partners(talk: Talk, settings: Settings, out: Path, wish: PartnerWish, asked: Asked) -> None:
    """Say which partners to sign; with ``apply`` sign them."""
    store = settings.open_store()
    viewer = operator() if asked.apply else planner()

    def advise(work: _Work) -> Any:
        return next_steps.partner_steps(work.city, work.costs, wish, work.progress)

    work, steps = _ask(talk, store, viewer, asked, advise)
    talk.data = step_files.partner_json(steps)
    _tell(talk, say.partner_finding(steps, talk.words), say.partner_notes(steps, talk.words))
    record_files(store, viewer, "figures", filters={"advice": "partners"})
    talk.files(step_files.write_partners(steps, out, talk.words))
    if asked.apply:
        _applied(talk, "sign", steps_apply.sign_partners(store, viewer, work.city, steps))
    talk.finish()


def agreements(
    talk: Talk, settings: Settings, out: Path, asked: Asked, *, count: int, both_ways: bool
) -> None:
    """Say which districts should agree; with ``apply`` make the agreements."""
    store = settings.open_store()
    viewer = operator() if asked.apply else planner()

    def advise(work: _Work) -> Any:
        wish = {"count": count, "both_ways": both_ways}
        return next_steps.agreement_steps(work.city, work.costs, **wish, progress=work.progress)

    work, steps = _ask(talk, store, viewer, asked, advise)
    talk.data = step_files.agreement_json(steps)
    _tell(talk, say.agreement_finding(steps, talk.words), say.agreement_notes(steps, talk.words)[:2])
    record_files(store, viewer, "figures", filters={"advice": "agreements"})
    talk.files(step_files.write_agreements(steps, out, talk.words))
    if asked.apply:
        _applied(talk, "agree", steps_apply.make_agreements(store, viewer, work.city, steps))
    talk.finish()


def consent(
    talk: Talk, settings: Settings, out: Path, asked: Asked, *, count: int, district: str | None
) -> None:
    """Say how many households to ask for consent first and where; of a district also which."""
    store = settings.open_store()
    code = None if district is None else find_district(store, district)
    viewer = planner() if code is None else coordinator(code)

    def advise(work: _Work) -> Any:
        wish = {"count": count, "district": code}
        return next_steps.consent_steps(store, viewer, work.city, work.costs, **wish, progress=work.progress)

    _, steps = _ask(talk, store, viewer, asked, advise)
    talk.data = step_files.consent_json(steps)
    _tell(talk, say.consent_finding(steps, talk.words), say.consent_notes(steps, talk.words))
    if code is not None:
        talk.say("steps.consent.listed", listed=written(len(steps.listed)), hidden=written(steps.not_listed))
    record_files(store, viewer, "household", steps.listed.index, filters={"district": code})
    talk.files(step_files.write_consent(steps, out, talk.words))
    talk.finish()


def budget(
    talk: Talk, settings: Settings, out: Path, asked: Asked, *, yen: float | None, costs: Path | None
) -> None:
    """Say what each yearly budget brings at most, and what to do for the one asked about."""
    store = settings.open_store()
    stated = None if costs is None else read_prices(costs)

    def advise(work: _Work) -> Any:
        table = work.costs if stated is None else with_prices(work.costs, stated)
        return next_steps.budget_steps(work.city, table, yen=yen, progress=work.progress)

    _, steps = _ask(talk, store, planner(), asked, advise)
    talk.data = step_files.budget_json(steps)
    finding = say.budget_finding(steps, steps.chosen, talk.words)
    _tell(talk, finding, say.budget_notes(steps, steps.chosen, talk.words))
    talk.say("steps.budget.beyond", assigned=say.few(steps.assigned, talk.words))
    if steps.costs["assumed"].any():
        talk.say("steps.budget.assumed")
    record_files(store, planner(), "figures", filters={"advice": "budget"})
    talk.files(step_files.write_budget(steps, out, talk.words))
    talk.finish()


def undo(talk: Talk, settings: Settings, edit: int | None, district: str | None) -> None:
    """List the last edits, or take one back."""
    store = settings.open_store()
    code, viewer = find_asker(store, district)
    if edit is not None:
        revision = steps_apply.take_back(store, viewer, edit)
        talk.data = {"edit": edit, "revision": revision}
        talk.say("steps.undo.done", edit=edit, revision=revision)
    else:
        edits = steps_apply.list_edits(store, viewer, code)
        rows = edits.reset_index().astype(object)
        talk.data = {"edits": rows.where(rows.notna(), None).to_dict("records")}
        talk.say("steps.undo.listed", count=len(edits))
        for number, row in edits.iterrows():
            done = "" if pd.isna(row["undone"]) else talk.words("steps.undo.undone")
            act = talk.words(f"steps.act.{row['act']}")
            at = f"{row['at']:%Y-%m-%d %H:%M}"
            talk.say("steps.undo.line", edit=number, at=at, act=act, rows=row["rows"], undone=done)
    talk.finish()


def read_prices(file: Path) -> pd.Series:
    """Return the prices of a file in yen a year, by remedy.

    Raises
    ------
    RequestError
        The columns are others, or a price is no number.
    """
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if not rows or any(name not in rows[0] for name in PRICES):
        raise RequestError(f"Expected columns {', '.join(PRICES)} in {file.name}, got others. Correct it.")
    try:
        return pd.Series({row["remedy"].strip(): float(row["yen_per_year"]) for row in rows})
    except (TypeError, ValueError) as error:
        raise RequestError(
            f"Expected yen_per_year as numbers in {file.name}, got others. Correct it."
        ) from error


def with_prices(costs: CostTable, stated: pd.Series) -> CostTable:
    """Return the table with prices stated for this run.

    Raises
    ------
    analysis.errors.ParameterError
        An unknown remedy, or a price below 0.
    """
    table = costs.costs.copy()
    known = stated[stated.index.isin(table.index)]
    table.loc[known.index, "yen_per_year"] = known
    table.loc[known.index, "assumed"] = False
    changed = replace(costs, costs=table)
    prices_of(replace(costs, costs=pd.DataFrame({"yen_per_year": stated})))  # refuses unknown remedies
    return changed


def _recruit_wish(store: Store, wish: RecruitCommand) -> RecruitWish:
    district = None if wish.district is None else find_district(store, wish.district)
    places = load_towns(store) if wish.towns else None
    if wish.file is not None:
        places = read_candidate_points(wish.file)
    return RecruitWish(
        kind=wish.kind,
        count=wish.count,
        share=wish.share,
        grid_m=wish.grid_m,
        places=places,
        district=district,
        backup=wish.backup,
        curve=wish.curve,
    )


def _ask(
    talk: Talk, store: Store, viewer: Viewer, asked: Asked, advise: Callable[[_Work], Any]
) -> tuple[_Work, Any]:
    """Open the city and ask one advice, with a bar."""
    info = coverage.read_info(store)
    with talk.bar() as progress:
        date = asked.date or info.reference_date
        city = next_steps.open_city(store, viewer, asked.season, date, progress)
        work = _Work(talk, store, viewer, city, next_steps.load_costs(store), progress)
        return work, advise(work)


def _tell(talk: Talk, finding: str, notes: list[str]) -> None:
    talk.lines += [finding, *(note for note in notes if note)]


def _tell_share(talk: Talk, steps: RecruitSteps) -> None:
    """Say how many recruits the share takes, and how few could do at all."""
    proof = steps.proof
    key = "steps.recruit.share" if proof.status in ("optimal", "feasible") else f"steps.share.{proof.status}"
    reached = f"{100 * steps.after / steps.households:.1f}" if steps.households else "100.0"
    found, least = len(steps.places), steps.fewest
    talk.say(key, share=f"{100 * (steps.share or 0):g}", found=found, least=least, reached=reached)


def _open_posts(work: _Work, steps: RecruitSteps | None) -> None:
    """Open the posts of an advice, None: there is none; tell where one was vacant already."""
    if steps is None:
        _applied(work.talk, "post", None)
        return
    opened = steps_apply.open_posts(work.store, work.viewer, work.city, steps)
    _applied(work.talk, "post", opened.revision)
    work.talk.data |= {"posts_opened": opened.opened, "posts_standing": opened.standing}
    if opened.standing:
        work.talk.say("steps.applied.standing", count=written(opened.standing))


def _applied(talk: Talk, act: str, revision: int | None) -> None:
    if revision is None:
        talk.data["applied"] = False
        talk.say("steps.applied.nothing")
        return
    talk.data |= {"applied": True, "revision": revision}
    talk.say(f"steps.applied.{act}", revision=revision)
