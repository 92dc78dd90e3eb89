"""The most demand covered with so many new facilities: once, and then a second time.

References
----------
Church, R. and ReVelle, C. (1974). The maximal covering location problem. Papers in Regional Science 32.
Hogan, K. and ReVelle, C. (1986). Concepts and applications of backup coverage. Management Science 32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.errors import ParameterError
from analysis.milp import relative_gap
from analysis.siting.cover import Search, build_task, check_cover, count_covering, gained
from analysis.siting.cover_exact import solve_task


@dataclass(frozen=True, eq=False)
class Covering:
    """A plan of new facilities and how good any plan can be at most.

    Parameters
    ----------
    status : "optimal" (proven), "feasible" (the bound is open) or "nothing_to_do" (no new facility gains
        anything: none asked for, no demand left, or none in reach)
    chosen : int array, positions of the new facilities, sorted; fewer than asked for where more gain nothing
    value : float, what the fixed and the new facilities gain together, in the unit of the weights
    bound : float, at least ``value``, what no plan of as many new facilities passes
    covering : int array (D,), how many of the fixed and new facilities cover each demand
    uncovered : int, demands none of them covers although a candidate could
    unreachable : int, demands that no candidate at all covers
    """

    status: str
    chosen: np.ndarray
    value: float
    bound: float
    covering: np.ndarray
    uncovered: int
    unreachable: int

    @property
    def gap(self) -> float:
        """Return how far the plan is from the bound, as a share of the bound; 0 when proven."""
        return relative_gap(self.value, self.bound)


def solve_maximal_covering(
    covered: sparse.sparray,
    weight: np.ndarray,
    new: int,
    *,
    fixed: Sequence[int] = (),
    search: Search = Search(),
) -> Covering:
    """Choose new facilities that cover the most weight, beside the fixed ones.

    Parameters
    ----------
    covered : sparse bool (D, C), who can cover what; see :func:`analysis.siting.cover.cover_within`
    weight : float (D,), at least 0
    new : int, at least 0, new facilities at most, the fixed ones not counted
    fixed : positions of facilities open already
    search : Search

    Raises
    ------
    ParameterError
        Weights that do not fit or are negative, a negative number, positions that are none.
    """
    return solve_layered_covering(
        covered, np.asarray(weight, dtype=float)[:, None], new, fixed=fixed, search=search
    )


def solve_layered_covering(
    covered: sparse.sparray,
    gain: np.ndarray,
    new: int,
    *,
    fixed: Sequence[int] = (),
    search: Search = Search(),
) -> Covering:
    """Choose new facilities that gain most where a demand's first, second ... covering facility each add.

    Parameters
    ----------
    gain : float (D, K), at least 0 and not rising along a row: what the (k+1)-th covering facility adds
    covered, new, fixed, search : as in :func:`solve_maximal_covering`

    Raises
    ------
    ParameterError
        As there; or gains that rise.
    """
    covered, gain = sparse.csr_array(covered, dtype=bool), np.asarray(gain, dtype=float)
    fixed = np.unique(np.asarray(fixed, dtype=np.int64))
    check_cover(covered, gain, new, fixed)
    if (np.diff(gain, axis=1) > 0).any():
        raise ParameterError("Expected gains that do not rise from one facility to the next. Correct them.")
    task = build_task(covered, gain, new, fixed)
    chosen, bound = solve_task(task, search)
    return describe_covering(covered, gain, chosen, fixed=fixed, bound=bound)


def backup_gain(weight: np.ndarray, share: float) -> np.ndarray:
    """Return gains (D, 2): the weight for the first facility, ``share`` (0 to 1) of it for the second.

    Raises
    ------
    ParameterError
        A share out of range.
    """
    if not 0 <= share <= 1:
        raise ParameterError(f"Expected a share from 0 to 1, got {share}. Correct it.")
    weight = np.asarray(weight, dtype=float)
    return np.column_stack([weight, share * weight])


def describe_covering(
    covered: sparse.csr_array, gain: np.ndarray, chosen: np.ndarray, *, fixed: np.ndarray, bound: float
) -> Covering:
    """Return the plan with its value and what it leaves uncovered."""
    covering = count_covering(covered, np.concatenate([fixed, chosen]))
    value, reachable = gained(gain, covering), np.diff(covered.indptr) > 0
    bound = max(value, bound)
    proven = bound - value <= 1e-9 * max(1.0, abs(value))
    status = "nothing_to_do" if proven and not len(chosen) else "optimal" if proven else "feasible"
    return Covering(
        status=status,
        chosen=chosen,
        value=value,
        bound=value if proven else bound,
        covering=covering,
        uncovered=int((reachable & (covering == 0)).sum()),
        unreachable=int((~reachable).sum()),
    )
