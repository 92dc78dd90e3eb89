"""Reading the trail: only the auditor, each search an event; pruning leaves a seal; old rows are sealed."""

from __future__ import annotations

import datetime as dt

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from geodata import audit, audit_read
from geodata.audit import record_event
from geodata.audit_check import Anchor, check_trail
from geodata.audit_read import (
    TrailQuery,
    TrailRule,
    prune_trail,
    read_trail_rule,
    review_looks,
    search_trail,
    settle_trail_rule,
    verify_trail,
)
from geodata.errors import AccessRefusedError, ConflictError
from geodata.models import AuditEvent, AuditSeal
from geodata.session import Store, _alembic_config
from geodata.viewer import ROLES, Viewer

ANNE = Viewer("anne", "coordinator", ("K1",))
AUDITOR = Viewer("vera", "auditor", purpose="review")
OPERATOR = Viewer("command", "operator")
NOON = dt.datetime(2026, 4, 1, 3, 0)  # a Wednesday, 12:00 in Japan
DAY = dt.timedelta(days=1)


@pytest.fixture
def at(monkeypatch):
    """Set the clocks of the trail, in UTC."""

    def set_clock(moment):
        monkeypatch.setattr(audit, "_now", lambda: moment)
        monkeypatch.setattr(audit_read, "_now", lambda: moment)

    set_clock(NOON)
    return set_clock


def viewer_of(role):
    watcher = "W1" if role == "watcher" else None
    return Viewer("x", role, ("K1",) if role == "coordinator" else (), watcher_id=watcher)


def look(store, *ids, viewer=ANNE, act="look"):
    with store.begin(write=True) as session:
        record_event(session, viewer, act, "household", ids)


def search(store, viewer=AUDITOR, **asked):
    with store.begin(write=True) as session:
        return search_trail(session, viewer, TrailQuery(**asked))


def acts(store):
    with store.begin() as session:
        return list(session.scalars(select(AuditEvent.act).order_by(AuditEvent.seq)))


def check(store, *anchors):
    with store.begin() as session:
        return check_trail(session, anchors)


def prune(store, before, viewer=AUDITOR, reason="two years have passed"):
    with store.begin(write=True) as session:
        return prune_trail(session, viewer, before, reason=reason)


def settle(store, keep_days, bulk_ids=200):
    with store.begin(write=True) as session:
        settle_trail_rule(session, OPERATOR, TrailRule(keep_days, bulk_ids))


# --- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in ROLES if role != "auditor"])
def test_nobody_but_the_auditor_searches_reviews_or_prunes(store, at, role):
    viewer = viewer_of(role)
    for read in (
        lambda: search(store, viewer),
        lambda: prune(store, NOON, viewer),
        lambda: review_looks_of(store, viewer),
    ):
        with pytest.raises(AccessRefusedError, match="auditor"):
            read()
    assert acts(store) == ["refuse"] * 3


@pytest.mark.parametrize("role", ROLES)
def test_only_auditor_and_operator_check_the_trail(store, at, role):
    if role in ("auditor", "operator"):
        with store.begin(write=True) as session:
            assert verify_trail(session, viewer_of(role)).is_whole
    else:
        with pytest.raises(AccessRefusedError), store.begin(write=True) as session:
            verify_trail(session, viewer_of(role))
    assert acts(store) == ["verify" if role in ("auditor", "operator") else "refuse"]


@pytest.mark.parametrize("role", ["auditor", "administrator", "planner"])
def test_rule_of_the_trail_is_settled_by_the_operator_only(store, at, role):
    with pytest.raises(AccessRefusedError), store.begin(write=True) as session:
        settle_trail_rule(session, viewer_of(role), TrailRule(1, 1))
    with store.begin() as session:
        assert read_trail_rule(session) == TrailRule(None, 200)


# --- search and review ------------------------------------------------------------------------------------


