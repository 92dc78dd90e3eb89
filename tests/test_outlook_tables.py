"""Tables, sentences, chart and maps of the outlook page: what is told, and what is held back."""

from __future__ import annotations

import base64
import dataclasses
import io
import re
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest

from analysis.forecast import LeavingRules
from app.services import coverage
from app.ui import marks, outlook_charts, outlook_findings, outlook_tables, pattern_maps, tables
from app.ui.text import Words
from tests import demo_store, screen_city

JA, EN = Words("ja"), Words("en")


def figures(*, outlook: dict | None = None, patterns: dict | None = None):
    whole = screen_city.figures()
    return dataclasses.replace(
        whole,
        outlook=dataclasses.replace(whole.outlook, **(outlook or {})),
        patterns=dataclasses.replace(whole.patterns, **(patterns or {})),
    )


def written(table, words=JA) -> pd.DataFrame:
    """Return a styled table as people read it."""
    text = io.StringIO(table.hide(names=True).to_string(delimiter="\t"))
    values = pd.read_csv(text, sep="\t", dtype=str, keep_default_na=False, index_col=0)
    return values.rename(columns={words(f"column.{name}"): name for name in COLUMNS})


COLUMNS = (
    *("name", "watchers", "critical", "irreplaceable", "sole_households", "most_lost", "terms_ending"),
    *("organisation", "lost_households_at_once", "lost_visits_after", "disconnected_households"),
    *("households", "missed", "missed_share", "share_need_missed", "load_per_watcher", "share_used"),
    *("capacity_per_need", "cluster", "p_adjusted", "area_id", "district", "need_missed", "remedy"),
    *("kind", "posts", "capacity_visits", "households_visited", "households_noticed"),
)


# --- tables -----------------------------------------------------------------------------------------------


def test_districts_stand_by_sole_households_with_small_ones_held_back():
    # sole households 90 (D1), 20 (D2), 12 (whole city); the worst watchers cost 14, 3 and 4
    shown = written(outlook_tables.fragility(figures(), JA))
    assert list(shown["name"]) == ["材木", "味噌蔵", "市全体"]
    assert list(shown["sole_households"]) == ["90", "20", "12"]
    assert list(shown["most_lost"]) == ["14", "<10", "<10"]


def test_a_district_of_two_watchers_shows_nothing_of_them():
    districts = screen_city.outlook().districts.assign(watchers=[6, 2, 15])
    shown = written(outlook_tables.fragility(figures(outlook={"districts": districts}), JA)).set_index("name")
    assert set(shown.loc["材木"].drop("watchers")) == {"–"}
    assert shown.loc["材木", "watchers"] == "2"


def test_held_back_cells_carry_no_number_to_the_browser():
    # D2's worst watcher costs 3 households; the cell sent holds 0.5, which sorts between 0 and 10.
    sent = outlook_tables.fragility(figures(), JA).data
    assert sent[JA("column.most_lost")].tolist() == [14.0, 0.5, 0.5]


def test_organisations_hold_small_counts_back_and_keep_their_names_literal():
    shown = written(outlook_tables.organisations(figures(), JA))
    assert list(shown["organisation"]) == ["材木地区民児協", screen_city.HOSTILE_NAME]
    assert list(shown["lost_households_at_once"]) == ["140", "<10"]
    assert list(shown["lost_visits_after"]) == ["95.5", "0.0"]


def test_forecast_table_has_the_numbers_of_the_chart():
    table = outlook_tables.forecast(figures(), JA)
    row = table.loc["令和10年12月1日（2028-12-01）"]
    assert row.tolist() == ["一斉改選のあと", "350", "335–365", "372", "320", "120"]


def test_a_forecast_of_few_households_is_held_back():
    rows = screen_city.outlook().forecast.assign(households_worst=[385.0, 9.4, 9.6])
    table = outlook_tables.forecast(figures(outlook={"forecast": rows}), JA)
    assert table["最悪"].tolist() == ["385", "<10", "10"]


def test_indices_are_told_with_their_unit_and_the_part_between_districts():
    table = outlook_tables.indices(figures(), JA)
    assert table.loc["見守れていない割合（世帯数の重み）"].tolist() == ["6", "24.0 %", "0.250", "0.100", "–"]
    # Theil 0.1 of which 0.02 lies between districts
    assert table.loc["受け持ち（担い手ごと、回/月）", "地区の間の差"] == "20.0 %"


