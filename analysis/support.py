"""Daily tasks (snow, rubbish, bulbs, shopping) to volunteers by skill, hours, distance and load.

Each task is one outing from the volunteer's place to the household and back. Tasks that share no volunteer's
day (or limited week) are solved apart (``analysis.support_model``), so the sum of the parts is the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from analysis.errors import FrameError
from analysis.milp import relative_gap
from analysis.portions import Progress
from analysis.support_model import THOUSANDTHS, Part, PartPlan, solve_part
from analysis.support_options import (
    UNSERVED,
    SupportRules,
    Volunteers,
    find_options,
    read_volunteers,
)
from analysis.support_tasks import TASKS, expand_tasks
from analysis.watch_graph import WatchGraph

__all__ = ["TASKS", "UNSERVED", "SupportPlan", "SupportRules", "arrange_support", "expand_tasks"]

CONTRADICTIONS = ("unknown", "cannot", "together")
_LOCK_COLUMNS = ["task_id", "date", "watcher_id"]


@dataclass(frozen=True, eq=False)
class SupportPlan:
    """Who does which task when, what stays undone and why, and how far this is from the best at most.

    Parameters
    ----------
    status : "optimal" (no plan serves more weight), "feasible", "nothing_to_do" (no task in the period) or
        "infeasible" (locks contradict the rules or one another)
    value, bound : float, weight of the tasks served, each day of a repeated task counted, in thousandths; no
        plan serves more than ``bound``. NaN if infeasible
    preferences_met : bool, proven: each independent part, in the order of days and given those before it, has
        the fewest volunteers new to a repeated task, then the least load of whoever has most, then least walk
    outings : DataFrame, RangeIndex, sorted by date, volunteer and time; one row a volunteer sent
        ``task_id``, ``household_id``, ``date``, ``watcher_id``, ``leave_min``, ``start_min``, ``end_min``,
        ``return_min`` (int, minutes since midnight), ``walk_m`` (one way), ``is_familiar`` (bool: has done
        this task on an earlier day of the plan).
    unserved : DataFrame, RangeIndex: ``task_id``, ``household_id``, ``date``, ``weight``, ``reason``
        The first of UNSERVED that fits: the household is not known; fewer volunteers than are needed have the
        skill; fewer of these may know of the household (consent); fewer of these are within reach; fewer of
        these serve its district; fewer of these have hours at one time within the task's; or (``load``)
        enough could, but not beside what else they do, or for longer than they may.
    loads : DataFrame indexed by watcher_id, every volunteer: ``outings``, ``days`` (int), ``minutes`` (away
        from home), ``walk_m`` (both ways)
    contradictions : DataFrame ``task_id``, ``date``, ``watcher_id``, ``reason`` of locks: ``unknown`` (no
        such task on that day, or no such volunteer), ``cannot`` (not even alone), ``together``
    counts : dict of int
        ``tasks`` (that fall in the period), ``occurrences``, ``served``, ``unserved``,
        ``households_unserved``, ``volunteers``, ``volunteers_sent``, ``parts`` (solved apart).
    """

    status: str
    value: float
    bound: float
    preferences_met: bool
    outings: pd.DataFrame
    unserved: pd.DataFrame
    loads: pd.DataFrame
    contradictions: pd.DataFrame
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """Return the distance of value and bound as a share of the bound."""
        return relative_gap(self.value, self.bound)


def arrange_support(
    graph: WatchGraph,
    occurrences: pd.DataFrame,
    watchers: pd.DataFrame,
    *,
    rules: SupportRules = SupportRules(),
    locked: pd.DataFrame | None = None,
    progress: Progress | None = None,
) -> SupportPlan:
    """Arrange who does which task: most weight, then familiar volunteers, even loads, short walks.

    Reach, consent and district rules are those of ``graph``, also for the season and the day it stands for.

    Parameters
    ----------
    graph : WatchGraph
    occurrences : DataFrame of :func:`expand_tasks`; weights count to a thousandth
    watchers : DataFrame indexed by watcher_id
        ``skills`` (``snow;bulb``); optional ``available`` (``mon 09:00-12:00;sat 08:00-18:00``) and
        ``minutes_per_week`` (of all outings from Monday to Sunday, walks included).
    locked : DataFrame ``task_id``, ``date``, ``watcher_id``, optional: who must do what
    progress : callable taking tasks looked at and tasks in all; what it raises ends the work

    Raises
    ------
    FrameError
        Skills, hours or minutes cannot be read, or the locks lack a column.
    """
    work = occurrences.assign(weight=(occurrences["weight"] * THOUSANDTHS).round() / THOUSANDTHS)
    volunteers = read_volunteers(graph, watchers, rules)
    options, reason = find_options(graph, work, volunteers, rules)
    options = _prepare(options, work, volunteers, rules)
    options, contradictions = _lock(options, work, volunteers, locked)
    if len(contradictions):
        return _infeasible(work, volunteers, contradictions)
    parts = _part_numbers(options, len(work))
    solving = _solve_parts(options, work, volunteers, parts, rules)
    plans = list(_with_progress(solving, options, progress))
    broken = [rows for rows, plan in plans if plan.status == "infeasible"]
    if broken:
        torn = options.loc[np.concatenate(broken)]
        contradictions = _describe_locks(torn[torn["locked"]], work, volunteers, "together")
        return _infeasible(work, volunteers, contradictions)
    return _plan(options, work, volunteers, plans, reason)


def _prepare(
    options: pd.DataFrame, work: pd.DataFrame, volunteers: Volunteers, rules: SupportRules
) -> pd.DataFrame:
    """Add day and week numbers, and leave out outings longer than a volunteer may be away."""
    date = work["date"].to_numpy()[options["occurrence"]].astype("datetime64[D]").astype(np.int64)
    week = (date + 3) // 7  # day 0, 1 January 1970, was a Thursday
    limit = volunteers.people["minutes_per_week"].to_numpy()[options["watcher"]]
    fits = (options["minutes"] <= rules.minutes_per_day) & ~(options["minutes"] > limit)
    return options.assign(day=date, week=week, limited=~np.isnan(limit))[fits].reset_index(drop=True)


def _lock(
    options: pd.DataFrame, work: pd.DataFrame, volunteers: Volunteers, locked: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mark the options that are locked; return with them the locks that no option fits."""
    if locked is None:
        locked = pd.DataFrame(columns=_LOCK_COLUMNS)
    missing = [column for column in _LOCK_COLUMNS if column not in locked]
    if missing:
        raise FrameError(f"Expected locks with all columns, got none named {', '.join(missing)}. Add them.")
    wishes = locked[_LOCK_COLUMNS].drop_duplicates(ignore_index=True)
    keys = pd.MultiIndex.from_arrays([work["task_id"], work["date"]])
    days = pd.to_datetime(wishes["date"]).astype(work["date"].dtype)
    occurrence = keys.get_indexer(pd.MultiIndex.from_arrays([wishes["task_id"], days]))
    watcher = volunteers.people.index.get_indexer(wishes["watcher_id"])
    wished = pd.MultiIndex.from_arrays([occurrence, watcher])
    offered = pd.MultiIndex.from_frame(options[["occurrence", "watcher"]])
    unknown = (occurrence < 0) | (watcher < 0)
    reason = np.select([unknown, ~wished.isin(offered)], list(CONTRADICTIONS[:2]), default="")
    contradictions = wishes.assign(reason=reason.astype(object))[reason != ""].reset_index(drop=True)
    return options.assign(locked=offered.isin(wished)), contradictions


