"""The page of daily help and places on the small demo city: planners count, coordinators see their week."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from tests import demo_store
from tests.conftest import ROOT
from tests.sign_in import as_coordinator
from tests.test_outlook_page import everything
from tests.test_screen import choose, figures_of, shown

pytestmark = pytest.mark.usefixtures("person")


@pytest.fixture
def page(demo_file, tmp_path, monkeypatch):
    monkeypatch.setenv("MIMAMORI_DATABASE", demo_store.copy(demo_file, tmp_path))
    opened = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60).run()
    opened = opened.switch_page("views/support.py").run()
    assert not opened.exception
    return opened


def test_planner_sees_the_finding_and_counts_but_no_household(page):
    assert "証明済みの最善" in shown(page)
    asked, served, undone, _ = (int(value.replace(",", "")) for value in figures_of(page).values())
    assert asked == served + undone > 0
    assert re.findall(r"\b[HK]\d{5,}\b", everything(page)) == []


def test_coordinator_sees_the_week_by_volunteer_and_what_stays_undone(page):
    text = everything(as_coordinator(page))
    assert "担い手ごとの予定" in text and "行えない手伝い" in text
    assert re.findall(r"\bH\d{5,}\b", text) != []


def test_places_show_who_can_walk_there_and_what_to_open(page):
    choose(page, "support_section_control", "places")
    text = everything(page)
    assert "集いの場は" in text and "次に開くとよい場所" in text
    assert re.findall(r"\b[HW]\d{3,}\b", text) == []
    choose(page, "access_kind_control", "consultation_centre")
    assert "相談窓口は" in everything(page)


@pytest.mark.parametrize("section", ["tasks", "places"])
def test_each_section_opens_in_english(page, section):
    choose(page, "language", "en")
    choose(page, "support_section_control", section)
    assert "proven" in everything(page)
