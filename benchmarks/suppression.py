"""Hiding of small counts on made cities: how much is hidden, how near to the least, and how long it takes.

    python -m benchmarks.suppression [--cases mesh,statuses,six] [--programmes 20000] [--json]

Made towns: homes gather around a few centres, districts are made of whole blocks of cells, every layer is
printed with its sums. "Primary" hides small counts only, "quick" stops at the first safe choice, "search"
goes on until it is proven the cheapest or the work allowed is done. Weights are households, so that the
columns tell what a reader loses.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, kron, vstack

from analysis.public_cells import CountCells
from analysis.suppression import SuppressionRules, suppress

CASES = {  # rows, columns of cells; side of districts and of the coarser mesh, cells; households; categories
    "mesh": (40, 40, 8, (4,), 30_000, 1),
    "statuses": (40, 40, 8, (2, 4), 30_000, 2),
    "six": (40, 50, 7, (), 30_000, 6),
    "six+coarse": (40, 50, 7, (4,), 30_000, 6),
}
SHARES = (0.55, 0.2, 0.1, 0.07, 0.05, 0.03)  # of the categories, as far as there are


def main() -> None:
    """Protect every case and print one line each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--programmes", type=int, default=20_000)
    parser.add_argument("--json", action="store_true", help="one JSON line a case")
    options = parser.parse_args()
    lines = [measure(name, made_cells(name), options.programmes) for name in options.cases.split(",")]
    if options.json:
        print("\n".join(json.dumps(line) for line in lines))
    else:
        print(pd.DataFrame(lines).to_string(index=False))


def measure(name: str, cells: CountCells, programmes: int) -> dict[str, object]:
    """Return what hiding costs in one made city, in cells and households, and the seconds it takes."""
    weights = np.maximum(cells.values, 1).astype(float)
    line: dict[str, object] = {"case": name, "cells": len(cells.values)}
    for label, work in (("quick", 1), ("search", programmes)):
        begun = time.perf_counter()
        found = suppress(cells, rules=SuppressionRules(programmes=work), weights=weights)
        extra = found.hidden & ~found.primary
        line |= {
            "primary": int(found.primary.sum()),
            f"{label} cells": int(extra.sum()),
            f"{label} households": int(cells.values @ extra),  # noqa: PD011
            f"{label} s": round(time.perf_counter() - begun, 1),
        }
    return line | {
        "bound": int(np.ceil(found.bound - 1e-6)),
        "status": found.status,
        "programmes": found.programmes,
    }


def made_cells(name: str, seed: int = 0) -> CountCells:
    """Return the cells of one made city: mesh, coarser meshes, districts and city, by category and in all."""
    rows, columns, side, coarser, households, categories = CASES[name]
    unknowns = _counts(rows, columns, households, categories, seed)
    y, x = np.divmod(np.arange(rows * columns), columns)
    layers = {"mesh": np.arange(rows * columns), "district": y // side * 100 + x // side}
    layers |= {f"mesh x{size}": y // size * 100 + x // size for size in coarser}
    layers["city"] = np.zeros(rows * columns, dtype=np.int64)
    names, parts = [], []
    for layer, labels in layers.items():
        areas, number = np.unique(labels, return_inverse=True)
        sums = csr_array((np.ones(len(number)), (number, np.arange(len(number)))))
        columns_of = [np.eye(categories), *([np.ones((1, categories))] if categories > 1 else [])]
        parts += [csr_array(kron(sums, part)) for part in columns_of]
        names += _names(layer, areas, [f"c{number}" for number in range(categories)])
        names += _names(layer, areas, ["all"]) if categories > 1 else []
    matrix = csr_array(vstack(parts))
    pieces = pd.MultiIndex.from_product(
        [range(rows * columns), [f"c{number}" for number in range(categories)]], names=["piece", "category"]
    )
    index = pd.MultiIndex.from_tuples(names, names=["table", "area", "column"])
    return CountCells(index, pieces, matrix, (matrix @ unknowns).astype(np.int64))


def _names(layer: str, areas: Iterable[int], columns: list[str]) -> list[tuple[str, str, str]]:
    return [(layer, str(area), column) for area in areas for column in columns]


def _counts(rows: int, columns: int, households: int, categories: int, seed: int) -> np.ndarray:
    """Return households by piece and category: around eight centres, thinning out."""
    random = np.random.default_rng(seed)
    y, x = np.divmod(np.arange(rows * columns), columns)
    centres = random.uniform(0, 1, (8, 2)) * (rows, columns)
    density = sum(np.exp(-np.hypot(y - north, x - east) / 5) for north, east in centres)
    density = density * random.gamma(1.0, 1.0, rows * columns)
    shares = np.array(SHARES[:categories]) / sum(SHARES[:categories])
    expected = np.outer(density / density.sum(), shares) * households
    return random.poisson(expected).ravel().astype(float)


if __name__ == "__main__":
    main()
