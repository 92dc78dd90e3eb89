"""Tiny worlds with every obstacle, and what remedies bring in them by plain loops and a linear programme."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog

from analysis.watch_graph import build_watch_graph
from tests.small_worlds import NORMAL, agreements, assignments, households, watchers, world

LEVEL = {"welfare_commissioner": 2, "community_promoter": 3, "student": 4}
REACH_M, FAR_M = 800.0, 800.5


@st.composite
def graphs(draw, homes=4, people=3, districts=("A", "B")):
    """Draw the watch graph of a world with households of all consents, districts, weights and needs."""
    home_rows = {
        f"H{n}": dict(
            visits_per_month=draw(st.integers(0, 4)) / 12,
            weight=draw(st.sampled_from([1.0, 1.0, 1.6])),
            consent=draw(st.integers(0, 4)),
            community_district=draw(st.sampled_from([*districts, None])),
        )
        for n in range(draw(st.integers(1, homes)))
    }
    person_rows = {
        f"W{n}": dict(
            kind=draw(st.sampled_from([*LEVEL, "shop"])),
            visits_per_month=draw(st.integers(0, 5)) / 12,
            district=draw(st.sampled_from([None, *districts])),
            status=draw(st.sampled_from(["active", "active", "active", "vacant"])),
        )
        for n in range(draw(st.integers(1, people)))
    }
    pairs = [(person, home) for person in person_rows for home in home_rows]
    costs = {pair: draw(st.sampled_from([100.0, REACH_M, FAR_M])) for pair in pairs}
    rows = [pair for pair in pairs if draw(st.integers(0, 3)) == 0]
    agreed = draw(st.sampled_from([(), (), (tuple(districts[:2]),)]))
    inputs = world(
        households(**home_rows),
        watchers(**person_rows),
        assignments(*rows),
        costs=costs,
        agreed=agreements(*agreed),
    )
    return build_watch_graph(inputs, NORMAL), agreed


def subsets(things, most):
    """Return every choice of at most so many."""
    things = list(things)
    return chain.from_iterable(combinations(things, size) for size in range(min(most, len(things)) + 1))


def within_reach(graph):
    """Return (household, watcher) positions of each link, allowed or not."""
    return list(zip(graph.links["household"].tolist(), graph.links["watcher"].tolist(), strict=True))


def may_visit(graph, home, person, *, asked=(), agreed=()):
    """Return whether the watcher may visit the household once it is asked and districts have agreed."""
    household, watcher = graph.households.iloc[home], graph.watchers.iloc[person]
    consent = 4 if home in asked else household["consent"]
    district = watcher["district"]
    serves = district is None or (
        household["district"] is not None
        and (district == household["district"] or (district, household["district"]) in agreed)
    )
    return consent >= watcher["consent_level"] and serves


def most_weighted(need, weight, capacity, pairs):
    """Return the most weighted visits over the pairs, by a linear programme."""
    if not pairs:
        return 0.0
    home, person = np.array(pairs).T
    rows = np.vstack(
        [home == np.arange(len(need))[:, None], person == np.arange(len(capacity))[:, None]]
    ).astype(float)
    answer = linprog(-np.asarray(weight)[home], A_ub=rows, b_ub=np.concatenate([need, capacity]))
    return -answer.fun


def left_to_do(graph):
    """Return what each household misses, each weight, and each watcher's room, from today's deliveries."""
    given = graph.links.groupby("household")["delivered_visits"].sum()
    given = given.reindex(range(len(graph.households)), fill_value=0).to_numpy()
    return (
        graph.households["need_visits"].to_numpy() - given,
        graph.households["weight"].to_numpy(),
        graph.watchers["room_visits"].to_numpy(),
    )


def worth(graph, *, asked=(), agreed=()):
    """Return the weighted visits a year that may be added once these are asked and have agreed."""
    missing, weight, room = left_to_do(graph)
    pairs = [
        (home, person)
        for home, person in within_reach(graph)
        if may_visit(graph, home, person, asked=asked, agreed=agreed)
    ]
    return most_weighted(missing, weight, room, pairs)