def test_search_finds_by_person_act_day_and_flag(store, at):
    look(store, "H1")
    look(store, "H1", viewer=Viewer("ben", "planner"), act="export")
    at(NOON + 9 * dt.timedelta(hours=1))  # 21:00
    look(store, "H2")
    at(NOON + DAY)
    found = [
        search(store, who="ben").events["seq"].tolist(),
        search(store, role="coordinator").events["seq"].tolist(),
        search(store, act="export").events["seq"].tolist(),
        search(store, flag="outside_hours").events["seq"].tolist(),
        search(store, flag="any").events["seq"].tolist(),
        search(store, since=NOON + dt.timedelta(hours=1), until=NOON + DAY).events["seq"].tolist(),
    ]
    assert found == [[2], [3, 1], [2], [3], [3], [3]]


def test_search_for_a_household_finds_its_single_looks_and_counts_the_others(store, at):
    look(store, "H1")
    look(store, "H2")
    look(store, "H1", "H2")
    found = search(store, household_id="H1")
    assert found.events["seq"].tolist() == [1]
    assert (found.total, found.on_several) == (1, 1)


def test_search_itself_is_an_event_without_the_household(store, at):
    search(store, household_id="H1", who="anne")
    with store.begin() as session:
        event = session.scalars(select(AuditEvent)).one()
    assert (event.who, event.act, event.object_kind, event.filters) == (
        "vera",
        "search",
        "trail",
        {"who": "anne"},
    )
    assert event.object_count == 1


def test_search_gives_the_newest_and_says_how_many_there_are(store, at):
    for number in range(5):
        look(store, f"H{number}")
    found = search(store, limit=2)
    assert (found.events["seq"].tolist(), found.total) == ([5, 4], 5)


def test_search_takes_a_name_with_sql_as_a_name(store, at):
    look(store, "H1")
    assert search(store, who="anne' OR '1'='1").total == 0
    assert search(store, flag="%").total == 0


def review_looks_of(store, viewer=AUDITOR):
    with store.begin(write=True) as session:
        return review_looks(session, viewer, NOON - DAY)


def test_review_puts_looks_beside_the_median_of_the_role(store, at):
    people = {"anne": 1, "ben": 2, "carl": 9}
    for who, looks in people.items():
        for number in range(looks):
            look(store, f"H{number}", "H", viewer=Viewer(who, "coordinator", ("K1",)))
    look(store, "H1", viewer=Viewer("dora", "planner"), act="analyse")
    review = review_looks_of(store).set_index("who")
    assert review.index.tolist() == ["carl", "ben", "anne", "dora"]
    assert review["looks"].to_dict() == {**people, "dora": 0}
    assert review.loc["carl", ["objects", "median_looks", "times_median"]].tolist() == [18, 2.0, 4.5]
    assert (
        review.loc["dora", "times_median"] != review.loc["dora", "times_median"]
    )  # nobody of the role looked


# --- retention --------------------------------------------------------------------------------------------


def test_nothing_is_pruned_before_a_period_is_settled(store, at):
    look(store, "H1")
    with pytest.raises(ConflictError, match="got none"):
        prune(store, NOON - 800 * DAY)


def test_nothing_is_pruned_within_the_period_or_without_a_reason(store, at):
    settle(store, 730)
    with pytest.raises(ConflictError, match="730 days"):
        prune(store, NOON - 729 * DAY)
    with pytest.raises(ConflictError, match="reason"):
        prune(store, NOON - 730 * DAY, reason=" ")


@pytest.fixture
def old(store, at):
    """Three events two years ago, the rule, and one of today; numbers 1 to 5."""
    at(NOON - 800 * DAY)
    for number in range(3):
        look(store, f"H{number}")
    settle(store, 730)
    at(NOON)
    look(store, "H9")
    return store


def test_pruned_events_leave_a_seal_and_the_trail_stays_whole(old):
    last = check(old)
    first = Anchor(2, "f" * 64)
    seal = prune(old, NOON - 730 * DAY)
    assert (seal.first_seq, seal.last_seq, seal.events) == (1, 4, 4)
    found = check(old, Anchor(last.last_seq, last.last_hash), first)
    assert (found.problems, found.pruned, found.events, found.anchors_pruned) == ((), 4, 2, 1)
    with old.begin() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert (event.act, event.filters["reason"], event.filters["events"]) == (
        "prune",
        "two years have passed",
        4,
    )


