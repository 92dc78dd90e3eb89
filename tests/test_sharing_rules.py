"""The rule table, leaves and the disaster switch: always two people, never for longer than said."""

import datetime as dt

import pandas as pd
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from geodata import access, approvals, sharing_disaster, sharing_rules
from geodata.default_rules import default_rules
from geodata.errors import AccessRefusedError, ConflictError, GeodataError
from geodata.models import Approval, AuditEvent, Dataset, Emergency, SharingRule
from geodata.sharing import rules_in_force
from tests.small_sharing import (
    ADMIN,
    AUDITOR,
    COMMISSIONER,
    COORDINATOR,
    COUNCIL,
    DAY,
    OPERATOR,
    PLANNER,
    SECOND,
    TODAY,
    fill,
    rule,
)

WIDER = rule(rule_id="N-coordinator-household", recipient="coordinator", area="own_district", least_level=3)
LOOK = {"district": "K1"}


@pytest.fixture
def city(store):
    return fill(store)


def propose(store, row, viewer=ADMIN):
    with store.begin(write=True) as session:
        return sharing_rules.propose_rule(session, viewer, row, reason="council of May").approval_id


def approve(store, number, viewer=SECOND):
    with store.begin(write=True) as session:
        return sharing_rules.approve_rule(session, viewer, number)


def seen(store, viewer=COORDINATOR):
    with store.begin(write=True) as session:
        return list(access.read_district_households(session, viewer, "K1").households.index)


def ask_and_give(store, kind="look", subject=LOOK):
    with store.begin(write=True) as session:
        asked = approvals.ask_leave(session, ADMIN, kind, subject, "a wrong point")
        return approvals.give_leave(session, SECOND, asked.approval_id).approval_id


# --- rules ------------------------------------------------------------------------------------------------


def test_default_rules_are_good_rows_and_in_force(city):
    assert [sharing_rules.rule_faults(row) for row in default_rules()] == [[]] * len(default_rules())
    with city.begin() as session:
        stored = rules_in_force(session, TODAY)
    assert {one.rule_id for one in stored} == {row["rule_id"] for row in default_rules()}


def test_proposed_rule_says_nothing_until_a_second_person_approves(city):
    number = propose(city, WIDER)
    assert seen(city) == ["H2", "H3", "H4"]
    assert approve(city, number) == 2
    assert seen(city) == ["H3", "H4"]
    with city.begin() as session:
        query = select(SharingRule.status).where(SharingRule.rule_id == WIDER["rule_id"])
        assert sorted(session.scalars(query)) == ["ended", "in_force"]
        assert session.get(Dataset, 1).revision == 2


def test_proposer_never_approves_the_own_rule(city):
    number = propose(city, WIDER)
    with pytest.raises(AccessRefusedError, match="a second person"):
        approve(city, number, ADMIN)
    assert seen(city) == ["H2", "H3", "H4"]


def test_database_refuses_one_person_as_both(city):
    number = propose(city, WIDER)
    with pytest.raises(IntegrityError), city.begin() as session:
        session.execute(update(Approval).where(Approval.approval_id == number).values(approved_by=ADMIN.who))


@pytest.mark.parametrize("viewer", [PLANNER, COORDINATOR, COUNCIL, AUDITOR, COMMISSIONER])
def test_only_administrators_propose_and_approve_rules(city, viewer):
    with pytest.raises(AccessRefusedError):
        propose(city, WIDER, viewer)
    number = propose(city, WIDER)
    with pytest.raises(AccessRefusedError):
        approve(city, number, viewer)


def test_rule_of_later_lets_the_older_one_hold_until_then(city):
    approve(city, propose(city, WIDER | {"valid_from": TODAY + 9 * DAY}))
    with city.begin() as session:
        for day, level in ((TODAY + 8 * DAY, 2), (TODAY + 9 * DAY, 3)):
            levels = [r.least_level for r in rules_in_force(session, day) if r.rule_id == WIDER["rule_id"]]
            assert levels == [level]


