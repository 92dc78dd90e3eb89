"""Compiled network simplex: pivots round cycles until no arc gains.

The tree stays strongly feasible (every node could send one unit more towards the root), so no sequence of
pivots repeats itself.

References
----------
Cunningham, W. H. (1976). A network simplex method. Mathematical Programming 11.
Király, Z. and Kovács, P. (2012). Efficient implementations of minimum-cost flow algorithms. Acta
Universitatis Sapientiae, Informatica 4: block search.
"""

from __future__ import annotations

from numba import njit

from analysis.transport_tree import AT_LOW, AT_TOP, IN_TREE, NONE, hang, is_loose, settle, shift

OPTIMAL, INFEASIBLE, UNBOUNDED = 0, 1, 2
ENDLESS = 2**61  # room no sum of supplies and capacities reaches


@njit(cache=True, nogil=True)
def run_simplex(nodes, offers, loads, first, size):
    """Improve the tree until no arc of the network can; return OPTIMAL, INFEASIBLE or UNBOUNDED.

    ``first``: (N + 1,) first arc of each tail. ``size``: arcs looked at, at least, for one pivot.
    """
    node = 0
    while True:
        entering, tail, node = find_entering(nodes, offers, first, node, size)
        if entering == NONE:
            break
        if not pivot(nodes, offers, loads, entering, tail):
            return UNBOUNDED
    for arc in range(first[-1], len(loads)):
        if loads[arc].flow > 0:
            return INFEASIBLE
    return OPTIMAL


@njit(cache=True, nogil=True)
def find_entering(nodes, offers, first, node, size):
    """Return the arc that gains most among ``size`` or more from ``node`` on, its tail, and where to go on.

    Goes round all nodes and returns NONE when no arc gains.
    """
    last = len(nodes) - 1
    gain, best, tail, looked = 0, NONE, NONE, 0
    for _ in range(last):
        price = nodes[node].price
        if is_loose(nodes, node):
            price = nodes[nodes[node].parent].price - nodes[node].up * offers[nodes[node].arc].cost
        for arc in range(first[node], first[node + 1]):
            found = offers[arc].state * (offers[arc].cost + price - nodes[offers[arc].head].price)
            if found < gain:
                gain, best, tail = found, arc, node
        looked += first[node + 1] - first[node]
        node = node + 1 if node + 1 < last else 0
        if looked >= size:
            if best != NONE:
                return best, tail, node
            looked = 0
    return best, tail, node


@njit(cache=True, nogil=True)
def pivot(nodes, offers, loads, entering, tail):
    """Send what fits round the cycle of an entering arc and hang the tree anew; False if it never ends."""
    state, head = offers[entering].state, offers[entering].head
    first, second = (tail, head) if state == AT_LOW else (head, tail)
    settle(nodes, offers, first)
    settle(nodes, offers, second)
    amount, out, from_first = find_leaving(nodes, loads, first, second, loads[entering].capacity)
    if amount > ENDLESS:
        return False
    loads[entering].flow += state * amount
    if amount > 0:
        send(nodes, loads, first, second, amount)
    if out == NONE:
        offers[entering].state = -state
        return True
    leaving = nodes[out].arc
    offers[leaving].state = AT_LOW if loads[leaving].flow == 0 else AT_TOP
    offers[entering].state = IN_TREE
    top, below = (first, second) if from_first else (second, first)
    hang(nodes, top, below, (entering, 1 if top == tail else -1), out)
    shift(nodes, offers, top)
    return True


@njit(cache=True, nogil=True)
def find_leaving(nodes, loads, first, second, most):
    """Return how much fits round the cycle, the node whose arc stops it, and whether it is below ``first``.

    Of several arcs that stop it the last in the direction of the flow, from the top of the cycle on.
    """
    amount, out, from_first = most, NONE, False
    while first != second:
        if nodes[first].depth >= nodes[second].depth:
            arc = nodes[first].arc
            room = loads[arc].flow if nodes[first].up > 0 else loads[arc].capacity - loads[arc].flow
            if room < amount:
                amount, out, from_first = room, first, True
            first = nodes[first].parent
        else:
            arc = nodes[second].arc
            room = loads[arc].flow if nodes[second].up < 0 else loads[arc].capacity - loads[arc].flow
            if room <= amount:
                amount, out, from_first = room, second, False
            second = nodes[second].parent
    return amount, out, from_first


@njit(cache=True, nogil=True)
def send(nodes, loads, first, second, amount):
    """Add an amount to the flow down to ``first`` and up from ``second``."""
    while first != second:
        if nodes[first].depth >= nodes[second].depth:
            loads[nodes[first].arc].flow -= nodes[first].up * amount
            first = nodes[first].parent
        else:
            loads[nodes[second].arc].flow += nodes[second].up * amount
            second = nodes[second].parent
