"""The public siting cases reach their known answers, proven; the reader takes files of the same form."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.public_siting import instances, read_network

SLOW = ("pmed16", "pmed21")


def solved(cases):
    """Return problem, name, known answer, value and status of each case."""
    return [
        (case.problem, case.name, case.optimum, answer.value, answer.status)
        for case, answer in ((case, case.solve(60.0)) for case in cases)
    ]


def check(rows):
    for problem, name, optimum, value, status in rows:
        assert status == "optimal", (problem, name)
        assert optimum is None or value == pytest.approx(optimum, rel=1e-9), (problem, name)


@pytest.mark.realfiles
def test_san_francisco_is_solved_to_the_enumerated_answers(shared_file):
    folder = shared_file("bench/spopt_sf/expected.json").parent
    rows = solved(instances(folder))
    assert {row[0] for row in rows} == {
        "lscp", "lscp_twice", "mclp", "pmedian", "pcenter", "expected_coverage", "n_minus_1",
    }  # fmt: skip
    check(rows)


@pytest.mark.realfiles
def test_backup_of_san_francisco_is_the_true_one(shared_file):
    # At 5 km eight sites cover 145 of 205 tracts twice; counting tracts of one candidate in reach gives 167.
    folder = shared_file("bench/spopt_sf/expected.json").parent
    twice = {row[1]: row[3] for row in solved(instances(folder)) if row[0] == "lscp_twice"}
    assert twice["radius_5000"] == 145


@pytest.mark.realfiles
def test_small_p_median_networks_are_solved_and_proven(shared_file):
    folder = shared_file("bench/pmed/expected.json").parent
    rows = solved(case for case in instances(folder) if case.name not in SLOW)
    assert len(rows) >= 24
    check(rows)


@pytest.mark.realfiles
@pytest.mark.slow
def test_large_p_median_networks_are_solved_and_proven(shared_file):
    folder = shared_file("bench/pmed/expected.json").parent
    rows = solved(case for case in instances(folder) if case.name in SLOW)
    assert len(rows) == 6
    check(rows)


@pytest.fixture
def network(tmp_path):
    """Write a line of four nodes; the edge from 2 to 3 is given twice, the last one counts."""
    (tmp_path / "line7.txt").write_text(" 4 4 1 \n 1 2 3 \n 2 3 1 \n 3 2 5 \n 3 4 2 \n", encoding="utf-8")
    return tmp_path


def test_last_of_repeated_edges_counts(network):
    cost, facilities = read_network(network / "line7.txt")
    assert facilities == 1
    assert cost[0].tolist() == [0, 3, 8, 10]


def test_network_without_a_known_answer_runs_too(network):
    # Median at node 2 or 3: 3 + 5 + 7 = 15. Center: 7. Radius 0.7 x 7 = 5: node 2 covers nodes 1 to 3.
    (network / "notes.md").write_text("no network\n", encoding="utf-8")
    rows = solved(instances(network))
    weight = np.arange(4) * 7919 % 30 + 1
    most = max(weight[:3].sum(), weight[1:].sum())
    assert rows == [
        ("p_median", "line7", None, 15.0, "optimal"),
        ("p_center", "line7", None, 7.0, "optimal"),
        ("mclp", "line7", None, most, "optimal"),
    ]


def test_known_answers_are_read_by_the_file_s_name(network):
    (network / "expected.json").write_text(json.dumps({"line7": {"p_median": 15, "p_center": 7}}))
    (network / "expected_mclp.json").write_text(json.dumps({"line7": {"p": 2, "radius": 3.0, "covered": 9}}))
    assert {case.problem: case.optimum for case in instances(network)} == {
        "p_median": 15,
        "p_center": 7,
        "mclp": 9,
    }


@pytest.mark.parametrize(
    "text", ["a b c\n", "", " 4 4 1 \n 1 2 3 \n", " 4 1 1 \n 1 2 -3 \n", " 4 1 1 \n 1 2 x \n"]
)
def test_file_that_is_no_network_is_refused_when_solved(tmp_path, text):
    (tmp_path / "broken.txt").write_text(text, encoding="utf-8")
    for case in instances(tmp_path):
        with pytest.raises(ValueError):
            case.solve(1.0)
    assert any(instances(tmp_path))
