"""The door for edits: listing, undoing, locking, and the city's own steps.

A room behind :mod:`geodata.access`, with the same rules: every function takes the viewer and leaves an audit
event in the same transaction.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from geodata.access import check_may_edit, check_right, refuse, save_assignments, share_in
from geodata.audit import record_event
from geodata.edits import TABLES, keep_edit, pair_rows, row_as_before, stored_rows
from geodata.errors import ConflictError, GeodataError
from geodata.models import Assignment, Edit, Household, ImportLog, Proposal
from geodata.read import read_dataset, read_frame
from geodata.rights import may
from geodata.viewer import Viewer
from geodata.write import key_column, raise_revision, upsert_frame

EDITS_LISTED = 20


def read_edits(session: Session, viewer: Viewer, district: str) -> pd.DataFrame:
    """Read the last edits that touched one district, newest first: what, when, by whom, how many rows.

    Raises
    ------
    AccessRefusedError
        The district is not one of the coordinator's.
    """
    check_right(session, viewer, "count", "edit")
    if may(viewer, "own_districts") and district not in viewer.districts:
        refuse(session, viewer, "edit", {"district": district})
    edits = session.scalars(select(Edit).order_by(Edit.edit_id.desc()).limit(200)).all()
    rows = [
        {
            "edit_id": e.edit_id,
            "at": e.at,
            "who": e.who,
            "act": e.act,
            "rows": len(e.rows),
            "undone": e.undone_by,
        }
        for e in edits
        if district in e.districts
    ]
    record_event(session, viewer, "look", "edit", [], filters={"district": district})
    columns = ["edit_id", "at", "who", "act", "rows", "undone"]
    return pd.DataFrame(rows[:EDITS_LISTED], columns=columns).set_index("edit_id")


def undo_edit(session: Session, viewer: Viewer, edit_id: int) -> int:
    """Take one edit back and return the new revision: rows become as they were, added ones never count.

    Proposals it followed are open again.

    Raises
    ------
    GeodataError
        There is no such edit.
    ConflictError
        It was undone already, or one of its rows was changed since; nothing was written.
    AccessRefusedError
        It touched another district.
    """
    edit = session.get(Edit, int(edit_id))
    if edit is None:
        raise GeodataError(f"Expected an edit that was kept, got number {edit_id}. Look at the list again.")
    districts = {district or None for district in edit.districts}
    check_may_edit(session, viewer, districts)
    if edit.act == "undo" and edit.batch is not None:
        raise ConflictError("Expected a change to take back, got an undoing. Decide the proposal again.")
    stored = {table: stored_rows(session, table, ids) for table, ids in _ids_by_table(edit).items()}
    if edit.undone_by is not None or any(_row_of(stored, pair) != pair["after"] for pair in edit.rows):
        raise ConflictError(
            "Expected an edit nobody built on, got one undone or changed since. Undo the later one first."
        )
    pairs = []
    for table, before in stored.items():
        rows = [row_as_before(pair) for pair in edit.rows if pair["table"] == table]
        upsert_frame(session, TABLES[table], pd.DataFrame(rows))
        pairs += pair_rows(table, before, stored_rows(session, table, list(before)))
    revision = raise_revision(session)
    how = {"districts": districts, "revision": revision, "batch": edit.batch}
    undo = keep_edit(session, viewer, "undo", pairs, **how)
    edit.undone_by = undo.edit_id
    if edit.act == "accept":
        _open_again(session, edit)
    ids = [key for before in stored.values() for key in before]
    record_event(session, viewer, "edit", "assignment", ids, filters={"undone": edit.edit_id})
    return revision


def _open_again(session: Session, edit: Edit) -> None:
    """Open the proposals an undone edit followed, as they were proposed; older batches stay withdrawn."""
    pairs = {(pair["after"]["household_id"], pair["after"]["watcher_id"]) for pair in edit.rows}
    taken = Proposal.status.in_(("accepted", "changed"))
    for proposal in session.scalars(select(Proposal).where(Proposal.batch == edit.batch, taken)):
        if (proposal.household_id, proposal.watcher_id) not in pairs:
            continue
        newer = select(Proposal.proposal_id).where(
            Proposal.district == proposal.district,
            Proposal.kind == proposal.kind,
            Proposal.made_at > proposal.made_at,
        )
        is_old = session.scalar(newer.limit(1)) is not None
        detail = {name: value for name, value in proposal.detail.items() if name != "chosen"}
        proposal.watcher_id, proposal.visits_per_month = detail["proposed_watcher"], detail["proposed_visits"]
        proposal.detail, proposal.note = detail, None
        proposal.status = "withdrawn" if is_old else "open"
        proposal.decided_by = proposal.decided_at = None
        proposal.version += 1


def _ids_by_table(edit: Edit) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for pair in edit.rows:
        ids.setdefault(pair["table"], []).append(pair["after"][key_column(TABLES[pair["table"]])])
    return ids


def _row_of(stored: dict[str, dict[str, dict]], pair: dict[str, Any]) -> dict[str, Any] | None:
    return stored[pair["table"]].get(pair["after"][key_column(TABLES[pair["table"]])])


def touched_since(session: Session, revision: int, *, batch: str) -> tuple[set[str], bool]:
    """Return the watchers and households edited after a revision but by ``batch``, and whether files came in.

    For a check before a proposal is put into the register; ids never leave it.
    """
    touched: set[str] = set()
    others = or_(Edit.batch.is_(None), Edit.batch != batch)
    later = session.scalars(select(Edit).where(Edit.revision > revision, others)).all()
    undone = {edit.edit_id: edit.undone_by for edit in later if edit.undone_by is not None}
    over = {*undone, *undone.values()}  # done and taken back since: as it was
    for edit in later:
        for pair in edit.rows if edit.edit_id not in over else ():
            touched |= {pair["after"].get(name) for name in ("watcher_id", "household_id")} - {None}
    imported = select(ImportLog.import_id).where(ImportLog.revision > revision).limit(1)
    return touched, session.scalar(imported) is not None


def read_assignments_of(session: Session, viewer: Viewer, household_ids: list[str]) -> pd.DataFrame:
    """Read the assignments of named households, to change them: those of own districts the viewer may see.

    Who writes whole files reads all.
    """
    query = select(Assignment).where(Assignment.household_id.in_(household_ids))
    if not may(viewer, "whole_files"):
        sharing = share_in(session, viewer, None)
        shown = sharing.condition("household") & sharing.condition("assignment")
        query = query.join(Household, Household.household_id == Assignment.household_id).where(shown)
    found = read_frame(session, query.order_by(Assignment.assignment_id), Assignment, index="assignment_id")
    record_event(session, viewer, "look", "assignment", found.index)
    return found


def read_standing(session: Session, viewer: Viewer, district: str, date: dt.date) -> pd.DataFrame:
    """Read the main assignments that stand on a day for the households of one district ``viewer`` may see.

    Returns
    -------
    pandas.DataFrame
        Index assignment_id: the columns of the assignment table.

    Raises
    ------
    AccessRefusedError
        The district is not one of the coordinator's.
    """
    sharing = share_in(session, viewer, district)
    query = (
        select(Assignment)
        .join(Household, Household.household_id == Assignment.household_id)
        .where(
            Household.community_district == district,
            sharing.condition("household"),
            sharing.condition("assignment"),
            Assignment.role == "primary",
            or_(Assignment.valid_from.is_(None), Assignment.valid_from <= date),
            or_(Assignment.valid_to.is_(None), Assignment.valid_to >= date),
        )
        .order_by(Assignment.household_id, Assignment.watcher_id)
    )
    standing = read_frame(session, query, Assignment, index="assignment_id")
    record_event(session, viewer, "look", "assignment", standing.index, filters={"district": district})
    return standing


def lock_assignments(
    session: Session, viewer: Viewer, assignment_ids: list[str], *, locked: bool, revision: int
) -> int:
    """Lock or free standing links and return the new revision.

    Raises
    ------
    ConflictError
        The data changed since it was read.
    GeodataError
        There is no such assignment.
    AccessRefusedError
        A household of another district.
    """
    stored = stored_rows(session, "assignment", assignment_ids)
    missing = len(set(assignment_ids) - stored.keys())
    if missing:
        raise GeodataError(f"Expected known assignments, got {missing} unknown. Look at the list again.")
    households = [row["household_id"] for row in stored.values()]
    query = select(Household.community_district).where(Household.household_id.in_(households)).distinct()
    rows = pd.DataFrame({"assignment_id": list(stored), "locked": locked})
    districts = set(session.scalars(query))
    return save_assignments(session, viewer, rows, revision=revision, districts=districts, act="lock")


def save_hand_over(
    session: Session,
    viewer: Viewer,
    rows: pd.DataFrame,
    watchers: pd.DataFrame,
    *,
    revision: int,
    districts: set[str | None],
) -> int:
    """Put a hand-over into the register in one edit: assignments that end and begin, watchers who leave.

    Parameters
    ----------
    rows : pandas.DataFrame
        Columns of the assignment table, ``assignment_id`` among them.
    watchers : pandas.DataFrame
        ``watcher_id`` and ``valid_to``, the last day of each who leaves.
    districts : set of str
        Community districts of the households concerned and of those who leave.

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
    changed = []
    for table, frame in (("assignment", rows), ("watcher", watchers)):
        ids = list(frame[key_column(TABLES[table])])
        before = stored_rows(session, table, ids)
        upsert_frame(session, TABLES[table], frame)
        changed += pair_rows(table, before, stored_rows(session, table, ids))
    raised = raise_revision(session)
    keep_edit(session, viewer, "handover", changed, districts=districts, revision=raised)
    record_event(session, viewer, "edit", "assignment", rows["assignment_id"], revision=revision)
    return raised


