"""Tables of a comparison: by area, by household type, by status, as they may be shown."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from pandas.io.formats.style import Styler

from app.services.scenario_runs import ComparisonFigures
from app.ui.scenario_figures import (
    SHOWN_MEASURES,
    count_text,
    difference_text,
    few_held,
    points_text,
    shown_areas,
    shown_totals,
)
from app.ui.tables import FEW_AS_NUMBER
from app.ui.text import Words

DEFINED = ("gaining", "losing", "points", "change")  # columns whose meaning stands on their heading
_COUNTS = ("households", "watched_before", "watched_after", "gaining", "losing")


def area_table(areas: pd.DataFrame, words: Words, *, without: str) -> Styler:
    """Return areas that may be shown as a sortable table, the greatest loss first.

    Parameters
    ----------
    areas : pandas.DataFrame
        Of ``scenario_figures.named_areas``; the row ``""`` is named ``without``.
    """
    names = areas["name"].where(areas.index != "", without)
    return _styled(areas, names, words).hide(axis="index")


def type_table(figures: ComparisonFigures, words: Words) -> Styler:
    """Return household types as the areas, the greatest loss first."""
    types = shown_areas(figures.types)
    names = pd.Series([type_name(name, words) for name in types.index], index=types.index, dtype=object)
    return _styled(types, names, words, first="household_type").hide(axis="index")


def type_name(name: str, words: Words) -> str:
    """Return a household type in words where the catalogue knows it, else as the city writes it."""
    if not name:
        return words("scenarios.type_unknown")
    return words(f"household_type.{name}") if words.has(f"household_type.{name}") else name


def total_table(figures: ComparisonFigures, words: Words) -> pd.DataFrame:
    """Return the city's households by status before, after and the difference, as texts."""
    totals = shown_totals(figures.totals).loc[list(SHOWN_MEASURES)]
    table = pd.DataFrame(
        {
            "measure": [words(f"scenarios.measure.{name}") for name in totals.index],
            "before": totals["before"].map(lambda number: count_text(number, words)),
            "after": totals["after"].map(lambda number: count_text(number, words)),
            "difference": totals["difference"].map(lambda number: difference_text(number, words)),
        }
    )
    return _named(table, words).set_index(words("scenarios.column.measure"))


def area_file(areas: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return areas that may be shown with their codes, as texts for a file; weighted visits a month."""
    table = pd.DataFrame(
        {"code": areas.index, "name": areas.get("name", pd.Series(areas.index, areas.index))}
    )
    for column in ("households_before", "households_after", "watched_before", "watched_after"):
        table[column] = _plain(areas[column], words)
    table["watched_difference"] = _plain(areas["watched_difference"], words)
    for name in ("weighted_visits", "share"):
        digits = 1 if name == "weighted_visits" else 4
        for moment in ("before", "after", "difference"):
            column = areas[f"{name}_{moment}"].round(digits).astype(object)
            table[f"{name}_{moment}"] = column.where(column.notna(), words("hidden")).to_numpy()
    for column in ("gaining", "losing"):
        table[column] = _plain(areas[column], words)
    table["change_class"] = areas["change_class"].fillna(words("hidden")).to_numpy()
    return table.reset_index(drop=True)


def total_file(figures: ComparisonFigures, words: Words) -> pd.DataFrame:
    """Return every measure of the city as texts for a file."""
    totals = shown_totals(figures.totals)
    return pd.DataFrame(
        {
            "measure": totals.index,
            "households_before": _plain(totals["before"], words),
            "households_after": _plain(totals["after"], words),
            "households_difference": _plain(totals["difference"], words),
        }
    )


def transition_file(figures: ComparisonFigures, words: Words) -> pd.DataFrame:
    """Return households by status in the base and in the other as texts for a file."""
    long = figures.transitions.melt(var_name="status_after", value_name="households", ignore_index=False)
    counts = few_held(long["households"].astype(float))
    return long.assign(households=_plain(counts, words)).reset_index()


def column_help(words: Words) -> dict[str, str]:
    """Return the meaning of the columns of the table by their heading."""
    return {words(f"scenarios.column.{name}"): words(f"scenarios.define.{name}") for name in DEFINED}


def _styled(areas: pd.DataFrame, names: pd.Series, words: Words, *, first: str = "name") -> Styler:
    table = pd.DataFrame(
        {
            first: names,
            "households": areas["households_after"],
            "watched_before": areas["watched_before"],
            "watched_after": areas["watched_after"],
            "difference": areas["watched_difference"],
            "points": areas["share_difference"],
            "gaining": areas["gaining"],
            "losing": areas["losing"],
            "change": [_class_text(name, words) for name in areas["change_class"]],
        },
        index=areas.index,
    ).sort_values(["difference", "points"], kind="stable", na_position="last")
    formats = {words(f"scenarios.column.{name}"): _writer(count_text, words) for name in _COUNTS}
    formats[words("scenarios.column.difference")] = _writer(difference_text, words)
    formats[words("scenarios.column.points")] = _writer(points_text, words)
    return _named(table, words).style.format(formats)


def _class_text(name: str | None, words: Words) -> str:
    if name is None or pd.isna(name):
        return words("hidden")
    return words(f"scenarios.class.{name}")


def _writer(write: Callable[[float, Words], str], words: Words) -> Callable[[float], str]:
    return lambda number: write(number, words)


def _plain(numbers: pd.Series, words: Words) -> list[object]:
    """Return counts or differences for a file: whole numbers, "<10" (or "-<10") where held back."""
    few = {FEW_AS_NUMBER: words("table.few"), -FEW_AS_NUMBER: "-" + words("table.few")}
    hidden = words("hidden")
    return [hidden if pd.isna(number) else few.get(number, round(number)) for number in numbers]


def _named(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    return table.rename(columns={column: words(f"scenarios.column.{column}") for column in table.columns})


def whole_totals(figures: ComparisonFigures) -> dict[str, dict[str, int | None]]:
    """Return every measure of the city for programs; what may not be shown is None."""
    totals = shown_totals(figures.totals)
    known = totals.where((totals == 0) | (totals.abs() >= 1))
    return {
        str(name): {column: None if pd.isna(value) else int(value) for column, value in row.items()}
        for name, row in known.to_dict("index").items()
    }
