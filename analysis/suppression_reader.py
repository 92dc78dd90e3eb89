"""What a reader works out of printed cells: which secrets lie in too narrow an interval, and what pins them.

The reader knows every printed cell, that no count is negative, and that a cell hidden for being small is no
larger than the floor allows. The least and greatest sum of unknowns under this are linear programmes. Where
they leave a secret too few whole numbers, the duals name printed cells that alone pin it: as long as all of
these are printed, the secret stays pinned whatever else is hidden, so one of them has to go.

References
----------
Fischetti, Salazar (2001), Solving the cell suppression problem on tabular data with linear constraints,
Management Science 47. Solver: HiGHS.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import highspy
import numpy as np
from scipy.sparse import block_array, coo_array, csr_array, vstack
from scipy.sparse.csgraph import connected_components

from analysis.milp import QuietHighs
from analysis.suppression_sums import PrintedSums, SuppressionCase

_EPS = 1e-6  # of an interval's end: HiGHS' own tolerance; below it a multiplier is none
_PRIMAL_SIMPLEX = 4
_WORTH_STIRRING = 30  # secrets settled by two large steps, instead of two small ones a secret


@dataclass(eq=False)
class Reading:
    """What one reading found of the secrets asked for.

    Parameters
    ----------
    pins : (secret, cells) pairs: printed cells that alone pin the secret
    needs : by secret that is wide enough: the cells its width rests on, of those hidden without being small;
        it stays wide enough while these are hidden
    programmes : int, linear programmes solved
    """

    pins: list[tuple[int, np.ndarray]] = field(default_factory=list)
    needs: dict[int, np.ndarray] = field(default_factory=dict)
    programmes: int = 0


def read_printed(case: SuppressionCase, hidden: np.ndarray, asked: np.ndarray) -> Reading:
    """Find which secrets are pinned by the cells that are not hidden.

    Parameters
    ----------
    hidden : bool (n), contains ``case.primary``
    asked : int, numbers of the secrets to look at
    """
    reading = Reading()
    system = PrintedSums.of(case, hidden)
    ties = _Ties.of(system, case, asked)
    for number in np.flatnonzero(ties.is_free).tolist():
        reading.needs[int(asked[number])] = ties.secondary[ties.of_secret[number]]
    for label in np.unique(ties.of_secret[~ties.is_free]).tolist():
        _read_part(case, system, ties.part(system, label), reading)
    return reading


@dataclass(frozen=True, eq=False)
class _Part:
    """Unknowns that printed sums, small sums and secrets tie together, and what stands on them alone."""

    columns: np.ndarray
    rows: csr_array
    row_numbers: np.ndarray
    small: csr_array
    small_highest: np.ndarray
    secrets: np.ndarray
    sums: csr_array
    secondary: np.ndarray


@dataclass(frozen=True, eq=False)
class _Ties:
    """Which part each secret asked for, row and unknown belongs to (a number each, lists by that number)."""

    asked: np.ndarray
    sums: csr_array
    of_secret: np.ndarray
    is_free: np.ndarray  # has an unknown, in a part of which nothing printed tells
    secrets: list[np.ndarray]
    rows: list[np.ndarray]
    small: list[np.ndarray]
    columns: list[np.ndarray]
    secondary: list[np.ndarray]

    @classmethod
    def of(cls, system: PrintedSums, case: SuppressionCase, asked: np.ndarray) -> _Ties:
        sums = csr_array(case.secrets[asked][:, system.columns])
        ties = csr_array(vstack([system.rows, system.small, sums]))
        count, label = connected_components(block_array([[None, ties], [ties.T, None]]), directed=False)
        of_row, of_small, of_secret, of_column = np.split(
            label, np.cumsum([system.rows.shape[0], system.small.shape[0], len(asked)])
        )
        told = np.zeros(count, dtype=bool)
        told[of_row] = True
        cells = np.flatnonzero(system.secondary)
        touched = coo_array(case.matrix[cells][:, system.columns])
        pairs = np.unique([of_column[touched.coords[1]], cells[touched.coords[0]]], axis=1)
        return cls(
            asked,
            sums,
            of_secret,
            ~told[of_secret] & (np.diff(sums.indptr) > 0),
            *(_by_label(labels, count) for labels in (of_secret, of_row, of_small, of_column)),
            [pairs[1][number] for number in _by_label(pairs[0], count)],
        )

    def part(self, system: PrintedSums, label: int) -> _Part:
        """Cut one part out of the system."""
        columns, rows, small = self.columns[label], self.rows[label], self.small[label]
        return _Part(
            columns,
            system.rows[rows][:, columns],
            rows,
            system.small[small][:, columns],
            system.small_highest[small],
            self.asked[self.secrets[label]],
            self.sums[self.secrets[label]][:, columns],
            self.secondary[label],
        )


def _by_label(labels: np.ndarray, count: int) -> list[np.ndarray]:
    """Return the positions of each label from 0 to ``count`` - 1."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1])


def _read_part(case: SuppressionCase, system: PrintedSums, part: _Part, reading: Reading) -> None:
    """Ask for the two ends of each secret's interval, unless solutions met before already show its width."""
    seen = _Seen.of(case, system, part)
    programme = _Programme(case, system, part) if len(part.columns) else None
    if programme is not None:
        reading.programmes += _stir(programme, seen, case.width)
    for number, secret in enumerate(part.secrets.tolist()):
        duals = []
        for sign in (-1, 1):
            if programme is None or seen.is_wide(case.width)[number]:
                break
            reading.programmes += 1
            duals.append(programme.solve(sign * seen.sums[[number]].toarray().ravel(), seen, number))
        if seen.is_wide(case.width)[number]:
            reading.needs[secret] = seen.needs(number)
        else:
            duals = duals or [np.zeros(len(part.row_numbers))]
            reading.pins.append((secret, _pin(case, system, part, secret, duals)))


