"""The frontier of coverage against yearly cost, against every choice of actions, and what its points list."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.budget import actions_at, draw_frontier, list_other_lines, on_hull
from analysis.budget_problem import Recruits
from analysis.errors import ParameterError
from analysis.remedy_costs import RemedyCosts
from analysis.watch_graph import build_watch_graph
from tests.small_remedies import graphs, subsets, worth
from tests.small_worlds import NORMAL, assignments, households, walking_costs, watchers, world

COSTS = RemedyCosts(ask=2_000, agreement=5_000)
CLOSE = {"rel": 1e-6, "abs": 1e-6}


def best_for(graph, agreed, budget):
    """Return the most weighted visits for a budget, by every choice of households asked and pairs agreed."""
    pairs = [pair for pair in permutations(("A", "B"), 2) if pair not in agreed]
    homes = np.flatnonzero(graph.households["consent"] > 0)  # one that refused is not asked again
    return max(
        worth(graph, asked=asked, agreed=(*agreed, *extra))
        for asked in subsets(homes, len(homes))
        for extra in subsets(pairs, len(pairs))
        if COSTS.ask * len(asked) + COSTS.agreement * len(extra) <= budget
    )


@settings(max_examples=40, deadline=None)
@given(graphs(homes=3, people=2))
def test_each_point_is_the_best_for_its_budget(world_and_agreed):
    graph, agreed = world_and_agreed
    frontier = draw_frontier(graph, COSTS, points=5)
    for point in frontier.points.itertuples():
        assert point.value == pytest.approx(best_for(graph, agreed, point.budget), **CLOSE)
        assert point.cost <= point.budget + 1e-6


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_more_money_never_brings_less_and_no_plan_passes_its_bound(world_and_agreed):
    points = draw_frontier(world_and_agreed[0], COSTS, points=6).points
    for name in ("budget", "value", "bound"):
        assert (np.diff(points[name]) >= -1e-6).all()
    assert (points["value"] <= points["bound"] + 1e-6).all()
    assert points["budget"].iloc[0] == 0


@settings(max_examples=30, deadline=None)
@given(graphs(), st.sampled_from([0.5, 3.0]))
def test_costs_times_a_factor_move_the_frontier_by_it(world_and_agreed, factor):
    graph = world_and_agreed[0]
    dearer = RemedyCosts(ask=COSTS.ask * factor, agreement=COSTS.agreement * factor)
    first, second = (draw_frontier(graph, costs, points=4).points for costs in (COSTS, dearer))
    assert (second["budget"] / factor).tolist() == pytest.approx(first["budget"].tolist())
    assert second["value"].tolist() == pytest.approx(first["value"].tolist())


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_actions_listed_add_up_to_their_point(world_and_agreed):
    graph, agreed = world_and_agreed
    frontier = draw_frontier(graph, COSTS, points=4)
    free = worth(graph, agreed=agreed)  # assigning costs nothing here, so it is no action
    for number, point in frontier.points.iterrows():
        listed = actions_at(frontier, number, graph)
        assert free + listed["gain_weighted"].sum() == pytest.approx(point["value"], **CLOSE)
        assert listed["cost"].sum() == pytest.approx(point["cost"])
        assert listed["order"].tolist() == list(range(1, len(listed) + 1))


def lonely():
    """H1 and H2 need a visit a month each; W1 (1 a month) may visit H1 only; nobody reaches H2."""
    homes, people = households(H1=1, H2=1), watchers(W1=1)
    graph = build_watch_graph(world(homes, people, assignments(), costs={("W1", "H1"): 100}), NORMAL)
    candidates = watchers(new=dict(kind="npo", visits_per_month=1))
    costs = walking_costs({("new", "H2"): 50.0}, homes.index, candidates.index)
    return graph, Recruits(candidates, costs)


def test_recruit_is_bought_once_there_is_money_for_it():
    graph, recruits = lonely()
    costs = RemedyCosts()
    points = draw_frontier(graph, costs, recruits=recruits, points=3).points
    # Without money H1 is assigned from the room there is: 12 visits a year. The recruit adds 12 for H2.
    assert points[["budget", "value", "households", "recruit"]].to_numpy().tolist() == [
        [0, 12, 1, 0],
        [costs.recruit_npo, 24, 2, 1],
    ]
    assert points["status"].tolist() == ["optimal", "optimal"]


def test_asking_counts_at_the_response_in_what_is_expected():
    # H1 keeps its consent at 1, so W1 (level 2) may visit it once asked: 12 visits, half of them expected.
    inputs = world(households(H1=dict(consent=1)), watchers(W1=1), costs={("W1", "H1"): 100})
    frontier = draw_frontier(build_watch_graph(inputs, NORMAL), COSTS, points=2, response=0.5)
    last = frontier.points.iloc[-1]
    assert (last["ask"], last["value"], last["expected"], last["cost"]) == (1, 12, 6, 2_000)


def test_city_without_need_has_nothing_to_buy():
    inputs = world(households(H1=0), watchers(W1=1), costs={("W1", "H1"): 100})
    frontier = draw_frontier(build_watch_graph(inputs, NORMAL), COSTS)
    assert (frontier.status, len(frontier.points), frontier.points["value"].tolist()) == (
        "nothing_to_do",
        1,
        [0],
    )


def test_hull_leaves_out_what_a_mixture_beats():
    # (1, 1) lies below the line from (0, 0) to (2, 4); (3, 4) costs more for no more.
    cost, value = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([0.0, 1.0, 4.0, 4.0, 6.0])
    assert on_hull(cost, value).tolist() == [True, False, True, False, True]


def test_partners_and_winter_stand_in_lines_of_their_own():
    lines = list_other_lines(RemedyCosts(partner=10, winter=5), partners=3, noticed=40, season=7)
    assert lines.loc["partner"].tolist() == [3, 40, 30]
    assert lines.loc["winter"].tolist() == [7, 7, 35]


@pytest.mark.parametrize("wrong", [{"points": 1}, {"response": 0.0}, {"response": 1.5}])
def test_questions_out_of_range_are_refused(wrong):
    with pytest.raises(ParameterError, match="Expected"):
        draw_frontier(lonely()[0], COSTS, **wrong)


def test_costs_below_zero_and_unknown_points_are_refused():
    with pytest.raises(ParameterError, match="Expected"):
        RemedyCosts(ask=-1)
    graph, recruits = lonely()
    frontier = draw_frontier(graph, recruits=recruits)
    with pytest.raises(ParameterError, match="got 9"):
        actions_at(frontier, 9, graph)
