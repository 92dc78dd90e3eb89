"""A release on one ladder: what a reader has of it, two layers subtracted, two dates compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.disclosure import HiddenCells
from analysis.errors import FrameError
from analysis.public_reading import CITY, JOINED, LESS, MOSTLY, read_tables
from analysis.publication import (
    COMMUNITY,
    PublicCounts,
    form_of,
    hidden_in,
    hide_more,
    print_release,
    secret_cells,
)
from analysis.publication_audit import ReadRelease, audit_releases

NO_SHRINKING = [phase for phase in Phase if phase is not Phase.shrink]


def city(**areas: tuple[str, int, int]) -> PublicCounts:
    """Return counts from area=(district, watched, gap); all missed for one reason, nobody watched weakly."""
    table = pd.DataFrame(list(areas.values()), columns=["district", "watched", "gap"], index=list(areas))
    gap, watched = int(table["gap"].sum()), int(table["watched"].sum())
    return PublicCounts(table.rename_axis("code"), {"reach": gap}, {"fragile": 0 * watched})


def read_back(counts: PublicCounts, hidden: HiddenCells = HiddenCells()) -> ReadRelease:
    """Return a release as its reader has it; each area is one block."""
    printed = print_release(counts, hidden=hidden)
    areas = counts.areas[counts.areas.index != ""]
    blocks = areas["district"] + "|" + areas.index
    area_of = pd.Series(areas.index.to_numpy(), index=blocks.to_numpy(), dtype=object)
    return ReadRelease(
        printed.tables(), area_of, form_of(counts, printed), tuple(secret_cells(counts, printed))
    )


def make_safe(counts: PublicCounts, earlier: tuple[ReadRelease, ...] = ()) -> ReadRelease:
    """Hide more until the attack fails, as a publication does."""
    hidden = HiddenCells()
    for release in earlier:
        hidden |= hidden_in(release.tables)
    for _ in range(20):
        now = read_back(counts, hidden)
        audit = audit_releases((*earlier, now))
        if audit.passed:
            return now
        hidden = hide_more(hidden, [cell for _, cell in audit.failed], print_release(counts, hidden=hidden))
        assert hidden is not None
    raise AssertionError("no end")


# Two areas of 15 households fill a district of 30 with 10 watched and 20 missed. "Two thirds watched" in A1
# leaves it 10 watched and 5 missed, and A2 nobody watched: the printed classes tell both homes by home.
TWO_AREAS = {"A1": ("A", 10, 5), "A2": ("A", 0, 15)}
REST = {"B1": ("B", 40, 30), "B2": ("B", 60, 20), "C1": ("C", 90, 40)}


def test_classes_of_two_areas_and_their_district_tell_all():
    audit = audit_releases([read_back(city(**TWO_AREAS, **REST))])
    found = audit.alone.secrets["candidates"]
    assert found[0, JOINED, "A1", "gap"] == found[0, JOINED, "A2", "watched"] == 1
    assert not audit.passed and audit.alone.exact >= 2


def test_classes_that_tell_all_are_left_blank():
    safe = make_safe(city(**TWO_AREAS, **REST))
    classes = safe.tables.layers[JOINED]["class"]
    assert classes[["A1", "A2"]].isna().all()
    assert classes[["B2", "C1"]].tolist() == [MOSTLY, MOSTLY]
    assert classes["B1"] == LESS  # 40 of 70
    assert audit_releases([safe]).passed


def test_least_area_with_everyone_watched_keeps_its_class():
    # 15 households, all watched: mostly watched leaves 0 to 5 missed, six values; no rule tells that it is 0.
    counts = city(A1=("A", 15, 0), A2=("A", 40, 30), B1=("B", 15, 0), B2=("B", 60, 25), **{"C1": REST["C1"]})
    release = read_back(counts)
    audit = audit_releases([release])
    assert release.tables.layers[JOINED]["class"][["A1", "B1"]].tolist() == [MOSTLY, MOSTLY]
    assert audit.alone.secrets.loc[(0, JOINED, ["A1", "B1"], "gap"), "candidates"].tolist() == [6, 6]
    assert audit.passed


def test_city_of_least_areas_keeps_nearly_all_classes():
    # 12 districts of 25 areas of 15 to 25 households, each with a share missed of its own.
    draw = np.random.default_rng(3)
    households, share = draw.integers(15, 26, 300), draw.random(300)
    gap = np.rint(share * households).astype(int)
    counts = city(
        **{f"D{at}": (f"K{at // 25}", int(households[at] - gap[at]), int(gap[at])) for at in range(300)}
    )
    classes = make_safe(counts).tables.layers[JOINED]["class"]
    assert classes.isna().sum() <= 3


def test_year_without_any_change_tells_no_more_than_once():
    first = read_back(city(**REST))
    audit = audit_releases((first, first))
    assert (audit.change, audit.failed) == (0, [])
    reasons = 3  # reach, fragile and the rest, of each release
    assert audit.joined.work["unknowns"] == 2 * audit.pieces + 2 * reasons


def test_printed_release_has_no_count_from_one_to_nine():
    counts = city(A1=("A", 30, 8), A2=("A", 16, 0), B1=("B", 40, 30), C1=("C", 6, 2), D1=("D", 50, 40))
    tables = make_safe(counts).tables
    community = tables.layers[COMMUNITY][["households", "watched", "gap"]]
    assert ((community >= 10) | community.isna()).all(axis=None)
    assert all(value is None or value >= 10 for value in tables.city.values())
    assert community.loc["C"].isna().all()
    assert pd.isna(tables.layers[JOINED].loc["C1", "class"])  # eight households: too few for a class


def test_cell_hidden_in_a_release_stays_hidden_within_its_year():
    first = make_safe(city(A1=("A", 60, 8), B1=("B", 40, 12), C1=("C", 90, 40), D1=("D", 50, 30)))
    assert first.tables.layers[COMMUNITY]["gap"].isna().to_dict() == {
        "A": True,
        "B": True,
        "C": False,
        "D": False,
    }
    # Half a year later A has 11 missed and could be printed by itself.
    later = city(A1=("A", 57, 11), B1=("B", 40, 12), C1=("C", 90, 40), D1=("D", 50, 30))
    assert print_release(later).tables().layers[COMMUNITY]["gap"].notna().all()
    second = make_safe(later, (first,))
    assert second.tables.layers[COMMUNITY]["gap"].isna()[["A", "B"]].all()


def test_later_release_alone_opens_what_an_earlier_one_hid():
    # 2026: A and B share 20 missed, A has 8. In 2027 nobody moved but one home of D, and B's 12 is printed.
    before = city(A1=("A", 60, 8), B1=("B", 40, 12), C1=("C", 90, 40), D1=("D", 50, 30))
    first = make_safe(before)
    table = print_release(before).districts.districts
    assert table["gap"].isna()[["A", "B"]].all()
    opened = first.tables.layers[COMMUNITY].copy()
    opened.loc["B", ["watched", "gap"]] = [40, 12]
    naive = ReadRelease(
        type(first.tables)({**first.tables.layers, COMMUNITY: opened}, first.tables.city),
        first.area_of,
        first.form,
        tuple(cell for cell in first.secrets if cell[1] != "B" or cell[0] != COMMUNITY),
    )
    audit = audit_releases((first, naive))
    assert audit.change == 0
    assert (0, (COMMUNITY, "A", "gap")) in audit.failed  # 70 + 20 - 12 …: eight, in both


def test_truth_agrees_with_everything_a_reader_reads():
    counts = city(**TWO_AREAS, **REST)
    now = read_back(counts)
    pieces = counts.areas.assign(community=counts.areas["district"], joined=counts.areas.index)
    reading = read_tables(now.tables, pieces[[COMMUNITY, JOINED]], form=now.form)
    truth = truth_of(counts, reading.unknowns)
    sums = reading.knowledge.matrix @ truth
    assert ((reading.knowledge.lower <= sums) & (sums <= reading.knowledge.upper)).all()


def truth_of(counts, unknowns):
    reasons = {**counts.missed, **counts.weak}
    reasons["rest"] = int(counts.areas["watched"].sum()) - sum(counts.weak.values())
    return np.array(
        [
            reasons[category] if piece == CITY else counts.areas.loc[piece, category]
            for piece, category in unknowns
        ]
    )


AREA = st.tuples(st.sampled_from("ABC"), st.integers(0, 40), st.integers(0, 25))


@settings(max_examples=25, deadline=None, phases=NO_SHRINKING)
@given(st.lists(AREA, min_size=2, max_size=7))
def test_made_safe_release_leaves_six_values_for_every_secret(rows):
    counts = city(**{f"{row[0]}{number}": row for number, row in enumerate(rows)})
    safe = make_safe(counts)
    audit = audit_releases([safe])
    assert audit.alone.status == "done"  # the truth is one of the tables
    assert audit.alone.exact == audit.alone.narrow == 0


@settings(max_examples=12, deadline=None, phases=NO_SHRINKING)
@given(st.lists(AREA, min_size=3, max_size=7))
def test_secrets_of_a_safe_release_stay_wide_for_another_solver(rows):
    release = make_safe(city(**{f"{row[0]}{number}": row for number, row in enumerate(rows)}))
    areas = release.tables.layers[JOINED]
    pieces = pd.DataFrame({COMMUNITY: areas["district"], JOINED: areas.index}).reset_index(drop=True)
    pieces.loc[len(pieces)] = ["", ""]
    reading = read_tables(release.tables, pieces, form=release.form)
    known = reading.knowledge
    rules = LinearConstraint(known.matrix, known.lower, known.upper)
    for cell in release.secrets:
        goal = reading.matrix[[reading.cells.get_loc(cell)]].toarray().ravel()
        whole, ends = np.ones(len(goal)), Bounds(0, 10_000)
        low, high = (milp(sign * goal, constraints=rules, bounds=ends, integrality=whole) for sign in (1, -1))
        assert low.status == high.status == 0
        assert -high.fun - low.fun >= 5


@settings(max_examples=10, deadline=None, phases=NO_SHRINKING)
@given(st.lists(AREA, min_size=3, max_size=5), st.integers(0, 4), st.integers(-3, 3))
def test_second_release_after_a_small_change_opens_nothing(rows, place, change):
    first = make_safe(city(**{f"{row[0]}{number}": row for number, row in enumerate(rows)}))
    district, watched, gap = rows[place % len(rows)]
    rows[place % len(rows)] = (district, watched, max(gap + change, 0))
    second = make_safe(city(**{f"{row[0]}{number}": row for number, row in enumerate(rows)}), (first,))
    assert audit_releases((first, second)).failed == []


def test_printed_area_without_a_piece_is_counted_not_guessed():
    now = read_back(city(**REST))
    gone = pd.DataFrame({COMMUNITY: ["B", "B"], JOINED: ["B1", "B2"]})  # district C and its area are gone
    assert read_tables(now.tables, gone).not_joined == 2


def test_pieces_without_the_printed_layer_are_refused():
    now = read_back(city(**REST))
    with pytest.raises(FrameError, match="joined"):
        read_tables(now.tables, pd.DataFrame({COMMUNITY: ["B"]}))


def test_city_in_which_everything_is_hidden_can_still_be_printed():
    counts = city(**REST)
    everything = HiddenCells(
        splits=frozenset("BC"),
        households=frozenset("BC"),
        totals=frozenset(["households", "watched", "gap"]),
        counts=frozenset(["reach", "fragile"]),
        areas=frozenset(["B1", "B2", "C1"]),
    )
    tables = print_release(counts, hidden=everything).tables()
    assert all(
        table.drop(columns="district", errors="ignore").isna().all(axis=None)
        for table in tables.layers.values()
    )
    assert set(tables.city.values()) == {None}
