"""Random small visit networks, and the maximum flow by another engine (networkx) to check ours with."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from analysis.tight_sets import VisitNetwork


@st.composite
def networks(draw, households=12, watchers=6):
    """Draw who may visit whom, with needs of 1 to 5 and capacities of 0 to 12 visits a year."""
    homes = draw(st.integers(1, households))
    people = draw(st.integers(1, watchers))
    allowed = draw(st.lists(st.booleans(), min_size=homes * people, max_size=homes * people))
    home, person = np.nonzero(np.reshape(allowed, (homes, people)))
    need = draw(st.lists(st.integers(1, 5), min_size=homes, max_size=homes))
    capacity = draw(st.lists(st.integers(0, 12), min_size=people, max_size=people))
    return VisitNetwork(home, person, np.array(need), np.array(capacity))


def most_visits(network, homes=None, without=()):
    """Return the most visits that ``homes`` (all) can get when the watchers ``without`` are gone."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["start", "end"])
    asked = range(len(network.need)) if homes is None else homes
    for home in asked:
        graph.add_edge("start", ("home", int(home)), capacity=int(network.need[home]))
    for home, person in zip(network.household.tolist(), network.watcher.tolist(), strict=True):
        if home in asked and person not in without:
            graph.add_edge(("home", home), ("person", person))
            graph.add_edge(("person", person), "end", capacity=int(network.capacity[person]))
    return nx.maximum_flow_value(graph, "start", "end")


def watchers_of(network):
    """Return the set of allowed watchers of each household."""
    return [set(network.watcher[network.household == home].tolist()) for home in range(len(network.need))]
