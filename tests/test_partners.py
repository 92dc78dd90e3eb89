"""Which partners to sign: by hand, and against trying every set of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from analysis.coverage import assess_coverage
from analysis.errors import ParameterError
from analysis.milp import Limits
from analysis.partners import (
    PartnerLimits,
    PartnerRules,
    build_partner_offers,
    choose_partners,
    partner_curve,
    with_costs,
)
from analysis.watch_graph import build_watch_graph
from tests.small_worlds import NORMAL, assignments, households, walking_costs, watchers, world

AT_ONCE = Limits(nodes=0, seconds=60.0)


def firm(passes, **extra):
    return {"kind": "delivery_firm", "visits_per_month": passes, "status": "candidate", **extra}


def offers_of(inputs, rules=PartnerRules(), **options):
    graph = build_watch_graph(inputs, NORMAL)
    return build_partner_offers(graph, assess_coverage(graph), inputs, rules=rules, **options)


def near(pairs):
    return {tuple(pair.split()): 100 for pair in pairs}


@pytest.fixture
def three_firms():
    """Three homes that nobody watches. Post: H1, H2 weekly; Milk: H2, H3 twice a month; Shop: H3 weekly."""
    inputs = world(
        households(H1=1, H2=1, H3=1),
        watchers(M=firm(2), P=firm(4), S=firm(4, kind="shop")),
        costs=near(["P H1", "P H2", "M H2", "M H3", "S H3"]),
    )
    return offers_of(inputs)


# --- by hand ----------------------------------------------------------------------------------------------


def test_partner_that_adds_most_to_those_before_comes_next(three_firms):
    plan = choose_partners(three_firms, PartnerLimits(count=2))
    # P alone: 2 homes in full. After it M adds half of H3, S all of it.
    assert list(plan.partners.index) == ["P", "S"]
    assert plan.partners["gain"].tolist() == [2.0, 1.0]
    assert plan.partners["households_enough"].tolist() == [2, 1]
    assert (plan.status, plan.value, plan.bound, plan.gap) == ("optimal", 3.0, 3.0, 0.0)
    assert plan.before == {"enough": 0, "weight_enough": 0.0, "noticed": 0, "cost_yen": 0.0}
    assert plan.after == {"enough": 3, "weight_enough": 3.0, "noticed": 3, "cost_yen": 0.0}


def test_passes_at_exactly_the_threshold_are_enough():
    inputs = world(households(H1=1), watchers(P=firm(4)), costs=near(["P H1"]))
    for threshold, enough in ((4.0, 1), (4.01, 0)):
        offers = offers_of(inputs, PartnerRules(enough_per_month=threshold))
        assert choose_partners(offers, PartnerLimits(count=1)).after["enough"] == enough


def test_partners_in_office_already_count_towards_enough():
    people = watchers(A=firm(3) | {"status": "active"}, P=firm(4))
    offers = offers_of(world(households(H1=1), people, costs=near(["A H1", "P H1"])))
    plan = choose_partners(offers, PartnerLimits(count=1))
    assert plan.value == pytest.approx(0.25)  # one pass of four was lacking
    assert plan.households.loc["H1"].to_dict() == {
        "counted": True, "passes_today": 3.0, "passes_after": 7.0, "enough_after": True,
    }  # fmt: skip


def test_watched_households_count_only_when_asked_for():
    people = watchers(W=1, P=firm(4))
    inputs = world(
        households(H1=1, H2=1), people, assignments(("W", "H1")), costs=near(["W H1", "P H1", "P H2"])
    )
    assert choose_partners(offers_of(inputs), PartnerLimits(count=1)).value == 1.0
    every = offers_of(inputs, PartnerRules(households="all"))
    assert choose_partners(every, PartnerLimits(count=1)).value == 2.0


def test_organisation_is_signed_with_all_its_rounds_or_round_by_round():
    people = watchers(P1=firm(4, organisation="Post"), P2=firm(4, organisation="Post"), Q=firm(4))
    inputs = world(households(H1=1, H2=1, H3=1), people, costs=near(["P1 H1", "P2 H2", "Q H3"]))
    whole = choose_partners(offers_of(inputs), PartnerLimits(count=1))
    assert whole.value == 2.0
    assert whole.partners.loc["P1", ["organisation", "rounds"]].tolist() == ["Post", 2]
    single = choose_partners(offers_of(inputs, PartnerRules(unit="round")), PartnerLimits(count=1))
    assert (single.value, single.partners["rounds"].tolist()) == (1.0, [1])
    alone = choose_partners(offers_of(inputs), PartnerLimits(count=2))
    assert alone.partners.loc["Q", "organisation"] is None


def test_round_notices_doors_within_its_distance_without_walking_costs():
    people = watchers(P=firm(4, service_area=LineString([(0, 0), (100, 0)]), x=5_000.0))
    homes = households(H1={"x": 50.0, "y": 30.0}, H2={"x": 50.0, "y": 31.0})
    offers = offers_of(world(homes, people, costs={}))
    assert offers.passes.toarray().tolist() == [[48], [0]]
    assert offers.counts["households_no_candidate"] == 1


def test_given_candidates_replace_those_of_the_register():
    inputs = world(households(H1=1), watchers(W=1, P=firm(4)), costs=near(["P H1"]))
    given_ones = watchers(N=firm(1))
    costs = walking_costs(near(["N H1"]), inputs.households.index, given_ones.index)
    offers = offers_of(inputs, candidates=(given_ones, costs))
    assert list(offers.partners.index) == ["N"]
    assert choose_partners(offers, PartnerLimits(count=1)).value == 0.25


def test_candidates_that_notice_nobody_and_homes_without_one_are_counted():
    people = watchers(P=firm(4), Far=firm(4), Never=firm(0), W=dict(status="candidate"))
    offers = offers_of(world(households(H1=1, H2=1), people, costs=near(["P H1", "Never H1"])))
    assert offers.counts == {
        "candidates": 3, "candidates_noticing_nobody": 2, "households": 2, "households_counted": 2,
        "households_enough_today": 0, "households_no_candidate": 1,
    }  # fmt: skip


def test_budget_prefers_gain_for_its_cost_but_not_blindly():
    # A notices 1 home for 1 yen, B 5 homes for 10: the cheaper rate leaves no money for the better plan.
    homes = households(**{f"H{number}": 1 for number in range(6)})
    pairs = ["A H0", *(f"B H{number}" for number in range(1, 6))]
    offers = with_costs(
        offers_of(world(homes, watchers(A=firm(4), B=firm(4)), costs=near(pairs))),
        pd.Series({"A": 1.0, "B": 10.0}),
    )
    plan = choose_partners(offers, PartnerLimits(budget_yen=10.0), search=AT_ONCE)
    assert (list(plan.partners.index), plan.after["cost_yen"]) == (["B"], 10.0)
    assert plan.guarantee == pytest.approx(1 - np.exp(-0.5))
    assert choose_partners(offers, PartnerLimits(budget_yen=11.0)).value == 6.0


# --- statuses ---------------------------------------------------------------------------------------------


def test_contradicting_wishes_are_infeasible_with_a_reason(three_firms):
    costly = with_costs(three_firms, 100.0)
    for limits, reason in (
        (PartnerLimits(count=1, required=("P", "S")), "too_many_required"),
        (PartnerLimits(count=2, required=("P",), excluded=("P",)), "required_and_excluded"),
        (PartnerLimits(budget_yen=99.0, required=("P",)), "required_over_budget"),
    ):
        plan = choose_partners(costly, limits)
        assert (plan.status, plan.reason, len(plan.partners)) == ("infeasible", reason, 0)
        assert np.isnan(plan.value) and np.isnan(plan.bound)


def test_nothing_to_do_without_candidates_or_lacks():
    nobody = offers_of(world(households(H1=1), watchers(W=1), costs={}))
    assert choose_partners(nobody, PartnerLimits(count=3)).status == "nothing_to_do"
    empty = offers_of(world(households(), watchers(P=firm(4)), costs={}))
    assert choose_partners(empty, PartnerLimits(budget_yen=1.0)).value == 0.0
    assert len(partner_curve(empty)) == 1


def test_required_partner_is_signed_though_it_adds_nothing(three_firms):
    plan = choose_partners(three_firms, PartnerLimits(count=3, required=("M",), excluded=("S",)))
    assert set(plan.partners.index) == {"P", "M"}
    idle = choose_partners(three_firms, PartnerLimits(count=3))
    assert list(idle.partners.index) == ["P", "S"]  # M would add nothing


def test_unknown_partners_and_missing_limits_are_refused(three_firms):
    with pytest.raises(ParameterError, match="got nobody"):
        choose_partners(three_firms, PartnerLimits(count=1, required=("nobody",)))
    with pytest.raises(ParameterError, match="got neither"):
        PartnerLimits()
    with pytest.raises(ParameterError, match="got -1"):
        PartnerLimits(count=-1)
    with pytest.raises(ParameterError, match="got nan"):
        PartnerLimits(budget_yen=float("nan"))
    with pytest.raises(
        ParameterError, match=r"enough passes a month > 0.*unit of signing.*households to count"
    ):
        PartnerRules(0.0, "street", "some")
    with pytest.raises(ParameterError, match="got 2 others"):
        with_costs(three_firms, pd.Series({"P": -1.0, "M": 1.0}))


# --- against trying every set -----------------------------------------------------------------------------


@st.composite
def city(draw):
    homes, firms = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    people = {f"P{number}": firm(draw(st.sampled_from([0.5, 1, 2, 4, 30]))) for number in range(firms)}
    rows = {f"H{number}": {"weight": draw(st.sampled_from([0.5, 1.0, 2.0]))} for number in range(homes)}
    pairs = [(p, h) for p in people for h in rows if draw(st.booleans())]
    offers = offers_of(world(households(**rows), watchers(**people), costs=dict.fromkeys(pairs, 100.0)))
    costs = {name: float(draw(st.integers(0, 5))) for name in people}
    return with_costs(offers, pd.Series(costs))


def worth(offers, chosen):
    """Return the value of a set of positions by its definition, home by home."""
    passes, total = offers.passes.toarray(), 0.0
    for row, home in enumerate(offers.households.itertuples()):
        won = min(48, home.passes_today + sum(passes[row, p] for p in chosen)) - home.passes_today
        total += home.weight * won / 48 if home.counted else 0.0
    return total


def best_worth(offers, limits):
    cost = offers.partners["cost_yen"].to_numpy()
    sets = [c for size in range(len(cost) + 1) for c in combinations(range(len(cost)), size)]
    if limits.count is not None:
        sets = [c for c in sets if len(c) <= limits.count]
    if limits.budget_yen is not None:
        sets = [c for c in sets if cost[list(c)].sum() <= limits.budget_yen]
    required = set(np.flatnonzero(offers.partners.index.isin(limits.required)))
    excluded = set(np.flatnonzero(offers.partners.index.isin(limits.excluded)))
    return max(worth(offers, c) for c in sets if required <= set(c) and not excluded & set(c))


@settings(max_examples=60, deadline=None)
@given(city(), st.integers(1, 3), st.integers(5, 12), st.sampled_from(["count", "budget", "both"]))
def test_plan_is_the_best_of_all_sets(offers, count, budget, kind):
    limits = PartnerLimits(
        count=None if kind == "budget" else count,
        budget_yen=None if kind == "count" else budget,
        required=("P0",),  # costs at most 5
        excluded=("P3",) if "P3" in offers.partners.index else (),
    )
    best = best_worth(offers, limits)
    plan = choose_partners(offers, limits)
    assert plan.value == pytest.approx(best)
    assert plan.bound == pytest.approx(best)
    assert plan.status in ("optimal", "nothing_to_do")
    assert plan.partners["gain"].sum() == pytest.approx(plan.value)
    assert "P0" in plan.partners.index and "P3" not in plan.partners.index


@settings(max_examples=40, deadline=None)
@given(city(), st.integers(0, 4), st.integers(0, 12))
def test_greedy_keeps_its_guarantee_and_the_bound_holds(offers, count, budget):
    for limits in (PartnerLimits(count=count), PartnerLimits(budget_yen=budget)):
        best, plan = best_worth(offers, limits), choose_partners(offers, limits, search=AT_ONCE)
        assert plan.value <= best * (1 + 1e-9) <= plan.bound * (1 + 2e-9) + 1e-9
        assert plan.value >= plan.guarantee * best - 1e-9


@settings(max_examples=30, deadline=None)
@given(city())
def test_larger_number_or_budget_never_lowers_the_value(offers):
    by_count = [choose_partners(offers, PartnerLimits(count=count)).value for count in range(5)]
    by_budget = [choose_partners(offers, PartnerLimits(budget_yen=yen)).value for yen in range(0, 20, 3)]
    assert (np.diff(by_count) >= -1e-9).all() and (np.diff(by_budget) >= -1e-9).all()


@settings(max_examples=30, deadline=None)
@given(city())
def test_curve_lies_between_greedy_and_a_bound_on_every_set(offers):
    curve = partner_curve(offers)
    assert curve["partner_id"].iloc[0] is None
    best = [best_worth(offers, PartnerLimits(count=count)) for count in curve.index]
    assert (curve["value"] <= np.array(best) + 1e-9).all()
    assert (curve["bound"] >= np.array(best) - 1e-9).all()
    assert curve[["value", "bound", "cost_yen"]].diff().iloc[1:].ge(-1e-9).all(axis=None)
    assert curve["gap"].between(0, 1 - 1 / np.e + 1e-9).all()


def test_same_offers_give_the_same_plan_twice(three_firms):
    first, second = (choose_partners(three_firms, PartnerLimits(count=2)) for _ in range(2))
    pd.testing.assert_frame_equal(first.partners, second.partners)


def test_offers_are_not_changed_by_choosing(three_firms):
    before = three_firms.households.copy(), three_firms.passes.toarray()
    choose_partners(three_firms, PartnerLimits(count=2))
    pd.testing.assert_frame_equal(three_firms.households, before[0])
    assert (three_firms.passes.toarray() == before[1]).all()
