"""Text cells to values, a whole column at a time; what cannot be read goes to the checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geodata.dates import parse_dates
from geodata.importers import report
from geodata.importers.report import RowChecks

VISITS_PER_YEAR = 12  # visits a year in one visit a month
ROUNDING_TOLERANCE = 0.05  # visits a year: two decimals a month (0.33, 0.17 …) are off by at most 0.04
MAX_VISITS = 10_000  # a month; more is a slip of the pen
TRUE_WORDS = ("1", "true", "yes", "y", "t", "はい", "有", "あり", "○")
FALSE_WORDS = ("", "0", "false", "no", "n", "f", "いいえ", "無", "なし", "×")

_DIRECTION_SIGNS = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"


@dataclass(frozen=True)
class NumberRule:
    """Range of a number (both ends allowed), whether it must be whole, and what an empty cell means."""

    minimum: float
    maximum: float
    whole: bool = False
    required: bool = False
    default: float = np.nan


def without_direction_signs(texts: pd.Series, checks: RowChecks) -> pd.Series:
    """Return cells without the invisible signs that turn the writing direction.

    With them a cell shows other than it is: an id, a name or a file's ending read backwards (Unicode Standard
    Annex 9, section 2: embeddings, overrides, isolates and marks).
    """
    turned = texts.str.contains(_DIRECTION_SIGNS)
    checks.repaired(report.DIRECTION_SIGNS_REMOVED, int(turned.sum()))
    return texts.str.replace(_DIRECTION_SIGNS, "", regex=True) if turned.any() else texts


def narrow(texts: pd.Series, checks: RowChecks) -> pd.Series:
    """Return cells without blanks around and with full-width letters and digits made half-width."""
    stripped = texts.str.strip()
    checks.repaired(report.BLANKS_REMOVED, int((stripped != texts).sum()))
    wide = ~stripped.str.isascii()
    if not wide.any():
        return stripped
    narrowed = stripped.where(~wide, stripped.str.normalize("NFKC").str.strip())
    checks.repaired(report.WIDE_NARROWED, int((narrowed != stripped).sum()))
    return narrowed


def parse_ids(cells: pd.DataFrame, name: str, checks: RowChecks, *, unique: bool = True) -> pd.Series:
    """Read ids: letters, digits, ``-``, ``_`` and ``.``, at most 40, and unique unless they point elsewhere.

    Nothing else, so that an id can name a file, stand in a page and be joined to another by a colon.
    """
    ids = parse_text(cells, name, checks, max_length=40, required=True).fillna("")
    odd = (ids != "") & ~ids.str.fullmatch(r"-?\w[\w.\-]*")
    checks.flag(odd, name, ids, "Expected an id of letters, digits, - _ and . only. Give another id.")
    if unique:
        repeated = ids.duplicated(keep=False) & (ids != "")
        checks.flag(
            repeated, name, ids, "Expected the id once, got it in several rows. Remove or merge them."
        )
    return ids


def parse_text(
    cells: pd.DataFrame,
    name: str,
    checks: RowChecks,
    *,
    max_length: int,
    required: bool = False,
    as_written: bool = False,
) -> pd.Series:
    """Read text; an empty cell gives None. ``as_written`` keeps full-width letters, as names should."""
    texts = cells[name].str.strip() if as_written else narrow(cells[name], checks)
    if required:
        checks.flag(texts == "", name, cells[name], "Expected a value, got an empty cell. Fill it in.")
    control = texts.str.contains(r"[\x00-\x1f\x7f]")
    checks.flag(
        control, name, cells[name], "Expected text without line breaks or control signs. Remove them."
    )
    too_long = texts.str.len() > max_length
    checks.flag(too_long, name, cells[name], f"Expected at most {max_length} characters. Shorten it.")
    return texts.astype(object).where(texts != "", None)


def parse_list(cells: pd.DataFrame, name: str, checks: RowChecks) -> pd.Series:
    """Read several words in one cell, however separated, as ``a;b``; an empty cell gives None."""
    joined = narrow(cells[name], checks).str.replace(r"\s*[;,、|/・]\s*", ";", regex=True).str.strip(";")
    return parse_text(joined.to_frame(name), name, checks, max_length=200)


def parse_numbers(cells: pd.DataFrame, name: str, checks: RowChecks, rule: NumberRule) -> pd.Series:
    """Read numbers; an empty cell gives the rule's default, or an error where one is required."""
    texts = narrow(cells[name], checks)
    empty = texts == ""
    numbers = pd.to_numeric(texts.astype(object), errors="coerce").astype(float)
    finite = np.isfinite(numbers)
    shown = cells[name]
    if rule.required:
        checks.flag(empty, name, shown, "Expected a number, got an empty cell. Fill it in.")
    checks.flag(~empty & ~finite, name, shown, "Expected a number. Write digits only.")
    outside = finite & ((numbers < rule.minimum) | (numbers > rule.maximum))
    checks.flag(outside, name, shown, f"Expected a number from {rule.minimum:g} to {rule.maximum:g}.")
    if rule.whole:
        checks.flag(finite & (numbers % 1 != 0), name, shown, "Expected a whole number.")
    return numbers.where(finite, rule.default)


