"""The attack on a made city's published counts: seconds, and what it finds.

    python -m benchmarks.attack [--cells 2000] [--categories 6] [--layers districts] [--json]

A grid of cells in districts of 10 by 5, with counts by category drawn at random. Printed are the city, the
districts and every cell of ten or more, by category and (from ``totals`` on) added up; smaller counts are
hidden, and in a line with one hidden count, or with a small hidden sum, the smallest printed one besides.
``school`` prints a second layer that overlaps the districts and is not protected against them.
"""

from __future__ import annotations

import argparse
import json
from time import perf_counter

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, eye_array, kron, vstack

from analysis.attack import Findings, Secrets, attack
from analysis.public_cells import Knowledge

LAYERS = ("districts", "totals", "school")
FLOOR = 10
WIDE = 50  # cells from west to east


def main() -> None:
    """Make the city, attack it and print one line."""
    options = read_options()
    public, secrets = make_city(options.cells, options.categories, options.layers, seed=options.seed)
    begun = perf_counter()
    findings = attack(public, secrets, intervals=not options.no_intervals)
    line = describe(findings, perf_counter() - begun)
    print(json.dumps(line) if options.json else "  ".join(f"{name} {value}" for name, value in line.items()))


def read_options() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", type=int, default=2_000, help="a multiple of 50")
    parser.add_argument("--categories", type=int, default=6)
    parser.add_argument("--layers", choices=LAYERS, default="totals")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-intervals", action="store_true", help="verdicts only")
    parser.add_argument("--json", action="store_true", help="one JSON line")
    return parser.parse_args()


def make_city(cells: int, categories: int, layers: str, *, seed: int = 1) -> tuple[Knowledge, Secrets]:
    """Draw a city; return what it prints and what it hides."""
    draw = np.random.default_rng(seed)
    size = draw.gamma(0.8, 18 * categories, cells)
    counts = draw.poisson(size[:, None] * draw.dirichlet(np.full(categories, 1.5))).ravel()
    lines = group_lines(cells, categories, layers)
    matrix = csr_array(vstack([eye_array(cells * categories, format="csr"), *lines]))
    values = matrix @ counts.astype(float)
    small = values < FLOOR
    hidden = small.copy()
    hidden[: len(counts)] = hide_more(
        small[: len(counts)], counts, lines[: 1 if layers == "districts" else 2]
    )
    upper = np.where(small, FLOOR - 1, np.where(hidden, np.inf, values))
    public = Knowledge(matrix, np.where(hidden, -np.inf, values), upper)
    return public, Secrets(pd.RangeIndex(int(hidden.sum())), csr_array(matrix[np.flatnonzero(hidden)]))


def group_lines(cells: int, categories: int, layers: str) -> list[csr_array]:
    """Return the sums printed, districts first, as rows over the cells by category."""
    east, north = np.arange(cells) % WIDE, np.arange(cells) // WIDE
    each, one = eye_array(categories), np.ones((1, categories))
    district = membership(east // 10 + 5 * (north // 5))
    lines = [kron(district, each), kron(eye_array(cells), one), kron(district, one)]
    if layers == "districts":
        lines = lines[:1]
    if layers == "school":
        lines.append(kron(membership((east + 5) // 9 + 6 * ((north + 2) // 6)), each))
    lines.append(kron(np.ones((1, cells)), each))
    return [csr_array(line) for line in lines]


def membership(group: np.ndarray) -> csr_array:
    """Return a 0/1 row for each group."""
    return csr_array((np.ones(len(group)), (group, np.arange(len(group)))))


def hide_more(small: np.ndarray, counts: np.ndarray, lines: list[csr_array]) -> np.ndarray:
    """Hide the smallest printed count of each line whose hidden ones are one, or eight together at most."""
    hidden = small.copy()
    for _ in range(10):
        before = hidden.sum()
        for line in lines:
            open_lines = (line @ hidden == 1) | ((line @ hidden > 0) & (line @ (hidden * counts) < 8))
            for row in np.flatnonzero(open_lines):
                members = line.indices[line.indptr[row] : line.indptr[row + 1]]
                printed = members[~hidden[members]]
                if len(printed):
                    hidden[printed[np.argmin(counts[printed])]] = True
        if hidden.sum() == before:
            break
    return hidden


def describe(findings: Findings, seconds: float) -> dict[str, float | int | str]:
    """Return what was found, with the seconds it took."""
    found = {"seconds": round(seconds, 1), "status": findings.status, "secrets": len(findings.secrets)}
    found |= {"exact": findings.exact, "narrow": findings.narrow, "unproven": findings.unproven}
    return found | findings.work


if __name__ == "__main__":
    main()
