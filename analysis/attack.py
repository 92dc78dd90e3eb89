"""The attack on everything published: what can a reader work out about each secret count?

Written apart from suppression, on purpose: it knows only what a reader knows, as inequalities over whole
numbers, and nothing of how they came about. For each secret it looks for the interval that linear
programming leaves it, and for different values that it could have. A value counts only when a whole table
with it has been found and checked in whole numbers: a wide interval may have holes, and a hole protects
nobody.

This is the interval audit that tau-ARGUS and sdcTable's ``attack`` make, and the uncertainty interval
(秘匿インターバル) that Japan's on-site use of statistics asks for, made stricter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from analysis.attack_bounds import Bounds, Part, split_parts, tighten_bounds
from analysis.attack_chain import find_steps
from analysis.attack_solver import Solver
from analysis.attack_tables import Tables
from analysis.errors import FrameError, ParameterError
from analysis.portions import Progress
from analysis.public_cells import Knowledge

__all__ = ["Findings", "Secrets", "attack"]

_TRIES = 4  # values tried of one secret, for each value demanded
_MANY = 4  # secrets of a part for which a chain of tables is worth it
_ROUNDS = 40  # of the chain at most
_PATIENCE = 4  # rounds after which a thirtieth of the secrets must have got their values
_FAR = 10  # households added to an unknown on a walk at most
_WORK = 3_000_000  # unknowns of all programmes of a part that look for one value
_DEARER = 10  # a programme in whole numbers counts as so many
_NODES = 2_000  # of a search tree, for each value tried
_LOOSE = 1e-6  # HiGHS' own tolerance, by which a bound may miss a whole number


@dataclass(frozen=True, eq=False)
class Secrets:
    """What must not be found out.

    Parameters
    ----------
    names : Index of s names, without repeats
    matrix : csr_array (s, m) of 0 and 1: which unknowns a secret sums

    Raises
    ------
    FrameError
        Names repeated or not one a row.
    ParameterError
        Factors other than 0 and 1.
    """

    names: pd.Index
    matrix: csr_array

    def __post_init__(self) -> None:
        """Raise the error of the first rule broken."""
        rows = self.matrix.shape[0]
        if len(self.names) != rows or not self.names.is_unique:
            raise FrameError(
                f"Expected {rows} names without repeats, got {len(self.names)}. Name each secret once."
            )
        if not np.isin(self.matrix.data, (0, 1)).all():
            raise ParameterError("Expected secrets as sums of unknowns, got other factors. Use 0 and 1.")


@dataclass(frozen=True, eq=False)
class Findings:
    """What the attack found.

    Parameters
    ----------
    secrets : DataFrame indexed by the secrets' names
        ``lower``, ``upper`` (Int64; every possible value lies between them; NA: no upper bound; both NA where
        there is no table at all), ``candidates`` (int: values shown to be possible, counted no further than
        ``demanded``), ``proven`` (bool: that count is reached, or no other value is possible; False where the
        work limit was met, and then the secret fails unless the count was reached). The interval of a secret
        that fails and is proven ends at values that are possible themselves.
    demanded : int
    status : "done", or "contradiction": nothing agrees with everything published, which fails
    work : dict of int
        ``unknowns``, ``statements``, ``settled_unknowns`` (by subtraction alone), ``parts``,
        ``largest_part`` (unknowns), ``linear_programmes``, ``whole_programmes``, ``tables`` (found, checked).
    """

    secrets: pd.DataFrame
    demanded: int
    status: str
    work: dict[str, int] = field(default_factory=dict)

    @property
    def exact(self) -> int:
        """Secrets a reader knows exactly; those of which no value was found are counted too."""
        return int((self.secrets["candidates"] <= 1).sum())

    @property
    def narrow(self) -> int:
        """Secrets with fewer possible values than demanded, the exactly known among them."""
        return int((self.secrets["candidates"] < self.demanded).sum())

    @property
    def unproven(self) -> int:
        """Secrets that fail only because the work limit was met."""
        return int((~self.secrets["proven"]).sum())

    @property
    def passed(self) -> bool:
        """There is a table, and no secret has fewer possible values than demanded."""
        return self.status == "done" and self.narrow == 0


def attack(
    knowledge: Knowledge,
    secrets: Secrets,
    *,
    candidates: int = 6,
    intervals: bool = True,
    progress: Progress | None = None,
) -> Findings:
    """Find out what a reader can about each secret.

    Parameters
    ----------
    knowledge : Knowledge
        Everything a reader knows of the m unknowns, of all releases together; whole factors.
    secrets : Secrets
        Over the same m unknowns.
    candidates : int, at least 2
        Values that must be possible for each secret.
    intervals : bool
        False: the interval of a secret with enough values is left as subtraction alone leaves it, wider than
        linear programming would; quicker where many layers overlap. Passing or failing is the same.
    progress : callable taking secrets done and secrets in all; what it raises ends the work

    Returns
    -------
    Findings
        One row a secret. The same input gives the same answer: limits are of work, not of time.

    Raises
    ------
    ParameterError
        ``candidates`` below 2, factors that are not whole numbers, or matrices that do not fit each other.

    Examples
    --------
    Twenty households in two areas, nothing else known: each may hold any number from 0 to 20.

    >>> total = Knowledge(csr_array([[1, 1]]), np.array([20.0]), np.array([20.0]))
    >>> hidden = Secrets(pd.Index(["east", "west"]), csr_array([[1, 0], [0, 1]]))
    >>> attack(total, hidden).secrets.loc["east", ["lower", "upper", "candidates"]].astype(int).tolist()
    [0, 20, 6]
    """
    _check(knowledge, secrets, candidates)
    bounds = tighten_bounds(knowledge)
    if bounds is None:
        return _contradiction(secrets, candidates)
    found = _Found.from_bounds(bounds, secrets, candidates)
    work = {
        "unknowns": knowledge.matrix.shape[1],
        "statements": knowledge.matrix.shape[0],
        "settled_unknowns": int((bounds.least == bounds.most).sum()),
        **dict.fromkeys(("parts", "largest_part", "linear_programmes", "whole_programmes", "tables"), 0),
    }
    parts = list(split_parts(knowledge, bounds, secrets.matrix))
    done, total = len(secrets.names) - sum(len(part.numbers) for part in parts), len(secrets.names)
    for part in parts:
        probe = _Probe(part, candidates)
        if not probe.begin():
            return _contradiction(secrets, candidates)
        for _ in probe.ask(intervals=intervals):
            done += 1
            if progress is not None:
                progress(done, total)
        found.take(probe)
        probe.add_work(work)
    return Findings(found.frame(secrets.names), candidates, "done", work)


def _check(knowledge: Knowledge, secrets: Secrets, candidates: int) -> None:
    rows, columns = knowledge.matrix.shape
    if candidates < 2:
        raise ParameterError(f"Expected candidates >= 2, got {candidates}. Correct it.")
    if len(knowledge.lower) != rows or len(knowledge.upper) != rows or secrets.matrix.shape[1] != columns:
        raise ParameterError(
            f"Expected bounds of {rows} rows and secrets over {columns} unknowns, got others. Correct them."
        )
    factors = knowledge.matrix.data
    if not (np.rint(factors) == factors).all():
        raise ParameterError("Expected whole factors in the knowledge, got broken ones. Multiply the row.")


def _contradiction(secrets: Secrets, demanded: int) -> Findings:
    count = len(secrets.names)
    nothing = pd.array([pd.NA] * count, dtype="Int64")
    columns = {"lower": nothing, "upper": nothing, "candidates": np.zeros(count, dtype=np.int64)}
    table = pd.DataFrame({**columns, "proven": np.ones(count, dtype=bool)}, index=secrets.names)
    return Findings(table, demanded, "contradiction")


@dataclass(frozen=True, eq=False)
class _Found:
    """The columns of the findings while they are filled, one entry a secret."""

    lower: np.ndarray
    upper: np.ndarray
    candidates: np.ndarray
    proven: np.ndarray
    shift: np.ndarray  # what each secret holds at least, which a part leaves out

    @classmethod
    def from_bounds(cls, bounds: Bounds, secrets: Secrets, demanded: int) -> _Found:
        """Begin with what the bounds alone tell, which is all where no row binds a secret's unknowns."""
        lower, upper = secrets.matrix @ bounds.least, _sums(secrets.matrix, bounds.most)
        candidates = np.minimum(upper - lower + 1, demanded).astype(np.int64)
        return cls(lower.copy(), upper, candidates, np.ones(len(lower), dtype=bool), lower)

    def take(self, probe: _Probe) -> None:
        """Write down what was found out about the secrets of one part."""
        numbers = probe.part.numbers
        self.lower[numbers] = probe.lower + self.shift[numbers]
        self.upper[numbers] = probe.upper + self.shift[numbers]
        self.candidates[numbers] = probe.tables.candidates
        self.proven[numbers] = probe.proven

    def frame(self, names: pd.Index) -> pd.DataFrame:
        """Return the findings by name."""
        upper = pd.Series(self.upper).replace(np.inf, np.nan).astype("Int64")
        columns = {"lower": pd.array(self.lower.astype(np.int64), dtype="Int64"), "upper": upper.array}
        columns |= {"candidates": self.candidates, "proven": self.proven}
        return pd.DataFrame(columns, index=names)


