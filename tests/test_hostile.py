"""What an attacker tried: links in files, names that climb, broken databases, errors that tell too much."""

import json
import shutil
import stat
import threading
import time

import pytest
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from app.cli import app
from app.errors import reason_of
from app.services import coverage
from app.ui.maps import _signs
from geodata.errors import AccessRefusedError, ImportRefusedError, StoreNotReadyError
from geodata.exporters import safe_name, write_text
from geodata.importers import ImportOptions, parse
from geodata.models import Household
from geodata.session import Store
from geodata.write import upsert_frame
from tests.demo_store import coordinator
from tests.test_services import DAY, a_district
from tests.test_store import households


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments), "--language", "en"])


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs", "type": "proj4"}},
        {"properties": {"type": "proj4", "href": "http://127.0.0.1:9/crs"}, "type": "link"},
    ],
)
def test_a_map_file_that_links_its_crs_is_refused_before_anybody_is_asked(tmp_path, crs):
    square = [[136.60, 36.50], [136.61, 36.50], [136.61, 36.51], [136.60, 36.51], [136.60, 36.50]]
    feature = {
        "type": "Feature",
        "properties": {"code": "1", "name": "甲"},
        "geometry": {"type": "Polygon", "coordinates": [square]},
    }
    file = tmp_path / "d.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    with pytest.raises(ImportRefusedError, match="link"):
        parse("community-districts", [file], ImportOptions(crs="EPSG:6668"))


def test_control_signs_in_a_cell_are_refused(tmp_path):
    file = tmp_path / "h.csv"
    file.write_text('household_id,lon,lat,visits_per_month,needs\nH1,136.65,36.56,1,"snow\nrubbish"\n')
    report = parse("households", [file], ImportOptions()).report
    assert report.refused
    assert "control" in report.errors[0].reason


def test_a_database_error_tells_nobodys_data(store):
    with store.begin() as session:
        upsert_frame(session, Household, households("SECRET1"))
    with pytest.raises(Exception, match=r"(?i)unique|duplicate") as caught, store.begin() as session:
        session.add(
            Household(
                household_id="SECRET1", geometry=households("x").geometry[0], visits_per_month=1, consent=2
            )
        )
        session.flush()
    assert "136.65" not in str(caught.value)
    assert "parameters hidden" in str(caught.value)


def test_the_reason_of_a_database_error_holds_no_statement():
    error = OperationalError("INSERT INTO household VALUES (?)", ("H1",), Exception("database is locked"))
    reason = reason_of(error)
    assert "database is locked" in reason
    assert "INSERT" not in reason
    assert "H1" not in reason


def test_a_second_writer_waits_for_the_first(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 's.db'}")
    store.migrate()
    first_is_in = threading.Event()

    def hold():
        with store.begin(write=True) as session:
            first_is_in.set()
            time.sleep(0.5)
            upsert_frame(session, Household, households("H1"))

    writer = threading.Thread(target=hold)
    writer.start()
    first_is_in.wait()
    with store.begin(write=True) as session:
        counts = upsert_frame(session, Household, households("H1", "H2"))
    writer.join()
    assert (counts.written, counts.unchanged) == (1, 1)


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_broken_database_is_told_in_one_sentence(tmp_path, content):
    file = tmp_path / "broken.db"
    file.write_bytes(content)
    result = run("analyse", "--out", tmp_path / "out", "--database", f"sqlite:///{file}")
    assert result.exit_code == 1
    assert "Expected a database that answers" in result.stderr
    assert "Traceback" not in result.output


def test_a_database_of_a_newer_program_is_left_alone(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 's.db'}")
    store.migrate()
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreNotReadyError, match="newer program"):
        store.migrate()


@pytest.mark.parametrize("url", ["postgresql://u:pw@h:port/x", "sqlite+foo:///x", "nonsense"])
def test_an_unreadable_database_address_is_refused_in_one_sentence(url):
    result = run("analyse", "--database", url)
    assert result.exit_code in (1, 2)
    assert "Traceback" not in result.output
    assert "pw" not in result.output


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(demo_file, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    url = f"sqlite:///{tmp_path / 'd.db'}"
    shutil.copy(demo_file, tmp_path / "d.db")
    shutil.copy(f"{demo_file}.secret", tmp_path / "d.db.secret")
    result = run("analyse", "--out", blocked / "out", "--database", url)
    assert result.exit_code == 1
    assert "Choose another place" in result.stderr


def test_a_dry_run_makes_no_database(tmp_path):
    file = tmp_path / "h.csv"
    file.write_text("household_id,lon,lat,visits_per_month\nH1,136.65,36.56,1\n")
    database = tmp_path / "new.db"
    arguments = ("--dry-run", "--name", "x", "--date", "2026-04-01", "--database", f"sqlite:///{database}")
    result = run("import", "households", file, *arguments)
    assert result.exit_code == 0, result.output
    assert not database.exists()


def test_the_dashboard_is_not_opened_to_other_machines(demo_file):
    result = run("serve", "--address", "0.0.0.0", "--database", f"sqlite:///{demo_file}")
    assert result.exit_code == 1
    assert "--host-name" in result.stderr


def test_an_unknown_a_hidden_and_a_foreign_household_get_the_same_answer(demo):
    district, figures = a_district(demo)
    other = next(code for code in figures.layers["community"].index if code not in ("", district))
    foreign = coverage.load_district(demo, coordinator(other), other, "normal", DAY).households.index[0]
    messages = set()
    for household in (foreign, "nobody"):
        with pytest.raises(AccessRefusedError) as refusal:
            coverage.explain_household(demo, coordinator(district), household, "normal", DAY)
        messages.add(str(refusal.value))
    assert len(messages) == 1


def test_files_are_for_their_owner_and_names_stay_in_their_folder(tmp_path):
    write_text(tmp_path / "moves.csv", "x")
    assert stat.S_IMODE((tmp_path / "moves.csv").stat().st_mode) == 0o600
    assert safe_name("../../x") == "______x"
    assert safe_name("K01-甲") == "K01-甲"


def test_rare_kanji_outside_the_basic_plane_count_as_one_sign():
    assert "𠮷" in _signs("\\ud842\\udfb7野")
