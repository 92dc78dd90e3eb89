"""Protection of a release: the ladder, then further layers, written and attacked until nothing is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from analysis.disclosure import DisclosureRules, HiddenCells
from analysis.overlapping import blank_cells, hidden_layers, hide_around, homes_of, protect_layers
from analysis.public_reading import CITY, COUNTS, FURTHER, JOINED, PrintedTables
from analysis.publication import (
    COMMUNITY,
    CellName,
    PrintedRelease,
    PublicCounts,
    form_of,
    hide_more,
    print_release,
    secret_cells,
)
from analysis.publication_audit import AuditResult, ReadRelease, audit_releases
from app.services.public_files import read_tables_of, write_layers, write_tables
from app.services.public_layers import Further
from app.services.publishing import PublicationRefusedError, figures_on_map
from app.services.results import CityFigures, Progress, ProtectedFigures
from geodata.session import Store

RULES = DisclosureRules()
_ROUNDS = 30
Tell = Callable[[Progress], None]


@dataclass(frozen=True, eq=False)
class Draft:
    """What a release rests on: true counts, areas, and what was given out before. Never shown as it is.

    ``blocks`` and ``places`` are what :func:`add_layers` needs; ``same_year``: releases of the fiscal year.
    """

    figures: CityFigures
    counts: PublicCounts
    outlines: gpd.GeoDataFrame
    area_of: pd.Series
    earlier: tuple[ReadRelease, ...]
    frozen: HiddenCells
    blocks: gpd.GeoDataFrame
    places: pd.DataFrame
    same_year: tuple[ReadRelease, ...] = ()
    further: Further | None = None


@dataclass(frozen=True, eq=False)
class SafeRelease:
    """A release the attack could not break, written into a folder of its own.

    ``report``: numbers for ``audit.json``, none of which tells of a single cell.
    """

    figures: ProtectedFigures
    printed: PrintedRelease
    read: ReadRelease
    report: dict[str, Any] = field(default_factory=dict)


def protect(store: Store, draft: Draft, folder: Path, *, note: str, tell: Tell) -> SafeRelease:
    """Write the tables into ``folder`` and hide more until the attack finds nothing.

    The ladder first, by itself; then the further layers, which give way to it.

    Raises
    ------
    PublicationRefusedError
        The attack succeeds whatever else is hidden.
    """
    printed, safe = _protect_ladder(draft, folder, note, tell)
    if draft.further is not None:
        safe = _protect_further(draft, safe, folder, note, tell)
    figures = figures_on_map(store, draft.figures, printed)
    return SafeRelease(figures, printed, safe.read, _report(draft, safe))


@dataclass(frozen=True, eq=False)
class _Attacked:
    """What was attacked last without success."""

    read: ReadRelease
    audit: AuditResult
    rounds: int
    suppression: str | None = None  # status; "feasible" where the attack made more hidden


def _protect_ladder(draft: Draft, folder: Path, note: str, tell: Tell) -> tuple[PrintedRelease, _Attacked]:
    names = draft.figures.layers[COMMUNITY]["name"]
    hidden = draft.frozen
    for number in range(1, _ROUNDS + 1):
        printed = print_release(draft.counts, rules=RULES, hidden=hidden)
        write_tables(folder, printed.tables(), draft.outlines, names=names, note=note)
        secrets = tuple(secret_cells(draft.counts, printed))
        now = ReadRelease(_read_folder(folder), draft.area_of, form_of(draft.counts, printed), secrets)
        audit = _attack(draft, now, tell)
        if audit.passed:
            return printed, _Attacked(now, audit, number)
        found = [now_cell for cell in audit.failed for now_cell in _as_now(*cell, draft)]
        more = hide_more(hidden, found, printed)
        if more is None:
            break
        hidden = more
    raise _refusal(audit, number)


def _protect_further(draft: Draft, ladder: _Attacked, folder: Path, note: str, tell: Tell) -> _Attacked:
    """Print further layers beside the ladder as attacked, and hide more of them until nothing is found."""
    layers = list(draft.further.outlines)
    places = draft.further.places
    community = places["block"].str.rsplit("|", n=1).str[0]
    places = places.assign(community=community, joined=places["block"].map(draft.area_of).fillna(""))
    hidden = frozenset().union(*(hidden_layers(known.tables, layers) for known in draft.same_year))
    first = protect_layers(
        places,
        ladder.read.tables,
        layers,
        hidden=hidden,
        progress=lambda done, of: tell(Progress("publish_suppress", done, of)),
    )
    tables = first.tables
    for number in range(1, _ROUNDS + 1):
        printed = PrintedTables({**ladder.read.tables.layers, **tables}, ladder.read.tables.city)
        write_layers(folder, printed, draft.further.outlines, note=note)
        read_as = _read_folder(folder)
        secrets = (*ladder.read.secrets, *first.secrets)
        where = draft.further.places[["block", *FURTHER]].drop_duplicates()
        now = replace(ladder.read, tables=read_as, secrets=secrets, places=where)
        audit = _attack(draft, now, tell)
        if audit.passed:
            status = first.suppression.status
            as_found = number == 1 or status == "infeasible"
            return _Attacked(now, audit, ladder.rounds + number, status if as_found else "feasible")
        more = hide_around(places, [cell for _, cell in audit.failed], read_as, layers)
        if more is None:
            break
        tables = blank_cells(tables, more)
    raise _refusal(audit, ladder.rounds + number)


def _read_folder(folder: Path) -> PrintedTables:
    return read_tables_of({file.name: file.read_bytes() for file in sorted(folder.iterdir())})


def _attack(draft: Draft, now: ReadRelease, tell: Tell) -> AuditResult:
    return audit_releases(
        (*draft.earlier, now), tell=lambda done, of: tell(Progress("publish_attack", done, of))
    )


def _refusal(audit: AuditResult, rounds: int) -> PublicationRefusedError:
    return PublicationRefusedError(
        "Expected every hidden count to keep at least six possible values over all releases, got "
        f"{len(audit.failed)} with fewer after {rounds} rounds. Nothing was published; wait for the next "
        "fiscal year, or ask who keeps the rules."
    )


def _as_now(number: int, cell: CellName, draft: Draft) -> list[CellName]:
    """Return what can be hidden now of a cell of an earlier release.

    Of an area that is gone, and of a further layer, the districts of its homes.
    """
    layer, code, column = cell
    ladder = layer in (COMMUNITY, CITY) or (layer == JOINED and code in draft.outlines.index)
    if ladder or number == len(draft.earlier):
        return [cell]
    earlier = draft.earlier[number]
    if layer == JOINED:
        blocks = earlier.area_of.index[earlier.area_of == code]
    else:
        blocks = pd.Index(earlier.places["block"][homes_of(earlier.places, layer, code)])
    return [(COMMUNITY, district, column) for district in blocks.str.rsplit("|", n=1).str[0].unique()]


def _report(draft: Draft, safe: _Attacked) -> dict[str, Any]:
    """Return what was tried, in sums only."""
    now, audit = safe.read, safe.audit
    community, joined = now.tables.layers[COMMUNITY], now.tables.layers[JOINED]
    return {
        "passed": audit.passed,
        "exactly_known": audit.alone.exact,
        "values_demanded": audit.alone.demanded,
        "releases_joined": len(draft.earlier) + 1,
        "change_supposed": audit.change,
        "told_by_earlier_releases": audit.told_before,
        "printed_areas_with_gone_borders": audit.not_joined,
        "rounds": safe.rounds,
        "pieces": audit.pieces,
        "districts": len(community),
        "district_counts_printed": int(community[list(COUNTS)].notna().to_numpy().sum()),
        "district_counts_hidden": int(community[list(COUNTS)].isna().to_numpy().sum()),
        "city_counts_hidden": sum(value is None for value in now.tables.city.values()),
        "joined_areas": len(joined),
        "joined_areas_without_class": int(joined["class"].isna().sum()),
        **({} if safe.suppression is None else _report_layers(draft, safe)),
    }


def _report_layers(draft: Draft, safe: _Attacked) -> dict[str, Any]:
    """Return what was printed of further layers, and how near the first choice was to the cheapest."""
    tables = {layer: safe.read.tables.layers[layer] for layer in draft.further.outlines}
    return {
        "further_layers": list(tables),
        "further_counts_printed": sum(int(table.notna().to_numpy().sum()) for table in tables.values()),
        "further_counts_hidden": sum(int(table.isna().to_numpy().sum()) for table in tables.values()),
        "suppression": safe.suppression,
    }
