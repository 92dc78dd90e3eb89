"""Programmes small enough to enumerate."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.errors import ParameterError
from analysis.milp import Limits, Milp, relative_gap, solve_milp


def knapsack(values, sizes, room, *, whole=True):
    """Return the programme of packing things of ``values`` and ``sizes`` into ``room``, each at most once."""
    count = len(values)
    return Milp(
        objective=np.array(values, dtype=float),
        rows=sparse.csr_array(np.array([sizes], dtype=float)),
        low=np.array([-np.inf]),
        high=np.array([float(room)]),
        x_low=np.zeros(count),
        x_high=np.ones(count),
        whole=np.full(count, whole),
        maximise=True,
    )


def best_packing(values, sizes, room):
    """Return the best value by trying every choice."""
    choices = itertools.product((0, 1), repeat=len(values))
    return max(np.dot(c, values) for c in choices if np.dot(c, sizes) <= room)


things = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(things, st.integers(0, 20))
def test_packing_is_the_best_of_all_choices(things, room):
    values, sizes = zip(*things, strict=True)
    answer = solve_milp(knapsack(values, sizes, room))
    assert answer.status == "optimal"
    assert answer.value == pytest.approx(best_packing(values, sizes, room))
    assert answer.bound == pytest.approx(answer.value)


def test_fractions_reach_at_least_the_whole_plan():
    # 10 for size 2 and half of 9 for size 4: 14.5; whole: the first alone with one unit left, 10.
    assert solve_milp(knapsack((10, 9), (2, 4), 4, whole=False)).value == pytest.approx(14.5)
    assert solve_milp(knapsack((10, 9), (2, 4), 4)).value == pytest.approx(10)


def test_duals_of_a_linear_programme_price_its_rows():
    # One unit of room more takes a quarter more of the second thing: 9 / 4.
    answer = solve_milp(knapsack((10, 9), (2, 4), 4, whole=False))
    assert answer.row_duals == pytest.approx([2.25])


def test_impossible_rows_are_a_status_not_an_error():
    programme = knapsack((1, 1), (1, 1), 1)
    impossible = Milp(**{**vars(programme), "low": np.array([3.0]), "high": np.array([3.0])})
    answer = solve_milp(impossible)
    assert (answer.status, len(answer.x)) == ("infeasible", 0)


@pytest.mark.parametrize("whole", [True, False])
def test_endless_gain_is_told_as_unbounded(whole):
    programme = knapsack((1,), (0,), 1, whole=whole)
    endless = Milp(**{**vars(programme), "x_high": np.array([np.inf])})
    answer = solve_milp(endless)
    assert (answer.status, answer.bound) == ("unbounded", np.inf)


def test_programme_without_columns_is_worth_nothing():
    empty = Milp(
        *(np.empty(0),), sparse.csr_array((0, 0)), *(np.empty(0) for _ in range(4)), np.empty(0, bool)
    )
    answer = solve_milp(empty)
    assert (answer.status, answer.value, answer.bound) == ("optimal", 0.0, 0.0)


def test_search_cut_short_keeps_a_plan_and_a_valid_bound():
    rng = np.random.default_rng(1)
    values, sizes = rng.integers(20, 60, 60), rng.integers(20, 60, 60)
    rows = sparse.csr_array(
        np.stack([sizes, rng.integers(20, 60, 60), rng.integers(20, 60, 60)]).astype(float)
    )
    programme = Milp(
        values.astype(float),
        rows,
        np.full(3, -np.inf),
        np.full(3, 700.0),
        np.zeros(60),
        np.ones(60),
        np.ones(60, dtype=bool),
        maximise=True,
    )
    short = solve_milp(programme, limits=Limits(nodes=1), start=np.zeros(60))
    full = solve_milp(programme)
    assert short.status in ("feasible", "optimal")
    assert short.value <= full.value + 1e-6 <= short.bound + 2e-6
    assert full.status == "optimal"


def test_search_that_is_stopped_says_so():
    rng = np.random.default_rng(3)
    count = 120
    programme = Milp(
        rng.integers(20, 60, count).astype(float),
        sparse.csr_array(rng.integers(20, 60, (8, count)).astype(float)),
        np.full(8, -np.inf),
        np.full(8, 1_500.0),
        np.zeros(count),
        np.ones(count),
        np.ones(count, dtype=bool),
        maximise=True,
    )
    stopped = solve_milp(programme, start=np.zeros(count), stop=lambda: True)
    assert stopped.status == "feasible"
    assert stopped.bound > stopped.value


def test_poor_start_is_never_given_back_as_the_optimum():
    # Presolve alone solves it: both things fit.
    answer = solve_milp(knapsack((1, 1), (1, 1), 2), start=np.zeros(2))
    assert (answer.status, answer.value, answer.bound) == ("optimal", 2.0, 2.0)


def test_solver_prints_nothing(capfd):
    solve_milp(knapsack((10, 9), (2, 4), 4))
    assert capfd.readouterr() == ("", "")


def test_a_gap_is_a_share_of_the_larger():
    assert relative_gap(95, 100) == pytest.approx(0.05)
    assert relative_gap(0, 0) == 0


def test_arrays_that_do_not_fit_are_refused():
    programme = knapsack((1, 2), (1, 1), 1)
    with pytest.raises(ParameterError, match="fit 1 rows and 2 columns"):
        solve_milp(Milp(**{**vars(programme), "x_low": np.zeros(3)}))
    with pytest.raises(ParameterError, match="start of 2 values, got 3"):
        solve_milp(programme, start=np.zeros(3))
    with pytest.raises(ParameterError, match="finite"):
        solve_milp(Milp(**{**vars(programme), "objective": np.array([np.nan, 1.0])}))


@pytest.mark.parametrize("wrong", [{"nodes": -1}, {"seconds": 0}, {"gap": -0.1}])
def test_limits_out_of_range_are_refused(wrong):
    with pytest.raises(ParameterError, match="Expected"):
        Limits(**wrong)
