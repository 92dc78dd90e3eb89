"""Backups against every choice of them, and what the register says once they are in force."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.backups import name_backups, needs_backup
from analysis.coverage import assess_coverage
from analysis.errors import ParameterError
from analysis.watch_graph import build_watch_graph
from tests.small_worlds import NORMAL, assignments, households, watchers, world
from tests.test_assignment_exact import apply_backups


@st.composite
def worlds(draw):
    """Draw up to 4 households and 3 watchers of two organisations; the first watcher visits most of them."""
    homes = {
        f"H{n}": dict(
            visits_per_month=draw(st.integers(1, 2)) / 12,
            weight=draw(st.sampled_from([1.0, 2.0])),
            consent=draw(st.sampled_from([1, 4])),
        )
        for n in range(draw(st.integers(1, 4)))
    }
    people = {
        f"W{n}": dict(
            visits_per_month=draw(st.integers(0, 8)) / 12, organisation=draw(st.sampled_from(["one", "two"]))
        )
        for n in range(3)
    }
    pairs = itertools.product(people, homes)
    costs = {pair: float(draw(st.sampled_from([100, 200, 300, 900]))) for pair in pairs}
    standing = [("W0", home) for home in homes if draw(st.booleans())]
    return world(households(**homes), watchers(**people), assignments(*standing), costs=costs)


def fits(graph, coverage, home, person):
    """Return whether a watcher could carry a household on alone, by the words of the definition."""
    links = graph.links
    row = links[(links["household"] == home) & (links["watcher"] == person) & links["allowed"]]
    main = coverage.households["main_watcher"].iloc[home]
    if row.empty or main < 0 or person == main:
        return False
    codes, here = graph.watchers["organisation_code"], int(row["delivered_visits"].iloc[0])
    could = graph.watchers["room_visits"].iloc[person] + here
    return bool(
        codes.iloc[person] != codes.iloc[main] and could >= graph.households["need_visits"].iloc[home]
    )


def best(graph, coverage, most):
    """Return the most weight and then the least walk of all choices of backups."""
    asking = [home for home in range(len(graph.households)) if needs_backup(coverage)[home]]
    walk = {(row.household, row.watcher): row.cost_m for row in graph.links.itertuples()}
    people = range(len(graph.watchers))
    options = [[None, *(p for p in people if fits(graph, coverage, home, p))] for home in asking]
    found = []
    for choice in itertools.product(*options):
        named = [(home, person) for home, person in zip(asking, choice, strict=True) if person is not None]
        if all(sum(person == one for _, one in named) <= most for person in people):
            weight = sum(graph.households["weight"].iloc[home] for home, _ in named)
            found.append((-weight, sum(walk[pair] for pair in named)))
    weight, metres = min(found)
    return -weight, metres


@settings(max_examples=100, deadline=None)
@given(worlds(), st.integers(0, 3))
def test_backups_are_the_best_of_every_choice(inputs, most):
    graph = build_watch_graph(inputs, NORMAL)
    coverage = assess_coverage(graph)
    plan = name_backups(graph, coverage, per_watcher=most)
    assert (plan.value, plan.walk_m) == pytest.approx(best(graph, coverage, most))
    assert plan.bound == plan.value
    assert plan.backups["watcher_id"].value_counts().max() <= most if len(plan.backups) else True


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_named_backups_back_up_once_they_are_in_force(inputs):
    graph = build_watch_graph(inputs, NORMAL)
    coverage = assess_coverage(graph)
    plan = name_backups(graph, coverage)
    later = assess_coverage(build_watch_graph(apply_backups(inputs, plan.backups), NORMAL))
    assert later.households["backed_up"][plan.backups["household_id"]].all()
    asked = set(graph.households.index[needs_backup(coverage)])
    assert asked == {*plan.backups["household_id"], *plan.without.index}  # nobody disappears


def city(**people):
    """H1 is visited by W1 of organisation "one"; others could be its backup."""
    homes = households(H1=dict(visits_per_month=1))
    costs = {(name, "H1"): 100.0 for name in people}
    inputs = world(homes, watchers(**people), assignments(("W1", "H1")), costs=costs)
    graph = build_watch_graph(inputs, NORMAL)
    return graph, assess_coverage(graph)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({}, "nobody_near"),
        ({"W2": dict(organisation="one", visits_per_month=9)}, "same_organisation"),
        ({"W2": dict(organisation="two", visits_per_month=0.5)}, "no_room"),
    ],
)
def test_household_without_backup_says_why(other, why):
    plan = name_backups(*city(W1=dict(organisation="one"), **other))
    assert plan.status == "nothing_to_do"
    assert plan.without["why"].to_dict() == {"H1": why}


def test_watcher_who_backs_up_as_many_as_it_may_is_passed_over():
    graph, coverage = city(W1=dict(organisation="one"), W2=dict(organisation="two", visits_per_month=9))
    assert name_backups(graph, coverage, per_watcher=0).without["why"].to_dict() == {"H1": "too_many"}
    assert name_backups(graph, coverage, per_watcher=1).backups["watcher_id"].tolist() == ["W2"]


def test_more_backups_a_watcher_never_help_fewer():
    graph, coverage = city(W1=dict(organisation="one"), W2=dict(organisation="two", visits_per_month=9))
    values = [name_backups(graph, coverage, per_watcher=most).value for most in range(3)]
    assert values == sorted(values)


def test_unknown_households_and_negative_limits_are_refused():
    graph, coverage = city(W1=1)
    with pytest.raises(ParameterError, match="known households"):
        name_backups(graph, coverage, households=pd.Index(["H9"]))
    with pytest.raises(ParameterError, match="per_watcher"):
        name_backups(graph, coverage, per_watcher=-1)


def plan(inputs, **options):
    graph = build_watch_graph(inputs, NORMAL)
    return name_backups(graph, assess_coverage(graph), **options)


def test_each_reason_to_stay_without_a_backup_is_told():
    # H1: its watcher's colleague only. H2: nobody else near. H3: W4 (Y) has no room for 2. H4: W5 serves H5.
    inputs = world(
        households(H1=1, H2=1, H3=2, H4={"weight": 1.0}, H5={"weight": 2.0}, H6=0),
        watchers(
            W1={"visits_per_month": 9.0, "organisation": "X"},
            W2={"visits_per_month": 9.0, "organisation": "X"},
            W4={"visits_per_month": 1.0, "organisation": "Y"},
            W5={"visits_per_month": 1.0, "organisation": "Z"},
        ),
        assignments(("W1", "H1"), ("W1", "H2"), ("W1", "H3"), ("W1", "H4"), ("W1", "H5")),
        costs={
            **{("W1", home): 10 for home in ("H1", "H2", "H3", "H4", "H5")},
            ("W2", "H1"): 10,
            ("W4", "H3"): 10,
            ("W5", "H4"): 10,
            ("W5", "H5"): 10,
        },
    )
    found = plan(inputs, per_watcher=1)
    assert found.backups["household_id"].tolist() == ["H5"]  # the heavier of the two W5 could back up
    assert found.without["why"].to_dict() == {
        "H1": "same_organisation",
        "H2": "nobody_near",
        "H3": "no_room",
        "H4": "too_many",
    }
    asked = plan(inputs, households=pd.Index(["H6", "H2"]))  # H6 needs no visits: nobody is its main watcher
    assert asked.without["why"].to_dict() == {"H2": "nobody_near", "H6": "no_main_watcher"}


def test_standing_backups_count_against_what_a_watcher_may_back_up():
    # W2 is the backup of H1 already; one more is allowed with 2 a watcher, none with 1.
    inputs = world(
        households(H1=1, H2=1, H3=1),
        watchers(W1=3, W2=1),
        assignments(("W1", "H1"), ("W1", "H2"), ("W1", "H3"), ("W2", "H1", "backup")),
        costs={(watcher, home): 10 for watcher in ("W1", "W2") for home in ("H1", "H2", "H3")},
    )
    assert len(plan(inputs, per_watcher=2).backups) == 1
    assert plan(inputs, per_watcher=1).status == "nothing_to_do"
