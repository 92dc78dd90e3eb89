"""Maximal, layered, backup and nearest covering: against every plan there is, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy import sparse

from analysis.errors import ParameterError
from analysis.siting.backup import solve_backup_covering
from analysis.siting.cover import Search, build_task, cover_of_pairs, cover_within, merge_rows, reduce_rows
from analysis.siting.cover_bound import bound_cover
from analysis.siting.covering import backup_gain, solve_layered_covering, solve_maximal_covering
from analysis.siting.local_search import search_cover
from analysis.siting.nearest_covering import solve_nearest_covering
from tests.small_sitings import CUTOFF, problems

MANY = settings(max_examples=150, deadline=None)
NOBODY = np.empty(0, dtype=np.int64)


def matrix(rows):
    return sparse.csr_array(np.array(rows, dtype=bool))


def chain(candidates=6):
    """Return demands in a row, each covered by its own candidate and the next one."""
    return sparse.csr_array(np.eye(candidates, dtype=bool) | np.eye(candidates, k=1, dtype=bool))


# --- what is covered --------------------------------------------------------------------------------------


def test_pair_at_exactly_the_cutoff_is_covered():
    assert cover_within(np.array([[800.0, 800.1, np.inf]]), 800.0).toarray().tolist() == [
        [True, False, False]
    ]


def test_pair_given_twice_covers_only_once():
    covered = cover_of_pairs(np.array([0, 0, 1]), np.array([1, 1, 0]), (2, 2))
    assert covered.toarray().tolist() == [[False, True], [True, False]]
    assert solve_maximal_covering(covered, np.ones(2), 1).value == 1


def test_equal_demands_are_merged_and_unreached_ones_left_out():
    covered, gain = merge_rows(
        matrix([[1, 0, 1], [0, 0, 0], [1, 0, 1], [0, 1, 0]]), np.array([[1.0], [9.0], [2.0], [4.0]])
    )
    assert sorted(zip(covered.toarray().tolist(), gain[:, 0], strict=True), reverse=True) == [
        ([True, False, True], 3.0),
        ([False, True, False], 4.0),
    ]


def test_demand_and_candidate_that_others_stand_for_are_left_out():
    # Whoever covers the first demand covers the second; then the first candidate does what the second does.
    rows, kept = reduce_rows(matrix([[1, 1, 0], [1, 1, 1], [1, 1, 0]]))
    assert rows.toarray().tolist() == [[True]]
    assert kept.tolist() == [0]


def test_dominated_candidate_is_kept_where_a_second_one_gains():
    covered, fixed = matrix([[1, 1], [1, 0]]), NOBODY
    assert build_task(covered, np.ones((2, 1)), 2, fixed).candidates.tolist() == [0]
    assert build_task(covered, np.ones((2, 2)), 2, fixed).candidates.tolist() == [0, 1]


# --- maximal covering -------------------------------------------------------------------------------------


def test_greedy_choice_is_mended_to_the_best_pair():
    # Greedy takes the middle one (4), then one side (2): 6. The two sides together cover 7.
    covered = matrix([[1, 0, 0]] * 2 + [[1, 1, 0]] * 2 + [[0, 1, 1]] * 2 + [[0, 0, 1]])
    plan = solve_maximal_covering(covered, np.ones(7), 2)
    assert (plan.status, plan.chosen.tolist(), plan.value, plan.bound) == ("optimal", [0, 2], 7.0, 7.0)


def test_unreachable_and_uncovered_demand_is_counted():
    plan = solve_maximal_covering(matrix([[1, 0], [0, 1], [0, 0]]), np.array([2.0, 1.0, 8.0]), 1)
    assert (plan.chosen.tolist(), plan.value, plan.uncovered, plan.unreachable) == ([0], 2.0, 1, 1)
    assert plan.covering.tolist() == [1, 0, 0]


def test_fixed_facility_counts_and_is_not_chosen():
    plan = solve_maximal_covering(matrix([[1, 0, 1], [0, 1, 0]]), np.array([5.0, 1.0]), 1, fixed=[0])
    assert (plan.chosen.tolist(), plan.value, plan.covering.tolist()) == ([1], 6.0, [1, 1])


def test_facility_that_gains_nothing_is_not_chosen():
    plan = solve_maximal_covering(matrix([[1, 1], [1, 1]]), np.ones(2), 2)
    assert (plan.status, plan.chosen.tolist(), plan.bound) == ("optimal", [0], 2.0)


@pytest.mark.parametrize(
    ("covered", "weight", "new"),
    [
        (np.zeros((0, 0)), [], 3),
        (np.zeros((2, 0)), [1.0, 1.0], 1),
        (np.zeros((0, 2)), [], 1),
        (np.zeros((2, 2)), [1.0, 1.0], 1),
        (np.ones((2, 2)), [0.0, 0.0], 1),
        (np.ones((2, 2)), [1.0, 1.0], 0),
    ],
)
def test_nothing_to_gain_is_a_status_and_no_error(covered, weight, new):
    plan = solve_maximal_covering(sparse.csr_array(covered, dtype=bool), np.array(weight), new)
    assert (plan.status, len(plan.chosen), plan.value, plan.bound, plan.gap) == ("nothing_to_do", 0, 0, 0, 0)


def test_wrong_input_is_told_all_at_once():
    with pytest.raises(ParameterError, match=r"2 weights, got 1.*finite.*new facilities >= 0.*among 2"):
        solve_maximal_covering(matrix([[1, 0], [0, 1]]), np.array([-1.0]), -1, fixed=[2])
    with pytest.raises(ParameterError, match="do not rise"):
        solve_layered_covering(matrix([[1, 1]]), np.array([[1.0, 2.0]]), 1)


@given(problems())
@MANY
def test_most_covered_equals_the_best_of_all_plans(problem):
    plan = solve_maximal_covering(problem.covered, problem.weight, problem.new, fixed=problem.fixed)
    best = max(problem.weight[problem.times(one) > 0].sum() for one in problem.plans())
    assert plan.value == plan.bound == best
    assert plan.status in ("optimal", "nothing_to_do")
    assert len(plan.chosen) <= problem.new and not set(plan.chosen) & set(problem.fixed)
    assert plan.covering.tolist() == problem.times([*problem.fixed, *plan.chosen]).tolist()


@given(problems(whole=False))
@MANY
def test_most_covered_of_broken_weights_equals_the_best(problem):
    plan = solve_maximal_covering(problem.covered, problem.weight, problem.new, fixed=problem.fixed)
    best = max(problem.weight[problem.times(one) > 0].sum() for one in problem.plans())
    assert plan.value == pytest.approx(best, rel=1e-8) and plan.status != "feasible"


@given(problems())
@MANY
def test_another_new_facility_never_covers_less(problem):
    fewer, more = (
        solve_maximal_covering(problem.covered, problem.weight, number, fixed=problem.fixed)
        for number in (problem.new, problem.new + 1)
    )
    assert more.value >= fewer.value


def hard_case(seed, demands=500, candidates=120):
    """Return much overlapping demand: the bound by prices does not close it at once."""
    generator = np.random.default_rng(seed)
    ends = generator.random((demands, 2)), generator.random((candidates, 2))
    far = np.linalg.norm(ends[0][:, None] - ends[1], axis=2)
    return cover_within(far, 0.25), generator.integers(1, 30, demands).astype(float)


@pytest.mark.parametrize("seed", range(4))
def test_search_cut_short_leaves_a_bound_that_holds(seed):
    covered, weight = hard_case(seed)
    short = solve_maximal_covering(covered, weight, 6, search=Search(rounds=0, work=1.0))
    best = solve_maximal_covering(covered, weight, 6)
    assert best.status == "optimal"
    assert short.value <= best.value <= short.bound
    assert short.status == ("optimal" if short.value == short.bound else "feasible")


def test_stopped_search_keeps_its_plan_and_bound():
    covered, weight = hard_case(0)
    stopped = solve_maximal_covering(covered, weight, 6, search=Search(rounds=0, stop=lambda: True))
    assert stopped.status == "feasible"
    assert 0 < stopped.value < stopped.bound and 0 < stopped.gap < 0.1


def test_same_seed_gives_the_same_plan():
    covered, weight = hard_case(1)
    plans = [solve_maximal_covering(covered, weight, 6, search=Search(work=1.0, seed=3)) for _ in range(2)]
    assert plans[0].chosen.tolist() == plans[1].chosen.tolist()
    assert plans[0].bound == plans[1].bound


def test_input_is_left_as_it_was():
    covered, weight = hard_case(2)
    before, weights = covered.copy(), weight.copy()
    solve_maximal_covering(covered, weight, 4, fixed=[1])
    assert (covered != before).nnz == 0 and (weight == weights).all()


@given(problems())
@MANY
def test_bound_at_any_prices_is_above_the_best_plan(problem):
    task = build_task(sparse.csr_array(problem.covered), problem.weight[:, None], problem.new, NOBODY)
    if task.size == 0:
        return
    state = np.zeros(len(task.candidates), dtype=np.int8)
    best = max(problem.weight[problem.times(one) > 0].sum() for one in problem._replace(fixed=[]).plans())
    for rounds in (1, 5, 100):
        bound, _, _ = bound_cover(task.rows, task.gain[:, 0] / 2, state, task.size, best, rounds, 0.0)
        assert bound >= best - 1e-9


@given(problems())
@MANY
def test_local_search_keeps_the_number_and_no_candidate_twice(problem):
    task = build_task(sparse.csr_array(problem.covered), problem.weight[:, None], problem.new, NOBODY)
    found = search_cover(task.rows, task.size, NOBODY, 5, np.random.default_rng(0))
    assert len(set(found)) == task.size


# --- second facilities ------------------------------------------------------------------------------------


@given(problems())
@MANY
def test_layered_covering_equals_the_best_of_all_plans(problem):
    gain = backup_gain(problem.weight, 0.5)
    plan = solve_layered_covering(problem.covered, gain, problem.new, fixed=problem.fixed)

    def value(one):
        times = problem.times(one)
        return problem.weight[times > 0].sum() + problem.weight[times > 1].sum() / 2

    assert plan.value == plan.bound == max(map(value, problem.plans()))


def test_share_of_backup_decides_between_two_plans():
    # One of two: cover the one alone (3) or back up the ten that are covered (10 x share).
    covered, weight = matrix([[1, 1, 0], [0, 0, 1]]), np.array([10.0, 3.0])
    assert [
        solve_layered_covering(covered, backup_gain(weight, share), 1, fixed=[0]).chosen.tolist()
        for share in (0.2, 0.4)
    ] == [[2], [1]]
    with pytest.raises(ParameterError, match="share from 0 to 1"):
        backup_gain(weight, 1.5)


@given(problems())
@MANY
def test_backup_is_the_most_among_the_best_first_coverings(problem):
    plan = solve_backup_covering(problem.covered, problem.weight, problem.new, fixed=problem.fixed)
    once, twice = max(
        (problem.weight[problem.times(one) > 0].sum(), problem.weight[problem.times(one) > 1].sum())
        for one in problem.plans()
    )
    assert (plan.once.value, plan.twice, plan.twice_bound) == (once, twice, twice)
    assert plan.status in ("optimal", "nothing_to_do") and len(plan.chosen) <= problem.new


def test_demand_with_one_candidate_is_never_backed_up():
    plan = solve_backup_covering(matrix([[1, 0, 0], [0, 1, 1]]), np.array([9.0, 1.0]), 3)
    assert (plan.once.value, plan.twice) == (10.0, 1.0)


# --- least way among the most covered ---------------------------------------------------------------------


@given(problems())
@MANY
def test_nearest_covering_has_the_least_way_of_the_most_covered(problem):
    plan = solve_nearest_covering(
        problem.cost, problem.weight, problem.new, cutoff=CUTOFF, fixed=problem.fixed
    )

    def value(one):
        near, inside = problem.nearest(one), problem.times(one) > 0
        return -problem.weight[inside].sum(), (near[inside] * problem.weight[inside]).sum()

    assert (-plan.cover.value, plan.way) == min(map(value, problem.plans()))
    assert plan.way == plan.way_bound and plan.status != "feasible"


def test_equal_coverings_are_told_apart_by_the_way():
    cost = np.array([[4.0, 1.0], [4.0, 3.0]])
    plan = solve_nearest_covering(cost, np.array([1.0, 2.0]), 1, cutoff=4.0)
    assert (plan.chosen.tolist(), plan.cover.value, plan.way) == ([1], 3.0, 7.0)


@pytest.mark.parametrize(
    ("rows", "weight", "new", "way"),
    [
        (  # the solver calls the plan it is given the best (5), its own bound being open
            ["0..5", ".445", ".00.", "..00", "..0.", "51.0"],
            [1, 1, 0, 0, 1, 1],
            3,
            4.0,
        ),
        (["0...", ".113", "0000", "00..", "....", "1..0"], [1, 1, 0, 0, 0, 1], 2, 2.0),
    ],
)
def test_answers_of_the_solver_that_contradict_themselves_are_not_taken(rows, weight, new, way):
    cost = np.array([[np.inf if sign == "." else float(sign) for sign in row] for row in rows])
    plan = solve_nearest_covering(cost, np.array(weight, dtype=float), new, cutoff=CUTOFF)
    assert (plan.status, plan.way, plan.way_bound) == ("optimal", way, way)
