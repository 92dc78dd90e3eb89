"""What coverage costs: all remedies together, the most each yearly budget can bring, and what to do for it.

Assigning from the room there is, asking for consent, agreements between districts and new watchers compete
for the same visits, so they are chosen together (``analysis.openings``). Signing a partner and a winter
arrangement make no visits: they stand in lines of their own (:func:`list_other_lines`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.action_gains import order_actions
from analysis.budget_problem import Recruits, budget_problem
from analysis.consent import RESPONSE
from analysis.errors import ParameterError
from analysis.openings import EXACT_LINKS, choose_actions, curve, least_walk_visits
from analysis.remedies import RemedyProblem, Start, moved_pairs, newly_watched, start_from
from analysis.remedy_costs import RemedyCosts
from analysis.watch_graph import WatchGraph

KINDS = ("assign", "ask", "agreement", "recruit")
POINT_COLUMNS = (
    *("budget", "cost", "value", "bound", "gap", "status", "visits", "households", "expected"),
    *(*KINDS, "on_hull"),
)
TEN_THOUSAND = 10_000
PROVEN = 1e-9  # relative distance of value and bound that counts as none


@dataclass(frozen=True, eq=False)
class Frontier:
    """Weighted visits against yearly cost, over all remedies together.

    Parameters
    ----------
    status : "optimal" (every point is proven), "feasible", or "nothing_to_do" (no remedy brings a visit)
    points : DataFrame, RangeIndex, rising; one row a budget
        ``budget``, ``cost`` (yen a year, of the point's actions), ``value``, ``bound`` (weighted visits a
        year beyond the starting point, if all that are asked agree), ``gap``, ``status``, ``visits``,
        ``households`` (newly watched), ``expected`` (``value``, the visits that need a consent counted at
        the response), ``assign``, ``ask``, ``agreement``, ``recruit`` (actions of the kind), ``on_hull``
        (bool: no mixture of other points is better for its cost). Value and bound never fall.
    taken : tuple of bool (A,), the actions of each point
    problem : RemedyProblem, what the actions are
    recruits : Recruits or None
    moved_pairs, moved_cost : pairs already moved in the starting point, and what that costs (yen a year, once
        for all points, not in ``cost``)
    response : the probability that a household asked agrees (assumed)
    """

    status: str
    points: pd.DataFrame
    taken: tuple[np.ndarray, ...]
    problem: RemedyProblem
    recruits: Recruits | None
    moved_pairs: int
    moved_cost: float
    response: float


def draw_frontier(
    graph: WatchGraph,
    costs: RemedyCosts = RemedyCosts(),
    *,
    recruits: Recruits | None = None,
    visits: np.ndarray | None = None,
    points: int = 10,
    response: float = RESPONSE,
) -> Frontier:
    """Draw the frontier of weighted visits against yearly cost.

    Budgets run from 0 to what everything useful costs, at kinks of the greedy order, evenly in what it gains.

    Parameters
    ----------
    recruits : Recruits, optional; where new watchers could be found
    visits : int (L,), the starting point over the rows of ``graph.links``; None: today's deliveries. With the
        best rearrangement, moving its pairs costs ``moved_cost`` beside
    points : int, at least 2
    response : float, above 0, at most 1

    Raises
    ------
    ParameterError
        An option out of range, or ``visits`` or ``recruits`` that do not fit the graph.
    """
    _check_question(points, response)
    start = start_from(graph, visits)
    problem = budget_problem(graph, start, costs, recruits)
    budgets, prefixes = _kinks(problem, points)
    drafts = _choose_each(problem, budgets, prefixes)
    rows = _describe_points(start, problem, drafts, response)
    moved = moved_pairs(graph, start)
    return Frontier(
        status=_status(rows),
        points=rows,
        taken=tuple(drafts["taken"]),
        problem=problem,
        recruits=recruits,
        moved_pairs=moved,
        moved_cost=moved * costs.moved_pair,
        response=response,
    )


def actions_at(frontier: Frontier, point: int, graph: WatchGraph) -> pd.DataFrame:
    """List the actions of a point in the order of what each adds for its cost.

    Parameters
    ----------
    point : row of ``frontier.points``
    graph : the one the frontier was drawn for

    Returns
    -------
    DataFrame, RangeIndex
        ``order`` (from 1), ``kind``, ``household_id``, ``district``, ``helped_district``, ``candidate_id``
        (None where it has none), ``gain_weighted``, ``visits`` (a year, beyond those before it), ``cost``
        (yen a year), ``gain_per_10000`` (weighted visits for 10,000 yen; NaN at no cost). Where two actions
        only work together, the gain stands at the second.

    Raises
    ------
    ParameterError
        A point the frontier does not have.
    """
    if point not in frontier.points.index:
        raise ParameterError(
            f"Expected a point of the frontier from 0 to {len(frontier.points) - 1}, got {point}. Choose one."
        )
    problem = frontier.problem
    order = order_actions(problem.openings, frontier.taken[point], by_cost=True)
    actions = problem.actions.iloc[order["action"]].reset_index(drop=True)
    cost, gain = actions["cost"], order["weighted"]
    candidates = [] if frontier.recruits is None else frontier.recruits.candidates.index
    return pd.DataFrame(
        {
            "order": np.arange(1, len(order) + 1),
            "kind": actions["kind"],
            "household_id": _names(graph.households.index, actions["household"]),
            "district": actions["district"],
            "helped_district": actions["helped_district"],
            "candidate_id": _names(candidates, actions["candidate"]),
            "gain_weighted": gain,
            "visits": order["visits"],
            "cost": cost,
            "gain_per_10000": (gain * TEN_THOUSAND / cost).where(cost > 0),
        }
    )


def list_other_lines(
    costs: RemedyCosts, *, partners: int = 0, noticed: int = 0, season: int = 0
) -> pd.DataFrame:
    """List what makes no visits and is not in the frontier: partners, and winter arrangements.

    Parameters
    ----------
    partners, noticed : partners to sign, and the households they would notice
    season : households reachable in the normal season but not in snow

    Returns
    -------
    DataFrame indexed by remedy
        ``count`` (partners; households), ``households`` (noticed; reached in snow), ``cost`` (yen a year).
    """
    index = pd.Index(["partner", "winter"], name="remedy", dtype=object)
    cost = [partners * costs.partner, season * costs.winter]
    return pd.DataFrame({"count": [partners, season], "households": [noticed, season], "cost": cost}, index)


def _check_question(points: int, response: float) -> None:
    faults = []
    if points < 2:
        faults.append(f"Expected at least 2 points, got {points}. Correct it.")
    if not 0 < response <= 1:
        faults.append(f"Expected response above 0 and at most 1, got {response}. Correct it.")
    if faults:
        raise ParameterError(" ".join(faults))


def _names(index: pd.Index, positions: pd.Series) -> pd.Series:
    """Return the id at each position, None at -1."""
    names = np.append(np.asarray(index, dtype=object), None)
    return pd.Series(names[positions.to_numpy()], dtype=object)


def _kinks(problem: RemedyProblem, points: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the budgets, rising from 0, and the actions of the greedy order that each pays for."""
    openings = problem.openings
    everything = choose_actions(openings).taken
    order = order_actions(openings, everything, by_cost=True)
    spent = np.cumsum(openings.cost[order["action"].to_numpy(dtype=np.int64)])
    gained = order["weighted"].cumsum().to_numpy()
    shares = np.linspace(0, 1, points)[1:] * (gained[-1] if len(gained) else 0.0)
    last = np.unique(np.searchsorted(gained, shares * (1 - PROVEN))) if len(gained) else np.empty(0, int)
    taken = [np.isin(np.arange(len(everything)), order["action"][: at + 1]) for at in last]
    budgets = np.concatenate([[0.0], spent[last]])
    return budgets, [np.zeros(len(everything), dtype=bool), *taken]


