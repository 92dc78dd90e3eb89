"""A scenario assessed, compared with another, and turned into proposals; the register stays as it is."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.assignment import AssignmentWishes, propose_assignment
from analysis.assignment_moves import with_moves
from analysis.compare import Comparison, compare
from analysis.coverage import Coverage, assess_coverage
from analysis.crs import to_metric_crs
from analysis.frames import VISITS_PER_YEAR
from analysis.gaps import classify_gaps
from analysis.scenario import Scenario, ScenarioWorld, apply_scenario
from analysis.scenario_changes import DateChange, WatchersLeave
from analysis.walking import WalkingCosts
from analysis.watch_graph import Situation, WatchGraph, WatchInputs, build_watch_graph
from app.services.city import LAYER_COLUMNS, CityData, Report, measure_walks, read_city
from app.services.errors import RequestError
from app.services.outlook import LEAST_WATCHERS
from app.services.results import DatasetInfo, Progress
from app.services.scenarios import KeptScenario
from geodata import read
from geodata.errors import StoreNotReadyError
from geodata.rights import may
from geodata.session import Store
from geodata.viewer import Viewer

STEPS = ("read", "walk", "graph", "gaps", "best")
_RESULTS = ["status", "need_visits", "delivered_visits", "weight", "backed_up", "connected"]
_GROUPS = [*LAYER_COLUMNS.values(), "household_type"]


@dataclass(frozen=True)
class Question:
    """What is looked at: the season and day where a scenario names no other, and whether to respond.

    ``respond`` True: room is used for more visits as well as it can be; every visit made today stays.
    """

    season: str
    date: dt.date
    respond: bool = False


@dataclass(frozen=True)
class Response:
    """How good the response is: weighted visits a year made with it, and the most there can be."""

    status: str
    moves: int
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """Return how far the plan can be from the best, as a share of the bound."""
        return 0.0 if self.bound <= 0 else (self.bound - self.value) / self.bound


@dataclass(frozen=True, eq=False)
class ScenarioState:
    """One scenario assessed. ``households`` (index household_id) are for computing only: status, need_visits,
    delivered_visits, weight, backed_up, connected, gap_class, the area of each layer, household_type.
    ``watchers``: active ones in office.
    """

    info: DatasetInfo
    name: str
    season: str
    date: dt.date
    basis: str
    detour_factor: float | None
    households: pd.DataFrame
    watchers: int
    response: Response | None


@dataclass(frozen=True)
class Side:
    """What is said of one of the two scenarios compared."""

    name: str
    season: str
    date: dt.date
    watchers: int
    response: Response | None


@dataclass(frozen=True, eq=False)
class ComparisonFigures:
    """Two scenarios side by side, counts only.

    ``totals``, ``types``, ``transitions`` as ``analysis.compare.Comparison``; ``layers`` maps community,
    school and neighbourhood to its ``areas`` with ``name``.
    """

    info: DatasetInfo
    base: Side
    other: Side
    basis: str
    detour_factor: float | None
    totals: pd.DataFrame
    layers: dict[str, pd.DataFrame]
    types: pd.DataFrame
    transitions: pd.DataFrame
    only_in_base: int
    only_in_other: int


class Walks:
    """Walks measured once for the same streets, season, day and people; the oldest make way."""

    def __init__(self, most: int = 6) -> None:
        self._kept: OrderedDict[Hashable, WalkingCosts] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def measure(self, key: Hashable, work: Callable[[], WalkingCosts]) -> WalkingCosts:
        """Return the walks of ``key``; ``work`` measures them where they are not known yet."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = work()
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]


@dataclass(frozen=True, eq=False)
class AssessedScenario:
    """The data read, the city after the changes, its graph, coverage and result rows, and walks."""

    data: CityData
    graph: WatchGraph
    coverage: Coverage
    costs: WalkingCosts


