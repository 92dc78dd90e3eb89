"""A plan and its bound over a number or a cost, as one picture: shapes and labels, no meaning by colour.

A picture cannot use the page's font, so the signs it shows come with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from app.ui.assets import FONT_STACK, data_uri, font_inside
from app.ui.escaping import for_html
from app.ui.text import Words

_WIDTH, _HEIGHT = 760, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 96, 40, 58  # room for the axes, the labels and the head
_PITCH = 60  # pixels between numbers on the axis across
_PLAN, _BOUND = "#0072b2", "#444444"


@dataclass(frozen=True)
class CurveWords:
    """What a chart is called, and its axis across; both in the language of the screen."""

    title: str
    across: str


def curve_chart(points: pd.DataFrame, called: CurveWords, words: Words, *, chosen: float) -> str:
    """Return the chart of ``value`` and ``bound`` over ``x`` (rising from 0), the chosen one marked."""
    drawing = _drawing(points, called, words, chosen)
    signs = "".join(sorted(set(drawing) | set("0123456789,.–")))
    style = f"<style>{_font(signs)} text {{ font-family: {FONT_STACK}; fill: #222; }}</style>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-size="13.5">'
    picture = data_uri(f"{head}{style}{drawing}</svg>".encode(), ".svg")
    return (
        f'<img alt="{for_html(called.title)}" style="width: 100%; max-width: {_WIDTH}px" src="{picture}">'
        f'<p class="quiet">{for_html(words("next.chart.legend"))}</p>'
    )


def _drawing(points: pd.DataFrame, called: CurveWords, words: Words, chosen: float) -> str:
    top = _nice_top(float(points["bound"].max()))
    last = max(float(points["x"].max()), 1e-9)
    across = _LEFT + points["x"].to_numpy(dtype=float) / last * (_WIDTH - _LEFT - _RIGHT)
    value, bound = (_down(points[name].to_numpy(dtype=float), top) for name in ("value", "bound"))
    at = int(np.abs(points["x"].to_numpy(dtype=float) - chosen).argmin())
    return "".join(
        [
            _text(words("next.chart.up"), 4, _TOP - 20, "start"),
            _text(called.across, (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 10, "middle"),
            *_grid(top),
            *_numbers(across, points["x"].to_numpy(dtype=float)),
            f'<path d="M{across[at]:.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#999" stroke-dasharray="2 3"/>',
            _line(across, bound, f'stroke="{_BOUND}" stroke-width="1.6" stroke-dasharray="7 5"'),
            _line(across, value, f'stroke="{_PLAN}" stroke-width="2.6"'),
            *(_square(x, y) for x, y in zip(across, bound, strict=True)),
            *(_dot(x, y) for x, y in zip(across, value, strict=True)),
            f'<circle cx="{across[at]:.1f}" cy="{value[at]:.1f}" r="8.5" fill="none" stroke="#111"'
            ' stroke-width="2"/>',
            *_ends(value[-1], bound[-1], words),
        ]
    )


def _grid(top: float) -> list[str]:
    parts = []
    for level, y in zip(np.linspace(0, top, 5), _down(np.linspace(0, top, 5), top), strict=True):
        colour = "#e2e2e2" if level else "#888"
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="{colour}"/>')
        parts.append(_text(f"{level:,.0f}", _LEFT - 10, y + 5, "end"))
    return parts


def _numbers(across: np.ndarray, numbers: np.ndarray) -> list[str]:
    """Return the numbers under the axis; one too near to the one before is left to the table."""
    texts, last = [], -math.inf
    for x, number in zip(across, numbers, strict=True):
        if x - last >= _PITCH:
            texts.append(_text(f"{number:,.0f}", x, _HEIGHT - _BOTTOM + 20, "middle"))
            last = x
    return texts


def _ends(value: float, bound: float, words: Words) -> list[str]:
    apart = 17 if abs(value - bound) < 17 else 0
    x = _WIDTH - _RIGHT + 14
    return [
        _text(words("next.chart.bound"), x, bound + 4 - apart / 2, "start"),
        _text(words("next.chart.plan"), x, value + 5 + apart / 2, "start"),
    ]


def _line(across: np.ndarray, down: np.ndarray, style: str) -> str:
    places = "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(across, down, strict=True))
    return f'<path d="M{places}" fill="none" {style}/>'


def _dot(x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.2" fill="{_PLAN}" stroke="#fff" stroke-width="1.2"/>'


def _square(x: float, y: float) -> str:
    return (
        f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" fill="#fff" stroke="{_BOUND}"'
        ' stroke-width="1.3"/>'
    )


def _nice_top(highest: float) -> float:
    """Return the least round number, a power of ten times one of a few, that is not below ``highest``."""
    power = 10 ** math.floor(math.log10(max(highest, 10)))
    return next(step * power for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * power >= highest)


def _down(numbers: np.ndarray, top: float) -> np.ndarray:
    return _HEIGHT - _BOTTOM - numbers / top * (_HEIGHT - _TOP - _BOTTOM)


def _text(text: str, x: float, y: float, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{for_html(text)}</text>'


@cache
def _font(signs: str) -> str:
    return font_inside(signs)
