"""Public counts: hand-made breaks of naive tables, and every consistent table counted by brute force."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.signal import fftconvolve

from analysis.disclosure import (
    DisclosureRules,
    PrintedShare,
    ProtectedCounts,
    ProtectedTable,
    audit_tables,
    protect_counts,
    protect_districts,
)
from analysis.disclosure_audit import audit_counts
from analysis.errors import FrameError, ParameterError

NO_SHRINKING = [phase for phase in Phase if phase is not Phase.shrink]


def districts(**rows: tuple[int, int]) -> pd.DataFrame:
    """Return a table from code=(watched, gap)."""
    table = pd.DataFrame(list(rows.values()), columns=["watched", "gap"], index=pd.Index(rows, name="code"))
    return table.assign(households=table["watched"] + table["gap"])


def hide_small_only(table: pd.DataFrame) -> ProtectedTable:
    """The naive print: a split with a count below ten is hidden, and nothing besides."""
    thin = table[["watched", "gap"]].min(axis=1) < 10
    printed = table[["households", "watched", "gap"]].astype("Int64")
    printed.loc[thin, ["watched", "gap"]] = pd.NA
    printed = printed.assign(gap_share_class=pd.array([pd.NA] * len(table), dtype="Int64"))
    printed = printed.assign(mostly_watched=pd.array([pd.NA] * len(table), dtype="boolean"), shown=~thin)
    totals = {name: int(table[name].sum()) for name in ("households", "watched", "gap")}
    return ProtectedTable(
        printed, totals, tuple((code, "split") for code in table.index[thin]), DisclosureRules()
    )


def test_naive_counts_are_broken_by_subtraction():
    # 40 = 25 + 12 + hidden: the hidden count is 3.
    naive = ProtectedCounts(
        "gaps", {"a": 25, "b": 12, "c": None}, 40, "gap", True, ("c",), False, DisclosureRules()
    )
    audit = audit_counts(naive)
    assert audit.secrets.loc[("gaps", "c")].tolist() == [3, 3, 1]
    assert (audit.exact, audit.passed) == (1, False)


def test_protected_counts_hide_a_second_one_and_pass():
    # 12 is hidden too: b + c = 15 with c at most 9, so c may be 0..9 and b 6..15.
    protected = protect_counts({"a": 25, "b": 12, "c": 3}, 40, name="gaps")
    assert protected.counts == {"a": 25, "b": None, "c": None}
    secrets = audit_counts(protected).secrets
    assert secrets[["lower", "upper"]].to_numpy().tolist() == [[6, 15], [0, 9]]
    assert audit_counts(protected).passed


def test_naive_districts_are_broken_by_the_city_total():
    # Gaps 70 = 25 + 12 + 30 + hidden: district C has 3.
    table = districts(A=(400, 25), B=(300, 12), C=(20, 3), D=(50, 30))
    audit = audit_tables(hide_small_only(table))
    assert audit.secrets["candidates"].to_dict() == {("C", "watched"): 1, ("C", "gap"): 1}
    assert audit.exact == 2


def test_protected_districts_hide_the_smallest_other_one():
    # C and D together miss 33 of 103; C has at most 9 watched or at most 9 missed of 23: 0..9 or 14..23.
    table = districts(A=(400, 25), B=(300, 12), C=(20, 3), D=(50, 30))
    protected = protect_districts(table)
    assert protected.districts["shown"].to_dict() == {"A": True, "B": True, "C": False, "D": False}
    assert protected.districts.loc["C", "households"] == 23
    assert protected.totals == {"households": 840, "watched": 770, "gap": 70}
    assert audit_tables(protected).passed


def test_two_small_counts_with_a_telling_sum_are_not_enough():
    # Hidden gaps 9 + 8 = 17, both known to be below ten: only 8 and 9 are possible, so a third is hidden.
    table = districts(A=(191, 9), B=(192, 8), C=(300, 40), D=(500, 60))
    assert audit_tables(hide_small_only(table)).secrets["candidates"].max() == 2
    protected = protect_districts(table)
    assert protected.districts["shown"].to_dict() == {"A": False, "B": False, "C": False, "D": True}
    assert audit_tables(protected).passed


def test_class_is_cut_at_two_thirds_and_left_out_below_fifteen():
    # 16 of 24 is exactly 2/3 and counts as mostly watched, 15 of 24 does not; 14 households show no class.
    rows = {"A": (16, 8), "B": (15, 9), "C": (9, 5), "D": (10, 5)}
    table = districts(**rows, **{f"E{number}": (7, 13) for number in range(9)}, F=(100, 100))
    protected = protect_districts(table)
    found = protected.districts["mostly_watched"]
    assert (found["A"], found["B"], found["D"]) == (True, False, True)
    assert pd.isna(found["C"])
    assert pd.isna(found["F"])  # its counts are printed


@pytest.mark.parametrize(
    ("gap", "share_class"), [(14, 0), (15, 1), (29, 1), (30, 2), (45, 3), (60, 4), (90, 4)]
)
def test_share_of_exactly_a_break_belongs_to_the_class_above(gap, share_class):
    protected = protect_districts(districts(A=(100 - gap, gap)))
    assert protected.districts["gap_share_class"]["A"] == share_class


def test_city_total_below_ten_is_hidden_with_everything_under_it():
    # Nine missed in the city: no split at all; the households stay.
    protected = protect_districts(districts(A=(100, 4), B=(200, 5)))
    assert protected.totals == {"households": 309, "watched": None, "gap": None}
    assert not protected.districts["shown"].any()
    assert protect_counts({"a": 4, "b": 5}, protected.totals["gap"]).counts == {"a": None, "b": None}


def test_counts_below_the_floor_are_hidden_zero_too():
    protected = protect_counts({"a": 100, "b": 0, "c": 9, "d": 10}, 119)
    assert (protected.counts["b"], protected.counts["c"]) == (None, None)
    assert protect_counts({"a": 9}, 9).total is None


def test_what_is_left_over_must_not_be_small_and_known():
    # 97 of 100 backed up tells that 3 are not; 60 of 100 tells nothing small.
    hidden = protect_counts({"backed_up": 97}, 100, of="watched", partition=False)
    shown = protect_counts({"backed_up": 60}, 100, of="watched", partition=False)
    assert (hidden.counts, shown.counts) == ({"backed_up": None}, {"backed_up": 60})


def test_lists_and_districts_pass_together():
    protected = protect_districts(districts(A=(400, 25), B=(300, 12), C=(20, 3), D=(50, 30)))
    gaps = protect_counts({"reach": 60, "consent": 7, "capacity": 3}, protected.totals["gap"], name="gaps")
    weak = protect_counts(
        {"fragile": 400}, protected.totals["watched"], name="weak", of="watched", partition=False
    )
    audit = audit_tables(protected, [gaps, weak])
    assert audit.passed
    assert {place for place, _ in audit.secrets.index} == {"C", "D", "gaps"}


def test_printed_share_gives_hidden_totals_away():
    # Of 40 households 4 are missed; both counts are hidden, but "10.0 %" means 3.98 to 4.02 of 40: 4.
    protected = protect_districts(districts(A=(20, 2), B=(16, 2)))
    assert audit_tables(protected).passed
    cells = [(code, count) for code in "AB" for count in ("watched", "gap")]
    share = PrintedShare(part=(("A", "gap"), ("B", "gap")), whole=tuple(cells), tenths=100)
    assert not audit_tables(protected, shares=[share]).passed


def test_table_nobody_could_have_fails():
    protected = protect_districts(districts(A=(400, 25), B=(300, 12), C=(20, 3), D=(50, 30)))
    broken = dataclasses.replace(protected, totals={**protected.totals, "gap": 5})
    assert audit_tables(broken).secrets["candidates"].max() == 0
    assert not audit_tables(broken).passed


def possible_pairs(row, small: set[str], size: int) -> np.ndarray:
    """Which (watched, gap) of one district agree with its printed row: bool (size, size)."""
    watched, gap = np.indices((size, size))
    agree = np.ones((size, size), dtype=bool)
    for value, count in ((row.households, watched + gap), (row.watched, watched), (row.gap, gap)):
        if not pd.isna(value):
            agree &= count == int(value)
    if not pd.isna(row.mostly_watched):
        agree &= (3 * watched >= 2 * (watched + gap)) == bool(row.mostly_watched)
    if "households" in small:
        agree &= watched + gap < 10
    elif "split" in small:
        agree &= np.minimum(watched, gap) < 10
    return agree


def count_candidates(protected: ProtectedTable, size: int) -> dict[tuple[str, str], int]:
    """Count the values of each hidden count over all tables up to ``size`` that agree with the print."""
    rows = list(protected.districts.itertuples())
    small = {
        code: {what for place, what in protected.small if place == code} for code in protected.districts.index
    }
    pairs = [possible_pairs(row, small[row.Index], size) for row in rows]
    found = {}
    for number, row in enumerate(rows):
        others = np.ones((1, 1))
        for other, pair in enumerate(pairs):
            if other != number:
                others = (fftconvolve(others, pair) > 0.5).astype(float)
        left = [(w, g) for w, g in np.argwhere(pairs[number]) if _sums_agree(protected.totals, others, w, g)]
        values = {
            "households": {w + g for w, g in left},
            "watched": {w for w, _ in left},
            "gap": {g for _, g in left},
        }
        hidden = [name for name in values if pd.isna(getattr(row, name))]
        found |= {(row.Index, name): len(values[name]) for name in hidden}
    return found


def _sums_agree(totals: dict, others: np.ndarray, watched: int, gap: int) -> bool:
    """Tell whether the other districts can make up the printed totals."""
    w, g = np.argwhere(others > 0.5).T
    sums = {"households": w + g + watched + gap, "watched": w + watched, "gap": g + gap}
    agree = np.ones(len(w), dtype=bool)
    for name, total in totals.items():
        if total is not None:
            agree &= sums[name] == total
    return bool(agree.any())


counts = st.one_of(st.integers(0, 12), st.integers(0, 25))
tables = st.lists(st.tuples(counts, counts), min_size=1, max_size=4)


def as_table(rows) -> pd.DataFrame:
    return districts(**{f"D{number}": row for number, row in enumerate(rows)})


@settings(max_examples=20, deadline=None, phases=NO_SHRINKING)
@given(tables)
def test_every_hidden_count_has_six_values_by_enumeration(rows):
    protected = protect_districts(as_table(rows))
    size = 51 if protected.totals["households"] is None else max(protected.totals["households"], 10) + 1
    assert all(found >= 6 for found in count_candidates(protected, min(size, 110)).values())


@settings(max_examples=20, deadline=None, phases=NO_SHRINKING)
@given(tables)
def test_audit_counts_as_many_values_as_enumeration(rows):
    table = as_table(rows)
    naive = hide_small_only(table)
    audit = audit_tables(naive).secrets["candidates"].to_dict()
    by_force = count_candidates(naive, int(table["households"].max()) + 1)
    assert audit == {secret: min(found, 6) for secret, found in by_force.items()}


wide = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 15), st.integers(0, 900)), st.one_of(st.integers(0, 15), st.integers(0, 300))
    ),
    min_size=1,
    max_size=15,
)


@settings(max_examples=20, deadline=None, phases=NO_SHRINKING)
@given(wide)
def test_no_small_count_is_printed_and_the_audit_passes(rows):
    table = as_table(rows)
    protected = protect_districts(table)
    printed = protected.districts[["households", "watched", "gap"]]
    assert not (printed < 10).fillna(False).to_numpy(dtype=bool).any()
    assert all(total is None or total >= 10 for total in protected.totals.values())
    shown = protected.districts["shown"]
    assert printed[shown].equals(table.loc[shown, ["households", "watched", "gap"]].astype("Int64"))
    assert audit_tables(protected).passed


def test_same_table_is_protected_the_same_way():
    table = districts(A=(191, 9), B=(192, 8), C=(300, 40), D=(500, 60), E=(300, 40))
    once, again = protect_districts(table), protect_districts(table.iloc[::-1])
    assert once.districts.equals(again.districts.sort_index())


@settings(max_examples=40, deadline=None, phases=NO_SHRINKING)
@given(st.lists(st.one_of(st.integers(0, 12), st.integers(0, 500)), min_size=1, max_size=9), st.booleans())
def test_no_small_city_count_is_printed_and_the_audit_passes(values, partition):
    total = sum(values) if partition else sum(values) + 4
    given_counts = {f"c{number}": value for number, value in enumerate(values)}
    protected = protect_counts(given_counts, total, partition=partition)
    assert all(value is None or value >= 10 for value in [*protected.counts.values(), protected.total])
    assert audit_counts(protected).passed


def test_wrong_tables_and_rules_are_named():
    good = districts(A=(20, 20))
    for broken, message in (
        (good.drop(columns="gap"), "columns gap"),
        (pd.concat([good, good]), "repeated"),
        (good.assign(gap=19), "watched \\+ gap"),
        (good.assign(gap=-1, watched=41), ">= 0"),
    ):
        with pytest.raises(FrameError, match=message):
            protect_districts(broken)
    with pytest.raises(ParameterError, match="add up to 40, got 39"):
        protect_counts({"a": 39}, 40)
    with pytest.raises(ParameterError, match="at most 40"):
        protect_counts({"a": 41}, 40, partition=False)
    with pytest.raises(ParameterError, match="broken"):
        protect_counts({"a": -1}, 40)
    with pytest.raises(ParameterError, match="Raise the floors"):
        DisclosureRules(floor=5)
    with pytest.raises(ParameterError, match="rising"):
        DisclosureRules(share_breaks=(10, 10, 20, 30))
