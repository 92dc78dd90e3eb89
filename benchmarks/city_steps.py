"""One step of the city benchmark by one engine, in a process of its own: seconds, peak memory, and a check.

    python -m benchmarks.city_steps FOLDER prepare HOUSEHOLDS WATCHERS SEED SEASON
    python -m benchmarks.city_steps FOLDER compile STEP...
    python -m benchmarks.city_steps FOLDER STEP ENGINE

``prepare`` makes a city and keeps what each step starts from in FOLDER. A step loads that, does the same work
once on the tiny city in FOLDER/tiny (so that no import and no compiling falls into the clock), then works
against the clock. After the clock the answer is checked against ours, and a wrong one ends the run.
"""

from __future__ import annotations

import json
import pickle
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd

from analysis.coverage import Coverage, assess_coverage
from analysis.gaps import Gaps, classify_gaps
from analysis.losses import lost_visits
from analysis.smallest_sets import smallest_tight_sets
from analysis.street import StreetGraph, WalkingRules, build_street_graph, snap_to_streets
from analysis.tight_sets import VisitNetwork, serve_most_visits
from analysis.walking import REACH_TOLERANCE_M, WalkingCosts, walk_on_streets
from analysis.watch_graph import Situation, WatchGraph, build_watch_graph
from benchmarks import made_city, peers

RULES = WalkingRules()
SAMPLE = 20  # watchers whose loss is solved anew
TOLERANCE_M = 1e-6


@dataclass(frozen=True)
class Task:
    """What an engine loads for a step, does against the clock, and how its answer is checked.

    ``check`` returns facts to report, among them ``seconds`` where the clock must say something else.
    """

    load: Callable[[Path], tuple]
    work: Callable[..., object]
    check: Callable[..., dict]


def main() -> None:
    """Prepare a city or do one step, and print one JSON object."""
    print(json.dumps(run(*sys.argv[1:])))


def run(folder: str, step: str, *rest: str) -> dict:
    """Prepare a city, measure the compiling, or do one step."""
    if step == "prepare":
        households, watchers, seed, season = rest
        return prepare(Path(folder), int(households), int(watchers), seed=int(seed), season=season)
    if step == "compile":
        return {"seconds": measure_compiling(Path(folder) / "tiny", rest), "peak_mb": peak_mb()}
    return measure(TASKS[step, rest[0]], Path(folder))


def peak_mb() -> float:
    """Return the most memory this process has held so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def measure(task: Task, folder: Path) -> dict:
    """Return seconds, peak memory, the peak before the clock started, and the facts of the check."""
    task.work(*task.load(folder / "tiny"))
    loaded = task.load(folder)
    before = peak_mb()
    start, worked = time.perf_counter(), time.process_time()
    answer = task.work(*loaded)
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    measured = {"seconds": seconds, "clock": seconds, "cpu_seconds": worked}
    measured |= {"peak_mb": peak_mb(), "loaded_mb": before}
    return measured | task.check(folder, answer)


def measure_compiling(folder: Path, steps: Sequence[str]) -> float:
    """Return how much longer our steps take on a tiny city the first time than the second."""
    seconds = 0.0
    for task in (TASKS[step, "ours"] for step in steps):
        for sign in (1, -1):
            loaded, start = task.load(folder), time.perf_counter()
            task.work(*loaded)
            seconds += sign * (time.perf_counter() - start)
    return seconds


def prepare(folder: Path, households: int, watchers: int, *, seed: int, season: str) -> dict:
    """Make a city, keep what each step starts from, and return its numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    streets = made_city.make_streets(households, seed)
    homes = made_city.make_households(streets, households, seed)
    people = made_city.make_watchers(streets, watchers, households=households, seed=seed)
    graph = build_street_graph(streets, season=season)
    snaps = [snap_to_streets(graph, points.geometry, RULES.snap_limit_m) for points in (people, homes)]
    costs = walk_on_streets(graph, people, homes)
    normal = costs if season == "normal" else walk_on_streets(build_street_graph(streets), people, homes)
    inputs = made_city.make_inputs(homes, people, costs, normal_costs=normal, seed=seed)
    watch_graph = build_watch_graph(inputs, Situation(made_city.TODAY, season=season))
    network, made = visit_network(watch_graph)
    for name, value in {
        "streets": streets,
        "season": season,
        "points": (people, homes),
        "graph": bare(graph),
        "snaps": snaps,
        "costs": costs,
        "inputs": inputs,
        "watch_graph": watch_graph,
        "coverage": assess_coverage(watch_graph),
        "network": (network, made),
        "best": (network, serve_most_visits(network, made)),
    }.items():
        with (folder / f"{name}.pkl").open("wb") as file:
            pickle.dump(value, file)
    return {"nodes": len(graph.xy), "edges": len(graph.u), "pairs": len(costs.cost_m)} | _in_numbers(inputs)