def _part_numbers(options: pd.DataFrame, length: int) -> np.ndarray:
    """Return the number of each task's part: tasks that share a volunteer's day or limited week are together.

    Numbered by the first task in them, so by date.
    """
    shared = np.where(options["limited"], -1 - options["week"], options["day"])
    keys = pd.MultiIndex.from_arrays([options["watcher"], shared])
    code, uniques = pd.factorize(keys)
    size = length + len(uniques)
    ends = (options["occurrence"].to_numpy(), length + code)
    links = sparse.coo_array((np.ones(len(options)), ends), shape=(size, size))
    _, label = csgraph.connected_components(links, directed=False)
    return pd.factorize(label[:length])[0]


def _with_progress(
    solving: Iterator[tuple[np.ndarray, PartPlan]], options: pd.DataFrame, progress: Progress | None
) -> Iterator[tuple[np.ndarray, PartPlan]]:
    total, done = options["occurrence"].nunique(), 0
    for rows, plan in solving:
        done += options["occurrence"].iloc[rows].nunique()
        if progress is not None:
            progress(done, total)
        yield rows, plan


def _solve_parts(
    options: pd.DataFrame, work: pd.DataFrame, volunteers: Volunteers, parts: np.ndarray, rules: SupportRules
) -> Iterator[tuple[np.ndarray, PartPlan]]:
    """Solve the parts in order; each knows who did a repeated task before, and everybody's load so far."""
    limits = volunteers.people["minutes_per_week"].to_numpy()
    task = np.where(work["is_repeated"], pd.factorize(work["task_id"])[0], -1)[options["occurrence"]]
    pair = np.where(task >= 0, task * len(limits) + options["watcher"].to_numpy(), -1)
    used, load = np.zeros(0, dtype=np.int64), np.zeros(len(limits), dtype=np.int64)
    of_part = pd.Series(parts[options["occurrence"]]).groupby(parts[options["occurrence"]]).indices
    for rows in of_part.values():
        mine = options.iloc[rows].assign(pair=np.where(np.isin(pair[rows], used), -1, pair[rows]))
        plan = solve_part(_as_part(mine, work, limits, load, rules.minutes_per_day), rules.effort)
        sent = rows[plan.chosen]
        used = np.union1d(used, pair[sent])
        np.add.at(load, options["watcher"].to_numpy()[sent], options["minutes"].to_numpy()[sent])
        yield rows, plan


