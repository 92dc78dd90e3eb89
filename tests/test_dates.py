"""Dates as Japanese offices write them."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.dates import parse_date, parse_dates

DAY = dt.date(2026, 11, 23)  # Reiwa 8: 2019 is year 1, so 2026 is 2026 - 2018 = 8


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23",
        "2026/11/23",
        "2026.11.23",
        "2026年11月23日",
        "20261123",
        "2026-11-23 00:00:00",
        "R8.11.23",
        "r8/11/23",
        "令和8年11月23日",
        "令和 8年11月23日",
        "㋿8年11月23日",
        "Ｒ８．１１．２３",
        "令和８年１１月２３日",
        " R8.11.23 ",
    ],
)
def test_every_way_of_writing_gives_the_same_day(text):
    assert parse_date(text) == DAY


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和元年5月1日", dt.date(2019, 5, 1)),
        ("R1.5.1", dt.date(2019, 5, 1)),
        ("H31.4.30", dt.date(2019, 4, 30)),
        ("平成元年1月8日", dt.date(1989, 1, 8)),
        ("S64.1.7", dt.date(1989, 1, 7)),
        ("大正15年12月24日", dt.date(1926, 12, 24)),
        ("M45.7.29", dt.date(1912, 7, 29)),
    ],
)
def test_era_years_count_from_one(text, day):
    assert parse_date(text) == day


def test_era_year_past_the_end_of_its_era_is_read_on():
    assert parse_date("平成35年11月30日") == dt.date(2023, 11, 30)  # 1988 + 35, as papers of 2018 had it


@pytest.mark.parametrize(
    "text",
    ["R1.4.30", "8/11/23", "2026-02-30", "2026-13-01", "R8.11", "46349", "tomorrow", "2026-11/23", "R0.5.1"],
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):
        parse_date(text)


def test_column_keeps_its_index_and_marks_bad_rows():
    days, bad = parse_dates(pd.Series(["R8.11.23", "", "soon", "R8.11.23"], index=[5, 3, 8, 1]))
    assert days.to_dict() == {5: DAY, 3: None, 8: None, 1: DAY}
    assert bad.tolist() == [False, False, True, False]


@given(st.dates(min_value=dt.date(2019, 5, 1), max_value=dt.date(2117, 12, 31)))
def test_any_reiwa_day_reads_as_the_iso_day(day):
    era = f"令和{day.year - 2018}年{day.month}月{day.day}日"
    assert parse_date(era) == parse_date(day.isoformat()) == day
