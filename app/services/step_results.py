"""What the advices hand to screens and commands: counts and places, nothing of a single household.

Visits are visits a month, costs yen a year. "Weighted" visits count a household's visits times its weight.
Every advice says its ``status`` ("optimal": no plan of the same means is better; "feasible": the best plan
found, with a gap left open; "nothing_to_do": no plan brings anything; "infeasible": what was asked for cannot
be had), its ``value``, the most any plan could have (``bound``, in the same unit) and the ``gap`` between the
two as a share of the bound. Frames inside are for reading only. Counts of households are true ones: who shows
them hides those from 1 to 9.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from app.services.results import DatasetInfo

REMEDIES = (
    "assign",
    "rearrange",
    "consent",
    "agreement",
    "recruit",
    "partner",
    "winter",
    "backup",
    "connect",
)
EFFECTS = ("watched", "noticed", "reached", "backed_up", "connected")  # what a household gets of a remedy
PARTS = ("assign", "ask", "agreement", "recruit")  # kinds of action that share one budget
HIDDEN_BELOW = 10  # households: a planner sees "<10" for 1 to 9


@dataclass(frozen=True)
class Proof:
    """How good a plan is and how far from the best possible it can be at most.

    Parameters
    ----------
    status : "optimal", "feasible", "nothing_to_do" or "infeasible"
    value, bound : float, in ``unit``; no plan of the same means has more than ``bound``
    unit : "weighted_visits" (a month), "households", "weighted_households" (weight times the share of what is
        often enough)
    """

    status: str
    value: float
    bound: float
    unit: str

    @property
    def gap(self) -> float:
        """Return (bound - value) / bound, from 0 to 1; 0 where nothing is possible."""
        return max(self.bound - self.value, 0.0) / self.bound if self.bound > 0 else 0.0


@dataclass(frozen=True, eq=False)
class RecruitSteps:
    """Where new watchers of one kind would help most.

    Parameters
    ----------
    info, season, date : the data asked
    kind : an active kind; visits_per_month, reach_m, own_district : what one gives (assumed)
    count : most recruits asked for
    share : of the households to be watched, where that was asked for; else None
    fewest : no fewer recruits reach the share (proven); None where a count was asked for
    proof : Proof of the plan
    places : GeoDataFrame (EPSG:6668 points, never a household's) indexed by candidate_id, in order of gain
        ``order`` (int from 1), ``district`` (code or None), ``district_name``, ``households_gained`` (newly
        watched with it, not before it; Int64, may be below 0; NA after the fiftieth), ``visits_gained``,
        ``weighted_visits_gained`` (a month, float, NaN likewise), ``households_visited`` (int),
        ``visits_per_month`` (of the plan), ``backups`` (int, households it is the second watcher of)
    curve : DataFrame, one row a number of recruits, rising
        ``count``, ``recruits``, ``value``, ``bound``, ``gap``, ``watched`` (households of the city),
        ``share_households``, ``share_weighted``, ``status``. Empty where it was not asked for.
    before, without, after : households watched today, with the room there is but no recruit, with the plan
    households : int, all of the city
    missed : dict of int, households still missing visits afterwards by reason: out_of_reach, no_consent,
        other_district, not_chosen, no_room
    backed_up : int, households given a second watcher
    candidates : int, places that were compared; without_district : of them in no district
    cost : yen a year; assumed : whether the price is an assumption
    """

    info: DatasetInfo
    season: str
    date: dt.date
    kind: str
    visits_per_month: float
    reach_m: float
    own_district: bool
    count: int
    share: float | None
    fewest: int | None
    proof: Proof
    places: gpd.GeoDataFrame
    curve: pd.DataFrame
    before: int
    without: int
    after: int
    households: int
    missed: dict[str, int]
    backed_up: int
    candidates: int
    without_district: int
    cost: float
    assumed: bool


@dataclass(frozen=True, eq=False)
class PartnerSteps:
    """Which delivery firms and shops to sign so that missed households are noticed often enough.

    Parameters
    ----------
    unit : "organisation" or "round"
    enough_per_month : passes a month that are often enough (assumed)
    partners : DataFrame indexed by partner_id, in the order of signing
        ``order``, ``organisation`` (None: none), ``rounds`` (int), ``kind``, ``cost`` (yen a year), ``gain``
        (of the value), ``households_reached``, ``households_enough`` (newly noticed often enough; int)
    rounds : GeoDataFrame (EPSG:6668) indexed by watcher_id: ``partner_id``, ``order``, ``organisation``,
        ``kind``, ``visits_per_month``; the lines, areas or places of the partners chosen
    curve : DataFrame indexed by count from 0: ``partner_id``, ``value``, ``bound``, ``gap``, ``cost``
    guarantee : float, share of the best that the greedy order reaches whatever the data
    counted : households missed and not noticed often enough today; enough : of them, noticed often enough
        with the plan
    noticed_before, noticed : of the counted, noticed at all today and with the plan
    no_candidate : of the counted, on no candidate's way
    candidates : int, candidate rounds there are; noticing_nobody : of them with no household on their way
    cost : yen a year; assumed : whether the price is an assumption
    """

    info: DatasetInfo
    season: str
    date: dt.date
    unit: str
    enough_per_month: float
    count: int | None
    budget: float | None
    proof: Proof
    partners: pd.DataFrame
    rounds: gpd.GeoDataFrame
    curve: pd.DataFrame
    guarantee: float
    counted: int
    enough: int
    noticed_before: int
    noticed: int
    no_candidate: int
    candidates: int
    noticing_nobody: int
    cost: float
    assumed: bool


@dataclass(frozen=True, eq=False)
class AgreementSteps:
    """Which districts should agree to help which.

    Parameters
    ----------
    pairs : DataFrame, RangeIndex, the chosen first in their order, then the best alone first
        ``district`` (helps), ``district_name``, ``helped_district``, ``helped_name``, ``order`` (Int64 from
        1; NA: not chosen), ``gain`` (weighted visits a month it adds to those before it; 0: not chosen),
        ``alone`` (weighted visits a month, it alone), ``alone_households`` (int, newly watched by it alone),
        ``room`` (visits a month, of the helpers near the border), ``missing`` (visits a month, of the
        households near it), ``helpers``, ``border_households`` (int), ``walk_m`` (mean to the nearest helper)
    flow : DataFrame ``district``, ``helped_district``, ``visits`` (a month), ``households`` (int), ``walk_m``
        (mean of one walk): who helps whom in the plan, by direction
    centres : GeoDataFrame (EPSG:6668 points) indexed by district, ``name``: a point in each district named
    households : newly watched by the plan; without : newly watched by assigning alone, without an agreement
    cost : yen a year; assumed : whether the price is an assumption
    """

    info: DatasetInfo
    season: str
    date: dt.date
    count: int
    both_ways: bool
    proof: Proof
    pairs: pd.DataFrame
    flow: pd.DataFrame
    centres: gpd.GeoDataFrame
    households: int
    without: int
    cost: float
    assumed: bool


@dataclass(frozen=True, eq=False)
class ConsentSteps:
    """How many households to ask for consent, and where; the households themselves only for a coordinator.

    Parameters
    ----------
    districts : DataFrame, RangeIndex, most gained first
        ``district`` ("" in none), ``name``, ``ask_level`` (consent level asked for), ``asked`` (int,
        households), ``gain`` (weighted visits a month if all agree), ``expected`` (at the response)
    could_ask : DataFrame indexed by district ("" in none): ``name``, ``could_ask`` (int, households)
    listed : DataFrame indexed by household_id, for the coordinator of the district asked about, in the order
        of asking: ``order``, ``ask_level``, ``visits`` (a month in the plan), ``missing`` (a month today),
        ``gain`` (weighted visits a month). Empty for a planner.
    not_listed : int, households to ask that the sharing rules keep from this coordinator; 0 for a planner
    asked : int, households; households : newly watched if all agree; expected_households : at the response
    expected : float, weighted visits a month at the response
    response : float, share of those asked that agree (assumed)
    without : newly watched by assigning alone, nobody asked
    could_ask_all, refused, both_needed : int, households to whom a consent would open a watcher with room;
        who refused and are not asked; who need an agreement as well
    cost : yen a year; assumed : whether the price is an assumption
    """

    info: DatasetInfo
    season: str
    date: dt.date
    district: str | None
    count: int
    proof: Proof
    districts: pd.DataFrame
    could_ask: pd.DataFrame
    listed: pd.DataFrame
    not_listed: int
    asked: int
    households: int
    expected_households: float
    expected: float
    response: float
    without: int
    could_ask_all: int
    refused: int
    both_needed: int
    cost: float
    assumed: bool


@dataclass(frozen=True, eq=False)
class BudgetSteps:
    """What each yearly budget can bring at most, and what to do for it.

    Parameters
    ----------
    status : of the whole frontier; proof : Proof of the point chosen
    assigned : households newly watched once the room there is has been assigned; every figure is beyond that
    points : DataFrame, RangeIndex, rising; one row a budget
        ``budget``, ``cost`` (yen a year), ``value``, ``bound`` (weighted visits a month beyond assigning, if
        all asked agree), ``gap``, ``status``, ``visits`` (a month), ``households`` (newly watched),
        ``expected`` (weighted visits a month at the response), PARTS (actions of the kind), ``on_hull``
    actions : DataFrame, RangeIndex, of all points: ``point`` (row of points), ``kind`` (of PARTS),
        ``district``, ``district_name``, ``helped_district``, ``helped_name``, ``candidate_id`` (None where it
        has none), ``count`` (households, agreements or recruits), ``gain`` (weighted visits a month),
        ``visits`` (a month), ``cost`` (yen a year), ``gain_per_10000`` (weighted visits a month for 10,000
        yen; NaN at no cost); most gain for its cost first. Asking and assigning are summed by district.
    places : GeoDataFrame (EPSG:6668 points) indexed by candidate_id: ``district``, ``kind`` of the recruits
        named in ``actions``
    chosen : row of ``points`` asked for: the last within the budget
    costs : DataFrame, as ``CostTable.costs``
    other : DataFrame indexed by remedy (partner, winter): ``count``, ``households``, ``cost``; they make no
        visits and are not in the frontier
    """

    info: DatasetInfo
    season: str
    date: dt.date
    status: str
    assigned: int
    proof: Proof
    points: pd.DataFrame
    actions: pd.DataFrame
    places: gpd.GeoDataFrame
    chosen: int
    costs: pd.DataFrame
    other: pd.DataFrame
    response: float


@dataclass(frozen=True, eq=False)
class CostTable:
    """What one action of each remedy costs a year.

    Parameters
    ----------
    costs : DataFrame indexed by remedy (``analysis.remedy_costs.RemedyCosts``)
        ``unit`` (household, pair, agreement, partner, watcher), ``yen_per_year``, ``assumed`` (bool: not
        stated by the city), ``default`` (yen a year, assumed), ``note`` (None: none)
    versions : version of each stated cost, to be handed back with :func:`save_costs`
    """

    costs: pd.DataFrame
    versions: dict[str, int]


@dataclass(frozen=True, eq=False)
class NextSteps:
    """The remedies of the whole city side by side, cheapest for a newly watched household first.

    Parameters
    ----------
    households, missed : all households and those not watched today
    by_room : of the missed, newly watched by assigning and rearranging the watchers there are
    watched_by_all : of the missed, watched when all steps of the table are taken together and all that are
        asked agree (a plan that was found, not a bound)
    remaining : missed - watched_by_all
    remedies : DataFrame indexed by remedy (of REMEDIES), ranked: those that make households watched by cost
        per newly watched household (none newly watched: last), then those with another effect
        ``actions`` (int), ``unit`` (of an action: household, pair, agreement, watcher, partner), ``effect``
        (of EFFECTS), ``households`` (int, that get the effect), ``visits`` (weighted visits a month; NaN:
        makes none), ``cost`` (yen a year; NaN: no price is assumed), ``assumed`` (bool, of the price),
        ``cost_per_household`` (yen a year; NaN: nobody, or no price), ``value``, ``bound`` (in
        ``value_unit``, see ``Proof``; NaN: counted, no plan), ``value_unit``, ``gap``, ``status`` (as of
        ``Proof``, or "counted": a count of today's gaps, no plan was made)
        Each remedy is measured alone, beyond what assigning alone can do: the gains do not add up.
    costs : DataFrame as ``CostTable.costs``
    """

    info: DatasetInfo
    season: str
    date: dt.date
    households: int
    missed: int
    by_room: int
    watched_by_all: int
    remaining: int
    remedies: pd.DataFrame
    costs: pd.DataFrame
