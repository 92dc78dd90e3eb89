"""The outlook page through Streamlit's AppTest: each section, language and role, and what is not there."""

from __future__ import annotations

import dataclasses
import itertools
import re

import pytest
from streamlit.testing.v1 import AppTest

from app import cache
from app.services.cells import MeshFigures
from app.ui.escaping import for_html
from app.ui.findings import area_finding
from app.ui.text import Words
from tests import screen_city
from tests.conftest import ROOT
from tests.sign_in import as_coordinator
from tests.test_screen import choose, figures_of, shown, use

pytestmark = pytest.mark.usefixtures("person")
JA, EN = Words("ja"), Words("en")
SECTIONS = ("fragility", "forecast", "inequality", "areas", "kinds")


@pytest.fixture
def start(monkeypatch, tmp_path):
    """Return a function that opens the outlook page on figures of its own."""
    opened_before = itertools.count()

    def open_page(figures=None, page="views/outlook.py"):
        address = f"sqlite:///{tmp_path}/none_{next(opened_before)}.db"  # caches of its own
        monkeypatch.setenv("MIMAMORI_DATABASE", address)
        use(monkeypatch, screen_city.Services())
        if figures is not None:
            monkeypatch.setattr(cache.coverage, "load_city_figures", lambda *_args, **_options: figures)
        opened = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=30).run()
        opened = opened.switch_page(page).run()
        assert not opened.exception
        return opened

    return open_page


def everything(page) -> str:
    """Return all text of the page: its own HTML, captions, lists and every table as it is written."""
    tables = [frame.value.to_csv() for frame in (*page.dataframe, *page.table)]
    lists = [mark.value for mark in page.markdown]
    return "\n".join([shown(page), *tables, *lists, *(i.value for i in page.info)])


def outlook_with(**changes):
    figures = screen_city.figures()
    return dataclasses.replace(figures, outlook=dataclasses.replace(figures.outlook, **changes))


def patterns_with(**changes):
    figures = screen_city.figures()
    return dataclasses.replace(figures, patterns=dataclasses.replace(figures.patterns, **changes))


def test_page_opens_with_its_finding_and_four_figures(start):
    page = start()
    assert (
        "担い手 41 人・団体のうち 2 は、抜けるとそれだけで 10 世帯以上がその場で見守りを失います。"
        in shown(page)
    )
    assert "見守れている世帯が 385 から 350 前後（335～365）に減る見込みです。" in shown(page)
    assert list(figures_of(page).values()) == ["2", "14", "350", "64"]
    assert all(metric.help for metric in page.metric)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_in_both_languages(start, section, language):
    page = choose(start(), "language", language)
    choose(page, "outlook_section_control", section)
    heading = {
        "fragility": "outlook.by_district",
        "forecast": "outlook.assumptions",
        "inequality": "areas.clusters",
    }.get(section)
    words = Words(language)
    assert heading is None or words(heading) in shown(page)
    assert len(page.dataframe) + len(page.table) >= 1
    if language == "en":
        assert left_in_japanese(everything(page)) == []


def left_in_japanese(text: str) -> list[str]:
    names = ["架空市", "日本語", "材木地区民児協", *screen_city.layer_counts()["name"]]
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "").replace(for_html(name), "")
    return [sign for sign in text if "ぁ" <= sign <= "ヿ" or "一" <= sign <= "龥"]


@pytest.mark.parametrize("section", SECTIONS)
def test_no_section_names_a_watcher_or_a_household(start, section):
    page = choose(start(), "outlook_section_control", section)
    assert re.findall(r"\b[HWSV]\d+\b", everything(page)) == []


@pytest.mark.parametrize("section", SECTIONS)
def test_coordinator_sees_the_same_city_counts_as_a_planner(start, section):
    page = choose(start(), "outlook_section_control", section)
    planner = everything(page)
    seen = everything(as_coordinator(page)).replace(JA("role.coordinator"), JA("role.planner"))
    assert seen == planner


def test_only_the_section_chosen_is_drawn(start):
    page = choose(start(), "outlook_section_control", "kinds")
    assert len(page.dataframe) == 1
    assert JA("outlook.by_district") not in shown(page)


def test_section_stays_chosen_when_the_page_is_left_and_opened_again(start):
    page = choose(start(), "outlook_section_control", "kinds")
    page = page.switch_page("views/data.py").run().switch_page("views/outlook.py").run()
    assert JA("outlook.kinds_note") in shown(page)


def test_without_organisations_the_page_says_so(start):
    organisations = screen_city.outlook().organisations.iloc[:0]
    page = start(outlook_with(organisations=organisations, organisations_not_named=0))
    assert JA("outlook.no_organisations") in shown(page)
    assert len(page.dataframe) == 1


def test_without_gap_areas_no_map_is_drawn_and_the_missed_are_counted(start):
    figures = patterns_with(gap_areas=screen_city.patterns().gap_areas.iloc[:0])
    page = choose(start(figures), "outlook_section_control", "areas")
    assert JA("areas.none") in shown(page)
    assert "割合が 45 % 未満のます目 75" in shown(page)
    assert not page.dataframe


