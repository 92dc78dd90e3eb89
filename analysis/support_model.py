"""One part of a support plan solved by constraint programming: who does which task when.

A part holds the tasks that share a volunteer's day, or a volunteer's week where the week is limited, so parts
do not touch one another. First the most weight is served, then the preferences are met as well as may be.

References
----------
Optional intervals and no-overlap: Laborie, Rogerie (2008), Reasoning with conditional time-intervals, FLAIRS.
Solver: OR-Tools CP-SAT, one worker and a limit in deterministic time, so that every run answers the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from ortools.sat.python import cp_model

from analysis.support_tasks import DAY_MINUTES

THOUSANDTHS = 1000  # weights count to a thousandth
SEED = 2025
PREFERENCE_SHARE = 0.5  # of the effort on a part goes again into the preferences

_PLANNED = (cp_model.OPTIMAL, cp_model.FEASIBLE)


@dataclass(frozen=True, eq=False)
class Part:
    """Tasks and the ways to do them; positions are those of the part.

    Parameters
    ----------
    work : DataFrame, one row an occurrence: ``people`` (int), ``weight`` (float), ``first``, ``last`` (int,
        minute to begin the work)
    options : DataFrame ``occurrence`` (row of ``work``), ``watcher``, ``day`` (int), ``first``, ``last``,
        ``minutes``, ``walk_min`` (int), ``pair`` (int, the number of the repeated task and volunteer where
        they are not yet used to each other, else -1), ``locked`` (bool: this volunteer must come)
    minutes_per_day : int
    minutes_per_week : dict of int by watcher; without an entry no limit
    carried : dict of int by watcher, minutes already planned in other parts
    """

    work: pd.DataFrame
    options: pd.DataFrame
    minutes_per_day: int
    minutes_per_week: dict[int, int]
    carried: dict[int, int]


@dataclass(frozen=True, eq=False)
class PartPlan:
    """The answer for one part.

    Parameters
    ----------
    status : "optimal" (the value is proven), "feasible" or "infeasible" (locks contradict each other)
    chosen : int array, rows of ``options``
    start : int array (of ``work``), minute at which work begins; without meaning where it is not served
    bound : float, weight no plan can pass
    preferences_met : bool, the preferences are proven to be met as well as can be with that value
    """

    status: str
    chosen: np.ndarray
    start: np.ndarray
    bound: float
    preferences_met: bool


@dataclass(frozen=True, eq=False)
class _Model:
    model: cp_model.CpModel
    taken: list[cp_model.IntVar]  # by option
    served: list[cp_model.IntVar]  # by occurrence
    start: list[cp_model.IntVar]


def solve_part(part: Part, effort: float) -> PartPlan:
    """Serve the most weight in one part, then prefer familiar volunteers, even loads and short walks.

    In this order: fewest volunteers new to a repeated task, least load of whoever has most, least walking.
    Among plans of equal weight more tasks are served. ``effort`` limits the search in deterministic seconds.
    """
    built = _build(part)
    gain = _gains(part.work)
    built.model.maximize(sum(factor * var for factor, var in zip(gain, built.served, strict=True)))
    solver, state = _solve(built.model, effort)
    if state == cp_model.INFEASIBLE:
        nothing = np.empty(0, dtype=np.int64)
        return PartPlan("infeasible", nothing, np.zeros(len(part.work), dtype=np.int64), 0.0, False)
    if state not in _PLANNED:  # cut short so early that the solver knows no bound either
        return _locks_only(part, built, bound=_as_weight(sum(gain), part.work))
    bound = _as_weight(solver.best_objective_bound, part.work)
    plan = _read(solver, built, "optimal" if state == cp_model.OPTIMAL else "feasible", bound)
    return _prefer(part, built, plan, effort * PREFERENCE_SHARE)


def _gains(work: pd.DataFrame) -> list[int]:
    """Return whole gains: the weight in thousandths first, then one for each task served."""
    weight = np.rint(work["weight"].to_numpy() * THOUSANDTHS).astype(np.int64)
    return (weight * (len(work) + 1) + 1).tolist()


def _as_weight(bound: float, work: pd.DataFrame) -> float:
    """Return the weight in a bound on the gains: what counts tasks only is less than a thousandth."""
    return (round(bound) // (len(work) + 1)) / THOUSANDTHS


def _build(part: Part) -> _Model:
    model = cp_model.CpModel()
    work, options = part.work, part.options
    start = [
        model.new_int_var(first, last, "")
        for first, last in zip(work["first"].tolist(), work["last"].tolist(), strict=True)
    ]
    served = [model.new_bool_var("") for _ in range(len(work))]
    taken = [model.new_bool_var("") for _ in range(len(options))]
    built = _Model(model, taken, served, start)
    people = work["people"].tolist()
    for row, mine in options.groupby("occurrence").indices.items():
        model.add(sum(taken[option] for option in mine) == people[row] * served[row])
    intervals = _add_times(part, built)
    _add_one_place_at_a_time(part, built, intervals)
    _add_limits(part, built)
    return built


def _add_times(part: Part, built: _Model) -> list[cp_model.IntervalVar]:
    """Let each outing taken begin within its times; return its time away from home."""
    intervals = []
    columns = ("occurrence", "first", "last", "walk_min", "minutes")
    for taken, row, first, last, walk, minutes in zip(
        built.taken, *(part.options[name].tolist() for name in columns), strict=True
    ):
        start = built.start[row]
        built.model.add(start >= first).only_enforce_if(taken)
        built.model.add(start <= last).only_enforce_if(taken)
        interval = built.model.new_optional_fixed_size_interval_var(start - walk, minutes, taken, "")
        intervals.append(interval)
    return intervals


def _add_one_place_at_a_time(part: Part, built: _Model, intervals: list[cp_model.IntervalVar]) -> None:
    """Keep each volunteer's outings of a day apart, and let nobody come twice to one task."""
    for rows in part.options.groupby(["watcher", "day"]).indices.values():
        if len(rows) > 1:
            built.model.add_no_overlap([intervals[option] for option in rows])
    for rows in part.options.groupby(["occurrence", "watcher"]).indices.values():
        pair = [built.taken[option] for option in rows]
        if part.options["locked"].iloc[rows].any():
            built.model.add_exactly_one(pair)
        elif len(pair) > 1:
            built.model.add_at_most_one(pair)


