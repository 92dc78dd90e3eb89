"""Shared fixtures: where the real files lie, a fresh store of each kind, and what was left out and why."""

from __future__ import annotations

import os
import uuid
from collections import Counter
from pathlib import Path

import pytest

from geodata.session import Store
from tests import demo_store, postgis_cluster

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def shared_file():
    """Return a real file's path by its place under MIMAMORI_SHARED, or skip saying which is absent."""
    base = Path(os.environ.get("MIMAMORI_SHARED", "../shared"))
    base = base if base.is_absolute() else ROOT / base

    def find(relative: str) -> Path:
        path = base / relative
        if not path.exists():
            pytest.skip(f"real file {relative} is absent (set MIMAMORI_SHARED)")
        return path

    return find


@pytest.fixture(scope="session")
def postgis_server():
    """Start the private PostGIS cluster once, or skip saying what is missing."""
    missing = postgis_cluster.missing_part()
    if missing:
        pytest.skip(f"PostGIS: {missing}")
    with postgis_cluster.running_cluster() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def store_url(request, tmp_path):
    """Give the URL of an empty database of each kind, one of its own for every test."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    server = request.getfixturevalue("postgis_server")
    return postgis_cluster.create_database(server, f"test_{uuid.uuid4().hex[:12]}")


@pytest.fixture
def store(store_url):
    """Open an empty, migrated store."""
    store = Store(store_url, secret=bytes(range(32)))
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def person(monkeypatch):
    """Put a planner before the screen; page tests make another of them."""
    from tests import sign_in  # not for every test: it loads the screen

    return sign_in.use(monkeypatch)


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory):
    """Give the database file of a small demo city; read it only."""
    return demo_store.build(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def demo(demo_file, tmp_path):
    """Open a copy of the small demo city for one test."""
    store = Store(demo_store.copy(demo_file, tmp_path))
    yield store
    store.close()


OPTIONAL_PARTS = {"postgis": "PostGIS", "browser": "browser", "realfiles": "real files"}


def pytest_terminal_summary(terminalreporter):
    """Say which optional parts were run, and which were skipped and why."""
    terminalreporter.section("optional parts")
    for marker, name in OPTIONAL_PARTS.items():
        run = sum(marker in report.keywords for report in terminalreporter.stats.get("passed", []))
        skipped = [
            report for report in terminalreporter.stats.get("skipped", []) if marker in report.keywords
        ]
        reasons = Counter(report.longrepr[2].removeprefix("Skipped: ") for report in skipped)
        why = "; ".join(f"{reason} ({number})" for reason, number in reasons.most_common(3))
        terminalreporter.write_line(f"{name}: {run} run, {len(skipped)} skipped{': ' + why if why else ''}")
