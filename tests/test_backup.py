"""Backups: made while in use, sealed, put back whole or not at all; nobody erased comes back with them."""

import datetime as dt
import io
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.engine import make_url

from geodata import backup, sealing
from geodata.backup import BackupRefusedError, SealedFile, read_backup, write_backup
from geodata.compaction import compact
from geodata.erasure import end_households, erase_households, find_due
from geodata.models import Dataset, Household
from geodata.restore import restore_backup
from geodata.sealing import SealError, read_passphrase, seal, unseal
from geodata.session import Store
from geodata.viewer import Viewer
from geodata.write import upsert_frame
from tests import postgis_cluster
from tests.test_store import dataset, households

OPERATOR = Viewer("test", "operator", purpose="test")
PASSPHRASE = "a long passphrase of the city"
DAY = dt.date(2026, 4, 1)
SECRET = bytes(range(32))  # of the fixture's stores


@pytest.fixture(autouse=True)
def _quick_keys(monkeypatch):
    """Spend a moment less on each passphrase; what is tested is not how long a guess takes."""
    monkeypatch.setitem(sealing._WORK, "n", 2**10)


@pytest.fixture
def city(store):
    with store.begin(write=True) as session:
        session.add(dataset())
        upsert_frame(session, Household, households("H1", "H2", "H3"))
    return store


def sealed(tmp_path, name="b.mimamori", passphrase=PASSPHRASE):
    return SealedFile(tmp_path / name, passphrase)


def back_up(store, tmp_path, name="b.mimamori"):
    write_backup(store, sealed(tmp_path, name), secret=SECRET, day=DAY)
    return sealed(tmp_path, name)


def ids(store):
    with store.begin() as session:
        return sorted(session.scalars(select(Household.household_id)))


def empty_like(store, tmp_path, request):
    """Return an empty place of the same kind of database, of the same installation."""
    if store.engine.dialect.name == "sqlite":
        return Store(f"sqlite:///{tmp_path / 'new' / 'store.db'}", SECRET)
    server = request.getfixturevalue("postgis_server")
    return Store(postgis_cluster.create_database(server, f"restored_{time.time_ns()}"), SECRET)


# --- round trip -------------------------------------------------------------------------------------------


def test_a_backup_put_back_elsewhere_holds_the_same_rows(city, tmp_path, request):
    made = back_up(city, tmp_path)
    place = empty_like(city, tmp_path, request)
    done = restore_backup(place, OPERATOR, made, replace=False, day=DAY)
    assert ids(place) == ["H1", "H2", "H3"]
    assert (done.made_on, done.rows["household"], done.erased_again) == (DAY, 3, 0)
    place.check_ready()
    place.close()


def test_nothing_of_a_household_is_readable_in_a_backup(city, tmp_path):
    with city.begin(write=True) as session:
        upsert_frame(session, Household, households("ZQX7-READABLE"))
    made = back_up(city, tmp_path)
    content = made.path.read_bytes()
    assert b"ZQX7-READABLE" not in content
    assert SECRET not in content
    assert SECRET.hex().encode() not in content
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_a_backup_never_overwrites_a_file(city, tmp_path):
    made = back_up(city, tmp_path)
    before = made.path.read_bytes()
    with pytest.raises(BackupRefusedError, match="exists"):
        back_up(city, tmp_path)
    assert made.path.read_bytes() == before


def test_a_short_passphrase_makes_no_file(city, tmp_path):
    with pytest.raises(SealError, match="at least 16"):
        write_backup(city, sealed(tmp_path, passphrase="short"), secret=SECRET, day=DAY)
    assert list(tmp_path.glob("*mimamori*")) == []


def test_neither_passphrase_nor_secret_shows_in_a_printed_value(city, tmp_path):
    made = back_up(city, tmp_path)
    assert PASSPHRASE not in repr(made)
    assert SECRET.hex() not in repr(read_backup(made))


