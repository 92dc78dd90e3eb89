"""Which households to ask for consent first, and what asking is worth.

A household whose consent level is too low may have a watcher near with room who may not know of it. Asking
opens the links of that household that fail by consent alone. One that refused is not asked again unless the
caller says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.action_gains import gains_alone, order_actions
from analysis.errors import ParameterError
from analysis.milp import Limits
from analysis.openings import WORK, OpeningPlan, choose_actions
from analysis.remedies import (
    RemedyProblem,
    Start,
    as_problem,
    beyond,
    gain_gap,
    household_actions,
    in_use,
    possible_links,
    served_freely,
    start_from,
    what_is_needed,
    what_it_leaves,
)
from analysis.watch_graph import WatchGraph

RESPONSE = 0.6  # assumed: share of the households asked that consent
LEVEL_M = 100_000.0  # longer than any walk within reach: of equal visits the lower level comes first


@dataclass(frozen=True, eq=False)
class ConsentAdvice:
    """Whom to ask first, what it brings if they agree, and how far from the best choice this can be.

    Visits are whole ones a year of all households of the graph; weighted visits are visits times the
    household's weight. ``value``, ``bound`` and every gain are what comes on top of what assigning alone
    could do from the starting point (``without_asking``), if everybody asked agrees.

    Parameters
    ----------
    status : "optimal" (no choice of as many households brings more), "feasible", or "nothing_to_do" (no
        consent brings a visit)
    households : DataFrame indexed by household_id, those to ask, in the order of asking
        ``order`` (int from 1), ``district`` (None unknown), ``consent`` (today), ``ask_level`` (the lowest
        level that lets everybody who visits it in the plan know of it), ``gain_weighted`` (what it adds to
        those before it), ``alone_weighted`` (it alone), ``missing_visits``, ``visits`` (what it gets in the
        plan), ``expected_weighted`` (``response`` times the gain: an approximation)
    links : DataFrame ``household_id``, ``watcher_id``, ``cost_m``, ``level``, ``room_visits``: the watchers
        that each household to ask would open and the lowest level that would do for each, nearest first
    by_district : DataFrame indexed by district ("" unknown): ``asked``, ``gain_weighted``, ``could_ask``
        (households to whom a consent would open a watcher with room)
    value, bound : float, weighted visits a year: if all that are asked agree; the most any choice could bring
    expected_value : float, ``response`` times the value
    response : float, above 0, at most 1
    newly_watched : int, households, if all agree, beyond those of ``without_asking``
    without_asking : dict ``weighted_visits``, ``visits`` (a year), ``households``
    needed : Series of ``analysis.remedies.NEEDS`` by household_id: what would give it room, judged for each
        alone; tells those where consent or an agreement would do from those that need both
    counts : dict of int, households: ``could_ask``, ``refused`` (consent alone would open a watcher with
        room, but they refused and are not asked), ``both_needed``, ``either``
    """

    status: str
    households: pd.DataFrame
    links: pd.DataFrame
    by_district: pd.DataFrame
    value: float
    bound: float
    expected_value: float
    response: float
    newly_watched: int
    without_asking: dict[str, float]
    needed: pd.Series
    counts: dict[str, int]

    @property
    def gap(self) -> float:
        """Return how far from the best possible at most: (bound - value) / bound."""
        return gain_gap(self.value, self.bound)


def advise_consent(
    graph: WatchGraph,
    *,
    count: int = 100,
    response: float = RESPONSE,
    visits: np.ndarray | None = None,
    ask_refused: bool = False,
    limits: Limits = WORK,
) -> ConsentAdvice:
    """Advise which households to ask for consent first.

    Parameters
    ----------
    count : int, at least 0; how many households to ask
    response : float, above 0, at most 1; the probability that one asked agrees, each by itself (assumed 0.6).
        The expected value is taken as this share of the value. For households that nobody may visit without
        asking it is no more than the true mean: when some refuse, others take their room.
    visits : int (L,), the starting point over the rows of ``graph.links``; None: today's deliveries
    ask_refused : bool, whether households that refused (level 0) are asked again
    limits : Limits of the search

    Raises
    ------
    ParameterError
        ``count`` or ``response`` out of range, or ``visits`` that do not fit the graph.
    """
    _check_question(count, response)
    start = start_from(graph, visits)
    problem = asking_problem(graph, start, ask_refused=ask_refused)
    free = served_freely(problem)
    plan = choose_actions(problem.openings, count=count, limits=limits)
    alone = gains_alone(problem.openings)
    most = alone.max(initial=0.0) if count == 1 else np.inf
    status, value, bound = beyond(plan, problem.openings.weighted(free), most=most)
    left = what_it_leaves(start, problem, free)
    taken = in_use(problem, plan)
    asked = _describe_asked(graph, start, problem, replace(plan, taken=taken))
    asked["alone_weighted"] = alone[asked.pop("action")]
    asked["expected_weighted"] = response * asked["gain_weighted"]
    needed = what_is_needed(graph, start)
    return ConsentAdvice(
        status=status,
        households=asked,
        links=_links_opened(graph, start, problem, taken),
        by_district=_by_district(graph, problem, asked),
        value=value,
        bound=bound,
        expected_value=response * value,
        response=response,
        newly_watched=what_it_leaves(start, problem, plan.visits)["households"] - left["households"],
        without_asking=left,
        needed=needed,
        counts={
            "could_ask": len(problem.actions),
            "refused": 0 if ask_refused else _count_refused(graph, start),
            "both_needed": int((needed == "both_needed").sum()),
            "either": int((needed == "either").sum()),
        },
    )


def asking_problem(graph: WatchGraph, start: Start, *, ask_refused: bool = False) -> RemedyProblem:
    """Return the openings of asking: one action a household, which opens all its links that lack consent."""
    links = possible_links(graph, start, ask_refused=ask_refused)
    links = links[~links["needs_agreement"].to_numpy()].reset_index(drop=True)
    lacks = links["needs_consent"].to_numpy()
    first, actions = household_actions(links, lacks, "ask", 1.0)
    problem = as_problem(graph, start.missing, start.room, links.assign(first=first, second=-1), actions)
    shy = problem.openings.cost_m + LEVEL_M * np.where(lacks, links["level"].to_numpy(), 0)
    return replace(problem, openings=replace(problem.openings, cost_m=shy))


def _check_question(count: int, response: float) -> None:
    faults = []
    if count < 0:
        faults.append(f"Expected a number of households to ask >= 0, got {count}. Correct it.")
    if not 0 < response <= 1:
        faults.append(f"Expected response above 0 and at most 1, got {response}. Correct it.")
    if faults:
        raise ParameterError(" ".join(faults))


def _describe_asked(
    graph: WatchGraph, start: Start, problem: RemedyProblem, plan: OpeningPlan
) -> pd.DataFrame:
    """Return ``ConsentAdvice.households``, with ``action`` for what each brings alone or is expected to."""
    order = order_actions(problem.openings, plan.taken)
    action = order["action"].to_numpy()
    home = problem.actions["household"].to_numpy()[action]
    households = graph.households.iloc[home]
    used = problem.links[(plan.visits > 0) & problem.links["needs_consent"].to_numpy()]
    level = used.groupby("household")["level"].max()
    given = np.bincount(problem.links["household"], weights=plan.visits, minlength=len(start.missing))
    return pd.DataFrame(
        {
            "order": np.arange(1, len(order) + 1),
            "district": households["district"].to_numpy(),
            "consent": households["consent"].to_numpy(),
            "ask_level": level.reindex(home).to_numpy(),
            "gain_weighted": order["weighted"].to_numpy(),
            "action": action,
            "missing_visits": start.missing[home],
            "visits": given[home].astype(np.int64),
        },
        index=households.index,
    )


def _links_opened(graph: WatchGraph, start: Start, problem: RemedyProblem, taken: np.ndarray) -> pd.DataFrame:
    """Return the watchers that asking opens, by household to ask and from near to far."""
    first = problem.links["first"].to_numpy()
    opened = problem.links[(first >= 0) & np.append(taken, False)[first]]
    household, watcher = opened["household"].to_numpy(), opened["watcher"].to_numpy()
    table = pd.DataFrame(
        {
            "household_id": graph.households.index.to_numpy()[household],
            "watcher_id": graph.watchers.index.to_numpy()[watcher],
            "cost_m": opened["cost_m"].to_numpy(),
            "level": opened["level"].to_numpy(),
            "room_visits": start.room[watcher],
        }
    )
    return table.sort_values(["household_id", "cost_m", "watcher_id"], ignore_index=True)


def _by_district(graph: WatchGraph, problem: RemedyProblem, asked: pd.DataFrame) -> pd.DataFrame:
    """Return how many to ask and how many could be asked, by the district of the household."""
    could = graph.households["district"].iloc[problem.actions["household"]].fillna("")
    by = asked.groupby(asked["district"].fillna(""))
    table = pd.DataFrame({"asked": by.size(), "gain_weighted": by["gain_weighted"].sum()})
    table = table.reindex(could.drop_duplicates().sort_values().to_numpy(), fill_value=0)
    table["could_ask"] = could.value_counts().reindex(table.index)
    return table.astype({"gain_weighted": float}).rename_axis("district")


def _count_refused(graph: WatchGraph, start: Start) -> int:
    """Return how many households a consent would open a watcher with room, had they not refused."""
    links = possible_links(graph, start, ask_refused=True)
    lacks = links["household"][links["needs_consent"] & ~links["needs_agreement"]]
    return int((graph.households["consent"].iloc[lacks.unique()] == 0).sum())
