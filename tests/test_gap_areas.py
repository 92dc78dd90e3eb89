"""Gap areas: cells worked out on paper, and an attacker who moves, adds and looks for single households."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import FrameError, ParameterError
from analysis.frames import GAP_CLASSES, MISSED_CLASSES, REMEDIES, REMEDY_OF
from analysis.gap_areas import find_gap_areas
from analysis.mesh import locate_in_mesh, mesh_code, mesh_polygons
from app.ui import marks

METRIC = 6675
CELL = 54366572  # a cell of 1 km: row 4387, column 2932
ROW, COLUMN = 4387 * 8, 2932 * 8  # of its south-west square of 125 m
PER_LAT, PER_LON = 960, 640  # squares of 125 m in a degree


def town(*groups):
    """Return households from (row, column, missed, others[, what differs]) of squares of 125 m in the cell.

    All stand on the middle of their square, the missed first.
    """
    rows = []
    for row, column, missed, others, *rest in groups:
        usual = {"gap_class": "unassigned", "weight": 1.0, "need_visits": 12, "district": "A"}
        common = {"row": row, "column": column, **usual, **(rest[0] if rest else {})}
        rows += [{**common, "status": "unwatched"}] * missed
        rows += [{**common, "status": "watched", "gap_class": None}] * others
    frame = pd.DataFrame(rows, index=pd.Index([f"H{i}" for i in range(len(rows))], name="household_id"))
    return at(frame.drop(columns=["row", "column"]), frame["row"] + 0.5, frame["column"] + 0.5)


def at(frame, row, column):
    """Return households at places counted in squares of 125 m from the cell's south-west corner."""
    points = gpd.points_from_xy((COLUMN + column) / PER_LON + 100, (ROW + row) / PER_LAT, crs=6668)
    attributes = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    return gpd.GeoDataFrame(attributes, geometry=points.to_crs(METRIC))


def squares(*codes):
    """Return the union of cells in the metric CRS."""
    return shapely.union_all(mesh_polygons(map(str, codes)).to_crs(METRIC).to_numpy())


def same_shape(one, other):
    """Compare to 30 m²: a side of 1 km bends by 14 mm on the plane, unless a neighbour's corner is on it."""
    return shapely.area(shapely.symmetric_difference(one, other)) < 30


# --- cells ------------------------------------------------------------------------------------------------


def test_cell_splits_while_every_quarter_with_households_keeps_enough():
    # The south-west 500 m holds 35, the north-east 30: 1 km splits. In the south-west the 250 m cells hold 20
    # and 15, each in one square of 125 m: it splits down to these. In the north-east they hold 21 and 9: it
    # stays whole.
    found = find_gap_areas(town((1, 0, 10, 10), (2, 0, 10, 5), (4, 4, 11, 10), (6, 6, 3, 6)))
    assert found.areas[["households", "cells"]].to_numpy().tolist() == [[35, 2], [30, 1]]
    assert same_shape(found.areas.geometry.iloc[0], squares(54366572113, 54366572131))
    assert same_shape(found.areas.geometry.iloc[1], squares(543665724))


def test_nine_households_make_no_cell_and_are_counted():
    found = find_gap_areas(town((0, 0, 9, 0)))
    assert found.areas.empty and found.counts["cells"] == 0
    assert found.counts["missed_in_thin_cells"] == found.counts["missed"] == 9


def test_share_at_exactly_the_limit_is_a_gap_cell():
    # 18 of 40 are exactly 45 %
    assert find_gap_areas(town((0, 0, 18, 22))).areas["missed"].tolist() == [18]
    below = find_gap_areas(town((0, 0, 18, 23)))
    assert below.areas.empty and below.counts["missed_below_share"] == 18


def test_ten_missed_and_ten_others_are_just_enough_for_an_area():
    for missed, others, areas in ((10, 10, 1), (9, 10, 0), (10, 9, 0)):
        found = find_gap_areas(town((0, 0, missed, others)))
        assert len(found.areas) == areas
        assert found.counts["missed_left_out"] == (0 if areas else missed)


# --- joining ----------------------------------------------------------------------------------------------


def test_cells_of_one_district_and_remedy_that_share_an_edge_are_one_area():
    ask = dict(gap_class="consent")
    found = find_gap_areas(
        town(
            (0, 0, 10, 10),
            (0, 1, 10, 10, dict(gap_class="rebalance")),  # another class, the same remedy: act
            (0, 2, 10, 10, ask),
            (0, 3, 10, 10, dict(district="B")),
            (1, 2, 10, 10, ask),
        )
    )
    areas = found.areas
    assert areas.index.tolist() == ["A-G1", "A-G2", "B-G1"]
    assert areas["remedy"].tolist() == ["act", "ask", "act"]
    assert areas["cells"].tolist() == [2, 2, 1]
    assert areas["missed"].tolist() == [20, 20, 10]
    assert areas.loc["A-G1", ["unassigned", "rebalance", "consent"]].tolist() == [10, 10, 0]
    assert areas.loc["A-G1", "leading_class"] == "unassigned"  # of equals the cheaper
    # From the south-west the squares of row 0 have digits 11, 12, 21, 22 below the 500 m cell 543665721.
    assert same_shape(areas.geometry["A-G1"], squares(54366572111, 54366572112))
    assert same_shape(areas.geometry["A-G2"], squares(54366572121, 54366572123))


