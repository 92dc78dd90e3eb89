"""The scenario page by AppTest on the small demo city: made, compared, refused, proposed."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from streamlit.testing.v1 import AppTest

from app.services import scenarios
from app.services.proposals import load_proposals
from app.services.scenarios import KeptScenario
from app.ui import scenario_forms
from app.ui.text import Words
from geodata.session import Store
from tests import demo_store
from tests.conftest import ROOT
from tests.demo_store import OPERATOR, PLANNER, coordinator
from tests.sign_in import as_coordinator
from tests.test_outlook_page import left_in_japanese
from tests.test_screen import choose, shown

pytestmark = pytest.mark.usefixtures("person")
JA, EN = Words("ja"), Words("en")
HALF = {"type": "watchers_leave", "kind": "welfare_commissioner", "share": 0.5, "seed": 1}
OPTIONS = {
    "watchers_leave": {"kind": "npo", "district": "K01", "share": 30, "seed": 4, "term": dt.date(2028, 1, 2)},
    "watcher_joins": {"kind": "npo", "district": "K01", "visits": 4.0, "reach": 500, "centre": "F1"},
    "consent_change": {"district": "K01", "level": 3},
    "agreement_made": {"helper": "K01", "helped": "K02"},
    "street_closed": {"bridges": ["1-2"]},
    "place_opens": {"place_kind": "school", "facility_id": "S9", "district": "K01"},
    "season_change": {"season": "snow"},
    "date_change": {"date": dt.date(2027, 4, 1)},
    "rules_change": {"kind": "npo", "level": 3},
}


@pytest.fixture
def store(demo_file, tmp_path, monkeypatch):
    """Give the store of a copy of the demo city that the page will open."""
    url = demo_store.copy(demo_file, tmp_path)
    monkeypatch.setenv("MIMAMORI_DATABASE", url)
    opened = Store(url)
    yield opened
    opened.close()


def open_page():
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    page.session_state["date"] = dt.date(2026, 4, 1)
    page.run()
    return checked(page.switch_page("views/scenarios.py").run())


def checked(page):
    assert not page.exception
    return page


def keep(store, *changes, name="半分", viewer=OPERATOR):
    return scenarios.save_scenario(store, viewer, KeptScenario(name, tuple(changes)))


def everything(page):
    """Return all text of the page."""
    tables = [frame.value.to_csv() for frame in (*page.dataframe, *page.table)]
    lists = [part.value for part in (*page.markdown, *page.info, *page.error, *page.success)]
    return "\n".join([shown(page), *tables, *lists])


def press(page, label):
    return checked(next(button for button in page.button if button.label == label).click().run())


def test_page_without_scenarios_says_how_to_make_one(store):
    page = open_page()
    assert JA("scenarios.none_yet") in shown(page)
    assert not page.metric
    assert not page.error


def test_page_opens_with_the_finding_and_four_differences(store):
    keep(store, HALF)
    page = open_page()
    assert "「半分」では、見守れている世帯が「基準（今のまま）」の" in shown(page)
    assert len(page.metric) == 4
    assert page.metric[0].delta.startswith("−")
    assert JA("scenarios.response.none") in shown(page)
    assert len(page.dataframe) == 2  # by area, by household type


def test_response_says_how_far_from_the_best_it_can_be(store):
    keep(store, HALF)
    page = open_page()
    page.toggle[0].set_value(True).run()
    text = shown(checked(page))
    assert "証明済みの最善" in text or "あと最大" in text


def test_planner_sees_no_small_count_no_household_and_no_watcher(store):
    keep(store, HALF)
    page = open_page()
    text = everything(page)
    assert re.findall(r"\b[HCPV]\d{3,}\b", text) == []
    for frame in page.dataframe:
        numbers = frame.value.select_dtypes("number").drop(columns=JA("scenarios.column.points")).abs()
        assert not ((numbers >= 1) & (numbers < 10)).any(axis=None)


def test_english_page_holds_no_japanese(store):
    keep(store, HALF, {"type": "season_change", "season": "snow"}, name="half")
    page = choose(open_page(), "language", "en")
    names = store_names(store)
    text = everything(checked(page))
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    assert left_in_japanese(text) == []


def store_names(store):
    from geodata.read import read_areas, read_dataset

    with store.begin() as session:
        areas = [*read_areas(session, "community")["name"], *read_areas(session, "school")["name"]]
        return [*areas, read_dataset(session).name]


def test_same_scenario_twice_asks_for_another(store):
    keep(store, HALF)
    page = open_page()
    box = next(box for box in page.selectbox if box.label == JA("scenarios.choose_other"))
    page = checked(box.set_value("baseline").run())
    assert JA("scenarios.same_twice") in [info.value for info in page.info]


def test_refused_scenario_is_told_and_can_still_be_changed(store):
    keep(store, {"type": "agreement_made", "district": "K01", "helped": "K99"})
    page = open_page()
    assert len(page.error) == 1
    assert "Expected" not in page.error[0].value
    edit = next(box for box in page.selectbox if box.label == JA("scenarios.edit"))
    page = press(checked(edit.set_value("半分").run()), JA("scenarios.remove"))
    assert not page.error
    assert scenarios.find_scenario(store, PLANNER, "半分").changes == ()


def test_change_that_names_what_the_city_has_not_is_refused_when_added(store):
    page = open_page()
    page.text_input(key="scenario_new_name").set_value("閉鎖").run()
    page = checked(page.selectbox(key="scenario_kind_ja").set_value("watchers_leave").run())
    prefix = scenario_forms.field_prefix("watchers_leave", "ja")
    page = checked(as_coordinator(page))
    page.text_input(key="scenario_new_name").set_value("閉鎖").run()
    page.text_input(key=f"{prefix}ids").set_value("NOBODY").run()
    page = press(page, JA("scenarios.add_button"))
    assert len(page.error) == 1
    assert "Expected" not in page.error[0].value
    assert list(scenarios.list_scenarios(store, PLANNER)) == ["baseline"]


def test_new_scenario_is_saved_with_its_first_change_and_compared(store):
    page = open_page()
    page.text_input(key="scenario_new_name").set_value("雪").run()
    page.selectbox(key="scenario_kind_ja").set_value("season_change").run()
    page = press(page, JA("scenarios.add_button"))
    assert [news.value for news in page.success] == [JA("scenarios.saved", name="雪")]
    kept = scenarios.find_scenario(store, PLANNER, "雪")
    assert kept.changes == ({"type": "season_change", "season": "snow"},)
    assert "「雪」では" in shown(page)


@pytest.mark.parametrize("kind", scenario_forms.KINDS)
def test_every_kind_of_change_has_a_form(store, kind):
    page = open_page()
    page.text_input(key="scenario_new_name").set_value("試し").run()
    page = checked(page.selectbox(key="scenario_kind_ja").set_value(kind).run())
    page = press(page, JA("scenarios.add_button"))
    told = [news.value for news in (*page.success, *page.error)]
    assert told
    assert not any("Expected" in text for text in told)


def test_scenario_somebody_else_changed_meanwhile_is_not_overwritten(store):
    kept = keep(store, HALF)
    page = open_page()
    edit = next(box for box in page.selectbox if box.label == JA("scenarios.edit"))
    page = checked(edit.set_value("半分").run())
    meanwhile = KeptScenario("半分", (HALF, {"type": "season_change", "season": "snow"}), None, kept.version)
    scenarios.save_scenario(store, OPERATOR, meanwhile)
    page = press(page, JA("scenarios.remove"))
    assert len(page.error) == 1
    assert len(scenarios.find_scenario(store, PLANNER, "半分").changes) == 2


def test_scenario_is_ended_by_its_button(store):
    keep(store, HALF)
    page = open_page()
    edit = next(box for box in page.selectbox if box.label == JA("scenarios.edit"))
    page = press(checked(edit.set_value("半分").run()), JA("scenarios.end"))
    assert JA("scenarios.none_yet") in shown(page)


def test_coordinator_makes_proposals_and_a_planner_is_told_who_does(store):
    keep(store, HALF)
    page = open_page()
    labels = [button.label for button in page.button]
    assert JA("scenarios.propose") not in labels
    assert JA("scenarios.propose.planner") in [caption.value for caption in page.caption]
    page = press(checked(as_coordinator(page)), JA("scenarios.propose"))
    assert any("提案にしました" in news.value for news in page.success)
    district = page.session_state["choices"].viewer.districts[0]
    assert len(load_proposals(store, coordinator(district), district))


def test_scenario_that_names_watchers_of_another_district_cannot_be_changed_here(store):
    from app.services.city import assess_city

    watchers = assess_city(store, OPERATOR, "normal", dt.date(2026, 4, 1)).data.watchers
    ids = list(watchers.index[watchers["kind"] == "welfare_commissioner"][:3])
    keep(store, {"type": "watchers_leave", "ids": ids})
    page = open_page()
    edit = next(box for box in page.selectbox if box.label == JA("scenarios.edit"))
    page = checked(edit.set_value("半分").run())
    assert JA("scenarios.not_yours", count=3) in [info.value for info in page.info]
    assert not any(name in everything(page) for name in ids)
    assert JA("scenarios.add_button") not in [button.label for button in page.button]


@pytest.mark.parametrize("kind", list(OPTIONS))
def test_fields_become_a_change_the_analysis_takes(kind):
    prefix = scenario_forms.field_prefix(kind, "ja")
    session = {prefix + name: value for name, value in OPTIONS[kind].items()} | {"other": 1}
    change = scenario_forms.read_fields(kind, session, language="ja")
    for name in ("at_district",):
        if change.pop(name, None):
            change |= {"x": 0.0, "y": 0.0}
    assert KeptScenario("x", (change,)).scenario().changes


def test_named_watchers_go_before_conditions_and_terms_only_when_asked():
    prefix = scenario_forms.field_prefix("watchers_leave", "en")
    session = {prefix + "kind": "npo", prefix + "term": dt.date(2028, 1, 2), prefix + "share": 100}
    assert scenario_forms.read_fields("watchers_leave", session, language="en") == {
        "type": "watchers_leave",
        "kind": "npo",
    }
    session |= {prefix + "use_term": True}
    told = scenario_forms.read_fields("watchers_leave", session, language="en")
    assert told["term_ends_by"] == "2028-01-02"
    session |= {prefix + "ids": "C1、C2 C3"}
    told = scenario_forms.read_fields("watchers_leave", session, language="en")
    assert told == {"type": "watchers_leave", "ids": ["C1", "C2", "C3"]}
