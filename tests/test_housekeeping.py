"""Leaving, erasing, backing up and putting back, as the commands do it; and who may."""

import datetime as dt
import json
import shutil

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from app.cli import app
from app.services import coverage, housekeeping, imports
from app.services.imports import DatasetSpec
from geodata.audit_check import check_trail
from geodata.errors import AccessRefusedError, ImportRefusedError
from geodata.importers import ImportOptions
from geodata.models import AuditEvent, Household, HouseholdResult
from geodata.session import Store
from geodata.viewer import Viewer
from tests.demo_store import OPERATOR, PLANNER, coordinator
from tests.test_services import DAY

PASSPHRASE = "a long passphrase of the city"
LONG_AGO = dt.date(2020, 3, 31)


def run(store_url, *arguments, **variables):
    return CliRunner().invoke(
        app,
        [*map(str, arguments), "--database", store_url, "--language", "en", "--json"],
        env={key: str(value) for key, value in variables.items()},
    )


def some_ids(store, number):
    with store.begin() as session:
        return session.scalars(select(Household.household_id).order_by(Household.household_id)).all()[:number]


def all_ids(store):
    with store.begin() as session:
        return set(session.scalars(select(Household.household_id)))


def test_who_left_is_out_of_the_next_analysis(demo):
    before = coverage.load_city_figures(demo, PLANNER, "normal", DAY).totals["households"]
    housekeeping.leave(demo, OPERATOR, some_ids(demo, 3), DAY - dt.timedelta(days=1))
    after = coverage.load_city_figures(demo, PLANNER, "normal", DAY).totals["households"]
    assert after == before - 3


def test_the_commands_end_list_and_erase_a_household(demo, demo_file):
    gone = some_ids(demo, 2)
    coverage.load_city_figures(demo, PLANNER, "normal", DAY)  # results are kept of everyone
    left = run(demo.url, "leave", *gone, "--date", LONG_AGO)
    assert (left.exit_code, json.loads(left.stdout)["ended"]) == (0, 2)
    listed = json.loads(run(demo.url, "erase", "--dry-run").stdout)
    assert (listed["households"], listed["keep_days"], listed["is_stated"]) == (gone, 365, False)
    assert set(gone) <= all_ids(demo)
    demo.close()
    done = json.loads(run(demo.url, "erase").stdout)
    assert (done["erased"], done["clean"]) == (2, True)
    assert not set(gone) & all_ids(demo)
    with demo.begin() as session:
        assert session.scalars(select(HouseholdResult)).all() == []


def test_the_city_is_analysed_again_after_an_erasure(demo):
    before = coverage.load_city_figures(demo, PLANNER, "normal", DAY).totals["households"]
    housekeeping.leave(demo, OPERATOR, some_ids(demo, 3), LONG_AGO)
    housekeeping.erase(demo, OPERATOR, DAY)
    assert coverage.load_city_figures(demo, PLANNER, "normal", DAY).totals["households"] == before - 3


def test_a_dry_run_with_another_time_keeps_the_citys(demo):
    housekeeping.leave(demo, OPERATOR, some_ids(demo, 1), DAY)
    day = DAY + dt.timedelta(days=11)
    tried = housekeeping.erase(demo, OPERATOR, day, days=10, dry_run=True)
    assert (len(tried.due), tried.erased) == (1, None)
    assert len(housekeeping.erase(demo, OPERATOR, day, dry_run=True).due) == 0


def test_households_to_end_are_read_from_a_file(demo, tmp_path):
    gone = some_ids(demo, 2)
    file = tmp_path / "left.csv"
    file.write_text("世帯番号\n" + "\n".join(gone) + "\n", encoding="utf-8")
    done = run(demo.url, "leave", "--file", file, "--date", LONG_AGO)
    assert json.loads(done.stdout)["ended"] == 2
    file.write_text("世帯番号\n=cmd()\n", encoding="utf-8")
    refused = run(demo.url, "leave", "--file", file)
    assert refused.exit_code == 1


def test_nobody_named_and_nobody_known_change_nothing(demo):
    assert run(demo.url, "leave").exit_code == 1
    refused = run(demo.url, "leave", some_ids(demo, 1)[0], "nobody")
    assert refused.exit_code == 1
    assert "1 unknown" in json.loads(refused.stdout)["reason"]
    with demo.begin() as session:
        assert session.scalars(select(Household).where(Household.valid_to.is_not(None))).all() == []


