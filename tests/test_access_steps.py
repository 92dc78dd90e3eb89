"""Proposals, edits, scenarios and costs behind the door: who sees and decides what, nothing overwritten."""

import datetime as dt

import pandas as pd
import pytest
from shapely.geometry import Point
from sqlalchemy import select

from geodata import access, access_edits, access_steps
from geodata.errors import AccessRefusedError, ConflictError, GeodataError
from geodata.models import Agreement, Assignment, AuditEvent, Dataset, Household, SupportTask, Watcher
from geodata.viewer import Viewer

TODAY = dt.date(2026, 4, 1)
COORDINATOR = Viewer("C", "coordinator", ("K1",))
FOREIGN = Viewer("F", "coordinator", ("K2",))
PLANNER = Viewer("P", "planner")


@pytest.fixture
def city(store):
    """Two districts: H1 and H2 of K1 (H2 kept its consent back), H3 of K2; W1 visits H1."""
    with store.begin() as session:
        session.add(
            Dataset(id=1, name="t", synthetic=True, reference_date=TODAY, metric_epsg=6675, revision=1)
        )
        for name, district, consent in (("H1", "K1", 3), ("H2", "K1", 1), ("H3", "K2", 3)):
            session.add(
                Household(
                    household_id=name,
                    geometry=Point(136.65, 36.5),
                    visits_per_month=2,
                    consent=consent,
                    community_district=district,
                )
            )
        session.add(Watcher(watcher_id="W1", kind="neighbour", visits_per_month=4, status="active"))
        session.flush()
        session.add(Assignment(assignment_id="A1", watcher_id="W1", household_id="H1", role="primary"))
        session.add(SupportTask(task_id="T1", household_id="H3", skill="snow", minutes=30, valid_from=TODAY))
    return store


def proposals(*rows):
    """Return proposals from (item, district, household, watcher)."""
    columns = ["item", "district", "household_id", "watcher_id"]
    frame = pd.DataFrame(rows, columns=columns).astype(object)
    return frame.assign(
        kind="assign", action="add", role="primary", visits_per_month=1.0, detail=[{"cost_m": 90}] * len(rows)
    )


def propose(session, viewer, rows):
    how = {"revision": 1, "district": "K1", "replaces": ("assign",)}
    return access_steps.save_proposals(session, viewer, rows, **how)


def assign(session, viewer, *, visits, revision, districts=("K1",)):
    row = {"assignment_id": "A1", "visits_per_month": visits}
    rows = pd.DataFrame([row])
    return access.save_assignments(session, viewer, rows, revision=revision, districts=set(districts))


def standing(store):
    with store.begin() as session:
        query = select(Assignment).order_by(Assignment.assignment_id)
        return {a.assignment_id: (a.visits_per_month, a.valid_to, a.locked) for a in session.scalars(query)}


def test_coordinator_sees_own_proposals_of_households_that_consented(city):
    rows = proposals((1, "K1", "H1", "W1"), (2, "K1", "H2", "W1"), (3, "K1", None, None))
    with city.begin() as session:
        propose(session, Viewer("o", "operator"), rows)
        own = access_steps.read_proposals(session, COORDINATOR, "K1")
        planners = access_steps.read_proposals(session, PLANNER, "K1")
    assert own["item"].tolist() == [1, 3]
    assert planners["item"].tolist() == [3]
    assert own.iloc[0]["detail"] == {"cost_m": 90}


def test_foreign_district_is_refused_and_the_refusal_kept(city):
    with pytest.raises(AccessRefusedError), city.begin() as session:
        access_steps.read_proposals(session, FOREIGN, "K1")
    with pytest.raises(AccessRefusedError), city.begin() as session:
        propose(session, FOREIGN, proposals((1, "K1", "H1", "W1")))
    with city.begin() as session:
        acts = session.scalars(select(AuditEvent.act)).all()
    assert acts == ["refuse", "refuse"]


def test_new_proposals_withdraw_the_open_ones_of_their_district_and_kind(city):
    with city.begin() as session:
        propose(session, COORDINATOR, proposals((1, "K1", "H1", "W1")))
        propose(session, COORDINATOR, proposals((7, "K1", "H1", "W1")))
        counted = access_steps.count_proposals(session, PLANNER)
        shown = access_steps.read_proposals(session, COORDINATOR, "K1")
    assert counted.set_index("status")["proposals"].to_dict() == {"open": 1, "withdrawn": 1}
    assert shown["item"].tolist() == [7]


