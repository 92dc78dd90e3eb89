"""Recruiting: by hand on tiny worlds, against trying every choice, and the promises of plan and bound."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import recruiting
from analysis.coverage import assess_coverage
from analysis.errors import FrameError, ParameterError
from analysis.frames import ACTIVE_KINDS
from analysis.recruit_problem import RECRUIT_KINDS, RecruitKind, build_recruit_problem, with_backups
from analysis.recruit_share import recruits_for_share
from analysis.recruiting import recruit_best, recruit_curve
from analysis.watch_graph import build_watch_graph
from tests.small_openings import best_by_trying
from tests.small_worlds import NORMAL, assignments, households, walking_costs, watchers, world

ONE_VISIT = RecruitKind("welfare_commissioner", 1.0, 800.0)  # 12 visits a year


def city(homes, people=None, standing=None, costs=None):
    people = watchers(W1=0.0) if people is None else people
    return build_watch_graph(world(homes, people, standing, costs=costs or {}), NORMAL)


def candidates(**districts):
    ids = pd.Index(list(districts), name="candidate_id", dtype=object)
    return pd.DataFrame({"district": list(districts.values())}, index=ids)


def question(graph, places, costs, kind=ONE_VISIT, **options):
    walks = walking_costs(costs, graph.households.index, places.index)
    return build_recruit_problem(graph, places, walks, kind=kind, **options)


# --- by hand ----------------------------------------------------------------------------------------------


def test_the_candidate_near_more_missed_households_is_chosen_first():
    graph = city(households(H1=0.5, H2=0.5, H3=0.5))
    places = candidates(P1="A", P2="A")
    problem = question(graph, places, {("P1", "H1"): 100, ("P1", "H2"): 100, ("P2", "H3"): 100})
    plan = recruit_best(problem, 2)
    assert plan.chosen["candidate_id"].tolist() == ["P1", "P2"]
    assert plan.chosen["households_gained"].tolist() == [2, 1]
    assert plan.chosen["visits_gained"].tolist() == [12, 6]  # half a visit a month is 6 a year
    assert plan.chosen["walk_m"].tolist() == [1200.0, 600.0]
    assert (plan.before["watched"], plan.after["watched"]) == (0, 3)
    assert (plan.status, plan.value, plan.bound, plan.gap) == ("optimal", 18.0, 18.0, 0.0)


def test_a_recruit_has_no_more_visits_than_its_kind():
    graph = city(households(H1=1, H2=1))
    problem = question(graph, candidates(P1="A"), {("P1", "H1"): 100, ("P1", "H2"): 50})
    plan = recruit_best(problem, 1)
    assert plan.visits["household_id"].tolist() == ["H2"]  # 12 visits: the nearer one
    assert plan.visits["is_recruit"].tolist() == [True]
    assert plan.missed.to_dict() == {
        "out_of_reach": 0,
        "no_consent": 0,
        "other_district": 0,
        "not_chosen": 0,
        "no_room": 1,
    }


def test_watchers_in_office_use_their_room_in_the_same_optimum():
    # W1 could serve either; P1 reaches H1 only, so W1 turns to H2.
    graph = city(households(H1=1, H2=1), watchers(W1=1), costs={("W1", "H1"): 10, ("W1", "H2"): 500})
    plan = recruit_best(question(graph, candidates(P1="A"), {("P1", "H1"): 700}), 1)
    assert dict(zip(plan.visits["household_id"], plan.visits["watcher_id"], strict=True)) == {
        "H1": "P1",
        "H2": "W1",
    }
    assert plan.chosen["households_gained"].tolist() == [1]  # the other one W1 serves without a recruit
    assert [tally["watched"] for tally in (plan.before, plan.without, plan.after)] == [0, 1, 2]


def test_what_watchers_do_already_stays():
    graph = city(
        households(H1=1, H2=1),
        watchers(W1=1),
        assignments(("W1", "H1")),
        {("W1", "H1"): 10, ("W1", "H2"): 10},
    )
    plan = recruit_best(question(graph, candidates(P1="A"), {("P1", "H1"): 10}), 1)
    assert plan.chosen.empty  # only moving W1 would make P1 useful
    assert plan.status == "nothing_to_do"
    given = np.array([0, 12])  # W1 serves H2 in the rearranged base
    plan = recruit_best(question(graph, candidates(P1="A"), {("P1", "H1"): 10}, visits=given), 1)
    assert plan.after["watched"] == 2


def test_each_missed_household_has_the_reason_that_bars_all_candidates():
    homes = households(
        H1=dict(consent=1),
        H2=dict(community_district="B"),
        H3=1,
        H4=1,
        H5=1,
    )
    near = {("P1", home): 100.0 for home in ("H1", "H2", "H3", "H5")} | {("P2", "H4"): 100.0}
    plan = recruit_best(question(city(homes), candidates(P1="A", P2="A"), near), 1)
    assert plan.missed.tolist() == [0, 1, 1, 1, 1]
    plan = recruit_best(question(city(homes), candidates(P1="A"), {("P1", "H3"): 800.0}), 1)
    assert plan.missed["out_of_reach"] == 4
    assert plan.after["watched"] == 1  # exactly the reach is within it


def test_a_kind_of_the_whole_city_serves_every_district():
    homes = households(H1=dict(community_district="B"), H2=dict(community_district=None))
    walks = {("P1", "H1"): 100.0, ("P1", "H2"): 100.0}
    bound_to = RecruitKind("npo", 2.0, 800.0, own_district=True)
    anywhere = RecruitKind("npo", 2.0, 800.0, own_district=False)
    for place in ("A", None):
        assert recruit_best(question(city(homes), candidates(P1=place), walks, bound_to), 1).value == 0
        assert recruit_best(question(city(homes), candidates(P1=place), walks, anywhere), 1).value == 24


def test_a_household_count_and_weighted_visits_may_choose_differently():
    # P1 serves one household of 12 visits, P2 two of 6 each with little weight.
    homes = households(H1=dict(weight=2.0), H2=0.5, H3=0.5)
    walks = {("P1", "H1"): 10.0, ("P2", "H2"): 10.0, ("P2", "H3"): 10.0}
    problem = question(city(homes), candidates(P1="A", P2="A"), walks)
    assert recruit_best(problem, 1).chosen["candidate_id"].tolist() == ["P1"]
    counted = recruit_best(problem, 1, measure="households")
    assert counted.chosen["candidate_id"].tolist() == ["P2"]
    assert (counted.value, counted.after["watched"]) == (2.0, 2)


def test_the_p_median_breaks_ties_between_candidates():
    problem = question(
        city(households(H1=1)), candidates(P1="A", P2="A"), {("P1", "H1"): 300, ("P2", "H1"): 200}
    )
    plan = recruit_best(problem, 2)
    assert plan.chosen["candidate_id"].tolist() == ["P2"]  # one is enough, and the nearer one


def test_no_candidates_and_no_gaps_are_a_status_and_no_error():
    graph = city(households(H1=1))
    plan = recruit_best(question(graph, candidates(), {}), 3)
    assert (plan.status, len(plan.chosen), len(plan.visits)) == ("nothing_to_do", 0, 0)
    assert recruits_for_share(question(graph, candidates(), {}), 0.5).status == "infeasible"
    empty = city(households(H1=0.0))
    assert recruits_for_share(question(empty, candidates(), {}), 1.0).status == "nothing_to_do"


def test_gains_are_told_for_the_first_candidates_only(monkeypatch):
    monkeypatch.setattr(recruiting, "GAINS_TOLD", 1)
    plan = recruit_best(three_places(), 3)
    assert plan.chosen["households_gained"].tolist() == [1, pd.NA, pd.NA]
    assert plan.chosen["visits"].tolist() == [12, 12, 12]


# --- backups ----------------------------------------------------------------------------------------------


def backed(weight=0.1, capacity=1.0):
    """H1 and H2 are watched by W1 alone, H3 by nobody; P1 is near H1 and H3, P2 near H2."""
    graph = city(
        households(H1=1, H2=1, H3=1),
        watchers(W1=2),
        assignments(("W1", "H1"), ("W1", "H2")),
        {("W1", "H1"): 10, ("W1", "H2"): 10},
    )
    places = candidates(P1="A", P2="A")
    costs = {("P1", "H1"): 10.0, ("P1", "H3"): 10.0, ("P2", "H2"): 10.0}
    kind = RecruitKind("welfare_commissioner", capacity, 800.0)
    problem = question(graph, places, costs, kind)
    walks = walking_costs(costs, graph.households.index, places.index)
    return with_backups(problem, assess_coverage(graph), walks, weight=weight)


def test_first_watchers_come_before_backups():
    plan = recruit_best(backed(), 1)
    assert plan.chosen["candidate_id"].tolist() == ["P1"]
    assert (plan.after["watched"], plan.backed_up) == (3, 0)  # all 12 visits go to H3


def test_room_left_backs_up_households_watched_alone():
    plan = recruit_best(backed(capacity=2.0), 2)
    assert plan.chosen["backups"].tolist() == [1, 1]
    assert plan.backed_up == 2
    assert plan.value == pytest.approx(12 + 2 * 12 * 0.1)
    assert plan.visits["household_id"].tolist() == ["H3"]  # a backup makes no visits


def test_half_a_backup_is_none():
    # P1 has 6 visits left beside H3: too few to carry on alone at H1.
    plan = recruit_best(backed(capacity=1.5), 1)
    assert plan.backed_up == 0


def test_a_weight_of_backups_outside_its_range_is_refused():
    for weight in (0.0, 1.0, float("nan")):
        with pytest.raises(ParameterError, match="weight of backups"):
            backed(weight)


# --- how many for a share ---------------------------------------------------------------------------------


def three_places():
    homes = households(H1=1, H2=1, H3=1, H4=1)
    return question(
        city(homes),
        candidates(P1="A", P2="A", P3="A"),
        {("P1", "H1"): 10, ("P2", "H2"): 10, ("P3", "H3"): 10},
    )


def test_the_fewest_recruits_for_a_share_are_proven():
    problem = three_places()
    for measure in ("weighted_visits", "households"):
        found = [recruits_for_share(problem, share, measure=measure) for share in (0.0, 0.25, 0.26, 0.75)]
        assert [answer.count for answer in found] == [0, 1, 2, 3]
        assert [answer.least for answer in found] == [0, 1, 2, 3]
        assert [answer.status for answer in found] == ["nothing_to_do", "optimal", "optimal", "optimal"]


def test_a_share_all_candidates_miss_is_infeasible_with_the_best_possible():
    answer = recruits_for_share(three_places(), 0.76)
    assert (answer.status, answer.share, answer.count, answer.least) == ("infeasible", 0.75, 3, 4)
    assert answer.plan.after["watched"] == 3


# --- against trying every choice --------------------------------------------------------------------------


@st.composite
def problems(draw):
    """Draw up to four candidates and six households of which some are watched already."""
    homes, places = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    rows = {
        f"H{number}": {
            "visits_per_month": draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])),
            "weight": draw(st.sampled_from([1.0, 1.5, 2.0])),
            "consent": draw(st.sampled_from([1, 2, 4])),
            "community_district": draw(st.sampled_from(["A", "B"])),
        }
        for number in range(homes)
    }
    near = st.one_of(st.none(), st.sampled_from([100.0, 300.0, 800.0, 801.0]))
    walks = {(f"P{place}", home): draw(near) for place in range(places) for home in rows}
    own = {("W1", home): draw(near) for home in rows}
    graph = city(
        households(**rows),
        watchers(W1=draw(st.sampled_from([0.0, 0.5, 1.0]))),
        costs={pair: metres for pair, metres in own.items() if metres is not None},
    )
    chosen = candidates(**{f"P{place}": draw(st.sampled_from(["A", "B"])) for place in range(places)})
    known = {pair: metres for pair, metres in walks.items() if metres is not None}
    return question(graph, chosen, known, RecruitKind("welfare_commissioner", 0.75, 800.0))


@given(problems(), st.integers(0, 4))
@settings(max_examples=40, deadline=None)
def test_plans_equal_trying_every_choice_of_candidates(problem, count):
    plan = recruit_best(problem, count)
    value, _, number, walk = best_by_trying(problem.openings, count=count)
    assert plan.value == pytest.approx(value)
    assert len(plan.chosen) == number
    made = plan.visits["visits_per_month"] * 12
    assert (made * plan.visits["cost_m"]).sum() == pytest.approx(walk)
    assert plan.missed.sum() == plan.after["missed"]
    assert plan.after["weighted_visits"] - plan.before["weighted_visits"] == pytest.approx(plan.value)


@given(problems())
@settings(max_examples=25, deadline=None)
def test_more_recruits_never_watch_less_than_fewer(problem):
    rows = recruit_curve(problem, np.arange(5))
    assert rows["value"].is_monotonic_increasing
    assert rows["bound"].is_monotonic_increasing
    assert (rows["value"] <= rows["bound"] + 1e-9).all()
    assert rows["share_weighted"].is_monotonic_increasing


@given(problems(), st.sampled_from([0.3, 0.6, 1.0]))
@settings(max_examples=25, deadline=None)
def test_the_fewest_for_a_share_equal_trying_every_number(problem, share):
    answer = recruits_for_share(problem, share)
    before = answer.plan.before
    needed = share * before["weighted_need"] - before["weighted_visits"] - 1e-9
    reached = [
        count
        for count in range(len(problem.candidates) + 1)
        if best_by_trying(problem.openings, count=count)[0] >= needed
    ]
    if reached:
        assert (answer.count, answer.least) == (reached[0], reached[0])
        assert answer.share >= share - 1e-9
    else:
        assert (answer.status, answer.least) == ("infeasible", len(problem.candidates) + 1)


@given(problems(), st.sampled_from([0.4, 0.8, 1.0]))
@settings(max_examples=25, deadline=None)
def test_the_least_number_for_a_share_of_households_is_never_too_high(problem, share):
    answer = recruits_for_share(problem, share, measure="households")
    fewest = next((count for count in range(5) if most_watched(problem, count) >= share - 1e-9), None)
    if fewest is None:
        assert answer.status in ("infeasible", "unproven")
    else:
        assert answer.least <= fewest
        assert answer.status != "infeasible"
        assert answer.status == "unproven" or fewest <= answer.count


def most_watched(problem, count):
    """Return the largest share of households that so many recruits can watch in full, by trying all sets."""
    missing, homes = problem.start.missing, len(problem.start.missing)
    asking = np.flatnonzero(missing > 0)
    best = 0
    for size in range(len(asking), -1, -1):
        if any(
            served_in_full(problem, np.array(chosen, dtype=int), count)
            for chosen in combinations(asking, size)
        ):
            best = size
            break
    return (homes - len(asking) + best) / homes


def served_in_full(problem, chosen, count):
    need = np.zeros_like(problem.openings.need)
    need[chosen] = problem.openings.need[chosen]
    asked = replace(problem.openings, need=need, weight=np.ones(len(need)))
    reached = best_by_trying(asked, count=count)
    return reached is not None and reached[0] >= need.sum() - 1e-9


# --- questions that cannot be asked -----------------------------------------------------------------------


def test_every_active_kind_has_numbers_to_begin_with():
    assert set(RECRUIT_KINDS) == set(ACTIVE_KINDS)
    assert RECRUIT_KINDS["welfare_commissioner"] == RecruitKind("welfare_commissioner", 13.0, 800.0, True)


def test_wrong_questions_are_refused_with_a_remedy():
    with pytest.raises(
        ParameterError, match=r"Expected kind .* got 'shop'.*visits_per_month > 0.*reach_m > 0"
    ):
        RecruitKind("shop", 0.0, float("inf"))
    graph = city(households(H1=1))
    with pytest.raises(FrameError, match=r"candidate_id.*'district'.*1 candidates and 0 households"):
        build_recruit_problem(
            graph,
            pd.DataFrame(index=["P1"]),
            walking_costs({}, graph.households.index, pd.Index([], dtype=object)),
            kind=ONE_VISIT,
        )
    problem = question(graph, candidates(P1="A"), {})
    with pytest.raises(ParameterError, match="count >= 0"):
        recruit_best(problem, -1)
    with pytest.raises(ParameterError, match="measure weighted_visits or households"):
        recruit_best(problem, 1, measure="people")
    with pytest.raises(ParameterError, match="share from 0 to 1"):
        recruits_for_share(problem, 1.1)
