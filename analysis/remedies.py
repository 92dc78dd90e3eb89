"""What the remedies share: what is missing and free, and the links that each remedy would open.

A remedy opens links between households that miss visits and watchers with room: consent those whose level is
too low, an agreement those of another district, a recruit those of a new watcher. The links of a remedy that
is not chosen carry nothing. ``analysis.openings`` chooses among them.

Visits that stand in the starting point stay where they are. Start from today's deliveries, or from what the
best rearrangement reaches (:func:`visits_of_best`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import ParameterError
from analysis.gaps import HIGHEST_CONSENT, BestVisits
from analysis.milp import EQUAL
from analysis.openings import OpeningPlan, Openings, least_walk_visits
from analysis.watch_graph import WatchGraph

LEAST_WEIGHT = 0.01  # as in ``analysis.assignment``: a household counts at least a hundredth
ACTION_COLUMNS = ("kind", "household", "district", "helped_district", "candidate", "cost")
NEEDS = ("nothing", "consent", "agreement", "either", "both_needed", "neither")


@dataclass(frozen=True, eq=False)
class Start:
    """Where the remedies begin.

    Parameters
    ----------
    visits : int (L,), whole visits a year over each row of ``graph.links``; they stay
    missing : int (H,), visits a year each household still misses
    room : int (W,), visits a year each watcher can still make
    """

    visits: np.ndarray
    missing: np.ndarray
    room: np.ndarray


@dataclass(frozen=True, eq=False)
class RemedyProblem:
    """The openings of a city and what each action and link of theirs means.

    Parameters
    ----------
    openings : Openings; household and watcher positions are those of the graph, candidates after its watchers
    links : DataFrame, one row a link of ``openings``: ``household``, ``watcher``, ``cost_m``, ``level`` (the
        consent level it needs), ``needs_consent``, ``needs_agreement`` (bool), ``first``, ``second`` (rows of
        ``actions`` that must be taken; -1 none)
    actions : DataFrame ``kind`` (ask, agreement, recruit, assign), ``household`` (position; -1 none),
        ``district``, ``helped_district`` (None: none), ``candidate`` (position; -1 none), ``cost`` (a year)
    """

    openings: Openings
    links: pd.DataFrame
    actions: pd.DataFrame


def start_from(graph: WatchGraph, visits: np.ndarray | None = None) -> Start:
    """Return what is missing and free beside ``visits`` (None: what is delivered today).

    Raises
    ------
    ParameterError
        Not one whole number >= 0 a link, visits over a link that is not allowed, beyond a need or a capacity.
    """
    links, need = graph.links, graph.households["need_visits"].to_numpy()
    visits = links["delivered_visits"].to_numpy() if visits is None else np.asarray(visits)
    if visits.shape != (len(links),) or (len(visits) and visits.dtype.kind not in "iu"):
        raise ParameterError(
            f"Expected one whole number of visits for each of {len(links)} links, got {visits.shape} of "
            f"{visits.dtype}. Give one per link."
        )
    missing = need - _total(links["household"], visits, len(need))
    room = graph.watchers["capacity_visits"].to_numpy() - _total(
        links["watcher"], visits, len(graph.watchers)
    )
    barred = int((visits[~links["allowed"].to_numpy()] != 0).sum())
    wrong = barred + int((visits < 0).sum() + (missing < 0).sum() + (room < 0).sum())
    if wrong:
        raise ParameterError(
            f"Expected visits over allowed links within needs and capacities, got {wrong} outside. "
            "Take them from the same graph."
        )
    return Start(visits=visits.astype(np.int64), missing=missing, room=room)


def visits_of_best(graph: WatchGraph, best: BestVisits) -> np.ndarray:
    """Return (L,) the visits of the best rearrangement over the rows of ``graph.links``."""
    key = graph.links["household"].to_numpy() * np.int64(len(graph.watchers)) + graph.links["watcher"]
    wanted = best.network.household * np.int64(len(graph.watchers)) + best.network.watcher
    order = np.argsort(key.to_numpy(), kind="stable")
    row = order[np.searchsorted(key.to_numpy()[order], wanted)]
    visits = np.zeros(len(graph.links), dtype=np.int64)
    visits[row] = best.visits
    return visits


def moved_pairs(graph: WatchGraph, start: Start) -> int:
    """Return how many pairs of household and watcher get more visits than today in the starting point."""
    return int((start.visits > graph.links["delivered_visits"].to_numpy()).sum())


def possible_links(graph: WatchGraph, start: Start, *, ask_refused: bool = False) -> pd.DataFrame:
    """Return the links within reach from a household that misses visits to a watcher with room.

    Left out: those no consent opens (its rule is "never", or the household has refused and ``ask_refused``
    is False), and those no agreement opens (the household is in no known district).

    Returns
    -------
    DataFrame, RangeIndex, in the order of ``graph.links``
        ``household``, ``watcher`` (int positions), ``cost_m``, ``level`` (int, the lowest that lets the
        watcher know), ``needs_consent``, ``needs_agreement`` (bool).
    """
    links = graph.links
    household, watcher = links["household"].to_numpy(), links["watcher"].to_numpy()
    level = graph.watchers["consent_level"].to_numpy()[watcher]
    needs_consent, needs_agreement = ~links["consent_ok"].to_numpy(), ~links["district_ok"].to_numpy()
    consent = graph.households["consent"].to_numpy()[household]
    known = graph.households["district"].notna().to_numpy()[household]
    askable = (level <= HIGHEST_CONSENT) & ((consent > 0) | ask_refused)
    kept = (start.missing[household] > 0) & (start.room[watcher] > 0)
    kept &= (~needs_consent | askable) & (~needs_agreement | known)
    rows = {
        "household": household,
        "watcher": watcher,
        "cost_m": links["cost_m"].to_numpy(),
        "level": level,
        "needs_consent": needs_consent,
        "needs_agreement": needs_agreement,
    }
    return pd.DataFrame({name: values[kept] for name, values in rows.items()})


def what_is_needed(graph: WatchGraph, start: Start) -> pd.Series:
    """Return what gives each household room for what it misses, judged for each alone.

    Several may count on the same room.

    ``nothing``: allowed watchers have the room (or nothing is missing). ``consent``, ``agreement``: only with
    a higher consent level, only with an agreement. ``either``: each of them alone would do. ``both_needed``:
    neither alone, both together. ``neither``: not even both. A household that refused counts as askable here.

    Returns
    -------
    Series of NEEDS indexed by household_id
    """
    links = possible_links(graph, start, ask_refused=True)
    room = start.room[links["watcher"].to_numpy()]
    consent, agreement = (links[name].to_numpy() for name in ("needs_consent", "needs_agreement"))

    def enough(usable: np.ndarray) -> np.ndarray:
        return _total(links["household"], np.where(usable, room, 0), len(start.missing)) >= start.missing

    free, asked, agreed = enough(~consent & ~agreement), enough(~agreement), enough(~consent)
    tests = [free, asked & agreed, asked, agreed, enough(np.ones(len(links), dtype=bool))]
    found = np.select(tests, [0, 3, 1, 2, 4], default=5)
    return pd.Series(np.array(NEEDS, dtype=object)[found], index=graph.households.index, name="needed")


def agreement_actions(
    graph: WatchGraph, links: pd.DataFrame, *, both_ways: bool = False, cost: float = 1.0
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the agreement each link needs (a row of the actions; -1: none) and the actions.

    One action a pair (helping district, helped district) with a link that needs it; ``both_ways``: one for
    both directions, named in the order of the codes.
    """
    needs = links["needs_agreement"].to_numpy()
    helper = graph.watchers["district"].to_numpy()[links["watcher"].to_numpy()[needs]].astype(str)
    helped = graph.households["district"].to_numpy()[links["household"].to_numpy()[needs]].astype(str)
    if both_ways:
        helper, helped = np.where(helper < helped, helper, helped), np.where(helper < helped, helped, helper)
    pairs = pd.MultiIndex.from_arrays([helper, helped])
    found, unique = pd.factorize(pairs, sort=True)
    codes = np.full(len(links), -1, dtype=np.int64)
    codes[needs] = found
    actions = blank_actions("agreement", len(unique), cost)
    actions["district"] = unique.get_level_values(0).to_numpy(dtype=object)
    actions["helped_district"] = unique.get_level_values(1).to_numpy(dtype=object)
    return codes, actions


