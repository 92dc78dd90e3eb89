"""Clusters of gaps: a planted one is found, noise is not, and names do not matter."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from analysis.clusters import (
    CLUSTER_KINDS,
    UNTESTED_REASONS,
    adjust_for_many_tests,
    find_gap_clusters,
    standardise_shares,
)
from analysis.errors import FrameError, ParameterError
from tests.small_worlds import METRIC

SIDE = 12


def squares(missed, households, side=SIDE, slit=0.0):
    """Return side x side areas of 100 m, from the south-west row by row, a slit left at their east edge."""
    shapes = [
        box(x * 100, y * 100, x * 100 + 100 - slit, y * 100 + 100) for y in range(side) for x in range(side)
    ]
    codes = pd.Index([f"Q{number:03}" for number in range(len(shapes))], name="code")
    frame = pd.DataFrame({"households": households, "missed": missed}, index=codes)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=METRIC)


def noise(seed, share=0.4):
    """Return areas of very different sizes that all have the same chance of being missed."""
    rng = np.random.default_rng(seed)
    households = rng.integers(10, 400, SIDE**2)
    return squares(rng.binomial(households, share), households)


def planted(seed=1):
    """Return noise with a block of 3 x 3 areas, rows and columns 4 to 6, where 80 % are missed."""
    areas = noise(seed)
    block = [y * SIDE + x for y in (4, 5, 6) for x in (4, 5, 6)]
    areas.iloc[block, areas.columns.get_loc("missed")] = areas["households"].to_numpy()[block] * 8 // 10
    return areas, areas.index[block]


def test_planted_cluster_is_found_and_its_middle_is_sure():
    areas, block = planted()
    found = find_gap_clusters(areas)
    hot = found.areas.index[found.areas["kind"] == "hot"]
    assert areas.index[5 * SIDE + 5] in hot
    assert found.areas.loc[areas.index[5 * SIDE + 5], "p"] < 0.001
    assert len(hot.intersection(block)) >= 8
    assert len(hot.difference(block)) <= 2
    assert found.moran_i > 0.1 and found.moran_p < 0.001


def test_one_high_area_among_low_ones_is_an_outlier():
    # A block of 5 x 5 where 5 % are missed, but 90 % in its middle.
    areas = noise(4)
    block = [y * SIDE + x for y in range(3, 8) for x in range(3, 8)]
    column = areas.columns.get_loc("missed")
    areas.iloc[block, column] = areas["households"].to_numpy()[block] // 20
    middle = 5 * SIDE + 5
    areas.iloc[middle, column] = areas["households"].iloc[middle] * 9 // 10
    kinds = find_gap_clusters(areas).areas["kind"]
    assert kinds.iloc[middle] == "hot_outlier"
    assert (kinds.iloc[block] == "cold").sum() >= 9


def test_noise_over_many_seeds_seldom_yields_a_discovery():
    # Without any true cluster the rate of runs with a discovery is at most 5 %: of 60 about 3. More than 8
    # has a chance below 1 in 200. Without the correction nearly every run of 144 tests would name an area.
    runs = [find_gap_clusters(noise(seed), permutations=999) for seed in range(60)]
    assert sum(run.counts["tested"] > run.counts["chance"] for run in runs) <= 8
    raw = sum(bool((run.areas["p"] <= 0.05).any()) for run in runs)
    assert raw >= 55


def test_names_and_order_of_the_areas_change_nothing():
    areas, _ = planted(3)
    shuffled = areas.sample(frac=1, random_state=5)
    renamed = shuffled.set_axis(pd.Index([f"Z{i}" for i in range(len(areas))], name="code"))
    first, second = find_gap_clusters(areas), find_gap_clusters(renamed)
    back = second.areas.set_axis(shuffled.index).reindex(areas.index)
    pd.testing.assert_frame_equal(first.areas, back)
    assert (first.counts, first.moran_p) == (second.counts, second.moran_p)
    assert second.areas.index.equals(renamed.index)


def test_same_seed_same_result_and_input_untouched():
    areas, _ = planted()
    before = areas.copy()
    first, second, other = (find_gap_clusters(areas, seed=seed) for seed in (7, 7, 8))
    pd.testing.assert_frame_equal(first.areas, second.areas)
    assert (first.areas["p"] != other.areas["p"]).any()
    pd.testing.assert_frame_equal(areas, before)


def test_filters_of_warnings_stay_as_they_were():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = list(warnings.filters)
        find_gap_clusters(noise(1), permutations=99)
        assert warnings.filters == before


def test_small_lonely_and_shapeless_areas_are_untested_and_counted():
    areas, _ = planted()
    areas.iloc[0, areas.columns.get_loc("households")] = 9  # exactly 10 is enough, 9 is not
    areas.iloc[0, areas.columns.get_loc("missed")] = 9
    areas.iloc[1, :2] = (10, 4)
    areas.loc[areas.index[2], "geometry"] = None
    areas.loc[areas.index[3], "geometry"] = box(9e4, 9e4, 9.01e4, 9.01e4)  # far away
    found = find_gap_clusters(areas)
    assert found.areas["reason"].iloc[:4].tolist() == ["few_households", None, "no_shape", "no_neighbour"]
    assert (found.areas["kind"].iloc[[0, 2, 3]] == "untested").all()
    assert found.areas["p"].iloc[[0, 2, 3]].isna().all()
    assert found.counts["tested"] == SIDE**2 - 3 and found.counts["untested"] == 3
    assert sum(found.counts[kind] for kind in CLUSTER_KINDS) == SIDE**2
    assert sum(found.counts[reason] for reason in UNTESTED_REASONS) == 3


def test_areas_drawn_with_slits_of_up_to_two_metres_are_neighbours():
    # In one row of 12: with a slit of 1.9 m each still touches the next, with one of 2.1 m none does.
    for slit, tested in ((1.9, 12), (2.1, 0)):
        row = squares(np.arange(144) % 7, 20, slit=slit).iloc[:12]
        assert find_gap_clusters(row, permutations=99).counts["tested"] == tested


def test_too_few_areas_or_equal_shares_are_not_tested():
    few = find_gap_clusters(squares(np.arange(9), 20, side=3))
    assert few.counts["few_areas"] == 9 and np.isnan(few.moran_p)
    # 3 of 10 and 6 of 20 are the same share
    equal = find_gap_clusters(squares([3, 6] * 8, [10, 20] * 8, side=4))
    assert equal.counts["no_variation"] == 16 and equal.counts["tested"] == 0
    nobody = find_gap_clusters(squares(0, 20, side=4))
    assert nobody.counts["no_variation"] == 16
    empty = find_gap_clusters(squares(0, 0, side=4))
    assert empty.counts["few_households"] == 16 and empty.areas["share_missed"].isna().all()
    nothing = find_gap_clusters(squares(0, 20, side=4).iloc[:0])
    assert nothing.counts["tested"] == 0 and nothing.areas.empty


def test_standardised_shares_worked_out_by_hand():
    # Shares 0.8, 0.5, 0.6 of 20, 40, 40 households: m = 60/100 = 0.6.
    z = standardise_shares(np.array([16, 20, 24]), np.array([20, 40, 40]))
    # s2 = (20 x 0.04 + 40 x 0.01) / 100 = 0.012; 0.24 / (100/3) = 0.0072; so a = 0.0048;
    # 0.24/20 = 0.012 and 0.24/40 = 0.006 are added to it.
    expected = [0.2 / np.sqrt(0.0048 + 0.012), -0.1 / np.sqrt(0.0048 + 0.006), 0.0]
    np.testing.assert_allclose(z, expected, atol=1e-12)


def test_standardised_noise_has_a_spread_of_one_whatever_the_size():
    rng = np.random.default_rng(2)
    households = np.repeat([20, 2000], 3000)
    z = standardise_shares(rng.binomial(households, 0.7), households)
    assert z[:3000].std() == pytest.approx(1, abs=0.05)
    assert z[3000:].std() == pytest.approx(1, abs=0.05)


def test_rare_shares_are_standardised_as_assuncao_and_reis_do():
    from esda.smoothing import assuncao_rate

    rng = np.random.default_rng(2)
    households = rng.integers(20_000, 200_000, 50)
    missed = rng.binomial(households, rng.uniform(0.0005, 0.002, 50))
    np.testing.assert_allclose(
        standardise_shares(missed, households), assuncao_rate(missed, households), rtol=0.003, atol=1e-3
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.01, 0.5))
def test_adjusted_p_names_what_the_step_up_rule_names(p, rate):
    # Benjamini and Hochberg: the largest k with p(k) <= k/n rate; the k smallest are discoveries.
    p = np.array(p)
    ordered = np.sort(p)
    passing = [k for k in range(1, len(p) + 1) if ordered[k - 1] * len(p) / k <= rate]
    limit = ordered[max(passing) - 1] if passing else -1.0
    assert ((adjust_for_many_tests(p) <= rate) == (p <= limit)).all()


def test_adjusted_p_worked_out_by_hand():
    # of four: .01*4/1 = .04, .03*4/2 = .06 but .04*4/3 = .0533 is lower, .5*4/4 = .5
    np.testing.assert_allclose(
        adjust_for_many_tests(np.array([0.5, 0.01, 0.04, 0.03])), [0.5, 0.04, 0.16 / 3, 0.16 / 3]
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_p_is_twice_the_one_sided_p_of_esda():
    # esda compiles its permutations first, which takes ten seconds or more.
    from esda.moran import Moran, Moran_Local
    from libpysal.graph import Graph

    areas, _ = planted()
    found = find_gap_clusters(areas)
    z = standardise_shares(areas["missed"].to_numpy(), areas["households"].to_numpy())
    graph = Graph.build_fuzzy_contiguity(areas.geometry.to_numpy(), buffer=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = Moran_Local(z, graph, permutations=9_999, seed=3)
    np.testing.assert_allclose(found.areas["local_i"], theirs.Is)
    twice = np.minimum(2 * theirs.p_sim, 1)
    # A p near 0.5 of 9,999 draws has a standard error of 0.005, twice that when doubled; two sets of draws.
    np.testing.assert_allclose(found.areas["p"], twice, atol=0.06)
    assert found.moran_i == pytest.approx(Moran(z, graph, permutations=0).I)


@pytest.mark.parametrize(
    "wrong", [dict(least=0), dict(permutations=98), dict(seed=-1), dict(least=0, seed=-1)]
)
def test_options_out_of_range_are_refused_by_name(wrong):
    with pytest.raises(ParameterError) as refused:
        find_gap_clusters(noise(1), **wrong)
    assert all(f"Expected {name} >= " in str(refused.value) for name in wrong)


def test_more_missed_than_households_is_refused_with_its_code():
    areas = noise(1)
    areas.iloc[5, areas.columns.get_loc("missed")] = 1000
    with pytest.raises(FrameError, match="got 1 others: Q005"):
        find_gap_clusters(areas)
    with pytest.raises(FrameError, match="metric CRS"):
        find_gap_clusters(noise(1).to_crs(6668))
