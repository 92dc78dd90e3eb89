"""Attacks on the served dashboard: names that are scripts, paths that climb, pages of other roles."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text as sql

from analysis.assignment_wishes import AssignmentWishes
from app.services import proposal_making, proposals, scenarios
from app.services.demo import DEMO_DATE
from app.services.scenarios import KeptScenario
from app.serving import page_address, wait_until_ready
from geodata.session import Store
from tests import demo_store
from tests.conftest import ROOT
from tests.test_browser import Watch, browser, enter  # noqa: F401  # a fixture

pytestmark = pytest.mark.browser
HOSTILE = """<img src=x onerror="alert(1)">${alert(2)}'"`<b>x</b>"""
PAGES = ("overview", "district", "proposals", "scenarios", "next_steps", "outlook", "support", "data")


@contextmanager
def served(url: str):
    """Serve a database by the command and stop it at the end; gives the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [Path(sys.executable).with_name("mimamori"), "serve", "--port", str(port), "--database", url]
    surroundings = {**os.environ, "MIMAMORI_LANGUAGE": "ja"}
    server = subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL)
    try:
        assert wait_until_ready(port), "mimamori serve did not answer"
        yield page_address(port)
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture(scope="module")
def hostile(demo_file, tmp_path_factory):
    """Serve the demo city with every free text a script; gives address and database file."""
    folder = tmp_path_factory.mktemp("hostile")
    store = Store(demo_store.copy(demo_file, folder))
    with store.engine.begin() as connection:
        named = {"text": HOSTILE}
        connection.execute(sql("UPDATE area SET name = :text || code WHERE layer = 'community'"), named)
        connection.execute(sql("UPDATE watcher SET organisation = :text"), named)
        connection.execute(sql("UPDATE facility SET name = :text"), named)
    who = demo_store.coordinator("K01")
    wishes = AssignmentWishes(district="K01")
    proposal_making.propose_for_district(store, who, "normal", DEMO_DATE, wishes=wishes)
    first = proposals.load_proposals(store, who, "K01").iloc[:1]
    proposals.reject(store, who, first["version"].to_dict(), note=HOSTILE)
    change = {"type": "watchers_leave", "kind": "community_promoter", "share": 0.5}
    scenarios.save_scenario(store, who, KeptScenario(HOSTILE, changes=(change,), note=HOSTILE))
    url = str(store.engine.url)
    store.close()
    with served(url) as address:
        yield address, folder / "copy.db"


@pytest.fixture
def watched(browser, hostile):  # noqa: F811
    """Sign in as the coordinator in a real browser; gives the watch and the dialogs that scripts opened."""
    watch, dialogs = Watch(browser), []
    watch.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    enter(watch, hostile[0], "coordinator")
    yield watch, dialogs
    watch.page.context.close()


def test_names_that_are_scripts_are_shown_as_text_on_every_page(watched, hostile):
    watch, dialogs = watched
    labels = watch.labels()
    labels.first.wait_for()
    assert any(label.inner_text().startswith("<img src=x onerror=") for label in labels.all())
    for label in labels.all():
        box = label.bounding_box()
        watch.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        watch.page.wait_for_timeout(300)
    for name in PAGES:
        watch.page.goto(f"{hostile[0]}/{name}")
        watch.page.locator("[data-testid=stMainBlockContainer] h1").first.wait_for()
        watch.page.locator("[data-testid=stStatusWidget]").wait_for(state="detached")
        watch.page.wait_for_timeout(800)
        for frame in watch.page.frames:
            assert frame.locator("img[onerror]").count() == 0, name
    assert (dialogs, watch.errors) == ([], [])


CLIMBING = (
    "/static/../../../../etc/passwd",
    "/static/..%2f..%2f..%2f..%2fetc/passwd",
    "/app/static/..%2f..%2fsettings.py",
    "/app/static/%2e%2e/%2e%2e/settings.py",
    "/component/streamlit_folium.st_folium/..%2f..%2f..%2f..%2f..%2fetc/passwd",
    "/component/streamlit_folium.st_folium/../../../../../etc/passwd",
    "/component/../copy.db",
    "/media/..%2f..%2f..%2fetc/passwd",
    "/media/../../../../etc/passwd",
    "//etc/passwd",
    "/file:///etc/passwd",
)


def test_no_path_climbs_out_of_what_is_served(watched, hostile):
    watch, _ = watched
    address, database = hostile
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in watch.page.context.cookies())
    climbing = (*CLIMBING, f"/static/..%2f..%2f..%2f..%2f..%2f..%2f..{database}", f"/media{database}")
    for path in climbing:
        body = fetched(address, path, cookies)
        assert not any(secret in body for secret in (b"root:", b"SQLite format 3", b"SECRET_VARIABLE")), path


def fetched(address: str, path: str, cookies: str) -> bytes:
    """Ask for a path as it stands, with nothing put right on the way."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.putrequest("GET", path)
    connection.putheader("Cookie", cookies)
    connection.endheaders()
    body = connection.getresponse().read()
    connection.close()
    return body


def test_a_district_page_leaves_no_file_to_fetch_by_its_link(watched, hostile):
    watch, _ = watched
    icon = media_of(watch)
    watch.page.goto(f"{hostile[0]}/district")
    watch.page.locator("[data-testid=stMainBlockContainer] h1").first.wait_for()
    watch.page.locator("[data-testid=stStatusWidget]").wait_for(state="detached")
    watch.page.locator("img[src^='data:image/png']").first.wait_for()
    assert media_of(watch) <= icon  # pictures of homes lie in the page


def media_of(watch) -> set[str]:
    """Return the files of sessions a browser asked for."""
    return {path for path in (urlsplit(url).path for url in watch.requests) if path.startswith("/media/")}


@pytest.mark.parametrize("name", ["accounts", "trail", "publish", "own_households"])
def test_an_address_of_another_role_opens_the_own_start(watched, hostile, name):
    watch, _ = watched
    watch.page.goto(f"{hostile[0]}/{name}")
    heading = watch.page.locator("[data-testid=stMainBlockContainer] h1").first
    heading.wait_for()
    assert "見守りの全体像" in heading.inner_text()
