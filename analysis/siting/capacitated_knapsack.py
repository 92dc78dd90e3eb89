"""Compiled kernels: the knapsack of one site, exact, and what it costs to force a customer in or out.

A knapsack here *minimises*: of the customers with a price below 0 it takes those that fit the capacity and
lower the sum most. Sorting by price a unit settles most customers (one whose forced change passes a plan at
hand stays as the relaxation has it); dynamic programming over whole units of capacity settles the core left.

References
----------
Dembo, R. S. and Hammer, P. L. (1980). A reduction algorithm for knapsack problems. Methods of Operations
Research 36.
Martello, S. and Toth, P. (1990). Knapsack Problems. Wiley, ch. 2.
"""

from __future__ import annotations

import numpy as np
from numba import njit

TABLE_CELLS = (
    50_000_000  # customers times capacity of one table; above, the relaxed sum stands for the exact one
)


@njit(cache=True, nogil=True)
def solve_knapsack(price, size, capacity, taken):
    """Return the least sum of prices of customers that fit; ``taken`` (C,) is filled with who they are.

    Where the table would be too large: the relaxed sum, which is no higher, and a plan that fits.

    Parameters
    ----------
    price : float (C,), any sign; infinite: never taken
    size : int (C,), at least 0, units of capacity
    capacity : int, at least 0
    taken : float (C,), overwritten with 1 and 0
    """
    taken[:] = 0.0
    order, load = _worth_taking(price, size, capacity)
    if load <= capacity:
        total = 0.0
        for item in order:
            taken[item] = 1.0
            total += price[item]
        return total
    order = order[np.argsort(price[order] / np.maximum(size[order], 1e-9), kind="mergesort")]
    last, relaxed, slope = _relax(price, size, capacity, order)
    best = _fill_greedily(price, size, capacity, order, taken)
    core, left, base = _split_core(price, size, order, last, relaxed, slope, best)
    room = capacity - left
    if len(core) * (room + 1) > TABLE_CELLS:
        return relaxed
    found = np.zeros((len(core), room + 1), dtype=np.bool_)
    within = _tabulate(price, size, core, room, found)
    if base + within >= best:
        return best
    taken[:] = 0.0
    _take_fixed(price, size, order, last, relaxed, slope, best, taken)
    for row in range(len(core) - 1, -1, -1):
        if found[row, room]:
            taken[core[row]] = 1.0
            room -= size[core[row]]
    return base + within


@njit(cache=True, nogil=True)
def solve_split_knapsack(price, size, capacity, taken):
    """Return the least sum of prices where shares may be taken; ``taken`` (C,) gets the shares."""
    taken[:] = 0.0
    order = np.flatnonzero(price < 0.0)
    order = order[np.argsort(price[order] / np.maximum(size[order], 1e-9), kind="mergesort")]
    room, total = float(capacity), 0.0
    for item in order:
        share = 1.0 if size[item] <= room else room / size[item]
        taken[item] = share
        total += share * price[item]
        room -= share * size[item]
        if share < 1.0:
            break
    return total


@njit(cache=True, nogil=True)
def _worth_taking(price, size, capacity):
    """Return the customers with a price below 0 that fit alone, and the sum of their sizes."""
    order = np.empty(len(price), dtype=np.int64)
    count, load = 0, 0
    for item in range(len(price)):
        if price[item] < 0.0 and size[item] <= capacity:
            order[count] = item
            count += 1
            load += size[item]
    return order[:count], load


@njit(cache=True, nogil=True)
def _relax(price, size, capacity, order):
    """Return the place in ``order`` that breaks, the relaxed least sum and the price a unit there."""
    room, total = capacity, 0.0
    for place in range(len(order)):
        item = order[place]
        if size[item] > room:
            slope = price[item] / size[item]
            return place, total + room * slope, slope
        room -= size[item]
        total += price[item]
    return len(order), total, 0.0


@njit(cache=True, nogil=True)
def _fill_greedily(price, size, capacity, order, taken):
    """Take in order whoever still fits; return the sum of their prices."""
    room, total = capacity, 0.0
    for item in order:
        if size[item] <= room:
            room -= size[item]
            total += price[item]
            taken[item] = 1.0
    return total


