"""What ``mimamori handover`` and ``successors`` do: one use case each, its files, and what came of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from app.asking import find_asker
from app.console import Talk
from app.services import coverage, handovers
from app.services.trail import record_files
from app.settings import Settings
from app.ui.text.formats import count, day
from geodata.exporters import write_csv


@dataclass(frozen=True)
class HandOverRequest:
    """What ``mimamori handover`` was asked."""

    watcher: str
    successor: str | None
    district: str | None
    apply: bool
    season: str
    date: dt.date | None


@dataclass(frozen=True)
class SuccessorsRequest:
    """What ``mimamori successors`` was asked."""

    district: str | None
    until: dt.date | None
    season: str
    date: dt.date | None


def hand_over(talk: Talk, settings: Settings, out: Path, request: HandOverRequest) -> None:
    """Preview a hand-over; with ``apply`` put it into the register in one edit."""
    store = settings.open_store()
    info = coverage.read_info(store)
    code, viewer = find_asker(store, request.district)
    with talk.bar() as progress:
        plan = handovers.preview(
            store,
            viewer,
            request.watcher,
            request.season,
            request.date or info.reference_date,
            successor=request.successor,
            medium="file",
            progress=progress,
        )
    concerned = {*plan.moves["household_id"], *plan.unplaced["household_id"]}
    record_files(store, viewer, "assignment", concerned, filters={"district": code})
    files = _write(out, handover=plan.moves, unplaced=plan.unplaced)
    _tell_hand_over(talk, plan)
    if request.apply:
        revision = handovers.put_into_register(store, viewer, plan)
        talk.data |= {"applied": True, "revision": revision}
        talk.say("proposals.handover.applied", revision=revision)
    else:
        talk.say("proposals.handover.proposed")
    talk.files(files)
    talk.finish()


def _tell_hand_over(talk: Talk, plan: handovers.HandOverPlan) -> None:
    found = plan.found
    taken = found.moves.loc[found.moves["tie"].notna(), "household_id"].nunique()
    unplaced = found.unplaced["household_id"].nunique()
    talk.data = {
        "proposal": found.status,
        "is_proven": found.is_proven,
        "households_taken_over": taken,
        "households_unplaced": unplaced,
        "hidden_households": plan.hidden,
        "ended_backups": len(found.ended_backups),
        "before": found.before,
        "after": found.after,
        "ordered": found.ordered,
        "value": found.value,
        "bound": found.bound,
        "gap": found.gap,
        "applied": False,
    }
    key = "proposals.handover.none" if found.status == "nothing_to_do" else "proposals.handover.done"
    watched = {"before": count(found.before["watched"]), "after": count(found.after["watched"])}
    people = len({*found.moves.loc[found.moves["tie"].notna(), "watcher_id"]})
    counts = {"taken": count(taken), "unplaced": count(unplaced), "people": count(people)}
    talk.say(key, backups=count(len(found.ended_backups)), **counts, **watched)
    if found.gap > 0:
        talk.say("proposals.handover.gap", gap=f"{100 * found.gap:.2f} %")


def name_successors(talk: Talk, settings: Settings, out: Path, request: SuccessorsRequest) -> None:
    """Write who should be backup and successor, by the day each is needed."""
    store = settings.open_store()
    info = coverage.read_info(store)
    code, viewer = find_asker(store, request.district)
    with talk.bar() as progress:
        plan = handovers.plan_for_district(
            store,
            viewer,
            code,
            request.season,
            request.date or info.reference_date,
            until=request.until,
            progress=progress,
        )
    followers = plan.successors["successor_id"].dropna().unique()
    record_files(store, viewer, "watcher", followers, filters={"district": code})
    tables = {"successors": plan.successors, "needed": plan.by_date.reset_index()}
    if code is not None:
        tables |= {"backups": plan.backups, "uncovered": plan.uncovered}
    files = _write(out, **tables)
    named = int(plan.successors["successor_id"].notna().sum())
    talk.data = {
        "proposal": plan.status,
        "until": plan.until,
        "posts": len(plan.successors),
        "successors": named,
        "households": int(plan.by_date["households"].sum()),
        "with_backup": int(plan.by_date["with_backup"].sum()),
        "asked": plan.asked,
        "value": plan.value,
        "bound": plan.bound,
        "gap": plan.gap,
    }
    talk.say(
        "proposals.successors.done",
        until=day(plan.until, talk.words.language),
        place=talk.words("proposals.successors.city") if code is None else code,
        posts=count(len(plan.successors)),
        named=count(named),
        households=count(talk.data["households"]),
        backed=count(talk.data["with_backup"]),
        gap=f"{100 * plan.gap:.2f} %",
    )
    talk.files(files)
    talk.finish()


def _write(out: Path, **tables: object) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_csv(out / f"{name}.csv", table)
    return [out / f"{name}.csv" for name in tables]