def _in_numbers(inputs: made_city.WatchInputs) -> dict:
    room = inputs.watchers["visits_per_month"].sum()
    return {"capacity_households": int(room), "assignments": len(inputs.assignments)}


def bare(graph: StreetGraph) -> StreetGraph:
    """Return the graph with its costs as a matrix, and without an index of its lines."""
    graph.adjacency  # noqa: B018 - kept with the graph when it is written
    graph.__dict__.pop("tree", None)
    return graph


def visit_network(graph: WatchGraph) -> tuple[VisitNetwork, np.ndarray]:
    """Return the network of the allowed links (everybody here needs visits), and the visits made today."""
    links = graph.links[graph.links["allowed"]]
    network = VisitNetwork(
        links["household"].to_numpy(),
        links["watcher"].to_numpy(),
        graph.households["need_visits"].to_numpy(),
        graph.watchers["capacity_visits"].to_numpy(),
    )
    return network, links["delivered_visits"].to_numpy()


def read(folder: Path, *names: str) -> tuple:
    """Read what ``prepare`` kept under these names."""
    values = []
    for name in names:
        with (folder / f"{name}.pkl").open("rb") as file:
            values.append(pickle.load(file))
    return tuple(values)


def demand(holds: bool, what: str) -> None:
    """End the run where an answer is not the one wanted."""
    if not holds:
        raise SystemExit(f"Expected {what}, got another answer. This engine cannot be compared.")


# Building the graph and setting points on it


def _build_graph(streets: object, season: str) -> int:
    graph = build_street_graph(streets, season=season)
    return graph.adjacency.nnz


def _check_arcs(folder: Path, arcs: int) -> dict:
    (graph,) = read(folder, "graph")
    demand(arcs == graph.adjacency.nnz, f"{graph.adjacency.nnz} arcs")
    return {"nodes": len(graph.xy), "edges": len(graph.u)}


def _snap(graph: StreetGraph, points: tuple) -> np.ndarray:
    snaps = [snap_to_streets(graph, some.geometry, RULES.snap_limit_m) for some in points]
    return np.concatenate([snap.distance_m for snap in snaps])


def _snap_by_geopandas(streets: object, points: tuple) -> np.ndarray:
    return np.concatenate([peers.nearest_by_geopandas(some, streets) for some in points])


def _check_snaps(folder: Path, metres: np.ndarray) -> dict:
    (snaps,) = read(folder, "snaps")
    wanted = np.concatenate([snap.distance_m for snap in snaps])
    demand(np.allclose(metres, wanted, rtol=0, atol=TOLERANCE_M), "the same metres to the street")
    return {"points": len(metres)}


# Walks


def _walk(graph: StreetGraph, points: tuple, snaps: list) -> WalkingCosts:
    """Walk from points set on their streets before."""
    with mock.patch("analysis.walking.snap_to_streets", side_effect=snaps):
        return walk_on_streets(graph, *points)


