"""Walking access to places: figures by hand, and against the definitions in plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.access import AccessRules, assess_access, summarise_access
from analysis.errors import FrameError, ParameterError
from analysis.rounds import WALKING_M_PER_MIN
from tests.small_worlds import walking_costs

TWO_BANDS = AccessRules(cutoffs_m=(500.0, 1000.0), weights=(1.0, 0.5))
PLAIN = AccessRules(cutoffs_m=(1000.0,), weights=(1.0,))


def homes(count):
    index = pd.Index([f"H{number}" for number in range(1, count + 1)], name="household_id", dtype=object)
    return pd.DataFrame(index=index)


def places(**capacity):
    index = pd.Index(list(capacity), name="facility_id", dtype=object)
    return pd.DataFrame({"reach_m": 1000.0, "capacity": list(capacity.values())}, index=index)


def access_of(pairs, count, facilities, rules=TWO_BANDS, **options):
    households = homes(count)
    costs = walking_costs(pairs, households.index, facilities.index)
    return assess_access(costs, households, facilities, rules=rules, **options)


# --- by hand ----------------------------------------------------------------------------------------------


def test_nearest_place_in_metres_and_minutes():
    found = access_of({("A", "H1"): 400, ("B", "H1"): 200}, 2, places(A=1, B=1))
    assert found.households.loc["H1", ["nearest", "nearest_m"]].tolist() == ["B", 200.0]
    assert found.households.loc["H1", "nearest_min"] == pytest.approx(200 / WALKING_M_PER_MIN)
    assert found.households.loc["H2", "nearest"] is None
    assert found.households["gap"].tolist() == [False, True]
    assert found.counts["gaps"] == 1


def test_place_at_exactly_a_cutoff_is_within_it():
    pairs = {("A", "H1"): 500.0, ("A", "H2"): 500.1, ("A", "H3"): 1000.0, ("A", "H4"): 1000.1}
    found = access_of(pairs, 4, places(A=1))
    assert found.within.to_numpy().tolist() == [[1, 1], [0, 1], [0, 1], [0, 0]]
    assert found.households["gap"].tolist() == [False, False, False, True]


def test_enhanced_score_shares_a_place_among_all_near_it():
    # A (6 seats): H1 near, H2 far: demand 1 + 0.5, 4 seats for each. B (1 seat): H2 near only.
    pairs = {("A", "H1"): 100, ("A", "H2"): 900, ("B", "H2"): 100}
    found = access_of(pairs, 2, places(A=6, B=1))
    assert found.facilities["demand_met"].tolist() == [1.5, 1.0]
    assert found.facilities["ratio"].tolist() == [4.0, 1.0]
    assert found.households["score"].tolist() == [4.0, 0.5 * 4.0 + 1.0]


def test_plain_two_step_score_has_one_band():
    pairs = {("A", "H1"): 100, ("A", "H2"): 900, ("B", "H2"): 100}
    found = access_of(pairs, 2, places(A=6, B=1), rules=PLAIN)
    assert found.households["score"].tolist() == [3.0, 4.0]


def test_demand_weighs_households_in_the_score_and_the_means():
    pairs = {("A", "H1"): 100, ("A", "H2"): 300}
    demand = pd.Series({"H2": 3.0, "H1": 1.0, "other": 9.0})
    found = access_of(pairs, 2, places(A=8), demand=demand)
    assert found.households["score"].tolist() == [2.0, 2.0]
    summary = summarise_access(found, pd.Series({"H1": "x", "H2": "x"}, name="town"))
    assert summary.loc["x", "mean_nearest_m"] == pytest.approx((100 + 3 * 300) / 4)
    assert summary.loc["x", "demand"] == 4.0


def test_costs_are_read_from_place_to_household():
    # Only A reaches H2 and only B reaches H1; read the other way round A would serve H1 (pysal/access#18).
    pairs = {("A", "H2"): 100, ("B", "H1"): 200}
    found = access_of(pairs, 2, places(A=2, B=4))
    assert found.households["nearest"].tolist() == ["B", "A"]
    assert found.households["score"].tolist() == [4.0, 2.0]


def test_costs_in_another_order_than_the_frames_are_matched_by_id():
    households, facilities = homes(2), places(A=2, B=4)
    costs = walking_costs(
        {("A", "H2"): 100, ("B", "H1"): 200}, households.index[::-1], facilities.index[::-1]
    )
    found = assess_access(costs, households, facilities, rules=TWO_BANDS)
    assert found.households["nearest"].tolist() == ["B", "A"]
    assert found.households["score"].tolist() == [4.0, 2.0]


def test_summary_counts_gaps_and_homes_without_an_area():
    pairs = {("A", "H1"): 400, ("A", "H2"): 900}
    found = access_of(pairs, 4, places(A=1))
    summary = summarise_access(found, pd.Series({"H1": "x", "H2": "x", "H3": "x"}))
    assert summary.index.tolist() == ["", "x"]
    assert summary[["households", "gaps"]].to_numpy().tolist() == [[1, 1], [3, 2 - 1]]
    assert summary.loc["x", "share_within_500_m"] == pytest.approx(1 / 3)
    assert summary.loc["x", "share_within_1000_m"] == pytest.approx(2 / 3)
    assert summary.loc["x", "mean_nearest_m"] == 650.0
    assert summary.loc["x", "mean_places"] == pytest.approx(2 / 3)
    assert np.isnan(summary.loc["", "mean_nearest_m"])


def test_place_near_nobody_has_no_ratio_and_is_counted():
    found = access_of({("A", "H1"): 10}, 1, places(A=1, B=5))
    assert np.isnan(found.facilities.loc["B", "ratio"])
    assert found.counts["facilities_near_nobody"] == 1


def test_city_without_places_or_households_is_all_gaps():
    assert access_of({}, 3, places()).households["gap"].all()
    empty = access_of({}, 0, places(A=1))
    assert empty.counts["households"] == 0
    assert len(summarise_access(empty, pd.Series(dtype=object))) == 0


def test_defaults_are_five_ten_and_fifteen_minutes():
    assert AccessRules().cutoffs_m == pytest.approx((333.333, 666.667, 1000.0), abs=0.001)


# --- refused ----------------------------------------------------------------------------------------------


def test_places_measured_too_short_or_not_at_all_are_refused():
    short = places(A=1).assign(reach_m=999.0)
    with pytest.raises(FrameError, match="as far as 1000 m, got 1 with less"):
        access_of({}, 1, short)
    costs = walking_costs({}, homes(1).index, places(A=1).index)
    with pytest.raises(FrameError, match="to all households, got 1 without"):
        assess_access(costs, homes(2), places(A=1), rules=TWO_BANDS)
    with pytest.raises(FrameError, match="from all places, got 1 without"):
        assess_access(costs, homes(1), places(A=1, B=1), rules=TWO_BANDS)


def test_bad_numbers_are_refused():
    with pytest.raises(FrameError, match="capacity of places >= 0, got 1 others"):
        access_of({}, 1, places(A=-1))
    with pytest.raises(ParameterError, match="demand >= 0 of every household, got 1 others"):
        access_of({}, 2, places(A=1), demand=pd.Series({"H1": 1.0}))
    with pytest.raises(ParameterError, match=r"rising cutoffs.*weight from 0 to 1"):
        AccessRules((500.0, 500.0), (1.0,))
    with pytest.raises(ParameterError, match="never rise"):
        AccessRules((500.0, 800.0), (0.5, 1.0))


# --- against plain loops ----------------------------------------------------------------------------------


@st.composite
def matrices(draw):
    count, facilities = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    metres = st.sampled_from([0.0, 250.0, 500.0, 750.0, 1000.0, 1001.0, np.inf])
    cost = np.array([[draw(metres) for _ in range(facilities)] for _ in range(count)])
    capacity = [float(draw(st.integers(0, 5))) for _ in range(facilities)]
    demand = [draw(st.sampled_from([0.0, 1.0, 2.5])) for _ in range(count)]
    return cost, capacity, demand


def two_steps(cost, capacity, demand, weight_at):
    """Return the scores by the two formulas, pair by pair."""
    scores = [0.0] * len(demand)
    for j, seats in enumerate(capacity):
        met = sum(people * weight_at(cost[i, j]) for i, people in enumerate(demand))
        if met > 0:
            for i in range(len(demand)):
                scores[i] += weight_at(cost[i, j]) * seats / met
    return scores


@settings(max_examples=80, deadline=None)
@given(matrices())
def test_scores_and_counts_equal_the_definitions(case):
    cost, capacity, demand = case
    names = [f"F{number}" for number in range(len(capacity))]
    pairs = {(name, f"H{i + 1}"): cost[i, j] for j, name in enumerate(names) for i in range(len(demand))}
    pairs = {pair: metres for pair, metres in pairs.items() if np.isfinite(metres)}
    wanted = pd.Series(demand, index=homes(len(demand)).index)
    found = access_of(pairs, len(demand), places(**dict(zip(names, capacity, strict=True))), demand=wanted)
    weight_at = lambda d: 1.0 if d <= 500 else 0.5 if d <= 1000 else 0.0  # noqa: E731
    assert found.households["score"].tolist() == pytest.approx(two_steps(cost, capacity, demand, weight_at))
    assert found.within.iloc[:, 0].tolist() == (cost <= 500).sum(axis=1).tolist()
    assert found.within.iloc[:, 1].tolist() == (cost <= 1000).sum(axis=1).tolist()
    nearest = cost.min(axis=1)
    expected = np.where(nearest <= 1000, nearest, np.nan)
    assert found.households["nearest_m"].to_numpy() == pytest.approx(expected, nan_ok=True)
    # What households get together is what the places that somebody is near have to give.
    shared = found.facilities["capacity"][found.facilities["demand_met"] > 0].sum()
    assert (found.households["score"] * wanted).sum() == pytest.approx(shared)