def test_decided_request_cannot_be_decided_again(city):
    number = propose(city, WIDER)
    with city.begin(write=True) as session:
        sharing_rules.reject_rule(session, SECOND, number)
    with pytest.raises(ConflictError):
        approve(city, number)
    assert seen(city) == ["H2", "H3", "H4"]


def test_ended_rule_opens_nothing_more(city):
    with city.begin(write=True) as session:
        key = f"{WIDER['rule_id']}:default"
        number = sharing_rules.propose_end(session, ADMIN, key, reason="no longer").approval_id
    approve(city, number)
    assert seen(city) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"least_level": 0}, "a refusal binds"),
        ({"least_level": 1}, "on the ground of consent"),
        ({"basis": "ordinance"}, "the article"),
        ({"phase": "disaster"}, "49-11-3"),
        ({"recipient": "delivery_firm"}, "recipient in"),
        ({"recipient": "coordinator"}, "own_district"),
        ({"media": "fax"}, "media of"),
        ({"least_level": 7}, "from 0 to 4"),
    ],
)
def test_rule_that_contradicts_itself_is_refused(city, changes, fault):
    with pytest.raises(GeodataError, match=fault):
        propose(city, rule(**changes))


def test_file_of_rules_only_proposes_and_twice_changes_nothing(city):
    frame = pd.DataFrame([WIDER])
    frame.insert(0, "rule_key", [sharing_rules.rule_key(WIDER)])
    with city.begin(write=True) as session:
        assert sharing_rules.propose_frame(session, OPERATOR, frame).written == 1
        assert sharing_rules.propose_frame(session, OPERATOR, frame).unchanged == 1
    assert seen(city) == ["H2", "H3", "H4"]


def test_list_of_rules_is_for_those_who_may_read_them(city):
    propose(city, WIDER)
    with city.begin(write=True) as session:
        listed = sharing_rules.list_rules(session, AUDITOR)
        assert "proposed" in {one.status for one in listed}
        assert list(sharing_rules.waiting_rules(session)) == [sharing_rules.rule_key(WIDER)]
    with pytest.raises(AccessRefusedError), city.begin(write=True) as session:
        sharing_rules.list_rules(session, COUNCIL)


# --- leaves -----------------------------------------------------------------------------------------------


def test_administrator_sees_households_only_with_a_second_persons_leave(city):
    assert seen(city, ADMIN) == []
    ask_and_give(city)
    assert seen(city, ADMIN) == ["H1", "H2", "H3", "H4"]  # a refusal binds here, too
    assert seen(city, SECOND) == []
    with city.begin(write=True) as session:
        assert len(access.read_district_households(session, ADMIN, "K2").households) == 0


def test_leave_runs_out(city):
    number = ask_and_give(city)
    with city.begin() as session:
        session.get(Approval, number).until = dt.datetime(2020, 1, 1)
    assert seen(city, ADMIN) == []


def test_asked_leave_alone_opens_nothing(city):
    with city.begin(write=True) as session:
        approvals.ask_leave(session, ADMIN, "look", LOOK, "why not")
    assert seen(city, ADMIN) == []


def test_leave_for_an_export_is_used_once_and_for_the_same_thing(city):
    subject = {"what": "masked points", "district": "K1", "file": "points.csv"}
    ask_and_give(city, "export", subject)
    for other in ({**subject, "district": "K2"}, {**subject, "more": 1}):
        with pytest.raises(AccessRefusedError), city.begin(write=True) as session:
            approvals.use_leave(session, ADMIN, "export", other)
    with city.begin(write=True) as session:
        approvals.use_leave(session, ADMIN, "export", subject)
    with pytest.raises(AccessRefusedError), city.begin(write=True) as session:
        approvals.use_leave(session, ADMIN, "export", subject)


def test_refused_use_of_a_leave_stays_in_the_trail(city):
    with pytest.raises(AccessRefusedError), city.begin(write=True) as session:
        approvals.use_leave(session, ADMIN, "export", LOOK)
    with city.begin() as session:
        told = session.execute(select(AuditEvent.act, AuditEvent.object_kind, AuditEvent.result)).all()
    assert told == [("refuse", "export", "refused")]


