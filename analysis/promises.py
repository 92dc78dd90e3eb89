"""Standing assignments: which of them count, what they promise, and what is delivered of it.

The rule, in whole visits a year: counting primary assignments are honoured one after the other, the oldest
first (by ``valid_from``, none being older than any date, then household id, then watcher id). Each promises
its stated visits, or without a number the household's whole need, but never more than the household still
misses at its turn; and it delivers what its watcher's capacity still allows. So a younger assignment takes up
what an overloaded older one leaves, and delivered visits never pass the need.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from analysis.frames import VISITS_PER_YEAR


def as_visits(visits_per_month: pd.Series) -> np.ndarray:
    """Return whole visits a year (int64) of visits a month; a visit now and then is never rounded to none.

    A third of a visit a month is 4 a year. Anything above zero is at least one visit a year.
    """
    monthly = visits_per_month.to_numpy(dtype=float)
    return np.maximum(np.rint(VISITS_PER_YEAR * monthly), monthly > 0).astype(np.int64)


def as_dates(days: pd.Series) -> pd.Series:
    """Return dates, texts or nothing as datetimes, NaT for nothing."""
    return pd.to_datetime(days, errors="raise")


def is_valid_on(frame: pd.DataFrame, date: dt.date) -> np.ndarray:
    """Return a bool array: the date lies from ``valid_from`` to ``valid_to``, both days included.

    A missing day, and a missing column, bound nothing.
    """
    day = pd.Timestamp(date)
    valid = np.ones(len(frame), dtype=bool)
    if "valid_from" in frame:
        valid &= ~(as_dates(frame["valid_from"]) > day).to_numpy()
    if "valid_to" in frame:
        valid &= ~(as_dates(frame["valid_to"]) < day).to_numpy()
    return valid


def honour_in_order(
    asked: np.ndarray, household: np.ndarray, watcher: np.ndarray, need: np.ndarray, capacity: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return what each assignment promises and what it delivers, by the rule of this module.

    A row depends on the rows before it only, so repeating the rule for all rows at once settles them from the
    front; it ends when nothing changes.

    Parameters
    ----------
    asked, household, watcher : int arrays (R,), in the order of honouring: visits a year, positions
    need : int array (H,), at least 0
    capacity : int array (W,), at least 0

    Examples
    --------
    Three households of need 4, 3 and 1, one watcher that can make 5:

    >>> need, one = np.array([4, 3, 1]), np.zeros(3, dtype=np.int64)
    >>> honour_in_order(need, np.arange(3), one, need, np.array([5]))[1].tolist()
    [4, 1, 0]
    """
    delivered = asked
    while True:
        promised = np.clip(need[household] - _before(delivered, household), 0, asked)
        settled = np.clip(capacity[watcher] - _before(delivered, watcher), 0, promised)
        if np.array_equal(settled, delivered):
            return promised, delivered
        delivered = settled


