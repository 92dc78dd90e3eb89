"""Building a whole city and writing it into a folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geodata.demo_city.consents import draw_consents, proposed_rules
from geodata.demo_city.files import write_areas, write_note, write_shapes, write_streets, write_table
from geodata.demo_city.helping import draw_tasks
from geodata.demo_city.homes import build_homes, draw_households
from geodata.demo_city.links import draw_assignments
from geodata.demo_city.places import (
    FACILITY_COLUMNS,
    MUNICIPALITY_CODE,
    MUNICIPALITY_NAME,
    Areas,
    build_areas,
    build_public_places,
)
from geodata.demo_city.plan import REFERENCE_DATE, STANDARD_HOUSEHOLDS, CityPlan
from geodata.demo_city.rounds import COULD_SIGN, SIGNED, draw_rounds
from geodata.demo_city.streets import StreetNet, build_street_net
from geodata.demo_city.terrain import METRIC_EPSG, build_terrain
from geodata.demo_city.tiling import build_tiling
from geodata.demo_city.watchers import COLUMNS, draw_watchers

STEPS = 5  # as reported to ``progress``
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class DemoCity:
    """What was written: the folder, the fictitious municipality and how many rows each file has."""

    folder: Path
    name: str
    municipality_code: str
    metric_epsg: int
    reference_date: dt.date
    counts: dict[str, int]


@dataclass(frozen=True)
class _City:
    """A city before it is written: the tables by file name, areas, streets and delivery rounds."""

    tables: dict[str, pd.DataFrame]
    areas: Areas
    net: StreetNet
    rounds: gpd.GeoDataFrame


def generate_demo_city(
    folder: Path,
    *,
    households: int = STANDARD_HOUSEHOLDS,
    seed: int = 2025,
    reference_date: dt.date = REFERENCE_DATE,
    progress: Tell | None = None,
) -> DemoCity:
    """Generate a synthetic castle town and write its files into ``folder``.

    The same arguments give the same files. Files of the same names are replaced; others are left alone.

    Parameters
    ----------
    folder : Path
        Where to write; made if missing.
    households : int
        Households to watch over, 50 or more; everything else scales with them.
    seed : int
        Another seed gives another city.
    reference_date : datetime.date
        The day the data speaks of.
    progress : callable, optional
        Called as ``progress(step, done, total)`` after each step.

    Returns
    -------
    DemoCity
        Rows by file name.

    Raises
    ------
    GeodataError
        Fewer than 50 households asked for.
    """
    plan = CityPlan(households=households, seed=seed, reference_date=reference_date)
    tell = progress or _tell_nobody
    folder.mkdir(parents=True, exist_ok=True)
    city = _build_city(plan, tell)
    _write_city(city, plan, folder)
    tell("files", STEPS, STEPS)
    return DemoCity(
        folder, MUNICIPALITY_NAME, MUNICIPALITY_CODE, METRIC_EPSG, reference_date, _row_counts(city)
    )


def _build_city(plan: CityPlan, tell: Tell) -> _City:
    terrain = build_terrain(plan)
    tiling = build_tiling(terrain, plan)
    tell("areas", 1, STEPS)
    net = build_street_net(terrain, tiling, plan)
    tell("streets", 2, STEPS)
    homes = build_homes(terrain, tiling, net, plan)
    areas = build_areas(terrain, homes, plan)
    public = build_public_places(homes, areas, plan)
    households, places = draw_households(homes, plan)
    watchers, spots, serves = draw_watchers(homes, public, areas.district_names, plan)
    tell("people", 3, STEPS)
    assignments = draw_assignments(terrain, net, (households, places), (watchers, spots, serves), plan)
    fleets = [draw_rounds(terrain, net, plan, fleet) for fleet in (SIGNED, COULD_SIGN)]
    firms = [firms.reindex(columns=list(COLUMNS)) for firms, _ in fleets]
    watchers = pd.concat([watchers, *firms], ignore_index=True)
    rounds = pd.concat([rounds for _, rounds in fleets], ignore_index=True)
    tell("assignments", 4, STEPS)
    tables = {
        "households": households,
        "watchers": watchers,
        "assignments": assignments,
        "facilities": public.facilities[list(FACILITY_COLUMNS)],
        "agreements": public.agreements,
        "support_tasks": draw_tasks(households, plan),
        "consents": draw_consents(households, plan),
        "sharing_rules": proposed_rules(),
    }
    return _City(tables, areas, net, rounds)


def _write_city(city: _City, plan: CityPlan, folder: Path) -> None:
    for name, table in city.tables.items():
        write_table(table, folder / f"{name}.csv")
    write_areas(city.areas, folder)
    write_shapes(city.rounds, folder / "rounds.geojson")
    write_streets(city.net, folder / "streets.gpkg", plan.reference_date)
    write_note(folder, households=plan.households, seed=plan.seed, day=plan.reference_date)


def _row_counts(city: _City) -> dict[str, int]:
    layers = {
        **city.tables,
        "community_districts": city.areas.community,
        "school_districts": city.areas.school,
        "neighbourhoods": city.areas.neighbourhood,
        "boundary": city.areas.boundary,
        "rounds": city.rounds,
        "streets": city.net.u,
    }
    return {name: len(rows) for name, rows in layers.items()}


def _tell_nobody(step: str, done: int, total: int) -> None:
    """Take the place of a missing ``progress``."""
