"""The room of the door for publications: counts by small place, and no household on its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from geodata.audit import record_apart, record_event
from geodata.errors import AccessRefusedError
from geodata.models import Household, HouseholdResult
from geodata.rights import may
from geodata.viewer import Viewer

PLACES = ("community", "school", "neighbourhood", "cell")
CellOf = Callable[[np.ndarray, np.ndarray], np.ndarray]  # longitudes, latitudes -> codes


def check_may_publish(session: Session, viewer: Viewer) -> None:
    """Refuse every role but those that publish; the refusal is recorded.

    Raises
    ------
    AccessRefusedError
        The role may not publish.
    """
    if may(viewer, "publish"):
        return
    record_apart(session, viewer, "refuse", "release", filters={"right": "publish"})
    raise AccessRefusedError(
        f"Expected a planner or an administrator to publish, got the role {viewer.role}. Ask one of them."
    )


def count_places(session: Session, viewer: Viewer, run_id: int, *, cell_of: CellOf) -> pd.DataFrame:
    """Count households by the smallest common places of all layers; points do not leave this function.

    Parameters
    ----------
    run_id : int
        The analysis whose statuses are counted.
    cell_of : callable
        Gives the mesh code of points in longitude and latitude (degrees, JGD2011).

    Returns
    -------
    pandas.DataFrame
        One row a place and status: PLACES ("" in none), ``watched`` (bool), ``gap_class`` ("" none),
        ``households`` (int). For computing what may be published, never shown.

    Raises
    ------
    AccessRefusedError
        The role may not publish.
    """
    check_may_publish(session, viewer)
    columns = (
        *(Household.household_id, Household.geometry, Household.community_district),
        *(Household.school_district, Household.neighbourhood),
        *(HouseholdResult.status, HouseholdResult.gap_class),
    )
    query = (
        select(*columns)
        .join(HouseholdResult, HouseholdResult.household_id == Household.household_id)
        .where(HouseholdResult.run_id == run_id)
    )
    names = ["household_id", "geometry", "community", "school", "neighbourhood", "status", "gap_class"]
    rows = pd.DataFrame.from_records(session.execute(query).all(), columns=names)
    record_event(session, viewer, "publish", "result", rows["household_id"], filters={"run": run_id})
    points = rows["geometry"].to_numpy()
    rows["cell"] = cell_of(shapely.get_x(points), shapely.get_y(points))
    rows["watched"] = rows["status"] == "watched"
    keys = [*PLACES, "watched", "gap_class"]
    filled = rows[keys].fillna({name: "" for name in (*PLACES, "gap_class")})
    return filled.groupby(keys, sort=True).size().rename("households").reset_index()
