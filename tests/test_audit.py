"""The trail as a chain on both stores: written with the look, closed to changes, tampering found."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from geodata import audit
from geodata.audit import BULK_LOOKS, record_apart, record_event
from geodata.audit_chain import event_hash, keyed_hash, objects_hash
from geodata.audit_check import Anchor, check_trail
from geodata.models import AuditEvent, AuditRule, Dataset
from geodata.session import Store
from geodata.viewer import Viewer
from geodata.write import raise_revision

ANNE = Viewer("anne", "coordinator", ("K1",))
BEN = Viewer("ben", "coordinator", ("K2",))
NOON = dt.datetime(2026, 4, 1, 3, 0)  # a Wednesday, 12:00 in Japan


@pytest.fixture
def at(monkeypatch):
    """Set the trail's clock, in UTC."""

    def set_clock(moment):
        monkeypatch.setattr(audit, "_now", lambda: moment)

    set_clock(NOON)
    return set_clock


def look(store, *ids, viewer=ANNE, act="look", **options):
    with store.begin(write=True) as session:
        record_event(session, viewer, act, "household", ids, **options)


def events(store):
    with store.begin() as session:
        return list(session.scalars(select(AuditEvent).order_by(AuditEvent.seq)))


def check(store, *anchors):
    with store.begin() as session:
        return check_trail(session, anchors)


def problems(store, *anchors):
    found = check(store, *anchors).problems
    return [(one.kind, one.first_seq, one.last_seq) for one in found]


def as_owner(store, *statements):
    """Change the trail as its owner could: the triggers off, then on again."""
    with store.engine.begin() as connection:
        if store.engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
            connection.execute(text("ALTER TABLE audit_seal DISABLE TRIGGER USER"))
        else:
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
            for (name,) in names:
                if name.startswith("audit_"):
                    connection.execute(text(f"DROP TRIGGER {name}"))
        for statement in statements:
            connection.execute(statement if not isinstance(statement, str) else text(statement))


# --- writing ----------------------------------------------------------------------------------------------


def test_event_holds_a_keyed_hash_of_its_ids_and_never_an_id(store, at):
    look(store, "H2", "H1", filters={"district": "K1"}, basis="69-2-2", flags=["disaster"])
    (event,) = events(store)
    assert (event.seq, event.object_count, event.basis) == (1, 2, "69-2-2")
    assert event.object_hash == keyed_hash(store.key("trail"), "objects\nH1\nH2")
    assert event.object_hash != objects_hash(bytes(32), ["H1", "H2"])  # another installation's differs
    assert event.flags == "disaster"
    assert "H1" not in str(vars(event).values()) and "H2" not in str(vars(event).values())


def test_each_event_names_the_hash_of_the_one_before(store, at):
    look(store, "H1")
    with store.begin(write=True) as session:
        record_event(session, ANNE, "look", "household", ["H2"])
        record_event(session, BEN, "look", "watcher", ["W1"])
    first, second, third = events(store)
    assert [first.previous_hash, second.previous_hash, third.previous_hash] == [
        "0" * 64,
        first.hash,
        second.hash,
    ]
    assert check(store).is_whole and check(store).last_hash == third.hash


def test_event_of_a_change_keeps_the_revision_before_and_after(store, at):
    with store.begin(write=True) as session:
        day = dt.date(2026, 4, 1)
        session.add(Dataset(id=1, name="t", synthetic=True, reference_date=day, metric_epsg=6675, revision=6))
    with store.begin(write=True) as session:
        record_event(session, ANNE, "edit", "assignment", ["A1"], revision=6)
        raise_revision(session)
    (event,) = events(store)
    assert (event.revision_before, event.revision_after) == (6, 7)


def test_a_look_rolled_back_leaves_no_event(store, at):
    with pytest.raises(ZeroDivisionError), store.begin(write=True) as session:
        record_event(session, ANNE, "look", "household", ["H1"])
        raise ZeroDivisionError
    look(store, "H2")
    assert [event.object_hash for event in events(store)] == [objects_hash(store.key("trail"), ["H2"])]


def test_a_look_whose_event_cannot_be_written_fails(store, at):
    as_owner(store, "ALTER TABLE audit_event RENAME TO gone")
    with pytest.raises(DBAPIError):
        look(store, "H1")


def test_refusal_is_kept_though_the_refused_transaction_is_not(store, at):
    with pytest.raises(PermissionError), store.begin(write=True) as session:
        record_event(session, ANNE, "look", "household", ["H1"])
        record_apart(session, ANNE, "refuse", "household", filters={"district": "K9"})
        raise PermissionError
    assert [(event.act, event.filters) for event in events(store)] == [("refuse", {"district": "K9"})]
    assert check(store).is_whole