def test_a_backup_of_another_kind_of_database_is_refused(tmp_path):
    manifest = backup.Manifest("postgresql", "0008", DAY, SECRET, {})
    made = sealed(tmp_path)
    with made.path.open("wb") as out:
        seal([manifest.encoded()], out, PASSPHRASE)
    with pytest.raises(BackupRefusedError, match="of its kind"):
        restore_backup(Store(f"sqlite:///{tmp_path / 'x.db'}"), OPERATOR, made, replace=False, day=DAY)
    assert not (tmp_path / "x.db").exists()


def test_a_backup_of_a_newer_program_is_refused(tmp_path):
    manifest = backup.Manifest("sqlite", "9999", DAY, SECRET, {})
    made = sealed(tmp_path)
    with made.path.open("wb") as out:
        seal([manifest.encoded()], out, PASSPHRASE)
    with pytest.raises(BackupRefusedError, match="newer program"):
        restore_backup(Store(f"sqlite:///{tmp_path / 'x.db'}"), OPERATOR, made, replace=False, day=DAY)


def test_a_server_database_with_tables_is_never_restored_over(city, tmp_path):
    if city.engine.dialect.name == "sqlite":
        pytest.skip("a server's database is asked for")
    made = back_up(city, tmp_path)
    with pytest.raises(BackupRefusedError, match="empty database"):
        restore_backup(city, OPERATOR, made, replace=True, day=DAY)


def test_without_postgresqls_programs_the_refusal_is_clear(city, tmp_path, monkeypatch):
    if city.engine.dialect.name == "sqlite":
        pytest.skip("a server's database is asked for")
    monkeypatch.setattr(backup.shutil, "which", lambda name: None)
    with pytest.raises(BackupRefusedError, match="pg_dump"):
        back_up(city, tmp_path)
    assert list(tmp_path.glob("*mimamori*")) == []


# --- a SQLite store of its own --------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path):
    """A SQLite store with its secret in the file beside it."""
    store = Store(f"sqlite:///{tmp_path / 'own.db'}")
    store.migrate()
    with store.begin(write=True) as session:
        session.add(dataset())
        upsert_frame(session, Household, households("H1", "H2", "H3"))
    yield store
    store.close()


def own_backup(store, tmp_path):
    write_backup(store, sealed(tmp_path), secret=None, day=DAY)
    return sealed(tmp_path)


def file_of(store):
    return Path(make_url(store.url).database)


def test_a_backup_is_of_one_moment_while_a_writer_goes_on(own, tmp_path):
    with own.begin(write=True) as session:
        session.add(
            Household(household_id="H4", geometry=households("x").geometry[0], visits_per_month=1, consent=2)
        )
        session.flush()
        made = own_backup(own, tmp_path)  # the writer has not committed
    assert read_backup(made).rows["household"] == 3
    assert ids(own) == ["H1", "H2", "H3", "H4"]


def test_rows_still_in_the_log_are_in_the_backup(own, tmp_path):
    assert Path(f"{file_of(own)}-wal").stat().st_size > 0  # nothing was written back yet
    made = own_backup(own, tmp_path)
    place = Store(f"sqlite:///{tmp_path / 'new' / 'x.db'}")
    restore_backup(place, OPERATOR, made, replace=False, day=DAY)
    assert ids(place) == ["H1", "H2", "H3"]


def test_a_lost_machine_gets_its_secret_back_with_the_store(own, tmp_path):
    made, key = own_backup(own, tmp_path), own.key("trail")
    place = Store(f"sqlite:///{tmp_path / 'new' / 'x.db'}")
    done = restore_backup(place, OPERATOR, made, replace=False, day=DAY)
    assert done.secret_file == tmp_path / "new" / "x.db.secret"
    assert stat.S_IMODE(done.secret_file.stat().st_mode) == 0o600
    assert Store(place.url).key("trail") == key


def test_a_store_in_the_place_is_replaced_only_when_told(own, tmp_path):
    made = own_backup(own, tmp_path)
    with own.begin(write=True) as session:
        upsert_frame(session, Household, households("H9"))
    with pytest.raises(BackupRefusedError, match="--replace"):
        restore_backup(own, OPERATOR, made, replace=False, day=DAY)
    assert "H9" in ids(own)
    restore_backup(own, OPERATOR, made, replace=True, day=DAY)
    assert ids(own) == ["H1", "H2", "H3"]


