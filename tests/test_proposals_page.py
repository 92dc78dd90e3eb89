"""The proposals page on a small demo store: making, deciding, handing over, taking back, refusals."""

import pytest
from streamlit.testing.v1 import AppTest

from app import cache
from app.services import proposals
from geodata.models import Household
from tests.conftest import ROOT
from tests.demo_store import coordinator
from tests.test_architecture import is_japanese
from tests.test_proposals import district_of_most, register

MAKE, ACCEPT_ALL, UNDO = "提案を作る", "残りをすべて採用する", "取り消す"


@pytest.fixture
def opened(demo, monkeypatch):
    """The page as the coordinator of the largest district, with its store and district."""
    monkeypatch.setenv("MIMAMORI_DATABASE", demo.url)
    cache.open_store.clear()
    district = district_of_most(demo)
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120).run()
    page = next(box for box in page.selectbox if box.label == "見る人の役割").select("coordinator").run()
    own = next(box for box in page.selectbox if box.label == "担当する地区")
    page = own.select(district).run() if own.value != district else page
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


def test_planner_is_told_who_decides(demo, monkeypatch):
    monkeypatch.setenv("MIMAMORI_DATABASE", demo.url)
    cache.open_store.clear()
    page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120).run()
    page = page.switch_page("views/proposals.py").run()
    assert any("コーディネーターが一つずつ決めます" in box.value for box in page.info)
    assert not page.dataframe


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
