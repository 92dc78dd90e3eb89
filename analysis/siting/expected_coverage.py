"""Coverage when facilities fail: the most expected, and what the loss of each facility costs.

Every facility fails with the same chance, independently of the others. A demand with n facilities in reach
is then covered with the chance 1 - q ** n; the (k+1)-th facility adds (1 - q) * q ** k of its weight, which
falls with k, so that the exact plan is a covering with gains by level.

References
----------
Daskin, M. (1983). A maximum expected covering location model. Transportation Science 17.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from analysis.errors import ParameterError
from analysis.siting.cover import Search, count_covering
from analysis.siting.covering import Covering, solve_layered_covering


def expected_gain(weight: np.ndarray, fails: float, levels: int) -> np.ndarray:
    """Return what the first, second ... facility in reach of a demand adds to its expected coverage.

    Parameters
    ----------
    weight : float (D,)
    fails : float, 0 to below 1, the chance that a facility fails
    levels : int, at least 1, facilities that can cover one demand at most

    Returns
    -------
    float (D, levels)

    Raises
    ------
    ParameterError
        A chance or number out of range.

    Examples
    --------
    >>> expected_gain(np.array([100.0]), 0.5, 3)
    array([[50. , 25. , 12.5]])
    """
    if not 0 <= fails < 1:
        raise ParameterError(f"Expected a chance from 0 to below 1, got {fails}. Correct it.")
    if levels < 1:
        raise ParameterError(f"Expected at least 1 level, got {levels}. Correct it.")
    return np.outer(np.asarray(weight, dtype=float), (1 - fails) * fails ** np.arange(levels))


def solve_expected_covering(
    covered: sparse.sparray,
    weight: np.ndarray,
    new: int,
    *,
    fails: float,
    fixed: Sequence[int] = (),
    search: Search = Search(),
) -> Covering:
    """Choose new facilities that cover the most expected weight; its value and bound are expected weights.

    Parameters
    ----------
    covered, weight, new, fixed, search : as in :func:`analysis.siting.covering.solve_maximal_covering`
    fails : float, 0 to below 1, the chance that a facility fails, new or fixed

    Raises
    ------
    ParameterError
        As there; or a chance out of range.
    """
    covered = sparse.csr_array(covered, dtype=bool)
    levels = min(int(np.diff(covered.indptr).max(initial=0)), new + len(set(fixed)))
    gain = expected_gain(weight, fails, max(1, levels))
    return solve_layered_covering(covered, gain, new, fixed=fixed, search=search)


def loss_of_each(covered: sparse.sparray, weight: np.ndarray, facilities: np.ndarray) -> np.ndarray:
    """Return the weight (F,) that only each facility covers: lost without it.

    Parameters
    ----------
    covered : sparse bool (D, C)
    weight : float (D,)
    facilities : int array (F,), positions of those open, each once
    """
    covered = sparse.csr_array(covered, dtype=bool)
    alone = np.asarray(weight, dtype=float) * (count_covering(covered, facilities) == 1)
    return (covered.T.astype(float) @ alone)[facilities]
