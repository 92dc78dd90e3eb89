"""Displacing points: time, privacy and what repeated copies tell, on homes scattered as in a town.

    python -m benchmarks.masking [--dwellings 200000] [--homes 5000] [--json]

No peer is run here: MaskMyPy asks for versions of geopandas and NumPy that exclude ours.
"""

from __future__ import annotations

import argparse
import json
import time

import geopandas as gpd
import numpy as np
import shapely

from analysis.masking import MaskRules, displace
from analysis.masking_report import describe_mask

CRS = 6675
COPIES = 10
SPREAD_M = 120.0  # of a quarter around its middle
AREA_M2 = 900.0  # of a dwelling, on the average


def main() -> None:
    """Displace, describe, and average copies of the keyed mask beside copies drawn anew."""
    options = read_options()
    homes, dwellings, districts = make_town(options.dwellings, options.homes)
    begun = time.perf_counter()
    found = displace(homes, dwellings, districts, key=bytes(range(32)), year=2026)
    seconds = time.perf_counter() - begun
    line = {
        "dwellings": len(dwellings),
        "seconds": round(seconds, 2),
        **vars(describe_mask(homes, found, dwellings)),
        "keyed_copies_off_m": average_error(homes, dwellings, districts, years=[2026] * COPIES),
        "fresh_copies_off_m": average_error(homes, dwellings, districts, years=list(range(COPIES))),
    }
    print(json.dumps(line) if options.json else "\n".join(f"{name}: {value}" for name, value in line.items()))


def read_options() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dwellings", type=int, default=200_000)
    parser.add_argument("--homes", type=int, default=5_000)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def make_town(dwellings: int, homes: int) -> tuple[gpd.GeoDataFrame, gpd.GeoSeries, gpd.GeoSeries]:
    """Scatter dwellings, half of them in quarters, over sixteen square districts; homes are some of them."""
    random = np.random.default_rng(1)
    side = np.sqrt(dwellings * AREA_M2)
    place = random.random((dwellings, 2)) * side
    middles = random.random((dwellings // 200, 2)) * side
    inside = random.random(dwellings) < 0.5
    around = middles[random.integers(len(middles), size=dwellings)] + random.normal(
        0, SPREAD_M, (dwellings, 2)
    )
    place[inside] = np.clip(around, 0, side)[inside]
    corners = [(x * side / 4, y * side / 4) for x in range(4) for y in range(4)]
    squares = [shapely.box(x, y, x + side / 4, y + side / 4) for x, y in corners]
    codes = [f"D{number:02d}" for number in range(16)]
    number = np.minimum(place[:homes] // (side / 4), 3).astype(int)
    frame = gpd.GeoDataFrame(
        {"district": [codes[4 * x + y] for x, y in number]},
        geometry=shapely.points(place[:homes]),
        index=[f"H{n:06d}" for n in range(homes)],
        crs=CRS,
    )
    return frame, gpd.GeoSeries(shapely.points(place), crs=CRS), gpd.GeoSeries(squares, index=codes, crs=CRS)


def average_error(
    homes: gpd.GeoDataFrame, dwellings: gpd.GeoSeries, districts: gpd.GeoSeries, *, years: list[int]
) -> float:
    """Return how far the mean of the copies lies from the home, median in metres: what averaging reaches."""
    copies = [
        displace(homes, dwellings, districts, key=bytes(range(32)), year=year, rules=MaskRules())
        for year in years
    ]
    shown = homes.index.intersection(copies[0].points.index)
    for copy in copies[1:]:
        shown = shown.intersection(copy.points.index)
    mean = np.mean([shapely.get_coordinates(copy.points.geometry[shown]) for copy in copies], axis=0)
    off = np.hypot(*(mean - shapely.get_coordinates(homes.geometry[shown])).T)
    return round(float(np.median(off)), 1)


if __name__ == "__main__":
    main()