def _before(amounts: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return for each row the sum of the rows before it in its group."""
    order = np.argsort(groups, kind="stable")
    running = np.cumsum(amounts[order]) - amounts[order]
    group = groups[order]
    before = np.empty_like(amounts)
    before[order] = running - running[np.searchsorted(group, group)]
    return before


def assess_standing(
    assignments: pd.DataFrame,
    households: pd.DataFrame,
    watchers: pd.DataFrame,
    links: pd.DataFrame,
    date: dt.date,
) -> pd.DataFrame:
    """Return the links standing on ``date`` as ``WatchGraph.assigned`` describes them, oldest first."""
    standing = assignments[is_valid_on(assignments, date)]
    standing = standing.assign(valid_from=as_dates(standing["valid_from"])).sort_values(
        ["valid_from", "household_id", "watcher_id"], na_position="first", kind="stable"
    )
    assigned = standing[["role", "valid_from"]].assign(
        household=households.index.get_indexer(standing["household_id"]).astype(np.int64),
        watcher=watchers.index.get_indexer(standing["watcher_id"]).astype(np.int64),
    )
    assigned["link"] = _rows_of_links(assigned, links, len(watchers))
    assigned["reason"] = _reasons(assigned, watchers, links)
    assigned["counts"] = assigned["reason"].isna()
    return _with_visits(assigned, standing["visits_per_month"], households, watchers)


def _rows_of_links(assigned: pd.DataFrame, links: pd.DataFrame, width: int) -> np.ndarray:
    """Return the row of ``links`` that joins each pair, -1 where none does."""
    keys = pd.Index(links["household"].to_numpy() * width + links["watcher"].to_numpy())
    wanted = (assigned["household"] * width + assigned["watcher"]).to_numpy()
    known = ((assigned["household"] >= 0) & (assigned["watcher"] >= 0)).to_numpy()
    return np.where(known, keys.get_indexer(np.where(known, wanted, -1)), -1).astype(np.int64)


def _reasons(assigned: pd.DataFrame, watchers: pd.DataFrame, links: pd.DataFrame) -> pd.Series:
    """Return the first reason why an assignment does not count, None where it does."""
    link = assigned["link"].to_numpy()
    household, watcher = assigned["household"].to_numpy(), assigned["watcher"].to_numpy()
    tests = {
        "unknown_household": household < 0,
        "unknown_watcher": watcher < 0,
        "passive": ~_taken(watchers["is_active"], watcher),
        "not_in_office": ~_taken(watchers["in_office"], watcher),
        "out_of_reach": link < 0,
        "consent": ~_taken(links["consent_ok"], link),
        "district": ~_taken(links["district_ok"], link),
    }
    reasons = np.full(len(assigned), None, dtype=object)
    for reason, fails in reversed(tests.items()):
        reasons[fails] = reason
    return pd.Series(reasons, index=assigned.index, dtype=object)


def _taken(flags: pd.Series, positions: np.ndarray) -> np.ndarray:
    """Return the flags at the positions; False at -1."""
    return np.append(flags.to_numpy(dtype=bool), False)[positions]


def _with_visits(
    assigned: pd.DataFrame, stated: pd.Series, households: pd.DataFrame, watchers: pd.DataFrame
) -> pd.DataFrame:
    """Return ``assigned`` (oldest first) with promised, delivered and surplus visits a year."""
    gives = (assigned["counts"] & (assigned["role"] == "primary")).to_numpy()
    need = households["need_visits"].to_numpy()
    household, watcher = assigned["household"].to_numpy()[gives], assigned["watcher"].to_numpy()[gives]
    is_stated = stated[gives].notna().to_numpy()
    asked = np.where(is_stated, as_visits(stated[gives].astype(float).fillna(0.0)), need[household])
    capacity = watchers["capacity_visits"].to_numpy()
    promised, delivered = honour_in_order(asked, household, watcher, need, capacity)
    visits = np.zeros((len(assigned), 3), dtype=np.int64)
    visits[gives] = np.column_stack([promised, delivered, np.where(is_stated, asked - promised, 0)])
    columns = ["promised_visits", "delivered_visits", "surplus_visits"]
    return assigned.join(pd.DataFrame(visits, index=assigned.index, columns=columns))


def reach_a_centre(reports_to: pd.Series, in_office: np.ndarray, centres: pd.Index) -> np.ndarray:
    """Return a bool array: the watcher's reports end at a consultation centre, through watchers in office.

    A circle of reports ends nowhere; a watcher out of office passes nothing on.

    Parameters
    ----------
    reports_to : Series indexed by watcher_id; a watcher, a facility or nothing
    in_office : bool array, same order
    """
    count = len(reports_to)
    to_watcher = reports_to.index.get_indexer(reports_to)
    target = np.where(reports_to.isin(centres).to_numpy(), count, to_watcher)
    passes = in_office & (target >= 0) & np.append(in_office, True)[target]
    told = (target[passes], np.flatnonzero(passes))  # from the one told to the one who reports
    chain = sparse.csr_array((np.ones(passes.sum(), dtype=np.int8), told), shape=(count + 1, count + 1))
    connected = np.zeros(count + 1, dtype=bool)
    connected[csgraph.breadth_first_order(chain, count, return_predecessors=False)] = True
    return connected[:count]
