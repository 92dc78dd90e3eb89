"""Weekly hours in a cell: weekdays with times of day."""

from __future__ import annotations

import re

import pandas as pd

from geodata.importers.cells import narrow
from geodata.importers.report import RowChecks
from geodata.importers.support_tasks import WEEKDAYS, weekdays_of

_HOURS = re.compile(
    r"(?P<days>\D*?)\s*(?P<from>\d{1,2}):(?P<from_min>\d\d)\s*[-~〜]\s*(?P<to>\d{1,2}):(?P<to_min>\d\d)"
)


def parse_hours(cells: pd.DataFrame, name: str, checks: RowChecks) -> pd.Series:
    """Read hours such as ``mon 09:00-12:00;sat 08:00-18:00``; an empty cell gives None.

    Days may be Japanese (月 9:00-12:00) or several (mon,thu); hours without a day hold for every day.
    """
    texts = narrow(cells[name], checks)
    written = pd.Series([hours_of(text) for text in texts], index=texts.index, dtype=object)
    reason = "Expected hours such as mon 09:00-12:00;sat 08:00-18:00. Write them so."
    checks.flag(written.isna(), name, cells[name], reason)
    checks.flag(
        written.fillna("").str.len() > 200, name, cells[name], "Expected at most 200 characters. Shorten it."
    )
    return written.where(written.notna() & (written != ""), None)


def hours_of(text: str) -> str | None:
    """Return hours as they are kept, an empty text for none, None where they cannot be read."""
    parts = [part.strip() for part in re.split("[;；]", text) if part.strip()]
    read = [_one(part) for part in parts]
    return None if None in read else ";".join(line for lines in read for line in lines)


def _one(part: str) -> list[str] | None:
    found = _HOURS.fullmatch(part.lower())
    if found is None:
        return None
    days = weekdays_of(re.sub(r"[,、・/\s]+", ";", found["days"].strip()))
    first, last = (f"{int(found[end]):02d}:{found[end + '_min']}" for end in ("from", "to"))
    if (
        days is None
        or not "00:00" <= first < last <= "24:00"
        or max(found["from_min"], found["to_min"]) > "59"
    ):
        return None
    return [f"{day} {first}-{last}" for day in (days.split(";") if days else WEEKDAYS)]
