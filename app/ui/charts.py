"""Bars and legends as plain HTML: the page's own font, hatched as on paper, readable without colour."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from analysis.frames import REMEDY_OF
from app.ui import marks
from app.ui.assets import data_uri
from app.ui.escaping import for_html
from app.ui.tables import shown_count
from app.ui.text import Words

_HATCHES = {
    "act": "repeating-linear-gradient(45deg, #ffffff55 0 2px, transparent 2px 7px)",
    "ask": "radial-gradient(#ffffff99 1.2px, transparent 1.5px) 0 0 / 6px 6px",
    "recruit": "repeating-linear-gradient(-45deg, #ffffff55 0 2px, transparent 2px 7px)",
    "strengthen": "repeating-linear-gradient(45deg, #ffffff55 0 1.5px, transparent 1.5px 8px),"
    " repeating-linear-gradient(-45deg, #ffffff55 0 1.5px, transparent 1.5px 8px)",
}
_SIGNS = {
    "unwatched": '<path d="M8 1.2 15 14.4H1z" fill="#d55e00"/>',
    "partly_watched": '<circle cx="8" cy="8" r="5.5" fill="#fff"/>'
    '<path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="#56b4e9"/>'
    '<circle cx="8" cy="8" r="5.5" fill="none" stroke="#1c6ea4" stroke-width="1.3"/>',
    "noticed_only": '<rect x="3" y="3" width="10" height="10" fill="#f0e442"'
    ' stroke="#333" stroke-width="1.4"/>',
    "watched": '<circle cx="8" cy="8" r="4" fill="#0072b2" fill-opacity=".55"/>',
    "backed_up": '<circle cx="8" cy="8" r="5" fill="#fff" stroke="#0072b2" stroke-width="2.5"/>',
    "active": '<path d="M8 1.5 15 8h-2v6.5H3V8H1z" fill="#333"/>',
    "vacant": '<path d="M8 2.5 13.8 8H12v5.5H4V8H2.2z" fill="#fff" stroke="#333" stroke-width="1.4"/>',
    "passive": '<path d="M8 1.5 14.5 8 8 14.5 1.5 8z" fill="#cc79a7"/>',
}


def gap_bars(figures: Mapping[str, float], words: Words, *, hide_small: bool) -> str:
    """Return the reasons why households are missed as bars with their remedies, cheapest remedy first.

    Classes without a household are left out. Bars are as long as their counts; "<10" has the shortest.
    """
    counts = {name: float(figures.get(name, 0)) for name in marks.MISSED_CLASSES}
    longest = max(counts.values()) or 1.0
    rows = [
        _bar(name, number, longest, words, hide_small=hide_small) for name, number in counts.items() if number
    ]
    return f'<div class="gap-bars">{"".join(rows)}</div>'


def weak_lines(figures: Mapping[str, float], words: Words, *, hide_small: bool) -> str:
    """Return the watched households that stand on weak ground, as lines with their remedies."""
    rows = [
        _bar(name, float(figures.get(name, 0)), figures["households"] or 1.0, words, hide_small=hide_small)
        for name in marks.WEAK_CLASSES
        if figures.get(name, 0)
    ]
    return f'<div class="gap-bars">{"".join(rows)}</div>'


def share_legend(words: Words, layer: str | None = None, *, title: str | None = None) -> str:
    """Return the legend of the map of shares, naming the layer or titled as given: five classes, too few."""
    if title is None:
        named = "" if layer is None else words(f"layer.{layer}")
        title = words("legend.title_by", layer=named) if named else words("legend.title")
    limits = [f"{100 * limit:.0f}" for limit in marks.SHARE_LIMITS]
    texts = [
        words("legend.below", limit=limits[0]),
        *(words("legend.between", low=low, high=high) for low, high in itertools.pairwise(limits)),
        words("legend.above", limit=limits[-1]),
    ]
    swatches = [swatch(colour, text) for colour, text in zip(marks.SHARE_COLOURS, texts, strict=True)]
    swatches.append(swatch(marks.HIDDEN_COLOUR, words("legend.too_few")))
    return f'<div class="legend-row"><span>{for_html(title)}</span>{"".join(swatches)}</div>'


def remedy_legend(words: Words) -> str:
    """Return the legend of the gap cells: the colour of each kind of remedy."""
    swatches = [swatch(colour, words(f"remedy_kind.{kind}")) for kind, colour in marks.REMEDY_COLOURS.items()]
    return f'<div class="legend-row"><span>{for_html(words("map.gap_cells"))}</span>{"".join(swatches)}</div>'


def mark_legend(words: Words) -> str:
    """Return the legend of a district's map: marks of households and of watchers."""
    texts = {
        **{
            name: words(f"status.{name}")
            for name in ("unwatched", "partly_watched", "noticed_only", "watched")
        },
        "backed_up": words("legend.backed_up"),
        "active": words("legend.active"),
        "vacant": words("watcher.vacant"),
        "passive": words("legend.passive"),
    }
    return f'<div class="legend-row">{"".join(_sign(name, text) for name, text in texts.items())}</div>'


def swatch(colour: str, text: str) -> str:
    """Return one entry of a legend: a field of ``colour`` (as a CSS background) and its text."""
    return (
        f'<span class="legend-item"><span class="swatch" style="background:{colour}"></span>'
        f"{for_html(text)}</span>"
    )


def _bar(name: str, number: float, longest: float, words: Words, *, hide_small: bool) -> str:
    kind = REMEDY_OF[name]
    text = shown_count(number, words, hide_small=hide_small)
    width = max(100 * number / longest, 1.5) if text != words("table.few") else 1.5
    fill = (
        f"background: {_HATCHES[kind]}; background-color: {marks.REMEDY_COLOURS[kind]}; width: {width:.1f}%"
    )
    return (
        f'<div class="gap-row"><div class="gap-head"><span>{for_html(words(f"gap.{name}"))}</span>'
        f'<span class="gap-count">{for_html(text)} {for_html(words("unit.households"))}</span></div>'
        f'<div class="gap-track"><div class="gap-fill" style="{fill}"></div></div>'
        f'<div class="gap-remedy">→ {for_html(words(f"remedy.{name}"))}</div></div>'
    )


def _drawing(name: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{_SIGNS[name]}</svg>'.encode()


def _sign(name: str, text: str) -> str:
    return (
        '<span class="legend-item">'
        f'<img width="16" height="16" alt="" src="{data_uri(_drawing(name), ".svg")}">{for_html(text)}</span>'
    )
