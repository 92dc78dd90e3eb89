"""What ``mimamori support`` does: plan daily help, write tables and a sheet a volunteer (restricted)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from app.asking import find_asker
from app.console import Talk
from app.services import coverage, support
from app.services.errors import RequestError
from app.services.results import Progress
from app.services.support import SupportCounts, SupportRequest, SupportWeek
from app.services.trail import record_files
from app.services.walks import walk_minutes
from app.settings import Settings
from app.sheets.support import HelpOuting, SupportContent, VolunteerSheet, write_support_sheets
from app.ui import support_tables
from app.ui.tables import is_small, shown_count
from app.ui.text import Words
from app.ui.text.formats import count, today
from geodata.exporters import write_csv, write_text

TABLES = ("assigned.csv", "unserved.csv", "counts.csv")
SHEETS = "volunteers.pdf"


@dataclass(frozen=True)
class SupportCommand:
    """What ``mimamori support`` was asked; ``locks`` as task:date:watcher."""

    district: str | None
    first: dt.date | None
    days: int
    tasks: Path | None
    locks: tuple[str, ...]
    season: str


def arrange(talk: Talk, settings: Settings, out: Path, asked: SupportCommand) -> None:
    """Plan the daily help of some days; write what the district's coordinator (or the operator) may see."""
    store = settings.open_store()
    info = coverage.read_info(store)
    district, viewer = find_asker(store, asked.district)
    tasks = None if asked.tasks is None else support.read_tasks_file(store, asked.tasks)[0]
    first = asked.first or info.reference_date
    request = SupportRequest(asked.season, first, asked.days, tasks, read_locks(asked.locks))
    with talk.bar() as progress:
        city = support.plan_support(store, viewer, request, progress=progress)
        week = support.load_week(store, viewer, city, district, medium="paper;file")
        counts = support.count_support(city)
        progress(Progress("write", 1, 1))
        concerned = {*week.outings["household_id"], *week.unserved["household_id"]}
        record_files(store, viewer, "household", concerned, filters={"district": district})
        files = write_files(week, counts, out, talk.words)
    talk.data = support_json(week, counts)
    _tell(talk, week, counts)
    talk.files(files)
    talk.finish()


def read_locks(texts: tuple[str, ...]) -> tuple[tuple[str, dt.date, str], ...]:
    """Return the locks written as task:date:watcher.

    Raises
    ------
    RequestError
        Another form.
    """
    locks = []
    for text in texts:
        try:
            task, date, watcher = text.split(":")
            locks.append((task, dt.date.fromisoformat(date), watcher))
        except ValueError as error:
            raise RequestError(
                f"Expected --lock task:date:watcher, got {text!r}. Write for example K001:2026-04-06:B001."
            ) from error
    return tuple(locks)


def write_files(week: SupportWeek, counts: SupportCounts, out: Path, words: Words) -> list[Path]:
    """Write the tables, what they are, and the sheets where somebody helps; an old sheet does not stay."""
    note = _heading(week, words)
    out.mkdir(parents=True, exist_ok=True)
    tables = dict(
        zip(
            TABLES,
            (assigned_table(week), unserved_table(week, words), count_file(counts, words)),
            strict=True,
        )
    )
    for name, table in tables.items():
        table.insert(0, "handling", note)
        write_csv(out / name, table.assign(synthetic=week.city.info.synthetic))
    names = [*TABLES, SHEETS]
    (out / SHEETS).unlink(missing_ok=True)
    if len(week.outings):
        write_support_sheets(out / SHEETS, sheet_content(week, words), language=words.language)
    else:
        names.remove(SHEETS)
    lines = [f"{name}: {words(f'support.file.{name}')}" for name in names]
    write_text(out / "READ_ME.txt", "\n".join((note, "", words("support.read_me"), "", *lines, "")))
    return [out / name for name in ("READ_ME.txt", *names)]


def _heading(week: SupportWeek, words: Words) -> str:
    info, request = week.city.info, week.city.request
    synthetic = f" {words('synthetic')}" if info.synthetic else ""
    when = f"{request.first.isoformat()} – {request.last.isoformat()} {words(f'season.{request.season}')}"
    return f"{info.name}{synthetic} {when} {words('report.restricted')}"


def assigned_table(week: SupportWeek) -> pd.DataFrame:
    """Return who goes when to which household, one row a volunteer sent."""
    rows = week.outings
    times = {
        name: rows[f"{name}_min"].map(support_tables.clock) for name in ("leave", "start", "end", "return")
    }
    table = pd.DataFrame(
        {
            "date": rows["date"].dt.strftime("%Y-%m-%d"),
            "time": times["start"],
            "until": times["end"],
            "task": rows["task_id"],
            "skill": rows["skill"],
            "household": rows["household_id"],
            "volunteer": rows["watcher_id"],
            "kind": rows["kind"],
            "leave": times["leave"],
            "back": times["return"],
            "walk_m": rows["walk_m"].round().astype(int),
            "familiar": rows["is_familiar"],
        }
    )
    return table.sort_values(["date", "time", "task", "volunteer"], ignore_index=True)


