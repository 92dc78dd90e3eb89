"""The command that runs every public case: its lines, its errors, and how it knows a folder."""

from __future__ import annotations

import gzip
import json
import sys

import pytest

from benchmarks import public, public_capacitated

GAP = "2 3\n1 5 2\n4 1 3\n2 2 2\n2 2 2\n4 4\n"  # agent 0 takes jobs 0 and 2, agent 1 job 1: 1 + 1 + 2
CFLP = "2 2\n 3 2.5\n 3 9\n2 4.0 8.0\n2 6.0 6.0\n"  # both must open: 2.5 + 9, then 4 and 6 of serving
SSCFLP = "2 2\n3 2\n4 1\n2. 2.\n5. 1.\n1. 9.\n"  # both open, 2 + 1, and serve at 1 + 1: 5 against 11
CPMP = "3 1\n0 0 9 1\n3 4 9 1\n0 1 9 1\n"  # the third is nearest to all: 1 + floor(sqrt(9 + 9)) = 1 + 4.24
FLOW = "c two nodes\np min 2 2\nn 1 3\nn 2 -3\na 1 2 0 2 5\na 1 2 0 9 7\n"  # 2 at 5 and 1 at 7


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that runs the command and returns its exit code, its JSON lines and stderr."""
    monkeypatch.setattr(public, "warm_up", lambda: None)

    def command(bench, *words):
        monkeypatch.setattr(sys, "argv", ["public", "--bench", str(bench), *words])
        with pytest.raises(SystemExit) as end:
            public.main()
        printed = capsys.readouterr()
        lines = [json.loads(line) for line in printed.out.splitlines()] if "--json" in words else printed.out
        return end.value.code, lines, printed.err

    return command


def put(folder, **files):
    """Write files into a new folder."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def test_every_kind_gives_its_value_by_hand(tmp_path, run):
    put(tmp_path / "gap", one=GAP, expected__json='{"one": {"best": 4}}')
    put(tmp_path / "cflp", cap1__txt=CFLP, expected__json='{"cap1": 21.5}')
    put(tmp_path / "sscflp_holmberg", p1=SSCFLP)
    put(tmp_path / "capacitated_pmedian", real__txt=CPMP, cpmp__txt=CPMP)
    put(tmp_path / "mincostflow", small__min=FLOW, expected__json='{"small": 17}')
    code, lines, _ = run(tmp_path, "--json")
    assert code == 0
    found = {(line["problem"], line["instance"]): (line["value"], line["optimum"]) for line in lines}
    assert found == {
        ("gap", "one"): (4, 4),
        ("cflp", "cap1"): (21.5, 21.5),
        ("sscflp", "p1"): (5, None),
        ("capacitated_pmedian", "real"): (pytest.approx(1 + 18**0.5), None),
        ("capacitated_pmedian", "cpmp"): (5, None),
        ("mincostflow", "small"): (17, 17),
    }
    assert {line["status"] for line in lines} == {"optimal"}
    assert {line["gap"] for line in lines} == {0.0}
    assert all(tuple(line) == public.KEYS for line in lines)


def test_made_city_counts_decimetres_and_unserved_households(tmp_path):
    for part, text in {
        "pairs": "watcher,place,distance_dm\n0,0,30\n0,1,50\n",
        "watchers": "watcher,capacity\n0,3\n",
        "places": "place,households\n0,2\n1,2\n",
    }.items():
        (tmp_path / f"small_{part}.csv.gz").write_bytes(gzip.compress(text.encode()))
    known = {"households": 4, "max_served": 3, "min_total_distance_dm": 110}
    (tmp_path / "expected.json").write_text(json.dumps({"small": known}))
    (case,) = public_capacitated.watcher_assignment(tmp_path)
    assert case.optimum == 110 + 1_000_000
    assert case.solve(5.0).value == 2 * 30 + 50 + 1_000_000
    assert public.kind_of(tmp_path) == "watcher_assignment"


def test_broken_file_gives_an_error_line_and_the_run_goes_on(tmp_path, run):
    put(tmp_path / "gap", bad="2 3\n1 5\n", good=GAP, words="two three")
    code, lines, _ = run(tmp_path, "--json")
    assert code == 1
    assert [line["instance"] for line in lines] == ["bad", "good", "words"]
    assert [line["status"].split(":")[0] for line in lines] == ["error", "optimal", "error"]
    assert lines[0]["value"] is None


def test_broken_answers_are_an_error_line_not_a_trace(tmp_path, run):
    put(tmp_path / "gap", good=GAP, expected__json="{")
    code, lines, _ = run(tmp_path, "--json")
    assert code == 1
    assert lines[0]["status"].startswith("error")


def test_unknown_folder_is_named_and_does_not_fail(tmp_path, run):
    put(tmp_path / "tours", a__tsp="NAME: a\n")
    code, lines, err = run(tmp_path, "--json")
    assert (code, lines) == (0, [])
    assert "tours" in err


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (GAP, "gap"),
        (CFLP.replace("4.0", "4.5"), "cflp"),  # else it could be read as single-source too
        (SSCFLP, "sscflp_holmberg"),
        (CPMP, "capacitated_pmedian"),
        ("3 2 1\n1 2 5\n2 3 7\n", "pmed"),
    ],
)
def test_renamed_folder_is_known_by_the_form_of_its_files(tmp_path, text, kind):
    folder = put(tmp_path / "elsewhere" / "deep", a="no numbers", b__txt=text)
    assert public.kind_of(folder) == kind


def test_one_folder_itself_and_one_case_alone_are_run(tmp_path, run):
    folder = put(tmp_path / "gap", one=GAP, two=GAP)
    _, lines, _ = run(folder, "--json", "--only", "two")
    assert [line["instance"] for line in lines] == ["two"]


def test_infeasible_case_is_a_status_with_nulls(tmp_path, run):
    put(tmp_path / "gap", full=GAP.replace("4 4\n", "1 1\n"))
    code, (line,), _ = run(tmp_path, "--json")
    assert (code, line["status"], line["value"], line["bound"]) == (0, "infeasible", None, None)


def test_table_holds_a_row_for_each_case(tmp_path, run):
    folder = put(tmp_path / "gap", one=GAP)
    _, text, _ = run(folder)
    rows = text.splitlines()
    assert len(rows) == 3
    assert {row.count("|") for row in rows} == {len(public.KEYS) + 1}
