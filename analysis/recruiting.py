"""Where new watchers would help most: how many of a kind, at which places, with the best any could reach.

References
----------
Church, R. and ReVelle, C. (1974). The maximal covering location problem; with capacities Pirkul, H. and
Schilling, D. (1991). The capacitated maximal covering location problem with backup service. Hogan, K. and
ReVelle, C. (1986). Concepts and applications of backup coverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import ParameterError
from analysis.frames import VISITS_PER_YEAR
from analysis.openings import OpeningPlan, Openings, choose_actions, curve, least_walk_visits
from analysis.openings_merge import merge_households
from analysis.openings_search import build_space, order_taken
from analysis.recruit_problem import RecruitProblem

MEASURES = ("weighted_visits", "households")
MISSED = ("out_of_reach", "no_consent", "other_district", "not_chosen", "no_room")
CHOSEN_COLUMNS = (
    "candidate_id",
    "district",
    "households_gained",
    "visits_gained",
    "weighted_visits_gained",
    "households_visited",
    "visits",
    "walk_m",
    "backups",
)
GAINS_TOLD = 50  # candidates of a plan whose gain one after the other is told: each is a flow of its own
VISIT_COLUMNS = ("household_id", "watcher_id", "is_recruit", "visits_per_month", "cost_m")


@dataclass(frozen=True, eq=False)
class RecruitPlan:
    """Which candidates to recruit.

    Parameters
    ----------
    status : "optimal", "feasible" or "nothing_to_do", as for ``OpeningPlan``
    measure : one of MEASURES, what was to be made large
    chosen : DataFrame, RangeIndex, in the order of what each adds to those before it
        ``candidate_id``, ``district``, ``households_gained`` (watched in full with it, not before it; may be
        below 0 where visits pass from many to fewer), ``visits_gained``, ``weighted_visits_gained`` (a year;
        gains are missing after the first ``GAINS_TOLD``); of the whole plan: ``households_visited``,
        ``visits`` (a year), ``walk_m`` (a year, one way), ``backups`` (households it keeps room for as the
        second watcher)
    visits : DataFrame, RangeIndex; ``household_id``, ``watcher_id`` (of a watcher, or the candidate's id),
        ``is_recruit``, ``visits_per_month``, ``cost_m`` (one walk): the visits added to those that stay
    before, without, after : dict, today, with the room of the watchers there are but no recruit, and with the
        plan; ``households``, ``watched``, ``missed`` (households), ``missing_visits``,
        ``weighted_visits`` (a year, all of the city), ``weighted_need`` (a year)
    value, bound : float, added to what stays, of what was to be made large: weighted visits a year, or
        households where a part of the missing visits counts as that part; with backups their smaller weight
        included. No choice of as many candidates reaches more than ``bound``
    backed_up : int, households that get a second watcher
    missed : Series of int indexed by MISSED: households still missing visits, by what bars them
    """

    status: str
    measure: str
    chosen: pd.DataFrame
    visits: pd.DataFrame
    before: dict[str, float]
    without: dict[str, float]
    after: dict[str, float]
    value: float
    bound: float
    backed_up: int
    missed: pd.Series

    @property
    def gap(self) -> float:
        """Return how far the plan is at most from the best possible: (bound - value) / bound, 0 at 0."""
        return (self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def recruit_best(
    problem: RecruitProblem, count: int, *, measure: str = "weighted_visits", seed: int = 0
) -> RecruitPlan:
    """Choose the candidates, at most ``count``, that bring most; ties by fewer recruits, then less walk.

    Parameters
    ----------
    problem : RecruitProblem
    count : int, at least 0
    measure : "weighted_visits", or "households" (each counts as one, however many visits it misses)
    seed : int

    Raises
    ------
    ParameterError
        A negative count or an unknown measure.
    """
    openings = openings_for(problem, measure)
    return describe_plan(problem, openings, choose_actions(openings, count=count, seed=seed), measure)


def recruit_curve(
    problem: RecruitProblem, counts: np.ndarray, *, measure: str = "weighted_visits", seed: int = 0
) -> pd.DataFrame:
    """Return what each number of recruits brings: the plan, its bound, and the households watched.

    Parameters
    ----------
    counts : rising int array, at least 0

    Returns
    -------
    DataFrame, one row a count
        ``count``, ``recruits`` (chosen: fewer where more bring nothing), ``value``, ``bound``, ``gap`` (as in
        ``RecruitPlan``), ``watched`` (households), ``share_households``, ``share_weighted`` (of the need of
        the whole city), ``candidate_ids`` (tuple), ``status``.

    Raises
    ------
    ParameterError
        Falling or negative counts, or an unknown measure.
    """
    openings = openings_for(problem, measure)
    rows = curve(openings, counts=np.asarray(counts), seed=seed)
    taken = [mask_of(openings, positions) for positions in rows["taken"]]
    tallies = [tally_with(problem, least_walk_visits(openings, mask)) for mask in taken]
    ids = problem.candidates.index
    return pd.DataFrame(
        {
            "count": rows["count"],
            "recruits": rows["actions"],
            **{name: rows[name] for name in ("value", "bound", "gap")},
            "watched": [int(tally["watched"]) for tally in tallies],
            "share_households": [share_of(tally, "households") for tally in tallies],
            "share_weighted": [share_of(tally, "weighted_visits") for tally in tallies],
            "candidate_ids": [tuple(ids[list(positions)]) for positions in rows["taken"]],
            "status": rows["status"],
        }
    )


def openings_for(problem: RecruitProblem, measure: str) -> Openings:
    if measure not in MEASURES:
        raise ParameterError(f"Expected measure {' or '.join(MEASURES)}, got {measure!r}. Choose one.")
    return problem.openings if measure == "weighted_visits" else problem.by_households()


def mask_of(openings: Openings, positions: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(len(openings.cost), dtype=bool)
    mask[list(positions)] = True
    return mask


def describe_plan(
    problem: RecruitProblem, openings: Openings, plan: OpeningPlan, measure: str
) -> RecruitPlan:
    first = openings.household < len(problem.start.missing)
    visits = np.where(first, plan.visits, 0)
    return RecruitPlan(
        status=plan.status,
        measure=measure,
        chosen=_chosen(problem, openings, plan),
        visits=_list_visits(problem, openings, visits),
        before=tally_with(problem, np.zeros_like(visits)),
        without=tally_with(problem, least_walk_visits(openings, np.zeros(len(plan.taken), dtype=bool))),
        after=tally_with(problem, visits),
        value=plan.value,
        bound=plan.bound,
        backed_up=int(_backups(problem, openings, plan.visits).sum()),
        missed=_missed(problem, openings, plan),
    )


def tally_with(problem: RecruitProblem, visits: np.ndarray) -> dict[str, float]:
    """Count the city's households with the new visits (L,); second asks are left out."""
    homes, start = problem.graph.households, problem.start
    got = np.bincount(problem.openings.household, weights=visits, minlength=len(problem.openings.need))
    missing = start.missing - got[: len(start.missing)].astype(np.int64)
    need, weight = homes["need_visits"].to_numpy(), homes["weight"].to_numpy(dtype=float)
    return {
        "households": len(homes),
        "watched": int((missing == 0).sum()),
        "missed": int((missing > 0).sum()),
        "missing_visits": int(missing.sum()),
        "weighted_visits": float((need - missing) @ weight),
        "weighted_need": float(need @ weight),
    }


def share_of(tally: dict[str, float], measure: str) -> float:
    """Return the share reached; 1 of nothing."""
    part, whole = (
        ("watched", "households") if measure == "households" else ("weighted_visits", "weighted_need")
    )
    return tally[part] / tally[whole] if tally[whole] else 1.0


def _chosen(problem: RecruitProblem, openings: Openings, plan: OpeningPlan) -> pd.DataFrame:
    """Return the candidates taken, in the order of what each adds."""
    order = np.array(order_taken(build_space(merge_households(openings)), plan.taken), dtype=np.int64)
    gained = _gained(problem, openings, order)
    first = openings.household < len(problem.start.missing)
    taker = openings.actions[:, 0]
    backups = _backups(problem, openings, plan.visits)

    def by_candidate(amounts: np.ndarray) -> np.ndarray:
        used = taker >= 0
        return np.bincount(taker[used], weights=amounts[used], minlength=len(plan.taken))[order]

    ids = problem.candidates.index
    return pd.DataFrame(
        {
            "candidate_id": ids[order].to_numpy(dtype=object),
            "district": problem.candidates["district"].to_numpy(dtype=object)[order],
            "households_gained": gained["watched"].astype("Int64"),
            "visits_gained": -gained["missing_visits"].astype("Int64"),
            "weighted_visits_gained": gained["weighted_visits"].astype(float),
            "households_visited": by_candidate(first & (plan.visits > 0)).astype(np.int64),
            "visits": by_candidate(np.where(first, plan.visits, 0)).astype(np.int64),
            "walk_m": by_candidate(np.where(first, plan.visits * openings.cost_m, 0.0)),
            "backups": by_candidate(backups).astype(np.int64),
        },
        columns=list(CHOSEN_COLUMNS),
    )


def _gained(problem: RecruitProblem, openings: Openings, order: np.ndarray) -> pd.DataFrame:
    """Return what each candidate of ``order`` adds to the counts of :func:`tally_with`."""
    told = min(len(order), GAINS_TOLD)
    steps = [
        tally_with(problem, least_walk_visits(openings, mask_of(openings, tuple(order[:count]))))
        for count in range(told + 1)
    ]
    return pd.DataFrame(steps).diff().iloc[1:].reset_index(drop=True).reindex(range(len(order)))


def _backups(problem: RecruitProblem, openings: Openings, visits: np.ndarray) -> np.ndarray:
    """Return which links (L,) keep room for a whole second ask: one candidate could carry on alone."""
    second = openings.household >= len(problem.start.missing)
    return second & (visits > 0) & (visits == openings.need[openings.household])


def _list_visits(problem: RecruitProblem, openings: Openings, visits: np.ndarray) -> pd.DataFrame:
    link = np.flatnonzero(visits)
    link = link[np.lexsort((openings.watcher[link], openings.household[link]))]
    names = np.concatenate([problem.graph.watchers.index.to_numpy(), problem.candidates.index.to_numpy()])
    return pd.DataFrame(
        {
            "household_id": problem.graph.households.index.to_numpy()[openings.household[link]],
            "watcher_id": names[openings.watcher[link]],
            "is_recruit": openings.actions[link, 0] >= 0,
            "visits_per_month": visits[link] / VISITS_PER_YEAR,
            "cost_m": openings.cost_m[link],
        },
        columns=list(VISIT_COLUMNS),
    )


def _missed(problem: RecruitProblem, openings: Openings, plan: OpeningPlan) -> pd.Series:
    """Count the households still missing visits by what bars them."""
    homes = len(problem.start.missing)
    got = np.bincount(openings.household, weights=plan.visits, minlength=len(openings.need))[:homes]
    short = problem.start.missing > got
    chosen = plan.taken[openings.actions[:, 0]] & (openings.actions[:, 0] >= 0)
    near = np.bincount(openings.household, weights=chosen, minlength=len(openings.need))[:homes] > 0
    reason = np.where(near, "no_room", "not_chosen").astype(object)
    reason = np.where(problem.obstacle == "none", reason, problem.obstacle)
    counts = pd.Series(reason[short], dtype=object).value_counts()
    return counts.reindex(list(MISSED), fill_value=0).astype(np.int64).rename("households")
