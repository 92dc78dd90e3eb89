"""Daily tasks of households, done once or again and again, spread over the days of a period."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from analysis.errors import FrameError, ParameterError
from analysis.frames import FrameRule, check_frame

REPEATS = ("once", "weekly", "monthly")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
LONGEST_PERIOD_DAYS = 366
HEAVIEST = 1000  # weight of a task: keeps sums of whole thousandths far from overflow
FIFTH = 5  # of a weekday in a month; a month without one has its last instead

TASKS = FrameRule(
    "tasks",
    "task_id",
    (
        "household_id",
        "skill",
        "minutes",
        "earliest",  # time of day as 08:30; missing bounds nothing
        "latest",
        "repeat",
        "weekdays",  # mon;thu
        "every",
        "people",
        "weight",
        "valid_from",
        "valid_to",
    ),
    has_geometry=False,
)
_CARRIED = ("household_id", "skill", "minutes", "earliest_min", "latest_min", "people", "weight")


def expand_tasks(tasks: pd.DataFrame, first: dt.date, last: dt.date) -> pd.DataFrame:
    """List when each task falls within a period, both ends included.

    ``once``: on ``valid_from``. ``weekly``: on its weekdays (without any: that of ``valid_from``) every so
    many weeks, weeks beginning on Monday and counted from that of ``valid_from``. ``monthly``: on the day of
    the month of ``valid_from``, in a shorter month on its last; with weekdays on the same n-th of them as
    ``valid_from`` lies in (days 1 to 7, 8 to 14 …; a fifth that a month lacks is its last). Never before
    ``valid_from`` or after ``valid_to``.

    Parameters
    ----------
    tasks : DataFrame by the rule TASKS
    first, last : date, at most 366 days

    Returns
    -------
    DataFrame, RangeIndex, sorted by date, earliest time and task
        ``task_id``, ``date`` (datetime), ``household_id``, ``skill``, ``minutes`` (int), ``earliest_min``,
        ``latest_min`` (int, minutes since midnight: the work lies within), ``people`` (int), ``weight``
        (float), ``is_repeated`` (bool).

    Raises
    ------
    FrameError
        The tasks break their rule, hold unknown words, or times that do not leave room for the work.
    ParameterError
        The period ends before it begins, or is too long.

    Examples
    --------
    >>> once = {"household_id": "H1", "skill": "snow", "minutes": 30, "earliest": "09:00", "latest": None}
    >>> rest = {"repeat": "weekly", "weekdays": "tue", "every": 1, "people": 1, "weight": 1.0}
    >>> days = {"valid_from": "2026-04-01", "valid_to": None}
    >>> tasks = pd.DataFrame([once | rest | days], index=pd.Index(["T1"], name="task_id"))
    >>> expand_tasks(tasks, dt.date(2026, 4, 1), dt.date(2026, 4, 14))["date"].dt.day.tolist()
    [7, 14]
    """
    tasks = _read_tasks(tasks)
    days = _days(first, last)
    falls = np.select(
        [(tasks["repeat"] == kind).to_numpy()[:, None] for kind in REPEATS],
        [_once(tasks, days), _weekly(tasks, days), _monthly(tasks, days)],
        default=False,
    )
    starts, ends = (tasks[name].to_numpy()[:, None] for name in ("valid_from", "valid_to"))
    falls &= (days.to_numpy() >= starts) & ~(days.to_numpy() > ends)
    row, day = np.nonzero(falls)
    found = tasks.iloc[row].reset_index()[["task_id", *_CARRIED]]
    found.insert(1, "date", days[day])
    found["is_repeated"] = (tasks["repeat"] != "once").to_numpy()[row]
    return found.sort_values(["date", "earliest_min", "task_id"], ignore_index=True)


def minutes_of_day(times: pd.Series) -> pd.Series:
    """Return the minutes since midnight of texts like 08:30, NaN of anything else.

    Examples
    --------
    >>> minutes_of_day(pd.Series(["08:30", "24:00", None, "noon"])).tolist()
    [510.0, 1440.0, nan, nan]
    """
    parts = times.astype("str").str.extract(r"^(\d\d):([0-5]\d)$").astype(float)
    minutes = parts[0] * 60 + parts[1]
    return minutes.where(minutes <= DAY_MINUTES)


def weekday_table(weekdays: pd.Series) -> np.ndarray:
    """Return bool (N, 7), Monday first, of texts like ``mon;thu``; all False of an empty one."""
    named = weekdays.astype(object).where(weekdays.notna(), "").str.get_dummies(sep=";")
    return named.reindex(columns=list(WEEKDAYS), fill_value=0).to_numpy(dtype=bool)


def _days(first: dt.date, last: dt.date) -> pd.DatetimeIndex:
    if last < first:
        raise ParameterError(f"Expected a first day before the last, got {first} to {last}. Swap them.")
    length = (last - first).days + 1
    if length > LONGEST_PERIOD_DAYS:
        raise ParameterError(
            f"Expected a period of at most {LONGEST_PERIOD_DAYS} days, got {length}. Shorten it."
        )
    return pd.date_range(first, last, unit="s")


def _read_tasks(tasks: pd.DataFrame) -> pd.DataFrame:
    """Check the tasks and read their times; the caller's frame is not changed."""
    check_frame(tasks, TASKS)
    earliest, latest = minutes_of_day(tasks["earliest"]), minutes_of_day(tasks["latest"])
    read = tasks.assign(
        earliest_min=earliest.fillna(0).astype(np.int64),
        latest_min=latest.fillna(DAY_MINUTES).astype(np.int64),
        valid_from=pd.to_datetime(tasks["valid_from"]).astype("datetime64[s]"),
        valid_to=pd.to_datetime(tasks["valid_to"]).astype("datetime64[s]"),
    )
    _raise_faults(tasks, read, (earliest, latest))
    return read.astype({"minutes": np.int64, "people": np.int64, "every": np.int64, "weight": float})


