"""Daily tasks of households: snow, rubbish, bulbs, shopping …, once or again and again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from geodata.importers.cells import (
    NumberRule,
    check_known,
    narrow,
    parse_choices,
    parse_ids,
    parse_list,
    parse_numbers,
    parse_period,
)
from geodata.importers.headings import Heading
from geodata.importers.options import ImportOptions, Parsed
from geodata.importers.report import RowChecks
from geodata.importers.skills import parse_skill
from geodata.importers.tables import read_cells
from geodata.models import SupportTask

LAYER = "support-tasks"
HEADINGS = (
    Heading("task_id", ("依頼番号", "依頼ID"), required=True),
    Heading("household_id", ("世帯番号", "世帯ID"), required=True),
    Heading("skill", ("内容", "手伝い", "困りごと"), required=True),
    Heading("minutes", ("所要時間", "時間(分)", "分"), required=True),
    Heading("earliest", ("早くて", "開始時刻", "何時から")),
    Heading("latest", ("遅くて", "終了時刻", "何時まで")),
    Heading("repeat", ("繰り返し", "くり返し")),
    Heading("weekdays", ("曜日",)),
    Heading("every", ("間隔", "何週ごと")),
    Heading("people", ("人数", "必要な人数")),
    Heading("weight", ("重み",)),
    Heading("valid_from", ("開始日", "有効開始日", "はじまる日", "日付"), required=True),
    Heading("valid_to", ("終了日", "有効終了日", "終わる日")),
)
REPEATS = {
    "once": "once",
    "weekly": "weekly",
    "monthly": "monthly",
    "一回": "once",
    "1回": "once",
    "毎週": "weekly",
    "週": "weekly",
    "毎月": "monthly",
    "月": "monthly",
}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_JAPANESE_DAYS = dict(zip("月火水木金土日", WEEKDAYS, strict=True))
MINUTES = NumberRule(1, 600, whole=True, required=True)
EVERY = NumberRule(1, 52, whole=True, default=1)
PEOPLE = NumberRule(1, 10, whole=True, default=1)
WEIGHT = NumberRule(0, 1000, default=1.0)


def read_support_tasks(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read tasks from CSV or xlsx.

    An empty repeat is ``once``, on ``valid_from``. Weekly tasks without a weekday fall on that of their first
    day. Times of day are 8:30 or 08:30; an empty one bounds nothing.

    Raises
    ------
    ImportRefusedError
        The file as a whole cannot be used.
    """
    cells, checks, source = read_cells(files, HEADINGS, options)
    starts, ends = parse_period(cells, checks)
    checks.flag(
        starts.isna() & (cells["valid_from"].str.strip() == ""),
        "valid_from",
        cells["valid_from"],
        "Expected a value, got an empty cell. Fill it in.",
    )
    tasks = pd.DataFrame(
        {
            "task_id": parse_ids(cells, "task_id", checks),
            "household_id": parse_ids(cells, "household_id", checks, unique=False),
            "skill": parse_skill(cells, "skill", checks),
            "minutes": parse_numbers(cells, "minutes", checks, MINUTES),
            "earliest": _parse_times(cells, "earliest", checks),
            "latest": _parse_times(cells, "latest", checks),
            "repeat": parse_choices(cells, "repeat", checks, REPEATS, default="once"),
            "weekdays": _parse_weekdays(cells, checks),
            "every": parse_numbers(cells, "every", checks, EVERY),
            "people": parse_numbers(cells, "people", checks, PEOPLE),
            "weight": parse_numbers(cells, "weight", checks, WEIGHT),
            "valid_from": starts,
            "valid_to": ends,
        }
    )
    _check_sense(tasks, checks, options)
    good = tasks[~checks.failed].reset_index(drop=True)
    good = good.astype({"minutes": int, "every": int, "people": int})
    return Parsed(SupportTask, good, checks.report(LAYER, source, dry_run=options.dry_run))


def _check_sense(tasks: pd.DataFrame, checks: RowChecks, options: ImportOptions) -> None:
    known = options.known.get("households")
    check_known(tasks["household_id"], "household_id", checks, known, what="household")
    start, end = minutes_of_day(tasks["earliest"]), minutes_of_day(tasks["latest"])
    too_short = (end.fillna(24 * 60) - start.fillna(0)) < tasks["minutes"]
    reason = "Expected latest at least as long after earliest as the task takes. Correct the times."
    checks.flag(too_short, "latest", tasks["latest"].fillna(""), reason)


def minutes_of_day(times: pd.Series) -> pd.Series:
    """Return the minutes since midnight of texts like 08:30, NaN of none."""
    parts = times.astype(object).str.extract(r"(\d\d):(\d\d)").astype(float)
    return parts[0] * 60 + parts[1]


def _parse_times(cells: pd.DataFrame, name: str, checks: RowChecks) -> pd.Series:
    """Read times of day as 08:30; an empty cell gives None."""
    texts = narrow(cells[name], checks)
    parts = texts.str.extract(r"^(\d{1,2})(?:[:時](\d{2})?分?)(?::00)?$")
    hours, minutes = pd.to_numeric(parts[0]), pd.to_numeric(parts[1].fillna("0"))
    good = (hours <= 24) & (minutes < 60) & (hours * 60 + minutes <= 24 * 60)
    checks.flag(
        (texts != "") & ~good, name, cells[name], "Expected a time of day such as 08:30. Write it so."
    )
    written = parts[0].str.zfill(2) + ":" + parts[1].fillna("00")
    return written.astype(object).where(good, None)


def _parse_weekdays(cells: pd.DataFrame, checks: RowChecks) -> pd.Series:
    """Read weekdays, English or Japanese, as ``mon;thu`` in the week's order; an empty cell gives None."""
    words = parse_list(cells, "weekdays", checks).fillna("")
    chosen = [weekdays_of(text) for text in words]
    strange = pd.Series([days is None for days in chosen], index=words.index)
    checks.flag(strange, "weekdays", cells["weekdays"], "Expected weekdays such as mon;thu. Write them so.")
    return pd.Series([days or None for days in chosen], index=words.index, dtype=object)


def weekdays_of(text: str) -> str | None:
    """Return the days named as ``mon;thu``, an empty text for none, None where a word is no weekday."""
    words = [word.removesuffix("曜日").removesuffix("曜") for word in text.lower().split(";") if word]
    letters = [day for word in words for day in ([word[:3]] if word.isascii() else list(word))]
    days = {_JAPANESE_DAYS.get(day, day) for day in letters}
    return ";".join(day for day in WEEKDAYS if day in days) if days <= set(WEEKDAYS) else None
