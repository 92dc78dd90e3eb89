"""Who should newly watch whom: a proposal, and putting it into the register in one step."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from analysis.assignment import KEEPS, Proposal, propose_assignment
from app.services.city import CityData, Report, assess_city, find_district
from app.services.errors import RequestError
from geodata import access
from geodata.session import Store
from geodata.viewer import Viewer

_COLUMNS = (
    "assignment_id",
    "watcher_id",
    "household_id",
    "role",
    "visits_per_month",
    "valid_from",
    "valid_to",
)


@dataclass(frozen=True)
class AssignmentPlan:
    """A proposal with the data it was made from."""

    data: CityData
    proposal: Proposal
    date: dt.date


def propose(
    store: Store,
    viewer: Viewer,
    season: str,
    date: dt.date,
    *,
    keep: str = "all",
    district: str | None = None,
    progress: Report | None = None,
) -> AssignmentPlan:
    """Propose the best assignment of the city or of one community district; nothing is changed.

    Raises
    ------
    RequestError
        ``keep`` or ``district`` is unknown.
    analysis.errors.ParameterError
        The district has no household.
    """
    if keep not in KEEPS:  # told before the long computation, not after it
        raise RequestError(f"Expected keep {', '.join(KEEPS)}, got {keep!r}. Choose one.")
    if district is not None:
        district = find_district(store, district)
    city = assess_city(store, viewer, season, date, progress)
    proposal = propose_assignment(city.graph, city.coverage, keep=keep, district=district)
    return AssignmentPlan(city.data, proposal, date)


def apply_plan(store: Store, viewer: Viewer, plan: AssignmentPlan) -> int:
    """Put a plan's moves into the register from the plan's date on, all or none; return the new revision.

    What a move replaces is ended the day before, never deleted.

    Raises
    ------
    geodata.errors.ConflictError
        The data changed since the proposal.
    geodata.errors.AccessRefusedError
        The viewer may not change these districts.
    """
    moves = plan.proposal.moves
    if moves.empty:
        return plan.data.info.revision
    rows = changed_rows(plan.data.assignments, moves, plan.date)
    # Bringing a promise down to what is delivered changes nothing at a door, wherever that door is.
    at_the_door = moves.loc[moves["reason"] != "as_delivered", "household_id"].unique()
    districts = set(plan.data.households.loc[at_the_door, "community_district"])
    with store.begin(write=True) as session:
        return access.save_assignments(
            session, viewer, rows, revision=plan.data.info.revision, districts=districts
        )


def changed_rows(assignments: pd.DataFrame, moves: pd.DataFrame, date: dt.date) -> pd.DataFrame:
    """Return the assignment rows that moves end and begin.

    Parameters
    ----------
    assignments : pandas.DataFrame
        All rows, indexed by assignment_id.
    moves : pandas.DataFrame
        ``household_id``, ``watcher_id``, ``visits_per_month`` afterwards (0: the pair ends).
    date : datetime.date
        First day of what begins; what it replaces ends the day before.
    """
    pairs = pd.MultiIndex.from_frame(moves[["watcher_id", "household_id"]])
    day = pd.Timestamp(date)
    stands = ~(pd.to_datetime(assignments["valid_to"]) < day) & (assignments["role"] == "primary")
    named = pd.MultiIndex.from_frame(assignments[["watcher_id", "household_id"]]).isin(pairs)
    ended = assignments[stands & named].reset_index()
    begun = moves[moves["visits_per_month"] > 0].assign(role="primary", valid_from=date, valid_to=None)
    begun["assignment_id"] = (
        begun["watcher_id"] + ":" + begun["household_id"] + f":primary:{date.isoformat()}"
    )
    ended = ended[~ended["assignment_id"].isin(begun["assignment_id"])]
    ended = ended.assign(valid_to=date - dt.timedelta(days=1))
    return pd.concat([ended[list(_COLUMNS)].astype(object), begun[list(_COLUMNS)].astype(object)])
