"""Gains of actions against a flow solved anew for every set of actions."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.action_gains import describe_alone, gains_alone, order_actions
from analysis.openings import Openings, least_walk_visits

several = settings(max_examples=150, deadline=None)


@st.composite
def drawn_openings(draw, actions=4):
    """Draw up to five households, three watchers and links of any actions."""
    homes, people = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    count = draw(st.integers(0, actions))
    links = [
        (home, person, draw(st.integers(-1, count - 1)), draw(st.integers(-1, count - 1)))
        for home in range(homes)
        for person in range(people)
        for _ in range(draw(st.integers(0, 2)))
    ]
    table = np.array(links, dtype=np.int64).reshape(-1, 4)
    return Openings(
        need=np.array(draw(st.lists(st.integers(0, 4), min_size=homes, max_size=homes))),
        weight=np.array(draw(st.lists(st.sampled_from([0.5, 1.0, 1.7]), min_size=homes, max_size=homes))),
        capacity=np.array(draw(st.lists(st.integers(0, 6), min_size=people, max_size=people))),
        household=table[:, 0],
        watcher=table[:, 1],
        cost_m=np.array([draw(st.sampled_from([50.0, 100.0, 800.0])) for _ in links]),
        actions=table[:, 2:],
        cost=np.array(
            draw(st.lists(st.sampled_from([0.0, 1.0, 3.0]), min_size=count, max_size=count)), dtype=float
        ),
        kind=np.array(["any"] * count, dtype=object),
    )


def worth(openings, actions):
    taken = np.zeros(len(openings.cost), dtype=bool)
    taken[list(actions)] = True
    visits = least_walk_visits(openings, taken)
    return openings.weighted(visits), int(visits.sum())


@several
@given(drawn_openings())
def test_gain_of_each_action_alone_is_the_flow_solved_anew(openings):
    nothing = worth(openings, [])
    alone = describe_alone(openings)
    assert gains_alone(openings) == pytest.approx(alone["weighted"].to_numpy())
    for action, weighted, visits in alone[["weighted", "visits"]].itertuples():
        value, made = worth(openings, [action])
        assert weighted == pytest.approx(value - nothing[0])
        assert visits == made - nothing[1]


@several
@given(drawn_openings(), st.booleans())
def test_gains_in_order_are_the_flows_of_each_beginning(openings, by_cost):
    order = order_actions(openings, np.ones(len(openings.cost), dtype=bool), by_cost=by_cost)
    assert sorted(order["action"]) == list(range(len(openings.cost)))
    for taken in range(len(order) + 1):
        value, made = worth(openings, order["action"][:taken])
        assert order["weighted"][:taken].sum() == pytest.approx(value - worth(openings, [])[0])
        assert order["visits"][:taken].sum() == made - worth(openings, [])[1]


@several
@given(drawn_openings())
def test_first_in_the_order_gains_most_of_all_alone(openings):
    everything = np.ones(len(openings.cost), dtype=bool)
    alone, order = gains_alone(openings), order_actions(openings, everything)["weighted"]
    if len(alone) and alone.max() > 0:
        assert order[0] == pytest.approx(alone.max())


def test_two_actions_that_only_work_together_follow_one_another():
    # A consent and an agreement open the one link to 6 visits; the third action gains 2, so it comes first.
    openings = Openings(
        need=np.array([6, 2]),
        weight=np.ones(2),
        capacity=np.array([6, 2]),
        household=np.array([0, 1]),
        watcher=np.array([0, 1]),
        cost_m=np.array([100.0, 100.0]),
        actions=np.array([[2, 0], [1, -1]]),
        cost=np.ones(3),
        kind=np.array(["consent", "recruit", "agreement"], dtype=object),
    )
    order = order_actions(openings, np.ones(3, dtype=bool))
    assert order["action"].tolist() == [1, 0, 2]
    assert order["weighted"].tolist() == [2.0, 0.0, 6.0]
    assert order["households"].tolist() == [1, 0, 1]
    assert [set(pair) for pair in combinations([0, 1, 2], 2) if worth(openings, pair)[0] == 6] == [{0, 2}]


def test_a_heavier_household_takes_the_visits_of_a_lighter_one():
    # The watcher's 4 visits go to the light household (4 x 1); asking the heavy one moves 3 of them (3 x 2).
    openings = Openings(
        need=np.array([4, 3]),
        weight=np.array([1.0, 2.0]),
        capacity=np.array([4]),
        household=np.array([0, 1]),
        watcher=np.array([0, 0]),
        cost_m=np.array([100.0, 100.0]),
        actions=np.array([[-1, -1], [0, -1]]),
        cost=np.ones(1),
        kind=np.array(["ask"], dtype=object),
    )
    (row,) = describe_alone(openings).to_dict("records")
    assert row == {"weighted": 3.0, "visits": 0, "households": 0}


def test_by_cost_the_cheaper_of_equal_gains_comes_first():
    openings = Openings(
        need=np.array([1, 1]),
        weight=np.ones(2),
        capacity=np.array([1, 1]),
        household=np.array([0, 1]),
        watcher=np.array([0, 1]),
        cost_m=np.zeros(2),
        actions=np.array([[0, -1], [1, -1]]),
        cost=np.array([3.0, 1.0]),
        kind=np.array(["ask", "ask"], dtype=object),
    )
    assert order_actions(openings, np.ones(2, dtype=bool), by_cost=True)["action"].tolist() == [1, 0]
    assert order_actions(openings, np.array([True, False]))["action"].tolist() == [0]
