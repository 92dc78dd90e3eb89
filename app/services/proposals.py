"""Deciding proposals one by one: accept, change, reject, take back.

Accepting an item writes its assignments at once. Whether the watcher still has room is judged from the room
it had when the batch was made and what was accepted of the batch since; what others changed meanwhile at the
same people is a conflict, never overwritten. A step (somebody to recruit, consent to ask, an agreement to
make) is decided alike, and writes no assignment.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.services import assignments
from app.services.errors import RequestError
from geodata import access, access_edits, access_steps
from geodata.errors import ConflictError
from geodata.read import read_dataset
from geodata.session import Store
from geodata.viewer import Viewer

_ROOM_TOLERANCE = 1e-6  # visits a month: a sum of twelfths
LINK_SOURCES = (("assign", "backup"), ("handover",))  # kinds that one batch proposes, and a newer replaces
AT_ONCE = tuple(kind for kinds in LINK_SOURCES for kind in kinds)  # their acceptance writes assignments


def load_proposals(store: Store, viewer: Viewer, district: str, *, status: str = "open") -> pd.DataFrame:
    """Return the proposals of a district that the viewer may see, indexed by proposal_id.

    Raises
    ------
    geodata.errors.AccessRefusedError
        Another district than the coordinator's.
    """
    store.check_ready()
    with store.begin(write=True) as session:
        return access_steps.read_proposals(session, viewer, district, status=status)


def accept(
    store: Store, viewer: Viewer, versions: dict[int, int], date: dt.date, *, note: str | None = None
) -> int:
    """Accept one item and put it into the register from ``date`` on; return the new revision.

    Parameters
    ----------
    versions : dict of int
        The version of each row of the item by its number, as the form read them.

    Raises
    ------
    ConflictError
        Somebody decided it, or changed the people concerned, meanwhile.
    RequestError
        A watcher has no room (yet): another item must be accepted first. Or rows of several items.
    geodata.errors.AccessRefusedError
        Another district.
    """
    with store.begin(write=True) as session:
        rows = _decide(session, viewer, versions, status="accepted", note=note)
        return _put_into_register(session, viewer, rows, date)


def accept_all(store: Store, viewer: Viewer, versions: dict[int, int], date: dt.date) -> tuple[int, int]:
    """Accept every link that can be, each batch in one edit; return how many items were, and stay open.

    Items at people somebody else, or a batch before, changed meanwhile stay open. Steps are left alone.

    Raises
    ------
    ConflictError, RequestError, geodata.errors.AccessRefusedError
        As :func:`accept`.
    """
    with store.begin(write=True) as session:
        rows = access_steps.read_rows(session, versions)
        rows = rows[rows["kind"].isin(AT_ONCE)]
        batches = [part for _, part in rows.groupby("batch", sort=False)]
        accepted = sum(_accept_batch(session, viewer, part, versions, date) for part in batches)
        return accepted, sum(part["item"].nunique() for part in batches) - accepted


def _accept_batch(
    session: Session, viewer: Viewer, rows: pd.DataFrame, versions: dict[int, int], date: dt.date
) -> int:
    """Accept what can be of the open rows of one batch; return how many items that were."""
    batch = rows["batch"].iloc[0]
    touched, _ = access_edits.touched_since(session, int(rows["revision"].iloc[0]), batch=batch)
    meets = rows["household_id"].isin(touched) | rows["watcher_id"].isin(touched)
    kept = rows[~rows["item"].isin(rows.loc[meets, "item"])]
    if kept.empty:
        return 0
    chosen = {number: versions[number] for number in kept.index}
    taken = access_steps.decide_item(session, viewer, chosen, status="accepted")
    _put_into_register(session, viewer, taken, date)
    return kept["item"].nunique()


def change(
    store: Store,
    viewer: Viewer,
    versions: dict[int, int],
    date: dt.date,
    *,
    proposal_id: int,
    watcher_id: str,
    visits_per_month: float | None,
    note: str | None = None,
) -> int:
    """Accept one item with another watcher or other visits in one of its rows; return the new revision.

    Raises
    ------
    RequestError
        Visits are not above 0, or there is no room.
    geodata.errors.GeodataError
        The watcher is none of the row's alternatives.
    ConflictError, geodata.errors.AccessRefusedError
        As :func:`accept`.
    """
    if visits_per_month is not None and not visits_per_month > 0:
        raise RequestError("Expected visits above 0, got none. Reject the proposal instead.")
    to = {"watcher_id": watcher_id, "visits_per_month": visits_per_month}
    with store.begin(write=True) as session:
        how = {"status": "changed", "note": note, "changes": {proposal_id: to}}
        rows = _decide(session, viewer, versions, **how)
        return _put_into_register(session, viewer, rows, date)


def reject(store: Store, viewer: Viewer, versions: dict[int, int], *, note: str | None = None) -> None:
    """Reject one item; the register stays as it is.

    Raises
    ------
    ConflictError, geodata.errors.AccessRefusedError
        As :func:`accept`.
    """
    with store.begin(write=True) as session:
        _decide(session, viewer, versions, status="rejected", note=note)


def load_edits(store: Store, viewer: Viewer, district: str) -> pd.DataFrame:
    """Return the last edits that touched a district, newest first."""
    store.check_ready()
    with store.begin(write=True) as session:
        return access_edits.read_edits(session, viewer, district)


def undo(store: Store, viewer: Viewer, edit_id: int) -> int:
    """Take an edit back and return the new revision; the proposals it came from are open again.

    Raises
    ------
    ConflictError, geodata.errors.AccessRefusedError
        It was built on, or touched another district.
    """
    with store.begin(write=True) as session:
        return access_edits.undo_edit(session, viewer, edit_id)


def load_standing(store: Store, viewer: Viewer, district: str, date: dt.date) -> tuple[pd.DataFrame, int]:
    """Return the standing main assignments of a district's visible households, and the revision.

    Raises
    ------
    geodata.errors.AccessRefusedError
        Another district than the coordinator's.
    """
    store.check_ready()
    with store.begin(write=True) as session:
        standing = access_edits.read_standing(session, viewer, district, date)
        return standing, read_dataset(session).revision


def lock(store: Store, viewer: Viewer, assignment_ids: list[str], *, locked: bool, revision: int) -> int:
    """Lock or free standing links and return the new revision.

    Raises
    ------
    ConflictError, geodata.errors.AccessRefusedError
        The data changed since, or another district.
    """
    with store.begin(write=True) as session:
        return access_edits.lock_assignments(
            session, viewer, assignment_ids, locked=locked, revision=revision
        )


def _decide(session: Session, viewer: Viewer, versions: dict[int, int], **how: Any) -> pd.DataFrame:
    """Decide the rows of one item or step; items of several batches share their numbers."""
    rows = access_steps.decide_item(session, viewer, versions, **how)
    if len(rows[["batch", "item"]].drop_duplicates()) > 1:
        raise RequestError("Expected the rows of one proposal, got those of several. Decide them one by one.")
    return rows


def _put_into_register(session: Session, viewer: Viewer, rows: pd.DataFrame, date: dt.date) -> int:
    revision = read_dataset(session).revision
    rows = rows[rows["kind"].isin(AT_ONCE)]
    if rows.empty:
        return revision
    batch = rows["batch"].iloc[0]
    _check_day(rows, date)
    _check_untouched(session, rows, batch)
    _check_room(access_steps.read_decided(session, batch), rows)
    moves = _moves(rows)
    households = list(moves["household_id"].unique())
    stored = access_edits.read_assignments_of(session, viewer, households)
    main = moves[moves["role"] == "primary"]
    changed = assignments.changed_rows(stored, main, date)
    begun = assignments.begun_rows(
        moves.loc[moves["role"] == "backup", ["household_id", "watcher_id"]], "backup", date
    )
    return access.save_assignments(
        session,
        viewer,
        pd.concat([changed, begun]),
        revision=revision,
        districts=set(rows["district"]),
        act="accept",
        batch=batch,
    )


def _check_day(rows: pd.DataFrame, date: dt.date) -> None:
    """Raise RequestError when a proposal would begin on another day than it was made for."""
    made_for = {detail.get("date", date.isoformat()) for detail in rows["detail"]}
    if made_for != {date.isoformat()}:
        raise RequestError(
            f"Expected the day the proposals were made for ({', '.join(sorted(made_for))}), got {date}. "
            "Choose that day, or make the proposals again."
        )


def _check_untouched(session: Session, rows: pd.DataFrame, batch: str) -> None:
    """Raise ConflictError when others changed the household or its watchers since the batch was made."""
    touched, imported = access_edits.touched_since(session, int(rows["revision"].iloc[0]), batch=batch)
    if imported or touched & {*rows["household_id"], *rows["watcher_id"]}:
        raise ConflictError(
            "Expected the household and its watchers as they were when this was proposed, got changes since. "
            "Make the proposals again."
        )


def _check_room(decided: pd.DataFrame, rows: pd.DataFrame) -> None:
    """Raise RequestError when a watcher would get more visits than it has room for by now.

    ``decided`` holds every accepted row of the batch, those of this item and steps among them.
    """
    decided = decided[decided["kind"].isin(AT_ONCE)]
    room = rooms(decided)
    main = decided[decided["role"] == "primary"]
    more = main["visits_per_month"].astype(float) - main["detail"].map(visits_before)
    used = more.groupby(main["watcher_id"]).sum()
    mine = rows.loc[rows["role"] == "primary", "watcher_id"].unique()
    full = [name for name in mine if used[name] > room[name] + _ROOM_TOLERANCE]
    if full:
        raise RequestError(
            f"Expected room for these visits at {', '.join(full)}, got too little. "
            "Accept what frees it first, or choose another watcher."
        )


def visits_before(detail: dict) -> float:
    """Return the visits a month the row's pair had before; one chosen by hand may be another pair."""
    return detail["before"] if detail.get("chosen") in (None, detail["proposed_watcher"]) else 0.0


def rooms(links: pd.DataFrame) -> dict[str, float]:
    """Return by watcher the room in visits a month when the batch was made."""
    room = {row["proposed_watcher"]: row["room"] for row in links["detail"]}
    others = [one for row in links["detail"] for one in row["alternatives"]]
    return {one["watcher_id"]: one["room"] for one in others} | room


def _moves(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is written: the item's rows, and promises of others brought down to what is delivered."""
    own = rows[["household_id", "watcher_id", "visits_per_month", "role"]]
    restated = [
        pd.DataFrame(row["restated"]).assign(role="primary") for row in rows["detail"] if row["restated"]
    ]
    moves = pd.concat([own, *restated], ignore_index=True)
    return moves.drop_duplicates(["household_id", "watcher_id", "role"])
