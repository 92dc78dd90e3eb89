"""The search for good actions: the largest gain first, then exchanges; every gain is an exact flow.

References
----------
Minoux, M. (1978). Accelerated greedy algorithms for maximizing submodular set functions: a gain is looked at
again only when it may be the largest. Shaw, P. (1998). Large neighbourhood search: some actions are taken
back, and others are tried in their place.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from analysis.openings_flow import (
    State,
    World,
    begin_state,
    build_world,
    copy_state,
    drop,
    gains_of,
    prices_of,
    take,
)
from analysis.openings_model import NO_ACTION, Openings

AT_ONCE = 8  # moves looked at in one go
PARTNERS = 4  # pairs tried for each action, those that open most
EXCHANGES = 400  # tried in all
IN_VAIN = 40  # tried one after the other without success before the search ends
RIVALS = 10  # moves near by tried in the place of what was taken back
ANYWHERE = 4  # moves of the largest gain tried wherever they are
LEAST_GAIN = 1e-9  # weighted visits, relative to the plan's: less is none


@dataclass(frozen=True, eq=False)
class Allowance:
    """The most actions, the most they may cost a year (inf: no limit), and the actions that must be taken."""

    count: int
    budget: float
    required: np.ndarray

    def holds(self, number: float, cost: float) -> bool:
        """Return whether so many actions at so much cost are allowed; equality is."""
        return number <= self.count and cost <= self.budget + 1e-9 * max(self.budget, 1.0)


@dataclass(frozen=True, eq=False)
class Space:
    """What is searched: M moves (actions alone, and pairs some link needs both of) and their flow.

    ``moves`` (M, 2) actions, the second -1 where alone, the first A moves being the actions; ``most`` (M,)
    weighted visits no move brings more than; ``places`` sparse (A, H + W): where an action opens links.
    """

    openings: Openings
    world: World
    moves: np.ndarray
    most: np.ndarray
    places: sparse.csr_array


@dataclass(eq=False)
class Draft:
    """A set of actions on its way, changed in place: the best flow it allows, and its weighted visits.

    ``gains`` (M,): what each move brought when last looked at, or the most it could bring where that may have
    grown since.
    """

    taken: np.ndarray
    state: State
    value: float
    gains: np.ndarray

    def copy(self) -> Draft:
        """Return a draft of its own."""
        return Draft(self.taken.copy(), copy_state(self.state), self.value, self.gains.copy())


def build_space(openings: Openings) -> Space:
    """List the moves and index the links."""
    moves, most = _list_moves(openings)
    link, side = np.nonzero(openings.actions != NO_ACTION)
    action = openings.actions[link, side]
    rows = np.concatenate([action, action])
    columns = np.concatenate([openings.household[link], len(openings.need) + openings.watcher[link]])
    shape = (len(openings.cost), len(openings.need) + len(openings.capacity))
    places = sparse.csr_array((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    return Space(openings, build_world(openings), moves, most, places)


def begin_draft(space: Space, taken: np.ndarray) -> Draft:
    """Return the draft of the actions ``taken`` (A,)."""
    state = begin_state(space.openings, space.world)
    nothing, value = np.zeros(len(taken), dtype=bool), space.openings.weighted(state.visits)
    draft = Draft(nothing, state, value, space.most.copy())
    _take(space, draft, np.flatnonzero(taken))
    return draft


def fill(
    space: Space, draft: Draft, allowance: Allowance, *, among: np.ndarray | None = None
) -> list[np.ndarray]:
    """Take move after move, each time that of the largest gain for what it uses; return them in order.

    Parameters
    ----------
    draft : changed in place
    among : int array, optional; positions of the moves looked at
    """
    among = np.arange(len(space.moves)) if among is None else among
    order, heap = [], []
    _push(heap, among, _scores(space, draft, allowance, among), -1)
    while heap:
        _, move, turn = heapq.heappop(heap)
        if turn == len(order):
            wanting = _wanting(space, draft, move)
            if len(wanting) == 0 or not _fits(space, draft, allowance, wanting):
                continue
            _take(space, draft, wanting)
            order.append(wanting)
            again = np.intersect1d(_partners(space, wanting), among)
            _push(heap, again, _scores(space, draft, allowance, again), -1)
            continue
        batch = np.array([move, *(heapq.heappop(heap)[1] for _ in range(min(AT_ONCE - 1, len(heap))))])
        draft.gains[batch] = gains_now(space, draft, batch)
        _push(heap, batch, _scores(space, draft, allowance, batch), len(order))
    return order


def gains_now(space: Space, draft: Draft, moves: np.ndarray) -> np.ndarray:
    """Return the weighted visits each move alone would bring now."""
    wanting = [_wanting(space, draft, move) for move in moves]
    offsets = np.concatenate([[0], np.cumsum([len(actions) for actions in wanting])]).astype(np.int64)
    actions = np.concatenate([*wanting, np.empty(0, np.int64)]).astype(np.int64)
    return gains_of(space.world, draft.state, actions, offsets)


def order_taken(space: Space, taken: np.ndarray) -> list[int]:
    """Return the actions ``taken`` in the order of what each adds to those before it, the most first.

    Those that add nothing beside the others come last, in their order.
    """
    draft = begin_draft(space, np.zeros(len(taken), dtype=bool))
    inside = np.flatnonzero(np.append(taken, True)[space.moves].all(axis=1))
    whole = Allowance(int(taken.sum()), np.inf, np.zeros(len(taken), dtype=bool))
    order = [int(action) for step in fill(space, draft, whole, among=inside) for action in step]
    return order + np.flatnonzero(taken & ~draft.taken).tolist()


def drop_needless(space: Space, draft: Draft, allowance: Allowance) -> None:
    """Take back every action that brings nothing, the dearest first, then the last."""
    cost = space.openings.cost
    free = np.flatnonzero(draft.taken & ~allowance.required)
    for action in free[np.lexsort((-free, -cost[free]))]:
        lost = drop(space.world, draft.state, action)
        draft.taken[action] = False
        draft.value -= lost
        if lost > LEAST_GAIN * max(draft.value, 1.0):
            _take(space, draft, np.array([action]))


def exchange(
    space: Space, draft: Draft, allowance: Allowance, *, bound: float, seed: int, in_vain: int = IN_VAIN
) -> Draft:
    """Take one or two actions back and fill up again while that serves more, or as much for less.

    Ends after ``in_vain`` tries without success (or ``EXCHANGES`` in all), so that the answer does not depend
    on the machine; or at ``bound``.
    """
    rng, failed, waiting = np.random.default_rng(seed), 0, []
    for _ in range(EXCHANGES):
        free = np.flatnonzero(draft.taken & ~allowance.required)
        if failed >= in_vain or not len(free) or draft.value >= bound * (1 - LEAST_GAIN):
            break
        waiting = [action for action in waiting if draft.taken[action]] or rng.permutation(free).tolist()
        trial = _try_without(space, draft, allowance, waiting.pop(), rng)
        better = _is_better(space, trial, draft)
        draft, failed = (trial, 0) if better else (draft, failed + 1)
    return draft


def _try_without(
    space: Space, draft: Draft, allowance: Allowance, action: int, rng: np.random.Generator
) -> Draft:
    """Return the draft with ``action``, and every second time a neighbour too, exchanged for rivals."""
    trial = draft.copy()
    near = (space.places[[action]] @ space.places.T).toarray()[0] > 0
    beside = np.flatnonzero(near & trial.taken & ~allowance.required)
    beside = beside[beside != action]
    gone = [action, *(rng.choice(beside, 1) if len(beside) and rng.random() < 0.5 else [])]
    for one in gone:
        trial.value -= drop(space.world, trial.state, one)
        trial.taken[one] = False
    close = near[space.moves[:, 0]]
    rivals = np.argsort(-np.where(close, draft.gains, -1.0), kind="stable")[:RIVALS]
    anywhere = np.argsort(-draft.gains, kind="stable")[:ANYWHERE]
    trial.gains[close] = space.most[close]
    fill(space, trial, allowance, among=np.unique(np.concatenate([rivals, anywhere, gone])))
    return trial


def _is_better(space: Space, trial: Draft, draft: Draft) -> bool:
    slack = LEAST_GAIN * max(draft.value, 1.0)
    if abs(trial.value - draft.value) > slack:
        return trial.value > draft.value
    cost = space.openings.cost
    dearer = cost[trial.taken].sum() - cost[draft.taken].sum()
    return dearer < -LEAST_GAIN or (dearer <= 0 and trial.taken.sum() < draft.taken.sum())


def price_starts(
    space: Space, drafts: list[Draft], from_zero: list[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where to begin the search of a bound: the prices of each draft's flow, and zero for some drafts.

    As ``starts`` of :func:`analysis.openings_bound.bound_values`; draft and limit have one number.
    """
    pairs = [prices_of(space.world, draft.state) for draft in drafts]
    pairs += [(np.zeros(len(space.openings.need)), np.zeros(len(space.openings.capacity)))] * len(from_zero)
    focus = np.array([*range(len(drafts)), *from_zero], dtype=np.int64)
    return focus, np.array([home for home, _ in pairs]), np.array([person for _, person in pairs])


