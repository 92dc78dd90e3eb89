"""Numbers and dates as people read them here: thousands, one decimal with its population, era names."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

_ERAS = (
    (dt.date(2019, 5, 1), "令和"),
    (dt.date(1989, 1, 8), "平成"),
    (dt.date(1926, 12, 25), "昭和"),
)


def today() -> dt.date:
    """Return the day it is in Japan, wherever the machine stands."""
    return dt.datetime.now(ZoneInfo("Asia/Tokyo")).date()


def count(number: float) -> str:
    """Write a whole number with thousands separated: ``12,345``."""
    return f"{round(number):,}"


def share(part: float, whole: float) -> str:
    """Write a share with one decimal, ``84.2 %``; a share of nothing is ``–``."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def amount(number: float) -> str:
    """Write a number with up to two decimals: ``0.33``, ``2``."""
    return f"{number:,.2f}".rstrip("0").rstrip(".")


def era_year(year: int, era: str, first: int) -> str:
    """Write a year of an era; the first one is 元年."""
    number = year - first + 1
    return f"{era}{'元' if number == 1 else number}年"


def month(date: dt.date, language: str) -> str:
    """Write the month of a day: 令和8年4月 in Japanese, 2026-04 in English."""
    if language != "ja":
        return f"{date:%Y-%m}"
    return f"{_era_year_of(date)}{date.month}月"


def day(date: dt.date, language: str) -> str:
    """Write a day: 令和8年11月23日（2026-11-23） in Japanese, 2026-11-23 in English."""
    if language != "ja":
        return date.isoformat()
    return f"{_era_year_of(date)}{date.month}月{date.day}日（{date.isoformat()}）"


def _era_year_of(date: dt.date) -> str:
    """Return the year in its era; before the eras known here, the common year."""
    for start, era in _ERAS:
        if date >= start:
            return era_year(date.year, era, start.year)
    return f"{date.year}年"


def fiscal_year(date: dt.date, language: str) -> str:
    """Write the fiscal year (April to March) of a day: 令和8年度, or FY2026."""
    year = date.year if date.month >= 4 else date.year - 1
    if language != "ja":
        return f"FY{year}"
    start, era = next((s, e) for s, e in _ERAS if dt.date(year, 5, 1) >= s or s == _ERAS[-1][0])
    return f"{era_year(year, era, start.year)}度"
