"""Proposals of one district, decided one by one: accept, change, reject, take back.

An item is all that is proposed for one household. Accepting it writes its assignments at once. Whether the
watcher still has room is judged from the room it had when the batch was made and what was accepted of the
batch since; what others changed meanwhile at the same people is a conflict, never overwritten.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from analysis.assignment import AssignmentWishes, Proposal
from analysis.candidates import nearest_candidates
from analysis.frames import VISITS_PER_YEAR
from analysis.watch_graph import WatchGraph
from app.services import assignments
from app.services.city import Report
from app.services.errors import RequestError
from geodata import access, access_edits, access_steps
from geodata.errors import ConflictError
from geodata.read import read_dataset
from geodata.session import Store
from geodata.viewer import Viewer

ALTERNATIVES = 5
_ROOM_TOLERANCE = 1e-6  # visits a month: a sum of twelfths
AT_ONCE = ("assign", "backup", "handover")  # kinds whose acceptance writes assignments


@dataclass(frozen=True)
class Batch:
    """What a new batch of proposals says of itself.

    Parameters
    ----------
    status, reason : of ``analysis.assignment.Proposal``
    items : households with something proposed
    before, after : dict of counts, of the district's households
    bound_weighted_visits, gap : how far the plan can be from the best
    losses : households by what they lose: link_ended, main_changed, backup_lost
    """

    status: str
    reason: str | None
    items: int
    before: dict[str, float]
    after: dict[str, float]
    bound_weighted_visits: float
    gap: float
    losses: dict[str, int]


@dataclass(frozen=True)
class ProposalsView:
    """The open proposals of one district as its coordinator may see them.

    Parameters
    ----------
    rows : DataFrame indexed by proposal_id: the columns of the proposal table, visible ones only
    counts : households of the newest batch by status, the hidden ones among them
    households : GeoDataFrame (EPSG:6668) indexed by household_id, the visible ones of the district
    watchers : GeoDataFrame (EPSG:6668) indexed by watcher_id, those named in open proposals: ``kind``,
        ``organisation``, ``geometry``
    loads : DataFrame indexed by watcher_id, visits a month: ``room`` when the batch was made, ``taken`` of it
        by what was accepted, ``asked`` by what is open
    edits : DataFrame indexed by edit_id, newest first: ``at`` (UTC), ``who``, ``act``, ``rows``, ``undone``
    revision : int
    """

    district: str
    rows: pd.DataFrame
    counts: dict[str, int]
    households: gpd.GeoDataFrame
    watchers: gpd.GeoDataFrame
    loads: pd.DataFrame
    edits: pd.DataFrame
    revision: int

    @property
    def hidden(self) -> int:
        """Return how many households with an open proposal the coordinator may not see."""
        return self.counts.get("open", 0) - self.rows["item"].nunique()


def propose_for_district(
    store: Store,
    viewer: Viewer,
    season: str,
    date: dt.date,
    *,
    wishes: AssignmentWishes,
    progress: Report | None = None,
) -> Batch:
    """Make the proposals of one district and keep them; open ones of before are withdrawn.

    Raises
    ------
    RequestError
        No district, or an unknown one.
    geodata.errors.AccessRefusedError
        Another district than the coordinator's.
    """
    if wishes.district is None:
        raise RequestError("Expected a district to make proposals for, got none. Choose one.")
    plan = assignments.propose(store, viewer, season, date, wishes=wishes, progress=progress)
    rows = proposal_rows(plan)
    district = plan.proposal.wishes.district
    with store.begin(write=True) as session:
        rejected = access_steps.read_rejected(session, viewer, district)
        pairs = zip(rows["household_id"], rows["watcher_id"], strict=True)
        for detail, pair in zip(rows["detail"], pairs, strict=True):
            detail |= {"rejected_before": pair in rejected, "season": season, "date": date.isoformat()}
        access_steps.save_proposals(
            session,
            viewer,
            rows,
            revision=plan.data.info.revision,
            district=district,
            replaces=("assign", "backup"),
        )
    found = plan.proposal
    return Batch(
        status=found.status,
        reason=found.reason,
        items=rows["item"].nunique(),
        before=found.before,
        after=found.after,
        bound_weighted_visits=found.bound_weighted_visits,
        gap=max(found.gap, 0.0),
        losses=_losses(found),
    )


def _losses(found: Proposal) -> dict[str, int]:
    """Count the households that lose something."""
    return {} if found.lost.empty else found.lost.groupby("what")["household_id"].nunique().to_dict()


def proposal_rows(plan: assignments.AssignmentPlan) -> pd.DataFrame:
    """Return the rows of a batch, one item a household; restated promises go with their watcher."""
    graph, moves = plan.graph, plan.proposal.moves
    at_the_door = moves[moves["reason"] != "as_delivered"].assign(kind="assign", role="primary")
    parts = [at_the_door]
    if plan.proposal.backups is not None:
        backups = plan.proposal.backups.backups
        parts.append(
            backups.assign(kind="backup", role="backup", action="add", reason="backup", visits_per_month=None)
        )
    rows = pd.concat(parts, ignore_index=True)
    rows["item"] = pd.factorize(rows["household_id"])[0] + 1
    rows["district"] = graph.households["district"].reindex(rows["household_id"]).to_numpy()
    rows["detail"] = _details(graph, plan.proposal, rows)
    columns = ["item", "kind", "district", "household_id", "watcher_id", "action", "role"]
    return rows[[*columns, "visits_per_month", "detail"]].astype(object)


def _details(graph: WatchGraph, proposal: Proposal, rows: pd.DataFrame) -> list[dict]:
    """Return for each row what the decision needs: walk, reason, visits before, room, alternatives …"""
    today = _visits_today(graph)
    room = graph.watchers["room_visits"] / VISITS_PER_YEAR
    others = _alternatives(graph, rows["household_id"].unique())
    restated = proposal.moves[proposal.moves["reason"] == "as_delivered"]
    eased = {
        watcher: part[["household_id", "watcher_id", "visits_per_month"]].to_dict("records")
        for watcher, part in restated.groupby("watcher_id")
    }
    newly = set(proposal.newly_watched.index)
    return [
        {
            "proposed_watcher": row.watcher_id,
            "proposed_visits": None if pd.isna(row.visits_per_month) else float(row.visits_per_month),
            "cost_m": round(float(row.cost_m)),
            "reason": row.reason,
            "before": float(today.get((row.household_id, row.watcher_id), 0.0)),
            "room": float(room[row.watcher_id]),
            "newly_watched": row.household_id in newly,
            "alternatives": others.get(row.household_id, []),
            "restated": eased.get(row.watcher_id, []),
        }
        for row in rows.itertuples(index=False)
    ]


def _visits_today(graph: WatchGraph) -> dict[tuple[str, str], float]:
    """Return visits a month delivered today by household and watcher."""
    links = graph.links[graph.links["delivered_visits"].to_numpy() > 0]
    homes = graph.households.index.to_numpy()[links["household"]]
    people = graph.watchers.index.to_numpy()[links["watcher"]]
    visits = links["delivered_visits"].to_numpy() / VISITS_PER_YEAR
    return dict(zip(zip(homes, people, strict=True), visits, strict=True))


def _alternatives(graph: WatchGraph, household_ids: pd.Index) -> dict[str, list[dict]]:
    """Return by household the nearest watchers without an obstacle, with their room in visits a month."""
    candidates = nearest_candidates(graph, ALTERNATIVES)
    homes = graph.households.index.to_numpy()[candidates["household"]]
    wanted = candidates["obstacle"].isna().to_numpy() & pd.Index(homes).isin(household_ids)
    candidates, homes = candidates[wanted], homes[wanted]
    people = graph.watchers.iloc[candidates["watcher"]]
    table = pd.DataFrame(
        {
            "household_id": homes,
            "watcher_id": people.index,
            "kind": people["kind"].to_numpy(),
            "cost_m": candidates["cost_m"].round().to_numpy(),
            "room": people["room_visits"].to_numpy() / VISITS_PER_YEAR,
        }
    )
    return {
        home: part.drop(columns="household_id").to_dict("records")
        for home, part in table.groupby("household_id")
    }


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
        A watcher has no room (yet): another item must be accepted first.
    geodata.errors.AccessRefusedError
        Another district.
    """
    with store.begin(write=True) as session:
        rows = access_steps.decide_item(session, viewer, versions, status="accepted", note=note)
        return _put_into_register(session, viewer, rows, date)


