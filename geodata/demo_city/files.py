"""Writing the city in the layouts the importers read; the same city gives the same bytes."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geodata.demo_city.places import MARK, MUNICIPALITY_NAME, Areas
from geodata.demo_city.streets import StreetNet
from geodata.demo_city.terrain import STORAGE_EPSG, to_lonlat

WRITE_CLOCK = "OGR_CURRENT_DATE"  # GDAL's own clock for the date inside a GeoPackage
NOTE = """{mark} / synthetic data

{name}は実在しません。地名、世帯、担い手、道路はすべて乱数で作ったものです。
No such city exists. Places, households, watchers and streets are all made up at random.

households {households}  seed {seed}  reference date {date}
"""


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a CSV in UTF-8 with Unix line ends; missing values are empty."""
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def write_shapes(shapes: gpd.GeoDataFrame, path: Path) -> None:
    """Write a GeoJSON in EPSG:6668 whose name says that the data is synthetic."""
    attributes = shapes.drop(columns="geometry").to_dict("records")
    geometries = [json.loads(text) for text in shapely.to_geojson(shapes.geometry.to_numpy())]
    features = [
        {"type": "Feature", "properties": properties, "geometry": geometry}
        for properties, geometry in zip(attributes, geometries, strict=True)
    ]
    collection = {
        "type": "FeatureCollection",
        "name": f"{MARK} {path.stem}",
        "crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{STORAGE_EPSG}"}},
        "features": features,
    }
    path.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8", newline="\n")


def write_areas(areas: Areas, folder: Path) -> None:
    """Write the four area layers."""
    write_shapes(areas.community, folder / "community_districts.geojson")
    write_shapes(areas.school, folder / "school_districts.geojson")
    write_shapes(areas.neighbourhood, folder / "neighbourhoods.geojson")
    write_shapes(areas.boundary, folder / "boundary.geojson")


def write_streets(net: StreetNet, path: Path, day: dt.date) -> None:
    """Write the network as a GeoPackage, one row a piece of street; ``day`` is the date written inside."""
    path.unlink(missing_ok=True)
    streets = gpd.GeoDataFrame(
        {
            "u": net.u.astype(np.int64),
            "v": net.v.astype(np.int64),
            "length": net.length_m,
            "elevation_u": net.elevation_m[net.u],
            "elevation_v": net.elevation_m[net.v],
            "highway": net.highway.astype(object),
            "bridge": net.is_bridge.astype(np.int32),
            "snow_cleared": net.snow_cleared.astype(np.int32),
        },
        geometry=_street_lines(net),
        crs=STORAGE_EPSG,
    )
    pyogrio.set_gdal_config_options({WRITE_CLOCK: f"{day:%Y-%m-%d}T00:00:00.000Z"})
    try:
        pyogrio.write_dataframe(streets, path, layer="streets", driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({WRITE_CLOCK: None})


def write_note(folder: Path, *, households: int, seed: int, day: dt.date) -> None:
    """Write the note saying that nothing here is real."""
    text = NOTE.format(mark=MARK, name=MUNICIPALITY_NAME, households=households, seed=seed, date=day)
    (folder / "README.txt").write_text(text, encoding="utf-8", newline="\n")


def _street_lines(net: StreetNet) -> np.ndarray:
    """Return the lines of all pieces in degrees, with their bends."""
    places = np.stack([net.xy[net.u], net.bend, net.xy[net.v]], axis=1).reshape(-1, 2)
    piece = np.repeat(np.arange(len(net.u)), 3)
    there = ~np.isnan(places[:, 0])
    return shapely.linestrings(to_lonlat(places[there]), indices=piece[there])
