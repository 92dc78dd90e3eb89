"""Rows of the schematic picture: who is reported to, who is below, and how many households they see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from app.services.network_results import NetworkView
from app.sheets.network_marks import KINDS, STATUSES

BROKEN_ENDS = ("nobody", "out_of_office", "circle")
OTHERS = "others"
DIRECT = "direct"
MOST_CENTRES = 6


@dataclass(frozen=True)
class Branch:
    """One row: a person reported to with those directly below, or those that report to a centre directly.

    Parameters
    ----------
    key : str
        The watcher's id; ``direct``, ``others`` (smaller branches of one centre together), or the reason of a
        broken chain.
    centre : str or None
        Facility id; empty for several centres together; None for a broken chain.
    depth : int
        Reports until the centre, 1 or more; 0 for a row without a person of its own.
    kinds : dict
        Watchers of the row by kind, the person reported to left out.
    statuses : dict
        Households they visit or notice by status, each once in a row; one seen by two rows is in both.
    lost : int
        Households without any way to a centre if this person were lost.
    merged : int
        People reported to that ``others`` stands for.
    """

    key: str
    centre: str | None
    depth: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)
    lost: int = 0
    merged: int = 0

    @property
    def households(self) -> int:
        return sum(self.statuses.values())


@dataclass(frozen=True)
class Scheme:
    """The rows of the picture: those with a way to a centre, in the order drawn, and the broken chains."""

    joined: tuple[Branch, ...]
    broken: tuple[Branch, ...]


def plan_scheme(view: NetworkView, most_rows: int) -> Scheme:
    """Plan the schematic picture of a network with at most ``most_rows`` rows in all.

    Broken chains have their rows first. The branches with most households keep a row of their own; of each
    centre the rest are put together, so that nobody is left out. Two rows a centre are always given, even
    where that is more than ``most_rows``.
    """
    broken = tuple(_broken(view))
    most_rows -= len(broken)
    joined = view.watchers[view.watchers["end"] == "centre"]
    centre_of = _centres(joined, view)
    heads = joined.index[joined.index.isin(joined["reports_to"])]
    top = joined["chain"].map(lambda chain: chain[-2])
    rows = _branches(view, joined, centre_of, top=top, heads=heads)
    if len(rows) > most_rows:
        kept = _largest_tops(rows, top, most_rows - 2 * centre_of.nunique())
        heads = heads[top[heads].isin(kept)]
        rows = _branches(view, joined, centre_of, top=top, heads=heads)
    return Scheme(tuple(rows), broken)


def _centres(joined: pd.DataFrame, view: NetworkView) -> pd.Series:
    """Return each watcher's centre; beyond the largest few all are one, named by an empty text."""
    centres = joined["chain"].map(lambda chain: chain[-1]).astype(object)
    largest = joined["households"].groupby(centres).sum().sort_values(ascending=False, kind="stable").index
    return centres.where(centres.isin(largest[:MOST_CENTRES]), "")


def _branches(
    view: NetworkView, joined: pd.DataFrame, centre_of: pd.Series, *, top: pd.Series, heads: pd.Index
) -> list[Branch]:
    """Return the rows with a way to a centre; ``heads`` are the people with a row of their own."""
    all_heads = set(joined["reports_to"])
    owner = pd.Series(joined.index, index=joined.index, dtype=object)
    below = ~owner.isin(heads)
    owner[below] = joined["reports_to"][below]
    is_merged = below & ~owner.isin(heads)
    direct = is_merged & (top == joined.index) & ~joined.index.isin(all_heads)
    owner[is_merged] = OTHERS
    owner[direct] = DIRECT
    groups = pd.DataFrame({"centre": centre_of, "row": owner})
    statuses = _statuses(view, groups)
    kinds = groups[below & ~joined.index.isin(all_heads)].assign(kind=joined["kind"])
    kinds = kinds.groupby(["centre", "row", "kind"]).size()
    merged = groups[is_merged & joined.index.isin(all_heads)].groupby(["centre", "row"]).size()
    found = {}
    for centre, key in dict.fromkeys(groups.itertuples(index=False, name=None)):
        is_person = key in joined.index
        found[centre, key] = Branch(
            key=key,
            centre=centre,
            depth=int(joined.loc[key, "steps"]) if is_person else 0,
            kinds=_in_order(kinds, centre, key),
            statuses={name: int(statuses.get((centre, key, name), 0)) for name in STATUSES},
            lost=int(joined.loc[key, "households_lost"]) if is_person else 0,
            merged=int(merged.get((centre, key), 0)),
        )
    return list(_in_reading_order(found, joined["reports_to"]))


