"""Best assignment of households to watchers under capacity, keeping what works.

One minimum-cost flow in whole visits a year: household -> watcher over the allowed links, watcher -> end
within its capacity, household -> end for visits nobody makes. Such a network's matrix is totally
unimodular, so the whole-number answer is the optimum itself and the bound is reached. A household may
be shared by several watchers: the flow serves visits, and does not count how many households it completes.

References
----------
Ahuja, Magnanti, Orlin (1993), Network Flows, ch. 9-11; solver: OR-Tools SimpleMinCostFlow (cost scaling).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from analysis.coverage import Coverage
from analysis.errors import FrameError, ParameterError
from analysis.frames import VISITS_PER_YEAR
from analysis.watch_graph import WatchGraph

KEEPS = ("all", "prefer", "none")
NEW_TIE_M = 400.0  # assumed: a tie that stands is worth 400 m more walk at each visit (half a normal reach)
MOVE_COLUMNS = ("household_id", "watcher_id", "action", "visits_per_month", "cost_m", "reason")


@dataclass(frozen=True, eq=False)
class AssignmentFlow:
    """The answer of :func:`solve_assignment`.

    ``status``: "optimal" or "infeasible" (the guaranteed visits do not fit; the arrays are then zero).
    ``visits``: (L,) whole visits over each link. ``unserved``: (H,) whole visits nobody makes.
    ``walk_dm``: sum of visits times cost.
    """

    status: str
    visits: np.ndarray
    unserved: np.ndarray
    walk_dm: int


@dataclass(frozen=True, eq=False)
class Proposal:
    """Who should newly watch whom.

    Parameters
    ----------
    status : "optimal", "nothing_to_do" (today's links are already best) or "infeasible"
    keep, district : what was asked
    moves : DataFrame, RangeIndex; ``household_id``, ``watcher_id``, ``action`` (add, change, remove),
        ``visits_per_month`` (of this pair afterwards; 0 for remove), ``cost_m`` (one walk there), ``reason``:
        ``more_visits`` (this household gets more), ``moved`` (as many, by others), ``fewer_visits``,
        ``as_delivered`` (nothing changes at the door: the promise is brought down to what is delivered)
    before, after : dict of ``households``, ``watched``, ``partly_watched``, ``without_visits`` (households),
        ``shared`` (households that several watchers visit), ``need_visits``, ``visits`` (a year),
        ``weighted_visits`` (visits times weight), ``walk_m`` (a year); of the households asked about
    bound_weighted_visits : the most weighted visits any assignment under the same ``keep`` can reach;
        equals ``after["weighted_visits"]`` when optimal
    """

    status: str
    keep: str
    district: str | None
    moves: pd.DataFrame
    before: dict[str, float]
    after: dict[str, float]
    bound_weighted_visits: float


def propose_assignment(
    graph: WatchGraph, coverage: Coverage, *, keep: str = "all", district: str | None = None
) -> Proposal:
    """Propose the assignment that serves most weighted visits, and among those the one with the least walk.

    Only allowed links are used (within reach, sharing rule and district rule). A household's weight counts to
    the hundredth, and at least one hundredth. Applying all the moves gives the counts of ``after``.

    Parameters
    ----------
    graph, coverage : of the same date and season
    keep : "all": every delivered visit stays with its watcher, only room is used. "prefer": visits may move
        to another watcher where that lets more be served or saves more than ``NEW_TIE_M`` a visit; no
        household gets fewer visits than today. "none": everything is free, single households may lose visits.
    district : only the households of this community district, by any watcher who may; what those watchers
        deliver elsewhere stays (what they promise there beyond it may be brought down). None: the whole city.

    Raises
    ------
    ParameterError
        ``keep`` or ``district`` unknown.
    FrameError
        Graph and coverage do not hold the same households.
    """
    _check_question(graph, coverage, keep, district)
    scope = _scope(graph, district)
    allowed = graph.links[graph.links["allowed"].to_numpy()]
    inside = scope[allowed["household"].to_numpy()]
    links = allowed[inside]
    flow = _solve_links(graph, links, scope, keep)
    today = _tally(graph, links, links["delivered_visits"].to_numpy(), scope)
    if flow.status != "optimal":
        return Proposal(flow.status, keep, district, _no_moves(), today, today, today["weighted_visits"])
    visits = allowed["delivered_visits"].to_numpy().copy()
    visits[inside] = flow.visits
    moves = _list_moves(graph, allowed, visits)
    after = _tally(graph, links, flow.visits, scope)
    status = "optimal" if len(moves) else "nothing_to_do"
    return Proposal(status, keep, district, moves, today, after, after["weighted_visits"])


def solve_assignment(
    need: np.ndarray,
    capacity: np.ndarray,
    household: np.ndarray,
    watcher: np.ndarray,
    cost_dm: np.ndarray,
    *,
    unserved_dm: np.ndarray | int | None = None,
    guaranteed: np.ndarray | int = 0,
) -> AssignmentFlow:
    """Solve the minimum-cost flow of visits; all numbers whole.

    Parameters
    ----------
    need : (H,) visits each household needs, >= 0
    capacity : (W,) visits each watcher can make, >= 0
    household, watcher, cost_dm : (L,) positions of each link, and decimetres of walk a visit costs, >= 0
    unserved_dm : (H,) or one price of a visit nobody makes; None: a price so high that walk never counts
        against a visit
    guaranteed : (H,) or one number of visits each household must get

    Returns
    -------
    AssignmentFlow
        Proven optimal, or ``infeasible`` when the guaranteed visits do not fit.

    Raises
    ------
    ParameterError
        Negative numbers, positions outside the arrays, or prices too large for 64-bit arithmetic.
    """
    need, capacity, household, watcher, cost_dm = (
        np.asarray(values, dtype=np.int64) for values in (need, capacity, household, watcher, cost_dm)
    )
    _check_arrays(need, capacity, household, watcher, cost_dm)
    if unserved_dm is None:
        unserved_dm = price_unserved(np.ones(len(need)), watcher, cost_dm)
    price = np.broadcast_to(np.asarray(unserved_dm, dtype=np.int64), need.shape)
    solver, arcs = _build_network(need, capacity, (household, watcher, cost_dm), price, guaranteed)
    status = solver.solve()
    if status == solver.INFEASIBLE:
        return AssignmentFlow("infeasible", np.zeros_like(household), np.zeros_like(need), 0)
    if status != solver.OPTIMAL:
        raise ParameterError(
            f"Expected prices that fit 64-bit sums, got {status.name}. Lower unserved_dm or costs."
        )
    visits, unserved = (solver.flows(arc) for arc in arcs)
    return AssignmentFlow("optimal", visits, unserved, int(visits @ cost_dm))


def price_unserved(weight: np.ndarray, watcher: np.ndarray, cost_dm: np.ndarray) -> np.ndarray:
    """Return the price (dm) of a visit nobody makes: by weight, above any walk a rearrangement can save.

    Serving one visit more rearranges at most one visit of each watcher (a simple path of the residual
    network), which costs at most watchers x longest walk; one hundredth of weight is priced above that.
    """
    longest = int(cost_dm.max(initial=0))
    step = len(np.unique(watcher)) * longest + 1
    return np.maximum(np.rint(100 * np.asarray(weight)), 1).astype(np.int64) * step


def _check_question(graph: WatchGraph, coverage: Coverage, keep: str, district: str | None) -> None:
    if keep not in KEEPS:
        raise ParameterError(f"Expected keep {', '.join(KEEPS)}, got {keep!r}. Choose one.")
    if district is not None and not (graph.households["district"] == district).any():
        raise ParameterError(
            f"Expected a community district with households, got {district!r}. Check the code."
        )
    if not graph.households.index.equals(coverage.households.index):
        raise FrameError(
            "Expected graph and coverage of the same households, got others. Assess the graph again."
        )


def _scope(graph: WatchGraph, district: str | None) -> np.ndarray:
    if district is None:
        return np.ones(len(graph.households), dtype=bool)
    return (graph.households["district"] == district).to_numpy(dtype=bool)


def _solve_links(graph: WatchGraph, links: pd.DataFrame, scope: np.ndarray, keep: str) -> AssignmentFlow:
    """Return the flow with all visits of each link, those that stay among them.

    A visit over a link without visits today costs ``NEW_TIE_M`` more, unless everything is free.
    """
    household, watcher = links["household"].to_numpy(), links["watcher"].to_numpy()
    delivered = links["delivered_visits"].to_numpy()
    need = np.where(scope, graph.households["need_visits"].to_numpy(), 0)
    today = np.bincount(household, delivered, len(need)).astype(np.int64)
    elsewhere = graph.watchers["load_visits"].to_numpy() - np.bincount(
        watcher, delivered, len(graph.watchers)
    )
    room = graph.watchers["capacity_visits"].to_numpy() - elsewhere.astype(np.int64)
    walk_dm = np.rint(links["cost_m"].to_numpy() * 10).astype(np.int64)
    cost_dm = walk_dm + np.where((delivered > 0) | (keep == "none"), 0, round(NEW_TIE_M * 10))
    price = price_unserved(graph.households["weight"].to_numpy(), watcher, cost_dm)
    if keep == "all":
        used = np.bincount(watcher, delivered, len(room)).astype(np.int64)
        more = solve_assignment(need - today, room - used, household, watcher, cost_dm, unserved_dm=price)
        return AssignmentFlow(more.status, more.visits + delivered, more.unserved, more.walk_dm)
    guaranteed = today if keep == "prefer" else 0
    return solve_assignment(need, room, household, watcher, cost_dm, unserved_dm=price, guaranteed=guaranteed)


def _check_arrays(
    need: np.ndarray, capacity: np.ndarray, household: np.ndarray, watcher: np.ndarray, cost_dm: np.ndarray
) -> None:
    if not len(household) == len(watcher) == len(cost_dm):
        raise ParameterError(
            "Expected household, watcher and cost_dm of one length, got others. Give one per link."
        )
    if min(array.min(initial=0) for array in (need, capacity, household, watcher, cost_dm)) < 0:
        raise ParameterError(
            "Expected whole numbers >= 0, got a negative one. Correct need, capacity or cost."
        )
    if household.max(initial=-1) >= len(need) or watcher.max(initial=-1) >= len(capacity):
        raise ParameterError(
            "Expected links between known positions, got one outside. Correct household or watcher."
        )


def _build_network(
    need: np.ndarray,
    capacity: np.ndarray,
    links: tuple[np.ndarray, np.ndarray, np.ndarray],
    price: np.ndarray,
    guaranteed: np.ndarray | int,
) -> tuple[SimpleMinCostFlow, tuple[np.ndarray, np.ndarray]]:
    """Return the solver and its arcs of the links and of the unserved visits.

    Nodes: households, then watchers, then the end. Visits that are guaranteed have no arc past the watchers.
    """
    household, watcher, cost_dm = links
    limit = np.minimum(need[household], capacity[watcher])
    solver, end = SimpleMinCostFlow(), len(need) + len(capacity)
    homes, people = np.arange(len(need)), np.arange(len(need), end)
    link_arcs = solver.add_arcs_with_capacity_and_unit_cost(household, len(need) + watcher, limit, cost_dm)
    missed = np.maximum(need - guaranteed, 0)
    past = solver.add_arcs_with_capacity_and_unit_cost(homes, np.full_like(homes, end), missed, price)
    nothing = np.zeros_like(capacity)
    solver.add_arcs_with_capacity_and_unit_cost(people, np.full_like(people, end), capacity, nothing)
    solver.set_nodes_supplies(np.arange(end + 1), np.concatenate([need, nothing, [-need.sum()]]))
    return solver, (link_arcs, past)


def _list_moves(graph: WatchGraph, links: pd.DataFrame, visits: np.ndarray) -> pd.DataFrame:
    """Return the moves after which exactly ``visits`` are delivered over each link."""
    delivered = links["delivered_visits"].to_numpy()
    standing, asked = _standing(graph, links)
    gain = _per_household(graph, links, visits - delivered)
    moving = _restated(graph, links, visits, asked > delivered)
    action = np.select([~standing, visits == 0], ["add", "remove"], "change")
    reasons = ["as_delivered", "more_visits", "moved"]
    reason = np.select([visits == delivered, gain > 0, gain == 0], reasons, "fewer_visits")
    moves = pd.DataFrame(
        {
            "household_id": graph.households.index.to_numpy()[links["household"]],
            "watcher_id": graph.watchers.index.to_numpy()[links["watcher"]],
            "action": action.astype(object),
            "visits_per_month": visits / VISITS_PER_YEAR,
            "cost_m": links["cost_m"].to_numpy(),
            "reason": reason.astype(object),
        }
    )
    return moves[moving].sort_values(["household_id", "watcher_id"], ignore_index=True)


def _restated(graph: WatchGraph, links: pd.DataFrame, visits: np.ndarray, hungry: np.ndarray) -> np.ndarray:
    """Return a bool per link: it changes, or its promise must be brought down to what it delivers.

    A link that is stated anew goes to the end of the order in which promises are honoured. Older promises of
    the same household or watcher that ask for more than they deliver (``hungry``) would then grow, so they
    are stated anew too, until nothing is added. So are the old promises of a household that gets more visits.
    """
    delivered = links["delivered_visits"].to_numpy()
    watcher = links["watcher"].to_numpy()
    gaining = _per_household(graph, links, visits - delivered) > 0
    moving, count = visits != delivered, -1
    while count != moving.sum():
        count, freed = moving.sum(), moving & (delivered > 0)
        at_home = _per_household(graph, links, freed) > 0
        at_watcher = np.bincount(watcher, freed, len(graph.watchers))[watcher] > 0
        moving = moving | (hungry & (gaining | at_home | at_watcher))
    return moving


def _standing(graph: WatchGraph, links: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return per link whether a primary assignment stands, and the most visits a year it may ask for.

    One without stated visits asks for its household's whole need; where it cannot be told apart from one that
    states just what was missing at its turn, the whole need is taken.
    """
    assigned = graph.assigned
    assigned = assigned[assigned["counts"].to_numpy(dtype=bool) & (assigned["role"] == "primary").to_numpy()]
    promised, surplus = assigned["promised_visits"].to_numpy(), assigned["surplus_visits"].to_numpy()
    given = assigned["delivered_visits"]
    older = (given.groupby(assigned["household"].to_numpy()).cumsum() - given).to_numpy()
    need = graph.households["need_visits"].to_numpy()[assigned["household"]]
    asked = np.where((surplus == 0) & (promised == need - older), need, promised + surplus)
    row = graph.links.index.get_indexer(links.index)
    standing = np.bincount(assigned["link"], minlength=len(graph.links)) > 0
    return standing[row], np.bincount(assigned["link"], asked, len(graph.links))[row].astype(np.int64)


def _per_household(graph: WatchGraph, links: pd.DataFrame, amounts: np.ndarray) -> np.ndarray:
    """Return per link the sum of ``amounts`` over all links of its household."""
    household = links["household"].to_numpy()
    return np.bincount(household, amounts, len(graph.households))[household].astype(np.int64)


def _no_moves() -> pd.DataFrame:
    return pd.DataFrame(columns=list(MOVE_COLUMNS))


def _tally(graph: WatchGraph, links: pd.DataFrame, visits: np.ndarray, scope: np.ndarray) -> dict[str, float]:
    """Count the households asked about, with ``visits`` over each link; a need of zero counts as watched."""
    homes = graph.households
    household, need = links["household"].to_numpy(), homes["need_visits"].to_numpy()
    got = np.bincount(household, visits, len(homes))
    several = np.bincount(household, visits > 0, len(homes)) > 1
    return {
        "households": int(scope.sum()),
        "watched": int((scope & (got >= need)).sum()),
        "partly_watched": int((scope & (got > 0) & (got < need)).sum()),
        "without_visits": int((scope & (got == 0) & (need > 0)).sum()),
        "shared": int((scope & several).sum()),
        "need_visits": int(need[scope].sum()),
        "visits": int(got[scope].sum()),
        "weighted_visits": float(got[scope] @ homes["weight"].to_numpy()[scope]),
        "walk_m": float(visits @ links["cost_m"].to_numpy()),
    }