def apply_city_step(
    session: Session, viewer: Viewer, table: str, rows: pd.DataFrame, *, act: str, revision: int
) -> int:
    """Put agreements, signed partners or new posts into the register and return the new revision.

    Parameters
    ----------
    table : str
        agreement or watcher.
    rows : pandas.DataFrame
        Columns of the table, its key among them; those left out keep their value.
    act : str
        agree, sign or post.
    revision : int
        The revision the advice was made from.

    Raises
    ------
    ConflictError
        The data changed since; nothing was written.
    AccessRefusedError
        Not an operator: these are the city's decisions, put in by who runs the program.
    """
    if not may(viewer, "city_steps"):
        refuse(session, viewer, table, {"district": "the whole city"})
    if read_dataset(session).revision != revision:
        raise ConflictError(
            "Expected the data to stay as read, got a newer revision. Propose again, then apply."
        )
    ids = list(rows[key_column(TABLES[table])])
    before = stored_rows(session, table, ids)
    upsert_frame(session, TABLES[table], rows)
    changed = pair_rows(table, before, stored_rows(session, table, ids))
    raised = raise_revision(session)
    keep_edit(session, viewer, act, changed, districts={None}, revision=raised)
    record_event(session, viewer, "edit", table, ids, revision=revision)
    return raised
