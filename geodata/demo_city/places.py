"""Areas with names and codes; consultation centres, gathering places, schools and agreements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.cluster.vq import kmeans2

from geodata.demo_city.homes import Homes, draw_street_middles
from geodata.demo_city.names import Names, invent_names, number_towns
from geodata.demo_city.plan import CityPlan
from geodata.demo_city.terrain import STORAGE_EPSG, Terrain, municipal_boundary, to_lonlat
from geodata.demo_city.tiling import Tiling, merge_cells

MUNICIPALITY_CODE = "17999"  # not in use
MUNICIPALITY_NAME = "架空市"
MARK = "架空データ"
AGREEMENT_YEARS = 3
FACILITY_COLUMNS = ("facility_id", "kind", "name", "lon", "lat", "district")


@dataclass(frozen=True)
class Areas:
    """The four area layers in degrees, and the names and codes of the community districts."""

    community: gpd.GeoDataFrame
    school: gpd.GeoDataFrame
    neighbourhood: gpd.GeoDataFrame
    boundary: gpd.GeoDataFrame
    district_names: Names
    district_codes: np.ndarray


@dataclass(frozen=True)
class PublicPlaces:
    """Facilities with their places in metres (rows match), agreements, and the district codes by number."""

    facilities: pd.DataFrame
    xy: np.ndarray
    agreements: pd.DataFrame
    district_codes: np.ndarray


def build_areas(terrain: Terrain, homes: Homes, plan: CityPlan) -> Areas:
    """Name all areas and give them codes."""
    tiling = homes.tiling
    districts, schools = int(tiling.district.max()) + 1, int(tiling.school.max()) + 1
    names = invent_names(districts + schools, plan.generator("names"))
    own = Names(names.written[:districts], names.kana[:districts])
    codes = _numbered("K", districts, 2)
    community = _frame({"code": codes, "name": own.written, "kana": own.kana}, tiling, tiling.district)
    boundary = municipal_boundary(terrain, tiling.built_up)
    return Areas(
        community,
        _school_frame(tiling, names.written[districts:]),
        _town_frame(homes, own),
        _boundary_frame(boundary),
        own,
        codes,
    )


def build_public_places(homes: Homes, areas: Areas, plan: CityPlan) -> PublicPlaces:
    """Place consultation centres, a gathering place a community district and a school a school district."""
    rng = plan.generator("places")
    tiling = homes.tiling
    centre_xy = _centres(homes, plan, rng)
    hall_xy = draw_street_middles(homes, _busiest_town(homes, tiling.district_of_town), rng)
    school_xy = shapely.get_coordinates(shapely.point_on_surface(merge_cells(tiling, tiling.school)))
    centre_names = [f"地域包括支援センター{number}号" for number in range(1, len(centre_xy) + 1)]
    hall_names = np.char.add(areas.district_names.written, "いきいきサロン")
    facilities = pd.concat(
        [
            _facilities("consultation_centre", "F-C", centre_names),
            _facilities("gathering_place", "F-G", hall_names),
            _facilities("school", "F-S", areas.school["A27_004"]),
        ],
        ignore_index=True,
    )
    xy = np.concatenate([centre_xy, hall_xy, school_xy])
    lonlat = to_lonlat(xy)
    facilities["lon"], facilities["lat"] = lonlat.T
    facilities["district"] = _district_at(areas, lonlat)
    return PublicPlaces(facilities, xy, _agreements(areas, plan, rng), areas.district_codes)


def _numbered(prefix: str, count: int, digits: int) -> np.ndarray:
    width = max(digits, len(str(count)))
    return np.array([f"{prefix}{number:0{width}d}" for number in range(1, count + 1)])


def _frame(columns: dict, tiling: Tiling, groups: np.ndarray) -> gpd.GeoDataFrame:
    shapes = to_lonlat(merge_cells(tiling, groups))
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=STORAGE_EPSG)


def _school_frame(tiling: Tiling, names: np.ndarray) -> gpd.GeoDataFrame:
    """Return school districts in the columns of KSJ A27, edition 2023."""
    number = np.arange(1, len(names) + 1)
    columns = {
        "A27_001": MUNICIPALITY_CODE,
        "A27_002": "架空市立",
        "A27_003": [f"B1172999{n:05d}" for n in number],
        "A27_004": np.char.add(names, "小学校"),
        "A27_005": [f"{MUNICIPALITY_NAME}{name}一丁目1番1号" for name in names],
    }
    return _frame(columns, tiling, tiling.school)


def _town_frame(homes: Homes, names: Names) -> gpd.GeoDataFrame:
    tiling = homes.tiling
    group = tiling.district_of_town
    towns = number_towns(names, group)
    number = pd.Series(group).groupby(group).cumcount().to_numpy() + 1
    codes = [f"{MUNICIPALITY_CODE}{g + 1:04d}{n:03d}" for g, n in zip(group, number, strict=True)]
    columns = {
        "town_code": codes,
        "town_name": towns.written,
        "town_kana": towns.kana,
        "setai": homes.dwellings,
    }
    return _frame(columns, tiling, tiling.town)


def _boundary_frame(boundary: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the municipality in the columns of KSJ N03."""
    columns = {
        "N03_001": ["架空県"],
        "N03_002": [None],
        "N03_003": [None],
        "N03_004": [MUNICIPALITY_NAME],
        "N03_007": [MUNICIPALITY_CODE],
    }
    return gpd.GeoDataFrame(columns, geometry=[to_lonlat(boundary)], crs=STORAGE_EPSG)