def unserved_table(week: SupportWeek, words: Words) -> pd.DataFrame:
    """Return the tasks that stay undone, with the reason as a name and in words."""
    rows = week.unserved
    return pd.DataFrame(
        {
            "date": rows["date"].dt.strftime("%Y-%m-%d"),
            "earliest": rows["earliest_min"].map(support_tables.clock),
            "latest": rows["latest_min"].map(support_tables.clock),
            "task": rows["task_id"],
            "skill": rows["skill"],
            "household": rows["household_id"],
            "people": rows["people"],
            "weight": rows["weight"],
            "reason": rows["reason"],
            "reason_in_words": rows["reason"].map(lambda name: words(f"support.reason.{name}")),
        }
    )


def count_file(counts: SupportCounts, words: Words) -> pd.DataFrame:
    """Return counts by district, skill and reason; of 1 to 9 households none stands."""
    few, less = words("table.few"), words("table.too_few")
    parts = []
    for by, table in (("district", counts.districts), ("skill", counts.skills)):
        times = support_tables.hide_times(table).astype("Int64").astype(object)
        homes = table[["households", "households_unserved"]]
        homes = homes.astype(object).mask(homes.map(is_small), few)
        parts.append(pd.concat([times.where(times.notna(), less), homes], axis=1).assign(by=by))
    reasons = counts.reasons
    small = reasons["households"].map(is_small)
    undone = pd.DataFrame(
        {
            "times_unserved": reasons["times"].astype(object).mask(small, less),
            "households_unserved": reasons["households"].astype(object).mask(small, few),
        }
    )
    table = pd.concat([*parts, undone.assign(by="reason")]).rename_axis("name").reset_index()
    columns = ["by", "name", "households", *support_tables.COUNT_COLUMNS, "households_unserved"]
    return table.reindex(columns=columns).astype(object)


def sheet_content(week: SupportWeek, words: Words) -> SupportContent:
    """Return what the sheets print, a volunteer after the other."""
    volunteers = tuple(
        VolunteerSheet(
            watcher_id=str(watcher),
            kind=str(rows["kind"].iloc[0]),
            where=week.name,
            outings=tuple(_outing(row, words) for row in rows.itertuples()),
            elsewhere=int(week.elsewhere[watcher]),
        )
        for watcher, rows in week.outings.groupby("watcher_id")
    )
    return SupportContent(
        info=week.city.info,
        made_on=today(),
        period=support_tables.period(week.city, words),
        last=week.city.request.last,
        season=week.city.request.season,
        volunteers=volunteers,
    )


def _outing(row, words: Words) -> HelpOuting:
    return HelpOuting(
        date=row.date.date(),
        leave=support_tables.clock(row.leave_min),
        start=support_tables.clock(row.start_min),
        end=support_tables.clock(row.end_min),
        back=support_tables.clock(row.return_min),
        household_id=row.household_id,
        skill=support_tables.skill_name(row.skill, words),
        walk_minutes=walk_minutes(row.walk_m),
        minutes=row.return_min - row.leave_min,
    )


def support_json(week: SupportWeek, counts: SupportCounts) -> dict[str, object]:
    """Return the figures of the JSON object: of the city, and of what is written; 1 to 9 households: null."""
    plan, request = week.city.plan, week.city.request
    homes = ("households", "households_served", "households_unserved")
    city = {
        name: None if name in homes and is_small(number) else number for name, number in counts.totals.items()
    }
    known = plan.status != "infeasible"
    return {
        "plan": plan.status,
        "weight_served": plan.value if known else None,
        "bound_weight": plan.bound if known else None,
        "gap": plan.gap if known else None,
        "preferences_met": plan.preferences_met,
        "from": request.first.isoformat(),
        "days": request.days,
        "season": request.season,
        "city": city,
        "district": week.code,
        "outings": len(week.outings),
        "unserved": len(week.unserved),
        "hidden": week.hidden_outings + week.hidden_unserved,
        "conflicts": len(plan.contradictions),
    }


def _tell(talk: Talk, week: SupportWeek, counts: SupportCounts) -> None:
    words = talk.words
    talk.lines.append(support_tables.support_finding(counts, words))
    for row in week.city.plan.contradictions.itertuples():
        reason = words(f"command.support.conflict.{row.reason}")
        date = pd.Timestamp(row.date).date().isoformat()
        talk.say(
            "command.support.conflict", task=row.task_id, date=date, watcher=row.watcher_id, reason=reason
        )
    if counts.totals["times"]:
        talk.lines.append(support_tables.support_cost(week.city, words))
    for name, row in counts.reasons.iterrows():
        few = is_small(row["households"])
        talk.say(
            "command.support.reason",
            reason=words(f"support.reason.{name}"),
            times=words("table.too_few") if few else count(row["times"]),
            households=shown_count(row["households"], words, hide_small=True),
            remedy=words(f"support.remedy.{name}"),
        )
    if week.code is not None:
        served = week.outings[["task_id", "date"]].drop_duplicates()
        told = {"served": count(len(served)), "times": count(len(served) + len(week.unserved))}
        talk.say("support.finding.own", name=week.name, **told)
        hidden = {"outings": count(week.hidden_outings), "unserved": count(week.hidden_unserved)}
        talk.say("support.hidden", **hidden)
