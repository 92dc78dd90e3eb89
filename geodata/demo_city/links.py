"""The assignments in force: uneven as in life.

Households ask near watchers in turn; each watcher takes on what it will carry: some more than they can, some
less. A few links break a rule on purpose: consent withdrawn since, another district, too far a walk. The walk
is a stand-in here: a straight line times a detour factor, by the best bridge where a river lies between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from geodata.demo_city.homes import Places
from geodata.demo_city.plan import CityPlan
from geodata.demo_city.streets import StreetNet
from geodata.demo_city.terrain import Terrain, river_side

LOWEST_CONSENT = {
    "welfare_commissioner": 2,
    "community_promoter": 3,
    "neighbour": 3,
    "casual_volunteer": 4,
    "student": 4,
    "npo": 4,
    "company": 4,
}
ASKING_ROUNDS = 16
COMMISSIONERS_SPARED = 0.5  # how much later, in reaches, a commissioner is asked where a promoter may help
TAKEN_LOADS = ((0.18, 0.62, 0.90), (0.82, 1.00, 1.03))  # share of districts, load from, to
STRETCHED_LOAD = (1.12, 1.45)
FAR_FACTOR = 1.7  # how much beyond its reach a watcher goes for an old acquaintance
COLUMNS = ("watcher_id", "household_id", "role", "visits_per_month", "valid_from", "valid_to")
LONGEST_LINK_DAYS = 9 * 365


@dataclass(frozen=True)
class _Askers:
    """Households as the giving-out sees them: need in visits a year and which rule each may break."""

    need: np.ndarray
    asks: np.ndarray
    breaks: np.ndarray  # 0 none, 1 consent, 2 district, 3 reach


def draw_assignments(
    terrain: Terrain,
    net: StreetNet,
    households: tuple[pd.DataFrame, Places],
    watchers: tuple[pd.DataFrame, np.ndarray, np.ndarray],
    plan: CityPlan,
) -> pd.DataFrame:
    """Make up the assignments of a city.

    Parameters
    ----------
    terrain, net : Terrain, StreetNet
        For rivers and bridges between a watcher and a household.
    households : (DataFrame, Places)
        The table and the places of the households.
    watchers : (DataFrame, ndarray, ndarray)
        The table, places in metres (N, 2) and district numbers (-1: whole city) of the watchers.
    plan : CityPlan
        Shares of everything that is uneven.

    Returns
    -------
    pandas.DataFrame
        Columns of ``assignments.csv``; no two rows with the same watcher, household and role.
    """
    rng = plan.generator("assignments")
    table, places = households
    askers = _askers(table, places, plan, rng)
    pairs = _near_pairs(terrain, net, (places.xy, watchers[1]), watchers[0], plan)
    pairs = _allowed(pairs, households, watchers, askers, rng)
    carried = _carried(watchers[0], watchers[2], plan, rng)
    given = _give_out(pairs, askers.need, carried)
    primaries = _promise(given, askers.need, plan, rng)
    rows = [primaries, _second_primaries(primaries, pairs, askers.need, plan, rng)]
    taken = pd.concat(rows)
    rows.append(_others(taken, pairs, "backup", plan.backup_share, rng))
    rows.append(_others(pd.concat(rows), pairs, "ended", plan.ended_share, rng))
    return _rows_to_table(pd.concat(rows), table, watchers[0], plan, rng)


def _askers(table: pd.DataFrame, places: Places, plan: CityPlan, rng: np.random.Generator) -> _Askers:
    count = len(table)
    forgotten_town = rng.random(places.town.max() + 1) < plan.forgotten_town_share
    forgotten = forgotten_town[places.town] | (rng.random(count) < plan.forgotten_share)
    shares = (plan.over_consent_share, plan.over_border_share, plan.over_reach_share)
    breaks = rng.choice(4, count, p=(1 - sum(shares), *shares))
    return _Askers(np.round(12 * table["visits_per_month"]).astype(int).to_numpy(), ~forgotten, breaks)


def _near_pairs(
    terrain: Terrain,
    net: StreetNet,
    ends: tuple[np.ndarray, np.ndarray],
    watchers: pd.DataFrame,
    plan: CityPlan,
) -> pd.DataFrame:
    """Return pairs (household, watcher, ratio of the walk to the reach) up to FAR_FACTOR times the reach."""
    kinds = watchers["kind"].isin(LOWEST_CONSENT) & (watchers["status"] == "active")
    active = np.flatnonzero(kinds)
    reach = watchers["reach_m"].to_numpy(float)[active]
    near = cKDTree(ends[0]).query_ball_point(ends[1][active], reach * FAR_FACTOR / plan.stand_in_detour)
    watcher = np.repeat(np.arange(len(active)), [len(found) for found in near])
    household = np.concatenate([np.asarray(found, int) for found in near])
    walk = _walk_m(terrain, net, ends[0][household], ends[1][active[watcher]]) * plan.stand_in_detour
    ratio = walk / reach[watcher]
    pairs = pd.DataFrame({"household": household, "watcher": active[watcher], "ratio": ratio})
    return pairs[ratio <= FAR_FACTOR].reset_index(drop=True)


def _walk_m(terrain: Terrain, net: StreetNet, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return straight distances, by the best bridge where a river lies between."""
    walk = np.hypot(*(start - end).T)
    bridges = (net.xy[net.u[net.is_bridge]] + net.xy[net.v[net.is_bridge]]) / 2
    apart = np.flatnonzero(river_side(terrain, start) != river_side(terrain, end))
    best = np.full(len(apart), np.inf)
    for bridge in bridges:
        over = np.hypot(*(start[apart] - bridge).T) + np.hypot(*(end[apart] - bridge).T)
        best = np.minimum(best, over)
    walk[apart] = best
    return walk