def test_pruning_twice_goes_on_where_it_ended(old, at):
    prune(old, NOON - 730 * DAY)
    at(NOON + 800 * DAY)
    seal = prune(old, NOON + DAY)
    assert (seal.first_seq, seal.last_seq) == (5, 6)
    found = check(old)
    assert (found.problems, found.pruned, found.last_seq) == ((), 6, 7)


def test_pruning_what_is_not_old_enough_changes_nothing(old):
    assert prune(old, NOON - 900 * DAY) is None
    assert check(old).pruned == 0


def test_deleting_after_the_seal_beyond_it_is_refused_and_found(old):
    prune(old, NOON - 730 * DAY)
    with pytest.raises(DBAPIError, match="only added to"), old.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_event WHERE seq = 5"))
    with pytest.raises(DBAPIError, match="only added to"), old.engine.begin() as connection:
        connection.execute(text("UPDATE audit_seal SET last_seq = 5"))


def test_a_trail_with_faults_is_not_pruned(old):
    name = "audit_event_no_update"
    with old.engine.begin() as connection:
        suffix = " ON audit_event" if old.engine.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER {name}{suffix}"))
        connection.execute(text("UPDATE audit_event SET who = 'nobody' WHERE seq = 1"))
    with pytest.raises(ConflictError, match="whole trail"):
        prune(old, NOON - 730 * DAY)
    assert check(old).pruned == 0


# --- events of before the chain ---------------------------------------------------------------------------

_OLD = (
    "INSERT INTO audit_event (seq, at, who, role, purpose, act, object_kind, object_count, object_hash, "
    "filters, result) VALUES ({seq}, '2024-04-01 03:00:00', 'anne', 'coordinator', 'x', 'look', 'household', "
    """1, 'abc', '{{"district": "地区"}}', 'done')"""
)


def migrate_to(store, revision):
    config = _alembic_config()
    assert isinstance(config, Config)
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@pytest.fixture
def of_before(store_url, at):
    """A store with two events of before the chain (numbers 2 and 5), brought up to date; then a look."""
    store = Store(store_url, secret=bytes(range(32)))
    migrate_to(store, "0003")
    with store.engine.begin() as connection:
        for seq in (2, 5):
            connection.exec_driver_sql(_OLD.format(seq=seq))
    store.migrate()
    look(store, "H1")
    yield store
    store.close()


def test_events_of_before_are_sealed_and_the_chain_goes_on_from_them(of_before):
    found = check(of_before)
    assert (found.before, found.events, found.last_seq, found.problems) == (2, 1, 6, ())
    with of_before.begin() as session:
        seal = session.scalars(select(AuditSeal)).one()
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
    assert events[2].previous_hash == seal.digest
    assert [event.object_hash for event in events[:2]] == [None, None]  # made without a key: dropped


@pytest.mark.parametrize(
    "change", ["UPDATE audit_event SET who = 'x' WHERE seq = 2", "DELETE FROM audit_event WHERE seq = 2"]
)
def test_changed_event_of_before_is_found(of_before, change):
    with of_before.engine.begin() as connection:
        suffix = " ON audit_event" if of_before.engine.dialect.name == "postgresql" else ""
        for act in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_event_no_{act}{suffix}"))
        connection.execute(text(change))
    assert [problem.kind for problem in check(of_before).problems] == ["before"]


def test_events_of_before_are_pruned_all_or_none(of_before, at):
    settle(of_before, 100)
    assert prune(of_before, dt.datetime(2024, 4, 1)) is None
    assert prune(of_before, NOON - 100 * DAY).events == 2
    found = check(of_before)
    assert (found.problems, found.before, found.pruned) == ((), 0, 2)


def test_migration_of_the_trail_can_be_taken_back(of_before):
    with of_before.engine.begin() as connection:
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        assert connection.execute(text("SELECT count(*) FROM audit_event")).scalar_one() == 3
        connection.execute(text("DELETE FROM audit_event"))  # nothing refuses any more