def test_chain_stays_whole_with_eight_writers_at_once(store):
    failures = []

    def work(number):
        own = Store(store.url, secret=bytes(range(32)))
        try:
            for turn in range(50):
                look(own, f"H{number}-{turn}", viewer=Viewer(f"user {number}", "planner"))
        except Exception as error:  # told by the main thread
            failures.append(error)
        finally:
            own.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = check(store)
    assert (found.events, found.last_seq, found.problems) == (400, 400, ())


def test_recording_one_event_takes_about_a_millisecond(store, at):
    with store.begin(write=True) as session:
        start = time.perf_counter()
        for number in range(200):
            record_event(session, ANNE, "analyse", "household", [f"H{number}"])
        session.flush()
    assert (time.perf_counter() - start) / 200 < 0.005  # seconds; 0.1 to 0.3 ms on two cores


# --- flags ------------------------------------------------------------------------------------------------


def test_look_at_more_than_two_hundred_at_once_is_flagged(store, at):
    look(store, *map(str, range(200)))
    look(store, *map(str, range(201)))
    look(store, *map(str, range(201)), act="analyse")  # computes, shows nobody
    assert [event.flags for event in events(store)] == ["", "bulk", ""]


def test_city_may_settle_another_number_for_bulk(store, at):
    with store.begin(write=True) as session:
        session.add(AuditRule(id=1, keep_days=None, bulk_ids=2))
    look(store, "H1", "H2")
    look(store, "H1", "H2", "H3")
    assert [event.flags for event in events(store)] == ["", "bulk"]


def test_look_after_five_hundred_within_an_hour_is_flagged(store, at):
    with store.begin(write=True) as session:
        for number in range(BULK_LOOKS - 1):
            record_event(session, ANNE, "look", "result", [str(number)])
    look(store, "a")  # the five hundredth
    look(store, "b")
    look(store, "c", viewer=BEN)  # somebody else
    at(NOON + dt.timedelta(hours=1))
    look(store, "d")  # the hour has passed
    assert [event.flags for event in events(store)[-4:]] == ["", "bulk", "", ""]


@pytest.mark.parametrize(
    ("moment", "flags"),
    [
        (dt.datetime(2026, 3, 31, 21, 59), "outside_hours"),  # 06:59 on Wednesday in Japan
        (dt.datetime(2026, 3, 31, 22, 0), ""),  # 07:00
        (dt.datetime(2026, 4, 1, 10, 59), ""),  # 19:59
        (dt.datetime(2026, 4, 1, 11, 0), "outside_hours"),  # 20:00
        (dt.datetime(2026, 4, 4, 3, 0), "outside_hours"),  # Saturday noon
    ],
)
def test_look_at_night_or_at_the_weekend_is_flagged(store, at, moment, flags):
    at(moment)
    look(store, "H1")
    look(store, "H1", act="analyse")  # a night job
    assert [event.flags for event in events(store)] == [flags, ""]


# --- nothing can be changed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET who = 'nobody'",
        "DELETE FROM audit_event",
        "DELETE FROM audit_event WHERE seq = 2",
        "INSERT INTO audit_event (seq, at, who, role, purpose, act, object_kind, object_count, filters, "
        "result) VALUES (9, '2026-04-01 03:00:00', 'x', 'x', 'x', 'look', 'x', 0, '{}', 'done')",
    ],
)
def test_database_refuses_every_change_of_the_trail(store, at, statement):
    look(store, "H1")
    look(store, "H2")
    with pytest.raises(DBAPIError, match="only added to"), store.engine.begin() as connection:
        connection.execute(text(statement))
    assert check(store).events == 2


def test_replacing_an_event_of_the_trail_is_refused(store, at):
    look(store, "H1")
    row = {column.name: getattr(events(store)[0], column.name) for column in AuditEvent.__table__.columns}
    verb = "OR REPLACE" if store.engine.dialect.name == "sqlite" else ""
    statement = insert(AuditEvent.__table__).values(row | {"who": "nobody"})
    with pytest.raises(DBAPIError), store.engine.begin() as connection:
        connection.execute(statement.prefix_with(verb) if verb else statement)
    assert events(store)[0].who == "anne"