@pytest.mark.parametrize(("status", "text"), [("too_few", "数が足りない"), ("all_zero", "すべて 0")])
def test_an_index_that_could_not_be_measured_says_why(status, text):
    indices = dict(screen_city.patterns().indices)
    nothing = {"mean": None, "gini": None, "theil": None, "between": None, "within": None}
    indices["share_missed"] = {"status": status, "units": 1, **nothing}
    found = figures(patterns={"indices": indices})
    assert set(outlook_tables.indices(found, JA).iloc[0, 1:]) == {text}
    assert outlook_findings.inequality_finding(found, JA) == JA(f"areas.inequality.{status}")


def test_a_share_that_would_tell_a_small_count_is_held_back():
    # 5 of 60 missed, and 52 of 60 watched leaves 8: the share would tell both
    areas = screen_city.patterns().inequality.assign(households=[60, 60], missed=[5, 52])
    shown = written(outlook_tables.inequality(figures(patterns={"inequality": areas}), JA))
    assert set(shown["missed_share"]) == set(shown["share_need_missed"]) == {"–"}
    assert sorted(shown["missed"]) == ["52", "<10"]


def test_loads_of_two_watchers_are_held_back():
    areas = screen_city.patterns().inequality.assign(watchers=[2, 15])
    shown = written(outlook_tables.inequality(figures(patterns={"inequality": areas}), JA)).set_index("name")
    loads = ["load_per_watcher", "share_used", "capacity_per_need"]
    assert shown.loc["材木", loads].tolist() == ["–", "–", "–"]
    assert shown.loc["味噌蔵", loads].tolist() == ["4.0", "60.0 %", "1.00"]


def test_only_areas_beyond_chance_are_listed_as_clusters():
    found = screen_city.patterns().clusters["community"]
    shown = written(outlook_tables.clusters(found, screen_city.layer_counts(), JA))
    assert list(shown["name"]) == ["材木", "味噌蔵", "瓢箪"]  # D4 and D5 are within chance, D6 is untested
    assert list(shown["cluster"])[:2] == ["▼ 割合の低い区域の集まり", "▲ 割合の高い区域の集まり"]
    assert list(shown["missed_share"]) == ["10.0 %", "40.0 %", "50.0 %"]


def test_gap_areas_are_listed_with_share_reason_and_remedy():
    shown = written(outlook_tables.gap_areas(figures(), JA))
    assert shown.loc["D2-G1", ["district", "households", "missed", "missed_share"]].tolist() == [
        "味噌蔵",
        "90",
        "40",
        "44.4 %",
    ]
    assert shown.loc["D2-G1", "remedy"] == "同意をたずねる"


def test_kinds_show_visits_a_month_and_hide_a_single_shop():
    # 2,400 visits a year are 200 a month; the one shop notices 7 households
    shown = written(outlook_tables.kinds(figures(), JA)).set_index("kind")
    assert shown.loc["民生委員・児童委員", ["posts", "capacity_visits", "households_visited"]].tolist() == [
        "24",
        "200",
        "300",
    ]
    assert shown.loc["商店", "households_noticed"] == "–"


@pytest.mark.parametrize("words", [JA, EN], ids=["ja", "en"])
def test_no_id_of_the_demo_city_stands_in_a_table_or_sentence(demo, words):
    info = coverage.read_info(demo)
    city = coverage.load_city_figures(demo, demo_store.PLANNER, "normal", info.reference_date)
    ids = re.compile("|".join(map(re.escape, ids_of(demo))))
    made = [
        outlook_tables.fragility(city, words).data,
        outlook_tables.organisations(city, words).data,
        outlook_tables.forecast(city, words),
        outlook_tables.indices(city, words),
        outlook_tables.inequality(city, words).data,
        outlook_tables.gap_areas(city, words).data,
        outlook_tables.kinds(city, words).data,
    ]
    sentences = [
        outlook_findings.outlook_finding(city, words),
        outlook_findings.visits_finding(city, words),
        outlook_findings.gap_areas_finding(city, words),
    ]
    text = "\n".join([*(table.to_csv() for table in made), *sentences])
    assert len(text) > 1000
    assert ids.findall(text) == []


def ids_of(store) -> list[str]:
    with store.engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT watcher_id FROM watcher UNION SELECT household_id FROM household"
        )
        return [row[0] for row in rows]


# --- sentences --------------------------------------------------------------------------------------------


def test_finding_without_a_critical_watcher_says_fewer_than_ten():
    watchers = screen_city.outlook().watchers | {"critical": 0}
    text = outlook_findings.outlook_finding(figures(outlook={"watchers": watchers}), EN)
    assert "Whichever one of 41 watchers leaves, fewer than 10 households" in text


