"""The engines of the assignment benchmark, one on one case in a process of its own.

    python -m benchmarks.assignment_engines FILE ENGINE

Prints seconds, peak memory and the value (walk and unserved visits priced) as JSON; null where the engine is
not installed. Imports no map library, which would count as memory of every engine.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import networkx as nx
import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from scipy.optimize import linprog
from scipy.sparse import coo_array, hstack, identity

from analysis.same_links import merge_by_links
from analysis.transport import FlowNetwork, solve_flow
from analysis.visit_flow import solve_assignment

UNSERVED_DM = 1_000_000  # of a visit nobody makes, as in the public cases


@dataclass(frozen=True, eq=False)
class Visits:
    """Needs, capacities, and links with their walk in decimetres."""

    need: np.ndarray
    capacity: np.ndarray
    household: np.ndarray
    watcher: np.ndarray
    cost_dm: np.ndarray

    def merged(self) -> Visits:
        """Return the same with like households as one."""
        price = np.full(len(self.need), UNSERVED_DM)
        same = merge_by_links(self.household, self.watcher, self.cost_dm, price)
        need = np.bincount(same.group, self.need).astype(np.int64)
        return Visits(need, self.capacity, *same.links)

    def network(self) -> FlowNetwork:
        """Return the flow from households by watchers to one end; unserved visits go there straight."""
        homes, people = len(self.need), len(self.capacity)
        end = homes + people
        return FlowNetwork(
            tail=np.concatenate([self.household, np.arange(end)]),
            head=np.concatenate([homes + self.watcher, np.full(end, end)]),
            capacity=np.concatenate([self.need[self.household], self.need, self.capacity]),
            cost=np.concatenate([self.cost_dm, np.full(homes, UNSERVED_DM), np.zeros(people, np.int64)]),
            supply=np.concatenate([self.need, np.zeros(people, np.int64), [-self.need.sum()]]),
        )


@dataclass(frozen=True)
class Found:
    """Value of the plan (decimetres), visits nobody makes, and whether the optimum was proven apart."""

    value: int
    unserved: int | None = None
    proven: bool | None = None


def solve_ours(case: Visits | FlowNetwork) -> Found:
    """Solve by the code of the program."""
    if isinstance(case, FlowNetwork):
        solution = solve_flow(case)
        return Found(solution.value, proven=solution.proves(case))
    flow = solve_assignment(*vars(case).values(), unserved_dm=UNSERVED_DM)
    unserved = int(flow.unserved.sum())
    return Found(flow.walk_dm + UNSERVED_DM * unserved, unserved)


def solve_ortools(case: Visits | FlowNetwork) -> Found:
    """Solve by OR-Tools' cost scaling, lower limits taken off first."""
    network = case if isinstance(case, FlowNetwork) else case.network()
    rest = network.supply.copy()
    np.subtract.at(rest, network.tail, network.low)
    np.add.at(rest, network.head, network.low)
    solver = SimpleMinCostFlow()
    room = network.capacity - network.low
    arcs = solver.add_arcs_with_capacity_and_unit_cost(network.tail, network.head, room, network.cost)
    solver.set_nodes_supplies(np.arange(len(rest)), rest)
    if solver.solve() != solver.OPTIMAL:
        raise RuntimeError("Expected an optimum of OR-Tools, got none. Look at the case.")
    flow = solver.flows(arcs) + network.low
    return Found(int(flow @ network.cost), _unserved(case, flow))


def _unserved(case: Visits | FlowNetwork, flow: np.ndarray) -> int | None:
    if isinstance(case, FlowNetwork):
        return None
    links = len(case.household)
    return int(flow[links : links + len(case.need)].sum())


