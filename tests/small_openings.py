"""Random small opening problems, and the best sets of actions found by trying them all."""

from __future__ import annotations

from itertools import product

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from analysis.openings import Openings


def openings(links, *, need, capacity, cost=None, weight=None, cost_m=None):
    """Return openings from (household, watcher, action[, action]) rows; an action of -1 is none."""
    rows = [(*row, -1)[:4] for row in links]
    home, person, first, second = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    count = int(max(first.max(initial=-1), second.max(initial=-1))) + 1 if cost is None else len(cost)
    return Openings(
        need=np.array(need, dtype=np.int64),
        weight=np.ones(len(need)) if weight is None else np.array(weight, dtype=float),
        capacity=np.array(capacity, dtype=np.int64),
        household=home,
        watcher=person,
        cost_m=np.full(len(rows), 100.0) if cost_m is None else np.array(cost_m, dtype=float),
        actions=np.column_stack([first, second]),
        cost=np.zeros(count) if cost is None else np.array(cost, dtype=float),
        kind=np.full(count, "any", dtype=object),
    )


@st.composite
def small_openings(draw, actions=4, pairs=True):
    """Draw openings with links that need no, one or (``pairs``) two actions."""
    homes, people = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    count = draw(st.integers(1, actions))
    one = st.integers(-1, count - 1)
    row = st.tuples(st.integers(0, homes - 1), st.integers(0, people - 1), one, one if pairs else st.just(-1))
    links = draw(st.lists(row, max_size=16))
    many = {"min_size": len(links), "max_size": len(links)}
    return openings(
        links,
        need=draw(st.lists(st.integers(0, 6), min_size=homes, max_size=homes)),
        capacity=draw(st.lists(st.integers(0, 9), min_size=people, max_size=people)),
        cost=draw(st.lists(st.integers(0, 4), min_size=count, max_size=count)),
        weight=draw(st.lists(st.sampled_from([0.5, 1.0, 1.3, 2.0]), min_size=homes, max_size=homes)),
        cost_m=[10.0 * metres for metres in draw(st.lists(st.integers(0, 80), **many))],
    )


def best_flow(world, taken):
    """Return the most weighted visits of given actions and the least walk of them, by networkx."""
    graph = nx.DiGraph()
    graph.add_node("start", demand=-int(world.need.sum()))
    graph.add_node("end", demand=int(world.need.sum()))
    for home, need in enumerate(world.need.tolist()):
        graph.add_edge("start", ("home", home), capacity=need, weight=0)
        price = round(world.weight[home] * 100) * 1_000_000
        graph.add_edge(("home", home), "end", capacity=need, weight=price)
    for person, capacity in enumerate(world.capacity.tolist()):
        graph.add_edge(("person", person), "end", capacity=capacity, weight=0)
    for link in np.flatnonzero(world.is_open(taken)).tolist():
        ends = ("home", int(world.household[link])), ("person", int(world.watcher[link]))
        walk_dm = round(world.cost_m[link] * 10)
        if walk_dm < graph.edges.get(ends, {"weight": np.inf})["weight"]:
            graph.add_edge(*ends, weight=walk_dm)
    flow = nx.min_cost_flow(graph)
    missed = [flow[("home", home)]["end"] for home in range(len(world.need))]
    value = float((world.need - missed) @ world.weight)
    walk = sum(
        graph.edges[tail, head]["weight"] * amount
        for tail, heads in flow.items()
        for head, amount in heads.items()
        if tail[0] == "home" and head != "end"
    )
    return value, walk / 10


def best_by_trying(world, *, count=99, budget=np.inf, required=()):
    """Return value, cost, number of actions and walk of the best set; None where none is allowed."""
    best = None
    for choice in product([False, True], repeat=len(world.cost)):
        taken = np.array(choice, dtype=bool)
        cost = float(world.cost[taken].sum())
        if taken.sum() > count or cost > budget or not taken[list(required)].all():
            continue
        value, walk = best_flow(world, taken)
        key = (-round(value, 6), cost, int(taken.sum()), walk)
        best = key if best is None or key < best else best
    return None if best is None else (-best[0], *best[1:])
