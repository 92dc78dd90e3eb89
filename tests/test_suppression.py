"""Suppression: no small count can be worked out, and no cheaper choice of cells exists."""

from __future__ import annotations

from itertools import chain, combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from analysis.errors import FrameError, ParameterError
from analysis.public_cells import CountCells
from analysis.suppression import SuppressionRules, suppress
from analysis.suppression_reader import read_printed
from analysis.suppression_sums import SuppressionCase

SMALL = SuppressionRules(floor=4, candidates=3)  # small enough to list every table there can be


def counts_of(cells: CountCells) -> np.ndarray:
    return cells.values  # noqa: PD011  # not a frame


def cells_of(sums, unknowns):
    """Return the cells that sum the unknowns of each list of numbers."""
    matrix = np.zeros((len(sums), len(unknowns)))
    for row, numbers in enumerate(sums):
        matrix[row, list(numbers)] = 1
    index = pd.MultiIndex.from_tuples(
        [("t", str(row), "n") for row in range(len(sums))], names=["table", "area", "column"]
    )
    pieces = pd.MultiIndex.from_tuples(
        [(str(piece), "n") for piece in range(len(unknowns))], names=["piece", "category"]
    )
    values = (matrix @ np.array(unknowns, dtype=float)).astype(np.int64)
    return CountCells(index, pieces, csr_array(matrix), values)


def two_ways(rows, columns):
    """Return the sums of a table with margins and total: cells row by row, rows, columns, all."""
    number = np.arange(rows * columns).reshape(rows, columns)
    return (
        [[cell] for cell in number.ravel()] + number.tolist() + number.T.tolist() + [number.ravel().tolist()]
    )


def possible_values(cells, hidden, rules):
    """Return the values each cell takes in the whole tables that fit what is printed, all listed."""
    matrix = cells.matrix.toarray()
    known = np.where(counts_of(cells) < rules.floor, rules.floor - 1, counts_of(cells))
    told = ~hidden | (counts_of(cells) < rules.floor)
    top = [known[told & (column > 0)].min() for column in matrix.T]
    tables = np.array(list(product(*(range(most + 1) for most in top)))).T
    sums = matrix @ tables
    small = counts_of(cells) < rules.floor
    fits = (sums[~hidden] == counts_of(cells)[~hidden, None]).all(axis=0) & (sums[small] < rules.floor).all(
        axis=0
    )
    return [set(row[fits].tolist()) for row in sums]


def is_safe_by_listing(cells, hidden, rules):
    values = possible_values(cells, hidden, rules)
    return all(len(values[row]) >= rules.candidates for row in np.flatnonzero(counts_of(cells) < rules.floor))


def cheapest_by_trying_all(cells, weights, rules):
    """Return the least weight of further cells that is safe by the intervals, over all choices of cells."""
    primary = counts_of(cells) < rules.floor
    others = np.flatnonzero(~primary)
    choices = chain.from_iterable(combinations(others.tolist(), count) for count in range(len(others) + 1))
    case = case_of(cells, primary, rules)
    for choice in sorted(choices, key=lambda choice: weights[list(choice)].sum()):
        hidden = primary.copy()
        hidden[list(choice)] = True
        if not read_printed(case, hidden, np.arange(case.secrets.shape[0])).pins:
            return weights[list(choice)].sum()
    return None


def case_of(cells, primary, rules, start=None):
    start = (
        np.linalg.lstsq(cells.matrix.toarray(), counts_of(cells), rcond=None)[0] if start is None else start
    )
    secrets = csr_array(cells.matrix[primary])
    return SuppressionCase(
        cells.matrix, primary, secrets, rules.floor - 1, rules.candidates - 1, np.rint(start)
    )


# --- small cells ------------------------------------------------------------------------------------------


def test_counts_below_the_floor_are_hidden_and_the_floor_itself_is_not():
    found = suppress(cells_of([[0], [1], [2], [3]], [0, 9, 10, 500]))
    assert found.hidden.tolist() == [True, True, False, False]
    assert found.status == "nothing_to_do"
    assert found.value == found.bound == found.gap == 0


