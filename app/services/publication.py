"""A publication: counts through the door, protection, files, the attack on them, the register.

Nothing is written to its place before the attack on all files of this and all earlier releases has failed to
find a hidden count.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.disclosure import HiddenCells
from analysis.frames import MISSED_CLASSES, WEAK_CLASSES
from analysis.joined_areas import join_blocks
from analysis.public_reading import FURTHER, FormKnowledge
from analysis.publication import COMMUNITY, PublicCounts, hidden_in
from analysis.publication_audit import ReadRelease
from app.services import coverage
from app.services.errors import RequestError
from app.services.public_blocks import block_of, cell_of, cut_blocks, outline_areas
from app.services.public_files import read_tables_of
from app.services.public_layers import place_layers
from app.services.public_protection import RULES, Draft, SafeRelease, Tell
from app.services.results import Progress
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
_PUBLIC_FOLDER, _PUBLIC_FILE = 0o755, 0o644


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
    outlines = outline_areas(blocks, area_of)
    return Draft(figures, counts, outlines, area_of, earlier, frozen, blocks, places, tuple(same_year))


def add_layers(store: Store, draft: Draft, also: Sequence[str]) -> Draft:
    """Return the draft with further layers to print beside the ladder; without any as it is.

    Raises
    ------
    RequestError
        A layer asked for has no areas.
    """
    if not also:
        return draft
    return replace(draft, further=place_layers(store, draft.blocks, draft.places, also))


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
    places = pd.DataFrame(release.form.get("places", []), columns=["block", *FURTHER], dtype=object)
    return ReadRelease(read_tables_of(files), pd.Series(release.areas, dtype=object), form, secrets, places)


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
        form=_kept_form(safe.read),
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


def _kept_form(read: ReadRelease) -> dict[str, Any]:
    """Return what the next audit needs of a release besides its files: names, no count."""
    form = read.form
    kept = {"small": form.small, "thin": sorted(form.thin), "floor": form.floor, "least": form.least}
    return {**kept, "secrets": read.secrets, "places": read.places.to_numpy().tolist()}


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
