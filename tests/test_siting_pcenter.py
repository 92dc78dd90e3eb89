"""The p-center: against every plan there is, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.errors import ParameterError
from analysis.siting.pcenter import solve_pcenter
from tests.small_sitings import problems

MANY = settings(max_examples=200, deadline=None)


@given(problems())
@MANY
def test_longest_way_equals_the_shortest_of_all_plans(problem):
    plan = solve_pcenter(problem.cost, problem.new, fixed=problem.fixed)
    reach = np.isfinite(problem.cost).any(axis=1)
    best = min(problem.nearest(one)[reach].max(initial=0.0) for one in problem.plans())
    if np.isinf(best):
        assert plan.status == "infeasible" and np.isnan(plan.value)
    else:
        assert plan.value == plan.bound == best and plan.status in ("optimal", "nothing_to_do")
        assert len(plan.chosen) <= problem.new


@given(problems())
@MANY
def test_another_new_facility_never_lengthens_the_way(problem):
    fewer, more = (
        solve_pcenter(problem.cost, number, fixed=problem.fixed) for number in (problem.new, problem.new + 1)
    )
    assert fewer.status == "infeasible" or more.value <= fewer.value


def test_line_is_halved_by_two_centers():
    line = np.arange(6.0)
    plan = solve_pcenter(np.abs(line[:, None] - line), 2)
    assert (plan.status, plan.value, plan.chosen.tolist()) == ("optimal", 1.0, [1, 4])


def test_fixed_facility_far_away_leaves_the_far_end_to_the_new_one():
    line = np.array([0.0, 1.0, 9.0, 10.0])
    plan = solve_pcenter(np.abs(line[:, None] - line), 1, fixed=[0])
    assert plan.value == 1.0 and plan.chosen.tolist()[0] in (2, 3)


def test_no_demand_leaves_nothing_to_do():
    plan = solve_pcenter(np.empty((0, 3)), 2)
    assert (plan.status, plan.value, plan.unreachable) == ("nothing_to_do", 0.0, 0)


def test_negative_number_is_refused():
    with pytest.raises(ParameterError, match="new facilities >= 0"):
        solve_pcenter(np.ones((1, 1)), -1)
