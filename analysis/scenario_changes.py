"""What a scenario can change: one small class each, checked when made, and to and from plain JSON values."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar

from analysis.errors import ParameterError
from analysis.frames import ACTIVE_KINDS, PASSIVE_KINDS, SEASONS

PLACE_KINDS = ("consultation_centre", "gathering_place", "shelter", "community_centre", "school")


@dataclass(frozen=True)
class Change:
    """Base of the changes; ``type`` names each in JSON."""

    type: ClassVar[str] = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON values: dates as ``2026-04-01``, tuples as lists."""
        values = {part.name: _plain(getattr(self, part.name)) for part in fields(self)}
        return {"type": self.type, **values}


@dataclass(frozen=True)
class WatchersLeave(Change):
    """Watchers leave at once: those named, or all in office that meet every condition given.

    Parameters
    ----------
    ids : watchers by id; then no condition may be given
    kind, district : of the watchers
    term_ends_by : the term ends on this day or before; watchers without a term stay
    share : of those that meet the conditions, above 0 to 1, rounded up; drawn by chance. A larger share with
        the same seed holds all of a smaller one.
    seed : of the draw, >= 0
    """

    type: ClassVar[str] = "watchers_leave"
    ids: tuple[str, ...] = ()
    kind: str | None = None
    district: str | None = None
    term_ends_by: dt.date | None = None
    share: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ParameterError unless it says by ids or by conditions who leaves, and how many of them."""
        by_condition = (self.kind, self.district, self.term_ends_by) != (None, None, None)
        faults = _kind_faults(self.kind)
        if bool(self.ids) == by_condition:
            faults.append(
                "Expected watchers to leave by ids or by conditions, got both or neither. Give one of them."
            )
        if self.share is not None and (self.ids or not 0 < self.share <= 1):
            faults.append("Expected a share above 0 to 1 of conditions, got another. Correct it.")
        if self.seed < 0:
            faults.append(f"Expected a seed >= 0, got {self.seed}. Correct it.")
        _raise(faults)


@dataclass(frozen=True)
class WatcherJoins(Change):
    """A watcher begins; what it may know of is the rule of its kind.

    Parameters
    ----------
    kind : active or passive
    x, y : metres in the CRS of the city's frames
    visits_per_month : capacity, >= 0; of a passive watcher how often it passes
    reach_m : equivalent flat metres, >= 0
    district : community district it serves; None: whole city
    organisation, reports_to : as for any watcher; without ``reports_to`` it is not connected to a centre
    """

    type: ClassVar[str] = "watcher_joins"
    kind: str
    x: float
    y: float
    visits_per_month: float
    reach_m: float
    district: str | None = None
    organisation: str | None = None
    reports_to: str | None = None

    def __post_init__(self) -> None:
        """Raise ParameterError naming every value out of range."""
        faults = [*_kind_faults(self.kind), *_place_faults(self.x, self.y)]
        for name in ("visits_per_month", "reach_m"):
            value = getattr(self, name)
            if not 0 <= value < math.inf:
                faults.append(f"Expected {name} of a new watcher >= 0, got {value}. Correct it.")
        _raise(faults)


@dataclass(frozen=True)
class RulesChange(Change):
    """The sharing rules change: ``levels`` are pairs of an active kind and its lowest level, 1 to 5."""

    type: ClassVar[str] = "rules_change"
    levels: tuple[tuple[str, int], ...]

    def __post_init__(self) -> None:
        """Raise ParameterError for no level, an unknown or repeated kind, or a level out of range."""
        kinds = [kind for kind, _ in self.levels]
        unknown = sorted(set(kinds) - set(ACTIVE_KINDS))
        wrong = [f"{kind}={level}" for kind, level in self.levels if level not in range(1, 6)]
        faults = []
        if unknown:
            faults.append(f"Expected active kinds in sharing rules, got {', '.join(unknown)}. Correct them.")
        if not kinds or len(set(kinds)) < len(kinds):
            faults.append("Expected one level for each kind of watcher, got none or several. Give one each.")
        if wrong:
            faults.append(f"Expected consent levels from 1 to 5, got {', '.join(wrong)}. Correct them.")
        _raise(faults)

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON values, the levels by kind."""
        return {"type": self.type, "levels": dict(self.levels)}


@dataclass(frozen=True)
class SeasonChange(Change):
    """Another season is looked at."""

    type: ClassVar[str] = "season_change"
    season: str

    def __post_init__(self) -> None:
        """Raise ParameterError for an unknown season."""
        if self.season not in SEASONS:
            raise ParameterError(
                f"Expected season one of {', '.join(SEASONS)}, got {self.season!r}. Choose one."
            )


@dataclass(frozen=True)
class DateChange(Change):
    """Another day is looked at: terms, assignments and agreements are those of that day."""

    type: ClassVar[str] = "date_change"
    date: dt.date