def test_cells_of_different_sizes_share_an_edge():
    # The 500 m cell in the west stays whole (5 and 15), the one in the east splits down to 125 m.
    found = find_gap_areas(town((0, 0, 5, 0), (3, 3, 5, 10), (0, 4, 10, 10)))
    assert found.areas["households"].tolist() == [40]
    assert same_shape(found.areas.geometry.iloc[0], squares(543665721, 54366572211))


def test_small_part_joins_the_neighbour_with_the_longest_edge():
    # 9 missed of 18 in the middle: one edge with the western area, two with the one in the south and east.
    ask, recruit = dict(gap_class="consent"), dict(gap_class="reach")
    found = find_gap_areas(
        town(
            (2, 2, 9, 9, recruit),
            (2, 1, 12, 12, ask),
            (2, 3, 12, 12),
            (1, 2, 12, 12),
            (1, 3, 12, 12),
        )
    )
    assert found.areas["missed"].tolist() == [45, 12]
    assert found.areas["remedy"].tolist() == ["act", "ask"]
    assert found.counts["missed_left_out"] == 0


def test_small_part_joins_no_other_district():
    found = find_gap_areas(town((0, 0, 9, 9), (0, 1, 12, 12, dict(district="B"))))
    assert found.areas["district"].tolist() == ["B"]
    assert found.counts["missed_left_out"] == 9


def test_area_where_all_are_missed_takes_in_a_neighbour_with_others():
    # 30 of 30 missed would tell it of each household. Of its neighbours the one with 16 others joins.
    found = find_gap_areas(town((0, 0, 30, 0), (0, 1, 4, 12), (1, 0, 4, 16), (4, 4, 4, 40)))
    assert found.areas[["households", "missed", "cells"]].to_numpy().tolist() == [[50, 34, 2]]
    assert same_shape(found.areas.geometry.iloc[0], squares(54366572111, 54366572113))
    assert found.counts["missed_below_share"] == 8


def test_area_where_all_are_missed_and_nobody_is_near_is_left_out():
    found = find_gap_areas(town((0, 0, 30, 0), (0, 1, 0, 40, dict(district="B"))))
    assert found.areas.empty and found.counts["missed_left_out"] == 30


def test_district_of_a_cell_is_that_of_most_of_its_households():
    a, b, unknown = dict(district="A"), dict(district="B"), dict(district=None)
    assert find_gap_areas(town((0, 0, 20, 0, b), (0, 0, 0, 21, a))).areas["district"].tolist() == ["A"]
    assert find_gap_areas(town((0, 0, 20, 0, b), (0, 0, 0, 20, a))).areas["district"].tolist() == ["A"]
    nowhere = find_gap_areas(town((0, 0, 20, 20, unknown)))
    assert nowhere.areas.index.tolist() == ["G1"] and nowhere.areas["district"].tolist() == [""]


def test_weighted_need_of_the_missed_is_in_visits_a_month():
    # 10 missed that need 24 visits a year with weight 1.5: 10 x 2 x 1.5 = 30 a month
    found = find_gap_areas(town((0, 0, 10, 10, dict(need_visits=24, weight=1.5))))
    assert found.areas["need_missed"].tolist() == [30.0]


def test_household_without_a_place_is_counted():
    homes = town((0, 0, 21, 20))
    homes.loc["H0", "geometry"] = None
    found = find_gap_areas(homes)
    assert found.areas["missed"].tolist() == [20]
    assert (found.counts["missed"], found.counts["missed_without_place"]) == (21, 1)


def test_city_without_gaps_has_no_area_but_its_columns():
    for homes in (town((0, 0, 0, 20)), town((0, 0, 1, 20)).iloc[:0]):
        found = find_gap_areas(homes)
        assert found.areas.empty and found.areas.crs.to_epsg() == METRIC
        assert {"district", "households", "missed", "need_missed", "leading_class", "remedy", "cells"} <= {
            *found.areas.columns
        }
        assert found.counts["missed"] == 0


def test_every_class_has_a_remedy_that_the_screen_has_a_colour_for():
    assert set(REMEDY_OF) == set(GAP_CLASSES) and set(REMEDY_OF.values()) == set(REMEDIES)
    assert tuple(marks.REMEDY_COLOURS) == REMEDIES


# --- the attacker -----------------------------------------------------------------------------------------

cities = st.lists(
    st.tuples(
        st.integers(0, 20),  # a city of 2.6 km: some cells of 1 km beside one another
        st.integers(0, 20),
        st.integers(0, 25),
        st.integers(0, 25),
        st.fixed_dictionaries(
            {
                "gap_class": st.sampled_from(MISSED_CLASSES),
                "district": st.sampled_from(["A", "A", "B", None]),
            }
        ),
    ),
    min_size=1,
    max_size=12,
).filter(lambda groups: any(group[2] + group[3] for group in groups))