def test_second_decision_of_a_proposal_is_a_conflict(city):
    with city.begin() as session:
        propose(session, COORDINATOR, proposals((1, "K1", "H1", "W1")))
        versions = access_steps.read_proposals(session, COORDINATOR, "K1")["version"].to_dict()
        access_steps.decide_item(session, COORDINATOR, versions, status="rejected", note="近すぎる")
    with pytest.raises(ConflictError), city.begin() as session:
        access_steps.decide_item(session, COORDINATOR, versions, status="accepted")
    with city.begin() as session:
        decided = access_steps.read_proposals(session, COORDINATOR, "K1", status="rejected").iloc[0]
    assert (decided["note"], decided["decided_by"], decided["version"]) == ("近すぎる", "C", 2)


def test_planner_and_foreign_coordinator_decide_nothing(city):
    with city.begin() as session:
        propose(session, COORDINATOR, proposals((1, "K1", "H1", "W1")))
        versions = access_steps.read_proposals(session, COORDINATOR, "K1")["version"].to_dict()
    for viewer in (PLANNER, FOREIGN):
        with pytest.raises(AccessRefusedError), city.begin() as session:
            access_steps.decide_item(session, viewer, versions, status="accepted")


def test_undoing_gives_back_the_rows_as_they_were(city):
    added = {
        "assignment_id": "A2",
        "watcher_id": "W1",
        "household_id": "H1",
        "role": "backup",
        "valid_from": TODAY,
    }
    with city.begin() as session:
        assign(session, COORDINATOR, visits=1.0, revision=1)
        rows = pd.DataFrame([added])
        access.save_assignments(session, COORDINATOR, rows, revision=2, districts={"K1"})
    with city.begin() as session:
        edits = access_edits.read_edits(session, COORDINATOR, "K1")
        for edit_id in edits.index:  # the newest first
            access_edits.undo_edit(session, COORDINATOR, edit_id)
    # The added row never counts: it ends the day before it begins. The changed one asks for all again.
    assert standing(city) == {"A1": (None, None, False), "A2": (None, dt.date(2026, 3, 31), False)}


def test_edit_that_was_built_on_cannot_be_undone_first(city):
    with city.begin() as session:
        assign(session, COORDINATOR, visits=1.0, revision=1)
        assign(session, COORDINATOR, visits=2.0, revision=2)
        older, newer = sorted(access_edits.read_edits(session, COORDINATOR, "K1").index)
    with pytest.raises(ConflictError), city.begin() as session:
        access_edits.undo_edit(session, COORDINATOR, older)
    with city.begin() as session:
        access_edits.undo_edit(session, COORDINATOR, newer)
    with pytest.raises(ConflictError), city.begin() as session:
        access_edits.undo_edit(session, COORDINATOR, newer)
    assert standing(city)["A1"][0] == 1.0


def test_undone_undo_does_again_what_was_done(city):
    with city.begin() as session:
        assign(session, COORDINATOR, visits=1.0, revision=1)
        first = access_edits.read_edits(session, COORDINATOR, "K1").index[0]
        access_edits.undo_edit(session, COORDINATOR, first)
        undo = access_edits.read_edits(session, COORDINATOR, "K1").index[0]
        access_edits.undo_edit(session, COORDINATOR, undo)
    assert standing(city)["A1"][0] == 1.0


def test_foreign_coordinator_undoes_nothing(city):
    with city.begin() as session:
        assign(session, COORDINATOR, visits=1.0, revision=1)
    with pytest.raises(AccessRefusedError), city.begin() as session:
        access_edits.undo_edit(session, FOREIGN, 1)
    with pytest.raises(GeodataError, match="got number 99"), city.begin() as session:
        access_edits.undo_edit(session, COORDINATOR, 99)


def test_locking_is_an_edit_of_the_own_district(city):
    with city.begin() as session:
        access_edits.lock_assignments(session, COORDINATOR, ["A1"], locked=True, revision=1)
    assert standing(city)["A1"][2] is True
    with pytest.raises(AccessRefusedError), city.begin() as session:
        access_edits.lock_assignments(session, FOREIGN, ["A1"], locked=False, revision=2)
    with pytest.raises(ConflictError), city.begin() as session:
        access_edits.lock_assignments(session, COORDINATOR, ["A1"], locked=False, revision=1)


