"""The trail for the auditor: search, review, check, anchors, pruning; and the events of files written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from app.services.errors import RequestError
from geodata.audit import record_event
from geodata.audit_check import Anchor, TrailCheck
from geodata.audit_read import (
    MOST_EVENTS,
    TrailFound,
    TrailQuery,
    TrailRule,
    prune_trail,
    read_trail_rule,
    review_looks,
    search_trail,
    settle_trail_rule,
    verify_trail,
)
from geodata.exporters import write_csv, write_json, write_text
from geodata.session import Store
from geodata.viewer import Viewer

__all__ = ["MOST_EVENTS", "TrailCheck", "TrailFound", "TrailRule"]

JAPAN = dt.timedelta(hours=9)
_ANCHOR = re.compile(r"(?:(?P<at>\d{4}-\d\d-\d\dT[\d:]+Z) )?(?P<seq>\d+)[ :](?P<hash>[0-9a-f]{64})")


def search(store: Store, viewer: Viewer, **asked: Any) -> TrailFound:
    """Find events; ``since`` and ``until`` are days in Japan, both included (see ``TrailQuery``)."""
    with store.begin(write=True) as session:
        return search_trail(session, viewer, _query(asked))


def review(store: Store, viewer: Viewer, since: dt.date) -> pd.DataFrame:
    """Count who looked how often since a day, beside the median of their role."""
    with store.begin(write=True) as session:
        return review_looks(session, viewer, _start(since))


def verify(store: Store, viewer: Viewer, anchors: Sequence[Anchor] = ()) -> TrailCheck:
    """Check the whole trail, against anchors where there are any."""
    with store.begin(write=True) as session:
        return verify_trail(session, viewer, tuple(anchors))


def prune(store: Store, viewer: Viewer, before: dt.date, reason: str) -> int:
    """Delete the events of before a day in Japan, leaving their seal; return how many went."""
    with store.begin(write=True) as session:
        seal = prune_trail(session, viewer, _start(before), reason=reason)
        return 0 if seal is None else seal.events


def read_rule(store: Store) -> TrailRule:
    """Return how long events are kept and what counts as many households at once."""
    with store.begin() as session:
        return read_trail_rule(session)


def settle_rule(store: Store, viewer: Viewer, *, keep_days: int | None, bulk_ids: int | None) -> TrailRule:
    """Settle one or both; what is none stays.

    Raises
    ------
    RequestError
        A number below 1.
    """
    if any(number is not None and number < 1 for number in (keep_days, bulk_ids)):
        raise RequestError("Expected at least 1 for each number of the trail's rule, got less. Correct it.")
    with store.begin(write=True) as session:
        now = read_trail_rule(session)
        rule = TrailRule(keep_days or now.keep_days, bulk_ids or now.bulk_ids)
        settle_trail_rule(session, viewer, rule)
    return rule


def keep_anchor(file: Path, check: TrailCheck, at: dt.datetime) -> str:
    """Add the end of a trail that was checked to a file outside the database; return the line.

    Raises
    ------
    RequestError
        The trail has faults or no event: its end proves nothing.
    """
    if not check.is_whole or not check.last_seq:
        raise RequestError("Expected a whole trail with an event, got none to anchor. Run 'audit verify'.")
    line = f"{at:%Y-%m-%dT%H:%M:%SZ} {check.last_seq} {check.last_hash}"
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    write_text(file, f"{before}{line}\n")
    return line


def read_anchor(given: str) -> Anchor:
    """Return the anchor written as number:hash, or as a line of a file of anchors.

    Raises
    ------
    RequestError
        Something else.
    """
    match = _ANCHOR.fullmatch(given.strip())
    if match is None:
        raise RequestError("Expected an anchor as number:hash, got something else. Copy it from its sheet.")
    return _anchor(match)


def read_anchors(given: str) -> list[Anchor]:
    """Return the anchors of a file, or the one written as number:hash.

    Raises
    ------
    RequestError
        Neither, or a line of the file that is no anchor.
    """
    file = Path(given)
    if not file.is_file():
        return [read_anchor(given)]
    lines = [line for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    matches = [_ANCHOR.fullmatch(line.strip()) for line in lines]
    if not all(matches):
        wrong = 1 + matches.index(None)
        raise RequestError(
            f"Expected time, number and hash on line {wrong} of the anchors, got something else. Mend it."
        )
    return [_anchor(match) for match in matches if match]


def write_found(found: TrailFound, file: Path) -> Path:
    """Write events found as CSV, or as JSON where the file's name says so; no cell can start a formula."""
    events = found.events.assign(at=[moment.isoformat() + "Z" for moment in found.events["at"]])
    if file.suffix == ".json":
        rows = events.astype(object).where(events.notna(), None)
        write_json(file, {"total": found.total, "events": rows.to_dict("records")})
    else:
        texts = ["; ".join(f"{name}={value}" for name, value in one.items()) for one in events["filters"]]
        write_csv(file, events.assign(filters=texts))
    return file


def record_files(
    store: Store,
    viewer: Viewer,
    what: str,
    ids: Iterable[str] = (),
    *,
    act: str = "export",
    filters: dict | None = None,
) -> None:
    """Record that files or sheets with these objects are written, before they are.

    Parameters
    ----------
    what : str
        Kind of the objects in the files: household, watcher, result, figures …
    act : str
        ``export`` for tables and maps, ``print`` for sheets.
    """
    with store.begin(write=True) as session:
        record_event(session, viewer, act, what, ids, filters=filters)


def _query(asked: dict[str, Any]) -> TrailQuery:
    since, until = asked.pop("since", None), asked.pop("until", None)
    end = None if until is None else _start(until + dt.timedelta(days=1))
    return TrailQuery(since=None if since is None else _start(since), until=end, **asked)


def _start(day: dt.date) -> dt.datetime:
    """Return when a day begins in Japan, in UTC."""
    return dt.datetime.combine(day, dt.time()) - JAPAN


def _anchor(match: re.Match[str]) -> Anchor:
    return Anchor(int(match["seq"]), match["hash"])
