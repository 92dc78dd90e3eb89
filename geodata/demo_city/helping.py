"""Daily help: when volunteers have time, and what households ask for."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from geodata.demo_city.plan import CityPlan

WITH_HOURS = ("casual_volunteer", "student", "neighbour")
HOURS = (
    *("mon 09:00-12:00;thu 09:00-12:00", "tue 13:00-17:00;fri 13:00-17:00", "wed 09:00-16:00"),
    *("sat 08:00-18:00;sun 08:00-18:00", "mon 07:00-09:00;thu 07:00-09:00", ""),
)
ASKED_SHARE = 0.12  # of the households with such a need
ORDERS = {  # minutes, earliest, latest, repeat, weekdays, every
    "rubbish": (10, "07:00", "08:30", "weekly", "mon;thu", 1),
    "shopping": (60, "10:00", "16:00", "weekly", "", 2),
    "bulb": (20, "09:00", "17:00", "once", "", 1),
    "snow": (30, "07:00", "11:00", "weekly", "mon;wed;fri", 1),
}


def draw_hours(watchers: pd.DataFrame, plan: CityPlan) -> pd.DataFrame:
    """Return ``available`` and ``minutes_per_week`` by watcher; empty for those who state none."""
    rng = plan.generator("hours")
    states = watchers["kind"].isin(WITH_HOURS).to_numpy()
    hours = np.array(HOURS)[rng.integers(0, len(HOURS), len(watchers))]
    minutes = rng.choice([60, 90, 120, 180], len(watchers))
    return pd.DataFrame(
        {
            "available": np.where(states, hours, ""),
            "minutes_per_week": pd.array(np.where(states, minutes, 0), dtype="Int64"),
        },
        index=watchers.index,
    ).assign(minutes_per_week=lambda table: table["minutes_per_week"].where(states, pd.NA))


def draw_tasks(households: pd.DataFrame, plan: CityPlan) -> pd.DataFrame:
    """Return the tasks households ask for, by their needs."""
    rng = plan.generator("tasks")
    needs = households["needs"].str.get_dummies(sep=";")
    tasks = []
    for skill, order in ORDERS.items():
        wanted = needs.get(skill, pd.Series(0, index=needs.index)).to_numpy(dtype=bool)
        asked = np.flatnonzero(wanted & (rng.random(len(households)) < ASKED_SHARE))
        tasks.append(_tasks(households["household_id"].to_numpy()[asked], skill, order, plan, rng))
    table = pd.concat(tasks, ignore_index=True)
    table.insert(0, "task_id", [f"K{number:05d}" for number in range(1, len(table) + 1)])
    return table


def _tasks(
    ids: np.ndarray, skill: str, order: tuple, plan: CityPlan, rng: np.random.Generator
) -> pd.DataFrame:
    minutes, earliest, latest, repeat, weekdays, every = order
    first, last = _winter(plan) if skill == "snow" else (plan.reference_date, None)
    later = rng.integers(0, 28, len(ids)) if repeat == "once" or not weekdays else np.zeros(len(ids), int)
    return pd.DataFrame(
        {
            "household_id": ids,
            "skill": skill,
            "minutes": minutes,
            "earliest": earliest,
            "latest": latest,
            "repeat": repeat,
            "weekdays": weekdays,
            "every": every,
            "people": 1,
            "valid_from": [(first + dt.timedelta(days=int(days))).isoformat() for days in later],
            "valid_to": "" if last is None else last.isoformat(),
        }
    )


def _winter(plan: CityPlan) -> tuple[dt.date, dt.date]:
    """Return the first and last day of the winter after the reference date."""
    year = plan.reference_date.year
    return dt.date(year, 12, 15), dt.date(year + 1, 3, 15)
