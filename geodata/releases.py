"""The register of releases: what was given out can be read by everyone, its audit notes by publishers."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from geodata.access_release import check_may_publish
from geodata.audit import record_event
from geodata.errors import ConflictError, StoreNotReadyError
from geodata.models import Release, ReleaseFile
from geodata.viewer import Viewer

FISCAL_YEAR_STARTS = 4  # April


def fiscal_year_of(date: dt.date) -> int:
    """Return the Japanese fiscal year of a day: April to March."""
    return date.year - (date.month < FISCAL_YEAR_STARTS)


def save_release(session: Session, viewer: Viewer, release: Release, files: Mapping[str, bytes]) -> int:
    """Record a release with its files, and return its number.

    Raises
    ------
    AccessRefusedError
        The role may not publish.
    ConflictError
        A release of this or a later date is in the register: figures given out are not replaced.
    """
    check_may_publish(session, viewer)
    last = session.scalar(select(Release).order_by(Release.reference_date.desc()).limit(1))
    if last is not None and last.reference_date >= release.reference_date:
        raise ConflictError(
            f"Expected a date after the last release ({last.reference_date.isoformat()}), "
            f"got {release.reference_date.isoformat()}. What was published is not replaced."
        )
    release.made_at = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    release.made_by, release.role, release.purpose = viewer.who, viewer.role, viewer.purpose
    release.fiscal_year = fiscal_year_of(release.reference_date)
    session.add(release)
    session.flush()
    for name, content in files.items():
        digest = hashlib.sha256(content).hexdigest()
        session.add(
            ReleaseFile(release_id=release.release_id, name=name, sha256=digest, content=bytes(content))
        )
    session.flush()
    when = {"reference_date": release.reference_date.isoformat()}
    record_event(session, viewer, "publish", "release", [str(release.release_id)], filters=when)
    return release.release_id


def read_register(session: Session, viewer: Viewer) -> list[Release]:
    """Read all releases with what only the next audit needs, oldest first.

    Raises
    ------
    AccessRefusedError
        The role may not publish.
    """
    check_may_publish(session, viewer)
    return list(session.scalars(select(Release).order_by(Release.reference_date)))


def list_releases(session: Session) -> pd.DataFrame:
    """Read what is public of each release, newest first: index release_id; date, season, made_at, files."""
    columns = (Release.release_id, Release.reference_date, Release.season, Release.made_at, Release.audit)
    rows = session.execute(select(*columns).order_by(Release.reference_date.desc())).all()
    names = [column.key for column in columns]
    releases = pd.DataFrame.from_records(rows, columns=names).set_index("release_id")
    found = session.execute(select(ReleaseFile.release_id, ReleaseFile.name).order_by(ReleaseFile.name))
    files = pd.DataFrame.from_records(found.all(), columns=["release_id", "name"])
    return releases.join(files.groupby("release_id")["name"].agg(tuple).rename("files"))


def read_release_files(session: Session, release_id: int) -> dict[str, bytes]:
    """Read the public files of one release, as they were given out.

    Raises
    ------
    StoreNotReadyError
        A file is no longer what was recorded.
    """
    query = select(ReleaseFile).where(ReleaseFile.release_id == release_id).order_by(ReleaseFile.name)
    files = list(session.scalars(query))
    changed = [file.name for file in files if hashlib.sha256(file.content).hexdigest() != file.sha256]
    if changed:
        raise StoreNotReadyError(
            f"Expected published files as recorded, got {', '.join(changed)} changed. "
            "Put the database back from a backup."
        )
    return {file.name: file.content for file in files}
