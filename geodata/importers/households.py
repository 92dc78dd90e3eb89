"""Households to watch over: a pseudonym, a point, a need. Names and addresses are never read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geodata.importers import report
from geodata.importers.cells import (
    NumberRule,
    parse_ids,
    parse_numbers,
    parse_period,
    parse_text,
    parse_visits,
)
from geodata.importers.headings import Heading
from geodata.importers.options import STORAGE_CRS, ImportOptions, Parsed
from geodata.importers.points import LAT, LON, parse_points
from geodata.importers.report import RowChecks
from geodata.importers.skills import parse_skills
from geodata.importers.tables import read_cells
from geodata.models import Household

LAYER = "households"
HEADINGS = (
    Heading("household_id", ("世帯番号", "世帯ID"), required=True),
    LON,
    LAT,
    Heading("household_type", ("世帯類型", "世帯区分", "世帯の種類")),
    Heading("visits_per_month", ("月訪問回数", "訪問回数", "月あたり訪問回数", "必要な訪問"), required=True),
    Heading("weight", ("重み",)),
    Heading("consent", ("同意", "同意レベル", "同意段階", "同意の段階")),
    Heading("needs", ("支援", "必要な支援", "ニーズ", "困りごと")),
    Heading("valid_from", ("開始日", "有効開始日", "はじまる日")),
    Heading("valid_to", ("終了日", "有効終了日", "終わる日")),
)
DEFAULT_CONSENT = 1  # city only: where nobody asked or answered
CONSENT = NumberRule(0, 4, whole=True, default=DEFAULT_CONSENT)
WEIGHT = NumberRule(0, 1000, default=1.0)


def read_households(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read households from CSV or xlsx.

    An empty consent is level 1, an empty weight 1. Visits a month are rounded to whole visits a year.

    Raises
    ------
    ImportRefusedError
        The file as a whole cannot be used.
    """
    cells, checks, source = read_cells(files, HEADINGS, options)
    ids = parse_ids(cells, "household_id", checks)
    points, crs, crs_source = parse_points(cells, checks, options)
    starts, ends = parse_period(cells, checks)
    households = gpd.GeoDataFrame(
        {
            "household_id": ids,
            "household_type": parse_text(cells, "household_type", checks, max_length=40),
            "visits_per_month": parse_visits(cells, "visits_per_month", checks, required=True),
            "weight": _with_default(cells, "weight", checks, WEIGHT, report.WEIGHT_DEFAULT),
            "consent": _with_default(cells, "consent", checks, CONSENT, report.CONSENT_DEFAULT),
            "needs": parse_skills(cells, "needs", checks),
            "valid_from": starts,
            "valid_to": ends,
        },
        geometry=points,
        crs=STORAGE_CRS,
    )
    good = households[~checks.failed].reset_index(drop=True)
    good["consent"] = good["consent"].astype(int)
    source = report.replace_crs(source, crs, crs_source)
    return Parsed(Household, good, checks.report(LAYER, source, dry_run=options.dry_run))


def _with_default(
    cells: pd.DataFrame, name: str, checks: RowChecks, rule: NumberRule, repair: str
) -> pd.Series:
    checks.repaired(repair, int((cells[name].str.strip() == "").sum()))
    return parse_numbers(cells, name, checks, rule)
