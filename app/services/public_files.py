"""The tables of a release as public files, and what a reader reads back from them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from analysis.public_reading import CITY, COUNTS, JOINED, PrintedTables
from app.services.errors import RequestError
from geodata.exporters import write_csv, write_geojson

HIDDEN = "–"  # one mark for everything hidden, whatever the reason
COMMUNITY = "community"
TABLES = {COMMUNITY: "districts.csv", JOINED: "joined_areas.csv", CITY: "city.csv"}
AREAS = "joined_areas.geojson"


def write_tables(
    folder: Path, tables: PrintedTables, shapes: gpd.GeoDataFrame, *, names: pd.Series, note: str
) -> None:
    """Write the tables and the map of joined areas; hidden cells hold one mark and nothing else.

    Parameters
    ----------
    shapes : GeoDataFrame
        Outline of each joined area, indexed by its code.
    names : Series
        Name of each community district by code.
    note : str
        City, day and season, in each file.
    """
    community = tables.layers[COMMUNITY].rename_axis("code").reset_index()
    community.insert(1, "name", community["code"].map(names).fillna(""))
    joined = tables.layers[JOINED].rename_axis("area").reset_index()
    joined.insert(2, "district_name", joined["district"].map(names).fillna(""))
    city = pd.DataFrame({"count": list(tables.city), "households": list(tables.city.values())})
    city["households"] = city["households"].astype("Int64")
    for layer, table in ((COMMUNITY, community), (JOINED, joined), (CITY, city)):
        write_csv(folder / TABLES[layer], _marked(table).assign(note=note))
    outlines = shapes[["geometry"]].join(_marked(joined).set_index("area"), how="inner").rename_axis("area")
    write_geojson(folder / AREAS, outlines, note=note)


def _marked(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype(object).where(table.notna(), HIDDEN)


def read_tables_of(files: Mapping[str, bytes]) -> PrintedTables:
    """Read what the files of a release say, every one of them.

    Raises
    ------
    RequestError
        The map of joined areas says something else than their table.
    """
    community, joined, city = (_read_csv(files[TABLES[layer]]) for layer in (COMMUNITY, JOINED, CITY))
    layers = {
        COMMUNITY: _with_counts(community.set_index("code"))[[*COUNTS, "class"]],
        JOINED: joined.set_index("area")[["district", "class"]],
    }
    _check_map(files[AREAS], joined)
    values = zip(city["count"], _numbers(city["households"]), strict=True)
    return PrintedTables(layers, {name: None if pd.isna(value) else int(value) for name, value in values})


def read_names_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the name of each district by code, as a release gives it."""
    community = _read_csv(files[TABLES[COMMUNITY]])
    return dict(zip(community["code"], community["name"], strict=True))


def _read_csv(content: bytes) -> pd.DataFrame:
    text = content.decode("utf-8-sig")
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    plain = table.map(lambda cell: cell.removeprefix("'"))  # what keeps a spreadsheet from calculating
    return plain.astype(object).mask(plain == HIDDEN, None)


def _with_counts(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{name: _numbers(table[name]) for name in COUNTS})


def _numbers(texts: pd.Series) -> pd.Series:
    return pd.to_numeric(texts).astype("Int64")


def _check_map(content: bytes, joined: pd.DataFrame) -> None:
    features = json.loads(content)["features"]
    drawn = {feature["properties"].pop("area"): feature["properties"] for feature in features}
    printed = _marked(joined.drop(columns="note")).set_index("area").to_dict("index")
    if any(printed.get(area) != properties for area, properties in drawn.items()):
        raise RequestError(
            "Expected the map of joined areas to say what their table says, got a difference. "
            "Nothing was published; report this."
        )
