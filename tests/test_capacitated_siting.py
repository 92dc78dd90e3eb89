"""Capacitated siting with one site a customer: against enumeration, on paper, and as properties."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import ParameterError
from analysis.milp import Limits
from analysis.siting import capacitated, capacitated_exact
from analysis.siting.capacitated import (
    SitingProblem,
    as_sites,
    solve_capacitated_pmedian,
    solve_siting,
)
from analysis.siting.capacitated_bound import climb
from analysis.siting.capacitated_exact import force, search_exactly, settle
from analysis.siting.generalised import GeneralisedAssignment, solve_generalised_assignment


def cheapest(problem, allowed=lambda plan: True):
    """Return the least value by trying every site for every customer, inf where nothing fits."""
    sites = as_sites(problem)
    count, customers = sites.cost.shape
    best = np.inf
    for plan in product(range(count), repeat=customers):
        plan = np.array(plan, dtype=int)
        load = np.bincount(plan, sites.size[plan, np.arange(customers)], count)
        used = np.isin(np.arange(count), plan)
        fits = (load <= np.asarray(problem.capacity)).all()
        if fits and (used & ~sites.fixed).sum() <= sites.count and allowed(plan):
            best = min(best, sites.cost[plan, np.arange(customers)].sum() + sites.opening[used].sum())
    return best


@st.composite
def problems(draw, fraction=True):
    """Draw up to 4 sites and 5 customers: tight and loose, with fixed sites, counts and forbidden pairs."""
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    sites, customers = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    cost = random.integers(0, 30, (sites, customers)).astype(float)
    if fraction and draw(st.booleans()):
        cost += random.random((sites, customers))
    if draw(st.booleans()):
        cost[random.random((sites, customers)) < 0.2] = np.inf
    demand = random.integers(0, 8, (sites, customers) if draw(st.booleans()) else customers)
    return SitingProblem(
        cost=cost,
        demand=demand,
        capacity=random.integers(0, 20, sites),
        opening=random.integers(0, 25, sites).astype(float) if draw(st.booleans()) else None,
        fixed=random.random(sites) < 0.4 if draw(st.booleans()) else None,
        count=draw(st.none() | st.integers(0, 3)),
    )


@settings(max_examples=80, deadline=None)
@given(problems())
def test_plan_costs_what_enumeration_finds_cheapest(problem):
    best, plan = cheapest(problem), solve_siting(problem, rounds=2)
    if np.isinf(best):
        assert plan.status == "infeasible"
        assert len(plan.site) == 0
    else:
        assert plan.status == "optimal"
        assert plan.value == pytest.approx(best)
        assert plan.bound == plan.value
        sites = as_sites(problem)
        at = np.arange(len(plan.site))
        load = np.bincount(plan.site, sites.size[plan.site, at], len(problem.capacity))
        assert (load <= problem.capacity).all()
        assert plan.opened[plan.site].all()
        assert plan.opened[sites.fixed].all()


@settings(max_examples=80, deadline=None)
@given(problems())
def test_highs_over_what_is_left_finds_the_cheapest_plan_too(problem):
    best = cheapest(problem)
    sites = as_sites(problem)
    if capacitated.is_hopeless(sites):
        assert np.isinf(best)
        return
    prices = climb(sites, lambda opened, customer: best, steps=100)
    settled = settle(sites, prices, best + 1e-6 if np.isfinite(best) else np.inf)
    answer, plan = search_exactly(sites, settled, limits=Limits())
    assert np.isinf(best) == (plan is None)
    if plan is not None:
        assert answer.value == pytest.approx(best)
        assert cheapest(problem, lambda tried: (tried == plan).all()) == pytest.approx(best)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_bound_with_a_choice_forced_is_below_every_such_plan(problem):
    sites = as_sites(problem)
    if capacitated.is_hopeless(sites):
        return
    forced = force(sites, climb(sites, lambda opened, customer: np.inf, steps=30))
    for site, at in np.ndindex(sites.cost.shape):
        assert forced.pair_in[site, at] <= cheapest(problem, lambda plan, s=site, a=at: plan[a] == s) + 1e-6
        assert forced.pair_out[site, at] <= cheapest(problem, lambda plan, s=site, a=at: plan[a] != s) + 1e-6
        if not sites.fixed[site]:
            assert forced.site_out[site] <= cheapest(problem, lambda plan, s=site: s not in plan) + 1e-6
        assert forced.site_in[site] <= cheapest(problem, lambda plan, s=site: s in plan) + 1e-6


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(0, 5))
def test_more_capacity_or_a_larger_count_never_costs_more(problem, more):
    value = solve_siting(problem, rounds=0).value
    larger = replace(problem, capacity=problem.capacity + more)
    assert np.isnan(value) or solve_siting(larger, rounds=0).value <= value + 1e-6
    if problem.count is not None:
        wider = replace(problem, count=problem.count + more)
        assert np.isnan(value) or solve_siting(wider, rounds=0).value <= value + 1e-6


@settings(max_examples=40, deadline=None)
@given(problems(), st.integers(0, 3))
def test_bound_stays_below_the_value_when_cut_short(problem, asked):
    calls = iter(range(10**6))
    plan = solve_siting(problem, rounds=1, stop=lambda: next(calls) >= asked)
    best = cheapest(problem)
    assert plan.bound <= best + 1e-6
    assert np.isnan(plan.value) or plan.value >= best - 1e-6
    if plan.status == "optimal":
        assert plan.value == pytest.approx(best)
    if plan.status == "infeasible":
        assert np.isinf(best)


def line(*places):
    """Return the distances of points on a line."""
    return np.abs(np.subtract.outer(np.array(places, float), np.array(places, float)))


def test_full_site_sends_its_farthest_customer_away():
    # Sites at 0 and 10, customers at 1, 2, 3 of demand 1; the first site has room for two: 1 + 2 + (10 - 3).
    cost = np.array([[1.0, 2.0, 3.0], [9.0, 8.0, 7.0]])
    plan = solve_siting(SitingProblem(cost, np.array([1, 1, 1]), np.array([2, 3])))
    assert plan.value == 10.0
    assert plan.site.tolist() == [0, 0, 1]


def test_whole_demand_must_fit_one_site_though_the_sum_fits_two():
    # Room 3 + 3 for demands of 2, 2 and 2: two of them share a site of 3, which holds one.
    problem = SitingProblem(np.ones((2, 3)), np.array([2, 2, 2]), np.array([3, 3]))
    assert solve_siting(problem).status == "infeasible"


def test_many_that_fit_in_sum_only_are_proven_infeasible():
    # Seven of size 3 into three of room 8: two each, one is left over.
    problem = SitingProblem(np.ones((3, 7)), np.full(7, 3), np.full(3, 8))
    assert solve_siting(problem, rounds=1).status == "infeasible"


def test_two_medians_take_the_ends_of_the_line():
    # Points 0, 1, 2 and 10, 11, 12; two medians of room 3: the middles, 2 + 2 metres.
    problem = SitingProblem(line(0, 1, 2, 10, 11, 12), np.ones(6, dtype=int), np.full(6, 3))
    plan = solve_capacitated_pmedian(problem, 2)
    assert plan.value == 4.0
    assert np.flatnonzero(plan.opened).tolist() == [1, 4]


def test_fixed_site_stays_open_and_is_not_counted_or_paid():
    # As above, but 0 is open already: one more is allowed, and both fixed and new have room for three.
    fixed = np.arange(6) == 0
    problem = SitingProblem(
        line(0, 1, 2, 10, 11, 12), np.ones(6, dtype=int), np.full(6, 3), np.ones(6), fixed
    )
    plan = solve_capacitated_pmedian(problem, 1)
    assert np.flatnonzero(plan.opened).tolist() == [0, 4]
    assert plan.value == 0 + 1 + 2 + 1 + 0 + 1 + 1.0  # walks, and one opening


def test_opening_pays_only_where_it_saves_more_than_it_costs():
    cost = np.array([[0.0, 4.0], [4.0, 0.0]])
    cheap = SitingProblem(cost, np.array([1, 1]), np.array([2, 2]), np.array([1.0, 3.0]))
    assert np.flatnonzero(solve_siting(cheap).opened).tolist() == [0, 1]  # 1 + 3 against 1 + 4
    dear = replace(cheap, opening=np.array([1.0, 5.0]))
    assert np.flatnonzero(solve_siting(dear).opened).tolist() == [0]


def test_no_customer_is_nothing_to_do():
    plan = solve_siting(SitingProblem(np.empty((2, 0)), np.empty(0, dtype=int), np.array([1, 1])))
    assert (plan.status, plan.value, plan.bound) == ("nothing_to_do", 0.0, 0.0)


@pytest.mark.parametrize(
    "problem",
    [
        SitingProblem(np.empty((0, 2)), np.array([1, 1]), np.empty(0, dtype=int)),  # no site
        SitingProblem(np.ones((2, 2)), np.array([1, 1]), np.array([0, 0])),  # all full
        SitingProblem(np.ones((2, 2)), np.array([1, 1]), np.array([5, 5]), count=0),  # none may open
        SitingProblem(np.full((1, 1), np.inf), np.array([1]), np.array([5])),  # not allowed
        SitingProblem(np.ones((2, 1)), np.array([0]), np.array([5, 5]), count=0),  # not even without demand
    ],
)
def test_nowhere_to_go_is_a_status(problem):
    plan = solve_siting(problem)
    assert plan.status == "infeasible"
    assert np.isnan(plan.value)
    assert np.isinf(plan.bound)


def test_same_seed_gives_the_same_plan():
    random = np.random.default_rng(4)
    problem = SitingProblem(
        random.random((12, 40)), random.integers(1, 9, 40), np.full(12, 30), random.random(12) * 4
    )
    first, second = (solve_siting(problem, rounds=20, seed=3) for _ in range(2))
    assert first.site.tolist() == second.site.tolist()
    assert first.value == second.value


def test_tables_too_large_are_bounded_and_still_solved(monkeypatch):
    # Units of a thousandth: capacities far above what a table may hold give relaxed bounds, the same plan.
    random = np.random.default_rng(5)
    cost, demand = random.integers(1, 40, (3, 9)).astype(float), random.integers(2, 9, 9)
    small = SitingProblem(cost, demand, np.full(3, 18))
    large = SitingProblem(cost, demand * 10**8, np.full(3, 18 * 10**8))
    assert solve_siting(large, rounds=2).value == solve_siting(small, rounds=2).value == cheapest(small)
    assert solve_siting(large, rounds=2).status == "optimal"


def test_highs_finishes_what_branching_leaves(monkeypatch):
    random = np.random.default_rng(11)
    cost, demand = random.integers(10, 50, (5, 14)).astype(float), random.integers(5, 25, 14)
    problem = SitingProblem(cost, demand, np.full(5, int(demand.sum() * 0.3)), np.full(5, 60.0))
    by_branching = solve_siting(problem, rounds=2)
    called = []
    monkeypatch.setattr(capacitated, "FIRST_WORK", 0)
    monkeypatch.setattr(capacitated, "WORK_BEFORE_HIGHS", 0)
    monkeypatch.setattr(
        capacitated,
        "search_exactly",
        lambda *args, **options: called.append(1) or capacitated_exact.search_exactly(*args, **options),
    )
    by_highs = solve_siting(problem, rounds=2)
    assert called
    assert (by_highs.status, by_highs.value) == (by_branching.status, by_branching.value)


def test_generalised_assignment_minds_each_agents_own_use():
    # Agent 0 takes job 0 cheaply but needs all it has; agent 1 could do both, dearer: 1 + 4 against 5 + 4.
    problem = GeneralisedAssignment(
        np.array([[1.0, 1.0], [5.0, 4.0]]), np.array([[4, 3], [1, 1]]), np.array([4, 2])
    )
    plan = solve_generalised_assignment(problem)
    assert (plan.value, plan.site.tolist()) == (5.0, [0, 1])


@settings(max_examples=60, deadline=None)
@given(problems())
def test_generalised_assignment_equals_enumeration(problem):
    every = replace(problem, fixed=np.ones(len(problem.capacity), dtype=bool), opening=None, count=None)
    plan = solve_generalised_assignment(
        GeneralisedAssignment(problem.cost, problem.demand, problem.capacity), rounds=1
    )
    best = cheapest(every)
    assert plan.status == ("optimal" if np.isfinite(best) else "infeasible")
    assert plan.value == pytest.approx(best) if np.isfinite(best) else np.isnan(plan.value)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (dict(cost=np.ones(3)), "two dimensions"),
        (dict(demand=np.array([1])), "demand of 2 customers"),
        (dict(demand=np.array([1.5, 2.0])), "demand in whole units"),
        (dict(capacity=np.array([-1, 2])), "capacity in whole units"),
        (dict(capacity=np.array([2**53, 2**53])), "capacity below"),
        (dict(cost=np.full((2, 2), np.nan)), "costs that are finite"),
        (dict(opening=np.array([-1.0, 0.0])), "opening costs >= 0"),
        (dict(fixed=np.array([True])), "fixed of 2 sites"),
        (dict(count=-1), "count >= 0"),
    ],
)
def test_wrong_arrays_are_refused_by_name(changed, told):
    right = dict(cost=np.ones((2, 2)), demand=np.array([1, 1]), capacity=np.array([2, 2]))
    with pytest.raises(ParameterError, match=told):
        SitingProblem(**{**right, **changed})


def test_negative_rounds_are_refused():
    with pytest.raises(ParameterError, match="rounds"):
        solve_siting(SitingProblem(np.ones((1, 1)), np.array([1]), np.array([1])), rounds=-1)