def _choose_each(problem: RemedyProblem, budgets: np.ndarray, prefixes: list[np.ndarray]) -> pd.DataFrame:
    """Return ``budget``, ``taken``, ``value``, ``bound`` of each budget, value and bound never falling.

    Each point is the best of the curve's plan, of the greedy order and of the point before; where the problem
    is small, of the exact answer too.
    """
    openings, drafts = problem.openings, []
    rows = curve(openings, budgets=budgets)
    best, bounds = np.zeros(len(openings.cost), dtype=bool), rows["bound"].to_numpy(dtype=float).copy()
    small = len(openings.household) <= EXACT_LINKS
    for at, (budget, prefix) in enumerate(zip(budgets, prefixes, strict=True)):
        plans = [best, prefix, np.isin(np.arange(len(best)), rows["taken"][at])]
        if small:
            exact = choose_actions(openings, budget=budget)
            plans.append(exact.taken)
            bounds[at] = min(bounds[at], exact.bound)
        values = [openings.weighted(least_walk_visits(openings, taken)) for taken in plans]
        best = plans[int(np.argmax(values))]
        drafts.append((budget, best, max(values)))
    table = pd.DataFrame(drafts, columns=["budget", "taken", "value"])
    bounds = np.minimum.accumulate(bounds[::-1])[::-1]
    return table.assign(bound=np.maximum(bounds, table["value"]))


