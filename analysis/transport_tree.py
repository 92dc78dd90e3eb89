"""Compiled tree of basic arcs for the network simplex: how it hangs, how it is hung anew, what it prices.

Each node hangs by one arc below its parent, and the children of a node are a chain of siblings. A giver (a
node no arc enters) without children is loose: it stays out of the chain, and its price and depth are found
from its parent when asked for. In a city that is nearly every household, so a change of the tree touches few
nodes. Two givers are never neighbours.
"""

from __future__ import annotations

import numpy as np
from numba import njit

AT_LOW, IN_TREE, AT_TOP = 1, 0, -1  # where the flow of an arc stands
NONE = -1

# One row a node (the root last) and one an arc: what is used together stands together in memory. Each node
# has an artificial arc to or from the root, after the arcs of the network, which are sorted by tail.
NODE = np.dtype(
    [
        ("price", np.int64),
        ("parent", np.int32),
        ("arc", np.int32),  # to the parent
        ("child", np.int32),  # first in the chain
        ("later", np.int32),  # next sibling
        ("earlier", np.int32),  # sibling before
        ("depth", np.int32),
        ("up", np.int32),  # 1 where the arc to the parent leaves the node, -1 where it enters it
        ("giver", np.int32),  # 1: no arc enters it
    ]
)
OFFER = np.dtype([("cost", np.int64), ("head", np.int32), ("state", np.int32)])
LOAD = np.dtype([("flow", np.int64), ("capacity", np.int64)])


@njit(cache=True, nogil=True)
def is_loose(nodes, node):
    """Say whether a node is a giver without children, kept out of the chain."""
    return nodes[node].giver == 1 and nodes[node].child == NONE


@njit(cache=True, nogil=True)
def settle(nodes, offers, node):
    """Write down price and depth of a node whose place in the tree is about to matter."""
    if is_loose(nodes, node):
        parent = nodes[node].parent
        nodes[node].price = nodes[parent].price - nodes[node].up * offers[nodes[node].arc].cost
        nodes[node].depth = nodes[parent].depth + 1


@njit(cache=True, nogil=True)
def hang(nodes, node, parent, arc, last):
    """Hang ``node`` below ``parent`` by an arc, and its old ancestors up to ``last`` below it.

    ``arc``: number of the arc and 1 where it leaves ``node``, -1 where it enters it. Both its ends must be
    settled.
    """
    number, up = arc
    while True:
        old_parent, old_number, old_up = nodes[node].parent, nodes[node].arc, nodes[node].up
        take_out(nodes, node)
        put_below(nodes, node, parent)
        nodes[node].arc, nodes[node].up = number, up
        if node == last:
            return
        parent, number, up = node, old_number, -old_up
        node = old_parent


@njit(cache=True, nogil=True)
def take_out(nodes, node):
    """Take a node, unless loose, out of the chain; its parent may become loose thereby."""
    if is_loose(nodes, node):
        return
    parent = nodes[node].parent
    unchain(nodes, node)
    if is_loose(nodes, parent):
        unchain(nodes, parent)


@njit(cache=True, nogil=True)
def unchain(nodes, node):
    """Take a node out of the chain of its siblings."""
    earlier, later = nodes[node].earlier, nodes[node].later
    if earlier == NONE:
        nodes[nodes[node].parent].child = later
    else:
        nodes[earlier].later = later
    if later != NONE:
        nodes[later].earlier = earlier


@njit(cache=True, nogil=True)
def put_below(nodes, node, parent):
    """Let a node hang below another, which is loose no longer; a loose node only notes its parent."""
    nodes[node].parent = parent
    if is_loose(nodes, node):
        return
    if is_loose(nodes, parent):
        chain(nodes, parent)
    chain(nodes, node)


@njit(cache=True, nogil=True)
def chain(nodes, node):
    """Make a node the first in the chain of its parent's children."""
    parent = nodes[node].parent
    later = nodes[parent].child
    nodes[node].earlier, nodes[node].later, nodes[parent].child = NONE, later, node
    if later != NONE:
        nodes[later].earlier = node


@njit(cache=True, nogil=True)
def shift(nodes, offers, top):
    """Bring prices and depths below ``top`` (itself included) in line with the arc it hangs by."""
    if is_loose(nodes, top):
        return
    by = nodes[nodes[top].parent].price - nodes[top].price - nodes[top].up * offers[nodes[top].arc].cost
    node = top
    while True:
        nodes[node].price += by
        nodes[node].depth = nodes[nodes[node].parent].depth + 1
        if nodes[node].child != NONE:
            node = nodes[node].child
            continue
        while node != top and nodes[node].later == NONE:
            node = nodes[node].parent
        if node == top:
            return
        node = nodes[node].later
