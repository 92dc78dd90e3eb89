"""The one door for personal data: households, watchers, assignments and what an analysis says of them.

Every function takes the :class:`~geodata.viewer.Viewer`, filters in the query itself, and leaves an audit
event in the same transaction. What a role may do at all stands in :mod:`geodata.rights`, default deny; which
households and which of their columns it sees, the sharing rules in force say (:mod:`geodata.sharing`): by
default a planner counts only, a coordinator those of own districts whose consent level is 2 or higher.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd
from sqlalchemy import ColumnElement, case, false, null, or_, select
from sqlalchemy.orm import Session

from geodata.approvals import find_leave
from geodata.audit import record_apart, record_event
from geodata.base import STORAGE_SRID
from geodata.edits import keep_edit, pair_rows, stored_rows
from geodata.errors import AccessRefusedError, ConflictError
from geodata.models import Assignment, Household, HouseholdResult, Watcher, WatcherResult
from geodata.read import count_rows, read_dataset, read_frame
from geodata.rights import may, may_in
from geodata.row_security import enter_everything
from geodata.sharing import Sharing, assigned_to, level_for_visits, sharing_for, visit_levels
from geodata.sharing_consent import effective_level
from geodata.viewer import Viewer
from geodata.write import raise_revision, upsert_frame

WIDE_RIGHTS = {"compute", "place", "displace", "whole_files", "city_steps"}
"""Rights that read every household; what is shown of it is filtered again."""
COLUMNS_BY_ITEM = {"household_type": "type", "needs": "needs", "visits_per_month": "needs", "weight": "needs"}
"""The columns of a household that a rule of their own opens; the others go with the household itself."""


@dataclass(frozen=True)
class PersonalFrames:
    """Everything an analysis needs, for computing only: never shown, printed or cached as it is.

    ``households`` have the consent level that counts on the day of the analysis; ``visit_levels`` is the
    lowest level at which each active kind of watcher may visit by the rules of that day (5: never).
    """

    households: gpd.GeoDataFrame
    watchers: gpd.GeoDataFrame
    assignments: pd.DataFrame
    visit_levels: dict[str, int]


@dataclass(frozen=True)
class VisibleHouseholds:
    """The households a viewer may see, and how many more the sharing rules keep back."""

    households: gpd.GeoDataFrame
    hidden: int


def read_for_analysis(session: Session, viewer: Viewer, *, date: dt.date | None = None) -> PersonalFrames:
    """Read all households, watchers and assignments for a computation whose results are filtered again.

    Parameters
    ----------
    date : date, optional
        The day whose rules and consents count; default: the day of the clock.

    Raises
    ------
    AccessRefusedError
        The role computes nothing.
    """
    check_right(session, viewer, "compute", "household")
    day = date or dt.date.today()
    households = read_frame(
        session,
        select(Household).order_by(Household.household_id),
        Household,
        index="household_id",
        instead={"consent": level_for_visits(session, day)},
    )
    watchers = read_frame(session, select(Watcher).order_by(Watcher.watcher_id), Watcher, index="watcher_id")
    assignments = read_frame(
        session, select(Assignment).order_by(Assignment.assignment_id), Assignment, index="assignment_id"
    )
    record_event(session, viewer, "analyse", "household", households.index)
    return PersonalFrames(households, watchers, assignments, visit_levels(session, day))


def read_district_households(
    session: Session, viewer: Viewer, district: str, *, medium: str = "screen"
) -> VisibleHouseholds:
    """Read the households of one community district that ``viewer`` may see, as points with their needs.

    What no rule opens is empty: the type, the needs, the visits.

    Parameters
    ----------
    medium : str
        screen, paper or file: where it is going to stand; "paper;file" for both.

    Raises
    ------
    AccessRefusedError
        The district is not one of the coordinator's, or the role sees none; the refusal is recorded.
    """
    sharing = share_in(session, viewer, district, medium=medium)
    in_district = Household.community_district == district
    query = select(Household).where(in_district, sharing.condition("household"))
    households = _read_shared(session, query, sharing)
    hidden = count_rows(session, Household, in_district) - len(households)
    filters = {"district": district}
    record_event(
        session, viewer, "look", "household", households.index, filters=filters, **sharing.trail("household")
    )
    return VisibleHouseholds(households, hidden)


def read_own_households(session: Session, viewer: Viewer, *, medium: str = "screen") -> gpd.GeoDataFrame:
    """Read the households assigned to a watcher who signed in, as far as the rules let its kind know.

    Raises
    ------
    AccessRefusedError
        The role has no households of its own.
    """
    check_right(session, viewer, "own_households", "household")
    sharing = sharing_for(session, viewer, medium=medium)
    mine = Household.household_id.in_(assigned_to(viewer.watcher_id, sharing.today))
    allowed = sharing.condition("household") & sharing.condition("assignment")
    households = _read_shared(session, select(Household).where(mine, allowed), sharing)
    record_event(session, viewer, "look", "household", households.index, **sharing.trail("household"))
    return households


def _read_shared(session: Session, query, sharing: Sharing) -> gpd.GeoDataFrame:
    """Read households with each column empty where no rule opens it, and the consent level that counts."""
    instead = {
        name: case((sharing.condition(item), getattr(Household, name)), else_=null())
        for name, item in COLUMNS_BY_ITEM.items()
    }
    instead["consent"] = effective_level(sharing.today)
    ordered = query.order_by(Household.household_id)
    return read_frame(session, ordered, Household, index="household_id", instead=instead)


def read_household_results(
    session: Session, viewer: Viewer, run_id: int, district: str, *, medium: str = "screen"
) -> pd.DataFrame:
    """Read what a run says of the households of one district that ``viewer`` may see, indexed by id.

    It names who watches, so both the household and its assignments must be open to the viewer.
    """
    sharing = share_in(session, viewer, district, medium=medium)
    query = (
        select(HouseholdResult)
        .join(Household, Household.household_id == HouseholdResult.household_id)
        .where(
            HouseholdResult.run_id == run_id, Household.community_district == district, _shows_links(sharing)
        )
        .order_by(HouseholdResult.household_id)
    )
    results = read_frame(session, query, HouseholdResult, index="household_id")
    filters = {"district": district, "run": run_id}
    record_event(
        session, viewer, "look", "result", results.index, filters=filters, **sharing.trail("assignment")
    )
    return results


def read_household_result(
    session: Session, viewer: Viewer, run_id: int, household_id: str
) -> HouseholdResult | None:
    """Read what a run says of one household; none when there is no such household for this viewer.

    Whether it is unknown, hidden or of another district is not told; the look is recorded all the same.
    """
    sharing = share_in(session, viewer, None)
    query = (
        select(HouseholdResult)
        .join(Household, Household.household_id == HouseholdResult.household_id)
        .where(
            HouseholdResult.run_id == run_id,
            HouseholdResult.household_id == household_id,
            _shows_links(sharing),
        )
    )
    found = session.scalar(query)
    result = "done" if found else "none"
    trail = sharing.trail("assignment")
    record_event(session, viewer, "look", "result", [household_id], result=result, **trail)
    return found


def find_visible(
    session: Session, viewer: Viewer, household_ids: list[str], *, medium: str = "screen"
) -> set[str]:
    """Return which of the households named this viewer may see: own districts', as the rules say."""
    sharing = share_in(session, viewer, None, medium=medium)
    named = Household.household_id.in_(household_ids)
    query = select(Household.household_id).where(named, sharing.condition("household"))
    visible = set(session.scalars(query))
    record_event(session, viewer, "look", "household", sorted(visible), **sharing.trail("household"))
    return visible