def test_seal_without_the_key_hides_no_deletion(store, at):
    for number in range(3):
        look(store, f"H{number}")
    second = events(store)[1].hash
    with store.engine.begin() as connection:  # an application user may insert a seal, and then delete
        connection.execute(
            text(
                "INSERT INTO audit_seal (last_seq, kind, first_seq, events, digest, last_hash, at, who, "
                f"reason, hash) VALUES (2, 'pruned', 1, 2, '', '{second}', '2026-04-01 03:00:00', "
                "'x', 'x', '')"
            )
        )
        connection.execute(text("DELETE FROM audit_event WHERE seq <= 2"))
    assert problems(store) == [("seal", 1, 2), ("removed", 1, 2)]


# --- tampering is found -----------------------------------------------------------------------------------


@pytest.fixture
def five(store, at):
    for number in range(5):
        look(store, f"H{number}", filters={"district": f"K{number}"})
    return store


@pytest.mark.parametrize(
    "change",
    [
        "who = 'nobody'",
        "at = '2026-04-02 03:00:00'",
        "purpose = ''",
        "object_count = 0",
        "object_hash = NULL",
        """filters = '{"district": "K7"}'""",
        "flags = 'bulk'",
        "basis = '69-2-1'",
        "revision_before = 1",
        "hash = NULL",
    ],
)
def test_altered_event_is_found_and_named(five, change):
    as_owner(five, f"UPDATE audit_event SET {change} WHERE seq = 3")
    assert ("altered", 3, 3) in problems(five)


def test_removed_event_is_found_and_named(five):
    as_owner(five, "DELETE FROM audit_event WHERE seq IN (2, 3)")
    assert problems(five) == [("removed", 2, 3)]


def test_removed_and_renumbered_events_are_found(five):
    as_owner(
        five,
        "DELETE FROM audit_event WHERE seq = 3",
        "UPDATE audit_event SET seq = 3 WHERE seq = 4",
        "UPDATE audit_event SET seq = 4 WHERE seq = 5",
    )
    assert problems(five) == [("altered", 3, 3), ("altered", 4, 4)]


def test_event_put_in_without_the_key_is_found(five):
    row = {column.name: getattr(events(five)[-1], column.name) for column in AuditEvent.__table__.columns}
    row |= {"seq": 6, "previous_hash": row["hash"]}
    row["hash"] = event_hash(bytes(32), row)
    as_owner(five, insert(AuditEvent.__table__).values(row))
    assert problems(five) == [("altered", 6, 6)]


def test_events_exchanged_for_each_other_are_found(five):
    as_owner(
        five,
        "UPDATE audit_event SET seq = 9 WHERE seq = 2",
        "UPDATE audit_event SET seq = 2 WHERE seq = 4",
        "UPDATE audit_event SET seq = 4 WHERE seq = 9",
    )
    assert {("altered", 2, 2), ("altered", 4, 4)} <= set(problems(five))


def test_event_exchanged_for_one_of_an_older_copy_is_found(five, at):
    third = events(five)[2]
    at(NOON + dt.timedelta(minutes=1))
    as_owner(five, "DELETE FROM audit_event WHERE seq >= 3")
    look(five, "H9")  # a true event, made with the key after the end was cut
    other = {column.name: getattr(third, column.name) for column in AuditEvent.__table__.columns}
    look(five, "H8")
    as_owner(five, "DELETE FROM audit_event WHERE seq = 3", insert(AuditEvent.__table__).values(other))
    assert problems(five) == [("unlinked", 4, 4)]


def test_cut_end_is_found_only_against_an_anchor(five):
    last = events(five)[-1]
    anchor = Anchor(last.seq, last.hash)
    assert problems(five, anchor) == []
    as_owner(five, "DELETE FROM audit_event WHERE seq >= 4")
    assert problems(five) == []
    assert problems(five, anchor) == [("cut", 4, 5)]


def test_end_written_anew_is_found_against_an_anchor(five):
    last = events(five)[-1]
    as_owner(five, "DELETE FROM audit_event WHERE seq = 5")
    look(five, "H7")
    assert problems(five, Anchor(last.seq, last.hash)) == [("anchor", 5, 5)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_removal_before_the_end_is_found(tmp_path_factory, data):
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('trail') / 'trail.db'}", secret=bytes(32))
    store.migrate()
    count = data.draw(st.integers(2, 8))
    for number in range(count):
        look(store, f"H{number}")
    gone = data.draw(st.sets(st.integers(1, count - 1), min_size=1))
    as_owner(store, f"DELETE FROM audit_event WHERE seq IN ({', '.join(map(str, gone))})")
    named = {seq for _, first, last in problems(store) for seq in range(first, last + 1)}
    store.close()
    assert named == gone