def solve_pot(case: Visits) -> Found:
    """Solve by POT (network simplex in floats) as a transport problem filled up on both sides."""
    import ot

    homes, people = len(case.need), len(case.capacity)
    gives = np.append(case.need, case.capacity.sum()).astype(float)
    takes = np.append(case.capacity, case.need.sum()).astype(float)
    row = np.concatenate([case.household, np.arange(homes), np.full(people + 1, homes)])
    column = np.concatenate([case.watcher, np.full(homes, people), np.arange(people + 1)])
    cost = np.concatenate([case.cost_dm, np.full(homes, UNSERVED_DM), np.zeros(people + 1)]).astype(float)
    matrix = coo_array((cost, (row, column)), shape=(homes + 1, people + 1))
    plan, log = ot.emd(
        gives, takes, matrix, numItermax=10**9, log=True, center_dual=False, check_marginals=False
    )
    unserved = plan.tocsr()[:homes, [people]].sum()
    return Found(round(log["cost"]), round(unserved))


def solve_networkx(case: Visits | FlowNetwork) -> Found:
    """Solve by networkx's network simplex."""
    network = case if isinstance(case, FlowNetwork) else case.network()
    graph, rest = nx.MultiDiGraph(), network.supply.copy()
    np.subtract.at(rest, network.tail, network.low)
    np.add.at(rest, network.head, network.low)
    graph.add_nodes_from((node, {"demand": -int(supply)}) for node, supply in enumerate(rest))
    columns = (network.tail, network.head, network.capacity - network.low, network.cost)
    for tail, head, room, cost in zip(*(part.tolist() for part in columns), strict=True):
        graph.add_edge(tail, head, capacity=room, weight=cost)
    return Found(nx.network_simplex(graph)[0] + int(network.low @ network.cost))


def solve_highs(case: Visits) -> Found:
    """Solve by HiGHS as a linear programme through scipy."""
    links, homes = np.arange(len(case.household)), len(case.need)
    ones = np.ones(len(links))
    served = coo_array((ones, (case.household, links)), shape=(homes, len(links)))
    load = coo_array((ones, (case.watcher, links)), shape=(len(case.capacity), len(links)))
    equal = hstack([served, identity(homes)]).tocsr()
    within = hstack([load, coo_array((len(case.capacity), homes))]).tocsr()
    price = np.concatenate([case.cost_dm, np.full(homes, UNSERVED_DM)])
    found = linprog(price, A_ub=within, b_ub=case.capacity, A_eq=equal, b_eq=case.need, method="highs")
    return Found(round(found.fun), round(found.x[len(links) :].sum()))


def solve_nearest_first(case: Visits) -> Found:
    """Give visits by the nearest pair first, as tools without a flow do; not the optimum."""
    need, room, walk = case.need.copy(), case.capacity.copy(), 0
    for link in np.argsort(case.cost_dm, kind="stable").tolist():
        home, person = case.household[link], case.watcher[link]
        visits = min(need[home], room[person])
        need[home] -= visits
        room[person] -= visits
        walk += int(visits) * int(case.cost_dm[link])
    return Found(walk + UNSERVED_DM * int(need.sum()), int(need.sum()))


ENGINES: dict[str, Callable[[Visits], Found]] = {
    "ours": solve_ours,
    "OR-Tools": solve_ortools,
    "POT": solve_pot,
    "HiGHS linear programme": solve_highs,
    "networkx simplex": solve_networkx,
    "nearest pair first": solve_nearest_first,
}


def measure(path: Path, engine: str) -> dict | None:
    """Return what one engine needs for a case and what it finds; None where it is not installed."""
    if engine.startswith("POT") and importlib.util.find_spec("ot") is None:
        return None
    with np.load(path) as kept:
        case = (FlowNetwork if "tail" in kept else Visits)(**kept)
    name = engine.removesuffix(", merged")
    if name != engine and isinstance(case, Visits):
        case = case.merged()
    tiny = Visits(*(np.array(part) for part in ([1, 1], [1], [0, 1], [0, 0], [5, 6])))
    ENGINES[name](tiny.network() if isinstance(case, FlowNetwork) else tiny)  # imports and compiling
    start, worked = time.perf_counter(), time.process_time()
    found = ENGINES[name](case)
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return {"seconds": seconds, "cpu_seconds": worked, "peak_mb": peak, **asdict(found)}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), sys.argv[2])))
