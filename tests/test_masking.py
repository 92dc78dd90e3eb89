"""Displaced points: hidden among enough dwellings, the same in every copy, within their district."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from analysis.dwellings import spread_dwellings
from analysis.errors import FrameError, ParameterError
from analysis.masking import FARTHEST, MaskRules, displace
from analysis.masking_report import describe_mask, moved_elsewhere

CRS = 6675
KEY = bytes(range(32))


def town(number: int = 3_000, *, seed: int = 1) -> tuple[gpd.GeoDataFrame, gpd.GeoSeries, gpd.GeoSeries]:
    """Return 300 homes among dwellings that thin out towards the east, in two districts side by side."""
    random = np.random.default_rng(seed)
    xy = np.column_stack([2_000 * random.random(number) ** 2, 1_000 * random.random(number)])
    districts = gpd.GeoSeries([box(0, 0, 900, 1_000), box(900, 0, 2_000, 1_000)], index=["D1", "D2"], crs=CRS)
    homes = gpd.GeoDataFrame(
        {"district": np.where(xy[:300, 0] < 900, "D1", "D2")},
        geometry=shapely.points(xy[:300]),
        index=[f"H{n}" for n in range(300)],
        crs=CRS,
    )
    return homes, gpd.GeoSeries(shapely.points(xy), crs=CRS), districts


def test_each_point_hides_among_as_many_dwellings_as_told():
    homes, dwellings, districts = town()
    found = displace(homes, dwellings, districts, key=KEY, year=2026)
    at, home = found.points.geometry, homes.geometry[found.points.index]
    for name in found.points.index:
        counted = (dwellings.distance(at[name]) <= at[name].distance(home[name]) * (1 + 1e-9)).sum()
        assert counted == found.points["k"][name]
    assert found.points["k"].min() >= found.rules.floor
    assert (found.points["k"] < 25).sum() == found.below_k
    assert len(found.points) + len(found.left_out) == len(homes)


def test_no_point_moves_less_than_to_the_kth_dwelling_or_too_far():
    homes, dwellings, districts = town()
    found = displace(homes, dwellings, districts, key=KEY, year=2026)
    for name, point in found.points.iterrows():
        kth = dwellings.distance(homes.geometry[name]).nsmallest(25).iloc[-1]
        assert kth <= point["moved_m"] * (1 + 1e-9) <= FARTHEST * kth * (1 + 1e-8)


def test_no_point_leaves_its_district():
    homes, dwellings, districts = town()
    found = displace(homes, dwellings, districts, key=KEY, year=2026)
    own = districts[homes["district"][found.points.index]]
    assert shapely.contains(own.to_numpy(), found.points.geometry.to_numpy()).all()
    assert moved_elsewhere(homes, found, districts) == (0, len(found.points))


def test_fifty_copies_have_nothing_to_average():
    homes, dwellings, districts = town()
    first = displace(homes, dwellings, districts, key=KEY, year=2026).points.geometry
    shuffled = homes.sample(frac=1.0, random_state=3)
    for copy in (homes, shuffled, homes.iloc[:50]):
        again = displace(copy, dwellings, districts, key=KEY, year=2026).points.geometry
        assert again.distance(first[again.index]).max() == 0.0


@pytest.mark.parametrize(("key", "year"), [(bytes(32), 2026), (KEY, 2027)])
def test_another_secret_or_year_leaves_no_point_the_same(key, year):
    homes, dwellings, districts = town()
    first = displace(homes, dwellings, districts, key=KEY, year=2026).points.geometry
    other = displace(homes, dwellings, districts, key=key, year=year).points.geometry
    both = first.index.intersection(other.index)
    assert first[both].distance(other[both]).min() > 0.0


def test_directions_and_distances_are_even():
    random = np.random.default_rng(5)
    xy = random.random((20_000, 2)) * 4_000
    chosen = np.flatnonzero((np.abs(xy - 2_000) < 1_500).all(axis=1))[:4_000]
    homes = gpd.GeoDataFrame({"district": [None] * len(chosen)}, geometry=shapely.points(xy[chosen]), crs=CRS)
    dwellings = gpd.GeoSeries(shapely.points(xy), crs=CRS)
    found = displace(homes, dwellings, gpd.GeoSeries([], crs=CRS), key=KEY, year=2026)
    moved = shapely.get_coordinates(found.points.geometry.to_numpy()) - xy[chosen]
    assert np.abs(moved).mean(axis=0)[0] == pytest.approx(np.abs(moved).mean(axis=0)[1], rel=0.05)
    assert np.abs(moved.mean(axis=0)).max() < 3.0  # metres of about 70


def test_homes_without_dwellings_around_are_left_out_and_counted():
    homes, dwellings, districts = town()
    lonely = gpd.GeoDataFrame({"district": ["D3"]}, geometry=[Point(5_000, 500)], index=["LONELY"], crs=CRS)
    small = gpd.GeoSeries([box(4_990, 490, 5_010, 510)], index=["D3"], crs=CRS)
    both = gpd.GeoDataFrame(pd.concat([homes, lonely]), crs=CRS)
    found = displace(both, dwellings, pd.concat([districts, small]), key=KEY, year=2026)
    assert "LONELY" in found.left_out
    assert "LONELY" not in found.points.index


def test_report_counts_what_a_reader_without_the_key_is_left_with():
    homes, dwellings, districts = town()
    found = displace(homes, dwellings, districts, key=KEY, year=2026)
    report = describe_mask(homes, found, dwellings)
    assert report.homes == report.shown + report.left_out == 300
    assert report.k[0] >= 10 and report.k[2] >= 25
    assert report.fitting[0] >= 1  # the own home always fits
    assert 0 <= report.own_nearest < 0.6
    name = found.points.index[0]
    at = found.points.geometry[name]
    least = [dwellings.distance(place).nsmallest(25).iloc[-1] for place in dwellings]
    distance = dwellings.distance(at)
    fits = (distance >= least) & (distance <= FARTHEST * np.array(least) * (1 + 1e-9))
    alone = describe_mask(
        homes, displace(homes.loc[[name]], dwellings, districts, key=KEY, year=2026), dwellings
    )
    assert alone.fitting[0] == fits.sum()


def test_a_stricter_rule_never_hides_a_home_less():
    homes, dwellings, districts = town()
    loose = displace(homes, dwellings, districts, key=KEY, year=2026, rules=MaskRules(12, 5)).points[
        "moved_m"
    ]
    strict = displace(homes, dwellings, districts, key=KEY, year=2026).points["moved_m"]
    assert loose.median() < strict.median()


@pytest.mark.parametrize(("k", "floor"), [(25, 26), (25, 0)])
def test_rules_out_of_range_are_refused(k, floor):
    with pytest.raises(ParameterError, match="Expected 1 <= floor <= k"):
        MaskRules(k, floor)


def test_too_few_dwellings_a_short_key_and_degrees_are_refused():
    homes, dwellings, districts = town()
    with pytest.raises(FrameError, match="Expected at least 25 dwellings"):
        displace(homes, dwellings.iloc[:20], districts, key=KEY, year=2026)
    with pytest.raises(ParameterError, match="Expected a key of 32 bytes"):
        displace(homes, dwellings, districts, key=b"short", year=2026)
    with pytest.raises(FrameError, match="one metric CRS"):
        displace(homes.to_crs(6668), dwellings, districts, key=KEY, year=2026)


def test_dwellings_stand_evenly_along_the_streets_of_their_town():
    towns = gpd.GeoDataFrame(
        {"household_count": [4, 2, 1]},
        geometry=[box(0, 0, 100, 100), box(100, 0, 200, 100), box(300, 0, 400, 100)],
        crs=CRS,
    )
    streets = gpd.GeoDataFrame(
        {"highway": ["residential", "motorway"]},
        geometry=[LineString([(0, 50), (200, 50)]), LineString([(0, 90), (200, 90)])],
        crs=CRS,
    )
    found = spread_dwellings(towns, streets)
    assert sorted(round(point.x, 6) for point in found.iloc[:4]) == [12.5, 37.5, 62.5, 87.5]
    assert sorted(round(point.x, 6) for point in found.iloc[4:6]) == [125.0, 175.0]
    assert (found.iloc[:6].y == 50).all()
    assert towns.geometry[2].contains(found.iloc[6])


def test_towns_that_tell_no_dwellings_are_refused():
    towns = gpd.GeoDataFrame({"household_count": [None]}, geometry=[box(0, 0, 1, 1)], crs=CRS)
    streets = gpd.GeoDataFrame({"highway": []}, geometry=gpd.GeoSeries([], crs=CRS), crs=CRS)
    with pytest.raises(FrameError, match="Expected neighbourhoods with household counts"):
        spread_dwellings(towns, streets)
