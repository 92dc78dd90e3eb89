"""The fewest facilities: against every plan there is, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import sparse

from analysis.errors import ParameterError
from analysis.siting.set_covering import solve_set_covering
from tests.small_sitings import problems

MANY = settings(max_examples=120, deadline=None)


def covers(problem, plan, share):
    """Say whether a plan covers all demand in reach, or the share of its weight."""
    inside, reach = problem.times(plan) > 0, problem.covered.any(axis=1)
    if share == 1:
        return inside[reach].all()
    return problem.weight[inside].sum() >= share * problem.weight[reach].sum() * (1 - 1e-9)


@pytest.mark.parametrize("share", [1.0, 0.95, 0.6])
@given(problem=problems())
@MANY
def test_fewest_and_best_backed_up_equal_the_best_of_all_plans(problem, share):
    plan = solve_set_covering(problem.covered, problem.weight, share=share, fixed=problem.fixed)
    able = [one for one in problem.plans(most=9) if covers(problem, one, share)]
    fewest = min(map(len, able)) - len(problem.fixed)
    twice = max(
        problem.weight[problem.times(one) > 1].sum()
        for one in able
        if len(one) - len(problem.fixed) == fewest
    )
    assert (plan.value, plan.bound, len(plan.chosen)) == (fewest, fewest, fewest)
    assert (plan.twice, plan.twice_bound) == (twice, twice)
    assert covers(problem, [*problem.fixed, *plan.chosen], share)
    assert plan.status == ("optimal" if fewest else "nothing_to_do")


@given(problems())
@MANY
def test_larger_share_never_needs_fewer(problem):
    numbers = [
        solve_set_covering(problem.covered, problem.weight, share=share, fixed=problem.fixed).value
        for share in (0.3, 0.6, 0.9, 1.0)
    ]
    assert numbers == sorted(numbers)


def test_unreachable_demand_is_left_out_and_counted():
    plan = solve_set_covering(np.array([[1, 0], [0, 0], [0, 1]], dtype=bool))
    assert (plan.value, plan.uncovered, plan.unreachable) == (2, 0, 1)
    assert plan.covering.tolist() == [1, 0, 1]


def test_single_candidate_in_reach_is_no_backup():
    # The first demand has one candidate: a count that takes it for backed up says two of three (66.7 %).
    plan = solve_set_covering(np.array([[1, 0, 0], [0, 1, 1], [1, 1, 0]], dtype=bool))
    assert (plan.value, plan.twice) == (2, 1.0)


def test_demand_of_no_weight_must_be_covered_when_all_must():
    covered = np.eye(2, dtype=bool)
    assert solve_set_covering(covered, np.array([1.0, 0.0])).value == 2
    assert solve_set_covering(covered, np.array([1.0, 0.0]), share=0.99).value == 1


def test_fixed_facilities_that_cover_all_leave_nothing_to_do():
    plan = solve_set_covering(np.ones((3, 2), dtype=bool), fixed=[1])
    assert (plan.status, plan.value, plan.bound, plan.twice) == ("nothing_to_do", 0, 0, 0.0)


def test_empty_case_leaves_nothing_to_do():
    plan = solve_set_covering(sparse.csr_array((0, 0), dtype=bool))
    assert (plan.status, plan.value, plan.twice, plan.unreachable) == ("nothing_to_do", 0, 0.0, 0)


@pytest.mark.parametrize("share", [0.0, 1.1, -1.0])
def test_share_out_of_range_is_refused(share):
    with pytest.raises(ParameterError, match="share above 0, at most 1"):
        solve_set_covering(np.ones((1, 1), dtype=bool), share=share)
