"""Making the proposals of one district: one batch, kept until each item is decided or a newer batch is made.

An item is all that is proposed for one household.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from analysis.assignment import AssignmentWishes, Proposal
from analysis.candidates import nearest_candidates
from analysis.frames import VISITS_PER_YEAR
from analysis.watch_graph import WatchGraph
from app.services import assignments
from app.services.city import Report
from app.services.errors import RequestError
from app.services.proposals import LINK_SOURCES
from geodata import access_steps
from geodata.session import Store
from geodata.viewer import Viewer

ALTERNATIVES = 5


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
    dead_locks : watchers whose locked links no longer count, and were left out
    """

    status: str
    reason: str | None
    items: int
    before: dict[str, float]
    after: dict[str, float]
    bound_weighted_visits: float
    gap: float
    losses: dict[str, int]
    dead_locks: tuple[str, ...]


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
            replaces=LINK_SOURCES[0],
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
        dead_locks=tuple(sorted(set(plan.dead_locks["watcher_id"]))),
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