def household_actions(
    links: pd.DataFrame, needs: np.ndarray, kind: str, cost: float
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the action each link needs (-1 where ``needs`` is False) and one action a household."""
    codes = np.full(len(links), -1, dtype=np.int64)
    codes[needs], homes = pd.factorize(links["household"].to_numpy()[needs], sort=True)
    return codes, blank_actions(kind, len(homes), cost).assign(household=homes.astype(np.int64))


def blank_actions(kind: str, count: int, cost: float | np.ndarray) -> pd.DataFrame:
    """Return ``count`` actions of a kind that name nothing yet."""
    return pd.DataFrame(
        {
            "kind": pd.Series([kind] * count, dtype=object),
            "household": np.full(count, -1, dtype=np.int64),
            "district": pd.Series([None] * count, dtype=object),
            "helped_district": pd.Series([None] * count, dtype=object),
            "candidate": np.full(count, -1, dtype=np.int64),
            "cost": np.broadcast_to(np.asarray(cost, dtype=float), count).copy(),
        },
        columns=list(ACTION_COLUMNS),
    )


def as_problem(
    graph: WatchGraph, missing: np.ndarray, capacity: np.ndarray, links: pd.DataFrame, actions: pd.DataFrame
) -> RemedyProblem:
    """Return the openings of links with columns ``first`` and ``second``; ``capacity`` (W + candidates,)."""
    linked = np.bincount(links["household"], minlength=len(missing)) > 0
    openings = Openings(
        need=np.where(linked, missing, 0),
        weight=np.maximum(graph.households["weight"].to_numpy(), LEAST_WEIGHT),
        capacity=capacity,
        household=links["household"].to_numpy(),
        watcher=links["watcher"].to_numpy(),
        cost_m=links["cost_m"].to_numpy(),
        actions=links[["first", "second"]].to_numpy(dtype=np.int64),
        cost=actions["cost"].to_numpy(dtype=float),
        kind=actions["kind"].to_numpy(dtype=object),
    )
    return RemedyProblem(openings, links, actions)


def served_freely(problem: RemedyProblem) -> np.ndarray:
    """Return the visits (L,) that the links open without any action let the watchers make."""
    return least_walk_visits(problem.openings, np.zeros(len(problem.actions), dtype=bool))


def what_it_leaves(start: Start, problem: RemedyProblem, visits: np.ndarray) -> dict[str, float]:
    """Return ``weighted_visits`` and ``visits`` (a year) and ``households`` newly watched by ``visits``."""
    return {
        "weighted_visits": problem.openings.weighted(visits),
        "visits": int(visits.sum()),
        "households": int(newly_watched(start, problem, visits).sum()),
    }


def in_use(problem: RemedyProblem, plan: OpeningPlan) -> np.ndarray:
    """Return bool (A,): taken, and a link that it opens carries visits in the plan."""
    used = problem.openings.actions[plan.visits > 0]
    return plan.taken & (np.bincount(used[used >= 0], minlength=len(plan.taken)) > 0)


def beyond(plan: OpeningPlan, free: float, *, most: float = np.inf) -> tuple[str, float, float]:
    """Return status, value and bound of a plan counted beyond the ``free`` weighted visits of no action.

    ``most``: a bound known otherwise, counted so (of one action: the best of all alone).
    """
    value, bound = max(plan.value - free, 0.0), max(min(plan.bound - free, most), 0.0)
    if bound <= EQUAL * max(plan.bound, 1.0):
        return "nothing_to_do", 0.0, 0.0
    if bound <= value + EQUAL * max(plan.bound, 1.0):
        return "optimal", value, value
    return plan.status, value, bound


def gain_gap(value: float, bound: float) -> float:
    """Return how far from the best possible at most: (bound - value) / bound; 0 where nothing is possible."""
    return (bound - value) / bound if bound > 0 else 0.0


def newly_watched(start: Start, problem: RemedyProblem, visits: np.ndarray) -> np.ndarray:
    """Return bool (H,): it missed visits in the starting point and misses none with ``visits`` (L,)."""
    given = _total(problem.links["household"], visits, len(start.missing))
    return (start.missing > 0) & (given >= start.missing)


def _total(groups: pd.Series, amounts: np.ndarray, length: int) -> np.ndarray:
    return np.bincount(groups, weights=amounts, minlength=length).astype(np.int64)