def assert_same(one, other):
    pd.testing.assert_frame_equal(pd.DataFrame(one.areas), pd.DataFrame(other.areas))
    assert one.counts == other.counts


@settings(deadline=None, max_examples=40)
@given(cities, st.data())
def test_moving_households_inside_their_squares_changes_nothing(groups, data):
    homes = town(*groups)
    place = homes.to_crs(6668).geometry
    row, column = place.y * PER_LAT - ROW, (place.x - 100) * PER_LON - COLUMN
    share = st.floats(0.001, 0.999)
    moved = at(
        homes,
        np.floor(row) + data.draw(st.lists(share, min_size=len(homes), max_size=len(homes))),
        np.floor(column) + data.draw(st.lists(share, min_size=len(homes), max_size=len(homes))),
    )
    assert_same(find_gap_areas(homes), find_gap_areas(moved))


@settings(deadline=None, max_examples=40)
@given(cities, st.floats(0.2, 0.9))
def test_every_area_hides_each_household_among_ten_missed_and_ten_others(groups, share):
    homes = town(*groups)
    found = find_gap_areas(homes, share=share)
    areas, counts = found.areas, found.counts
    assert (areas["missed"] >= 10).all()
    assert (areas["households"] - areas["missed"] >= 10).all()
    assert (areas[list(MISSED_CLASSES)].sum(axis=1) == areas["missed"]).all()
    parts = ("in_areas", "in_thin_cells", "below_share", "left_out", "without_place")
    assert counts["missed"] == sum(counts[f"missed_{part}"] for part in parts)
    assert counts["missed_in_areas"] == areas["missed"].sum()
    # The figures of an area are those of the households inside its outline, and areas do not overlap.
    pairs = gpd.sjoin(homes, areas[["geometry"]], predicate="within")
    assert not pairs.index.duplicated().any()
    assert pairs.groupby("area_id").size().reindex(areas.index).eq(areas["households"]).all()
    missed = pairs[pairs["status"] != "watched"].groupby("area_id").size()
    assert missed.reindex(areas.index).eq(areas["missed"]).all()


def cells_by_recursion(codes, parent=""):
    """Return the cells of at least ten households from the codes of their 125 m squares, one by one."""
    finer = {code[: len(parent) + 1 if parent else 8] for code in codes}
    inside = {cell: [code for code in codes if code.startswith(cell)] for cell in finer}
    if parent and (len(parent) == 11 or min(map(len, inside.values())) < 10):
        return [parent] if len(codes) >= 10 else []
    return [cell for part in inside for cell in cells_by_recursion(inside[part], part)]


@settings(deadline=None, max_examples=40)
@given(cities)
def test_areas_are_whole_cells_of_ten_households_whoever_is_missed(groups):
    homes = town(*groups)
    found = find_gap_areas(homes)
    place = homes.to_crs(6668).geometry
    codes = mesh_code(*locate_in_mesh(place.y, place.x, level="125m"), level="125m").astype(str)
    cells = mesh_polygons(cells_by_recursion(list(codes))).to_crs(METRIC)
    assert found.counts["cells"] == len(cells)
    for area in found.areas.itertuples():
        inside = cells[cells.within(area.geometry.buffer(0.1))]
        assert len(inside) == area.cells
        assert same_shape(area.geometry, shapely.union_all(inside.to_numpy()))
    everyone = find_gap_areas(homes.assign(status="unwatched", gap_class="reach"))
    assert everyone.counts["cells"] == len(cells)


@settings(deadline=None, max_examples=40)
@given(cities, st.randoms(use_true_random=False))
def test_order_and_names_of_households_change_nothing(groups, random):
    homes = town(*groups)
    order = list(range(len(homes)))
    random.shuffle(order)
    other = homes.iloc[order].set_axis(pd.Index([f"X{i}" for i in order], name="household_id"))
    before = other.copy()
    assert_same(find_gap_areas(homes), find_gap_areas(other))
    pd.testing.assert_frame_equal(other, before)


# --- refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [dict(least=1), dict(share=0.0), dict(share=1.1), dict(least=0, share=2)])
def test_limits_out_of_range_are_refused(wrong):
    with pytest.raises(ParameterError) as refused:
        find_gap_areas(town((0, 0, 10, 10)), **wrong)
    assert all(f"{value}" in str(refused.value) for value in wrong.values())


def test_missed_household_without_a_class_is_refused():
    homes = town((0, 0, 10, 10))
    homes.loc["H0", "gap_class"] = None
    homes.loc["H1", "gap_class"] = "fragile"
    with pytest.raises(FrameError, match="got 2 without"):
        find_gap_areas(homes)
    with pytest.raises(FrameError, match="metric CRS"):
        find_gap_areas(town((0, 0, 10, 10)).to_crs(6668))
