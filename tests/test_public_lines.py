"""The lines of the public command: fixed keys, whatever the folders are called, hold or lack."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from benchmarks import public
from benchmarks.public_instance import Answer, Instance
from benchmarks.public_warm_up import write_small_cases

ROOT = Path(__file__).resolve().parent.parent
KEYS = ["problem", "instance", "value", "optimum", "bound", "gap", "seconds", "status"]
POINTS = "4 2\n0 0 2 1\n1 0 2 1\n2 0 2 1\n10.5 0 2 1\n"
TEXTS = {
    "gap/two_agents": "2 3\n1 2 3\n4 1 5\n1 1 1\n1 1 1\n1 2\n",
    "cflp/capA.txt": "2 3\n10 5\n10 100\n6\n6 60\n6\n6 60\n1\n5 0\n",
    "sscflp_holmberg/q1": "2 3\n10 5\n10 100\n6 6 1\n6 6 5\n60 60 0\n",
    "capacitated_pmedian/line.txt": POINTS,
    "capacitated_pmedian/cpmp99.txt": POINTS,
    "pmed/pmed99.txt": " 4 3 1 \n 1 2 3 \n 2 3 5 \n 3 4 2 \n",
    "mincostflow/tiny.min": "c a comment\np min 4 4\nn 1 4\nn 4 -4\n"
    "a 1 2 0 3 1\na 1 3 0 3 2\na 2 4 0 3 1\na 3 4 1 3 1\n",
    "spopt_sf/network_distance.csv": "distance,name,DestinationName,demand\n100,A,T1,10\n9000,B,T1,10\n"
    "4000,A,T2,20\n4000,B,T2,20\n9000,A,T3,30\n200,B,T3,30\n",
    "spopt_sf/demand.csv": "NAME,POP2000\nT3,30\nT1,10\nT2,20\n",
}
# By hand. Jobs: agent 1 takes one, best the first: 1 + 1 + 5. Split: both sites open (105), ten units of the
# first two customers at 1, two at 10, the third at 0. Whole: one of the two at 60. Points: {0, 1} and
# {2, 10.5}, floored with the name cpmp. Network: node 2 is 3 + 5 + 7 from the others, 7 at most; node 3
# covers 30 + 29 + 28 within 5. Flow: three units at 2, one at 3. Stores: both are needed, T2 has two;
# 0.9 x 40 + 0.99 x 20 expected.
ANSWERS = {
    ("gap", "two_agents"): 7,
    ("cflp", "capA"): 135,
    ("sscflp", "q1"): 171,
    ("capacitated_pmedian", "line"): 9.5,
    ("capacitated_pmedian", "cpmp99"): 9,
    ("p_median", "pmed99"): 15,
    ("p_center", "pmed99"): 7,
    ("mclp", "pmed99"): 87,
    ("mincostflow", "tiny"): 9,
    ("watcher_assignment", "town"): 1_000_027,
    ("lscp", "radius_5000"): 2,
    ("lscp_twice", "radius_5000"): 1,
    ("mclp", "radius_5000_p_4"): 60,
    ("pmedian", "p_4"): 87_000,
    ("pcenter", "p_4"): 4_000,
    ("expected_coverage", "radius_5000_p_4_fail_0.1"): pytest.approx(55.8),
}
TOWN = {
    "pairs": {"watcher": [0, 0, 1], "place": [0, 1, 1], "distance_dm": [10, 5, 7]},
    "places": {"place": [0, 1], "households": [3, 1]},
    "watchers": {"watcher": [0, 1], "capacity": [2, 1]},
}  # serving three costs 10 + 10 + 7; the nearest pair first would serve two


def write(bench, names=TEXTS):
    for name in names:
        (bench / name).parent.mkdir(parents=True, exist_ok=True)
        (bench / name).write_text(TEXTS[name], encoding="utf-8")
    return bench


def write_town(bench):
    (bench / "watcher_assignment").mkdir(parents=True)
    for part, columns in TOWN.items():
        path = bench / "watcher_assignment" / f"town_{part}.csv.gz"
        pd.DataFrame(columns).to_csv(path, index=False)


def values(lines, key="value"):
    return {(line["problem"], line["instance"]): line[key] for line in lines}


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs the command in this process: lines, text on stderr and exit code."""
    monkeypatch.setattr(public, "warm_up", lambda: None)

    def command(bench):
        monkeypatch.setattr(sys, "argv", ["public", "--bench", str(bench), "--json"])
        with pytest.raises(SystemExit) as ended:
            public.main()
        out, err = capsys.readouterr()
        return [json.loads(line) for line in out.splitlines()], err, ended.value.code

    return command


def test_command_reaches_every_answer_by_hand(tmp_path):
    write_town(write(tmp_path))
    words = [sys.executable, "-m", "benchmarks.public", "--bench", str(tmp_path), "--json"]
    ended = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert all(list(line) == KEYS for line in lines)
    assert values(lines) == ANSWERS
    assert {(line["status"], line["gap"], line["optimum"]) for line in lines} == {("optimal", 0.0, None)}


