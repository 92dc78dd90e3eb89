"""Which metric CRS a place is measured in, and coming there."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from analysis.crs import _ORIGINS, FIRST_EPSG, plane_rectangular_epsg, to_metric_crs
from analysis.errors import FrameError, ParameterError

# municipality, lon, lat, zone by Notification 9 of 2002
PLACES = [
    ("17201", 136.65, 36.56, 7),  # Kanazawa
    ("29209", 135.70, 34.69, 6),  # Ikoma
    ("35202", 131.25, 33.95, 3),  # Ube
    ("18209", 136.17, 35.90, 6),  # Echizen
    ("42201", 129.87, 32.75, 1),  # Nagasaki
    ("37201", 134.05, 34.34, 4),  # Takamatsu
    ("28100", 135.19, 34.69, 5),  # Kobe
    ("15100", 139.04, 37.92, 8),  # Niigata
    ("14100", 139.64, 35.44, 9),  # Yokohama
    ("04100", 140.87, 38.27, 10),  # Sendai
    ("01202", 140.73, 41.77, 11),  # Hakodate, Hokkaido XI by city
    ("01584", 140.83, 42.55, 11),  # Toyako, XI by town
    ("01100", 141.35, 43.06, 12),  # Sapporo
    ("01578", 141.36, 42.55, 12),  # Shiraoi: same subprefecture as Toyako, XII
    ("01207", 143.20, 42.92, 13),  # Obihiro
    ("01555", 143.53, 44.06, 12),  # Engaru: same subprefecture as Bihoro, XII
    ("01543", 144.11, 43.82, 13),  # Bihoro
    ("13101", 139.75, 35.69, 9),  # Chiyoda
    ("13421", 142.19, 27.09, 14),  # Ogasawara, Chichijima
    ("13421", 136.08, 20.42, 18),  # Okinotorishima
    ("13421", 153.98, 24.29, 19),  # Minamitorishima
    ("46201", 130.56, 31.60, 2),  # Kagoshima
    ("46222", 129.49, 28.38, 1),  # Amami
    ("46505", 130.53, 30.38, 2),  # Yakushima
    ("47201", 127.68, 26.21, 15),  # Naha
    ("47207", 124.16, 24.34, 16),  # Ishigaki
    ("47358", 131.24, 25.83, 17),  # Kitadaito
]


@pytest.mark.parametrize(("code", "lon", "lat", "zone"), PLACES)
def test_zone_follows_the_notification(code, lon, lat, zone):
    assert plane_rectangular_epsg(code, lon, lat) == 6668 + zone


def test_check_digit_changes_nothing():
    assert plane_rectangular_epsg("172014", 136.65, 36.56) == 6675


def test_municipality_outweighs_a_nearer_zone():
    # 139.9 E, 37.5 N is 1.5 degrees from the origin of IX (139.83, 36) and farther from VIII's (138.5, 36); a
    # town of Niigata is in VIII all the same.
    assert plane_rectangular_epsg(None, 139.9, 37.5) == 6677
    assert plane_rectangular_epsg("15224", 139.9, 37.5) == 6676


def test_without_a_municipality_the_nearest_origin_is_taken():
    # Kanazawa: 0.52 degrees of longitude west of VII's meridian, 0.65 east of VI's.
    assert plane_rectangular_epsg(None, 136.65, 36.56) == 6675


def test_every_origin_is_the_zero_of_its_zone():
    for zone, (lon, lat) in enumerate(_ORIGINS):
        origin = gpd.GeoDataFrame(geometry=gpd.points_from_xy([lon], [lat]), crs=6668)
        zero = to_metric_crs(origin, FIRST_EPSG + zone).geometry.iloc[0]
        assert (zero.x, zero.y) == pytest.approx((0, 0), abs=1e-6)


@pytest.mark.parametrize(
    ("code", "lon", "lat", "said"),
    [
        ("17201", 36.56, 136.65, "swapped"),
        ("17201", float("nan"), 36.56, "place in Japan"),
        ("99999", 136.65, 36.56, "'99999'"),
        ("1720", 136.65, 36.56, "five or six digits"),
        ("金沢市", 136.65, 36.56, "17201"),
    ],
)
def test_wrong_places_and_codes_are_refused(code, lon, lat, said):
    with pytest.raises(ParameterError, match=said):
        plane_rectangular_epsg(code, lon, lat)


def test_a_degree_north_of_the_origin_comes_out_in_metres():
    # One degree of meridian at 36.5 N is 110.96 km, times the scale 0.9999 on the meridian = 110.95 km.
    place = gpd.GeoDataFrame(
        {"name": ["north"]},
        geometry=gpd.points_from_xy([137 + 10 / 60], [37]),
        crs=6668,
        index=pd.Index(["a"], name="id"),
    )
    moved = to_metric_crs(place, 6675)
    assert moved.geometry.x.loc["a"] == pytest.approx(0, abs=1e-6)
    assert moved.geometry.y.loc["a"] == pytest.approx(110_950, abs=30)
    assert place.crs.to_epsg() == 6668


def test_a_frame_without_crs_and_a_crs_in_degrees_are_refused():
    place = gpd.GeoDataFrame(geometry=gpd.points_from_xy([137], [36]))
    with pytest.raises(FrameError, match="got none"):
        to_metric_crs(place, 6675)
    with pytest.raises(ParameterError, match="EPSG:4326"):
        to_metric_crs(place.set_crs(6668), 4326)
