"""What is lost when one watcher, one organisation or one reporting person drops out: all of them, exactly.

Two readings. *At once*: assignments as they stand; only a backup that could carry on alone helps. *After*:
all others rearranged in the best way; the maximum flow of visits less the maximum flow without whoever left
(``analysis.losses``), counted from the best that is possible with everybody, not from today.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.coverage import Coverage, delivering_pairs
from analysis.dropout import find_reliance
from analysis.frames import VISITS_PER_YEAR
from analysis.gaps import BestVisits
from analysis.losses import lost_visits
from analysis.portions import Progress
from analysis.watch_graph import WatchGraph

LOSSES = ("lost_households_at_once", "lost_visits_at_once", "lost_visits_after", "disconnected_households")


@dataclass(frozen=True, eq=False)
class Fragility:
    """What each departure would cost; the worst first.

    Every frame has LOSSES: ``lost_households_at_once`` (int, watched today and not then),
    ``lost_visits_at_once`` (delivered today), ``lost_visits_after`` (visits a month that nobody else can make
    even after the best rearrangement; float), ``disconnected_households`` (int, connected to a consultation
    centre today and not then).

    Parameters
    ----------
    watchers : DataFrame indexed by watcher_id, active watchers in office
        ``kind``, ``district``, ``organisation``, LOSSES.
    organisations : DataFrame indexed by organisation
        ``watchers`` (int, active ones in office), LOSSES.
    reporting : DataFrame indexed by watcher_id, those in office whom others in office report to
        ``reporters`` (int, watchers whose reports pass this person, directly or not), LOSSES.
    best_visits : float, visits a month that all watchers together can make
    """

    watchers: pd.DataFrame
    organisations: pd.DataFrame
    reporting: pd.DataFrame
    best_visits: float


def assess_fragility(
    graph: WatchGraph, coverage: Coverage, best: BestVisits, *, progress: Progress | None = None
) -> Fragility:
    """Assess what every single departure would cost.

    A departure of an organisation is that of all its watchers at once. Whoever reports through a person who
    leaves is cut off from the consultation centre until the reports go another way.

    Parameters
    ----------
    best : BestVisits of the same graph
    progress : callable taking groups done and groups in all; what it raises ends the work

    Raises
    ------
    FrameError
        The coverage is of other households than the graph.
    """
    watchers = graph.watchers
    serving = np.flatnonzero((watchers["is_active"] & watchers["in_office"]).to_numpy())
    alone = pd.Series(serving, index=serving)
    people = watchers.iloc[serving]
    in_some = people["organisation"].notna().to_numpy()
    together = pd.Series(people["organisation"].to_numpy()[in_some], index=serving[in_some], dtype=object)
    by_watcher = _losses(graph, coverage, best, alone, progress)
    by_watcher.index = watchers.index[by_watcher.index]
    by_organisation = _losses(graph, coverage, best, together, progress)
    described = people[["kind", "district", "organisation"]].join(by_watcher)
    by_organisation.insert(0, "watchers", together.value_counts())
    return Fragility(
        watchers=_worst_first(described),
        organisations=_worst_first(by_organisation.rename_axis("organisation")),
        reporting=_worst_first(_reporting(graph, by_watcher)),
        best_visits=float(best.visits.sum() / VISITS_PER_YEAR),
    )


def _losses(
    graph: WatchGraph,
    coverage: Coverage,
    best: BestVisits,
    groups: pd.Series,
    progress: Progress | None,
) -> pd.DataFrame:
    """Return LOSSES by group, its members given by watcher position."""
    after = lost_visits(best.network, best.visits, groups, progress=progress)
    delivered = graph.watchers["load_visits"].to_numpy()[groups.index]
    at_once = pd.Series(delivered, index=groups.index).groupby(groups).sum()
    return (
        pd.DataFrame(
            {
                "lost_households_at_once": _lost_at_once(graph, coverage, groups),
                "lost_visits_at_once": at_once / VISITS_PER_YEAR,
                "lost_visits_after": after / VISITS_PER_YEAR,
                "disconnected_households": _disconnected(graph, groups),
            },
            index=after.index,
        )
        .fillna({"lost_households_at_once": 0, "disconnected_households": 0})
        .astype({"lost_households_at_once": np.int64, "disconnected_households": np.int64})
    )


def _lost_at_once(graph: WatchGraph, coverage: Coverage, groups: pd.Series) -> pd.Series:
    """Count by group the watched households it delivers to and nobody outside it could carry on alone."""
    reliance = find_reliance(graph, coverage)
    hit, _ = _shares(reliance.delivering, groups)
    inside, carriers = _shares(reliance.carrying, groups)
    keys = ["household", "group"]
    hit = hit.merge(inside, on=keys, how="left", suffixes=("_hit", "")).fillna({"members": 0})
    left = carriers.reindex(hit["household"], fill_value=0).to_numpy() - hit["members"].to_numpy()
    return hit[left == 0].groupby("group").size()


def _disconnected(graph: WatchGraph, groups: pd.Series) -> pd.Series:
    """Count by group the households whose every way to a consultation centre leads through it."""
    signals = _signals(graph)
    through = _passing(graph, groups)
    pairs = signals.merge(through, on="watcher").drop_duplicates(["household", "group", "watcher"])
    cut = pairs.groupby(["household", "group"], as_index=False).size()
    ways = signals.groupby("household").size()
    return cut[cut["size"].to_numpy() == ways[cut["household"]].to_numpy()].groupby("group").size()


def _shares(pairs: pd.DataFrame, groups: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """Return how many watchers of each group a household has, and how many in all."""
    named = pd.DataFrame({"watcher": groups.index, "group": groups.to_numpy()})
    members = pairs.merge(named, on="watcher").groupby(["household", "group"], as_index=False).size()
    return members.rename(columns={"size": "members"}), pairs.groupby("household").size()


def _signals(graph: WatchGraph) -> pd.DataFrame:
    """Return the pairs of household and connected watcher by which its signals come to a centre."""
    pairs = pd.concat([delivering_pairs(graph), graph.notices])[["household", "watcher"]].drop_duplicates()
    return pairs[graph.watchers["connected"].to_numpy()[pairs["watcher"]]]


def _passing(graph: WatchGraph, groups: pd.Series) -> pd.DataFrame:
    """Return pairs of a connected watcher and a group that its reports pass, its own group included."""
    watchers = graph.watchers
    above = watchers.index.get_indexer(watchers["reports_to"])
    named = pd.DataFrame({"passed": groups.index, "group": groups.to_numpy()})
    start = np.flatnonzero(watchers["connected"].to_numpy())
    steps = [pd.DataFrame({"watcher": start, "passed": start})]
    while len(steps[-1]):  # connected chains end at a centre, so this ends too
        last = steps[-1].assign(passed=above[steps[-1]["passed"]])
        steps.append(last[last["passed"] >= 0])
    passing = pd.concat(steps).merge(named, on="passed")
    return passing[["watcher", "group"]].drop_duplicates()


def _reporting(graph: WatchGraph, losses: pd.DataFrame) -> pd.DataFrame:
    """Return the persons whom others report to, with how many do and what their departure costs."""
    everybody = np.arange(len(graph.watchers))
    passing = _passing(graph, pd.Series(everybody, index=everybody))
    reporters = passing[passing["watcher"] != passing["group"]].groupby("group").size()
    ids = graph.watchers.index[reporters.index]
    people = pd.DataFrame({"reporters": reporters.to_numpy()}, index=ids).join(losses)
    idle = people["lost_visits_at_once"].isna()  # passive ones pass reports on without visiting
    cut = _disconnected(graph, pd.Series(reporters.index, index=reporters.index))
    people["disconnected_households"] = cut.reindex(reporters.index, fill_value=0).to_numpy()
    people.loc[idle, list(LOSSES[:3])] = 0
    return people.astype({"lost_households_at_once": np.int64}).rename_axis("watcher_id")


def _worst_first(losses: pd.DataFrame) -> pd.DataFrame:
    """Order by what stays lost, then by what is lost at once, then by name."""
    keys = ["lost_visits_after", "lost_households_at_once", "disconnected_households"]
    return losses.sort_index(kind="stable").sort_values(keys, ascending=False, kind="stable")
