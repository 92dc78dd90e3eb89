"""What to build: sizes, shares and the knobs by which the generated city can be tuned."""

from __future__ import annotations

import datetime as dt
import zlib
from dataclasses import dataclass
from math import sqrt

import numpy as np

from geodata.errors import GeodataError

STANDARD_HOUSEHOLDS = 30_000
REFERENCE_DATE = dt.date(2026, 4, 1)
LEAST_HOUSEHOLDS = 50
SMALLEST_SCALE = 0.2  # below this the rivers would be wider than the districts


@dataclass(frozen=True)
class CityPlan:
    """Sizes of the standard city (30,000 households); all counts and lengths shrink or grow with it.

    Shares of watchers follow the national figures of the domain page: 8 % of posts vacant, 37 % of
    commissioners 70 or older, 46 % in their sixties, 161 visits a year each. The rest is assumed.
    """

    households: int = STANDARD_HOUSEHOLDS
    seed: int = 2025
    reference_date: dt.date = REFERENCE_DATE

    street_nodes: int = 60_000
    bridges: int = 8  # of each river
    islands: int = 3  # pieces of street without a link to the rest, as in real networks
    street_keep: float = 0.52  # of the street pieces not needed to stay connected

    community_districts: int = 60
    school_districts: int = 53
    neighbourhoods: int = 900
    dwellings: int = 200_000

    commissioners: int = 800
    promoters: int = 1_500
    volunteers: int = 400
    students: int = 120
    npos: int = 25
    companies: int = 40
    neighbours: int = 300
    shops: int = 200
    consultation_centres: int = 19
    agreements: int = 5

    vacant_share: float = 0.08
    share_70_or_older: float = 0.37
    share_in_sixties: float = 0.46
    no_report_share: float = 0.05
    early_term_share: float = 0.06
    deserted_share: float = 0.30  # of the outlying neighbourhoods, where no watcher lives

    stand_in_detour: float = 1.32  # straight line to walk, when existing assignments are made up
    forgotten_share: float = 0.04  # households nobody was asked to watch
    forgotten_town_share: float = 0.03  # whole neighbourhoods likewise
    stretched_share: float = 0.10  # watchers who took on more than they can do
    part_promise_share: float = 0.16  # of the households with two visits a month or more
    second_primary_share: float = 0.4  # of those promised a part only
    backup_share: float = 0.42
    over_consent_share: float = 0.015  # links made before the household withdrew its consent
    over_border_share: float = 0.008  # links into another district
    over_reach_share: float = 0.01  # links longer than the watcher walks
    ended_share: float = 0.06

    def __post_init__(self) -> None:
        if self.households < LEAST_HOUSEHOLDS:
            raise GeodataError(
                f"Expected at least {LEAST_HOUSEHOLDS} households for a demo city, got {self.households}."
                " Ask for more."
            )

    @property
    def share(self) -> float:
        """Size of the city against the standard one."""
        return self.households / STANDARD_HOUSEHOLDS

    @property
    def scale(self) -> float:
        """Factor of all lengths on the ground: streets and homes stay as dense as in the standard city."""
        return max(sqrt(self.share), SMALLEST_SCALE)

    @property
    def nodes(self) -> int:
        """Street nodes, as many as the land of this size holds."""
        return round(self.street_nodes * self.scale**2)

    def count(self, standard: int, least: int = 1) -> int:
        """Return how many of a kind a city of this size has."""
        return max(least, round(standard * self.share))

    def generator(self, part: str) -> np.random.Generator:
        """Return the random generator of one part, so that changing a part leaves the others alone."""
        return np.random.default_rng([self.seed, zlib.crc32(part.encode())])