def _sums(matrix: csr_array, most: np.ndarray) -> np.ndarray:
    """Return ``matrix @ most`` where ``most`` may be infinite: 0 times infinite is nothing."""
    endless = np.isinf(most)
    sums = matrix @ np.where(endless, 0.0, most)
    return np.where(matrix @ endless.astype(float) > 0, np.inf, sums)


class _Probe:
    """The questions put to one part, and what they brought."""

    def __init__(self, part: Part, demanded: int) -> None:
        self.part, self.tables = part, Tables(part, demanded)
        self.lower = np.zeros(len(part.numbers))
        self.upper = _sums(part.secrets, part.most)
        self.proven = np.zeros(len(part.numbers), dtype=bool)
        self._demanded, self._solver, self._effort = demanded, Solver(part, _NODES), 0

    def begin(self) -> bool:
        """Look for any table; False: there is none, the statements contradict each other."""
        if not len(self.part.most):
            return bool((self.part.low <= 0).all() and (self.part.high >= 0).all())
        table = self._solver.start()
        if table is None:
            return False
        if self.tables.add(table):
            return True
        status, table = self._solver.whole_table()
        if status != "infeasible" and len(table):
            self.tables.add(table)
        return status != "infeasible"

    def ask(self, *, intervals: bool) -> Iterator[int]:
        """Find the interval of each secret, then the values still wanting; yield each secret done."""
        if self.tables.last is None:  # the search for a first table met its limit
            yield from range(len(self.part.numbers))
            return
        self._wander()
        for number in range(len(self.part.numbers)):
            if intervals or self.tables.candidates[number] < self._demanded:
                self._bound(number)
        for number in range(len(self.part.numbers)):
            self.proven[number] = self._find_values(number)
            yield number

    def add_work(self, work: dict[str, int]) -> None:
        """Add what this part took."""
        work["parts"] += 1
        work["largest_part"] = max(work["largest_part"], len(self.part.most))
        work["linear_programmes"] += self._solver.linear
        work["whole_programmes"] += self._solver.whole
        work["tables"] += self.tables.found

    def _wander(self) -> None:
        """Where many secrets hang together, go from table to table by short steps and by walks.

        Ends when all secrets have their values, or ``_PATIENCE`` rounds brought hardly any.
        """
        if len(self.part.numbers) < _MANY:
            return
        draw = np.random.default_rng(0)  # the same tables at each attack
        wanting = [len(self.part.numbers)]
        for _ in range(_ROUNDS):
            self.tables.chain(find_steps(self.part, draw), draw)
            self._walk(draw)
            wanting.append(int((self.tables.candidates < self._demanded).sum()))
            if wanting[-1] == 0 or wanting[-1] > 0.97 * wanting[max(-len(wanting), -1 - _PATIENCE)]:
                return

    def _walk(self, draw: np.random.Generator) -> None:
        """Walk towards a table in which secrets that still want values are at one of their ends."""
        table = self.tables.last
        ends = np.minimum(self.part.most, table + _FAR)
        target = np.floor(draw.random(len(table)) * (ends + 1))
        wanting = (self.tables.candidates < self._demanded).astype(np.int64)
        driven = (self.part.secrets.T @ wanting > 0) & (draw.random(len(table)) < 0.7)
        target = np.where(driven, draw.integers(0, 2, len(table)) * ends, target)
        reached = self._solver.walk(table, target)
        if reached is not None:
            self.tables.add(reached)

    def _bound(self, number: int) -> None:
        """Narrow the interval by linear programming, unless tables reach its ends already."""
        if self.tables.least[number] > self.lower[number]:
            value = self._extreme(number, 1)
            self.lower[number] = max(self.lower[number], np.ceil(value - _LOOSE))
        if self.tables.most[number] < self.upper[number]:
            value = self._extreme(number, -1)
            self.upper[number] = min(self.upper[number], np.floor(value + _LOOSE))

    def _extreme(self, number: int, sign: int) -> float:
        value, table = self._solver.extreme(number, sign)
        if table is not None:
            self.tables.add(table)
        return value

    def _find_values(self, number: int) -> bool:
        """Look for values until there are enough; True: enough, or every other value is impossible."""
        settled = True
        tries = _TRIES * self._demanded
        for value in _inwards(self.lower[number], self.upper[number]):
            if self.tables.candidates[number] >= self._demanded:
                return True
            if self.tables.holds(number, value):
                continue
            if tries == 0:
                return False
            tries -= 1
            settled &= self._settle(number, value)
        enough = self.tables.candidates[number] >= self._demanded
        if settled and not enough and self.tables.candidates[number] > 0:
            self.lower[number], self.upper[number] = self.tables.least[number], self.tables.most[number]
        return bool(settled or enough)

    def _settle(self, number: int, value: int) -> bool:
        """Find a table with this value, or a proof that there is none; False when neither was found."""
        if self._effort >= _WORK:
            return False
        self._effort += len(self.part.most)
        table = self._solver.table_with(number, value)
        if table is not None and self._shows(table, number, value):
            return True
        self._effort += _DEARER * len(self.part.most)
        status, table = self._solver.whole_table(number, value)
        return status == "infeasible" or (len(table) > 0 and self._shows(table, number, value))

    def _shows(self, table: np.ndarray, number: int, value: int) -> bool:
        """Take a table; a fractional one may have become another value by rounding, which settles nothing."""
        if not self.tables.add(table):
            return False
        return self.tables.holds(number, value) or self.tables.candidates[number] >= self._demanded


def _inwards(lower: float, upper: float) -> Iterator[int]:
    """Yield the whole numbers between two ends, from both in turn; upwards where there is no upper end."""
    if np.isinf(upper):
        value = int(lower)
        while True:
            yield value
            value += 1
    low, high = int(lower), int(upper)
    while low <= high:
        yield low
        if low < high:
            yield high
        low, high = low + 1, high - 1