def assess_scenario(
    store: Store,
    viewer: Viewer,
    kept: KeptScenario,
    question: Question,
    *,
    walks: Walks | None = None,
    progress: Report | None = None,
) -> ScenarioState:
    """Assess the city as it would be under a scenario.

    Raises
    ------
    analysis.errors.ParameterError
        A change speaks of what the city has not (any more).
    RequestError
        Changes about fewer than three watchers, asked for by a planner: figures of single people.
    """
    tell = step_teller(progress)
    found = _assess(store, viewer, kept.scenario(), question, walks=walks or Walks(), tell=tell)
    graph, coverage, response = found.graph, found.coverage, None
    if question.respond:
        tell("best")
        graph, coverage, response = respond(graph, coverage)
    tell("gaps")
    gaps = classify_gaps(graph, coverage).households["gap_class"]
    groups = found.data.households.reindex(columns=_GROUPS)
    people = graph.watchers
    return ScenarioState(
        info=found.data.info,
        name=kept.name,
        season=graph.situation.season,
        date=graph.situation.date,
        basis=found.costs.basis,
        detour_factor=found.costs.detour_factor,
        households=coverage.households[_RESULTS].join(gaps).join(groups),
        watchers=int((people["is_active"] & people["in_office"]).sum()),
        response=response,
    )


def compare_states(
    base: ScenarioState, other: ScenarioState, names: dict[str, pd.Series]
) -> ComparisonFigures:
    """Put two assessed scenarios side by side.

    Parameters
    ----------
    names : dict of Series
        Names of the areas of each layer by code.
    """
    groups = other.households[_GROUPS].combine_first(base.households[_GROUPS])
    found = {
        layer: compare(base.households, other.households, groups, column)
        for layer, column in LAYER_COLUMNS.items()
    }
    first: Comparison = found["community"]
    return ComparisonFigures(
        info=other.info,
        base=_side(base),
        other=_side(other),
        basis=other.basis,
        detour_factor=other.detour_factor,
        totals=first.totals,
        layers={layer: _named(one.areas, names[layer]) for layer, one in found.items()},
        types=pd.DataFrame() if first.types is None else first.types,
        transitions=first.transitions,
        only_in_base=first.only_in_base,
        only_in_other=first.only_in_other,
    )


def compare_scenarios(
    store: Store,
    viewer: Viewer,
    pair: tuple[KeptScenario, KeptScenario],
    question: Question,
    *,
    progress: Report | None = None,
) -> ComparisonFigures:
    """Assess two scenarios and put them side by side.

    Raises
    ------
    RequestError
        Twice the same scenario, or as :func:`assess_scenario`.
    """
    if pair[0].name == pair[1].name:
        raise RequestError(
            f"Expected two scenarios to compare, got {pair[0].name} twice. Choose another one beside it."
        )
    walks = Walks()
    base, other = (
        assess_scenario(store, viewer, kept, question, walks=walks, progress=_part(progress, number))
        for number, kept in enumerate(pair)
    )
    return compare_states(base, other, area_names(store))


def area_names(store: Store) -> dict[str, pd.Series]:
    """Return the names of the areas of each layer by code."""
    with store.begin() as session:
        return {layer: read.read_areas(session, layer)["name"] for layer in LAYER_COLUMNS}


def assess_world(
    store: Store,
    viewer: Viewer,
    scenario: Scenario,
    question: Question,
    *,
    walks: Walks | None = None,
) -> AssessedScenario:
    """Return the graph and coverage of the city under a scenario, without its gaps."""
    return _assess(store, viewer, scenario, question, walks=walks or Walks(), tell=step_teller(None))


def respond(graph: WatchGraph, coverage: Coverage) -> tuple[WatchGraph, Coverage, Response]:
    """Use the room there is as well as can be: every visit made stays, missing ones are added."""
    plan = propose_assignment(graph, coverage, AssignmentWishes(keep="all"))
    visits = _visits_after(graph, plan.moves)
    later = with_moves(graph, visits, plan.moves, plan.moves.iloc[:0])
    value, bound = plan.after["weighted_visits"], plan.bound_weighted_visits
    status = "optimal" if value >= bound else plan.status
    return later, assess_coverage(later), Response(status, len(plan.moves), value, bound)


def step_teller(progress: Report | None) -> Callable[[str], None]:
    """Return a function that tells a step by name, or nobody."""

    def tell(step: str) -> None:
        if progress is not None:
            progress(Progress(step, STEPS.index(step), len(STEPS)))

    return tell