def test_a_cell_that_can_hold_nobody_is_printed():
    found = suppress(cells_of([[0], []], [3]))
    assert found.hidden.tolist() == [True, False]


def test_one_small_cell_under_a_printed_sum_takes_another_with_it():
    # 5 + 20 + 30 = 55: the 5 is 55 - 20 - 30 until one of the others is hidden; the 20 is the cheaper.
    found = suppress(cells_of([[0], [1], [2], [0, 1, 2]], [5, 20, 30]))
    assert found.hidden.tolist() == [True, True, False, False]
    assert found.status == "optimal"
    assert found.value == pytest.approx(np.log1p(20))


def test_weights_decide_which_cell_goes():
    cells = cells_of([[0], [1], [2], [0, 1, 2]], [5, 20, 30])
    found = suppress(cells, weights=np.array([1.0, 9.0, 8.0, 7.0]))
    assert found.hidden.tolist() == [True, False, False, True]
    assert found.value == 7


def test_two_small_cells_that_fill_their_sum_are_not_safe():
    # 9 + 9 = 18 and both are known to be 9 at most.
    found = suppress(cells_of([[0], [1], [0, 1]], [9, 9]))
    assert found.hidden.tolist() == [True, True, True]


def test_an_interval_of_exactly_six_values_is_wide_enough():
    # 5 + 5 + 40: with the 40 printed, 0..9 and 1..9 of 10; a sum of 14 leaves 5..9: five values only.
    wide = suppress(cells_of([[0], [1], [0, 1]], [4, 9]))  # 13: 4..9
    narrow = suppress(cells_of([[0], [1], [0, 1]], [5, 9]))  # 14: 5..9
    assert wide.hidden.tolist() == [True, True, False]
    assert narrow.hidden.tolist() == [True, True, True]


# --- linked tables ----------------------------------------------------------------------------------------

# The linked-table test of sdcTable (tests/testthat/test-linked-tables.r): regions A, B, I, J (county-1) and
# K, L, M, N (county-2); L and M are big, the others small. Hidden below 4: A, B, K, L, M.
LINKED = [2, 2, 8, 8, 3, 3, 3, 7]
COUNTY_1, COUNTY_2, BIG, SMALL_ONES = [0, 1, 2, 3], [4, 5, 6, 7], [5, 6], [0, 1, 2, 3, 4, 7]
REGIONS, TOTAL = [[number] for number in range(8)], list(range(8))
K, N = 4, 7


def pins_of(sums, hidden_regions):
    """Return the secrets sdcTable's reader works out exactly: he does not know what is small."""
    cells = cells_of([*REGIONS, *sums, TOTAL], LINKED)
    hidden = np.isin(np.arange(len(counts_of(cells))), hidden_regions)
    case = SuppressionCase(
        cells.matrix, hidden, csr_array(cells.matrix[hidden]), 1_000, 1, np.array(LINKED, dtype=float)
    )
    pins = read_printed(case, hidden, np.arange(len(hidden_regions))).pins
    return {hidden_regions[secret]: set(cells_pinning.tolist()) for secret, cells_pinning in pins}


def test_linked_tables_each_safe_alone_give_k_away_together():
    primary = [0, 1, 4, 5, 6]
    assert pins_of([COUNTY_1, COUNTY_2], primary) == {}
    assert pins_of([BIG, SMALL_ONES], primary) == {}
    # small - county-1 = K + N = 10 and N is 7: K is 3 exactly.
    assert list(pins_of([COUNTY_1, COUNTY_2, BIG, SMALL_ONES], primary)) == [K]
    assert N in pins_of([COUNTY_1, COUNTY_2, BIG, SMALL_ONES], primary)[K]


def test_one_more_hidden_cell_protects_the_linked_tables():
    assert pins_of([COUNTY_1, COUNTY_2, BIG, SMALL_ONES], [0, 1, 4, 5, 6, N]) == {}


