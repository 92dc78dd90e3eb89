"""A household that left: ended, undone, erased everywhere, kept away; nothing of it in the file's bytes."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.engine import make_url

from geodata.access_edits import undo_edit
from geodata.compaction import compact
from geodata.edits import keep_edit
from geodata.erasure import (
    end_households,
    erase_households,
    find_departed,
    find_due,
    retention_days,
    set_retention,
)
from geodata.errors import GeodataError
from geodata.models import (
    AnalysisRun,
    Assignment,
    AuditEvent,
    Dataset,
    DepartedHousehold,
    Edit,
    Household,
    HouseholdResult,
    ImportLog,
    Proposal,
    Scenario,
    SupportTask,
    Watcher,
)
from geodata.traces import text_without_ids, without_ids
from geodata.viewer import Viewer
from geodata.write import upsert_frame
from tests.test_store import households

OPERATOR = Viewer("test", "operator", purpose="test")
GONE, STAYS = "ZQX7-GONE-7XQZ", "KEEP-1"
DAY = dt.date(2026, 4, 1)
LATER = dt.date(2027, 4, 3)  # 367 days on
NOW = dt.datetime(2026, 4, 1)


@pytest.fixture
def city(store):
    """A store of two households, their watcher, and every kind of row that can name a household."""
    with store.begin(write=True) as session:
        session.add(Dataset(id=1, name="t", synthetic=True, reference_date=DAY, metric_epsg=6675, revision=0))
        upsert_frame(session, Household, households(GONE, STAYS))
        session.add(Watcher(watcher_id="W1", kind="neighbour", visits_per_month=8))
        session.flush()
        for household in (GONE, STAYS):
            session.add(
                Assignment(
                    assignment_id=f"W1:{household}:primary",
                    watcher_id="W1",
                    household_id=household,
                    role="primary",
                )
            )
            session.add(
                SupportTask(task_id=f"T-{household}", household_id=household, skill="snow", minutes=30,
                            valid_from=DAY)
            )  # fmt: skip
            session.add(proposal(household))
        session.add(proposal(STAYS, note=f"as for {GONE}.", chain=[{"household_id": GONE}]))
        session.add(
            Scenario(
                name="s",
                changes=[
                    {"type": "consent_change", "ids": [GONE, STAYS]},
                    {"type": "consent_change", "ids": [GONE]},
                ],
                made_by="t",
                changed_at=NOW,
            )
        )
        report = {"problems": [{"value": GONE, "row": 2}], "rows_read": 2}
        session.add(ImportLog(at=NOW, layer="households", revision=1, report=report))
        run = AnalysisRun(revision=0, season="normal", reference_date=DAY, figures={}, created_at=NOW)
        session.add(run)
        session.flush()
        detail = {"chain": [{"household_id": GONE}]}
        session.add(
            HouseholdResult(
                run_id=run.run_id,
                household_id=STAYS,
                status="watched",
                backed_up=False,
                connected=False,
                detail=detail,
            )
        )
        rows = [
            {"table": "assignment", "before": None, "after": {"household_id": one}} for one in (GONE, STAYS)
        ]
        keep_edit(session, OPERATOR, "assign", rows, districts={None}, revision=0)
    return store


def proposal(household, note=None, chain=()):
    return Proposal(
        batch="b", item=1, kind="assign", household_id=household, watcher_id="W1", note=note,
        detail={"before": 0, "chain": list(chain)}, revision=0, made_by="t", made_at=NOW,
    )  # fmt: skip


def leave(store, day=DAY):
    with store.begin(write=True) as session:
        return end_households(session, OPERATOR, [GONE], day)


def erase(store, day=LATER):
    with store.begin(write=True) as session:
        due = find_due(session, OPERATOR, day)
        return erase_households(session, OPERATOR, set(due.index), day)


def test_leaving_ends_the_household_and_its_assignments_only(city):
    done = leave(city)
    assert (done.ended, done.ended_before, done.assignments) == (1, 0, 1)
    with city.begin() as session:
        ends = {one.household_id: one.valid_to for one in session.scalars(select(Household))}
        assert ends == {GONE: DAY, STAYS: None}
        ends = {one.household_id: one.valid_to for one in session.scalars(select(Assignment))}
        assert ends == {GONE: DAY, STAYS: None}


def test_leaving_twice_keeps_the_first_day(city):
    leave(city)
    done = leave(city, DAY + dt.timedelta(days=9))
    assert (done.ended, done.ended_before, done.assignments) == (0, 1, 0)
    with city.begin() as session:
        assert session.get(Household, GONE).valid_to == DAY


def test_an_unknown_id_ends_nobody(city):
    with pytest.raises(GeodataError, match="1 unknown"), city.begin(write=True) as session:
        end_households(session, OPERATOR, [GONE, "nobody"], DAY)
    with city.begin() as session:
        assert session.get(Household, GONE).valid_to is None


def test_a_leaving_can_be_undone_until_erased(city):
    leave(city)
    with city.begin(write=True) as session:
        edit = session.scalars(select(Edit).where(Edit.act == "leave")).one()
        undo_edit(session, OPERATOR, edit.edit_id)
        assert session.get(Household, GONE, populate_existing=True).valid_to is None
        assert session.get(Household, GONE).geometry is not None


@pytest.mark.parametrize(("days_later", "due"), [(365, []), (366, [GONE])])
def test_who_left_is_due_the_day_after_the_retention(city, days_later, due):
    leave(city)  # last day 1 April; 365 days are kept, the 365th included
    with city.begin(write=True) as session:
        found = find_due(session, OPERATOR, DAY + dt.timedelta(days=days_later))
    assert list(found.index) == due


def test_the_citys_own_time_replaces_the_default(city):
    leave(city)
    with city.begin(write=True) as session:
        assert retention_days(session) == (365, False)
        set_retention(session, OPERATOR, 30)
    with city.begin(write=True) as session:
        assert retention_days(session) == (30, True)
        assert list(find_due(session, OPERATOR, DAY + dt.timedelta(days=31)).index) == [GONE]
    with pytest.raises(GeodataError, match="Expected 0 to"), city.begin(write=True) as session:
        set_retention(session, OPERATOR, -1)


def test_no_table_but_the_marks_knows_an_erased_household(city):
    leave(city)
    done = erase(city)
    assert done.households == 1
    with city.engine.connect() as connection:
        for table in Household.metadata.sorted_tables:
            rows = connection.execute(select(table)).all()
            assert GONE not in repr(rows), table.name


def test_neighbours_rows_stay_when_one_household_is_erased(city):
    leave(city)
    erase(city)
    with city.begin() as session:
        assert session.scalars(select(Household.household_id)).all() == [STAYS]
        assert session.scalars(select(Assignment.household_id)).all() == [STAYS]
        assert session.scalars(select(SupportTask.household_id)).all() == [STAYS]
        kept = session.scalars(select(Proposal).order_by(Proposal.proposal_id)).all()
        assert [one.household_id for one in kept] == [STAYS, STAYS]
        assert (kept[1].note, kept[1].detail["chain"]) == ("as for –.", [])
        changes = session.scalars(select(Scenario.changes)).one()
        assert changes == [{"type": "consent_change", "ids": [STAYS]}]
        edit = session.scalars(select(Edit).where(Edit.act == "assign")).one()
        assert [pair["after"]["household_id"] for pair in edit.rows] == [STAYS]


def test_the_trail_keeps_the_fact_of_an_erasure_only(city):
    leave(city)
    erase(city)
    with city.begin() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.act == "erase")).one()
        assert (event.object_kind, event.object_count) == ("household", 1)
        assert GONE not in repr(vars(event))


def test_no_byte_of_the_files_holds_an_erased_id(city):
    if city.engine.dialect.name != "sqlite":
        pytest.skip("a server's files are its administrator's")
    file = Path(make_url(city.url).database)
    leave(city)
    assert GONE.encode() in all_bytes(file)
    erase(city)
    assert compact(city)
    assert GONE.encode() not in all_bytes(file)
    assert STAYS.encode() in all_bytes(file)


def test_a_reader_in_the_way_is_told_and_a_second_go_cleans(tmp_path):
    from geodata.session import Store

    store = Store(f"sqlite:///{tmp_path / 's.db'}")
    store.migrate()
    other = Store(store.url)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t AS SELECT 'x' AS a")
    with other.engine.connect() as reader:
        reader.exec_driver_sql("SELECT * FROM t").all()  # holds its snapshot
        store.engine.connect().close()
        assert not compact_quickly(store)
    assert compact(store)


def compact_quickly(store):
    """Compact without the twenty seconds a busy database is given."""
    from sqlalchemy import event

    @event.listens_for(store.engine, "connect")
    def hurry(connection, record):
        connection.execute("PRAGMA busy_timeout=50")

    return compact(store)


def all_bytes(file):
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")))


def test_compacting_works_on_both_stores(city):
    assert compact(city)


def test_an_erased_household_that_is_back_is_due_at_once(city):
    leave(city)
    erase(city)
    with city.begin(write=True) as session:
        assert find_departed(session, [GONE, STAYS]) == {GONE}
        upsert_frame(session, Household, households(GONE))  # as a restored backup would bring it
    with city.begin(write=True) as session:
        due = find_due(session, OPERATOR, DAY)
        assert list(due.index) == [GONE]
        assert due["is_back"].all()


def test_a_mark_is_no_hash_anybody_without_the_key_can_make(city):
    import hashlib

    leave(city)
    erase(city)
    with city.begin() as session:
        mark = session.scalars(select(DepartedHousehold.mark)).one()
    assert len(mark) == 64
    assert mark != hashlib.sha256(GONE.encode()).hexdigest()


def test_nobody_due_changes_nothing(city):
    with city.begin(write=True) as session:
        done = erase_households(session, OPERATOR, set(), DAY)
        assert session.get(Dataset, 1).revision == 0
    assert (done.households, done.rows, done.changed) == (0, {}, {})


@pytest.mark.parametrize(
    ("text", "left"),
    [("H1", "–"), ("H12", "H12"), ("H1-2", "H1-2"), ("see H1.", "see –."), ("H1さん", "–さん"), ("", "")],
)
def test_an_id_counts_only_where_it_stands_by_itself(text, left):
    assert text_without_ids(text, {"H1"}) == left


NAMES = st.sampled_from(["H1", "H2", "H3", "a", "n"])
VALUES = st.recursive(
    st.none() | st.integers() | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_no_id_is_left_in_any_json_and_others_stay_whole(value):
    cleaned = without_ids(value, {"H1"})
    if value != "H1":
        assert "H1" not in repr(cleaned)
    assert without_ids(value, {"nobody"}) == value


def test_an_empty_frame_of_the_register_stays_an_empty_frame(store):
    with store.begin(write=True) as session:
        assert find_due(session, OPERATOR, DAY).equals(find_due(session, OPERATOR, DAY))
        assert isinstance(find_due(session, OPERATOR, DAY), pd.DataFrame)
        assert find_due(session, OPERATOR, DAY).empty
