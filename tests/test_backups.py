"""Backups of another organisation: against all ways to name them, and once they are in the register."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analysis.backups import name_backups
from analysis.coverage import assess_coverage
from analysis.errors import ParameterError
from analysis.watch_graph import build_watch_graph
from tests.small_worlds import NORMAL, assignments, households, watchers, world
from tests.test_assignment_exact import NO_SHRINKING, apply_backups, worlds


def plan(inputs, **options):
    graph = build_watch_graph(inputs, NORMAL)
    return name_backups(graph, assess_coverage(graph), **options)


def test_backup_is_of_another_organisation_and_could_carry_on_alone():
    # H1 needs 2 a month, W1 (X) makes them. W2 is near but of X too; W3 (Y) has room for 1; W4 (Y) for 2.
    inputs = world(
        households(H1=2),
        watchers(
            W1={"visits_per_month": 2.0, "organisation": "X"},
            W2={"visits_per_month": 9.0, "organisation": "X"},
            W3={"visits_per_month": 1.0, "organisation": "Y"},
            W4={"visits_per_month": 2.0, "organisation": "Y"},
        ),
        assignments(("W1", "H1")),
        costs={("W1", "H1"): 10, ("W2", "H1"): 20, ("W3", "H1"): 30, ("W4", "H1"): 700},
    )
    found = plan(inputs)
    assert found.backups.to_dict("records") == [{"household_id": "H1", "watcher_id": "W4", "cost_m": 700.0}]
    assert (found.status, found.value, found.bound, found.walk_m) == ("optimal", 1.0, 1.0, 700.0)


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


@settings(max_examples=40, deadline=None, phases=[phase for phase in Phase if phase in NO_SHRINKING])
@given(worlds(), st.integers(0, 2))
def test_no_way_to_name_backups_is_better(inputs, per_watcher):
    graph = build_watch_graph(inputs, NORMAL)
    coverage = assess_coverage(graph)
    found = name_backups(graph, coverage, per_watcher=per_watcher)
    homes = coverage.households
    asking = np.flatnonzero(
        (homes["status"] == "watched") & ~homes["backed_up"] & (homes["main_watcher"] >= 0)
    )
    choices = [[None, *_who_could(graph, homes, home)] for home in asking]
    backs = graph.assigned[(graph.assigned["role"] == "backup") & graph.assigned["counts"]]
    standing = backs.drop_duplicates(["household", "watcher"])["watcher"].value_counts()
    best = (0.0, 0.0)
    for chosen in itertools.product(*choices):
        named = [link for link in chosen if link is not None]
        load = graph.links.loc[named, "watcher"].value_counts().add(standing, fill_value=0)
        new = graph.links.loc[named, "watcher"].unique()
        if (load[new] <= per_watcher).all():
            weight = graph.households["weight"].to_numpy()[graph.links.loc[named, "household"]].sum()
            best = min(best, (-weight, graph.links.loc[named, "cost_m"].sum()))
    assert (-found.value, found.walk_m) == best
    assert found.bound == found.value
    assert len(found.backups) + len(found.without) == len(asking)


def _who_could(graph, homes, home):
    """Return the links of a household whose watcher could carry it on alone."""
    main = homes["main_watcher"].to_numpy()[home]
    code = graph.watchers["organisation_code"].to_numpy()
    for link, row in graph.links[graph.links["household"] == home].iterrows():
        room = graph.watchers["room_visits"].to_numpy()[row["watcher"]] + row["delivered_visits"]
        if row["allowed"] and code[row["watcher"]] != code[main] and room >= homes["need_visits"].iloc[home]:
            yield link


@settings(max_examples=25, deadline=None, phases=NO_SHRINKING)
@given(worlds())
def test_backups_in_the_register_show_their_households_backed_up(inputs):
    named = plan(inputs).backups
    after = assess_coverage(build_watch_graph(apply_backups(inputs, named), NORMAL)).households
    before = assess_coverage(build_watch_graph(inputs, NORMAL)).households
    assert after.loc[named["household_id"], "backed_up"].all()
    assert int(after["backed_up"].sum()) == int(before["backed_up"].sum()) + len(named)
    assert (after["delivered_visits"] == before["delivered_visits"]).all()


def test_wrong_questions_about_backups_are_named():
    inputs = world(households(H1=1), watchers(W1=1), costs={("W1", "H1"): 10})
    with pytest.raises(ParameterError, match="per_watcher >= 0, got -1"):
        plan(inputs, per_watcher=-1)
    with pytest.raises(ParameterError, match="got H9"):
        plan(inputs, households=pd.Index(["H9"]))
