"""Branch and bound on Lagrangean bounds: exact for single-source siting.

Each node climbs a little from its parent's prices and settles what the bound decides. The bounds of each pair
and site forced in and out, which settling needs anyway, also choose the branch: the one whose weaker side
rises most. The side of the lower bound is followed at once, the other waits; the least bound comes next.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analysis.siting.capacitated_bound import (
    LENGTH,
    Prices,
    Sites,
    ascend,
    prices_of,
    start_slope,
)
from analysis.siting.capacitated_exact import Forced, force
from analysis.siting.capacitated_plans import Plans

NODE_STEPS = 40
NODE_PATIENCE = 5
LOOK_EVERY = 20  # nodes between two looks for a plan


@dataclass(frozen=True, eq=False)
class Node:
    """Part of the plans: pairs allowed (S, C), sites closed -1, free 0, open 1 (S,), bound and prices."""

    may: np.ndarray
    opened: np.ndarray
    bound: float
    customer: np.ndarray
    unit: float


@dataclass(frozen=True, eq=False)
class Part:
    """What a node leaves undecided, as a problem of rows and columns of the whole, and what is paid."""

    sites: Sites
    rows: np.ndarray
    columns: np.ndarray
    paid: float
    plan: np.ndarray  # (C,) site of each decided customer, else -1


def cut_out(sites: Sites, node: Node) -> Part | None:
    """Return the undecided part of a node, None where it allows no plan."""
    choices = node.may.sum(axis=0)
    if (choices == 0).any():
        return None
    sole = choices == 1
    plan = np.where(sole, node.may.argmax(axis=0), -1)
    decided = np.flatnonzero(sole)
    load = np.bincount(plan[decided], sites.size[plan[decided], decided], len(node.opened)).astype(np.int64)
    opened = node.opened.copy()
    opened[plan[decided]] = 1
    if (load > sites.capacity).any():
        return None
    rows, columns = np.flatnonzero(opened >= 0), np.flatnonzero(~sole)
    fixed = opened[rows] > 0
    count = sites.count - int((fixed & ~sites.fixed[rows]).sum())
    if count < 0:
        return None
    part = np.ix_(rows, columns)
    reduced = Sites(
        np.where(node.may[part], sites.cost[part], np.inf),
        np.ascontiguousarray(sites.size[part]),
        sites.capacity[rows] - load[rows],
        sites.opening[rows],
        fixed,
        count,
        sites.whole - int(load.sum()) if sites.whole else 0,
    )
    paid = float(sites.cost[plan[decided], decided].sum())
    return Part(reduced, rows, columns, paid, plan)


class Branching:
    """A search over nodes; the best plan and its value, and the least bound of what is not searched."""

    def __init__(self, sites: Sites, prices: Prices, plans: Plans, resolution: float) -> None:
        self.sites, self.plans, self.resolution = sites, plans, resolution
        may = np.isfinite(sites.cost)
        root = Node(may, np.where(sites.fixed, 1, 0), prices.bound, prices.customer, prices.unit)
        self.waiting: list[tuple[float, int, Node]] = []
        self.made, self.done, self.work = 0, 0, 0
        self._push(root)

    @property
    def value(self) -> float:
        """Return the least value known, inf without a plan."""
        return self.plans.value

    @property
    def target(self) -> float:
        """Return the value below which a plan is an improvement worth finding."""
        return self.plans.target(self.resolution)

    @property
    def bound(self) -> float:
        """Return the least value a plan can have."""
        waiting = min((bound for bound, _, _ in self.waiting), default=np.inf)
        return min(self.value, waiting)

    def run(self, *, nodes: int, work: int, stop: Callable[[], bool] | None = None) -> None:
        """Search until at most this many nodes and pairs are looked at, or ``stop`` returns True."""

        def is_over() -> bool:
            return self.done >= nodes or self.work >= work or (stop is not None and stop())

        while self.waiting and not is_over():
            _, _, node = heapq.heappop(self.waiting)
            while node is not None and node.bound < self.target and not is_over():
                self.done += 1
                node = self._visit(node)
            if node is not None and node.bound < self.target:
                self._push(node)

    def _push(self, node: Node) -> None:
        self.made += 1
        heapq.heappush(self.waiting, (node.bound, self.made, node))

    def _visit(self, node: Node) -> Node | None:
        """Search a node; let one side wait and return the other, None where nothing is left."""
        for _ in range(4):
            part = cut_out(self.sites, node)
            if part is None:
                return None
            if len(part.columns) == 0:
                self.plans.keep(part.plan)
                return None
            self.work += part.sites.cost.size
            prices = self._climb(part, node, look=self.done % LOOK_EVERY == 1)
            bound = max(node.bound, prices.bound + part.paid)
            if bound >= self.target:
                return None
            forced = force(part.sites, prices)
            tighter = self._tighten(node, part, prices, forced, bound)
            settled = node.may.sum() - tighter.may.sum()
            node = tighter
            if settled < 0.1 * node.may.sum():
                break
        return self._branch(node, part, forced)

    def _climb(self, part: Part, node: Node, *, look: bool) -> Prices:
        slope = start_slope(part.sites, node.customer[part.columns], node.unit, self.value - part.paid)
        slope.numbers[LENGTH] = 0.3
        _, opened, taken = ascend(part.sites, slope, NODE_STEPS, NODE_PATIENCE, self.resolution)
        if look:
            self._look(part, opened, taken)
        return prices_of(slope)

    def _tighten(self, node: Node, part: Part, prices: Prices, forced: Forced, bound: float) -> Node:
        target = self.target - part.paid
        may, opened, customer = node.may.copy(), node.opened.copy(), node.customer.copy()
        may[np.ix_(part.rows, part.columns)] &= forced.pair_in < target
        row, column = np.nonzero(forced.pair_out >= target)
        for site, at in zip(part.rows[row], part.columns[column], strict=True):
            keep = may[site, at]
            may[:, at] = False
            may[site, at] = keep
        closed = part.rows[(forced.site_in >= target) & (opened[part.rows] == 0)]
        opened[part.rows[(forced.site_out >= target) & (opened[part.rows] == 0)]] = 1
        opened[closed] = -1
        may[closed] = False
        customer[part.columns] = prices.customer
        return Node(may, opened, bound, customer, prices.unit)

    def _look(self, part: Part, opened: np.ndarray, taken: np.ndarray) -> None:
        found = self.plans.look_within(part.sites, opened, taken)
        if found is not None:
            plan = part.plan.copy()
            plan[part.columns] = part.rows[found]
            self.plans.keep(plan)

    def _branch(self, node: Node, part: Part, forced: Forced) -> Node | None:
        free = node.opened[part.rows] == 0
        rise = np.minimum(forced.site_in, forced.site_out)
        rise = np.where(free & np.isfinite(rise), rise, -np.inf)
        both = np.minimum(forced.pair_in, forced.pair_out) + 0.1 * np.maximum(forced.pair_in, forced.pair_out)
        score = np.where(np.isfinite(both) & node.may[np.ix_(part.rows, part.columns)], both, -np.inf)
        score[:, node.may[:, part.columns].sum(axis=0) <= 1] = -np.inf
        at = int(score.argmax())
        row, column = np.unravel_index(at, score.shape)
        site = int(rise.argmax())
        pair = min(forced.pair_in[row, column], forced.pair_out[row, column])
        if rise[site] > -np.inf and (score[row, column] == -np.inf or rise[site] >= pair):
            sides = self._split_site(node, part.rows[site])
            bounds = forced.site_in[site], forced.site_out[site]
        elif score[row, column] > -np.inf:
            sides = self._split_pair(node, part.rows[row], part.columns[column])
            bounds = forced.pair_in[row, column], forced.pair_out[row, column]
        else:
            return node  # all is decided: the next visit keeps the plan or ends
        with_it, without = (
            replace(side, bound=max(node.bound, bound + part.paid))
            for side, bound in zip(sides, bounds, strict=True)
        )
        first, second = (with_it, without) if with_it.bound <= without.bound else (without, with_it)
        if second.bound < self.target:
            self._push(second)
        return first if first.bound < self.target else None

    @staticmethod
    def _split_site(node: Node, site: int) -> tuple[Node, Node]:
        opened, closed, may = node.opened.copy(), node.opened.copy(), node.may.copy()
        opened[site], closed[site] = 1, -1
        may[site] = False
        return replace(node, opened=opened), replace(node, opened=closed, may=may)

    @staticmethod
    def _split_pair(node: Node, site: int, customer: int) -> tuple[Node, Node]:
        into, out = node.may.copy(), node.may.copy()
        into[:, customer] = False
        into[site, customer], out[site, customer] = True, False
        return replace(node, may=into), replace(node, may=out)