def test_a_reader_who_knows_what_is_small_costs_the_linked_tables_more():
    # L + M = 6 with both at most 3 are 3 and 3: the sum of the big ones has to go as well.
    cells = cells_of([*REGIONS, COUNTY_1, COUNTY_2, BIG, SMALL_ONES, TOTAL], LINKED)
    found = suppress(cells, rules=SuppressionRules(floor=4, candidates=2))
    assert found.status == "optimal"
    assert found.hidden[N]
    assert found.hidden[10]
    assert found.value == pytest.approx(
        cheapest_by_trying_all(cells, np.log1p(counts_of(cells)), SuppressionRules(4, 2))
    )


def test_the_piece_two_layers_differ_by_is_protected_too():
    # Layer one: 40 households; layer two takes a strip of 3 more in. The strip is no cell of either.
    cells = cells_of([[0], [0, 1]], [40, 3])
    assert not suppress(cells).hidden.any()
    strip = csr_array([[0.0, 1.0]])
    found = suppress(cells, also_protect=strip)
    assert found.hidden.tolist() == [True, False]
    assert found.status == "optimal"


# --- exact and safe ---------------------------------------------------------------------------------------

tables = st.lists(st.integers(0, 4), min_size=6, max_size=6)
nine = st.lists(st.integers(0, 9), min_size=9, max_size=9)


@settings(max_examples=15, deadline=None)
@given(nine)
def test_no_choice_in_a_table_of_nine_is_cheaper(unknowns):
    cells = cells_of(two_ways(3, 3), unknowns)
    weights = np.maximum(np.log1p(counts_of(cells)), 0.1)
    found = suppress(cells, rules=SMALL, weights=weights)
    assert found.status in ("optimal", "nothing_to_do")
    if (~found.primary).sum() <= 9:  # 512 choices are enough to try
        expected = cheapest_by_trying_all(cells, weights, SMALL)
        assert found.value == pytest.approx(expected)
        assert found.bound == pytest.approx(expected)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 7), min_size=5, max_size=5))
def test_no_choice_of_two_linked_layers_is_cheaper(unknowns):
    sums = [[0], [2], [4], [0, 1], [2, 3, 4], [0], [1, 2], [3, 4], [0, 1, 2, 3, 4]]
    cells = cells_of(sums, unknowns)
    weights = np.maximum(np.log1p(counts_of(cells)), 0.1)
    found = suppress(cells, rules=SMALL, weights=weights)
    primary = counts_of(cells) < SMALL.floor
    case = case_of(cells, primary, SMALL, start=np.array(unknowns, dtype=float))
    assert not read_printed(case, found.hidden, np.arange(primary.sum())).pins
    others = np.flatnonzero(~primary)
    for choice in chain.from_iterable(
        combinations(others.tolist(), count) for count in range(len(others) + 1)
    ):
        if weights[list(choice)].sum() < found.value - 1e-9:
            hidden = primary | np.isin(np.arange(len(primary)), choice)
            assert read_printed(case, hidden, np.arange(primary.sum())).pins


@settings(max_examples=20, deadline=None)
@given(tables, st.sampled_from([1, 20_000]))
def test_what_is_hidden_is_safe_when_every_table_is_listed(unknowns, programmes):
    cells = cells_of(two_ways(2, 3), unknowns)
    never = np.zeros(len(counts_of(cells)), dtype=bool)
    never[-1] = counts_of(cells)[-1] >= SMALL.floor  # a printed total bounds the list of tables
    rules = SuppressionRules(SMALL.floor, SMALL.candidates, programmes)
    found = suppress(cells, rules=rules, never_hide=never)
    if found.hidden.all():
        return  # nothing is printed
    assert is_safe_by_listing(cells, found.hidden, rules)


@settings(max_examples=8, deadline=None)
@given(nine)
def test_more_candidates_never_cost_less(unknowns):
    cells = cells_of(two_ways(3, 3), unknowns)
    values = [suppress(cells, rules=SuppressionRules(5, candidates)).value for candidates in (2, 3, 4, 5)]
    assert values == sorted(values)