def _load_walks(folder: Path) -> tuple[peers.WalkCase]:
    graph, snaps, (people, _) = read(folder, "graph", "snaps", "points")
    doors = [peers.doors_of(graph, snap) for snap in snaps]
    return (peers.WalkCase(graph, *doors, people["reach_m"].to_numpy() + REACH_TOLERANCE_M),)


def _load_walks_of_networkx(folder: Path) -> tuple:
    (case,) = _load_walks(folder)
    return case, peers.network_by_networkx(case.graph)


def _check_walks(folder: Path, walks: WalkingCosts | peers.Pairs) -> dict:
    (costs,) = read(folder, "costs")
    if isinstance(walks, WalkingCosts):
        walks = walks.watcher, walks.household, walks.cost_m
    order, wanted = np.lexsort(walks[:2]), np.lexsort((costs.watcher, costs.household))
    same = all(
        np.array_equal(found[order], ours[wanted])
        for found, ours in ((walks[0], costs.watcher), (walks[1], costs.household))
    )
    demand(same, f"the same {len(costs.cost_m)} pairs")
    demand(np.abs(walks[2][order] - costs.cost_m[wanted]).max(initial=0) <= TOLERANCE_M, "the same metres")
    return {"pairs": len(costs.cost_m)}


# Coverage and gaps


def _check_watch_graph(folder: Path, graph: WatchGraph) -> dict:
    return {"links": len(graph.links), "allowed": int(graph.links["allowed"].sum())}


def _check_coverage(folder: Path, coverage: Coverage) -> dict:
    counts = coverage.households["status"].value_counts()
    return {"households_by_status": {name: int(count) for name, count in counts.items()}}


def _classify(graph: WatchGraph, coverage: Coverage) -> tuple[Gaps, float]:
    """Classify the gaps; return the seconds of the tight sets in it as well."""
    clock = []

    def timed(*values: object, **options: object) -> object:
        start = time.perf_counter()
        answer = smallest_tight_sets(*values, **options)
        clock.append(time.perf_counter() - start)
        return answer

    with mock.patch("analysis.gaps.smallest_tight_sets", timed):
        return classify_gaps(graph, coverage), sum(clock)


def _check_gaps(folder: Path, answer: tuple[Gaps, float]) -> dict:
    gaps, seconds = answer
    ((_, best),) = read(folder, "best")
    demand(gaps.best.visits.sum() == best.sum(), f"{best.sum()} visits at the maximum flow")
    counts = gaps.households["gap_class"].value_counts()
    sizes = [len(found.watcher_ids) for found in gaps.tight_sets]
    tight = {"seconds": seconds, "sets": len(sizes), "largest_watchers": max(sizes, default=0)}
    return {
        "households_by_class": {name: int(count) for name, count in counts.items()},
        "parts": {"tight_sets": tight},
    }


# The maximum flow and the loss of each watcher


def _check_flow(folder: Path, visits: int) -> dict:
    ((network, best),) = read(folder, "best")
    demand(visits == best.sum(), f"{best.sum()} visits at the maximum flow")
    return {"need_visits": int(network.need.sum()), "most_visits": int(best.sum())}


def _lose_each(network: VisitNetwork, best: np.ndarray) -> pd.Series:
    everybody = np.arange(len(network.capacity))
    return lost_visits(network, best, pd.Series(everybody, index=everybody))


def _check_losses(folder: Path, lost: pd.Series) -> dict:
    return {"lose_some": int((lost > 0).sum()), "most_lost_visits": int(lost.max())}


def _solve_without_each(network: VisitNetwork, best: np.ndarray) -> tuple[dict[int, int], float]:
    """Solve the city anew without each watcher of a sample, one after the other."""
    visiting = np.unique(network.watcher[best > 0])
    sample = np.random.default_rng(0).choice(visiting, min(SAMPLE, len(visiting)), replace=False)
    start, lost = time.perf_counter(), {}
    for person in sample:
        capacity = network.capacity.copy()
        capacity[person] = 0
        without = VisitNetwork(network.household, network.watcher, network.need, capacity)
        lost[int(person)] = int(best.sum()) - peers.flow_by_ortools(without)
    return lost, time.perf_counter() - start


