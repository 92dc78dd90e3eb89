"""Compiled beginning of the network simplex: a strongly feasible tree from any forest.

An arc of the forest carries what hangs below it as far as it fits; what does not fit goes over an artificial
arc to the root, or comes from there at a cost no path of the network reaches.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.transport_tree import AT_LOW, AT_TOP, IN_TREE, NONE, chain, is_loose


@njit(cache=True, nogil=True)
def sort_by_end(end, nodes):
    """Return the order of arcs by one end (those of a node stay in order), and the first of each node."""
    first = np.zeros(nodes + 1, np.int64)
    for arc in range(len(end)):
        first[end[arc] + 1] += 1
    first = np.cumsum(first)
    free, order = first.copy(), np.empty(len(end), np.int64)
    for arc in range(len(end)):
        order[free[end[arc]]] = arc
        free[end[arc]] += 1
    return order, first


@njit(cache=True, nogil=True)
def guess(nodes, offers, loads, first, amounts):
    """Note an arc for each giver: the cheapest whose head still takes all; who loses most chooses first.

    ``amounts``: (N,) what a giver gives and what any other node can take or pass on; used up. Nodes that are
    no givers keep the arc noted before.
    """
    spread = np.zeros(len(amounts), np.int64)
    for node in range(len(amounts)):
        if nodes[node].giver and first[node] < first[node + 1]:
            costs = offers[first[node] : first[node + 1]].cost
            spread[node] = costs.min() - costs.max()
    for node in np.argsort(spread, kind="mergesort"):
        best = NONE
        for arc in range(first[node], first[node + 1] if nodes[node].giver else first[node]):
            fits = loads[arc].capacity > amounts[node] and amounts[offers[arc].head] > amounts[node]
            if fits and (best == NONE or offers[arc].cost < offers[best].cost):
                best = arc
        if best != NONE:
            nodes[node].arc = best
            amounts[offers[best].head] -= amounts[node]


@njit(cache=True, nogil=True)
def plant(nodes, offers, loads, rest, dear):
    """Turn the forest noted in ``nodes`` into a strongly feasible tree.

    ``nodes``: parent, arc and up of each node (parent the root where the arc is NONE). ``offers``: state
    IN_TREE where an arc is in the forest. ``rest``: (N + 1,) supply still to be carried; used up. ``dear``:
    cost of a unit from the root.
    """
    root = len(nodes) - 1
    order = order_down(nodes)
    for at in range(root, 0, -1):
        carry(nodes, offers, loads, rest, order[at])
    for at in range(1, root + 1):
        node = order[at]
        arc, parent = nodes[node].arc, nodes[node].parent
        if arc >= len(offers) - root and nodes[node].up < 0:
            offers[arc].cost = dear
        nodes[node].price = nodes[parent].price - nodes[node].up * offers[arc].cost
        nodes[node].depth = nodes[parent].depth + 1
    for at in range(root, 0, -1):  # children first: a giver with one is loose no longer
        if not is_loose(nodes, order[at]):
            chain(nodes, order[at])


@njit(cache=True, nogil=True)
def order_down(nodes):
    """Return the nodes that hang from the root, parents before children."""
    size = len(nodes)
    offsets = np.zeros(size + 1, np.int64)
    for node in range(size - 1):
        offsets[nodes[node].parent + 1] += 1
    offsets = np.cumsum(offsets)
    free, children = offsets.copy(), np.empty(size, np.int32)
    for node in range(size - 1):
        children[free[nodes[node].parent]] = node
        free[nodes[node].parent] += 1
    order, count, at = np.empty(size, np.int32), 1, 0
    order[0] = size - 1
    while at < count:
        node = order[at]
        at += 1
        for row in range(offsets[node], offsets[node + 1]):
            order[count] = children[row]
            count += 1
    return order[:count]


@njit(cache=True, nogil=True)
def carry(nodes, offers, loads, rest, node):
    """Let the arc above a node carry what the node has left over; what does not fit goes by the root."""
    root, arc, amount = len(nodes) - 1, nodes[node].arc, rest[node]
    if arc != NONE:
        up, top = nodes[node].up, loads[arc].capacity
        flow = min(max(up * amount, 0), top)
        loads[arc].flow = flow
        rest[nodes[node].parent] += up * flow
        amount -= up * flow
        if amount == 0 and (flow < top if up > 0 else flow > 0):
            return
        offers[arc].state = AT_TOP if flow == top and top > 0 else AT_LOW
    arc = len(offers) - root + node
    nodes[node].parent, nodes[node].arc, nodes[node].up = root, arc, 1 if amount >= 0 else -1
    loads[arc].flow = abs(amount)
    offers[arc].state = IN_TREE