def test_finding_of_a_city_without_watchers_says_so():
    watchers = screen_city.outlook().watchers | {"watchers": 0, "critical": 0}
    text = outlook_findings.outlook_finding(figures(outlook={"watchers": watchers}), JA)
    assert text.startswith("訪問する担い手がいません。")


def test_without_a_re_election_the_last_day_is_told():
    rows = screen_city.outlook().forecast.iloc[:2]
    text = outlook_findings.outlook_finding(figures(outlook={"forecast": rows}), JA)
    assert "令和9年3月31日（2027-03-31）には、見守れている世帯が 385 から 378 前後（370～385）に減る" in text
    rows = rows.assign(households_expected=385.0)
    text = outlook_findings.outlook_finding(figures(outlook={"forecast": rows}), JA)
    assert "見守れている世帯は 385 のままの見込みです。" in text


def test_minimum_cut_is_told_as_a_lower_bound():
    text = outlook_findings.visits_finding(figures(), EN)
    assert "In 2 places (60 households)" in text
    assert "at least 14 households remain" in text
    assert "Besides, 50 households have no watcher within reach who may visit them." in text
    assert "80 visits a month cannot be made by anybody" in text
    cut = dict.fromkeys(figures().patterns.bottlenecks, 0)
    assert outlook_findings.visits_finding(figures(patterns={"bottlenecks": cut}), EN).endswith(
        EN("outlook.no_bottlenecks")
    )


def test_within_chance_is_not_told_as_a_low_share():
    found = screen_city.patterns().clusters["community"]
    assert "5 のうち 3 が、偶然では説明しにくい" in outlook_findings.cluster_finding(found, "community", JA)
    quiet = dataclasses.replace(found, counts={**found.counts, "hot": 0, "cold": 0, "chance": 5})
    text = outlook_findings.cluster_finding(quiet, "community", JA)
    assert "割合が低いという意味ではありません。" in text
    assert "区域ごとの割合の差を調べたものではありません" in text
    untested = dataclasses.replace(found, counts={**found.counts, "tested": 0}, moran_i=None, moran_p=None)
    assert outlook_findings.cluster_finding(untested, "community", JA) == JA("areas.clusters.untested")


def test_missed_households_in_and_out_of_gap_areas_are_all_told():
    # 123 missed: 40 in the area, 8 in thin squares, 75 below the share
    assert "見守れていない 123 世帯のうち 40 世帯は、1 の空白の区域" in outlook_findings.gap_areas_finding(
        figures(), JA
    )
    left_out = outlook_findings.gap_areas_left_out(figures(), JA)
    assert "世帯の少ないます目 <10、割合が 45 % 未満のます目 75" in left_out


def test_assumptions_name_the_rules_the_forecast_is_made_with():
    rules = LeavingRules()
    for words in (JA, EN):
        lines = "\n".join(outlook_findings.assumptions(figures(), words))
        for share in (rules.not_reappointed, rules.stays_empty, rules.yearly_leaving_younger):
            assert f"{100 * share:.0f} %" in lines
        assert f"{100 * rules.yearly_leaving_older:.0f} %" in lines
        assert str(rules.term_years) in lines


# --- chart ------------------------------------------------------------------------------------------------


def drawing(found) -> ElementTree.Element:
    html = outlook_charts.forecast_chart(found, JA)
    return ElementTree.fromstring(base64.b64decode(re.search(r'base64,([^"]+)"', html).group(1)))


def places(picture, dashes: str) -> list[list[float]]:
    """Return the places of the line of one style, in pixels from the left top."""
    path = next(part for part in picture.iter(f"{SVG}path") if part.get("stroke-dasharray") == dashes)
    return [[float(number) for number in place.split()] for place in re.split("[ML]", path.get("d"))[1:]]


SVG = "{http://www.w3.org/2000/svg}"


def test_lines_of_the_chart_run_through_the_numbers():
    # The axis ends at 400, 52 pixels below the top of 380; 0 lies 44 above the bottom: 284 pixels for 400.
    expected = places(drawing(figures()), "none")
    assert [y for _, y in expected] == pytest.approx(
        [336 - n / 400 * 284 for n in (385, 378.4, 350.1)], abs=0.1
    )
    days = [0, 364, 975]  # 2026-04-01 to 2027-03-31 and 2028-12-01
    assert [x for x, _ in expected] == pytest.approx([66 + day / 975 * 704 for day in days], abs=0.1)


def test_each_line_has_a_style_and_a_label_of_its_own():
    picture = drawing(figures())
    assert len({tuple(map(tuple, places(picture, dashes))) for dashes in ("none", "8 5", "2 4")}) == 3
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert {"最良 372", "見込み 350", "最悪 120", "一斉改選 2028-12"} <= set(texts)


