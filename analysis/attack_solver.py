"""One part of what a reader knows, as a model in HiGHS: the extremes of a secret, and a table with one value.

The model is loaded once; each question changes a few numbers and goes on from the last answer.
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy.sparse import csr_array

from analysis.attack_bounds import Part
from analysis.milp import Limits, Milp, QuietHighs, solve_milp

_PRIMAL = 4  # HiGHS' number of the primal simplex: the last answer stays allowed when only the goal changes
_DUAL = 1


class Solver:
    """Answers questions about one part.

    Parameters
    ----------
    part : Part
    nodes : int; nodes of the search tree after which a question in whole numbers stays open
    """

    def __init__(self, part: Part, nodes: int) -> None:
        self.linear = self.whole = 0  # programmes solved
        self._part, self._nodes = part, nodes
        self._highs = _load(part)

    def start(self) -> np.ndarray | None:
        """Return any fractional table; None when there is none."""
        return self._run(_DUAL)

    def extreme(self, number: int, sign: int) -> tuple[float, np.ndarray | None]:
        """Return the least (sign 1) or greatest (-1) value of a secret in fractions, and its table.

        Infinite, without a table, where there is no bound or none was found.
        """
        columns, factors = self._secret(number)
        self._highs.changeColsCost(len(columns), columns, sign * factors)
        table = self._run(_PRIMAL)
        self._highs.changeColsCost(len(columns), columns, np.zeros(len(columns)))
        return (-sign * np.inf, None) if table is None else (float(factors @ table[columns]), table)

    def walk(self, table: np.ndarray, target: np.ndarray) -> np.ndarray | None:
        """Go from a table as far as it gets towards a target (m), no unknown away from it or beyond it."""
        self._bound(np.minimum(table, target), np.maximum(table, target))
        columns = np.arange(len(table), dtype=np.int32)
        self._highs.changeColsCost(len(table), columns, np.sign(table - target).astype(float))
        reached = self._run(_DUAL)
        self._highs.changeColsCost(len(table), columns, np.zeros(len(table)))
        self._bound(np.zeros(len(table)), self._part.most)
        return reached

    def table_with(self, number: int, value: int) -> np.ndarray | None:
        """Return a table, fractional perhaps, in which a secret has a value; None when there is none."""
        columns, factors = self._secret(number)
        self._highs.addRow(value, value, len(columns), columns, factors)
        table = self._run(_DUAL)
        self._highs.deleteRows(1, np.array([self._part.rows.shape[0]], dtype=np.int32))
        return table

    def whole_table(self, number: int | None = None, value: int = 0) -> tuple[str, np.ndarray]:
        """Look for a table of whole numbers in which a secret has a value; in any table without a secret.

        Returns
        -------
        tuple of str and array
            "infeasible" (proven), "unknown" (work limit), else the table.
        """
        part, size = self._part, len(self._part.most)
        rows, low, high = part.rows, part.low, part.high
        if number is not None:
            rows = _stacked(rows, part.secrets[[number]])
            low, high = np.append(low, value), np.append(high, value)
        self.whole += 1
        programme = Milp(
            np.zeros(size), rows, low, high, np.zeros(size), part.most, np.ones(size, dtype=bool)
        )
        answer = solve_milp(programme, limits=Limits(nodes=self._nodes))
        return answer.status, answer.x

    def _bound(self, low: np.ndarray, high: np.ndarray) -> None:
        columns = np.arange(len(low), dtype=np.int32)
        self._highs.changeColsBounds(len(low), columns, low.astype(float), high.astype(float))

    def _secret(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        secrets = self._part.secrets
        entries = slice(secrets.indptr[number], secrets.indptr[number + 1])
        return secrets.indices[entries].astype(np.int32), secrets.data[entries].astype(float)

    def _run(self, method: int) -> np.ndarray | None:
        self.linear += 1
        self._highs.setOptionValue("simplex_strategy", method)
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self._highs.getSolution().col_value)


def _stacked(rows: csr_array, row: csr_array) -> csr_array:
    indptr = np.append(rows.indptr, rows.indptr[-1] + row.nnz)
    entries = np.append(rows.data, row.data), np.append(rows.indices, row.indices), indptr
    return csr_array(entries, shape=(rows.shape[0] + 1, rows.shape[1]))


def _load(part: Part) -> highspy.Highs:
    highs = QuietHighs()
    for name, value in (("threads", 1), ("random_seed", 0), ("presolve", "off"), ("solver", "simplex")):
        highs.setOptionValue(name, value)
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = part.rows.shape
    model.col_cost_ = np.zeros(len(part.most))
    model.col_lower_, model.col_upper_ = np.zeros(len(part.most)), part.most
    model.row_lower_, model.row_upper_ = part.low, part.high
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = part.rows.indptr, part.rows.indices
    model.a_matrix_.value_ = part.rows.data.astype(float)
    highs.passModel(model)
    return highs
