"""The watch network in words: the finding, four figures and small tables, the same on screen and paper."""

from __future__ import annotations

import pandas as pd

from app.services.network_results import NetworkView
from app.ui.text import Words
from app.ui.text.formats import count, share

REASONS = ("no_watcher", "nobody", "out_of_office", "circle")
MOST_IDS = 8


def network_findings(view: NetworkView, words: Words) -> list[str]:
    """Say how many households have a way to a centre, why others have none, and who matters most."""
    counts = view.measures.counts
    total, connected = counts["households"], counts["connected"]
    if not total:
        return [words("network.finding_nobody", name=view.name)]
    numbers = {"name": view.name, "households": count(total)}
    if connected == total:
        return [words("network.finding_all", **numbers), *_key_sentence(view, words)]
    first = words("network.finding", connected=count(connected), share=share(connected, total), **numbers)
    main = max(REASONS, key=lambda reason: counts[reason])
    reason = words(f"network.reason.{main}")
    second = words("network.finding_reason", missed=count(total - connected), reason=reason)
    return [first, second, *_key_sentence(view, words)]


def _key_sentence(view: NetworkView, words: Words) -> list[str]:
    """Name the watcher on whom most households hang; nobody where losing any one cuts nobody off."""
    if view.measures.bridges.empty:
        return []
    most = view.measures.bridges.iloc[0]
    kind = words(f"kind.{view.watchers['kind'][most['lower']]}")
    lost = count(most["households_lost"])
    return [words("network.finding_key", id=most["lower"], kind=kind, lost=lost)]


def network_figures(view: NetworkView, words: Words) -> dict[str, tuple[str, str]]:
    """Return the four figures by name: the value, and of what it is a share or count."""
    counts, district = view.measures.counts, view.figures
    shown = words("network.population.shown", count=count(counts["households"]))
    whole = words("network.population.district", count=count(district["households"]))
    people = words("network.population.watchers", count=count(counts["watchers"]))
    return {
        "watched": (share(district["watched"], district["households"]), whole),
        "connected": (share(counts["connected"], counts["households"]), shown),
        "one_way": (count(counts["one_way"]), shown),
        "broken": (count(counts["watchers"] - counts["watchers_connected"]), people),
    }


def key_people(view: NetworkView, words: Words) -> pd.DataFrame:
    """Return the watchers households hang on, most first, and whom they report to; as words."""
    bridges = view.measures.bridges
    people = view.watchers.loc[bridges["lower"]]
    table = pd.DataFrame(
        {
            "watcher": people.index,
            "kind": [words(f"kind.{kind}") for kind in people["kind"]],
            "households": people["households"].map(count).to_numpy(),
            "lost": bridges["households_lost"].map(count),
            "reports_to": [_named(key, view) for key in bridges["upper"]],
        },
        dtype=object,
    )
    return _in_words(table, words)


def chain_lengths(view: NetworkView, words: Words) -> pd.DataFrame:
    """Return how many watchers in office have a chain of each length, and how the others end; as words."""
    people = view.watchers[view.watchers["in_office"]].sort_values("households", ascending=False)
    ends = people["end"].where(people["end"] != "centre", people["steps"].astype(str))
    rows = []
    known = sorted(people["steps"].dropna().unique())
    for end in (*map(str, known), *REASONS[1:]):
        group = people[ends == end]
        if len(group):
            steps = words("network.steps", steps=end) if end.isdigit() else words(f"network.end.{end}")
            first = group["chain"].iloc[0]
            centre = words("network.centre")
            chain = " → ".join(centre if key in view.centres.index else key for key in first)
            rows.append((steps, count(len(group)), chain))
    return _in_words(pd.DataFrame(rows, columns=["chain", "watchers", "example"], dtype=object), words)


def lost_parts(view: NetworkView, words: Words) -> pd.DataFrame:
    """Return the parts without a way to a centre, largest first; as words."""
    parts = view.measures.parts
    table = pd.DataFrame(
        {
            "households": parts["households"].map(count),
            "watchers": parts["watchers"].map(count),
            "members": [_first_ids(ids) for ids in parts["watcher_ids"]],
        },
        dtype=object,
    )
    return _in_words(table, words)


def _first_ids(ids: tuple[str, ...]) -> str:
    return ", ".join(ids[:MOST_IDS]) + (" …" if len(ids) > MOST_IDS else "")


def _named(key: str, view: NetworkView) -> str:
    """Return a centre's name, or a watcher's id."""
    return str(view.centres["name"][key]) if key in view.centres.index else key


def _in_words(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    return table.rename(columns={column: words(f"network.column.{column}") for column in table.columns})
