"""Where remedies begin: the room there is assigned first; and whom the snow cuts off."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.assignment import Proposal
from analysis.frames import VISITS_PER_YEAR
from analysis.links import pairs_within_reach
from analysis.remedies import as_problem, blank_actions, possible_links, served_freely, start_from
from analysis.watch_graph import WatchGraph
from app.services.step_city import StepCity


def visits_when_assigned(graph: WatchGraph) -> np.ndarray:
    """Return (L,) visits a year over the links when the room there is serves most weighted visits.

    What is delivered today stays.
    """
    start = start_from(graph)
    links = possible_links(graph, start)
    free = links[~(links["needs_consent"] | links["needs_agreement"])].reset_index(drop=True)
    nothing = blank_actions("assign", 0, 0.0)
    problem = as_problem(graph, start.missing, start.room, free.assign(first=-1, second=-1), nothing)
    visits = start.visits.copy()
    visits[_rows(graph, free["household"], free["watcher"])] += served_freely(problem)
    return visits


def visits_of_proposal(graph: WatchGraph, proposal: Proposal) -> np.ndarray:
    """Return (L,) visits a year over the links once the proposal's moves are made."""
    moves, visits = proposal.moves, graph.links["delivered_visits"].to_numpy().copy()
    homes = graph.households.index.get_indexer(moves["household_id"])
    people = graph.watchers.index.get_indexer(moves["watcher_id"])
    a_year = np.rint(moves["visits_per_month"].to_numpy(dtype=float) * VISITS_PER_YEAR)
    visits[_rows(graph, homes, people)] = a_year.astype(np.int64)
    return visits


def watched_with(graph: WatchGraph, visits: np.ndarray) -> int:
    """Return how many households get what they need from ``visits`` (L,)."""
    got = np.bincount(graph.links["household"], weights=visits, minlength=len(graph.households))
    return int((got >= graph.households["need_visits"].to_numpy()).sum())


def count_winter(city: StepCity) -> int:
    """Return how many households have a watcher in office within reach in the normal season, none in snow."""
    graph = city.city.graph
    people = city.data.watchers.loc[graph.watchers.index]
    able = (graph.watchers["is_active"] & graph.watchers["in_office"]).to_numpy(dtype=bool)
    pairs = pairs_within_reach(city.snow_walks(), graph.households, people)
    near = pairs["household"].to_numpy()[able[pairs["watcher"].to_numpy()]]
    in_snow = np.bincount(near, minlength=len(graph.households)) > 0
    return int((graph.households["reach_normal"].to_numpy(dtype=bool) & ~in_snow).sum())


def _rows(
    graph: WatchGraph, household: pd.Series | np.ndarray, watcher: pd.Series | np.ndarray
) -> np.ndarray:
    """Return the rows of ``graph.links`` that join households with watchers (positions); each must be one."""
    links = pd.MultiIndex.from_frame(graph.links[["household", "watcher"]])
    return links.get_indexer(pd.MultiIndex.from_arrays([np.asarray(household), np.asarray(watcher)]))