def accept_all(store: Store, viewer: Viewer, versions: dict[int, int], date: dt.date) -> tuple[int, int]:
    """Accept in one edit every item that can be; return how many were, and how many stay open.

    Items at people somebody else changed meanwhile stay open.

    Raises
    ------
    ConflictError, RequestError, geodata.errors.AccessRefusedError
        As :func:`accept`.
    """
    with store.begin(write=True) as session:
        rows = access_steps.read_rows(session, versions)
        if rows.empty:
            return 0, 0
        touched, _ = access_edits.touched_since(
            session, int(rows["revision"].iloc[0]), batch=rows["batch"].iloc[0]
        )
        meets = rows["household_id"].isin(touched) | rows["watcher_id"].isin(touched)
        kept = rows[~rows["item"].isin(rows.loc[meets, "item"])]
        if kept.empty:
            return 0, rows["item"].nunique()
        chosen = {number: versions[number] for number in kept.index}
        taken = access_steps.decide_item(session, viewer, chosen, status="accepted")
        _put_into_register(session, viewer, taken, date)
        return kept["item"].nunique(), rows["item"].nunique() - kept["item"].nunique()


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
        rows = access_steps.decide_item(
            session, viewer, versions, status="changed", note=note, changes={proposal_id: to}
        )
        return _put_into_register(session, viewer, rows, date)


