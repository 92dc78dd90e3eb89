"""Daily tasks, hours and locks: values, references, and what is told."""

import datetime as dt

import pandas as pd
import pytest

from geodata.importers import ImportOptions, parse
from geodata.importers.hours import hours_of

TASKS = "task_id,household_id,skill,minutes,earliest,latest,repeat,weekdays,every,people,weight,valid_from\n"


def read(tmp_path, layer, text, **options):
    path = tmp_path / f"{layer}.csv"
    path.write_text(text, "utf-8")
    return parse(layer, [path], ImportOptions(**options))


def told(parsed):
    return [(problem.row, problem.column) for problem in parsed.report.errors]


def test_task_row_gives_the_values_it_states(tmp_path):
    row = "T1,H1,snow,30,8:30,10時,毎週,木月,2,2,1.5,R8.12.1\n"
    found = read(tmp_path, "support-tasks", TASKS + row).frame.iloc[0].to_dict()
    assert found == {
        "task_id": "T1",
        "household_id": "H1",
        "skill": "snow",
        "minutes": 30,
        "earliest": "08:30",
        "latest": "10:00",
        "repeat": "weekly",
        "weekdays": "mon;thu",
        "every": 2,
        "people": 2,
        "weight": 1.5,
        "valid_from": dt.date(2026, 12, 1),
        "valid_to": None,
    }


def test_empty_cells_of_a_task_take_the_usual_values(tmp_path):
    found = read(tmp_path, "support-tasks", TASKS + "T1,H1,bulb,20,,,,,,,,2026-12-01\n").frame.iloc[0]
    assert found[["repeat", "every", "people", "weight"]].tolist() == ["once", 1, 1, 1.0]
    assert found[["earliest", "latest", "weekdays", "valid_to"]].isna().all()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("T1,H1,snow,0,,,,,,,,2026-12-01", "minutes"),
        ("T1,H1,snow,30,25:00,,,,,,,2026-12-01", "earliest"),
        ("T1,H1,snow,30,09:00,09:15,,,,,,2026-12-01", "latest"),
        ("T1,H1,snow,30,,,daily,,,,,2026-12-01", "repeat"),
        ("T1,H1,snow,30,,,weekly,funday,,,,2026-12-01", "weekdays"),
        ("T1,H9,snow,30,,,,,,,,2026-12-01", "household_id"),
        ("T1,H1,,30,,,,,,,,2026-12-01", "skill"),
        ("T1,H1,snow,30,,,,,,,,", "valid_from"),
        ("T1,H1,snow,30,,,,,0,,,2026-12-01", "every"),
        ("T1,H1,snow,30,,,,,,0,,2026-12-01", "people"),
    ],
)
def test_task_that_makes_no_sense_is_told_by_row_and_column(tmp_path, row, column):
    known = {"households": pd.Index(["H1"])}
    parsed = read(tmp_path, "support-tasks", TASKS + row + "\n", known=known)
    assert told(parsed) == [(2, column)]
    assert parsed.report.refused


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("mon 9:00-12:00;sat 08:00-18:00", "mon 09:00-12:00;sat 08:00-18:00"),
        ("月・木 9:00〜12:00", "mon 09:00-12:00;thu 09:00-12:00"),
        ("土 9:30-24:00", "sat 09:30-24:00"),
        ("火曜 13:00-11:00", None),
        ("mon 9:00-12:75", None),
        ("sometimes", None),
    ],
)
def test_hours_are_kept_by_weekday(text, kept):
    assert hours_of(text) == kept


def test_watcher_may_be_a_candidate_with_hours_of_its_own(tmp_path):
    text = (
        "watcher_id,kind,lon,lat,visits_per_month,状態,動ける時間,週に動ける時間\n"
        "D1,delivery_firm,136.65,36.56,4,候補,,\n"
        "V1,casual_volunteer,136.65,36.56,1,活動中,土 9:00-12:00,120\n"
    )
    frame = read(tmp_path, "watchers", text).frame
    assert frame["status"].tolist() == ["candidate", "active"]
    assert frame.loc[1, ["available", "minutes_per_week"]].tolist() == ["sat 09:00-12:00", 120]


def test_file_without_locks_says_nothing_of_them(tmp_path):
    head = "watcher_id,household_id,固定\n"
    assert "locked" not in read(tmp_path, "assignments", head + "W1,H1,\n").frame
    assert read(tmp_path, "assignments", head + "W1,H1,はい\nW1,H2,\n").frame["locked"].tolist() == [
        True,
        False,
    ]
