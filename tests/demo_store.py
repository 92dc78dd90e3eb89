"""A small demo city in a store, made once a test session and copied for tests that change it."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.services.demo import make_demo
from geodata.session import Store
from geodata.viewer import Viewer

OPERATOR = Viewer("test", "operator", purpose="test")
PLANNER = Viewer("test", "planner", purpose="test")
HOUSEHOLDS = 600
SEED = 7


def coordinator(*districts: str) -> Viewer:
    """Return the coordinator of these districts."""
    return Viewer("test", "coordinator", districts, purpose="test")


def build(folder: Path) -> Path:
    """Make the city and return the database's file."""
    file = folder / "demo.db"
    store = Store(f"sqlite:///{file}")
    make_demo(store, OPERATOR, folder / "city", households=HOUSEHOLDS, seed=SEED)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return file


def copy(file: Path, folder: Path) -> str:
    """Copy the database for a test of its own and return its URL."""
    target = folder / "copy.db"
    shutil.copy(file, target)
    shutil.copy(f"{file}.secret", f"{target}.secret")
    return f"sqlite:///{target}"
