"""Keeping what each import read, wrote and repaired, in the transaction that wrote it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy.orm import Session

from geodata.audit import record_event
from geodata.importers.report import ImportReport
from geodata.models import ImportLog
from geodata.viewer import Viewer
from geodata.write import raise_revision

PERSONAL_LAYERS = ("households", "watchers", "assignments", "rounds-of-partners", "consents", "support-tasks")


def record_import(session: Session, viewer: Viewer, report: ImportReport, ids: Iterable[str]) -> None:
    """Raise the revision and keep the report; for a personal layer without cell values, with an event.

    Parameters
    ----------
    ids : iterable of str
        Ids of the rows in the file; kept only as a count and a hash, and only for personal layers.
    """
    personal = report.layer in PERSONAL_LAYERS
    session.add(
        ImportLog(
            at=dt.datetime.now(dt.UTC).replace(tzinfo=None),
            layer=report.layer,
            revision=raise_revision(session),
            report=report.to_dict(personal=personal),
        )
    )
    if personal:
        record_event(session, viewer, "import", report.layer, ids)
