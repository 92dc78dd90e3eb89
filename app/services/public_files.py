"""The tables of a release as public files, and what a reader reads back from them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from analysis.public_reading import CITY, COUNTS, FURTHER, JOINED, PrintedTables
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


def write_layers(
    folder: Path, tables: PrintedTables, areas: Mapping[str, gpd.GeoDataFrame], *, note: str
) -> None:
    """Write a table and a map of each further layer.

    Parameters
    ----------
    areas : by layer: polygons with ``name`` (not the mesh), index code; areas without a printed count are
        written like those whose counts are hidden.
    """
    for layer, shapes in areas.items():
        table = tables.layers[layer].reindex(shapes.index.union(tables.layers[layer].index))
        if "name" in shapes:
            table.insert(0, "name", shapes["name"].reindex(table.index).fillna(""))
        table = _marked(table.rename_axis("code"))
        write_csv(folder / f"{layer}.csv", table.reset_index().assign(note=note))
        outlines = shapes[["geometry"]].join(table, how="inner").rename_axis("code")
        write_geojson(folder / f"{layer}.geojson", outlines, note=note)


def _marked(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype(object).where(table.notna(), HIDDEN)


def read_tables_of(files: Mapping[str, bytes]) -> PrintedTables:
    """Read what the files of a release say, every one of them.

    Raises
    ------
    RequestError
        A map says something else than its table.
    """
    community, joined, city = (_read_csv(files[TABLES[layer]]) for layer in (COMMUNITY, JOINED, CITY))
    layers = {
        COMMUNITY: _with_counts(community.set_index("code"))[[*COUNTS, "class"]],
        JOINED: joined.set_index("area")[["district", "class"]],
    }
    _check_map(files[AREAS], joined.set_index("area"), JOINED)
    for layer in FURTHER:
        if f"{layer}.csv" in files:
            table = _read_csv(files[f"{layer}.csv"]).set_index("code")
            _check_map(files[f"{layer}.geojson"], table, layer)
            layers[layer] = table[list(FURTHER[layer])].apply(_numbers)
    values = zip(city["count"], _numbers(city["households"]), strict=True)
    return PrintedTables(layers, {name: None if pd.isna(value) else int(value) for name, value in values})


def read_names_of(files: Mapping[str, bytes], layer: str = COMMUNITY) -> dict[str, str]:
    """Return the name of each area of a layer by code, as a release gives it; of a cell its code."""
    table = _read_csv(files[TABLES.get(layer, f"{layer}.csv")])
    return dict(zip(table["code"], table["name" if "name" in table else "code"], strict=True))


def _read_csv(content: bytes) -> pd.DataFrame:
    text = content.decode("utf-8-sig")
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    plain = table.map(lambda cell: cell.removeprefix("'"))  # what keeps a spreadsheet from calculating
    return plain.astype(object).mask(plain == HIDDEN, None)


def _with_counts(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{name: _numbers(table[name]) for name in COUNTS})


def _numbers(texts: pd.Series) -> pd.Series:
    return pd.to_numeric(texts).astype("Int64")


def _check_map(content: bytes, table: pd.DataFrame, layer: str) -> None:
    printed = _marked(table.drop(columns="note")).to_dict("index")
    for feature in json.loads(content)["features"]:
        told = {name: str(value) for name, value in feature["properties"].items()}
        code = told.pop(table.index.name, "")
        if printed.get(code) != told:
            raise RequestError(
                f"Expected the map of {layer} to say what its table says, got a difference. "
                "Nothing was published; report this."
            )