def test_labels_of_lines_that_end_together_stand_apart():
    rows = screen_city.outlook().forecast.assign(households_best=350.0, households_worst=350.0)
    labels = [
        float(text.get("y"))
        for text in drawing(figures(outlook={"forecast": rows})).iter(f"{SVG}text")
        if text.get("text-anchor") == "start" and re.match("最良|見込み|最悪", text.text)
    ]
    assert len(labels) == 3
    assert min(b - a for a, b in zip(sorted(labels), sorted(labels)[1:], strict=False)) >= 19


def test_a_held_back_count_is_drawn_on_the_axis():
    rows = screen_city.outlook().forecast.assign(households_worst=[385.0, 9.0, 4.0])
    picture = drawing(figures(outlook={"forecast": rows}))
    assert [y for _, y in places(picture, "2 4")][1:] == [336.0, 336.0]
    assert "最悪 <10" in [text.text for text in picture.iter(f"{SVG}text")]


def test_chart_of_a_city_without_anyone_watched_is_drawn():
    names = [name for name in screen_city.outlook().forecast if name.startswith("households_")]
    rows = screen_city.outlook().forecast.assign(**dict.fromkeys(names, 0.0))
    assert [y for _, y in places(drawing(figures(outlook={"forecast": rows})), "none")] == [336.0] * 3


def test_chart_brings_its_font_and_names_no_address():
    html = outlook_charts.forecast_chart(figures(), JA)
    inside = base64.b64decode(re.search(r'base64,([^"]+)"', html).group(1)).decode()
    assert "IPAexGothic" in inside
    assert re.findall(r"url\('(?!data:)", inside) == []


# --- maps -------------------------------------------------------------------------------------------------


def layers_of(group) -> list[list[dict]]:
    children = group._children.values()
    return [[row["properties"] for row in layer.data["features"]] for layer in children]


def cluster_layers(kinds=None) -> list[list[dict]]:
    found = screen_city.patterns().clusters["community"]
    if kinds is not None:
        found = dataclasses.replace(found, areas=found.areas.assign(kind=kinds, p_adjusted=0.01))
    described = tables.describe_areas(screen_city.layer_counts(), JA, hide_small=True)
    shapes = screen_city.shapes()
    return layers_of(pattern_maps.cluster_map(shapes, found, described, shapes, words=JA)[1])


def test_areas_within_chance_are_pale_and_bear_no_name():
    drawn, *_, labels = cluster_layers()
    colours = [row["style"]["fillColor"] for row in drawn]
    kinds = ["cold", "hot", "hot", "chance", "chance", "untested"]
    assert colours == [marks.CLUSTER_COLOURS[kind] for kind in kinds]
    assert [row["label"] for row in labels] == ["▼ 材木", "▲ 味噌蔵", "▲ 瓢箪"]


def test_an_untested_area_differs_by_its_border_too():
    drawn = cluster_layers()[0]
    assert "dashArray" in drawn[5]["style"]
    assert "dashArray" not in drawn[4]["style"]


def test_hostile_names_are_escaped_on_the_map_of_clusters():
    drawn, *_, labels = cluster_layers(kinds="hot")
    assert "<b " not in labels[5]["label"] + drawn[5]["tip"].removeprefix("<b>")
    assert "&lt;b onmouseover" in labels[5]["label"]


def test_every_kind_of_cluster_has_colour_and_words():
    assert [outlook_tables.cluster_text(kind, JA) for kind in marks.CLUSTER_COLOURS]
    legend = outlook_charts.cluster_legend("community", JA)
    assert all(sign in legend for sign in marks.CLUSTER_SIGNS.values())
    assert "偶然の範囲" in legend


def test_gap_areas_bear_remedy_and_number_and_the_chosen_one_a_border():
    areas, frame = screen_city.patterns().gap_areas, screen_city.shapes()
    plain = layers_of(pattern_maps.gap_area_map(areas, frame, words=JA)[1])
    chosen = layers_of(pattern_maps.gap_area_map(areas, frame, words=JA, selected="D2-G1")[1])
    assert len(chosen) == len(plain) + 1
    drawn = next(layer for layer in plain if layer and "area_id" in layer[0])
    assert drawn[0]["style"]["fillColor"] == marks.REMEDY_COLOURS["ask"]
    assert plain[-1][0]["label"] == "たずねる 40"


def test_a_city_without_gap_areas_has_a_map_of_districts_only():
    areas = screen_city.patterns().gap_areas.iloc[:0]
    assert len(layers_of(pattern_maps.gap_area_map(areas, screen_city.shapes(), words=JA)[1])) == 2
