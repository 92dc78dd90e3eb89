"""The maps: what is drawn where in which class, with harmless texts and no address outside the page."""

from __future__ import annotations

import base64
import json
import re

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import MultiPoint, box

from analysis.frames import REMEDY_OF
from app.ui import assets, charts, map_parts, maps, marks, tables
from app.ui.text import Words
from tests import screen_city

JA, EN = Words("ja"), Words("en")


def described(*, hide_small=True) -> pd.DataFrame:
    return tables.describe_areas(screen_city.layer_counts(), JA, hide_small=hide_small)


def features(layer) -> list[dict]:
    return [feature["properties"] for feature in layer.data["features"]]


def layers_of(group) -> list:
    return list(group._children.values())


def standalone(words=JA, cells=None) -> str:
    shapes = {"community": screen_city.shapes(), "school": screen_city.shapes("school")}
    return maps.standalone_gap_map(screen_city.figures(), shapes, cells, words)


@pytest.mark.parametrize(
    ("share", "number"),
    [(0.0, 0), (0.1499, 0), (0.15, 1), (0.3, 2), (0.45, 3), (0.6, 4), (1.0, 4)],
)
def test_a_share_of_exactly_a_limit_belongs_to_the_class_above(share, number):
    assert marks.share_class(pd.Series([share]))[0] == number


def test_an_area_without_households_has_no_share_class():
    assert marks.share_class(pd.Series([float("nan")]))[0] == -1


def test_areas_are_classed_by_their_share_missed():
    # D1 20/200 = 10 %: 0; D2 40 %: 2; D3 50 %: 3; D4 5/60 = 8.3 %: 0; D5 0: 0; D6 8 households: too few
    assert described()["share_class"].to_dict() == {"D1": 0, "D2": 2, "D3": 3, "D4": 0, "D5": 0, "D6": -1}


def test_worst_area_keeps_its_label_in_a_collision():
    assert described().loc["D6", "rank"] == 1  # 8 of 8 missed
    assert described().loc["D3", "rank"] == 2
    assert described().loc["D5", "rank"] == 6


def test_tip_of_a_small_count_says_less_than_ten():
    tips = described()["tip"]
    assert "見守れていない &lt;10 世帯（16.7 % 未満）" in tips["D4"]
    assert "見守れていない 20 世帯（10.0 %）" in tips["D1"]
    assert "見守れていない 5 世帯（8.3 %）" in described(hide_small=False)["tip"]["D4"]


def test_choropleth_draws_every_area_in_the_colour_of_its_class():
    _, group = maps.choropleth_map(screen_city.shapes(), described(), words=JA)
    drawn = {row["code"]: row["style"]["fillColor"] for row in features(layers_of(group)[0])}
    assert drawn == {
        "D1": "#fef0d9",
        "D2": "#fc8d59",
        "D3": "#e34a33",
        "D4": "#fef0d9",
        "D5": "#fef0d9",
        "D6": "#eeeeee",
    }


def test_an_area_without_figures_is_drawn_as_too_few():
    _, group = maps.choropleth_map(screen_city.shapes(), described().drop(index="D3"), words=JA)
    drawn = {row["code"]: row["style"]["fillColor"] for row in features(layers_of(group)[0])}
    assert drawn["D3"] == "#eeeeee"


def test_choosing_an_area_changes_the_group_and_not_the_base():
    # The base's script is what st_folium keys the frame by: unchanged, so place and zoom are kept.
    plain, group = maps.choropleth_map(screen_city.shapes(), described(), words=JA)
    chosen, with_chosen = maps.choropleth_map(screen_city.shapes(), described(), words=JA, selected="D2")
    assert script_of(plain) == script_of(chosen)
    assert len(layers_of(with_chosen)) == len(layers_of(group)) + 1


def script_of(view) -> str:
    return re.sub(r"[0-9a-f]{32}", "id", view.get_root().render())


def test_households_bear_the_mark_of_their_status():
    view = screen_city.district()
    _, group = maps.district_map(view, JA)
    drawn = {row["household_id"]: row["mark"] for row in features(layers_of(group)[-1])}
    assert drawn == {"H1": "unwatched", "H2": "backed_up", "H3": "partly_watched", "H4": "watched"}


def test_missed_households_lie_on_top_of_watched_ones():
    _, group = maps.district_map(screen_city.district(), JA)
    order = [row["household_id"] for row in features(layers_of(group)[-1])]
    assert order == ["H2", "H4", "H1", "H3"]


def test_watchers_bear_their_kind_and_those_without_a_point_are_left_out():
    _, group = maps.district_map(screen_city.district(), JA)
    drawn = {row["watcher_id"]: row["mark"] for row in features(layers_of(group)[-2])}
    assert drawn == {"W1": "active", "W2": "active", "S1": "passive"}  # V1 has no point


def test_lines_lead_from_the_chosen_household_to_the_watchers_on_the_map():
    # W1 and W2 could watch and stand on the map, W9 is not of this district.
    _, group = maps.district_map(screen_city.district(), JA, screen_city.household("H1"))
    ways = layers_of(group)[0].data["features"][0]["geometry"]["coordinates"]
    assert sorted(way[0] for way in ways) == [[136.603, 36.503], [136.607, 36.503]]
    assert {tuple(way[1]) for way in ways} == {(136.602, 36.502)}


def test_a_district_without_watchers_or_households_is_still_drawn():
    base, group = maps.district_map(screen_city.district(counts_only=True), JA)
    assert [features(layer) for layer in layers_of(group)] == [[], []]
    assert "L.map(" in base.get_root().render()


def test_a_multipoint_boundary_of_two_parts_becomes_lines_of_both():
    two = gpd.GeoSeries([box(0, 0, 1, 1).union(box(2, 0, 3, 1))], crs=6668)
    assert len(map_parts.outlines(two, {}).data["features"][0]["geometry"]["coordinates"]) == 2


