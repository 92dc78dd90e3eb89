"""Points in areas: none, one, several, and on the border."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon, box

from analysis.districts import locate_in_areas
from analysis.errors import FrameError

CRS = 6675


def areas(**shapes):
    return gpd.GeoDataFrame(
        geometry=list(shapes.values()), index=pd.Index(list(shapes), name="code", dtype=object), crs=CRS
    )


def points(*places):
    index = pd.Index([f"H{number}" for number in range(len(places))], name="household_id")
    return gpd.GeoSeries([None if place is None else Point(place) for place in places], index=index, crs=CRS)


def test_points_in_none_one_and_two_areas():
    # M is 100 x 100; its branch B is the 20 x 20 corner inside it. H0 is in M only, 50 m from its sides
    # but nearer to B. H1 is in both, 10 m from every side of B. H2 is 40 m east of M.
    located = locate_in_areas(
        points((50, 50), (10, 10), (140, 50)), areas(M=box(0, 0, 100, 100), B=box(0, 0, 20, 20))
    )
    assert located["code"].tolist() == ["M", "B", None]
    assert located["answers"].tolist() == [1, 2, 0]
    # H0 to B's corner (20, 20): hypot(30, 30) = 42.43, less than 50 to M's side.
    assert located["border_distance_m"].tolist() == pytest.approx([np.hypot(30, 30), 10, 40])
    assert located.index.tolist() == ["H0", "H1", "H2"]


def test_point_on_a_shared_border_is_inside_both_and_takes_the_first_code():
    located = locate_in_areas(points((10, 5)), areas(Z=box(0, 0, 10, 10), A=box(10, 0, 20, 10)))
    assert located.loc["H0"].tolist() == ["A", 2, 0.0]


def test_floating_error_does_not_push_a_point_off_its_border():
    # 0.1 + 0.2 = 0.30000000000000004 lies 5.6e-17 m outside of the box that ends at 0.3.
    located = locate_in_areas(points((0.1 + 0.2, 0.1)), areas(A=box(0, 0, 0.3, 0.3)))
    assert located.loc["H0", ["code", "answers"]].tolist() == ["A", 1]


def test_point_a_millimetre_outside_is_outside():
    located = locate_in_areas(points((10.001, 5)), areas(A=box(0, 0, 10, 10)))
    assert located.loc["H0", ["code", "answers"]].tolist() == [None, 0]
    assert located.loc["H0", "border_distance_m"] == pytest.approx(0.001)


def test_point_in_a_hole_is_outside_and_near_its_rim():
    ring = Polygon(box(0, 0, 30, 30).exterior.coords, [box(10, 10, 20, 20).exterior.coords])
    located = locate_in_areas(points((14, 15)), areas(A=ring))
    assert located.loc["H0"].tolist() == [None, 0, 4.0]


def test_missing_points_and_missing_areas_have_no_answer():
    located = locate_in_areas(points(None, (5, 5)), areas(A=box(0, 0, 10, 10), B=None))
    assert located["code"].tolist() == [None, "A"]
    assert located["answers"].tolist() == [0, 1]
    assert np.isnan(located["border_distance_m"].iloc[0])
    nowhere = locate_in_areas(points((5, 5)), areas())
    assert nowhere["answers"].tolist() == [0]
    assert np.isnan(nowhere["border_distance_m"].iloc[0])


def test_wrong_areas_are_refused_in_one_error():
    wrong = gpd.GeoDataFrame(
        geometry=[Point(0, 0), box(0, 0, 1, 1)], index=pd.Index(["A", "A"], name="code"), crs=CRS
    )
    with pytest.raises(FrameError, match="unique"):
        locate_in_areas(points((0, 0)), wrong)
    with pytest.raises(FrameError, match=r"EPSG:6674.*polygons, got 1 others: A"):
        locate_in_areas(
            points((0, 0)).set_crs(6674, allow_override=True),
            wrong.set_axis(pd.Index(["A", "B"], name="code")),
        )


@settings(max_examples=60, deadline=None)
@given(
    boxes=st.lists(st.tuples(*[st.integers(0, 8)] * 2, *[st.integers(1, 6)] * 2), min_size=1, max_size=5),
    places=st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=8),
)
def test_answers_equal_a_plain_comparison_of_coordinates(boxes, places):
    # Whole-metre boxes, so being inside is a comparison of integers, borders included.
    shapes = {f"D{number}": (x, y, x + wide, y + high) for number, (x, y, wide, high) in enumerate(boxes)}
    located = locate_in_areas(points(*places), areas(**{code: box(*shape) for code, shape in shapes.items()}))
    for (x, y), (code, answers) in zip(places, located[["code", "answers"]].to_numpy(), strict=True):
        holding = [
            ((right - left) * (top - low), name)
            for name, (left, low, right, top) in shapes.items()
            if left <= x <= right and low <= y <= top
        ]
        assert answers == len(holding)
        assert code == (min(holding)[1] if holding else None)


@pytest.mark.realfiles
def test_centres_of_real_school_districts_lie_in_them(shared_file):
    districts = gpd.read_file(shared_file("data/ksj-a27-2023-nara/A27-23_29.geojson"))
    ikoma = districts[districts["A27_001"] == "29209"].to_crs(6674)
    ikoma = ikoma.set_index(pd.Index(ikoma["A27_003"], name="code"))
    located = locate_in_areas(ikoma.representative_point(), ikoma[["geometry"]])
    assert len(ikoma) == 12
    assert located["code"].tolist() == ikoma.index.tolist()
    assert (located["border_distance_m"] > 0).all()
