"""Coverage when facilities fail: against every plan there is, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from analysis.errors import ParameterError
from analysis.siting.covering import solve_maximal_covering
from analysis.siting.expected_coverage import expected_gain, loss_of_each, solve_expected_covering
from tests.small_sitings import problems

MANY = settings(max_examples=150, deadline=None)


@given(problems(), st.sampled_from([0.1, 0.5, 0.9]))
@MANY
def test_most_expected_equals_the_best_of_all_plans(problem, fails):
    plan = solve_expected_covering(
        problem.covered, problem.weight, problem.new, fails=fails, fixed=problem.fixed
    )
    best = max((problem.weight * (1 - fails ** problem.times(one))).sum() for one in problem.plans())
    assert plan.value == pytest.approx(best) and plan.status != "feasible"


@given(problems())
@MANY
def test_without_failures_it_is_the_maximal_covering(problem):
    cases = problem.covered, problem.weight, problem.new
    expected = solve_expected_covering(*cases, fails=0.0, fixed=problem.fixed)
    assert expected.value == solve_maximal_covering(*cases, fixed=problem.fixed).value


def test_likely_failure_puts_both_facilities_where_most_live():
    # Ten households in reach of the first two candidates, four of the third: 10 x 0.25 > 4 x 0.5.
    covered = sparse.csr_array(np.array([[1, 1, 0], [0, 0, 1]], dtype=bool))
    weight = np.array([10.0, 4.0])
    likely, rare = (solve_expected_covering(covered, weight, 2, fails=fails) for fails in (0.5, 0.1))
    assert (likely.chosen.tolist(), likely.value) == ([0, 1], pytest.approx(7.5))
    assert (2 in rare.chosen, rare.value) == (True, pytest.approx(12.6))


@given(problems())
@MANY
def test_loss_of_each_equals_counting_without_it(problem):
    open_ones = np.array(sorted({*problem.fixed, *range(0, problem.cost.shape[1], 2)}))
    losses = loss_of_each(problem.covered, problem.weight, open_ones)
    total = problem.weight[problem.times(open_ones) > 0].sum()
    for gone, loss in zip(open_ones, losses, strict=True):
        rest = [one for one in open_ones if one != gone]
        assert loss == total - problem.weight[problem.times(rest) > 0].sum()


def test_gain_out_of_range_is_refused():
    with pytest.raises(ParameterError, match="chance from 0 to below 1"):
        expected_gain(np.ones(1), 1.0, 1)
    with pytest.raises(ParameterError, match="at least 1 level"):
        expected_gain(np.ones(1), 0.5, 0)
