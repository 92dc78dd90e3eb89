"""Why a household is not watched, or watched weakly: nine classes, the moves that help and the proofs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.chains import find_chains
from analysis.coverage import Coverage
from analysis.frames import GAP_CLASSES, VISITS_PER_YEAR
from analysis.portions import Progress
from analysis.smallest_sets import smallest_tight_sets
from analysis.tight_sets import (
    TightSet,
    VisitNetwork,
    describe_set,
    describe_tight_sets,
    find_tight_parts,
    serve_most_visits,
)
from analysis.watch_graph import WatchGraph

HIGHEST_CONSENT = 4  # no household can allow more; a rule above it means never


@dataclass(frozen=True, eq=False)
class BestVisits:
    """The most visits that all watchers together can make.

    Parameters
    ----------
    network : VisitNetwork of the allowed links to households with a need
    visits : int array (L,), whole visits a year, a maximum flow in which nobody gets less than today
    """

    network: VisitNetwork
    visits: np.ndarray


@dataclass(frozen=True, eq=False)
class Gaps:
    """The class of every gap, in the order of the cheapest remedy.

    Parameters
    ----------
    households : DataFrame indexed by household_id (every household)
        ``gap_class`` (the first that fits, None where all is well), ``gap_classes`` (tuple of all that fit),
        ``consent_needed`` (Int64: the lowest level that would do; NA where consent is no obstacle),
        ``neighbour_districts`` (tuple of the districts whose watchers could).
    moves : DataFrame ``household_id``, ``from_watcher`` (None: new visits), ``to_watcher``,
        ``visits_per_month``: together they reach the maximum flow; nobody loses a visit
    chains : DataFrame with the columns of ``moves`` and ``for_household``
        The shortest hand-overs that serve a household in full, it alone: for each ``rebalance`` household,
        and for those of ``capacity`` that could be served, though not all of them together.
    tight_sets : tuple of TightSet, the largest deficit first
        As small as they can be; every household that the moves leave short is in one, and every ``capacity``
        household.
    bottlenecks : tuple of TightSet, the largest deficit first
        The parts of the minimum cut: the largest deficits, which no reassignment makes smaller. Together they
        hold all visits that stay undone for want of room.
    closable_households : int, households of today's gaps that are watched once the moves are made
    best : BestVisits, the maximum flow that the moves reach
    """

    households: pd.DataFrame
    moves: pd.DataFrame
    chains: pd.DataFrame
    tight_sets: tuple[TightSet, ...]
    bottlenecks: tuple[TightSet, ...]
    closable_households: int
    best: BestVisits


def classify_gaps(graph: WatchGraph, coverage: Coverage, *, progress: Progress | None = None) -> Gaps:
    """Name the class of every gap, in the order of the cheapest remedy.

    Missing is need less delivered; room is a watcher's capacity less what it delivers. Of one not watched:

    - ``unassigned``: its allowed watchers have room for what it misses;
    - ``rebalance``: they have not, but the maximum flow of visits serves it in full;
    - ``consent``: there is room when watchers are added whom a higher consent level would allow;
    - ``neighbour_district``: or watchers of another district (both, when only the two together give room);
    - ``capacity``: a watcher is within reach, but none of these;
    - ``season``: one is within reach only in the normal season;
    - ``reach``: none is.

    A watched one (not one that needs no visit and has nobody):

    - ``disconnected``: the reports of none of its watchers end at a consultation centre;
    - ``fragile``: it is not backed up, or its main watcher's term ends or age gets high within the horizon.

    Room is judged for each household alone; which of them together can be served, the moves show.

    Parameters
    ----------
    progress : callable taking households proved and households to prove; what it raises ends the work
    """
    network, rows = _visit_network(graph)
    before = graph.links["delivered_visits"].to_numpy()[rows]
    after = serve_most_visits(network, before)
    is_gap = (coverage.households["status"] != "watched").to_numpy()
    served = is_gap & (network.received(after) >= network.need)
    fits, needed, districts = _fits(graph, coverage, is_gap, served)
    asking = np.flatnonzero((fits["rebalance"] | fits["capacity"]).to_numpy() & (network.need > 0))
    chains = find_chains(network, before, asking)
    barred = fits["capacity"].to_numpy() & (np.bincount(network.household, minlength=len(is_gap)) == 0)
    return Gaps(
        households=_as_classes(fits, needed, districts, graph.households.index),
        moves=_list_moves(graph, network, after - before),
        chains=_list_chains(graph, network, _complete(chains, network, before)),
        tight_sets=(
            *smallest_tight_sets(
                network, after, graph.households.index, graph.watchers.index, progress=progress
            ),
            *_alone(graph, network, barred),
        ),
        bottlenecks=_bottlenecks(graph, network, after),
        closable_households=int(served.sum()),
        best=BestVisits(network, after),
    )


def _visit_network(graph: WatchGraph) -> tuple[VisitNetwork, np.ndarray]:
    """Return the network of allowed links to households with a need, and their rows in ``graph.links``."""
    links, need = graph.links, graph.households["need_visits"].to_numpy()
    rows = np.flatnonzero(links["allowed"].to_numpy() & (need[links["household"]] > 0))
    network = VisitNetwork(
        household=links["household"].to_numpy()[rows],
        watcher=links["watcher"].to_numpy()[rows],
        need=need,
        capacity=graph.watchers["capacity_visits"].to_numpy(),
    )
    return network, rows


def _fits(
    graph: WatchGraph, coverage: Coverage, is_gap: np.ndarray, served: np.ndarray
) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Return every class that fits (bool columns), the consent needed and the neighbour districts."""
    index, households = graph.households.index, coverage.households
    missing = (households["need_visits"] - households["delivered_visits"]).to_numpy()
    consent = graph.households["consent"].to_numpy()
    level = _level_needed(graph, missing, graph.links["district_ok"].to_numpy())
    level_anywhere = _level_needed(graph, missing, np.ones(len(graph.links), dtype=bool))
    fits = pd.DataFrame(False, index=index, columns=list(GAP_CLASSES))
    fits["unassigned"] = is_gap & (level <= consent)
    full = is_gap & (level > consent)
    both = full & (level > HIGHEST_CONSENT) & (level_anywhere > consent) & (level_anywhere <= HIGHEST_CONSENT)
    fits["rebalance"] = full & served
    fits["consent"] = both | (full & (level <= HIGHEST_CONSENT))
    fits["neighbour_district"] = both | (full & (level_anywhere <= consent))
    _add_out_of_reach(fits, graph, is_gap)
    fits["disconnected"], fits["fragile"] = _weak(graph, households, is_gap)
    needed = pd.Series(np.where(both, level_anywhere, level), index=index, dtype="Int64")
    districts = _neighbour_districts(graph, missing, fits["neighbour_district"].to_numpy(), level_anywhere)
    return fits, needed.where(fits["consent"]), districts