def test_without_any_layer_to_test_nothing_is_called_a_cluster(start):
    page = choose(start(patterns_with(clusters={"community": None})), "outlook_section_control", "inequality")
    assert JA("areas.clusters.untested") in shown(page)


@pytest.mark.parametrize(("moran_p", "told"), [(0.012, True), (0.05, False), (None, False)])
def test_pattern_without_a_place_is_told_below_five_percent(start, moran_p, told):
    found = screen_city.patterns().clusters["community"]
    nothing = found.counts | {"hot": 0, "cold": 0, "chance": 5}
    moran_i, tested = (None, 0) if moran_p is None else (0.31, 5)
    quiet = dataclasses.replace(
        found,
        areas=found.areas.assign(kind="chance"),
        counts=nothing | {"tested": tested},
        moran_i=moran_i,
        moran_p=moran_p,
    )
    page = choose(
        start(patterns_with(clusters={"community": quiet})), "outlook_section_control", "inequality"
    )
    assert (JA("areas.clusters.only_overall") in shown(page)) == told


def test_a_named_place_leaves_the_pattern_of_the_city_unsaid(start):
    page = choose(start(), "outlook_section_control", "inequality")
    assert JA("areas.clusters.only_overall") not in shown(page)


def test_organisations_say_what_lost_for_good_is_counted_from(start):
    assert JA("outlook.by_organisation_note") in shown(start())


@pytest.mark.parametrize("households", [0, 8])
def test_grey_areas_without_households_are_told_beside_the_map(start, households):
    figures = screen_city.figures()
    counts = figures.layers["community"].copy()
    counts.loc["D6", ["households", "watched", "season"]] = [households, 0, households]
    layers = {**figures.layers, "community": counts}
    page = start(dataclasses.replace(figures, layers=layers), page="views/overview.py")
    assert (JA("areas.grey") in shown(page)) == (households == 0)


def test_only_layers_with_areas_are_offered_for_clusters(start):
    page = choose(start(), "outlook_section_control", "inequality")
    switch = next(group for group in page.get("button_group") if group.key == "cluster_layer_control")
    assert switch.options == [JA("layer.community")]


def test_a_chosen_gap_area_says_its_reasons_with_small_ones_held_back(start):
    page = choose(start(), "outlook_section_control", "areas")
    assert page.info[0].value == JA("areas.choose")
    page.session_state["gap_area"] = "D2-G1"
    page.run()
    assert "味噌蔵 D2-G1：見守り対象 90 世帯のうち 40 世帯（44.4 %）が見守れていません。" in shown(page)
    assert "36 世帯" in shown(page)  # consent; the 4 of reach are not told
    assert "&lt;10 世帯" in shown(page)


def test_overview_leads_to_the_outlook(start):
    page = start(page="views/overview.py")
    assert [link.proto.label for link in page.get("page_link")] == [JA("outlook.hint")]


def mesh_of_two(*_arguments) -> MeshFigures:
    counts = screen_city.layer_counts().loc[["D1", "D4"]].set_axis(["5436000011", ""])
    shapes = screen_city.shapes().iloc[:1].set_axis(["5436000011"])
    return MeshFigures(shapes, counts.assign(name=counts.index), cells_left_out=7)


def test_overview_shows_cells_and_counts_those_left_out(start, monkeypatch):
    monkeypatch.setattr(cache.cells, "load_mesh", mesh_of_two)
    page = choose(start(page="views/overview.py"), "layer_control", "mesh_250m")
    assert list(page.dataframe[0].value["区域"]) == ["5436000011"]
    assert JA("areas.cells_left_out", cells="7", households="60") in shown(page)


def test_neighbourhoods_are_offered_where_there_are_some(start):
    figures = screen_city.figures()
    hoods = figures.layers["school"].set_axis(["N1", "N2"])
    layers = {**figures.layers, "neighbourhood": hoods}
    offered = options_of(start(dataclasses.replace(figures, layers=layers), page="views/overview.py"))
    assert JA("layer.neighbourhood") in offered
    nobody = {**figures.layers, "neighbourhood": hoods.iloc[:1].set_axis([""])}
    offered = options_of(start(dataclasses.replace(figures, layers=nobody), page="views/overview.py"))
    assert JA("layer.neighbourhood") not in offered
    assert JA("layer.mesh_125m") in offered


def options_of(page) -> list[str]:
    return next(group for group in page.get("button_group") if group.key == "layer_control").options


def test_an_area_of_fewer_than_ten_households_tells_nothing_more():
    row = screen_city.layer_counts().loc["D6"]
    told = JA("finding.too_few", name=screen_city.HOSTILE_NAME)
    assert area_finding(row, JA, hide_small=True) == told
    all_watched = {**row, "watched": 8, "season": 0}
    assert area_finding(all_watched, JA, hide_small=True) == told
