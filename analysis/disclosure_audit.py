"""The attack on a public table: what can a reader work out about each hidden count?

Written apart from ``disclosure``, on purpose: it knows only what is printed, turns each printed number, sum,
share and class into an inequality over whole numbers, and looks for every value a hidden count could have
(integer programmes, HiGHS). Its reader also knows the floor, and which counts are hidden for being small. A
value counts as possible only when a whole table with it has been found and checked in whole numbers.

This is the interval audit that tau-ARGUS and sdcTable's ``attack`` make, and the uncertainty interval that
Japan's on-site statistics use asks for, made stricter: values are found one by one, so holes do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from analysis.disclosure_print import Cell, PrintedShare, ProtectedCounts, ProtectedTable

_UNPRINTED_BOUND = 10_000  # largest count a reader imagines where no total is printed
_TRIES = 3  # steps inwards from each end, for each value demanded


@dataclass(frozen=True)
class Statement:
    """One thing a reader can read off: ``lower <= sum(factor * cell) <= upper``; whole numbers only."""

    factors: dict[Cell, int]
    lower: float = -np.inf
    upper: float = np.inf


@dataclass(frozen=True)
class Choice:
    """A reader knows that the first or the second of two cells is at most ``upper``."""

    first: Cell
    second: Cell
    upper: int


@dataclass(frozen=True)
class Audit:
    """What the attack found.

    ``secrets``: index (place, count) of each hidden count; lower, upper (its interval), candidates (values
    shown to be possible, counted no further than ``demanded``).
    """

    secrets: pd.DataFrame
    demanded: int

    @property
    def exact(self) -> int:
        """Hidden counts a reader knows exactly."""
        return int((self.secrets["candidates"] <= 1).sum())

    @property
    def narrow(self) -> int:
        """Hidden counts with fewer possible values than demanded, the exactly known among them."""
        return int((self.secrets["candidates"] < self.demanded).sum())

    @property
    def passed(self) -> bool:
        """No hidden count has fewer possible values than demanded."""
        return self.narrow == 0


def audit_tables(
    table: ProtectedTable, counts: Sequence[ProtectedCounts] = (), shares: Sequence[PrintedShare] = ()
) -> Audit:
    """Attack a district table together with the city's lists of counts and printed shares.

    Parameters
    ----------
    table, counts, shares
        Everything that is printed of one reference date; each list of counts is under a total of ``table``.

    Returns
    -------
    Audit
        One row for each hidden count. A table nobody could have (printed numbers contradict one another) has
        no candidates at all and fails.
    """
    statements, choices = _read_districts(table)
    secrets = _secrets_of_districts(table)
    for printed in counts:
        statements += _read_counts(printed, _total_of(table, printed.of))
        secrets |= _secrets_of_counts(printed)
    statements += [statement for share in shares for statement in _read_share(share)]
    return _attack(statements, choices, secrets, table.rules.candidates)


def audit_counts(printed: ProtectedCounts) -> Audit:
    """Attack one list of counts by itself, its total printed or not."""
    total = {(printed.of, "total"): 1}
    statements = _read_counts(printed, total)
    if printed.total is not None:
        statements.append(Statement(total, printed.total, printed.total))
    return _attack(statements, [], _secrets_of_counts(printed), printed.rules.candidates)


def _read_districts(table: ProtectedTable) -> tuple[list[Statement], list[Choice]]:
    statements = [
        statement for row in table.districts.itertuples() for statement in _read_district(row, table)
    ]
    for name, total in table.totals.items():
        if total is not None:
            statements.append(Statement(_total_of(table, name), total, total))
    highest = table.rules.floor - 1
    whole = [code for code, what in table.small if what == "households"]
    statements += [Statement({(code, "watched"): 1, (code, "gap"): 1}, upper=highest) for code in whole]
    split = [code for code, what in table.small if what == "split" and code not in whole]
    return statements, [Choice((code, "watched"), (code, "gap"), highest) for code in split]


def _read_district(row, table: ProtectedTable) -> list[Statement]:
    """Turn one printed row into statements about its watched and its gap count."""
    watched, gap = (row.Index, "watched"), (row.Index, "gap")
    read = []
    for factors, value in (
        ({watched: 1, gap: 1}, row.households),
        ({watched: 1}, row.watched),
        ({gap: 1}, row.gap),
    ):
        if not pd.isna(value):
            read.append(Statement(factors, int(value), int(value)))
    if not pd.isna(row.mostly_watched):  # 3 watched >= 2 (watched + gap)
        bounds = (0, np.inf) if row.mostly_watched else (-np.inf, -1)
        read.append(Statement({watched: 1, gap: -2}, *bounds))
    if not pd.isna(row.gap_share_class):
        read += _read_share_class(watched, gap, int(row.gap_share_class), table.rules.share_breaks)
    return read


def _read_share_class(watched: Cell, gap: Cell, share_class: int, breaks: Sequence[int]) -> list[Statement]:
    """``100 gap >= break * (watched + gap)`` above a break, and less than that below the next."""
    read = []
    if share_class > 0:
        percent = breaks[share_class - 1]
        read.append(Statement({gap: 100 - percent, watched: -percent}, lower=0))
    if share_class < len(breaks):
        percent = breaks[share_class]
        read.append(Statement({gap: 100 - percent, watched: -percent}, upper=-1))
    return read


def _total_of(table: ProtectedTable, name: str) -> dict[Cell, int]:
    counts = ("watched", "gap") if name == "households" else (name,)
    return {(code, count): 1 for code in table.districts.index for count in counts}


def _read_counts(printed: ProtectedCounts, total: dict[Cell, int]) -> list[Statement]:
    cells = {(printed.name, count): 1 for count in printed.counts}
    if not printed.partition:
        cells[(printed.name, "rest")] = 1
    balance = {**cells, **{cell: -factor for cell, factor in total.items()}}
    read = [Statement(balance, 0, 0)]
    for count, value in printed.counts.items():
        if value is not None:
            read.append(Statement({(printed.name, count): 1}, value, value))
    read += [Statement({(printed.name, count): 1}, upper=printed.rules.floor - 1) for count in printed.small]
    return read


def _read_share(share: PrintedShare) -> list[Statement]:
    """``tenths`` stands for any share from half a tenth below to half a tenth above, both ends in."""
    read = []
    for twice, bounds in ((2 * share.tenths - 1, (0, np.inf)), (2 * share.tenths + 1, (-np.inf, 0))):
        factors = dict.fromkeys(share.whole, -twice)
        for cell in share.part:
            factors[cell] = factors.get(cell, 0) + 2000
        read.append(Statement(factors, *bounds))
    return read


def _secrets_of_districts(table: ProtectedTable) -> dict[Cell, dict[Cell, int]]:
    secrets: dict[Cell, dict[Cell, int]] = {}
    for row in table.districts.itertuples():
        watched, gap = (row.Index, "watched"), (row.Index, "gap")
        for count, value, factors in (
            ("households", row.households, {watched: 1, gap: 1}),
            ("watched", row.watched, {watched: 1}),
            ("gap", row.gap, {gap: 1}),
        ):
            if pd.isna(value):
                secrets[(row.Index, count)] = factors
    return secrets


def _secrets_of_counts(printed: ProtectedCounts) -> dict[Cell, dict[Cell, int]]:
    hidden = [count for count, value in printed.counts.items() if value is None]
    hidden += ["rest"] * printed.rest_is_small
    return {(printed.name, count): {(printed.name, count): 1} for count in hidden}


def _attack(
    statements: Sequence[Statement],
    choices: Sequence[Choice],
    secrets: dict[Cell, dict[Cell, int]],
    demanded: int,
) -> Audit:
    index = pd.MultiIndex.from_tuples(list(secrets), names=["place", "count"])
    if not secrets:
        empty = pd.DataFrame(
            columns=["lower", "upper", "candidates"], index=pd.MultiIndex.from_arrays([[], []])
        )
        return Audit(empty.astype("int64").rename_axis(["place", "count"]), demanded)
    system = _System.build(statements, choices, secrets)
    seen: list[set[int]] = [set() for _ in secrets]
    intervals = []
    for number in range(len(secrets)):
        intervals.append((_extreme(system, seen, number, 1), _extreme(system, seen, number, -1)))
    for number, (lower, upper) in enumerate(intervals):
        _find_between(system, seen, number, lower, upper, demanded)
    found = pd.DataFrame(intervals, columns=["lower", "upper"], index=index).astype("Int64")
    found["candidates"] = [min(len(values), demanded) for values in seen]
    return Audit(found, demanded)


@dataclass(frozen=True)
class _System:
    """All statements as rows over the cells and one 0/1 column per choice; the secrets as own rows."""

    rows: csr_array
    lower: np.ndarray
    upper: np.ndarray
    highest: np.ndarray  # of each column
    secrets: csr_array

    @classmethod
    def build(
        cls,
        statements: Sequence[Statement],
        choices: Sequence[Choice],
        secrets: dict[Cell, dict[Cell, int]],
    ) -> _System:
        cells = {cell: None for factors in _all_factors(statements, choices, secrets) for cell in factors}
        column = {cell: number for number, cell in enumerate(cells)}
        highest = _highest(statements, column)
        rows = [statement.factors for statement in statements]
        lower = [statement.lower for statement in statements]
        upper = [statement.upper for statement in statements]
        for choice in choices:  # first <= upper + M z and second <= upper + M (1 - z)
            z = ("choice", choice.first[0])
            column[z], bound = (
                len(column),
                int(max(highest[column[choice.first]], highest[column[choice.second]])),
            )
            rows += [{choice.first: 1, z: -bound}, {choice.second: 1, z: bound}]
            lower += [-np.inf, -np.inf]
            upper += [choice.upper, choice.upper + bound]
        highest = np.append(highest, np.ones(len(choices)))
        return cls(
            _matrix(rows, column),
            np.array(lower),
            np.array(upper),
            highest,
            _matrix(secrets.values(), column),
        )


def _all_factors(
    statements: Iterable[Statement], choices: Iterable[Choice], secrets: dict[Cell, dict[Cell, int]]
) -> Iterable[Iterable[Cell]]:
    yield from (statement.factors for statement in statements)
    yield from ((choice.first, choice.second) for choice in choices)
    yield from secrets.values()


def _highest(statements: Sequence[Statement], column: dict[Cell, int]) -> np.ndarray:
    """Bound each cell by the least printed sum it stands in, so that the numbers stay small and exact."""
    highest = np.full(len(column), float(_UNPRINTED_BOUND))
    plain = [s for s in statements if np.isfinite(s.upper) and set(s.factors.values()) == {1}]
    largest = max((s.upper for s in plain), default=0.0)
    highest = np.maximum(highest, largest)
    for statement in plain:
        touched = [column[cell] for cell in statement.factors]
        highest[touched] = np.minimum(highest[touched], statement.upper)
    return highest


def _matrix(rows: Iterable[dict[Cell, int]], column: dict[Cell, int]) -> csr_array:
    rows = list(rows)
    if not rows:  # nothing is printed
        return csr_array((0, len(column)))
    triplets = [
        (number, column[cell], factor) for number, row in enumerate(rows) for cell, factor in row.items()
    ]
    at, columns, factors = (np.array(part) for part in zip(*triplets, strict=True))
    return csr_array((factors.astype(float), (at, columns)), shape=(at.max() + 1, len(column)))


def _extreme(system: _System, seen: list[set[int]], number: int, sign: int) -> int | None:
    """Return the least (sign 1) or greatest (-1) value of one secret, noting the whole table found."""
    weights = system.secrets[[number]].toarray().ravel()
    return _solve(system, seen, number, sign * weights)


def _find_between(
    system: _System, seen: list[set[int]], number: int, lower: int | None, upper: int | None, demanded: int
) -> None:
    """Try values between the extremes, from both ends inwards, until enough are shown to be possible.

    Stops after a few tries for each value demanded: what was not found by then does not count, so the audit
    errs towards hiding more.
    """
    if lower is None or upper is None:
        return
    row, nothing = system.secrets[[number]], np.zeros(len(system.highest))
    steps = range(1, _TRIES * demanded)
    inwards = (value for step in steps for value in (lower + step, upper - step))
    for value in inwards:
        if len(seen[number]) >= demanded:
            return
        if lower < value < upper and value not in seen[number]:
            fixed = _System(
                vstack([system.rows, row]).tocsr(),
                np.append(system.lower, value),
                np.append(system.upper, value),
                system.highest,
                system.secrets,
            )
            _solve(fixed, seen, number, nothing)


def _solve(system: _System, seen: list[set[int]], number: int, objective: np.ndarray) -> int | None:
    """Find a whole table; every secret's value in it is possible. None when there is no such table."""
    answer = milp(
        objective,
        constraints=LinearConstraint(system.rows, system.lower, system.upper),
        bounds=Bounds(np.zeros(len(objective)), system.highest),
        integrality=np.ones(len(objective)),
    )
    if answer.x is None:
        return None
    table = np.rint(answer.x)
    sums = system.rows @ table
    if ((sums < system.lower) | (sums > system.upper)).any():  # not a table in whole numbers: no proof
        return None
    values = (system.secrets @ table).astype(int)
    for values_seen, value in zip(seen, values, strict=True):
        values_seen.add(int(value))
    return int(values[number])
