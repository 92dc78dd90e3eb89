"""The pages of publications on the small demo city: try, publish, and read what was published."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from geodata.viewer import Viewer
from tests import demo_store
from tests.conftest import ROOT
from tests.test_outlook_page import everything


@pytest.fixture
def open_page(demo_file, tmp_path, monkeypatch, person):
    """Open a page as whoever ``person`` is."""
    monkeypatch.setenv("MIMAMORI_DATABASE", demo_store.copy(demo_file, tmp_path))

    def open_as(role, name):
        person.viewer = Viewer("test", role, purpose="test")
        opened = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=120).run()
        opened = opened.switch_page(f"views/{name}.py").run()
        assert not opened.exception
        return opened

    return open_as


def press(page, label):
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def test_planner_tries_then_publishes_and_council_reads_it(open_page):
    page = press(open_page("planner", "publish"), "試してみる")
    assert "割り出せた数 0" in everything(page)
    button = next(button for button in page.button if button.label == "公表する")
    assert button.disabled  # until the box is ticked
    page.checkbox(key="publish_sure").check().run()
    press(page, "公表する")
    assert "第1号" in page.success[0].value
    council = open_page("council", "published")
    assert [box.options for box in council.selectbox if "第1号" in box.options[0]] != []
    assert "「–」" in everything(council)
    assert re.findall(r"\b[HW]\d{3,}\b", everything(council)) == []


def test_council_without_a_release_is_told_so(open_page):
    assert "まだありません" in everything(open_page("council", "published"))
