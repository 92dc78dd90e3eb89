"""Which backups and successors to name before terms end and high ages are reached.

**Backups.** For each household whose main watcher leaves by the last day looked at: one watcher who is still
in office after that day, of another organisation, allowed, and with room for the household's whole need (the
reading of "backed up" in ``analysis.coverage``), so all of a household or nothing. Room is used once: a
household that has begun to lean on a watcher is never given back within the time looked at (cautious, since
nobody knows when a successor will be named). So the last day bears the largest load, its room says all, and
the days before need no network of their own.

**Successors.** For each post that ends, one watcher who stays (``analysis.successors``). Both parts look at
the room of today, and are not added together: a backup bridges until the successor is there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.coverage import Coverage, carrying_pairs
from analysis.errors import FrameError, ParameterError
from analysis.forecast import next_re_election
from analysis.frames import VISITS_PER_YEAR
from analysis.succession import succession_list
from analysis.successors import match_successors
from analysis.visit_orders import RANK_M, weight_of
from analysis.watch_graph import WatchGraph
from analysis.whole_visits import WholePlan, WholeProblem, solve_whole

WHYS = ("nobody_near", "same_organisation", "leaves_too", "no_room", "room_taken")
LEAVING = ("both", "term", "age")  # reasons of the succession list with a day
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class SuccessionPlan:
    """Backups and successors to name, by the day they are needed.

    Parameters
    ----------
    status : "optimal" (both parts proven), "feasible" (the backups are a plan with an open gap) or
        "nothing_to_do" (nobody leaves)
    until : the last day looked at
    backups : DataFrame, RangeIndex, by date; ``date`` (first day without the main watcher), ``household_id``,
        ``watcher_id`` (who leaves), ``backup_id``, ``action`` ("keep": it could carry on alone already, or
        "name"), ``visits_per_month`` (the household's need), ``cost_m`` (one walk), ``backup_leaves``
        (datetime: first day without the backup, NaT: not by ``until``)
    uncovered : DataFrame, the same first three columns, ``visits_per_month``, ``why``, the first that holds:
        ``nobody_near`` (no other allowed watcher within reach), ``same_organisation`` (only such),
        ``leaves_too`` (all others by the same day), ``no_room`` (none has room, even alone), ``room_taken``
        (some have, but others need it)
    by_date : DataFrame indexed by date: ``watchers`` leaving, ``households``, ``with_backup``, ``uncovered``
        (int, households), ``weighted_visits`` and ``weighted_visits_with_backup`` (a year)
    value, bound, asked : float, weighted visits a year (need) of the households given a backup, the most any
        plan can give one, and of all that need one
    successors : DataFrame as ``successors.match_successors`` gives it
    successors_value, successors_bound : int, households taken over by all successors; always equal: an exact
        matching
    """

    status: str
    until: dt.date
    backups: pd.DataFrame
    uncovered: pd.DataFrame
    by_date: pd.DataFrame
    value: float
    bound: float
    asked: float
    successors: pd.DataFrame
    successors_value: int
    successors_bound: int

    @property
    def gap(self) -> float:
        """Return how far the backups can be below the most possible, as a share of the bound."""
        return 0.0 if self.bound <= 0 else (self.bound - self.value) / self.bound


def plan_succession(
    graph: WatchGraph,
    coverage: Coverage,
    *,
    until: dt.date | None = None,
    candidates: Iterable[str] | None = None,
) -> SuccessionPlan:
    """Plan backups and successors for everybody who leaves by ``until``, by the rules of this module.

    Backups: the most weighted visits, then backups that stand already and stay, then those that stay, then
    short walks. Successors: the most households, then short walks.

    Parameters
    ----------
    until : date; None: the next re-election day, and without one the situation's horizon
    candidates : watchers who may follow; None: all active watchers in office who stay

    Raises
    ------
    ParameterError
        Candidates who are not active watchers in office, or who leave by ``until`` themselves.
    FrameError
        Graph and coverage do not hold the same households.
    """
    if not graph.households.index.equals(coverage.households.index):
        raise FrameError(
            "Expected graph and coverage of the same households, got others. Assess the graph again."
        )
    until = until or next_re_election(graph)
    until = until or graph.situation.date + dt.timedelta(days=graph.situation.horizon_days)
    listed = succession_list(graph, coverage, until=until)
    posts = listed[listed["reason"].isin(LEAVING)]
    case = _ask(graph, coverage, _leaving_days(graph, posts))
    problem = _build_problem(case)
    plan = solve_whole(problem)
    backups = _list_backups(case, plan)
    successors = match_successors(graph, posts, _candidates(case, candidates))
    taken = int(successors["households_taken"].sum())
    return SuccessionPlan(
        status=_status(posts, plan),
        until=until,
        backups=backups,
        uncovered=_list_uncovered(case, problem, plan),
        by_date=_by_date(case, posts, backups),
        value=plan.value / 100,
        bound=plan.bound / 100,
        asked=float(weight_of(graph)[case.asking["household"]] @ case.asking["need"].to_numpy()) / 100,
        successors=successors,
        successors_value=taken,
        successors_bound=taken,
    )


def _leaving_days(graph: WatchGraph, posts: pd.DataFrame) -> np.ndarray:
    """Return the first day (days since 1970, int64) without each watcher, ``_NEVER`` of who stays."""
    days = np.full(len(graph.watchers), _NEVER)
    first = posts["needed_by"].to_numpy().astype("datetime64[D]").astype(np.int64)
    days[graph.watchers.index.get_indexer(posts.index)] = first
    return days


@dataclass(frozen=True, eq=False)
class _Case:
    """Who asks for a backup, and which links are left by each test.

    ``leaves``: int (W,), first day without each watcher. ``asking``: ``household``, ``main`` (positions),
    ``need``, ``day``, by household. ``left``: by reason the links (bool (L,)) that pass its test and those
    before. ``rows``: those that pass all. ``standing``: which of these could carry the household on already.
    """

    graph: WatchGraph
    leaves: np.ndarray
    asking: pd.DataFrame
    left: dict[str, np.ndarray]
    rows: np.ndarray
    standing: np.ndarray


def _ask(graph: WatchGraph, coverage: Coverage, leaves: np.ndarray) -> _Case:
    main = coverage.households["main_watcher"].to_numpy()
    need = graph.households["need_visits"].to_numpy()
    homes = np.flatnonzero((main >= 0) & (need > 0) & (np.append(leaves, _NEVER)[main] < _NEVER))
    asking = pd.DataFrame(
        {"household": homes, "main": main[homes], "need": need[homes], "day": leaves[main[homes]]}
    )
    left = _test_links(graph, main, leaves, homes)
    rows = np.flatnonzero(left["no_room"])
    carrying, width = carrying_pairs(graph, main), len(graph.watchers)
    keys = graph.links["household"].to_numpy()[rows] * width + graph.links["watcher"].to_numpy()[rows]
    standing = np.isin(keys, carrying["household"].to_numpy() * width + carrying["watcher"].to_numpy())
    return _Case(graph, leaves, asking, left, rows, standing)


def _test_links(
    graph: WatchGraph, main: np.ndarray, leaves: np.ndarray, homes: np.ndarray
) -> dict[str, np.ndarray]:
    """Return ``_Case.left`` for the households at ``homes`` (positions)."""
    links = graph.links
    household, watcher = links["household"].to_numpy(), links["watcher"].to_numpy()
    main = main[household]
    organisation = graph.watchers["organisation_code"].to_numpy()
    asks = np.zeros(len(graph.households), dtype=bool)
    asks[homes] = True
    could_make = graph.watchers["room_visits"].to_numpy()[watcher] + links["delivered_visits"].to_numpy()
    tests = {
        "nobody_near": asks[household] & links["allowed"].to_numpy(dtype=bool) & (watcher != main),
        "same_organisation": organisation[watcher] != organisation[main],
        "leaves_too": leaves[watcher] > leaves[main],
        "no_room": could_make >= graph.households["need_visits"].to_numpy()[household],
    }
    return dict(zip(tests, np.logical_and.accumulate(list(tests.values())), strict=True))


def _build_problem(case: _Case) -> WholeProblem:
    graph, asking = case.graph, case.asking
    links = graph.links.iloc[case.rows]
    household, watcher = links["household"].to_numpy(), links["watcher"].to_numpy()
    rank = np.where(case.leaves[watcher] < _NEVER, 2, 0) + ~case.standing
    need = graph.households["need_visits"].to_numpy()[household]
    return WholeProblem(
        need=asking["need"].to_numpy(),
        weight=weight_of(graph)[asking["household"]],
        room=graph.watchers["room_visits"].to_numpy(),
        household=np.searchsorted(asking["household"], household),
        watcher=watcher,
        size=need - links["delivered_visits"].to_numpy(),
        cost_dm=np.rint(10 * (links["cost_m"].to_numpy() + RANK_M * rank)).astype(np.int64),
    )


def _status(posts: pd.DataFrame, plan: WholePlan) -> str:
    if posts.empty:
        return "nothing_to_do"
    return "optimal" if plan.value == plan.bound else "feasible"


def _list_backups(case: _Case, plan: WholePlan) -> pd.DataFrame:
    links = case.graph.links.iloc[case.rows[plan.chosen]]
    backup = links["watcher"].to_numpy()
    table = _describe(case, np.searchsorted(case.asking["household"], links["household"])).assign(
        backup_id=case.graph.watchers.index.to_numpy(dtype=object)[backup],
        action=np.where(case.standing[plan.chosen], "keep", "name").astype(object),
        cost_m=links["cost_m"].to_numpy(),
        backup_leaves=_as_days(case.leaves[backup]),
    )
    columns = ["date", "household_id", "watcher_id", "backup_id", "action", "visits_per_month", "cost_m"]
    return _by_day(table[[*columns, "backup_leaves"]])


def _list_uncovered(case: _Case, problem: WholeProblem, plan: WholePlan) -> pd.DataFrame:
    covered = np.bincount(problem.household[plan.chosen], minlength=len(case.asking)) > 0
    without = np.flatnonzero(~covered)
    homes = case.asking["household"].to_numpy()[without]
    household, length = case.graph.links["household"].to_numpy(), len(case.graph.households)
    nobody = [np.bincount(household[links], minlength=length)[homes] == 0 for links in case.left.values()]
    why = np.select(nobody, list(case.left), default="room_taken").astype(object)
    columns = ["date", "household_id", "watcher_id", "visits_per_month", "why"]
    return _by_day(_describe(case, without).assign(why=why)[columns])


def _describe(case: _Case, places: np.ndarray) -> pd.DataFrame:
    """Return day, ids and need of the asking households at ``places``."""
    asking = case.asking.iloc[places]
    return pd.DataFrame(
        {
            "date": _as_days(asking["day"].to_numpy()),
            "household_id": case.graph.households.index.to_numpy(dtype=object)[asking["household"]],
            "watcher_id": case.graph.watchers.index.to_numpy(dtype=object)[asking["main"]],
            "visits_per_month": asking["need"].to_numpy() / VISITS_PER_YEAR,
        }
    )


def _by_day(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["date", "watcher_id", "household_id"], ignore_index=True)


def _as_days(days: np.ndarray) -> np.ndarray:
    """Return datetimes of days since 1970, NaT of ``_NEVER``."""
    never = days == _NEVER
    dates = np.where(never, 0, days).astype("datetime64[D]").astype("datetime64[s]")
    return np.where(never, np.datetime64("NaT", "s"), dates)


def _by_date(case: _Case, posts: pd.DataFrame, backups: pd.DataFrame) -> pd.DataFrame:
    homes = case.asking["household"].to_numpy()
    worth = weight_of(case.graph)[homes] * case.asking["need"].to_numpy() / 100
    has = case.graph.households.index[homes].isin(backups["household_id"])
    counts = pd.DataFrame(
        {
            "households": np.ones(len(homes), np.int64),
            "with_backup": has.astype(np.int64),
            "uncovered": (~has).astype(np.int64),
            "weighted_visits": worth,
            "weighted_visits_with_backup": np.where(has, worth, 0.0),
        }
    )
    people = posts.groupby("needed_by").size().rename("watchers")
    table = pd.concat([people, counts.groupby(_as_days(case.asking["day"].to_numpy())).sum()], axis=1)
    whole = dict.fromkeys(("watchers", "households", "with_backup", "uncovered"), np.int64)
    return table.fillna(0).astype(whole).sort_index().rename_axis("date")


def _candidates(case: _Case, given: Iterable[str] | None) -> np.ndarray:
    """Return a bool per watcher: may follow somebody."""
    watchers = case.graph.watchers
    stays = (watchers["is_active"] & watchers["in_office"]).to_numpy() & (case.leaves == _NEVER)
    if given is None:
        return stays
    ids = pd.Index(list(given), dtype=object)
    wrong = ids[~ids.isin(watchers.index[stays])]
    if len(wrong):
        first = ", ".join(map(str, wrong[:5]))
        raise ParameterError(
            f"Expected candidates who are active watchers in office and stay, got others: {first}. "
            "Leave them out."
        )
    return watchers.index.isin(ids)
