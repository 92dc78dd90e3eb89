"""Which metric coordinate system a city is measured and printed in.

References
----------
Ministry of Land, Infrastructure, Transport and Tourism, Notification 9 of 2002: the nineteen zones of the
Japanese plane-rectangular coordinate system, by prefecture, and within Hokkaido by municipality.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from pyproj import CRS

from analysis.errors import FrameError, ParameterError

FIRST_EPSG = 6669  # JGD2011, zone I; the zones follow one another up to XIX = 6687

_PREFECTURES_OF_ZONE = {
    1: (42,),
    2: (40, 41, 43, 44, 45, 46),
    3: (32, 34, 35),
    4: (36, 37, 38, 39),
    5: (28, 31, 33),
    6: (18, 24, 25, 26, 27, 29, 30),
    7: (16, 17, 21, 23),
    8: (15, 19, 20, 22),
    9: (7, 8, 9, 10, 11, 12, 13, 14),
    10: (2, 3, 4, 5, 6),
    12: (1,),
    15: (47,),
}
_ZONE_OF_PREFECTURE = {code: zone for zone, codes in _PREFECTURES_OF_ZONE.items() for code in codes}

# Hokkaido is zone XII except the cities and the subprefectures (by the number ranges of their towns) below.
_HOKKAIDO_XI = (
    range(1202, 1204),  # Hakodate, Otaru
    range(1233, 1234),  # Date
    range(1236, 1237),  # Hokuto
    range(1331, 1410),  # Oshima, Hiyama, Shiribeshi
    range(1571, 1572),  # Toyoura
    range(1575, 1576),  # Sobetsu
    range(1584, 1585),  # Toyako
)
_HOKKAIDO_XIII = (
    range(1206, 1209),  # Kushiro, Obihiro, Kitami
    range(1211, 1212),  # Abashiri
    range(1223, 1224),  # Nemuro
    range(1543, 1553),  # Bihoro to Saroma
    range(1564, 1565),  # Ozora
    range(1631, 1701),  # Tokachi, Kushiro, Nemuro
)

# Origins of the zones (degrees east, degrees north), in the order I to XIX.
_ORIGINS = np.array(
    [
        (129 + 30 / 60, 33),
        (131, 33),
        (132 + 10 / 60, 36),
        (133 + 30 / 60, 33),
        (134 + 20 / 60, 36),
        (136, 36),
        (137 + 10 / 60, 36),
        (138 + 30 / 60, 36),
        (139 + 50 / 60, 36),
        (140 + 50 / 60, 40),
        (140 + 15 / 60, 44),
        (142 + 15 / 60, 44),
        (144 + 15 / 60, 44),
        (142, 26),
        (127 + 30 / 60, 26),
        (124, 26),
        (131, 26),
        (136, 20),
        (154, 26),
    ]
)


def plane_rectangular_epsg(municipality_code: str | None, lon: float, lat: float) -> int:
    """Return the EPSG code of a place's plane-rectangular zone (JGD2011).

    The zone follows from the municipality, as the notification rules it; the place decides only among the
    islands of Tokyo, Kagoshima and Okinawa. Without a municipality the zone whose origin is nearest is taken:
    fit to measure in, but near a prefecture's border perhaps not the official one.

    Parameters
    ----------
    municipality_code : str or None
        Five digits, or six with the check digit.
    lon, lat : float
        Degrees, JGD2011; longitude 122 to 154, latitude 20 to 46.

    Returns
    -------
    int, 6669 (zone I) to 6687 (zone XIX)

    Raises
    ------
    ParameterError
        The place is outside Japan, or the code is not a municipality's.

    Examples
    --------
    >>> plane_rectangular_epsg("17201", 136.65, 36.56)
    6675
    """
    if not (122 <= lon <= 154 and 20 <= lat <= 46):
        raise ParameterError(
            f"Expected a place in Japan (lon 122 to 154, lat 20 to 46), got lon {lon}, lat {lat}. "
            "Are longitude and latitude swapped?"
        )
    zone = (
        _nearest_zone(lon, lat) if municipality_code is None else _zone_by_rule(municipality_code, lon, lat)
    )
    return FIRST_EPSG + zone - 1


def to_metric_crs(frame: gpd.GeoDataFrame, epsg: int) -> gpd.GeoDataFrame:
    """Return a copy of a frame in a metric CRS.

    Parameters
    ----------
    frame : GeoDataFrame with a CRS
    epsg : int, a projected CRS in metres, as :func:`plane_rectangular_epsg` gives

    Returns
    -------
    GeoDataFrame, same index and columns

    Raises
    ------
    FrameError
        The frame has no CRS.
    ParameterError
        The CRS is not projected, or not in metres.
    """
    if frame.crs is None:
        raise FrameError("Expected a frame with a CRS, got none. Say which CRS its coordinates are in.")
    wanted = CRS.from_epsg(epsg)
    if not wanted.is_projected or wanted.axis_info[0].unit_name != "metre":
        raise ParameterError(
            f"Expected a projected CRS in metres, got EPSG:{epsg} ({wanted.name}). "
            "Take the one plane_rectangular_epsg gives."
        )
    return frame.to_crs(wanted)


def _nearest_zone(lon: float, lat: float) -> int:
    east = (_ORIGINS[:, 0] - lon) * np.cos(np.radians(lat))
    return int(np.argmin(np.hypot(east, _ORIGINS[:, 1] - lat))) + 1


def _zone_by_rule(municipality_code: str, lon: float, lat: float) -> int:
    digits = str(municipality_code)
    prefecture = int(digits[:2]) if digits.isdecimal() and len(digits) in (5, 6) else 0
    if prefecture not in _ZONE_OF_PREFECTURE:
        raise ParameterError(
            f"Expected a municipality code of five or six digits, from 01 to 47, got {municipality_code!r}. "
            "Kanazawa, for example, is 17201."
        )
    if prefecture == 1:
        return _hokkaido_zone(int(digits[:5]))
    islands = {13: _tokyo_zone, 46: _kagoshima_zone, 47: _okinawa_zone}
    if prefecture in islands:
        return islands[prefecture](lon, lat)
    return _ZONE_OF_PREFECTURE[prefecture]


def _hokkaido_zone(code: int) -> int:
    if any(code in towns for towns in _HOKKAIDO_XI):
        return 11
    return 13 if any(code in towns for towns in _HOKKAIDO_XIII) else 12


def _tokyo_zone(lon: float, lat: float) -> int:
    if lat >= 28:
        return 9
    if lon < 140.5:
        return 18
    return 14 if lon < 143 else 19


def _kagoshima_zone(lon: float, lat: float) -> int:
    """Zone I holds the islands from 27° to 32° N and 128°18' to 130° E, the Amami islands to 130°13' E."""
    east_end = 130 + 13 / 60 if lat < 29 else 130
    return 1 if 27 <= lat <= 32 and 128.3 <= lon <= east_end else 2


def _okinawa_zone(lon: float, lat: float) -> int:
    if lon < 126:
        return 16
    return 15 if lon < 130 else 17
