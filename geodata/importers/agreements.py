"""Agreements: watchers of one district may help in another, from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from geodata.importers.cells import check_known, parse_ids, parse_period, parse_text
from geodata.importers.headings import Heading
from geodata.importers.options import ImportOptions, Parsed
from geodata.importers.tables import read_cells
from geodata.models import Agreement

LAYER = "agreements"
HEADINGS = (
    Heading("agreement_id", ("協定番号", "協定ID"), required=True),
    Heading("district", ("地区", "校下", "支援する地区"), required=True),
    Heading("helped_district", ("支援先地区", "支援を受ける地区"), required=True),
    Heading("valid_from", ("開始日", "有効開始日", "はじまる日")),
    Heading("valid_to", ("終了日", "有効終了日", "終わる日")),
)


def read_agreements(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read agreements from CSV or xlsx; a district cannot have one with itself.

    Raises
    ------
    ImportRefusedError
        The file as a whole cannot be used.
    """
    cells, checks, source = read_cells(files, HEADINGS, options)
    starts, ends = parse_period(cells, checks)
    agreements = pd.DataFrame(
        {
            "agreement_id": parse_ids(cells, "agreement_id", checks),
            "district": parse_text(cells, "district", checks, max_length=60, required=True),
            "helped_district": parse_text(cells, "helped_district", checks, max_length=60, required=True),
            "valid_from": starts,
            "valid_to": ends,
        }
    )
    for column in ("district", "helped_district"):
        check_known(agreements[column], column, checks, options.known.get("districts"), what="district")
    same = agreements["district"].notna() & (agreements["district"] == agreements["helped_district"])
    checks.flag(same, "helped_district", agreements["helped_district"], "Expected two different districts.")
    good = agreements[~checks.failed].reset_index(drop=True)
    return Parsed(Agreement, good, checks.report(LAYER, source, dry_run=options.dry_run))
