"""A first visit round for one watcher: an order of calls, cut into outings that fit in a day.

Route first, cut second: one closed tour over every household that can be reached (OR-Tools), then the best
cut of that tour into outings from home and back (dynamic programme), then each outing put in order again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from analysis.errors import FrameError, ParameterError

WALKING_M_PER_MIN = 4000 / 60  # 4.0 km/h, the speed of watchers many of whom are over 65 (assumed)
UNREACHABLE = "unreachable"  # no walk between home and household
TOO_LONG = "too_long"  # there, one visit and back takes longer than an outing may
_ROUNDING = 1e-9  # relative; keeps an outing of exactly max_minutes in spite of binary fractions


@dataclass(frozen=True)
class OutingLimits:
    """What fits in one outing: minutes at each door, walking speed, and the longest outing.

    Raises
    ------
    ParameterError
        A negative visit, or a speed or outing that is not above 0.
    """

    minutes_per_visit: float
    speed_m_per_min: float
    max_minutes: float

    def __post_init__(self) -> None:
        if not self.minutes_per_visit >= 0:
            raise ParameterError(
                f"Expected minutes_per_visit >= 0, got {self.minutes_per_visit}. Give minutes."
            )
        if not self.speed_m_per_min > 0:
            raise ParameterError(
                f"Expected speed_m_per_min > 0, got {self.speed_m_per_min}. Give metres a minute."
            )
        if not self.max_minutes > 0:
            raise ParameterError(f"Expected max_minutes > 0, got {self.max_minutes}. Give minutes.")

    def minutes(self, length_m: np.ndarray | float, visits: np.ndarray | int) -> np.ndarray | float:
        """Return the minutes of walking ``length_m`` and calling at ``visits`` doors."""
        return length_m / self.speed_m_per_min + visits * self.minutes_per_visit

    def fits(self, length_m: np.ndarray | float, visits: np.ndarray | int) -> np.ndarray | bool:
        """Tell whether an outing fits; one of exactly ``max_minutes`` does."""
        return self.minutes(length_m, visits) <= self.max_minutes * (1 + _ROUNDING)


@dataclass(frozen=True)
class Rounds:
    """One watcher's outings, each from home and back, with nothing left unsaid.

    ``stops``: one row per call in walking order; columns outing (from 1), order (from 1 in each outing),
    household_id, leg_m (walk to this door), arrive_minutes, leave_minutes (since leaving home).
    ``outings``: index outing; visits, length_m (with the way home), minutes.
    ``left_out``: household_id, reason ``unreachable`` or ``too_long``.
    """

    stops: pd.DataFrame
    outings: pd.DataFrame
    left_out: pd.DataFrame

    @property
    def length_m(self) -> float:
        """Walk of all outings together, metres."""
        return float(self.outings["length_m"].sum())

    @property
    def minutes(self) -> float:
        """Time of all outings together, visits included."""
        return float(self.outings["minutes"].sum())

    @property
    def visits(self) -> int:
        """Calls at a door in all outings together."""
        return len(self.stops)


def plan_rounds(
    households: Sequence[str],
    cost_matrix: np.ndarray,
    *,
    start: int = 0,
    minutes_per_visit: float = 15,
    speed_m_per_min: float = WALKING_M_PER_MIN,
    max_minutes: float = 120,
    improve_seconds: float = 0.0,
) -> Rounds:
    """Plan one call at each household of a watcher, in outings of at most ``max_minutes``.

    An outing of exactly ``max_minutes`` is allowed. Households without a walk, or too far for an outing of
    their own, are listed with the reason. The tour is a good one, not proven shortest; the cut of the tour is
    the shortest there is for its order.

    Parameters
    ----------
    households
        Ids in the order of the rows of ``cost_matrix``, home left out.
    cost_matrix
        (n + 1, n + 1) walking costs in equivalent flat metres, inf where there is no walk.
    start
        Row of the watcher's home.
    minutes_per_visit, speed_m_per_min, max_minutes
        Time at each door (>= 0), walking speed (> 0) and longest outing (> 0).
    improve_seconds
        0: plain local search, which ends by itself and gives the same answer each time. Above 0: guided local
        search for that many seconds, often shorter, not the same on every machine.

    Raises
    ------
    FrameError
        The matrix is not square, does not fit the households, or has negative or missing costs.
    ParameterError
        A limit or ``start`` outside its range.

    References
    ----------
    Beasley (1983), Route first, cluster second methods for vehicle routing. Omega 11(4).
    Prins (2004), the cut as a shortest path. Computers & Operations Research 31(12).
    """
    costs = _check_costs(cost_matrix, len(households), start)
    limits = OutingLimits(minutes_per_visit, speed_m_per_min, max_minutes)
    nodes = np.delete(np.arange(len(costs)), start)
    there_and_back = costs[start, nodes] + costs[nodes, start]
    reachable = np.isfinite(there_and_back)
    fitting = reachable & limits.fits(there_and_back, 1)
    _check_walks(costs, nodes[fitting])
    tour = _order(costs, start, nodes[fitting], improve_seconds)
    outings = [_reorder(costs, start, part, improve_seconds) for part in _cut(costs, start, tour, limits)]
    names = pd.Series(np.asarray(households, dtype=object), index=nodes)
    reasons = np.where(reachable, TOO_LONG, UNREACHABLE)[~fitting]
    left_out = pd.DataFrame({"household_id": names[~fitting].to_numpy(), "reason": reasons.astype(object)})
    return _describe(costs, start, outings, names, limits, left_out)


def _check_costs(cost_matrix: np.ndarray, households: int, start: int) -> np.ndarray:
    costs = np.asarray(cost_matrix, dtype=float)
    size = households + 1
    if costs.shape != (size, size):
        raise FrameError(
            f"Expected a cost matrix of {size} x {size}, got {costs.shape}. Give home and households."
        )
    if np.isnan(costs).any() or (costs < 0).any():
        raise FrameError(
            "Expected walking costs >= 0 m or inf, got negative or missing ones. Use inf for no walk."
        )
    if not 0 <= start < size:
        raise ParameterError(f"Expected start in 0..{size - 1}, got {start}. Give the row of the home.")
    return costs


def _check_walks(costs: np.ndarray, nodes: np.ndarray) -> None:
    missing = int(np.isinf(costs[np.ix_(nodes, nodes)]).sum())
    if missing:
        raise FrameError(
            "Expected a walk between any two households that can be reached from home, got "
            f"{missing} without one. Complete the matrix over the way past home."
        )


def _order(costs: np.ndarray, start: int, nodes: np.ndarray, improve_seconds: float) -> np.ndarray:
    """Return ``nodes`` in the order of a short closed tour from ``start``."""
    if len(nodes) < 2:
        return nodes
    places = np.concatenate([[start], nodes])
    legs_dm = np.rint(costs[np.ix_(places, places)] * 10).astype(np.int64)
    manager = pywrapcp.RoutingIndexManager(len(places), 1, 0)
    routing = pywrapcp.RoutingModel(manager)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(legs_dm.tolist()))
    solution = routing.SolveWithParameters(_search(improve_seconds))
    index, visited = solution.Value(routing.NextVar(routing.Start(0))), []
    while not routing.IsEnd(index):
        visited.append(manager.IndexToNode(index))
        index = solution.Value(routing.NextVar(index))
    return places[visited]


def _search(improve_seconds: float):
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    if improve_seconds > 0:
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMicroseconds(int(improve_seconds * 1e6))
    return parameters


def _cut(costs: np.ndarray, start: int, tour: np.ndarray, limits: OutingLimits) -> list[np.ndarray]:
    """Cut ``tour`` into outings that fit, with the least walk in all and then the fewest outings.

    ``best[j]`` is the least walk for the first j stops; the last outing runs from stop i to stop j - 1.
    """
    count = len(tour)
    legs = np.append(0.0, costs[tour[:-1], tour[1:]]).cumsum() if count else np.zeros(0)
    best, outings, previous = np.zeros(count + 1), np.zeros(count + 1), np.zeros(count + 1, dtype=int)
    for j in range(1, count + 1):
        i = np.arange(j)
        walk = costs[start, tour[i]] + (legs[j - 1] - legs[i]) + costs[tour[j - 1], start]
        total = np.where(limits.fits(walk, j - i), best[i] + walk, np.inf)
        last = np.lexsort((outings[i], np.round(total, 6)))[0]
        best[j], outings[j], previous[j] = total[last], outings[last] + 1, last
    parts, end = [], count
    while end > 0:
        parts.append(tour[previous[end] : end])
        end = previous[end]
    return parts[::-1]


def _reorder(costs: np.ndarray, start: int, outing: np.ndarray, improve_seconds: float) -> np.ndarray:
    """Return the outing in a new order where that is shorter, otherwise as it was."""
    again = _order(costs, start, outing, improve_seconds)
    return again if _legs(costs, start, again).sum() < _legs(costs, start, outing).sum() else outing


def _legs(costs: np.ndarray, start: int, outing: np.ndarray) -> np.ndarray:
    """Return the legs of an outing, the way from home first and the way home last."""
    places = np.concatenate([[start], outing, [start]])
    return costs[places[:-1], places[1:]]


def _describe(
    costs: np.ndarray,
    start: int,
    outings: list[np.ndarray],
    names: pd.Series,
    limits: OutingLimits,
    left_out: pd.DataFrame,
) -> Rounds:
    legs = [_legs(costs, start, outing) for outing in outings]
    visits = np.array([len(outing) for outing in outings], dtype=int)
    lengths = np.array([leg.sum() for leg in legs], dtype=float)
    number = pd.RangeIndex(1, len(outings) + 1, name="outing")
    totals = pd.DataFrame(
        {"visits": visits, "length_m": lengths, "minutes": limits.minutes(lengths, visits)}, index=number
    )
    nodes = np.concatenate([np.zeros(0, dtype=int), *outings])
    stops = pd.DataFrame({"outing": np.repeat(number, visits)})
    stops["order"] = stops.groupby("outing").cumcount() + 1
    stops["household_id"] = names.reindex(nodes).to_numpy()
    stops["leg_m"] = np.concatenate([np.zeros(0), *(leg[:-1] for leg in legs)])
    walked = stops.groupby("outing")["leg_m"].cumsum()
    stops["arrive_minutes"] = limits.minutes(walked, stops["order"] - 1)
    stops["leave_minutes"] = stops["arrive_minutes"] + limits.minutes_per_visit
    return Rounds(stops, totals, left_out)
