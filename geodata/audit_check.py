"""Checking the trail: what was altered, removed, put in or cut off, against the key and kept anchors."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import String, select, type_coerce
from sqlalchemy.orm import Session

from geodata.audit_chain import FIELDS, GENESIS, SEAL_FIELDS, canonical, event_hash, seal_hash
from geodata.models import AuditEvent, AuditSeal

MOST_PROBLEMS = 100
_ROWS_AT_ONCE = 2000
_EVENTS = AuditEvent.__table__
_SEALS = AuditSeal.__table__


@dataclass(frozen=True)
class Anchor:
    """Number and hash of an event as they were once written down outside the database."""

    seq: int
    hash: str


@dataclass(frozen=True)
class TrailProblem:
    """One fault of the trail.

    Parameters
    ----------
    kind : str
        ``altered`` (an event is not as it was written), ``removed`` (numbers are missing), ``unlinked`` (an
        event does not follow the one before it: put in, exchanged or moved), ``seal`` (a seal is not what
        was made), ``before`` (events of before the chain are not as sealed), ``cut`` (the trail ends before
        an anchor) or ``anchor`` (another event stands where an anchor was).
    first_seq, last_seq : int
        Numbers of the events concerned.
    """

    kind: str
    first_seq: int
    last_seq: int


@dataclass(frozen=True)
class TrailCheck:
    """What a check of the whole trail found; ``problems`` holds at most the first hundred.

    ``before`` counts events of before the chain, which one digest seals; ``pruned`` those deleted after their
    retention period; ``anchors_pruned`` the anchors among these, which nothing can be checked against.
    """

    events: int
    before: int
    pruned: int
    last_seq: int
    last_hash: str
    problems: tuple[TrailProblem, ...]
    anchors: int
    anchors_pruned: int

    @property
    def is_whole(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems


@dataclass
class _Walk:
    """Where a check has come to."""

    key: bytes
    seq: int = 0
    previous: str = GENESIS
    events: int = 0
    problems: list[TrailProblem] = field(default_factory=list)

    def complain(self, kind: str, first: int, last: int | None = None) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(TrailProblem(kind, first, first if last is None else last))

    def step(self, row: Mapping[str, Any]) -> None:
        """Go on to the next event."""
        gap = row["seq"] - self.seq - 1
        if gap:
            self.complain("removed", self.seq + 1, row["seq"] - 1)
        if not _same(row["hash"], event_hash(self.key, row)):
            self.complain("altered", row["seq"])
        elif not gap and row["previous_hash"] != self.previous:
            self.complain("unlinked", row["seq"])
        self.seq, self.previous = row["seq"], row["hash"] or ""
        self.events += 1


def check_trail(session: Session, anchors: Sequence[Anchor] = ()) -> TrailCheck:
    """Check every event of the trail, every seal, and the anchors given.

    Without an anchor a cut end cannot be found: what is left is a whole chain.
    """
    walk = _Walk(session.info["key"]("trail"))
    seals = [dict(row._mapping) for row in session.execute(_raw(_SEALS, (*SEAL_FIELDS, "hash")))]
    pruned = _check_pruned(walk, [seal for seal in seals if seal["kind"] == "pruned"])
    pruned_to = walk.seq
    before = _check_before(session, walk, [seal for seal in seals if seal["kind"] == "before"])
    wanted = {anchor.seq for anchor in anchors} if anchors else set()
    met: dict[int, str] = {walk.seq: walk.previous}
    query = _raw(_EVENTS, (*FIELDS, "hash")).where(_EVENTS.c.seq > walk.seq)
    for row in session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)).mappings():
        walk.step(row)
        if row["seq"] in wanted:
            met[row["seq"]] = row["hash"]
    too_old = _check_anchors(walk, anchors, met, pruned_to)
    return TrailCheck(
        events=walk.events,
        before=before,
        pruned=pruned,
        last_seq=walk.seq,
        last_hash=walk.previous,
        problems=tuple(walk.problems),
        anchors=len(anchors),
        anchors_pruned=too_old,
    )


def digest_of(hashes: Iterable[str]) -> str:
    """Return the digest of pruned events: of their hashes, one a line."""
    digest = hashlib.sha256()
    for one in hashes:
        digest.update(one.encode() + b"\n")
    return digest.hexdigest()


def _raw(table: Any, names: Sequence[str]) -> Any:
    """Select columns as they are stored: an altered date or JSON shall fail its hash, not its reading."""
    columns = [
        type_coerce(table.c[name], String).label(name) if name in ("at", "filters") else table.c[name]
        for name in names
    ]
    return select(*columns).order_by(table.columns.seq if "seq" in table.c else table.c.last_seq)


def _check_pruned(walk: _Walk, seals: list[dict[str, Any]]) -> int:
    """Check the seals of pruned events, each going on where the one before ended; return how many events."""
    events = 0
    for seal in seals:
        if not _same(seal["hash"], seal_hash(walk.key, seal)) or seal["first_seq"] != walk.seq + 1:
            walk.complain("seal", seal["first_seq"], seal["last_seq"])
            continue
        walk.seq, walk.previous = seal["last_seq"], seal["last_hash"]
        events += seal["events"]
    return events


def _check_before(session: Session, walk: _Walk, seals: list[dict[str, Any]]) -> int:
    """Check the events of before the chain against their seal; return how many there are."""
    found = 0
    for seal in seals:
        if seal["last_seq"] <= walk.seq:
            continue  # pruned as a whole
        digest, found = hashlib.sha256(), 0
        query = _raw(_EVENTS, FIELDS).where(_EVENTS.c.seq <= seal["last_seq"])
        for row in session.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)).mappings():
            digest.update(canonical(row).encode() + b"\n")
            found += 1
        if (found, digest.hexdigest()) != (seal["events"], seal["digest"]):
            walk.complain("before", seal["first_seq"], seal["last_seq"])
        walk.seq, walk.previous = seal["last_seq"], seal["last_hash"]
    return found


def _check_anchors(walk: _Walk, anchors: Sequence[Anchor], met: dict[int, str], pruned_to: int) -> int:
    """Check where the anchors stood; return how many lie among pruned events."""
    too_old = 0
    for anchor in anchors:
        if anchor.seq in met:
            if not _same(met[anchor.seq], anchor.hash):
                walk.complain("anchor", anchor.seq)
        elif anchor.seq > walk.seq:
            walk.complain("cut", walk.seq + 1, anchor.seq)
        elif anchor.seq < pruned_to:
            too_old += 1
        else:
            walk.complain("removed", anchor.seq)
    return too_old


def _same(stored: str | None, right: str) -> bool:
    return stored is not None and hmac.compare_digest(stored.encode(), right.encode())
