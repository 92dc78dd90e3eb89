"""The dashboard in a real browser: seconds until the overview's map is drawn, and until a click is answered.

    python -m benchmarks.screen [--households 30000] [--visits 5]

Needs Chromium and the test requirements. The server is the one of ``mimamori serve``.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from app.serving import page_address, wait_until_ready
from benchmarks.demo_city import make_city

WAIT_MS = 120_000
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def main() -> None:
    """Serve the demo city, visit and click, print a markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--households", type=int, default=30_000)
    parser.add_argument("--visits", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _, url = make_city(Path(folder), options.households)
        subprocess.run(
            [_command(), "analyse", "--database", url, "--out", folder], check=True, capture_output=True
        )
        with _served(url) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
            seconds = measure(browser, address, options.visits)
            browser.close()
    print("| what | seconds (median) | least | most |\n|---|---|---|---|")
    for name, values in seconds.items():
        print(f"| {name} | {median(values):.2f} | {min(values):.2f} | {max(values):.2f} |")


def measure(browser: Browser, address: str, visits: int) -> dict[str, list[float]]:
    """Return seconds by what was waited for; the first visit stands alone."""
    first, page = _visit(browser, address)
    page.close()
    warm, clicks = [], []
    for _ in range(visits):
        seconds, page = _visit(browser, address)
        warm.append(seconds)
        page.wait_for_timeout(1500)  # the map settles on its bounds
        clicks += _click_districts(page)
        page.close()
    return {"overview, first visit": [first], "overview, warm": warm, "click on a district": clicks}


def _visit(browser: Browser, address: str) -> tuple[float, Page]:
    page = browser.new_page(viewport={"width": 1366, "height": 1300}, locale="ja-JP")
    page.set_default_timeout(WAIT_MS)
    start = time.perf_counter()
    page.goto(address)
    _labels(page).first.wait_for()
    return time.perf_counter() - start, page


def _click_districts(page: Page) -> list[float]:
    """Click three districts one after the other; return the seconds until each one's card stands there."""
    seconds = []
    for label in _labels(page).all()[:3]:
        name = label.inner_text().split("\n")[0]
        box = label.bounding_box()
        start = time.perf_counter()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.locator(".card").get_by_text(f"{name}：").wait_for()
        seconds.append(time.perf_counter() - start)
        page.wait_for_timeout(700)
    return seconds


def _labels(page: Page):
    frame = page.frame_locator("iframe[title*=folium]").first
    return frame.locator(".district-label").filter(visible=True)


def _command() -> Path:
    return Path(sys.executable).with_name("mimamori")


@contextmanager
def _served(url: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [_command(), "serve", "--port", str(port), "--database", url]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready(port)
        yield page_address(port)
    finally:
        server.terminate()
        server.wait(timeout=30)


if __name__ == "__main__":
    main()
