"""Visit rounds: against enumeration on few stops, a public tour, and hand-made outings."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import FrameError, ParameterError
from analysis.rounds import OutingLimits, _cut, plan_rounds


def line(*places: float) -> np.ndarray:
    """Walking costs between points on one straight street, metres."""
    return np.abs(np.subtract.outer(places, places)).astype(float)


def plane(points) -> np.ndarray:
    points = np.asarray(points, dtype=float)
    return np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))


def test_outing_is_described_to_the_minute():
    # Home at 0, doors at 200 m and 400 m, 100 m a minute, 10 minutes a call:
    # leave 0, arrive 2, leave 12, arrive 14, leave 24, home at 28 after 800 m.
    rounds = plan_rounds(["H2", "H1"], line(0, 400, 200), speed_m_per_min=100, minutes_per_visit=10)
    found = rounds.stops[["household_id", "leg_m", "arrive_minutes", "leave_minutes"]]
    forwards = [("H1", 200.0, 2.0, 12.0), ("H2", 200.0, 14.0, 24.0)]
    backwards = [("H2", 400.0, 4.0, 14.0), ("H1", 200.0, 16.0, 26.0)]  # the same walk the other way round
    assert list(found.itertuples(index=False, name=None)) in (forwards, backwards)
    assert rounds.outings.to_dict("index") == {1: {"visits": 2, "length_m": 800.0, "minutes": 28.0}}
    assert (rounds.length_m, rounds.minutes, rounds.visits) == (800.0, 28.0, 2)


@pytest.mark.parametrize(("max_minutes", "outings"), [(28, 1), (27.99, 2)])
def test_outing_of_exactly_the_longest_is_allowed(max_minutes, outings):
    # The outing above takes 28 minutes; alone the doors take 4 + 10 and 8 + 10 minutes.
    options = {"speed_m_per_min": 100, "minutes_per_visit": 10, "max_minutes": max_minutes}
    assert len(plan_rounds(["H1", "H2"], line(0, 200, 400), **options).outings) == outings


def test_unreachable_and_too_far_households_are_listed_with_the_reason():
    # 100 m a minute, 10 minutes a call, at most 30: a door at 1,000 m takes 30, at 1,001 m it takes 30.02.
    costs = line(0, 1000, 1001, 50)
    costs[3, :3] = costs[:3, 3] = np.inf
    rounds = plan_rounds(["H1", "H2", "H3"], costs, speed_m_per_min=100, minutes_per_visit=10, max_minutes=30)
    assert rounds.stops["household_id"].tolist() == ["H1"]
    assert rounds.left_out.to_dict("records") == [
        {"household_id": "H2", "reason": "too_long"},
        {"household_id": "H3", "reason": "unreachable"},
    ]


def test_home_may_stand_in_any_row():
    first = plan_rounds(["H1", "H2"], line(0, 200, 400))
    last = plan_rounds(["H1", "H2"], line(200, 400, 0), start=2)
    assert first.length_m == last.length_m == 800.0
    assert set(last.stops["household_id"]) == {"H1", "H2"}


def test_watcher_without_households_has_no_outing():
    rounds = plan_rounds([], np.zeros((1, 1)))
    assert (rounds.visits, rounds.length_m, len(rounds.outings), len(rounds.left_out)) == (0, 0.0, 0, 0)


def test_same_question_gets_the_same_answer():
    costs = plane(np.random.default_rng(3).uniform(0, 800, (31, 2)))
    once, again = (plan_rounds([f"H{i}" for i in range(30)], costs) for _ in range(2))
    assert once.stops.equals(again.stops)


def shortest_tour(costs: np.ndarray) -> float:
    """Length of the best closed tour from row 0, by trying every order."""
    stops = range(1, len(costs))
    orders = np.array([(0, *order, 0) for order in itertools.permutations(stops)])
    return costs[orders[:, :-1], orders[:, 1:]].sum(axis=1).min()


@pytest.mark.parametrize("seed", range(12))
def test_one_outing_of_few_stops_is_the_shortest_tour(seed):
    generator = np.random.default_rng(seed)
    count = int(generator.integers(2, 8))
    costs = plane(generator.uniform(0, 1000, (count + 1, 2)))
    rounds = plan_rounds([f"H{i}" for i in range(count)], costs, max_minutes=10_000)
    assert rounds.length_m == pytest.approx(shortest_tour(costs), abs=0.1 * (count + 1))  # decimetre legs


points = st.lists(st.tuples(st.integers(0, 999), st.integers(0, 999)), min_size=2, max_size=8)


@settings(max_examples=40, deadline=None)
@given(points, st.integers(20, 120))
def test_nothing_disappears_and_every_outing_fits(places, max_minutes):
    costs, names = plane(places), [f"H{i}" for i in range(len(places) - 1)]
    rounds = plan_rounds(names, costs, max_minutes=max_minutes)
    assert sorted([*rounds.stops["household_id"], *rounds.left_out["household_id"]]) == names
    assert (rounds.outings["minutes"] <= max_minutes + 1e-6).all()
    for number, stops in rounds.stops.groupby("outing"):
        way = [0, *(names.index(name) + 1 for name in stops["household_id"]), 0]
        assert rounds.outings["length_m"][number] == pytest.approx(costs[way[:-1], way[1:]].sum())


@settings(max_examples=40, deadline=None)
@given(points, st.integers(20, 120))
def test_cut_of_a_tour_is_the_shortest_of_all_cuts(places, max_minutes):
    costs, limits = plane(places), OutingLimits(15, 100, max_minutes)
    tour = np.arange(1, len(places))
    tour = tour[limits.fits(2 * costs[0, tour], 1)]
    lengths = []
    for marks in itertools.product([False, True], repeat=max(len(tour) - 1, 0)):
        parts = np.split(tour, np.flatnonzero(marks) + 1)
        walks = [costs[[0, *part], [*part, 0]].sum() for part in parts]
        if all(limits.fits(walk, len(part)) for walk, part in zip(walks, parts, strict=True)):
            lengths.append(sum(walks))
    found = sum(costs[[0, *part], [*part, 0]].sum() for part in _cut(costs, 0, tour, limits))
    assert found == pytest.approx(min(lengths, default=0.0))


@pytest.mark.parametrize("name", ["eil51", "berlin52", "st70"])
@pytest.mark.realfiles
def test_public_tour_is_within_six_percent_of_the_optimum(shared_file, name):
    lines = shared_file(f"bench/tsplib/{name}.tsp").read_text().splitlines()
    begin = next(number for number, text in enumerate(lines) if text.startswith("NODE_COORD_SECTION"))
    cities = [text.split()[1:3] for text in lines[begin + 1 :] if len(text.split()) == 3]
    costs = np.floor(plane(cities) + 0.5)
    optimum = json.loads(shared_file("bench/tsplib/expected.json").read_text())[name]
    rounds = plan_rounds([str(i) for i in range(len(cities) - 1)], costs, max_minutes=1e6)
    assert optimum <= rounds.length_m <= 1.06 * optimum


def test_wrong_matrices_and_limits_are_named():
    with pytest.raises(FrameError, match="3 x 3"):
        plan_rounds(["H1", "H2"], np.zeros((2, 2)))
    with pytest.raises(FrameError, match="negative or missing"):
        plan_rounds(["H1"], [[0, np.nan], [1, 0]])
    with pytest.raises(FrameError, match="2 without one"):
        plan_rounds(["H1", "H2"], [[0, 1, 1], [1, 0, np.inf], [1, np.inf, 0]])
    with pytest.raises(ParameterError, match="start"):
        plan_rounds(["H1"], np.zeros((2, 2)), start=2)
    for wrong in ({"minutes_per_visit": -1}, {"speed_m_per_min": 0}, {"max_minutes": 0}):
        with pytest.raises(ParameterError, match="got"):
            plan_rounds(["H1"], np.zeros((2, 2)), **wrong)
