"""Where to look for new watchers: candidate places, their walks, the best of them, and what each adds."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.budget_problem import Recruits
from analysis.candidate_places import CandidatePlaces, given_places, grid_places, town_places
from analysis.crs import to_metric_crs
from analysis.errors import ParameterError
from analysis.recruit_problem import RECRUIT_KINDS, RecruitKind, RecruitProblem, build_recruit_problem
from analysis.recruit_problem import with_backups as ask_backups
from analysis.recruit_share import recruits_for_share
from analysis.recruiting import RecruitPlan, recruit_best, recruit_curve
from analysis.walking import WalkingCosts
from app.services.city import Report
from app.services.errors import RequestError
from app.services.step_city import STORE_CRS, StepCity, a_month, prices_of, tell_step
from app.services.step_results import CostTable, Proof, RecruitSteps
from geodata import read
from geodata.session import Store

GRID_M = 250.0
MOST_PLACES = 5_000  # more could not be compared while somebody waits
BACKUP_WEIGHT = 0.1  # assumed: a second watcher beside a first
CURVE_POINTS = 12
COMMISSIONER = "welfare_commissioner"


@dataclass(frozen=True, eq=False)
class RecruitWish:
    """What is asked of the advice on new watchers.

    Parameters
    ----------
    kind : one of the active kinds
    count : most recruits, at least 0; where ``share`` is given it is not used
    share : of the city's households to be watched, 0 to 1
    grid_m : spacing of the grid of candidate places, metres; unless ``places`` are given
    places : GeoDataFrame of Points indexed by candidate_id, any CRS; or of town polygons indexed by code
    district : code; candidates of this community district only
    backup : second watchers for households with one only count a little as well
    curve : whether the numbers from 0 to ``count`` are compared too
    """

    kind: str = COMMISSIONER
    count: int = 10
    share: float | None = None
    grid_m: float = GRID_M
    places: gpd.GeoDataFrame | None = None
    district: str | None = None
    backup: bool = False
    curve: bool = False


def recruit_steps(
    city: StepCity, costs: CostTable, wish: RecruitWish = RecruitWish(), progress: Report | None = None
) -> RecruitSteps:
    """Say where new watchers of one kind would help most.

    Raises
    ------
    RequestError
        No candidate place, or more than can be compared.
    analysis.errors.AnalysisError
        An option out of range, or places of the wrong form.
    """
    tell_step(progress, "recruit")
    kind = kind_of(wish.kind)
    found = find_places(city, wish, own_district=kind.own_district)
    walks = city.measure(found.places, kind.reach_m)
    problem = build_recruit_problem(city.city.graph, found.places, walks, kind=kind)
    if wish.backup:
        problem = ask_backups(problem, city.city.coverage, walks, weight=BACKUP_WEIGHT)
    plan, proof, fewest = _solve(problem, wish)
    count = len(plan.chosen) if wish.share is not None else wish.count
    curve = _curve(problem, count, plan.measure) if wish.curve else pd.DataFrame()
    return _describe(city, costs, wish, (found, plan, proof), {"curve": curve, "fewest": fewest})


def kind_of(kind: str) -> RecruitKind:
    """Return what one new watcher of a kind gives.

    Raises
    ------
    analysis.errors.ParameterError
        No kind that visits.
    """
    if kind not in RECRUIT_KINDS:
        raise ParameterError(f"Expected kind {', '.join(RECRUIT_KINDS)}, got {kind!r}. Choose one.")
    return RECRUIT_KINDS[kind]


def find_places(city: StepCity, wish: RecruitWish, *, own_district: bool) -> CandidatePlaces:
    """Return the candidate places in the metric CRS; those no district can be served from are left out.

    Raises
    ------
    RequestError
        None is left, or too many are.
    """
    found = _places(city, wish)
    places = found.places
    if own_district:
        places = places[places["district"].notna()]
    if wish.district is not None:
        places = places[places["district"] == wish.district]
    if not 0 < len(places) <= MOST_PLACES:
        raise RequestError(
            f"Expected 1 to {MOST_PLACES} places for new watchers, got {len(places)}. "
            "Choose another spacing, other districts or other places."
        )
    return CandidatePlaces(places, found.counts)


def best_places(city: StepCity, wish: RecruitWish) -> gpd.GeoDataFrame:
    """Return the places (metric CRS) of the best plan of ``wish.count`` recruits, in their order."""
    kind = kind_of(wish.kind)
    places = find_places(city, wish, own_district=kind.own_district).places
    walks = city.measure(places, kind.reach_m)
    plan = recruit_best(build_recruit_problem(city.city.graph, places, walks, kind=kind), wish.count)
    return places.loc[plan.chosen["candidate_id"]]


def _places(city: StepCity, wish: RecruitWish) -> CandidatePlaces:
    if wish.places is None:
        return grid_places(city.data.households, city.areas, spacing_m=wish.grid_m)
    places = to_metric_crs(wish.places, city.info.metric_epsg)
    if places.index.name == "code":
        return town_places(places, city.areas)
    return given_places(places, city.areas)


def load_towns(store: Store) -> gpd.GeoDataFrame:
    """Return the neighbourhoods as places to choose from.

    Raises
    ------
    RequestError
        None were imported.
    """
    store.check_ready()
    with store.begin() as session:
        towns = read.read_areas(session, "neighbourhood")
    if towns.empty:
        raise RequestError(
            "Expected neighbourhoods as places, got none. "
            "Import them with 'mimamori import neighbourhoods FILE', or use a grid."
        )
    return towns[["geometry"]]


def recruits_at(places: gpd.GeoDataFrame, kind: RecruitKind, walks: WalkingCosts) -> Recruits:
    """Return the candidates as the budget asks for them."""
    candidates = pd.DataFrame(
        {
            "kind": kind.kind,
            "district": places["district"] if kind.own_district else None,
            "visits_per_month": kind.visits_per_month,
            "reach_m": kind.reach_m,
        },
        index=places.index,
    )
    return Recruits(candidates, walks)


def _solve(problem: RecruitProblem, wish: RecruitWish) -> tuple[RecruitPlan, Proof, int | None]:
    """Return the plan, its proof, and the fewest recruits a share takes (None: a number was asked for)."""
    if wish.share is None:
        plan = recruit_best(problem, wish.count)
        return plan, Proof(plan.status, a_month(plan.value), a_month(plan.bound), "weighted_visits"), None
    fewest = recruits_for_share(problem, wish.share, measure="households")
    status = {"unproven": "infeasible"}.get(fewest.status, fewest.status)
    proof = Proof(status, fewest.plan.value, fewest.plan.bound, "households")
    return fewest.plan, proof, fewest.least


def _curve(problem: RecruitProblem, count: int, measure: str) -> pd.DataFrame:
    counts = np.unique(np.linspace(0, count, min(count + 1, CURVE_POINTS)).round().astype(int))
    curve = recruit_curve(problem, counts, measure=measure).drop(columns="candidate_ids")
    if measure == "weighted_visits":
        curve[["value", "bound"]] = a_month(curve[["value", "bound"]])
    return curve


def _describe(
    city: StepCity,
    costs: CostTable,
    wish: RecruitWish,
    solved: tuple[CandidatePlaces, RecruitPlan, Proof],
    more: dict[str, object],
) -> RecruitSteps:
    (found, plan, proof), kind = solved, kind_of(wish.kind)
    remedy = f"recruit_{kind.kind}"
    return RecruitSteps(
        **city.about(),
        kind=kind.kind,
        visits_per_month=kind.visits_per_month,
        reach_m=kind.reach_m,
        own_district=kind.own_district,
        count=wish.count,
        share=wish.share,
        proof=proof,
        places=_chosen(city, found.places, plan),
        before=int(plan.before["watched"]),
        without=int(plan.without["watched"]),
        after=int(plan.after["watched"]),
        households=int(plan.before["households"]),
        missed={reason: int(homes) for reason, homes in plan.missed.items()},
        backed_up=plan.backed_up,
        candidates=len(found.places),
        without_district=found.counts["without_district"],
        cost=len(plan.chosen) * prices_of(costs).of_recruit(kind.kind),
        assumed=bool(costs.costs.loc[remedy, "assumed"]),
        **more,
    )


def _chosen(city: StepCity, places: gpd.GeoDataFrame, plan: RecruitPlan) -> gpd.GeoDataFrame:
    """Return the places chosen, in order, with what each adds."""
    rows = plan.chosen.set_index("candidate_id")
    table = {
        "order": np.arange(1, len(rows) + 1),
        "district": rows["district"],
        "district_name": city.names(rows["district"]),
        "households_gained": rows["households_gained"],
        "visits_gained": a_month(rows["visits_gained"].astype(float)),
        "weighted_visits_gained": a_month(rows["weighted_visits_gained"]),
        "households_visited": rows["households_visited"],
        "visits_per_month": a_month(rows["visits"]),
        "backups": rows["backups"],
    }
    points = places.geometry.loc[rows.index]
    frame = pd.DataFrame(table, index=rows.index)
    return gpd.GeoDataFrame(frame, geometry=points, crs=places.crs).to_crs(STORE_CRS)
