"""A retiring watcher's households handed over in one step, and who should follow whom: preview, then do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import pandas as pd

from analysis.handover import HandOver, hand_over
from analysis.succession_plan import SuccessionPlan, plan_succession
from app.services.assignments import begun_rows, changed_rows
from app.services.city import CityData, Report, assess_city, find_district
from app.services.errors import RequestError
from geodata import access, access_edits, access_steps
from geodata.rights import may, may_in
from geodata.session import Store
from geodata.viewer import Viewer

SHOWN = ("household_id", "watcher_id", "action", "visits_per_month", "cost_m", "tie")


@dataclass(frozen=True)
class HandOverPlan:
    """A hand-over with the data it was made from; ``visible`` holds the ids its viewer may see."""

    data: CityData
    found: HandOver
    date: dt.date
    visible: frozenset[str]

    @property
    def moves(self) -> pd.DataFrame:
        """Return who takes over what, of the visible households, in the columns SHOWN."""
        moves = self.found.moves[self.found.moves["tie"].notna()]
        return moves.loc[moves["household_id"].isin(self.visible), list(SHOWN)].reset_index(drop=True)

    @property
    def unplaced(self) -> pd.DataFrame:
        """Return what nobody takes over, of the visible households."""
        unplaced = self.found.unplaced
        return unplaced[unplaced["household_id"].isin(self.visible)].reset_index(drop=True)

    @property
    def hidden(self) -> int:
        """Return how many households concerned the viewer may not see; they are handed over all the same."""
        moves = self.found.moves[self.found.moves["tie"].notna()]
        concerned = {*moves["household_id"], *self.found.unplaced["household_id"]}
        return len(concerned - self.visible)


def own_watchers(store: Store, viewer: Viewer, district: str, date: dt.date) -> pd.DataFrame:
    """Return the active watchers of a district who are registered on a day: kind, organisation, term, age.

    Raises
    ------
    geodata.errors.AccessRefusedError
        Another district than the coordinator's.
    """
    store.check_ready()
    with store.begin(write=True) as session:
        watchers = access_steps.read_own_watchers(session, viewer, district)
    gone = pd.to_datetime(watchers["valid_to"]) < pd.Timestamp(date)
    return watchers[~gone]


def preview(
    store: Store,
    viewer: Viewer,
    watcher_id: str,
    season: str,
    date: dt.date,
    *,
    successor: str | None = None,
    medium: str = "screen",
    progress: Report | None = None,
) -> HandOverPlan:
    """Find who takes over from one watcher who leaves; nothing is changed.

    Raises
    ------
    RequestError
        The watcher is unknown, or a coordinator's and of another district.
    analysis.errors.ParameterError
        The successor is no active watcher in office, or the one who leaves.
    """
    city = assess_city(store, viewer, season, date, progress)
    _check_watcher(city.data, viewer, watcher_id)
    found = hand_over(city.graph, city.coverage, [watcher_id], successor=successor)
    concerned = sorted({*found.moves["household_id"], *found.unplaced["household_id"]})
    if may(viewer, "whole_files"):  # who runs the program writes whole files, as of assignments
        return HandOverPlan(city.data, found, date, frozenset(concerned))
    with store.begin(write=True) as session:
        visible = access.find_visible(session, viewer, concerned, medium=medium)
    return HandOverPlan(city.data, found, date, frozenset(visible))


def _check_watcher(data: CityData, viewer: Viewer, watcher_id: str) -> None:
    own = data.watchers["district"].reindex([watcher_id]).iloc[0]
    is_own = may(viewer, "whole_files") or may_in(viewer, "own_districts", own)
    if watcher_id not in data.watchers.index or not is_own:
        raise RequestError(
            f"Expected a watcher of the own district, got {watcher_id!r}. Choose one from the list."
        )


def put_into_register(store: Store, viewer: Viewer, plan: HandOverPlan) -> int:
    """Write a hand-over from its date on, in one edit; return the new revision.

    Whoever leaves is in office until the day before; the visits and backups of then end that day.

    Raises
    ------
    geodata.errors.ConflictError
        The data changed since the preview.
    geodata.errors.AccessRefusedError
        Another district, or a role that changes nothing.
    """
    last = plan.date - dt.timedelta(days=1)
    assignments, leaving = plan.data.assignments, list(plan.found.leaving)
    moved = changed_rows(assignments, plan.found.moves, plan.date)
    rows = pd.concat([moved, _left_over(assignments, leaving, moved, plan.date)])
    watchers = pd.DataFrame({"watcher_id": leaving, "valid_to": last})
    with store.begin(write=True) as session:
        return access_edits.save_hand_over(
            session,
            viewer,
            rows,
            watchers,
            revision=plan.data.info.revision,
            districts=_districts(plan, viewer),
        )


def _left_over(
    assignments: pd.DataFrame, leaving: list[str], moved: pd.DataFrame, date: dt.date
) -> pd.DataFrame:
    """Return the other rows of those who leave that stand on the day (backups, links that do not count)."""
    stands = ~(pd.to_datetime(assignments["valid_to"]) < pd.Timestamp(date))
    rows = assignments[stands & assignments["watcher_id"].isin(leaving)].reset_index()
    rows = rows[~rows["assignment_id"].isin(moved["assignment_id"])]
    rows = rows.assign(valid_to=date - dt.timedelta(days=1))
    return rows.reindex(columns=begun_rows(rows.iloc[:0], "backup", date).columns).astype(object)


def _districts(plan: HandOverPlan, viewer: Viewer) -> set[str | None]:
    """Return the districts concerned; who leaves decides for a coordinator.

    A watcher of the district may visit a household across the border by agreement: handing that over, too, is
    for the watcher's own coordinator.
    """
    watchers = plan.data.watchers["district"].reindex(list(plan.found.leaving))
    if may(viewer, "own_districts"):
        return set(watchers)
    homes = plan.data.households["community_district"].reindex(plan.found.moves["household_id"].unique())
    return {*watchers, *homes.dropna()}


def plan_for_district(
    store: Store,
    viewer: Viewer,
    district: str | None,
    season: str,
    date: dt.date,
    *,
    until: dt.date | None = None,
    progress: Report | None = None,
) -> SuccessionPlan:
    """Plan backups and successors until a day; with a district only what concerns its watchers is told.

    Of the households only those the viewer may see are told by id; all are counted in ``by_date``, which then
    counts the district's watchers and holds no weights. Value and bound stay the city's.

    Raises
    ------
    RequestError
        The district is unknown, or the last day lies before the first.
    geodata.errors.AccessRefusedError
        A coordinator asks for the whole city.
    """
    code = None if district is None else find_district(store, district)
    if until is not None and until < date:
        raise RequestError(f"Expected a last day on or after {date}, got {until}. Choose a later one.")
    city = assess_city(store, viewer, season, date, progress)
    plan = plan_succession(city.graph, city.coverage, until=until)
    if code is None and not may(viewer, "whole_files"):
        with store.begin(write=True) as session:
            access.refuse(session, viewer, "watcher", {"district": None})
    if code is None:
        return plan
    return _of_district(store, viewer, plan, city.data.watchers["district"] == code)


def _of_district(store: Store, viewer: Viewer, plan: SuccessionPlan, own: pd.Series) -> SuccessionPlan:
    inside = own.index[own]
    backups = plan.backups[plan.backups["watcher_id"].isin(inside)]
    uncovered = plan.uncovered[plan.uncovered["watcher_id"].isin(inside)]
    with store.begin(write=True) as session:
        named = sorted({*backups["household_id"], *uncovered["household_id"]})
        visible = access.find_visible(session, viewer, named, medium="file")
    own_posts = plan.successors[plan.successors["watcher_id"].isin(inside)]
    return replace(
        plan,
        by_date=_by_date(own_posts, backups, uncovered),
        backups=backups[backups["household_id"].isin(visible)].reset_index(drop=True),
        uncovered=uncovered[uncovered["household_id"].isin(visible)].reset_index(drop=True),
        successors=own_posts,
    )


def _by_date(posts: pd.DataFrame, backups: pd.DataFrame, uncovered: pd.DataFrame) -> pd.DataFrame:
    """Count the watchers who leave and their households by the day a successor is needed."""
    counts = {
        "watchers": posts.groupby("date").size(),
        "with_backup": backups.groupby("date").size(),
        "uncovered": uncovered.groupby("date").size(),
    }
    table = pd.DataFrame(counts).fillna(0).astype(int).rename_axis("date")
    table.insert(1, "households", table["with_backup"] + table["uncovered"])
    return table
