"""Why each missed household of one district is missed, with the proof: read at once from the kept run."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from app.services.city import find_district
from app.services.coverage import load_city_figures
from geodata import access
from geodata.errors import StoreNotReadyError
from geodata.results import find_run
from geodata.session import Store
from geodata.viewer import Viewer


def load_reasons(
    store: Store, viewer: Viewer, district: str, season: str, date: dt.date, *, medium: str = "screen"
) -> pd.DataFrame:
    """Return the missed households of one community district that this viewer may see, each with its reasons.

    Returns
    -------
    pandas.DataFrame
        Index household_id: ``status``, ``gap_class``, ``gap_classes`` (all that fit, with ``;`` between),
        ``delivered`` (visits a month), ``consent_needed`` (level, or None), ``neighbour_districts`` (tuple of
        names), ``tight_set`` and ``chain`` (list of hand-overs) as ``HouseholdView`` tells them; a hand-over
        names only households this viewer may see. A planner gets none.

    Raises
    ------
    geodata.errors.AccessRefusedError
        The district is not one of the coordinator's.
    geodata.errors.StoreNotReadyError
        The data changed meanwhile.
    RequestError
        There is no such district.
    """
    district = find_district(store, district)
    figures = load_city_figures(store, viewer, season, date)
    with store.begin(write=True) as session:
        run = find_run(session, figures.info.revision, season, date)
        if run is None:
            raise StoreNotReadyError("Expected the data to stay as read, got newer data. Run it again.")
        results = access.read_household_results(session, viewer, run.run_id, district, medium=medium)
        missed = results[results["status"] != "watched"]
        handed_over = {row["household_id"] for detail in missed["detail"] for row in detail["chain"]}
        visible = access.find_visible(session, viewer, sorted(handed_over), medium=medium)
    return _spread(missed, figures.layers["community"]["name"].to_dict(), visible)


def _spread(missed: pd.DataFrame, names: dict[str, str], visible: set[str]) -> pd.DataFrame:
    """Return the rows with what stands in their detail as columns of their own."""
    reasons = missed[["status", "gap_class", "gap_classes"]].copy()
    details = missed["detail"]
    reasons["delivered"] = details.map(lambda detail: detail["delivered"]).astype(float)
    reasons["consent_needed"] = details.map(lambda detail: detail["consent_needed"]).astype(object)
    reasons["neighbour_districts"] = details.map(
        lambda detail: tuple(names[code] for code in detail["neighbour_districts"] if code in names)
    )
    reasons["tight_set"] = details.map(lambda detail: detail["tight_set"]).astype(object)
    reasons["chain"] = details.map(lambda detail: [_seen(row, visible) for row in detail["chain"]])
    return reasons


def _seen(hand_over: dict, visible: set[str]) -> dict:
    household = hand_over["household_id"]
    return {**hand_over, "household_id": household if household in visible else None}
