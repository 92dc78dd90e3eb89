"""Sharing rules: the city's own table of who may be told what. A file only proposes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from geodata.importers.cells import (
    NumberRule,
    parse_choices,
    parse_days,
    parse_ids,
    parse_list,
    parse_numbers,
    parse_period,
    parse_text,
)
from geodata.importers.headings import Heading
from geodata.importers.options import ImportOptions, Parsed
from geodata.importers.tables import read_cells
from geodata.importers.watchers import KINDS
from geodata.models import SharingRule
from geodata.models.sharing import BASES, ITEMS, PHASES, RECIPIENTS, RULE_AREAS
from geodata.sharing_rules import rule_faults, rule_key

LAYER = "sharing-rules"
HEADINGS = (
    Heading("rule_id", ("規則番号", "ルール番号"), required=True),
    Heading("recipient", ("提供先", "相手"), required=True),
    Heading("item", ("項目", "提供項目"), required=True),
    Heading("least_level", ("同意レベル", "最低同意レベル"), required=True),
    Heading("area", ("範囲", "対象範囲")),
    Heading("purpose", ("目的", "利用目的")),
    Heading("phase", ("平常時・災害時", "局面")),
    Heading("basis", ("根拠",)),
    Heading("article", ("根拠条文", "条文")),
    Heading("media", ("媒体",)),
    Heading("copies", ("部数",)),
    Heading("agreement", ("協定番号", "協定")),
    Heading("manager", ("管理者", "名簿管理者")),
    Heading("readers", ("閲覧者", "名簿閲覧者")),
    Heading("trained_on", ("研修日",)),
    Heading("return_by", ("返却期限", "廃棄期限")),
    Heading("valid_from", ("開始日", "有効開始日", "はじまる日")),
    Heading("valid_to", ("終了日", "有効終了日", "終わる日")),
)
_WHO = {name: name for name in RECIPIENTS}
_WHO |= {word: kind for word, kind in KINDS.items() if kind in RECIPIENTS}
_WHO |= {"地区担当": "coordinator", "地区の担当者": "coordinator"}
_ITEMS = {name: name for name in ITEMS} | {
    **{"訪問": "visit", "世帯": "household", "種類": "type", "必要": "needs", "担当": "assignment"}
}
_AREAS = {name: name for name in RULE_AREAS} | {
    **{"自地区": "own_district", "担当世帯": "own_assigned", "全市": "city"}
}
_PHASES = {name: name for name in PHASES} | {"平常時": "ordinary", "災害時": "disaster"}
_BASES = {name: name for name in BASES} | {"同意": "consent", "条例": "ordinance"}
_MEDIA = "screen;paper;file"


def read_sharing_rules(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read rules from CSV or xlsx; each row is checked by itself and becomes a proposal.

    Empty cells mean: own_district, any purpose, ordinary, consent, every medium.

    Raises
    ------
    ImportRefusedError
        The file as a whole cannot be used.
    """
    cells, checks, source = read_cells(files, HEADINGS, options)
    starts, ends = parse_period(cells, checks)
    level = parse_numbers(cells, "least_level", checks, NumberRule(0, 4, whole=True, required=True))
    copies = parse_numbers(cells, "copies", checks, NumberRule(0, 1000, whole=True))
    rules = pd.DataFrame(
        {
            "rule_id": parse_ids(cells, "rule_id", checks),
            "recipient": parse_choices(cells, "recipient", checks, _WHO),
            "item": parse_choices(cells, "item", checks, _ITEMS),
            "area": parse_choices(cells, "area", checks, _AREAS, default="own_district"),
            "purpose": parse_text(cells, "purpose", checks, max_length=60).fillna("any"),
            "phase": parse_choices(cells, "phase", checks, _PHASES, default="ordinary"),
            "basis": parse_choices(cells, "basis", checks, _BASES, default="consent"),
            "article": parse_text(cells, "article", checks, max_length=60),
            "least_level": _whole(level),
            "media": parse_list(cells, "media", checks).fillna(_MEDIA),
            "copies": _whole(copies),
            "agreement": parse_text(cells, "agreement", checks, max_length=60),
            "manager": parse_text(cells, "manager", checks, max_length=60),
            "readers": parse_text(cells, "readers", checks, max_length=200),
            "trained_on": parse_days(cells, "trained_on", checks),
            "return_by": parse_days(cells, "return_by", checks),
            "valid_from": starts,
            "valid_to": ends,
        }
    )
    good_so_far = ~checks.failed
    rows = rules.to_dict("records")
    faults = [rule_faults(row) if good else [] for row, good in zip(rows, good_so_far, strict=True)]
    for reason in sorted({reason for found in faults for reason in found}):
        checks.flag([reason in found for found in faults], "", rules["rule_id"], reason)
    rules.insert(0, "rule_key", [rule_key(row) for row in rows])
    good = rules[~checks.failed].reset_index(drop=True)
    return Parsed(SharingRule, good, checks.report(LAYER, source, dry_run=options.dry_run))


def _whole(numbers: pd.Series) -> pd.Series:
    """Return whole numbers as Python ints, None where there is none."""
    whole = [None if pd.isna(number) or number % 1 else int(number) for number in numbers]
    return pd.Series(whole, index=numbers.index, dtype=object)