def _statuses(view: NetworkView, groups: pd.DataFrame) -> pd.Series:
    """Count the households of each row by status, each once a row."""
    links = view.links[(view.links["kind"] == "notices") | (view.links["visits"] > 0)]
    links = links[links["watcher_id"].isin(groups.index)]
    seen = groups.loc[links["watcher_id"]].assign(household=links["household_id"].to_numpy())
    seen = seen.drop_duplicates()
    status = view.households["status"].reindex(seen["household"]).to_numpy()
    return seen.assign(status=status).groupby(["centre", "row", "status"]).size()


def _in_order(kinds: pd.Series, centre: str, key: str) -> dict[str, int]:
    numbers = {kind: int(kinds.get((centre, key, kind), 0)) for kind in KINDS}
    return {kind: number for kind, number in numbers.items() if number}


def _in_reading_order(found: dict[tuple[str, str], Branch], reports_to: pd.Series) -> Iterator[Branch]:
    """Give the rows centre by centre, the largest first; each person after the one it reports to."""
    below: dict[str, list[Branch]] = {}
    for branch in found.values():
        if branch.depth > 1:
            below.setdefault(reports_to[branch.key], []).append(branch)
    sums: dict[str, int] = {}
    for branch in found.values():
        sums[branch.centre] = sums.get(branch.centre, 0) + branch.households
    for centre in sorted(sums, key=lambda one: (one == "", -sums[one], one)):
        firsts = [one for one in found.values() if one.centre == centre and one.depth == 1]
        for branch in _by_size(firsts):
            yield from _with_those_below(branch, below)
        yield from (found[centre, key] for key in (OTHERS, DIRECT) if (centre, key) in found)


def _with_those_below(branch: Branch, below: dict[str, list[Branch]]) -> Iterator[Branch]:
    yield branch
    for one in _by_size(below.get(branch.key, [])):
        yield from _with_those_below(one, below)


def _by_size(branches: list[Branch]) -> list[Branch]:
    return sorted(branches, key=lambda one: (-one.households, one.key))


def _largest_tops(rows: list[Branch], top: pd.Series, room: int) -> set[str]:
    """Return the first people of the branches that keep rows of their own: as many as fit, largest first."""
    people = pd.DataFrame(
        [(top[row.key], row.households) for row in rows if row.depth], columns=["top", "households"]
    )
    sizes = people.groupby("top")["households"].agg(["size", "sum"])
    sizes = sizes.sort_values("sum", ascending=False, kind="stable")
    return set(sizes.index[sizes["size"].cumsum() <= room])


def _broken(view: NetworkView) -> Iterator[Branch]:
    """Give one row a reason with the watchers in office and the households without a way to a centre."""
    lost = view.watchers[view.watchers["in_office"] & (view.watchers["end"] != "centre")]
    for reason in (*BROKEN_ENDS, "no_watcher"):
        kinds = lost.loc[lost["end"] == reason, "kind"].value_counts()
        homes = view.households.loc[view.households["reason"] == reason, "status"].value_counts()
        if len(kinds) or len(homes):
            yield Branch(
                key=reason,
                centre=None,
                kinds={kind: int(kinds[kind]) for kind in KINDS if kind in kinds},
                statuses={status: int(homes.get(status, 0)) for status in STATUSES},
            )
