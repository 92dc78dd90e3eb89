"""Best assignment of households to watchers under capacity, keeping what works.

Weighted visits come first, always; then, as asked, even loads, few new shares, and prices in metres of walk:
ties that stand, known organisations, loads, walks. Visits that anybody may share are one minimum-cost flow
(``visit_plan``), exact with its bound reached; the rule of two watchers is kept by ``visit_shares``, exact
where parts are small, otherwise with the flow as bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.assignment_effects import LOST_COLUMNS, list_lost, list_newly_watched, tally
from analysis.assignment_locks import Locks, find_locks
from analysis.assignment_moves import MOVE_COLUMNS, list_moves, with_moves
from analysis.assignment_wishes import KEEPS, AssignmentWishes
from analysis.backups import BackupPlan, name_backups, needs_backup
from analysis.coverage import Coverage, assess_coverage
from analysis.errors import FrameError, ParameterError
from analysis.visit_plan import VisitPlan, VisitProblem, find_evenest, solve_visits
from analysis.visit_shares import solve_shared
from analysis.watch_graph import WatchGraph

__all__ = ["KEEPS", "AssignmentWishes", "Proposal", "propose_assignment"]

NEW_TIE_M = 400.0  # assumed: a tie that stands is worth 400 m more walk at each visit (half a normal reach)
EVEN_M = 400.0  # assumed: with "squared", the last visit of a full watcher counts as 800 m more walk


@dataclass(frozen=True, eq=False)
class Proposal:
    """Who should newly watch whom, how sure it is that nothing is better, and what it brings.

    Parameters
    ----------
    status : "optimal" (proven), "feasible" (a plan whose bounds are not met), "nothing_to_do" (today's links
        are proven best) or "infeasible"
    reason : why nothing is to be done: no_households, all_watched, no_links, all_full, all_locked,
        already_best; why infeasible: lock_not_allowed, lock_beyond_capacity, lock_beyond_need,
        locks_contradict, guarantee; else None
    wishes : what was asked
    moves : DataFrame, RangeIndex; ``household_id``, ``watcher_id``, ``action`` (add, change, remove),
        ``visits_per_month`` (of this pair afterwards; 0 for remove), ``cost_m`` (one walk there), ``reason``:
        ``more_visits`` (this household gets more), ``moved`` (as many, by others), ``fewer_visits``,
        ``as_delivered`` (nothing changes at the door: the promise is brought down to what is delivered)
    backups : BackupPlan of afterwards, where asked for; else None
    newly_watched : DataFrame indexed by household_id: ``moves``, ``handed_over`` (of ``list_newly_watched``)
    lost : DataFrame ``household_id``, ``watcher_id``, ``what`` (of ``list_lost``): of the whole city
    conflicts : DataFrame ``household_id``, ``watcher_id``, ``why``: the locks and pins that do not fit
    before, after : dict of ``households``, ``watched``, ``partly_watched``, ``without_visits``, ``shared``
        (by several watchers), ``backed_up`` (households); ``need_visits``, ``visits`` (a year),
        ``weighted_visits`` (a year; weight to the hundredth), ``walk_m`` (a year); ``largest_load_share``
        (load by capacity) and ``watchers_over_80_percent``, of watchers with an allowed link there. All of
        the households asked about
    bound_weighted_visits : no assignment under the same wishes reaches more
    price_m, bound_price_m : metres a year of the visits that may be placed: walks times ``short_walks``, new
        ties, organisations and loads; no assignment with as many weighted visits has less than the bound
    new_shares : watchers beyond the first (or beyond today's) at a household, summed
    """

    status: str
    wishes: AssignmentWishes
    moves: pd.DataFrame
    before: dict[str, float]
    after: dict[str, float]
    bound_weighted_visits: float
    reason: str | None = None
    price_m: float = 0.0
    bound_price_m: float = 0.0
    new_shares: int = 0
    backups: BackupPlan | None = None
    newly_watched: pd.DataFrame = field(default_factory=pd.DataFrame)
    lost: pd.DataFrame = field(default_factory=pd.DataFrame)
    conflicts: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def gap(self) -> float:
        """Return how far the weighted visits can be below the best possible, as a share of the bound."""
        bound = self.bound_weighted_visits
        return 0.0 if bound <= 0 else (bound - self.after["weighted_visits"]) / bound

    @property
    def price_gap(self) -> float:
        """Return how far the price can be above the least for as many weighted visits, as a share of it."""
        return 0.0 if self.price_m <= 0 else (self.price_m - self.bound_price_m) / self.price_m


def propose_assignment(
    graph: WatchGraph, coverage: Coverage, wishes: AssignmentWishes = AssignmentWishes()
) -> Proposal:
    """Propose the assignment with most weighted visits, and among those the one that is best as wished.

    Only allowed links are used (within reach, sharing rule and district rule). A household's weight counts to
    the hundredth, and at least one hundredth. The order of what counts: weighted visits, the smallest largest
    load ("largest"), the fewest new shares ("two"), then the sum of prices. Applying all the moves gives the
    counts of ``after``.

    Parameters
    ----------
    graph, coverage : of the same date and season
    wishes : AssignmentWishes

    Raises
    ------
    ParameterError
        An unknown district, or locks and pins of unknown households or watchers.
    FrameError
        Graph and coverage do not hold the same households.
    """
    _check_question(graph, coverage, wishes)
    scope = _scope(graph, wishes.district)
    weight = _weight(graph)
    locks = find_locks(graph, wishes, scope)
    today = tally(graph, coverage, scope, weight=weight)
    if locks.reason is not None:
        return _infeasible(wishes, today, locks)
    rows = np.flatnonzero(graph.links["allowed"].to_numpy() & scope[graph.links["household"].to_numpy()])
    problem = _build_problem(graph, wishes, locks, rows)
    plan = _solve(problem, wishes)
    if not plan.is_feasible:
        return _infeasible(wishes, today, locks, reason="guarantee")
    return _describe(graph, coverage, wishes, (locks, rows, problem, plan), today)


def _check_question(graph: WatchGraph, coverage: Coverage, wishes: AssignmentWishes) -> None:
    district = wishes.district
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


def _weight(graph: WatchGraph) -> np.ndarray:
    """Return the weight of each household in hundredths, at least one (int64)."""
    return np.maximum(np.rint(100 * graph.households["weight"].to_numpy()), 1).astype(np.int64)


def _build_problem(
    graph: WatchGraph, wishes: AssignmentWishes, locks: Locks, rows: np.ndarray
) -> VisitProblem:
    """Return the visits still to be placed over the links ``rows``, beside those of ``locks.low``."""
    links = graph.links.iloc[rows]
    household, watcher = links["household"].to_numpy(), links["watcher"].to_numpy()
    delivered = links["delivered_visits"].to_numpy()
    low, high = locks.low[rows], locks.high[rows]
    homes, people = len(graph.households), len(graph.watchers)
    inside = np.zeros(homes, dtype=bool)
    inside[household] = True
    need = np.where(inside, graph.households["need_visits"].to_numpy(), 0)
    today, stays = _sum(household, delivered, homes), _sum(household, low, homes)
    elsewhere = graph.watchers["load_visits"].to_numpy() - _sum(watcher, delivered, people)
    used = elsewhere + _sum(watcher, low, people)
    capacity = graph.watchers["capacity_visits"].to_numpy()
    visited = _sum(household, delivered > 0, homes)
    unshared = np.maximum(np.maximum(visited, 1), _sum(household, low > 0, homes))
    may_share = np.where(today < need, np.maximum(unshared, 2), unshared)
    return VisitProblem(
        need=need - stays,
        guaranteed=np.maximum(locks.guaranteed - stays, 0),
        weight=_weight(graph),
        room=capacity - used,
        household=household,
        watcher=watcher,
        limit=np.maximum(np.minimum(high - low, (need - stays)[household]), 0),
        cost_dm=_price_links(graph, links, wishes),
        fixed=low > 0,
        standing=delivered > 0,
        unshared=unshared,
        most_watchers=may_share,
        capacity=capacity,
        used=used,
        even_dm=round(EVEN_M * 10) if wishes.even == "squared" else 0,
    )


def _sum(position: np.ndarray, amounts: np.ndarray, length: int) -> np.ndarray:
    return np.bincount(position, amounts, length).astype(np.int64)


def _price_links(graph: WatchGraph, links: pd.DataFrame, wishes: AssignmentWishes) -> np.ndarray:
    """Return the price (dm) of a visit over each link: the walk, and what a new tie counts for."""
    new = links["delivered_visits"].to_numpy() == 0
    extra = np.where(new & (wishes.keep != "none"), NEW_TIE_M, 0.0)
    if wishes.own_organisation:
        extra += np.where(new & ~_knows_organisation(graph, links), wishes.own_organisation, 0.0)
    return np.rint(10 * (wishes.short_walks * links["cost_m"].to_numpy() + extra)).astype(np.int64)


def _knows_organisation(graph: WatchGraph, links: pd.DataFrame) -> np.ndarray:
    """Return a bool per link: somebody of its watcher's organisation visits the household or backs it up."""
    assigned = graph.assigned[graph.assigned["counts"].to_numpy(dtype=bool)]
    organisation = graph.watchers["organisation_code"].to_numpy()
    width = int(organisation.max(initial=0)) + 1
    known = assigned["household"].to_numpy() * width + organisation[assigned["watcher"].to_numpy()]
    return np.isin(links["household"].to_numpy() * width + organisation[links["watcher"].to_numpy()], known)


def _solve(problem: VisitProblem, wishes: AssignmentWishes) -> VisitPlan:
    solve = solve_shared if wishes.sharing == "two" else solve_visits
    return find_evenest(problem, solve) if wishes.even == "largest" else solve(problem)


def _describe(
    graph: WatchGraph,
    coverage: Coverage,
    wishes: AssignmentWishes,
    solved: tuple[Locks, np.ndarray, VisitProblem, VisitPlan],
    today: dict[str, float],
) -> Proposal:
    """Return the proposal of a solved problem."""
    locks, rows, problem, plan = solved
    visits = graph.links["delivered_visits"].to_numpy().copy()
    visits[rows] = locks.low[rows] + plan.visits
    moves = list_moves(graph, visits)
    scope = _scope(graph, wishes.district)
    later = with_moves(graph, visits, moves, _no_pairs())
    seen = assess_coverage(later)
    backups = None
    if wishes.backup:
        backups = name_backups(later, seen, households=graph.households.index[scope & needs_backup(seen)])
        later = with_moves(graph, visits, moves, backups.backups)
        seen = assess_coverage(later)
    stays = float(_sum(problem.household, locks.low[rows], len(problem.need)) @ problem.weight)
    status, reason = _status(graph, wishes, (locks, rows, problem, plan), moves, backups)
    return Proposal(
        status,
        wishes,
        moves,
        today,
        tally(later, seen, scope, weight=problem.weight),
        (stays + plan.bound_weighted) / 100,
        reason=reason,
        price_m=plan.price_dm / 10,
        bound_price_m=plan.bound_price_dm / 10,
        new_shares=problem.new_shares(plan.visits),
        backups=backups,
        newly_watched=list_newly_watched(graph, later, scope),
        lost=list_lost((graph, coverage), (later, seen)),
        conflicts=locks.conflicts,
    )


def _status(
    graph: WatchGraph,
    wishes: AssignmentWishes,
    solved: tuple[Locks, np.ndarray, VisitProblem, VisitPlan],
    moves: pd.DataFrame,
    backups: BackupPlan | None,
) -> tuple[str, str | None]:
    """Return the status, and why there is nothing to do."""
    locks, rows, problem, plan = solved
    if len(moves) or (backups is not None and len(backups.backups)):
        return ("optimal" if plan.is_proven else "feasible"), None
    if not plan.is_proven:
        return "feasible", None
    delivered = graph.links["delivered_visits"].to_numpy()[rows]
    missing = problem.need + _sum(problem.household, locks.low[rows], len(problem.need))
    missing = missing - _sum(problem.household, delivered, len(problem.need))
    stays = locks.low[rows] >= delivered
    room = (graph.watchers["room_visits"].to_numpy()[problem.watcher] > 0) & (missing[problem.household] > 0)
    tests = {
        "no_households": len(graph.households) == 0,
        "no_links": len(rows) == 0,
        "all_locked": wishes.keep != "all" and (locks.low[rows] > 0).any() and stays.all(),
        "all_watched": not _is_missing(graph, wishes),
        "all_full": not room.any(),
    }
    return "nothing_to_do", next((reason for reason, fits in tests.items() if fits), "already_best")


def _is_missing(graph: WatchGraph, wishes: AssignmentWishes) -> bool:
    """Return whether a household asked about misses visits."""
    household, delivered = graph.links["household"].to_numpy(), graph.links["delivered_visits"].to_numpy()
    got = _sum(household, delivered, len(graph.households))
    return bool((_scope(graph, wishes.district) & (got < graph.households["need_visits"].to_numpy())).any())


def _infeasible(
    wishes: AssignmentWishes, today: dict[str, float], locks: Locks, *, reason: str | None = None
) -> Proposal:
    """Return the proposal that says why there is none: nothing changes."""
    return Proposal(
        "infeasible",
        wishes,
        pd.DataFrame(columns=list(MOVE_COLUMNS)),
        today,
        today,
        today["weighted_visits"],
        reason=reason or locks.reason,
        newly_watched=pd.DataFrame(columns=["moves", "handed_over"]),
        lost=pd.DataFrame(columns=list(LOST_COLUMNS)),
        conflicts=locks.conflicts,
    )


def _no_pairs() -> pd.DataFrame:
    return pd.DataFrame({"household_id": pd.Series(dtype=object), "watcher_id": pd.Series(dtype=object)})
