"""Agreements between districts against every choice of pairs, and what stands beside them."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreements import advise_agreements
from analysis.coverage import assess_coverage
from analysis.errors import ParameterError
from analysis.gaps import classify_gaps
from analysis.remedies import visits_of_best
from analysis.watch_graph import build_watch_graph
from tests.small_remedies import graphs, subsets, worth
from tests.small_worlds import NORMAL, agreements, assignments, households, watchers, world

several = settings(max_examples=50, deadline=None)
DISTRICTS = ("A", "B", "C")


def border(agreed=(), **people):
    """Return A with nobody and 6 visits missing, B with people; 1 visit a month is 12 a year."""
    return build_watch_graph(
        world(
            households(
                H1=dict(visits_per_month=0.25, community_district="A"),
                H2=dict(visits_per_month=0.25, community_district="A", weight=2.0),
                H3=dict(visits_per_month=0.25, community_district="C"),
            ),
            watchers(**people),
            costs={
                **{(person, "H1"): 300.0 for person in people},
                **{(person, "H2"): 500.0 for person in people},
                **{(person, "H3"): 800.0 for person in people},
            },
            agreed=agreements(*agreed),
        ),
        NORMAL,
    )


# --- against every choice -----------------------------------------------------------------------------------


@several
@given(graphs(districts=DISTRICTS), st.integers(0, 3))
def test_chosen_pairs_close_as_much_as_the_best_choice(drawn, count):
    graph, agreed = drawn
    advice = advise_agreements(graph, count=count)
    nothing = worth(graph, agreed=agreed)
    pairs = [pair for pair in permutations(DISTRICTS, 2) if pair not in agreed]
    best = max(worth(graph, agreed={*agreed, *chosen}) for chosen in subsets(pairs, count))
    assert advice.value == pytest.approx(best - nothing)
    assert advice.bound == pytest.approx(advice.value)
    assert advice.without_agreement["weighted_visits"] == pytest.approx(nothing)
    assert advice.status == ("optimal" if best > nothing + 1e-9 else "nothing_to_do")


@several
@given(graphs(districts=DISTRICTS), st.integers(0, 2))
def test_both_ways_close_as_much_as_the_best_choice_of_two_directions(drawn, count):
    graph, agreed = drawn
    advice = advise_agreements(graph, count=count, both_ways=True)
    pairs = [("A", "B"), ("A", "C"), ("B", "C")]
    best = max(
        worth(graph, agreed={*agreed, *chosen, *(pair[::-1] for pair in chosen)})
        for chosen in subsets(pairs, count)
    )
    assert advice.value == pytest.approx(best - worth(graph, agreed=agreed))


@several
@given(graphs(districts=DISTRICTS))
def test_each_pair_alone_closes_what_an_agreement_of_it_would(drawn):
    graph, agreed = drawn
    for pair in advise_agreements(graph).pairs.itertuples():
        gain = worth(graph, agreed={*agreed, (pair.district, pair.helped_district)}) - worth(
            graph, agreed=agreed
        )
        assert pair.alone_weighted == pytest.approx(gain)


@several
@given(graphs(districts=DISTRICTS))
def test_gains_in_order_add_up_to_the_value_and_more_pairs_never_lower_it(drawn):
    graph, _ = drawn
    values = [advise_agreements(graph, count=count) for count in range(4)]
    for fewer, more in pairwise(values):
        assert more.value >= fewer.value - 1e-9
        assert more.bound >= fewer.bound - 1e-9
    for advice in values:
        assert advice.value <= advice.bound + 1e-9
        assert advice.pairs["gain_weighted"].sum() == pytest.approx(advice.value)
        assert advice.pairs["order"].notna().sum() == advice.pairs["chosen"].sum()


@several
@given(graphs(districts=DISTRICTS))
def test_advice_holds_after_the_best_rearrangement_too(drawn):
    graph, _ = drawn
    before = graph.links.copy()
    best = visits_of_best(graph, classify_gaps(graph, assess_coverage(graph)).best)
    today, after = advise_agreements(graph), advise_agreements(graph, visits=best)
    # The best rearrangement leaves nothing for assigning alone; today's deliveries may.
    assert after.without_agreement["visits"] == 0
    assert after.status in ("optimal", "nothing_to_do") and today.status in ("optimal", "nothing_to_do")
    assert graph.links.equals(before)


# --- on paper -----------------------------------------------------------------------------------------------


def test_the_border_of_a_pair_is_told_in_room_missing_visits_and_walk():
    # B's two watchers have 4 and 3 visits free; H1 and H2 in A miss 3 each, H3 in C misses 3 at just 800 m.
    graph = border(
        W1=dict(visits_per_month=4 / 12, district="B"), W2=dict(visits_per_month=3 / 12, district="B")
    )
    advice = advise_agreements(graph, count=1)
    first, second = advice.pairs.to_dict("records")
    assert (first["district"], first["helped_district"]) == ("B", "A")
    assert (first["room_visits"], first["missing_visits"]) == (7, 6)
    assert (first["border_helpers"], first["border_households"], first["border_links"]) == (2, 2, 4)
    assert first["border_walk_m"] == 400.0  # 300 and 500 m to the nearest
    assert (first["alone_weighted"], first["alone_visits"], first["alone_households"]) == (9.0, 6, 2)
    assert (second["district"], second["helped_district"], second["alone_weighted"]) == ("B", "C", 3.0)
    assert advice.value == 9.0 and advice.households == 2 and advice.gap == 0.0
    assert advice.walk_m == 3 * 300.0 + 3 * 500.0
    assert advice.flow.to_dict("records") == [
        {"district": "B", "helped_district": "A", "visits": 6, "households": 2, "walk_m": 2400.0}
    ]


def test_an_agreement_in_force_is_no_pair_to_choose():
    people = dict(W1=dict(visits_per_month=4 / 12, district="B"))
    advice = advise_agreements(border(agreed=[("B", "A")], **people))
    assert advice.pairs[["district", "helped_district"]].to_numpy().tolist() == [["B", "C"]]
    # 4 visits go to A by assigning alone: 3 to H2 (weight 2) and 1 to H1; nothing is left for C.
    assert advice.without_agreement == {"weighted_visits": 7.0, "visits": 4, "households": 1}
    assert advice.status == "nothing_to_do" and advice.value == 0.0
    assert advice.counts["pairs_worth_nothing"] == 1


def test_a_household_in_no_district_is_counted_not_helped():
    graph = build_watch_graph(
        world(
            households(H1=dict(community_district=None)),
            watchers(W1=dict(district="B")),
            costs={("W1", "H1"): 100.0},
        ),
        NORMAL,
    )
    advice = advise_agreements(graph)
    assert advice.status == "nothing_to_do" and advice.pairs.empty and advice.flow.empty
    assert advice.counts["links_no_district"] == 1


def test_full_watchers_and_an_empty_city_leave_nothing_to_do():
    full = build_watch_graph(
        world(
            households(H1=1, H2=dict(community_district="B")),
            watchers(W1=dict(district="B")),
            assignments(("W1", "H2")),
            costs={("W1", "H1"): 100.0, ("W1", "H2"): 100.0},
        ),
        NORMAL,
    )
    advice = advise_agreements(full)
    assert advice.status == "nothing_to_do" and advice.counts["links_no_room"] == 1
    empty = build_watch_graph(world(households(), watchers(), costs={}), NORMAL)
    assert advise_agreements(empty).status == "nothing_to_do"


def test_a_negative_count_and_foreign_visits_are_refused():
    graph = border(W1=dict(district="B"))
    with pytest.raises(ParameterError, match="number of agreements >= 0, got -1"):
        advise_agreements(graph, count=-1)
    with pytest.raises(ParameterError, match="got 1 outside"):
        advise_agreements(graph, visits=np.array([1, 0, 0]))  # over a link that is not allowed
    with pytest.raises(ParameterError, match="for each of 3 links"):
        advise_agreements(graph, visits=np.zeros(3))
