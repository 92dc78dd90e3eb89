"""Measures of the watch network against worlds on paper and against losing each watcher by brute force.

The district's network on paper (reports run upwards, households hang below):

    F1 <- C1 <- P1 (H1, H2), P2 (H3)      C1 itself: H4
    F1 <- C2 (H3, H5)
    nobody <- P3 (H6)      a post without a person V1 <- P4 (H7)      A -> B -> A (H8 seen by B)
    H9: only a backup and a possible watcher       D1 (delivery firm, reports to F1) notices H2 and H6
"""

from __future__ import annotations

import networkx as nx
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.coverage import assess_coverage
from analysis.errors import ParameterError
from analysis.network_measures import ENDS, REASONS, describe_network
from analysis.watch_graph import build_watch_graph
from analysis.watch_network import join_network, to_networkx
from tests.small_worlds import NORMAL, assignments, households, watchers, world

CENTRES = pd.Index(["F1", "F2"], dtype=object)
KINDS = {"C": "welfare_commissioner", "P": "community_promoter", "D": "delivery_firm"}
REPORTS = {
    "C1": "F1", "C2": "F1", "P1": "C1", "P2": "C1", "P3": None, "P4": "V1", "V1": "F1",
    "A": "B", "B": "A", "D1": "F1",
}  # fmt: skip
VISITS = [
    ("H1", "P1"), ("H2", "P1"), ("H3", "P2"), ("H4", "C1"), ("H3", "C2"), ("H5", "C2"),
    ("H6", "P3"), ("H7", "P4"), ("H8", "B"),
]  # fmt: skip


def register(reports, vacant=(), elsewhere=()):
    """Return a register of watchers by whom they report to."""
    index = pd.Index(list(reports), name="watcher_id", dtype=object)
    return pd.DataFrame(
        {
            "kind": [KINDS.get(key[0], "neighbour") for key in reports],
            "district": [None if key in elsewhere else "K1" for key in reports],
            "in_office": [key not in vacant for key in reports],
            "organisation": None,
            "reports_to": pd.Series(reports, dtype=object).to_numpy(),
        },
        index=index,
    )


def links(visits, notices=(), backups=(), possible=()):
    rows = [
        *((home, key, "assigned", 100.0, 12) for home, key in visits),
        *((home, key, "notices", None, 0) for home, key in notices),
        *((home, key, "assigned", 100.0, 0) for home, key in backups),
        *((home, key, "possible", 100.0, 0) for home, key in possible),
    ]
    return pd.DataFrame(rows, columns=["household_id", "watcher_id", "kind", "cost_m", "visits"])


def paper_network():
    ids = pd.Index([f"H{number}" for number in range(1, 10)], dtype=object)
    pairs = links(VISITS, [("H2", "D1"), ("H6", "D1")], [("H9", "C2")], [("H9", "P1")])
    return join_network(ids, register(REPORTS, ["V1"], ["D1"]), pairs, CENTRES, district="K1")


# --- who is connected, and why not ------------------------------------------------------------------------


def test_each_household_without_a_way_has_its_reason():
    measures = describe_network(paper_network())
    assert measures.households["reason"].dropna().to_dict() == {
        "H7": "out_of_office",
        "H8": "circle",
        "H9": "no_watcher",
    }  # H6 is noticed by the delivery firm, which reports to F1
    assert measures.households.loc["H3", "ways"] == 2


def test_a_household_whose_watcher_reports_to_nobody_is_not_connected():
    network = join_network(
        pd.Index(["H1"]), register({"P1": "gone"}), links([("H1", "P1")]), CENTRES, district="K1"
    )
    assert describe_network(network).households["reason"].tolist() == ["nobody"]


def test_of_several_broken_chains_the_easiest_to_mend_is_named():
    reports = {"P1": None, "P2": "V1", "V1": "F1", "A": "A"}
    pairs = links([("H1", "A"), ("H1", "P2"), ("H1", "P1"), ("H2", "A"), ("H2", "P2")])
    ids = pd.Index(["H1", "H2"], dtype=object)
    network = join_network(ids, register(reports, ["V1"]), pairs, CENTRES, district="K1")
    assert describe_network(network).households["reason"].tolist() == ["nobody", "out_of_office"]


def test_counts_add_up_over_reasons_and_parts():
    measures = describe_network(paper_network())
    counts = measures.counts
    assert counts["households"] == counts["connected"] + sum(counts[reason] for reason in REASONS) == 9
    assert (counts["connected"], counts["one_way"]) == (6, 4)  # H1, H4, H5, H6 have exactly one way
    assert (counts["watchers"], counts["watchers_connected"]) == (9, 5)
    assert counts["watchers_out_of_office"] == 1
    assert measures.parts["households"].sum() + counts["no_watcher"] == 9 - counts["connected"]
    assert measures.parts["watchers"].sum() == counts["watchers"] - counts["watchers_connected"]


