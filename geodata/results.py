"""Keeping computed results: one run a (revision, season, date); older revisions' runs are dropped."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from geodata.audit import record_event
from geodata.models import AnalysisRun, HouseholdResult, WatcherResult
from geodata.viewer import Viewer


def find_run(session: Session, revision: int, season: str, date: dt.date) -> AnalysisRun | None:
    """Return the kept run of a state of the data, or none."""
    return session.scalar(
        select(AnalysisRun).where(
            AnalysisRun.revision == revision,
            AnalysisRun.season == season,
            AnalysisRun.reference_date == date,
        )
    )


def save_run(
    session: Session,
    viewer: Viewer,
    run: AnalysisRun,
    households: pd.DataFrame,
    watchers: pd.DataFrame,
) -> AnalysisRun:
    """Keep a run with its household and watcher rows; drop the runs of earlier revisions.

    Parameters
    ----------
    households, watchers : pandas.DataFrame
        Indexed by household_id / watcher_id, columns named as in the result tables.
    """
    old = select(AnalysisRun.run_id).where(AnalysisRun.revision < run.revision)
    for table in (HouseholdResult, WatcherResult):
        session.execute(delete(table).where(table.run_id.in_(old)))
    session.execute(delete(AnalysisRun).where(AnalysisRun.revision < run.revision))
    run.created_at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    session.add(run)
    session.flush()
    for model, frame in ((HouseholdResult, households), (WatcherResult, watchers)):
        if len(frame):
            records = frame.assign(run_id=run.run_id).reset_index().to_dict("records")
            session.execute(insert(model.__table__), records)
    record_event(session, viewer, "analyse", "result", households.index, filters={"season": run.season})
    return run
