"""The dashboard's process: loads what every page needs first, so that the first visitor does not wait for it.

Nothing here may import Streamlit before its own command runs: it would read its settings too early.
"""

from __future__ import annotations

import sys

import folium  # noqa: F401
import geopandas  # noqa: F401

import app.services.coverage
import app.services.imports  # noqa: F401

if __name__ == "__main__":
    from streamlit.web.cli import main

    sys.argv = ["streamlit", "run", *sys.argv[1:]]
    sys.exit(main())
