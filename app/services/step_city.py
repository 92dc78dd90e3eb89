"""The city as the advices ask about it: assessed once for a season and day, with its districts and prices.

Opening it reads personal data as the viewer given; what the advices return holds counts and places only.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.crs import to_metric_crs
from analysis.frames import VISITS_PER_YEAR
from analysis.remedy_costs import RemedyCosts
from analysis.street import build_street_graph
from analysis.walking import WalkingCosts, walk_on_streets, walk_straight
from app.services.city import AssessedCity, CityData, Report, assess_city, measure_walks
from app.services.results import DatasetInfo, Progress
from app.services.step_results import CostTable
from app.services.walks import RULES
from geodata import access_steps, read
from geodata.session import Store
from geodata.viewer import Viewer

STORE_CRS = 6668
ADVICES = ("recruit", "partner", "agreement", "consent", "frontier")
OVERVIEW = ("assign", "rearrange", "consent", "agreement", "recruit", "partner", "winter", "together")


@dataclass(frozen=True, eq=False)
class StepCity:
    """An assessed city to ask for advice; for computing only, never shown.

    Parameters
    ----------
    city : AssessedCity
    season, date : what it was assessed for
    areas : GeoDataFrame (metric CRS) of the community districts, index ``code``, column ``name``
    """

    city: AssessedCity
    season: str
    date: dt.date
    areas: gpd.GeoDataFrame

    @property
    def info(self) -> DatasetInfo:
        """Return what the store says of itself."""
        return self.city.data.info

    @property
    def data(self) -> CityData:
        """Return what was read."""
        return self.city.data

    def about(self) -> dict[str, object]:
        """Return the fields that every result begins with."""
        return {"info": self.info, "season": self.season, "date": self.date}

    def names(self, codes: pd.Series | pd.Index) -> np.ndarray:
        """Return the names of districts by code, "" where there is none."""
        found = self.areas["name"].reindex(pd.Index(codes)).to_numpy(dtype=object)
        return np.where(pd.isna(found), "", found)

    def measure(self, places: gpd.GeoDataFrame, reach_m: float | pd.Series) -> WalkingCosts:
        """Measure the walks from places (metric CRS) to all households, up to a reach, in this season."""
        people = places.assign(reach_m=reach_m).rename_axis("watcher_id")
        if self.data.streets.empty:
            return walk_straight(people, self.data.households, rules=RULES, season=self.season)
        graph = build_street_graph(self.data.streets, season=self.season, rules=RULES)
        return walk_on_streets(graph, people, self.data.households, rules=RULES)

    def snow_walks(self) -> WalkingCosts:
        """Return the walks in snow of all watchers."""
        return self.city.costs if self.season == "snow" else measure_walks(self.data, "snow")


def open_city(
    store: Store, viewer: Viewer, season: str, date: dt.date, progress: Report | None = None
) -> StepCity:
    """Read and assess the city once, for any number of advices.

    Parameters
    ----------
    progress : callable, optional
        Called with each step; what it raises stops the work, and nothing was written.
    """
    city = assess_city(store, viewer, season, date, progress)
    with store.begin() as session:
        areas = read.read_areas(session, "community")[["name", "geometry"]]
    return StepCity(city, season, date, to_metric_crs(areas, city.data.info.metric_epsg))


def tell_step(progress: Report | None, step: str, steps: tuple[str, ...] | None = None) -> None:
    """Tell one step of an advice; an advice alone comes after the steps of opening the city."""
    if progress is None:
        return
    done, total = (4, 5) if steps is None else (steps.index(step), len(steps))
    progress(Progress(f"step_{step}", done, total))


def a_month(visits: pd.Series | float) -> pd.Series | float:
    """Return visits a month of visits a year."""
    return visits / VISITS_PER_YEAR


# --- prices -----------------------------------------------------------------------------------------------


def load_costs(store: Store) -> CostTable:
    """Return what each remedy costs a year: as the city stated it, else as assumed."""
    store.check_ready()
    with store.begin(write=True) as session:
        stated = access_steps.read_costs(session)
    table = RemedyCosts().as_table()
    table["default"] = table["yen_per_year"]
    table["assumed"] = ~table.index.isin(stated.index)
    known = stated.index.intersection(table.index)
    table.loc[known, "yen_per_year"] = stated.loc[known, "yen_per_year"].astype(float)
    note = stated["note"].reindex(table.index).astype(object)
    table["note"] = note.where(note.notna(), None)
    return CostTable(table, {str(name): int(version) for name, version in stated["version"].items()})


def save_costs(store: Store, viewer: Viewer, stated: pd.DataFrame, versions: dict[str, int]) -> CostTable:
    """Keep what the city states; a remedy left out goes back to the assumed price.

    Parameters
    ----------
    stated : pandas.DataFrame
        ``remedy``, ``yen_per_year``; ``note`` where there is one.
    versions : dict of int
        Of the table read (``CostTable.versions``).

    Raises
    ------
    analysis.errors.ParameterError
        An unknown remedy, one named twice, or a price below 0 or missing.
    geodata.errors.ConflictError
        Somebody else changed a price meanwhile; nothing was written.
    geodata.errors.AccessRefusedError
        A coordinator.
    """
    RemedyCosts.from_table(stated.set_index("remedy")["yen_per_year"].astype(float))
    rows = stated.reindex(columns=["remedy", "yen_per_year", "note"]).astype(object)
    with store.begin(write=True) as session:
        access_steps.save_costs(session, viewer, rows.where(rows.notna(), None), versions)
    return load_costs(store)


def prices_of(costs: CostTable) -> RemedyCosts:
    """Return the prices to compute with."""
    return RemedyCosts.from_table(costs.costs["yen_per_year"])
