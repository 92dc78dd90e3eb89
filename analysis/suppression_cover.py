"""The cheapest cells that meet every set of pinning cells: a hitting set, greedy or exact with its bound.

References
----------
Moreno-Centeno, Karp (2013), The implicit hitting set approach to solve combinatorial optimization problems,
Operations Research 61. Solver: HiGHS.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import block_array, coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from analysis.milp import Limits, Milp, solve_milp

_LIMITS = Limits(nodes=5_000, seconds=20.0)  # of one part of the cover


@dataclass(eq=False)
class PinPool:
    """Sets of printed cells of which one must be hidden, each kept once, and the covers found of them.

    Parameters
    ----------
    weights : float (n), above 0: what hiding a cell costs
    may_hide : bool (n)
    """

    weights: np.ndarray
    may_hide: np.ndarray
    sets: list[np.ndarray] = field(default_factory=list)
    is_hopeless: bool = False  # a set has no cell that may be hidden
    _known: set[bytes] = field(default_factory=set)
    _covers: dict[tuple[int, ...], _Cover] = field(default_factory=dict)

    def add(self, cells: np.ndarray) -> None:
        """Keep the cells of one set that may be hidden."""
        open_ = cells[self.may_hide[cells]]
        self.is_hopeless |= len(open_) == 0
        if len(open_) and open_.tobytes() not in self._known:
            self._known.add(open_.tobytes())
            self.sets.append(open_)

    def hide_more(self, hidden: np.ndarray, allowed: np.ndarray, *, least: int = 1) -> np.ndarray:
        """Return ``hidden`` with further cells of ``allowed`` until every set is met: first what meets most.

        Of a set not met yet, ``least`` cells are hidden, or all there are.
        """
        hidden, incidence = hidden.copy(), self.incidence()
        wanted = np.minimum(least, incidence @ (allowed & ~hidden))
        wanted[incidence @ hidden > 0] = 0
        while (unmet := incidence @ hidden < wanted).any():
            worth = np.where(allowed & ~hidden, incidence.T @ unmet.astype(float) / self.weights, 0)
            hidden[worth.argmax()] = True
        return hidden

    def cover(self) -> tuple[np.ndarray, float, bool]:
        """Return cells that meet every set, a weight no such cells go below, and whether theirs is it."""
        chosen, bound, proven = np.zeros(len(self.weights), dtype=bool), 0.0, True
        for numbers in self._parts():
            if numbers not in self._covers:
                self._covers[numbers] = self._solve(numbers)
            cover = self._covers[numbers]
            chosen[cover.cells] = True
            bound, proven = bound + cover.bound, proven and cover.proven
        return chosen, bound, proven

    def incidence(self) -> csr_array:
        """Return the sets (rows) by the cells in them, float."""
        return _incidence(self.sets, len(self.weights))

    def cell_parts(self) -> np.ndarray:
        """Return (n) which part each cell is in: cells that share a set are in one."""
        sets = self.incidence()
        return connected_components(block_array([[None, sets], [sets.T, None]]), directed=False)[1][
            len(self.sets) :
        ]

    def _parts(self) -> list[tuple[int, ...]]:
        if not self.sets:
            return []
        label = self.cell_parts()[[cells[0] for cells in self.sets]]
        order = np.argsort(label, kind="stable")
        ends = np.flatnonzero(np.diff(label[order])) + 1
        return [tuple(numbers.tolist()) for numbers in np.split(order, ends)]

    def _solve(self, numbers: tuple[int, ...]) -> _Cover:
        sets = _without_supersets(_incidence([self.sets[number] for number in numbers], len(self.weights)))
        cells = np.unique(sets.indices)
        rows = csr_array(sets[:, cells])
        count, size = rows.shape
        programme = Milp(
            self.weights[cells],
            rows,
            np.ones(count),
            np.full(count, np.inf),
            np.zeros(size),
            np.ones(size),
            np.ones(size, dtype=bool),
        )
        answer = solve_milp(programme, limits=_LIMITS)
        if len(answer.x) == 0:  # cut short without a plan: everything meets everything
            return _Cover(cells, max(answer.bound, 0.0), False)
        return _Cover(cells[answer.x > 0], min(answer.bound, answer.value), answer.status == "optimal")


@dataclass(frozen=True, eq=False)
class _Cover:
    cells: np.ndarray
    bound: float
    proven: bool


def _incidence(sets: list[np.ndarray], count: int) -> csr_array:
    rows = np.repeat(np.arange(len(sets)), [len(cells) for cells in sets])
    cells = np.concatenate([*sets, np.empty(0, dtype=np.int64)]).astype(np.int64)
    return csr_array(coo_array((np.ones(len(cells)), (rows, cells)), shape=(len(sets), count)))


def _without_supersets(sets: csr_array) -> csr_array:
    """Leave out every set that holds another: whoever meets the other meets it too."""
    sizes = np.diff(sets.indptr)
    shared = coo_array(sets @ sets.T)
    large, lesser = shared.coords
    holds = (shared.data == sizes[lesser]) & (sizes[lesser] < sizes[large])
    return csr_array(sets[~np.isin(np.arange(len(sizes)), large[holds])])