def test_a_backup_of_another_installation_replaces_nothing(own, tmp_path):
    made = own_backup(own, tmp_path)
    other = Store(f"sqlite:///{tmp_path / 'other.db'}")
    other.migrate()
    with pytest.raises(BackupRefusedError, match="another secret"):
        restore_backup(other, OPERATOR, made, replace=True, day=DAY)
    assert ids(other) == []


def test_a_store_in_use_is_not_replaced(own, tmp_path):
    made = own_backup(own, tmp_path)
    user = sqlite3.connect(file_of(own))
    user.execute("SELECT count(*) FROM household").fetchall()
    with pytest.raises(BackupRefusedError, match="Stop the dashboard"):
        restore_backup(own, OPERATOR, made, replace=True, day=DAY)
    user.close()
    assert ids(own) == ["H1", "H2", "H3"]
    assert leftovers(tmp_path) == []


def test_a_broken_store_is_replaced_and_its_old_log_forgotten(own, tmp_path):
    made = own_backup(own, tmp_path)
    own.close()
    file_of(own).write_bytes(b"no database at all" * 500)
    Path(f"{file_of(own)}-wal").write_bytes(b"nor a log")
    done = restore_backup(own, OPERATOR, made, replace=True, day=DAY)
    assert not done.marks_there
    assert ids(own) == ["H1", "H2", "H3"]


def leftovers(folder):
    return [one.name for one in folder.iterdir() if "restoring" in one.name or one.name.endswith(".part")]