def _centres(homes: Homes, plan: CityPlan, rng: np.random.Generator) -> np.ndarray:
    """Return places of consultation centres: middles of equal parts of the town, beside a street."""
    count = plan.count(plan.consultation_centres, 2)
    middles = shapely.get_coordinates(shapely.centroid(merge_cells(homes.tiling, homes.tiling.town)))
    likely = homes.dwellings / homes.dwellings.sum()
    start = middles[rng.choice(len(middles), count, replace=False, p=likely)]
    _, label = kmeans2(middles, start, iter=5, minit="matrix", rng=rng)
    return draw_street_middles(homes, _busiest_town(homes, label), rng)


def _busiest_town(homes: Homes, group: np.ndarray) -> np.ndarray:
    """Return for each group of neighbourhoods the one with the most dwellings."""
    table = pd.DataFrame({"group": group, "dwellings": homes.dwellings})
    return table.groupby("group")["dwellings"].idxmax().to_numpy()


def _facilities(kind: str, prefix: str, names: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({"facility_id": _numbered(prefix, len(names), 2), "kind": kind, "name": list(names)})


def _district_at(areas: Areas, lonlat: np.ndarray) -> np.ndarray:
    place, area = areas.community.sindex.query(shapely.points(lonlat), predicate="intersects")
    codes = np.full(len(lonlat), "", dtype=object)
    codes[place[::-1]] = areas.district_codes[area[::-1]]
    return codes


def _agreements(areas: Areas, plan: CityPlan, rng: np.random.Generator) -> pd.DataFrame:
    """Return a few agreements by which one district may help a neighbouring one."""
    helper, helped = areas.community.sindex.query(areas.community.geometry, predicate="touches")
    count = min(plan.count(plan.agreements), len(helper))
    chosen = np.sort(rng.choice(len(helper), count, replace=False))
    since = plan.reference_date.replace(day=1)
    return pd.DataFrame(
        {
            "agreement_id": _numbered("A", count, 2),
            "district": areas.district_codes[helper[chosen]],
            "helped_district": areas.district_codes[helped[chosen]],
            "valid_from": since.replace(year=since.year - 1).isoformat(),
            "valid_to": since.replace(year=since.year + AGREEMENT_YEARS).isoformat(),
        }
    )
