"""Files of visit rounds: one CSV, one GPX a watcher, and the content of the printed sheets."""

from __future__ import annotations

import calendar
import datetime as dt
from pathlib import Path

import geopandas as gpd
import pandas as pd

from app.services.errors import RequestError
from app.services.results import DatasetInfo
from app.services.rounds import MINUTES_PER_VISIT, DistrictRounds, PlannedRound
from app.sheets.content import LeftOut, Outing, RoundContent, Stop, WatcherRound
from geodata.exporters import safe_name, write_csv, write_gpx

_REASONS = {"unreachable": "unreachable", "too_long": "too_far"}
_COLUMNS = (
    "watcher_id",
    "outing",
    "order",
    "household_id",
    "visits_per_month",
    "leg_m",
    "arrive_minutes",
    "leave_minutes",
    "left_out",
)


def write_tables(planned: DistrictRounds, out: Path) -> list[Path]:
    """Write rounds.csv (households left out with their reason too) and one GPX file a watcher."""
    out.mkdir(parents=True, exist_ok=True)
    write_csv(out / "rounds.csv", round_table(planned))
    files = [out / "rounds.csv"]
    for one in planned.planned:
        path = out / f"{safe_name(one.watcher_id)}.gpx"
        write_gpx(path, _routes(one))
        files.append(path)
    return files


def round_table(planned: DistrictRounds) -> pd.DataFrame:
    """Return one row a call in walking order, then the households left out."""
    tables = []
    for one in planned.planned:
        stops = one.rounds.stops.assign(
            watcher_id=one.watcher_id,
            visits_per_month=one.stops["visits"].reindex(one.rounds.stops["household_id"]).to_numpy(),
        )
        left_out = one.rounds.left_out.rename(columns={"reason": "left_out"}).assign(
            watcher_id=one.watcher_id
        )
        tables += [stops, left_out]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    table = table.reindex(columns=_COLUMNS)
    whole = ["outing", "order", "leg_m", "arrive_minutes", "leave_minutes"]
    table[whole] = table[whole].round().astype("Int64")
    return table.assign(visits_per_month=table["visits_per_month"].astype(float).round(2))


def _routes(one: PlannedRound) -> list[tuple[str, list[tuple[str, float, float]]]]:
    places = one.stops.to_crs(6668).geometry
    return [
        (
            f"{one.watcher_id} {outing}",
            [(household, places[household].x, places[household].y) for household in calls["household_id"]],
        )
        for outing, calls in one.rounds.stops.groupby("outing")
    ]


def sheet_content(
    planned: DistrictRounds, info: DatasetInfo, month: dt.date | None, made_on: dt.date
) -> RoundContent:
    """Return what the round sheets print; to be given back by the end of their month.

    Parameters
    ----------
    month : datetime.date, optional
        Any day of the month; without it the month of ``made_on``.

    Raises
    ------
    RequestError
        The month is over.
    """
    month = month or made_on
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    if last < made_on:
        raise RequestError(
            f"Expected a month that is not over, got {month:%Y-%m}. Give this month or a later one."
        )
    return RoundContent(
        info=info,
        made_on=made_on,
        month=month,
        return_by=last,
        rounds=tuple(_watcher_round(one, planned.name) for one in planned.planned),
        season=planned.figures.season,
        basis=planned.figures.basis,
        detour_factor=planned.figures.detour_factor,
        minutes_per_visit=MINUTES_PER_VISIT,
        streets=planned.streets if len(planned.streets) else None,
    )


def _watcher_round(one: PlannedRound, district_name: str) -> WatcherRound:
    outings = tuple(
        Outing(
            stops=tuple(_stop(call, one.stops) for call in calls.itertuples()),
            minutes=float(one.rounds.outings.loc[number, "minutes"]),
            length_m=float(one.rounds.outings.loc[number, "length_m"]),
        )
        for number, calls in one.rounds.stops.groupby("outing")
    )
    left_out = tuple(
        LeftOut(row.household_id, _REASONS[row.reason]) for row in one.rounds.left_out.itertuples()
    )
    return WatcherRound(one.watcher_id, one.kind, district_name, one.home, outings, left_out)


def _stop(call, stops: gpd.GeoDataFrame) -> Stop:
    place = stops.geometry[call.household_id]
    return Stop(
        household_id=call.household_id,
        x=place.x,
        y=place.y,
        visits_per_month=float(stops.loc[call.household_id, "visits"]),
        minutes=float(call.arrive_minutes),
    )
