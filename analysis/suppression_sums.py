"""The sums a reader of printed cells starts from: what is printed, less what follows from the rest of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array, eye_array


@dataclass(frozen=True, eq=False)
class SuppressionCase:
    """Cells, secrets and what the reader knows beforehand.

    Parameters
    ----------
    matrix : csr_array (n x m) of 0 and 1: which unknowns a cell sums
    primary : bool (n): hidden for being small; known to be at most ``highest``
    secrets : csr_array (s x m) of 0 and 1: sums to protect
    highest : int, households
    width : int: a secret's greatest possible value lies at least so far above its least
    start : float (m): some unknowns that give all cells
    """

    matrix: csr_array
    primary: np.ndarray
    secrets: csr_array
    highest: int
    width: int
    start: np.ndarray


@dataclass(frozen=True, eq=False)
class PrintedSums:
    """Printed sums over the unknowns that are not printed themselves, without sums that follow from others.

    ``rows`` (r x columns) are sums of printed cells: row i is ``origin[i]`` of the cells. ``printed_by`` (m):
    the cell that prints an unknown alone, -1 for none; ``columns``: the other unknowns.
    """

    columns: np.ndarray
    rows: csr_array
    origin: csr_array
    small: csr_array
    small_highest: np.ndarray
    highest: np.ndarray
    printed_by: np.ndarray
    secondary: np.ndarray

    @classmethod
    def of(cls, case: SuppressionCase, hidden: np.ndarray) -> PrintedSums:
        """Reduce the cells that are not hidden."""
        sizes = np.diff(case.matrix.indptr)
        lone = np.flatnonzero(~hidden & (sizes == 1))[::-1]
        printed_by = np.full(case.matrix.shape[1], -1)
        printed_by[case.matrix.indices[case.matrix.indptr[lone]]] = lone  # the first of equal cells
        columns = np.flatnonzero(printed_by < 0)
        sums = np.flatnonzero(~hidden & (sizes > 1))
        rows = csr_array(case.matrix[sums][:, columns])
        open_ = np.diff(rows.indptr) > 0
        rows, sums = rows[open_], sums[open_]
        combination = _without_what_follows(rows)
        rows = csr_array(combination @ rows)
        rows.eliminate_zeros()
        open_ = np.diff(rows.indptr) > 0
        at = coo_array((np.ones(len(sums)), (np.arange(len(sums)), sums)), shape=(len(sums), len(sizes)))
        small = np.flatnonzero(case.primary & (sizes > 1))
        alone = case.matrix.indices[case.matrix.indptr[np.flatnonzero(case.primary & (sizes == 1))]]
        highest = np.full(case.matrix.shape[1], np.inf)
        highest[alone] = case.highest
        known = np.where(printed_by >= 0, case.start, 0)
        return cls(
            columns,
            rows[open_],
            csr_array(combination @ at)[open_],
            csr_array(case.matrix[small][:, columns]),
            case.highest - case.matrix[small] @ known,
            highest[columns],
            printed_by,
            hidden & ~case.primary,
        )


def _without_what_follows(rows: csr_array) -> csr_array:
    """Return the combination that takes from each sum the printed sums it is made of, the largest first.

    A city's total less those of its districts is nothing, so that districts become programmes of their own.
    """
    sizes = np.diff(rows.indptr)
    within = coo_array(rows @ rows.T)
    large, lesser = within.coords
    nested = (within.data == sizes[lesser]) & (
        (sizes[lesser] < sizes[large]) | ((sizes[lesser] == sizes[large]) & (lesser < large))
    )
    large, lesser = large[nested], lesser[nested]
    order = np.lexsort((lesser, -sizes[lesser], large))
    large, lesser = large[order], lesser[order]
    taken = np.full(rows.shape[1], -1)
    kept = np.zeros(len(large), dtype=bool)
    for number, (whole, part) in enumerate(zip(large.tolist(), lesser.tolist(), strict=True)):
        unknowns = rows.indices[rows.indptr[part] : rows.indptr[part + 1]]
        if (taken[unknowns] != whole).all():
            taken[unknowns] = whole
            kept[number] = True
    away = coo_array((np.ones(kept.sum()), (large[kept], lesser[kept])), shape=(len(sizes), len(sizes)))
    return csr_array(eye_array(len(sizes)) - away)
