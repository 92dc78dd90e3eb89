"""The knapsack of one site against enumeration, plain, forced and in shares."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.siting import capacitated_knapsack
from analysis.siting.capacitated_knapsack import force_each, solve_knapsack, solve_split_knapsack


@st.composite
def knapsacks(draw):
    """Draw up to 8 customers with prices of any sign, sizes from 0, and a capacity."""
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    count = draw(st.integers(0, 8))
    price = random.normal(-3, 10, count)
    price[random.random(count) < 0.1] = np.inf
    return price, random.integers(0, 12, count), int(random.integers(0, 40))


def every_choice(price, size, capacity):
    """Return each set that fits as (sum of prices, bool array)."""
    sets = (np.array(chosen, dtype=bool) for chosen in product([False, True], repeat=len(price)))
    return [(price[one].sum(), one) for one in sets if size[one].sum() <= capacity]


@settings(max_examples=200, deadline=None)
@given(knapsacks())
def test_knapsack_equals_the_best_of_all_sets(knapsack):
    price, size, capacity = knapsack
    taken = np.ones(len(price))
    least = solve_knapsack(price, size, capacity, taken)
    assert least == pytest.approx(min(total for total, _ in every_choice(*knapsack)))
    assert price[taken > 0].sum() == pytest.approx(least)
    assert size[taken > 0].sum() <= capacity


@settings(max_examples=150, deadline=None)
@given(knapsacks())
def test_forced_sums_equal_the_best_of_the_sets_that_obey(knapsack):
    price, size, capacity = knapsack
    inside, outside = np.empty(len(price)), np.empty(len(price))
    force_each(price, size, capacity, inside, outside)
    choices = every_choice(*knapsack)
    for at in range(len(price)):
        assert inside[at] == pytest.approx(min((t for t, one in choices if one[at]), default=np.inf))
        assert outside[at] == pytest.approx(min(t for t, one in choices if not one[at]))


@settings(max_examples=100, deadline=None)
@given(knapsacks())
def test_relaxed_forced_sums_lie_below_the_exact_ones(knapsack):
    price, size, capacity = knapsack
    exact, relaxed = np.empty((2, len(price))), np.empty((2, len(price)))
    force_each(price, size, capacity, *exact)
    order = np.flatnonzero((price < 0) & (size <= capacity))
    capacitated_knapsack._force_relaxed(price, size, capacity, order, *relaxed)
    assert (relaxed <= exact + 1e-9).all()


def test_shares_fill_the_capacity_by_price_a_unit():
    # Prices a unit -3, -2, -1 at sizes 4, 4, 4 in room 6: all of the first and half of the second.
    taken = np.empty(3)
    least = solve_split_knapsack(np.array([-8.0, -12.0, -4.0]), np.array([4, 4, 4]), 6, taken)
    assert least == -16.0
    assert taken.tolist() == [0.5, 1.0, 0.0]


@settings(max_examples=100, deadline=None)
@given(knapsacks())
def test_shares_never_cost_more_than_whole_customers(knapsack):
    price, size, capacity = knapsack
    taken = np.empty(len(price))
    whole = solve_knapsack(price, size, capacity, taken)
    assert solve_split_knapsack(price, size, capacity, taken) <= whole + 1e-9
    assert (size * taken).sum() <= capacity + 1e-9
