"""Releases of several dates attacked together: what did not change gives away what is hidden."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from analysis.attack import Secrets, attack
from analysis.attack_releases import JoinedReleases, join_releases
from analysis.errors import FrameError, ParameterError
from analysis.public_cells import Knowledge


def release(total: int, *, pieces: str = "abc", **printed: int) -> tuple[Knowledge, pd.MultiIndex]:
    """Return a release that prints the total and some of its pieces."""
    rows = [np.ones(len(pieces)), *(np.array(list(pieces)) == name for name in printed)]
    values = np.array([total, *printed.values()], dtype=float)
    unknowns = pd.MultiIndex.from_product([list(pieces), ["gap"]], names=["piece", "category"])
    return Knowledge(csr_array(np.array(rows, dtype=float)), values, values), unknowns


def pieces_as_secrets(joined: JoinedReleases) -> Secrets:
    names = pd.Index([f"{piece}{at}" for at, piece, _ in joined.unknowns])
    return Secrets(names, csr_array(np.eye(len(names))))


def test_frozen_hidden_set_stays_safe_over_two_dates():
    # a printed at both dates, b and c hidden at both: 15 households between them, then 16.
    joined = join_releases([release(40, a=25), release(41, a=25)], churn=2)
    findings = attack(joined.knowledge, pieces_as_secrets(joined))
    found = findings.secrets.loc[["b0", "c0", "b1", "c1"]]
    assert found["candidates"].tolist() == [6, 6, 6, 6]
    assert found[["lower", "upper"]].to_numpy().tolist() == [[0, 15], [0, 15], [0, 16], [0, 16]]


def test_hidden_set_that_changes_gives_the_old_counts_away():
    # First c is hidden with b, later c is printed: 12 then, so 11 to 13 before, and b 2 to 4.
    joined = join_releases([release(40, a=25), release(40, a=25, c=12)], churn=1)
    findings = attack(joined.knowledge, pieces_as_secrets(joined))
    assert findings.secrets.loc["b0", ["lower", "upper", "candidates"]].tolist() == [2, 4, 3]
    assert findings.secrets.loc["b1", ["lower", "upper", "candidates"]].tolist() == [3, 3, 1]
    assert not findings.passed


def test_no_churn_makes_two_dates_one_table():
    joined = join_releases([release(40, a=25), release(40, b=12)], churn=0)
    findings = attack(joined.knowledge, pieces_as_secrets(joined))
    assert findings.secrets["lower"].tolist() == [25, 12, 3, 25, 12, 3]
    assert findings.exact == 6


def test_more_churn_leaves_the_reader_knowing_less():
    widths = []
    for churn in (0, 1, 3, 5):
        joined = join_releases([release(40, a=25), release(40, a=25, c=12)], churn=churn)
        found = attack(joined.knowledge, pieces_as_secrets(joined)).secrets.loc["b0"]
        widths.append(found["upper"] - found["lower"])
    assert widths == [0, 2, 6, 8]  # b is 3 give or take the churn, and not below 0


def test_change_beyond_the_churn_is_a_contradiction():
    joined = join_releases([release(40, a=25), release(60, a=45)], churn=3)
    assert attack(joined.knowledge, pieces_as_secrets(joined)).status == "contradiction"


def test_links_may_be_of_areas_instead_of_pieces():
    # The area {b, c} is linked, not the pieces: b may change for c.
    area = csr_array(np.array([[0, 1, 1]]))
    joined = join_releases([release(40), release(40, b=6, c=9)], churn=np.array([2]), links=[area, area])
    found = attack(joined.knowledge, pieces_as_secrets(joined)).secrets
    assert found.loc["a0", ["lower", "upper"]].tolist() == [23, 27]
    assert found.loc["b0", ["lower", "upper"]].tolist() == [0, 17]


def test_pieces_of_one_release_alone_are_not_linked():
    joined = join_releases([release(40, pieces="ab"), release(40, pieces="bc", b=30)], churn=1)
    found = attack(joined.knowledge, pieces_as_secrets(joined)).secrets
    assert found.loc["b0", ["lower", "upper"]].tolist() == [29, 31]
    assert found.loc["a0", ["lower", "upper"]].tolist() == [9, 11]
    assert list(joined.unknowns.names) == ["release", "piece", "category"]


def test_intervals_of_two_dates_equal_enumeration():
    first, second = release(9, a=4), release(10, b=3)
    joined = join_releases([first, second], churn=2)
    tables = np.array(list(product(range(11), repeat=6)))
    keep = (tables[:, :3].sum(axis=1) == 9) & (tables[:, 0] == 4)
    keep &= (tables[:, 3:].sum(axis=1) == 10) & (tables[:, 4] == 3)
    keep &= (np.abs(tables[:, :3] - tables[:, 3:]) <= 2).all(axis=1)
    found = attack(joined.knowledge, pieces_as_secrets(joined)).secrets
    by_force = [np.unique(column) for column in tables[keep].T]
    assert found["candidates"].tolist() == [min(len(values), 6) for values in by_force]
    assert found["lower"].tolist() == [values.min() for values in by_force]
    assert found["upper"].tolist() == [values.max() for values in by_force]


def test_rows_of_one_release_are_placed_among_all():
    joined = join_releases([release(40), release(41)], churn=1)
    placed = joined.place(csr_array(np.array([[1, 1, 0]])), 1)
    assert placed.toarray().tolist() == [[0, 0, 0, 1, 1, 0]]
    with pytest.raises(ParameterError, match="release 2"):
        joined.place(csr_array(np.array([[1, 1, 0]])), 2)


def test_wrong_releases_are_named():
    good = release(40)
    with pytest.raises(FrameError, match="at least one release"):
        join_releases([], churn=1)
    with pytest.raises(FrameError, match="in release 1"):
        join_releases([good, (good[0], good[1][:2])], churn=1)
    with pytest.raises(ParameterError, match="churn"):
        join_releases([good, good], churn=-1)
    with pytest.raises(ParameterError, match="one matrix a release"):
        join_releases([good, good], churn=1, links=[csr_array(np.ones((1, 3)))])
