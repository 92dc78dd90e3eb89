"""The network simplex against another engine, and its proof against itself."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import ParameterError
from analysis.transport import UNLIMITED, FlowNetwork, solve_flow


def by_networkx(network):
    """Return the least cost by networkx's network simplex, or "infeasible" or "unbounded"."""
    graph = nx.MultiDiGraph()
    for node, supply in enumerate(network.supply):
        graph.add_node(node, demand=-int(supply))
    base = 0
    columns = (network.tail, network.head, network.capacity, network.cost, network.low)
    for tail, head, capacity, cost, low in zip(*(map(int, column) for column in columns), strict=True):
        graph.nodes[tail]["demand"] += low
        graph.nodes[head]["demand"] -= low
        base += low * cost
        room = {} if capacity == UNLIMITED else {"capacity": capacity - low}
        graph.add_edge(tail, head, weight=cost, **room)
    try:
        return base + nx.network_simplex(graph)[0]
    except nx.NetworkXUnfeasible:
        return "infeasible"
    except nx.NetworkXUnbounded:
        return "unbounded"


@st.composite
def networks(draw):
    """Draw small networks: any arcs, parallel ones and loops too, costs of both signs, lower limits."""
    nodes = draw(st.integers(1, 6))
    arcs = draw(st.integers(0, 12))
    ends = st.lists(st.integers(0, nodes - 1), min_size=arcs, max_size=arcs)
    low = draw(st.lists(st.integers(0, 2), min_size=arcs, max_size=arcs))
    room = draw(st.lists(st.integers(0, 6), min_size=arcs, max_size=arcs))
    given_away = draw(st.lists(st.integers(-4, 4), min_size=nodes - 1, max_size=nodes - 1))
    return FlowNetwork(
        tail=np.array(draw(ends), dtype=int),
        head=np.array(draw(ends), dtype=int),
        capacity=np.array(low, dtype=int) + np.array(room, dtype=int),
        cost=np.array(draw(st.lists(st.integers(-5, 9), min_size=arcs, max_size=arcs)), dtype=int),
        supply=np.array([*given_away, -sum(given_away)], dtype=int),
        low=np.array(low, dtype=int),
    )


@settings(max_examples=300, deadline=None)
@given(networks())
def test_least_cost_is_that_of_another_engine(network):
    found = solve_flow(network)
    expected = by_networkx(network)
    assert (found.value if found.status == "optimal" else found.status) == expected
    assert found.proves(network) == (found.status == "optimal")


def test_flow_takes_the_cheap_way_up_to_its_limit():
    # 5 units from 0 to 2: 3 fit on the way over 1 at 1 + 1, the other 2 go straight at 5: 3 * 2 + 2 * 5 = 16.
    network = FlowNetwork(
        tail=np.array([0, 1, 0]),
        head=np.array([1, 2, 2]),
        capacity=np.array([3, 9, 9]),
        cost=np.array([1, 1, 5]),
        supply=np.array([5, 0, -5]),
    )
    found = solve_flow(network)
    assert (found.status, found.flow.tolist(), found.value) == ("optimal", [3, 3, 2], 16)


def test_wrong_flow_is_not_proven():
    network = FlowNetwork(
        np.array([0, 0]), np.array([1, 1]), np.array([5, 5]), np.array([1, 2]), np.array([3, -3])
    )
    found = solve_flow(network)
    dear = type(found)("optimal", found.flow[::-1].copy(), 6, found.potential)
    assert found.proves(network) and not dear.proves(network)


def test_supply_that_cannot_leave_is_infeasible():
    network = FlowNetwork(np.array([0]), np.array([1]), np.array([2]), np.array([1]), np.array([3, -3]))
    found = solve_flow(network)
    assert (found.status, found.flow.tolist(), found.value) == ("infeasible", [0], 0)


def test_cycle_that_earns_without_end_is_unbounded():
    cycle = np.array([0, 1]), np.array([1, 0])
    endless = FlowNetwork(*cycle, np.array([UNLIMITED] * 2), np.array([-1, 0]), np.array([0, 0]))
    assert solve_flow(endless).status == "unbounded"


def test_network_without_arcs_or_supply_costs_nothing():
    nothing = np.empty(0, dtype=int)
    found = solve_flow(FlowNetwork(nothing, nothing, nothing, nothing, np.array([0, 0])))
    assert (found.status, found.value) == ("optimal", 0)


def city(homes, people, seed):
    """Return an assignment of many homes to few people, capacity short, as a network; people full in turn."""
    rng = np.random.default_rng(seed)
    household = np.repeat(np.arange(homes), 4)
    watcher = rng.integers(0, people, 4 * homes)
    end = homes + people
    capacity = rng.integers(0, 2 * homes // people, people)
    capacity[::5] = 0
    return FlowNetwork(
        tail=np.concatenate([household, np.arange(end)]),
        head=np.concatenate([homes + watcher, np.full(end, end)]),
        capacity=np.concatenate([np.full(5 * homes, UNLIMITED), capacity]),
        cost=np.concatenate(
            [rng.integers(0, 8_000, 4 * homes), np.full(homes, 10**6), np.zeros(people, int)]
        ),
        supply=np.concatenate([np.ones(homes, int), np.zeros(people, int), [-homes]]),
    )


@pytest.mark.parametrize("seed", range(5))
def test_city_with_full_watchers_is_proven_and_the_same_again(seed):
    network = city(400, 25, seed)
    first, second = solve_flow(network), solve_flow(network)
    assert first.proves(network)
    assert first.value == by_networkx(network)
    assert np.array_equal(first.flow, second.flow)


def test_few_households_are_split_by_a_vertex():
    # A tree of arcs strictly between their limits splits at most one household a watcher.
    rng = np.random.default_rng(4)
    network = city(300, 10, 4)
    needs = rng.integers(1, 9, 300)
    network = FlowNetwork(
        network.tail,
        network.head,
        np.where(network.capacity == UNLIMITED, UNLIMITED, network.capacity * 5),
        network.cost,
        np.concatenate([needs, np.zeros(10, int), [-needs.sum()]]),
    )
    flow = solve_flow(network).flow[: 4 * 300].reshape(300, 4)
    assert ((flow > 0).sum(axis=1) > 1).sum() <= 10


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"supply": np.array([3, -2])}, "add up to 0"),
        ({"capacity": np.array([-1])}, "0 <= low <= capacity"),
        ({"head": np.array([7])}, "known nodes"),
        ({"cost": np.array([1.5])}, "whole numbers"),
        ({"cost": np.array([1, 2])}, "one number for each arc"),
        ({"cost": np.array([2**61])}, "2\\^60"),
        ({"capacity": np.array([2**62])}, "2\\^61"),
    ],
)
def test_network_that_makes_no_sense_is_refused(wrong, message):
    right = {
        "tail": np.array([0]),
        "head": np.array([1]),
        "capacity": np.array([5]),
        "cost": np.array([1]),
        "supply": np.array([3, -3]),
    }
    with pytest.raises(ParameterError, match=message):
        FlowNetwork(**{**right, **wrong})
