"""Handing a watcher's households over: previewed, written in one edit, undone whole, by its coordinator."""

import datetime as dt

import pytest
from sqlalchemy import select

from app.services import handovers, proposals
from app.services.city import assess_city
from app.services.demo import DEMO_DATE
from app.services.errors import RequestError
from geodata.errors import AccessRefusedError, ConflictError
from geodata.models import Assignment, Edit, Household, Watcher
from tests.demo_store import OPERATOR, PLANNER, coordinator
from tests.test_proposals import register

DAY = DEMO_DATE


@pytest.fixture
def busiest(demo):
    """The watcher of one district with most visits, with that district."""
    city = assess_city(demo, OPERATOR, "normal", DAY)
    watchers = city.graph.watchers[city.graph.watchers["district"].notna()]
    name = watchers["load_visits"].idxmax()
    return demo, name, watchers.loc[name, "district"]


def test_preview_changes_nothing(busiest):
    store, name, district = busiest
    before = register(store)
    plan = handovers.preview(store, coordinator(district), name, "normal", DAY)
    assert plan.found.leaving == (name,)
    assert len(plan.moves) and set(plan.moves["watcher_id"]) & {name} == set()
    assert register(store) == before


def test_coordinator_reads_only_the_households_that_consented(busiest):
    store, name, district = busiest
    plan = handovers.preview(store, coordinator(district), name, "normal", DAY)
    everything = handovers.preview(store, OPERATOR, name, "normal", DAY)
    with store.begin() as session:
        rows = session.execute(
            select(Household.household_id, Household.consent, Household.community_district)
        )
        may = {home for home, consent, place in rows if consent >= 2 and place == district}
    assert set(plan.moves["household_id"]) <= may
    assert set(plan.moves["household_id"]) | set(plan.unplaced["household_id"]) <= may
    concerned = {*everything.moves["household_id"], *everything.unplaced["household_id"]}
    assert plan.hidden == len(concerned - may)


def test_written_hand_over_brings_what_the_preview_promised(busiest):
    store, name, district = busiest
    plan = handovers.preview(store, coordinator(district), name, "normal", DAY)
    handovers.put_into_register(store, coordinator(district), plan)
    city = assess_city(store, OPERATOR, "normal", DAY)
    watched = (city.coverage.households["status"] == "watched").sum()
    assert not city.graph.watchers.loc[name, "in_office"]
    assert watched == plan.found.after["watched"]
    assert city.graph.watchers["load_visits"].sum() == plan.found.after["visits"]
    with store.begin() as session:
        standing = [a for a in session.scalars(select(Assignment).where(Assignment.watcher_id == name))]
        assert all(a.valid_to is not None and a.valid_to < DAY for a in standing)
        assert session.get(Watcher, name).valid_to == DAY - dt.timedelta(days=1)


def test_hand_over_is_one_edit_that_is_undone_whole(busiest):
    store, name, district = busiest
    viewer, before = coordinator(district), register(store)
    handovers.put_into_register(store, viewer, handovers.preview(store, viewer, name, "normal", DAY))
    edits = proposals.load_edits(store, viewer, district)
    assert edits["act"].tolist() == ["handover"]
    proposals.undo(store, viewer, edits.index[0])
    assert register(store) == before
    with store.begin() as session:
        assert session.get(Watcher, name).valid_to is None
        assert session.scalars(select(Edit.act)).all() == ["handover", "undo"]


def test_hand_over_of_older_data_is_a_conflict(busiest):
    store, name, district = busiest
    viewer = coordinator(district)
    plan = handovers.preview(store, viewer, name, "normal", DAY)
    handovers.put_into_register(store, viewer, plan)
    with pytest.raises(ConflictError):
        handovers.put_into_register(store, viewer, plan)


def test_watcher_of_another_district_is_not_handed_over(busiest):
    store, name, district = busiest
    plan = handovers.preview(store, coordinator(district), name, "normal", DAY)
    for viewer in (PLANNER, coordinator("elsewhere")):
        with pytest.raises(AccessRefusedError):
            handovers.put_into_register(store, viewer, plan)
    with pytest.raises(RequestError, match="own district"):
        handovers.preview(store, coordinator("elsewhere"), name, "normal", DAY)
    with pytest.raises(RequestError, match="nobody"):
        handovers.preview(store, coordinator(district), "nobody", "normal", DAY)


def test_plan_of_successors_tells_a_coordinator_of_own_watchers_only(busiest):
    store, _, district = busiest
    plan = handovers.plan_for_district(store, coordinator(district), district, "normal", DAY)
    city = handovers.plan_for_district(store, OPERATOR, None, "normal", DAY)
    assert set(plan.successors["district"]) == {district}
    assert len(plan.successors) < len(city.successors)
    assert plan.by_date["watchers"].sum() == len(plan.successors)
    assert plan.by_date["households"].sum() < city.by_date["households"].sum()
    assert 0 <= plan.gap < 1


def test_last_day_before_the_first_is_refused(busiest):
    store, _, district = busiest
    early = DAY - dt.timedelta(days=1)
    with pytest.raises(RequestError, match="Expected a last day"):
        handovers.plan_for_district(store, coordinator(district), district, "normal", DAY, until=early)
