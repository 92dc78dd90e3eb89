"""What each yearly budget can bring, with what to do for it summed by district: no household is named."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.budget import (
    PROVEN,
    Frontier,
    actions_at,
    describe_taken,
    draw_frontier,
    list_other_lines,
)
from analysis.budget_problem import Recruits
from analysis.openings import choose_actions
from analysis.remedies import Start, start_from
from app.services.city import Report
from app.services.step_city import STORE_CRS, StepCity, a_month, prices_of, tell_step
from app.services.step_results import BudgetSteps, CostTable, Proof
from app.services.steps_others import PartnerWish, partner_steps
from app.services.steps_recruit import RecruitWish, best_places, kind_of, recruits_at
from app.services.steps_start import count_winter, visits_when_assigned, watched_with

POINTS = 8
RECRUITS = 10  # the best places for new watchers; more could not be weighed while somebody waits
TEN_THOUSAND = 10_000
_OF_ONE_ACTION = ["kind", "district", "helped_district", "candidate_id"]
_POINT_VISITS = ["value", "bound", "visits", "expected"]


def budget_steps(
    city: StepCity,
    costs: CostTable,
    *,
    yen: float | None = None,
    recruit: RecruitWish | None = RecruitWish(count=RECRUITS),
    progress: Report | None = None,
) -> BudgetSteps:
    """Say what each yearly budget brings at most, and what to do for it.

    The room there is is assigned first (at no cost here); all figures are beyond that. Among the
    new watchers are those of the best places only, and the bounds speak of these.

    Parameters
    ----------
    yen : at least 0, the budget whose plan is asked for (one more point); None: any, the last point
    recruit : kind and places of the new watchers among the remedies, at most ``count`` of them; None: none
    """
    tell_step(progress, "frontier")
    found = None if recruit is None else _recruits(city, recruit)
    recruits = None if found is None else found[1]
    graph, prices = city.city.graph, prices_of(costs)
    assigned = visits_when_assigned(graph)
    frontier = draw_frontier(graph, prices, recruits=recruits, visits=assigned, points=POINTS)
    if yen is not None:
        frontier = with_budget(frontier, start_from(graph, assigned), yen)
    points = frontier.points.copy()
    points[_POINT_VISITS] = a_month(points[_POINT_VISITS].astype(float))
    chosen = _point_within(points, yen)
    row, actions = points.loc[chosen], _actions(city, frontier)
    return BudgetSteps(
        **city.about(),
        status=frontier.status,
        assigned=watched_with(graph, assigned) - watched_with(graph, start_from(graph).visits),
        proof=Proof(row["status"], row["value"], row["bound"], "weighted_visits"),
        points=points,
        actions=actions,
        places=_places(actions, found),
        chosen=chosen,
        costs=costs.costs,
        other=_other(city, costs),
        response=frontier.response,
    )


def with_budget(frontier: Frontier, start: Start, yen: float) -> Frontier:
    """Return the frontier with one more point: the best plan found for just this budget.

    Where a plan of a smaller budget serves as much, it is taken; no bound is above that of a larger budget.
    """
    points, problem = frontier.points, frontier.problem
    plan = choose_actions(problem.openings, budget=yen)
    below = np.flatnonzero(points["budget"].to_numpy() <= yen)
    place = int(below[-1]) + 1
    if points["budget"].iloc[place - 1] == yen or points["value"].iloc[place - 1] >= plan.bound:
        return frontier
    taken = plan.taken if plan.value > points["value"].iloc[place - 1] else frontier.taken[place - 1]
    bound = float(np.min([plan.bound, *points["bound"].iloc[place:]]))
    row = describe_taken(start, problem, taken, frontier.response) | {"budget": yen}
    row["bound"] = max(bound, row["value"])
    gap = (row["bound"] - row["value"]) / row["bound"] if row["bound"] > 0 else 0.0
    row |= {"gap": gap, "status": "optimal" if gap <= PROVEN else "feasible", "on_hull": False}
    table = pd.concat([points.iloc[:place], pd.DataFrame([row])[list(points.columns)], points.iloc[place:]])
    more = (*frontier.taken[:place], taken, *frontier.taken[place:])
    return replace(frontier, points=table.reset_index(drop=True), taken=more)


def _recruits(city: StepCity, wish: RecruitWish) -> tuple[gpd.GeoDataFrame, Recruits]:
    kind = kind_of(wish.kind)
    places = best_places(city, wish)
    return places, recruits_at(places, kind, city.measure(places, kind.reach_m))


def _point_within(points: pd.DataFrame, yen: float | None) -> int:
    """Return the last point whose cost is within ``yen``; the first costs nothing."""
    fits = points["cost"].to_numpy() <= (np.inf if yen is None else yen)
    return int(np.flatnonzero(fits)[-1])


def _actions(city: StepCity, frontier: Frontier) -> pd.DataFrame:
    """Return the actions of all points, asking and assigning summed by the household's district."""
    graph = city.city.graph
    tables = [actions_at(frontier, point, graph).assign(point=point) for point in frontier.points.index]
    rows = pd.concat(tables, ignore_index=True)
    home = graph.households["district"].reindex(rows["household_id"]).to_numpy(dtype=object)
    rows["district"] = rows["district"].where(rows["household_id"].isna(), home)
    rows[_OF_ONE_ACTION] = rows[_OF_ONE_ACTION].astype(object).where(rows[_OF_ONE_ACTION].notna(), "")
    groups = rows.groupby(["point", *_OF_ONE_ACTION], sort=False)
    summed = {"count": ("order", "size"), "gain": ("gain_weighted", "sum")}
    table = groups.agg(**summed, visits=("visits", "sum"), cost=("cost", "sum")).reset_index()
    table[["gain", "visits"]] = a_month(table[["gain", "visits"]].astype(float))
    table["gain_per_10000"] = (table["gain"] * TEN_THOUSAND / table["cost"]).where(table["cost"] > 0)
    for name in ("helped", ""):
        column = f"{name}_district" if name else "district"
        table[f"{name or 'district'}_name"] = city.names(table[column])
    for name in _OF_ONE_ACTION:
        table[name] = pd.Series([value or None for value in table[name]], dtype=object)
    order = ["point", "gain_per_10000", "gain"]
    return table.sort_values(
        order, ascending=[True, False, False], kind="stable", na_position="first", ignore_index=True
    )


def _places(actions: pd.DataFrame, found: tuple[gpd.GeoDataFrame, Recruits] | None) -> gpd.GeoDataFrame:
    """Return the places of the recruits named in the actions."""
    if found is None:
        empty = pd.DataFrame({"district": [], "kind": []}, dtype=object)
        return gpd.GeoDataFrame(empty.rename_axis("candidate_id"), geometry=[], crs=STORE_CRS)
    places, recruits = found
    named = places.index[places.index.isin(actions["candidate_id"].dropna())]
    chosen = places.loc[named, ["district", "geometry"]]
    return chosen.assign(kind=recruits.candidates["kind"].reindex(named)).to_crs(STORE_CRS)


def _other(city: StepCity, costs: CostTable) -> pd.DataFrame:
    """Return the lines of what makes no visits: all partners there are to sign, and winter arrangements."""
    partners = partner_steps(city, costs, PartnerWish(count=len(city.data.watchers)))
    return list_other_lines(
        prices_of(costs),
        partners=len(partners.partners),
        noticed=partners.enough,
        season=count_winter(city),
    )