def read_district_watchers(
    session: Session, viewer: Viewer, district: str, run_id: int
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Read the watchers of one district, those of the whole city, and what a run says of them.

    A planner gets none: a watcher's home is personal too.
    """
    share_in(session, viewer, district)
    in_district: ColumnElement[bool] = or_(Watcher.district == district, Watcher.district.is_(None))
    if not may_in(viewer, "own_districts", district):
        in_district = false()
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
    session: Session, viewer: Viewer, district: str, watcher_ids: list[str], *, medium: str = "screen"
) -> gpd.GeoDataFrame:
    """Read the watchers who visit households of one district, with the place their walk begins.

    They may belong to another district: what is asked is who visits here.
    """
    sharing = share_in(session, viewer, district, medium=medium)
    visits_here = (
        select(Assignment.watcher_id)
        .join(Household, Household.household_id == Assignment.household_id)
        .where(Household.community_district == district, _shows_links(sharing))
    )
    query = select(Watcher).where(Watcher.watcher_id.in_(watcher_ids), Watcher.watcher_id.in_(visits_here))
    watchers = read_frame(session, query.order_by(Watcher.watcher_id), Watcher, index="watcher_id")
    record_event(session, viewer, "look", "watcher", watchers.index, filters={"district": district})
    return watchers


def read_watcher_facts(session: Session, viewer: Viewer, watcher_ids: list[str]) -> pd.DataFrame:
    """Read kind, organisation and status of named watchers, without their places, indexed by id.

    A coordinator may ask of any district's, who visit across the border; a planner gets none.
    """
    check_right(session, viewer, "count", "watcher")
    columns = (Watcher.watcher_id, Watcher.kind, Watcher.organisation, Watcher.district, Watcher.status)
    named = Watcher.watcher_id.in_(watcher_ids)
    if not (may(viewer, "own_districts") or may(viewer, "whole_files")):
        named = false()
    rows = session.execute(select(*columns).where(named)).all()
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
    share_in(session, viewer, district)
    columns = (
        *(Watcher.watcher_id, Watcher.kind, Watcher.organisation, Watcher.district, Watcher.reports_to),
        WatcherResult.in_office,
    )
    query = select(*columns).join(WatcherResult, WatcherResult.watcher_id == Watcher.watcher_id)
    query = query.where(WatcherResult.run_id == run_id)
    found: dict[str, tuple] = {}
    waiting = set(watcher_ids) if may_in(viewer, "own_districts", district) else set()
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
    record_event(session, viewer, "edit", "assignment", rows["assignment_id"], revision=revision)
    return raised


def check_may_edit(session: Session, viewer: Viewer, districts: set[str | None]) -> None:
    """Refuse a role that assigns nobody, and a coordinator outside the own districts.

    Raises
    ------
    AccessRefusedError
        The viewer may not change these districts.
    """
    if not may(viewer, "assign") or not all(may_in(viewer, "assign", district) for district in districts):
        refuse(session, viewer, "assignment", {"district": ", ".join(sorted(map(str, districts)))})


def read_points_to_place(session: Session, viewer: Viewer) -> gpd.GeoDataFrame:
    """Read every household's point, to find the areas that hold it; for an import, never shown."""
    check_right(session, viewer, "place", "household")
    columns = [Household.household_id, Household.geometry]
    rows = session.execute(select(*columns).order_by(Household.household_id)).all()
    points = gpd.GeoDataFrame.from_records(rows, columns=["household_id", "geometry"])
    record_event(session, viewer, "place", "household", points["household_id"])
    return points.set_index("household_id").set_geometry("geometry").set_crs(STORAGE_SRID)


def read_statuses_for_cells(session: Session, viewer: Viewer, run_id: int) -> gpd.GeoDataFrame:
    """Read points with needs and what a run says of them, to count them in cells; never shown one by one."""
    check_right(session, viewer, "compute", "result")
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


def share_in(session: Session, viewer: Viewer, district: str | None, *, medium: str = "screen") -> Sharing:
    """Return the rules for a look into one district, or with None wherever the viewer may look.

    Raises
    ------
    AccessRefusedError
        A district that is not the coordinator's, or a role that neither sees nor counts households.
    """
    check_right(session, viewer, "count", "household")
    if district is not None and may(viewer, "own_districts") and district not in viewer.districts:
        refuse(session, viewer, "household", {"district": district})
    sharing = sharing_for(session, viewer, medium=medium)
    asks_leave = may(viewer, "approve") and district is not None and medium == "screen"
    if asks_leave and find_leave(session, viewer, "look", {"district": district}):
        return replace(sharing, leave=district)
    return sharing


def _shows_links(sharing: Sharing) -> ColumnElement[bool]:
    return sharing.condition("household") & sharing.condition("assignment")


def check_right(session: Session, viewer: Viewer, right: str, object_kind: str) -> None:
    """Refuse a role without a right; the refusal is recorded.

    Raises
    ------
    AccessRefusedError
        The role lacks the right.
    """
    if may(viewer, right):
        if right in WIDE_RIGHTS:
            enter_everything(session)
        return
    record_apart(session, viewer, "refuse", object_kind, filters={"right": right})
    raise AccessRefusedError(f"Expected a role that may do this, got {viewer.role}. Ask the administrator.")


def refuse(session: Session, viewer: Viewer, object_kind: str, filters: dict) -> None:
    """Record the refusal in a transaction of its own, then raise.

    Raises
    ------
    AccessRefusedError
        Always.
    """
    record_apart(session, viewer, "refuse", object_kind, filters=filters)
    own_districts = ", ".join(viewer.districts) or "none"
    raise AccessRefusedError(
        f"Expected a district of this coordinator ({own_districts}), got {filters.get('district')}. "
        "Ask the city for access."
    )
