"""Who should newly watch whom: a proposal, and putting it into the register in one step."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from analysis.assignment import AssignmentWishes, Proposal, propose_assignment
from analysis.watch_graph import WatchGraph
from app.services.city import AssessedCity, CityData, Report, assess_city, find_district
from geodata import access
from geodata.rights import may
from geodata.session import Store
from geodata.viewer import Viewer

_COLUMNS = (
    "assignment_id",
    "watcher_id",
    "household_id",
    "role",
    "visits_per_month",
    "locked",
    "valid_from",
    "valid_to",
)
_LOCK_COLUMNS = ("household_id", "watcher_id", "why")


@dataclass(frozen=True)
class AssignmentPlan:
    """A proposal with the data and the watch graph it was made from.

    ``dead_locks``: the locks of the register, of the households asked about, that protect nothing any more:
    ``household_id``, ``watcher_id``, ``why`` the link does not count (of ``WatchGraph.assigned``).
    """

    data: CityData
    graph: WatchGraph
    proposal: Proposal
    date: dt.date
    dead_locks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*_LOCK_COLUMNS]))


def propose(
    store: Store,
    viewer: Viewer,
    season: str,
    date: dt.date,
    *,
    wishes: AssignmentWishes = AssignmentWishes(),
    progress: Report | None = None,
) -> AssignmentPlan:
    """Propose the best assignment as wished; nothing is changed.

    The pairs locked in the register are locked besides those of ``wishes``; its district may be a name. A
    stored lock of a link that does not count any more (the watcher left, the household is gone, consent was
    withdrawn …) is left out: nothing of it could stay.

    Raises
    ------
    RequestError
        The district is unknown.
    analysis.errors.ParameterError
        The district has no household, or a locked pair is unknown.
    """
    if wishes.district is not None:
        wishes = replace(wishes, district=find_district(store, wishes.district))
    city = assess_city(store, viewer, season, date, progress)
    locks = _stored_locks(city)
    counting = locks[locks["why"].isna()]
    wishes = replace(wishes, locked=wishes.locked | frozenset(_pairs(counting)))
    proposal = propose_assignment(city.graph, city.coverage, wishes)
    dead = _dead_locks(city, locks, wishes.district)
    return AssignmentPlan(city.data, city.graph, proposal, date, dead)


def _stored_locks(city: AssessedCity) -> pd.DataFrame:
    """Return the main assignments locked on the date, with ``why`` one does not count (None: it does)."""
    assigned = city.graph.assigned
    standing = city.data.assignments.loc[assigned.index].assign(why=assigned["reason"])
    locked = standing["locked"].to_numpy(dtype=bool) & (standing["role"] == "primary").to_numpy()
    return standing.loc[locked, [*_LOCK_COLUMNS]]


def _dead_locks(city: AssessedCity, locks: pd.DataFrame, district: str | None) -> pd.DataFrame:
    """Return the locks that do not count; of one district those of its households, or of its watchers."""
    counting = set(_pairs(locks[locks["why"].isna()]))
    is_dead = np.array([pair not in counting for pair in _pairs(locks)], dtype=bool)
    dead = locks[is_dead]
    if district is not None:
        home = city.data.households["community_district"].reindex(dead["household_id"])
        person = city.data.watchers["district"].reindex(dead["watcher_id"])
        place = home.where(home.notna().to_numpy(), person.to_numpy())
        dead = dead[(place == district).to_numpy()]
    return dead.reset_index(drop=True)


def _pairs(locks: pd.DataFrame) -> list[tuple[str, str]]:
    """Return household and watcher of each lock."""
    return list(zip(locks["household_id"], locks["watcher_id"], strict=True))


def households_told(store: Store, viewer: Viewer, plan: AssignmentPlan) -> tuple[frozenset[str], int]:
    """Return which households a plan names may stand in the files of who asked, and how many may not.

    Who runs the machine gets whole files; a coordinator those of own districts, as the rules say for files.
    """
    proposal = plan.proposal
    tables = [proposal.moves, proposal.lost, proposal.conflicts, plan.dead_locks, _backups(plan)]
    named = sorted(set().union(*(table["household_id"] for table in tables if len(table))))
    if may(viewer, "whole_files"):
        return frozenset(named), 0
    with store.begin(write=True) as session:
        visible = access.find_visible(session, viewer, named, medium="file")
    return frozenset(visible), len(named) - len(visible)


def apply_plan(store: Store, viewer: Viewer, plan: AssignmentPlan) -> int:
    """Put a plan's moves and backups into the register from the plan's date on; return the new revision.

    All or none. What a move replaces is ended the day before, never deleted.

    Raises
    ------
    geodata.errors.ConflictError
        The data changed since the proposal.
    geodata.errors.AccessRefusedError
        The viewer may not change these districts.
    """
    moves, backups = plan.proposal.moves, _backups(plan)
    if moves.empty and backups.empty:
        return plan.data.info.revision
    rows = changed_rows(plan.data.assignments, moves, plan.date)
    rows = pd.concat([rows, begun_rows(backups, "backup", plan.date)])
    # Bringing a promise down to what is delivered changes nothing at a door, wherever that door is.
    at_the_door = moves.loc[moves["reason"] != "as_delivered", "household_id"]
    concerned = pd.concat([at_the_door, backups["household_id"]]).unique()
    districts = set(plan.data.households.loc[concerned, "community_district"])
    with store.begin(write=True) as session:
        return access.save_assignments(
            session, viewer, rows, revision=plan.data.info.revision, districts=districts
        )


def _backups(plan: AssignmentPlan) -> pd.DataFrame:
    """Return the pairs that become a backup."""
    columns = ["household_id", "watcher_id"]
    if plan.proposal.backups is None:
        return pd.DataFrame(columns=columns)
    return plan.proposal.backups.backups[columns]


def begun_rows(pairs: pd.DataFrame, role: str, date: dt.date) -> pd.DataFrame:
    """Return assignment rows that begin on a day.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``household_id``, ``watcher_id``; ``visits_per_month`` and ``locked`` where they are known.
    role : str
        ``primary`` or ``backup``.
    """
    begun = pairs.reindex(columns=[*pairs.columns.union(["visits_per_month", "locked"])])
    begun = begun.assign(role=role, valid_from=date, valid_to=None)
    begun["locked"] = begun["locked"].eq(True)
    names = begun["watcher_id"].astype(str) + ":" + begun["household_id"].astype(str)
    begun["assignment_id"] = names + f":{role}:{date.isoformat()}"
    begun = begun[list(_COLUMNS)].astype(object)
    return begun.where(begun.notna(), None)


def changed_rows(assignments: pd.DataFrame, moves: pd.DataFrame, date: dt.date) -> pd.DataFrame:
    """Return the assignment rows that moves end and begin.

    Parameters
    ----------
    assignments : pandas.DataFrame
        All rows, indexed by assignment_id; what replaces a locked one is locked.
    moves : pandas.DataFrame
        ``household_id``, ``watcher_id``, ``visits_per_month`` afterwards (0: the pair ends).
    date : datetime.date
        First day of what begins; what it replaces ends the day before.
    """
    pairs = pd.MultiIndex.from_frame(moves[["watcher_id", "household_id"]])
    day = pd.Timestamp(date)
    stands = ~(pd.to_datetime(assignments["valid_to"]) < day) & (assignments["role"] == "primary")
    named = pd.MultiIndex.from_frame(assignments[["watcher_id", "household_id"]])
    ended = assignments[stands & named.isin(pairs)].reset_index()
    locked = ended[ended["locked"].to_numpy(dtype=bool)]
    is_locked = pairs.isin(pd.MultiIndex.from_frame(locked[["watcher_id", "household_id"]]))
    begun = moves.assign(locked=is_locked)[moves["visits_per_month"] > 0]
    begun = begun_rows(begun[["household_id", "watcher_id", "visits_per_month", "locked"]], "primary", date)
    ended = ended[~ended["assignment_id"].isin(begun["assignment_id"])]
    ended = ended.assign(valid_to=date - dt.timedelta(days=1))
    return pd.concat([ended[list(_COLUMNS)].astype(object), begun])
