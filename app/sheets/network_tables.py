"""Tables of the district sheet: figures, gap classes with remedies, and what the measures found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from app.sheets.content import GAP_CLASSES
from app.sheets.frame import INK, QUIET, Page, cut, mm, text_width, wrap
from app.sheets.marks import WEAK_CLASSES, draw_remedy_swatch
from app.ui.text import Words
from app.ui.text.formats import count

ROW, HEAD, HEADING = 1.8, 1.7, 2.0  # times the height of the type
FIGURE_ROW, REASON_ROW = 5.9, 2.75
_VALUE, _GAP = 2.0, 1.2


@dataclass(frozen=True)
class Space:
    """A rectangle of a page in millimetres, and the size in points of the type in it."""

    page: Page
    x: float
    y: float
    width: float
    height: float
    size: float

    def below(self, y: float) -> Space:
        """Return what is left from ``y`` on."""
        return replace(self, y=y, height=self.y + self.height - y)

    def within(self, top: float, bottom: float) -> Space:
        """Return the part from ``top`` to ``bottom``."""
        return replace(self, y=top, height=bottom - top)

    @property
    def line(self) -> float:
        """Return the height of the type in millimetres."""
        return mm(self.size)


def draw_heading(space: Space, text: str) -> Space:
    """Print a heading and return the space below it."""
    space.page.text(space.x, space.y + space.line * 1.2, text, space.size * 1.2)
    return space.below(space.y + space.line * HEADING)


def draw_figures(space: Space, figures: Mapping[str, tuple[str, str]]) -> Space:
    """Draw figures (value, population) by their printed name, two a row; return the space below."""
    step, half, line = space.line * FIGURE_ROW, space.width / 2, space.line
    for number, (name, (value, population)) in enumerate(figures.items()):
        x, y = space.x + half * (number % 2), space.y + step * (number // 2)
        space.page.text(x, y + line, cut(name, half - 2.0, space.size), space.size, colour=QUIET)
        space.page.text(x, y + line * 3.1, value, space.size * _VALUE)
        space.page.text(x, y + line * 4.5, cut(population, half - 2.0, space.size), space.size, colour=QUIET)
    return space.below(space.y + step * ((len(figures) + 1) // 2))


def draw_reasons(space: Space, figures: Mapping[str, float], words: Words) -> Space:
    """Draw every gap class with its households and, under it, its remedy; return the space below."""
    inner = draw_heading(space, words("network.reasons"))
    page, line, size = space.page, space.line, space.size
    left, right = space.x + line * 2.5, space.x + space.width
    y = inner.y
    for name in GAP_CLASSES:
        if name == WEAK_CLASSES[0]:
            page.text(space.x, y + line * 1.4, words("paper.council.weak"), size, colour=QUIET)
            y += line * ROW
            page.rule(space.x, y, right, y, width=0.25)
        draw_remedy_swatch(page, space.x, y + line * 0.35, name, size=(line * 2.0, line))
        number = count(figures[name])
        room = right - left - text_width(number, size) - line
        page.text(left, y + line * 1.1, cut(words(f"gap.{name}"), room, size), size)
        page.text(right, y + line * 1.1, number, size, align="right")
        page.text(left, y + line * 2.3, f"→ {words(f'remedy.{name}')}", size, colour=QUIET)
        y += line * REASON_ROW
        page.rule(space.x, y, right, y, width=0.25)
    return inner.below(y)


def draw_table(space: Space, table: pd.DataFrame, words: Words) -> Space:
    """Draw a frame of texts and say how many rows did not fit; return the space below.

    A column is as wide as its texts and the last takes the rest, cut where it is wider. Numbers stand right.
    """
    if table.empty:
        space.page.text(space.x, space.y + space.line * 1.2, words("network.none"), space.size, colour=QUIET)
        return space.below(space.y + space.line * ROW)
    step = space.line * ROW
    fits = max(int((space.height - space.line * HEAD) / step), 2)
    shown = table if len(table) <= fits else table.iloc[: fits - 1]
    edges = _edges(space, table)
    _draw_cells(space, space.y + space.line, list(table.columns), edges, colour=QUIET)
    y = space.y + space.line * HEAD
    space.page.rule(space.x, y, space.x + space.width, y, width=0.6, colour=QUIET)
    for cells in shown.itertuples(index=False):
        _draw_cells(space, y + step / 2 + space.line * 0.36, list(cells), edges)
        y += step
        space.page.rule(space.x, y, space.x + space.width, y, width=0.25)
    if len(shown) < len(table):
        more = words("network.more", count=count(len(table) - len(shown)))
        space.page.text(space.x, y + space.line * 1.25, more, space.size, colour=QUIET)
        y += step
    return space.below(y)


@dataclass(frozen=True)
class _Edge:
    """Where the texts of a column stand: the left or right edge, and the room they have."""

    x: float
    room: float
    align: str


def _edges(space: Space, table: pd.DataFrame) -> list[_Edge]:
    edges, x, gap = [], space.x, space.line * _GAP
    for number, column in enumerate(table.columns):
        texts = [column, *table[column]]
        width = max(text_width(text, space.size) for text in texts)
        is_last = number == len(table.columns) - 1
        room = min(width, space.x + space.width - x)
        if is_last:
            edges.append(_Edge(x, space.x + space.width - x, "left"))
        elif all(text.replace(",", "").isdigit() for text in table[column]):
            edges.append(_Edge(x + room, room, "right"))
        else:
            edges.append(_Edge(x, room, "left"))
        x += room + gap
    return edges


def _draw_cells(
    space: Space, base: float, texts: Sequence[str], edges: Sequence[_Edge], *, colour: str = INK
) -> None:
    for text, edge in zip(texts, edges, strict=True):
        shown = cut(text, edge.room, space.size) if edge.room > 0 else ""
        space.page.text(edge.x, base, shown, space.size, align=edge.align, colour=colour)


def draw_notes(space: Space, notes: Sequence[str]) -> Space:
    """Draw notes quietly, each beginning a line; return the space below."""
    y = space.y + space.line
    for line in (part for note in notes for part in wrap(note, space.width, space.size)):
        space.page.text(space.x, y, line, space.size, colour=QUIET)
        y += space.line * 1.4
    return space.below(y - space.line)


def notes_height(notes: Sequence[str], width: float, size: float) -> float:
    """Return the height in millimetres that :func:`draw_notes` takes."""
    return sum(len(wrap(note, width, size)) for note in notes) * mm(size) * 1.4
