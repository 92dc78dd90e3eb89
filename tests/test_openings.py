"""Choosing actions: by hand, against trying every set, and the promises every plan and curve must keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import openings_choose, openings_curve
from analysis.errors import ParameterError
from analysis.milp import Limits
from analysis.openings import choose_actions, curve, least_walk_visits
from analysis.openings_bound import bound_values
from analysis.openings_flow import begin_state, build_world, drop, gains_of, prices_of, take
from analysis.openings_merge import merge_households
from tests.small_openings import best_by_trying, best_flow, openings, small_openings


@pytest.fixture
def searching(monkeypatch):
    """Let even tiny problems be searched, as large cities are."""
    monkeypatch.setattr(openings_choose, "EXACT_LINKS", -1)
    monkeypatch.setattr(openings_curve, "EXACT_LINKS_OF_CURVE", -1)


def key_of(plan):
    return round(plan.value, 6), plan.cost, int(plan.taken.sum()), plan.walk_m


# --- by hand ----------------------------------------------------------------------------------------------


def test_the_action_that_serves_more_weight_is_taken():
    # One watcher each: action 0 brings 3 visits of weight 1, action 1 brings 2 of weight 2.
    world = openings([(0, 0, 0), (1, 1, 1)], need=[3, 2], capacity=[3, 3], weight=[1, 2])
    plan = choose_actions(world, count=1)
    assert plan.taken.tolist() == [False, True]
    assert plan.visits.tolist() == [0, 2]
    assert (plan.status, plan.value, plan.bound) == ("optimal", 4.0, 4.0)


def test_a_link_of_two_actions_needs_both():
    world = openings([(0, 0, 0, 1)], need=[3], capacity=[5])
    assert choose_actions(world, count=1).value == 0.0
    assert choose_actions(world, count=2).value == 3.0


def test_open_links_serve_without_any_action():
    world = openings([(0, 0, -1), (1, 1, 0)], need=[3, 4], capacity=[2, 9])
    plan = choose_actions(world, count=0)
    assert (plan.value, plan.visits.tolist()) == (2.0, [2, 0])


def test_hand_overs_make_room_for_what_an_action_opens():
    # W0 serves H0 or H1; action 0 lets W1 take H0 over, so that both are served.
    world = openings([(0, 0, -1), (1, 0, -1), (0, 1, 0)], need=[2, 2], capacity=[2, 2])
    assert choose_actions(world, count=1).value == 4.0


def test_an_action_that_brings_nothing_is_not_taken():
    world = openings([(0, 0, 0), (0, 1, 1)], need=[2], capacity=[2, 2], cost=[5, 3])
    plan = choose_actions(world)
    assert plan.taken.tolist() == [False, True]  # the cheaper one is enough


def test_equal_values_and_costs_are_told_apart_by_the_walk():
    world = openings([(0, 0, 0), (0, 1, 1)], need=[2], capacity=[2, 2], cost_m=[300.0, 200.0])
    plan = choose_actions(world, count=1)
    assert (plan.taken.tolist(), plan.walk_m) == ([False, True], 400.0)


def test_a_cost_at_exactly_the_budget_fits():
    world = openings([(0, 0, 0)], need=[1], capacity=[1], cost=[0.3])
    assert choose_actions(world, budget=0.3).value == 1.0
    assert choose_actions(world, budget=0.29).value == 0.0


def test_required_actions_beyond_the_limits_are_infeasible():
    world = openings([(0, 0, 0), (0, 1, 1)], need=[2], capacity=[2, 2], cost=[5, 3])
    required = np.array([True, True])
    assert choose_actions(world, count=1, required=required).status == "infeasible"
    assert choose_actions(world, budget=7, required=required).status == "infeasible"
    assert choose_actions(world, count=2, required=required).taken.all()


def test_nothing_missing_is_nothing_to_do():
    world = openings([(0, 0, 0)], need=[0], capacity=[2])
    plan = choose_actions(world, count=1)
    assert (plan.status, plan.value, plan.taken.any()) == ("nothing_to_do", 0.0, False)


def test_openings_without_anything_in_them_have_nothing_to_do():
    world = openings([], need=[], capacity=[])
    assert choose_actions(world).status == "nothing_to_do"
    assert curve(world, counts=[0, 1])["value"].tolist() == [0.0, 0.0]


def test_weights_a_hair_apart_are_not_mixed_up():
    # Rounded to hundredths both weigh the same; the heavier one must win whatever the walk.
    world = openings([(0, 0, 0), (1, 0, 0)], need=[1, 1], capacity=[1], weight=[1.0, 1.001], cost_m=[0, 900])
    assert choose_actions(world, count=1).visits.tolist() == [0, 1]


def test_faults_of_openings_are_named_all_at_once():
    with pytest.raises(ParameterError, match=r"household.*need.*weight"):
        openings([(3, 0, -1)], need=[-1], capacity=[1], weight=[0.0])
    with pytest.raises(ParameterError, match="one length"):
        openings([], need=[1], capacity=[1], weight=[1.0, 1.0])


def test_wrong_limits_are_refused_with_a_remedy():
    world = openings([(0, 0, 0)], need=[1], capacity=[1])
    with pytest.raises(ParameterError, match="count >= 0"):
        choose_actions(world, count=-1)
    with pytest.raises(ParameterError, match="budget >= 0"):
        choose_actions(world, budget=float("nan"))
    with pytest.raises(ParameterError, match="required for 1 actions"):
        choose_actions(world, required=np.array([True, False]))
    with pytest.raises(ParameterError, match="both or neither"):
        curve(world)
    with pytest.raises(ParameterError, match="rising counts"):
        curve(world, counts=[2, 1])


# --- against trying every set -----------------------------------------------------------------------------


@given(small_openings(), st.integers(0, 4), st.sampled_from([None, 0, 2, 5]))
@settings(max_examples=80, deadline=None)
def test_plans_and_their_ties_equal_trying_every_set(world, count, budget):
    plan = choose_actions(world, count=count, budget=budget)
    most = np.inf if budget is None else budget
    assert key_of(plan) == best_by_trying(world, count=count, budget=most)
    assert plan.status in ("optimal", "nothing_to_do")
    assert plan.bound == plan.value


@given(small_openings(), st.data())
@settings(max_examples=40, deadline=None)
def test_required_actions_are_taken_in_the_best_plan(world, data):
    required = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(world.cost), max_size=len(world.cost)))
    )
    plan = choose_actions(world, count=3, required=required)
    best = best_by_trying(world, count=3, required=np.flatnonzero(required))
    assert (plan.status == "infeasible") == (best is None)
    if best is not None:
        assert plan.taken[required].all()
        assert key_of(plan) == best


@given(small_openings(), st.integers(0, 4), st.sampled_from([None, 0, 2, 5]))
@settings(max_examples=80, deadline=None)
def test_the_bound_of_large_cities_is_never_below_the_best(world, count, budget):
    budget = np.inf if budget is None else float(budget)
    best = best_by_trying(world, count=count, budget=budget)[0]
    for start in (0.0, 0.7):
        bounds, _ = bound_values(
            world,
            np.array([count]),
            np.array([budget]),
            np.zeros(len(world.cost), dtype=bool),
            reached=np.array([best]),
            starts=(
                np.array([0]),
                np.full((1, len(world.need)), start),
                np.full((1, len(world.capacity)), start),
            ),
            rounds=60,
        )
        assert bounds[0] >= best - 1e-6


@given(world=small_openings(pairs=False), count=st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_searched_plans_never_pass_the_best_nor_their_bound(world, count):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openings_choose, "EXACT_LINKS", -1)
        plan = choose_actions(world, count=count)
    best = best_by_trying(world, count=count)[0]
    assert plan.value <= best + 1e-6 <= plan.bound + 2e-6
    assert plan.taken.sum() <= count


@given(small_openings(), st.lists(st.integers(0, 3), max_size=8))
@settings(max_examples=80, deadline=None)
def test_gains_and_losses_equal_solving_again(world, steps):
    index, taken = build_world(world), np.zeros(len(world.cost), dtype=bool)
    state = begin_state(world, index)
    for action in (step for step in steps if step < len(taken)):
        before = best_flow(world, taken)[0]
        if taken[action]:
            change = -drop(index, state, action)
        else:
            expected = gains_of(index, state, np.array([action]), np.array([0, 1]))[0]
            change = take(index, state, np.array([action]))
            assert change == pytest.approx(expected)
        taken[action] = not taken[action]
        assert before + change == pytest.approx(best_flow(world, taken)[0])
        assert world.weighted(state.visits) == pytest.approx(before + change)


@given(small_openings(), st.data())
@settings(max_examples=60, deadline=None)
def test_prices_of_a_flow_prove_it(world, data):
    # Linear programming duality: the prices cover every open link and cost as much as the flow is worth.
    taken = np.array(data.draw(st.lists(st.booleans(), min_size=len(world.cost), max_size=len(world.cost))))
    index = build_world(world)
    state = begin_state(world, index)
    take(index, state, np.flatnonzero(taken))
    home, person = prices_of(index, state)
    link = world.is_open(taken)
    assert (
        home[world.household[link]] + person[world.watcher[link]]
        >= world.weight[world.household[link]] - 1e-9
    ).all()
    assert home @ world.need + person @ world.capacity == pytest.approx(world.weighted(state.visits))


@given(small_openings(), st.data())
@settings(max_examples=40, deadline=None)
def test_merging_households_changes_no_value_and_no_walk(world, data):
    taken = np.array(data.draw(st.lists(st.booleans(), min_size=len(world.cost), max_size=len(world.cost))))
    value, walk = best_flow(world, taken)
    assert best_flow(merge_households(world), taken)[0] == pytest.approx(value)
    assert best_flow(merge_households(world, same_walks=True), taken) == pytest.approx((value, walk))


def test_households_with_the_same_links_and_weight_become_one():
    world = openings(
        [(0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 1)],
        need=[1, 2, 4, 8],
        capacity=[20],
        weight=[1, 1, 2, 1],
    )
    merged = merge_households(world)
    assert sorted(zip(merged.need.tolist(), merged.weight.tolist(), strict=True)) == [(3, 1), (4, 2), (8, 1)]


# --- curves -----------------------------------------------------------------------------------------------


@given(small_openings())
@settings(max_examples=30, deadline=None)
def test_curves_of_small_worlds_equal_trying_every_set(world):
    rows = curve(world, counts=[0, 1, 2, 4])
    assert rows["value"].tolist() == pytest.approx(
        [best_by_trying(world, count=at)[0] for at in (0, 1, 2, 4)]
    )
    rows = curve(world, budgets=[0.0, 2.0, 9.0])
    best = [best_by_trying(world, budget=at)[0] for at in (0.0, 2.0, 9.0)]
    assert rows["value"].tolist() == pytest.approx(best)


@given(world=small_openings())
@settings(max_examples=30, deadline=None)
def test_searched_curves_never_fall_and_stay_below_their_bound(world):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(openings_curve, "EXACT_LINKS_OF_CURVE", -1)
        for limits in ({"counts": [0, 1, 2, 3]}, {"budgets": [0.0, 1.0, 3.0, 8.0]}):
            rows = curve(world, **limits)
            assert rows["value"].is_monotonic_increasing
            assert rows["bound"].is_monotonic_increasing
            assert (rows["value"] <= rows["bound"] + 1e-6).all()


def test_limits_below_the_required_actions_are_left_out_of_the_curve():
    world = openings([(0, 0, 0), (0, 1, 1)], need=[4], capacity=[2, 2])
    rows = curve(world, counts=[0, 1, 2], required=np.array([True, False]))
    assert rows["count"].tolist() == [1, 2]
    assert rows["taken"].tolist() == [(0,), (0, 1)]


# --- larger ones ------------------------------------------------------------------------------------------


def made_city(households=1_500, candidates=80, seed=0):
    """Return a made city: households in clusters, watchers with little room, one action a candidate."""
    rng = np.random.default_rng(seed)
    home = rng.normal(rng.uniform(0, 4_000, (8, 2))[rng.integers(0, 8, households)], 400)
    place = home[rng.choice(households, candidates)] + rng.normal(0, 50, (candidates, 2))
    metres = np.abs(home[:, None] - place[None]).sum(axis=2)
    household, watcher = np.nonzero(metres <= 700)
    weight = rng.choice([1.0, 1.5, 2.0, 2.6], households)
    return openings(
        np.column_stack([household, watcher, watcher]).tolist(),
        need=rng.choice([4, 6, 12], households),
        capacity=np.full(candidates, 156),
        weight=weight,
        cost_m=metres[household, watcher],
        cost=np.full(candidates, 30_000.0),
    )


def test_the_search_comes_within_one_percent_of_the_bound():
    plan = choose_actions(made_city(), count=15)
    assert plan.status == "feasible" or plan.value == plan.bound
    assert 0 <= plan.gap < 0.01
    assert plan.taken.sum() == 15


def test_the_same_question_has_the_same_answer():
    one, other = (choose_actions(made_city(), budget=300_000.0, seed=3) for _ in range(2))
    assert np.array_equal(one.taken, other.taken)
    assert np.array_equal(one.visits, other.visits)
    assert one.bound == other.bound


def test_a_search_cut_short_keeps_a_valid_bound():
    world = made_city(150, 12)
    cut = choose_actions(world, count=4, limits=Limits(nodes=0))
    whole = choose_actions(world, count=4)
    assert cut.value <= whole.value <= cut.bound + 1e-6


def test_visits_of_a_plan_stay_within_needs_capacities_and_open_links():
    world = made_city()
    plan = choose_actions(world, count=10)
    assert (plan.visits >= 0).all()
    assert (plan.visits[~world.is_open(plan.taken)] == 0).all()
    assert (np.bincount(world.household, plan.visits, len(world.need)) <= world.need).all()
    assert (np.bincount(world.watcher, plan.visits, len(world.capacity)) <= world.capacity).all()
    assert np.array_equal(plan.visits, least_walk_visits(world, plan.taken))


def test_searching_tiny_problems_finds_what_the_programme_proves(searching):
    world = openings([(0, 0, 0), (1, 1, 1), (1, 0, 0)], need=[3, 2], capacity=[3, 3], weight=[1, 2])
    plan = choose_actions(world, count=2)
    assert (plan.value, plan.status) == (7.0, "optimal")
