"""Putting an advice into the register: agreements made, partners signed, posts opened; and taking it back.

The city's own decisions: only an operator puts them in, all or none, and each can be undone by its number.
"""

from __future__ import annotations

import pandas as pd

from app.services.step_city import StepCity
from app.services.step_results import AgreementSteps, PartnerSteps, RecruitSteps
from geodata import access_edits
from geodata.session import Store
from geodata.viewer import Viewer

WHOLE_CITY = ""  # how the edits of the city are listed


def open_posts(store: Store, viewer: Viewer, city: StepCity, steps: RecruitSteps) -> int | None:
    """Open a vacant post at each place of the advice; return the new revision, None where there is none.

    A vacant post visits nobody until somebody holds it.

    Raises
    ------
    geodata.errors.ConflictError
        The data changed since the advice.
    geodata.errors.AccessRefusedError
        Not an operator.
    """
    places = steps.places
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
    return _apply(store, viewer, city, ("watcher", rows, "post"))


def sign_partners(store: Store, viewer: Viewer, city: StepCity, steps: PartnerSteps) -> int | None:
    """Sign the partners of the advice: their rounds count from its day on; raises as :func:`open_posts`."""
    rows = pd.DataFrame({"watcher_id": steps.rounds.index, "status": "active", "valid_from": city.date})
    return _apply(store, viewer, city, ("watcher", rows, "sign"))


def make_agreements(store: Store, viewer: Viewer, city: StepCity, steps: AgreementSteps) -> int | None:
    """Make the agreements of the advice from its day on; raises as :func:`open_posts`."""
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


def _apply(store: Store, viewer: Viewer, city: StepCity, step: tuple[str, pd.DataFrame, str]) -> int | None:
    table, rows, act = step
    if rows.empty:
        return None
    with store.begin(write=True) as session:
        return access_edits.apply_city_step(
            session, viewer, table, rows, act=act, revision=city.info.revision
        )
