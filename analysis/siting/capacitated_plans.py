"""Looking for plans of single-source siting: around the prices of a climb, then around the best plan."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.siting.capacitated_bound import Sites
from analysis.siting.capacitated_search import (
    assign_by_regret,
    assign_by_relaxation,
    move_sites,
    plan_fits,
    plan_value,
    search_assignment,
)

SHORT_SEARCH = 10, 60, 3_000_000  # iterations of tabu search in a look: least, most, pairs of customers seen
LONG_SEARCH = 300, 3_000, 120_000_000  # and from the best plan and the last relaxation
MOVES_TRIED = 4  # times sites move and customers are searched again
LOOKS_A_SET = 6  # looks while a bound climbs at one set of sites; later prices differ too little


class Plans:
    """Keeps the best plan found: the site of each customer (C,), or None, and its value."""

    def __init__(self, sites: Sites, seed: int) -> None:
        self.sites = sites
        self.random = np.random.default_rng(seed)
        self.plan: np.ndarray | None = None
        self.value = np.inf
        dearest = np.where(np.isfinite(sites.cost), sites.cost, 0.0).max(axis=0)
        self.ceiling = float(dearest.sum() + sites.opening.sum()) + 1.0  # above every plan
        self.relaxation: tuple[np.ndarray, np.ndarray] | None = None
        self.looks: dict[bytes, int] = {}
        self.is_done: Callable[[], bool] = lambda: False  # asked between searches

    def target(self, resolution: float) -> float:
        """Return what every plan better than the best known lies below; values differ by ``resolution``."""
        if not np.isfinite(self.value):
            return self.ceiling
        return self.value - max(resolution - 1e-6, 1e-9 * abs(self.value))

    def look(self, opened: np.ndarray, taken: np.ndarray) -> float:
        """Look for a plan around what a relaxation opens (S,) and takes (S, C); return the least value."""
        opened = self._open_enough(opened)
        self.relaxation = opened, taken
        look = self.looks.get(opened.tobytes(), 0)
        self.looks[opened.tobytes()] = look + 1
        if look < LOOKS_A_SET:
            self._try(assign_by_relaxation(self.sites, opened, taken), SHORT_SEARCH)
        return self.value

    def improve(self, rounds: int, is_done: Callable[[], bool]) -> None:
        """Search long from the best plan and the last relaxation, then ``rounds`` times after random changes.

        Where every site is fixed a round searches long from the relaxation with other random numbers; else it
        changes a site. ``is_done`` is asked before each search.
        """
        self.is_done = is_done
        if self.plan is not None:
            self._polish(self.plan, LONG_SEARCH)
        self._search_relaxation()
        for _ in range(rounds):
            if is_done():
                return
            if self.sites.fixed.all():
                self._search_relaxation()
            elif self.plan is not None:
                self._try(self._assign(self._open_enough(self._other_sites())), SHORT_SEARCH)

    def _search_relaxation(self) -> None:
        if self.relaxation is not None:
            self._try(assign_by_relaxation(self.sites, *self.relaxation), LONG_SEARCH)

    def look_within(self, part: Sites, opened: np.ndarray, taken: np.ndarray) -> np.ndarray | None:
        """Return a plan of a part of the problem around a relaxation, None where none was found."""
        plan = assign_by_relaxation(part, opened, taken)
        if (plan < 0).any():
            return None
        seed = int(self.random.integers(2**31))
        plan = search_assignment(part, opened, plan, _iterations(plan, SHORT_SEARCH), seed)
        return plan if plan_fits(part, plan) else None

    def keep(self, plan: np.ndarray | None) -> None:
        """Keep a plan that fits when it is the best."""
        if plan is None or not plan_fits(self.sites, plan) or not self._within_count(plan):
            return
        value = plan_value(self.sites, plan)
        if value < self.value:
            self.plan, self.value = plan.copy(), float(value)

    def _assign(self, opened: np.ndarray) -> np.ndarray:
        nobody = np.full(self.sites.cost.shape[1], -1, dtype=np.int64)
        return assign_by_regret(self.sites, opened, nobody)

    def _try(self, plan: np.ndarray, effort: tuple[int, int, int]) -> None:
        if (plan >= 0).all():
            self._polish(plan, effort)

    def _polish(self, plan: np.ndarray, effort: tuple[int, int, int]) -> None:
        plan = plan.copy()
        for _ in range(MOVES_TRIED):
            if self.is_done():
                return
            opened = self.sites.fixed.copy()
            opened[plan] = True
            seed = int(self.random.integers(2**31))
            plan = search_assignment(self.sites, opened, plan, _iterations(plan, effort), seed)
            self.keep(plan)
            if not plan_fits(self.sites, plan) or not move_sites(self.sites, plan):
                return
            self.keep(plan)

    def _within_count(self, plan: np.ndarray) -> bool:
        used = np.unique(plan)
        return int((~self.sites.fixed[used]).sum()) <= self.sites.count

    def _open_enough(self, opened: np.ndarray) -> np.ndarray:
        """Open the largest sites more while the count allows and the open ones are too small together."""
        sites, opened = self.sites, opened.copy()
        needed = sites.size.min(axis=0).sum()
        free = np.flatnonzero(~opened)
        for site in free[np.argsort(-sites.capacity[free], kind="stable")]:
            if sites.capacity[opened].sum() >= needed or (opened & ~sites.fixed).sum() >= sites.count:
                break
            opened[site] = True
        return opened

    def _other_sites(self) -> np.ndarray:
        """Return the best plan's sites with one closed, or another opened near its customers, or both."""
        sites, opened = self.sites, self.sites.fixed.copy()
        opened[self.plan] = True
        mine = np.flatnonzero(opened & ~sites.fixed)
        closed = np.flatnonzero(~opened)
        if len(mine) == 0:
            return opened
        gone = self.random.choice(mine)
        if len(closed) and self.random.random() < 0.8:
            members = self.plan == gone
            distance = sites.cost[np.ix_(closed, members)].sum(axis=1) + sites.opening[closed]
            near = closed[np.argsort(distance, kind="stable")[: max(5, len(closed) // 5)]]
            opened[self.random.choice(near)] = True
        if (opened & ~sites.fixed).sum() > sites.count or self.random.random() < 0.7:
            opened[gone] = False
        return opened


def _iterations(plan: np.ndarray, effort: tuple[int, int, int]) -> int:
    least, most, pairs = effort
    return int(np.clip(pairs / max(len(plan), 1) ** 2, least, most))
