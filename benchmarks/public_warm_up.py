"""Small cases in the forms of the public ones, solved before the clock starts so that all is compiled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

SITES, CUSTOMERS, NODES = 4, 14, 40
ROOM = 0.3  # of the whole demand at each site: tight enough that the search has to branch


def write_small_cases(folder: Path) -> None:
    """Write one folder of each kind of problem, named as its kind, with one case each."""
    random = np.random.default_rng(0)
    cost = random.integers(10, 50, (SITES, CUSTOMERS))
    demand = random.integers(5, 25, CUSTOMERS)
    room = np.full(SITES, int(demand.sum() * ROOM))
    rows = np.column_stack([room, np.full(SITES, 60)])
    by_customer = np.column_stack([demand, cost.T])
    use = random.integers(5, 25, cost.shape)
    _write(
        folder / "gap" / "small", cost.shape, cost, use, np.full(SITES, int(use.mean() * CUSTOMERS * ROOM))
    )
    _write(folder / "cflp" / "small.txt", cost.shape, rows, by_customer)
    _write(folder / "sscflp_holmberg" / "small", cost.shape, rows, demand, cost)
    points = random.integers(0, 100, (CUSTOMERS, 2))
    sizes = np.column_stack([np.full(CUSTOMERS, room[0]), demand])
    _write(folder / "capacitated_pmedian" / "small.txt", (CUSTOMERS, SITES), np.hstack([points, sizes]))
    _write_network(folder / "pmed", random)
    _write_flow(folder / "mincostflow", random)
    _write_town(folder / "watcher_assignment", random)


def _write(path: Path, *parts: object) -> None:
    path.parent.mkdir(exist_ok=True)
    numbers = np.concatenate([np.ravel(part) for part in parts])
    path.write_text(" ".join(map(str, numbers.tolist())), encoding="utf-8")


def _lines(letter: str, *columns: np.ndarray) -> list[str]:
    return [" ".join([letter, *map(str, row)]).strip() for row in np.column_stack(columns).tolist()]


def _write_network(folder: Path, random: np.random.Generator) -> None:
    folder.mkdir()
    start = np.arange(1, NODES + 1)
    end = np.where(start == NODES, 1, start + 1)
    far = random.integers(1, NODES + 1, NODES)
    ends = np.concatenate([start, start]), np.concatenate([end, far])
    edges = _lines("", *ends, random.integers(1, 100, 2 * NODES))
    (folder / "small.txt").write_text("\n".join([f"{NODES} {len(edges)} 5", *edges]), encoding="utf-8")


def _write_flow(folder: Path, random: np.random.Generator) -> None:
    folder.mkdir()
    tail = np.repeat(np.arange(1, SITES + 1), CUSTOMERS)
    head = np.tile(np.arange(SITES + 1, SITES + CUSTOMERS + 1), SITES)
    nodes = np.arange(1, SITES + CUSTOMERS + 1)
    supply = np.where(nodes <= SITES, CUSTOMERS, -SITES)
    free = np.zeros_like(tail)
    arcs = _lines("a", tail, head, free, free + CUSTOMERS, random.integers(1, 100, len(tail)))
    lines = [f"p min {len(nodes)} {len(arcs)}", *_lines("n", nodes, supply), *arcs]
    (folder / "small.min").write_text("\n".join(lines), encoding="utf-8")


def _write_town(folder: Path, random: np.random.Generator) -> None:
    folder.mkdir()
    watcher, place = (part.ravel() for part in np.indices((SITES, CUSTOMERS)))
    walk = random.integers(100, 8_000, len(watcher))
    tables = {
        "pairs": {"watcher": watcher, "place": place, "distance_dm": walk},
        "places": {"place": np.arange(CUSTOMERS), "households": random.integers(1, 9, CUSTOMERS)},
        "watchers": {"watcher": np.arange(SITES), "capacity": np.full(SITES, CUSTOMERS)},
    }
    for part, columns in tables.items():
        pd.DataFrame(columns).to_csv(folder / f"small_{part}.csv.gz", index=False)
