"""The dashboard in a real browser, started by the command of the README: clicks, words, no call outside."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlparse

import pytest

from app.serving import page_address, wait_until_ready
from app.ui import maps
from app.ui.text import Words
from tests import demo_store, screen_city
from tests.conftest import ROOT

pytestmark = pytest.mark.browser
WAIT_MS = 30_000
HERE = {"127.0.0.1", "localhost"}
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser():
    """Open the system's Chromium, or skip saying that there is none."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is absent")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is absent")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(demo_file, tmp_path_factory):
    """Start ``mimamori serve`` on a copy of the small demo city and stop it at the end."""
    url = demo_store.copy(demo_file, tmp_path_factory.mktemp("served"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = Path(sys.executable).with_name("mimamori")
    server = subprocess.Popen(
        [command, "serve", "--port", str(port), "--database", url],
        cwd=ROOT,
        env={**os.environ, "MIMAMORI_LANGUAGE": "ja"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert wait_until_ready(port), "mimamori serve did not answer"
        yield page_address(port)
    finally:
        server.terminate()
        assert server.wait(timeout=30) == 0
    assert page_address(port) in server.stdout.read()


class Watch:
    """A page with every host it asked and every script error it met."""

    def __init__(self, browser) -> None:
        context = browser.new_context(viewport={"width": 1366, "height": 1300}, locale="ja-JP")
        self.page = context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda websocket: self.requests.append(websocket.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    @property
    def hosts(self) -> set[str]:
        """Hosts asked over a network; ``data:``, ``blob:`` and ``file:`` ask none."""
        own = ("data", "blob", "file", "about")
        return {urlparse(url).hostname for url in self.requests if urlparse(url).scheme not in own}

    def labels(self):
        """Return the visible names on the map."""
        frame = self.page.frame_locator("iframe[title*=folium]").first
        return frame.locator(".district-label").filter(visible=True)


@pytest.fixture
def watch(browser):
    watched = Watch(browser)
    yield watched
    watched.page.context.close()


def enter(watch, address, role):
    """Sign in with a button of the demo."""
    watch.page.goto(address)
    watch.page.locator(f"button[value=demo-{role}]").click()
    watch.page.get_by_text("サインアウト").wait_for()


@pytest.fixture
def overview(watch, address):
    """Open the overview as a planner and wait for its map."""
    enter(watch, address, "planner")
    watch.labels().first.wait_for()
    return watch


@pytest.fixture
def district(watch, address):
    """Open the overview as a coordinator and wait for its map."""
    enter(watch, address, "coordinator")
    watch.labels().first.wait_for()
    return watch


HEADINGS = {
    "見守りの全体像": "見守りの全体像",
    "地区": "見守りの状況",
    "見通しと偏り": "見通しと偏り",
    "データ": "取り込んだデータ",
}


def open_page(watch, name):
    """Open a page by its link and wait for its heading."""
    watch.page.get_by_role("link", name=name, exact=True).click()
    watch.page.get_by_role("heading", name=HEADINGS[name]).wait_for()


def click_when_still(page, mark):
    """Click the middle of a mark once the map has settled on its bounds."""
    before, box = None, mark.bounding_box()
    while box != before:
        page.wait_for_timeout(700)
        before, box = box, mark.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_walk_through_all_pages_asks_no_other_machine(district):
    overview, page = district, district.page
    open_page(overview, "地区")
    marks = page.frame_locator("iframe[title*=folium]").first.locator(".place-mark")
    marks.first.wait_for()
    page.locator("[data-testid=stDataFrame]").first.wait_for()
    open_page(overview, "データ")
    page.get_by_text("取り込みの記録").wait_for()
    open_page(overview, "見守りの全体像")
    page.get_by_role("radio", name="小学校区").click()
    overview.labels().filter(has_text="小学校").first.wait_for()
    page.get_by_role("radio", name="English").click()
    page.get_by_text("Why households are missed").wait_for()
    page.get_by_role("radio", name="snow").click()
    page.get_by_role("radio", name="snow", checked=True).wait_for()
    overview.labels().first.wait_for()
    assert overview.hosts
    assert overview.hosts <= HERE
    assert overview.errors == []


def test_the_outlook_draws_each_section_and_asks_no_other_machine(overview):
    page = overview.page
    open_page(overview, "見通しと偏り")
    page.get_by_role("radio", name="これから", exact=True).click()
    chart = page.get_by_alt_text("見守れている世帯の見込み")
    chart.wait_for()
    assert chart.evaluate("image => image.complete && image.naturalWidth > 0")
    page.get_by_role("radio", name="偏り", exact=True).click()
    page.get_by_role("heading", name="偶然との見分け").wait_for()
    page.frame_locator("iframe[title*=folium]").first.locator("canvas").first.wait_for()
    page.get_by_role("radio", name="空白の区域", exact=True).click()
    label = overview.labels().filter(has_text=re.compile("[0-9]$")).first
    label.wait_for()
    click_when_still(page, label)
    page.locator(".card").get_by_text("次の一手は").wait_for()
    page.get_by_role("radio", name="English").click()
    page.get_by_role("radio", name="Kinds of watchers").click()
    page.get_by_text("posts are vacant").wait_for()
    assert overview.hosts
    assert overview.hosts <= HERE
    assert overview.errors == []


def test_a_wheel_over_the_map_scrolls_the_page_and_keeps_the_city(overview):
    page = overview.page
    page.wait_for_timeout(1500)  # until the map lies on its bounds
    frame = next(frame for frame in page.frames if frame.evaluate("!!window.map"))
    zoom = frame.evaluate("window.map.getZoom()")
    box = page.locator("iframe[title*=folium]").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, 600)
    page.wait_for_timeout(800)
    assert frame.evaluate("window.map.getZoom()") == zoom


def test_a_click_on_the_map_chooses_a_district_and_the_button_opens_it(overview):
    page = overview.page
    label = overview.labels().first
    name = label.inner_text().split("\n")[0]
    click_when_still(page, label)
    page.locator(".card").get_by_text(f"{name}：").wait_for()
    page.get_by_role("button", name=f"{name}の地区ページを開く").click()
    page.get_by_role("heading", name=re.compile(f"{name}（.*見守りの状況")).wait_for()
    assert page.url.endswith("/district")


def test_a_click_on_a_missed_household_says_who_could_watch_it(district):
    overview, page = district, district.page
    open_page(overview, "地区")
    frame = page.frame_locator("iframe[title*=folium]").first
    missed = frame.locator(".place-mark svg:has(path[fill='#d55e00'])").first
    missed.wait_for()
    click_when_still(page, missed)
    page.locator(".card").get_by_text("次の一手").wait_for()
    page.get_by_role("heading", name="見守れそうな人").wait_for()


def test_a_stranger_sees_the_sign_in_page_and_nothing_behind_it(watch, address):
    watch.page.goto(f"{address}/district")
    assert urlparse(watch.page.url).path == "/signin"
    for path in ("/_stcore/host-config", "/media/x.csv", "/app/static/map.css"):
        assert watch.page.request.get(address + path).status == 403
    opened = watch.page.evaluate(
        """address => new Promise(done => {
            const socket = new WebSocket(address.replace("http", "ws") + "/_stcore/stream");
            socket.onopen = () => done("open"); socket.onerror = () => done("refused");
        })""",
        address,
    )
    assert opened == "refused"


def test_signing_out_in_one_tab_ends_the_other(overview):
    page, other = overview.page, overview.page.context.new_page()
    other.goto(page.url)
    other.get_by_text("サインアウト").click()
    other.wait_for_url("**/signin")
    page.get_by_role("radio", name="積雪期").click()
    page.get_by_text("サインインが切れました").wait_for()
    assert overview.labels().count() == 0


@pytest.mark.parametrize("role", ["watcher", "council", "administrator", "auditor"])
def test_every_role_signs_in_to_its_own_menu(watch, address, role):
    enter(watch, address, role)
    page = watch.page
    page.get_by_text(f"demo-{role}").wait_for()
    assert page.get_by_role("link", name="地区", exact=True).count() == 0
    page.goto(f"{address}/district")
    page.get_by_text(f"demo-{role}").wait_for()
    assert page.get_by_role("heading", name="見守りの状況").count() == 0
    assert watch.errors == []


def test_the_page_tells_readers_tools_its_language(overview):
    assert overview.page.evaluate("document.documentElement.lang") == "ja"
    overview.page.get_by_role("radio", name="English").click()
    overview.page.get_by_text("Why households are missed").wait_for()
    overview.page.wait_for_function("document.documentElement.lang === 'en'")


def test_visible_labels_lie_apart(overview):
    overview.page.wait_for_timeout(500)
    boxes = [label.bounding_box() for label in overview.labels().all()]
    assert boxes
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart_across = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            apart_down = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
            assert apart_across or apart_down


def test_the_standalone_map_opens_from_a_file_and_runs_no_text_of_a_name(watch, tmp_path):
    shapes = {"community": screen_city.shapes(), "school": screen_city.shapes("school")}
    file = tmp_path / "gap_map.html"
    file.write_text(
        maps.standalone_gap_map(screen_city.figures(), shapes, None, Words("ja")), encoding="utf-8"
    )
    dialogs = []
    watch.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    watch.page.goto(file.as_uri())
    labels = watch.page.locator(".district-label").filter(visible=True)
    labels.first.wait_for()
    hostile = watch.page.locator(".district-label", has_text="onmouseover").first
    assert hostile.inner_text() == screen_city.HOSTILE_NAME  # shown literally
    assert hostile.locator("b").count() == 0
    for label in labels.all():
        box = label.bounding_box()
        watch.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        watch.page.locator(".leaflet-tooltip").first.wait_for()
    watch.page.get_by_text("小学校区").click()
    watch.page.locator(".district-label", has_text="材木町小学校").wait_for()
    assert (watch.hosts, watch.errors, dialogs) == (set(), [], [])
