"""Consents: what each household answered when asked, when, on which form, until when."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from geodata.importers.cells import (
    NumberRule,
    check_known,
    narrow,
    parse_choices,
    parse_days,
    parse_ids,
    parse_list,
    parse_numbers,
    parse_text,
)
from geodata.importers.headings import Heading
from geodata.importers.options import ImportOptions, Parsed
from geodata.importers.report import RowChecks
from geodata.importers.tables import read_cells
from geodata.models import ConsentRecord
from geodata.models.sharing import ITEMS, RECIPIENTS

LAYER = "consents"
HEADINGS = (
    Heading("household_id", ("世帯番号", "世帯ID"), required=True),
    Heading("asked_on", ("確認日", "同意確認日", "聞いた日"), required=True),
    Heading("answer", ("回答", "同意の有無"), required=True),
    Heading("level", ("同意レベル", "同意区分")),
    Heading("mode", ("方式", "同意方式")),
    Heading("article", ("根拠条文", "条文")),
    Heading("items", ("提供項目", "項目")),
    Heading("recipients", ("提供先", "相手")),
    Heading("form", ("書類番号", "同意書番号")),
    Heading("valid_to", ("有効期限", "期限")),
    Heading("withdrawn_on", ("撤回日", "取消日")),
)
ANSWERS = {
    **{"yes": "yes", "no": "no", "none": "none"},
    **{"はい": "yes", "同意": "yes", "同意する": "yes", "有": "yes"},
    **{"いいえ": "no", "不同意": "no", "同意しない": "no", "拒否": "no"},
    **{"回答なし": "none", "無回答": "none", "未回答": "none"},
}
MODES = {"opt-in": "opt-in", "opt-out": "opt-out", "手上げ方式": "opt-in", "同意方式": "opt-in"}
MODES |= {"逆手上げ方式": "opt-out", "不同意申出": "opt-out"}
_USUAL_LEVEL = 2


def read_consents(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read consent records from CSV or xlsx; the same file twice adds nothing.

    An empty level is 2 (public watchers) with a yes and 0 with a no; no answer needs the article that would
    presume it when the mode is opt-out. A household that is not known is an error of that row.

    Raises
    ------
    ImportRefusedError
        The file as a whole cannot be used.
    """
    cells, checks, source = read_cells(files, HEADINGS, options)
    consents = pd.DataFrame(
        {
            "household_id": parse_ids(cells, "household_id", checks, unique=False),
            "asked_on": parse_days(cells, "asked_on", checks),
            "answer": parse_choices(cells, "answer", checks, ANSWERS),
            "level": parse_numbers(cells, "level", checks, NumberRule(0, 4, whole=True)),
            "mode": parse_choices(cells, "mode", checks, MODES, default="opt-in"),
            "article": parse_text(cells, "article", checks, max_length=60),
            "items": _words(cells, "items", checks, ITEMS),
            "recipients": _words(cells, "recipients", checks, RECIPIENTS),
            "form": parse_text(cells, "form", checks, max_length=60),
            "valid_to": parse_days(cells, "valid_to", checks),
            "withdrawn_on": parse_days(cells, "withdrawn_on", checks),
        }
    )
    empty = narrow(cells["asked_on"], checks) == ""
    checks.flag(empty, "asked_on", cells["asked_on"], "Expected a value, got an empty cell. Fill it in.")
    check_known(
        consents["household_id"], "household_id", checks, options.known.get("households"), what="household"
    )
    _check_sense(consents, checks)
    usual = consents["answer"].map({"yes": _USUAL_LEVEL, "no": 0, "none": _USUAL_LEVEL})
    consents["level"] = consents["level"].fillna(usual).fillna(0).astype(int)
    consents.insert(0, "record_id", _record_ids(consents))
    good = consents[~checks.failed].reset_index(drop=True)
    return Parsed(ConsentRecord, good, checks.report(LAYER, source, dry_run=options.dry_run))


def _words(cells: pd.DataFrame, name: str, checks: RowChecks, known: Sequence[str]) -> pd.Series:
    lists = parse_list(cells, name, checks)
    pattern = "|".join(known)
    odd = lists.notna() & ~lists.fillna("").str.fullmatch(rf"({pattern})(;({pattern}))*")
    checks.flag(odd, name, cells[name], f"Expected words of {', '.join(known)}.")
    return lists


def _check_sense(consents: pd.DataFrame, checks: RowChecks) -> None:
    refused = (consents["answer"] == "no") & (consents["level"].fillna(0) > 0)
    checks.flag(refused, "level", consents["level"], "Expected level 0 or nothing with a refusal.")
    presumed = (consents["answer"] == "none") & (consents["mode"] == "opt-out") & consents["article"].isna()
    checks.flag(presumed, "article", consents["article"], "Expected the article that presumes consent.")
    repeated = consents.duplicated(["household_id", "asked_on"], keep=False)
    reason = "Expected one row for a household and day, got several. Remove or merge them."
    checks.flag(repeated, "household_id", consents["household_id"], reason)


def _record_ids(consents: pd.DataFrame) -> list[str]:
    """Return an id of what each row says, so that the same row is the same record."""
    rows = consents.astype(object).where(consents.notna(), "").astype(str)
    joined = rows.agg("\x1f".join, axis=1)
    return [hashlib.sha256(text.encode()).hexdigest()[:32] for text in joined]
