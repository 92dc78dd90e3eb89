"""The room of the door for displaced points: every home's place, to move it before anybody sees it."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from geodata.access import check_right
from geodata.audit import record_event
from geodata.base import STORAGE_SRID
from geodata.models import Household, HouseholdResult
from geodata.sharing_consent import NOT_ASKED, effective_level
from geodata.viewer import Viewer


def read_points_to_displace(
    session: Session, viewer: Viewer, run_id: int, *, today: dt.date
) -> gpd.GeoDataFrame:
    """Read the places of households that did not refuse, with what a run says of them; never shown as read.

    Returns
    -------
    geopandas.GeoDataFrame
        Index household_id: ``community_district``, ``status``, ``gap_class``, point in EPSG:6668.

    Raises
    ------
    AccessRefusedError
        The role may not have displaced points.
    """
    check_right(session, viewer, "displace", "household")
    columns = (
        *(Household.household_id, Household.geometry, Household.community_district),
        *(HouseholdResult.status, HouseholdResult.gap_class),
    )
    query = (
        select(*columns)
        .join(HouseholdResult, HouseholdResult.household_id == Household.household_id)
        .where(HouseholdResult.run_id == run_id, effective_level(today) >= NOT_ASKED)
        .order_by(Household.household_id)
    )
    names = [column.key for column in columns]
    found = gpd.GeoDataFrame(pd.DataFrame.from_records(session.execute(query).all(), columns=names))
    record_event(session, viewer, "displace", "household", found["household_id"], filters={"run": run_id})
    return found.set_index("household_id").set_geometry("geometry").set_crs(STORAGE_SRID)
