"""Who needs a successor first: term ends, ages, and households that nobody else watches."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from analysis.coverage import Coverage
from analysis.dropout import Reliance, find_reliance
from analysis.errors import FrameError
from analysis.frames import VISITS_PER_YEAR
from analysis.watch_graph import WatchGraph

REASONS = ("both", "term", "age", "sole")
LOSSES = ("lost_households_at_once", "lost_visits_after")


def succession_list(
    graph: WatchGraph, coverage: Coverage, loss: pd.DataFrame | None = None, *, until: dt.date | None = None
) -> pd.DataFrame:
    """List the active watchers in office, the one most in need of a successor first.

    Passive watchers and empty posts are left out. Those without a reason come last. Ordered by: the day a
    successor is needed (none last), those of high age at their term end before the others, the visits lost
    even after the best rearrangement (where known), the households that have nobody else, the visits made,
    and the id.

    Parameters
    ----------
    loss : DataFrame indexed by watcher_id, optional
        ``lost_households_at_once`` (households), ``lost_visits_after`` (visits a month). A watcher it
        does not hold has none in the list, and stands behind its equals.
    until : date, optional
        Terms and ages are looked at up to this day, itself included; without it, ``horizon_days`` ahead.

    Returns
    -------
    DataFrame
        Indexed by watcher_id. ``kind``, ``district``; ``term_end`` (datetime); ``age_at_term_end`` (Int64,
        years, by calendar year; without a term on ``until``; NA where the year of birth is unknown);
        ``sole_households`` (int, watched today, lost at once if it leaves); ``visits_per_month`` (float,
        delivered); the columns of ``loss`` (Float64, NA where not given); ``needed_by`` (datetime);
        ``reason``: ``term`` (ends by ``until``), ``age`` (the high age is reached in that calendar year or
        before), ``both``, ``sole`` (neither, but some households have nobody else), or None.
        A successor is needed by the day after the term's end; by age alone, by 1 January of the year in
        which the high age is reached, at the earliest by the situation's date; else NaT.

    Raises
    ------
    FrameError
        The coverage is of other households than the graph, or ``loss`` lacks columns or repeats watchers.
    """
    _check_loss(loss)
    end = pd.Timestamp(graph.situation.date) + pd.Timedelta(days=graph.situation.horizon_days)
    end = end if until is None else pd.Timestamp(until)
    sole = count_sole_households(find_reliance(graph, coverage))
    watchers = graph.watchers.assign(sole_households=sole)
    watchers = watchers[watchers["is_active"] & watchers["in_office"]]
    last_year = watchers["term_end"].dt.year.fillna(end.year)
    described = watchers[["kind", "district", "term_end"]].assign(
        age_at_term_end=(last_year - watchers["birth_year"]).astype("Int64"),
        sole_households=watchers["sole_households"],
        visits_per_month=watchers["load_visits"] / VISITS_PER_YEAR,
        **{name: _loss_of(watchers.index, loss, name) for name in LOSSES},
    )
    return _in_order(described.join(_needs(watchers, graph, end)), graph)


def count_sole_households(reliance: Reliance) -> pd.Series:
    """Count the households that are lost at once when a watcher leaves and all others stay.

    It delivers to them, and nobody else could carry them on alone (the reading of ``analysis.dropout``).

    Returns
    -------
    Series of int, indexed by watcher_id (every one)
    """
    size = len(reliance.watchers)
    delivering, carrying = reliance.delivering, reliance.carrying
    carriers = np.bincount(carrying["household"], minlength=len(reliance.households))
    is_carrier = delivering.merge(carrying, how="left", indicator=True)["_merge"].eq("both").to_numpy()
    others = carriers[delivering["household"]] - is_carrier
    alone = np.bincount(delivering["watcher"][others == 0], minlength=size)
    return pd.Series(alone, index=reliance.watchers, name="sole_households")


def _check_loss(loss: pd.DataFrame | None) -> None:
    if loss is None:
        return
    missing = [name for name in LOSSES if name not in loss.columns]
    if missing:
        raise FrameError(f"Expected losses with all columns, got none named {', '.join(missing)}. Add them.")
    repeated = int(loss.index.duplicated().sum())
    if repeated:
        raise FrameError(f"Expected one loss a watcher, got {repeated} more. Keep one each.")


def _loss_of(ids: pd.Index, loss: pd.DataFrame | None, name: str) -> pd.Series:
    if loss is None:
        return pd.Series(pd.NA, index=ids, dtype="Float64")
    return loss[name].reindex(ids).astype("Float64")


def _needs(watchers: pd.DataFrame, graph: WatchGraph, end: pd.Timestamp) -> pd.DataFrame:
    """Return ``needed_by`` and ``reason`` of each watcher."""
    high_age_year = watchers["birth_year"] + graph.situation.high_age
    term, age = watchers["term_end"] <= end, high_age_year <= end.year
    tests = (term & age, term, age, watchers["sole_households"] > 0)
    reason = np.select(tests, range(len(REASONS)), default=len(REASONS))
    names = np.array([*REASONS, None], dtype=object)
    january = pd.to_datetime(high_age_year.where(age).astype("Int64").astype("string"), format="%Y")
    by_age = january.clip(lower=pd.Timestamp(graph.situation.date))
    needed_by = (watchers["term_end"] + pd.Timedelta(days=1)).where(term, by_age)
    return pd.DataFrame({"needed_by": needed_by, "reason": pd.Series(names[reason], watchers.index, object)})


def _in_order(described: pd.DataFrame, graph: WatchGraph) -> pd.DataFrame:
    keys = described.assign(
        without=described["reason"].isna(),
        is_old=(described["age_at_term_end"] >= graph.situation.high_age).fillna(False),
        id=described.index.astype(str),
    )
    by = ["without", "needed_by", "is_old", "lost_visits_after", "sole_households", "visits_per_month", "id"]
    ascending = [True, True, False, False, False, False, True]
    order = keys.sort_values(by, ascending=ascending, na_position="last", kind="stable").index
    return described.loc[order]
