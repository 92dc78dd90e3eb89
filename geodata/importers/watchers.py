"""Watchers: people and businesses that watch, and vacant posts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.importers import report
from geodata.importers.cells import (
    NumberRule,
    check_known,
    parse_choices,
    parse_days,
    parse_ids,
    parse_numbers,
    parse_period,
    parse_text,
    parse_visits,
)
from geodata.importers.headings import Heading
from geodata.importers.hours import parse_hours
from geodata.importers.options import STORAGE_CRS, ImportOptions, Parsed
from geodata.importers.points import LAT, LON, parse_points
from geodata.importers.report import WARNING, RowChecks
from geodata.importers.skills import parse_skills
from geodata.importers.tables import read_cells
from geodata.models import Watcher
from geodata.models.watching import PASSIVE_KINDS, WATCHER_KINDS

LAYER = "watchers"
HEADINGS = (
    Heading("watcher_id", ("担い手番号", "担い手ID"), required=True),
    Heading("kind", ("種別", "担い手種別", "種類"), required=True),
    LON,
    LAT,
    Heading("organisation", ("organization", "団体", "所属", "所属団体", "組織")),
    Heading("district", ("地区", "校下", "担当地区", "地区コード")),
    Heading("visits_per_month", ("月訪問回数", "訪問回数", "月あたり訪問回数", "できる訪問"), required=True),
    Heading("reach_m", ("届く範囲", "届く範囲m", "届く距離", "到達距離")),
    Heading("reach_min", ("届く時間", "届く時間分", "届く範囲(分)", "届く範囲分", "到達時間", "歩ける時間")),
    Heading("skills", ("技能", "できること", "得意")),
    Heading("available", ("都合のよい時間", "動ける時間", "活動できる時間")),
    Heading("minutes_per_week", ("週の時間", "週に動ける時間", "週に動ける時間(分)")),
    Heading("birth_year", ("生年", "生まれ年", "生まれた年")),
    Heading("term_end", ("任期満了日", "任期終了日", "任期", "任期の終わり")),
    Heading("reports_to", ("報告先", "連絡先番号")),
    Heading("status", ("状態", "在任状況")),
    Heading("valid_from", ("開始日", "有効開始日", "はじまる日")),
    Heading("valid_to", ("終了日", "有効終了日", "終わる日")),
)
KINDS = {kind: kind for kind in WATCHER_KINDS} | {
    "民生委員": "welfare_commissioner",
    "民生委員・児童委員": "welfare_commissioner",
    "民生委員児童委員": "welfare_commissioner",
    "まちぐるみ福祉活動推進員": "community_promoter",
    "推進員": "community_promoter",
    "町会": "neighbour",
    "町会・近隣住民": "neighbour",
    "近隣住民": "neighbour",
    "ちょっとボランティア": "casual_volunteer",
    "ボランティア": "casual_volunteer",
    "学生": "student",
    "企業": "company",
    "配達業者": "delivery_firm",
    "商店": "shop",
}
STATUSES = {
    "active": "active",
    "vacant": "vacant",
    "ended": "ended",
    "在任": "active",
    "活動中": "active",
    "欠員": "vacant",
    "退任": "ended",
    "終了": "ended",
    "candidate": "candidate",
    "候補": "candidate",
}
REACH = NumberRule(0, 50_000)  # metres
REACH_TIME = NumberRule(0, 750)  # minutes: about as far
WEEK = NumberRule(0, 6_000, whole=True)  # minutes: 100 hours
BIRTH_YEAR = NumberRule(1900, 2100, whole=True)


def read_watchers(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read watchers from CSV or xlsx.

    A reach may be stated in metres, in minutes on foot, or both: both are kept. Vacant and ended posts and
    passive watchers (who may have a round instead) need no point; an active
    watcher without one is told as a warning, since it reaches nobody. A point outside the city's box is a
    warning too: supporters may come from a neighbouring town.

    Raises
    ------
    ImportRefusedError
        The file as a whole cannot be used.
    """
    cells, checks, source = read_cells(files, HEADINGS, options)
    everyone = np.ones(len(cells), dtype=bool)
    points, crs, crs_source = parse_points(
        cells, checks, options, may_be_empty=everyone, outside_city=WARNING
    )
    watchers = gpd.GeoDataFrame(_columns(cells, checks), geometry=points, crs=STORAGE_CRS)
    _check_sense(watchers, cells, checks, options)
    good = watchers[~checks.failed].reset_index(drop=True)
    source = report.replace_crs(source, crs, crs_source)
    return Parsed(Watcher, good, checks.report(LAYER, source, dry_run=options.dry_run))


def _columns(cells: pd.DataFrame, checks: RowChecks) -> dict[str, pd.Series]:
    starts, ends = parse_period(cells, checks)
    years = parse_numbers(cells, "birth_year", checks, BIRTH_YEAR)
    reach = parse_numbers(cells, "reach_m", checks, REACH)
    reach_time = parse_numbers(cells, "reach_min", checks, REACH_TIME)
    minutes = parse_numbers(cells, "minutes_per_week", checks, WEEK)
    return {
        "watcher_id": parse_ids(cells, "watcher_id", checks),
        "kind": parse_choices(cells, "kind", checks, KINDS),
        "organisation": parse_text(cells, "organisation", checks, max_length=60),
        "district": parse_text(cells, "district", checks, max_length=60),
        "visits_per_month": parse_visits(cells, "visits_per_month", checks, required=True),
        "reach_m": reach.astype(object).where(reach.notna(), None),
        "reach_min": reach_time.astype(object).where(reach_time.notna(), None),
        "skills": parse_skills(cells, "skills", checks),
        "available": parse_hours(cells, "available", checks),
        "minutes_per_week": minutes.astype("Int64").astype(object).where(minutes.notna(), None),
        "birth_year": years.astype("Int64").astype(object).where(years.notna(), None),
        "term_end": parse_days(cells, "term_end", checks),
        "reports_to": parse_text(cells, "reports_to", checks, max_length=40),
        "status": parse_choices(cells, "status", checks, STATUSES, default="active"),
        "valid_from": starts,
        "valid_to": ends,
    }


def _check_sense(
    watchers: gpd.GeoDataFrame, cells: pd.DataFrame, checks: RowChecks, options: ImportOptions
) -> None:
    check_known(watchers["district"], "district", checks, options.known.get("districts"), what="district")
    chain = _reporting_ids(watchers, options)
    check_known(
        watchers["reports_to"], "reports_to", checks, chain, what="watcher or facility", severity=WARNING
    )
    active = (watchers["status"] == "active") & ~watchers["kind"].isin(PASSIVE_KINDS)
    nowhere = active & watchers.geometry.isna() & ~checks.failed
    reason = "An active watcher without a point reaches nobody. Fill in lon and lat."
    checks.flag(nowhere, "lon", cells["lon"], reason, severity=WARNING)
    itself = watchers["reports_to"].notna() & (watchers["reports_to"] == watchers["watcher_id"])
    checks.flag(itself, "reports_to", watchers["reports_to"], "Expected another watcher or a facility.")


def _reporting_ids(watchers: pd.DataFrame, options: ImportOptions) -> set[str] | None:
    facilities, stored = options.known.get("facilities"), options.known.get("watchers")
    if facilities is None or stored is None:
        return None
    return {*facilities, *stored, *watchers["watcher_id"]}
