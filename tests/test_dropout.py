"""Expected coverage when watchers drop out: worlds for paper, every subset of leavers, and drawn ones."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.coverage import Coverage, assess_coverage, carrying_pairs
from analysis.dropout import expected_coverage, find_reliance, simulate_coverage, summarise_draws
from analysis.errors import FrameError, ParameterError
from analysis.watch_graph import build_watch_graph
from tests.small_worlds import NORMAL, assignments, households, watchers, world


def assessed(homes, people, *rows, costs=None):
    """Return graph and coverage; without costs everybody is near everybody."""
    near = {(person, home): 1 for person in people.index for home in homes.index}
    graph = build_watch_graph(world(homes, people, assignments(*rows), costs=costs or near), NORMAL)
    return graph, assess_coverage(graph)


def probabilities(graph, coverage, **stays):
    """Return the probability to be watched by household."""
    return expected_coverage(graph, coverage, pd.Series(stays, dtype=float)).probability.to_dict()


def test_household_of_one_watcher_is_kept_as_likely_as_it_stays():
    found = probabilities(*assessed(households(H=1), watchers(W=1), ("W", "H")), W=0.9)
    assert found == {"H": pytest.approx(0.9)}


def test_backup_keeps_the_household_unless_both_leave():
    # 1 - 0.1 * 0.5: only when W1 (leaves with 0.1) and W2 (0.5) both leave.
    world_ = assessed(households(H=1), watchers(W1=1, W2=1), ("W1", "H"), ("W2", "H", "backup"))
    assert probabilities(*world_, W1=0.9, W2=0.5) == {"H": pytest.approx(0.95)}


def test_two_backups_and_two_that_deliver_are_combined():
    # D = {W1, W2} (1 visit each of 2), C = {W3, W4}: 1 - (1 - 0.9 * 0.8) * 0.5 * 0.6 = 0.916.
    rows = [("W1", "H"), ("W2", "H"), ("W3", "H", "backup"), ("W4", "H", "backup")]
    world_ = assessed(households(H=2), watchers(W1=1, W2=1, W3=2, W4=2), *rows)
    assert probabilities(*world_, W1=0.9, W2=0.8, W3=0.5, W4=0.4) == {"H": pytest.approx(0.916)}


def test_one_that_delivers_and_could_carry_on_decides_alone():
    # Need 2, each makes 1; W2 has 1 more free, W1 none: watched exactly when W2 stays.
    rows = [("W1", "H", dict(visits_per_month=1)), ("W2", "H")]
    world_ = assessed(households(H=2), watchers(W1=1, W2=2), *rows)
    assert probabilities(*world_, W1=0.9, W2=0.6) == {"H": pytest.approx(0.6)}


def test_main_watcher_does_not_make_up_for_a_helper():
    # Need 3: W1 makes 2 and has room for more, W2 makes 1. Cautious: both must stay.
    rows = [("W1", "H", dict(visits_per_month=2)), ("W2", "H")]
    world_ = assessed(households(H=3), watchers(W1=9, W2=1), *rows)
    assert probabilities(*world_, W1=0.5, W2=0.5) == {"H": pytest.approx(0.25)}


def test_backup_of_the_main_watchers_organisation_does_not_count():
    people = watchers(W1=dict(organisation="Aid"), W2=dict(organisation="Aid"))
    world_ = assessed(households(H=1), people, ("W1", "H"), ("W2", "H", "backup"))
    assert probabilities(*world_, W1=0.9, W2=0.5) == {"H": pytest.approx(0.9)}


def test_each_household_counts_on_the_same_backup_room():
    # W2 has room for one visit; H and G each count on it (rosy): 1 - 0.5 * 0.5 for both.
    rows = [("W1", "H"), ("W1", "G"), ("W2", "H", "backup"), ("W2", "G", "backup")]
    world_ = assessed(households(H=1, G=1), watchers(W1=2, W2=1), *rows)
    assert probabilities(*world_, W1=0.5, W2=0.5) == {"H": pytest.approx(0.75), "G": pytest.approx(0.75)}


def test_missed_household_gains_nobody_and_one_without_need_keeps_all():
    # PART gets 1 of 2 although W2 could make both alone: as assignments stand it is not watched.
    homes = households(PART=2, NONE=1, ZERO=0)
    world_ = assessed(homes, watchers(W1=1, W2=9), ("W1", "PART"), ("W2", "PART", "backup"))
    assert world_[1].households["backed_up"].tolist() == [True, False, False]
    assert probabilities(*world_, W1=1, W2=1) == {"PART": 0, "NONE": 0, "ZERO": 1}


def test_pair_with_two_assignments_carries_once():
    rows = [("W1", "H"), ("W2", "H", "backup"), ("W2", "H", "backup")]
    graph, coverage = assessed(households(H=1), watchers(W1=1, W2=1), *rows)
    pairs = carrying_pairs(graph, coverage.households["main_watcher"].to_numpy())
    assert pairs.to_numpy().tolist() == [[0, 1]]
    assert probabilities(graph, coverage, W1=0.9, W2=0.5) == {"H": pytest.approx(0.95)}


def test_sums_are_in_households_and_weighted_visits_by_district():
    # H1 of A needs 2 a month with weight 3, kept with 0.5; H2 of A is missed; H3 of no district has no need.
    homes = households(
        H1=dict(visits_per_month=2, weight=3), H2=1, H3=dict(visits_per_month=0, community_district=None)
    )
    graph, coverage = assessed(homes, watchers(W=2), ("W", "H1"))
    found = expected_coverage(graph, coverage, pd.Series({"W": 0.5}))
    assert (found.households, found.weighted_visits) == (1.5, 3.0)
    assert found.by_district.index.tolist() == ["", "A"]
    assert found.by_district.loc["A"].to_dict() == {
        "households": 2,
        "households_watched": 1,
        "households_expected": 0.5,
        "weighted_visits": 7,
        "weighted_visits_watched": 6,
        "weighted_visits_expected": 3,
    }
    assert found.by_district.loc["", ["households", "households_expected"]].tolist() == [1, 1]


def test_only_active_watchers_in_office_need_a_probability():
    people = watchers(W=1, VACANT=dict(status="vacant"), SHOP=dict(kind="shop"))
    graph, coverage = assessed(households(H=1), people, ("W", "H"))
    stays = pd.Series({"SHOP": np.nan, "W": 0.5, "UNKNOWN": 7.0})
    assert expected_coverage(graph, coverage, stays).households == 0.5


# --- against every subset, and properties -----------------------------------------------------------------


visits = st.integers(0, 3)
chance = st.integers(0, 4).map(lambda quarter: quarter / 4)
PEOPLE = ("W0", "W1", "W2", "W3")
worlds = st.fixed_dictionaries(
    {
        "need": st.lists(visits, min_size=3, max_size=3),
        "capacity": st.lists(st.integers(0, 5), min_size=4, max_size=4),
        "organisation": st.lists(st.sampled_from([None, "Aid"]), min_size=4, max_size=4),
        "rows": st.lists(
            st.tuples(
                st.sampled_from(PEOPLE),
                st.sampled_from(["H0", "H1", "H2"]),
                st.fixed_dictionaries(
                    {
                        "role": st.sampled_from(["primary", "backup"]),
                        "visits_per_month": st.sampled_from([None, 1 / 12]),
                    }
                ),
            ),
            max_size=8,
            unique_by=lambda row: row[:2],
        ),
    }
)
chances = st.lists(chance, min_size=4, max_size=4).map(lambda values: pd.Series(values, index=list(PEOPLE)))


def built(drawn, rename=str, step=1):
    """Return graph and coverage of a drawn world; needs and capacities are visits a year."""
    homes = households(**{f"H{i}": need / 12 for i, need in enumerate(drawn["need"])})
    offers = list(zip(PEOPLE, drawn["capacity"], drawn["organisation"], strict=True))[::step]
    people = {
        rename(name): dict(visits_per_month=capacity / 12, organisation=organisation)
        for name, capacity, organisation in offers
    }
    rows = [(rename(person), home, extra) for person, home, extra in drawn["rows"]]
    return assessed(homes, watchers(**people), *rows)


def leaned_on(graph, coverage, home):
    """Return who delivers to a household, and who could carry it on alone, row by row."""
    assigned, watching = graph.assigned, graph.watchers
    main = coverage.households["main_watcher"].iloc[home]
    delivers, carries = set(), set()
    for row in assigned[(assigned["household"] == home) & assigned["counts"]].itertuples():
        here = assigned.loc[(assigned["household"] == home) & (assigned["watcher"] == row.watcher)]
        made = here["delivered_visits"].sum()
        if made:
            delivers.add(row.watcher)
        other = main >= 0 and (
            watching["organisation_code"].iloc[row.watcher] != watching["organisation_code"].iloc[main]
        )
        room = watching["room_visits"].iloc[row.watcher] + made
        if other and room >= graph.households["need_visits"].iloc[home]:
            carries.add(row.watcher)
    return delivers, carries


def by_every_subset(graph, coverage, stays):
    """Return the expected number of watched households, subset by subset of those who stay."""
    status = coverage.households["status"]
    leaning = [
        leaned_on(graph, coverage, home) for home in range(len(status)) if status.iloc[home] == "watched"
    ]
    total = 0.0
    for staying in product([False, True], repeat=len(stays)):
        weight = np.prod([p if stay else 1 - p for p, stay in zip(stays, staying, strict=True)])
        here = {position for position, stay in enumerate(staying) if stay}
        total += weight * sum(delivers <= here or bool(carries & here) for delivers, carries in leaning)
    return total


@settings(deadline=None, max_examples=60)
@given(drawn=worlds, stays=chances)
def test_expectation_equals_the_sum_over_every_subset(drawn, stays):
    graph, coverage = built(drawn)
    expected = expected_coverage(graph, coverage, stays).households
    assert expected == pytest.approx(by_every_subset(graph, coverage, stays), abs=1e-12)


@settings(deadline=None, max_examples=20)
@given(drawn=worlds, stays=chances, rise=chances)
def test_higher_probability_to_stay_never_lowers_the_expectation(drawn, stays, rise):
    graph, coverage = built(drawn)
    low = expected_coverage(graph, coverage, stays).probability
    high = expected_coverage(graph, coverage, np.maximum(stays, rise)).probability
    assert (high >= low - 1e-12).all()


@settings(deadline=None, max_examples=20)
@given(drawn=worlds)
def test_all_staying_is_today_and_all_leaving_keeps_only_no_need(drawn):
    graph, coverage = built(drawn)
    watched = coverage.households["status"] == "watched"
    stays = pd.Series(1.0, index=list(PEOPLE))
    assert expected_coverage(graph, coverage, stays).probability.tolist() == watched.tolist()
    nobody = expected_coverage(graph, coverage, 0 * stays).probability
    assert nobody.tolist() == [need == 0 for need in drawn["need"]]
    for chances_, count in ((stays, watched.sum()), (0 * stays, drawn["need"].count(0))):
        assert simulate_coverage(graph, coverage, chances_, draws=3, seed=1)["households"].eq(count).all()


@settings(deadline=None, max_examples=15)
@given(drawn=worlds, stays=chances)
def test_names_and_order_of_watchers_change_nothing(drawn, stays):
    # Names keep their order, since of equally old assignments the first by name is honoured first.
    renamed = built(drawn, rename=lambda name: f"X{name[1:]}", step=-1)
    assert renamed[0].watchers.index.tolist() == ["X3", "X2", "X1", "X0"]
    pd.testing.assert_series_equal(
        expected_coverage(*built(drawn), stays).probability,
        expected_coverage(*renamed, stays.rename(lambda name: f"X{name[1:]}")).probability,
    )


# --- drawn ------------------------------------------------------------------------------------------------


def many(seed=4):
    """Return a world of 60 households, 12 watchers, some backups and some shared visits."""
    rng = np.random.default_rng(seed)
    homes = households(**{f"H{i}": dict(visits_per_month=1 + i % 2, weight=1 + i % 3) for i in range(60)})
    people = watchers(**{f"W{i}": 14 for i in range(12)})
    rows = [(f"W{i % 12}", f"H{i}", dict(visits_per_month=1)) for i in range(60)]
    rows += [(f"W{rng.integers(12)}", f"H{i}", dict(role="backup")) for i in range(0, 60, 3)]
    rows += [(f"W{(i + 5) % 12}", f"H{i}", dict(visits_per_month=1)) for i in range(1, 60, 4)]
    graph, coverage = assessed(homes, people, *rows)
    return graph, coverage, pd.Series(rng.uniform(0.5, 1, 12), index=people.index)


def test_drawn_mean_agrees_with_the_exact_expectation():
    graph, coverage, stays = many()
    drawn = simulate_coverage(graph, coverage, stays, draws=20_000, seed=1)
    exact = expected_coverage(graph, coverage, stays)
    error = drawn.sem()
    assert 0 < error["households"] < 0.1
    assert abs(drawn["households"].mean() - exact.households) < 5 * error["households"]
    assert abs(drawn["weighted_visits"].mean() - exact.weighted_visits) < 5 * error["weighted_visits"]


def test_drawn_spread_of_a_world_for_paper():
    # One watcher of three households that stays with 0.5: all three or none, standard deviation 1.5.
    world_ = assessed(households(A=1, B=1, C=1), watchers(W=3), ("W", "A"), ("W", "B"), ("W", "C"))
    drawn = simulate_coverage(*world_, pd.Series({"W": 0.5}), draws=4000, seed=2)
    summary = summarise_draws(drawn)
    assert set(drawn["households"]) == {0, 3}
    assert summary.index.tolist() == ["mean", "sd", "p05", "p50", "p95", "worst"]
    assert summary.loc["sd", "households"] == pytest.approx(1.5, abs=0.01)
    assert summary.loc[["p05", "p95", "worst"], "households"].tolist() == [0, 3, 0]


def test_equal_seeds_draw_the_same_and_more_draws_go_on():
    graph, coverage, stays = many()
    first = simulate_coverage(graph, coverage, stays, draws=30, seed=5)
    pd.testing.assert_frame_equal(first, simulate_coverage(graph, coverage, stays, draws=30, seed=5))
    longer = simulate_coverage(graph, coverage, stays, draws=61, seed=5)  # more than two blocks of draws
    assert longer.index.equals(pd.RangeIndex(61, name="draw"))
    pd.testing.assert_frame_equal(longer.head(30), first)
    assert not first.equals(simulate_coverage(graph, coverage, stays, draws=30, seed=6))


def test_lower_probabilities_lower_every_draw_of_one_seed():
    graph, coverage, stays = many()
    high = simulate_coverage(graph, coverage, stays, draws=200, seed=5)
    low = simulate_coverage(graph, coverage, stays * 0.9, draws=200, seed=5)
    assert (low <= high).all().all()
    assert (low < high).any().any()


def test_nothing_given_is_changed():
    graph, coverage, stays = many()
    before = [frame.copy() for frame in (graph.assigned, graph.households, coverage.households)]
    given_ = stays.copy()
    expected_coverage(graph, coverage, stays)
    simulate_coverage(graph, coverage, stays, draws=2, seed=0)
    for old, new in zip(before, (graph.assigned, graph.households, coverage.households), strict=True):
        pd.testing.assert_frame_equal(old, new)
    pd.testing.assert_series_equal(stays, given_)


# --- refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stays", "error", "message"),
    [
        (pd.Series({"W1": 1.0}), FrameError, "got 1 without: W2."),
        (pd.Series({"W1": 1.0, "W2": None}, dtype=float), FrameError, "got 1 without: W2."),
        (pd.Series({"W1": 1.1, "W2": -0.1}), ParameterError, "got 2 others."),
        (pd.Series([1.0, 1.0, 1.0], index=["W1", "W2", "W2"]), FrameError, "got 1 more."),
    ],
)
def test_probabilities_missing_repeated_or_out_of_range_are_refused(stays, error, message):
    graph, coverage = assessed(households(H=1), watchers(W1=1, W2=1), ("W1", "H"))
    with pytest.raises(error, match=message):
        expected_coverage(graph, coverage, stays)


def test_no_draw_and_foreign_coverage_are_refused():
    graph, coverage = assessed(households(H=1), watchers(W=1), ("W", "H"))
    with pytest.raises(ParameterError, match=r"Expected draws >= 1, got 0\."):
        simulate_coverage(graph, coverage, pd.Series({"W": 1.0}), draws=0, seed=1)
    with pytest.raises(FrameError, match="same households"):
        find_reliance(graph, Coverage(coverage.households.rename(index={"H": "G"})))
