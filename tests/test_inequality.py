"""Gini and Theil by hand, by brute force and by their invariances; figures of areas worked out on paper."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.coverage import assess_coverage
from analysis.errors import ParameterError
from analysis.inequality import INDEX_STATUSES, assess_inequality, measure_inequality
from analysis.watch_graph import build_watch_graph
from tests.small_worlds import NORMAL, assignments, households, watchers, world

amounts = st.one_of(st.just(0.0), st.floats(0.01, 100))
units = st.lists(
    st.tuples(amounts, st.integers(1, 5), st.sampled_from("ABC")), min_size=2, max_size=12
).filter(lambda rows: any(row[0] > 0 for row in rows))


def measured(rows, factor=1.0):
    frame = pd.DataFrame(rows, columns=["value", "weight", "group"])
    return measure_inequality(frame["value"] * factor, weights=frame["weight"], groups=frame["group"])


# --- by hand ----------------------------------------------------------------------------------------------


def test_gini_and_theil_worked_out_by_hand():
    # 1, 2, 3: mean 2. Differences of the nine pairs: 1+2+1+1+2+1 = 8; G = 8 / (2 x 9 x 2) = 2/9.
    # T = (1/2 ln 1/2 + ln 1 + 3/2 ln 3/2) / 3
    found = measure_inequality(pd.Series([3.0, 1.0, 2.0]))
    assert found.gini == pytest.approx(2 / 9)
    assert found.theil == pytest.approx((0.5 * np.log(0.5) + 1.5 * np.log(1.5)) / 3)
    assert (found.status, found.units, found.mean) == ("measured", 3, 2)
    assert np.isnan(found.between) and np.isnan(found.within)


def test_one_unit_that_has_all_is_the_most_unequal():
    # of n units: G = 1 - 1/n, T = ln n
    found = measure_inequality(pd.Series([0.0, 0.0, 0.0, 8.0]))
    assert found.gini == pytest.approx(0.75)
    assert found.theil == pytest.approx(np.log(4))


def test_split_between_and_within_groups_worked_out_by_hand():
    # A: 1 and 3, B: 4 and 4; means 2 and 4 of 3. Between: (2 x 2/3 ln 2/3 + 2 x 4/3 ln 4/3) / 4.
    # Within: A has 4/12 of the sum and T_A = (1/2 ln 1/2 + 3/2 ln 3/2) / 2; B is even.
    found = measure_inequality(pd.Series([1, 3, 4, 4]), groups=pd.Series(list("AABB")))
    assert found.between == pytest.approx((2 / 3 * np.log(2 / 3) + 4 / 3 * np.log(4 / 3)) / 2)
    assert found.within == pytest.approx(4 / 12 * (0.5 * np.log(0.5) + 1.5 * np.log(1.5)) / 2)


def test_units_without_value_or_weight_are_left_out():
    values, weights = pd.Series([1.0, 3.0, None, 50.0]), pd.Series([1, 1, 1, 0])
    found = measure_inequality(values, weights=weights)
    assert (found.units, found.gini) == (2, pytest.approx(0.25))


@pytest.mark.parametrize(
    ("values", "status", "count"),
    [([], "too_few", 0), ([4.0], "too_few", 1), ([4.0, None], "too_few", 1), ([0.0, 0.0], "all_zero", 2)],
)
def test_no_index_has_its_reason_and_no_number(values, status, count):
    found = measure_inequality(pd.Series(values, dtype=float))
    assert (found.status, found.units) == (status, count)
    assert status in INDEX_STATUSES
    assert np.isnan([found.mean, found.gini, found.theil, found.between, found.within]).all()


@pytest.mark.parametrize("wrong", [-1.0, np.inf])
def test_negative_and_infinite_numbers_are_refused(wrong):
    with pytest.raises(ParameterError, match="every value >= 0 and finite, got 1 others"):
        measure_inequality(pd.Series([wrong, 1.0]))
    with pytest.raises(ParameterError, match="every weight >= 0"):
        measure_inequality(pd.Series([1.0, 1.0]), weights=pd.Series([wrong, 1.0]))


# --- by brute force and invariance ------------------------------------------------------------------------


@given(units)
def test_gini_is_the_mean_difference_of_all_pairs(rows):
    value, weight = (np.array(column, dtype=float) for column in list(zip(*rows, strict=True))[:2])
    pairs = np.outer(weight, weight) * np.abs(np.subtract.outer(value, value))
    mean = (weight * value).sum() / weight.sum()
    assert measured(rows).gini == pytest.approx(pairs.sum() / (2 * weight.sum() ** 2 * mean), abs=1e-9)


@given(units, st.floats(0.01, 1000))
def test_another_unit_of_measure_changes_no_index(rows, factor):
    one, other = measured(rows), measured(rows, factor)
    for index in ("gini", "theil", "between", "within"):
        assert getattr(other, index) == pytest.approx(getattr(one, index), abs=1e-9)


@given(units)
def test_a_weight_is_as_many_units_of_weight_one(rows):
    repeated = [(value, 1, group) for value, weight, group in rows for _ in range(weight)]
    one, other = measured(rows), measured(repeated)
    for index in ("mean", "gini", "theil", "between", "within"):
        assert getattr(other, index) == pytest.approx(getattr(one, index), abs=1e-9)


@given(units)
def test_parts_add_up_and_stay_in_their_ranges(rows):
    found = measured(rows)
    assert 0 <= found.gini < 1 and found.theil >= 0
    assert found.between >= 0 and found.within >= 0
    assert found.between + found.within == pytest.approx(found.theil)
    within = 0.0
    frame = pd.DataFrame(rows, columns=["value", "weight", "group"])
    total = (frame["value"] * frame["weight"]).sum()
    for _, group in frame.groupby("group"):
        share = (group["value"] * group["weight"]).sum() / total
        if share > 0 and len(group) > 1:
            within += share * measure_inequality(group["value"], weights=group["weight"]).theil
    assert found.within == pytest.approx(within, abs=1e-9)


@given(units)
def test_giving_from_the_better_to_the_worse_off_lowers_both(rows):
    value = pd.Series([row[0] for row in rows])
    high, low = value.idxmax(), value.idxmin()
    given_over = (value[high] - value[low]) / 4
    evened = value.copy()
    evened[high] -= given_over
    evened[low] += given_over
    before, after = measure_inequality(value), measure_inequality(evened)
    assert after.gini <= before.gini + 1e-9 and after.theil <= before.theil + 1e-9


# --- areas ------------------------------------------------------------------------------------------------


def small_city():
    """A: H1 watched, H2 not; B: H3 watched. W1 and the idle W2 belong to A, W3 to B, S notices, OLD left."""
    homes = households(
        H1=dict(visits_per_month=2, weight=2.0),
        H2=dict(visits_per_month=2),
        H3=dict(visits_per_month=4, community_district="B"),
        H4=dict(visits_per_month=1, community_district=None),
    )
    people = watchers(
        W1=dict(visits_per_month=3, district="A"),
        W2=dict(visits_per_month=1, district="A"),
        W3=dict(visits_per_month=6, district="B"),
        W4=dict(visits_per_month=5),
        S=dict(kind="shop", district="A"),
        OLD=dict(visits_per_month=9, district="A", status="vacant"),
    )
    near = {("W1", "H1"): 1, ("W3", "H3"): 1}
    inputs = world(homes, people, assignments(("W1", "H1"), ("W3", "H3")), costs=near)
    graph = build_watch_graph(inputs, NORMAL)
    by = homes["community_district"].sample(frac=1, random_state=1)  # the order of the series does not matter
    return assess_inequality(graph, assess_coverage(graph), by, graph.watchers["district"])


def test_figures_of_each_area_worked_out_by_hand():
    areas = small_city().areas
    assert areas.index.tolist() == ["", "A", "B"] and areas.index.name == "community_district"
    assert areas.loc["A", ["households", "missed", "share_missed"]].tolist() == [2, 1, 0.5]
    # need 2 x 2.0 watched and 2 x 1.0 missed
    assert areas.loc["A", ["need", "need_missed", "share_need_missed"]].tolist() == [6, 2, 2 / 6]
    # W1 makes 2 of 3, W2 none of 1; H1 and H2 need 4 together
    figures = ["watchers", "capacity", "load", "load_per_watcher", "share_used", "capacity_per_need"]
    assert areas.loc["A", figures].tolist() == [2, 4, 2, 1, 0.5, 1]
    assert areas.loc["B", figures].tolist() == [1, 6, 4, 4, 4 / 6, 1.5]
    assert areas.loc["", figures].tolist() == [1, 5, 0, 0, 0, 5]  # W4 of the whole city, H4 of no district
    assert areas.loc["", ["households", "missed"]].tolist() == [1, 1]


def test_indices_of_the_small_city_worked_out_by_hand():
    indices = small_city().indices
    # shares 0.5 of 2 households and 0 of 1: mean 1/3, G = 2 x 2 x 1 x 0.5 / (2 x 9 x 1/3) = 1/3
    assert indices["share_missed"].gini == pytest.approx(1 / 3)
    # capacity for each visit 1 (need 4) and 1.5 (need 4): mean 1.25, G = 2 x 16 x 0.5 / (2 x 64 x 1.25)
    assert indices["capacity_per_need"].gini == pytest.approx(0.1)
    # loads 2, 0, 4, 0 of W1 to W4: mean 1.5; pairs 2+2+2+4+0+4 = 14, twice; G = 28 / (2 x 16 x 1.5)
    load = indices["load"]
    assert (load.units, load.mean, load.gini) == (4, 1.5, pytest.approx(28 / 48))
    # group means 1 (A, two), 4 (B), 0 (whole city): between = (2 x 2/3 ln 2/3 + 8/3 ln 8/3) / 4
    assert load.between == pytest.approx((4 / 3 * np.log(2 / 3) + 8 / 3 * np.log(8 / 3)) / 4)
    # shares used 2/3, 0, 4/6, 0 weighted by 3, 1, 6, 5: mean 6/15
    assert indices["share_used"].mean == pytest.approx(0.4)


def test_area_without_watchers_or_need_has_no_ratio():
    homes = households(H1=dict(visits_per_month=0), H2=dict(visits_per_month=1, community_district="B"))
    graph = build_watch_graph(world(homes, watchers(), costs={}), NORMAL)
    found = assess_inequality(
        graph, assess_coverage(graph), homes["community_district"], graph.watchers["district"]
    )
    assert found.areas["load_per_watcher"].isna().all()
    assert np.isnan(found.areas.loc["A", "capacity_per_need"])
    assert found.areas.loc["B", "capacity_per_need"] == 0
    assert found.indices["load"].status == "too_few"
    assert found.indices["share_need_missed"].units == 1  # A needs nothing