@pytest.mark.parametrize("harm", ["flip", "cut", "end", "swap", "head"])
def test_a_harmed_backup_writes_nothing(own, tmp_path, harm, monkeypatch):
    monkeypatch.setattr(sealing, "PIECE", 4096)
    made = own_backup(own, tmp_path)
    whole, size = bytearray(made.path.read_bytes()), 4096 + 16
    first = len(sealing._MAGIC) + 16 + 7
    if harm == "flip":
        whole[len(whole) // 2] ^= 1
    elif harm == "cut":  # at the end of a piece
        whole = whole[: first + 3 * size]
    elif harm == "end":
        whole = whole + whole[first : first + size]
    elif harm == "swap":
        one, two = slice(first, first + size), slice(first + size, first + 2 * size)
        whole[one], whole[two] = whole[two], whole[one]
    else:
        whole[len(sealing._MAGIC) + 2] ^= 1  # another salt
    made.path.write_bytes(whole)
    place = Store(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(SealError):
        restore_backup(place, OPERATOR, made, replace=False, day=DAY)
    assert not (tmp_path / "new.db").exists()
    assert not (tmp_path / "new.db.secret").exists()
    assert leftovers(tmp_path) == []


def test_another_passphrase_and_another_file_are_refused(own, tmp_path):
    made = own_backup(own, tmp_path)
    with pytest.raises(SealError, match="does not open"):
        read_backup(SealedFile(made.path, PASSPHRASE + "!"))
    (tmp_path / "x").write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(SealError, match="another file"):
        read_backup(sealed(tmp_path, "x"))
    with pytest.raises(BackupRefusedError, match="no file"):
        read_backup(sealed(tmp_path, "absent"))


def test_rows_that_differ_from_what_the_backup_says_are_refused(own, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "count_tables", lambda connection: {"household": 4})
    made = own_backup(own, tmp_path)
    place = Store(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(BackupRefusedError, match="Do not use it"):
        restore_backup(place, OPERATOR, made, replace=False, day=DAY)
    assert not (tmp_path / "new.db").exists()


def test_who_was_erased_after_the_backup_does_not_come_back(own, tmp_path):
    made = own_backup(own, tmp_path)
    with own.begin(write=True) as session:
        erase_households(session, OPERATOR, {"H2"}, DAY)
    done = restore_backup(own, OPERATOR, made, replace=True, day=DAY)
    assert (ids(own), done.erased_again, done.marks_there) == (["H1", "H3"], 1, True)
    assert compact(own)
    assert b"H2" not in file_of(own).read_bytes()


def test_who_had_left_before_the_backup_is_erased_when_the_time_is_over(own, tmp_path):
    with own.begin(write=True) as session:
        end_households(session, OPERATOR, ["H2"], DAY)
    made = own_backup(own, tmp_path)
    place = Store(f"sqlite:///{tmp_path / 'new' / 'x.db'}")
    done = restore_backup(place, OPERATOR, made, replace=False, day=DAY + dt.timedelta(days=366))
    assert (ids(place), done.erased_again) == (["H1", "H3"], 1)


@pytest.mark.parametrize("after_s", [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
def test_a_restore_that_is_killed_leaves_before_or_after(own, tmp_path, after_s):
    made = own_backup(own, tmp_path)
    with own.begin(write=True) as session:
        upsert_frame(session, Household, households("H9"))
    own.close()
    program = (
        "import datetime, sys, geodata.sealing as s; s._WORK['n'] = 2**10\n"
        "from pathlib import Path\n"
        "from geodata.backup import SealedFile; from geodata.restore import restore_backup\n"
        "from geodata.session import Store; from geodata.viewer import Viewer\n"
        "print('ready', flush=True)\n"
        f"restore_backup(Store({own.url!r}), Viewer('t', 'operator'), SealedFile(Path({str(made.path)!r}), "
        f"{PASSPHRASE!r}), replace=True, day=datetime.date(2026, 4, 1))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    process.stdout.readline()
    time.sleep(after_s)
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert ids(own) in (["H1", "H2", "H3"], ["H1", "H2", "H3", "H9"])
    with own.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    own.close()
    restore_backup(own, OPERATOR, made, replace=True, day=DAY)  # what the kill left is no obstacle
    assert ids(own) == ["H1", "H2", "H3"]
    assert leftovers(tmp_path) == []


# --- sealing ----------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(st.lists(st.binary(max_size=40), max_size=12))
def test_what_is_sealed_comes_back_whole_however_it_was_cut(pieces):
    from unittest import mock

    with mock.patch.object(sealing, "PIECE", 16):
        out = io.BytesIO()
        seal(pieces, out, PASSPHRASE)
        out.seek(0)
        assert b"".join(unseal(out, PASSPHRASE)) == b"".join(pieces)


def test_the_same_content_is_never_sealed_the_same(tmp_path):
    one, two = io.BytesIO(), io.BytesIO()
    seal([b"x"], one, PASSPHRASE)
    seal([b"x"], two, PASSPHRASE)
    assert one.getvalue()[-17:] != two.getvalue()[-17:]


def test_a_passphrase_file_others_may_read_is_refused(tmp_path):
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o644)
    with pytest.raises(SealError, match="chmod 600"):
        read_passphrase(file)
    file.chmod(0o600)
    assert read_passphrase(file) == PASSPHRASE
    with pytest.raises(SealError, match="no file"):
        read_passphrase(tmp_path / "absent")


def test_the_day_and_city_of_the_store_come_back(own, tmp_path):
    made = own_backup(own, tmp_path)
    place = Store(f"sqlite:///{tmp_path / 'new' / 'x.db'}")
    restore_backup(place, OPERATOR, made, replace=False, day=DAY)
    with place.begin(write=True) as session:
        assert session.get(Dataset, 1).reference_date == DAY
        assert find_due(session, OPERATOR, DAY).empty


def test_a_role_that_sees_some_rows_only_makes_no_backup(city, tmp_path):
    if city.engine.dialect.name == "sqlite":
        pytest.skip("a server's database is asked for")
    with city.engine.begin() as connection:
        connection.exec_driver_sql("DROP ROLE IF EXISTS sees_some")
        connection.exec_driver_sql("CREATE ROLE sees_some LOGIN")
        connection.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO sees_some")
    some = Store(city.url.replace("tester@", "sees_some@"), SECRET)
    with pytest.raises(BackupRefusedError, match="every row"):
        back_up(some, tmp_path)
    assert not compact(some)  # it does not own the tables either
    some.close()
    assert list(tmp_path.glob("*mimamori*")) == []
    with city.engine.begin() as connection:
        connection.exec_driver_sql("DROP OWNED BY sees_some")
        connection.exec_driver_sql("DROP ROLE sees_some")
