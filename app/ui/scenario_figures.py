"""What a comparison may show to whom: small counts, and what they could be worked out from, are held back.

A held-back count from 1 to 9 stands as FEW_AS_NUMBER (below 0 for a loss), what is hidden as NaN. Where a
difference is from 1 to 9 households, the figure after the change is hidden: the two would tell it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from app.services.scenario_runs import ComparisonFigures
from app.ui.marks import LEAST_SHOWN
from app.ui.tables import FEW_AS_NUMBER
from app.ui.text import Words
from app.ui.text.formats import count

FEW_CLASS = "few"  # of areas where fewer than ten households change
SHOWN_MEASURES = ("watched", "partly_watched", "noticed_only", "unwatched", "backed_up", "connected")


def shown_areas(areas: pd.DataFrame, own: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return areas or types as they may be shown; rows of ``own`` (codes) are whole.

    Parameters
    ----------
    areas : pandas.DataFrame
        As ``analysis.compare.Comparison.areas``, perhaps with ``name``.
    """
    whole = areas.astype({name: float for name in areas if name not in ("name", "change_class")})
    held = {moment: _is_held(whole, moment) for moment in ("before", "after")}
    either = held["before"] | held["after"]
    small = is_few(whole["watched_difference"].abs()) & ~either
    shown = whole.copy()
    for moment in ("before", "after"):
        hidden = held[moment] | (small if moment == "after" else False)
        few = is_few(whole[f"watched_{moment}"])
        shown[f"watched_{moment}"] = whole[f"watched_{moment}"].mask(hidden).mask(few, FEW_AS_NUMBER)
        for name in ("weighted_visits", "share"):
            shown[f"{name}_{moment}"] = whole[f"{name}_{moment}"].mask(hidden)
        shown[f"households_{moment}"] = few_held(whole[f"households_{moment}"])
    shown["watched_difference"] = few_held(whole["watched_difference"]).mask(either)
    for name in ("weighted_visits", "share"):
        shown[f"{name}_difference"] = whole[f"{name}_difference"].mask(either | small)
    for name in ("gaining", "losing"):
        shown[name] = few_held(whole[name])
    shown["change_class"] = areas["change_class"].mask(small, FEW_CLASS).mask(either, None)
    is_own = areas.index.isin(own)
    return pd.concat([whole[is_own], shown[~is_own]]).reindex(areas.index) if is_own.any() else shown


def shown_totals(totals: pd.DataFrame) -> pd.DataFrame:
    """Return the counts of households of the city as they may be shown, of every measure."""
    shown = totals[[f"households_{name}" for name in ("before", "after", "difference")]].astype(float)
    before, after = shown["households_before"], shown["households_after"]
    difference = shown["households_difference"]
    held = is_few(before) | is_few(after)
    is_changed = is_few(difference.abs()) & ~is_few(after)
    return pd.DataFrame(
        {
            "before": few_held(before),
            "after": few_held(after).mask(is_changed),
            "difference": few_held(difference).mask(held & (difference != 0)),
        }
    )


def is_few(counts: pd.Series) -> pd.Series:
    """Say which counts are from 1 to 9."""
    return (counts > 0) & (counts < LEAST_SHOWN)


def few_held(counts: pd.Series) -> pd.Series:
    """Return counts or differences with those from 1 to 9 held back, their sign kept."""
    return counts.where(~is_few(counts.abs()), FEW_AS_NUMBER * np.sign(counts))


def count_text(number: float, words: Words) -> str:
    """Write a count as it is shown: "<10" where held back, "–" where hidden."""
    if pd.isna(number):
        return words("hidden")
    return words("table.few") if number == FEW_AS_NUMBER else count(number)


def difference_text(number: float, words: Words) -> str:
    """Write a difference with its sign: ``+12``, ``−530``, ``±0``; a small one as its sign and "<10"."""
    if pd.isna(number):
        return words("hidden")
    if number == 0:
        return "±0"
    sign = "+" if number > 0 else "−"
    return sign + (words("table.few") if abs(number) == FEW_AS_NUMBER else count(abs(number)))


def points_text(difference: float, words: Words) -> str:
    """Write a difference of shares in percentage points with its sign."""
    if pd.isna(difference):
        return words("hidden")
    rounded = round(100 * difference, 1)
    sign = "±" if rounded == 0 else "+" if rounded > 0 else "−"
    return f"{sign}{abs(rounded):.1f}"


def named_areas(figures: ComparisonFigures, layer: str, own: tuple[str, ...]) -> pd.DataFrame:
    """Return the areas of a layer as they may be shown; ``own`` counts for community districts only."""
    return shown_areas(figures.layers[layer], own if layer == "community" else ())


def _is_held(areas: pd.DataFrame, moment: str) -> pd.Series:
    households, watched = areas[f"households_{moment}"], areas[f"watched_{moment}"]
    return is_few(households) | is_few(watched) | is_few(households - watched)
