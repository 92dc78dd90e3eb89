"""Protection of public counts: small ones are hidden, then as many more as it takes.

No printed count is below the floor; a district's watched and missed counts are printed only when both reach
it; and further counts are blanked until the attack in ``disclosure_audit`` finds at least six possible values
for each hidden one. The same table always gives the same answer. It guards one table by itself: what is
published goes through ``publication_audit`` together with everything given out before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.disclosure_audit import Audit, audit_counts, audit_tables
from analysis.disclosure_print import (
    DisclosureRules,
    HiddenCells,
    PrintedShare,
    ProtectedCounts,
    ProtectedTable,
)
from analysis.errors import FrameError, ParameterError

__all__ = [
    "Audit",
    "DisclosureRules",
    "HiddenCells",
    "PrintedShare",
    "ProtectedCounts",
    "ProtectedTable",
    "audit_tables",
    "protect_counts",
    "protect_districts",
]


def protect_districts(
    table: pd.DataFrame,
    *,
    rules: DisclosureRules = DisclosureRules(),
    hidden: HiddenCells = HiddenCells(),
) -> ProtectedTable:
    """Hide what a public table of districts must not tell.

    Households in no district belong into a row of their own (code ``""``), so that the rows add up to the
    printed totals; it is protected like any other. Order the printed rows by what is printed, not by the true
    share: a rank gives hidden counts away.

    Parameters
    ----------
    table
        Index code without repeats; households, watched, gap: whole numbers >= 0, households = watched + gap.
    hidden
        What stays hidden besides; codes that are not in the table are passed over.

    Returns
    -------
    ProtectedTable
        Passes :func:`audit_tables`.

    Raises
    ------
    FrameError
        Columns missing, codes repeated, negative or broken counts, or rows that do not add up.

    Notes
    -----
    Blanking further counts begins with the smallest district (ties by code): a quick, safe choice, not the
    cheapest one.
    """
    _check_table(table)
    plan = _first_plan(table, rules, hidden)
    printed = _print(table, plan, rules)
    audit = audit_tables(printed)
    while not audit.passed:
        plan = _blank_more(table, plan, audit)
        printed = _print(table, plan, rules)
        audit = audit_tables(printed)
    return printed


def protect_counts(
    counts: Mapping[str, int],
    total: int | None,
    *,
    name: str = "counts",
    of: str = "gap",
    partition: bool = True,
    rules: DisclosureRules = DisclosureRules(),
    hidden: frozenset[str] = frozenset(),
) -> ProtectedCounts:
    """Hide what a public list of city counts must not tell.

    Every count below the floor is hidden, 0 too; leave counts that cannot occur (the class ``season`` in the
    normal season) out instead.

    Parameters
    ----------
    counts
        Count by name, >= 0.
    total
        The count they are part of as it is printed; None when it is hidden, and then every count is hidden.
    name, of
        What the audit calls this list, and which total of the district table it stands under.
    partition
        True: the counts add up to ``total``. False: households may be in none of them.
    hidden
        Names of counts that stay hidden besides.

    Raises
    ------
    ParameterError
        A negative count, or counts that do not fit the total.
    """
    _check_counts(counts, total, partition)
    order = sorted(counts, key=lambda count: (counts[count], count))
    small = tuple(count for count in order if counts[count] < rules.floor)
    left_over = 0 if total is None else total - sum(counts.values())
    if total is None or total < rules.floor:
        return ProtectedCounts(name, dict.fromkeys(counts), None, of, partition, small, False, rules)
    least = len(hidden.union(small).intersection(counts))
    order.sort(key=lambda count: count not in small and count not in hidden)
    for number in range(least, len(order) + 1):
        shown = {count: value if count in order[number:] else None for count, value in counts.items()}
        secret_rest = not partition and left_over < rules.floor
        printed = ProtectedCounts(name, shown, total, of, partition, small, secret_rest, rules)
        if audit_counts(printed).passed:
            return printed
    return replace(printed, counts=dict.fromkeys(counts), total=None)


@dataclass(frozen=True)
class _Plan:
    """What is hidden: codes by kind of cell, and totals by name."""

    small: tuple[tuple[str, str], ...]
    households: frozenset[str]
    splits: frozenset[str]
    classes: frozenset[str]
    totals: frozenset[str]


def _check_table(table: pd.DataFrame) -> None:
    needed = ("households", "watched", "gap")
    missing = [column for column in needed if column not in table.columns]
    if missing:
        raise FrameError(
            f"Expected districts with columns {', '.join(missing)}, got none of them. Add the columns."
        )
    if not table.index.is_unique:
        raise FrameError("Expected district codes unique, got repeated ones. Add the rows up first.")
    counts = table[list(needed)].to_numpy(dtype=float)
    if not (np.isfinite(counts).all() and (counts >= 0).all() and (counts == np.rint(counts)).all()):
        raise FrameError("Expected whole counts >= 0, got negative, missing or broken ones. Give households.")
    broken = int((table["households"] != table["watched"] + table["gap"]).sum())
    if broken:
        raise FrameError(
            f"Expected households = watched + gap, got {broken} rows where not. Count each household once."
        )


def _check_counts(counts: Mapping[str, int], total: int | None, partition: bool) -> None:
    if any(value < 0 or value != int(value) for value in counts.values()):
        raise ParameterError("Expected whole counts >= 0, got a negative or broken one. Give households.")
    if total is None:
        return
    found = sum(counts.values())
    if partition and found != total:
        raise ParameterError(
            f"Expected counts that add up to {total}, got {found}. Give every class, or partition=False."
        )
    if found > total and not partition:
        raise ParameterError(
            f"Expected counts of at most {total} together, got {found}. Count each household once."
        )


def _first_plan(table: pd.DataFrame, rules: DisclosureRules, before: HiddenCells) -> _Plan:
    """Hide every count below the floor, the city's split like a district's, and what stays hidden."""
    few = table["households"] < rules.floor
    thin = table[["watched", "gap"]].min(axis=1) < rules.floor
    no_class = table["households"] < rules.class_floor
    sums = table[["households", "watched", "gap"]].sum()
    totals = {"watched", "gap"} if min(sums["watched"], sums["gap"]) < rules.floor else set()
    totals |= {"households"} if sums["households"] < rules.floor else set()
    small = [(code, "households") for code in table.index[few]] + [
        (code, "split") for code in table.index[thin]
    ]
    households, splits, classes = (frozenset(table.index[mask]) for mask in (few, thin, few | no_class))
    codes = frozenset(table.index)
    return _Plan(
        tuple(small),
        households | (before.households & codes),
        splits | ((before.splits | before.households) & codes),
        classes | ((before.classes | before.households) & codes),
        frozenset(totals) | before.totals,
    )


def _print(table: pd.DataFrame, plan: _Plan, rules: DisclosureRules) -> ProtectedTable:
    counts = table[["households", "watched", "gap"]].astype("Int64")
    shown = ~table.index.isin(plan.splits)
    split = counts[["watched", "gap"]].where(pd.Series(shown, index=table.index), pd.NA)
    printed = split.assign(households=counts["households"].mask(table.index.isin(plan.households)))
    percent = 100 * table["gap"] / table["households"].where(table["households"] > 0)
    share_class = pd.Series(np.searchsorted(rules.share_breaks, percent, side="right"), index=table.index)
    printed["gap_share_class"] = share_class.astype("Int64").where(shown)
    mostly = (table["watched"] >= 2 * table["gap"]).astype("boolean")
    printed["mostly_watched"] = mostly.mask(shown | table.index.isin(plan.classes))
    printed["shown"] = shown
    sums = table[["households", "watched", "gap"]].sum()
    totals = {name: None if name in plan.totals else int(value) for name, value in sums.items()}
    columns = ["households", "watched", "gap", "gap_share_class", "mostly_watched", "shown"]
    return ProtectedTable(printed[columns], totals, plan.small, rules)


def _blank_more(table: pd.DataFrame, plan: _Plan, audit: Audit) -> _Plan:
    """Blank the next thing: classes of what failed, then a split or a household count, then the totals."""
    failed = audit.secrets.index[audit.secrets["candidates"] < audit.demanded]
    places = set(failed.get_level_values("place"))
    if places - plan.classes:
        return replace(plan, classes=plan.classes | places)
    by_size = table["households"].sort_index().sort_values(kind="stable").index
    split = next((code for code in by_size if code not in plan.splits), None)
    count = next((code for code in by_size if code not in plan.households), None)
    if "households" in failed.get_level_values("count") and count is not None:
        return _hide(plan, count, {count})
    if split is not None:
        return _hide(plan, split, set())
    if len(plan.classes) < len(table):
        return replace(plan, classes=frozenset(table.index))
    if count is not None:
        return _hide(plan, count, {count})
    names = {"watched", "gap"} if not plan.totals else {"watched", "gap", "households"}
    return replace(plan, totals=plan.totals | names)


def _hide(plan: _Plan, code: str, households: set[str]) -> _Plan:
    """Hide the split of a district, and its household count (with its class) when asked."""
    return replace(
        plan,
        splits=plan.splits | {code},
        households=plan.households | households,
        classes=plan.classes | households,
    )
