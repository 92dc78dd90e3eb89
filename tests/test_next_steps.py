"""Next steps of a city: counts and places only, each with its bound, put into the register and taken back."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.agreements import advise_agreements
from analysis.assignment import AssignmentWishes, propose_assignment
from analysis.consent import advise_consent
from analysis.errors import ParameterError
from app.services import next_steps, steps_apply
from app.services.demo import DEMO_DATE
from app.services.errors import RequestError
from app.services.next_steps import PartnerWish, RecruitWish, StepsWish
from app.services.step_results import REMEDIES, Proof
from app.services.steps_recruit import load_towns
from app.services.steps_start import count_winter, visits_of_proposal, visits_when_assigned, watched_with
from geodata import read
from geodata.errors import AccessRefusedError, ConflictError
from geodata.models import Household, Watcher
from tests.demo_store import OPERATOR, PLANNER, coordinator

FEW = StepsWish(recruits=3, agreements=2, asked=20, partners=2)


@pytest.fixture(scope="module")
def shared(tmp_path_factory, demo_file):
    """One copy of the demo city for tests that change nothing, with the city opened and its prices."""
    from geodata.session import Store
    from tests import demo_store

    store = Store(demo_store.copy(demo_file, tmp_path_factory.mktemp("steps")))
    yield store, next_steps.open_city(store, PLANNER, "normal", DEMO_DATE), next_steps.load_costs(store)
    store.close()


@pytest.fixture(scope="module")
def overview(shared):
    _, city, costs = shared
    return next_steps.load_next_steps(city, costs, FEW)


def open_demo(store, viewer=OPERATOR):
    return next_steps.open_city(store, viewer, "normal", DEMO_DATE), next_steps.load_costs(store)


def standing(store):
    """Return what the register holds of watchers and agreements, versions left out."""
    from sqlalchemy import select

    with store.begin() as session:
        watchers = {
            (w.watcher_id, w.kind, w.status, w.district)
            for w in session.scalars(select(Watcher))
            if w.status != "ended"
        }
        rows = read.read_agreements(session)
    open_ = rows[rows["valid_to"].isna() | (rows["valid_to"] >= DEMO_DATE)]
    return watchers, set(zip(open_["district"], open_["helped_district"], strict=True))


# --- the overview -----------------------------------------------------------------------------------------


def test_every_remedy_stands_once_with_a_bound_no_lower_than_its_value(overview):
    rows = overview.remedies
    assert sorted(rows.index) == sorted(REMEDIES)
    planned = rows[rows["status"] != "counted"]
    assert (planned["bound"] >= planned["value"] - 1e-9).all()
    assert planned["gap"].between(0, 1).all()
    assert rows.loc[["winter", "connect"], "bound"].isna().all()


def test_remedies_that_watch_come_first_and_cheapest_for_a_household_first(overview):
    rows = overview.remedies
    watching = rows["effect"] == "watched"
    assert watching.is_monotonic_decreasing
    each = rows.loc[watching, "cost_per_household"].dropna()
    assert each.is_monotonic_increasing
    served = rows["households"] > 0
    wanted = rows["cost"][served] / rows["households"][served]
    pd.testing.assert_series_equal(rows["cost_per_household"][served], wanted, check_names=False)


def test_all_steps_together_watch_no_fewer_than_the_watchers_there_are(overview, shared):
    _, city, _ = shared
    assert overview.missed == int((city.city.coverage.households["status"] != "watched").sum())
    assert overview.by_room <= overview.watched_by_all <= overview.missed
    assert overview.remaining == overview.missed - overview.watched_by_all


def test_room_alone_is_what_the_best_rearrangement_watches(overview, shared):
    graph, coverage = shared[1].city.graph, shared[1].city.coverage
    best = propose_assignment(graph, coverage, AssignmentWishes(keep="prefer", sharing="free"))
    assert overview.by_room == best.after["watched"] - best.before["watched"]
    rows = overview.remedies
    assert rows.loc[["assign", "rearrange"], "households"].sum() == overview.by_room


def test_no_remedies_chosen_leave_what_rearranging_leaves(shared):
    _, city, costs = shared
    nothing = StepsWish(recruits=0, agreements=0, asked=0, partners=0)
    found = next_steps.load_next_steps(city, costs, nothing)
    assert found.watched_by_all == found.by_room
    assert (found.remedies.loc[["consent", "agreement", "recruit", "partner"], "actions"] == 0).all()


def test_progress_is_told_and_what_it_raises_stops_the_work(shared):
    _, city, costs = shared
    told = []
    next_steps.load_next_steps(city, costs, FEW, progress=told.append)
    assert [step.done for step in told] == list(range(len(told)))
    assert {step.total for step in told} == {len(told)}

    def stop(step):
        if step.done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        next_steps.load_next_steps(city, costs, FEW, progress=stop)


def test_the_same_question_gets_the_same_answer(shared, overview):
    _, city, costs = shared
    again = next_steps.load_next_steps(city, costs, FEW)
    pd.testing.assert_frame_equal(again.remedies, overview.remedies)


def test_winter_counts_those_reached_in_the_normal_season_only(shared):
    city = shared[1]
    homes = city.city.graph.households
    snow = city.snow_walks()
    reach = city.data.watchers["reach_m"].to_numpy(dtype=float)
    able = (city.city.graph.watchers["is_active"] & city.city.graph.watchers["in_office"]).to_numpy()
    near = {int(h) for h, w, m in zip(snow.household, snow.watcher, snow.cost_m, strict=True)
            if able[w] and m <= reach[w] + 1e-6}  # fmt: skip
    wanted = sum(bool(ok) and at not in near for at, ok in enumerate(homes["reach_normal"]))
    assert count_winter(city) == wanted


# --- where remedies begin ---------------------------------------------------------------------------------


def test_assigning_first_serves_as_many_weighted_visits_as_the_exact_assignment(shared):
    graph, coverage = shared[1].city.graph, shared[1].city.coverage
    visits = visits_when_assigned(graph)
    best = propose_assignment(graph, coverage, AssignmentWishes(sharing="free"))
    weight = np.maximum(graph.households["weight"].to_numpy(), 0.01)
    assert float(visits @ weight[graph.links["household"]]) == pytest.approx(best.after["weighted_visits"])
    assert (visits >= graph.links["delivered_visits"]).all()
    assert watched_with(graph, visits_of_proposal(graph, best)) == best.after["watched"]


# --- recruiting -------------------------------------------------------------------------------------------


def test_recruit_places_are_grid_points_and_never_a_households(shared):
    _, city, costs = shared
    found = next_steps.recruit_steps(city, costs, RecruitWish(count=4, curve=True))
    metric = found.places.to_crs(city.info.metric_epsg)
    assert (((metric.geometry.x / 250) % 1 - 0.5).abs() < 1e-3).all()
    assert (((metric.geometry.y / 250) % 1 - 0.5).abs() < 1e-3).all()
    assert metric.geometry.disjoint(city.data.households.geometry.union_all()).all()
    assert "household_id" not in found.places.columns
    assert found.before <= found.without <= found.after


def test_recruit_figures_fit_each_other_and_the_curve(shared):
    _, city, costs = shared
    found = next_steps.recruit_steps(city, costs, RecruitWish(count=4, curve=True))
    assert found.places["households_gained"].sum() == found.after - found.without
    assert sum(found.missed.values()) == found.households - found.after
    assert found.cost == len(found.places) * 100_000
    assert found.curve["count"].tolist() == [0, 1, 2, 3, 4]
    assert found.curve["value"].is_monotonic_increasing
    assert (found.curve["bound"] >= found.curve["value"] - 1e-9).all()
    assert found.curve["watched"].iloc[0] == found.without


def test_recruits_of_a_district_stand_in_that_district(shared):
    _, city, costs = shared
    code = city.data.households["community_district"].mode()[0]
    found = next_steps.recruit_steps(city, costs, RecruitWish(count=3, district=code))
    assert set(found.places["district"]) <= {code}


def test_towns_and_given_points_are_places_too(shared):
    store, city, costs = shared
    towns = load_towns(store)
    found = next_steps.recruit_steps(city, costs, RecruitWish(count=2, places=towns))
    assert set(found.places.index) <= set(towns.index)
    given = towns.set_geometry(towns.to_crs(city.info.metric_epsg).representative_point()).rename_axis(
        "candidate_id"
    )
    again = next_steps.recruit_steps(city, costs, RecruitWish(count=2, places=given))
    assert again.proof.value == pytest.approx(found.proof.value)


def test_a_share_takes_at_least_as_many_recruits_as_proven(shared):
    _, city, costs = shared
    none = next_steps.recruit_steps(city, costs, RecruitWish(count=0))
    share = (none.without + 1) / none.households
    found = next_steps.recruit_steps(city, costs, RecruitWish(share=share))
    assert found.after >= none.without + 1
    assert found.fewest <= len(found.places)
    everybody = next_steps.recruit_steps(city, costs, RecruitWish(share=1.0, grid_m=1_000.0))
    assert everybody.proof.status == "infeasible"


def test_no_place_and_an_unknown_kind_are_refused(shared):
    _, city, costs = shared
    with pytest.raises(RequestError, match="got 0"):
        next_steps.recruit_steps(city, costs, RecruitWish(district="nowhere"))
    with pytest.raises(ParameterError, match="shop"):
        next_steps.recruit_steps(city, costs, RecruitWish(kind="shop"))


# --- partners, agreements, consent ------------------------------------------------------------------------


def test_partners_name_every_round_of_the_organisations_signed(shared):
    _, city, costs = shared
    found = next_steps.partner_steps(city, costs, PartnerWish(count=2))
    assert len(found.rounds) == found.partners["rounds"].sum()
    assert set(found.rounds["partner_id"]) == set(found.partners.index)
    single = next_steps.partner_steps(city, costs, PartnerWish(count=2, unit="round"))
    assert (single.partners["rounds"] == 1).all()
    assert found.cost == 20_000 * len(found.partners)


def test_partners_fit_the_budget(shared):
    _, city, costs = shared
    found = next_steps.partner_steps(city, costs, PartnerWish(count=None, budget=20_000.0))
    assert found.cost <= 20_000
    assert found.proof.value <= found.proof.bound + 1e-9


def test_agreements_tell_the_advice_a_month(shared):
    _, city, costs = shared
    found = next_steps.agreement_steps(city, costs, count=2)
    advice = advise_agreements(city.city.graph, count=2)
    assert found.proof.value == pytest.approx(advice.value / 12)
    assert found.proof.gap == pytest.approx(advice.gap)
    chosen = found.pairs[found.pairs["order"].notna()]
    assert chosen["order"].tolist() == list(range(1, len(chosen) + 1))
    assert found.pairs["order"].notna().tolist() == sorted(found.pairs["order"].notna(), reverse=True)
    assert found.cost == 100_000 * len(chosen)
    assert set(found.pairs["district"]) | set(found.pairs["helped_district"]) == set(found.centres.index)


def test_consent_is_counts_for_a_planner_and_a_list_for_the_coordinator(shared):
    store, city, costs = shared
    code = city.data.households["community_district"].mode()[0]
    whole = next_steps.consent_steps(store, PLANNER, city, costs, count=30)
    assert whole.listed.empty
    assert whole.not_listed == 0
    assert whole.districts["asked"].sum() == whole.asked == min(30, whole.asked)
    own = next_steps.consent_steps(store, coordinator(code), city, costs, count=30, district=code)
    homes = city.data.households
    assert len(own.listed) + own.not_listed == own.asked
    assert (homes.loc[own.listed.index, "consent"] >= 2).all()
    assert (homes.loc[own.listed.index, "community_district"] == code).all()
    assert set(own.districts["district"]) <= {code}
    other = next_steps.consent_steps(store, coordinator("another"), city, costs, count=30, district=code)
    assert other.listed.empty


def test_asking_in_every_district_finds_no_more_than_asking_anywhere(shared):
    store, city, costs = shared
    whole = next_steps.consent_steps(store, PLANNER, city, costs, count=10)
    for code in city.areas.index:
        part = next_steps.consent_steps(store, PLANNER, city, costs, count=10, district=code)
        assert part.proof.value <= whole.proof.bound + 1e-6
        assert part.without == whole.without
    assert advise_consent(city.city.graph, count=10).value / 12 == pytest.approx(whole.proof.value)


# --- budget and prices ------------------------------------------------------------------------------------


def test_a_budget_is_kept_and_its_actions_add_up(shared):
    _, city, costs = shared
    found = next_steps.budget_steps(city, costs, yen=100_000.0, recruit=RecruitWish(count=3))
    points = found.points
    assert points.loc[found.chosen, "cost"] <= 100_000
    assert points["value"].is_monotonic_increasing
    assert (points["bound"] >= points["value"] - 1e-9).all()
    by_point = found.actions.groupby("point")
    for point, row in points[points["cost"] > 0].iterrows():
        assert by_point["cost"].sum()[point] == pytest.approx(row["cost"])
        assert by_point["gain"].sum()[point] == pytest.approx(row["value"], rel=1e-6)
    assert found.actions["district"].notna().all()
    assert "household_id" not in found.actions.columns


def test_the_plan_of_a_budget_lies_between_its_neighbours(shared):
    _, city, costs = shared
    free = next_steps.budget_steps(city, costs, recruit=None)
    budgets = free.points["cost"].to_numpy()
    middle = float(budgets[1:3].mean())
    found = next_steps.budget_steps(city, costs, yen=middle, recruit=None)
    row = found.points.loc[found.chosen]
    assert row["cost"] <= middle
    assert free.points["value"].iloc[1] <= row["value"] <= free.points["bound"].iloc[2]
    assert row["value"] <= found.proof.bound <= free.points["bound"].iloc[2] + 1e-9
    assert found.points["value"].is_monotonic_increasing
    assert (found.proof.value, found.proof.bound) == (row["value"], row["bound"])
    nothing = next_steps.budget_steps(city, costs, yen=0.0, recruit=None)
    assert nothing.points.loc[nothing.chosen, ["cost", "value"]].tolist() == [0, 0]


def test_stated_prices_replace_the_assumed_ones_until_they_are_left_out(demo):
    before = next_steps.load_costs(demo)
    assert before.costs["assumed"].all()
    stated = pd.DataFrame({"remedy": ["ask"], "yen_per_year": [500.0], "note": ["FY2026"]})
    after = next_steps.save_costs(demo, PLANNER, stated, before.versions)
    assert after.costs.loc["ask", ["yen_per_year", "assumed", "note"]].tolist() == [500.0, False, "FY2026"]
    assert after.costs.loc["ask", "default"] == 2_000
    with pytest.raises(ConflictError):
        next_steps.save_costs(demo, PLANNER, stated, before.versions)
    gone = next_steps.save_costs(demo, PLANNER, stated.iloc[:0], after.versions)
    pd.testing.assert_frame_equal(gone.costs, before.costs)


def test_prices_below_zero_or_of_unknown_remedies_are_refused(demo):
    versions = next_steps.load_costs(demo).versions
    for name, yen in (("ask", -1.0), ("magic", 1.0)):
        with pytest.raises(ParameterError):
            next_steps.save_costs(
                demo, PLANNER, pd.DataFrame({"remedy": [name], "yen_per_year": [yen]}), versions
            )
    with pytest.raises(AccessRefusedError):
        stated = pd.DataFrame({"remedy": ["ask"], "yen_per_year": [1.0]})
        next_steps.save_costs(demo, coordinator("K01"), stated, versions)


def test_a_proof_has_no_gap_where_nothing_is_possible():
    assert Proof("nothing_to_do", 0.0, 0.0, "weighted_visits").gap == 0
    assert Proof("feasible", 3.0, 4.0, "weighted_visits").gap == 0.25


# --- into the register and back ---------------------------------------------------------------------------


def test_posts_partners_and_agreements_are_put_in_and_taken_back(demo):
    before = standing(demo)
    city, costs = open_demo(demo)
    posts = next_steps.recruit_steps(city, costs, RecruitWish(count=2))
    steps_apply.open_posts(demo, OPERATOR, city, posts)
    city, costs = open_demo(demo)
    signed = next_steps.partner_steps(city, costs, PartnerWish(count=1))
    steps_apply.sign_partners(demo, OPERATOR, city, signed)
    city, costs = open_demo(demo)
    made = next_steps.agreement_steps(city, costs, count=2, both_ways=True)
    steps_apply.make_agreements(demo, OPERATOR, city, made)
    watchers, agreements = standing(demo)
    vacant = {w for w in watchers - before[0] if w[2] == "vacant"}
    assert {w[3] for w in vacant} == set(posts.places["district"])
    assert {w[0] for w in watchers if w[2] == "active"} >= set(signed.rounds.index)
    chosen = made.pairs[made.pairs["order"].notna()]
    pairs = set(zip(chosen["district"], chosen["helped_district"], strict=True))
    assert agreements - before[1] >= pairs | {(b, a) for a, b in pairs} - before[1]
    edits = steps_apply.list_edits(demo, OPERATOR)
    assert edits["act"].tolist() == ["agree", "sign", "post"]
    for number in edits.index:
        steps_apply.take_back(demo, OPERATOR, number)
    assert standing(demo) == before


def test_no_second_post_is_opened_where_one_of_the_kind_is_vacant(demo):
    city, costs = open_demo(demo)
    first = steps_apply.open_posts(
        demo, OPERATOR, city, next_steps.recruit_steps(city, costs, RecruitWish(count=2))
    )
    assert (first.opened, first.standing) == (2, 0)
    there = standing(demo)
    city, costs = open_demo(demo)
    again = next_steps.recruit_steps(city, costs, RecruitWish(count=2))
    told = steps_apply.open_posts(demo, OPERATOR, city, again)
    assert (told.revision, told.opened, told.standing) == (None, 0, 2)
    assert standing(demo) == there
    other = next_steps.recruit_steps(city, costs, RecruitWish(kind="npo", places=again.places, count=2))
    assert steps_apply.open_posts(demo, OPERATOR, city, other).opened == len(other.places) > 0
    for number in steps_apply.list_edits(demo, OPERATOR).index:
        steps_apply.take_back(demo, OPERATOR, number)
    city, costs = open_demo(demo)
    assert steps_apply.open_posts(demo, OPERATOR, city, again).opened == 2  # one taken back is not vacant


def test_a_signed_partner_is_no_candidate_and_its_households_are_noticed(demo):
    city, costs = open_demo(demo)
    found = next_steps.partner_steps(city, costs, PartnerWish(count=1))
    steps_apply.sign_partners(demo, OPERATOR, city, found)
    later, costs = open_demo(demo)
    again = next_steps.partner_steps(later, costs, PartnerWish(count=10))
    assert again.candidates == found.candidates - len(found.rounds)
    assert not set(again.partners.index) & set(found.partners.index)
    assert again.noticed_before >= 0
    assert again.counted == found.counted - found.enough


def test_only_an_operator_applies_and_only_to_the_data_read(demo):
    city, costs = open_demo(demo)
    made = next_steps.agreement_steps(city, costs, count=1)
    with pytest.raises(AccessRefusedError):
        steps_apply.make_agreements(demo, PLANNER, city, made)
    steps_apply.make_agreements(demo, OPERATOR, city, made)
    with pytest.raises(ConflictError):
        steps_apply.make_agreements(demo, OPERATOR, city, made)


def test_an_advice_without_actions_changes_nothing(demo):
    city, costs = open_demo(demo)
    none = next_steps.agreement_steps(city, costs, count=0)
    assert steps_apply.make_agreements(demo, OPERATOR, city, none) is None
    assert dataclasses.asdict(open_demo(demo)[0].info) == dataclasses.asdict(city.info)


def test_a_city_without_candidates_districts_or_gaps_gets_an_answer(demo):
    from sqlalchemy import update

    with demo.begin(write=True) as session:
        session.execute(update(Household).values(visits_per_month=0.0))
        session.execute(update(Watcher).where(Watcher.status == "candidate").values(status="ended"))
    city, costs = open_demo(demo, PLANNER)
    found = next_steps.load_next_steps(city, costs, FEW)
    assert (found.missed, found.watched_by_all, found.remaining) == (0, 0, 0)
    planned = found.remedies.loc[["assign", "rearrange", "consent", "agreement", "recruit", "partner"]]
    assert (planned["status"] == "nothing_to_do").all()
    assert next_steps.budget_steps(city, costs).status == "nothing_to_do"
