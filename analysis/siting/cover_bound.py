"""How good any covering can be at most: a Lagrangean bound, and the candidates it settles.

The rule that a row gains only from open facilities is priced instead of kept: with a price for each row,
every candidate earns the prices of its rows, every row keeps what its gains exceed its price, and the best
plan takes the candidates that earn most. Whatever the prices, no plan is better; subgradient steps lower the
bound towards that of the linear programme. A candidate whose use would bring the bound below a plan already
known is left out for good, one whose absence would is taken.

References
----------
Galvao, R. and ReVelle, C. (1996). A Lagrangean heuristic for the maximal covering location problem. European
Journal of Operational Research 88.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from analysis.siting.tree import rank

FIRST_STEP, LAST_STEP, PATIENCE = 1.0, 1e-4, 25
MEMORY = 0.7  # share of the last direction kept in the next


@njit(cache=True, nogil=True)
def bound_cover(rows, price, state, size, known, rounds, slack):
    """Return the bound, the earnings of each candidate at it, the prices and the candidates it would take.

    Parameters
    ----------
    rows : CoverRows
    price : float array (R,), from 0 to the row's first gain, to begin from
    state : int8 array (C,): 1 must be open, -1 must not, 0 free
    size : int, 1 to C, facilities to open
    known : float, the value of a plan
    rounds : int, steps at most
    slack : float, at least 0: stop when the bound is less than this above ``known``

    Returns
    -------
    bound : float
    earnings : float array (C,); the ``size`` largest that the state allows go into the bound
    prices : float array (R,)
    """
    price = price.copy()
    best_price, best_earned, best = price.copy(), np.zeros(len(rows.column_start) - 1), np.inf
    step, waited, direction = FIRST_STEP, 0, np.zeros(len(price))
    for _ in range(rounds):
        earned = _earnings(rows, price)
        bound, taken = _value(rows, price, earned, state, size)
        if bound < best - 1e-6 * abs(best) or best == np.inf:
            waited = 0
        else:
            waited += 1
        if bound < best:
            best, best_price, best_earned = bound, price.copy(), earned
        if best - known < slack or step < LAST_STEP:
            break
        if waited >= PATIENCE:
            step, waited = step / 2, 0
        _step(rows, price, taken, direction, step * (bound - known + slack))
    return best, best_earned, best_price


@njit(cache=True, nogil=True)
def _earnings(rows, price):
    earned = np.zeros(len(rows.column_start) - 1)
    for candidate in range(len(earned)):
        for at in range(rows.column_start[candidate], rows.column_start[candidate + 1]):
            earned[candidate] += price[rows.column_row[at]]
    return earned


@njit(cache=True, nogil=True)
def _value(rows, price, earned, state, size):
    """Return the bound at these prices and which candidates it takes."""
    taken = np.zeros(len(earned), np.bool_)
    order = rank(earned, state)
    bound = 0.0
    for place in range(size):
        taken[order[place]] = True
        bound += earned[order[place]]
    for row in range(len(price)):
        for level in range(rows.gain.shape[1]):
            bound += max(0.0, rows.gain[row, level] - price[row])
    return bound, taken


@njit(cache=True, nogil=True)
def _step(rows, price, taken, direction, distance):
    """Move the prices along the deflected subgradient, each kept from 0 to the row's first gain."""
    length = 0.0
    for row in range(len(price)):
        slope = 0.0
        for level in range(rows.gain.shape[1]):
            slope += 1.0 if rows.gain[row, level] > price[row] else 0.0
        for at in range(rows.row_start[row], rows.row_start[row + 1]):
            slope -= 1.0 if taken[rows.row_candidate[at]] else 0.0
        if (price[row] <= 0.0 and slope < 0) or (price[row] >= rows.gain[row, 0] and slope > 0):
            slope = 0.0
        direction[row] = slope + MEMORY * direction[row]
        length += direction[row] ** 2
    if length == 0.0:
        return
    for row in range(len(price)):
        moved = price[row] + distance / length * direction[row]
        price[row] = min(max(moved, 0.0), rows.gain[row, 0])