def _describe_points(
    start: Start, problem: RemedyProblem, drafts: pd.DataFrame, response: float
) -> pd.DataFrame:
    """Return ``Frontier.points``."""
    rows = [describe_taken(start, problem, taken, response) for taken in drafts["taken"]]
    points = pd.concat([drafts.drop(columns=["taken", "value"]), pd.DataFrame(rows)], axis=1)
    proven = points["bound"] <= points["value"] * (1 + PROVEN)
    points["bound"] = points["bound"].where(~proven, points["value"])
    points["gap"] = ((points["bound"] - points["value"]) / points["bound"]).where(points["bound"] > 0, 0.0)
    points["status"] = np.where(proven, "optimal", "feasible")
    points["on_hull"] = on_hull(points["cost"].to_numpy(), points["value"].to_numpy())
    return points[list(POINT_COLUMNS)]


def describe_taken(
    start: Start, problem: RemedyProblem, taken: np.ndarray, response: float
) -> dict[str, float]:
    """Return what taking the actions ``taken`` (bool, (A,)) brings and costs, as in ``Frontier.points``."""
    openings, kinds = problem.openings, problem.actions["kind"].to_numpy()[taken]
    visits = least_walk_visits(openings, taken)
    likely = np.where(problem.links["needs_consent"].to_numpy(), response, 1.0) * visits
    return {
        "cost": float(openings.cost[taken].sum()),
        "value": openings.weighted(visits),
        "visits": int(visits.sum()),
        "households": int(newly_watched(start, problem, visits).sum()),
        "expected": openings.weighted(likely),
        **{kind: int((kinds == kind).sum()) for kind in KINDS},
    }


def on_hull(cost: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return which points (bool) lie on the upper concave hull of value over cost.

    A point that another beats at no more cost is not on it; of equal points the first is.
    """
    order = np.lexsort((np.arange(len(cost)), -value, cost))
    kept: list[int] = []
    for at in order:
        if kept and value[at] <= value[kept[-1]]:
            continue
        while len(kept) > 1 and _is_below(cost, value, (kept[-2], kept[-1], at)):
            kept.pop()
        kept.append(at)
    return np.isin(np.arange(len(cost)), kept)


def _is_below(cost: np.ndarray, value: np.ndarray, three: tuple[int, int, int]) -> bool:
    """Return whether the middle point lies below the line of its neighbours."""
    left, middle, right = three
    rise, run = value[right] - value[left], cost[right] - cost[left]
    return (value[middle] - value[left]) * run < rise * (cost[middle] - cost[left]) * (1 - PROVEN)


def _status(points: pd.DataFrame) -> str:
    if points["bound"].iloc[-1] <= 0:
        return "nothing_to_do"
    return "optimal" if (points["status"] == "optimal").all() else "feasible"
