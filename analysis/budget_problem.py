"""All remedies in one problem: which links each opens, and what must be done for them together.

A household needs one of two things to be served at a price: arranging the assignment (``assign``), or asking
it, which covers the arranging and also opens what consent had closed (``ask``). A link that also needs an
agreement or a new watcher needs both actions. A new watcher serves the district it stands in (or the whole
city); recruits are not combined with agreements, nor with links nobody may be told of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import ParameterError
from analysis.frames import ACTIVE_KINDS, VISITS_PER_YEAR
from analysis.gaps import HIGHEST_CONSENT
from analysis.links import pairs_within_reach, texts
from analysis.remedies import (
    RemedyProblem,
    Start,
    agreement_actions,
    as_problem,
    blank_actions,
    household_actions,
    possible_links,
)
from analysis.remedy_costs import RemedyCosts
from analysis.walking import WalkingCosts
from analysis.watch_graph import WatchGraph

COLUMNS = ("kind", "district", "visits_per_month", "reach_m")


@dataclass(frozen=True, eq=False)
class Recruits:
    """New watchers that could be found, each at a place.

    Parameters
    ----------
    candidates : DataFrame indexed by candidate_id, each once
        ``kind`` (an active one), ``district`` (None: it serves the whole city), ``visits_per_month`` (>= 0),
        ``reach_m`` (>= 0).
    costs : WalkingCosts from the candidates (as watchers) to the households

    Raises
    ------
    ParameterError
        Columns missing, ids repeated, or values out of range.
    """

    candidates: pd.DataFrame
    costs: WalkingCosts

    def __post_init__(self) -> None:
        """Raise ParameterError naming everything that does not fit."""
        missing = [column for column in COLUMNS if column not in self.candidates.columns]
        if missing:
            raise ParameterError(
                f"Expected candidates with all columns, got none named {', '.join(missing)}. Add them."
            )
        faults = []
        strange = sorted(set(self.candidates["kind"].astype(str)) - set(ACTIVE_KINDS))
        if strange:
            faults.append(
                f"Expected candidates of kinds that visit, got {', '.join(strange[:5])}. Correct them."
            )
        numbers = self.candidates[["visits_per_month", "reach_m"]].to_numpy(dtype=float)
        wrong = int((~(np.isfinite(numbers) & (numbers >= 0))).any(axis=1).sum())
        if wrong:
            faults.append(f"Expected visits and reach of candidates >= 0, got {wrong} others. Correct them.")
        repeated = int(self.candidates.index.duplicated().sum())
        if repeated:
            faults.append(f"Expected each candidate once, got {repeated} repeated. Remove them.")
        unmeasured = int((self.costs.watcher_ids.get_indexer(self.candidates.index) < 0).sum())
        if unmeasured:
            faults.append(
                f"Expected walking costs of all candidates, got {unmeasured} without. Measure them."
            )
        if faults:
            raise ParameterError(" ".join(faults))

    def capacity_visits(self) -> np.ndarray:
        """Return the whole visits a year each could make (C,)."""
        return np.rint(self.candidates["visits_per_month"].to_numpy(float) * VISITS_PER_YEAR).astype(np.int64)


def budget_problem(
    graph: WatchGraph, start: Start, costs: RemedyCosts, recruits: Recruits | None = None
) -> RemedyProblem:
    """Return every remedy's links and actions in one problem; candidates stand after the graph's watchers.

    Raises
    ------
    ParameterError
        Candidates walk to other households than those of the graph.
    """
    links = possible_links(graph, start).assign(candidate=-1)
    room = start.room
    if recruits is not None:
        links = pd.concat([links, _recruit_links(graph, start, recruits)], ignore_index=True)
        room = np.concatenate([room, recruits.capacity_visits()])
    agreed, agreements = agreement_actions(graph, links, cost=costs.agreement)
    found, finds = _recruit_actions(links["candidate"].to_numpy(), recruits, costs)
    second = np.where(agreed >= 0, agreed, np.where(found >= 0, found + len(agreements), -1))
    links = links.drop(columns="candidate").assign(second=second)
    return _with_households(graph, start, links, room, (pd.concat([agreements, finds]), costs))


def _recruit_links(graph: WatchGraph, start: Start, recruits: Recruits) -> pd.DataFrame:
    """Return the links from households that miss visits to candidates within reach of the right district."""
    candidates = recruits.candidates
    if not recruits.costs.household_ids.isin(graph.households.index).all():
        raise ParameterError(
            "Expected walks to households of the graph, got others. Measure them with these households."
        )
    pairs = pairs_within_reach(recruits.costs, graph.households, candidates)
    household, candidate = pairs["household"].to_numpy(), pairs["watcher"].to_numpy()
    district = texts(candidates["district"]).to_numpy()[candidate]
    level = candidates["kind"].map(graph.rules.levels()).to_numpy(dtype=np.int64)[candidate]
    consent = graph.households["consent"].to_numpy()[household]
    lacks = consent < level
    serves = pd.isna(district) | (district == graph.households["district"].to_numpy()[household])
    askable = (level <= HIGHEST_CONSENT) & (consent > 0)
    kept = serves & (~lacks | askable) & (start.missing[household] > 0)
    return pd.DataFrame(
        {
            "household": household,
            "watcher": len(graph.watchers) + candidate,
            "cost_m": pairs["cost_m"].to_numpy(),
            "level": level,
            "needs_consent": lacks,
            "needs_agreement": False,
            "candidate": candidate,
        }
    )[kept]


def _recruit_actions(
    candidate: np.ndarray, recruits: Recruits | None, costs: RemedyCosts
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the recruit each link needs (-1 none) and one action a candidate with a link."""
    needs = candidate >= 0
    codes = np.full(len(candidate), -1, dtype=np.int64)
    codes[needs], found = pd.factorize(candidate[needs], sort=True)
    if recruits is None:
        return codes, blank_actions("recruit", 0, 0.0)
    rows = recruits.candidates.iloc[found]
    cost = np.array([costs.of_recruit(kind) for kind in rows["kind"]], dtype=float)
    actions = blank_actions("recruit", len(found), cost)
    return codes, actions.assign(candidate=found, district=texts(rows["district"]).to_numpy())


def _with_households(
    graph: WatchGraph,
    start: Start,
    links: pd.DataFrame,
    room: np.ndarray,
    others: tuple[pd.DataFrame, RemedyCosts],
) -> RemedyProblem:
    """Return the problem with assigning and asking added.

    Where assigning costs something, the links a household could use unasked stand twice: once for assigning,
    once for asking, which covers it.
    """
    actions, costs = others
    lacks = links["needs_consent"].to_numpy()
    asked_homes = links["household"].isin(links["household"][lacks]).to_numpy()
    twice = asked_homes & ~lacks if costs.new_assignment > 0 else np.zeros(len(links), dtype=bool)
    links = pd.concat([links, links[twice]], ignore_index=True)
    asks = np.concatenate([lacks, np.ones(twice.sum(), dtype=bool)])
    ask, asking = household_actions(links, asks, "ask", costs.ask + costs.new_assignment)
    assigns = ~asks & (costs.new_assignment > 0)
    assign, assigning = household_actions(links, assigns, "assign", costs.new_assignment)
    first = np.where(asks, ask + len(actions), np.where(assigns, assign + len(actions) + len(asking), -1))
    tables = [table for table in (actions, asking, assigning) if len(table)]
    together = pd.concat(tables, ignore_index=True) if tables else blank_actions("ask", 0, 0.0)
    return as_problem(graph, start.missing, room, links.assign(first=first), together)
