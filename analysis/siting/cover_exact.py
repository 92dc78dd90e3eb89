"""The best covering and its proof: local search, a bound by prices, what they settle, then the tree."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from analysis.siting.cover import CoverTask, Search, build_task, count_covering, gained, nodes_of
from analysis.siting.cover_bound import bound_cover
from analysis.siting.local_search import search_cover
from analysis.siting.tree import Siting, Tree, rank, settle

SHORT_KICKS = 10
KICK_WORK = 8_000_000  # covering pairs times kicks of the longer search: about a second
BOUND_ROUNDS, NODE_ROUNDS = 3_000, 60
ROUNDING = 1e-9  # share of a value that counts as none


@dataclass(frozen=True, eq=False)
class _Known:
    """The best plan known (positions among all candidates), its value, and the bound."""

    chosen: np.ndarray
    value: float
    bound: float
    step: float  # a better plan is better by this much at least

    @property
    def is_proven(self) -> bool:
        return self.bound < self.value + self.step


def solve_task(task: CoverTask, search: Search) -> tuple[np.ndarray, float]:
    """Return the chosen candidates (positions among all, sorted) and a bound no plan can pass.

    The bound counts ``task.base`` in and lies below the value of a plan never; where it meets it, the plan is
    proven best.
    """
    known = _Known(np.empty(0, dtype=np.int64), task.base, _ceiling(task), _step(task, task.base))
    left, taken = task, known.chosen
    for kicks in (0, SHORT_KICKS, search.rounds):
        if not known.is_proven:
            known = _look(left, taken, known, min(kicks, search.rounds), search.seed)
        if not known.is_proven:
            known, left, taken = _bound(left, taken, known)
    if not known.is_proven:
        known = _grow(left, taken, known, search)
    return np.sort(known.chosen), known.value if known.is_proven else known.bound


def _step(task: CoverTask, value: float) -> float:
    """Return by how much a better plan is better at least; values of whole gains are whole."""
    return 1 - 1e-6 if task.whole else ROUNDING * max(1.0, abs(value))


def _ceiling(task: CoverTask) -> float:
    """Return what all candidates together gain; nothing beside the base where none may be opened."""
    return task.base + (gained(task.gain, np.diff(task.covered.indptr)) if task.size > 0 else 0.0)


def _look(left: CoverTask, taken: np.ndarray, known: _Known, kicks: int, seed: int) -> _Known:
    """Search locally among what is left, from the known plan, and keep the better plan."""
    start = np.flatnonzero(np.isin(left.candidates, known.chosen))[: left.size]
    kicks = min(kicks, KICK_WORK // max(1, len(left.rows.row_candidate)))
    return _better(
        left, taken, known, search_cover(left.rows, left.size, start, kicks, np.random.default_rng(seed))
    )


def _bound(left: CoverTask, taken: np.ndarray, known: _Known) -> tuple[_Known, CoverTask, np.ndarray]:
    """Bound what is left, look near the plan the bound would take, and leave out what is settled."""
    nothing = np.zeros(len(left.candidates), dtype=np.int8)
    bound, earned, _ = bound_cover(
        left.rows, left.gain[:, 0] / 2, nothing, left.size, known.value - left.base, BOUND_ROUNDS, known.step
    )
    bound += left.base
    near = np.sort(rank(earned, nothing)[: left.size])
    known = _better(left, taken, known, search_cover(left.rows, left.size, near, 0, np.random.default_rng(0)))
    known = replace(known, bound=min(known.bound, max(known.value, bound)))
    if known.is_proven:
        return known, left, taken
    left, taken = _narrow(left, taken, earned, bound - known.value - known.step)
    return replace(known, bound=min(known.bound, max(known.value, _ceiling(left)))), left, taken


def _better(left: CoverTask, taken: np.ndarray, known: _Known, found: np.ndarray) -> _Known:
    value = left.base + gained(left.gain, count_covering(left.covered, found))
    if value <= known.value:
        return known
    chosen = np.concatenate([taken, left.candidates[found]])
    return replace(known, chosen=chosen, value=value, step=_step(left, value))


def _narrow(
    left: CoverTask, taken: np.ndarray, earned: np.ndarray, room: float
) -> tuple[CoverTask, np.ndarray]:
    """Take the candidates no better plan can do without, leave out those it cannot use.

    A better plan is within ``room`` of the bound at which the candidates earn ``earned``.
    """
    nothing = np.zeros(len(earned), dtype=np.int8)
    state = settle(earned, nothing, rank(earned, nothing), left.size, room)
    is_taken, is_out = state == 1, state == -1
    kept = np.flatnonzero(~is_out)
    within = build_task(
        sparse.csr_array(left.covered[:, kept]),
        left.gain,
        left.size - int(is_taken.sum()),
        np.flatnonzero(is_taken[kept]),
    )
    candidates = left.candidates[kept[within.candidates]]
    narrowed = replace(within, candidates=candidates, base=within.base + left.base, whole=left.whole)
    return narrowed, np.concatenate([taken, left.candidates[is_taken]])


def _grow(left: CoverTask, taken: np.ndarray, known: _Known, search: Search) -> _Known:
    """Search what is left by the tree, whose costs are the gains with their sign turned."""
    if left.size == 0 or left.size >= len(left.candidates):
        return _better(left, taken, known, np.arange(len(left.candidates))[: left.size])

    def bound(state: np.ndarray, price: np.ndarray, value: float, rounds: int) -> tuple:
        most, earned, price = bound_cover(left.rows, price, state, left.size, -value, rounds, known.step)
        return -most, earned, price

    def value(chosen: np.ndarray) -> float:
        return -gained(left.gain, count_covering(left.covered, chosen))

    siting = Siting(left.size, bound, value, lambda value: known.step)
    tree = Tree(siting, np.empty(0, dtype=np.int64), left.base - known.value)
    tree.add(np.zeros(len(left.candidates), dtype=np.int8), left.gain[:, 0] / 2, BOUND_ROUNDS)
    for _ in range(nodes_of(search, NODE_ROUNDS * len(left.rows.row_candidate))):
        if tree.is_done or (search.stop is not None and search.stop()):
            break
        tree.split(NODE_ROUNDS)
    known = _better(left, taken, known, tree.chosen)
    return replace(known, bound=min(known.bound, max(known.value, left.base - tree.bound)))
