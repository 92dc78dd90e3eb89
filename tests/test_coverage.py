"""The status of a household, its backup and connection, and counts by area."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.coverage import assess_coverage, summarise, summarise_coverage, summarise_kinds
from analysis.frames import ACTIVE_KINDS, PASSIVE_KINDS
from analysis.gaps import classify_gaps
from analysis.watch_graph import build_watch_graph
from tests.small_worlds import NORMAL, assignments, households, watchers, world


def covered(homes, people, *rows, costs):
    """Return the coverage frame of a world in the normal season."""
    inputs = world(homes, people, assignments(*rows), costs=costs)
    return assess_coverage(build_watch_graph(inputs, NORMAL)).households


def test_each_status_by_the_visits_that_arrive():
    # W makes 3 a month: FULL needs 2, PART gets 1 of its 2; S notices SEEN and PART; NONE has nobody.
    found = covered(
        households(FULL=2, PART=2, SEEN=1, NONE=1),
        watchers(W=3, S=dict(kind="shop")),
        ("W", "FULL"),
        ("W", "PART"),
        costs={("W", "FULL"): 1, ("W", "PART"): 1, ("S", "SEEN"): 1, ("S", "PART"): 1},
    )
    assert found["status"].tolist() == ["watched", "partly_watched", "noticed_only", "unwatched"]
    assert found["delivered_visits"].tolist() == [24, 12, 0, 0]
    assert found["watchers"].tolist() == [1, 1, 0, 0]
    assert found["noticed"].tolist() == [0, 1, 1, 0]
    assert found["main_watcher"].tolist() == [0, 0, -1, -1]


def test_household_without_need_is_watched():
    found = covered(households(H=0), watchers(), costs={})
    assert found["status"].tolist() == ["watched"]
    assert not found["backed_up"].any() and not found["connected"].any()


def test_watcher_without_capacity_watches_nobody():
    found = covered(households(H=1), watchers(W=0), ("W", "H"), costs={("W", "H"): 1})
    assert found["status"].tolist() == ["unwatched"]


def test_two_watchers_add_up_to_the_need():
    near = {("W1", "H"): 1, ("W2", "H"): 1}
    found = covered(households(H=3), watchers(W1=1, W2=2), ("W1", "H"), ("W2", "H"), costs=near)
    assert found["status"].tolist() == ["watched"]
    assert found["watchers"].tolist() == [2]
    assert found["main_watcher"].tolist() == [1]  # 24 visits a year against 12


def test_older_of_equal_watchers_is_the_main_one():
    near = {("W1", "H"): 1, ("W2", "H"): 1}
    rows = [("W1", "H", dict(valid_from="2021-04-01")), ("W2", "H", dict(valid_from="2020-04-01"))]
    found = covered(households(H=2), watchers(W1=1, W2=1), *rows, costs=near)
    assert found["main_watcher"].tolist() == [1]


@pytest.mark.parametrize(
    ("second", "role", "backed_up"),
    [
        (dict(visits_per_month=2), "backup", True),  # room for exactly the need of 2
        (dict(visits_per_month=1.9), "backup", False),
        (dict(visits_per_month=2, organisation="Other"), "backup", True),
        (dict(visits_per_month=2, organisation="Aid"), "backup", False),  # same organisation
        (dict(visits_per_month=2, status="vacant"), "backup", False),
        (dict(visits_per_month=2, reach_m=0.5), "backup", False),
        (dict(visits_per_month=2), None, False),  # near, but no standing link
    ],
)
def test_backup_is_of_another_organisation_with_room_for_the_whole_need(second, role, backed_up):
    rows = [("W1", "H"), *([("W2", "H", role)] if role else [])]
    people = watchers(W1=dict(visits_per_month=2, organisation="Aid"), W2=second)
    found = covered(households(H=2), people, *rows, costs={("W1", "H"): 1, ("W2", "H"): 1})
    assert found["backed_up"].tolist() == [backed_up]


def test_second_watcher_that_shares_the_visits_backs_up_with_what_it_makes_here():
    # Need 2, each makes 1. W2 has 1 more free: 1 + 1 covers 2, so it carries alone; W1 could not.
    near = {("W1", "H"): 1, ("W2", "H"): 1}
    rows = [("W1", "H", dict(visits_per_month=1)), ("W2", "H", dict(visits_per_month=1))]
    assert covered(households(H=2), watchers(W1=1, W2=2), *rows, costs=near)["backed_up"].tolist() == [True]
    assert covered(households(H=2), watchers(W1=1, W2=1), *rows, costs=near)["backed_up"].tolist() == [False]


def test_backup_whose_room_is_taken_elsewhere_is_none():
    near = {("W1", "H"): 1, ("W2", "H"): 1, ("W2", "G"): 1}
    rows = [("W1", "H"), ("W2", "H", "backup"), ("W2", "G")]
    found = covered(households(H=1, G=1), watchers(W1=1, W2=1), *rows, costs=near)
    assert found["backed_up"].tolist() == [False, False]


def test_connected_through_one_of_its_watchers_or_one_that_notices():
    near = {("DUMB", "H1"): 1, ("DUMB", "H2"): 1, ("S", "H2"): 1, ("DUMB", "H3"): 1, ("W", "H3"): 1}
    people = watchers(
        DUMB=dict(visits_per_month=9, reports_to=None), S=dict(kind="shop", reports_to="W"), W=1
    )
    rows = [("DUMB", "H1"), ("DUMB", "H2"), ("DUMB", "H3", dict(visits_per_month=1)), ("W", "H3")]
    found = covered(households(H1=1, H2=1, H3=2), people, *rows, costs=near)
    assert found["connected"].tolist() == [False, True, True]


def test_backup_that_never_comes_connects_nobody():
    near = {("DUMB", "H"): 1, ("W", "H"): 1}
    people = watchers(DUMB=dict(reports_to=None), W=1)
    found = covered(households(H=1), people, ("DUMB", "H"), ("W", "H", "backup"), costs=near)
    assert found["connected"].tolist() == [False]


visits = st.integers(0, 3)


@settings(deadline=None, max_examples=25)
@given(
    need=st.lists(visits, min_size=3, max_size=3),
    capacity=st.lists(visits, min_size=2, max_size=2),
    rows=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), max_size=5, unique=True),
    newcomer=visits,
)
def test_one_more_watcher_never_lowers_a_count(need, capacity, rows, newcomer):
    homes = households(**{f"H{i}": n / 12 for i, n in enumerate(need)})
    people = {f"W{i}": n / 12 for i, n in enumerate(capacity)}
    standing = [(f"W{w}", f"H{h}") for w, h in rows]
    more = {**people, "W9": newcomer / 12}
    near = {(person, home): 1 for person in more for home in homes.index}
    without = {pair: metres for pair, metres in near.items() if pair[0] != "W9"}
    old = covered(homes, watchers(**people), *standing, costs=without)
    new = covered(homes, watchers(**more), *standing, costs=near)
    helping = covered(homes, watchers(**more), *standing, *(("W9", home) for home in homes.index), costs=near)
    pd.testing.assert_frame_equal(old, new)  # links alone change nothing
    assert (old["delivered_visits"] <= helping["delivered_visits"]).all()
    assert (old["status"] == "watched").sum() <= (helping["status"] == "watched").sum()


def test_summary_counts_households_and_weighs_their_need():
    # H1 watched (need 24 x weight 2 = 48), H2 unassigned (12 x 1), H3 without need, of no area.
    homes = households(
        H1=dict(visits_per_month=2, weight=2), H2=1, H3=dict(visits_per_month=0, community_district=None)
    )
    inputs = world(homes, watchers(W=9), assignments(("W", "H1")), costs={("W", "H1"): 1, ("W", "H2"): 1})
    graph = build_watch_graph(inputs, NORMAL)
    coverage = assess_coverage(graph)
    table = summarise(coverage, classify_gaps(graph, coverage), homes["community_district"])
    assert table.index.tolist() == ["", "A"]
    assert table.loc["A", ["households", "need", "need_watched"]].tolist() == [2, 60, 48]
    assert table.loc["A", ["watched", "unwatched", "connected", "zero_need"]].tolist() == [1, 1, 1, 0]
    assert table.loc["A", ["unassigned", "fragile", "reach"]].tolist() == [1, 1, 0]
    assert table.loc["", ["households", "need", "zero_need", "watched"]].tolist() == [1, 0, 1, 1]
    assert table.loc["", ["fragile", "disconnected"]].tolist() == [0, 0]


def test_summary_of_statuses_adds_up_to_the_households_of_each_area():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "status": rng.choice(["watched", "partly_watched", "noticed_only", "unwatched"], 60),
            "gap_class": None,
            "need_visits": rng.integers(0, 3, 60),
            "weight": 1.5,
            "backed_up": False,
            "connected": True,
        },
        index=[f"H{i}" for i in range(60)],
    )
    by = pd.Series(rng.choice(["A", "B", None], 60), index=frame.index)
    table = summarise_coverage(frame, by.sample(frac=1, random_state=1))  # the order of `by` does not matter
    statuses = ["watched", "partly_watched", "noticed_only", "unwatched"]
    assert (table[statuses].sum(axis=1) == table["households"]).all()
    assert table["households"].to_dict() == {"": by.isna().sum(), **by.value_counts().to_dict()}
    assert table["need"].sum() == 1.5 * frame["need_visits"].sum()


def kinds_of(homes, people, *rows, costs, **options):
    """Return the summary by kind of a world in the normal season."""
    graph = build_watch_graph(world(homes, people, assignments(*rows), costs=costs), NORMAL)
    return summarise_kinds(graph, assess_coverage(graph), **options)


def test_summary_of_kinds_counts_watchers_visits_and_households():
    # H1 needs 3: the neighbour N makes 1, the commissioner W the other 2 of its 5; H2 is N's alone: 1 of 2.
    # The shop S notices H1, H2 and H3; X, a commissioner's post, is vacant.
    homes = households(H1=3, H2=1, H3=1)
    people = watchers(
        W=5,
        N=dict(visits_per_month=2, kind="neighbour"),
        X=dict(visits_per_month=9, status="vacant"),
        S=dict(kind="shop"),
    )
    near = {(person, home): 1 for person in people.index for home in homes.index}
    rows = [("N", "H1", dict(visits_per_month=1)), ("N", "H2"), ("W", "H1"), ("W", "H3", "backup")]
    table = kinds_of(homes, people, *rows, costs=near, register=people["status"])
    assert table.index.tolist() == [*ACTIVE_KINDS, *PASSIVE_KINDS]
    assert table.loc["welfare_commissioner"].tolist() == [2, 1, 1, 60, 24, 36, 1, 1, 0]
    assert table.loc["neighbour"].tolist() == [1, 1, 0, 24, 24, 0, 2, 1, 0]
    assert table.loc["shop"].tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 3]
    assert table.drop(index=["welfare_commissioner", "neighbour", "shop"]).eq(0).all(axis=None)


def test_vacancies_are_unknown_without_the_register():
    table = kinds_of(households(H=1), watchers(X=dict(status="vacant")), costs={})
    assert table["vacant"].isna().all()
    assert table.loc["welfare_commissioner", ["watchers", "in_office"]].tolist() == [1, 0]


def test_household_noticed_by_two_shops_counts_once_for_the_kind():
    shops = watchers(S1=dict(kind="shop"), S2=dict(kind="shop"), D=dict(kind="delivery_firm"))
    table = kinds_of(households(H=1), shops, costs={("S1", "H"): 1, ("S2", "H"): 1})
    assert table.loc["shop", ["watchers", "households_noticed"]].tolist() == [2, 1]


def test_kinds_of_a_city_without_watchers_are_all_zero():
    table = kinds_of(households(H=1), watchers(), costs={}, register=pd.Series(dtype=object))
    assert table.eq(0).all(axis=None) and len(table) == 9
