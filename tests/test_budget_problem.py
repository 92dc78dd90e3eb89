"""All remedies together against every choice of all of them, and the candidates they take."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.budget import draw_frontier
from analysis.budget_problem import Recruits, budget_problem
from analysis.errors import ParameterError
from analysis.openings import choose_actions
from analysis.remedies import start_from
from analysis.remedy_costs import RemedyCosts
from analysis.watch_graph import build_watch_graph
from tests.small_remedies import (
    FAR_M,
    LEVEL,
    REACH_M,
    graphs,
    left_to_do,
    may_visit,
    most_weighted,
    subsets,
    within_reach,
)
from tests.small_worlds import NORMAL, households, walking_costs, watchers, world

DEAR = RemedyCosts(
    new_assignment=1,
    ask=2,
    agreement=3,
    recruit_welfare_commissioner=4,
    recruit_community_promoter=3,
    recruit_student=2,
)
FREE = RemedyCosts(ask=2, agreement=3, recruit_welfare_commissioner=4, recruit_community_promoter=3)


@st.composite
def worlds(draw):
    """Draw a graph of two households and two watchers, and two candidates for new watchers."""
    graph, agreed = draw(graphs(homes=2, people=2))
    candidates = watchers(
        **{
            name: dict(
                kind=draw(st.sampled_from([*LEVEL])),
                visits_per_month=draw(st.integers(0, 4)) / 12,
                district=draw(st.sampled_from([None, "A", "B"])),
            )
            for name in ("N1", "N2")
        }
    )
    pairs = product(candidates.index, graph.households.index)
    costs = {pair: draw(st.sampled_from([100.0, REACH_M, FAR_M])) for pair in pairs}
    return graph, agreed, Recruits(candidates, walking_costs(costs, graph.households.index, candidates.index))


def prices_and_values(graph, agreed, recruits, costs):
    """Return cost and weighted visits of every choice of what is done for each household and beyond."""
    missing, weight, room = left_to_do(graph)
    homes, names = range(len(graph.households)), list(recruits.candidates.index)
    near = [
        (recruits.costs.household[row], recruits.costs.watcher[row])
        for row in range(len(recruits.costs.cost_m))
        if recruits.costs.cost_m[row] <= REACH_M
    ]
    refused = [graph.households["consent"].iloc[home] == 0 for home in homes]
    pairs = [pair for pair in permutations(("A", "B"), 2) if pair not in agreed]
    capacity = np.concatenate([room, recruits.capacity_visits()])
    for done in product(("nothing", "assign", "ask"), repeat=len(homes)):
        if any(refused[home] and done[home] == "ask" for home in homes):
            continue
        asked = [home for home in homes if done[home] == "ask"]
        served = [home for home in homes if done[home] != "nothing" or costs.new_assignment == 0]
        for more, found in product(subsets(pairs, 2), subsets(range(len(names)), 2)):
            links = [
                (home, person)
                for home, person in within_reach(graph)
                if home in served and may_visit(graph, home, person, asked=asked, agreed={*agreed, *more})
            ]
            links += [
                (home, len(room) + candidate)
                for home, candidate in near
                if home in served and candidate in found and suits(graph, recruits, home, candidate, asked)
            ]
            price = costs.ask * len(asked) + costs.agreement * len(more)
            price += costs.new_assignment * sum(state != "nothing" for state in done)
            price += sum(costs.of_recruit(recruits.candidates["kind"].iloc[at]) for at in found)
            yield price, most_weighted(missing, weight, capacity, links)


def suits(graph, recruits, home, candidate, asked):
    """Return whether a candidate may visit a household: its consent and its district."""
    household, new = graph.households.iloc[home], recruits.candidates.iloc[candidate]
    consent = 4 if home in asked else household["consent"]
    return consent >= LEVEL[new["kind"]] and (
        pd.isna(new["district"]) or new["district"] == household["district"]
    )


@pytest.mark.parametrize("costs", [FREE, DEAR])
@settings(max_examples=15, deadline=None)
@given(drawn=worlds())
def test_every_point_is_the_best_choice_of_all_remedies_together(costs, drawn):
    graph, agreed, recruits = drawn
    choices = list(prices_and_values(graph, agreed, recruits, costs))
    frontier = draw_frontier(graph, costs, recruits=recruits, points=4)
    for point in frontier.points.itertuples():
        best = max(value for price, value in choices if price <= point.budget + 1e-9)
        assert point.value == pytest.approx(best, abs=1e-6)
        assert point.bound == pytest.approx(best, abs=1e-6)
    # The last budget buys all that any amount could bring.
    assert frontier.points["value"].iloc[-1] == pytest.approx(max(value for _, value in choices), abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(worlds(), st.integers(0, 12))
def test_any_budget_buys_the_best_choice_for_it(drawn, budget):
    graph, agreed, recruits = drawn
    problem = budget_problem(graph, start_from(graph), DEAR, recruits)
    plan = choose_actions(problem.openings, budget=float(budget))
    choices = prices_and_values(graph, agreed, recruits, DEAR)
    assert plan.value == pytest.approx(max(value for price, value in choices if price <= budget), abs=1e-6)


def test_asking_covers_the_arranging_of_visits_that_needed_no_asking():
    # H1 needs 24 visits: W1 (level 2) makes 12 unasked, W2 (level 4) the other 12 once it is asked.
    inputs = world(
        households(H1=dict(visits_per_month=2, consent=2)),
        watchers(W1=1, W2=dict(kind="student")),
        costs={("W1", "H1"): 100.0, ("W2", "H1"): 200.0},
    )
    graph = build_watch_graph(inputs, NORMAL)
    points = draw_frontier(graph, RemedyCosts(new_assignment=500, ask=2_000), points=3).points
    last = points.iloc[-1]
    assert (last["value"], last["cost"], last["ask"], last["assign"]) == (24.0, 2_500.0, 1, 0)
    # For less than asking costs, the 12 visits are arranged unasked.
    problem = budget_problem(graph, start_from(graph), RemedyCosts(new_assignment=500, ask=2_000))
    plan = choose_actions(problem.openings, budget=2_000.0)
    assert (plan.value, plan.cost) == (12.0, 500.0)


def test_a_recruit_who_may_not_know_needs_the_household_asked_too():
    homes = households(H1=dict(consent=2))
    candidates = watchers(N1=dict(kind="npo"))
    costs = walking_costs({("N1", "H1"): 100.0}, homes.index, candidates.index)
    graph = build_watch_graph(world(homes, watchers(), costs={}), NORMAL)
    points = draw_frontier(graph, RemedyCosts(), recruits=Recruits(candidates, costs), points=2).points
    last = points.iloc[-1]
    assert (last["ask"], last["recruit"], last["value"], last["cost"]) == (1, 1, 12.0, 52_000.0)


def test_candidates_that_do_not_fit_are_refused_in_one_error():
    homes = households(H1=1)
    people = watchers(N1=dict(kind="shop"), N2=dict(visits_per_month=-1))
    costs = walking_costs({("N1", "H1"): 1.0}, homes.index, people.index[:1])
    with pytest.raises(ParameterError) as told:
        Recruits(people, costs)
    assert all(part in str(told.value) for part in ("got shop", "got 1 others", "got 1 without"))
    with pytest.raises(ParameterError, match="none named reach_m"):
        Recruits(people.drop(columns="reach_m"), costs)


def test_walks_to_households_of_another_city_are_refused():
    graph = build_watch_graph(world(households(H1=1), watchers(), costs={}), NORMAL)
    people = watchers(N1=1)
    foreign = walking_costs({("N1", "X"): 1.0}, pd.Index(["X"]), people.index)
    with pytest.raises(ParameterError, match="Expected walks to households of the graph"):
        draw_frontier(graph, recruits=Recruits(people, foreign))
