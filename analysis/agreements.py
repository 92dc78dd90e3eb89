"""Which districts could help which: spare room of one against the gaps of its neighbours.

A watcher of one community district may visit households of another only under an agreement of the two. The
pairs worth one are those with walks short enough over the border, households that let that kind of watcher
know of them, room on this side and missing visits on that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.action_gains import describe_alone, order_actions
from analysis.errors import ParameterError
from analysis.milp import Limits
from analysis.openings import WORK, choose_actions
from analysis.remedies import (
    RemedyProblem,
    Start,
    agreement_actions,
    as_problem,
    beyond,
    gain_gap,
    in_use,
    possible_links,
    served_freely,
    start_from,
    what_it_leaves,
)
from analysis.watch_graph import WatchGraph


@dataclass(frozen=True, eq=False)
class AgreementAdvice:
    """Which agreements to make, what each closes, and how far from the best choice of as many this can be.

    Visits are whole ones a year of the households asked about: all of the graph. Weighted visits are visits
    times the household's weight. ``value``, ``bound`` and every gain are what comes on top of
    what assigning alone could do from the starting point (``without_agreement``).

    Parameters
    ----------
    status : "optimal" (no choice of as many pairs closes more), "feasible", or "nothing_to_do" (no pair
        closes anything)
    pairs : DataFrame, the best pair alone first
        ``district`` (helps), ``helped_district``; ``room_visits`` of the helpers with a link over the border,
        ``missing_visits`` of the households there, ``border_helpers``, ``border_households`` (those that miss
        visits within reach of such a helper), ``border_links`` (pairs of the two), ``border_walk_m`` (mean
        walk of these households to the nearest helper, metres one way); ``alone_weighted``,
        ``alone_visits``, ``alone_households`` (what this pair alone would close, by the maximum flow);
        ``chosen``, ``order`` (Int64 from 1; NA: not chosen), ``gain_weighted`` (what it adds to those before
        it in that order; 0: not chosen)
    flow : DataFrame ``district``, ``helped_district``, ``visits`` (a year), ``households``, ``walk_m``
        (metres a year, one way): who helps whom over the border in the plan, by direction
    value, bound : float, weighted visits a year: of the chosen pairs, and the most any choice could close
    households : int, newly watched by the plan beyond those of ``without_agreement``
    walk_m : float, metres a year one way, of the plan's visits over a border
    without_agreement : dict ``weighted_visits``, ``visits`` (a year), ``households`` (newly watched): what
        assigning alone can still do from the starting point
    counts : dict of int
        ``pairs`` (with a household that misses visits and a helper with room), ``pairs_worth_nothing``
        (the pair alone closes nothing); of the links within reach and consent over a border without an
        agreement: ``links_used``, ``links_no_district`` (the household is in no known district),
        ``links_nothing_missing``, ``links_no_room``
    both_ways : bool, whether an agreement serves both directions
    """

    status: str
    pairs: pd.DataFrame
    flow: pd.DataFrame
    value: float
    bound: float
    households: int
    walk_m: float
    without_agreement: dict[str, float]
    counts: dict[str, int]
    both_ways: bool

    @property
    def gap(self) -> float:
        """Return how far from the best possible at most: (bound - value) / bound."""
        return gain_gap(self.value, self.bound)


def advise_agreements(
    graph: WatchGraph,
    *,
    count: int = 5,
    visits: np.ndarray | None = None,
    both_ways: bool = False,
    limits: Limits = WORK,
) -> AgreementAdvice:
    """Advise which agreements between community districts to make.

    Agreements in force on the graph's date are used already. An agreement opens every link within reach and
    consent from the helping district's watchers to the helped district's households.

    Parameters
    ----------
    count : int, at least 0; how many agreements to choose
    visits : int (L,), the starting point over the rows of ``graph.links``; None: today's deliveries
    both_ways : bool; one agreement lets each of the two districts help the other
    limits : Limits of the search

    Raises
    ------
    ParameterError
        ``count`` below 0, or ``visits`` that do not fit the graph.
    """
    if count < 0:
        raise ParameterError(f"Expected a number of agreements >= 0, got {count}. Correct it.")
    start = start_from(graph, visits)
    every = possible_links(graph, start)
    links = every[~every["needs_consent"].to_numpy()].reset_index(drop=True)
    first, actions = agreement_actions(graph, links, both_ways=both_ways)
    problem = as_problem(graph, start.missing, start.room, links.assign(first=first, second=-1), actions)
    free = served_freely(problem)
    plan = choose_actions(problem.openings, count=count, limits=limits)
    left = what_it_leaves(start, problem, free)
    pairs = _describe_pairs(problem, start, in_use(problem, plan))
    most = pairs["alone_weighted"].max() if count == 1 and len(pairs) else np.inf
    status, value, bound = beyond(plan, problem.openings.weighted(free), most=most)
    return AgreementAdvice(
        status=status,
        pairs=pairs,
        flow=_flow(graph, problem, plan.visits),
        value=value,
        bound=bound,
        households=what_it_leaves(start, problem, plan.visits)["households"] - left["households"],
        walk_m=float(plan.visits[first >= 0] @ problem.openings.cost_m[first >= 0]),
        without_agreement=left,
        counts=_count(graph, start, pairs),
        both_ways=both_ways,
    )


def _describe_pairs(problem: RemedyProblem, start: Start, taken: np.ndarray) -> pd.DataFrame:
    """Return ``AgreementAdvice.pairs``."""
    names = problem.actions[["district", "helped_district"]]
    alone = describe_alone(problem.openings).add_prefix("alone_")
    pairs = pd.concat([names, _border(problem, start), alone], axis=1)
    order = order_actions(problem.openings, taken)
    pairs["chosen"] = taken
    pairs["order"] = pd.Series(np.arange(1, len(order) + 1), index=order["action"], dtype="Int64")
    pairs["gain_weighted"] = pd.Series(order["weighted"].to_numpy(), index=order["action"])
    pairs["gain_weighted"] = pairs["gain_weighted"].fillna(0.0)
    return pairs.sort_values(
        ["alone_weighted", "district", "helped_district"], ascending=[False, True, True], ignore_index=True
    )


def _border(problem: RemedyProblem, start: Start) -> pd.DataFrame:
    """Return what lies within reach across each border: room, missing visits, who, and how far."""
    across = problem.links[problem.links["first"].to_numpy() >= 0]
    pair, count = across["first"], len(problem.actions)
    helpers = across.drop_duplicates(["first", "watcher"])
    homes = across.sort_values("cost_m", kind="stable").drop_duplicates(["first", "household"])

    def total(groups: pd.Series, amounts: np.ndarray) -> np.ndarray:
        return np.bincount(groups, weights=amounts, minlength=count)

    border_households = np.bincount(homes["first"], minlength=count)
    return pd.DataFrame(
        {
            "room_visits": total(helpers["first"], start.room[helpers["watcher"]]).astype(np.int64),
            "missing_visits": total(homes["first"], start.missing[homes["household"]]).astype(np.int64),
            "border_helpers": np.bincount(helpers["first"], minlength=count),
            "border_households": border_households,
            "border_links": np.bincount(pair, minlength=count),
            "border_walk_m": total(homes["first"], homes["cost_m"]) / np.maximum(border_households, 1),
        }
    )


def _flow(graph: WatchGraph, problem: RemedyProblem, visits: np.ndarray) -> pd.DataFrame:
    """Return who helps whom over the border in the plan, by direction."""
    used = problem.links.assign(visits=visits)
    used = used[(visits > 0) & (problem.links["first"].to_numpy() >= 0)]
    used = used.assign(
        district=graph.watchers["district"].to_numpy()[used["watcher"]],
        helped_district=graph.households["district"].to_numpy()[used["household"]],
        walk_m=used["visits"] * used["cost_m"],
    )
    by = used.groupby(["district", "helped_district"])
    table = by.agg(visits=("visits", "sum"), households=("household", "nunique"), walk_m=("walk_m", "sum"))
    return table.reset_index()


def _count(graph: WatchGraph, start: Start, pairs: pd.DataFrame) -> dict[str, int]:
    """Return how many pairs there are, and why links across a border are none of theirs."""
    links = graph.links[graph.links["consent_ok"].to_numpy() & ~graph.links["district_ok"].to_numpy()]
    household, watcher = links["household"].to_numpy(), links["watcher"].to_numpy()
    known = graph.households["district"].notna().to_numpy()[household]
    missing, room = start.missing[household] > 0, start.room[watcher] > 0
    return {
        "pairs": len(pairs),
        "pairs_worth_nothing": int((pairs["alone_weighted"] <= 0).sum()),
        "links_no_district": int((~known).sum()),
        "links_nothing_missing": int((known & ~missing).sum()),
        "links_no_room": int((known & missing & ~room).sum()),
        "links_used": int((known & missing & room).sum()),
    }
