"""Tables about the data itself: what could not be used, what is loaded, and what each import did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from pandas.io.formats.style import Styler

from app.services.results import DatasetInfo
from app.ui.escaping import for_markdown
from app.ui.tables import shown_count
from app.ui.text import Words
from app.ui.text.formats import count, day
from app.ui.text.messages import translate

_NOT_USED = (
    "households_far_off",
    "households_unreachable",
    "households_no_district",
    "households_several_districts",
    "households_near_border",
    "assignments_not_counting",
    "watchers_overloaded",
    "watchers_vacant",
)
_REPORT_COLUMNS = ("rows_read", "written", "updated", "unchanged", "rejected", "warnings")


def not_used(counts: Mapping[str, int], words: Words, *, hide_small: bool) -> pd.DataFrame:
    """Return what could not be used or needs a look, with its count."""
    known = [name for name in _NOT_USED if name in counts]
    rows = {
        words(f"counts.{name}"): shown_count(
            counts[name], words, hide_small=hide_small and name.startswith("households")
        )
        for name in known
    }
    return pd.DataFrame({words("column.count"): pd.Series(rows, dtype="string")})


def dataset_facts(info: DatasetInfo, words: Words) -> pd.DataFrame:
    """Return what is known of the dataset, safe as Markdown, which the table shows."""
    facts = {
        words("data.name"): for_markdown(info.name),
        words("data.code"): for_markdown(info.municipality_code or words("hidden")),
        words("data.day"): day(info.reference_date, words.language),
        words("data.crs"): f"EPSG:{info.metric_epsg}",
        words("data.revision"): count(info.revision),
        words("data.kind"): words("synthetic") if info.synthetic else words("data.real"),
    }
    return pd.DataFrame({words("column.value"): pd.Series(facts, dtype="string")})


def import_reports(reports: pd.DataFrame, words: Words) -> Styler:
    """Return the imports, newest first, with what each read, wrote, mended and refused."""
    table = pd.DataFrame(
        {
            "at": local_time(reports["at"]),
            "layer": reports["layer"].map(lambda name: words(f"import.{name}")),
            "file": reports["file"],
            **{name: reports[name].fillna(0).astype(int) for name in _REPORT_COLUMNS},
            "repairs": reports["repairs"].map(lambda made: repairs_text(made, words)),
            "edition": reports["edition"],
            "encoding": reports["encoding"],
            "crs": reports["crs"],
        }
    )
    named = table.rename(columns={column: words(f"column.{column}") for column in table.columns})
    return named.style.format("{:,.0f}", subset=[words(f"column.{name}") for name in _REPORT_COLUMNS])


def local_time(moments: pd.Series) -> pd.Series:
    """Write moments kept in universal time as Japan's clock shows them."""
    local = pd.to_datetime(moments).dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")
    return local.dt.strftime("%Y-%m-%d %H:%M")


def import_title(report: Mapping[str, object], words: Words) -> str:
    """Write the heading of one import's lines."""
    return words(
        "data.lines_of", layer=words(f"import.{report['layer']}"), count=count(len(report["problems"]))
    )


def import_problems(problems: Sequence[Mapping[str, object]], words: Words) -> pd.DataFrame:
    """Return the lines of one import: row, column, value, reason."""
    names = ("row", "column", "value", "reason", "severity")
    table = pd.DataFrame(problems, columns=names).astype({"value": "string", "column": "string"})
    told = {reason: translate(reason, words) for reason in table["reason"].unique()}
    table["reason"] = table["reason"].map(told)
    table["severity"] = table["severity"].map(lambda name: words(f"severity.{name}"))
    return table.rename(columns={name: words(f"column.problem.{name}") for name in names})


def loaded_rows(counts: pd.Series, words: Words) -> pd.DataFrame:
    """Return how many rows of each layer are loaded."""
    rows = {words(f"loaded.{name}"): count(number) for name, number in counts.items()}
    return pd.DataFrame({words("column.count"): pd.Series(rows, dtype="string")})


def repairs_text(repairs: Sequence[Mapping[str, object]], words: Words) -> str:
    """Write the repairs an import made, or the mark for none."""
    lines = [
        words("repair.line", what=words(f"repair.{made['what']}"), count=made["count"]) for made in repairs
    ]
    return words("common.and").join(lines) or words("hidden")
