"""The dashboard's process: loads what every page needs first, so that no visitor waits for it."""

from __future__ import annotations

import json
import sys

import folium  # noqa: F401
import geopandas  # noqa: F401

import app.services.coverage
import app.services.imports  # noqa: F401
from app.settings import Settings
from app.web import make_app

if __name__ == "__main__":
    make_app(Settings.from_environment()).run(config=json.loads(sys.argv[1]))