def test_request_needs_a_reason_and_a_role(city):
    with pytest.raises(GeodataError, match="a reason"), city.begin(write=True) as session:
        approvals.ask_leave(session, ADMIN, "look", LOOK, "  ")
    with pytest.raises(AccessRefusedError), city.begin(write=True) as session:
        approvals.ask_leave(session, COUNCIL, "look", LOOK, "curious")


def test_list_shows_planners_their_own_requests_only(city):
    with city.begin(write=True) as session:
        approvals.ask_leave(session, ADMIN, "look", LOOK, "x")
        approvals.ask_leave(session, PLANNER, "export", {}, "y")
        assert [one.reason for one in approvals.list_requests(session, PLANNER)] == ["y"]
        assert {one.reason for one in approvals.list_requests(session, SECOND)} == {"x", "y"}
        assert approvals.list_requests(session, AUDITOR) == []


# --- disaster ---------------------------------------------------------------------------------------------


def declare(store):
    with store.begin(write=True) as session:
        asked = sharing_disaster.declare_disaster(
            session, PLANNER, until=TODAY + 3 * DAY, reason="earthquake"
        )
        return asked.approval_id


def test_declared_disaster_opens_refusals_until_it_ends_and_flags_looks(city):
    number = declare(city)
    assert "H0" not in seen(city)
    with city.begin(write=True) as session:
        sharing_disaster.approve_disaster(session, ADMIN, number)
    assert seen(city) == ["H0", "H1", "H2", "H3", "H4"]
    with city.begin(write=True) as session:
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.act == "look").order_by(AuditEvent.seq.desc()).limit(1)
        ).one()
        assert "disaster" in event.flags.split(",")
        sharing_disaster.end_disaster(session, PLANNER)
    assert seen(city) == ["H2", "H3", "H4"]


def test_disaster_ends_with_its_last_day_in_japan(city):
    number = declare(city)
    with city.begin(write=True) as session:
        ends = sharing_disaster.approve_disaster(session, ADMIN, number).ends
        last = dt.date.fromisoformat(session.get(Approval, number).subject["until"])
    assert ends == dt.datetime(last.year, last.month, last.day, 15)  # UTC: midnight after it


def test_disaster_approved_after_its_last_day_does_not_begin(city):
    number = declare(city)
    with city.begin(write=True) as session:
        session.get(Approval, number).subject = {"until": "2020-01-01"}
    with pytest.raises(ConflictError), city.begin(write=True) as session:
        sharing_disaster.approve_disaster(session, ADMIN, number)
    assert "H0" not in seen(city)


def test_disaster_ends_by_itself(city):
    number = declare(city)
    with city.begin(write=True) as session:
        sharing_disaster.approve_disaster(session, ADMIN, number)
        session.get(Emergency, number).ends = dt.datetime(2020, 1, 1)
    assert seen(city) == ["H2", "H3", "H4"]


def test_disaster_needs_two_people_and_days_within_reason(city):
    with city.begin(write=True) as session:
        asked = sharing_disaster.declare_disaster(session, ADMIN, until=TODAY + 3 * DAY, reason="flood")
    with pytest.raises(AccessRefusedError), city.begin(write=True) as session:
        sharing_disaster.approve_disaster(session, ADMIN, asked.approval_id)
    with pytest.raises(GeodataError, match="within 30 days"), city.begin(write=True) as session:
        sharing_disaster.declare_disaster(session, ADMIN, until=TODAY + 99 * DAY, reason="flood")
    with pytest.raises(ConflictError), city.begin(write=True) as session:
        sharing_disaster.end_disaster(session, ADMIN)


def test_request_of_another_kind_is_not_approved_as_rule_or_disaster(city):
    number = declare(city)
    with pytest.raises(GeodataError), city.begin(write=True) as session:
        sharing_rules.approve_rule(session, ADMIN, number)
    rule_number = propose(city, WIDER)
    with pytest.raises(GeodataError), city.begin(write=True) as session:
        sharing_disaster.approve_disaster(session, SECOND, rule_number)
    with city.begin() as session:
        assert all(one.approved_by is None for one in session.scalars(select(Approval)))
