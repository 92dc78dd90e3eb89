"""Missed households in 250 m cells, for restricted planning maps: no cell tells a count below ten."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from analysis.mesh import count_cells
from app.services.results import CityFigures
from geodata import access
from geodata.errors import StoreNotReadyError
from geodata.results import find_run
from geodata.session import Store
from geodata.viewer import Viewer

SMALLEST_SHOWN = 10


def load_gap_cells(store: Store, viewer: Viewer, figures: CityFigures) -> gpd.GeoDataFrame:
    """Return the cells with at least ten households to watch over and at least ten missed.

    Returns
    -------
    geopandas.GeoDataFrame
        Index mesh_code; ``households``, ``missed`` and ``gap_class`` (the most frequent in the cell);
        polygons in EPSG:6668.
    """
    with store.begin() as session:
        run = find_run(session, figures.info.revision, figures.season, figures.date)
        if run is None:
            raise StoreNotReadyError("Expected the data to stay as read, got newer data. Run it again.")
        statuses = access.read_statuses_for_cells(session, viewer, run.run_id)
    missed = statuses["status"] != "watched"
    cells = count_cells(statuses.geometry, pd.DataFrame({"missed": missed}))
    classes = pd.get_dummies(statuses.loc[missed, "gap_class"].astype(object)).astype(bool)
    leading = count_cells(statuses.geometry[missed], classes)[list(classes.columns)]
    cells["gap_class"] = leading.idxmax(axis=1).reindex(cells.index)
    return cells[(cells["missed"] >= SMALLEST_SHOWN) & (cells["households"] >= SMALLEST_SHOWN)]
