"""Linear and mixed-integer programmes solved by HiGHS: a plan and the bound it is measured by, always both.

References
----------
Huangfu, Hall (2018), Parallelizing the dual revised simplex method, Math. Prog. Comp. 10; solver: HiGHS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import highspy
import numpy as np
from scipy import sparse

from analysis.errors import ParameterError

EQUAL = 1e-9  # relative distance of value and bound that counts as none
_LOOSE = 1e-6  # HiGHS' own tolerance of a bound
_NEVER = 2_147_483_647


@dataclass(frozen=True)
class Limits:
    """How long a search may take: by work, which every machine counts alike, and by time as a last resort.

    Parameters
    ----------
    nodes : int, at least 0; nodes of the search tree
    seconds : float, above 0; an answer it cut short depends on the machine, and its status says "feasible"
    gap : float, at least 0; relative distance of value and bound at which the search may stop
    """

    nodes: int = 200_000
    seconds: float = 60.0
    gap: float = 0.0

    def __post_init__(self) -> None:
        """Raise ParameterError naming every limit out of range."""
        faults = []
        if self.nodes < 0:
            faults.append(f"Expected nodes >= 0, got {self.nodes}.")
        if not self.seconds > 0:
            faults.append(f"Expected seconds > 0, got {self.seconds}.")
        if not self.gap >= 0:
            faults.append(f"Expected gap >= 0, got {self.gap}.")
        if faults:
            raise ParameterError(" ".join([*faults, "Correct it."]))


@dataclass(frozen=True, eq=False)
class Milp:
    """Minimise or maximise ``objective @ x`` with ``low <= rows @ x <= high`` and ``x_low <= x <= x_high``.

    Parameters
    ----------
    objective : float (N,)
    rows : sparse (M, N)
    low, high : float (M,); -inf and inf bound nothing
    x_low, x_high : float (N,)
    whole : bool (N,): must be whole numbers
    maximise : bool
    """

    objective: np.ndarray
    rows: sparse.sparray
    low: np.ndarray
    high: np.ndarray
    x_low: np.ndarray
    x_high: np.ndarray
    whole: np.ndarray
    maximise: bool = False


@dataclass(frozen=True, eq=False)
class MilpAnswer:
    """The answer of :func:`solve_milp`.

    Parameters
    ----------
    status : "optimal" (value and bound meet, or lie within the gap asked for), "feasible" (a plan, the search
        was cut short), "unknown" (cut short without a plan; ``x`` empty), "infeasible" or "unbounded"
    x : float (N,), whole where asked; empty without a plan
    value : float, of the plan; NaN without one
    bound : float: no plan is better; infinite where nothing is known
    row_duals, reduced_costs : float (M,), (N,) of a programme without whole numbers; else empty
    """

    status: str
    x: np.ndarray
    value: float
    bound: float
    row_duals: np.ndarray = field(default_factory=lambda: np.empty(0))
    reduced_costs: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def gap(self) -> float:
        """Return the relative distance of value and bound, 0 when proven, NaN without a plan."""
        return relative_gap(self.value, self.bound)


def relative_gap(value: float, bound: float) -> float:
    """Return ``|bound - value|`` as a share of the larger of the two; 0 where both are 0.

    Examples
    --------
    >>> relative_gap(95.0, 100.0)
    0.05
    """
    largest = max(abs(value), abs(bound))
    return 0.0 if largest == 0 else abs(bound - value) / largest


def solve_milp(
    programme: Milp,
    *,
    limits: Limits = Limits(),
    start: np.ndarray | None = None,
    stop: Callable[[], bool] | None = None,
) -> MilpAnswer:
    """Solve a programme by HiGHS on one thread, so that the same input gives the same answer.

    Parameters
    ----------
    limits : Limits
    start : float (N,), optional; a plan to begin from
    stop : callable, optional; asked now and then, ends the search when it returns True (status "feasible"
        or "unknown", the bound reached so far)

    Raises
    ------
    ParameterError
        Arrays of lengths that do not fit, or not finite where they must be.
    """
    _check(programme)
    if len(programme.objective) == 0:
        return _without_columns(programme)
    solver = _load(programme, limits)
    if start is not None:
        _give_start(solver, programme, start)
    if stop is not None:
        solver.cbMipInterrupt += lambda event: event.interrupt() if stop() else None
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        solver.setOptionValue("presolve", "off")  # which of the two it is, presolve does not tell
        solver.run()
    answer = _answer(solver, programme)
    if start is not None and answer.status == "optimal" and answer.gap > max(limits.gap, _LOOSE):
        # Where presolve alone solves it, HiGHS gives the start back as if it were the optimum.
        return solve_milp(programme, limits=limits, stop=stop)
    return answer


def _check(programme: Milp) -> None:
    rows, columns = programme.rows.shape
    fits = len(programme.low) == len(programme.high) == rows
    fits &= all(
        len(array) == columns
        for array in (programme.objective, programme.x_low, programme.x_high, programme.whole)
    )
    if not fits:
        raise ParameterError(
            f"Expected arrays that fit {rows} rows and {columns} columns, got others. Correct their lengths."
        )
    if not (np.isfinite(programme.objective).all() and np.isfinite(programme.rows.data).all()):
        raise ParameterError("Expected finite objective and rows, got others. Correct them.")


def _without_columns(programme: Milp) -> MilpAnswer:
    possible = bool(((programme.low <= 0) & (programme.high >= 0)).all())
    value = 0.0 if possible else np.nan
    return MilpAnswer("optimal" if possible else "infeasible", np.empty(0), value, value)


class QuietHighs(highspy.Highs):
    """HiGHS that prints nothing, its banner neither: it would spoil the output of a command."""

    def enableCallbacks(self) -> None:  # noqa: N802  # called by the constructor, which prints the banner
        self.silent()
        super().enableCallbacks()


def _load(programme: Milp, limits: Limits) -> highspy.Highs:
    solver = QuietHighs()
    for name, value in (
        ("threads", 1),
        ("random_seed", 0),
        ("time_limit", float(limits.seconds)),
        ("mip_max_nodes", min(limits.nodes, _NEVER)),
        ("mip_rel_gap", float(limits.gap)),
        ("mip_abs_gap", 1e-9),
    ):
        solver.setOptionValue(name, value)
    solver.passModel(_model(programme))
    return solver


def _model(programme: Milp) -> highspy.HighsLp:
    matrix = sparse.csr_array(programme.rows)
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = np.asarray(programme.objective, dtype=float)
    model.col_lower_, model.col_upper_ = programme.x_low.astype(float), programme.x_high.astype(float)
    model.row_lower_, model.row_upper_ = programme.low.astype(float), programme.high.astype(float)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data.astype(float)
    if programme.maximise:
        model.sense_ = highspy.ObjSense.kMaximize
    if programme.whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(whole)] for whole in programme.whole]
    return model


def _give_start(solver: highspy.Highs, programme: Milp, start: np.ndarray) -> None:
    if len(start) != len(programme.objective):
        raise ParameterError(
            f"Expected a start of {len(programme.objective)} values, got {len(start)}. Correct its length."
        )
    plan = highspy.HighsSolution()
    plan.col_value = list(map(float, start))
    solver.setSolution(plan)


def _answer(solver: highspy.Highs, programme: Milp) -> MilpAnswer:
    state, info = solver.getModelStatus(), solver.getInfo()
    worst = np.inf if programme.maximise else -np.inf
    if state == highspy.HighsModelStatus.kInfeasible:
        return MilpAnswer("infeasible", np.empty(0), np.nan, np.nan)
    if state == highspy.HighsModelStatus.kUnbounded:
        return MilpAnswer("unbounded", np.empty(0), np.nan, worst)
    proven = state == highspy.HighsModelStatus.kOptimal
    if info.primal_solution_status != 2:  # no feasible point was found
        bound = info.mip_dual_bound if programme.whole.any() else worst
        return MilpAnswer("unknown", np.empty(0), np.nan, bound)
    return _plan(solver, programme, proven)


def _plan(solver: highspy.Highs, programme: Milp, proven: bool) -> MilpAnswer:
    """Return the plan found; whole numbers are rounded, and the value is that of the rounded plan."""
    solution, info = solver.getSolution(), solver.getInfo()
    status = "optimal" if proven else "feasible"
    x = np.array(solution.col_value)
    if not np.isfinite(x).all():  # seen of HiGHS 1.16 with a side a hair off a whole number
        return MilpAnswer("unknown", np.empty(0), np.nan, np.inf if programme.maximise else -np.inf)
    if not programme.whole.any():
        worst = np.inf if programme.maximise else -np.inf
        value = float(programme.objective @ x)
        duals = np.array(solution.row_dual), np.array(solution.col_dual)
        return MilpAnswer(status, x, value, value if proven else worst, *duals)
    x[programme.whole] = np.rint(x[programme.whole]) + 0.0  # no negative zero
    return MilpAnswer(status, x, float(programme.objective @ x), float(info.mip_dual_bound))
