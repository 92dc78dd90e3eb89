"""Who is still watched when watchers drop out, each with a probability of its own, assignments as they stand.

The reading: nobody is assigned anew. A household watched today stays watched when all that deliver to it
stay, or when one that could carry it on alone (``coverage.carrying_pairs``) stays. A household without need
stays watched; one not watched today is not watched later. So a helper that leaves is never made up for by the
main watcher or one of its organisation (cautious), while several households may count on the same room of a
backup (rosy).

Watchers drop out independently. With D those that deliver, C those that could carry on alone, and p their
probabilities to stay, C and D having no watcher in common:

    P(watched) = 1 - (1 - product of p over D) * product of (1 - p) over C.

With one in common, "all of D stay" implies "one of C stays", so P(watched) = 1 - product of (1 - p) over C.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.coverage import Coverage, carrying_pairs, delivering_pairs
from analysis.errors import FrameError, ParameterError
from analysis.frames import VISITS_PER_YEAR
from analysis.watch_graph import WatchGraph

_DRAWS_AT_ONCE = 25  # keeps a block of draws of 200,000 households below 100 MB


@dataclass(frozen=True, eq=False)
class Reliance:
    """Whom each household watched today leans on.

    Parameters
    ----------
    households : DataFrame indexed by household_id (every household)
        ``watched`` (bool, today), ``weighted_visits`` (weight times need, visits a month), ``district``
        (``""`` where unknown), ``shared`` (bool: one that delivers could also carry on alone).
    watchers : Index of watcher_id
    delivering, carrying : DataFrame ``household``, ``watcher`` (int positions, no pair twice) of watched ones
    """

    households: pd.DataFrame
    watchers: pd.Index
    delivering: pd.DataFrame
    carrying: pd.DataFrame


@dataclass(frozen=True, eq=False)
class ExpectedCoverage:
    """What is watched on average when watchers drop out.

    Parameters
    ----------
    probability : Series indexed by household_id, 0 to 1: the household is watched
    households : float, households expected to be watched (those without need are)
    weighted_visits : float, need of these, weight times visits a month
    by_district : DataFrame indexed by community district, sorted; ``""``: households of no district
        ``households``, ``households_watched`` (today), ``households_expected``; ``weighted_visits`` (need of
        all, weight times visits a month), ``weighted_visits_watched``, ``weighted_visits_expected``.
    """

    probability: pd.Series
    households: float
    weighted_visits: float
    by_district: pd.DataFrame


def find_reliance(graph: WatchGraph, coverage: Coverage) -> Reliance:
    """Find who delivers to each watched household and who could carry it on alone.

    Raises
    ------
    FrameError
        The coverage is of other households than the graph.
    """
    if not coverage.households.index.equals(graph.households.index):
        raise FrameError(
            "Expected graph and coverage of the same households, got others. Assess the graph again."
        )
    watched = (coverage.households["status"] == "watched").to_numpy()
    main = coverage.households["main_watcher"].to_numpy()
    delivering, carrying = (
        pairs.loc[watched[pairs["household"]], ["household", "watcher"]].reset_index(drop=True)
        for pairs in (delivering_pairs(graph), carrying_pairs(graph, main))
    )
    shared = np.zeros(len(watched), dtype=bool)
    shared[delivering.merge(carrying)["household"]] = True
    described = {
        "watched": watched,
        "weighted_visits": graph.households["weight"] * graph.households["need_visits"] / VISITS_PER_YEAR,
        "district": graph.households["district"].fillna(""),
        "shared": shared,
    }
    households = pd.DataFrame(described, index=graph.households.index)
    return Reliance(households, graph.watchers.index, delivering, carrying)


def expected_coverage(graph: WatchGraph, coverage: Coverage, stays: pd.Series) -> ExpectedCoverage:
    """Return the coverage to expect when each watcher stays with its own probability.

    Exact under the reading of this module, since watchers drop out independently. How far chance may lead
    from it, :func:`simulate_coverage` says.

    Parameters
    ----------
    stays : Series indexed by watcher_id, 0 to 1
        Every active watcher in office has one; the others are not looked at.

    Raises
    ------
    FrameError
        The coverage is of other households, or an active watcher in office has no probability, or several.
    ParameterError
        A probability outside 0 to 1.
    """
    chances = _chances(graph, stays)
    reliance = find_reliance(graph, coverage)
    probability = kept_probability(reliance, chances)
    return ExpectedCoverage(
        probability=pd.Series(probability, index=graph.households.index, name="probability"),
        households=float(probability.sum()),
        weighted_visits=float(probability @ reliance.households["weighted_visits"].to_numpy()),
        by_district=_by_district(reliance.households, probability),
    )


def simulate_coverage(
    graph: WatchGraph, coverage: Coverage, stays: pd.Series, *, draws: int = 1000, seed: int
) -> pd.DataFrame:
    """Draw who stays and count what is still watched, by the reading of :func:`expected_coverage`.

    Parameters
    ----------
    stays : as in :func:`expected_coverage`
    draws : int, at least 1
    seed : int; equal seeds give each watcher equal numbers, so one that leaves at some probability to stay
        leaves at every lower one too

    Returns
    -------
    DataFrame
        Indexed by draw: ``households`` (int, watched) and ``weighted_visits`` (float, need of these, weight
        times visits a month).

    Raises
    ------
    FrameError, ParameterError
        As :func:`expected_coverage`; also fewer draws than 1.
    """
    chances = _chances(graph, stays)
    return draw_kept(find_reliance(graph, coverage), chances, draws=draws, seed=seed)


def summarise_draws(drawn: pd.DataFrame) -> pd.DataFrame:
    """Return ``mean``, ``sd`` (NaN of a single draw), ``p05``, ``p50``, ``p95``, ``worst`` of each column."""
    quantiles = drawn.quantile([0.05, 0.5, 0.95]).set_axis(["p05", "p50", "p95"])
    moments = pd.DataFrame([drawn.mean(), drawn.std(ddof=1)], index=["mean", "sd"])
    return pd.concat([moments, quantiles, pd.DataFrame([drawn.min()], index=["worst"])])


def kept_probability(reliance: Reliance, chances: np.ndarray) -> np.ndarray:
    """Return the probability of each household to be watched, by the formula of this module.

    Parameters
    ----------
    chances : float array (W,), 0 to 1, to stay, by watcher of the reliance

    Returns
    -------
    float array (H,), 0 to 1
    """
    watched = reliance.households["watched"].to_numpy()
    delivering, carrying = reliance.delivering, reliance.carrying
    all_stay, none_carries = np.ones(len(watched)), np.ones(len(watched))
    np.multiply.at(all_stay, delivering["household"].to_numpy(), chances[delivering["watcher"]])
    np.multiply.at(none_carries, carrying["household"].to_numpy(), 1.0 - chances[carrying["watcher"]])
    all_stay[reliance.households["shared"]] = 0.0  # implied by "one of C stays"
    return watched * (1.0 - (1.0 - all_stay) * none_carries)


def draw_kept(reliance: Reliance, chances: np.ndarray, *, draws: int, seed: int) -> pd.DataFrame:
    """Return the draws of :func:`simulate_coverage` from the reliance and the probabilities to stay (W,).

    Raises
    ------
    ParameterError
        Fewer draws than 1.
    """
    if draws < 1:
        raise ParameterError(f"Expected draws >= 1, got {draws}. Give more.")
    rows = np.flatnonzero(reliance.households["watched"])
    delivers = _incidence(reliance, reliance.delivering)[rows]
    carries = _incidence(reliance, reliance.carrying)[rows]
    need = reliance.households["weighted_visits"].to_numpy()[rows]
    measures = np.stack([np.ones(len(rows)), need])
    totals = []
    for left in _draw_leavers(chances, draws, seed):
        kept = (delivers @ left == 0) | (carries @ (1 - left) > 0)
        totals.append(measures @ kept.astype(float))  # floats: numpy multiplies truth values slowly
    drawn = pd.DataFrame(
        np.concatenate(totals, axis=1).T,
        columns=["households", "weighted_visits"],
        index=pd.RangeIndex(draws, name="draw"),
    )
    return drawn.astype({"households": np.int64})


def _incidence(reliance: Reliance, pairs: pd.DataFrame) -> sparse.csr_array:
    """Return 1 (int16) at each pair, households by watchers."""
    at = (pairs["household"].to_numpy(), pairs["watcher"].to_numpy())
    shape = (len(reliance.households), len(reliance.watchers))
    return sparse.csr_array((np.ones(len(pairs), dtype=np.int16), at), shape=shape)


def _draw_leavers(chances: np.ndarray, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Yield blocks of draws: int16 (W, B), 1 where the watcher leaves."""
    rng = np.random.default_rng(seed)
    for first in range(0, draws, _DRAWS_AT_ONCE):
        block = rng.random((min(_DRAWS_AT_ONCE, draws - first), len(chances)))
        yield np.ascontiguousarray((block >= chances).T, dtype=np.int16)