def _raise_faults(tasks: pd.DataFrame, read: pd.DataFrame, times: tuple[pd.Series, pd.Series]) -> None:
    earliest, latest = times
    strange_time = (tasks["earliest"].notna() & earliest.isna()) | (tasks["latest"].notna() & latest.isna())
    too_short = read["latest_min"] - read["earliest_min"] < pd.to_numeric(tasks["minutes"])
    faults = [
        *(
            f"Expected whole minutes above 0 of each task, got others in {who}. Correct them."
            for who in _named(~_whole_from_one(tasks["minutes"]))
        ),
        *(
            f"Expected whole people above 0 for each task, got others in {who}. Correct them."
            for who in _named(~_whole_from_one(tasks["people"]))
        ),
        *(
            f"Expected a whole interval above 0 between repeats, got others in {who}. Correct them."
            for who in _named(~_whole_from_one(tasks["every"]))
        ),
        *(
            f"Expected a weight from 0 to 1000 of each task, got others in {who}. Correct them."
            for who in _named(~tasks["weight"].between(0, HEAVIEST))
        ),
        *(
            f"Expected tasks once, weekly or monthly, got others in {who}. Correct them."
            for who in _named(~tasks["repeat"].isin(REPEATS))
        ),
        *(
            f"Expected weekdays of tasks such as mon;thu, got others in {who}. Correct them."
            for who in _named(_strange_days(tasks["weekdays"]))
        ),
        *(
            f"Expected times of tasks such as 08:30, got others in {who}. Correct them."
            for who in _named(strange_time)
        ),
        *(
            f"Expected a first day of each task, got others in {who}. Correct them."
            for who in _named(read["valid_from"].isna())
        ),
        *(
            f"Expected room for the work between its times, got others in {who}. Correct them."
            for who in _named(too_short)
        ),
    ]
    if faults:
        raise FrameError(" ".join(faults))


def _named(wrong: pd.Series) -> list[str]:
    """Return one text with the first five ids that are wrong, or nothing."""
    ids = wrong.index[wrong.to_numpy(dtype=bool)]
    return [", ".join(map(str, ids[:5])) + (" …" if len(ids) > 5 else "")] if len(ids) else []


def _whole_from_one(numbers: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(numbers)
    return (numbers >= 1) & (numbers % 1 == 0)


def _strange_days(weekdays: pd.Series) -> pd.Series:
    named = weekdays.astype(object).where(weekdays.notna(), "").str.get_dummies(sep=";")
    return named.drop(columns=[day for day in WEEKDAYS if day in named]).any(axis=1)


def _once(tasks: pd.DataFrame, days: pd.DatetimeIndex) -> np.ndarray:
    return days.to_numpy() == tasks["valid_from"].to_numpy()[:, None]


def _weekly(tasks: pd.DataFrame, days: pd.DatetimeIndex) -> np.ndarray:
    begin = tasks["valid_from"]
    own_day = np.arange(len(WEEKDAYS)) == begin.dt.day_of_week.to_numpy()[:, None]
    named = weekday_table(tasks["weekdays"])
    named = np.where(named.any(axis=1, keepdims=True), named, own_day)
    weeks = _week_numbers(days.to_series()).to_numpy() - _week_numbers(begin).to_numpy()[:, None]
    return named[:, days.day_of_week] & (weeks % tasks["every"].to_numpy()[:, None] == 0)


def _week_numbers(days: pd.Series) -> pd.Series:
    """Return the number of whole weeks, from Monday, since a Monday long ago (1900-01-01)."""
    return (days - pd.Timestamp("1900-01-01")).dt.days // 7


def _monthly(tasks: pd.DataFrame, days: pd.DatetimeIndex) -> np.ndarray:
    begin = tasks["valid_from"].dt
    since = (begin.year * 12 + begin.month).to_numpy()[:, None]
    due = ((days.year * 12 + days.month).to_numpy() - since) % tasks["every"].to_numpy()[:, None] == 0
    wanted = begin.day.to_numpy()[:, None]
    day = days.day.to_numpy()
    same_day = (day == wanted) | (days.is_month_end & (wanted > day))
    named = weekday_table(tasks["weekdays"])
    nth = (wanted - 1) // 7 + 1
    last_one = day + 7 > days.days_in_month.to_numpy()
    same_turn = named[:, days.day_of_week] & np.where(nth == FIFTH, last_one, (day - 1) // 7 + 1 == nth)
    return due & np.where(named.any(axis=1, keepdims=True), same_turn, same_day)
