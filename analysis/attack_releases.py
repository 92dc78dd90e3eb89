"""Releases of several dates attacked together: a city hardly changes, and its reader knows that.

Each release has unknowns of its own. What ties them is the reader's knowledge that no more than so many
households came to, or left, an area between one release and the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import block_diag, csr_array, hstack, vstack

from analysis.errors import FrameError, ParameterError
from analysis.public_cells import Knowledge


@dataclass(frozen=True, eq=False)
class JoinedReleases:
    """What a reader of several releases knows.

    Parameters
    ----------
    knowledge : Knowledge over the unknowns of all releases, one release after the other
    unknowns : MultiIndex (release, ...); release counts from 0 in the order given
    """

    knowledge: Knowledge
    unknowns: pd.MultiIndex

    def place(self, matrix: csr_array, release: int) -> csr_array:
        """Return rows over the unknowns of one release as rows over those of all.

        Raises
        ------
        ParameterError
            No such release, or rows of another width than its unknowns.
        """
        own = np.flatnonzero(self.unknowns.get_level_values("release") == release)
        if not len(own) or matrix.shape[1] != len(own):
            raise ParameterError(
                f"Expected rows over the {len(own)} unknowns of release {release}, got {matrix.shape[1]}. "
                "Name its number."
            )
        rows = matrix.tocoo()
        return csr_array((rows.data, (rows.row, own[rows.col])), shape=(matrix.shape[0], len(self.unknowns)))


def join_releases(
    releases: Sequence[tuple[Knowledge, pd.MultiIndex]],
    *,
    churn: int | np.ndarray,
    links: Sequence[csr_array] | None = None,
) -> JoinedReleases:
    """Put the releases of several dates into one body of knowledge.

    Parameters
    ----------
    releases
        What is known of each release, oldest first, with its unknowns (as many as columns, no repeats).
    churn : int or int array (r), >= 0, households
        By how much an area's sum may differ from one release to the next; one number for all links or one a
        row. Too small a number, which the true counts break, ends the attack in a contradiction at best and
        frightens for nothing at worst; too large a one makes the reader know less than they do.
    links : sequence of csr_array (r, m of that release), optional
        One matrix a release; row by row the sum over the same area. Without it, each unknown is linked to
        the unknown of the same name in the next release; those without one are not linked.

    Returns
    -------
    JoinedReleases

    Raises
    ------
    FrameError
        No release, unknowns repeated, or not one a column.
    ParameterError
        ``churn`` negative or broken, or links that do not fit the releases.
    """
    _check_releases(releases)
    _check_churn(churn)
    if links is not None:
        _check_links(releases, links)
    own = block_diag([knowledge.matrix for knowledge, _ in releases], format="csr")
    joints = [_joint(releases, at, _link_pair(releases, at, links)) for at in range(len(releases) - 1)]
    rows = csr_array(vstack([own, *joints], format="csr"))
    bound = np.concatenate([np.broadcast_to(churn, joint.shape[:1]) for joint in joints] or [np.empty(0)])
    lower = np.concatenate([*(knowledge.lower for knowledge, _ in releases), -bound.astype(float)])
    upper = np.concatenate([*(knowledge.upper for knowledge, _ in releases), bound.astype(float)])
    return JoinedReleases(Knowledge(rows, lower, upper), _name(releases))


def _link_pair(
    releases: Sequence[tuple[Knowledge, pd.MultiIndex]], at: int, links: Sequence[csr_array] | None
) -> tuple[csr_array, csr_array]:
    """Return the rows of one release and of the next whose sums lie close to each other."""
    if links is not None:
        return links[at], links[at + 1]
    first, second = releases[at][1], releases[at + 1][1]
    found = second.get_indexer(first)
    here = np.flatnonzero(found >= 0)
    return _pick(here, len(first)), _pick(found[here], len(second))


def _pick(columns: np.ndarray, size: int) -> csr_array:
    count = len(columns)
    return csr_array((np.ones(count), (np.arange(count), columns)), shape=(count, size))


def _joint(
    releases: Sequence[tuple[Knowledge, pd.MultiIndex]], at: int, pair: tuple[csr_array, csr_array]
) -> csr_array:
    """Return the differences of two releases that follow each other, over the unknowns of all."""
    count = pair[0].shape[0]
    blocks = [csr_array((count, len(unknowns))) for _, unknowns in releases]
    blocks[at], blocks[at + 1] = -pair[0], pair[1]
    return csr_array(hstack(blocks, format="csr"))


def _name(releases: Sequence[tuple[Knowledge, pd.MultiIndex]]) -> pd.MultiIndex:
    frames = [unknowns.to_frame(index=False).assign(release=at) for at, (_, unknowns) in enumerate(releases)]
    together = pd.concat(frames, ignore_index=True)
    return pd.MultiIndex.from_frame(together[["release", *together.columns.drop("release")]])


def _check_releases(releases: Sequence[tuple[Knowledge, pd.MultiIndex]]) -> None:
    if not releases:
        raise FrameError("Expected at least one release, got none. Give the one to be published.")
    for at, (knowledge, unknowns) in enumerate(releases):
        if not unknowns.is_unique or len(unknowns) != knowledge.matrix.shape[1]:
            raise FrameError(
                f"Expected {knowledge.matrix.shape[1]} unknowns without repeats in release {at}, "
                f"got {len(unknowns)}. Name each column once."
            )


def _check_churn(churn: int | np.ndarray) -> None:
    values = np.asarray(churn, dtype=float)
    if not ((values >= 0) & (values == np.rint(values))).all():
        raise ParameterError("Expected churn of whole households >= 0, got others. Correct it.")


def _check_links(releases: Sequence[tuple[Knowledge, pd.MultiIndex]], links: Sequence[csr_array]) -> None:
    widths = [len(unknowns) for _, unknowns in releases]
    if [link.shape[1] for link in links] != widths or len({link.shape[0] for link in links}) != 1:
        raise ParameterError(
            f"Expected links with the same rows over {widths} unknowns, "
            f"got {[link.shape for link in links]}. Give one matrix a release."
        )
