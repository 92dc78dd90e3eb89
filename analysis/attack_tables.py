"""The tables an attacker has found to be possible, and the values they give to each secret.

A table counts only when it agrees with every statement in whole numbers. Through two of them runs a line of
others: every whole step along their difference that still agrees is a table too, so that one line shows many
values of many secrets at once.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from analysis.attack_bounds import Part
from analysis.attack_chain import Seen, run_chain

_NUMBERS = np.iinfo(np.int64)


class Tables:
    """Values of each secret of one part that stand in a table found; no more than ``demanded`` are kept.

    Parameters
    ----------
    part : Part
    demanded : int, at least 1; values to keep of each secret
    """

    def __init__(self, part: Part, demanded: int) -> None:
        secrets = part.secrets.shape[0]
        self.values = np.full((secrets, demanded), _NUMBERS.min)
        self.candidates = np.zeros(secrets, dtype=np.int64)
        self.least = np.full(secrets, _NUMBERS.max)  # of all values seen, those not kept too
        self.most = np.full(secrets, _NUMBERS.min)
        self.found = 0
        self._part, self._demanded = part, demanded
        self.last: np.ndarray | None = None  # the table found last

    def add(self, solution: np.ndarray) -> bool:
        """Take a solver's answer as a table, with the line from the last one to it; False when it is none."""
        table = np.rint(solution).astype(np.int64)
        part = self._part
        sums = part.rows @ table
        agrees = (table >= 0).all() and (table <= part.most).all()
        if not (agrees and (sums >= part.low).all() and (sums <= part.high).all()):
            return False
        self.found += 1
        self._note(np.arange(len(self.candidates)), part.secrets @ table)
        if self.last is not None:
            self._add_line(table, sums, table - self.last)
        self.last = table
        return True

    def chain(self, steps: csr_array, draw: np.random.Generator) -> None:
        """Go on from the last table by short steps, noting what lies on the way."""
        seen = Seen(self.values, self.candidates, self.least, self.most)
        self.last = run_chain(self._part, steps, self.last, seen, draw)

    def holds(self, number: int, value: int) -> bool:
        """Tell whether a table with this value of one secret is kept."""
        return bool((self.values[number] == value).any())

    def _add_line(self, table: np.ndarray, sums: np.ndarray, step: np.ndarray) -> None:
        length = int(np.gcd.reduce(step))
        if length == 0:
            return
        step = step // length
        moves = self._part.secrets @ step
        touched = np.flatnonzero((moves != 0) & (self.candidates < self._demanded))
        if len(touched) == 0:
            return
        part, rows = self._part, self._part.rows @ step
        ahead, back = (
            min(
                _room(table, sign * step, 0, part.most),
                _room(sums, sign * rows, part.low, part.high),
            )
            for sign in (1, -1)
        )
        values = (part.secrets @ table)[touched]
        for steps in range(1, self._demanded + 1):
            if steps <= ahead:
                self._note(touched, values + steps * moves[touched])
            if steps <= back:
                self._note(touched, values - steps * moves[touched])

    def _note(self, numbers: np.ndarray, values: np.ndarray) -> None:
        self.least[numbers] = np.minimum(self.least[numbers], values)
        self.most[numbers] = np.maximum(self.most[numbers], values)
        wanting = self.candidates[numbers] < self._demanded
        numbers, values = numbers[wanting], values[wanting]
        new = ~(self.values[numbers] == values[:, None]).any(axis=1)
        numbers, values = numbers[new], values[new]
        self.values[numbers, self.candidates[numbers]] = values
        self.candidates[numbers] += 1


def _room(at: np.ndarray, step: np.ndarray, low: np.ndarray | int, high: np.ndarray) -> float:
    """Return how many whole steps stay within both bounds."""
    moving = step != 0
    pace, here = step[moving], at[moving]
    low, high = np.broadcast_to(low, at.shape)[moving], high[moving]
    left = np.where(pace > 0, high - here, low - here) / pace
    return float(np.floor(left).min(initial=np.inf))