def test_a_file_that_brings_an_erased_household_back_is_refused_whole(demo, tmp_path):
    gone, stays = some_ids(demo, 2)
    housekeeping.leave(demo, OPERATOR, [gone], LONG_AGO)
    housekeeping.erase(demo, OPERATOR, DAY)
    before = all_ids(demo)
    with demo.begin() as session:
        point = session.get(Household, stays).geometry
    file = tmp_path / "h.csv"
    row = f"{point.x},{point.y},1,2"
    file.write_text(f"household_id,lon,lat,visits_per_month,consent\n{gone},{row}\nNEW-1,{row}\n")
    spec = DatasetSpec("x", DAY)
    with pytest.raises(ImportRefusedError, match="was erased, got 1"):
        imports.import_files(demo, OPERATOR, "households", [file], options=ImportOptions(), spec=spec)
    assert all_ids(demo) == before


VIEWERS = (
    PLANNER,
    coordinator("D1"),
    Viewer("c", "council"),
    Viewer("w", "watcher", watcher_id="W1"),
    Viewer("a", "auditor"),
)


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda viewer: viewer.role)
def test_other_roles_end_erase_and_copy_nothing_and_the_trail_says_so(demo, viewer, tmp_path):
    sealed = housekeeping.SealedFile(tmp_path / "b", PASSPHRASE)
    gone, before = some_ids(demo, 1), all_ids(demo)
    for attempt in (
        lambda: housekeeping.leave(demo, viewer, gone, LONG_AGO),
        lambda: housekeeping.erase(demo, viewer, DAY, days=0),
        lambda: housekeeping.back_up(demo, viewer, sealed, secret=None, day=DAY),
        lambda: housekeeping.restore(demo, viewer, sealed, replace=True, day=DAY),
    ):
        with pytest.raises(AccessRefusedError):
            attempt()
    assert all_ids(demo) == before
    assert not sealed.path.exists()
    with demo.begin() as session:
        refused = session.scalars(
            select(AuditEvent).where(AuditEvent.act == "refuse", AuditEvent.role == viewer.role)
        ).all()
    assert len(refused) == 3  # a restore has no trail to write to: the store may be gone


def test_the_commands_back_up_and_put_back_a_lost_machine(demo, tmp_path):
    file, passphrase = tmp_path / "city.backup", tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE)
    passphrase.chmod(0o600)
    assert run(demo.url, "backup", file).exit_code == 1  # no passphrase
    made = run(demo.url, "backup", file, "--passphrase-file", passphrase)
    assert made.exit_code == 0, made.output
    before = all_ids(demo)
    new = f"sqlite:///{tmp_path / 'elsewhere' / 'city.db'}"
    done = run(new, "restore", file, MIMAMORI_BACKUP_PASSPHRASE=PASSPHRASE)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["rows"]["household"], said["marks_there"]) == (len(before), False)
    assert all_ids(Store(new)) == before
    wrong = run(new, "restore", file, "--replace", MIMAMORI_BACKUP_PASSPHRASE=PASSPHRASE + "!")
    assert wrong.exit_code == 1
    assert all_ids(Store(new)) == before


def test_a_secret_others_may_read_stops_the_backup(demo, demo_file, tmp_path):
    secret = tmp_path / "copy.db.secret"
    assert secret.exists()
    secret.chmod(0o644)
    refused = run(demo.url, "backup", tmp_path / "b", MIMAMORI_BACKUP_PASSPHRASE=PASSPHRASE)
    assert refused.exit_code == 1
    assert "chmod 600" in json.loads(refused.stdout)["reason"]
    shutil.copy(f"{demo_file}.secret", secret)


def test_every_sentence_of_the_commands_is_said_in_both_languages(demo, tmp_path):
    gone = some_ids(demo, 1)
    for language, word in (("ja", "世帯を"), ("en", "Ended")):
        arguments = ["leave", *gone, "--date", "2020-03-31", "--database", demo.url, "--language", language]
        said = CliRunner().invoke(app, arguments)
        assert said.exit_code == 0, said.output
        assert word in said.stdout


def test_the_trail_verifies_after_an_erasure_and_on_the_machine_it_was_restored_to(demo, tmp_path):
    housekeeping.leave(demo, OPERATOR, some_ids(demo, 2), LONG_AGO)
    housekeeping.erase(demo, OPERATOR, DAY)
    sealed = housekeeping.SealedFile(tmp_path / "b", PASSPHRASE)
    housekeeping.back_up(demo, OPERATOR, sealed, secret=None, day=DAY)
    new = Store(f"sqlite:///{tmp_path / 'elsewhere' / 'city.db'}")
    housekeeping.restore(new, OPERATOR, sealed, replace=False, day=DAY)
    for store in (demo, new):
        with store.begin() as session:
            checked = check_trail(session)
        assert checked.problems == ()
        assert checked.events > 3
    new.close()
