"""Dates as Japanese offices write them: ISO, slashes, kanji, and era years."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

import numpy as np
import pandas as pd

# First day of each era (the calendar is Gregorian from 1873 on, so Meiji dates before that are not read).
ERA_STARTS = {
    "R": dt.date(2019, 5, 1),
    "H": dt.date(1989, 1, 8),
    "S": dt.date(1926, 12, 25),
    "T": dt.date(1912, 7, 30),
    "M": dt.date(1873, 1, 1),
}
ERA_YEAR_ONE = {"R": 2019, "H": 1989, "S": 1926, "T": 1912, "M": 1868}
ERA_NAMES = {"令和": "R", "平成": "H", "昭和": "S", "大正": "T", "明治": "M", "令": "R", "平": "H", "昭": "S"}

_CLOCK = r"(?:[T ]00:00(?::00(?:\.0+)?)?)?"
_WESTERN = re.compile(rf"(\d{{4}})([-/.年])(\d{{1,2}})(?:\2|月)(\d{{1,2}})日?{_CLOCK}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_ERA = re.compile(r"([RHSTM])(\d{1,2}|元)[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.IGNORECASE)
_ERA_NAME = re.compile("|".join(ERA_NAMES))


def parse_date(text: str) -> dt.date:
    """Read one date.

    Taken are ``2026-11-23``, ``2026/11/23``, ``2026.11.23``, ``2026年11月23日``, ``20261123`` (each with or
    without midnight behind it, as spreadsheets write), and era years such as ``R8.11.23``,
    ``令和8年11月23日``, ``㋿8年11月23日`` and ``令和元年5月1日``, in full-width or half-width
    characters. An era year may run past the end of its era (平成35年 is 2023, as older papers
    have it) but not before its first day.

    Parameters
    ----------
    text : str
        One date.

    Raises
    ------
    ValueError
        The text is in none of these forms, or names a day that does not exist.
    """
    plain = _ERA_NAME.sub(lambda found: ERA_NAMES[found[0]], unicodedata.normalize("NFKC", text))
    plain = re.sub(r"(?<=\d) (?=[年月])|(?<=[年月RHSTM]) ", "", plain.strip())
    western = _WESTERN.fullmatch(plain)
    if western:
        return dt.date(int(western[1]), int(western[3]), int(western[4]))
    era = _ERA.fullmatch(plain)
    if era:
        return _era_date(era)
    compact = _COMPACT.fullmatch(plain)
    if compact:
        return dt.date(*map(int, compact.groups()))
    raise ValueError(
        "Expected a date such as 2026-11-23 or R8.11.23, got something else. Write the year in full."
    )


def parse_dates(texts: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Read a column of dates; empty text gives None.

    Parameters
    ----------
    texts : Series of str
        One date each, or empty.

    Returns
    -------
    tuple of (Series, ndarray of bool)
        ``datetime.date`` or None with the same index, and where the text could not be read.
    """
    known: dict[str, dt.date | None] = {}
    bad_texts = set()
    for text in texts.unique():  # far fewer than rows: each date is read once
        try:
            known[text] = parse_date(text) if text.strip() else None
        except ValueError:
            known[text] = None
            bad_texts.add(text)
    dates = pd.Series([known[text] for text in texts], index=texts.index, name=texts.name, dtype=object)
    return dates, texts.isin(bad_texts).to_numpy()


def _era_date(found: re.Match[str]) -> dt.date:
    era = found[1].upper()
    year = ERA_YEAR_ONE[era] + (1 if found[2] == "元" else int(found[2])) - 1
    day = dt.date(year, int(found[3]), int(found[4]))
    if day < ERA_STARTS[era]:
        raise ValueError(f"Expected a day of era {era}, got one before its start. Check the era.")
    return day