def _as_part(
    options: pd.DataFrame, work: pd.DataFrame, limits: np.ndarray, load: np.ndarray, minutes_per_day: int
) -> Part:
    rows, local = np.unique(options["occurrence"], return_inverse=True)
    homes = work.iloc[rows]
    watchers = options["watcher"].unique().tolist()
    return Part(
        work=pd.DataFrame(
            {
                "people": homes["people"].to_numpy(),
                "weight": homes["weight"].to_numpy(),
                "first": homes["earliest_min"].to_numpy(),
                "last": (homes["latest_min"] - homes["minutes"]).to_numpy(),
            }
        ),
        options=options.assign(occurrence=local).reset_index(drop=True),
        minutes_per_day=minutes_per_day,
        minutes_per_week={w: int(limits[w]) for w in watchers if not np.isnan(limits[w])},
        carried={w: int(load[w]) for w in watchers},
    )


def _plan(
    options: pd.DataFrame,
    work: pd.DataFrame,
    volunteers: Volunteers,
    plans: list[tuple[np.ndarray, PartPlan]],
    reason: pd.Series,
) -> SupportPlan:
    start = np.zeros(len(work), dtype=np.int64)
    chosen = [np.empty(0, dtype=np.int64)]
    for rows, plan in plans:
        start[np.unique(options["occurrence"].to_numpy()[rows])] = plan.start
        chosen.append(rows[plan.chosen])
    sent = options.iloc[np.concatenate(chosen)]
    outings = _describe_outings(_begin_early(sent.assign(start=start[sent["occurrence"]])), work, volunteers)
    served = np.isin(np.arange(len(work)), sent["occurrence"])
    value = float(work["weight"].to_numpy()[served].sum())
    unserved = _describe_unserved(work, served, reason)
    proven = all(plan.status == "optimal" for _, plan in plans)
    bound = value if proven else sum(plan.bound for _, plan in plans)
    return SupportPlan(
        status="nothing_to_do" if not len(work) else "optimal" if proven else "feasible",
        value=value,
        bound=bound,
        preferences_met=all(plan.preferences_met for _, plan in plans),
        outings=outings,
        unserved=unserved,
        loads=_describe_loads(outings, volunteers),
        contradictions=_no_contradictions(),
        counts=_counts(work, outings, unserved, volunteers) | {"parts": len(plans)},
    )


def _begin_early(sent: pd.DataFrame) -> pd.DataFrame:
    """Begin each task as early as its order among the others allows; nobody ever begins later."""
    sent = sent.sort_values(["day", "start", "occurrence", "watcher"], ignore_index=True)
    ready: dict[tuple[int, int], int] = {}
    early = sent["start"].to_numpy().copy()
    for rows in sent.groupby(["day", "start", "occurrence"]).indices.values():
        group = sent.iloc[rows]
        people = list(zip(group["watcher"], group["day"], strict=True))
        free = [ready.get(key, 0) + walk for key, walk in zip(people, group["walk_min"], strict=True)]
        early[rows] = max(*free, group["first"].max())
        back = early[rows] + (group["minutes"] - group["walk_min"]).to_numpy()
        ready.update(zip(people, back.tolist(), strict=True))
    return sent.assign(start=early)