def _add_out_of_reach(fits: pd.DataFrame, graph: WatchGraph, is_gap: np.ndarray) -> None:
    """Fill ``capacity``, ``season`` and ``reach`` of the gaps that no class before fits."""
    near = np.bincount(graph.links["household"], minlength=len(fits)) > 0
    near_in_normal = graph.households["reach_normal"].to_numpy()
    left = is_gap & ~fits.to_numpy().any(axis=1)
    fits["capacity"] = left & near
    fits["season"] = left & ~near & near_in_normal
    fits["reach"] = left & ~near & ~near_in_normal


def _level_needed(graph: WatchGraph, missing: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Return the lowest level, at least its own, at which usable watchers have room for the missing.

    HIGHEST_CONSENT + 1 where no level would do.
    """
    links = graph.links[usable]
    room = graph.watchers["room_visits"].to_numpy()[links["watcher"]]
    level = graph.watchers["consent_level"].to_numpy()[links["watcher"]]
    consent = graph.households["consent"].to_numpy()
    needed = np.full(len(missing), HIGHEST_CONSENT + 1)
    for reached in range(HIGHEST_CONSENT, -1, -1):
        knows = level <= np.maximum(reached, consent[links["household"]])
        total = np.bincount(links["household"], weights=np.where(knows, room, 0), minlength=len(missing))
        needed[total >= missing] = reached
    return np.where(needed <= HIGHEST_CONSENT, np.maximum(needed, consent), needed)


def _neighbour_districts(
    graph: WatchGraph, missing: np.ndarray, fits: np.ndarray, level: np.ndarray
) -> pd.Series:
    """Return the districts that alone (beside the allowed watchers) have room, else all that have some."""
    links, watchers = graph.links, graph.watchers
    household, watcher = links["household"].to_numpy(), links["watcher"].to_numpy()
    room = watchers["room_visits"].to_numpy()[watcher]
    could = fits[household] & (room > 0) & (watchers["consent_level"].to_numpy()[watcher] <= level[household])
    own = could & links["district_ok"].to_numpy()
    still = missing - np.bincount(household[own], weights=room[own], minlength=len(missing))
    other = could & ~own
    offers = pd.DataFrame(
        {
            "household": household[other],
            "room": room[other],
            "district": watchers["district"].to_numpy()[watcher[other]],
        }
    )
    offers = offers.groupby(["household", "district"], as_index=False)["room"].sum()
    offers["alone"] = offers["room"].to_numpy() >= still[offers["household"]]
    alone = offers.groupby("household")["alone"].transform("any")
    chosen = offers[offers["alone"] | ~alone].groupby("household")["district"].agg(tuple)
    districts = pd.Series([()] * len(missing), index=graph.households.index, dtype=object)
    districts.iloc[chosen.index] = chosen.to_numpy()
    return districts


def _weak(graph: WatchGraph, households: pd.DataFrame, is_gap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which watched households are disconnected, and which are fragile."""
    situation, main = graph.situation, households["main_watcher"].to_numpy()
    end = pd.Timestamp(situation.date) + pd.Timedelta(days=situation.horizon_days)
    leaves = (graph.watchers["term_end"] <= end) | (
        end.year - graph.watchers["birth_year"] >= situation.high_age
    )
    has_main = ~is_gap & (main >= 0)
    has_anyone = ~is_gap & ((main >= 0) | (households["noticed"] > 0).to_numpy())
    main_leaves = np.append(leaves.to_numpy(), False)[main]
    fragile = has_main & (~households["backed_up"].to_numpy() | main_leaves)
    return has_anyone & ~households["connected"].to_numpy(), fragile


def _as_classes(fits: pd.DataFrame, needed: pd.Series, districts: pd.Series, index: pd.Index) -> pd.DataFrame:
    """Return the columns of ``Gaps.households`` from the classes that fit."""
    masks = fits[list(GAP_CLASSES)].to_numpy() @ (1 << np.arange(len(GAP_CLASSES)))
    tuples = np.empty(1 << len(GAP_CLASSES), dtype=object)
    tuples[:] = [
        tuple(name for bit, name in enumerate(GAP_CLASSES) if mask >> bit & 1) for mask in range(len(tuples))
    ]
    firsts = np.array([classes[0] if classes else None for classes in tuples], dtype=object)
    return pd.DataFrame(
        {
            "gap_class": pd.Series(firsts[masks], index=index, dtype=object),
            "gap_classes": pd.Series(tuples[masks], index=index, dtype=object),
            "consent_needed": needed,
            "neighbour_districts": districts,
        }
    )


def _bottlenecks(graph: WatchGraph, network: VisitNetwork, visits: np.ndarray) -> tuple[TightSet, ...]:
    """Return the parts of the minimum cut at the maximum flow."""
    part = find_tight_parts(network, visits)
    return describe_tight_sets(network, part, graph.households.index, graph.watchers.index)


def _alone(graph: WatchGraph, network: VisitNetwork, barred: np.ndarray) -> list[TightSet]:
    """Return each household that nobody may visit as the proof of its own gap."""
    nobody = np.empty(0, dtype=np.int64)
    return [
        describe_set(network, graph.households.index, graph.watchers.index, np.array([home]), nobody)
        for home in np.flatnonzero(barred & (network.need > 0))
    ]


def _complete(changes: pd.DataFrame, network: VisitNetwork, before: np.ndarray) -> pd.DataFrame:
    """Keep the hand-overs of households that they serve in full."""
    own = changes["household"] == changes["asking"]
    gained = changes["change"].where(own, 0).groupby(changes["asking"]).sum()
    missing = (network.need - network.received(before))[gained.index]
    served = gained.index[gained.to_numpy() >= missing]
    return changes[changes["asking"].isin(served)]


def _list_moves(graph: WatchGraph, network: VisitNetwork, change: np.ndarray) -> pd.DataFrame:
    """Return who passes how many visits to whom, all changes of links together."""
    link = np.flatnonzero(change)
    changes = pd.DataFrame({"asking": 0, "link": link, "change": change[link]})
    return _match(graph, network, changes).drop(columns="asking")


def _list_chains(graph: WatchGraph, network: VisitNetwork, changes: pd.DataFrame) -> pd.DataFrame:
    """Return the same for each asking household alone."""
    steps = _match(graph, network, changes)
    steps.insert(0, "for_household", graph.households.index[steps.pop("asking")])
    return steps


def _match(graph: WatchGraph, network: VisitNetwork, changes: pd.DataFrame) -> pd.DataFrame:
    """Match a household's losses and gains visit by visit."""
    lost, gained = (_one_by_one(network, changes, sign) for sign in (-1, 1))
    keys = ["asking", "household", "turn"]
    moves = gained.merge(lost, on=keys, how="left", suffixes=("_to", "_from"))
    moves["watcher_from"] = moves["watcher_from"].fillna(-1).astype(np.int64)
    columns = ["asking", "household", "watcher_from", "watcher_to"]
    moves = moves.groupby(columns, as_index=False, sort=True).size()
    names = np.append(graph.watchers.index.to_numpy(dtype=object), None)
    return pd.DataFrame(
        {
            "asking": moves["asking"],
            "household_id": graph.households.index[moves["household"]],
            "from_watcher": pd.Series(names[moves["watcher_from"]], dtype=object),
            "to_watcher": pd.Series(names[moves["watcher_to"]], dtype=object),
            "visits_per_month": moves["size"] / VISITS_PER_YEAR,
        }
    )


def _one_by_one(network: VisitNetwork, changes: pd.DataFrame, sign: int) -> pd.DataFrame:
    """Return one row a visit gained (or lost): its ``turn`` among those of its household and who makes it."""
    some = changes[changes["change"] * sign > 0]
    some = some.loc[some.index.repeat(some["change"] * sign)]
    link = some["link"].to_numpy()
    single = pd.DataFrame(
        {
            "asking": some["asking"].to_numpy(),
            "household": network.household[link],
            "watcher": network.watcher[link],
        }
    )
    return single.assign(turn=single.groupby(["asking", "household"]).cumcount())