def test_possible_watchers_of_elsewhere_take_no_part():
    pairs = links([], possible=[("H1", "X1")])
    network = join_network(
        pd.Index(["H1"]), register({"X1": "F1"}, elsewhere=["X1"]), pairs, CENTRES, district="K1"
    )
    assert describe_network(network).watchers.empty


# --- chains, circles, parts -------------------------------------------------------------------------------


def test_chains_run_from_the_watcher_to_the_centre():
    people = describe_network(paper_network()).watchers
    assert people.loc["P1", "chain"] == ("P1", "C1", "F1")
    assert people["steps"].dropna().to_dict() == {"C1": 1, "C2": 1, "D1": 1, "P1": 2, "P2": 2}
    assert people.loc["P3", "chain"] == ("P3",)
    assert people.loc["P4", "chain"] == ("P4", "V1")
    assert people["end"].to_dict() == {
        "C1": "centre", "C2": "centre", "P1": "centre", "P2": "centre", "P3": "nobody",
        "P4": "out_of_office", "V1": "out_of_office", "A": "circle", "B": "circle", "D1": "centre",
    }  # fmt: skip


def test_a_circle_is_found_once_and_begins_with_its_first_id():
    reports = {"Z": "B", "B": "A", "A": "C", "C": "B", "S": "S"}
    network = join_network(pd.Index([]), register(reports), links([]), CENTRES, district="K1")
    assert describe_network(network).circles == (("A", "C", "B"), ("S",))


def test_pieces_without_a_way_are_named_largest_first():
    parts = describe_network(paper_network()).parts
    assert parts.to_dict("records") == [
        {"households": 1, "watchers": 2, "watcher_ids": ("A", "B")},
        {"households": 1, "watchers": 1, "watcher_ids": ("P4",)},
        {"households": 0, "watchers": 1, "watcher_ids": ("P3",)},
    ]  # H6 of P3 is connected through the delivery firm


# --- what hangs on whom -----------------------------------------------------------------------------------


def test_losing_a_watcher_cuts_off_what_has_no_other_way():
    people = describe_network(paper_network()).watchers
    # C1 falls: H1 and H4 have no other way, H2 is noticed, H3 is visited by C2 too.
    assert people["households_lost"].to_dict() == {
        "C1": 2, "C2": 1, "P1": 1, "P2": 0, "P3": 0, "P4": 0, "V1": 0, "A": 0, "B": 0, "D1": 1,
    }  # fmt: skip
    assert people.loc["C1", "watchers_lost"] == 2


def test_bridges_are_the_reporting_lines_households_hang_on():
    bridges = describe_network(paper_network()).bridges
    assert bridges.to_dict("records") == [
        {"lower": "C1", "upper": "F1", "households_lost": 2, "watchers_lost": 3},
        {"lower": "C2", "upper": "F1", "households_lost": 1, "watchers_lost": 1},
        {"lower": "D1", "upper": "F1", "households_lost": 1, "watchers_lost": 1},
        {"lower": "P1", "upper": "C1", "households_lost": 1, "watchers_lost": 1},
    ]


@st.composite
def any_district(draw):
    """Return a register of up to seven watchers with any reports, and any links to up to six households."""
    people = [f"P{number}" for number in range(draw(st.integers(1, 7)))]
    homes = [f"H{number}" for number in range(draw(st.integers(0, 6)))]
    above = st.sampled_from([None, "unknown", "F1", "F2", *people])
    reports = {key: draw(above) for key in people}
    vacant = draw(st.sets(st.sampled_from(people), max_size=2))
    pairs = [(home, key) for home in homes for key in people]
    seen = draw(st.sets(st.sampled_from(pairs))) if pairs else set()
    return homes, reports, vacant, sorted(seen)


def connected_homes(homes, reports, vacant, seen, *, lost=None, lost_line=None):
    """Return the households with a way to a centre by walking every chain, without ``lost``."""

    def arrives(key):
        met = set()
        while key not in CENTRES:
            if key not in reports or key in vacant or key in (lost, lost_line) or key in met:
                return False
            met.add(key)
            key = reports[key]
        return True

    return {home for home in homes if any(arrives(key) for one, key in seen if one == home)}


def described(homes, reports, vacant, seen):
    network = join_network(
        pd.Index(homes, dtype=object), register(reports, vacant), links(seen), CENTRES, district="K1"
    )
    return describe_network(network)


