"""The door for what follows from an advice: proposals, scenarios, costs, tasks.

A room behind :mod:`geodata.access`, with the same rules: every function takes the viewer, filters in
the query itself, and leaves an audit event in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy import ColumnElement, delete, false, func, or_, select, true, update
from sqlalchemy.orm import Session

from geodata.access import check_may_edit, check_right, refuse
from geodata.audit import record_apart, record_event
from geodata.errors import AccessRefusedError, ConflictError, GeodataError
from geodata.models import (
    Household,
    Proposal,
    RemedyCost,
    Scenario,
    SupportTask,
    Watcher,
)
from geodata.models.watching import ACTIVE_KINDS
from geodata.read import read_frame
from geodata.rights import may, may_in
from geodata.sharing import Sharing, sharing_for
from geodata.viewer import Viewer
from geodata.write import upsert_frame

# --- proposals --------------------------------------------------------------------------------------------


def save_proposals(
    session: Session,
    viewer: Viewer,
    rows: pd.DataFrame,
    *,
    revision: int,
    district: str | None,
    replaces: tuple[str, ...],
) -> str:
    """Keep proposals of one district as one batch and return its name.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``item``, ``kind``, ``district``, ``household_id``, ``watcher_id``, ``action``, ``role``,
        ``visits_per_month``, ``detail`` (dict); None where it does not apply. May be empty.
    revision : int
        Of the data they were made from.
    district : str or None
        Where they are decided.
    replaces : tuple of str
        Kinds whose open proposals of this district are withdrawn.

    Raises
    ------
    AccessRefusedError
        A coordinator would propose for another district.
    """
    check_right(session, viewer, "assign", "proposal")
    if not all(may_in(viewer, "assign", one) for one in {district, *rows["district"]}):
        refuse(session, viewer, "proposal", {"district": district})
    batch, now = uuid.uuid4().hex, _now()
    open_ones = (Proposal.kind.in_(replaces), Proposal.status == "open", _is(Proposal.district, district))
    session.execute(update(Proposal).where(*open_ones).values(status="withdrawn"))
    session.add_all(
        Proposal(**row, batch=batch, revision=revision, made_by=viewer.who, made_at=now)
        for row in rows.astype(object).where(rows.notna(), None).to_dict("records")
    )
    record_event(session, viewer, "propose", "proposal", rows["household_id"].dropna())
    return batch


def read_proposals(session: Session, viewer: Viewer, district: str, *, status: str = "open") -> pd.DataFrame:
    """Read the proposals of one district that ``viewer`` may see, indexed by proposal_id.

    A coordinator sees those of own districts about households that consented, and those about no household;
    a planner only those about no household and no watcher.

    Raises
    ------
    AccessRefusedError
        The district is not one of the coordinator's.
    """
    query = (
        select(Proposal)
        .outerjoin(Household, Household.household_id == Proposal.household_id)
        .where(Proposal.district == district, Proposal.status == status, _may_see(session, viewer, district))
        .order_by(Proposal.proposal_id)
    )
    proposals = read_frame(session, query, Proposal, index="proposal_id")
    filters = {"district": district, "status": status}
    record_event(session, viewer, "look", "proposal", proposals["household_id"].dropna(), filters=filters)
    return proposals


def count_proposals(session: Session, viewer: Viewer) -> pd.DataFrame:
    """Count proposals by ``kind``, ``district`` and ``status``: how far the advice was followed."""
    check_right(session, viewer, "count", "proposal")
    columns = (Proposal.kind, Proposal.district, Proposal.status)
    rows = session.execute(select(*columns, func.count()).group_by(*columns)).all()
    record_event(session, viewer, "count", "proposal", [])
    return pd.DataFrame(rows, columns=["kind", "district", "status", "proposals"])


def read_proposed_watchers(session: Session, viewer: Viewer, district: str) -> gpd.GeoDataFrame:
    """Read kind, organisation and place of the watchers named in open proposals of one district.

    Theirs and those who could visit instead: a coordinator decides about them whatever their own district. A
    planner gets none.

    Raises
    ------
    AccessRefusedError
        The district is not one of the coordinator's.
    """
    rows = read_proposals(session, viewer, district)
    others = [one["watcher_id"] for row in rows["detail"] for one in row.get("alternatives", [])]
    ids = sorted({*rows["watcher_id"].dropna(), *others})
    query = select(Watcher).where(Watcher.watcher_id.in_(ids)).order_by(Watcher.watcher_id)
    watchers = read_frame(session, query, Watcher, index="watcher_id")
    record_event(session, viewer, "look", "watcher", watchers.index, filters={"district": district})
    return watchers[["kind", "organisation", "geometry"]]


def read_own_watchers(session: Session, viewer: Viewer, district: str) -> pd.DataFrame:
    """Read the active watchers of one district without their places; a planner gets none.

    Returns
    -------
    pandas.DataFrame
        Index watcher_id: kind, organisation, term_end, birth_year.

    Raises
    ------
    AccessRefusedError
        The district is not one of the coordinator's.
    """
    _check_own(session, viewer, district)
    shown = true() if may_in(viewer, "own_districts", district) else false()
    own = (Watcher.district == district, Watcher.status == "active")
    query = select(Watcher).where(shown, *own, Watcher.kind.in_(ACTIVE_KINDS)).order_by(Watcher.watcher_id)
    watchers = read_frame(session, query, Watcher, index="watcher_id")
    record_event(session, viewer, "look", "watcher", watchers.index, filters={"district": district})
    return pd.DataFrame(watchers[["kind", "organisation", "term_end", "birth_year", "valid_to"]])


def count_items(
    session: Session, viewer: Viewer, district: str, *, sources: tuple[tuple[str, ...], ...]
) -> dict[str, int]:
    """Count by status the items of one district in the newest batch of each source, hidden ones among them.

    Parameters
    ----------
    sources : tuple of tuple of str
        Kinds that are proposed together, and withdrawn together by a newer batch.

    Raises
    ------
    AccessRefusedError
        The district is not one of the coordinator's.
    """
    _check_own(session, viewer, district)
    found: Counter[str] = Counter()
    for kinds in sources:
        own = (Proposal.district == district, Proposal.kind.in_(kinds))
        newest = select(Proposal.batch).where(*own).order_by(Proposal.proposal_id.desc()).limit(1)
        items = select(Proposal.status, Proposal.item).where(*own, Proposal.batch == newest.scalar_subquery())
        found.update(status for status, _ in session.execute(items.distinct()))
    return dict(found)


def read_rejected(session: Session, viewer: Viewer, district: str) -> set[tuple[str, str]]:
    """Return household and watcher of the pairs that were rejected in one district, to mark them again.

    For computing; what is marked is filtered again. Who assigns nobody gets none.

    Raises
    ------
    AccessRefusedError
        The district is not one of the coordinator's.
    """
    _check_own(session, viewer, district)
    if not may(viewer, "assign"):
        return set()
    query = select(Proposal.household_id, Proposal.watcher_id).where(
        Proposal.district == district, Proposal.status == "rejected"
    )
    return {(home, watcher) for home, watcher in session.execute(query)}


def decide_item(
    session: Session,
    viewer: Viewer,
    versions: dict[int, int],
    *,
    status: str,
    note: str | None = None,
    changes: dict[int, dict[str, Any]] | None = None,
) -> pd.DataFrame:
    """Decide the rows of one item together and return them, indexed by proposal_id.

    Parameters
    ----------
    versions : dict of int
        The version of each row by its number, as the form that decides read them.
    status : str
        accepted, changed or rejected.
    changes : dict, optional
        ``watcher_id`` and ``visits_per_month`` chosen by hand, by number of the row.

    Raises
    ------
    ConflictError
        A row was decided or withdrawn meanwhile; nothing was written.
    AccessRefusedError
        It belongs to another district, or the role decides nothing.
    GeodataError
        A watcher chosen by hand is none of the row's alternatives.
    """
    versions = {int(number): int(version) for number, version in versions.items()}
    rows = read_rows(session, versions)
    check_may_edit(session, viewer, set(rows["district"]))
    fresh = len(rows) == len(versions) and (rows["status"] == "open").all()
    fresh = fresh and _are_shown(session, viewer, list(versions))
    if not fresh or (rows["version"] != pd.Series(versions)).any():
        raise ConflictError("Expected an open proposal, got one decided meanwhile. Look at the list again.")
    values = {"status": status, "note": note, "decided_by": viewer.who, "decided_at": _now()}
    decided = update(Proposal).where(Proposal.proposal_id.in_(list(versions)))
    session.execute(decided.values(**values, version=Proposal.version + 1))
    for number, change in (changes or {}).items():
        _check_alternative(rows.loc[number, "detail"], change["watcher_id"])
        chosen = {**rows.loc[number, "detail"], "chosen": change["watcher_id"]}
        one = update(Proposal).where(Proposal.proposal_id == int(number))
        session.execute(one.values(**change, detail=chosen))
    filters = {"status": status}
    record_event(session, viewer, "decide", "proposal", rows["household_id"].dropna(), filters=filters)
    return read_rows(session, versions)


def _are_shown(session: Session, viewer: Viewer, numbers: list[int]) -> bool:
    """Say whether a coordinator may still see all of these proposals; who writes whole files sees all."""
    if may(viewer, "whole_files"):
        return True
    query = (
        select(func.count())
        .select_from(Proposal)
        .outerjoin(Household, Household.household_id == Proposal.household_id)
        .where(Proposal.proposal_id.in_(numbers), _shown(viewer, sharing_for(session, viewer)))
    )
    return session.scalar(query) == len(numbers)


def _check_alternative(detail: dict[str, Any], watcher_id: str) -> None:
    if watcher_id not in {detail["proposed_watcher"], *(one["watcher_id"] for one in detail["alternatives"])}:
        raise GeodataError(
            "Expected one of the watchers who could visit this household, got another. Choose from the list."
        )


def read_decided(session: Session, batch: str) -> pd.DataFrame:
    """Return the accepted and changed rows of a batch, to reckon the room that is left; never shown."""
    taken = Proposal.status.in_(("accepted", "changed"))
    query = select(Proposal).where(Proposal.batch == batch, taken).order_by(Proposal.proposal_id)
    return read_frame(session, query, Proposal, index="proposal_id")


def read_rows(session: Session, numbers: Iterable[int]) -> pd.DataFrame:
    """Return proposals by their numbers, to decide them; who may, ``decide_item`` checks."""
    query = (
        select(Proposal)
        .where(Proposal.proposal_id.in_([int(number) for number in numbers]))
        .order_by(Proposal.proposal_id)
    )
    return read_frame(session, query, Proposal, index="proposal_id")


# --- scenarios and costs ----------------------------------------------------------------------------------


def read_scenarios(session: Session, viewer: Viewer) -> pd.DataFrame:
    """Read the scenarios that were not ended, in order of name, indexed by scenario_id."""
    check_right(session, viewer, "plan", "scenario")
    query = select(Scenario).where(~Scenario.is_ended).order_by(Scenario.name)
    scenarios = read_frame(session, query, Scenario, index="scenario_id")
    record_event(session, viewer, "look", "scenario", [])
    return scenarios


def save_scenario(
    session: Session, viewer: Viewer, name: str, changes: list[dict], *, note: str | None, version: int | None
) -> int:
    """Keep a scenario under its name and return its number; an ended name may be used again.

    Parameters
    ----------
    version : int or None
        Of the scenario the form read; None for a new one.

    Raises
    ------
    ConflictError
        Somebody else changed it meanwhile, or the name is taken.
    """
    check_right(session, viewer, "plan", "scenario")
    stored = session.scalar(select(Scenario).where(Scenario.name == name))
    taken = stored is not None and not stored.is_ended
    if taken != (version is not None) or (taken and stored.version != version):
        raise ConflictError(
            "Expected a scenario name nobody else uses or changed, got one in use. Look at the list again."
        )
    if stored is None:
        stored = Scenario(name=name, made_by=viewer.who, version=0)
        session.add(stored)
    stored.changes, stored.note, stored.is_ended = changes, note, False
    stored.changed_at, stored.version = _now(), stored.version + 1
    session.flush()
    record_event(session, viewer, "edit", "scenario", [name])
    return stored.scenario_id


def end_scenario(session: Session, viewer: Viewer, name: str, version: int) -> None:
    """End a scenario: it is no longer listed, and not deleted.

    Raises
    ------
    ConflictError
        It was changed or ended meanwhile.
    """
    check_right(session, viewer, "plan", "scenario")
    unchanged = (Scenario.name == name, Scenario.version == version, ~Scenario.is_ended)
    ended = session.execute(update(Scenario).where(*unchanged).values(is_ended=True, version=version + 1))
    if ended.rowcount == 0:
        raise ConflictError("Expected the scenario as read, got a changed one. Look at the list again.")
    record_event(session, viewer, "edit", "scenario", [name])


def read_costs(session: Session) -> pd.DataFrame:
    """Read what the city states of its own costs, indexed by remedy; the others are the assumed ones."""
    return read_frame(session, select(RemedyCost).order_by(RemedyCost.remedy), RemedyCost, index="remedy")


def save_costs(session: Session, viewer: Viewer, costs: pd.DataFrame, versions: dict[str, int]) -> None:
    """Write stated costs; those left out go back to the assumed ones.

    Parameters
    ----------
    costs : pandas.DataFrame
        ``remedy``, ``yen_per_year``, ``note``.
    versions : dict of int
        The version of each stated cost by remedy, as the form read them.

    Raises
    ------
    ConflictError
        Somebody else changed a cost meanwhile.
    AccessRefusedError
        A coordinator: costs are the city's.
    """
    if not may(viewer, "cost"):
        record_apart(session, viewer, "refuse", "cost")
        raise AccessRefusedError("Expected a planner to change costs, got a coordinator. Ask the city.")
    stored = read_costs(session)["version"].to_dict()
    if stored != versions:
        raise ConflictError("Expected the costs as read, got changed ones. Look at the table again.")
    gone = set(stored) - set(costs["remedy"])
    session.execute(delete(RemedyCost).where(RemedyCost.remedy.in_(sorted(gone))))
    upsert_frame(session, RemedyCost, costs)
    record_event(session, viewer, "edit", "cost", costs["remedy"])


# --- daily tasks ------------------------------------------------------------------------------------------


def read_tasks_for_planning(session: Session, viewer: Viewer, district: str | None) -> pd.DataFrame:
    """Read daily tasks, of one community district or all, to compute with; results are filtered again."""
    check_right(session, viewer, "compute", "task")
    query = select(SupportTask).order_by(SupportTask.task_id)
    if district is not None:
        _check_own(session, viewer, district)
        in_district = Household.community_district == district
        query = query.join(Household, Household.household_id == SupportTask.household_id).where(in_district)
    tasks = read_frame(session, query, SupportTask, index="task_id")
    record_event(session, viewer, "analyse", "task", tasks.index, filters={"district": district})
    return tasks


# --- shared -----------------------------------------------------------------------------------------------


def _may_see(session: Session, viewer: Viewer, district: str) -> ColumnElement[bool]:
    _check_own(session, viewer, district)
    return _shown(viewer, sharing_for(session, viewer))


def _shown(viewer: Viewer, sharing: Sharing) -> ColumnElement[bool]:
    """Return the condition on proposals joined to their households."""
    about_nobody = Proposal.household_id.is_(None)
    if not may(viewer, "own_districts"):
        return about_nobody & Proposal.watcher_id.is_(None)
    return or_(about_nobody, sharing.condition("household") & sharing.condition("assignment"))


def _check_own(session: Session, viewer: Viewer, district: str) -> None:
    check_right(session, viewer, "count", "proposal")
    if may(viewer, "own_districts") and district not in viewer.districts:
        refuse(session, viewer, "proposal", {"district": district})


def _is(column: Any, value: str | None) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == value


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
