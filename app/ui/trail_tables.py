"""The trail on the screen and in commands: sentences on its state, and its events as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from app.services.trail import JAPAN, TrailCheck, TrailFound, TrailRule
from app.ui.text import Words
from app.ui.text.formats import count

PROBLEMS_SHOWN = 20


def check_sentences(check: TrailCheck, words: Words) -> list[str]:
    """Say whether the trail is whole, what else is known of it, and each fault."""
    lines = [_verdict(check, words)]
    if check.before:
        lines.append(words("trail.check.before", count=count(check.before)))
    if check.pruned:
        lines.append(words("trail.check.pruned", count=count(check.pruned)))
    if check.anchors_pruned:
        lines.append(words("trail.check.anchors_pruned", count=count(check.anchors_pruned)))
    if not check.anchors:
        lines.append(words("trail.check.no_anchor"))
    shown = check.problems[:PROBLEMS_SHOWN]
    lines += [
        words(f"trail.problem.{problem.kind}", first=problem.first_seq, last=problem.last_seq)
        for problem in shown
    ]
    if len(check.problems) > len(shown):
        lines.append(words("trail.problem.more", count=count(len(check.problems) - len(shown))))
    return lines


def _verdict(check: TrailCheck, words: Words) -> str:
    if not check.is_whole:
        return words("trail.check.broken", problems=count(len(check.problems)))
    if not check.events and not check.before:
        return words("trail.check.empty")
    return words(
        "trail.check.whole", events=count(check.events), last=check.last_seq, anchors=count(check.anchors)
    )


def found_sentences(found: TrailFound, words: Words, *, household: bool) -> list[str]:
    """Say how many events fit, and for a household what cannot be told."""
    lines = [words("trail.found", shown=count(len(found.events)), total=count(found.total))]
    if household:
        lines.append(words("trail.found.several", count=count(found.on_several)))
    return lines


def rule_sentences(rule: TrailRule, words: Words) -> list[str]:
    """Say how long events are kept and what counts as many households at once."""
    kept = "trail.rule.none" if rule.keep_days is None else "trail.rule.days"
    return [words(kept, days=rule.keep_days), words("trail.rule.bulk", count=count(rule.bulk_ids))]


def event_line(event: Mapping[str, Any], words: Words) -> str:
    """Write one event on one line of a command."""
    return words(
        "trail.line",
        seq=event["seq"],
        at=f"{event['at'] + JAPAN:%Y-%m-%d %H:%M}",
        who=event["who"],
        role=role_name(event["role"], words),
        act=act_name(event["act"], words),
        kind=kind_name(event["object_kind"], words),
        objects=count(event["object_count"]),
        flags=flag_names(event["flags"], words),
    )


def purpose_name(purpose: str, words: Words) -> str:
    """Return a purpose of the program in words; one the city named as it is."""
    key = f"trail.purpose.{purpose}"
    return words(key) if words.has(key) else purpose


def event_table(events: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return the events as the page shows them: flagged ones first, else the newest first."""
    ordered = events.sort_values("flags", key=lambda flags: flags == "", kind="stable", ignore_index=True)
    columns = {
        "at": [f"{moment + JAPAN:%Y-%m-%d %H:%M:%S}" for moment in ordered["at"]],
        "flags": [flag_names(flags, words) for flags in ordered["flags"]],
        "who": ordered["who"],
        "role": [role_name(role, words) for role in ordered["role"]],
        "act": [act_name(act, words) for act in ordered["act"]],
        "kind": [kind_name(kind, words) for kind in ordered["object_kind"]],
        "objects": ordered["object_count"],
        "purpose": [purpose_name(purpose, words) for purpose in ordered["purpose"]],
        "basis": ordered["basis"],
        "filters": [_filters(filters) for filters in ordered["filters"]],
        "result": ordered["result"],
        "revision": [_revisions(row) for row in ordered.to_dict("records")],
        "seq": ordered["seq"],
    }
    return pd.DataFrame({words(f"trail.column.{name}"): values for name, values in columns.items()})


def review_table(people: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return who looked how often beside the median of the role."""
    columns = {
        "who": people["who"],
        "role": [role_name(role, words) for role in people["role"]],
        "looks": people["looks"],
        "objects": people["objects"],
        "median": people["median_looks"],
        "times": people["times_median"],
        "flagged": people["flagged"],
    }
    return pd.DataFrame({words(f"trail.column.{name}"): values for name, values in columns.items()})


def role_name(role: str, words: Words) -> str:
    """Return a role's name; one that has none stays as it is."""
    return _named("role", role, words) if words.has(f"role.{role}") else _named("trail.role", role, words)


def act_name(act: str, words: Words) -> str:
    """Return an act's name; one that has none stays as it is."""
    return _named("trail.act", act, words)


def kind_name(kind: str, words: Words) -> str:
    """Return what an event is about; what has no name stays as it is."""
    return _named("trail.kind", kind, words)


def flag_names(flags: str, words: Words) -> str:
    """Return why an event is to be reviewed; nothing for an ordinary one."""
    return words("common.and").join(_named("trail.flag", flag, words) for flag in flags.split(",") if flag)


def _named(group: str, name: str, words: Words) -> str:
    key = f"{group}.{name}"
    return words(key) if words.has(key) else name


def _filters(filters: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}={value}" for name, value in filters.items())


def _revisions(row: Mapping[str, Any]) -> str:
    if pd.isna(row["revision_before"]):
        return ""
    after = "" if pd.isna(row["revision_after"]) else int(row["revision_after"])
    return f"{int(row['revision_before'])} → {after}"
