"""Exact minimum-cost flow in whole numbers, with the prices that prove it.

A compiled network simplex (``transport_kernel``). Its answer is a vertex: the arcs whose flow stands strictly
between their limits form a forest, so few are split. The same network always gives the same answer.

References
----------
Ahuja, R. K., Magnanti, T. L. and Orlin, J. B. (1993). Network Flows, chapters 9 to 11.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.errors import ParameterError
from analysis.transport_kernel import ENDLESS, INFEASIBLE, OPTIMAL, run_simplex
from analysis.transport_start import guess, plant, sort_by_end
from analysis.transport_tree import AT_LOW, IN_TREE, LOAD, NODE, NONE, OFFER

UNLIMITED = int(np.iinfo(np.int64).max)  # capacity of an arc without a limit
DEAREST = 2**60  # above it four prices do not fit 64 bits
ARCS_LOOKED_AT = 0.25  # of the square root of all, for one pivot: least time on cities, merged or not
FEWEST_LOOKED_AT = 10


@dataclass(frozen=True, eq=False)
class FlowNetwork:
    """Nodes 0 … N-1 and arcs between them; all numbers whole. The arrays are kept as int64.

    Parameters
    ----------
    tail, head : (A,) node each arc leaves and enters; parallel arcs and loops are allowed
    capacity : (A,) most units over each arc, >= 0; ``UNLIMITED`` where there is no limit
    cost : (A,) cost of a unit over each arc; may be negative
    supply : (N,) units each node gives (above 0) or takes (below 0); they add up to 0
    low : (A,) least units over each arc, 0 <= low <= capacity; None: 0

    Raises
    ------
    ParameterError
        Arrays of other lengths, arcs to unknown nodes, limits that cross, supplies that do not add up to 0,
        or numbers whose sums do not fit 64 bits.
    """

    tail: np.ndarray
    head: np.ndarray
    capacity: np.ndarray
    cost: np.ndarray
    supply: np.ndarray
    low: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Keep the arrays as int64 and check them."""
        low = np.zeros(len(self.tail), np.int64) if self.low is None else self.low
        object.__setattr__(self, "low", low)
        for name in ("tail", "head", "capacity", "cost", "supply", "low"):
            object.__setattr__(self, name, _as_whole(name, getattr(self, name)))
        _check_arcs(self)
        _check_sums(self)

    @property
    def dear(self) -> int:
        """Return a cost above that of any path."""
        size = np.abs(self.cost.astype(float))
        most = min(size.max(initial=0) * len(self.supply), size.sum())
        return int(most * (1 + 1e-9)) + 1  # the float sum may fall short by its rounding


@dataclass(frozen=True, eq=False)
class FlowSolution:
    """The answer of :func:`solve_flow`.

    Parameters
    ----------
    status : "optimal", "infeasible" (supplies or lower limits do not fit the capacities) or "unbounded" (a
        cycle of unlimited arcs earns without end; reported whether or not the supplies fit)
    flow : (A,) units over each arc; zero unless optimal
    value : cost of all units together
    potential : (N,) prices that prove it, see :meth:`proves`; zero unless optimal
    """

    status: str
    flow: np.ndarray
    value: int
    potential: np.ndarray

    def proves(self, network: FlowNetwork) -> bool:
        """Return whether flow and potential prove each other: no flow is cheaper.

        Checked apart from how it was found: the flow keeps all limits and supplies, and no arc with room
        gains, nor does one that could carry less. An arc gains when
        ``cost + potential[tail] - potential[head] < 0``.
        """
        if self.status != "optimal":
            return False
        gain = network.cost + self.potential[network.tail] - self.potential[network.head]
        left = network.supply.copy()
        np.subtract.at(left, network.tail, self.flow)
        np.add.at(left, network.head, self.flow)
        keeps = (self.flow >= network.low) & (self.flow <= network.capacity)
        best = ((gain >= 0) | (self.flow == network.capacity)) & ((gain <= 0) | (self.flow == network.low))
        return bool(keeps.all() and best.all() and not left.any())


def solve_flow(network: FlowNetwork) -> FlowSolution:
    """Return a flow of least cost that carries every supply; a vertex, the same for the same input.

    Returns
    -------
    FlowSolution
        Optimal, or ``infeasible`` or ``unbounded``.
    """
    work = _lay_out(network)
    _note_guess(work)
    plant(work.nodes, work.offers, work.loads, work.rest, network.dear)
    size = max(int(ARCS_LOOKED_AT * np.sqrt(len(network.tail))), FEWEST_LOOKED_AT)
    status = run_simplex(work.nodes, work.offers, work.loads, work.first, size)
    if status != OPTIMAL:
        return _no_flow(network, "infeasible" if status == INFEASIBLE else "unbounded")
    return _read(network, work)


@dataclass(frozen=True, eq=False)
class _Work:
    """A network as the compiled code works on it: arcs by tail, artificial arcs after them."""

    nodes: np.ndarray  # (N + 1,) of NODE, the root last
    offers: np.ndarray  # (A + N,) of OFFER
    loads: np.ndarray  # (A + N,) of LOAD
    first: np.ndarray  # (N + 1,) first arc of each tail
    order: np.ndarray  # (A,) where each arc stands in the network
    tail: np.ndarray  # (A,)
    rest: np.ndarray  # (N + 1,) supplies beyond the lower limits