def _describe_outings(sent: pd.DataFrame, work: pd.DataFrame, volunteers: Volunteers) -> pd.DataFrame:
    task = work.iloc[sent["occurrence"]]
    work_min = sent["minutes"] - 2 * sent["walk_min"]
    outings = pd.DataFrame(
        {
            "task_id": task["task_id"].to_numpy(),
            "household_id": task["household_id"].to_numpy(),
            "date": task["date"].to_numpy(),
            "watcher_id": volunteers.people.index.to_numpy()[sent["watcher"]],
            "leave_min": sent["start"] - sent["walk_min"],
            "start_min": sent["start"],
            "end_min": sent["start"] + work_min,
            "return_min": sent["start"] + work_min + sent["walk_min"],
            "walk_m": sent["cost_m"],
        }
    )
    outings = outings.sort_values(["date", "watcher_id", "start_min"], ignore_index=True)
    return outings.assign(is_familiar=outings.duplicated(["task_id", "watcher_id"]))


def _describe_unserved(work: pd.DataFrame, served: np.ndarray, reason: pd.Series) -> pd.DataFrame:
    left = work.loc[~served, ["task_id", "household_id", "date", "weight"]]
    why = reason[~served].where(reason[~served].notna(), "load")
    return left.assign(reason=why.astype(object)).reset_index(drop=True)


def _describe_loads(outings: pd.DataFrame, volunteers: Volunteers) -> pd.DataFrame:
    away = outings.assign(minutes=outings["return_min"] - outings["leave_min"], walk_m=2 * outings["walk_m"])
    loads = away.groupby("watcher_id").agg(
        outings=("task_id", "size"),
        days=("date", "nunique"),
        minutes=("minutes", "sum"),
        walk_m=("walk_m", "sum"),
    )
    loads = loads.reindex(volunteers.people.index).fillna(0)
    return loads.astype({"outings": np.int64, "days": np.int64, "minutes": np.int64, "walk_m": float})


def _counts(
    work: pd.DataFrame, outings: pd.DataFrame, unserved: pd.DataFrame, volunteers: Volunteers
) -> dict[str, int]:
    return {
        "tasks": int(work["task_id"].nunique()),
        "occurrences": len(work),
        "served": len(outings[["task_id", "date"]].drop_duplicates()),
        "unserved": len(unserved),
        "households_unserved": int(unserved["household_id"].nunique()),
        "volunteers": len(volunteers.people),
        "volunteers_sent": int(outings["watcher_id"].nunique()),
    }


def _infeasible(work: pd.DataFrame, volunteers: Volunteers, contradictions: pd.DataFrame) -> SupportPlan:
    """Return a plan that sends nobody; nothing is called unserved, since nothing was decided."""
    nobody = pd.DataFrame(
        {name: np.empty(0, np.int64) for name in ("occurrence", "watcher", "start", "minutes")}
    )
    nobody = nobody.assign(walk_min=nobody["start"], cost_m=0.0)
    outings = _describe_outings(nobody, work, volunteers)
    undecided = _describe_unserved(work.iloc[:0], np.zeros(0, dtype=bool), pd.Series(dtype=object))
    return SupportPlan(
        status="infeasible",
        value=np.nan,
        bound=np.nan,
        preferences_met=False,
        outings=outings,
        unserved=undecided,
        loads=_describe_loads(outings, volunteers),
        contradictions=contradictions,
        counts=_counts(work, outings, undecided, volunteers) | {"parts": 0},
    )


def _describe_locks(
    locked: pd.DataFrame, work: pd.DataFrame, volunteers: Volunteers, reason: str
) -> pd.DataFrame:
    tasks = work.iloc[locked["occurrence"]]
    table = pd.DataFrame(
        {
            "task_id": tasks["task_id"].to_numpy(),
            "date": tasks["date"].to_numpy(),
            "watcher_id": volunteers.people.index.to_numpy()[locked["watcher"]],
            "reason": reason,
        }
    )
    return table.drop_duplicates(ignore_index=True)


def _no_contradictions() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in (*_LOCK_COLUMNS, "reason")})
