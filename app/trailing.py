"""The commands on the trail: what they ask of the services and how they tell it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from app.console import Talk
from app.operators import auditor, operator
from app.services import trail
from app.settings import Settings
from app.ui import trail_tables
from app.ui.text.formats import count


def verify(talk: Talk, settings: Settings, anchor: str | None) -> bool:
    """Say whether the trail is whole, and if not what is wrong; return it."""
    anchors = [] if anchor is None else trail.read_anchors(anchor)
    check = trail.verify(settings.open_store(), operator(), anchors)
    talk.data = {
        "events": check.events,
        "before_the_chain": check.before,
        "pruned": check.pruned,
        "last_seq": check.last_seq,
        "last_hash": check.last_hash,
        "anchors": check.anchors,
        "problems": [vars(problem) for problem in check.problems],
    }
    talk.lines += trail_tables.check_sentences(check, talk.words)
    talk.finish("whole" if check.is_whole else "broken")
    return check.is_whole


def anchor(talk: Talk, settings: Settings, file: Path) -> None:
    """Keep the end of the trail in a file, after a check against the anchors there."""
    anchors = trail.read_anchors(str(file)) if file.is_file() else []
    check = trail.verify(settings.open_store(), operator(), anchors)
    line = trail.keep_anchor(file, check, dt.datetime.now(dt.UTC))
    talk.data = {"last_seq": check.last_seq, "last_hash": check.last_hash}
    talk.say("trail.anchor.kept", line=line)
    talk.files([file])
    talk.finish()


def search(talk: Talk, settings: Settings, asked: dict[str, Any]) -> None:
    """Tell the newest events that fit."""
    found = trail.search(settings.open_store(), auditor(), **asked)
    rows = found.events.astype(object)
    talk.data = {
        "total": found.total,
        "on_several": found.on_several,
        "events": rows.where(rows.notna(), None).to_dict("records"),
    }
    talk.lines += trail_tables.found_sentences(found, talk.words, household=asked["household_id"] is not None)
    talk.lines += [trail_tables.event_line(event, talk.words) for event in found.events.to_dict("records")]
    talk.finish()


def export(talk: Talk, settings: Settings, asked: dict[str, Any], out: Path) -> None:
    """Write the events that fit into a file."""
    store, viewer = settings.open_store(), auditor()
    filters = {name: str(value) for name, value in asked.items() if value is not None}
    trail.record_files(store, viewer, "trail", filters=filters)
    found = trail.search(store, viewer, **asked, limit=trail.MOST_EVENTS)
    talk.data = {"total": found.total, "written": len(found.events)}
    talk.say("trail.export.done", written=count(len(found.events)), total=count(found.total))
    talk.files([trail.write_found(found, out)])
    talk.finish()


def prune(talk: Talk, settings: Settings, before: dt.date, reason: str) -> None:
    """Let old events go."""
    gone = trail.prune(settings.open_store(), auditor(), before, reason)
    talk.data = {"pruned": gone}
    talk.say("trail.prune.done" if gone else "trail.prune.none", count=count(gone))
    talk.finish()


def settle(talk: Talk, settings: Settings, *, keep_days: int | None, bulk_ids: int | None) -> None:
    """Say the rule of the trail; with a number settle it."""
    store = settings.open_store()
    rule = trail.read_rule(store)
    if keep_days is not None or bulk_ids is not None:
        rule = trail.settle_rule(store, operator(), keep_days=keep_days, bulk_ids=bulk_ids)
    talk.data = {"keep_days": rule.keep_days, "bulk_ids": rule.bulk_ids}
    talk.lines += trail_tables.rule_sentences(rule, talk.words)
    talk.finish()