def test_the_quick_answer_is_safe_and_its_bound_below_the_optimum():
    unknowns = np.random.default_rng(0).poisson(14, 25).tolist()
    cells = cells_of(two_ways(5, 5), unknowns)
    quick = suppress(cells, rules=SuppressionRules(programmes=1))
    exact = suppress(cells)
    assert exact.status == "optimal"
    assert quick.status == "feasible"
    assert 0 < quick.bound <= exact.value < quick.value
    case = case_of(cells, quick.primary, SuppressionRules(), start=np.array(unknowns, dtype=float))
    assert not read_printed(case, quick.hidden, np.arange(quick.primary.sum())).pins


def test_equal_inputs_give_equal_answers_and_stay_as_they_are():
    cells = cells_of(two_ways(5, 5), np.random.default_rng(2).poisson(8, 25).tolist())
    before = counts_of(cells).copy(), cells.matrix.toarray()
    one, other = suppress(cells), suppress(cells)
    assert (one.hidden == other.hidden).all()
    assert one.programmes == other.programmes
    assert (counts_of(cells) == before[0]).all()
    assert (cells.matrix.toarray() == before[1]).all()


# --- earlier releases, and what must be printed -----------------------------------------------------------


def test_what_was_hidden_before_stays_hidden_and_costs_nothing():
    cells = cells_of([[0], [1], [2], [0, 1, 2]], [5, 20, 30])
    found = suppress(cells, keep_hidden=np.array([False, False, True, False]))
    assert found.hidden.tolist() == [True, False, True, False]
    assert found.status == "nothing_to_do"
    assert found.value == 0


def test_a_cell_that_must_be_printed_is_not_hidden():
    cells = cells_of([[0], [1], [2], [0, 1, 2]], [5, 20, 30])
    found = suppress(cells, never_hide=np.array([False, True, False, True]))
    assert found.hidden.tolist() == [True, False, True, False]


def test_nothing_is_printed_where_what_must_be_printed_tells_a_secret():
    cells = cells_of([[0], [1], [0, 1]], [5, 20])
    for never in ([False, True, True], [True, False, False]):
        found = suppress(cells, never_hide=np.array(never))
        assert found.status == "infeasible"
        assert found.hidden.all()
        assert np.isnan(found.value)


def test_progress_counts_programmes_up_to_the_work_allowed():
    seen = []
    cells = cells_of(two_ways(4, 4), [3, 12, 5, 20] * 4)
    suppress(
        cells, rules=SuppressionRules(programmes=500), progress=lambda done, most: seen.append((done, most))
    )
    assert seen == sorted(seen)
    assert seen[-1] == (500, 500)


# --- refusals ---------------------------------------------------------------------------------------------


def test_rules_that_cannot_be_met_are_refused():
    with pytest.raises(ParameterError, match="candidates <= floor, got 6, 5"):
        SuppressionRules(floor=5)
    with pytest.raises(ParameterError, match="candidates <= floor, got 1, 10"):
        SuppressionRules(candidates=1)
    with pytest.raises(ParameterError, match="programmes >= 1, got 0"):
        SuppressionRules(programmes=0)


def test_arrays_and_sums_that_do_not_fit_are_refused():
    cells = cells_of([[0], [1]], [5, 20])
    with pytest.raises(ParameterError, match="arrays of 2 cells"):
        suppress(cells, keep_hidden=np.zeros(3, dtype=bool))
    with pytest.raises(ParameterError, match="2 unknowns, got 3"):
        suppress(cells, also_protect=csr_array(np.ones((1, 3))))
    with pytest.raises(ParameterError, match="weights > 0"):
        suppress(cells, weights=np.array([1.0, 0.0]))


def test_counts_that_do_not_add_up_are_refused():
    cells = cells_of([[0], [1], [0, 1]], [5, 20])
    broken = CountCells(cells.cells, cells.unknowns, cells.matrix, np.array([5, 20, 26]))
    with pytest.raises(FrameError, match="add up"):
        suppress(broken)
