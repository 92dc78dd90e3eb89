"""Daily tasks of some days: one plan for the whole city, of which each viewer gets what the rules allow.

The plan is made for all districts together, so that nobody is sent to two places at once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.support import SupportPlan, arrange_support, expand_tasks
from analysis.watch_graph import Situation, WatchInputs, build_watch_graph
from app.services.city import Report, find_district, measure_walks, read_city
from app.services.errors import RequestError
from app.services.results import DatasetInfo, Progress
from geodata import access, access_steps, read
from geodata.errors import ImportRefusedError
from geodata.importers import ImportOptions, parse
from geodata.importers.report import ImportReport
from geodata.rights import may, may_in
from geodata.session import Store
from geodata.viewer import Viewer

LONGEST_DAYS = 31
_STEPS = ("read", "walk", "graph", "support")
_OF_TASK = ("skill", "earliest_min", "latest_min", "people")


@dataclass(frozen=True)
class SupportRequest:
    """Which days are planned, in which season, and what is fixed.

    Parameters
    ----------
    days : int, 1 to 31
    tasks : DataFrame of :func:`read_tasks_file`, or None for those of the store
    locked : tuple of (task_id, day, watcher_id): who must do what
    """

    season: str
    first: dt.date
    days: int = 7
    tasks: pd.DataFrame | None = None
    locked: tuple[tuple[str, dt.date, str], ...] = ()

    def __post_init__(self) -> None:
        """Raise RequestError for too many days or none."""
        if not 1 <= self.days <= LONGEST_DAYS:
            raise RequestError(f"Expected 1 to {LONGEST_DAYS} days to plan, got {self.days}. Correct it.")

    @property
    def last(self) -> dt.date:
        """Return the last day planned."""
        return self.first + dt.timedelta(days=self.days - 1)


@dataclass(frozen=True, eq=False)
class CitySupport:
    """The plan of all districts, for computing only: :func:`load_week` and :func:`count_support` show of it.

    Parameters
    ----------
    occurrences : DataFrame of ``analysis.support.expand_tasks``
    district : Series by household_id, code of the community district, None outside all
    names : Series by code, of the community districts
    """

    info: DatasetInfo
    request: SupportRequest
    plan: SupportPlan
    occurrences: pd.DataFrame
    district: pd.Series
    names: pd.Series
    basis: str
    detour_factor: float | None


@dataclass(frozen=True, eq=False)
class SupportWeek:
    """What of a plan one viewer may see: a coordinator its district, an operator all.

    Parameters
    ----------
    outings : DataFrame, sorted by volunteer, date and time
        The columns of ``SupportPlan.outings``, and ``skill``, ``kind``, ``organisation``, ``district``.
    unserved : DataFrame as ``SupportPlan.unserved``, and ``skill``, ``earliest_min``, ``latest_min``,
        ``people``, ``district``
    elsewhere : Series by watcher_id of those in ``outings``: their outings that are not among them (in other
        districts)
    hidden_outings, hidden_unserved : int, times of households here that the viewer may not see
    """

    city: CitySupport
    code: str | None
    name: str
    outings: pd.DataFrame
    unserved: pd.DataFrame
    elsewhere: pd.Series
    hidden_outings: int
    hidden_unserved: int


@dataclass(frozen=True, eq=False)
class SupportCounts:
    """Counts of a plan, nothing of a single household: true ones, who shows them hides those from 1 to 9.

    Parameters
    ----------
    districts, skills : DataFrame by code ("" outside all) and by skill
        ``households`` (that ask), ``times`` (each day of a repeated task counted), ``times_served``,
        ``times_unserved``, ``households_served``, ``households_unserved`` (at least once), ``reason`` (of
        most times unserved, None).
    reasons : DataFrame by reason, most times first: ``times``, ``households``
    totals : the same counts of the city, ``volunteers``, ``volunteers_sent``
    """

    city: CitySupport
    districts: pd.DataFrame
    skills: pd.DataFrame
    reasons: pd.DataFrame
    totals: dict[str, int]


def read_tasks_file(store: Store, file: Path) -> tuple[pd.DataFrame, ImportReport]:
    """Read tasks of a file as the importer does, without storing them; indexed by task_id, with the report.

    Raises
    ------
    geodata.errors.ImportRefusedError
        A row has an error, or the file cannot be used.
    """
    store.check_ready()
    with store.begin() as session:
        known = read.read_known_ids(session)
    parsed = parse("support-tasks", [file], ImportOptions(known=known))
    report = parsed.report
    if report.refused:
        first = report.errors[0]
        raise ImportRefusedError(
            f"Expected a file without errors, got {report.rejected} rows with errors of {report.rows_read}, "
            f"first in row {first.row}: {first.reason}"
        )
    return parsed.frame.set_index("task_id"), report


def plan_support(
    store: Store, viewer: Viewer, request: SupportRequest, *, progress: Report | None = None
) -> CitySupport:
    """Plan who does which daily task when, in all districts together; nothing is stored.

    Raises
    ------
    geodata.errors.StoreNotReadyError
        Nothing was imported yet.
    analysis.errors.FrameError
        Tasks, hours or skills cannot be read.
    """

    def tell(step: str, done: float = 0.0) -> None:
        if progress is not None:
            progress(Progress(step, 100 * _STEPS.index(step) + round(100 * done), 100 * len(_STEPS)))

    tell("read")
    store.check_ready()
    with store.begin(write=True) as session:
        data = read_city(session, viewer, request.first)
        stored = access_steps.read_tasks_for_planning(session, viewer, None)
    tasks = stored if request.tasks is None else request.tasks
    occurrences = expand_tasks(tasks, request.first, request.last)
    tell("walk")
    normal = measure_walks(data, "normal")
    costs = normal if request.season == "normal" else measure_walks(data, request.season)
    tell("graph")
    inputs = WatchInputs(
        data.households, data.watchers, data.assignments, data.agreements, data.centres, costs, normal
    )
    graph = build_watch_graph(inputs, Situation(date=request.first, season=request.season), data.sharing)
    tell("support")
    plan = arrange_support(
        graph,
        occurrences,
        data.watchers,
        locked=_locks(request),
        progress=lambda done, total: tell("support", done / total),
    )
    return CitySupport(
        info=data.info,
        request=request,
        plan=plan,
        occurrences=occurrences,
        district=data.households["community_district"],
        names=data.names["community"],
        basis=costs.basis,
        detour_factor=costs.detour_factor,
    )


def _locks(request: SupportRequest) -> pd.DataFrame | None:
    if not request.locked:
        return None
    return pd.DataFrame(request.locked, columns=["task_id", "date", "watcher_id"])


def load_week(
    store: Store, viewer: Viewer, city: CitySupport, district: str | None, *, medium: str = "screen"
) -> SupportWeek:
    """Return what of a plan the viewer may see; each look is recorded.

    Parameters
    ----------
    district : str or None
        A coordinator's own; None: all, for an operator.
    medium : str
        screen, or where it goes: paper, file, "paper;file".

    Raises
    ------
    geodata.errors.AccessRefusedError
        A planner, another district than the coordinator's, or all districts for a coordinator.
    """
    code = None if district is None else find_district(store, district)
    with store.begin(write=True) as session:
        if not (may(viewer, "whole_files") or may_in(viewer, "own_districts", code)):
            access.refuse(session, viewer, "task", {"district": code})
        visible = None
        if code is not None:
            seen = access.read_district_households(session, viewer, code, medium=medium)
            visible = seen.households.index
        here = [_describe(frame, city, code) for frame in (city.plan.outings, city.plan.unserved)]
        outings, unserved = (_only(frame, visible) for frame in here)
        people = sorted(outings["watcher_id"].unique())
        facts = access.read_watcher_facts(session, viewer, people)[["kind", "organisation"]]
    total = city.plan.loads["outings"].reindex(people).astype(np.int64)
    shown = outings["watcher_id"].value_counts().reindex(people, fill_value=0)
    return SupportWeek(
        city=city,
        code=code,
        name="" if code is None else str(city.names[code]),
        outings=outings.join(facts, on="watcher_id").sort_values(
            ["watcher_id", "date", "start_min"], ignore_index=True
        ),
        unserved=unserved,
        elsewhere=(total - shown).rename("elsewhere"),
        hidden_outings=len(here[0]) - len(outings),
        hidden_unserved=len(here[1]) - len(unserved),
    )


def _describe(rows: pd.DataFrame, city: CitySupport, code: str | None) -> pd.DataFrame:
    """Add what the task says to rows by task and date, and keep those of the district."""
    of_task = city.occurrences.set_index(["task_id", "date"])[list(_OF_TASK)]
    described = rows.join(of_task, on=["task_id", "date"])
    described["district"] = city.district.reindex(rows["household_id"]).to_numpy()
    if code is None:
        return described
    return described[(described["district"] == code).to_numpy(dtype=bool)].reset_index(drop=True)


def _only(rows: pd.DataFrame, visible: pd.Index | None) -> pd.DataFrame:
    return rows if visible is None else rows[rows["household_id"].isin(visible)].reset_index(drop=True)


def count_support(city: CitySupport) -> SupportCounts:
    """Count a plan by district, skill and reason."""
    times = _describe(city.occurrences[["task_id", "date", "household_id"]], city, None)
    why = city.plan.unserved.set_index(["task_id", "date"])["reason"]
    times = times.join(why, on=["task_id", "date"])
    times["district"] = times["district"].astype(object).where(times["district"].notna(), "")
    if city.plan.status == "infeasible":
        times = times.iloc[:0]
    reasons = times.groupby("reason").agg(times=("task_id", "size"), households=("household_id", "nunique"))
    people = {name: city.plan.counts[name] for name in ("volunteers", "volunteers_sent")}
    whole = _count_by(times.assign(all=""), "all")
    totals = whole.drop(columns="reason").sum().astype(int).to_dict()
    return SupportCounts(
        city=city,
        districts=_count_by(times, "district").rename_axis("code"),
        skills=_count_by(times, "skill"),
        reasons=reasons.sort_values("times", ascending=False, kind="stable"),
        totals=totals | people,
    )


def _count_by(times: pd.DataFrame, column: str) -> pd.DataFrame:
    left = times[times["reason"].notna()]
    done = times[times["reason"].isna()]
    group = times.groupby(column)
    counts = pd.DataFrame(
        {
            "households": group["household_id"].nunique(),
            "times": group.size(),
            "times_served": done.groupby(column).size(),
            "times_unserved": left.groupby(column).size(),
            "households_served": done.groupby(column)["household_id"].nunique(),
            "households_unserved": left.groupby(column)["household_id"].nunique(),
        }
    )
    reason = left.groupby(column)["reason"].agg(lambda names: names.value_counts().index[0])
    return counts.fillna(0).astype(np.int64).assign(reason=reason.reindex(counts.index).astype(object))
