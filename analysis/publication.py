"""One public release on one ladder: joined areas, community districts, city; and how to hide more of it.

What is printed comes from ``analysis.disclosure``; below the districts a class with one cut at two thirds
watched. A release is safe only after ``analysis.attack`` on what its files say with those of earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.disclosure import (
    DisclosureRules,
    HiddenCells,
    ProtectedCounts,
    ProtectedTable,
    protect_counts,
    protect_districts,
)
from analysis.errors import FrameError
from analysis.public_reading import CITY, COUNTS, JOINED, LESS, MOSTLY, REST, FormKnowledge, PrintedTables

COMMUNITY = "community"
CellName = tuple[str, str, str]  # layer, code, column


@dataclass(frozen=True)
class PublicCounts:
    """The true counts behind a release; never printed.

    Parameters
    ----------
    areas : DataFrame
        Index code of the joined area; ``district``, ``watched``, ``gap`` (households, int). Households in no
        district stand in the area ``""`` of the district ``""``.
    missed, weak : dict of reason to households
        Reasons of those not watched (all of them) and of those watched but weakly.
    """

    areas: pd.DataFrame
    missed: Mapping[str, int]
    weak: Mapping[str, int]


@dataclass(frozen=True)
class PrintedRelease:
    """What a release prints, as protected so far.

    ``areas``: index code of the joined area; ``district``, ``class`` (MOSTLY, LESS or NA).
    """

    districts: ProtectedTable
    missed: ProtectedCounts
    weak: ProtectedCounts
    areas: pd.DataFrame

    def tables(self) -> PrintedTables:
        """Return the printed numbers as a reader of the files has them."""
        districts = self.districts.districts
        classes = districts["mostly_watched"].map({True: MOSTLY, False: LESS}, na_action="ignore")
        community = districts[list(COUNTS)].assign(**{"class": classes.astype(object)})
        city = {**self.districts.totals, **self.missed.counts, **self.weak.counts}
        return PrintedTables({COMMUNITY: community, JOINED: self.areas}, city)


def print_release(
    counts: PublicCounts,
    *,
    rules: DisclosureRules = DisclosureRules(),
    hidden: HiddenCells = HiddenCells(),
) -> PrintedRelease:
    """Protect the tables of a release, each as far as it can be by itself.

    A joined area with fewer households than ``rules.class_floor`` shows no class, nor does one of ``hidden``.

    Raises
    ------
    FrameError
        Areas repeated, columns missing, or counts that do not add up.
    """
    missing = {"district", "watched", "gap"} - set(counts.areas.columns)
    if missing or not counts.areas.index.is_unique:
        raise FrameError(
            "Expected joined areas with district, watched and gap, once each. Add them up first."
        )
    table = counts.areas.groupby("district")[["watched", "gap"]].sum().rename_axis("code")
    table = table.assign(households=table["watched"] + table["gap"])
    districts = protect_districts(table, rules=rules, hidden=hidden)
    missed = protect_counts(
        counts.missed, districts.totals["gap"], name="missed", rules=rules, hidden=hidden.counts
    )
    weak = protect_counts(
        counts.weak,
        districts.totals["watched"],
        name="weak",
        of="watched",
        partition=False,
        rules=rules,
        hidden=hidden.counts,
    )
    return PrintedRelease(districts, missed, weak, _print_areas(counts.areas, rules, hidden))


def _print_areas(areas: pd.DataFrame, rules: DisclosureRules, hidden: HiddenCells) -> pd.DataFrame:
    named = areas[areas.index != ""]
    classes = pd.Series(np.where(named["watched"] >= 2 * named["gap"], MOSTLY, LESS), index=named.index)
    blank = (named["watched"] + named["gap"] < rules.class_floor) | named.index.isin(list(hidden.areas))
    return pd.DataFrame({"district": named["district"], "class": classes.astype(object).mask(blank, None)})


def form_of(counts: PublicCounts, printed: PrintedRelease) -> FormKnowledge:
    """Return what the attacker is let know besides: which hidden cells are small, which areas are thin.

    Of a district whose split is hidden for being small, the lesser of the two.
    """
    rules, table = printed.districts.rules, printed.districts.districts
    sums = counts.areas.groupby("district")[["watched", "gap"]].sum()
    sums = sums.assign(households=sums["watched"] + sums["gap"])
    hidden = table["gap"].isna() & table["households"].notna()
    lesser = sums[["watched", "gap"]].idxmin(axis=1)
    thin_split = hidden & (sums[["watched", "gap"]].min(axis=1) < rules.floor)
    small = [(COMMUNITY, code, lesser[code]) for code in table.index[thin_split]]
    few = table["households"].isna() & (sums["households"] < rules.floor)
    small += [(COMMUNITY, code, "households") for code in table.index[few]]
    small += [
        (CITY, "", count)
        for count in COUNTS
        if printed.districts.totals[count] is None and sums[count].sum() < rules.floor
    ]
    for part, true in ((printed.missed, counts.missed), (printed.weak, counts.weak)):
        small += [(CITY, "", name) for name in part.small if part.counts[name] is None and name in true]
    households = counts.areas["watched"] + counts.areas["gap"]
    thin = frozenset(counts.areas.index[households < rules.class_floor])
    return FormKnowledge(tuple(small), thin, rules.floor, rules.class_floor)


def secret_cells(counts: PublicCounts, printed: PrintedRelease) -> list[CellName]:
    """Return the cells nobody may work out: all hidden ones, and the small counts of every joined area."""
    floor, table = printed.districts.rules.floor, printed.districts.districts
    secrets = [(COMMUNITY, code, count) for count in COUNTS for code in table.index[table[count].isna()]]
    city = {**printed.districts.totals, **printed.missed.counts, **printed.weak.counts}
    secrets += [(CITY, "", name) for name, value in city.items() if value is None]
    secrets += [(CITY, "", REST)] * printed.weak.rest_is_small
    areas = counts.areas[counts.areas.index != ""]
    areas = areas.assign(households=areas["watched"] + areas["gap"])
    return secrets + [(JOINED, code, count) for count in COUNTS for code in areas.index[areas[count] < floor]]


def hide_more(hidden: HiddenCells, failed: Iterable[CellName], printed: PrintedRelease) -> HiddenCells | None:
    """Return what to hide next of what an attack found, or None when nothing is left to hide.

    First the classes of the joined areas found, then the classes, splits and households of their districts,
    then the reasons and the totals of the city.
    """
    found = list(failed)
    areas, table = printed.areas, printed.districts.districts
    codes = {code for layer, code, _ in found if layer == JOINED} & set(areas.index)
    places = {code for layer, code, _ in found if layer == COMMUNITY} | set(
        areas.loc[list(codes), "district"]
    )
    in_places = set(areas.index[areas["district"].isin(list(places))])
    steps = (
        ("areas", codes & set(areas.index[areas["class"].notna()])),
        ("classes", places & set(table.index[table["mostly_watched"].notna()])),
        ("splits", places & set(table.index[table["gap"].notna()])),
        ("areas", in_places & set(areas.index[areas["class"].notna()])),
        ("households", places & set(table.index[table["households"].notna()])),
        ("counts", {*_shown(printed.missed.counts), *_shown(printed.weak.counts)}),
        ("totals", _shown(printed.districts.totals)),
        ("areas", set(areas.index[areas["class"].notna()])),
        ("splits", set(table.index[table["gap"].notna()])),
        ("households", set(table.index[table["households"].notna()])),
    )
    for name, more in steps:
        if more:
            return replace(hidden, **{name: getattr(hidden, name) | frozenset(more)})
    return None


def hidden_in(tables: PrintedTables) -> HiddenCells:
    """Return what a release that was given out hides: it stays hidden for the rest of its fiscal year."""
    community, joined = tables.layers[COMMUNITY], tables.layers[JOINED]
    no_split = frozenset(community.index[community["gap"].isna()])
    blank = frozenset(name for name, value in tables.city.items() if value is None)
    return HiddenCells(
        splits=no_split,
        households=frozenset(community.index[community["households"].isna()]),
        classes=frozenset(community.index[community["class"].isna() & community["gap"].isna()]),
        totals=blank & set(COUNTS),
        counts=blank - set(COUNTS),
        areas=frozenset(joined.index[joined["class"].isna()]),
    )


def _shown(counts: Mapping[str, int | None]) -> set[str]:
    return {name for name, value in counts.items() if value is not None}
