"""The city benchmark: every step and peer runs, agrees with ours and is printed; here all in one process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.frames import GAP_CLASSES
from benchmarks import city, city_steps, made_city

ROOT = Path(__file__).resolve().parent.parent
KEYS = {"step", "engine", "seconds", "peak_mb", "ratio"}


@pytest.fixture
def print_city(monkeypatch, capsys):
    """Return a function that runs the command in this process and returns the lines printed."""

    def child(bench, folder, *words, cache="compiled"):
        return city_steps.run(str(bench.folder / folder), *words)

    def run(*words):
        monkeypatch.setattr(city.Bench, "_child", child)
        monkeypatch.setattr(sys, "argv", ["city", *words, "--rounds", "1"])
        city.main()
        return capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def run_city(print_city):
    """Return a function that runs the command in this process and returns its JSON lines."""
    return lambda *words: [json.loads(line) for line in print_city(*words, "--json")]


def test_every_step_and_peer_gives_one_line(run_city):
    lines = run_city("--households", "500", "--watchers", "20")
    found = {(line["step"], line["engine"]) for line in lines}
    wanted = {(step, engine) for step, engines in city.STEPS.items() for engine in engines}
    assert found - wanted == {
        ("compile", "ours"),
        ("load_compiled", "ours"),
        ("tight_sets", "ours"),  # timed within the gap classes
        ("maximum_flow", "networkx maximum_flow"),  # in small cities only
    }
    assert wanted <= found
    assert len(lines) == len(found)
    assert all(line.keys() >= KEYS for line in lines)


def test_ratio_is_seconds_over_those_of_ours(run_city):
    lines = run_city("--households", "500", "--watchers", "20", "--steps", "distances")
    ours = next(line for line in lines if line["step"] == "distances" and line["engine"] == "ours")
    for line in (line for line in lines if line["step"] == "distances"):
        # three digits of the ratio, microseconds of both
        assert line["ratio"] == pytest.approx(line["seconds"] / ours["seconds"], rel=0.02)
        assert line["pairs"] == ours["pairs"] > 0


def test_only_the_solved_sample_is_called_estimated(run_city):
    lines = run_city("--households", "500", "--watchers", "20", "--steps", "loss_of_each_watcher")
    assert [line["engine"] for line in lines if line.get("estimated")] == ["OR-Tools, city solved anew"]


def test_growth_takes_our_steps_through_every_size(run_city):
    lines = run_city("--growth", "--sizes", "400", "800", "--steps", "coverage")
    assert [line.get("households") for line in lines] == [None, None, 400, 800]
    assert {line["engine"] for line in lines} == {"ours"}


def test_tables_hold_a_row_for_each_line(print_city):
    rows = print_city("--households", "400", "--watchers", "16", "--steps", "snapping")
    assert [row.split(" | ")[:3] for row in rows[4:]] == [
        ["| snapping", "ours", "400"],
        ["| snapping", "geopandas sjoin_nearest", "400"],
    ]
    assert {row.count(" | ") for row in (rows[0], *rows[2:])} == {7}
    rows = print_city("--growth", "--sizes", "400", "--steps", "coverage")
    assert rows[0] == "| step | 400 households |"
    assert rows[2].startswith("| coverage | ")


def test_an_answer_unlike_ours_ends_the_run(tmp_path):
    city_steps.run(str(tmp_path), "prepare", "400", "16", "1", "normal")
    ((_, best),) = city_steps.read(tmp_path, "best")
    check = city_steps.TASKS["maximum_flow", "ours"].check
    assert check(tmp_path, int(best.sum()))["most_visits"] == best.sum()
    with pytest.raises(SystemExit, match="visits at the maximum flow"):
        check(tmp_path, int(best.sum()) - 1)


def test_a_walk_one_millimetre_off_ends_the_run(tmp_path):
    city_steps.run(str(tmp_path), "prepare", "400", "16", "1", "normal")
    (costs,) = city_steps.read(tmp_path, "costs")
    check = city_steps.TASKS["distances", "networkx cutoff"].check
    assert check(tmp_path, (costs.watcher, costs.household, costs.cost_m))["pairs"] == len(costs.cost_m)
    with pytest.raises(SystemExit, match="the same metres"):
        check(tmp_path, (costs.watcher, costs.household, costs.cost_m + 0.001))
    with pytest.raises(SystemExit, match="pairs"):
        check(tmp_path, (costs.watcher[1:], costs.household[1:], costs.cost_m[1:]))


def test_the_same_seed_makes_the_same_city():
    first, second = (made_city.make_streets(2_000, 5) for _ in range(2))
    assert first.equals(second)
    assert made_city.make_households(first, 90, 5).equals(made_city.make_households(second, 90, 5))
    assert not made_city.make_households(first, 90, 6).equals(made_city.make_households(second, 90, 5))


def test_nine_bridges_cross_each_river():
    streets = made_city.make_streets(8_000, 1)  # 63 x 63 crossings, rivers after columns 21 and 42
    column = streets[["u", "v"]].astype(int) % 63
    for river in (21, 42):
        assert ((column["u"] == river) & (column["v"] == river + 1)).sum() == 9
    assert len(streets) == round(1.4 * 63 * 63)


def test_tiny_city_calls_every_compiled_search(tmp_path):
    city_steps.run(str(tmp_path), "prepare", *map(str, city.TINY_CITY), "normal")
    graph, coverage = city_steps.read(tmp_path, "watch_graph", "coverage")
    gaps = city_steps.TASKS["gap_classes", "ours"].work(graph, coverage)[0]
    assert len(gaps.chains) > 0
    assert any(found.watcher_ids for found in gaps.tight_sets)


def test_every_gap_class_occurs_in_snow(tmp_path):
    city_steps.run(str(tmp_path), "prepare", "3000", "45", "1", "snow")
    graph, coverage = city_steps.read(tmp_path, "watch_graph", "coverage")
    gaps = city_steps.TASKS["gap_classes", "ours"].work(graph, coverage)[0]
    assert set(gaps.households["gap_class"].dropna()) == set(GAP_CLASSES)


@pytest.mark.slow
def test_the_command_prints_json_lines_only():
    command = [sys.executable, "-m", "benchmarks.city", "--households", "500", "--watchers", "20", "--json"]
    options = ["--rounds", "1", "--steps", "coverage"]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["step"] for line in lines] == ["compile", "load_compiled", "coverage"]
    assert all(line.keys() >= KEYS for line in lines)
