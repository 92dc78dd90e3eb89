"""Partners to sign, districts to agree, households to ask: the advices that need no place to be found."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.agreements import AgreementAdvice, advise_agreements
from analysis.consent import ConsentAdvice, advise_consent
from analysis.frames import PASSIVE_KINDS
from analysis.links import texts
from analysis.partner_offers import PartnerOffers
from analysis.partners import (
    PartnerLimits,
    PartnerPlan,
    PartnerRules,
    build_partner_offers,
    choose_partners,
    partner_curve,
    with_costs,
)
from analysis.watch_graph import WatchGraph, WatchInputs
from app.services.city import Report
from app.services.step_city import STORE_CRS, StepCity, a_month, prices_of, tell_step
from app.services.step_results import AgreementSteps, ConsentSteps, CostTable, PartnerSteps, Proof
from geodata import access
from geodata.rights import may, may_in
from geodata.session import Store
from geodata.viewer import Viewer

# --- partners ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PartnerWish:
    """What is asked of the advice on partners: how many, or for how much a year; whole firms or rounds."""

    count: int | None = 5
    budget: float | None = None
    unit: str = "organisation"


def partner_steps(
    city: StepCity, costs: CostTable, wish: PartnerWish = PartnerWish(), progress: Report | None = None
) -> PartnerSteps:
    """Say which delivery firms and shops to sign, of those in the register as candidates.

    Raises
    ------
    analysis.errors.ParameterError
        An option out of range, or neither a number nor a budget.
    """
    tell_step(progress, "partner")
    limits, rules = PartnerLimits(count=wish.count, budget_yen=wish.budget), PartnerRules(unit=wish.unit)
    offers = with_costs(_offers(city, rules), prices_of(costs).partner)
    plan = choose_partners(offers, limits)
    curve = partner_curve(offers).rename(columns={"cost_yen": "cost"})
    proof = Proof(plan.status, plan.value, plan.bound, "weighted_households")
    assumed = bool(costs.costs.loc["partner", "assumed"])
    return _describe_partners(
        city, wish, (offers, plan), {"curve": curve, "proof": proof, "assumed": assumed}
    )


def _offers(city: StepCity, rules: PartnerRules) -> PartnerOffers:
    data, found = city.data, city.city
    inputs = WatchInputs(
        data.households,
        data.watchers,
        data.assignments,
        data.agreements,
        data.centres,
        found.costs,
        found.costs,
    )
    return build_partner_offers(found.graph, found.coverage, inputs, rules=rules)


def _describe_partners(
    city: StepCity,
    wish: PartnerWish,
    solved: tuple[PartnerOffers, PartnerPlan],
    more: dict[str, object],
) -> PartnerSteps:
    offers, plan = solved
    rounds = candidate_rounds(city, wish.unit)
    partners = plan.partners.rename(columns={"cost_yen": "cost"})
    partners.insert(0, "order", np.arange(1, len(partners) + 1))
    partners.insert(3, "kind", rounds.groupby("partner_id")["kind"].first().reindex(partners.index))
    signed = rounds[rounds["partner_id"].isin(partners.index)]
    signed = signed.assign(order=partners["order"].reindex(signed["partner_id"]).to_numpy())
    return PartnerSteps(
        **city.about(),
        unit=wish.unit,
        enough_per_month=offers.rules.enough_per_month,
        count=wish.count,
        budget=wish.budget,
        partners=partners,
        rounds=signed.to_crs(STORE_CRS),
        guarantee=plan.guarantee,
        counted=offers.counts["households_counted"],
        enough=int(plan.after["enough"]),
        noticed_before=int(plan.before["noticed"]),
        noticed=int(plan.after["noticed"]),
        no_candidate=offers.counts["households_no_candidate"],
        candidates=offers.counts["candidates"],
        noticing_nobody=offers.counts["candidates_noticing_nobody"],
        cost=float(plan.after["cost_yen"]),
        **more,
    )


def candidate_rounds(city: StepCity, unit: str) -> gpd.GeoDataFrame:
    """Return the rounds, areas or places of the candidates (metric CRS) with the partner each belongs to."""
    watchers = city.data.watchers
    is_candidate = (watchers["status"] == "candidate") & watchers["kind"].isin(PASSIVE_KINDS)
    people = watchers[is_candidate.to_numpy()].sort_index()
    own = pd.Series(people.index, index=people.index, dtype=object)
    organisation = texts(people["organisation"])
    shape = people["service_area"].where(people["service_area"].notna(), people.geometry)
    partner = own.groupby(organisation).transform("first") if unit == "organisation" else own
    table = pd.DataFrame(
        {
            "partner_id": partner.fillna(own),
            "organisation": organisation,
            "kind": people["kind"],
            "visits_per_month": people["visits_per_month"],
        }
    )
    return gpd.GeoDataFrame(table, geometry=shape.to_numpy(dtype=object), crs=watchers.crs)


# --- agreements -------------------------------------------------------------------------------------------


def agreement_steps(
    city: StepCity,
    costs: CostTable,
    *,
    count: int = 5,
    both_ways: bool = False,
    progress: Report | None = None,
) -> AgreementSteps:
    """Say which districts should agree to help which.

    Raises
    ------
    analysis.errors.ParameterError
        ``count`` below 0.
    """
    tell_step(progress, "agreement")
    advice = advise_agreements(city.city.graph, count=count, both_ways=both_ways)
    chosen = int(advice.pairs["chosen"].sum())
    pairs = _pairs(city, advice)
    return AgreementSteps(
        **city.about(),
        count=count,
        both_ways=both_ways,
        proof=Proof(advice.status, a_month(advice.value), a_month(advice.bound), "weighted_visits"),
        pairs=pairs,
        flow=_flow(advice),
        centres=_centres(city, pairs),
        households=advice.households,
        without=int(advice.without_agreement["households"]),
        cost=chosen * prices_of(costs).agreement,
        assumed=bool(costs.costs.loc["agreement", "assumed"]),
    )


def _pairs(city: StepCity, advice: AgreementAdvice) -> pd.DataFrame:
    rows = advice.pairs
    table = pd.DataFrame(
        {
            "district": rows["district"],
            "district_name": city.names(rows["district"]),
            "helped_district": rows["helped_district"],
            "helped_name": city.names(rows["helped_district"]),
            "order": rows["order"],
            "gain": a_month(rows["gain_weighted"]),
            "alone": a_month(rows["alone_weighted"]),
            "alone_households": rows["alone_households"],
            "room": a_month(rows["room_visits"]),
            "missing": a_month(rows["missing_visits"]),
            "helpers": rows["border_helpers"],
            "border_households": rows["border_households"],
            "walk_m": rows["border_walk_m"],
        }
    )
    return table.sort_values("order", kind="stable", ignore_index=True)  # not chosen: last, as they stand


def _flow(advice: AgreementAdvice) -> pd.DataFrame:
    flow = advice.flow
    walk = flow["walk_m"] / flow["visits"]
    return flow.assign(visits=a_month(flow["visits"]), walk_m=walk)


def _centres(city: StepCity, pairs: pd.DataFrame) -> gpd.GeoDataFrame:
    named = city.areas.index.intersection(
        pd.unique(pairs[["district", "helped_district"]].to_numpy().ravel())
    )
    areas = city.areas.loc[named]
    points = areas.geometry.representative_point()
    return gpd.GeoDataFrame(areas[["name"]], geometry=points, crs=areas.crs).to_crs(STORE_CRS)


# --- consent ----------------------------------------------------------------------------------------------


def consent_steps(
    store: Store,
    viewer: Viewer,
    city: StepCity,
    costs: CostTable,
    *,
    count: int = 100,
    district: str | None = None,
    progress: Report | None = None,
) -> ConsentSteps:
    """Say how many households to ask for consent first, and where.

    Which households these are, only the coordinator of ``district`` gets, of those that may be shown to it.

    Raises
    ------
    analysis.errors.ParameterError
        ``count`` below 0.
    """
    tell_step(progress, "consent")
    graph = city.city.graph if district is None else _asking_in(city.city.graph, district)
    advice = advise_consent(graph, count=count)
    districts = _by_district(city, advice)
    listed = _listed(store, viewer, advice, district)
    return ConsentSteps(
        **city.about(),
        district=district,
        count=count,
        proof=Proof(advice.status, a_month(advice.value), a_month(advice.bound), "weighted_visits"),
        districts=districts,
        could_ask=_could_ask(city, advice),
        listed=listed,
        not_listed=len(advice.households) - len(listed) if len(listed) or may(viewer, "own_districts") else 0,
        asked=len(advice.households),
        households=advice.newly_watched,
        expected_households=advice.response * advice.newly_watched,
        expected=a_month(advice.expected_value),
        response=advice.response,
        without=int(advice.without_asking["households"]),
        could_ask_all=advice.counts["could_ask"],
        refused=advice.counts["refused"],
        both_needed=advice.counts["both_needed"],
        cost=len(advice.households) * prices_of(costs).ask,
        assumed=bool(costs.costs.loc["ask", "assumed"]),
    )


def _asking_in(graph: WatchGraph, district: str) -> WatchGraph:
    """Return the graph in which only households of one district can be asked; all others compete for room."""
    inside = (graph.households["district"] == district).to_numpy()
    kept = inside[graph.links["household"].to_numpy()] | graph.links["consent_ok"].to_numpy()
    return replace(graph, links=graph.links[kept].reset_index(drop=True))


def _by_district(city: StepCity, advice: ConsentAdvice) -> pd.DataFrame:
    asked = advice.households.assign(district=advice.households["district"].fillna(""))
    groups = asked.groupby(["district", "ask_level"])
    table = groups.agg(
        asked=("order", "size"), gain=("gain_weighted", "sum"), expected=("expected_weighted", "sum")
    ).reset_index()
    table[["gain", "expected"]] = a_month(table[["gain", "expected"]].astype(float))
    table.insert(1, "name", city.names(table["district"]))
    table = table.sort_values(["gain", "district", "ask_level"], ascending=[False, True, True])
    return table.reset_index(drop=True)


def _could_ask(city: StepCity, advice: ConsentAdvice) -> pd.DataFrame:
    could = advice.by_district[["could_ask"]].copy()
    could.insert(0, "name", city.names(could.index))
    return could


def _listed(store: Store, viewer: Viewer, advice: ConsentAdvice, district: str | None) -> pd.DataFrame:
    """Return the households to ask that this viewer may see, in their order."""
    asked = advice.households
    if may_in(viewer, "own_districts", district):
        own = asked.index[asked["district"] == district]
        with store.begin(write=True) as session:
            shown = access.find_visible(session, viewer, list(own))
        asked = asked[asked.index.isin(shown)]
    else:
        asked = asked.iloc[:0]
    return pd.DataFrame(
        {
            "order": asked["order"],
            "ask_level": asked["ask_level"],
            "visits": a_month(asked["visits"].astype(float)),
            "missing": a_month(asked["missing_visits"].astype(float)),
            "gain": a_month(asked["gain_weighted"].astype(float)),
        }
    )
