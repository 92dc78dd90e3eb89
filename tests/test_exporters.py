"""Files written: whole or not at all, no formula in a cell, GPX that a reader understands."""

import csv
import json
import os
import xml.etree.ElementTree as ElementTree

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from geodata.exporters import write_csv, write_geojson, write_gpx, write_json, write_text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＠"])
def test_a_cell_that_would_start_a_formula_is_defused(tmp_path, start):
    write_csv(tmp_path / "t.csv", pd.DataFrame({"name": [f"{start}1+1"], "n": [-5]}))
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["name", "n"], [f"'{start}1+1", "-5"]]  # numbers stay numbers


def test_a_table_begins_with_the_mark_spreadsheets_look_for(tmp_path):
    write_csv(tmp_path / "t.csv", pd.DataFrame({"名": ["甲"]}))
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "t.txt"
    write_text(path, "old")

    def full_disk(*args):
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_text(path, "new")
    assert path.read_text() == "old"


def test_the_same_content_gives_the_same_json(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": 2})
    write_json(tmp_path / "b.json", {"a": 2, "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_geojson_is_in_degrees_with_seven_decimals_and_says_what_it_is(tmp_path):
    points = gpd.GeoDataFrame(
        {"n": [1]}, geometry=[Point(136.123456789, 36.5)], index=pd.Index(["x"], name="code"), crs=6668
    ).to_crs(6675)
    write_geojson(tmp_path / "p.geojson", points, note="架空データ")
    content = json.loads((tmp_path / "p.geojson").read_text(encoding="utf-8"))
    assert content["name"] == "架空データ"
    assert content["features"][0]["geometry"]["coordinates"] == [136.1234568, 36.5]
    assert content["features"][0]["properties"] == {"code": "x", "n": 1}


def test_gpx_holds_the_stops_in_walking_order(tmp_path):
    write_gpx(tmp_path / "r.gpx", [("W1 1", [("H<2>", 136.5, 36.5), ("H1", 136.6, 36.6)])])
    root = ElementTree.parse(tmp_path / "r.gpx").getroot()
    space = {"g": "http://www.topografix.com/GPX/1/1"}
    names = [name.text for name in root.findall("g:rte/g:rtept/g:name", space)]
    first = root.find("g:rte/g:rtept", space)
    assert names == ["H<2>", "H1"]
    assert (first.get("lat"), first.get("lon")) == ("36.5000000", "136.5000000")