def test_scenario_is_never_overwritten_silently(city):
    changes = [{"kind": "season", "season": "snow"}]
    with city.begin() as session:
        access_steps.save_scenario(session, PLANNER, "冬", changes, note=None, version=None)
        access_steps.save_scenario(session, PLANNER, "冬", [], note="変えた", version=1)
    for version in (None, 1):
        with pytest.raises(ConflictError), city.begin() as session:
            access_steps.save_scenario(session, PLANNER, "冬", changes, note=None, version=version)
    with city.begin() as session:
        stored = access_steps.read_scenarios(session, PLANNER).iloc[0]
        access_steps.end_scenario(session, PLANNER, "冬", 2)
        assert access_steps.read_scenarios(session, PLANNER).empty
        access_steps.save_scenario(session, PLANNER, "冬", changes, note=None, version=None)
    assert (stored["changes"], stored["version"]) == ([], 2)


def test_costs_left_out_go_back_to_the_assumed_ones(city):
    stated = pd.DataFrame({"remedy": ["consent", "partner"], "yen_per_year": [500.0, 0.0], "note": None})
    with city.begin() as session:
        access_steps.save_costs(session, PLANNER, stated, {})
        access_steps.save_costs(session, PLANNER, stated[:1], {"consent": 1, "partner": 1})
        left = access_steps.read_costs(session)
    assert left["yen_per_year"].to_dict() == {"consent": 500.0}
    with pytest.raises(ConflictError), city.begin() as session:
        access_steps.save_costs(session, PLANNER, stated, {})
    with pytest.raises(AccessRefusedError), city.begin() as session:
        access_steps.save_costs(session, COORDINATOR, stated, {"consent": 1})


def test_tasks_of_a_foreign_district_are_refused(city):
    with city.begin() as session:
        assert access_steps.read_tasks_for_planning(session, FOREIGN, "K2").index.tolist() == ["T1"]
        assert access_steps.read_tasks_for_planning(session, COORDINATOR, "K1").empty
    with pytest.raises(AccessRefusedError), city.begin() as session:
        access_steps.read_tasks_for_planning(session, COORDINATOR, "K2")


OPERATOR = Viewer("o", "operator")


def test_city_steps_are_edits_that_can_be_undone(city):
    agreement = {"agreement_id": "G1", "district": "K1", "helped_district": "K2", "valid_from": TODAY}
    signed = {"watcher_id": "W1", "status": "candidate"}
    with city.begin() as session:
        step = access_edits.apply_city_step
        step(session, OPERATOR, "agreement", pd.DataFrame([agreement]), act="agree", revision=1)
        step(session, OPERATOR, "watcher", pd.DataFrame([signed]), act="sign", revision=2)
    with city.begin() as session:
        assert session.get(Watcher, "W1").status == "candidate"
        for edit_id in access_edits.read_edits(session, OPERATOR, "").index:
            access_edits.undo_edit(session, OPERATOR, edit_id)
    with city.begin() as session:
        assert session.get(Watcher, "W1").status == "active"
        assert session.get(Agreement, "G1").valid_to == dt.date(2026, 3, 31)


@pytest.mark.parametrize("viewer", [PLANNER, COORDINATOR])
def test_city_steps_are_for_the_operator_only(city, viewer):
    rows = pd.DataFrame([{"watcher_id": "W1", "status": "ended"}])
    with pytest.raises(AccessRefusedError), city.begin() as session:
        access_edits.apply_city_step(session, viewer, "watcher", rows, act="sign", revision=1)


def test_city_step_from_older_data_is_a_conflict(city):
    rows = pd.DataFrame([{"watcher_id": "W1", "status": "ended"}])
    with pytest.raises(ConflictError), city.begin() as session:
        access_edits.apply_city_step(session, OPERATOR, "watcher", rows, act="sign", revision=0)


def test_edits_of_other_batches_are_told_by_whom_they_touch(city):
    with city.begin() as session:
        assign(session, COORDINATOR, visits=1.0, revision=1)
        assert access_edits.touched_since(session, 1, batch="b") == ({"W1", "H1"}, False)
        assert access_edits.touched_since(session, 2, batch="b") == (set(), False)