def _lay_out(network: FlowNetwork) -> _Work:
    """Return the arcs by tail above their lower limits, nothing flowing, no node hanging."""
    count, size = len(network.tail), len(network.supply)
    order, first = sort_by_end(network.tail, size)
    offers, loads = np.zeros(count + size, OFFER), np.zeros(count + size, LOAD)
    nodes = np.zeros(size + 1, NODE)
    offers["cost"][:count], offers["head"][:count] = network.cost[order], network.head[order]
    offers["state"] = AT_LOW
    for name in ("arc", "child", "later", "earlier"):
        nodes[name] = NONE
    nodes["parent"], nodes["up"] = size, 1
    nodes["giver"][:size] = 1
    nodes["giver"][network.head] = 0
    rest = np.append(network.supply, 0)
    if network.low.any():
        np.subtract.at(rest, network.tail, network.low)
        np.add.at(rest, network.head, network.low)
    capacity = np.where(network.capacity < UNLIMITED, network.capacity - network.low, UNLIMITED)
    # A limit no smaller than all its giver gives never binds; without it the tree is sooner feasible.
    idle = (nodes["giver"][network.tail] == 1) & (capacity >= rest[network.tail])
    loads["capacity"][:count] = np.where(idle, UNLIMITED, capacity)[order]
    loads["capacity"][count:] = UNLIMITED
    return _Work(nodes, offers, loads, first, order, network.tail[order], rest)


def _note_guess(work: _Work) -> None:
    """Note a forest: givers by their cheapest arc with room behind it, others by their widest to a taker."""
    size, count = len(work.first) - 1, len(work.tail)
    capacity, head = np.minimum(work.loads["capacity"][:count], ENDLESS), work.offers["head"][:count]
    passed = np.bincount(work.tail, capacity, size)
    given = work.rest[:size]
    takes = np.minimum(passed + np.maximum(-given, 0), ENDLESS).astype(np.int64)
    giver = work.nodes["giver"][:size] == 1
    widest = np.flatnonzero((given[head] < 0) & ~giver[work.tail] & (given[work.tail] >= 0))
    widest = widest[np.argsort(capacity[widest], kind="stable")]
    work.nodes["arc"][work.tail[widest]] = widest  # the last one written stays
    guess(work.nodes, work.offers, work.loads, work.first, np.where(giver, given, takes))
    _hang_by_arcs(work)


def _hang_by_arcs(work: _Work) -> None:
    """Write parent and direction of every node that hangs by an arc of the network."""
    node = np.flatnonzero(work.nodes["arc"] != NONE)
    arc = work.nodes["arc"][node]
    leaves = work.tail[arc] == node
    work.nodes["up"][node] = np.where(leaves, 1, -1)
    work.nodes["parent"][node] = np.where(leaves, work.offers["head"][arc], work.tail[arc])
    work.offers["state"][arc] = IN_TREE


def _read(network: FlowNetwork, work: _Work) -> FlowSolution:
    """Return what the compiled code found, arcs in the order they were given in."""
    count = len(work.tail)
    nodes, flow = work.nodes[:-1], network.low.copy()
    flow[work.order] += work.loads["flow"][:count]
    above = work.nodes["price"][nodes["parent"]] - nodes["up"] * work.offers["cost"][nodes["arc"]]
    loose = (nodes["giver"] == 1) & (nodes["child"] == NONE)
    potential = np.where(loose, above, nodes["price"])
    return FlowSolution("optimal", flow, _value(flow, network.cost), potential)


def _value(flow: np.ndarray, cost: np.ndarray) -> int:
    """Return the whole cost, exact whatever its size."""
    if np.abs(flow * cost.astype(float)).sum() < ENDLESS:
        return int(flow @ cost)
    return sum(map(int.__mul__, flow.tolist(), cost.tolist()))


def _no_flow(network: FlowNetwork, status: str) -> FlowSolution:
    none, nodes = np.zeros_like(network.cost), np.zeros_like(network.supply)
    return FlowSolution(status, none, 0, nodes)


def _as_whole(name: str, values: np.ndarray) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ParameterError(
            f"Expected {name} as one row of whole numbers, got {array.dtype}. Round it first."
        )
    return array.astype(np.int64, copy=False)


def _check_arcs(network: FlowNetwork) -> None:
    """Raise ParameterError unless arcs join known nodes and their limits leave room."""
    lengths = {
        len(part) for part in (network.tail, network.head, network.capacity, network.cost, network.low)
    }
    if len(lengths) != 1:
        raise ParameterError("Expected one number for each arc, got arrays of other lengths. Give one each.")
    ends = np.concatenate([network.tail, network.head])
    if ends.min(initial=0) < 0 or ends.max(initial=-1) >= len(network.supply):
        raise ParameterError("Expected arcs between known nodes, got one outside. Give every node a supply.")
    crossed = int(((network.low < 0) | (network.low > network.capacity)).sum())
    if crossed:
        raise ParameterError(f"Expected 0 <= low <= capacity, got {crossed} arcs otherwise. Correct them.")


def _check_sums(network: FlowNetwork) -> None:
    """Raise ParameterError unless supplies add up to 0 and the worst sums of units and costs fit 64 bits."""
    finite = network.capacity[network.capacity < UNLIMITED].astype(float)
    units = np.abs(network.supply.astype(float)).sum() + finite.sum() + network.low.astype(float).sum()
    if units >= ENDLESS:
        raise ParameterError(
            f"Expected units that add up to less than 2^61, got {units:.3g}. Use UNLIMITED or coarser units."
        )
    if network.supply.sum() != 0:
        raise ParameterError(
            f"Expected supplies that add up to 0, got {network.supply.sum()}. Add a node for the rest."
        )
    if network.dear >= DEAREST:
        raise ParameterError(
            f"Expected costs of a path that add up to less than 2^60, got {network.dear:.3g}. "
            "Lower the costs."
        )
