"""Two analyses side by side: totals, areas, types, transitions, and the mirror of the other way round."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analysis.compare import CHANGE_CLASSES, MEASURES, change_classes, compare, compare_many
from analysis.coverage import summarise_coverage
from analysis.errors import FrameError, ParameterError
from analysis.frames import GAP_CLASSES, STATUSES

NO_SHRINKING = [
    phase for phase in Phase if phase is not Phase.shrink
]  # worlds this small are read as they are


def result(**rows):
    """Return an analysis by household: (status, visits delivered, need (a year)[, weight[, gap class]])."""
    full = [(*row, *(1.0, None)[len(row) - 3 :]) for row in rows.values()]
    frame = pd.DataFrame(full, columns=["status", "delivered_visits", "need_visits", "weight", "gap_class"])
    frame.index = pd.Index(list(rows), name="household_id", dtype=object)
    return frame.assign(backed_up=False, connected=frame["status"] == "watched")


def places(**districts):
    """Return households with a district and a type: (district, type)."""
    return pd.DataFrame(
        list(districts.values()),
        columns=["community_district", "household_type"],
        index=pd.Index(list(districts), name="household_id", dtype=object),
    )


BASE = result(
    H1=("watched", 12, 12, 2.0),
    H2=("partly_watched", 6, 12, 1.0, "capacity"),
    H3=("unwatched", 0, 24, 1.0, "reach"),
    H4=("watched", 12, 12),
)
OTHER = result(
    H1=("unwatched", 0, 12, 2.0, "reach"),
    H2=("partly_watched", 9, 12, 1.0, "capacity"),  # the same status, three visits more
    H3=("watched", 24, 24),
    H4=("watched", 12, 12),
)
HOMES = places(H1=("A", "alone"), H2=("A", "alone"), H3=("B", "couple"), H4=(None, None))


def test_totals_count_households_and_weighted_need_before_and_after():
    totals = compare(BASE, OTHER, HOMES, "community_district").totals
    assert totals.index.tolist() == list(MEASURES)
    # Watched: H1 and H4 (need 2 x 1 + 1 x 1 a month) before, H3 and H4 (1 x 2 + 1 x 1) after.
    assert totals.loc["watched"].tolist() == [2, 2, 0, 3.0, 3.0, 0.0]
    assert totals.loc["missed"].tolist() == [2, 2, 0, 3.0, 3.0, 0.0]
    assert totals.loc["reach"].tolist() == [1, 1, 0, 2.0, 2.0, 0.0]  # H3: 1 x 2; H1: 2 x 1
    assert totals.loc["all", "households_before"] == 4


def test_areas_tell_who_gains_and_who_loses():
    found = compare(BASE, OTHER, HOMES, "community_district")
    areas = found.areas
    assert areas.index.tolist() == ["", "A", "B"]
    assert areas.loc["A", ["watched_before", "watched_after", "watched_difference"]].tolist() == [1, 0, -1]
    assert areas.loc["A", ["gaining", "losing"]].tolist() == [1, 1]  # H2 three visits more, H1 all lost
    assert areas.loc["B", ["share_before", "share_after", "share_difference"]].tolist() == [0.0, 1.0, 1.0]
    assert areas["change_class"].tolist() == ["about_equal", "loses_much", "gains_much"]
    assert areas.loc["B", "weighted_visits_difference"] == 2.0
    assert found.types.loc["alone", ["gaining", "losing"]].tolist() == [1, 1]
    assert found.households["change"].to_dict() == {"H1": -1, "H2": 1, "H3": 1, "H4": 0}


def test_transitions_go_from_the_status_before_to_the_status_after():
    found = compare(BASE, OTHER, HOMES, "community_district")
    matrix = found.transitions
    assert matrix.loc["watched", "unwatched"] == 1
    assert matrix.loc["unwatched", "watched"] == 1
    assert matrix.to_numpy().sum() == 4
    assert np.diag(matrix).tolist() == [1, 1, 0, 0]
    assert found.transitions_weighted_visits.loc["unwatched", "watched"] == 2.0


def test_households_of_one_analysis_only_are_counted_apart():
    found = compare(BASE.drop("H4"), OTHER.drop("H1"), HOMES, "community_district")
    assert (found.only_in_base, found.only_in_other) == (1, 1)
    assert found.households.index.tolist() == ["H2", "H3"]
    assert found.transitions.to_numpy().sum() == 2
    assert found.totals.loc["all", ["households_before", "households_after"]].tolist() == [3, 3]
    none_before = found.areas.loc[""]
    assert none_before["households_before"] == 0
    assert np.isnan(none_before["share_before"])
    assert none_before["change_class"] is None


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        ((100, 90), "loses_much"),  # exactly 10 points fewer
        ((100, 91), "loses"),
        ((100, 99), "loses"),  # exactly 1 point fewer
        ((100, 100), "about_equal"),
        ((99, 100), "gains"),
        ((90, 99), "gains"),
        ((90, 100), "gains_much"),
    ],
)
def test_breaks_of_the_map_belong_to_the_outer_class(watched, expected):
    before, after = (np.array([count]) for count in watched)
    assert change_classes((before, after), (np.array([100]), np.array([100]))).tolist() == [expected]


def test_difference_below_a_break_by_a_hair_is_about_equal():
    # 333 of 33,301 less 0 of 33,301 is 0.99997 points.
    of_all = np.array([33_301])
    assert change_classes((np.array([0]), np.array([333])), (of_all, of_all)).tolist() == ["about_equal"]


def test_household_without_a_known_area_is_counted_without_one():
    found = compare(BASE, OTHER, HOMES.drop("H1"), "community_district")
    assert found.areas.loc["", ["households_before", "losing"]].tolist() == [2, 1]


def test_no_type_column_gives_no_types():
    assert compare(BASE, OTHER, HOMES[["community_district"]], "community_district").types is None


def test_several_scenarios_stand_beside_the_baseline():
    table = compare_many(BASE, {"none": BASE, "other": OTHER})
    assert table.index.names == ["scenario", "measure"]
    assert (table.loc["none", "households_difference"] == 0).all()
    expected = compare(BASE, OTHER, HOMES, "community_district").totals
    pd.testing.assert_frame_equal(table.loc["other"], expected)


def test_wrong_frames_are_named():
    with pytest.raises(FrameError, match="got none named gap_class"):
        compare(BASE.drop(columns="gap_class"), OTHER, HOMES, "community_district")
    with pytest.raises(FrameError, match="'school_district'"):
        compare(BASE, OTHER, HOMES, "school_district")
    twice = pd.concat([BASE, BASE])
    with pytest.raises(FrameError, match="each household once"):
        compare(twice, OTHER, HOMES, "community_district")
    with pytest.raises(FrameError, match="each household once"):
        compare(BASE, OTHER, pd.concat([HOMES, HOMES]), "community_district")
    with pytest.raises(ParameterError, match="got none"):
        compare_many(BASE, {})


def test_empty_analyses_compare_to_nothing():
    found = compare(BASE.iloc[:0], OTHER.iloc[:0], HOMES, "community_district")
    assert (found.totals["households_after"] == 0).all()
    assert found.areas.empty


homes = st.tuples(
    st.sampled_from(STATUSES),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from([0.5, 1.0, 2.0]),
    st.sampled_from([None, *GAP_CLASSES]),
)
analyses = st.dictionaries(st.sampled_from(["H1", "H2", "H3", "H4"]), homes, max_size=4).map(
    lambda rows: result(**rows)
)


@settings(deadline=None, phases=NO_SHRINKING, max_examples=30)
@given(analyses, analyses)
def test_comparing_the_other_way_round_gives_the_mirror(one, two):
    there = compare(one, two, HOMES, "community_district")
    back = compare(two, one, HOMES, "community_district")
    for table in ("totals", "areas", "types"):
        left, right = getattr(there, table), getattr(back, table)
        for column in [name for name in left if name.endswith("_difference")]:
            pd.testing.assert_series_equal(left[column], -right[column], check_dtype=False)
    assert there.areas["gaining"].tolist() == back.areas["losing"].tolist()
    mirror = dict(zip([*CHANGE_CLASSES, None], [*reversed(CHANGE_CLASSES), None], strict=True))
    assert [mirror[name] for name in there.areas["change_class"]] == back.areas["change_class"].tolist()
    assert (there.transitions.to_numpy() == back.transitions.to_numpy().T).all()
    assert (there.only_in_base, there.only_in_other) == (back.only_in_other, back.only_in_base)


@settings(deadline=None, phases=NO_SHRINKING, max_examples=20)
@given(analyses, analyses)
def test_areas_add_up_to_the_totals_and_agree_with_the_summary(one, two):
    found = compare(one, two, HOMES, "community_district")
    for moment in ("before", "after"):
        assert found.areas[f"watched_{moment}"].sum() == found.totals.loc["watched", f"households_{moment}"]
    rows = summarise_coverage(one, HOMES["community_district"])
    same = found.areas[found.areas["households_before"] > 0]
    assert same["watched_before"].tolist() == rows["watched"].tolist()
    assert (same["weighted_visits_before"] * 12).tolist() == pytest.approx(rows["need_watched"].tolist())
