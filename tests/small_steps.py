"""Advices by hand for the page of next steps: the six districts of ``screen_city``."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point

from analysis.remedy_costs import RemedyCosts
from app.services.step_results import (
    AgreementSteps,
    BudgetSteps,
    ConsentSteps,
    CostTable,
    NextSteps,
    PartnerSteps,
    Proof,
    RecruitSteps,
)
from tests import screen_city

FEASIBLE = Proof("feasible", 90.0, 100.02, "weighted_visits")


def about() -> dict:
    figures = screen_city.figures()
    return {"info": figures.info, "season": "normal", "date": figures.date}


def cost_table() -> CostTable:
    costs = RemedyCosts().as_table()
    return CostTable(costs.assign(default=costs["yen_per_year"], note=None), {})


def overview(**changes) -> NextSteps:
    """Return four remedies; asking 7 households gains 8, which a planner must not read out."""
    columns = ("actions", "unit", "effect", "households", "visits", "cost", "cost_per_household", "status")
    rows = {
        "assign": (30, "household", "watched", 25, 40.0, 0.0, 0.0, "optimal"),
        "consent": (7, "household", "watched", 8, 21.0, 14_000.0, 1_750.0, "feasible"),
        "recruit": (2, "watcher", "watched", 12, 52.0, 200_000.0, 16_667.0, "feasible"),
        "connect": (60, "watcher", "connected", 60, np.nan, np.nan, np.nan, "counted"),
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(columns)).rename_axis("remedy")
    table = table.assign(assumed=True, value=90.0, bound=100.02, value_unit="weighted_visits", gap=0.1002)
    figures = {"households": 508, "missed": 123, "by_room": 25, "watched_by_all": 80, "remaining": 43}
    return NextSteps(**about(), **{**figures, **changes}, remedies=table, costs=cost_table().costs)


def recruit() -> RecruitSteps:
    places = gpd.GeoDataFrame(
        {
            "order": [1, 2], "district": ["D1", None], "district_name": ["材木", ""],
            "households_gained": pd.array([12, 3], dtype="Int64"), "visits_gained": [13.0, 13.0],
            "weighted_visits_gained": [30.04, 22.0], "households_visited": [12, 4],
            "visits_per_month": 13.0, "backups": 0,
        },
        index=pd.Index(["G1", "G2"], name="candidate_id"),
        geometry=[Point(136.603, 36.503), Point(136.615, 36.512)],
        crs=6668,
    )  # fmt: skip
    curve = pd.DataFrame({"recruits": [0, 1, 2], "value": [38.0, 68.0, 90.0], "bound": [38.0, 70.0, 100.02]})
    return RecruitSteps(
        **about(), kind="student", visits_per_month=3.0, reach_m=1000.0, own_district=False, count=2,
        share=None, fewest=None, proof=FEASIBLE, places=places, curve=curve, before=385, without=410,
        after=425, households=508, missed={"out_of_reach": 50, "no_consent": 4}, backed_up=0, candidates=99,
        without_district=1, cost=40_000.0, assumed=True,
    )  # fmt: skip


def partner() -> PartnerSteps:
    partners = pd.DataFrame(
        {
            "order": [1], "organisation": ["架空牛乳"], "rounds": [2], "kind": ["delivery_firm"],
            "cost": [20_000.0], "gain": [30.0], "households_reached": [40], "households_enough": [6],
        },
        index=["E1"],
    )  # fmt: skip
    rounds = gpd.GeoDataFrame(
        {"partner_id": "E1", "order": 1, "organisation": "架空牛乳", "kind": "delivery_firm"},
        index=["E1", "E2"],
        geometry=[LineString([(136.6, 36.5), (136.61, 36.5)]), Point(136.62, 36.51).buffer(0.002)],
        crs=6668,
    )
    best = Proof("optimal", 30.0, 30.0, "weighted_households")
    return PartnerSteps(
        **about(), unit="organisation", enough_per_month=4.0, count=5, budget=None, proof=best,
        partners=partners, rounds=rounds, curve=pd.DataFrame(), guarantee=0.63, counted=120, enough=6,
        noticed_before=0, noticed=40, no_candidate=80, candidates=3, noticing_nobody=0, cost=20_000.0,
        assumed=False,
    )  # fmt: skip


def agreement() -> AgreementSteps:
    pairs = pd.DataFrame(
        {
            "district": ["D1", "D2"], "district_name": ["材木", "味噌蔵"], "helped_district": ["D2", "D3"],
            "helped_name": ["味噌蔵", "瓢箪"], "order": pd.array([1, None], dtype="Int64"),
            "gain": [20.0, 0.0], "alone": [20.0, 5.0], "alone_households": [11, 2], "room": 9.0,
            "missing": 8.0, "helpers": 3, "border_households": 20, "walk_m": [400.0, 500.0],
        }
    )  # fmt: skip
    middle = screen_city.shapes().loc[["D1", "D2", "D3"]]
    centres = gpd.GeoDataFrame(middle[["name"]], geometry=middle.representative_point())
    return AgreementSteps(
        **about(), count=1, both_ways=False, proof=FEASIBLE, pairs=pairs, flow=pd.DataFrame(),
        centres=centres, households=11, without=25, cost=100_000.0, assumed=True,
    )  # fmt: skip


def consent() -> ConsentSteps:
    rows = [("D1", "材木", 2, 5, 10.0, 6.0), ("D1", "材木", 4, 8, 30.0, 18.0), ("", "", 2, 3, 4.0, 2.4)]
    districts = pd.DataFrame(rows, columns=["district", "name", "ask_level", "asked", "gain", "expected"])
    could = pd.DataFrame({"name": ["材木", ""], "could_ask": [33, 9]}, index=["D1", ""])
    return ConsentSteps(
        **about(), district=None, count=16, proof=FEASIBLE, districts=districts, could_ask=could,
        listed=pd.DataFrame(), not_listed=0, asked=16, households=14, expected_households=8.4, expected=26.4,
        response=0.6, without=25, could_ask_all=42, refused=5, both_needed=0, cost=32_000.0, assumed=True,
    )  # fmt: skip


def budget() -> BudgetSteps:
    points = pd.DataFrame(
        {
            "cost": [0.0, 116_000.0], "value": [38.0, 90.0], "bound": [38.0, 100.02],
            "status": ["optimal", "feasible"], "households": [25, 44], "gap": [0.0, 0.1],
        }
    )  # fmt: skip
    rows = [
        (1, "ask", "D1", "材木", None, None, 8, 30.0, 16_000.0, 18.75),
        (1, "recruit", "D1", "材木", None, "G1", 1, 30.0, 100_000.0, 3.0),
    ]
    columns = ["point", "kind", "district", "district_name", "helped_name", "candidate_id", "count", "gain"]
    actions = pd.DataFrame(rows, columns=[*columns, "cost", "gain_per_10000"])
    other = pd.DataFrame({"count": [2, 7], "cost": [40_000.0, 140_000.0]}, index=["partner", "winter"])
    return BudgetSteps(
        **about(), status="feasible", assigned=25, proof=FEASIBLE, points=points, actions=actions,
        places=recruit().places[["district"]].join(recruit().places.geometry), chosen=1,
        costs=cost_table().costs, other=other, response=0.6,
    )  # fmt: skip
