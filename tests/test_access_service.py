"""Places within a walk of the demo city: counts add up, new places only help, bad questions are refused."""

import pytest

from app.services.access_places import AccessRequest, load_access
from app.services.demo import DEMO_DATE
from app.services.errors import RequestError
from app.ui import support_places
from app.ui.text import Words
from tests.demo_store import HOUSEHOLDS, PLANNER

JA = Words("ja")


def ask(store, kind="gathering_place", **options):
    return load_access(
        store, PLANNER, AccessRequest(kind, options.pop("season", "normal"), DEMO_DATE, **options)
    )


@pytest.mark.parametrize("kind", ["gathering_place", "consultation_centre"])
def test_each_layer_counts_every_household_once(demo, kind):
    figures = ask(demo, kind)
    assert figures.totals["households"] == HOUSEHOLDS
    for areas in figures.layers.values():
        assert areas["households"].sum() == HOUSEHOLDS
        assert areas["gaps"].sum() == figures.totals["gaps"]
        assert (areas["households"] - areas["gaps"] == areas["within_3"]).all()
        assert (areas["within_1"] <= areas["within_2"]).all()


def test_places_shared_by_households_add_up_to_the_places_in_reach(demo):
    figures = ask(demo)
    areas = figures.layers["community"]
    shared = (areas["places_per_1000"] / 1_000 * areas["households"]).sum()
    assert shared == pytest.approx((figures.places["households"] > 0).sum())


def test_opening_more_places_never_reaches_fewer_households(demo):
    found = [ask(demo, minutes=9, count=count).next for count in (1, 2, 3)]
    values = [one.proof.value for one in found]
    assert values == sorted(values) and values[0] > 0
    for one in found:
        assert one.proof.value <= one.proof.bound
        assert one.counts["gaps_before"] - one.counts["gaps_after"] == one.proof.value
        assert one.places["households_gained"].sum() == one.proof.value


def test_snow_and_a_shorter_walk_never_bring_more_households_within(demo):
    gaps = [ask(demo, minutes=minutes).totals["gaps"] for minutes in (5, 10, 15)]
    assert gaps == sorted(gaps, reverse=True)
    assert ask(demo, season="snow").totals["gaps"] >= gaps[-1]


def test_without_a_count_no_place_is_proposed(demo):
    figures = ask(demo)
    assert figures.next is None
    assert support_places.next_finding(figures, JA) == ""
    assert "access_gained" not in support_places.access_four(figures, JA)


def test_finding_says_minutes_share_and_that_no_choice_is_better(demo):
    figures = ask(demo, minutes=10, count=2)
    assert "歩いて 10 分以内" in support_places.access_finding(figures, JA)
    assert "証明済みの最善" in support_places.next_finding(figures, JA)


@pytest.mark.parametrize(
    ("kind", "options", "reason"),
    [
        ("school", {}, "kind of place"),
        ("gathering_place", {"minutes": 2}, "3 to 60 minutes"),
        ("gathering_place", {"minutes": 61}, "3 to 60 minutes"),
        ("gathering_place", {"count": -1}, "0 to 20 places"),
        ("gathering_place", {"count": 21}, "0 to 20 places"),
    ],
)
def test_a_question_out_of_range_is_refused_by_name(kind, options, reason):
    with pytest.raises(RequestError, match=reason):
        AccessRequest(kind, "normal", DEMO_DATE, **options)
