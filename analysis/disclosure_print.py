"""What a public table shows after protection: the rules, and the tables as printed.

Hidden numbers are ``None`` or NA and get one mark on paper, whatever the reason.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import pandas as pd

from analysis.errors import ParameterError
from analysis.frames import SHARE_BREAKS_PERCENT

Cell = tuple[str, str]  # (district code, "watched" | "gap") or (name of a list of counts, one count of it)


@dataclass(frozen=True)
class DisclosureRules:
    """Floors of everything public.

    Parameters
    ----------
    floor
        Least count printed; every smaller one, 0 too, is hidden. Ten is the most used threshold of research
        outputs (ACRO, ONS Longitudinal Study).
    class_floor
        Least households of a district whose split is hidden but which still shows its one-cut class.
    candidates
        Values that must stay possible for each hidden count.
    share_breaks
        Four rising whole percentages between the five classes of the share missed; a share of exactly a break
        belongs to the class above it.

    Raises
    ------
    ParameterError
        A number outside its range.
    """

    floor: int = 10
    class_floor: int = 15
    candidates: int = 6
    share_breaks: tuple[int, int, int, int] = SHARE_BREAKS_PERCENT

    def __post_init__(self) -> None:
        rising = tuple(sorted(set(self.share_breaks)))
        if not 2 <= self.candidates <= self.floor <= self.class_floor:
            raise ParameterError(
                "Expected 2 <= candidates <= floor <= class_floor, got "
                f"{self.candidates}, {self.floor}, {self.class_floor}. Raise the floors."
            )
        if rising != self.share_breaks or len(rising) != 4 or not 0 < rising[0] <= rising[-1] < 100:
            raise ParameterError(
                f"Expected four rising percentages between 0 and 100, got {self.share_breaks}. Give them so."
            )


@dataclass(frozen=True)
class HiddenCells:
    """What stays hidden whatever its count: hidden in an earlier release of the fiscal year, or by an audit.

    Parameters
    ----------
    splits, households, classes : frozenset of str
        Codes of districts whose watched and missed counts, households (then the split too) or one-cut class
        stay hidden.
    totals, counts : frozenset of str
        Names of the city's totals and counts by reason.
    areas : frozenset of str
        Codes of joined areas without a class.
    """

    splits: frozenset[str] = frozenset()
    households: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    totals: frozenset[str] = frozenset()
    counts: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()

    def __or__(self, other: HiddenCells) -> HiddenCells:
        """Return what either hides."""
        names = [field.name for field in fields(self)]
        return HiddenCells(**{name: getattr(self, name) | getattr(other, name) for name in names})


@dataclass(frozen=True)
class ProtectedTable:
    """A district table that may be printed.

    ``districts``: index code; households, watched, gap (Int64, NA hidden), gap_share_class (Int64 0 to 4, 4
    worst, NA where the split is hidden), mostly_watched (boolean: at least 2/3 watched; only where the split
    is hidden and the district is large enough, otherwise NA), shown (bool: the split is printed).
    ``totals``: households, watched, gap of all rows, None when hidden.
    ``small``: the (code, "households" | "split") hidden because they are small themselves. For the audit,
    which lets its attacker know them; never to be printed.
    """

    districts: pd.DataFrame
    totals: dict[str, int | None]
    small: tuple[tuple[str, str], ...]
    rules: DisclosureRules


@dataclass(frozen=True)
class ProtectedCounts:
    """A list of city counts that may be printed under the total of a district table.

    ``of`` names that total ("gap" or "watched"). With ``partition`` the counts are known to add up to it;
    otherwise what is left over is a count nobody prints but a reader can work out (``rest_is_small`` tells
    the audit that it must not be found). ``small`` as in :class:`ProtectedTable`.
    """

    name: str
    counts: dict[str, int | None]
    total: int | None
    of: str
    partition: bool
    small: tuple[str, ...]
    rest_is_small: bool
    rules: DisclosureRules


@dataclass(frozen=True)
class PrintedShare:
    """A share printed with one decimal: ``tenths`` of a percent (842 = 84.2 %) of ``part`` in ``whole``."""

    part: tuple[Cell, ...]
    whole: tuple[Cell, ...]
    tenths: int
