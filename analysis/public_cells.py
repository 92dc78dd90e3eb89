"""Counts of several tables over common unknowns: what suppression hides and what an attacker combines.

Everything public of one reference date is made of the same unknown whole numbers: households in each *piece*
(a smallest common area of all layers: no layer's border runs through it) by *category* (statuses and reasons
that exclude one another). A cell of a table is a sum of unknowns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array


@dataclass(frozen=True)
class CountCells:
    """The cells of all tables of one reference date.

    Parameters
    ----------
    cells : MultiIndex (table, area, column) of the n cells, without repeats
    unknowns : MultiIndex (piece, category) of the m unknowns, without repeats
    matrix : csr_array (n x m) of 0 and 1: which unknowns a cell sums
    values : int64 array (n), households, >= 0: the true count of each cell
    """

    cells: pd.MultiIndex
    unknowns: pd.MultiIndex
    matrix: csr_array
    values: np.ndarray


@dataclass(frozen=True)
class Knowledge:
    """What a reader knows of the unknowns: ``lower <= matrix @ x <= upper``, x whole numbers >= 0.

    Parameters
    ----------
    matrix : csr_array (k x m) of whole numbers
    lower, upper : float arrays (k); -inf and inf where there is no bound
    """

    matrix: csr_array
    lower: np.ndarray
    upper: np.ndarray