def test_renamed_and_nested_folders_are_recognised(tmp_path, run):
    write_town(write(tmp_path / "named"))
    for number, folder in enumerate(sorted((tmp_path / "named").iterdir())):
        shutil.copytree(folder, tmp_path / "hidden" / f"{number}" / "cases")
    lines, err, code = run(tmp_path / "hidden")
    assert (err, code) == ("", 0)
    assert values(lines) == ANSWERS


def test_one_folder_itself_is_a_bench(tmp_path, run, monkeypatch):
    write(tmp_path, ["gap/two_agents"])
    monkeypatch.chdir(tmp_path / "gap")
    assert list(values(run(".")[0]).values()) == [7]


@pytest.mark.parametrize("broken", ["", "2 3\n1 2", "no numbers at all\n", "-1 4\n", "nan nan\n", "\udcff"])
@pytest.mark.parametrize("folder", sorted({name.split("/")[0] for name in TEXTS} - {"spopt_sf"}))
def test_broken_file_gives_an_error_and_the_run_goes_on(tmp_path, run, folder, broken):
    write(tmp_path, [name for name in TEXTS if name.startswith(f"{folder}/")])
    (tmp_path / folder / "a_broken.txt").write_text(broken, encoding="utf-8", errors="surrogateescape")
    lines, _, code = run(tmp_path)
    (wrong,) = (line for line in lines if line["instance"] == "a_broken")
    fine = [line["status"] for line in lines if line["instance"] != "a_broken"]
    assert code == 1
    assert wrong["status"].startswith("error: ")
    assert [wrong[key] for key in ("value", "optimum", "bound", "gap")] == [None] * 4
    assert set(fine) == {"optimal"}


def test_tables_without_their_companions_give_errors(tmp_path, run):
    write(tmp_path, ["spopt_sf/network_distance.csv"])
    write_town(tmp_path)
    (tmp_path / "watcher_assignment" / "town_places.csv.gz").unlink()
    lines, _, code = run(tmp_path)
    assert code == 1
    assert {line["problem"] for line in lines} >= {"watcher_assignment", "lscp", "pcenter"}
    assert all(line["status"].startswith("error: ") for line in lines)


def test_folders_without_reader_are_named_on_stderr(tmp_path, run):
    write(tmp_path, ["gap/two_agents"])
    for folder, text in (("tsplib", "NAME: eil51\n"), ("odd", "1 2 3\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "case.tsp").write_text(text, encoding="utf-8")
    lines, err, code = run(tmp_path)
    assert (len(lines), code) == (1, 0)
    assert "tsplib" in err
    assert "odd" in err


def test_known_answers_are_told_and_unknown_ones_null(tmp_path, run):
    write(tmp_path, [name for name in TEXTS if name.startswith(("gap", "cap", "pmed", "spopt"))])
    write_town(tmp_path)
    known = {
        "gap": {"two_agents": {"bound": 7, "best": 7}, "another": {"best": 3}},
        "capacitated_pmedian": {"line": {"value": 9, "status": "optimal"}},
        "pmed": {"pmed99": {"p_median": 15, "p_center": 7}},
        "spopt_sf": {"mclp": [{"radius_m": 5000.0, "p": 1, "covered_weight": 50}]},
        "watcher_assignment": {"town": {"households": 4, "max_served": 3, "min_total_distance_dm": 27}},
    }
    for folder, answers in known.items():
        (tmp_path / folder / "expected.json").write_text(json.dumps(answers), encoding="utf-8")
    assert values(run(tmp_path)[0], "optimum") == {
        ("gap", "two_agents"): 7,
        ("capacitated_pmedian", "line"): 9,
        ("capacitated_pmedian", "cpmp99"): None,
        ("p_median", "pmed99"): 15,
        ("p_center", "pmed99"): 7,
        ("mclp", "pmed99"): None,
        ("mclp", "radius_5000_p_1"): 50,
        ("watcher_assignment", "town"): 1_000_027,
    }


def test_small_cases_of_the_warm_up_are_all_solved(tmp_path, run):
    write_small_cases(tmp_path)
    lines, err, code = run(tmp_path)
    assert (err, code) == ("", 0)
    assert len({line["problem"] for line in lines}) == 9
    assert all(line["status"] == "optimal" for line in lines)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(10.0, 10.0, "optimal"), (10, 10, 0.0, "optimal")),
        (Answer(10.0, 10.0 + 1e-12, "optimal"), (10, 10 + 1e-12, 0.0, "optimal")),
        (Answer(10.0, 9.0, "optimal"), (10, 9, 0.1, "feasible")),
        (Answer(10.0, None, "optimal"), (10, None, None, "feasible")),
        (Answer(10.0, -float("inf"), "feasible"), (10, None, None, "feasible")),
        (Answer(float("nan"), float("nan"), "infeasible"), (None, None, None, "infeasible")),
    ],
)
def test_optimal_is_only_what_meets_its_bound(answer, told):
    line = public.run(Instance("gap", "made", None, lambda seconds: answer), 1.0)
    assert (line["value"], line["bound"], line["gap"], line["status"]) == told
    json.dumps(line, allow_nan=False)
