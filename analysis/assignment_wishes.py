"""What an assignment shall keep, avoid and prefer."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.errors import ParameterError

KEEPS = ("all", "prefer", "none")
SHARINGS = ("two", "free")
EVENS = ("no", "largest", "squared")
OTHER_ORGANISATION_M = 400.0  # assumed: as much as a tie that stands
MOST_SHORT_WALKS = 100.0
MOST_PRICE_M = 100_000.0

Pair = tuple[str, str]
Pin = tuple[str, str, float]


@dataclass(frozen=True)
class AssignmentWishes:
    """What is asked of an assignment; visits served come first under every wish.

    Parameters
    ----------
    keep : "all": every delivered visit stays with its watcher, only room is used. "prefer": visits may move
        to another watcher where that lets more be served or saves more than ``NEW_TIE_M`` a visit; no
        household gets fewer visits than today. "none": everything is free, single households may lose visits.
    district : only the households of this community district, by any watcher who may; what those watchers
        deliver elsewhere stays (what they promise there beyond it may be brought down). None: the whole city.
    locked : pairs (household_id, watcher_id) that keep at least the visits they deliver today
    pinned : (household_id, watcher_id, visits a month): pairs that get exactly these visits, set by hand; 0
        keeps the two apart. A pin goes before ``keep`` and ``locked``.
    sharing : "two": nobody is newly visited by more than two watchers, a household with all its visits is not
        split anew, and there are as few new shares as the most visits allow. "free": any number.
    within_district : new visits only by watchers of the household's own district; those by agreement and
        those of watchers of the whole city stay at most what they are
    own_organisation : metres (0 to 100,000) a visit counts for when its watcher is new to the household and
        of an organisation that neither visits nor backs it up today; 0: no matter
    even : "no"; "largest": the smallest largest load (share of capacity) among watchers who get visits;
        "squared": loads are priced by their square (``EVEN_M``)
    short_walks : how much a metre of walk counts against the other prices, 0 to 100
    backup : name a backup watcher of another organisation for those who need one afterwards

    Raises
    ------
    ParameterError
        Names every wish out of range.
    """

    keep: str = "all"
    district: str | None = None
    locked: frozenset[Pair] = frozenset()
    pinned: frozenset[Pin] = frozenset()
    sharing: str = "two"
    within_district: bool = False
    own_organisation: float = 0.0
    even: str = "no"
    short_walks: float = 1.0
    backup: bool = False

    def __post_init__(self) -> None:
        """Raise ParameterError naming every wish out of range."""
        faults = [*self._choice_faults(), *self._number_faults()]
        if faults:
            raise ParameterError(" ".join(faults))

    def _choice_faults(self) -> list[str]:
        faults = []
        if self.keep not in KEEPS:
            faults.append(f"Expected keep {', '.join(KEEPS)}, got {self.keep!r}. Choose one.")
        if self.sharing not in SHARINGS:
            faults.append(f"Expected sharing {', '.join(SHARINGS)}, got {self.sharing!r}. Choose one.")
        if self.even not in EVENS:
            faults.append(f"Expected even {', '.join(EVENS)}, got {self.even!r}. Choose one.")
        return faults

    def _number_faults(self) -> list[str]:
        faults = []
        if not 0 <= self.own_organisation <= MOST_PRICE_M:
            faults.append(
                f"Expected own_organisation from 0 to 100000 m, got {self.own_organisation}. Correct it."
            )
        if not 0 <= self.short_walks <= MOST_SHORT_WALKS:
            faults.append(f"Expected short_walks from 0 to 100, got {self.short_walks}. Correct it.")
        below = sum(not 0 <= pin[2] < float("inf") for pin in self.pinned)
        if below:
            faults.append(f"Expected pinned visits >= 0, got {below} others. Correct them.")
        return faults
