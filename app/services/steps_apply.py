"""Putting an advice into the register: agreements made, partners signed, posts opened; and taking it back.

The city's own decisions: only an operator puts them in, all or none, and each can be undone by its number.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.promises import is_valid_on
from app.services.step_city import StepCity
from app.services.step_results import AgreementSteps, PartnerSteps, RecruitSteps
from geodata import access_edits
from geodata.session import Store
from geodata.viewer import Viewer

WHOLE_CITY = ""  # how the edits of the city are listed
SAME_PLACE_M = 1.0  # assumed: places are stored to less than that


@dataclass(frozen=True)
class OpenedPosts:
    """What came of opening posts.

    Parameters
    ----------
    revision : int or None
        The new revision; None where no post was opened.
    opened, standing : int
        Places where a post was opened, and where one of the kind was vacant already.
    """

    revision: int | None
    opened: int
    standing: int


def open_posts(store: Store, viewer: Viewer, city: StepCity, steps: RecruitSteps) -> OpenedPosts:
    """Open a vacant post at each place of the advice where none of its kind is vacant already.

    A vacant post visits nobody until somebody holds it; so the same places are the best again until then.

    Raises
    ------
    geodata.errors.ConflictError
        The data changed since the advice.
    geodata.errors.AccessRefusedError
        Not an operator.
    """
    taken = _has_vacant_post(city, steps)
    places = steps.places[~taken]
    rows = pd.DataFrame(
        {
            "watcher_id": [f"V{city.info.revision}-{name}" for name in places.index],
            "kind": steps.kind,
            "geometry": places.geometry.to_numpy(dtype=object),
            "district": places["district"].to_numpy(dtype=object) if steps.own_district else None,
            "visits_per_month": steps.visits_per_month,
            "reach_m": steps.reach_m,
            "status": "vacant",
            "valid_from": city.date,
        }
    )
    revision = _apply(store, viewer, city, ("watcher", rows, "post"))
    return OpenedPosts(revision, opened=len(places), standing=int(taken.sum()))


def sign_partners(store: Store, viewer: Viewer, city: StepCity, steps: PartnerSteps) -> int | None:
    """Sign the partners of the advice: their rounds count from its day on; return the new revision.

    None where there is none; raises as :func:`open_posts`.
    """
    rows = pd.DataFrame({"watcher_id": steps.rounds.index, "status": "active", "valid_from": city.date})
    return _apply(store, viewer, city, ("watcher", rows, "sign"))


def make_agreements(store: Store, viewer: Viewer, city: StepCity, steps: AgreementSteps) -> int | None:
    """Make the agreements of the advice from its day on; return the new revision, None where there is none.

    Raises as :func:`open_posts`.
    """
    chosen = steps.pairs[steps.pairs["order"].notna()][["district", "helped_district"]]
    if steps.both_ways:
        back = chosen.set_axis(["helped_district", "district"], axis=1)
        chosen = pd.concat([chosen, back], ignore_index=True).drop_duplicates(ignore_index=True)
    ids = [f"V{city.info.revision}-{number}" for number in range(1, len(chosen) + 1)]
    rows = chosen.assign(agreement_id=ids, valid_from=city.date)
    return _apply(store, viewer, city, ("agreement", rows, "agree"))


def list_edits(store: Store, viewer: Viewer, district: str | None = None) -> pd.DataFrame:
    """Return the last edits of the whole city, or of one district, newest first.

    Returns
    -------
    pandas.DataFrame
        Index edit_id: ``at`` (UTC), ``who``, ``act``, ``rows``, ``undone`` (the edit that took it back).

    Raises
    ------
    geodata.errors.AccessRefusedError
        Another district than the coordinator's.
    """
    store.check_ready()
    with store.begin(write=True) as session:
        return access_edits.read_edits(session, viewer, WHOLE_CITY if district is None else district)


def take_back(store: Store, viewer: Viewer, edit_id: int) -> int:
    """Take one edit back and return the new revision.

    Raises
    ------
    geodata.errors.GeodataError
        There is no such edit.
    geodata.errors.ConflictError
        It was undone already, or something was built on it; nothing was written.
    geodata.errors.AccessRefusedError
        It touched another district.
    """
    store.check_ready()
    with store.begin(write=True) as session:
        return access_edits.undo_edit(session, viewer, edit_id)


def _has_vacant_post(city: StepCity, steps: RecruitSteps) -> np.ndarray:
    """Return a bool per place of the advice: a post of its kind is vacant there on the day."""
    watchers = city.data.watchers
    vacant = watchers[(watchers["status"] == "vacant") & (watchers["kind"] == steps.kind)]
    posts: gpd.GeoSeries = vacant.geometry[is_valid_on(vacant, city.date)].dropna()
    places = steps.places.geometry.to_crs(posts.crs)
    found, _ = posts.sindex.query(places, predicate="dwithin", distance=SAME_PLACE_M)
    return np.isin(np.arange(len(places)), found)


def _apply(store: Store, viewer: Viewer, city: StepCity, step: tuple[str, pd.DataFrame, str]) -> int | None:
    table, rows, act = step
    if rows.empty:
        return None
    with store.begin(write=True) as session:
        return access_edits.apply_city_step(
            session, viewer, table, rows, act=act, revision=city.info.revision
        )