@dataclass(frozen=True)
class StreetClosed(Change):
    """Pieces of street are closed to walkers."""

    type: ClassVar[str] = "street_closed"
    edge_ids: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise ParameterError without a street."""
        if not self.edge_ids:
            raise ParameterError("Expected streets to close, got none. Name them.")


@dataclass(frozen=True)
class PlaceOpens(Change):
    """A public place opens: ``x``, ``y`` in metres, ``facility_id`` one the city has not yet."""

    type: ClassVar[str] = "place_opens"
    kind: str
    x: float
    y: float
    facility_id: str

    def __post_init__(self) -> None:
        """Raise ParameterError for an unknown kind, no finite place, or an empty id."""
        faults = _place_faults(self.x, self.y)
        if self.kind not in PLACE_KINDS:
            faults.append(
                f"Expected a kind of place {', '.join(PLACE_KINDS)}, got {self.kind!r}. Choose one."
            )
        if not self.facility_id:
            faults.append("Expected an id for the new place, got none. Give one.")
        _raise(faults)


@dataclass(frozen=True)
class ConsentChange(Change):
    """Households give another consent: those of one community district or neighbourhood, or those named.

    Parameters
    ----------
    level : 0 to 4
    at_least : True: who allows more keeps it; False: all of them allow exactly ``level``
    """

    type: ClassVar[str] = "consent_change"
    level: int
    district: str | None = None
    neighbourhood: str | None = None
    ids: tuple[str, ...] = ()
    at_least: bool = True

    def __post_init__(self) -> None:
        """Raise ParameterError for a level out of range, or unless one way says whose consent changes."""
        faults = []
        if self.level not in range(5):
            faults.append(f"Expected a consent level from 0 to 4, got {self.level}. Correct it.")
        ways = (self.district is not None) + (self.neighbourhood is not None) + bool(self.ids)
        if ways != 1:
            faults.append(
                "Expected households by district, by neighbourhood or by ids, "
                f"got {ways} of the three. Give one of them."
            )
        _raise(faults)


@dataclass(frozen=True)
class AgreementMade(Change):
    """From now on the watchers of ``district`` may help in the district ``helped``."""

    type: ClassVar[str] = "agreement_made"
    district: str
    helped: str

    def __post_init__(self) -> None:
        """Raise ParameterError for a district with itself."""
        if self.district == self.helped:
            raise ParameterError(
                f"Expected an agreement between two districts, got {self.district} twice. Name two."
            )


CHANGES: dict[str, type[Change]] = {
    change.type: change
    for change in (
        WatchersLeave,
        WatcherJoins,
        RulesChange,
        SeasonChange,
        DateChange,
        StreetClosed,
        PlaceOpens,
        ConsentChange,
        AgreementMade,
    )
}


def change_from_dict(values: Mapping[str, Any]) -> Change:
    """Make a change of JSON values as ``Change.to_dict`` gives them; optional fields may be left out.

    Raises
    ------
    ParameterError
        Not a mapping, an unknown type, fields missing, unknown or of the wrong type, or values out of range.
    """
    name = values.get("type") if isinstance(values, Mapping) else None
    change = CHANGES.get(name) if isinstance(name, str) else None
    if change is None:
        raise ParameterError(f"Expected a change {', '.join(CHANGES)}, got {name!r}. Choose one.")
    parts = {part.name: part for part in fields(change)}
    unknown = sorted(str(key) for key in set(values) - set(parts) - {"type"})
    absent = [
        part.name for part in parts.values() if part.default is MISSING and values.get(part.name) is None
    ]
    faults = []
    if unknown:
        faults.append(f"Expected only fields of {name}, got {', '.join(unknown)} too. Leave them out.")
    if absent:
        faults.append(f"Expected {name} with all fields, got none named {', '.join(absent)}. Add them.")
    _raise(faults)
    given = {key: value for key, value in values.items() if key in parts and value is not None}
    return change(**{key: _read(name, key, parts[key].type, value) for key, value in given.items()})


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _text(value: object) -> str:
    return _of(str, value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_of(str, text) for text in _of((list, tuple), value))


def _number(value: object) -> float:
    return float(_of((int, float), value))


def _day(value: object) -> dt.date:
    return dt.date.fromisoformat(_of(str, value))


def _levels(value: object) -> tuple[tuple[str, int], ...]:
    return tuple((_of(str, kind), _of(int, level)) for kind, level in _of(Mapping, value).items())


def _of(wanted: Any, value: Any) -> Any:
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise TypeError
    return value


_READERS: dict[str, Callable[[object], object]] = {  # by the type a field declares
    "str": _text,
    "str | None": _text,
    "tuple[str, ...]": _texts,
    "float": _number,
    "float | None": _number,
    "int": lambda value: _of(int, value),
    "bool": lambda value: _of(bool, value),
    "dt.date": _day,
    "dt.date | None": _day,
    "tuple[tuple[str, int], ...]": _levels,
}


def _read(change: str, name: str, declared: Any, value: object) -> object:
    try:
        return _READERS[declared](value)
    except (TypeError, ValueError, OverflowError):
        raise ParameterError(
            f"Expected {name} of {change} in its usual form, got {value!r}. Correct it."
        ) from None


def _kind_faults(kind: str | None) -> list[str]:
    if kind is None or kind in (*ACTIVE_KINDS, *PASSIVE_KINDS):
        return []
    return [f"Expected a known kind of watcher, got {kind!r}. Correct it."]


def _place_faults(x: float, y: float) -> list[str]:
    if math.isfinite(x) and math.isfinite(y):
        return []
    return [f"Expected a place in finite metres, got {x}, {y}. Correct it."]


def _raise(faults: list[str]) -> None:
    if faults:
        raise ParameterError(" ".join(faults))
