"""Mesh cells made safe and attacked: hiding, the attack, and what it costs, on a made city.

    python -m benchmarks.publish [--case six] [--programmes 1] [--json]

The made city of ``benchmarks.suppression``: 2,000 cells in districts of whole cells by six categories, six
tables with their sums. Hidden is what ``analysis.suppression`` says; then ``analysis.attack`` looks for six
values of every hidden small count, knowing every printed cell and which ones are hidden for being small. What
it finds is hidden with the sums it stands in, and both go again. "Primary" is the attack on a city that hides
small counts only.
"""

from __future__ import annotations

import argparse
import json
from time import perf_counter

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from analysis.attack import Findings, Secrets, attack
from analysis.public_cells import CountCells, Knowledge
from analysis.suppression import SuppressionRules, suppress
from benchmarks.suppression import CASES, made_cells

PUBLISHED_PERCENT = "4-12"  # households hidden besides by an LP heuristic: design notes on privacy, 1.2


def main() -> None:
    """Protect and attack one made city, and print a line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", choices=list(CASES), default="six")
    parser.add_argument("--programmes", type=int, default=1, help="of the search for a cheaper choice")
    parser.add_argument("--json", action="store_true", help="one JSON line")
    options = parser.parse_args()
    line = measure(options.case, options.programmes)
    print(json.dumps(line) if options.json else pd.Series(line).to_string())


def measure(case: str, programmes: int) -> dict[str, object]:
    """Return what was hidden, what the attack found of it, and the seconds of both."""
    cells = made_cells(case)
    small = cells.values < SuppressionRules().floor  # noqa: PD011
    before = find(cells, small, small)
    hidden, rounds = small, 0
    hiding = attacking = 0.0
    while True:
        rounds, begun = rounds + 1, perf_counter()
        hidden = suppress(
            cells,
            rules=SuppressionRules(programmes=programmes),
            weights=np.maximum(cells.values, 1).astype(float),
            keep_hidden=hidden,
        ).hidden
        middle = perf_counter()
        found = find(cells, hidden, small)
        hiding, attacking = hiding + middle - begun, attacking + perf_counter() - middle
        if found.passed:
            break
        hidden = hidden | sums_over(cells, found)
    besides = hidden & ~small
    return {
        "case": case,
        "cells": len(cells.values),
        "small cells": int(small.sum()),
        "small only: exactly known": before.exact,
        "small only: fewer than six": before.narrow,
        "hidden besides": int(besides.sum()),
        "households hidden besides": int(cells.values @ besides),  # noqa: PD011
        "percent of cell households": round(100 * float(cells.values @ besides / cells.values.sum()), 2),  # noqa: PD011
        "percent in the design notes": PUBLISHED_PERCENT,
        "exactly known": found.exact,
        "fewer than six": found.narrow,
        "rounds": rounds,
        "hiding s": round(hiding, 1),
        "attack s": round(attacking, 1),
        "seconds": round(hiding + attacking, 1),
    }


def find(cells: CountCells, hidden: np.ndarray, small: np.ndarray) -> Findings:
    """Attack the small cells of what is printed: the rest of the cells, and that small ones are small."""
    stated = np.flatnonzero(~hidden | small)
    shown = ~hidden[stated]
    exact = cells.values[stated].astype(float)  # noqa: PD011
    lower = np.where(shown, exact, -np.inf)
    upper = np.where(shown, exact, SuppressionRules().floor - 1.0)
    known = Knowledge(csr_array(cells.matrix[stated]), lower, upper)
    secrets = Secrets(cells.cells[small], csr_array(cells.matrix[np.flatnonzero(small)]))
    return attack(known, secrets, intervals=False)


def sums_over(cells: CountCells, found: Findings) -> np.ndarray:
    """Return the cells that hold a cell with too few values, not those of whole districts and the city."""
    narrow = found.secrets.index[found.secrets["candidates"] < found.demanded]
    rows = cells.matrix[cells.cells.get_indexer(narrow)]
    touched = cells.matrix @ (rows.sum(axis=0) > 0).astype(float) > 0
    return touched & (cells.cells.get_level_values("table") == "mesh")


if __name__ == "__main__":
    main()