def _assess(
    store: Store,
    viewer: Viewer,
    scenario: Scenario,
    question: Question,
    *,
    walks: Walks,
    tell: Callable[[str], None],
) -> AssessedScenario:
    tell("read")
    data, world = read_world(store, viewer, scenario, question)
    after = apply_scenario(world, scenario)
    if not (may(viewer, "name_own") or may(viewer, "whole_files")):
        _refuse_single_people(world, scenario)
    tell("walk")
    key = (data.info.revision, world.date, *_walk_key(world, after))
    changed = replace(data, watchers=after.watchers, streets=after.streets)
    normal = walks.measure((*key, "normal"), lambda: measure_walks(changed, "normal"))
    costs = walks.measure((*key, after.season), lambda: measure_walks(changed, after.season))
    tell("graph")
    centres = after.facilities.index[after.facilities["kind"] == "consultation_centre"]
    inputs = WatchInputs(
        after.households, after.watchers, after.assignments, after.agreements, centres, costs, normal
    )
    graph = build_watch_graph(inputs, Situation(date=after.date, season=after.season), after.rules)
    return AssessedScenario(data, graph, assess_coverage(graph), costs)


def read_world(
    store: Store, viewer: Viewer, scenario: Scenario, question: Question
) -> tuple[CityData, ScenarioWorld]:
    """Read the city of the scenario's day, before any change.

    Raises
    ------
    geodata.errors.StoreNotReadyError
        There is nobody to watch over on that day.
    """
    days = scenario.of_type(DateChange)
    date = days[0].date if days else question.date
    store.check_ready()
    with store.begin(write=True) as session:
        data = read_city(session, viewer, date)
        places = read.read_facilities(session)
    if data.households.empty:
        raise StoreNotReadyError(
            f"Expected households to watch over on {date}, got none. "
            "Import them with 'mimamori import households FILE', or choose another date."
        )
    is_centre = places["kind"] == "consultation_centre"
    places = places[~is_centre | places.index.isin(data.centres)]  # centres of that day only
    world = ScenarioWorld(
        households=data.households,
        watchers=data.watchers,
        assignments=data.assignments,
        agreements=data.agreements,
        streets=data.streets,
        facilities=to_metric_crs(places, data.info.metric_epsg),
        rules=data.sharing,
        season=question.season,
        date=date,
    )
    return data, world


def _refuse_single_people(world: ScenarioWorld, scenario: Scenario) -> None:
    """Raise RequestError where a change speaks of one or two watchers: what they do would be told."""
    for change in scenario.of_type(WatchersLeave):
        alone = apply_scenario(world, Scenario(scenario.name, (change,)))
        leaving = int((alone.watchers["status"] != world.watchers["status"]).sum())
        if leaving < LEAST_WATCHERS:
            raise RequestError(
                f"Expected at least {LEAST_WATCHERS} watchers to leave by a change, got fewer. "
                "Widen the conditions, or ask the coordinator of the district."
            )


def _walk_key(world: ScenarioWorld, after: ScenarioWorld) -> tuple:
    """Return what decides the walks: the streets closed, and who is new where."""
    closed = tuple(world.streets.index.difference(after.streets.index))
    new = after.watchers.loc[after.watchers.index.difference(world.watchers.index)]
    places = tuple(zip(new.index, new.geometry.x, new.geometry.y, new["reach_m"], strict=True))
    return closed, places


def _visits_after(graph: WatchGraph, moves: pd.DataFrame) -> np.ndarray:
    """Return visits a year by row of ``links`` once the moves are made."""
    links = graph.links
    visits = links["delivered_visits"].to_numpy().copy()
    row_of = pd.Series(
        np.arange(len(links)), index=pd.MultiIndex.from_arrays([links["household"], links["watcher"]])
    )
    homes = graph.households.index.get_indexer(moves["household_id"])
    people = graph.watchers.index.get_indexer(moves["watcher_id"])
    rows = row_of.reindex(pd.MultiIndex.from_arrays([homes, people])).to_numpy(dtype=np.int64)
    visits[rows] = np.rint(moves["visits_per_month"].to_numpy(dtype=float) * VISITS_PER_YEAR)
    return visits


def _side(state: ScenarioState) -> Side:
    return Side(state.name, state.season, state.date, state.watchers, state.response)


def _named(areas: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Add the areas' names; an area without a household stays out."""
    areas = areas.rename_axis("code")
    areas.insert(0, "name", names.reindex(areas.index).fillna(""))
    return areas


def _part(progress: Report | None, number: int) -> Report | None:
    """Return a report for the first or second of two assessments."""
    if progress is None:
        return None

    def tell(step: Progress) -> None:
        progress(Progress(step.step, step.done + number * step.total, 2 * step.total))

    return tell
