"""The watchers: commissioners with vacant posts, promoters, volunteers, supporters from outside, shops."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geodata.demo_city.drawing import exact_shares, share_out
from geodata.demo_city.helping import draw_hours
from geodata.demo_city.homes import Homes, Places, draw_places
from geodata.demo_city.names import Names
from geodata.demo_city.places import PublicPlaces
from geodata.demo_city.plan import CityPlan
from geodata.demo_city.profiles import CHORES, join_words
from geodata.demo_city.terrain import to_lonlat

COLUMNS = (
    "watcher_id",
    "kind",
    "lon",
    "lat",
    "organisation",
    "district",
    "visits_per_month",
    "reach_m",
    "skills",
    "available",
    "minutes_per_week",
    "birth_year",
    "term_end",
    "reports_to",
    "status",
)
WATCHER_AGEING = 0.35  # how far watchers live where older people live
COMMISSIONER_TERM_YEARS = 3
LAST_ELECTION_YEAR = 2025  # 1 December; the term ends the day before the third election after


@dataclass(frozen=True)
class Crowd:
    """How one kind of watcher is drawn: visits a year and reach (metres) between two ends, and ages."""

    kind: str
    prefix: str
    standard: int
    visits_a_year: tuple[int, int]
    reach_m: tuple[int, int]
    ages: tuple[int, int] | None
    centre_pull: float = 0.0  # how much they prefer the old centre
    bound_share: float = 1.0  # share that serves its own district only


def draw_watchers(
    homes: Homes, public: PublicPlaces, names: Names, plan: CityPlan
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return the table of watchers, their places in metres (N, 2) and district numbers (-1: whole city)."""
    rng = plan.generator("watchers")
    commissioners, posts = _commissioners(homes, plan, rng)
    tables, spots = [commissioners], [posts.xy]
    for crowd in _crowds(plan):
        table, places = _draw_crowd(crowd, homes, plan, rng)
        tables.append(table)
        spots.append(places.xy)
    watchers, xy = pd.concat(tables, ignore_index=True), np.concatenate(spots)
    watchers["organisation"] = _organisations(watchers, names)
    watchers["reports_to"] = _reports(watchers, xy, public, plan, rng)
    serves = watchers["district"].to_numpy()
    watchers["district"] = np.where(serves >= 0, public.district_codes[np.maximum(serves, 0)], "")
    lonlat = to_lonlat(xy)
    vacant = (watchers["status"] == "vacant").to_numpy()
    watchers["lon"], watchers["lat"] = (np.where(vacant, np.nan, column) for column in lonlat.T)
    watchers = watchers.join(draw_hours(watchers, plan))
    return watchers[list(COLUMNS)], xy, serves


def _crowds(plan: CityPlan) -> tuple[Crowd, ...]:
    return (
        Crowd("community_promoter", "P", plan.promoters, (36, 60), (400, 600), (48, 82)),
        Crowd("casual_volunteer", "V", plan.volunteers, (12, 36), (300, 600), (40, 80), 0.0, 0.8),
        Crowd("student", "S", plan.students, (24, 48), (800, 1_200), (18, 23), 0.6, 0.0),
        Crowd("npo", "N", plan.npos, (240, 480), (1_000, 1_500), None, 0.8, 0.0),
        Crowd("company", "K", plan.companies, (120, 300), (700, 1_200), None, 0.8, 0.0),
        Crowd("neighbour", "R", plan.neighbours, (12, 24), (80, 200), (35, 80)),
        Crowd("shop", "T", plan.shops, (360, 360), (150, 250), None, 1.0, 0.0),
    )


def _commissioners(homes: Homes, plan: CityPlan, rng: np.random.Generator) -> tuple[pd.DataFrame, Places]:
    count = plan.count(plan.commissioners, 9)
    places = draw_places(homes, _home_towns(homes, count, 0.0, rng), rng)
    vacant = _vacancies(places.district, round(plan.vacant_share * count), rng)
    table = _blank("welfare_commissioner", "C", count)
    yearly = np.clip(np.round(rng.normal(161, 36, count)), 72, 260).astype(int)
    table["visits_per_month"] = np.where(vacant, 0, monthly(yearly))
    table["reach_m"] = 800
    table["birth_year"] = _years(_commissioner_ages(~vacant, plan, rng), ~vacant, plan.reference_date)
    table["term_end"] = _commissioner_terms(count, plan, rng)
    table["skills"] = _skills(count, rng)
    table["status"] = np.where(vacant, "vacant", "active")
    table["district"] = places.district
    return table, places


