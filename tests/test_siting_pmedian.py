"""The p-median: against every plan there is, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from analysis.errors import ParameterError
from analysis.siting.cover import Search
from analysis.siting.pmedian import solve_pmedian
from tests.small_sitings import problems

MANY = settings(max_examples=200, deadline=None)


def best_cost(problem):
    """Return the least cost of a plan that reaches all demand in reach; inf where none does."""
    reach = np.isfinite(problem.cost).any(axis=1)
    return min(
        (
            problem.nearest(one)[reach]
            * np.where(np.isinf(problem.nearest(one)[reach]), 1, problem.weight[reach])
        ).sum()
        for one in problem.plans()
    )


@pytest.mark.parametrize("whole", [True, False])
@given(data=problems())
@MANY
def test_least_cost_equals_the_best_of_all_plans(data, whole):
    problem = data if whole else data._replace(weight=data.weight * 0.37)
    plan = solve_pmedian(problem.cost, problem.weight, problem.new, fixed=problem.fixed)
    best = best_cost(problem)
    if np.isinf(best):
        assert plan.status == "infeasible" and np.isnan(plan.value) and not len(plan.chosen)
        return
    assert plan.value == pytest.approx(best) and plan.bound == plan.value
    assert plan.status in ("optimal", "nothing_to_do")
    assert not set(plan.chosen) & set(problem.fixed)
    near = problem.nearest([*problem.fixed, *plan.chosen])
    for demand, facility in enumerate(plan.nearest):
        assert facility < 0 if np.isinf(near[demand]) else problem.cost[demand, facility] == near[demand]


@given(problems())
@MANY
def test_another_new_facility_never_costs_more(problem):
    fewer, more = (
        solve_pmedian(problem.cost, problem.weight, number, fixed=problem.fixed)
        for number in (problem.new, problem.new + 1)
    )
    assert fewer.status == "infeasible" or more.value <= fewer.value


def scattered(seed, places=120):
    generator = np.random.default_rng(seed)
    xy = generator.random((places, 2)) * 1000
    return np.rint(np.linalg.norm(xy[:, None] - xy, axis=2)), generator.integers(1, 9, places).astype(float)


@pytest.mark.parametrize("seed", range(3))
def test_search_cut_short_leaves_a_bound_that_holds(seed):
    cost, weight = scattered(seed)
    short = solve_pmedian(cost, weight, 6, search=Search(rounds=0, work=1.0))
    best = solve_pmedian(cost, weight, 6)
    assert best.status == "optimal"
    assert short.bound <= best.value <= short.value
    assert short.gap < 0.05


def test_same_seed_gives_the_same_plan():
    cost, weight = scattered(5)
    plans = [solve_pmedian(cost, weight, 9, search=Search(work=1.0, seed=2)) for _ in range(2)]
    assert plans[0].chosen.tolist() == plans[1].chosen.tolist() and plans[0].bound == plans[1].bound


def test_fixed_facility_is_kept_and_draws_the_new_one_away():
    # Places 0, 1, 9, 10 on a line: alone a median stands at 1 or 9; with one at 0 the new one goes to 9.
    line = np.array([0.0, 1.0, 9.0, 10.0])
    plan = solve_pmedian(np.abs(line[:, None] - line), np.ones(4), 1, fixed=[0])
    assert (plan.chosen.tolist(), plan.value, plan.nearest.tolist()) == ([2], 2.0, [0, 0, 2, 2])


def test_unreachable_demand_is_left_out_and_counted():
    plan = solve_pmedian(np.array([[2.0], [np.inf]]), np.array([3.0, 7.0]), 1)
    assert (plan.value, plan.unreachable, plan.nearest.tolist()) == (6.0, 1, [0, -1])


def test_too_few_facilities_to_reach_all_is_infeasible():
    plan = solve_pmedian(np.array([[0.0, np.inf], [np.inf, 0.0]]), np.ones(2), 1)
    assert (plan.status, plan.chosen.tolist()) == ("infeasible", [])


@pytest.mark.parametrize(
    ("cost", "new", "fixed"),
    [(np.empty((0, 0)), 1, []), (np.empty((0, 2)), 1, []), (np.ones((2, 1)), 1, [0])],
)
def test_nothing_to_open_is_a_status_and_no_error(cost, new, fixed):
    plan = solve_pmedian(cost, np.ones(len(cost)), new, fixed=fixed)
    assert (plan.status, plan.value, plan.bound) == ("nothing_to_do", len(cost), len(cost))


def test_wrong_input_is_told_all_at_once():
    with pytest.raises(ParameterError, match=r"1 weights, got 2.*costs >= 0.*new facilities.*among 1"):
        solve_pmedian(np.array([[-1.0]]), np.ones(2), -1, fixed=[3])