def _allowed(
    pairs: pd.DataFrame,
    households: tuple[pd.DataFrame, Places],
    watchers: tuple[pd.DataFrame, np.ndarray, np.ndarray],
    askers: _Askers,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Keep pairs the rules allow, and those that break the one rule their household may break."""
    household, watcher = pairs["household"].to_numpy(), pairs["watcher"].to_numpy()
    lowest = watchers[0]["kind"].map(LOWEST_CONSENT).to_numpy()[watcher]
    consent = households[0]["consent"].to_numpy()
    known = consent[household] >= lowest
    district = watchers[2][watcher]
    own = (district < 0) | (district == households[1].district[household])
    near = pairs["ratio"].to_numpy() <= 1
    broken = np.choose(
        askers.breaks[household], [False, ~known & own & near, known & ~own & near, known & own & ~near]
    )
    fits = broken | (known & own & near)
    kept = pairs[fits & askers.asks[household]]
    spare = (lowest[kept.index] == 2) & (consent[kept["household"]] > 2)
    wish = COMMISSIONERS_SPARED * spare - 2.0 * broken[kept.index]  # an old acquaintance is asked first
    score = kept["ratio"] + wish + rng.uniform(0, 0.8, len(kept))
    return kept.assign(score=score, kind=lowest[kept.index]).sort_values("score")


def _carried(
    watchers: pd.DataFrame, district: np.ndarray, plan: CityPlan, rng: np.random.Generator
) -> np.ndarray:
    """Return the visits a year each watcher will take on: by the habit of its district, some far too many."""
    shares, low, high = (np.array(part) for part in zip(*TAKEN_LOADS, strict=True))
    habit = rng.choice(len(shares), district.max() + 2, p=shares / shares.sum())[district]
    load = rng.uniform(low[habit], high[habit])
    stretched = rng.random(len(watchers)) < plan.stretched_share
    load = np.where(stretched, rng.uniform(*STRETCHED_LOAD, len(watchers)), load)
    return np.floor(12 * watchers["visits_per_month"].to_numpy(float) * load + 0.5)


def _give_out(pairs: pd.DataFrame, need: np.ndarray, carried: np.ndarray) -> pd.DataFrame:
    """Let each household ask its best watcher with room; the last one it takes may be too much for it."""
    room, open_pairs, given = carried.copy(), pairs, []
    for _ in range(ASKING_ROUNDS):
        open_pairs = open_pairs[room[open_pairs["watcher"]] > 0]
        offers = open_pairs.drop_duplicates("household")
        asked = pd.Series(need[offers["household"]], offers.index).groupby(offers["watcher"]).cumsum()
        before = asked.to_numpy() - need[offers["household"]]
        accepted = offers[before < room[offers["watcher"]]]
        np.subtract.at(room, accepted["watcher"], need[accepted["household"]])
        open_pairs = open_pairs[~open_pairs["household"].isin(accepted["household"])]
        given.append(accepted)
    return pd.concat(given)


def _promise(given: pd.DataFrame, need: np.ndarray, plan: CityPlan, rng: np.random.Generator) -> pd.DataFrame:
    """Make the given pairs primaries; some promise half of a larger need only."""
    part = (need[given["household"]] >= 12) & (rng.random(len(given)) < plan.part_promise_share)
    half = np.where(part, need[given["household"]] // 2, -1)
    return given[["household", "watcher"]].assign(role="primary", promised=half)


def _second_primaries(
    primaries: pd.DataFrame, pairs: pd.DataFrame, need: np.ndarray, plan: CityPlan, rng: np.random.Generator
) -> pd.DataFrame:
    """Give some of the households promised a part a second watcher for the rest."""
    parts = primaries[primaries["promised"] >= 0]
    chosen = parts["household"][rng.random(len(parts)) < plan.second_primary_share]
    second = _next_best(pairs, primaries, chosen)
    promised = need[second["household"]] - need[second["household"]] // 2
    return second.assign(role="primary", promised=promised)


def _others(
    taken: pd.DataFrame, pairs: pd.DataFrame, role: str, share: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Give a share of the watched households another near watcher as backup, or one whose link has ended."""
    households = taken["household"].drop_duplicates()
    chosen = households[rng.random(len(households)) < share]
    return _next_best(pairs, taken, chosen).assign(role=role, promised=-1)


def _next_best(pairs: pd.DataFrame, taken: pd.DataFrame, chosen: pd.Series) -> pd.DataFrame:
    """Return for each chosen household the best pair that is not taken, another kind of watcher first."""
    options = pairs[pairs["household"].isin(chosen)]
    width = max(pairs["watcher"].max(), taken["watcher"].max()) + 1
    used = taken["household"].to_numpy() * width + taken["watcher"].to_numpy()
    options = options[~np.isin(options["household"].to_numpy() * width + options["watcher"].to_numpy(), used)]
    first = pairs.set_index("watcher")["kind"].groupby(level=0).first()
    main = taken.drop_duplicates("household").set_index("household")["watcher"].map(first)
    alike = options["household"].map(main).to_numpy() == options["kind"].to_numpy()
    best = options.iloc[np.argsort(alike, kind="stable")].drop_duplicates("household")
    return best[["household", "watcher"]]


def _rows_to_table(
    rows: pd.DataFrame, table: pd.DataFrame, watchers: pd.DataFrame, plan: CityPlan, rng: np.random.Generator
) -> pd.DataFrame:
    """Write ids, dates and promises as the file has them, in order of household and watcher."""
    rows = rows.sort_values(["household", "watcher", "role"], ignore_index=True)
    ended = (rows["role"] == "ended").to_numpy()
    today = np.datetime64(plan.reference_date)
    known = table["valid_from"].to_numpy().astype("datetime64[D]")[rows["household"]]
    since = np.maximum(known, today - rng.integers(1, LONGEST_LINK_DAYS, len(rows)))
    until = since + ((today - since) * rng.uniform(0.1, 0.95, len(rows))).astype("timedelta64[D]")
    promised = rows["promised"].to_numpy()
    assignments = pd.DataFrame(
        {
            "watcher_id": watchers["watcher_id"].to_numpy()[rows["watcher"]],
            "household_id": table["household_id"].to_numpy()[rows["household"]],
            "role": np.where(ended, "primary", rows["role"]),
            "visits_per_month": np.where(promised >= 0, np.round(promised / 12, 2), np.nan),
            "valid_from": since.astype(str),
            "valid_to": np.where(ended, until.astype(str), ""),
        }
    )
    return assignments[list(COLUMNS)]
