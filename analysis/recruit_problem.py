"""The recruiting question as openings: what candidates could add beside the watchers there are.

Watchers in office use the room they have left, in the same optimum; what they do already stays. A candidate
is a watcher that stands at a place and is taken or not: one action. Where backups are asked for, a household
watched without one is asked for a second time, by candidates only, at a smaller weight: the room for it is
kept free for that household alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.coverage import Coverage
from analysis.errors import FrameError, ParameterError
from analysis.frames import ACTIVE_KINDS, VISITS_PER_YEAR
from analysis.links import pairs_within_reach, texts
from analysis.openings_model import NO_ACTION, Openings
from analysis.remedies import LEAST_WEIGHT, Start, start_from
from analysis.walking import WalkingCosts
from analysis.watch_graph import WatchGraph

OBSTACLES = ("out_of_reach", "no_consent", "other_district", "none")  # of a household, for all candidates


@dataclass(frozen=True)
class RecruitKind:
    """What one new watcher of a kind gives (every number assumed, to be changed by the caller).

    Parameters
    ----------
    kind : one of the active kinds; the sharing rules say which households it may know of
    visits_per_month : float, above 0; capacity
    reach_m : float, above 0; the farthest walk
    own_district : bool, whether it serves only the community district it stands in

    Raises
    ------
    ParameterError
        An unknown kind, or numbers out of range.
    """

    kind: str
    visits_per_month: float
    reach_m: float
    own_district: bool = True

    def __post_init__(self) -> None:
        """Raise ParameterError naming every value out of range."""
        faults = []
        if self.kind not in ACTIVE_KINDS:
            faults.append(f"Expected kind {', '.join(ACTIVE_KINDS)}, got {self.kind!r}. Choose one.")
        if not (self.visits_per_month > 0 and np.isfinite(self.visits_per_month)):
            faults.append(f"Expected visits_per_month > 0, got {self.visits_per_month}. Correct it.")
        if not (self.reach_m > 0 and np.isfinite(self.reach_m)):
            faults.append(f"Expected reach_m > 0, got {self.reach_m}. Correct it.")
        if faults:
            raise ParameterError(" ".join(faults))


# Assumed, but for the commissioner's visits: 161 a year, national mean of fiscal year 2016.
RECRUIT_KINDS = {
    recruit.kind: recruit
    for recruit in (
        RecruitKind("welfare_commissioner", 13.0, 800.0),
        RecruitKind("community_promoter", 4.0, 500.0),
        RecruitKind("neighbour", 1.5, 150.0),
        RecruitKind("casual_volunteer", 2.0, 450.0),
        RecruitKind("student", 3.0, 1_000.0, own_district=False),
        RecruitKind("npo", 30.0, 1_250.0, own_district=False),
        RecruitKind("company", 17.0, 950.0, own_district=False),
    )
}


@dataclass(frozen=True, eq=False)
class RecruitProblem:
    """The openings of one recruiting question and what they mean; H households of the graph, C candidates.

    Parameters
    ----------
    graph : WatchGraph
    start : Start, what is done already and stays
    kind : RecruitKind
    candidates : DataFrame indexed by candidate_id, column ``district`` (C rows); action and candidate are one
    openings : Openings; households those of the graph, then once more those asked a backup for; watchers
        those of the graph, then the candidates
    backup_of : int (B,), household positions of the second ask
    obstacle : object (H,), one of OBSTACLES: what bars all candidates from a household that misses visits
    """

    graph: WatchGraph
    start: Start
    kind: RecruitKind
    candidates: pd.DataFrame
    openings: Openings
    backup_of: np.ndarray
    obstacle: np.ndarray

    def by_households(self) -> Openings:
        """Return the openings when each household counts as one, however many visits it misses."""
        need = np.maximum(self.openings.need, 1)
        share = np.append(np.ones(len(self.start.missing)), self._backup_share())
        return replace(self.openings, weight=share / need)

    def _backup_share(self) -> np.ndarray:
        """Return the weight of a backup beside that of a first watcher (B,)."""
        weight, homes = self.openings.weight, len(self.start.missing)
        return weight[homes:] / weight[self.backup_of]


def build_recruit_problem(
    graph: WatchGraph,
    candidates: pd.DataFrame,
    costs: WalkingCosts,
    *,
    kind: RecruitKind,
    visits: np.ndarray | None = None,
) -> RecruitProblem:
    """Ask where new watchers of one kind would help.

    A household at exactly the reach is within it. Without consent for the kind a household is not served.

    Parameters
    ----------
    graph : WatchGraph
    candidates : DataFrame indexed by ``candidate_id``, column ``district`` (None: in no district; such a
        candidate serves nobody where the kind serves its own district only)
    costs : WalkingCosts whose watchers are the candidates, measured up to the kind's reach or farther
    kind : RecruitKind
    visits : int (L,), optional; visits a year over the links of the graph that stay. None: those delivered
        today

    Raises
    ------
    FrameError
        Candidates without their index or column, repeated, or without walking costs.
    ParameterError
        Visits that do not fit the graph.
    """
    _check_candidates(graph, candidates, costs)
    start = start_from(graph, visits)
    pairs, reached = _pairs(graph, candidates, costs, kind)
    missing = start.missing[pairs["household"]] > 0
    own, new = _own_links(graph, start), pairs[missing & pairs["allowed"]]
    openings = Openings(
        need=start.missing,
        weight=np.maximum(graph.households["weight"].to_numpy(dtype=float), LEAST_WEIGHT),
        capacity=np.concatenate([start.room, np.full(len(candidates), _capacity(kind))]),
        household=np.concatenate([own["household"], new["household"]]).astype(np.int64),
        watcher=np.concatenate([own["watcher"], len(graph.watchers) + new["candidate"]]).astype(np.int64),
        cost_m=np.concatenate([own["cost_m"], new["cost_m"]]),
        actions=_actions(len(own), new["candidate"].to_numpy()),
        cost=np.zeros(len(candidates)),
        kind=np.full(len(candidates), kind.kind, dtype=object),
    )
    nobody = np.empty(0, dtype=np.int64)
    return RecruitProblem(graph, start, kind, candidates, openings, nobody, _obstacles(pairs, reached, start))


def with_backups(
    problem: RecruitProblem, coverage: Coverage, costs: WalkingCosts, *, weight: float
) -> RecruitProblem:
    """Return the question with a second watcher asked for each household watched by one side only.

    Asked are households watched today that are not backed up. A recruit counts as an organisation of its own.
    Only candidates are asked: whether watchers in office could be backups is another question.

    Parameters
    ----------
    coverage : of the same graph
    costs : WalkingCosts of the candidates
    weight : float, above 0 and below 1; a backup beside a first watcher. First watchers always come first
        where it is below the smallest weight of a household as a share of the largest

    Raises
    ------
    ParameterError
        ``weight`` outside its range.
    """
    if not 0 < weight < 1:
        raise ParameterError(f"Expected a weight of backups above 0 and below 1, got {weight}. Correct it.")
    graph, openings = problem.graph, problem.openings
    homes = coverage.households
    alone = (homes["status"] == "watched") & ~homes["backed_up"] & (homes["main_watcher"] >= 0)
    alone = alone.to_numpy() & (problem.start.missing == 0)
    backup_of = np.flatnonzero(alone)
    pairs, _ = _pairs(graph, problem.candidates, costs, problem.kind)
    pairs = pairs[pairs["allowed"] & alone[pairs["household"]]]
    again = len(alone) + np.searchsorted(backup_of, pairs["household"])
    asked = replace(
        openings,
        need=np.concatenate([openings.need, graph.households["need_visits"].to_numpy()[backup_of]]),
        weight=np.concatenate([openings.weight, openings.weight[backup_of] * weight]),
        household=np.concatenate([openings.household, again]),
        watcher=np.concatenate([openings.watcher, len(graph.watchers) + pairs["candidate"]]),
        cost_m=np.concatenate([openings.cost_m, pairs["cost_m"]]),
        actions=np.concatenate([openings.actions, _actions(0, pairs["candidate"].to_numpy())]),
    )
    return replace(problem, openings=asked, backup_of=backup_of)


def _check_candidates(graph: WatchGraph, candidates: pd.DataFrame, costs: WalkingCosts) -> None:
    faults = []
    if candidates.index.name != "candidate_id" or not candidates.index.is_unique:
        faults.append(
            "Expected candidates indexed by 'candidate_id' without repeats, got others. Correct them."
        )
    if "district" not in candidates:
        faults.append("Expected candidates with the column 'district', got none. Add it.")
    absent = int((costs.watcher_ids.get_indexer(candidates.index) < 0).sum())
    absent_homes = int((costs.household_ids.get_indexer(graph.households.index) < 0).sum())
    if absent or absent_homes:
        faults.append(
            f"Expected walking costs of every candidate and household, got {absent} candidates and "
            f"{absent_homes} households without. Measure them again."
        )
    if faults:
        raise FrameError(" ".join(faults))


def _capacity(kind: RecruitKind) -> int:
    return max(round(VISITS_PER_YEAR * kind.visits_per_month), 1)


def _actions(own: int, candidate: np.ndarray) -> np.ndarray:
    actions = np.full((own + len(candidate), 2), NO_ACTION, dtype=np.int64)
    actions[own:, 0] = candidate
    return actions


def _own_links(graph: WatchGraph, start: Start) -> pd.DataFrame:
    """Return the allowed links of the graph that can still carry a visit."""
    links = graph.links[graph.links["allowed"].to_numpy()]
    asks = start.missing[links["household"]] > 0
    return links[asks & (start.room[links["watcher"]] > 0)]


def _pairs(
    graph: WatchGraph, candidates: pd.DataFrame, costs: WalkingCosts, kind: RecruitKind
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the pairs within reach with what bars them, and which households have one."""
    people = candidates.assign(reach_m=kind.reach_m)
    pairs = pairs_within_reach(costs, graph.households, people).rename(columns={"watcher": "candidate"})
    level = graph.rules.levels()[kind.kind]
    consent = graph.households["consent"].to_numpy()[pairs["household"]] >= level
    home = graph.households["district"].to_numpy()[pairs["household"]]
    place = texts(candidates["district"]).to_numpy()[pairs["candidate"]]
    district = (home == place) & ~pd.isna(place) if kind.own_district else np.ones(len(pairs), dtype=bool)
    pairs = pairs.assign(consent_ok=consent, district_ok=district, allowed=consent & district)
    return pairs, np.bincount(pairs["household"], minlength=len(graph.households)) > 0


def _obstacles(pairs: pd.DataFrame, reached: np.ndarray, start: Start) -> np.ndarray:
    """Return what bars all candidates from each household (H,)."""
    knows, allowed = (
        np.bincount(pairs["household"], weights=pairs[name], minlength=len(reached)) > 0
        for name in ("consent_ok", "allowed")
    )
    obstacle = np.select([~reached, ~knows, ~allowed], range(3), default=3)
    return np.array(OBSTACLES, dtype=object)[obstacle]