def _stir(programme: _Programme, seen: _Seen, width: int) -> int:
    """Push many secrets up and down at once while that settles enough of them; return the programmes."""
    random, open_, solved = np.random.default_rng(0), ~seen.is_wide(width), 0
    while (before := int(open_.sum())) >= _WORTH_STIRRING:
        push = seen.sums.T @ np.where(open_, random.choice((-1.0, 1.0), len(open_)), 0.0)
        for objective in (push, -push):
            programme.solve(objective, seen)
            solved += 1
        open_ = ~seen.is_wide(width)
        if before - open_.sum() < _WORTH_STIRRING:
            break
    return solved


@dataclass(eq=False)
class _Seen:
    """The least and greatest value of each secret in the solutions met, and which solution showed it."""

    sums: csr_array
    cells: csr_array
    numbers: np.ndarray
    start: np.ndarray
    least: np.ndarray
    greatest: np.ndarray
    shown_by: np.ndarray
    changed: list[np.ndarray]

    @classmethod
    def of(cls, case: SuppressionCase, system: PrintedSums, part: _Part) -> _Seen:
        start = case.start[system.columns[part.columns]]
        cells = csr_array(case.matrix[part.secondary][:, system.columns[part.columns]])
        value = part.sums @ start
        first = np.zeros((2, len(value)), dtype=np.int64)
        nothing = [np.zeros(len(part.secondary), dtype=bool)]
        return cls(part.sums, cells, part.secondary, start, value, value.copy(), first, nothing)

    def add(self, x: np.ndarray) -> None:
        """Note what one solution shows."""
        value, solution = self.sums @ x, len(self.changed)
        lower, higher = value < self.least - _EPS, value > self.greatest + _EPS
        self.changed.append(np.abs(self.cells @ (x - self.start)) > _EPS)
        self.least[lower], self.shown_by[0, lower] = value[lower], solution
        self.greatest[higher], self.shown_by[1, higher] = value[higher], solution

    def add_boundless(self, number: int) -> None:
        """Note that a secret has no greatest value; any hidden cell may have helped."""
        self.shown_by[1, number] = len(self.changed)
        self.changed.append(np.ones(len(self.numbers), dtype=bool))
        self.greatest[number] = np.inf

    def is_wide(self, width: int) -> np.ndarray:
        """Return whether the whole numbers between the ends are enough, a flag a secret."""
        return np.floor(self.greatest + _EPS) - np.ceil(self.least - _EPS) >= width

    def needs(self, number: int) -> np.ndarray:
        """Return the cells hidden without being small that differ in the two solutions."""
        low, high = self.shown_by[:, number]
        return self.numbers[self.changed[low] | self.changed[high]]


class _Programme:
    """The linear programme of one part, kept warm between objectives."""

    def __init__(self, case: SuppressionCase, system: PrintedSums, part: _Part) -> None:
        """Load the part; what the true counts give stands on the right."""
        start = case.start[system.columns[part.columns]]
        exact, none = part.rows @ start, np.full(part.small.shape[0], -np.inf)
        rows = csr_array(vstack([part.rows, part.small]))
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = rows.shape
        model.col_cost_ = np.zeros(rows.shape[1])
        model.col_lower_, model.col_upper_ = np.zeros(rows.shape[1]), system.highest[part.columns]
        model.row_lower_ = np.concatenate([exact, none])
        model.row_upper_ = np.concatenate([exact, part.small_highest])
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = rows.indptr, rows.indices
        model.a_matrix_.value_ = rows.data.astype(float)
        self._solver, self._printed = QuietHighs(), part.rows.shape[0]
        self._all = np.arange(rows.shape[1], dtype=np.int32)
        for name, value in (
            ("presolve", "off"),
            ("solver", "simplex"),
            (
                "simplex_strategy",
                _PRIMAL_SIMPLEX,
            ),  # only the objective changes: the last answer stays a start
            ("threads", 1),
            ("random_seed", 0),
        ):
            self._solver.setOptionValue(name, value)
        self._solver.passModel(model)

    def solve(self, objective: np.ndarray, seen: _Seen, number: int | None = None) -> np.ndarray:
        """Minimise, note the solution for all secrets, and return the duals of the printed sums.

        ``number``: the secret the objective is the negative of, where it may have no greatest value.
        """
        self._solver.changeColsCost(len(self._all), self._all, objective.astype(float))
        self._solver.run()
        solution = self._solver.getSolution()
        if self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            seen.add(np.array(solution.col_value))
        elif self._solver.getModelStatus() == highspy.HighsModelStatus.kUnbounded and number is not None:
            seen.add_boundless(number)
        return np.array(solution.row_dual)[: self._printed]


def _pin(
    case: SuppressionCase, system: PrintedSums, part: _Part, secret: int, duals: list[np.ndarray]
) -> np.ndarray:
    """Return the printed cells the duals of both ends rest on: sums with a multiplier, and lone unknowns.

    A lone printed unknown counts where the multipliers do not add up to the secret's own factor of it.
    """
    pinning = np.zeros(case.matrix.shape[0], dtype=bool)
    wanted = case.secrets[[secret]].toarray().ravel()
    lone = np.flatnonzero(system.printed_by >= 0)
    for sign, dual in zip((-1, 1), duals, strict=False):
        factors = system.origin[part.row_numbers].T @ dual
        pinning |= np.abs(factors) > _EPS
        slack = sign * wanted[lone] - (case.matrix.T @ factors)[lone]
        pinning[system.printed_by[lone[np.abs(slack) > _EPS]]] = True
    return np.flatnonzero(pinning)
