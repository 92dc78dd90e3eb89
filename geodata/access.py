"""The one door for personal data: households, watchers, assignments and what an analysis says of them.

Every function takes the :class:`~geodata.viewer.Viewer`, filters in the query itself, and leaves an audit
event in the same transaction. What a role may see is the matrix of the privacy rules: a planner counts only,
a coordinator the households of own districts whose consent level is 2 or higher.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from geodata.audit import record_event
from geodata.base import STORAGE_SRID
from geodata.edits import keep_edit, pair_rows, stored_rows
from geodata.errors import AccessRefusedError, ConflictError
from geodata.models import Assignment, Household, HouseholdResult, Watcher, WatcherResult
from geodata.read import count_rows, read_dataset, read_frame
from geodata.viewer import Viewer
from geodata.write import raise_revision, upsert_frame

CONSENT_FOR_COORDINATOR = 2


@dataclass(frozen=True)
class PersonalFrames:
    """Everything an analysis needs, for computing only: never shown, printed or cached as it is."""

    households: gpd.GeoDataFrame
    watchers: gpd.GeoDataFrame
    assignments: pd.DataFrame


@dataclass(frozen=True)
class VisibleHouseholds:
    """The households a viewer may see, and how many more the sharing rules keep back."""

    households: gpd.GeoDataFrame
    hidden: int


def read_for_analysis(session: Session, viewer: Viewer) -> PersonalFrames:
    """Read all households, watchers and assignments for a computation whose results are filtered again."""
    households = read_frame(
        session, select(Household).order_by(Household.household_id), Household, index="household_id"
    )
    watchers = read_frame(session, select(Watcher).order_by(Watcher.watcher_id), Watcher, index="watcher_id")
    assignments = read_frame(
        session, select(Assignment).order_by(Assignment.assignment_id), Assignment, index="assignment_id"
    )
    record_event(session, viewer, "analyse", "household", households.index)
    return PersonalFrames(households, watchers, assignments)


def read_district_households(session: Session, viewer: Viewer, district: str) -> VisibleHouseholds:
    """Read the households of one community district that ``viewer`` may see, as points with their needs.

    Raises
    ------
    AccessRefusedError
        The district is not one of the coordinator's; the refusal is recorded.
    """
    in_district = Household.community_district == district
    allowed = _may_see(session, viewer, district)
    query = select(Household).where(in_district, allowed).order_by(Household.household_id)
    households = read_frame(session, query, Household, index="household_id")
    hidden = count_rows(session, Household, in_district) - len(households)
    record_event(session, viewer, "look", "household", households.index, filters={"district": district})
    return VisibleHouseholds(households, hidden)


def read_household_results(session: Session, viewer: Viewer, run_id: int, district: str) -> pd.DataFrame:
    """Read what a run says of the households of one district that ``viewer`` may see, indexed by id."""
    allowed = _may_see(session, viewer, district)
    query = (
        select(HouseholdResult)
        .join(Household, Household.household_id == HouseholdResult.household_id)
        .where(HouseholdResult.run_id == run_id, Household.community_district == district, allowed)
        .order_by(HouseholdResult.household_id)
    )
    results = read_frame(session, query, HouseholdResult, index="household_id")
    filters = {"district": district, "run": run_id}
    record_event(session, viewer, "look", "result", results.index, filters=filters)
    return results


def read_household_result(
    session: Session, viewer: Viewer, run_id: int, household_id: str
) -> HouseholdResult | None:
    """Read what a run says of one household; none when there is no such household for this viewer.

    Whether it is unknown, hidden or of another district is not told; the look is recorded all the same.
    """
    household = session.get(Household, household_id)
    found = None
    if household is not None and household.community_district in viewer.districts:
        allowed = _may_see(session, viewer, household.community_district)
        query = (
            select(HouseholdResult)
            .join(Household, Household.household_id == HouseholdResult.household_id)
            .where(HouseholdResult.run_id == run_id, HouseholdResult.household_id == household_id, allowed)
        )
        found = session.scalar(query)
    record_event(session, viewer, "look", "result", [household_id], result="done" if found else "none")
    return found


def find_visible(session: Session, viewer: Viewer, household_ids: list[str]) -> set[str]:
    """Return which of the households named this viewer may see: its own districts', with their consent."""
    query = select(Household.household_id).where(
        Household.household_id.in_(household_ids),
        Household.community_district.in_(viewer.districts),
        Household.consent >= CONSENT_FOR_COORDINATOR,
        viewer.role == "coordinator",
    )
    visible = set(session.scalars(query))
    record_event(session, viewer, "look", "household", sorted(visible))
    return visible


