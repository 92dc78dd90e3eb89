"""What a reader works out without a solver: bounds of every unknown, from row to row, in whole numbers.

Each row bounds each of its unknowns by what the others must at least, or can at most, add; repeated until
nothing changes, this settles whatever follows from subtraction alone. What is left falls into parts that have
nothing to do with one another.

References
----------
Savelsbergh, M. (1994). Preprocessing and probing techniques for mixed integer programming problems. ORSA
Journal on Computing 6: tightening bounds by activities.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import connected_components

from analysis.public_cells import Knowledge

_ROUNDS = 200  # inequalities that feed one another may creep; every round is right on its own


@dataclass(frozen=True, eq=False)
class Part:
    """Unknowns that hang together: ``low <= rows @ x <= high``, ``0 <= x <= most``, x whole numbers.

    Parameters
    ----------
    rows : csr_array of int64 (k, m)
    low, high : float (k); -inf and inf where there is no bound, whole otherwise
    most : float (m), >= 1; inf where there is no bound
    secrets : csr_array of int64 (s, m)
    numbers : int (s): which secrets of all these are
    """

    rows: csr_array
    low: np.ndarray
    high: np.ndarray
    most: np.ndarray
    secrets: csr_array
    numbers: np.ndarray


@dataclass(frozen=True, eq=False)
class Bounds:
    """Bounds of every unknown that hold in every table a reader could have in mind.

    Parameters
    ----------
    least : float (m), whole, >= 0
    most : float (m), whole or inf, >= least
    """

    least: np.ndarray
    most: np.ndarray


def tighten_bounds(knowledge: Knowledge) -> Bounds | None:
    """Bound every unknown by what each row leaves it; None when two statements contradict each other.

    Parameters
    ----------
    knowledge : Knowledge
        Of whole factors.

    Returns
    -------
    Bounds or None
        Every table that agrees with ``knowledge`` lies within. None is a proof that there is no such table;
        bounds are no proof that there is one.
    """
    rows = _Entries.of(knowledge)
    least, most = np.zeros(rows.columns), np.full(rows.columns, np.inf)
    for _ in range(_ROUNDS):
        floor, ceiling = rows.limits(least, most)
        if (floor > rows.high).any() or (ceiling < rows.low).any():
            return None
        lower, upper = rows.tightened(least, most)
        if (lower > upper).any():
            return None
        if np.array_equal(lower, least) and np.array_equal(upper, most):
            break
        least, most = lower, upper
    return Bounds(least, most)


def split_parts(knowledge: Knowledge, bounds: Bounds, secrets: csr_array) -> Iterator[Part]:
    """Split what is still open into parts that share no unknown, each counted from its least possible table.

    Parameters
    ----------
    secrets : csr_array (s, m)
        A secret over several parts makes them one. A secret whose unknowns stand in no row that still binds
        is in no part: it may be anything between its bounds.

    Yields
    ------
    Part
        ``x`` is what the unknowns hold beyond ``bounds.least``. A part without a secret, or with rows alone,
        must be possible all the same.
    """
    rows = _Entries.of(knowledge)
    floor, ceiling = rows.limits(bounds.least, bounds.most)
    binding = (floor < rows.low) | (ceiling > rows.high)
    open_columns = np.flatnonzero(bounds.least < bounds.most)
    shift = knowledge.matrix @ bounds.least
    matrix = _whole(knowledge.matrix)[np.flatnonzero(binding)][:, open_columns]
    low, high = (rows.low - shift)[binding], (rows.high - shift)[binding]
    matrix, low, high = _subtract_nested(matrix, low, high)
    asked = _whole(secrets)[:, open_columns]
    tied = np.flatnonzero(asked @ (np.bincount(matrix.indices, minlength=len(open_columns)) > 0))
    asked = asked[tied]
    most = (bounds.most - bounds.least)[open_columns]
    for row_set, secret_set, columns in _components(matrix, asked):
        yield Part(
            matrix[row_set][:, columns],
            low[row_set],
            high[row_set],
            most[columns],
            asked[secret_set][:, columns],
            tied[secret_set],
        )


def _subtract_nested(
    matrix: csr_array, low: np.ndarray, high: np.ndarray
) -> tuple[csr_array, np.ndarray, np.ndarray]:
    """Subtract from each row the known sums inside it, largest first; the same tables agree as before.

    A city's total over districts that are printed too then says only what they leave over, and no longer ties
    all districts together; nor does a row that sets the city's reasons equal to it. A row of which nothing is
    left stays: 0 must be what is left of its value.
    """
    size = np.diff(matrix.indptr)
    unlike = np.bincount(_row_of(matrix), weights=abs(matrix.data) != 1, minlength=len(size))
    plain = np.bincount(_row_of(matrix), weights=matrix.data != 1, minlength=len(size)) == 0
    known = np.flatnonzero((low == high) & plain)
    sums = matrix[known]
    shared = csr_array(matrix @ sums.T)
    order = np.argsort(np.argsort(size[known], kind="stable"))  # of two alike, the later one is the larger
    place = np.full(len(size), len(known))
    place[known] = order
    first, second, values = [], [], []
    for outer in np.flatnonzero(unlike == 0):
        entries = slice(shared.indptr[outer], shared.indptr[outer + 1])
        inner, sign = shared.indices[entries], np.sign(shared.data[entries])
        inside = (abs(shared.data[entries]) == size[known][inner]) & (order[inner] < place[outer])
        inner, sign = inner[inside], dict(zip(inner[inside].tolist(), sign[inside].tolist(), strict=True))
        for one in _disjoint(sums, inner[np.argsort(-order[inner])]):
            first.append(outer)
            second.append(known[one])
            values.append(-sign[one])
    operation = csr_array((values, (first, second)), shape=(len(size), len(size)), dtype=np.int64)
    level = np.where(low == high, low, 0.0) @ operation.T
    left = csr_array(matrix + operation @ matrix)
    left.eliminate_zeros()
    return left, low + level, high + level


def _disjoint(sums: csr_array, choice: np.ndarray) -> list[int]:
    """Take sums in turn that share no unknown with one taken before."""
    taken = np.zeros(sums.shape[1], dtype=bool)
    chosen = []
    for one in choice:
        columns = sums.indices[sums.indptr[one] : sums.indptr[one + 1]]
        if not taken[columns].any():
            taken[columns] = True
            chosen.append(one)
    return chosen


def _row_of(matrix: csr_array) -> np.ndarray:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def _components(matrix: csr_array, asked: csr_array) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield rows, secrets and columns of each component that has a row."""
    stacked = vstack([matrix, asked]).tocoo()
    count = stacked.shape[0]
    size = count + stacked.shape[1]
    graph = csr_array((np.ones(stacked.nnz), (stacked.row, stacked.col + count)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label, kind="stable")
    edges = np.flatnonzero(np.diff(label[order])) + 1
    for members in np.split(order, edges):
        first, second = np.searchsorted(members, [matrix.shape[0], count])
        if first > 0:
            yield members[:first], members[first:second] - matrix.shape[0], members[second:] - count


def _whole(matrix: csr_array) -> csr_array:
    found = _tidy(matrix)
    return csr_array((np.rint(found.data).astype(np.int64), found.indices, found.indptr), shape=found.shape)


def _tidy(matrix: csr_array) -> csr_array:
    """Return a copy whose entries stand once and are not 0: a 0 that is written down says nothing."""
    found = csr_array(matrix, copy=True)
    found.sum_duplicates()
    found.eliminate_zeros()
    return found


@dataclass(frozen=True, eq=False)
class _Entries:
    """The entries of all rows, one by one; sides rounded inwards to whole numbers."""

    row: np.ndarray
    column: np.ndarray
    factor: np.ndarray
    low: np.ndarray
    high: np.ndarray
    columns: int

    @classmethod
    def of(cls, knowledge: Knowledge) -> _Entries:
        entries = _tidy(knowledge.matrix).tocoo()
        low, high = np.ceil(knowledge.lower), np.floor(knowledge.upper)
        return cls(entries.row, entries.col, entries.data.astype(float), low, high, entries.shape[1])

    def _ends(self, least: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the greatest that each entry can add to its row."""
        one, other = self.factor * least[self.column], self.factor * most[self.column]
        return np.minimum(one, other), np.maximum(one, other)

    def _sum(self, parts: np.ndarray) -> np.ndarray:
        return np.bincount(self.row, weights=parts, minlength=len(self.low))

    def limits(self, least: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the greatest sum of each row."""
        small, large = self._ends(least, most)
        return self._sum(small), self._sum(large)

    def _others(self, parts: np.ndarray) -> np.ndarray:
        """Return, for each entry, the sum of the other entries of its row; infinite where one of them is."""
        endless = np.isinf(parts)
        finite = np.where(endless, 0.0, parts)
        rest = self._sum(finite)[self.row] - finite
        unbounded = self._sum(endless.astype(float))[self.row] - endless > 0
        sign = np.inf if (parts[endless] > 0).any() else -np.inf
        return np.where(unbounded, sign, rest)

    def tightened(self, least: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the bounds after one round over all rows."""
        small, large = self._ends(least, most)
        up_to = (self.high[self.row] - self._others(small)) / self.factor
        from_on = (self.low[self.row] - self._others(large)) / self.factor
        positive = self.factor > 0
        lower, upper = least.copy(), most.copy()
        np.minimum.at(upper, self.column, np.floor(np.where(positive, up_to, from_on)))
        np.maximum.at(lower, self.column, np.ceil(np.where(positive, from_on, up_to)))
        return lower, upper
