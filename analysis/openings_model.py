"""What opens what: visits still missing, who could make them, and the actions that open the links between.

The words are those of capacitated covering: an action (recruiting at a place, asking for consent, signing an
agreement) opens links; a link carries visits once all its actions are taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.errors import ParameterError

NO_ACTION = -1  # in ``Openings.actions``: nothing to take


@dataclass(frozen=True, eq=False)
class Openings:
    """Households with missing visits, watchers with room, and links that actions open.

    H households, W watchers (with room today, or candidates), L links, A actions. A pair may stand in several
    links that different actions open. Checked when made.

    Parameters
    ----------
    need : int (H,), at least 0; visits a year still missing
    weight : float (H,), above 0
    capacity : int (W,), at least 0; visits a year each watcher can still make
    household, watcher : int (L,), positions
    cost_m : float (L,), at least 0; one walk in metres
    actions : int (L, 2), positions of the actions that must all be taken before the link may carry visits;
        -1 none
    cost : float (A,), at least 0; a year, in any one currency
    kind : (A,), label of each action, for the caller's reading only

    Raises
    ------
    ParameterError
        Lengths that do not fit, positions outside, numbers out of range.
    """

    need: np.ndarray
    weight: np.ndarray
    capacity: np.ndarray
    household: np.ndarray
    watcher: np.ndarray
    cost_m: np.ndarray
    actions: np.ndarray
    cost: np.ndarray
    kind: np.ndarray

    def __post_init__(self) -> None:
        """Raise ParameterError naming everything that does not fit."""
        faults = [*_length_faults(self), *_range_faults(self)]
        if faults:
            raise ParameterError(" ".join([*faults, "Correct the openings."]))

    def is_open(self, taken: np.ndarray) -> np.ndarray:
        """Return which links (L,) may carry visits once the actions ``taken`` (A,) are taken."""
        return np.append(taken, True)[self.actions].all(axis=1)

    def weighted(self, visits: np.ndarray) -> float:
        """Return the weighted visits a year of ``visits`` (L,)."""
        got = np.bincount(self.household, weights=visits, minlength=len(self.need))
        return float(got @ self.weight)

    def walk_m(self, visits: np.ndarray) -> float:
        """Return the walk a year in metres, one way, of ``visits`` (L,)."""
        return float(visits @ self.cost_m)


@dataclass(frozen=True, eq=False)
class OpeningPlan:
    """Which actions to take, and the visits they bring.

    Parameters
    ----------
    status : "optimal" (no set of actions within the limits serves more: value and bound meet), "feasible" (a
        plan; no set serves more than ``bound``), "nothing_to_do" (no visit is missing that any action could
        bring) or "infeasible" (the required actions are more than the count or the budget allows)
    taken : bool (A,)
    visits : int (L,), whole visits a year; the least walk among those that serve as much with these actions
    value : float, weighted visits a year served (by links open without an action too)
    bound : float, the most weighted visits a year that any set within the limits could serve
    cost : float, a year, of the actions taken
    walk_m : float, metres a year, one way
    """

    status: str
    taken: np.ndarray
    visits: np.ndarray
    value: float
    bound: float
    cost: float
    walk_m: float

    @property
    def gap(self) -> float:
        """Return how far the plan is at most from the best possible: (bound - value) / bound, 0 at 0."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def _length_faults(openings: Openings) -> list[str]:
    households = {len(openings.need), len(openings.weight)}
    links = {
        len(array) for array in (openings.household, openings.watcher, openings.cost_m, openings.actions)
    }
    faults = []
    if len(households) > 1:
        faults.append("Expected need and weight of one length, got others.")
    if len(links) > 1 or openings.actions.shape[1:] != (2,):
        faults.append("Expected two actions and one household, watcher and cost a link, got others.")
    if len(openings.cost) != len(openings.kind):
        faults.append("Expected one kind an action, got others.")
    return faults


def _range_faults(openings: Openings) -> list[str]:
    faults = []
    for array, size, name in (
        (openings.household, len(openings.need), "household"),
        (openings.watcher, len(openings.capacity), "watcher"),
        (openings.actions + 1, len(openings.cost) + 1, "action"),
    ):
        outside = int(((array < 0) | (array >= size)).sum())
        if outside:
            faults.append(f"Expected positions of every {name} inside its array, got {outside} outside.")
    for array, name in (
        (openings.need, "need"),
        (openings.capacity, "capacity"),
        (openings.cost_m, "cost_m"),
        (openings.cost, "cost"),
    ):
        wrong = int((~((array >= 0) & np.isfinite(array))).sum())
        if wrong:
            faults.append(f"Expected {name} >= 0, got {wrong} negative or missing.")
    wrong = int((~((openings.weight > 0) & np.isfinite(openings.weight))).sum())
    if wrong:
        faults.append(f"Expected weight > 0, got {wrong} others.")
    return faults