def read_district_watchers(
    session: Session, viewer: Viewer, district: str, run_id: int
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read the watchers of one district, those of the whole city, and what a run says of them.

    A planner gets none: a watcher's home is personal too.
    """
    _may_see(session, viewer, district)
    in_district: ColumnElement[bool] = or_(Watcher.district == district, Watcher.district.is_(None))
    if viewer.role != "coordinator":
        in_district = Watcher.watcher_id.is_(None)
    query = select(Watcher).where(in_district).order_by(Watcher.watcher_id)
    watchers = read_frame(session, query, Watcher, index="watcher_id")
    loads_query = (
        select(WatcherResult)
        .join(Watcher, Watcher.watcher_id == WatcherResult.watcher_id)
        .where(WatcherResult.run_id == run_id, in_district)
    )
    loads = read_frame(session, loads_query, WatcherResult, index="watcher_id")
    record_event(session, viewer, "look", "watcher", watchers.index, filters={"district": district})
    return watchers, loads


def read_visiting_watchers(
    session: Session, viewer: Viewer, district: str, watcher_ids: list[str]
) -> gpd.GeoDataFrame:
    """Read the watchers who visit households of one district, with the place their walk begins.

    They may belong to another district: what is asked is who visits here.
    """
    allowed = _may_see(session, viewer, district)
    visits_here = (
        select(Assignment.watcher_id)
        .join(Household, Household.household_id == Assignment.household_id)
        .where(Household.community_district == district, allowed)
    )
    query = select(Watcher).where(Watcher.watcher_id.in_(watcher_ids), Watcher.watcher_id.in_(visits_here))
    watchers = read_frame(session, query.order_by(Watcher.watcher_id), Watcher, index="watcher_id")
    record_event(session, viewer, "look", "watcher", watchers.index, filters={"district": district})
    return watchers


def read_watcher_facts(session: Session, viewer: Viewer, watcher_ids: list[str]) -> pd.DataFrame:
    """Read kind, organisation and status of named watchers, without their places, indexed by id."""
    columns = (Watcher.watcher_id, Watcher.kind, Watcher.organisation, Watcher.district, Watcher.status)
    rows = session.execute(select(*columns).where(Watcher.watcher_id.in_(watcher_ids))).all()
    facts = pd.DataFrame.from_records(rows, columns=[column.key for column in columns])
    record_event(session, viewer, "look", "watcher", facts["watcher_id"])
    return facts.set_index("watcher_id")


def read_reporting_lines(
    session: Session, viewer: Viewer, district: str, watcher_ids: list[str], run_id: int
) -> pd.DataFrame:
    """Read named watchers of one district's network and all they report to, without their places.

    Returns
    -------
    pandas.DataFrame
        Index watcher_id: kind, organisation, district, reports_to, and in_office as the run found it. A
        planner gets none.
    """
    _may_see(session, viewer, district)
    columns = (
        *(Watcher.watcher_id, Watcher.kind, Watcher.organisation, Watcher.district, Watcher.reports_to),
        WatcherResult.in_office,
    )
    query = select(*columns).join(WatcherResult, WatcherResult.watcher_id == Watcher.watcher_id)
    query = query.where(WatcherResult.run_id == run_id)
    found: dict[str, tuple] = {}
    waiting = set(watcher_ids) if viewer.role == "coordinator" else set()
    while waiting:  # one query a level of the chain
        rows = session.execute(query.where(Watcher.watcher_id.in_(sorted(waiting)))).all()
        found |= {row.watcher_id: tuple(row) for row in rows}
        waiting = {row.reports_to for row in rows if row.reports_to is not None} - found.keys()
    lines = pd.DataFrame.from_records(list(found.values()), columns=[column.key for column in columns])
    record_event(session, viewer, "look", "watcher", lines["watcher_id"], filters={"district": district})
    return lines.set_index("watcher_id")


def save_assignments(
    session: Session,
    viewer: Viewer,
    rows: pd.DataFrame,
    *,
    revision: int,
    districts: set[str | None],
    act: str = "assign",
    batch: str | None = None,
) -> int:
    """Write assignments added, changed or ended, all or none, and return the new revision.

    The rows as they were are kept, so that the edit can be undone.

    Parameters
    ----------
    rows : pandas.DataFrame
        Columns of the assignment table, ``assignment_id`` among them.
    revision : int
        The revision the change was made from.
    districts : set of str
        Community districts of the households concerned.
    act : str
        What was done: assign, accept, handover or lock.
    batch : str, optional
        The batch of proposals it follows.

    Raises
    ------
    ConflictError
        The data changed since; nothing was written.
    AccessRefusedError
        A coordinator would change another district, or the role may change nothing.
    """
    check_may_edit(session, viewer, districts)
    if read_dataset(session).revision != revision:
        raise ConflictError(
            "Expected the data to stay as read, got a newer revision. Propose again, then apply."
        )
    ids = list(rows["assignment_id"])
    before = stored_rows(session, "assignment", ids)
    upsert_frame(session, Assignment, rows)
    changed = pair_rows("assignment", before, stored_rows(session, "assignment", ids))
    raised = raise_revision(session)
    keep_edit(session, viewer, act, changed, districts=districts, revision=raised, batch=batch)
    record_event(session, viewer, "edit", "assignment", rows["assignment_id"], filters={"from": revision})
    return raised


def check_may_edit(session: Session, viewer: Viewer, districts: set[str | None]) -> None:
    """Refuse a planner, and a coordinator outside the own districts.

    Raises
    ------
    AccessRefusedError
        The viewer may not change these districts.
    """
    if viewer.role == "planner" or (viewer.role == "coordinator" and not districts <= set(viewer.districts)):
        refuse(session, viewer, "assignment", {"district": ", ".join(sorted(map(str, districts)))})


def read_points_to_place(session: Session, viewer: Viewer) -> gpd.GeoDataFrame:
    """Read every household's point, to find the areas that hold it; for an import, never shown."""
    columns = [Household.household_id, Household.geometry]
    rows = session.execute(select(*columns).order_by(Household.household_id)).all()
    points = gpd.GeoDataFrame.from_records(rows, columns=["household_id", "geometry"])
    record_event(session, viewer, "place", "household", points["household_id"])
    return points.set_index("household_id").set_geometry("geometry").set_crs(STORAGE_SRID)


def read_statuses_for_cells(session: Session, viewer: Viewer, run_id: int) -> gpd.GeoDataFrame:
    """Read points with needs and what a run says of them, to count them in cells; never shown one by one."""
    columns = (
        Household.household_id,
        Household.geometry,
        Household.weight,
        Household.visits_per_month,
        HouseholdResult.status,
        HouseholdResult.backed_up,
        HouseholdResult.connected,
        HouseholdResult.gap_class,
    )
    query = (
        select(*columns)
        .join(HouseholdResult, HouseholdResult.household_id == Household.household_id)
        .where(HouseholdResult.run_id == run_id)
        .order_by(Household.household_id)
    )
    names = [column.key for column in columns]
    statuses = gpd.GeoDataFrame(pd.DataFrame.from_records(session.execute(query).all(), columns=names))
    record_event(session, viewer, "count", "result", statuses["household_id"], filters={"run": run_id})
    return statuses.set_index("household_id").set_geometry("geometry").set_crs(STORAGE_SRID)


def _may_see(session: Session, viewer: Viewer, district: str | None) -> ColumnElement[bool]:
    """Return the condition a household must meet to be seen by ``viewer``; refuse a foreign district."""
    if viewer.role != "coordinator":
        return Household.household_id.is_(None)
    if district not in viewer.districts:
        refuse(session, viewer, "household", {"district": district})
    return Household.consent >= CONSENT_FOR_COORDINATOR


def refuse(session: Session, viewer: Viewer, object_kind: str, filters: dict) -> None:
    """Record the refusal in a transaction of its own, then raise.

    Raises
    ------
    AccessRefusedError
        Always.
    """
    session.rollback()  # gives the write lock back before the refusal is written
    with Session(session.get_bind()) as own, own.begin():
        record_event(own, viewer, "refuse", object_kind, [], filters=filters, result="refused")
    own_districts = ", ".join(viewer.districts) or "none"
    raise AccessRefusedError(
        f"Expected a district of this coordinator ({own_districts}), got {filters.get('district')}. "
        "Ask the city for access."
    )