def parse_visits(cells: pd.DataFrame, name: str, checks: RowChecks, *, required: bool) -> pd.Series:
    """Read visits a month and round them to whole visits a year (half a visit goes up).

    0.33 a month becomes 4 visits a year, so 0.3333. Told as a repair where the rounding moves more than
    0.05 visits a year. More than nothing but less than half a visit a year is an error: rounding it would
    end the visits.
    """
    rule = NumberRule(0, MAX_VISITS, required=required)
    yearly = parse_numbers(cells, name, checks, rule) * VISITS_PER_YEAR
    whole = np.floor(yearly + 0.5)
    vanishing = (yearly > 0) & (whole == 0)
    checks.flag(vanishing, name, cells[name], "Expected 0 or at least 1 visit a year (0.0833 a month).")
    checks.repaired(report.VISITS_ROUNDED, int(((yearly - whole).abs() > ROUNDING_TOLERANCE).sum()))
    return whole / VISITS_PER_YEAR


def parse_choices(
    cells: pd.DataFrame, name: str, checks: RowChecks, choices: Mapping[str, str], default: str | None = None
) -> pd.Series:
    """Read one of a few words, English or Japanese; an empty cell gives the default else an error."""
    texts = narrow(cells[name], checks)
    words = texts.str.lower().map(dict(choices)).astype(object)
    empty = texts == ""
    if default is not None:
        words = words.where(~empty, default)
    expected = ", ".join(dict.fromkeys(choices.values()))
    checks.flag(words.isna(), name, cells[name], f"Expected one of {expected}.")
    return words.where(words.notna(), None)


def parse_days(cells: pd.DataFrame, name: str, checks: RowChecks) -> pd.Series:
    """Read dates, ISO or era; an empty cell gives None."""
    days, bad = parse_dates(cells[name].str.strip())
    checks.flag(bad, name, cells[name], "Expected a date such as 2026-11-23 or R8.11.23. Write it so.")
    return days


def parse_period(cells: pd.DataFrame, checks: RowChecks) -> tuple[pd.Series, pd.Series]:
    """Read ``valid_from`` and ``valid_to``; the end may not lie before the start."""
    starts, ends = parse_days(cells, "valid_from", checks), parse_days(cells, "valid_to", checks)
    both = (starts.notna() & ends.notna()).to_numpy()
    backwards = np.zeros(len(cells), dtype=bool)
    backwards[both] = (ends[both] < starts[both]).to_numpy()
    checks.flag(backwards, "valid_to", cells["valid_to"], "Expected valid_to on or after valid_from.")
    return starts, ends


def parse_flags(cells: pd.DataFrame, name: str, checks: RowChecks) -> pd.Series:
    """Read yes or no; an empty cell is no."""
    words = dict.fromkeys(TRUE_WORDS, True) | dict.fromkeys(FALSE_WORDS, False)
    flags = narrow(cells[name], checks).str.lower().map(words)
    checks.flag(flags.isna(), name, cells[name], "Expected yes or no (1 or 0).")
    return flags.fillna(False).astype(bool)


def check_known(
    ids: pd.Series, name: str, checks: RowChecks, known: object, *, what: str, severity: str = report.ERROR
) -> None:
    """Flag ids that are not among the known ones; ``known`` None checks nothing, empty ids pass."""
    if known is None:
        return
    strange = ids.notna() & (ids != "") & ~ids.isin(list(known))
    reason = f"Expected a {what} that is already stored or in this file. Import it first or correct the id."
    checks.flag(strange, name, ids, reason, severity=severity)
