"""What the watch network of a district stands on: the way of a signal from each household to a centre.

A signal travels from a household to a watcher that visits or notices it, and from a watcher to the one it
reports to, up to a consultation centre; only watchers in office pass it on. Links that are merely possible,
a backup that makes no visit, and common membership carry nothing. So a household is connected here exactly
when ``analysis.coverage`` calls it connected.
"""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd
from scipy import sparse

from analysis.errors import ParameterError

ENDS = ("nobody", "out_of_office", "circle")  # how a chain ends without a centre, the easiest to mend first
REASONS = ("no_watcher", *ENDS)
_WATCHER_FACTS = ("watcher_kind", "district", "in_office", "reports_to")


@dataclass(frozen=True, eq=False)
class NetworkMeasures:
    """Who is connected to a consultation centre, through whom, and what hangs on whom.

    Parameters
    ----------
    households : DataFrame indexed by household_id
        ``ways`` (int: watchers that visit or notice it and have a way to a centre), ``connected`` (bool: at
        least one), ``reason`` (None, or why it is not connected: ``no_watcher``, nobody visits or notices it;
        ``nobody``, its watcher reports to nobody known, or not to a centre; ``out_of_office``, the chain
        meets a post without a person; ``circle``, the reports run in a circle; of several the first of
        REASONS).
    watchers : DataFrame indexed by watcher_id; those of the district, those that watch a household of it, and
        those they report to
        ``kind``, ``in_office``, ``chain`` (tuple of ids from the watcher upwards, the centre last), ``end``
        (centre, or one of ENDS), ``steps`` (Int64: reports until the centre; NA without a way),
        ``households`` (int: visited or noticed), ``households_lost``, ``watchers_lost`` (int: without any way
        to a centre if this one were lost; itself not counted).
    bridges : DataFrame
        ``lower``, ``upper``, ``households_lost``, ``watchers_lost`` (the lower one counted): reporting lines
        whose loss leaves households without any way to a centre, most households first.
    circles : tuple of tuples of watcher_id, each beginning with its first id
    parts : DataFrame
        ``households``, ``watchers`` (int, in office), ``watcher_ids`` (tuple): connected pieces of what has
        no way to a centre, largest first. Households nobody visits or notices are no piece; see ``counts``.
    counts : dict of int
        ``households``, ``connected``, ``one_way`` (households with exactly one way), one for each of REASONS;
        ``watchers`` (in office), ``watchers_connected``, ``watchers_out_of_office``, ``longest_steps`` (0
        without any chain).
    """

    households: pd.DataFrame
    watchers: pd.DataFrame
    bridges: pd.DataFrame
    circles: tuple[tuple[str, ...], ...]
    parts: pd.DataFrame
    counts: dict[str, int]


def describe_network(network: nx.Graph) -> NetworkMeasures:
    """Measure the network of one district as :func:`analysis.watch_network.join_network` makes it.

    Losing a watcher means that it neither sees nor passes on anything. A watcher without households and
    without anybody below it loses nothing.

    Parameters
    ----------
    network : networkx.Graph
        Nodes ``(kind, id)``; ``network.graph["district"]`` is the district measured.

    Raises
    ------
    ParameterError
        The graph names no district, or a watcher's node lacks one of its facts.
    """
    people = _read_watchers(network)
    links = _read_links(network, people)
    people = _taking_part(people, links, network.graph["district"])
    centres = {key for kind, key in network.nodes if kind == "centre"}
    people = people.join(_follow_reports(people, centres))
    home_ids = [key for kind, key in network.nodes if kind == "household"]
    homes = pd.Index(home_ids, name="household_id", dtype=object)
    seen = _incidence(links, homes, people.index)
    households = _describe_households(homes, seen, people)
    people = people.join(_losses(seen, people))
    watchers = people.drop(columns=["district", "reports_to"])
    return NetworkMeasures(
        households=households,
        watchers=watchers,
        bridges=_find_bridges(people),
        circles=_find_circles(people),
        parts=_find_parts(links, households, people),
        counts=_count(households, watchers),
    )