def _chances(graph: WatchGraph, stays: pd.Series) -> np.ndarray:
    """Return the probability to stay by watcher of the graph, 0 of those passive or out of office."""
    repeated = int(stays.index.duplicated().sum())
    if repeated:
        raise FrameError(f"Expected one probability to stay a watcher, got {repeated} more. Keep one each.")
    gives = (graph.watchers["is_active"] & graph.watchers["in_office"]).to_numpy()
    chances = stays.reindex(graph.watchers.index).to_numpy(dtype=float)
    absent = graph.watchers.index[gives & np.isnan(chances)]
    if len(absent):
        first = ", ".join(map(str, absent[:5]))
        raise FrameError(
            "Expected a probability to stay for every active watcher in office, "
            f"got {len(absent)} without: {first}. Give each one."
        )
    wrong = int((gives & ~((chances >= 0) & (chances <= 1))).sum())
    if wrong:
        raise ParameterError(f"Expected probabilities to stay from 0 to 1, got {wrong} others. Correct them.")
    return np.where(gives, chances, 0.0)


def _by_district(households: pd.DataFrame, probability: np.ndarray) -> pd.DataFrame:
    need, watched = households["weighted_visits"], households["watched"]
    measures = {
        "households": pd.Series(1, index=households.index),
        "households_watched": watched.astype(np.int64),
        "households_expected": probability,
        "weighted_visits": need,
        "weighted_visits_watched": need * watched,
        "weighted_visits_expected": need * probability,
    }
    district = households["district"].to_numpy()
    return pd.DataFrame(measures).groupby(district).sum().rename_axis("district")
