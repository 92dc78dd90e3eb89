"""Whom to ask first, against every choice of households."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.consent import advise_consent
from analysis.errors import ParameterError
from analysis.watch_graph import SharingRules, build_watch_graph
from tests.small_remedies import graphs, left_to_do, may_visit, subsets, within_reach, worth
from tests.small_worlds import NORMAL, households, watchers, world

several = settings(max_examples=50, deadline=None)


def answering(graph):
    """Return the positions of households that did not refuse."""
    return [home for home, level in enumerate(graph.households["consent"]) if level > 0]


def shy_city(rules=SharingRules(), **homes):
    """Return homes in reach of a promoter (level 3, 5 visits a year) and a student (level 4, 2 visits)."""
    costs = {("P", home): 200.0 for home in homes} | {("S", home): 100.0 for home in homes}
    people = watchers(
        P=dict(kind="community_promoter", visits_per_month=5 / 12),
        S=dict(kind="student", visits_per_month=2 / 12),
    )
    return build_watch_graph(world(households(**homes), people, costs=costs), NORMAL, rules)


# --- against every choice -----------------------------------------------------------------------------------


@several
@given(graphs(), st.integers(0, 4))
def test_chosen_households_bring_as_much_as_the_best_choice(drawn, count):
    graph, agreed = drawn
    advice = advise_consent(graph, count=count)
    nothing = worth(graph, agreed=agreed)
    best = max(worth(graph, asked=asked, agreed=agreed) for asked in subsets(answering(graph), count))
    assert advice.value == pytest.approx(best - nothing)
    assert advice.bound == pytest.approx(advice.value)
    assert advice.status == ("optimal" if best > nothing + 1e-9 else "nothing_to_do")
    assert len(advice.households) <= count


@several
@given(graphs())
def test_gains_in_order_are_the_worth_of_each_beginning(drawn):
    graph, agreed = drawn
    asked = advise_consent(graph, count=3).households
    homes = graph.households.index.get_indexer(asked.index).tolist()
    values = [worth(graph, asked=homes[:end], agreed=agreed) for end in range(len(homes) + 1)]
    assert asked["gain_weighted"].tolist() == pytest.approx([b - a for a, b in pairwise(values)])
    for home, alone in zip(homes, asked["alone_weighted"], strict=True):
        assert alone == pytest.approx(worth(graph, asked=[home], agreed=agreed) - values[0])


@several
@given(graphs())
def test_asking_more_households_never_lowers_value_or_bound(drawn):
    graph, _ = drawn
    for fewer, more in pairwise([advise_consent(graph, count=count) for count in range(5)]):
        assert more.value >= fewer.value - 1e-9 and more.bound >= fewer.bound - 1e-9
        assert more.value <= more.bound + 1e-9


@several
@given(graphs(people=2), st.sampled_from([0.3, 0.6, 1.0]))
def test_expected_value_is_below_the_true_mean_where_nobody_else_may_come(drawn, response):
    graph, agreed = drawn
    advice = advise_consent(graph, count=4, response=response)
    if advice.without_asking["weighted_visits"] > 0:
        return  # some links are open unasked: then the share is an approximation to either side
    homes = graph.households.index.get_indexer(advice.households.index).tolist()
    true_mean = 0.0
    for answers in product([True, False], repeat=len(homes)):
        agreeing = [home for home, says_yes in zip(homes, answers, strict=True) if says_yes]
        chance = response ** len(agreeing) * (1 - response) ** (len(homes) - len(agreeing))
        true_mean += chance * worth(graph, asked=agreeing, agreed=agreed)
    assert advice.expected_value == pytest.approx(response * advice.value)
    assert advice.expected_value <= true_mean + 1e-9


@several
@given(graphs(districts=("A", "B", "C")))
def test_what_each_household_needs_follows_its_definition(drawn):
    graph, agreed = drawn
    every = {(one, other) for one in "ABC" for other in "ABC"}
    needed = advise_consent(graph).needed
    missing, _, room = left_to_do(graph)
    for home, name in enumerate(needed):

        def enough(asked, agreements, home=home):
            usable = [
                room[person]
                for place, person in within_reach(graph)
                if place == home and may_visit(graph, home, person, asked=asked, agreed=agreements)
            ]
            return sum(usable) >= missing[home]

        named = {
            (True, True, True): "nothing",
            (False, True, True): "either",
            (False, True, False): "consent",
            (False, False, True): "agreement",
        }
        alone = (enough((), agreed), enough((home,), agreed), enough((), every))
        together = "both_needed" if enough((home,), every) else "neither"
        assert name == named.get(alone, together)


# --- on paper -----------------------------------------------------------------------------------------------


def test_the_lowest_level_that_serves_is_asked_for():
    # H1 needs 4: the promoter (level 3) can make all; the student (level 4) is nearer but not needed.
    graph = shy_city(H1=dict(visits_per_month=4 / 12, consent=2))
    advice = advise_consent(graph, count=1)
    assert advice.households["ask_level"].tolist() == [3]
    assert advice.links[["watcher_id", "level"]].to_numpy().tolist() == [["S", 4], ["P", 3]]
    # H1 needs 6: 5 of the promoter and one of the student, so level 4.
    graph = shy_city(H1=dict(visits_per_month=6 / 12, consent=2))
    assert advise_consent(graph, count=1).households["ask_level"].tolist() == [4]


def test_the_household_whose_consent_is_worth_most_comes_first():
    # H2 weighs 2 and misses 5; H1 misses 4 and H3 2. All together have room 7: H2 5 visits, 2 to another.
    graph = shy_city(
        H1=dict(visits_per_month=4 / 12, consent=1),
        H2=dict(visits_per_month=5 / 12, consent=2, weight=2.0, community_district="B"),
        H3=dict(visits_per_month=2 / 12, consent=2, community_district="B"),
    )
    advice = advise_consent(graph, count=2, response=0.5)
    assert advice.households.index[0] == "H2" and len(advice.households) == 2
    assert advice.households["gain_weighted"].tolist() == [10.0, 2.0]
    assert advice.households["expected_weighted"].tolist() == [5.0, 1.0]
    assert (advice.value, advice.expected_value, advice.gap) == (12.0, 6.0, 0.0)
    assert advice.by_district.loc["B", "could_ask"] == 2 and advice.by_district["asked"].sum() == 2
    assert advice.counts["could_ask"] == 3


def test_a_household_that_refused_is_counted_and_asked_only_on_demand():
    graph = shy_city(H1=dict(visits_per_month=1 / 12, consent=0))
    advice = advise_consent(graph)
    assert advice.status == "nothing_to_do" and advice.households.empty
    assert advice.counts["refused"] == 1 and advice.counts["could_ask"] == 0
    assert advise_consent(graph, ask_refused=True).value == 1.0


def test_a_rule_that_says_never_is_not_asked_about():
    graph = shy_city(
        SharingRules(community_promoter=5, student=5), H1=dict(visits_per_month=1 / 12, consent=1)
    )
    assert advise_consent(graph).counts["could_ask"] == 0


def test_a_household_that_needs_both_is_told_from_one_that_either_would_serve():
    # W (level 4) of district B is within reach of H1 in A at level 2: both are needed. H2 in A has W2 of B,
    # level 2, and W3 of A, level 4: either would do.
    graph = build_watch_graph(
        world(
            households(H1=dict(consent=2), H2=dict(consent=2)),
            watchers(
                W1=dict(kind="student", district="B"),
                W2=dict(district="B"),
                W3=dict(kind="student", district="A"),
            ),
            costs={("W1", "H1"): 100.0, ("W2", "H2"): 100.0, ("W3", "H2"): 100.0},
        ),
        NORMAL,
    )
    advice = advise_consent(graph)
    assert advice.needed.to_dict() == {"H1": "both_needed", "H2": "either"}
    assert (advice.counts["both_needed"], advice.counts["either"]) == (1, 1)
    assert advice.households.index.tolist() == ["H2"]


def test_counts_and_responses_out_of_range_are_refused_together():
    with pytest.raises(ParameterError, match=r"households to ask >= 0, got -1.*at most 1, got 1.5"):
        advise_consent(shy_city(H1=1), count=-1, response=1.5)