@njit(cache=True, nogil=True)
def _is_settled(price, size, item, inside, relaxed, slope, best):
    """Say whether changing the customer's place in the relaxation cannot pass the plan at hand."""
    change = price[item] - slope * size[item]
    return relaxed + (-change if inside else change) >= best


@njit(cache=True, nogil=True)
def _split_core(price, size, order, last, relaxed, slope, best):
    """Return the unsettled customers, the size of those settled as taken and the sum of their prices."""
    core = np.empty(len(order), dtype=np.int64)
    count, load, base = 0, 0, 0.0
    for place in range(len(order)):
        item, inside = order[place], place < last
        if place != last and _is_settled(price, size, item, inside, relaxed, slope, best):
            if inside:
                load += size[item]
                base += price[item]
        else:
            core[count] = item
            count += 1
    return core[:count], load, base


@njit(cache=True, nogil=True)
def _take_fixed(price, size, order, last, relaxed, slope, best, taken):
    for place in range(last):
        item = order[place]
        if _is_settled(price, size, item, True, relaxed, slope, best):
            taken[item] = 1.0


@njit(cache=True, nogil=True)
def _tabulate(price, size, core, room, found):
    """Return the least sum over the core within ``room``; ``found[k, r]``: core[k] is taken at room r."""
    sums = np.zeros(room + 1)
    for row in range(len(core)):
        weight, worth = size[core[row]], price[core[row]]
        for at in range(room, weight - 1, -1):
            with_it = sums[at - weight] + worth
            if with_it < sums[at]:
                sums[at] = with_it
                found[row, at] = True
    return sums[room]


@njit(cache=True, nogil=True)
def force_each(price, size, capacity, inside, outside):
    """Fill the least sums of the knapsack with each customer forced in (C,) and forced out (C,).

    ``inside`` is infinite for a customer that does not fit alone. Exact, by the tables of all first and
    of all last customers, but for tables too large: then lower bounds.
    """
    order, _ = _worth_taking(price, size, capacity)
    count = len(order)
    if (count + 1) * (capacity + 1) > TABLE_CELLS:
        _force_relaxed(price, size, capacity, order, inside, outside)
        return
    first, last = np.zeros((count + 1, capacity + 1)), np.zeros((count + 1, capacity + 1))
    for row in range(count):
        _add_row(first[row], first[row + 1], size[order[row]], price[order[row]])
        back = order[count - 1 - row]
        _add_row(last[count - row], last[count - 1 - row], size[back], price[back])
    for item in range(len(price)):
        fits = size[item] <= capacity and np.isfinite(price[item])
        inside[item] = price[item] + first[count, capacity - size[item]] if fits else np.inf
        outside[item] = first[count, capacity]
    for row in range(count):
        item = order[row]
        outside[item] = _join(first[row], last[row + 1], capacity)
        inside[item] = price[item] + _join(first[row], last[row + 1], capacity - size[item])


@njit(cache=True, nogil=True)
def _force_relaxed(price, size, capacity, order, inside, outside):
    """Fill lower bounds instead of the sums: the relaxed sum and what a change costs at its unit price."""
    order = order[np.argsort(price[order] / np.maximum(size[order], 1e-9), kind="mergesort")]
    _, relaxed, slope = _relax(price, size, capacity, order)
    for item in range(len(price)):
        fits = size[item] <= capacity and np.isfinite(price[item])
        change = price[item] - slope * size[item] if fits else 0.0
        inside[item] = relaxed + max(0.0, change) if fits else np.inf
        outside[item] = relaxed + max(0.0, -change)


@njit(cache=True, nogil=True)
def _add_row(before, after, weight, worth):
    for at in range(len(before)):
        after[at] = before[at]
        if at >= weight and before[at - weight] + worth < after[at]:
            after[at] = before[at - weight] + worth


@njit(cache=True, nogil=True)
def _join(first, last, room):
    best = np.inf
    for at in range(room + 1):
        best = min(best, first[at] + last[room - at])
    return best