def _draw_crowd(
    crowd: Crowd, homes: Homes, plan: CityPlan, rng: np.random.Generator
) -> tuple[pd.DataFrame, Places]:
    count = plan.count(crowd.standard, 2)
    places = draw_places(homes, _home_towns(homes, count, crowd.centre_pull, rng), rng)
    table = _blank(crowd.kind, crowd.prefix, count)
    low, high = crowd.visits_a_year
    table["visits_per_month"] = monthly(rng.integers(low, high + 1, count))
    table["reach_m"] = rng.integers(crowd.reach_m[0] // 50, crowd.reach_m[1] // 50 + 1, count) * 50
    if crowd.ages is not None:
        ages = np.clip(rng.normal(np.mean(crowd.ages), np.ptp(crowd.ages) / 5, count), *crowd.ages)
        table["birth_year"] = _years(ages.astype(int), np.full(count, True), plan.reference_date)
    if crowd.kind == "community_promoter":
        table["term_end"] = _promoter_terms(count, plan.reference_date, rng)
    table["skills"] = "" if crowd.kind == "shop" else _skills(count, rng)
    bound = rng.random(count) < crowd.bound_share
    table["district"] = np.where(bound, places.district, -1)
    return table, places


def monthly(visits_a_year: np.ndarray) -> np.ndarray:
    """Return visits a month with two decimals; ``round(12 * value)`` gives the year's visits back."""
    return np.round(np.asarray(visits_a_year) / 12, 2)


def _blank(kind: str, prefix: str, count: int) -> pd.DataFrame:
    table = pd.DataFrame({"watcher_id": [f"{prefix}{number:04d}" for number in range(1, count + 1)]})
    return table.assign(kind=kind, birth_year="", term_end="", status="active")


def _home_towns(homes: Homes, count: int, centre_pull: float, rng: np.random.Generator) -> np.ndarray:
    """Return the neighbourhoods watchers live in: like dwellings, none in deserted ones."""
    rank = homes.dwellings.argsort().argsort() / len(homes.dwellings)
    pull = np.exp(WATCHER_AGEING * homes.ageing + centre_pull * 2 * rank)
    weight = homes.dwellings * ~homes.deserted * pull
    return rng.permutation(np.repeat(np.arange(len(weight)), share_out(weight, count)))


def _vacancies(district: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Choose vacant posts, more of them in some districts."""
    hardship = rng.lognormal(0, 0.9, district.max() + 1)[district]
    chosen = rng.choice(len(district), count, replace=False, p=hardship / hardship.sum())
    return np.isin(np.arange(len(district)), chosen)


def _commissioner_ages(filled: np.ndarray, plan: CityPlan, rng: np.random.Generator) -> np.ndarray:
    ages = np.zeros(len(filled), int)
    count = int(filled.sum())
    classes = exact_shares(count, (plan.share_70_or_older, plan.share_in_sixties), rng)
    older = 70 + np.minimum(rng.geometric(0.28, count) - 1, 12)
    ages[filled] = np.choose(classes, [older, rng.integers(60, 70, count), rng.integers(42, 60, count)])
    return ages


def _years(ages: np.ndarray, known: np.ndarray, day: dt.date) -> np.ndarray:
    return np.where(known, (day.year - ages).astype(str), "")


def _commissioner_terms(count: int, plan: CityPlan, rng: np.random.Generator) -> np.ndarray:
    """Return 30 November before the next general re-election, for a few one of the years before."""
    day = plan.reference_date
    passed = (day.year - LAST_ELECTION_YEAR - ((day.month, day.day) < (12, 1))) % COMMISSIONER_TERM_YEARS
    last = day.year - ((day.month, day.day) < (12, 1)) - passed + COMMISSIONER_TERM_YEARS
    early = max(last - 2, day.year + ((day.month, day.day) > (11, 30)))
    return np.where(rng.random(count) < plan.early_term_share, f"{early}-11-30", f"{last}-11-30")


def _promoter_terms(count: int, day: dt.date, rng: np.random.Generator) -> np.ndarray:
    fiscal_year = day.year if (day.month, day.day) >= (4, 1) else day.year - 1
    return np.where(rng.random(count) < 0.2, f"{fiscal_year + 1}-03-31", f"{fiscal_year + 2}-03-31")


def _skills(count: int, rng: np.random.Generator) -> np.ndarray:
    return join_words(rng.random((count, len(CHORES))) < (0.3, 0.4, 0.35, 0.3, 0.7), CHORES)


def _organisations(watchers: pd.DataFrame, names: Names) -> np.ndarray:
    """Return who each watcher belongs to: councils of the district, or a body of its own."""
    district = watchers["district"].to_numpy()
    place = np.where(district >= 0, names.written[np.maximum(district, 0)], "架空市")
    number = watchers["watcher_id"].str[1:].astype(int).to_numpy()
    bodies = {
        "welfare_commissioner": np.char.add(place, "地区民児協"),
        "community_promoter": np.char.add(place, "地区社協"),
        "casual_volunteer": np.char.add(place, "ボランティアの会"),
        "student": np.char.add("架空大学学生会", (number % 3 + 1).astype(str)),
        "npo": np.char.add("架空NPO", number.astype(str)),
        "company": np.char.add("架空企業", number.astype(str)),
        "neighbour": np.char.add(place, "町会"),
        "shop": np.char.add("架空商店", number.astype(str)),
    }
    kind = watchers["kind"].to_numpy()
    return np.select([kind == which for which in bodies], list(bodies.values()), "")


def _reports(
    watchers: pd.DataFrame, xy: np.ndarray, public: PublicPlaces, plan: CityPlan, rng: np.random.Generator
) -> np.ndarray:
    """Return whom each reports to: promoters to a near commissioner, others to a centre, some to nobody."""
    kind = watchers["kind"].to_numpy()
    centres = public.facilities.loc[public.facilities["kind"] == "consultation_centre"]
    nearest = cKDTree(public.xy[centres.index]).query(xy)[1]
    reports = centres["facility_id"].to_numpy()[nearest].astype(object)
    posts = np.flatnonzero(kind == "welfare_commissioner")
    below = np.flatnonzero(np.isin(kind, ["community_promoter", "neighbour"]))
    apart = np.column_stack([xy, watchers["district"].to_numpy() * 1e6])  # a post of the same district first
    reports[below] = watchers["watcher_id"].to_numpy()[posts[cKDTree(apart[posts]).query(apart[below])[1]]]
    broken = rng.random(len(watchers)) < np.where(kind == "shop", 4, 1) * plan.no_report_share
    return np.where(broken, "", reports)
