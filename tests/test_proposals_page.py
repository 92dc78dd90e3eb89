"""The proposals page on a small demo store: making, deciding, handing over, taking back, refusals."""

import pytest
from streamlit.testing.v1 import AppTest

from app import cache
from app.services import proposals, scenario_steps, scenarios
from app.services.demo import DEMO_DATE
from app.services.scenario_runs import Question
from app.services.scenarios import KeptScenario
from geodata.models import Household
from tests.conftest import ROOT
from tests.demo_store import OPERATOR, coordinator
from tests.sign_in import as_coordinator
from tests.test_architecture import is_japanese
from tests.test_proposals import district_of_most, register

pytestmark = pytest.mark.usefixtures("person")
MAKE, ACCEPT_ALL, UNDO = "提案を作る", "残りをすべて採用する", "取り消す"


@pytest.fixture
def opened(demo, monkeypatch):
    """The page as the coordinator of the largest district, with its store and district."""
    monkeypatch.setenv("MIMAMORI_DATABASE", demo.url)
    cache.open_store.clear()
    district = district_of_most(demo)
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120).run()
    page = as_coordinator(page, district)
    page = page.switch_page("views/proposals.py").run()
    assert not page.exception
    return page, demo, district


def press(page, label):
    page = next(button for button in page.button if button.label.startswith(label)).click().run()
    assert not page.exception
    return page


def told(page):
    return [box.value for kind in (page.success, page.error, page.warning, page.info) for box in kind]


def finding(page):
    return " ".join(block.body for block in page.get("html"))


def test_page_without_proposals_says_how_to_make_them(opened):
    page, _, _ = opened
    assert "いま決める提案はありません" in finding(page)
    assert any(button.label == MAKE for button in page.button)


def test_made_proposals_are_listed_with_what_they_bring(opened):
    page, store, district = opened
    page = press(page, MAKE)
    assert any("見守れる世帯が" in text and "確かめました" in text for text in told(page))
    shown = proposals.load_proposals(store, coordinator(district), district)
    assert len(page.dataframe[0].value) == len(shown) > 0


def test_all_are_accepted_in_one_step_and_taken_back_in_one(opened):
    page, store, _ = opened
    before = register(store)
    page = press(press(page, MAKE), ACCEPT_ALL)
    assert any("登録に書き込みました" in text for text in told(page))
    assert register(store) != before
    page = press(page, UNDO)
    assert any("取り消しました" in text for text in told(page))
    assert register(store) == before


def test_decision_of_somebody_else_meanwhile_is_told_not_overwritten(opened):
    page, store, district = opened
    page = press(page, MAKE)
    rows = proposals.load_proposals(store, coordinator(district), district)
    item = rows[rows["item"] == rows["item"].iloc[0]]
    proposals.reject(store, coordinator(district), item["version"].to_dict())
    before = register(store)
    page = press(page, ACCEPT_ALL)  # still holds the versions it was drawn with
    assert any("その間に決まった" in box.value for box in page.error)
    assert register(store) == before


def test_hidden_households_are_counted_and_not_named(opened):
    page, store, _ = opened
    page = press(page, MAKE)
    shown = set(page.dataframe[0].value["世帯番号"])
    with store.begin() as session:
        consent = {home.household_id: home.consent for home in session.query(Household)}
    assert all(consent[home] >= 2 for home in shown)


def test_hand_over_is_previewed_then_written_and_taken_back(opened):
    page, store, _ = opened
    before = register(store)
    page = press(page, "引き継ぎを見てみる")
    assert register(store) == before
    page = press(page, "この引き継ぎを登録に書き込む")
    assert any("引き継ぎを登録に書き込みました" in text for text in told(page))
    page = press(page, UNDO)
    assert register(store) == before


def test_planner_has_no_page_of_proposals(demo, monkeypatch):
    monkeypatch.setenv("MIMAMORI_DATABASE", demo.url)
    cache.open_store.clear()
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120).run()
    assert "proposals" not in page.session_state["pages"]
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        page.switch_page("views/proposals.py")


def test_page_speaks_english_where_chosen(opened):
    page, _, _ = opened
    page = press(page, MAKE)
    page.session_state["language"] = "en"
    page = page.run()
    assert not page.exception
    words = [*(button.label for button in page.button), *page.dataframe[0].value.columns]
    words += [box.label for box in (*page.checkbox, *page.radio)]
    assert "Make proposals" in words
    assert not any(is_japanese(text) for text in words)


def test_page_after_a_scenario_lists_its_steps_and_decides_batch_by_batch(opened):
    page, store, district = opened
    page = press(page, MAKE)
    viewer, before = coordinator(district), register(store)
    changes = (
        {"type": "watchers_leave", "kind": "welfare_commissioner", "district": district, "share": 0.5},
        {"type": "consent_change", "district": district, "level": 3},
    )
    kept = scenarios.save_scenario(store, OPERATOR, KeptScenario("*半分*", changes))
    scenario_steps.propose_scenario(store, viewer, kept, Question("normal", DEMO_DATE), district=district)
    page = page.run()
    assert not page.exception
    links = proposals.load_proposals(store, viewer, district)
    links = links[links["kind"].isin(proposals.AT_ONCE)]
    assert len(page.dataframe[0].value) == len(links)
    steps = [line.value for line in page.markdown if "（シナリオ「" in line.value]
    assert len(steps) == 1
    assert "\\*半分\\*" in steps[0]
    page = press(page, "進める")
    assert any("進めることにしました" in text for text in told(page))
    assert register(store) == before
    assert len([button for button in page.button if button.label.startswith(ACCEPT_ALL)]) == 2
    page = press(page, ACCEPT_ALL)
    left = proposals.load_proposals(store, viewer, district)
    assert set(left["kind"]) == {"handover"}
    assert register(store) != before
