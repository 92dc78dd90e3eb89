"""The succession list: who needs a successor, by when, why, and in which order."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.coverage import assess_coverage
from analysis.dropout import expected_coverage, find_reliance
from analysis.errors import FrameError
from analysis.succession import count_sole_households, succession_list
from analysis.watch_graph import Situation, build_watch_graph
from tests.small_worlds import NORMAL, TODAY, assignments, households, watchers, world

UNTIL = dt.date(2028, 12, 1)


def assessed(homes, people, *rows, situation=NORMAL):
    """Return graph and coverage; everybody is near everybody."""
    near = {(person, home): 1 for person in people.index for home in homes.index}
    graph = build_watch_graph(world(homes, people, assignments(*rows), costs=near), situation)
    return graph, assess_coverage(graph)


def of_people(*, loss=None, until=UNTIL, situation=NORMAL, **people):
    """Return the list of people who watch nobody."""
    homes = households(H=1)
    return succession_list(*assessed(homes, watchers(**people), situation=situation), loss, until=until)


@pytest.mark.parametrize(
    ("person", "reason", "needed_by", "age"),
    [
        (dict(term_end="2028-11-30", birth_year=1980), "term", "2028-12-01", 48),
        (dict(term_end="2028-11-30", birth_year=1953), "both", "2028-12-01", 75),  # 75 in 2028
        (dict(term_end="2028-12-01"), "term", "2028-12-02", None),  # the last day looked at counts
        (dict(term_end="2028-12-02", birth_year=1980), None, None, 48),
        (dict(term_end="2031-11-30", birth_year=1953), "age", "2028-01-01", 78),
        (dict(birth_year=1954), None, None, 74),
        (dict(birth_year=1940), "age", "2026-04-01", 88),  # has it already: from today
        (dict(), None, None, None),
    ],
)
def test_reason_and_day_by_term_and_age(person, reason, needed_by, age):
    row = of_people(W=person).loc["W"]
    assert row["reason"] == reason
    assert row["needed_by"] is pd.NaT if needed_by is None else row["needed_by"] == pd.Timestamp(needed_by)
    assert row["age_at_term_end"] is pd.NA if age is None else row["age_at_term_end"] == age


def test_horizon_of_the_situation_is_the_usual_end():
    people = dict(NEAR=dict(term_end="2027-04-01"), FAR=dict(term_end="2027-04-02"))
    assert of_people(until=None, **people)["reason"].to_dict() == {"NEAR": "term", "FAR": None}
    near = Situation(TODAY, horizon_days=364)
    assert of_people(until=None, situation=near, **people)["reason"].to_dict() == {"FAR": None, "NEAR": None}


def test_sole_households_have_nobody_else():
    # W1 alone has ALONE. W1 and W2 share HELPED, which W2 could carry on alone (1 visit and room for 1), so
    # only W2 is needed. W3 backs up BACKED. MISSED is not watched anyway.
    homes = households(ALONE=1, HELPED=2, BACKED=1, MISSED=5)
    people = watchers(W1=3, W2=2, W3=1)
    one = dict(visits_per_month=1)
    rows = [("W1", "ALONE"), ("W1", "HELPED", one), ("W2", "HELPED", one), ("W1", "BACKED")]
    graph, coverage = assessed(homes, people, *rows, ("W3", "BACKED", "backup"))
    assert graph.watchers["room_visits"].tolist() == [0, 12, 12]  # a year
    found = count_sole_households(find_reliance(graph, coverage))
    assert found.to_dict() == {"W1": 1, "W2": 1, "W3": 0}
    table = succession_list(graph, coverage)
    assert table["reason"].to_dict() == {"W1": "sole", "W2": "sole", "W3": None}
    assert table["visits_per_month"].to_dict() == {"W1": 3, "W2": 1, "W3": 0}


visits = st.integers(0, 3)


@settings(deadline=None, max_examples=40)
@given(
    need=st.lists(visits, min_size=3, max_size=3),
    capacity=st.lists(st.integers(0, 5), min_size=3, max_size=3),
    rows=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 2),
            st.sampled_from(["primary", "backup"]),
            st.sampled_from([None, 1 / 12]),
        ),
        max_size=7,
        unique_by=lambda row: row[:2],
    ),
)
def test_sole_households_are_those_lost_when_one_leaves_and_all_others_stay(need, capacity, rows):
    homes = households(**{f"H{i}": count / 12 for i, count in enumerate(need)})
    people = watchers(**{f"W{i}": count / 12 for i, count in enumerate(capacity)})
    standing = [(f"W{w}", f"H{h}", dict(role=role, visits_per_month=stated)) for w, h, role, stated in rows]
    graph, coverage = assessed(homes, people, *standing)
    stays = pd.Series(1.0, index=graph.watchers.index)
    today = expected_coverage(graph, coverage, stays).households
    found = count_sole_households(find_reliance(graph, coverage))
    for person in stays.index:
        without = expected_coverage(graph, coverage, stays.where(stays.index != person, 0.0)).households
        assert found[person] == today - without


def test_earliest_day_comes_first_then_high_age_then_loss_households_and_visits():
    # All terms of A to E end in 2028. Only AGED is 75 then. NOW is of high age without a term.
    end = "2028-11-30"
    homes = households(H1=1, H2=1, H3=2, H4=1)
    people = watchers(
        E=dict(term_end=end),
        D=dict(term_end=end, visits_per_month=3),
        C=dict(term_end=end, visits_per_month=4),
        B=dict(term_end=end),
        AGED=dict(term_end=end, birth_year=1950),
        NOW=dict(birth_year=1940),
        SOON=dict(term_end="2026-11-30"),
        LAST=1,
    )
    rows = [("D", "H3"), ("C", "H1"), ("C", "H2"), ("LAST", "H4")]
    graph, coverage = assessed(homes, people, *rows)
    found = succession_list(graph, coverage, until=UNTIL)
    # C has two sole households, D one, B and E none: then by name. LAST has a sole household, but no day.
    assert found.index.tolist() == ["NOW", "SOON", "AGED", "C", "D", "B", "E", "LAST"]
    loss = pd.DataFrame(
        {"lost_households_at_once": [0, 3, 9], "lost_visits_after": [1.0, 6.0, 9.0]},
        index=pd.Index(["D", "E", "LAST"], name="watcher_id"),
    )
    found = succession_list(graph, coverage, loss, until=UNTIL)
    assert found.index.tolist() == ["NOW", "SOON", "AGED", "E", "D", "C", "B", "LAST"]
    assert found.loc["E", ["lost_households_at_once", "lost_visits_after"]].tolist() == [3, 6]
    assert found.loc["C", ["lost_households_at_once", "lost_visits_after"]].isna().all()


def test_one_without_a_reason_stands_behind_one_with_sole_households():
    graph, coverage = assessed(
        households(H=1), watchers(A=dict(term_end="2040-11-30", birth_year=1960), W=1), ("W", "H")
    )
    found = succession_list(graph, coverage)
    assert found["reason"].tolist() == ["sole", None]
    assert found.index.tolist() == ["W", "A"]


def test_passive_watchers_and_empty_posts_are_left_out():
    found = of_people(
        W=1,
        SHOP=dict(kind="shop", birth_year=1940),
        VACANT=dict(status="vacant", term_end="2028-11-30"),
        OVER=dict(term_end="2026-03-31"),
    )
    assert found.index.tolist() == ["W"]


def test_order_of_the_watchers_given_changes_nothing():
    people = {f"W{i}": dict(term_end="2028-11-30", birth_year=1945 + i % 4) for i in range(9)}
    reversed_people = dict(reversed(people.items()))
    pd.testing.assert_frame_equal(of_people(**people), of_people(**reversed_people))


def test_city_without_watchers_has_an_empty_list():
    graph, coverage = assessed(households(H=1), watchers())
    assert succession_list(graph, coverage).empty


def test_losses_without_a_column_or_with_a_watcher_twice_are_refused():
    with pytest.raises(FrameError, match=r"got none named lost_visits_after\."):
        of_people(W=1, loss=pd.DataFrame({"lost_households_at_once": [1]}, index=["W"]))
    twice = pd.DataFrame({"lost_households_at_once": [1, 1], "lost_visits_after": 1.0}, index=["W", "W"])
    with pytest.raises(FrameError, match="Expected one loss a watcher, got 1 more"):
        of_people(W=1, loss=twice)
