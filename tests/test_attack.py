"""The attack on published counts: breaks worked out on paper, and every possible table counted by force."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from analysis.attack import Secrets, attack
from analysis.attack_bounds import Part, tighten_bounds
from analysis.attack_chain import find_steps
from analysis.errors import FrameError, ParameterError
from analysis.public_cells import Knowledge

# The case of sdcTable's own test of linked tables: eight regions in two counties and in two groups.
REGIONS = {"A": 2, "B": 2, "I": 8, "J": 8, "K": 3, "L": 3, "M": 3, "N": 7}
COUNTIES = {"county-1": "ABIJ", "county-2": "KLMN"}
GROUPS = {"big": "LM", "small": "ABIJKN"}


def knowledge(*statements: tuple[list[int], float, float]) -> Knowledge:
    """Return what a reader knows from (factors, lower, upper)."""
    factors, lower, upper = zip(*statements, strict=True)
    return Knowledge(csr_array(np.array(factors)), np.array(lower, float), np.array(upper, float))


def exactly(factors: list[int], value: float) -> tuple[list[int], float, float]:
    return factors, value, value


def singles(count: int) -> Secrets:
    """Make every unknown a secret, named a, b, c and so on."""
    return Secrets(pd.Index([chr(97 + number) for number in range(count)]), csr_array(np.eye(count)))


def regions(*layers: dict[str, str], hidden: str) -> Knowledge:
    """Print the sums of the layers and every region that is not hidden."""
    members = [member for layer in layers for member in layer.values()]
    members += ["".join(REGIONS), *(region for region in REGIONS if region not in hidden)]
    return knowledge(
        *(
            exactly([int(region in member) for region in REGIONS], sum(REGIONS[region] for region in member))
            for member in members
        )
    )


def hidden_regions(hidden: str) -> Secrets:
    rows = [[int(region == one) for region in REGIONS] for one in hidden]
    return Secrets(pd.Index(list(hidden)), csr_array(np.array(rows)))


@pytest.mark.parametrize("layer", [COUNTIES, GROUPS])
def test_each_linked_table_hides_its_five_counts_alone(layer):
    # A + B = 4 and K + L + M = 9 by county; L + M = 6 and A + B + K = 7 by group: 0 up to the sum.
    findings = attack(regions(layer, hidden="ABKLM"), hidden_regions("ABKLM"), candidates=2)
    assert findings.passed
    assert findings.exact == 0


def test_linked_tables_together_give_one_count_away():
    # small 30 - county-1 20 = K + N = 10, and N = 7 is printed: K is 3.
    findings = attack(regions(COUNTIES, GROUPS, hidden="ABKLM"), hidden_regions("ABKLM"), candidates=2)
    assert findings.secrets.loc["K", ["lower", "upper", "candidates"]].tolist() == [3, 3, 1]
    assert (findings.exact, findings.passed) == (1, False)


def test_one_more_suppression_protects_the_linked_tables():
    # With N hidden, K + N = 10 and K + L + M + N = 16 with L + M = 6: K may be 0 to 10.
    findings = attack(regions(COUNTIES, GROUPS, hidden="ABKLMN"), hidden_regions("ABKLMN"), candidates=2)
    assert findings.passed
    assert findings.secrets.loc["K", ["lower", "upper"]].tolist() == [0, 10]


def test_two_layers_are_differenced_into_their_small_piece():
    # Districts {a, b} = 40 and {c} = 30; school districts {a} = 37 and {b, c} = 33: b = 40 - 37 = 3.
    public = knowledge(
        exactly([1, 1, 0], 40), exactly([0, 0, 1], 30), exactly([1, 0, 0], 37), exactly([0, 1, 1], 33)
    )
    findings = attack(public, singles(3))
    assert findings.secrets.loc["b", ["lower", "upper", "candidates"]].tolist() == [3, 3, 1]
    assert findings.work["parts"] == 0  # subtraction alone


def test_share_with_one_decimal_gives_its_count_away():
    # Of 40 households 10.0 % are missed: 9.95 % to 10.05 % of 40 are 3.98 to 4.02, so 4.
    households = exactly([1, 1], 40)
    share = ([-199, 1801], 0, np.inf), ([-201, 1799], -np.inf, 0)  # 2000 gap against 199 and 201 of all
    assert attack(knowledge(households), singles(2)).passed
    findings = attack(knowledge(households, *share), singles(2))
    assert findings.secrets[["lower", "upper", "candidates"]].to_numpy().tolist() == [[36, 36, 1], [4, 4, 1]]


def test_holes_do_not_count_as_candidates():
    # a = 2 c and a <= 8: 0, 2, 4, 6, 8 are possible, though nine values lie in the interval.
    findings = attack(knowledge(exactly([1, 0, -2], 0), ([1, 0, 0], 0, 8), ([0, 1, 0], 0, 9)), singles(3))
    assert findings.secrets.loc["a"].tolist() == [0, 8, 5, True]
    assert findings.secrets.loc["b"].tolist() == [0, 9, 6, True]
    assert (findings.narrow, findings.exact) == (2, 0)


def test_wide_holes_are_told_as_reached_or_impossible():
    # a = 7 b + 3 up to 45: 3, 10, 17, 24, 31, 38, 45 are seven values, enough for six.
    findings = attack(knowledge(exactly([1, -7], 3), ([1, 0], 0, 45)), singles(2))
    assert findings.secrets.loc["a"].tolist() == [3, 45, 6, True]
    assert findings.passed


def test_unknown_in_no_statement_has_no_upper_bound():
    findings = attack(knowledge(exactly([1, 0], 7)), singles(2))
    assert findings.secrets.loc["b", ["lower", "candidates"]].tolist() == [0, 6]
    assert pd.isna(findings.secrets.loc["b", "upper"])


def test_difference_known_alone_leaves_no_upper_bound():
    findings = attack(knowledge(exactly([1, -1], 4)), singles(2))
    assert findings.secrets["lower"].tolist() == [4, 0]
    assert findings.secrets["upper"].isna().all()
    assert findings.passed


@pytest.mark.parametrize(
    "broken",
    [
        [exactly([1, 1, 0], 5), exactly([0, 0, 1], 4), exactly([1, 1, 1], 10)],  # by subtraction
        [exactly([2, 4, 0], 7)],  # in whole numbers only
        [exactly([1, 1, 0], 9), exactly([1, -1, 0], 2)],  # 5.5 and 3.5
        [exactly([1, 1, 0], 9), exactly([1, 1, 0], 8)],
        [([1, 0, 0], 5, 4)],
    ],
)
def test_statements_that_contradict_each_other_fail(broken):
    findings = attack(knowledge(*broken), singles(3))
    assert (findings.status, findings.passed) == ("contradiction", False)
    assert findings.secrets["candidates"].tolist() == [0, 0, 0]
    assert findings.secrets["lower"].isna().all()


def test_contradiction_beside_the_secrets_fails_too():
    secret = Secrets(pd.Index(["c"]), csr_array(np.array([[0, 0, 1]])))
    public = knowledge(exactly([1, 1, 0], 9), exactly([1, -1, 0], 2), ([0, 0, 1], 0, 50))
    assert attack(public, secret).status == "contradiction"


def test_secret_sum_over_two_parts_is_found():
    # a + b = 3 and c + d = 2: a + c is 0 to 5, six values, though no single one has more than four.
    public = knowledge(exactly([1, 1, 0, 0], 3), exactly([0, 0, 1, 1], 2))
    secret = Secrets(pd.Index(["a and c"]), csr_array(np.array([[1, 0, 1, 0]])))
    assert attack(public, secret).secrets.iloc[0].tolist() == [0, 5, 6, True]
    assert not attack(public, singles(4)).passed


def test_intervals_may_be_left_out_with_the_same_verdict():
    public, secrets = large_table(hidden_share=0.5)
    full, quick = attack(public, secrets), attack(public, secrets, intervals=False)
    pd.testing.assert_series_equal(full.secrets["candidates"], quick.secrets["candidates"])
    assert (quick.secrets["lower"] <= full.secrets["lower"]).all()
    assert (quick.secrets["upper"] >= full.secrets["upper"]).all()


def large_table(*, hidden_share: float) -> tuple[Knowledge, Secrets]:
    """Return a table of 12 x 8 counts with its sums printed, a random part of the counts hidden."""
    draw = np.random.default_rng(3)
    counts = draw.poisson(12, (12, 8))
    rows = [np.outer(np.arange(12) == one, np.ones(8)).ravel() for one in range(12)]
    rows += [np.outer(np.ones(12), np.arange(8) == one).ravel() for one in range(8)]
    hidden = draw.random(96) < hidden_share
    rows += list(np.eye(96)[~hidden])
    matrix = csr_array(np.array(rows))
    values = matrix @ counts.ravel().astype(float)
    secrets = Secrets(pd.RangeIndex(int(hidden.sum())), csr_array(np.eye(96)[hidden]))
    return Knowledge(matrix, values, values), secrets


def test_chain_and_solver_agree_on_a_large_table(monkeypatch):
    public, secrets = large_table(hidden_share=0.9)
    by_chain = attack(public, secrets)
    monkeypatch.setattr("analysis.attack._MANY", 10_000)
    by_solver = attack(public, secrets)
    pd.testing.assert_frame_equal(by_chain.secrets, by_solver.secrets)
    assert by_chain.work["linear_programmes"] < by_solver.work["linear_programmes"]


def test_same_attack_gives_the_same_answer():
    public, secrets = large_table(hidden_share=0.5)
    once, again = attack(public, secrets), attack(public, secrets)
    pd.testing.assert_frame_equal(once.secrets, again.secrets)
    assert once.work == again.work


def test_progress_ends_with_all_secrets():
    told = []
    public, secrets = large_table(hidden_share=0.5)
    attack(public, secrets, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(secrets.names), len(secrets.names))


def test_work_limit_fails_and_is_told(monkeypatch):
    monkeypatch.setattr("analysis.attack._WORK", 0)
    findings = attack(knowledge(exactly([1, -2], 0), ([1, 0], 0, 8)), singles(2))
    # a = 0, 2, 4, 6, 8 lie on one line of tables; that nothing lies between them was not tried.
    assert findings.secrets.loc["a"].tolist() == [0, 8, 5, False]
    assert findings.secrets.loc["b"].tolist() == [0, 4, 5, True]
    assert (findings.unproven, findings.passed) == (1, False)


def test_zero_written_into_the_knowledge_says_nothing():
    plain = knowledge(exactly([1, 1, 0], 20), ([0, 0, 1], 0, 7))
    written = csr_array(
        (np.array([1, 1, 0, 1]), np.array([0, 1, 2, 2]), np.array([0, 3, 4])), shape=(2, 3)
    )  # the sum names c with factor 0
    assert written.nnz == plain.matrix.nnz + 1
    told = Knowledge(written, plain.lower, plain.upper)
    pd.testing.assert_frame_equal(attack(told, singles(3)).secrets, attack(plain, singles(3)).secrets)
    assert written.nnz == plain.matrix.nnz + 1  # the input stays as it was


def test_rounded_table_with_another_value_settles_nothing():
    # a + c = 1 has the fractional table (1/2, 3/2, 1/2), which rounds to a + c = 0; whole it is (0, 3, 1).
    most = [([int(at == one) for at in range(3)], 0, LARGEST) for one in range(3)]
    public = knowledge(*most, ([-2, -1, 1], -4, -2), ([-2, 2, 2], 3, 9), ([1, -1, 2], -6, 0))
    secrets = Secrets(pd.Index(["a", "a+c", "a again"]), csr_array([[1, 0, 0], [1, 0, 1], [1, 0, 0]]))
    findings = attack(public, secrets)
    assert findings.secrets.loc["a+c", ["lower", "upper", "candidates"]].tolist() == [0, 2, 3]


def town(districts: int, areas: int) -> Knowledge:
    """Return districts of areas with 9 watched and 8 missed each: sums, 15 households an area, reasons."""
    size = 2 * districts * areas
    area = np.kron(np.eye(districts * areas), [1, 1])
    sums = np.kron(np.eye(districts), np.kron(np.ones(areas), np.eye(2)).reshape(2, -1))
    missed = np.tile([0, 1], districts * areas)
    matrix = np.vstack([area, sums])
    matrix = np.hstack([matrix, np.zeros((len(matrix), 2))])
    reasons = np.vstack([np.append(-missed, [1, 1]), np.append(missed, [0, 0])])
    least = np.full(len(area), 15.0)
    known = np.append(np.tile([9.0 * areas, 8.0 * areas], districts), [0.0, 8.0 * districts * areas])
    low, high = np.append(least, known), np.append(np.full(len(area), np.inf), known)
    assert matrix.shape[1] == size + 2
    return Knowledge(csr_array(np.vstack([matrix, reasons])), low, high)


def test_list_of_reasons_does_not_tie_districts_together():
    # Reasons less missed is 0, and what is missed is printed of the city and of each district.
    findings = attack(town(3, 4), singles(24 + 2))
    assert findings.work["largest_part"] == 8
    assert findings.passed


def test_short_steps_keep_sums_and_pass_between_limits():
    # a + b is known, each of them is at least 3: a household may go from one to the other.
    rows = csr_array(np.array([[1, 1], [1, 0], [0, 1]]))
    part = Part(
        rows,
        np.array([20.0, 3, 3]),
        np.array([20.0, np.inf, np.inf]),
        np.full(2, 20.0),
        csr_array(np.eye(2, dtype=np.int64)),
        np.arange(2),
    )
    steps = find_steps(part, np.random.default_rng(0)).toarray()
    assert np.abs(steps).tolist() == [[1, 1]]
    assert not (steps @ [1, 1]).any()


def test_wrong_questions_are_named():
    public = knowledge(exactly([1, 1], 20))
    with pytest.raises(ParameterError, match="candidates >= 2, got 1"):
        attack(public, singles(2), candidates=1)
    with pytest.raises(ParameterError, match="over 2 unknowns"):
        attack(public, singles(3))
    with pytest.raises(ParameterError, match="Multiply the row"):
        attack(knowledge(exactly([0.5, 1], 20)), singles(2))
    with pytest.raises(FrameError, match="Name each secret once"):
        Secrets(pd.Index(["a", "a"]), csr_array(np.eye(2)))
    with pytest.raises(ParameterError, match="Use 0 and 1"):
        Secrets(pd.Index(["a", "b"]), csr_array(2 * np.eye(2)))


def possible_values(public: Knowledge, secrets: Secrets, largest: int) -> list[set[int]]:
    """Return the values of each secret over all tables up to ``largest`` by trying them all."""
    tables = np.array(list(product(range(largest + 1), repeat=public.matrix.shape[1])))
    sums = tables @ public.matrix.toarray().T
    agree = ((sums >= public.lower) & (sums <= public.upper)).all(axis=1)
    return [set(values) for values in (tables[agree] @ secrets.matrix.toarray().T).T.astype(int).tolist()]


LARGEST = 7


@st.composite
def systems(draw, least_factor: int = 0):
    """Draw up to three statements about three unknowns of at most ``LARGEST``, and two secrets."""
    size = 3
    truth = draw(st.lists(st.integers(0, LARGEST), min_size=size, max_size=size))
    statements = [([int(at == one) for at in range(size)], 0, LARGEST) for one in range(size)]
    for _ in range(draw(st.integers(1, 3))):
        factors = draw(st.lists(st.integers(least_factor, 2), min_size=size, max_size=size))
        value = int(np.dot(factors, truth)) + draw(st.sampled_from([0, 0, 0, 0, 1]))
        width = draw(st.sampled_from([0, 0, 1, 3]))
        statements.append((factors, value - width, value + width))
    rows = draw(st.lists(st.lists(st.integers(0, 1), min_size=size, max_size=size), min_size=2, max_size=2))
    rows = [*rows, [1, 0, 0]]
    return knowledge(*statements), Secrets(pd.RangeIndex(3), csr_array(np.array(rows)))


@settings(max_examples=150, deadline=None)
@given(systems(least_factor=-2))
def test_candidates_equal_those_of_all_tables_tried(system):
    public, secrets = system
    by_force = possible_values(public, secrets, LARGEST)
    findings = attack(public, secrets)
    assert findings.secrets["candidates"].tolist() == [min(len(values), 6) for values in by_force]
    assert findings.secrets["proven"].all()
    assert (findings.status == "contradiction") == (not by_force[0])
    for (lower, upper, candidates, _), values in zip(findings.secrets.to_numpy(), by_force, strict=True):
        if values:
            assert lower <= min(values) <= max(values) <= upper
        if 0 < candidates < 6:
            assert (lower, upper) == (min(values), max(values))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=9, max_size=9), st.sets(st.integers(0, 8), max_size=5))
def test_intervals_of_a_small_table_equal_enumeration(counts, printed):
    # 3 x 3 with both kinds of sums printed: linear programming meets whole numbers.
    matrix = np.vstack([np.kron(np.eye(3), np.ones(3)), np.kron(np.ones(3), np.eye(3))])
    matrix = np.vstack([matrix, np.eye(9)[sorted(printed)]])
    values = matrix @ np.array(counts, dtype=float)
    findings = attack(Knowledge(csr_array(matrix), values, values), singles(9))
    found = findings.secrets[["lower", "upper"]].to_numpy().tolist()
    assert found == [[min(values), max(values)] for values in tables_of_three(matrix, values)]


def tables_of_three(matrix: np.ndarray, values: np.ndarray) -> list[set[int]]:
    """Return the values of each count of a 3 x 3 table: four counts settle the other five."""
    largest = int(values[:6].max())
    four = np.array(list(product(range(largest + 1), repeat=4)))
    a, b, d, e = four.T
    c, f = values[0] - a - b, values[1] - d - e
    tables = np.stack([a, b, c, d, e, f, values[3] - a - d, values[4] - b - e, values[5] - c - f], axis=1)
    agree = (tables >= 0).all(axis=1) & (tables @ matrix.T == values).all(axis=1)
    return [set(column) for column in tables[agree].T.astype(int).tolist()]


@settings(max_examples=60, deadline=None)
@given(systems(), systems())
def test_knowing_more_never_leaves_more_candidates(system, other):
    public, secrets = system
    more = Knowledge(
        csr_array(np.vstack([public.matrix.toarray(), other[0].matrix.toarray()])),
        np.concatenate([public.lower, other[0].lower]),
        np.concatenate([public.upper, other[0].upper]),
    )
    before, after = attack(public, secrets), attack(more, secrets)
    assert (after.secrets["candidates"] <= before.secrets["candidates"]).all()


def test_bounds_follow_from_subtraction_alone():
    # a + b = 9 with a >= 7 leaves b at most 2; b + c = 2 then leaves c at most 2.
    bounds = tighten_bounds(knowledge(exactly([1, 1, 0], 9), ([1, 0, 0], 7, np.inf), exactly([0, 1, 1], 2)))
    assert bounds.least.tolist() == [7, 0, 0]
    assert bounds.most.tolist() == [9, 2, 2]
