"""Cutting ways into edges: at every node two ways share, where a way meets itself, and at its ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from geodata.errors import ImportRefusedError

MOST_PIECES = 1_000_000  # about 1 kB each; two nodes referred to again and again would give any number


@dataclass(frozen=True, eq=False)
class WayNodes:
    """The nodes of all ways one after another; N nodes in all.

    Parameters
    ----------
    way : int array (N,), rising
        Position of the way a node belongs to.
    node : int array (N,)
        Number of the node.
    lonlat : float array (N, 2)
        Longitude and latitude, degrees; NaN where the file lacks the node.
    """

    way: np.ndarray
    node: np.ndarray
    lonlat: np.ndarray

    @property
    def is_placed(self) -> np.ndarray:
        """Bool array (N,): the file holds the node."""
        return ~np.isnan(self.lonlat).any(axis=1)

    def take(self, kept: np.ndarray) -> WayNodes:
        """Return some of the nodes, in their order."""
        return WayNodes(self.way[kept], self.node[kept], self.lonlat[kept])


@dataclass(frozen=True, eq=False)
class Pieces:
    """Edges cut from ways, in the order of the ways; P of them.

    Parameters
    ----------
    way : int array (P,), position of the way
    number : int array (P,), place of the piece along its way, from 1
    u, v : int arrays (P,), numbers of the nodes it runs from and to
    lines : object array (P,) of LineStrings, degrees
    """

    way: np.ndarray
    number: np.ndarray
    u: np.ndarray
    v: np.ndarray
    lines: np.ndarray


def cut_ways(nodes: WayNodes) -> Pieces:
    """Cut ways into edges.

    A node given twice running counts once. A way is interrupted where a node has no place; what is left of
    it with one node only gives no edge. Ways that share no node do not meet, even where they cross: one of
    them is a bridge or a tunnel.

    Parameters
    ----------
    nodes : WayNodes

    Returns
    -------
    Pieces

    Raises
    ------
    ImportRefusedError
        There are more than ``MOST_PIECES``.
    """
    nodes = nodes.take(~_same_as_before(nodes.way, nodes.node))
    placed = nodes.is_placed
    after_gap = np.append(True, ~placed[:-1])[: len(placed)]
    run = np.cumsum(after_gap | ~_same_as_before(nodes.way))[placed]
    nodes = nodes.take(placed)
    first, last = _piece_ends(run, nodes.node)
    if len(first) > MOST_PIECES:
        raise ImportRefusedError(
            f"Expected at most {MOST_PIECES:,} pieces of streets, got {len(first):,}. "
            "Cut it to the city first."
        )
    way = nodes.way[first]
    number = pd.Series(way).groupby(way).cumcount().to_numpy() + 1
    lines = _lines_between(nodes.lonlat, first, last)
    return Pieces(way, number, nodes.node[first], nodes.node[last], lines)


def _same_as_before(*arrays: np.ndarray) -> np.ndarray:
    same = np.ones(len(arrays[0]), dtype=bool)
    same[:1] = False
    for array in arrays:
        same[1:] &= array[1:] == array[:-1]
    return same


def _piece_ends(run: np.ndarray, node: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of each piece's first and last node; a run's nodes stand together."""
    begins = ~_same_as_before(run)
    ends = np.append(begins[1:], True)[: len(run)]
    in_a_line = ~(begins & ends)
    numbers, occurs = np.unique(node[in_a_line], return_counts=True)
    is_shared = np.isin(node, numbers[occurs > 1])
    cuts = np.flatnonzero(in_a_line & (begins | ends | is_shared))
    joined = run[cuts[1:]] == run[cuts[:-1]]
    return cuts[:-1][joined], cuts[1:][joined]


def _lines_between(lonlat: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    sizes = last - first + 1
    starts = np.cumsum(sizes) - sizes
    places = np.arange(sizes.sum()) + np.repeat(first - starts, sizes)
    return shapely.linestrings(lonlat[places], indices=np.repeat(np.arange(len(sizes)), sizes))