def _add_limits(part: Part, built: _Model) -> None:
    minutes = part.options["minutes"].tolist()
    for rows in part.options.groupby(["watcher", "day"]).indices.values():
        built.model.add(sum(minutes[row] * built.taken[row] for row in rows) <= part.minutes_per_day)
    for watcher, rows in part.options.groupby("watcher").indices.items():
        if watcher in part.minutes_per_week:
            load = sum(minutes[row] * built.taken[row] for row in rows)
            built.model.add(load <= part.minutes_per_week[watcher])


def _solve(model: cp_model.CpModel, effort: float) -> tuple[cp_model.CpSolver, int]:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = SEED
    solver.parameters.max_deterministic_time = effort
    solver.parameters.linearization_level = 2
    return solver, solver.solve(model)


def _read(solver: cp_model.CpSolver, built: _Model, status: str, bound: float) -> PartPlan:
    chosen = np.flatnonzero([solver.boolean_value(taken) for taken in built.taken])
    start = np.array([solver.value(var) for var in built.start], dtype=np.int64)
    return PartPlan(status, chosen, start, bound, False)


def _locks_only(part: Part, built: _Model, *, bound: float) -> PartPlan:
    """Return the plan that serves only what is locked: the search was cut short before it found any."""
    wanted = set(part.options.loc[part.options["locked"], "occurrence"])
    for row, served in enumerate(built.served):
        if row not in wanted:
            built.model.add(served == 0)
    built.model.clear_objective()
    solver, state = _solve(built.model, np.inf)
    status = "feasible" if state in _PLANNED else "infeasible"
    if status == "infeasible":
        return PartPlan(status, np.empty(0, dtype=np.int64), np.zeros(len(part.work), np.int64), 0.0, False)
    return _read(solver, built, status, bound)


def _prefer(part: Part, built: _Model, plan: PartPlan, effort: float) -> PartPlan:
    """Improve a plan in its preferences; what is served keeps its worth."""
    gain, served = _gains(part.work), _served(part, plan)
    worth = sum(np.array(gain, dtype=object)[served])
    built.model.add(sum(factor * var for factor, var in zip(gain, built.served, strict=True)) >= int(worth))
    chosen = set(plan.chosen.tolist())
    for option, taken in enumerate(built.taken):
        built.model.add_hint(taken, option in chosen)
    for row, start in enumerate(built.start):
        built.model.add_hint(start, int(plan.start[row]))
    built.model.minimize(_dislikes(part, built))
    solver, state = _solve(built.model, effort)
    if state not in _PLANNED:
        return plan
    better = _read(solver, built, plan.status, plan.bound)
    return PartPlan(better.status, better.chosen, better.start, better.bound, state == cp_model.OPTIMAL)


def _served(part: Part, plan: PartPlan) -> np.ndarray:
    return np.unique(part.options["occurrence"].to_numpy()[plan.chosen])


def _dislikes(part: Part, built: _Model) -> cp_model.LinearExpr:
    """Return one whole number in which the earlier preference always outweighs the later ones."""
    model, options = built.model, part.options
    strangers = []
    for pair, rows in options[options["pair"] >= 0].reset_index().groupby("pair")["index"]:
        met = model.new_bool_var(f"pair {pair}")
        for row in rows:
            model.add_implication(built.taken[row], met)
        strangers.append(met)
    minutes = options["minutes"].tolist()
    most = max(part.carried.values(), default=0) + sum(minutes)
    heaviest = model.new_int_var(0, most, "heaviest load")
    for watcher, rows in options.groupby("watcher").indices.items():
        load = sum(minutes[row] * built.taken[row] for row in rows)
        model.add(heaviest >= load + part.carried.get(watcher, 0))
    walk = options["walk_min"].tolist()
    longest = min(sum(walk), int(part.work["people"].sum()) * DAY_MINUTES) + 1
    walked = sum(way * taken for way, taken in zip(walk, built.taken, strict=True))
    return (sum(strangers) * (most + 1) + heaviest) * longest + walked
