"""Daily help as sentences and tables: a coordinator's week, and counts for planners, small ones held back."""

from __future__ import annotations

import math

import pandas as pd
from pandas.io.formats.style import Styler

from app.services.support import CitySupport, SupportCounts, SupportWeek
from app.ui.tables import held_back, is_small, shown_count, shown_walk
from app.ui.text import Words
from app.ui.text.formats import amount, count, day

COUNT_COLUMNS = ("times", "times_served", "times_unserved")


def support_finding(counts: SupportCounts, words: Words) -> str:
    """Say how many tasks can be done by how many volunteers, and how sure it is that no plan does more."""
    plan, totals = counts.city.plan, counts.totals
    if plan.status == "infeasible":
        return words("support.finding.infeasible", count=count(len(plan.contradictions)))
    if plan.status == "nothing_to_do":
        return words("support.finding.nothing", period=period(counts.city, words))
    return words(
        "support.finding",
        period=period(counts.city, words),
        times=count(totals["times"]),
        households=shown_count(totals["households"], words, hide_small=True),
        served=count(totals["times_served"]),
        sent=count(totals["volunteers_sent"]),
        proof=_proof(counts.city, words),
    )


def _proof(city: CitySupport, words: Words) -> str:
    plan = city.plan
    text = words("support.proof.best")
    if plan.status == "feasible":
        more = math.ceil(round(100 * (plan.bound - plan.value), 6)) / 100  # a bound: rounded up
        text = words("support.proof.gap", more=amount(more))
    return text if plan.preferences_met else text + words("support.proof.preferences")


def period(city: CitySupport, words: Words) -> str:
    """Write the days that are planned."""
    return words("support.period", first=day(city.request.first, words.language), days=city.request.days)


def support_cost(city: CitySupport, words: Words) -> str:
    """Say how much of the volunteers' time the plan takes."""
    return words("support.cost", hours=amount(round(city.plan.loads["minutes"].sum() / 60, 1)))


def support_four(counts: SupportCounts, words: Words) -> dict[str, tuple[str, str]]:
    """Return the four figures of the city with their populations."""
    totals, times = counts.totals, words("support.unit.times")
    people = words("support.unit.of_volunteers", count=count(totals["volunteers"]))
    return {
        "support_times": (count(totals["times"]), times),
        "support_served": (count(totals["times_served"]), times),
        "support_unserved": (count(totals["times_unserved"]), times),
        "support_sent": (count(totals["volunteers_sent"]), people),
    }


def count_table(counts: SupportCounts, by: str, words: Words) -> Styler:
    """Return daily help by ``district`` or ``skill`` for planners, most undone first."""
    if by == "skill":
        names = [skill_name(skill, words) for skill in counts.skills.index]
        return _table(counts.skills, names, "support_skill", words)
    names = counts.city.names.reindex(counts.districts.index).fillna(words("analyse.no_area"))
    return _table(counts.districts, list(names), "name", words)


def _table(counts: pd.DataFrame, names: list[str], head: str, words: Words) -> Styler:
    held = hide_times(counts)
    table = pd.DataFrame(
        {
            head: names,
            "support_households": [held_back(number, hide_small=True) for number in counts["households"]],
            "support_times": held["times"],
            "support_served": held["times_served"],
            "support_unserved": held["times_unserved"],
            "support_homes_unserved": [
                held_back(number, hide_small=True) for number in counts["households_unserved"]
            ],
            "support_reason": _main_reasons(counts, words),
        },
        index=counts.index,
    ).sort_values("support_unserved", ascending=False, na_position="last", kind="stable")
    columns = {column: words(f"column.{column}") for column in table}
    few, less = words("table.few"), words("table.too_few")
    formats = {columns[name]: lambda number: less if pd.isna(number) else count(number) for name in _TIMES}
    formats |= {
        columns[name]: lambda number: few if 0 < number < 1 else count(number) for name in _HOUSEHOLDS
    }
    return table.rename(columns=columns).style.format(formats)


