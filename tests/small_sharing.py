"""A small city for the sharing rules: three districts' households at every consent level, two watchers."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from shapely.geometry import Point

from geodata.models import Assignment, Dataset, Household, SharingRule, Watcher
from geodata.viewer import Viewer

TODAY = dt.date.today()
DAY = dt.timedelta(days=1)
COORDINATOR = Viewer("c", "coordinator", ("K1",))
OTHER = Viewer("o", "coordinator", ("K2",))
PLANNER = Viewer("p", "planner")
ADMIN = Viewer("a", "administrator")
SECOND = Viewer("b", "administrator")
AUDITOR = Viewer("t", "auditor")
COUNCIL = Viewer("r", "council")
OPERATOR = Viewer("command", "operator")
COMMISSIONER = Viewer("w1", "watcher", watcher_id="W1")
STUDENT = Viewer("w2", "watcher", watcher_id="W2")
EVERYBODY = (COORDINATOR, OTHER, PLANNER, ADMIN, AUDITOR, COUNCIL, OPERATOR, COMMISSIONER, STUDENT)


def fill(store):
    """Put in H0 to H4 of K1 with levels 0 to 4, G2 of K2 with level 2; W1 (commissioner) and W2 (student).

    Both watchers are assigned to every household of K1, W1 to G2 too.
    """
    with store.begin(write=True) as session:
        session.add(
            Dataset(id=1, name="t", synthetic=True, reference_date=TODAY, metric_epsg=6675, revision=1)
        )
        homes = [(f"H{level}", "K1", level) for level in range(5)] + [("G2", "K2", 2)]
        for name, district, level in homes:
            session.add(
                Household(
                    household_id=name,
                    geometry=Point(136.65, 36.5),
                    household_type="alone",
                    needs="snow",
                    visits_per_month=2,
                    consent=level,
                    community_district=district,
                )
            )
        for name, kind in (("W1", "welfare_commissioner"), ("W2", "student")):
            session.add(
                Watcher(watcher_id=name, kind=kind, visits_per_month=9, status="active", district="K1")
            )
        session.flush()
        for watcher, household in [("W1", home[0]) for home in homes] + [("W2", f"H{n}") for n in range(5)]:
            name = f"{watcher}:{household}"
            session.add(
                Assignment(assignment_id=name, watcher_id=watcher, household_id=household, role="primary")
            )
    return store


def rule(**changes) -> dict:
    """Return a rule: the commissioner may know own assigned households of level 2, with what differs."""
    usual = {
        "rule_id": "R1",
        "recipient": "welfare_commissioner",
        "item": "household",
        "area": "own_assigned",
        "purpose": "any",
        "phase": "ordinary",
        "basis": "consent",
        "least_level": 2,
        "media": "screen;paper;file",
    }
    return usual | changes


def put(session, *rules: dict, alone: bool = False) -> None:
    """Put rules straight in force, in place of all others with ``alone``."""
    if alone:
        session.query(SharingRule).delete()
    for number, row in enumerate(rules):
        given = {"status": "in_force", "proposed_by": "x", "approved_by": "y"}
        session.add(SharingRule(rule_key=f"{row['rule_id']}:{number}", **row, **given))
    session.flush()


def no_rows() -> pd.DataFrame:
    """Return no assignments to save."""
    return pd.DataFrame({"assignment_id": pd.Series(dtype=object)})
