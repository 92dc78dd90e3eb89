"""Where people live: beside streets, thicker in some neighbourhoods than in others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geodata.demo_city.drawing import pick_in_groups, share_out
from geodata.demo_city.plan import CityPlan
from geodata.demo_city.profiles import draw_profiles
from geodata.demo_city.streets import StreetNet
from geodata.demo_city.terrain import Terrain, to_lonlat
from geodata.demo_city.tiling import Tiling, locate_towns

STREET_ROOM = {"residential": 1.0, "tertiary": 0.7, "secondary": 0.5, "footway": 0.6, "steps": 0.3}
NEAREST_M, FARTHEST_M = 4.0, 13.0  # a door from the middle of its street
OUTLYING_QUANTILE = 0.80
HOUSEHOLD_AGEING = 0.5  # log of the share of dwellings to watch over, a standard deviation of ageing


@dataclass(frozen=True)
class Homes:
    """Street pieces people live on; dwellings, ageing and lack of watchers by neighbourhood."""

    net: StreetNet
    tiling: Tiling
    piece_town: np.ndarray
    piece_room: np.ndarray
    dwellings: np.ndarray
    ageing: np.ndarray
    deserted: np.ndarray


@dataclass(frozen=True)
class Places:
    """Places drawn: metres, neighbourhood and community district."""

    xy: np.ndarray
    town: np.ndarray
    district: np.ndarray


def build_homes(terrain: Terrain, tiling: Tiling, net: StreetNet, plan: CityPlan) -> Homes:
    """Weigh streets and neighbourhoods."""
    rng = plan.generator("homes")
    middles = (net.xy[net.u] + net.xy[net.v]) / 2
    town = locate_towns(tiling, middles)
    room = net.length_m * pd.Series(net.highway).map(STREET_ROOM).to_numpy() * ~net.is_bridge * (town >= 0)
    count = len(tiling.district_of_town)
    per_town = np.bincount(town[town >= 0], room[town >= 0], minlength=count)
    dwellings = share_out(per_town * rng.lognormal(0, 0.35, count), plan.count(plan.dwellings))
    middle_of_town = _middles(town, middles, count)
    ageing = _ageing(terrain, middle_of_town, rng)
    return Homes(net, tiling, town, room, dwellings, ageing, _deserted(middle_of_town, plan, rng))


def draw_places(homes: Homes, towns: np.ndarray, rng: np.random.Generator) -> Places:
    """Draw a door for each of the given neighbourhoods, a few metres beside a street and inside the town."""
    pieces = pick_in_groups(homes.piece_town, homes.piece_room, towns, rng)
    xy = _beside(homes.net, pieces, rng)
    outside = locate_towns(homes.tiling, xy) < 0
    xy = np.where(outside[:, None], _on_middle(homes.net, pieces), xy)  # its middle is inside by choice
    town = locate_towns(homes.tiling, xy)
    return Places(xy, town, homes.tiling.district_of_town[town])


def draw_street_middles(homes: Homes, towns: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the middle of a street in each of the given neighbourhoods, surely inside it."""
    return _on_middle(homes.net, pick_in_groups(homes.piece_town, homes.piece_room, towns, rng))


def draw_households(homes: Homes, plan: CityPlan) -> tuple[pd.DataFrame, Places]:
    """Draw the households to watch over: more of them where people are older."""
    rng = plan.generator("households")
    weight = homes.dwellings * np.exp(HOUSEHOLD_AGEING * homes.ageing)
    towns = np.repeat(np.arange(len(weight)), share_out(weight, plan.households))
    places = draw_places(homes, rng.permutation(towns), rng)
    personal = homes.ageing[places.town] + rng.normal(0, 0.5, len(towns))
    table = draw_profiles(personal, plan.reference_date, rng)
    table.insert(0, "household_id", [f"H{number:06d}" for number in range(1, len(table) + 1)])
    lonlat = to_lonlat(places.xy)
    table.insert(1, "lon", lonlat[:, 0])
    table.insert(2, "lat", lonlat[:, 1])
    return table, places


def _beside(net: StreetNet, pieces: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a place somewhere along each piece, a few metres to either side."""
    start, end = _first_leg(net, pieces)
    along = end - start
    unit = along / np.hypot(*along.T)[:, None]
    aside = rng.uniform(NEAREST_M, FARTHEST_M, len(pieces)) * rng.choice([-1, 1], len(pieces))
    door = start + along * rng.uniform(0.02, 0.98, (len(pieces), 1))
    return door + np.column_stack([-unit[:, 1], unit[:, 0]]) * aside[:, None]


def _first_leg(net: StreetNet, pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    bend = net.bend[pieces]
    end = np.where(np.isnan(bend), net.xy[net.v[pieces]], bend)
    return net.xy[net.u[pieces]], end


def _on_middle(net: StreetNet, pieces: np.ndarray) -> np.ndarray:
    return (net.xy[net.u[pieces]] + net.xy[net.v[pieces]]) / 2


def _middles(town: np.ndarray, places: np.ndarray, count: int) -> np.ndarray:
    known = town >= 0
    size = np.maximum(np.bincount(town[known], minlength=count), 1)
    return np.column_stack(
        [np.bincount(town[known], column[known], minlength=count) / size for column in places.T]
    )


def _ageing(terrain: Terrain, middles: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return ageing in standard deviations: waves over the town, a peak in the old centre, and noise."""
    phase = rng.uniform(0, 2 * np.pi, (2, 4))
    direction = rng.normal(0, 1 / (900 * terrain.scale), (2, 4))
    waves = np.sin(middles @ direction + phase[0]).sum(axis=1)
    centre = 1.5 * np.exp(-((np.hypot(*middles.T) / (1_500 * terrain.scale)) ** 2))
    raw = waves + centre + rng.normal(0, 0.8, len(middles))
    return (raw - raw.mean()) / raw.std()


def _deserted(middles: np.ndarray, plan: CityPlan, rng: np.random.Generator) -> np.ndarray:
    """Choose outlying neighbourhoods in which no watcher lives: a chosen one and those around it."""
    far = np.hypot(*middles.T)
    outlying = far > np.quantile(far, OUTLYING_QUANTILE)
    angle = np.arctan2(*middles.T)
    sector = np.floor((angle + np.pi) / (2 * np.pi) * 40).astype(int)
    return outlying & (rng.random(41) < plan.deserted_share)[sector]
