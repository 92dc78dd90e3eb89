"""The walking graph: costs by slope and season, parts, and points set on streets."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from analysis.errors import FrameError, ParameterError
from analysis.street import WalkingRules, build_street_graph, slope_factor, snap_to_streets

CRS = 6675


def streets(*edges, **columns):
    """Make a frame from (u, v, coordinates); lengths are those of the lines, heights flat, unless given."""
    lines = [LineString(coordinates) for _, _, coordinates in edges]
    frame = gpd.GeoDataFrame(
        {
            "u": [u for u, _, _ in edges],
            "v": [v for _, v, _ in edges],
            "length_m": [line.length for line in lines],
            "elevation_u_m": 0.0,
            "elevation_v_m": 0.0,
            "is_steps": False,
            "snow_cleared": False,
        },
        geometry=lines,
        index=pd.Index([f"E{number}" for number in range(len(edges))], name="edge_id"),
        crs=CRS,
    )
    return frame.assign(**columns)


def line_of_three(**columns):
    """A–B–C–D in a line, 100 m each."""
    return streets(
        ("A", "B", [(0, 0), (100, 0)]),
        ("B", "C", [(100, 0), (200, 0)]),
        ("C", "D", [(200, 0), (300, 0)]),
        **columns,
    )


def points(*places):
    return gpd.GeoSeries([None if place is None else Point(place) for place in places], crs=CRS)


def test_slope_factor_is_toblers_mean_of_there_and_back():
    # Flat: 6 exp(-3.5 * 0.05) = 5.0367 km/h. Up 0.10: 6 exp(-3.5 * 0.15) = 3.5493, down 6 exp(-3.5 * 0.05)
    # = 5.0367. Times over the flat: 1.41907 and 1; mean 1.20953. At 0.03: up 6 exp(-0.28) = 4.5347, down
    # 6 exp(-0.07) = 5.5944; 1.11071 and 0.90032; mean 1.00552. At 0.20: up e^0.7 = 2.01375, down
    # e^0.35 = 1.41907; mean 1.71641.
    assert slope_factor(np.array([0, 0.10, -0.10, 0.03, 0.20])) == pytest.approx(
        [1, 1.20953, 1.20953, 1.00552, 1.71641], abs=1e-5
    )


@given(st.floats(-1, 1))
def test_slope_never_shortens_a_street(gradient):
    there = 6 * np.exp(-3.5 * abs(gradient + 0.05))
    back = 6 * np.exp(-3.5 * abs(-gradient + 0.05))
    flat = 6 * np.exp(-3.5 * 0.05)
    assert slope_factor(np.array([gradient]))[0] == pytest.approx((flat / there + flat / back) / 2)
    assert slope_factor(np.array([gradient]))[0] >= 1


def test_climb_costs_more_than_its_length_and_unknown_heights_are_flat():
    # E0 climbs 10 m in 100 (0.10: 1.20953), E1 lacks a height, E2 climbs 150 m in 100: an error of heights.
    graph = build_street_graph(line_of_three(elevation_v_m=[10.0, np.nan, 150.0]))
    assert graph.cost_m == pytest.approx([120.953, 100, 100], abs=1e-3)
    assert (graph.counts["unknown_elevation"], graph.counts["impossible_gradient"]) == (1, 1)


def test_snow_doubles_streets_and_a_cleared_one_costs_less():
    graph = build_street_graph(line_of_three(snow_cleared=[False, True, False]), season="snow")
    assert graph.cost_m == pytest.approx([200, 130, 200])


def test_snow_closes_steps_and_steep_streets_but_not_the_limit_itself():
    # Gradients 0.125 (the limit: open), 0.13 (closed), steps flat (closed).
    hilly = line_of_three(elevation_v_m=[12.5, 13.0, 0.0], is_steps=[False, False, True])
    snow, normal = build_street_graph(hilly, season="snow"), build_street_graph(hilly)
    assert np.isfinite(snow.cost_m).tolist() == [True, False, False]
    assert np.isfinite(normal.cost_m).all()
    assert (snow.counts["closed_steps"], snow.counts["closed_steep"]) == (1, 1)
    assert (normal.counts["closed_steps"], normal.counts["closed_steep"]) == (0, 0)


def test_steep_steps_are_counted_once_as_steps():
    graph = build_street_graph(
        line_of_three(elevation_v_m=50.0, is_steps=[True, False, False]), season="snow"
    )
    assert (graph.counts["closed_steps"], graph.counts["closed_steep"]) == (1, 2)


def test_closing_the_middle_street_makes_two_parts_the_larger_first():
    # A–B | C–D: closing E1 leaves two pairs; in the normal season all four are one part.
    four = line_of_three(is_steps=[False, True, False])
    assert build_street_graph(four).component.tolist() == [0, 0, 0, 0]
    snow = build_street_graph(four, season="snow")
    assert snow.component.tolist() == [0, 0, 1, 1]
    # Closing E0 instead: A alone is the smaller part although it comes first.
    alone = build_street_graph(line_of_three(is_steps=[True, False, False]), season="snow")
    assert alone.component.tolist() == [1, 0, 0, 0]
    assert alone.counts["components"] == 2


def test_of_parallel_streets_the_cheapest_is_walked():
    graph = build_street_graph(
        streets(("A", "B", [(0, 0), (50, 80), (100, 0)]), ("B", "A", [(100, 0), (0, 0)]))
    )
    assert graph.adjacency.toarray().tolist() == [[0, 100], [100, 0]]
    assert graph.counts["edges"] == 2


def test_one_misdrawn_street_does_not_move_its_node():
    # B is at (100, 0) for two streets and 60 m off for a third: the median stays.
    graph = build_street_graph(
        streets(
            ("A", "B", [(0, 0), (100, 0)]),
            ("B", "C", [(100, 0), (200, 0)]),
            ("B", "D", [(100, 60), (100, 200)]),
        )
    )
    assert graph.xy[graph.node_ids.get_loc("B")].tolist() == [100, 0]
    assert graph.counts["ends_apart"] == 1


def test_lengths_shorter_than_the_straight_line_are_counted():
    # E1 is 100 m straight but given as 40 m.
    assert build_street_graph(line_of_three()).counts["shortcuts"] == 0
    assert build_street_graph(line_of_three(length_m=[100.0, 40.0, 100.0])).counts["shortcuts"] == 1


def test_points_stand_on_the_nearest_street_and_the_first_of_equals():
    # (25, 10) is 10 m from E0, a quarter along; (100, 5) is 5 m from both E0's end and E1's start.
    snapping = snap_to_streets(build_street_graph(line_of_three()), points((25, 10), (100, 5)), 50)
    assert snapping.edge.tolist() == [0, 0]
    assert snapping.share.tolist() == [0.25, 1]
    assert snapping.distance_m.tolist() == [10, 5]


def test_point_at_exactly_the_snap_limit_is_on_the_street():
    graph = build_street_graph(line_of_three())
    snapping = snap_to_streets(graph, points((50, 100), (50, 100.01), None), 100)
    assert snapping.on_street.tolist() == [True, False, False]
    assert snapping.far_off.tolist() == [False, True, False]
    assert snapping.has_point.tolist() == [True, True, False]


def test_point_beside_closed_steps_goes_to_an_open_street():
    # (250, 10) is 10 m from E2; closed, the nearest is E1's end (200, 0), hypot(50, 10) = 50.99 m away.
    graph = build_street_graph(line_of_three(is_steps=[False, False, True]), season="snow")
    snapping = snap_to_streets(graph, points((250, 10)), 100)
    assert (snapping.edge[0], snapping.share[0]) == (1, 1)
    assert snapping.distance_m[0] == pytest.approx(50.990, abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(-50, 350), st.integers(-150, 150)), min_size=1, max_size=12))
def test_snapping_equals_a_search_of_every_street(places):
    frame = line_of_three()
    snapping = snap_to_streets(build_street_graph(frame), points(*places), 100)
    for row, place in enumerate(places):
        metres = [line.distance(Point(place)) for line in frame.geometry]
        if min(metres) <= 100:
            assert snapping.distance_m[row] == pytest.approx(min(metres))
            on_line = frame.geometry.iloc[snapping.edge[row]].interpolate(
                snapping.share[row], normalized=True
            )
            assert on_line.distance(Point(place)) == pytest.approx(min(metres))
        else:
            assert snapping.far_off[row]


def test_building_leaves_the_frame_as_it_was_and_arrays_refuse_writing():
    frame = line_of_three()
    before = frame.copy(deep=True)
    graph = build_street_graph(frame, season="snow")
    pd.testing.assert_frame_equal(frame, before)
    frame.loc["E0", "length_m"] = 7.0
    assert graph.length_m[0] == 100
    with pytest.raises(ValueError, match="read-only"):
        graph.cost_m[0] = 1


def test_no_streets_give_an_empty_graph_where_all_is_far_off():
    graph = build_street_graph(line_of_three().iloc[:0])
    assert graph.counts["nodes"] == graph.counts["components"] == 0
    assert snap_to_streets(graph, points((0, 0)), 100).far_off.tolist() == [True]


def test_bad_streets_are_named_in_one_error():
    bad = line_of_three(length_m=[-1.0, np.nan, 5.0], u=["A", "B", None])
    with pytest.raises(FrameError, match=r"both node ids, got 1 without: E2.*got 2 without: E0, E1"):
        build_street_graph(bad)
    with pytest.raises(FrameError, match="EPSG:6668"):
        build_street_graph(line_of_three().to_crs(6668))
    with pytest.raises(FrameError, match="a LineString, got 3"):
        build_street_graph(
            line_of_three().set_geometry(points((0, 0), (1, 1), (2, 2)).set_axis(["E0", "E1", "E2"]))
        )


def test_points_in_another_crs_are_refused():
    graph = build_street_graph(line_of_three())
    with pytest.raises(FrameError, match="EPSG:6674"):
        snap_to_streets(graph, points((0, 0)).set_crs(6674, allow_override=True), 100)
    with pytest.raises(FrameError, match="LineString"):
        snap_to_streets(graph, gpd.GeoSeries([LineString([(0, 0), (1, 1)])], crs=CRS), 100)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"snow_factor": 0.9, "cleared_factor": 1.0}, "snow_factor >= 1, got 0.9"),
        ({"cleared_factor": 2.5}, "cleared_factor from 1 to snow_factor, got 2.5"),  # worse than uncleared
        ({"steep_closed_gradient": 0}, "steep_closed_gradient > 0"),
        ({"snap_limit_m": -1}, "snap_limit_m > 0, got -1"),
        ({"detour_factor": 0.5}, "detour_factor >= 1"),  # shorter than the straight line
        ({"snow_factor": float("nan")}, "snow_factor"),
    ],
)
def test_rules_outside_their_range_are_refused(values, said):
    with pytest.raises(ParameterError, match=said):
        WalkingRules(**values)


def test_unknown_season_and_limit_are_refused():
    with pytest.raises(ParameterError, match="'winter'"):
        build_street_graph(line_of_three(), season="winter")
    with pytest.raises(ParameterError, match="limit_m > 0, got 0"):
        snap_to_streets(build_street_graph(line_of_three()), points((0, 0)), 0)