_TIMES = ("support_times", "support_served", "support_unserved")
_HOUSEHOLDS = ("support_households", "support_homes_unserved")


def hide_times(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the times as float, NaN where they are of 1 to 9 households, or tell of as few."""
    few = counts["households"].map(is_small)
    split = few | counts["households_served"].map(is_small) | counts["households_unserved"].map(is_small)
    times = counts[list(COUNT_COLUMNS)].astype(float)
    return times.assign(
        times=times["times"].mask(few),
        times_served=times["times_served"].mask(split),
        times_unserved=times["times_unserved"].mask(split),
    )


def _main_reasons(counts: pd.DataFrame, words: Words) -> pd.Series:
    told = ~counts["households_unserved"].map(is_small) & counts["reason"].notna()
    names = counts["reason"].map(lambda name: words(f"support.reason.{name}"), na_action="ignore")
    return names.where(told, words("hidden"))


def reason_table(counts: SupportCounts, words: Words) -> pd.DataFrame:
    """Return why tasks stay undone, with the next step; times of 1 to 9 households are held back."""
    rows = counts.reasons
    few = rows["households"].map(is_small)
    table = pd.DataFrame(
        {
            "support_reason": [words(f"support.reason.{name}") for name in rows.index],
            "support_times": rows["times"].map(count).mask(few, words("table.too_few")),
            "support_homes_unserved": [shown_count(n, words, hide_small=True) for n in rows["households"]],
            "support_remedy": [words(f"support.remedy.{name}") for name in rows.index],
        }
    )
    return _in_words(table, words).set_index(words("column.support_reason"))


def week_table(week: SupportWeek, words: Words) -> pd.DataFrame:
    """Return the outings of a coordinator's district by volunteer, in the order of ``week.outings``."""
    rows = week.outings
    table = pd.DataFrame(
        {
            "watcher_id": rows["watcher_id"],
            "kind": rows["kind"].map(lambda name: words(f"kind.{name}")),
            "support_date": weekday_texts(rows["date"], words),
            "support_time": [
                f"{clock(first)}–{clock(last)}"
                for first, last in zip(rows["start_min"], rows["end_min"], strict=True)
            ],
            "support_skill": [skill_name(skill, words) for skill in rows["skill"]],
            "household_id": rows["household_id"],
            "walk": rows["walk_m"].map(lambda metres: shown_walk(metres, words)),
            "support_back": rows["return_min"].map(clock),
            "support_task": rows["task_id"],
        }
    )
    return _in_words(table, words)


def unserved_table(week: SupportWeek, words: Words) -> pd.DataFrame:
    """Return the tasks of a coordinator's district that stay undone, with the reason and the next step."""
    rows = week.unserved
    table = pd.DataFrame(
        {
            "support_date": weekday_texts(rows["date"], words),
            "support_window": [
                f"{clock(first)}–{clock(last)}"
                for first, last in zip(rows["earliest_min"], rows["latest_min"], strict=True)
            ],
            "support_skill": [skill_name(skill, words) for skill in rows["skill"]],
            "household_id": rows["household_id"],
            "support_reason": rows["reason"].map(lambda name: words(f"support.reason.{name}")),
            "support_remedy": rows["reason"].map(lambda name: words(f"support.remedy.{name}")),
            "support_task": rows["task_id"],
        }
    )
    return _in_words(table, words)


def weekday_texts(dates: pd.Series, words: Words) -> pd.Series:
    """Return dates as 04-06（月）."""
    names = words("paper.support.weekdays").split(",")
    key = "paper.support.day"
    return dates.map(lambda date: words(key, day=f"{date:%m-%d}", weekday=names[date.weekday()]))


def clock(minutes: float) -> str:
    """Write minutes since midnight as a time of day."""
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"


def skill_name(skill: str, words: Words) -> str:
    """Return a skill in the reader's language; one no list knows as it is written."""
    key = f"support.skill.{skill}"
    return words(key) if words.has(key) else str(skill)


def _in_words(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    return table.rename(columns={column: words(f"column.{column}") for column in table.columns})