def _list_moves(openings: Openings) -> tuple[np.ndarray, np.ndarray]:
    """Return the moves (M, 2) and the weighted visits no move brings more than (M,)."""
    count = len(openings.cost)
    worth = openings.weight[openings.household] * np.minimum(
        openings.need[openings.household], openings.capacity[openings.watcher]
    )
    actions = np.sort(openings.actions, axis=1)[:, ::-1]
    alone = np.zeros(count + 1)
    np.add.at(alone, actions[:, 0], worth)
    np.add.at(alone, np.where(actions[:, 1] == actions[:, 0], count, actions[:, 1]), worth)
    joint = (actions[:, 1] != NO_ACTION) & (actions[:, 1] != actions[:, 0])
    pairs, number = np.unique(actions[joint], axis=0, return_inverse=True)
    both = np.bincount(number.reshape(-1), weights=worth[joint], minlength=len(pairs))
    kept = _strongest(pairs, both)
    single = np.column_stack([np.arange(count), np.full(count, NO_ACTION)])
    most = np.concatenate([alone[:count], alone[pairs[kept]].sum(axis=1)])
    return np.concatenate([single, pairs[kept].reshape(-1, 2)]).astype(np.int64), most


def _strongest(pairs: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Return the positions of the pairs among the PARTNERS strongest of one of their actions."""
    kept = np.zeros(len(pairs), dtype=bool)
    for side in (0, 1):
        order = np.lexsort((-worth, pairs[:, side]))
        key = pairs[order, side]
        kept[order[np.arange(len(key)) - np.searchsorted(key, key) < PARTNERS]] = True
    return np.flatnonzero(kept)


def _partners(space: Space, actions: np.ndarray) -> np.ndarray:
    """Return the moves whose gain may have grown: those of actions some link needs beside ``actions``."""
    if len(space.moves) == len(space.openings.cost):
        return np.empty(0, np.int64)
    held = space.openings.actions
    beside = np.isin(held, actions).any(axis=1) & (held != NO_ACTION).all(axis=1)
    grown = np.zeros(len(space.openings.cost) + 1, dtype=bool)
    grown[held[beside]] = True
    grown[-1] = False
    return np.flatnonzero(grown[space.moves].any(axis=1))


def _wanting(space: Space, draft: Draft, move: int) -> np.ndarray:
    actions = space.moves[move]
    return np.array(
        [action for action in actions if action != NO_ACTION and not draft.taken[action]], np.int64
    )


def _take(space: Space, draft: Draft, actions: np.ndarray) -> None:
    draft.value += take(space.world, draft.state, actions.astype(np.int64))
    draft.taken[actions] = True
    grown = _partners(space, actions)
    draft.gains[grown] = space.most[grown]


def _fits(space: Space, draft: Draft, allowance: Allowance, wanting: np.ndarray) -> bool:
    cost = space.openings.cost
    return allowance.holds(
        draft.taken.sum() + len(wanting), float(cost[draft.taken].sum() + cost[wanting].sum())
    )


def _scores(space: Space, draft: Draft, allowance: Allowance, moves: np.ndarray) -> np.ndarray:
    """Return the gain of each move for the share of the allowance it uses; 0 where it does not fit."""
    actions, gains = space.moves[moves], draft.gains[moves]
    wants = (actions != NO_ACTION) & ~np.append(draft.taken, True)[actions]
    number = wants.sum(axis=1)
    cost = (np.append(space.openings.cost, 0.0)[actions] * wants).sum(axis=1)
    fits = number + draft.taken.sum() <= allowance.count
    spent = float(space.openings.cost[draft.taken].sum())
    fits &= cost + spent <= allowance.budget + 1e-9 * max(allowance.budget, 1.0)
    limited = allowance.count < len(draft.taken) or not np.isfinite(allowance.budget)
    use = number / max(allowance.count, 1) if limited else np.zeros(len(moves))
    if np.isfinite(allowance.budget) and allowance.budget > 0:
        use = np.maximum(use, cost / allowance.budget)
    enough = gains > LEAST_GAIN * max(draft.value, 1.0)
    return np.where(fits & enough & (number > 0), gains / np.maximum(use, 1e-12), 0.0)


def _push(heap: list, moves: np.ndarray, scores: np.ndarray, turn: int) -> None:
    for move, score in zip(moves.tolist(), scores.tolist(), strict=True):
        if score > 0:
            heapq.heappush(heap, (-score, move, turn))
