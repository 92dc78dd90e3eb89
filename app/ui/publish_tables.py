"""What a release and its audit say in words and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from app.ui.text import Words
from app.ui.text.formats import count, day

FURTHER = ("school", "neighbourhood", "mesh")  # layers that can be printed beside the ladder
SHOWN = ("districts", "joined_areas", "district_counts_printed", "district_counts_hidden")
MORE = ("city_counts_hidden", "joined_areas_without_class", "releases_joined", "rounds")


def report_lines(report: Mapping[str, Any], words: Words) -> list[str]:
    """Say what the attack found and how much is hidden."""
    first = words(
        "publish.passed",
        exact=count(report["exactly_known"]),
        demanded=count(report["values_demanded"]),
        releases=count(report["releases_joined"]),
    )
    hidden = words(
        "publish.hidden",
        printed=count(report["district_counts_printed"]),
        hidden=count(report["district_counts_hidden"]),
        areas=count(report["joined_areas"]),
        blank=count(report["joined_areas_without_class"]),
    )
    return [first, hidden, *([_further_line(report, words)] if "further_layers" in report else [])]


def _further_line(report: Mapping[str, Any], words: Words) -> str:
    return words(
        "publish.further",
        layers=words("publish.and").join(words(f"publish.layer.{one}") for one in report["further_layers"]),
        printed=count(report["further_counts_printed"]),
        hidden=count(report["further_counts_hidden"]),
        found=words(f"publish.suppression.{report['suppression']}"),
    )


def layer_table(table: pd.DataFrame, names: Mapping[str, str], words: Words) -> pd.DataFrame:
    """Return a further layer with headings in words; hidden cells stay missing."""
    named = table.copy()
    named.insert(0, "name", [names.get(code, "") or words("publish.no_district") for code in table.index])
    headings = {column: words(f"publish.column.{column}") for column in named.columns}
    return named.rename(columns={**headings, "name": words("publish.column.area")}).reset_index(drop=True)


def report_table(report: Mapping[str, Any], words: Words) -> pd.DataFrame:
    """Return the numbers of an audit as rows with their names."""
    rows = [(words(f"publish.report.{name}"), count(report[name])) for name in (*SHOWN, *MORE)]
    return pd.DataFrame(rows, columns=[words("publish.what"), words("publish.number")]).set_index(
        words("publish.what")
    )


def release_line(number: int, row: Mapping[str, Any], words: Words) -> str:
    """Say of one release its number, day, season and files."""
    return words(
        "publish.release",
        number=number,
        day=day(row["reference_date"], words.language),
        season=words(f"season.{row['season']}"),
        files=len(row["files"]),
    )


def district_table(community: pd.DataFrame, names: Mapping[str, str], words: Words) -> pd.DataFrame:
    """Return the printed districts with headings in words; hidden cells stay missing."""
    table = community.copy()
    table.insert(0, "name", [names.get(code, "") or words("publish.no_district") for code in table.index])
    table["class"] = [_class_name(name, words) for name in table["class"]]
    headings = {column: words(f"publish.column.{column}") for column in table.columns}
    return table.rename(columns=headings).reset_index(drop=True)


def city_table(city: Mapping[str, int | None], words: Words) -> pd.DataFrame:
    """Return the printed counts of the city by name in words."""
    names = [_count_name(name, words) for name in city]
    values = pd.array([pd.NA if value is None else value for value in city.values()], dtype="Int64")
    return pd.DataFrame({words("publish.what"): names, words("publish.column.households"): values})


def _count_name(name: str, words: Words) -> str:
    return words(f"gap.{name}") if words.has(f"gap.{name}") else words(f"publish.column.{name}")


def _class_name(name: object, words: Words) -> str | None:
    return None if pd.isna(name) else words(f"publish.class.{name}")
