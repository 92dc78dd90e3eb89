"""A reach in minutes: turned into metres at the assumed speed, stored, and shown beside metres."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from alembic import command
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from analysis.errors import ParameterError
from analysis.street import WalkingRules
from app.services.city import assess_city, read_city
from app.services.imports import DatasetSpec, import_files
from app.services.walks import effective_reach, walk_minutes
from app.ui import tables
from app.ui.text import Words
from geodata.importers import ImportOptions
from geodata.models import Household, WatcherResult
from geodata.session import Store, _alembic_config
from geodata.write import upsert_frame
from tests.demo_store import OPERATOR
from tests.test_store import households

DAY = dt.date(2026, 4, 1)


# --- minutes and metres -----------------------------------------------------------------------------------


def test_a_quarter_of_an_hour_at_four_kilometres_an_hour_is_a_kilometre():
    assert WalkingRules().metres_of(15.0) == pytest.approx(1000)
    assert WalkingRules().minutes_of(1000.0) == pytest.approx(15)
    assert WalkingRules(speed_kmh=3).minutes_of(np.array([50.0, 100.0])).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("speed", [0.0, -4.0, np.inf, np.nan])
def test_a_speed_that_leads_nowhere_is_refused(speed):
    with pytest.raises(ParameterError, match="Expected speed_kmh > 0"):
        WalkingRules(speed_kmh=speed)


def test_the_smaller_of_two_reaches_counts_and_a_missing_one_does_not():
    stated = pd.DataFrame(
        {"reach_m": [800.0, 800.0, None, 800.0, None], "reach_min": [15.0, 6.0, 6.0, None, None]},
        index=list("abcde"),
        dtype=object,
    )
    # 15 minutes are 1,000 m, 6 minutes 400 m.
    reach = effective_reach(stated)
    assert reach.round(9).to_dict() == pytest.approx(
        {"a": 800.0, "b": 400.0, "c": 400.0, "d": 800.0, "e": np.nan}, nan_ok=True
    )


# --- in the store -----------------------------------------------------------------------------------------


def fill(store, folder):
    """Import one household 500 m from three watchers who walk 8 minutes, 7 minutes and 800 m."""
    east = (
        500 / 1.3 / 111_320 / np.cos(np.radians(36.5))
    )  # degrees; without streets a walk is 1.3 times as far
    files = {
        "households": f"household_id,lon,lat,visits_per_month,consent\nH1,{136.6 + east},36.5,1,4\n",
        "watchers": "watcher_id,kind,lon,lat,visits_per_month,reach_m,reach_min\n"
        "W1,npo,136.6,36.5,1,,8\nW2,npo,136.6,36.5,1,800,7\nW3,npo,136.6,36.5,1,800,\n",
    }
    for layer, content in files.items():
        file = folder / f"{layer}.csv"
        file.write_text(content, "utf-8")
        spec = DatasetSpec("t", DAY, "17201", synthetic=True)
        report = import_files(store, OPERATOR, layer, [file], options=ImportOptions(), spec=spec)
        assert report.problems == ()
    return store


def test_minutes_go_from_the_file_through_the_store_to_the_walks(store, tmp_path):
    fill(store, tmp_path)
    with store.begin() as session:
        watchers = read_city(session, OPERATOR, DAY).watchers
    assert watchers["reach_min"].fillna(-1).to_dict() == {"W1": 8.0, "W2": 7.0, "W3": -1.0}
    assert watchers["reach_m"].round(6).to_dict() == {"W1": 533.333333, "W2": 466.666667, "W3": 800.0}
    costs = assess_city(store, OPERATOR, "normal", DAY).costs
    assert costs.watcher_ids[costs.watcher].tolist() == ["W1", "W3"]  # 7 minutes are not 500 m


def test_the_same_watchers_twice_change_nothing(store, tmp_path):
    fill(store, tmp_path)
    spec = DatasetSpec("t", DAY)
    again = import_files(
        store, OPERATOR, "watchers", [tmp_path / "watchers.csv"], options=ImportOptions(), spec=spec
    )
    assert (again.written, again.updated, again.unchanged) == (0, 0, 3)


def test_the_database_itself_refuses_a_negative_time(store, tmp_path):
    fill(store, tmp_path)
    with pytest.raises(IntegrityError), store.begin() as session:
        session.execute(text("UPDATE watcher SET reach_min = -1"))


def test_a_store_of_the_first_version_is_brought_up_to_date(store_url):
    store = Store(store_url, bytes(32))
    _go_to(store, "0001")
    _write_old_rows(store)
    store.migrate()
    store.check_ready()
    with store.begin() as session:
        kept = session.execute(text("SELECT watcher_id, reach_m, reach_min FROM watcher")).all()
        left = [
            session.execute(text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("analysis_run", "household_result", "watcher_result", "assignment")
        ]
    assert kept == [("W1", 800.0, None)]
    assert left == [0, 0, 0, 1]  # results are computed again; the register stays
    _go_to(store, "0001", down=True)
    assert "reach_min" not in {column["name"] for column in inspect(store.engine).get_columns("watcher")}
    store.close()


def test_a_result_without_details_has_none(store):
    _write_old_rows(store)
    with store.begin() as session:
        assert session.scalar(select(WatcherResult)).detail == {}


def _go_to(store, version, *, down=False):
    config = _alembic_config()
    with store.engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(config, version)


def _write_old_rows(store):
    """Write a watcher, a household, their assignment and a run's results as the first version did."""
    statements = (
        "INSERT INTO watcher (watcher_id, kind, visits_per_month, reach_m, status, version) "
        "VALUES ('W1', 'npo', 1, 800, 'active', 1)",
        "INSERT INTO assignment (assignment_id, watcher_id, household_id, role, version) "
        "VALUES ('A1', 'W1', 'H1', 'primary', 1)",
        "INSERT INTO analysis_run (run_id, revision, season, reference_date, figures, created_at) "
        "VALUES (1, 1, 'normal', '2026-04-01', '{}', '2026-04-01 00:00:00')",
        "INSERT INTO household_result (run_id, household_id, status, backed_up, connected, detail) "
        "VALUES (1, 'H1', 'watched', TRUE, TRUE, '{}')",
        "INSERT INTO watcher_result (run_id, watcher_id, in_office, delivered, promised, households) "
        "VALUES (1, 'W1', TRUE, 1, 1, 1)",
    )
    with store.begin() as session:
        upsert_frame(session, Household, households("H1"))
        for statement in statements:
            session.execute(text(statement))


# --- on the screen ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metres", "japanese", "english"),
    [
        (320.0, "320 m（約5分）", "320 m (about 5 min)"),  # 4.8 minutes
        (1234.0, "1,234 m（約19分）", "1,234 m (about 19 min)"),
        (0.0, "0 m（約1分）", "0 m (about 1 min)"),
    ],
)
def test_a_walk_is_shown_in_metres_and_minutes(metres, japanese, english):
    assert tables.shown_walk(metres, Words("ja")) == japanese
    assert tables.shown_walk(metres, Words("en")) == english
    assert walk_minutes(320.0) == pytest.approx(4.8)


def test_both_tables_of_a_household_show_the_walk_so():
    words = Words("ja")
    base = {"watcher_id": ["W1", "W2"], "kind": ["npo", "npo"], "cost_m": [320.0, None]}
    watching = pd.DataFrame(
        base | {"role": "primary", "visits_per_month": 1.0, "note": [None, "out_of_reach"]}
    )
    could = pd.DataFrame(base | {"room_visits_per_month": 1.0, "obstacle": None})
    for table in (tables.watching(watching, words), tables.candidates(could, words)):
        assert table[words("column.walk")].tolist() == ["320 m（約5分）", words("hidden")]
