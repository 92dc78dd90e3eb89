"""Numbers and dates as they are read: eras change on their day, shares of nothing are no share."""

import datetime as dt

import pytest

from app.ui.text.formats import count, day, fiscal_year, month, share


@pytest.mark.parametrize(
    ("date", "text"),
    [
        (dt.date(2026, 11, 23), "令和8年11月23日（2026-11-23）"),
        (dt.date(2019, 5, 1), "令和元年5月1日（2019-05-01）"),  # first day of Reiwa
        (dt.date(2019, 4, 30), "平成31年4月30日（2019-04-30）"),  # last day of Heisei
        (dt.date(1989, 1, 7), "昭和64年1月7日（1989-01-07）"),
        (dt.date(1920, 1, 1), "1920年1月1日（1920-01-01）"),
    ],
)
def test_a_day_is_written_in_its_era(date, text):
    assert day(date, "ja") == text
    assert day(date, "en") == date.isoformat()


@pytest.mark.parametrize(
    ("date", "text"),
    [
        (dt.date(2026, 4, 1), "令和8年度"),
        (dt.date(2027, 3, 31), "令和8年度"),
        (dt.date(2019, 4, 1), "令和元年度"),
        (dt.date(2019, 3, 31), "平成30年度"),
    ],
)
def test_a_fiscal_year_runs_from_april_to_march(date, text):
    assert fiscal_year(date, "ja") == text


def test_a_month_is_written_in_its_era():
    assert month(dt.date(2026, 4, 15), "ja") == "令和8年4月"
    assert month(dt.date(2026, 4, 15), "en") == "2026-04"


def test_numbers_have_thousands_and_shares_one_decimal():
    assert count(12345.0) == "12,345"
    assert share(431, 512) == "84.2 %"
    assert share(0, 0) == "–"
