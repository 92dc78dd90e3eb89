"""Small siting problems drawn at random, and the plans there are, to be tried one by one."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st


class Problem(NamedTuple):
    """``cost`` (D, C), inf where there is no way, ``weight`` (D,), ``new`` and the ``fixed`` facilities."""

    cost: np.ndarray
    weight: np.ndarray
    new: int
    fixed: list[int]

    @property
    def covered(self):
        """Say what is covered within a cutoff of 4."""
        return self.cost <= CUTOFF

    def plans(self, most=None):
        """Return every plan of at most so many new facilities, as positions of new and fixed ones."""
        free = [place for place in range(self.cost.shape[1]) if place not in self.fixed]
        most = self.new if most is None else most
        sizes = range(min(most, len(free)) + 1)
        return [[*self.fixed, *chosen] for size in sizes for chosen in combinations(free, size)]

    def times(self, plan):
        """Return how many facilities of a plan cover each demand."""
        return self.covered[:, plan].sum(axis=1)

    def nearest(self, plan):
        """Return the least cost of each demand to a facility of a plan; inf where there is none."""
        return self.cost[:, plan].min(axis=1, initial=np.inf)


CUTOFF = 4.0


@st.composite
def problems(draw, whole=True):
    """Draw at most eight demands, six candidates, three new and two fixed facilities; ties are many."""
    demands, candidates = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    steps = st.one_of(st.integers(0, 9).map(float), st.just(np.inf))
    rows = st.lists(steps, min_size=candidates, max_size=candidates)
    cost = np.array(draw(st.lists(rows, min_size=demands, max_size=demands)))
    weights = st.integers(0, 5).map(float) if whole else st.floats(0, 5).map(lambda weight: round(weight, 3))
    weight = np.array(draw(st.lists(weights, min_size=demands, max_size=demands)))
    fixed = draw(st.lists(st.integers(0, candidates - 1), max_size=2, unique=True))
    return Problem(cost, weight, draw(st.integers(0, 3)), fixed)
