"""Joined areas: every block in one area of its district, and enough households in each."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from analysis.errors import FrameError, ParameterError
from analysis.joined_areas import join_blocks, most_areas, thin_areas

SIDE = 250.0


def grid(counts, districts=None):
    """Return square blocks ``r{row}c{column}`` from a table of households, the first row in the south."""
    rows = []
    for y, row in enumerate(counts):
        for x, households in enumerate(row):
            district = districts[y][x] if districts else "D1"
            rows.append(
                (f"r{y}c{x}", district, households, box(x * SIDE, y * SIDE, (x + 1) * SIDE, (y + 1) * SIDE))
            )
    frame = pd.DataFrame(rows, columns=["block_id", "district", "households", "geometry"]).set_index(
        "block_id"
    )
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:6675")


def test_four_full_blocks_stay_four_areas_numbered_from_the_south_west():
    areas = join_blocks(grid([[15, 20], [15, 15]]))
    assert areas.to_dict() == {"r0c0": "D1-01", "r0c1": "D1-02", "r1c0": "D1-03", "r1c1": "D1-04"}
    assert areas.name == "area"


def test_a_row_of_sevens_and_eights_is_joined_in_pairs():
    # 7+8 = 15 exactly: equality counts as enough; 45 households can make no more than three areas.
    blocks = grid([[7, 8, 7, 8, 7, 8]])
    areas = join_blocks(blocks)
    assert areas.tolist() == ["D1-01", "D1-01", "D1-02", "D1-02", "D1-03", "D1-03"]
    assert most_areas(blocks) == 3


def test_what_is_left_over_joins_a_neighbouring_area():
    areas = join_blocks(grid([[15, 3, 15]]))
    assert areas.nunique() == 2
    assert areas["r0c1"] in (areas["r0c0"], areas["r0c2"])


def test_no_area_ever_crosses_a_district_border():
    blocks = grid([[10, 10, 10, 10]], [["A", "A", "B", "B"]])
    assert join_blocks(blocks).tolist() == ["A-01", "A-01", "B-01", "B-01"]


def test_a_district_with_too_few_is_one_thin_area():
    blocks = grid([[3, 4, 20]], [["A", "A", "B"]])
    areas = join_blocks(blocks)
    assert areas.tolist() == ["A-01", "A-01", "B-01"]
    assert thin_areas(blocks, areas).tolist() == ["A-01"]


def test_blocks_in_no_district_are_a_district_of_their_own():
    areas = join_blocks(grid([[20, 20]], [["A", None]]))
    assert areas.tolist() == ["A-01", "-01"]


def test_an_island_joins_the_nearest_block():
    blocks = grid([[20, 20, 0, 5]]).drop("r0c2")
    areas = join_blocks(blocks)
    assert areas["r0c3"] == areas["r0c1"] != areas["r0c0"]


def test_blocks_that_touch_at_a_corner_only_are_no_neighbours():
    # r0c0 and r1c1 touch at a corner; each needs its own row's partner to hang together.
    areas = join_blocks(grid([[8, 8], [8, 8]]))
    assert areas["r0c0"] != areas["r1c1"]
    assert areas["r0c1"] != areas["r1c0"]
    assert len(set(areas)) == 2


def test_edges_a_millimetre_apart_are_one_border():
    blocks = grid([[8, 8, 8, 8]])
    crooked = blocks.set_geometry(blocks.buffer(-0.0005, join_style="mitre"))
    pd.testing.assert_series_equal(join_blocks(crooked), join_blocks(blocks))


def test_the_order_of_the_blocks_changes_nothing():
    blocks = grid(np.random.default_rng(3).integers(0, 12, (7, 8)).tolist())
    shuffled = blocks.sample(frac=1, random_state=1)
    pd.testing.assert_series_equal(join_blocks(shuffled).sort_index(), join_blocks(blocks).sort_index())


def test_other_columns_of_the_blocks_change_nothing():
    blocks = grid([[7, 8, 9], [10, 3, 9]])
    with_gaps = blocks.assign(watched=[7, 0, 9, 0, 3, 0], gap=[0, 8, 0, 10, 0, 9])
    pd.testing.assert_series_equal(join_blocks(with_gaps), join_blocks(blocks))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 20), min_size=5, max_size=5), min_size=1, max_size=5), st.integers(1, 4)
)
def test_every_area_is_large_enough_connected_and_of_one_district(counts, border):
    districts = [["A" if x < border else "B" for x in range(5)] for _ in counts]
    blocks = grid(counts, districts)
    areas = join_blocks(blocks)
    assert areas.index.equals(blocks.index)
    assert areas.notna().all()
    for code, own in blocks.groupby(areas):
        whole = blocks.loc[blocks["district"] == own["district"].iloc[0], "households"].sum()
        assert len(set(own["district"])) == 1
        assert own["households"].sum() >= 15 or (own["households"].sum() == whole and code.endswith("-01"))
        assert (
            own.union_all().geom_type == "Polygon"
        )  # squares sharing edges; a corner would be a MultiPolygon
    assert areas.nunique() <= most_areas(blocks)


def test_an_evenly_settled_grid_reaches_most_of_the_bound():
    # 100 blocks of 5: three to an area at best, 33 areas.
    blocks = grid([[5] * 10 for _ in range(10)])
    assert most_areas(blocks) == 33
    assert join_blocks(blocks).nunique() == 33


def test_the_bound_counts_large_blocks_once_and_small_ones_together():
    # 100 households in one block are one area; of the others 29 // 15 = 1.
    assert most_areas(grid([[100, 14, 14, 1]])) == 2
    assert most_areas(grid([[3, 4]])) == 1  # a district is an area at least


# --- areas of this fiscal year ----------------------------------------------------------------------------


def test_kept_areas_stay_though_a_better_division_appeared():
    before = grid([[8, 8, 8, 8]])
    kept = join_blocks(before)
    after = grid([[20, 20, 20, 20]])
    pd.testing.assert_series_equal(join_blocks(after, kept=kept), kept)


def test_a_kept_area_that_fell_below_the_floor_is_widened():
    kept = join_blocks(grid([[15, 15, 15]]))
    after = join_blocks(grid([[15, 14, 16]]), kept=kept)
    assert after.tolist() == ["D1-01", "D1-01", "D1-03"]  # joined to the one with the fewest households


def test_widening_never_splits_what_was_together():
    random = np.random.default_rng(5)
    before = grid(random.integers(0, 12, (6, 6)).tolist())
    kept = join_blocks(before)
    after = before.assign(households=(before["households"] * 0.7).astype(int))
    widened = join_blocks(after, kept=kept)
    assert (widened.groupby(kept).agg(lambda codes: len(set(codes))) == 1).all()
    assert after["households"].groupby(widened).sum().min() >= 15


def test_a_new_block_joins_a_kept_area_beside_it():
    kept = join_blocks(grid([[15, 15]]))
    after = join_blocks(grid([[15, 15, 9]]), kept=kept)
    assert after["r0c2"] == kept["r0c1"]
    assert after[kept.index].equals(kept)


def test_a_district_without_kept_areas_is_joined_anew():
    kept = join_blocks(grid([[15]], [["A"]]))
    areas = join_blocks(grid([[15, 8, 8]], [["A", "B", "B"]]), kept=kept)
    assert areas.tolist() == ["A-01", "B-01", "B-01"]


def test_kept_areas_across_districts_are_refused():
    blocks = grid([[15, 15]], [["A", "B"]])
    kept = pd.Series(["A-01", "A-01"], index=blocks.index)
    with pytest.raises(FrameError, match="in several: A-01"):
        join_blocks(blocks, kept=kept)


# --- refusals ---------------------------------------------------------------------------------------------


def test_broken_counts_places_and_floors_are_refused():
    with pytest.raises(ParameterError, match="least >= 2, got 1"):
        join_blocks(grid([[15]]), least=1)
    with pytest.raises(FrameError, match="whole counts"):
        join_blocks(grid([[1.5]]))
    with pytest.raises(FrameError, match="1 without"):
        join_blocks(grid([[15]]).set_geometry([None], crs="EPSG:6675"))
    with pytest.raises(FrameError, match="households"):
        join_blocks(grid([[15]]).drop(columns="households"))