def test_lines_leave_out_what_is_no_line():
    places = gpd.GeoSeries([MultiPoint([(0, 0), (1, 1)]), box(0, 0, 1, 1).boundary], crs=6668)
    assert len(map_parts.lines(places, {}).data["features"][0]["geometry"]["coordinates"]) == 1


def test_standalone_map_names_no_address_but_data():
    addresses = re.findall(r"(?:src|href)=[\"']([^\"']{0,40})", standalone())
    assert addresses
    assert [address for address in addresses if not address.startswith("data:")] == []
    assert "cdn" not in standalone()


def test_standalone_map_says_what_when_and_how_measured():
    page = standalone()
    assert page.count('<html lang="ja">') == 1
    assert "<title>架空市 見守りの空白の地図</title>" in page
    for text in (
        "令和8年4月1日（2026-04-01）",
        "道のりで測っています",
        JA("define.watched"),
        "架空データ",
        "75.8 %",
    ):
        assert text in page


def test_standalone_map_of_real_straight_lines_says_the_factor():
    figures = screen_city.figures(basis="straight_line")
    page = maps.standalone_gap_map(figures, {"community": screen_city.shapes()}, None, EN)
    assert '<html lang="en">' in page
    assert "No street data: straight-line distance × 1.3" in page


def test_standalone_map_holds_small_counts_back():
    page = standalone()
    assert "小立野" in json_texts(page)
    assert "見守れていない 5 世帯" not in json_texts(page)


def json_texts(page: str) -> str:
    """Return the page with the escapes of its scripts undone."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda sign: chr(int(sign.group(1), 16)), page)


def test_hostile_names_enter_no_map_unescaped():
    page = standalone()
    assert "<b onmouseover" not in json_texts(page)
    assert "${x}" not in json_texts(page)


def test_cells_below_ten_say_so_and_bear_the_colour_of_the_remedy():
    cells = gpd.GeoDataFrame(
        {"missed": [12, 4], "gap_class": ["reach", "consent"]},
        geometry=[box(136.6, 36.5, 136.603, 36.502), box(136.603, 36.5, 136.606, 36.502)],
        crs=6668,
    )
    page = json_texts(standalone(cells=cells))
    assert "見守れていない世帯 12 世帯<br>届く担い手がいない" in page
    assert "見守れていない世帯 &lt;10 世帯<br>同意があれば見守れる" in page
    assert marks.REMEDY_COLOURS["recruit"] in page
    assert JA("remedy_kind.recruit") in page


def test_every_gap_class_has_a_remedy_colour():
    assert set(REMEDY_OF) == {*marks.MISSED_CLASSES, *marks.WEAK_CLASSES}
    assert set(REMEDY_OF.values()) == set(marks.REMEDY_COLOURS)


def test_screen_map_takes_scripts_and_styles_from_the_served_folder():
    base, _ = maps.choropleth_map(screen_city.shapes(), described(), words=JA)
    links = [link for _, link in (*base.default_js, *base.default_css)]
    assert links
    assert all(link.startswith("../../app/static/") for link in links)


def test_assets_are_copied_once_and_mended_when_cut_short(tmp_path):
    assets.build_assets(tmp_path)
    written = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.js")}
    (tmp_path / "leaflet.css").write_bytes(b"cut")
    assets.build_assets(tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.js")} == written
    assert (tmp_path / "leaflet.css").stat().st_size > 10_000
    assert {"layers.png", "marker-icon.png"} <= {path.name for path in (tmp_path / "images").iterdir()}


def test_pictures_of_the_style_sheet_are_inside_the_one_file():
    style = base64.b64decode(assets.standalone_links()[1][0][1].partition(",")[2]).decode()
    assert re.findall(r"url\((?!data:)", style.replace("url(#default#VML)", "")) == []


def test_font_inside_holds_only_the_signs_asked_for():
    short, long = assets.font_inside("見守り"), assets.font_inside("見守りの空白の地図と令和")
    assert len(short) < len(long) < 40_000


def test_page_icon_is_a_picture():
    icon = assets.page_icon()
    assert icon.startswith(b"\x89PNG\r\n\x1a\n")
    assert icon.endswith(b"IEND\xaeB`\x82")


def test_legend_of_shares_names_five_classes_and_too_few():
    legend = charts.share_legend(JA)
    for text in ("15 % 未満", "15～30 %", "30～45 %", "45～60 %", "60 % 以上", "世帯が少なく示さない"):
        assert text in legend


def test_geojson_keeps_codes_as_they_are():
    _, group = maps.choropleth_map(screen_city.shapes(), described(), words=JA)
    text = json.dumps(layers_of(group)[0].data)
    assert '"code": "D6"' in text


def test_colour_of_an_area_does_not_narrow_a_held_back_count():
    # Of 10 households 1 missed is below 15 %, 2 are in the next class: the colour tells. Of 60 households
    # 1 to 8 missed are below 15 %: eight values are left. Of 12 households 1 to 4 watched look alike: four.
    rows = pd.DataFrame(
        {"name": ["a", "b", "c"], "households": [10, 60, 12], "watched": [9, 55, 3]}, index=["A", "B", "C"]
    ).assign(**dict.fromkeys(("backed_up", "need", "need_watched"), 0.0))
    classes = tables.describe_areas(rows, Words("ja"), hide_small=True)["share_class"]
    assert classes.to_dict() == {"A": -1, "B": 0, "C": -1}
    plain = tables.describe_areas(rows, Words("ja"), hide_small=False)["share_class"]
    assert plain.to_dict() == {"A": 0, "B": 0, "C": 4}