def _read_watchers(network: nx.Graph) -> pd.DataFrame:
    nodes = {key: data for (kind, key), data in network.nodes(data=True) if kind == "watcher"}
    lacking = [key for key, data in nodes.items() if any(fact not in data for fact in _WATCHER_FACTS)]
    if "district" not in network.graph or lacking:
        raise ParameterError(
            f"Expected a network made by join_network, got one without its facts ({len(lacking)} watchers "
            "without). Make it with join_network or to_networkx."
        )
    facts = [[data[fact] for fact in _WATCHER_FACTS] for data in nodes.values()]
    index = pd.Index(list(nodes), name="watcher_id", dtype=object)
    columns = ["kind", *_WATCHER_FACTS[1:]]
    return pd.DataFrame(facts, index=index, columns=columns, dtype=object).astype({"in_office": bool})


def _read_links(network: nx.Graph, people: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs whose watcher is in office and visits or notices the household."""
    ends = [
        ({kind: key for kind, key in pair}, data)
        for *pair, data in network.edges(data=True)
        if data["kind"] == "notices" or (data["kind"] == "assigned" and data["visits"] > 0)
    ]
    pairs = [(end["household"], end["watcher"]) for end, _ in ends]
    links = pd.DataFrame(pairs, columns=["household_id", "watcher_id"], dtype=object)
    return links[people["in_office"].reindex(links["watcher_id"]).to_numpy(dtype=bool)]


def _taking_part(people: pd.DataFrame, links: pd.DataFrame, district: str) -> pd.DataFrame:
    """Keep the district's own watchers, those that watch here, and those they report to."""
    takes_part = (people["district"] == district) | people.index.isin(links["watcher_id"])
    while True:
        above = people.index.isin(people.loc[takes_part, "reports_to"].dropna())
        if not (above & ~takes_part).any():
            return people[takes_part]
        takes_part |= above


def _follow_reports(people: pd.DataFrame, centres: set[str]) -> pd.DataFrame:
    """Return for each watcher its chain, how the chain ends, and its steps to a centre."""
    above, in_office = people["reports_to"].to_dict(), people["in_office"].to_dict()
    chains, ends = [], []
    for key in people.index:
        chain, end = _follow(key, above, in_office, centres)
        chains.append(chain)
        ends.append(end)
    steps = [len(chain) - 1 if end == "centre" else pd.NA for chain, end in zip(chains, ends, strict=True)]
    return pd.DataFrame(
        {
            "chain": pd.Series(chains, index=people.index, dtype=object),
            "end": pd.Series(ends, index=people.index, dtype=object),
            "steps": pd.Series(steps, index=people.index, dtype="Int64"),
        }
    )


def _follow(
    key: str, above: dict[str, str | None], in_office: dict[str, bool], centres: set[str]
) -> tuple[tuple[str, ...], str]:
    """Follow the reports of one watcher; a chain that meets itself ends in a circle."""
    chain = [key]
    while True:
        if not in_office[chain[-1]]:
            return tuple(chain), "out_of_office"
        told = above[chain[-1]]
        if told in centres:
            return (*chain, told), "centre"
        if told not in above:
            return tuple(chain), "nobody"
        if told in chain:
            return (*chain, told), "circle"
        chain.append(told)


def _incidence(links: pd.DataFrame, homes: pd.Index, people: pd.Index) -> sparse.csr_array:
    """Return households by watchers: 1 where the watcher visits or notices the household."""
    rows = homes.get_indexer(links["household_id"])
    columns = people.get_indexer(links["watcher_id"])
    ones = np.ones(len(links), dtype=np.int64)
    return sparse.csr_array((ones, (rows, columns)), shape=(len(homes), len(people)))


def _describe_households(homes: pd.Index, seen: sparse.csr_array, people: pd.DataFrame) -> pd.DataFrame:
    ends = people["end"].to_numpy()
    ways = seen @ (ends == "centre").astype(np.int64)
    reason = np.full(len(homes), "no_watcher", dtype=object)
    for end in reversed(ENDS):
        reason[seen @ (ends == end).astype(np.int64) > 0] = end
    reason[ways > 0] = None
    reasons = pd.Series(reason, index=homes, dtype=object)
    return pd.DataFrame({"ways": ways, "connected": ways > 0, "reason": reasons}, index=homes)


def _losses(seen: sparse.csr_array, people: pd.DataFrame) -> pd.DataFrame:
    """Return what each watcher visits or notices, and what its loss leaves without a way to a centre.

    A watcher has one way up, so a household hangs on a watcher when every way of it passes there.
    """
    passes = _passes(people)
    has_way = (people["end"] == "centre").to_numpy(dtype=np.int64)
    with_way = seen @ sparse.diags_array(has_way, dtype=np.int64)
    ways_through = (with_way @ passes).tocoo()
    all_ways = with_way.sum(axis=1)
    hangs = ways_through.data == all_ways[ways_through.row]
    below = passes.sum(axis=0) - 1
    return pd.DataFrame(
        {
            "households": seen.sum(axis=0),
            "households_lost": np.bincount(ways_through.col[hangs], minlength=len(people)),
            "watchers_lost": np.where(has_way, below, 0),
        },
        index=people.index,
    )


def _passes(people: pd.DataFrame) -> sparse.csr_array:
    """Return watchers by watchers: 1 where the row's chain passes the column's watcher, itself included."""
    pairs = people["chain"].map(lambda chain: tuple(dict.fromkeys(chain))).explode()
    rows, columns = people.index.get_indexer(pairs.index), people.index.get_indexer(pairs)
    known = columns >= 0  # a centre is no watcher
    ones = np.ones(known.sum(), dtype=np.int64)
    return sparse.csr_array((ones, (rows[known], columns[known])), shape=(len(people), len(people)))


def _find_bridges(people: pd.DataFrame) -> pd.DataFrame:
    """Return the reporting lines that households hang on; a watcher's only way up is such a line."""
    cutting = people[people["households_lost"] > 0]
    bridges = pd.DataFrame(
        {
            "lower": cutting.index.to_numpy(dtype=object),
            "upper": cutting["reports_to"].to_numpy(dtype=object),
            "households_lost": cutting["households_lost"].to_numpy(dtype=np.int64),
            "watchers_lost": cutting["watchers_lost"].to_numpy(dtype=np.int64) + 1,
        }
    )
    return bridges.sort_values(["households_lost", "lower"], ascending=[False, True], ignore_index=True)


def _find_circles(people: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    """Return each circle of reports once."""
    circles = set()
    for chain in people.loc[people["end"] == "circle", "chain"]:
        circle = chain[chain.index(chain[-1]) : -1]
        first = circle.index(min(circle))
        circles.add((*circle[first:], *circle[:first]))
    return tuple(sorted(circles))


def _find_parts(links: pd.DataFrame, households: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return the connected pieces, with a watcher in office, of what has no way to a centre."""
    lost = people[people["end"] != "centre"]
    part = nx.Graph()
    part.add_nodes_from(("watcher", key) for key in lost.index)
    reports = lost["reports_to"][lost["reports_to"].isin(lost.index)]
    part.add_edges_from((("watcher", key), ("watcher", told)) for key, told in reports.items())
    cut_off = links[~households["connected"].reindex(links["household_id"]).to_numpy(dtype=bool)]
    part.add_edges_from(
        (("household", home), ("watcher", key)) for home, key in cut_off.itertuples(index=False)
    )
    rows = [_describe_part(piece, people) for piece in nx.connected_components(part)]
    columns = ["households", "watchers", "watcher_ids"]
    parts = pd.DataFrame([row for row in rows if row[1]], columns=columns)
    return parts.sort_values(
        ["households", "watchers", "watcher_ids"], ascending=[False, False, True], ignore_index=True
    )


def _describe_part(piece: set[tuple[str, str]], people: pd.DataFrame) -> tuple[int, int, tuple[str, ...]]:
    keys = sorted(key for kind, key in piece if kind == "watcher")
    ids = tuple(key for key in keys if people.loc[key, "in_office"])
    return len(piece) - len(keys), len(ids), ids


def _count(households: pd.DataFrame, watchers: pd.DataFrame) -> dict[str, int]:
    in_office, with_way = watchers["in_office"], watchers["end"] == "centre"
    return {
        "households": len(households),
        "connected": int(households["connected"].sum()),
        "one_way": int((households["ways"] == 1).sum()),
        **{reason: int((households["reason"] == reason).sum()) for reason in REASONS},
        "watchers": int(in_office.sum()),
        "watchers_connected": int(with_way.sum()),
        "watchers_out_of_office": int((~in_office).sum()),
        "longest_steps": int(watchers.loc[with_way, "steps"].max()) if with_way.any() else 0,
    }
