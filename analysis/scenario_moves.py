"""From a scenario to moves: who takes over from those who leave, and whom those who join should visit.

One flow on the graph of the scenario. The visits that whoever leaves made may go to anybody with room, by the
ties of ``analysis.visit_orders``. All other missing visits are for those who join alone: a scenario does not
rearrange the rest of the city.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.assignment_moves import MOVE_COLUMNS, list_moves, with_moves
from analysis.coverage import Coverage, assess_coverage
from analysis.errors import FrameError
from analysis.handover import count_all, list_unplaced, name_ties
from analysis.visit_orders import VisitOrders, place_orders, rank_ties, weight_of
from analysis.watch_graph import WatchGraph


@dataclass(frozen=True, eq=False)
class ScenarioMoves:
    """The moves that answer a scenario.

    Parameters
    ----------
    status : "optimal" (no plan places more weighted visits), "feasible" (a plan with an open gap) or
        "nothing_to_do" (nobody leaves who visits, and nobody joins who could)
    is_proven : bool, nor does any place as many with fewer shares, nor these by better ties and shorter walks
    leaving, joining : tuple of watcher_id, in office before or after only
    moves : DataFrame as ``handover.HandOver.moves``; a standing assignment of whoever leaves is removed
        (``cost_m`` NaN: its link is not in the scenario)
    unplaced : DataFrame as ``handover.HandOver.unplaced``, of the visits of those who leave
    before, after : dict, counts of ``handover.count_all`` in the scenario, without and with the moves
    ordered : float, weighted visits a year that whoever leaves made and that are missing
    value, bound : float, weighted visits a year placed, handed over or new, and the most that can be
    new_shares : int, watchers beyond one that newly come to a household, summed
    """

    status: str
    is_proven: bool
    leaving: tuple[str, ...]
    joining: tuple[str, ...]
    moves: pd.DataFrame
    unplaced: pd.DataFrame
    before: dict[str, float]
    after: dict[str, float]
    ordered: float
    value: float
    bound: float
    new_shares: int

    @property
    def gap(self) -> float:
        """Return how far the visits placed can be below the most possible, as a share of the bound."""
        return 0.0 if self.bound <= 0 else (self.bound - self.value) / self.bound


def scenario_moves(
    base: WatchGraph, scenario: WatchGraph, coverage: Coverage, *, sharing: str = "few"
) -> ScenarioMoves:
    """Answer a scenario in which watchers leave or join, as it says above.

    Parameters
    ----------
    base, scenario : before and after the changes; a household of one of them only is left out
    coverage : of the scenario
    sharing : as ``visit_orders.place_orders`` describes it

    Raises
    ------
    FrameError
        Scenario and coverage do not hold the same households.
    ParameterError
        An unknown sharing.
    """
    if not scenario.households.index.equals(coverage.households.index):
        raise FrameError(
            "Expected graph and coverage of the same households, got others. Assess the graph again."
        )
    leaves, joins = _changed(base, scenario), _changed(scenario, base)
    gone = _visits_of(base, scenario, leaves)
    orders, is_lost = _find_orders(scenario, coverage, joins, gone)
    room = scenario.watchers["room_visits"].to_numpy()
    placed = place_orders(scenario, orders, room, sharing=sharing)
    visits = scenario.links["delivered_visits"].to_numpy() + placed.visits
    moves = list_moves(scenario, visits)
    later = with_moves(scenario, visits, moves, moves.iloc[:0])
    seen = assess_coverage(later)
    moves = moves.assign(tie=name_ties(scenario, orders, placed, moves))
    everybody = np.ones(len(room), dtype=bool)
    unplaced = list_unplaced(scenario, orders, placed, room, everybody)
    return ScenarioMoves(
        status=placed.status,
        is_proven=placed.is_proven,
        leaving=tuple(base.watchers.index[leaves]),
        joining=tuple(scenario.watchers.index[joins]),
        moves=_with_ended(moves, _list_ended(base, leaves, seen)),
        unplaced=unplaced[is_lost[placed.left > 0]].reset_index(drop=True),
        before=count_all(scenario, coverage),
        after=count_all(later, seen),
        ordered=float(weight_of(scenario)[orders.household[is_lost]] @ orders.visits[is_lost]) / 100,
        value=placed.value,
        bound=placed.bound,
        new_shares=placed.new_shares,
    )


def _changed(one: WatchGraph, other: WatchGraph) -> np.ndarray:
    """Return which watchers of ``one`` (bool) are active and in office in it and not in ``other``."""
    mine, theirs = (graph.watchers["is_active"] & graph.watchers["in_office"] for graph in (one, other))
    return mine.to_numpy() & ~mine.index.isin(theirs.index[theirs])


def _visits_of(base: WatchGraph, scenario: WatchGraph, leaves: np.ndarray) -> pd.DataFrame:
    """Return ``household``, ``watcher`` (positions in the scenario, -1 unknown), ``visits`` of who leaves."""
    links = base.links
    by_gone = leaves[links["watcher"].to_numpy()] & (links["delivered_visits"] > 0).to_numpy()
    made = links[by_gone]
    homes = base.households.index[made["household"]]
    people = base.watchers.index[made["watcher"]]
    pairs = pd.DataFrame(
        {
            "household": scenario.households.index.get_indexer(homes),
            "watcher": scenario.watchers.index.get_indexer(people),
            "visits": made["delivered_visits"].to_numpy(),
        }
    )
    return pairs[pairs["household"] >= 0]


def _find_orders(
    graph: WatchGraph, coverage: Coverage, joins: np.ndarray, gone: pd.DataFrame
) -> tuple[VisitOrders, np.ndarray]:
    """Return the orders and which of them (bool) are of visits that whoever leaves made.

    A household that misses more than was made by those who leave has a second order, for who joins alone.
    """
    links = graph.links
    household, watcher = links["household"].to_numpy(), links["watcher"].to_numpy()
    missing = (coverage.households["need_visits"] - coverage.households["delivered_visits"]).to_numpy()
    made = np.bincount(gone["household"], gone["visits"], len(missing)).astype(np.int64)
    lost = np.minimum(made, missing)
    allowed = links["allowed"].to_numpy(dtype=bool)
    for_anybody = np.flatnonzero(allowed & (lost[household] > 0))
    for_new = np.flatnonzero(allowed & joins[watcher] & (missing > lost)[household])
    old, new = np.flatnonzero(lost), np.unique(household[for_new])
    link = np.concatenate([for_anybody, for_new])
    known = gone[gone["watcher"] >= 0]
    orders = VisitOrders(
        household=np.concatenate([old, new]),
        visits=np.concatenate([lost[old], (missing - lost)[new]]),
        order=np.concatenate(
            [
                np.searchsorted(old, household[for_anybody]),
                len(old) + np.searchsorted(new, household[for_new]),
            ]
        ),
        link=link,
        tie=rank_ties(graph, link, known),
    )
    return orders, np.arange(len(old) + len(new)) < len(old)


def _list_ended(base: WatchGraph, leaves: np.ndarray, seen: Coverage) -> pd.DataFrame:
    """Return moves that end the standing primary assignments of those who leave."""
    assigned = base.assigned
    by_gone = np.append(leaves, False)[assigned["watcher"].to_numpy()]
    known = (assigned["household"] >= 0).to_numpy() & (assigned["role"] == "primary").to_numpy()
    ended = assigned[by_gone & known]
    pairs = ended.groupby(["household", "watcher"], as_index=False)["delivered_visits"].sum()
    ids = base.households.index[pairs["household"]]
    was = np.bincount(base.links["household"], base.links["delivered_visits"], len(base.households))
    now = seen.households["delivered_visits"].reindex(ids, fill_value=0).to_numpy()
    as_many = now >= was[pairs["household"]]
    reason = np.select([pairs["delivered_visits"] == 0, as_many], ["as_delivered", "moved"], "fewer_visits")
    return pd.DataFrame(
        {
            "household_id": ids.to_numpy(dtype=object),
            "watcher_id": base.watchers.index.to_numpy(dtype=object)[pairs["watcher"]],
            "action": "remove",
            "visits_per_month": 0.0,
            "cost_m": np.nan,
            "reason": reason.astype(object),
            "tie": None,
        },
        columns=[*MOVE_COLUMNS, "tie"],
    )


def _with_ended(moves: pd.DataFrame, ended: pd.DataFrame) -> pd.DataFrame:
    tables = [table for table in (moves, ended) if len(table)]
    both = pd.concat(tables) if tables else moves
    return both.sort_values(["household_id", "watcher_id"], ignore_index=True)