def _check_sample(folder: Path, answer: tuple[dict[int, int], float]) -> dict:
    """Compare with ours, and lay the seconds of the sample on all watchers."""
    lost, seconds = answer
    ((network, best),) = read(folder, "best")
    ours = lost_visits(network, best, pd.Series(list(lost), index=list(lost)))
    demand(ours.to_dict() == lost, "the same visits lost without each watcher of the sample")
    everybody = len(network.capacity)
    return {
        "seconds": seconds * everybody / len(lost),
        "estimated": True,
        "solved": len(lost),
        "solved_seconds": round(seconds, 3),
        "solved_lost_visits": sum(lost.values()),
    }


def _flow_task(solve: Callable[[VisitNetwork], int]) -> Task:
    return Task(lambda folder: read(folder, "network"), lambda pair: solve(pair[0]), _check_flow)


TASKS = {
    ("graph_building", "ours"): Task(
        lambda folder: read(folder, "streets", "season"), _build_graph, _check_arcs
    ),
    ("graph_building", "scipy csr_array"): Task(
        lambda folder: read(folder, "graph"), lambda graph: peers.adjacency_by_scipy(graph).nnz, _check_arcs
    ),
    ("graph_building", "networkx DiGraph"): Task(
        lambda folder: read(folder, "graph"),
        lambda graph: peers.network_by_networkx(graph).number_of_edges(),
        _check_arcs,
    ),
    ("snapping", "ours"): Task(lambda folder: read(folder, "graph", "points"), _snap, _check_snaps),
    ("snapping", "geopandas sjoin_nearest"): Task(
        lambda folder: read(folder, "streets", "points"), _snap_by_geopandas, _check_snaps
    ),
    ("distances", "ours"): Task(lambda folder: read(folder, "graph", "points", "snaps"), _walk, _check_walks),
    ("distances", "scipy dijkstra on clipped tiles"): Task(_load_walks, peers.walk_on_tiles, _check_walks),
    ("distances", "scipy dijkstra, 100 sources a call"): Task(_load_walks, peers.walk_by_scipy, _check_walks),
    ("distances", "networkx cutoff"): Task(_load_walks_of_networkx, peers.walk_by_networkx, _check_walks),
    ("watch_graph", "ours"): Task(
        lambda folder: read(folder, "inputs", "season"),
        lambda inputs, season: build_watch_graph(inputs, Situation(made_city.TODAY, season=season)),
        _check_watch_graph,
    ),
    ("coverage", "ours"): Task(lambda folder: read(folder, "watch_graph"), assess_coverage, _check_coverage),
    ("gap_classes", "ours"): Task(
        lambda folder: read(folder, "watch_graph", "coverage"), _classify, _check_gaps
    ),
    ("maximum_flow", "ours"): Task(
        lambda folder: read(folder, "network"),
        lambda pair: int(serve_most_visits(*pair).sum()),
        _check_flow,
    ),
    ("maximum_flow", "OR-Tools SimpleMaxFlow"): _flow_task(peers.flow_by_ortools),
    ("maximum_flow", "scipy maximum_flow"): _flow_task(peers.flow_by_scipy),
    ("maximum_flow", "networkx maximum_flow"): _flow_task(peers.flow_by_networkx),
    ("loss_of_each_watcher", "ours"): Task(
        lambda folder: read(folder, "best"), lambda pair: _lose_each(*pair), _check_losses
    ),
    ("loss_of_each_watcher", "OR-Tools, city solved anew"): Task(
        lambda folder: read(folder, "best"), lambda pair: _solve_without_each(*pair), _check_sample
    ),
}


if __name__ == "__main__":
    main()