def reject(store: Store, viewer: Viewer, versions: dict[int, int], *, note: str | None = None) -> None:
    """Reject one item; the register stays as it is.

    Raises
    ------
    ConflictError, geodata.errors.AccessRefusedError
        As :func:`accept`.
    """
    with store.begin(write=True) as session:
        access_steps.decide_item(session, viewer, versions, status="rejected", note=note)


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

    ``decided`` holds every accepted row of the batch, those of this item among them.
    """
    room = _rooms(decided)
    main = decided[decided["role"] == "primary"]
    more = main["visits_per_month"].astype(float) - main["detail"].map(_before)
    used = more.groupby(main["watcher_id"]).sum()
    mine = rows.loc[rows["role"] == "primary", "watcher_id"].unique()
    full = [name for name in mine if used[name] > room[name] + _ROOM_TOLERANCE]
    if full:
        raise RequestError(
            f"Expected room for these visits at {', '.join(full)}, got too little. "
            "Accept what frees it first, or choose another watcher."
        )


def _before(detail: dict) -> float:
    """Return the visits a month the row's pair had before; one chosen by hand may be another pair."""
    return detail["before"] if detail.get("chosen") in (None, detail["proposed_watcher"]) else 0.0


def _rooms(decided: pd.DataFrame) -> dict[str, float]:
    """Return by watcher the room in visits a month when the batch was made."""
    room = {row["proposed_watcher"]: row["room"] for row in decided["detail"]}
    others = [one for row in decided["detail"] for one in row["alternatives"]]
    return {one["watcher_id"]: one["room"] for one in others} | room


def _moves(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is written: the item's rows, and promises of others brought down to what is delivered."""
    own = rows[["household_id", "watcher_id", "visits_per_month", "role"]]
    restated = [
        pd.DataFrame(row["restated"]).assign(role="primary") for row in rows["detail"] if row["restated"]
    ]
    moves = pd.concat([own, *restated], ignore_index=True)
    return moves.drop_duplicates(["household_id", "watcher_id", "role"])


def load_view(store: Store, viewer: Viewer, district: str) -> ProposalsView:
    """Return all a coordinator needs to decide the open proposals of one district.

    Raises
    ------
    geodata.errors.AccessRefusedError
        Another district than the coordinator's.
    """
    store.check_ready()
    with store.begin(write=True) as session:
        rows = access_steps.read_proposals(session, viewer, district)
        counts = access_steps.count_newest(session, viewer, district)
        visible = access.read_district_households(session, viewer, district).households
        watchers = access_steps.read_proposed_watchers(session, viewer, district)
        edits = access_edits.read_edits(session, viewer, district)
        decided = access_steps.read_decided(session, rows["batch"].iloc[0]) if len(rows) else rows
        revision = read_dataset(session).revision
    return ProposalsView(
        district=district,
        rows=rows,
        counts=counts,
        households=visible[["geometry"]],
        watchers=watchers,
        loads=_loads(rows, decided),
        edits=edits,
        revision=revision,
    )


def _loads(rows: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Return what is left of each proposed watcher's room and what the open proposals would take of it."""
    both = pd.concat([rows.assign(is_open=True), decided.assign(is_open=False)])
    main = both[both["role"] == "primary"]
    if main.empty:
        return pd.DataFrame(columns=["room", "taken", "asked"], dtype=float)
    more = main["visits_per_month"].astype(float) - main["detail"].map(_before)
    room = pd.Series(_rooms(main))
    is_open = main["is_open"].to_numpy(dtype=bool)
    table = pd.DataFrame({"taken": more.where(~is_open, 0.0), "asked": more.where(is_open, 0.0)})
    sums = table.groupby(main["watcher_id"]).sum()
    return sums.assign(room=room.reindex(sums.index))[["room", "taken", "asked"]]
