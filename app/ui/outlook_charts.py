"""The chart of the years ahead, as one picture inside the page: line styles and labels, no meaning by colour.

A picture cannot use the page's font, so the signs it shows come with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd

from app.services.results import CityFigures
from app.ui import marks
from app.ui.assets import FONT_STACK, data_uri, font_inside
from app.ui.charts import swatch
from app.ui.escaping import for_html
from app.ui.outlook_tables import cluster_text
from app.ui.tables import is_small, shown_count
from app.ui.text import Words

_WIDTH, _HEIGHT = 920, 380
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 150, 52, 44  # room for the axis, the labels, the head and the days
_LABEL_PITCH = 19  # pixels between labels that would lie on one another
_DAY_PITCH = 56  # pixels below which a day on the axis gives way to the one before
_LINES = {
    "best": ("#444444", "8 5", 1.8),
    "expected": ("#0072b2", "none", 3.0),
    "worst": ("#b30000", "2 4", 2.4),
}


def forecast_chart(figures: CityFigures, words: Words) -> str:
    """Return expected, best and worst households watched over the days ahead, with the 5 to 95 % band."""
    drawing = _drawing(figures.outlook.forecast, words)
    signs = "".join(sorted(set(drawing) | set("0123456789,.–<")))
    style = f"<style>{_font(signs)} text {{ font-family: {FONT_STACK}; fill: #222; }}</style>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-size="14">'
    picture = data_uri(f"{head}{style}{drawing}</svg>".encode(), ".svg")
    alt = for_html(words("outlook.chart.title"))
    return (
        f'<img alt="{alt}" style="width: 100%; max-width: 920px" src="{picture}">'
        f'<p class="quiet">{for_html(words("outlook.chart.legend"))}</p>'
    )


def cluster_legend(layer: str, words: Words) -> str:
    """Return the legend of the map of clusters: colour and sign of each kind."""
    swatches = [swatch(colour, cluster_text(kind, words)) for kind, colour in marks.CLUSTER_COLOURS.items()]
    title = words("areas.legend.clusters", layer=words(f"layer.{layer}"))
    return f'<div class="legend-row"><span>{for_html(title)}</span>{"".join(swatches)}</div>'


def gap_area_legend(words: Words) -> str:
    """Return the legend of the map of gap areas: colour and word of each remedy."""
    swatches = [swatch(colour, words(f"remedy_kind.{kind}")) for kind, colour in marks.REMEDY_COLOURS.items()]
    title = for_html(words("areas.legend.remedies"))
    return f'<div class="legend-row"><span>{title}</span>{"".join(swatches)}</div>'


def _drawing(rows: pd.DataFrame, words: Words) -> str:
    days = pd.to_datetime(rows["date"])
    across = _LEFT + _share_of((days - days.iloc[0]).dt.days.to_numpy(dtype=float)) * _plot_width()
    top = _nice_top(max(float(rows[f"households_{case}"].max()) for case in ("expected", "best", "high")))
    heights = {
        name: _down(_shown(rows[f"households_{name}"]), top)
        for name in ("expected", "best", "worst", "low", "high")
    }
    elections = across[(rows["event"] == "re_election").to_numpy()]
    when = days[(rows["event"] == "re_election").to_numpy()]
    return "".join(
        [
            _text(words("outlook.chart.axis"), 4, _TOP - 26, "start"),
            *_grid(top),
            *(_election(x, date, words) for x, date in zip(elections, when, strict=True)),
            _band(across, heights["low"], heights["high"]),
            *(_line(name, across, heights[name]) for name in _LINES),
            *_dots(across, heights["expected"]),
            *_days(across, days),
            *_labels({name: heights[name][-1] for name in _LINES}, rows.iloc[-1], words),
        ]
    )


def _shown(numbers: pd.Series) -> np.ndarray:
    """Return what may be drawn: a count that is held back lies on the axis."""
    return numbers.where(~numbers.map(lambda number: is_small(round(number))), 0).to_numpy(dtype=float)


def _grid(top: float) -> list[str]:
    levels = np.linspace(0, top, 5)
    places = _down(levels, top)
    lines = [
        f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="{"#888" if not level else "#e2e2e2"}"/>'
        for level, y in zip(levels, places, strict=True)
    ]
    texts = [
        _text(f"{level:,.0f}", _LEFT - 10, y + 5, "end") for level, y in zip(levels, places, strict=True)
    ]
    return lines + texts


def _election(x: float, date: pd.Timestamp, words: Words) -> str:
    label = words("outlook.chart.re_election", day=f"{date:%Y-%m}")
    line = f'<path d="M{x:.1f} {_TOP - 8}V{_HEIGHT - _BOTTOM}" stroke="#888" stroke-width="1"/>'
    return line + _text(label, x, _TOP - 14, "middle")


def _band(across: np.ndarray, low: np.ndarray, high: np.ndarray) -> str:
    ends = [*zip(across, high, strict=True), *reversed([*zip(across, low, strict=True)])]
    return f'<path d="{_path(ends)}Z" fill="#0072b2" fill-opacity=".25"/>'


def _line(name: str, across: np.ndarray, down: np.ndarray) -> str:
    colour, dashes, width = _LINES[name]
    drawn = _path([*zip(across, down, strict=True)])
    style = f'stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dashes}"'
    return f'<path d="{drawn}" fill="none" {style}/>'


def _dots(across: np.ndarray, down: np.ndarray) -> list[str]:
    return [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="#0072b2" stroke="#fff" stroke-width="1.2"/>'
        for x, y in zip(across, down, strict=True)
    ]


def _days(across: np.ndarray, days: pd.Series) -> list[str]:
    """Return the months under the axis; one too near to the one before is left to the table."""
    texts, last = [], -math.inf
    for x, date in zip(across, days, strict=True):
        if x - last >= _DAY_PITCH:
            texts.append(_text(f"{date:%Y-%m}", x, _HEIGHT - _BOTTOM + 22, "middle"))
            last = x
    return texts


def _labels(ends: Mapping[str, float], row: pd.Series, words: Words) -> list[str]:
    """Return name and last number of each line behind its end, moved apart where they would meet."""
    names = sorted(ends, key=ends.__getitem__)
    places = _apart([ends[name] for name in names])
    texts = []
    for name, y in zip(names, places, strict=True):
        number = shown_count(round(row[f"households_{name}"]), words, hide_small=True)
        text = f"{words(f'outlook.chart.{name}')} {number}"
        texts.append(_text(text, _WIDTH - _RIGHT + 12, y + 5, "start"))
    return texts


def _apart(places: Sequence[float]) -> list[float]:
    """Return rising places at least the pitch apart, moved as little as going down from the first allows."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + _LABEL_PITCH) if moved else place)
    beyond = max(moved[-1] - (_HEIGHT - _BOTTOM), 0.0)
    return [place - beyond for place in moved]


def _nice_top(highest: float) -> float:
    """Return the smallest of 1, 2, 4, 6, 8 or 10 times a power of ten that is not below ``highest``."""
    power = 10 ** math.floor(math.log10(max(highest, 10)))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= highest)


def _down(numbers: np.ndarray, top: float) -> np.ndarray:
    return _HEIGHT - _BOTTOM - numbers / top * (_HEIGHT - _TOP - _BOTTOM)


def _share_of(numbers: np.ndarray) -> np.ndarray:
    return numbers / max(numbers.max(), 1.0)


def _plot_width() -> int:
    return _WIDTH - _LEFT - _RIGHT


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _text(text: str, x: float, y: float, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{for_html(text)}</text>'


@cache
def _font(signs: str) -> str:
    return font_inside(signs)
