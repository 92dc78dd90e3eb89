"""Hand-over: the households of watchers who leave, given to others in one step, familiar pairs kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.assignment_effects import tally
from analysis.assignment_moves import list_moves, with_moves
from analysis.coverage import Coverage, assess_coverage
from analysis.errors import FrameError, ParameterError
from analysis.frames import VISITS_PER_YEAR
from analysis.promises import reach_a_centre
from analysis.visit_orders import TIES, PlacedOrders, VisitOrders, place_orders, rank_ties, weight_of
from analysis.watch_graph import WatchGraph

WHYS = ("no_room", "one_watcher", "consent", "neighbour_district", "both", "reach")
UNPLACED_COLUMNS = ("household_id", "visits_per_month", "why")
NAMED = 5  # ids named in an error


@dataclass(frozen=True, eq=False)
class HandOver:
    """Who takes over from those who leave, what stays undone, and how sure it is that nothing is better.

    Parameters
    ----------
    status : "optimal" (no plan places more weighted visits), "feasible" (a plan with an open gap) or
        "nothing_to_do" (whoever leaves makes no visit)
    is_proven : bool, nor does any place as many with fewer shares, nor these by better ties and shorter walks
    leaving : tuple of watcher_id, sorted
    sharing : what was asked
    moves : DataFrame, RangeIndex; the columns of ``assignment.Proposal.moves`` and ``tie``: why this one
        takes over (one of TIES; None where it takes over nothing). Nobody else's visits change.
    unplaced : DataFrame, RangeIndex; ``household_id``, ``visits_per_month`` that nobody takes over, ``why``:
        ``no_room`` (those allowed are full), ``one_watcher`` (there is room, but only with a further watcher,
        and ``sharing`` is "one"), ``consent``, ``neighbour_district`` or ``both`` (somebody is within reach,
        but the sharing rule, the district rule or both forbid), ``reach`` (nobody else is within reach)
    ended_backups : DataFrame, RangeIndex; ``household_id``, ``watcher_id``: households that whoever leaves
        stood by as a backup
    before, after : dict; the counts of ``assignment_effects.tally`` and ``connected``, of all households;
        after: the moves are made and those who leave are out of office
    ordered, value, bound : float, weighted visits a year: all to be handed over, placed, and the most that
        can be; no plan places more than ``bound``
    new_shares : int, watchers beyond one that newly come to a household, summed
    """

    status: str
    is_proven: bool
    leaving: tuple[str, ...]
    sharing: str
    moves: pd.DataFrame
    unplaced: pd.DataFrame
    ended_backups: pd.DataFrame
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


def hand_over(
    graph: WatchGraph,
    coverage: Coverage,
    leaving: Iterable[str],
    *,
    successor: str | None = None,
    sharing: str = "few",
) -> HandOver:
    """Give the visits of watchers who leave to others with room; all other visits stay as they are.

    Most weighted visits come first, then few new watchers a household, then ties (``visit_orders``), then
    walks.

    Parameters
    ----------
    graph, coverage : of the same date and season, those who leave still in office
    leaving : watchers by id; one who makes no visit leaves too
    successor : the watcher preferred wherever it has room and may visit
    sharing : "few", "one" or "free", as ``visit_orders.place_orders`` describes them

    Raises
    ------
    ParameterError
        Unknown or repeated watchers, a successor who leaves or is no active watcher in office, or an unknown
        sharing.
    FrameError
        Graph and coverage do not hold the same households.
    """
    _check_households(graph, coverage)
    gone = _positions(graph, leaving)
    leaves = np.zeros(len(graph.watchers), dtype=bool)
    leaves[gone] = True
    heir = None if successor is None else _find_successor(graph, successor, leaves)
    orders = _find_orders(graph, leaves, heir)
    room = np.where(leaves, 0, graph.watchers["room_visits"].to_numpy())
    placed = place_orders(graph, orders, room, sharing=sharing)
    moves, later = _carry_out(graph, leaves, orders, placed)
    return HandOver(
        status=placed.status,
        is_proven=placed.is_proven,
        leaving=tuple(sorted(map(str, graph.watchers.index[gone]))),
        sharing=sharing,
        moves=moves,
        unplaced=list_unplaced(graph, orders, placed, room, ~leaves),
        ended_backups=_list_backups(graph, leaves),
        before=count_all(graph, coverage),
        after=count_all(later, assess_coverage(later)),
        ordered=float(weight_of(graph)[orders.household] @ orders.visits) / 100,
        value=placed.value,
        bound=placed.bound,
        new_shares=placed.new_shares,
    )


def count_all(graph: WatchGraph, coverage: Coverage) -> dict[str, float]:
    """Return the counts of ``tally`` and the households ``connected``, of all households."""
    everybody = np.ones(len(graph.households), dtype=bool)
    counts = tally(graph, coverage, everybody, weight=weight_of(graph) / 100)
    return counts | {"connected": int(coverage.households["connected"].sum())}


def list_unplaced(
    graph: WatchGraph, orders: VisitOrders, placed: PlacedOrders, room: np.ndarray, stays: np.ndarray
) -> pd.DataFrame:
    """Return what ``HandOver.unplaced`` describes.

    Parameters
    ----------
    room : int (W,), visits a year before anything was placed
    stays : bool (W,), may be asked to take over
    """
    undone = np.flatnonzero(placed.left > 0)
    homes = orders.household[undone]
    taken = np.bincount(graph.links["watcher"], placed.visits, len(room)).astype(np.int64)
    return pd.DataFrame(
        {
            "household_id": graph.households.index.to_numpy(dtype=object)[homes],
            "visits_per_month": placed.left[undone] / VISITS_PER_YEAR,
            "why": _why_unplaced(graph, room - taken, stays, homes),
        },
        columns=list(UNPLACED_COLUMNS),
    )


def out_of_office(graph: WatchGraph, leaves: np.ndarray) -> WatchGraph:
    """Return the graph once some watchers (bool (W,)), who make no visit, are out of office.

    Reports they would pass on end with them. Their links stay rows of ``links``, without a visit.
    """
    watchers = graph.watchers
    in_office = watchers["in_office"].to_numpy() & ~leaves
    stays = watchers.assign(
        in_office=in_office,
        connected=in_office & reach_a_centre(watchers["reports_to"], in_office, graph.centres),
        capacity_visits=watchers["capacity_visits"].where(~leaves, 0),
        room_visits=watchers["room_visits"].where(~leaves, 0),
    )
    by_gone = np.append(leaves, False)[graph.assigned["watcher"].to_numpy()]
    counts = graph.assigned["counts"].to_numpy(dtype=bool)
    assigned = graph.assigned.assign(
        counts=counts & ~by_gone,
        reason=graph.assigned["reason"].astype(object).where(~(by_gone & counts), "not_in_office"),
    )
    notices = graph.notices[~leaves[graph.notices["watcher"].to_numpy()]]
    return replace(graph, watchers=stays, assigned=assigned, notices=notices)


def _check_households(graph: WatchGraph, coverage: Coverage) -> None:
    if not graph.households.index.equals(coverage.households.index):
        raise FrameError(
            "Expected graph and coverage of the same households, got others. Assess the graph again."
        )


def _positions(graph: WatchGraph, leaving: Iterable[str]) -> np.ndarray:
    ids = pd.Index(list(leaving), dtype=object)
    unknown = ids[~ids.isin(graph.watchers.index)].unique()
    if len(unknown):
        first = ", ".join(map(str, unknown[:NAMED]))
        raise ParameterError(f"Expected watchers who leave to be known, got others: {first}. Correct them.")
    if not ids.is_unique:
        first = ", ".join(map(str, ids[ids.duplicated()].unique()[:NAMED]))
        raise ParameterError(f"Expected each watcher to leave once, got more of {first}. Name each once.")
    return graph.watchers.index.get_indexer(ids)


def _find_successor(graph: WatchGraph, successor: str, leaves: np.ndarray) -> int:
    position = int(graph.watchers.index.get_indexer([successor])[0])
    gives = (graph.watchers["is_active"] & graph.watchers["in_office"]).to_numpy() & ~leaves
    if position < 0 or not gives[position]:
        raise ParameterError(
            f"Expected a successor who is an active watcher in office and stays, got {successor!r}. "
            "Choose another."
        )
    return position


def _find_orders(graph: WatchGraph, leaves: np.ndarray, successor: int | None) -> VisitOrders:
    """Return one order a household that loses visits, and the links of those who stay."""
    links = graph.links
    household, by_gone = links["household"].to_numpy(), leaves[links["watcher"].to_numpy()]
    delivered = links["delivered_visits"].to_numpy()
    lost = np.bincount(household, np.where(by_gone, delivered, 0), len(graph.households)).astype(np.int64)
    homes = np.flatnonzero(lost)
    usable = np.flatnonzero(links["allowed"].to_numpy(dtype=bool) & ~by_gone & (lost[household] > 0))
    gone = links.loc[by_gone & (delivered > 0), ["household", "watcher"]]
    return VisitOrders(
        household=homes,
        visits=lost[homes],
        order=np.searchsorted(homes, household[usable]),
        link=usable,
        tie=rank_ties(graph, usable, gone, successor=successor),
    )


def _carry_out(
    graph: WatchGraph, leaves: np.ndarray, orders: VisitOrders, placed: PlacedOrders
) -> tuple[pd.DataFrame, WatchGraph]:
    """Return the moves, and the graph once they are made and those who leave are out of office."""
    links = graph.links
    stays = np.where(leaves[links["watcher"].to_numpy()], 0, links["delivered_visits"].to_numpy())
    visits = stays + placed.visits
    moves = list_moves(graph, visits)
    nobody = pd.DataFrame({"household_id": [], "watcher_id": []}, dtype=object)
    later = out_of_office(with_moves(graph, visits, moves, nobody), leaves)
    return moves.assign(tie=name_ties(graph, orders, placed, moves)), later


def name_ties(graph: WatchGraph, orders: VisitOrders, placed: PlacedOrders, moves: pd.DataFrame) -> pd.Series:
    """Return the tie by which each move takes visits over, None where it takes none (object)."""
    used = placed.visits[orders.link] > 0
    rows = graph.links.iloc[orders.link[used]]
    keys = pd.MultiIndex.from_arrays(
        [graph.households.index[rows["household"]], graph.watchers.index[rows["watcher"]]]
    )
    names = np.array([*TIES, None], dtype=object)
    ranks = pd.Series(orders.tie[used], index=keys).groupby(level=[0, 1]).min()
    of_move = ranks.reindex(pd.MultiIndex.from_frame(moves[["household_id", "watcher_id"]]))
    return pd.Series(names[of_move.fillna(len(TIES)).to_numpy(np.int64)], index=moves.index, dtype=object)


def _why_unplaced(graph: WatchGraph, left: np.ndarray, stays: np.ndarray, homes: np.ndarray) -> np.ndarray:
    """Return one of WHYS for each household; ``left`` is the room (W,) once all is placed."""
    links = graph.links
    household, watcher = links["household"].to_numpy(), links["watcher"].to_numpy()
    near = stays[watcher]
    consent, district = (near & links[name].to_numpy(dtype=bool) for name in ("consent_ok", "district_ok"))

    def has(rows: np.ndarray) -> np.ndarray:
        return np.bincount(household[rows], minlength=len(graph.households))[homes] > 0

    tests = {
        "one_watcher": has(consent & district & (left[watcher] > 0)),
        "no_room": has(consent & district),
        "consent": has(district),
        "neighbour_district": has(consent),
        "both": has(near),
    }
    return np.select(list(tests.values()), list(tests), default="reach").astype(object)


def _list_backups(graph: WatchGraph, leaves: np.ndarray) -> pd.DataFrame:
    assigned = graph.assigned
    by_gone = np.append(leaves, False)[assigned["watcher"].to_numpy()]
    known = (assigned["household"] >= 0).to_numpy()
    ended = assigned[by_gone & known & (assigned["role"] == "backup").to_numpy()]
    pairs = pd.DataFrame(
        {
            "household_id": graph.households.index.to_numpy(dtype=object)[ended["household"]],
            "watcher_id": graph.watchers.index.to_numpy(dtype=object)[ended["watcher"]],
        }
    )
    return pairs.sort_values(["household_id", "watcher_id"], ignore_index=True)
