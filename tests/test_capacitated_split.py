"""Capacitated siting with split demand against every set of sites, on paper and as properties."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from analysis.errors import ParameterError
from analysis.siting.capacitated import SitingProblem, as_sites
from analysis.siting.capacitated_split import solve_split_siting


def cheapest(problem):
    """Return the least value over every set of sites, each served by scipy's linear programme."""
    sites = as_sites(problem, split=True)
    best = np.inf
    for chosen in product([False, True], repeat=len(sites.fixed)):
        opened = np.array(chosen) | sites.fixed
        if (opened & ~sites.fixed).sum() <= sites.count:
            best = min(best, serve(sites, opened) + sites.opening[opened].sum())
    return best


def serve(sites, opened):
    count, customers = sites.cost.shape
    allowed = np.isfinite(sites.cost) & opened[:, None]
    served = np.tile(np.eye(customers), count)
    load = np.kron(np.eye(count), np.ones(customers)) * sites.size.ravel()
    answer = linprog(
        np.where(allowed, sites.cost, 0.0).ravel(),
        A_ub=load,
        b_ub=sites.capacity,
        A_eq=served,
        b_eq=np.ones(customers),
        bounds=[(0, float(one)) for one in allowed.ravel()],
    )
    return answer.fun if answer.status == 0 else np.inf


@st.composite
def problems(draw):
    """Draw up to 4 sites and 4 customers."""
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    sites, customers = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    cost = random.integers(0, 30, (sites, customers)).astype(float)
    if draw(st.booleans()):
        cost[random.random((sites, customers)) < 0.2] = np.inf
    return SitingProblem(
        cost=cost,
        demand=random.integers(0, 8, customers),
        capacity=random.integers(0, 15, sites),
        opening=random.integers(0, 25, sites).astype(float) if draw(st.booleans()) else None,
        fixed=random.random(sites) < 0.4 if draw(st.booleans()) else None,
        count=draw(st.none() | st.integers(0, 3)),
    )


@settings(max_examples=100, deadline=None)
@given(problems())
def test_plan_costs_what_every_set_of_sites_allows(problem):
    best, plan = cheapest(problem), solve_split_siting(problem)
    if np.isinf(best):
        assert plan.status == "infeasible"
        return
    assert plan.status == "optimal"
    assert plan.value == pytest.approx(best, abs=1e-6)
    assert plan.share.sum(axis=0) == pytest.approx(np.ones(problem.cost.shape[1]))
    assert ((plan.share * problem.demand).sum(axis=1) <= problem.capacity + 1e-6).all()
    assert plan.opened[plan.share.any(axis=1)].all()


@settings(max_examples=40, deadline=None)
@given(problems(), st.integers(0, 5))
def test_more_capacity_never_costs_more(problem, more):
    value = solve_split_siting(problem).value
    larger = solve_split_siting(replace(problem, capacity=problem.capacity + more))
    assert np.isnan(value) or larger.value <= value + 1e-6


def test_customer_is_shared_where_no_site_has_room_for_all_of_it():
    # Demand 4 at sites of room 3: three quarters at cost 4, one quarter at cost 8.
    problem = SitingProblem(np.array([[4.0], [8.0]]), np.array([4]), np.array([3, 3]))
    plan = solve_split_siting(problem)
    assert plan.value == pytest.approx(3 + 2)
    assert plan.share.ravel() == pytest.approx([0.75, 0.25])


def test_no_customer_is_nothing_to_do():
    plan = solve_split_siting(SitingProblem(np.empty((2, 0)), np.empty(0, dtype=int), np.array([1, 1])))
    assert (plan.status, plan.value) == ("nothing_to_do", 0.0)


def test_demand_by_site_is_refused():
    problem = SitingProblem(np.ones((1, 1)), np.ones((1, 1), dtype=int), np.array([1]))
    with pytest.raises(ParameterError, match="one demand a customer"):
        solve_split_siting(problem)