@settings(max_examples=150, deadline=None)
@given(any_district())
def test_losing_each_watcher_cuts_off_what_brute_force_finds(district):
    homes, reports, vacant, seen = district
    measures = described(*district)
    whole = connected_homes(homes, reports, vacant, seen)
    assert set(measures.households.index[measures.households["connected"]]) == whole
    for key in reports:
        rest = connected_homes(homes, reports, vacant, seen, lost=key)
        assert measures.watchers.loc[key, "households_lost"] == len(whole - rest)


@settings(max_examples=100, deadline=None)
@given(any_district())
def test_losing_each_reporting_line_cuts_off_what_its_bridge_says(district):
    homes, reports, vacant, seen = district
    measures = described(*district)
    whole = connected_homes(homes, reports, vacant, seen)
    lost = {key: len(whole - connected_homes(homes, reports, vacant, seen, lost_line=key)) for key in reports}
    bridges = dict(zip(measures.bridges["lower"], measures.bridges["households_lost"], strict=True))
    assert bridges == {key: number for key, number in lost.items() if number}


@settings(max_examples=100, deadline=None)
@given(any_district())
def test_nothing_disappears_between_reasons_parts_and_ends(district):
    measures = described(*district)
    counts = measures.counts
    assert counts["households"] == counts["connected"] + sum(counts[reason] for reason in REASONS)
    assert (
        measures.parts["households"].sum()
        == counts["households"] - counts["connected"] - counts["no_watcher"]
    )
    assert measures.parts["watchers"].sum() == counts["watchers"] - counts["watchers_connected"]
    assert set(measures.watchers["end"]) <= {"centre", *ENDS}


@settings(max_examples=100, deadline=None)
@given(any_district())
def test_households_lost_are_those_the_watcher_dominates(district):
    """A second, independent definition: dominators of the flow from the centres (networkx)."""
    homes, reports, vacant, seen = district
    flow = nx.DiGraph([("root", centre) for centre in CENTRES])
    flow.add_edges_from(
        (told, key)
        for key, told in reports.items()
        if key not in vacant and (told in CENTRES or (told in reports and told not in vacant))
    )
    flow.add_edges_from((key, home) for home, key in seen if key not in vacant)
    above = nx.immediate_dominators(flow, "root")
    measures = described(*district)
    for key in reports:
        hanging = {home for home in homes if key in dominators(home, above)}
        assert measures.watchers.loc[key, "households_lost"] == len(hanging)


def dominators(node, above):
    found = set()
    while above.get(node) not in (None, node):
        node = above[node]
        found.add(node)
    return found


# --- the network of a watch graph -------------------------------------------------------------------------


def test_a_household_is_connected_exactly_when_coverage_says_so():
    homes = households(H1=1, H2=1, H3=1, H4=1)
    people = watchers(
        W1=dict(reports_to="W2", district="A", visits_per_month=2),
        W2=dict(reports_to="C1", district="A"),
        W3=dict(reports_to=None, district="A", visits_per_month=4),
        S=dict(kind="shop", reports_to="C1"),
    )
    near = {
        ("W1", "H1"): 1,
        ("W1", "H4"): 1,
        ("W2", "H2"): 1,
        ("W3", "H2"): 1,
        ("W3", "H3"): 1,
        ("S", "H3"): 1,
    }
    standing = assignments(("W1", "H1"), ("W2", "H2", "backup"), ("W3", "H2"), ("W3", "H3"))
    graph = build_watch_graph(world(homes, people, standing, costs=near), NORMAL)
    measures = describe_network(to_networkx(graph, "A"))
    expected = assess_coverage(graph).households["connected"]
    # H2 is visited by W3 only, who reports to nobody: its backup does not visit. The shop notices H3.
    assert measures.households["connected"].to_dict() == expected.to_dict()
    assert measures.households["reason"].to_dict() == {
        "H1": None, "H2": "nobody", "H3": None, "H4": "no_watcher",
    }  # fmt: skip


def test_measuring_leaves_the_network_as_it_was():
    network = paper_network()
    before = nx.Graph(network)
    describe_network(network)
    assert nx.utils.graphs_equal(network, before)


def test_a_network_of_nobody_is_measured_as_empty():
    network = join_network(pd.Index([]), register({}), links([]), CENTRES, district="K1")
    measures = describe_network(network)
    assert set(measures.counts.values()) == {0}
    assert measures.bridges.empty and measures.parts.empty and measures.circles == ()


def test_a_graph_without_the_facts_of_its_watchers_is_refused():
    network = nx.Graph(district="K1")
    network.add_node(("watcher", "W1"), kind="watcher")
    with pytest.raises(ParameterError, match="made by join_network, got one without its facts"):
        describe_network(network)
