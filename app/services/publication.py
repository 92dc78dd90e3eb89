"""A publication: counts through the door, protection, files, the attack on them, the register.

Nothing is written to its place before the attack on all files of this and all earlier releases has failed to
find a hidden count.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from analysis.disclosure import DisclosureRules, HiddenCells
from analysis.frames import MISSED_CLASSES, WEAK_CLASSES
from analysis.joined_areas import join_blocks
from analysis.public_reading import COUNTS, JOINED, FormKnowledge
from analysis.publication import (
    COMMUNITY,
    PrintedRelease,
    PublicCounts,
    form_of,
    hidden_in,
    hide_more,
    print_release,
    secret_cells,
)
from analysis.publication_audit import AuditResult, ReadRelease, audit_releases
from app.services import coverage
from app.services.errors import RequestError
from app.services.public_blocks import block_of, cell_of, cut_blocks, outline_areas
from app.services.public_files import read_tables_of, write_tables
from app.services.publishing import PublicationRefusedError, figures_on_map
from app.services.results import CityFigures, Progress, ProtectedFigures
from geodata import access_release, read
from geodata.errors import StoreNotReadyError
from geodata.models import Release
from geodata.releases import (
    fiscal_year_of,
    list_releases,
    read_register,
    read_release_files,
    save_release,
)
from geodata.results import find_run
from geodata.session import Store
from geodata.viewer import Viewer

RELEASE_DAYS = ((4, 1), (10, 1))  # month and day; figures given out on any day could be compared day by day
RULES = DisclosureRules()
_ROUNDS = 30
_PUBLIC_FOLDER, _PUBLIC_FILE = 0o755, 0o644


@dataclass(frozen=True, eq=False)
class Draft:
    """What a release rests on: true counts, areas, and what was given out before. Never shown as it is."""

    figures: CityFigures
    counts: PublicCounts
    outlines: gpd.GeoDataFrame
    area_of: pd.Series
    earlier: tuple[ReadRelease, ...]
    frozen: HiddenCells


@dataclass(frozen=True, eq=False)
class SafeRelease:
    """A release the attack could not break, written into a folder of its own.

    ``report``: numbers for ``audit.json``, none of which tells of a single cell.
    """

    figures: ProtectedFigures
    printed: PrintedRelease
    form: FormKnowledge
    report: dict[str, Any] = field(default_factory=dict)


Tell = Callable[[Progress], None]


def prepare(store: Store, viewer: Viewer, season: str, date: dt.date, *, tell: Tell) -> Draft:
    """Read and count what a release of ``date`` is made of.

    Raises
    ------
    RequestError
        The day is no release day, the season is not that of the fiscal year, or there are no districts.
    geodata.errors.AccessRefusedError
        The role may not publish.
    geodata.errors.StoreNotReadyError
        The data changed meanwhile.
    """
    if (date.month, date.day) not in RELEASE_DAYS:
        raise RequestError(
            f"Expected a release of 1 April or 1 October, got {date.isoformat()}. Give --date."
        )
    with store.begin(write=True) as session:
        register = read_register(session, viewer)
        files = [read_release_files(session, release.release_id) for release in register]
    _check_time(register, season, date)
    figures = coverage.load_city_figures(store, viewer, season, date, tell)
    tell(Progress("publish_count", 0, 1))
    with store.begin(write=True) as session:
        run = find_run(session, figures.info.revision, season, date)
        if run is None:
            raise StoreNotReadyError("Expected the data to stay as read, got newer data. Run it again.")
        places = access_release.count_places(session, viewer, run.run_id, cell_of=cell_of)
        districts = read.read_areas(session, COMMUNITY)
    blocks = cut_blocks(districts, places, epsg=figures.info.metric_epsg)
    earlier = tuple(_read_back(*pair) for pair in zip(register, files, strict=True))
    same_year = [
        known
        for known, release in zip(earlier, register, strict=True)
        if release.fiscal_year == fiscal_year_of(date)
    ]
    kept = same_year[-1].area_of.reindex(blocks.index) if same_year else None
    area_of = join_blocks(blocks, least=RULES.class_floor, kept=kept)
    frozen = HiddenCells()
    for known in same_year:
        frozen |= hidden_in(known.tables)
    counts = _count_areas(places, area_of, season)
    return Draft(figures, counts, outline_areas(blocks, area_of), area_of, earlier, frozen)


def _check_time(register: list[Release], season: str, date: dt.date) -> None:
    """Refuse a date that is not after all releases, and another season within the fiscal year."""
    if register and register[-1].reference_date >= date:
        raise RequestError(
            f"Expected a date after the last release ({register[-1].reference_date.isoformat()}), "
            f"got {date.isoformat()}. What was published is not replaced."
        )
    seasons = {release.season for release in register if release.fiscal_year == fiscal_year_of(date)}
    if seasons - {season}:
        raise RequestError(
            f"Expected the season of this fiscal year's releases ({', '.join(sorted(seasons))}), "
            f"got {season}. Publish that one, or wait for the next fiscal year."
        )


def _read_back(release: Release, files: Mapping[str, bytes]) -> ReadRelease:
    form = FormKnowledge(
        tuple(tuple(cell) for cell in release.form["small"]),
        frozenset(release.form["thin"]),
        release.form["floor"],
        release.form["least"],
    )
    secrets = tuple(tuple(cell) for cell in release.form["secrets"])
    return ReadRelease(read_tables_of(files), pd.Series(release.areas, dtype=object), form, secrets)


def _count_areas(places: pd.DataFrame, area_of: pd.Series, season: str) -> PublicCounts:
    """Add the counts of places up to joined areas, and to reasons for the city."""
    blocks = block_of(places["community"], places["cell"])
    area = blocks.map(area_of).where(places["community"] != "", "").rename("code")
    watched = places["households"].where(places["watched"], 0)
    both = pd.DataFrame({"watched": watched, "gap": places["households"] - watched})
    counted = both.groupby(area).sum()
    empty = pd.Series(area_of.index.str.rsplit("|", n=1).str[0], index=area_of.to_numpy(), name="district")
    districts = pd.concat([empty[~empty.index.duplicated()], pd.Series({"": ""}, name="district")])
    districts = districts[districts.index.isin(counted.index) | (districts.index != "")]
    areas = districts.to_frame().join(counted).fillna({"watched": 0, "gap": 0}).rename_axis("code")
    areas = areas.astype({"watched": int, "gap": int})  # an area without a household is shown like any other
    reasons = places["households"].groupby(places["gap_class"]).sum()
    # ``season`` cannot occur outside the snow season.
    missed = [name for name in MISSED_CLASSES if name != "season" or season == "snow"]
    return PublicCounts(
        areas,
        {name: int(reasons.get(name, 0)) for name in missed},
        {name: int(reasons.get(name, 0)) for name in WEAK_CLASSES},
    )


def protect(store: Store, draft: Draft, folder: Path, *, note: str, tell: Tell) -> SafeRelease:
    """Write the tables into ``folder`` and hide more until the attack finds nothing.

    Raises
    ------
    PublicationRefusedError
        The attack succeeds whatever else is hidden.
    """
    names = draft.figures.layers[COMMUNITY]["name"]
    hidden = draft.frozen
    for number in range(1, _ROUNDS + 1):
        printed = print_release(draft.counts, rules=RULES, hidden=hidden)
        write_tables(folder, printed.tables(), draft.outlines, names=names, note=note)
        tables = read_tables_of({file.name: file.read_bytes() for file in sorted(folder.iterdir())})
        secrets = tuple(secret_cells(draft.counts, printed))
        now = ReadRelease(tables, draft.area_of, form_of(draft.counts, printed), secrets)
        audit = audit_releases(
            (*draft.earlier, now), tell=lambda done, of: tell(Progress("publish_attack", done, of))
        )
        if audit.passed:
            report = _report(draft, now, audit, number)
            return SafeRelease(figures_on_map(store, draft.figures, printed), printed, now.form, report)
        more = hide_more(hidden, [_as_now(*cell, draft) for cell in audit.failed], printed)
        if more is None:
            break
        hidden = more
    raise PublicationRefusedError(
        "Expected every hidden count to keep at least six possible values over all releases, got "
        f"{len(audit.failed)} with fewer after {number} rounds. Nothing was published; wait for the next "
        "fiscal year, or ask who keeps the rules."
    )


def _as_now(number: int, cell: tuple[str, str, str], draft: Draft) -> tuple[str, str, str]:
    """Return what can be hidden now of a cell of an earlier release: the district of an area that is gone."""
    layer, code, column = cell
    if number == len(draft.earlier) or layer != JOINED or code in draft.outlines.index:
        return cell
    earlier = draft.earlier[number].area_of
    blocks = earlier.index[earlier == code]
    return COMMUNITY, blocks[0].rpartition("|")[0] if len(blocks) else "", column


def _report(draft: Draft, now: ReadRelease, audit: AuditResult, rounds: int) -> dict[str, Any]:
    """Return what was tried, in sums only."""
    community, joined = now.tables.layers[COMMUNITY], now.tables.layers[JOINED]
    return {
        "passed": audit.passed,
        "exactly_known": audit.alone.exact,
        "values_demanded": audit.alone.demanded,
        "releases_joined": len(draft.earlier) + 1,
        "change_supposed": audit.change,
        "told_by_earlier_releases": audit.told_before,
        "printed_areas_with_gone_borders": audit.not_joined,
        "rounds": rounds,
        "pieces": audit.pieces,
        "districts": len(community),
        "district_counts_printed": int(community[list(COUNTS)].notna().to_numpy().sum()),
        "district_counts_hidden": int(community[list(COUNTS)].isna().to_numpy().sum()),
        "city_counts_hidden": sum(value is None for value in now.tables.city.values()),
        "joined_areas": len(joined),
        "joined_areas_without_class": int(joined["class"].isna().sum()),
    }


@contextmanager
def workplace(near: Path):
    """Give a folder that only its owner reads; what is left in it at the end is removed."""
    near.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".release-", dir=near))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def record(
    store: Store, viewer: Viewer, draft: Draft, safe: SafeRelease, *, folder: Path, out: Path | None
) -> int:
    """Put the release into the register and its folder into its place, both or neither.

    Raises
    ------
    geodata.errors.ConflictError
        Somebody published a release of this or a later date meanwhile.
    """
    files = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    release = Release(
        reference_date=draft.figures.date,
        season=draft.figures.season,
        revision=draft.figures.info.revision,
        areas=draft.area_of.to_dict(),
        form={
            "small": safe.form.small,
            "thin": sorted(safe.form.thin),
            "floor": safe.form.floor,
            "least": safe.form.least,
            "secrets": secret_cells(draft.counts, safe.printed),
        },
        audit=safe.report,
    )
    placed = False
    try:
        with store.begin(write=True) as session:
            number = save_release(session, viewer, release, files)
            if out is not None:
                _open_to_all(folder)
                os.replace(folder, out)
                placed = True
    except BaseException:
        if placed and out is not None:  # the register refused at the very end
            shutil.rmtree(out)
        raise
    return number


def _open_to_all(folder: Path) -> None:
    for file in folder.iterdir():
        file.chmod(_PUBLIC_FILE)
    folder.chmod(_PUBLIC_FOLDER)


def releases(store: Store) -> pd.DataFrame:
    """Return what is public of each release; see :func:`geodata.releases.list_releases`."""
    with store.begin() as session:
        return list_releases(session)


def release_files(store: Store, number: int) -> dict[str, bytes]:
    """Return the public files of one release, as they were given out."""
    with store.begin() as session:
        return read_release_files(session, number)
