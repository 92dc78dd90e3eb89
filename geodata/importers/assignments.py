"""Assignments: which watcher has which household, in which role, from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from geodata.importers.cells import (
    check_known,
    parse_choices,
    parse_flags,
    parse_ids,
    parse_period,
    parse_visits,
)
from geodata.importers.headings import Heading
from geodata.importers.options import ImportOptions, Parsed
from geodata.importers.tables import read_cells
from geodata.models import Assignment

LAYER = "assignments"
HEADINGS = (
    Heading("watcher_id", ("担い手番号", "担い手ID"), required=True),
    Heading("household_id", ("世帯番号", "世帯ID"), required=True),
    Heading("role", ("役割", "担当区分")),
    Heading("visits_per_month", ("月訪問回数", "訪問回数", "月あたり訪問回数")),
    Heading("locked", ("固定", "動かさない")),
    Heading("valid_from", ("開始日", "有効開始日", "はじまる日")),
    Heading("valid_to", ("終了日", "有効終了日", "終わる日")),
)
ROLES = {
    "primary": "primary",
    "backup": "backup",
    "主": "primary",
    "主担当": "primary",
    "副": "backup",
    "控え": "backup",
    "副担当": "backup",
}


def read_assignments(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read assignments from CSV or xlsx.

    An empty role is ``primary``; empty visits mean the household's whole need. A watcher or household
    that is not known is an error of that row. A file that says nothing in ``locked`` leaves locks alone.

    Raises
    ------
    ImportRefusedError
        The file as a whole cannot be used.
    """
    cells, checks, source = read_cells(files, HEADINGS, options)
    starts, ends = parse_period(cells, checks)
    visits = parse_visits(cells, "visits_per_month", checks, required=False)
    assignments = pd.DataFrame(
        {
            "watcher_id": parse_ids(cells, "watcher_id", checks, unique=False),
            "household_id": parse_ids(cells, "household_id", checks, unique=False),
            "role": parse_choices(cells, "role", checks, ROLES, default="primary"),
            "visits_per_month": visits.astype(object).where(visits.notna(), None),
            "valid_from": starts,
            "valid_to": ends,
        }
    )
    locked = parse_flags(cells, "locked", checks)
    if (cells["locked"].str.strip() != "").any():
        assignments["locked"] = locked
    for column, what in (("watcher_id", "watcher"), ("household_id", "household")):
        check_known(assignments[column], column, checks, options.known.get(f"{what}s"), what=what)
    assignments.insert(0, "assignment_id", _assignment_ids(assignments))
    repeated = assignments["assignment_id"].duplicated(keep=False)
    reason = "Expected one row for a watcher, household, role and start, got several. Remove or merge them."
    checks.flag(repeated, "watcher_id", assignments["watcher_id"], reason)
    good = assignments[~checks.failed].reset_index(drop=True)
    return Parsed(Assignment, good, checks.report(LAYER, source, dry_run=options.dry_run))


def _assignment_ids(assignments: pd.DataFrame) -> pd.Series:
    starts = assignments["valid_from"].map(str).where(assignments["valid_from"].notna(), "")
    role = assignments["role"].fillna("")
    return assignments["watcher_id"] + ":" + assignments["household_id"] + ":" + role + ":" + starts
