"""Hiding of small counts, and of as few others as it takes that no small one can be worked out from the rest.

Cells of several tables and layers are protected together, over their common unknowns. Sets of printed cells
that pin a small count (``suppression_reader``) are gathered; the cheapest cells that meet all of them
(``suppression_cover``) are hidden; what is still pinned gives further sets. When nothing is pinned any more,
the cover is the cheapest there is. Where the work allowed ends before that, the best safe choice found is
given with the bound reached: further cells hidden greedily, and printed again where they turned out needless.

Hidden counts are wide enough for a reader who reckons in fractions; whether whole tables exist for each value
is for the audit, a piece of code of its own.

References
----------
Fischetti, Salazar (2001), Solving the cell suppression problem on tabular data with linear constraints,
Management Science 47.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array, vstack

from analysis.errors import FrameError, ParameterError
from analysis.milp import EQUAL, Milp, relative_gap, solve_milp
from analysis.public_cells import CountCells
from analysis.suppression_cover import PinPool
from analysis.suppression_reader import read_printed
from analysis.suppression_sums import SuppressionCase

Progress = Callable[[int, int], None]
_BATCHES = 60  # of cells tried again for printing in one round
_SINGLE = 6  # readings after each of which one cell of a set is hidden
_KEPT = 4  # ways of being wide enough remembered a secret


@dataclass(frozen=True)
class SuppressionRules:
    """What is small, how wide a hidden count must stay, and how long to look for the cheapest choice.

    Parameters
    ----------
    floor : int, households: least count printed; every smaller one, 0 too, is hidden
    candidates : int, at least 2, at most floor: whole numbers the interval of a secret must hold
    programmes : int, at least 1: linear programmes after which no better choice is looked for; every machine
        counts them alike

    Raises
    ------
    ParameterError
        A number outside its range.
    """

    floor: int = 10
    candidates: int = 6
    programmes: int = 20_000

    def __post_init__(self) -> None:
        """Refuse rules that protect nothing or that no hidden count can meet."""
        if not 2 <= self.candidates <= self.floor:
            raise ParameterError(
                f"Expected 2 <= candidates <= floor, got {self.candidates}, {self.floor}. Raise the floor."
            )
        if self.programmes < 1:
            raise ParameterError(f"Expected programmes >= 1, got {self.programmes}. Correct it.")


@dataclass(frozen=True, eq=False)
class Suppression:
    """Which cells are hidden, and how near that is to the cheapest safe choice.

    Parameters
    ----------
    hidden : bool (n); all of them when ``status`` is "infeasible"
    primary : bool (n): hidden for being small
    status : "optimal" (no safe choice costs less), "feasible" (safe, perhaps not the cheapest),
        "nothing_to_do" (the small ones and those kept hidden are enough) or "infeasible" (what must be
        printed is small or gives a secret away: nothing may be printed)
    value : float: weight of what is hidden besides small cells and those kept hidden; NaN when infeasible
    bound : float: no safe choice weighs less; NaN when infeasible
    rounds : int, covers solved
    programmes : int, linear programmes solved
    """

    hidden: np.ndarray
    primary: np.ndarray
    status: str
    value: float
    bound: float
    rounds: int
    programmes: int

    @property
    def gap(self) -> float:
        """Return the relative distance of value and bound, 0 when proven, NaN when infeasible."""
        return relative_gap(self.value, self.bound)


def suppress(
    cells: CountCells,
    *,
    rules: SuppressionRules = SuppressionRules(),
    weights: np.ndarray | None = None,
    keep_hidden: np.ndarray | None = None,
    never_hide: np.ndarray | None = None,
    also_protect: csr_array | None = None,
    progress: Progress | None = None,
) -> Suppression:
    """Hide small counts and what gives them away.

    A count below the floor is small, 0 too; a cell without unknowns holds nobody by definition and is not. A
    reader is taken to know every printed cell, that counts are not negative, and that small ones are below
    the floor; then each small cell, and each sum of ``also_protect``, must have an interval with enough
    whole numbers. Equal inputs give equal answers.

    Parameters
    ----------
    cells : CountCells
    rules : SuppressionRules
    weights : float (n), above 0, optional: what hiding a cell costs; otherwise the logarithm of 1 + its
        count, between fewest cells and fewest households
    keep_hidden : bool (n), optional: hidden in an earlier release of the fiscal year; stays hidden
    never_hide : bool (n), optional: must be printed
    also_protect : csr_array (k x m) of 0 and 1, optional: further sums that must not be found, such as what
        two layers differ by
    progress : callable taking programmes solved and the most there will be before the search is cut short;
        what it raises ends the work

    Raises
    ------
    ParameterError
        Arrays of lengths that do not fit, or weights not above 0.
    FrameError
        No unknowns give all the counts.
    """
    _check(cells, weights, keep_hidden, never_hide, also_protect)
    count = len(cells.values)
    kept = np.zeros(count, dtype=bool) if keep_hidden is None else keep_hidden
    printed = np.zeros(count, dtype=bool) if never_hide is None else never_hide
    matrix = csr_array(cells.matrix, dtype=float)
    primary = (cells.values < rules.floor) & (np.diff(matrix.indptr) > 0)
    if (printed & (primary | kept)).any():
        return _infeasible(primary, 0, 0)
    secrets = matrix[primary] if also_protect is None else vstack([matrix[primary], also_protect])
    start = _some_unknowns(matrix, cells.values)
    case = SuppressionCase(matrix, primary, csr_array(secrets), rules.floor - 1, rules.candidates - 1, start)
    cost = np.log1p(cells.values) if weights is None else weights
    always = primary | kept
    pool = PinPool(np.where(always, 1.0, np.maximum(cost, 1e-9)), ~always & ~printed)
    search = _Search(case, pool, always, rules.programmes, progress or (lambda done, most: None))
    return search.run()


def _check(
    cells: CountCells,
    weights: np.ndarray | None,
    keep_hidden: np.ndarray | None,
    never_hide: np.ndarray | None,
    also_protect: csr_array | None,
) -> None:
    count, unknowns = cells.matrix.shape
    arrays = [array for array in (cells.values, weights, keep_hidden, never_hide) if array is not None]
    if any(len(array) != count for array in arrays):
        raise ParameterError(f"Expected arrays of {count} cells, got others. Correct their lengths.")
    if also_protect is not None and also_protect.shape[1] != unknowns:
        raise ParameterError(
            f"Expected sums of {unknowns} unknowns, got {also_protect.shape[1]}. Correct the columns."
        )
    if weights is not None and not (np.isfinite(weights) & (weights > 0)).all():
        raise ParameterError("Expected weights > 0, got others. Correct them.")


def _some_unknowns(matrix: csr_array, values: np.ndarray) -> np.ndarray:
    """Return unknowns >= 0 that give all cells: as printed alone where they are, else by linear programme."""
    sizes = np.diff(matrix.indptr)
    lone = np.flatnonzero(sizes == 1)
    columns = matrix.shape[1]
    lower, upper = np.zeros(columns), np.full(columns, np.inf)
    lower[matrix.indices[matrix.indptr[lone]]] = upper[matrix.indices[matrix.indptr[lone]]] = values[lone]
    if np.isfinite(upper).all():
        start = lower
    else:
        free = np.zeros(columns, dtype=bool)
        start = solve_milp(Milp(np.zeros(columns), matrix, values, values, lower, upper, free)).x
    if len(start) != columns or np.abs(matrix @ start - values).max(initial=0) > EQUAL * 1e3:
        raise FrameError("Expected counts that add up, got cells no unknowns give. Count them together.")
    return start


def _infeasible(primary: np.ndarray, rounds: int, programmes: int) -> Suppression:
    return Suppression(
        np.ones(len(primary), dtype=bool), primary, "infeasible", np.nan, np.nan, rounds, programmes
    )


@dataclass(eq=False)
class _Search:
    """Covers and readings in turn, and what was learnt: sets that pin, and what each width rests on."""

    case: SuppressionCase
    pool: PinPool
    always: np.ndarray
    most: int
    progress: Progress
    programmes: int = 0
    rests_on: dict[int, list[np.ndarray]] = field(default_factory=dict)

    def run(self) -> Suppression:
        """Search until the bound meets the best choice, nothing is learnt any more, or the work is done."""
        best, bound, rounds, learnt = None, 0.0, 0, -1
        while True:
            cover, lower, _ = self.pool.cover()
            rounds, bound = rounds + 1, max(bound, lower)
            closed = best is not None and relative_gap(self._value(best), bound) <= EQUAL
            if closed or (
                best is not None and (self.programmes >= self.most or learnt == len(self.pool.sets))
            ):
                self.progress(self.most, self.most)
                return self._answer(best, bound, closed, rounds)
            learnt, hidden = len(self.pool.sets), self.always | cover
            hidden = self._complete(hidden, self.pool.may_hide, self._unsure(hidden))
            if hidden is None:
                return _infeasible(self.case.primary, rounds, self.programmes)
            if learnt < len(self.pool.sets):
                hidden = self._print_again(hidden)
            if best is None or self._value(hidden) < self._value(best):
                best = hidden

    def _answer(self, best: np.ndarray, bound: float, closed: bool, rounds: int) -> Suppression:
        value = self._value(best)
        status = "feasible" if not closed else "optimal" if value > 0 else "nothing_to_do"
        return Suppression(best, self.case.primary, status, value, min(bound, value), rounds, self.programmes)

    def _value(self, hidden: np.ndarray) -> float:
        return float(self.pool.weights[hidden & ~self.always].sum())

    def _unsure(self, hidden: np.ndarray) -> np.ndarray:
        """Return the secrets that no width found before still shows to be wide enough."""
        return np.array(
            [
                secret
                for secret in range(self.case.secrets.shape[0])
                if not any(hidden[cells].all() for cells in self.rests_on.get(secret, ()))
            ],
            dtype=np.int64,
        )

    def _complete(self, hidden: np.ndarray, allowed: np.ndarray, asked: np.ndarray) -> np.ndarray | None:
        """Hide cells of ``allowed`` until no secret asked for is pinned; None when that cannot be.

        After some readings twice as many cells a set are hidden each time; too many are printed again later.
        """
        reading = 0
        while len(asked):
            asked = self._read(hidden, asked)
            if self.pool.is_hopeless:
                return None
            reading += 1
            hidden = self.pool.hide_more(hidden, allowed, least=2 ** max(0, reading - _SINGLE))
        return hidden

    def _read(self, hidden: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """Read the printed cells, keep what is learnt, and return the secrets that are pinned."""
        reading = read_printed(self.case, hidden, asked)
        self.programmes += reading.programmes
        for _, cells in reading.pins:
            self.pool.add(cells)
        for secret, cells in reading.needs.items():
            ways = self.rests_on.setdefault(secret, [])
            ways.insert(0, cells)
            del ways[_KEPT:]
        self.progress(min(self.programmes, self.most), self.most)
        return np.array([secret for secret, _ in reading.pins], dtype=np.int64)

    def _print_again(self, hidden: np.ndarray) -> np.ndarray:
        """Print what need not be hidden, the heaviest first, in batches of cells that share no set."""
        extra = np.flatnonzero(hidden & ~self.always)
        extra = extra[np.argsort(-self.pool.weights[extra], kind="stable")]
        part = self.pool.cell_parts()[extra]
        order = np.argsort(part, kind="stable")
        first = np.searchsorted(part[order], part[order])
        turn = np.empty(len(extra), dtype=np.int64)
        turn[order] = np.arange(len(extra)) - first
        for number in range(min(turn.max(initial=-1) + 1, _BATCHES)):
            batch = np.zeros(len(hidden), dtype=bool)
            batch[extra[turn == number]] = True
            fewer = self.pool.hide_more(hidden & ~batch, batch)
            if (fewer != hidden).any():
                hidden = self._complete(fewer, batch, self._unsure(fewer))
        return hidden
