"""The signs of the network pictures: watchers by kind, households by status, lines, and their legend."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.patches import Circle, Polygon
from matplotlib.path import Path as Outline

from app.services.network_results import NetworkView
from app.sheets.frame import INK, MM_PER_INCH, POINTS_PER_INCH, Page, mm, text_width
from app.ui.text import Words

LEAST_LOST, LEAST_LOST_SHARE = 10, 0.02  # households: whoever's loss cuts off so many is ringed (assumed)
STATUSES = ("watched", "partly_watched", "noticed_only", "unwatched")
STATUS_COLOURS = {
    "watched": "#0072b2",
    "partly_watched": "#56b4e9",
    "noticed_only": "#f0e442",
    "unwatched": "#d55e00",
}
STATUS_HATCHES = {"watched": None, "partly_watched": None, "noticed_only": "...", "unwatched": "///"}
ACTIVE_COLOUR, PASSIVE_COLOUR, BROKEN_COLOUR = "#333333", "#cc79a7", "#e69f00"
VISIT_COLOUR, REPORT_COLOUR = "#0072b2", "#222222"
PASSIVE_KINDS = ("delivery_firm", "shop")
KINDS = (
    *("welfare_commissioner", "community_promoter", "neighbour", "casual_volunteer"),
    *("student", "npo", "company", "delivery_firm", "shop"),
)
_HOUSE = np.array([(-1.0, 1.0), (-1.0, -0.25), (0.0, -1.2), (1.0, -0.25), (1.0, 1.0)])  # y runs down
_DIAMOND = np.array([(-1.3, 0.0), (0.0, -1.3), (1.3, 0.0), (0.0, 1.3)])
_HALF = Outline.wedge(-90, 90)
_LEGEND_ROW, _SIGN_ROOM = 1.75, 2.7  # times the height of the type


@dataclass(frozen=True)
class Sign:
    """One entry of a legend: a drawing around (x, y) and its words."""

    draw: Callable[[float, float], None]
    text: str


@dataclass(frozen=True)
class Plate:
    """How a watcher is drawn: kind, state (``joined``, ``broken``: no way, ``vacant``) and letter."""

    kind: str
    state: str
    letter: str


def many_lost(view: NetworkView) -> int:
    """Return from how many households cut off on a watcher is ringed: 10, or 2 % of those shown if more."""
    return max(LEAST_LOST, math.ceil(LEAST_LOST_SHARE * len(view.households)))


def state_of(in_office: bool, end: str) -> str:
    """Return how a watcher is drawn: ``vacant``, ``broken`` (no way to a centre) or ``joined``."""
    if not in_office:
        return "vacant"
    return "joined" if end == "centre" else "broken"


def plate_half(size: float) -> float:
    """Return half the width in millimetres of a watcher's plate whose letter has ``size`` points."""
    return mm(size) * 0.68


def plate_of(kind: str, state: str, words: Words) -> Plate:
    """Return the plate of a kind of watcher with its letter in the language of the picture."""
    return Plate(kind, state, words(f"network.letter.{kind}"))


def draw_plate(page: Page, place: tuple[float, float], plate: Plate, *, size: float) -> None:
    """Draw a watcher as a house (active) or diamond (passive) that bears the letter of its kind."""
    is_passive = plate.kind in PASSIVE_KINDS
    shape = _DIAMOND if is_passive else _HOUSE
    joined = PASSIVE_COLOUR if is_passive else ACTIVE_COLOUR
    face = {"joined": joined, "broken": BROKEN_COLOUR, "vacant": "white"}[plate.state]
    ink = "white" if face == ACTIVE_COLOUR else INK
    edge = "white" if face == joined else ACTIVE_COLOUR
    style = (0, (2, 1.5)) if plate.state == "vacant" else "solid"
    corners = shape * plate_half(size) + np.array(place)
    page.paper.add_patch(
        Polygon(corners, facecolor=face, edgecolor=edge, linewidth=0.7, linestyle=style, zorder=7.5)
    )
    if not plate.letter:
        return
    baseline = place[1] + mm(size) * (0.36 if is_passive else 0.45)
    page.text(place[0], baseline, plate.letter, size, align="center", colour=ink)


def draw_ring(page: Page, place: tuple[float, float], *, size: float) -> None:
    """Ring a watcher whose loss cuts many households off."""
    radius = plate_half(size) * 1.75
    for colour, width, order in (("white", 2.8, 7.0), (INK, 1.3, 7.1)):
        ring = Circle(place, radius, facecolor="none", edgecolor=colour, linewidth=width, zorder=order)
        page.paper.add_patch(ring)


def draw_households(page: Page, xy: np.ndarray, facts: pd.DataFrame, *, size_mm: float) -> None:
    """Draw households (N, 2) by ``status`` and ``backed_up``; what is missed is drawn last and largest."""
    status = facts["status"].to_numpy()
    is_backed = facts["backed_up"].to_numpy(dtype=bool) & (status == "watched")
    blue, dark = STATUS_COLOURS["watched"], "#1c6ea4"
    _scatter(page, xy[(status == "watched") & ~is_backed], "o", 0.75 * size_mm, c=blue, alpha=0.6, lw=0)
    _scatter(page, xy[is_backed], "o", 0.85 * size_mm, c="white", edgecolors=blue, lw=1.0)
    some = xy[status == "partly_watched"]
    _scatter(page, some, "o", size_mm, c="white", edgecolors=dark, lw=0.7)
    _scatter(page, some, _HALF, size_mm, c=STATUS_COLOURS["partly_watched"], edgecolors=dark, lw=0.5)
    noticed = xy[status == "noticed_only"]
    _scatter(page, noticed, "s", size_mm, c=STATUS_COLOURS["noticed_only"], edgecolors="#333333", lw=0.7)
    nobody = xy[status == "unwatched"]
    _scatter(page, nobody, "^", 1.2 * size_mm, c=STATUS_COLOURS["unwatched"], edgecolors="white", lw=0.3)


def _scatter(page: Page, xy: np.ndarray, marker: object, size_mm: float, **style: object) -> None:
    if len(xy):
        area = (size_mm / MM_PER_INCH * POINTS_PER_INCH) ** 2
        page.paper.scatter(*xy.T, s=area, marker=marker, zorder=6, **style)


def household_signs(page: Page, words: Words, *, size: float) -> list[Sign]:
    """Return the legend of the households' marks."""

    def mark(status: str, backed_up: bool) -> Callable[[float, float], None]:
        facts = pd.DataFrame({"status": [status], "backed_up": [backed_up]})
        return lambda x, y: draw_households(page, np.array([[x, y]]), facts, size_mm=mm(size) * 0.85)

    signs = [Sign(mark(status, False), words(f"status.{status}")) for status in reversed(STATUSES)]
    return [*signs, Sign(mark("watched", True), words("network.legend.backed_up"))]


def watcher_signs(page: Page, view: NetworkView, words: Words, *, size: float) -> list[Sign]:
    """Return the legend of the watchers' plates: the kinds there are, then broken chains and empty posts."""
    watchers = view.watchers

    def plate(kind: str, state: str) -> Callable[[float, float], None]:
        return lambda x, y: draw_plate(page, (x, y), plate_of(kind, state, words), size=size)

    present = [kind for kind in KINDS if (watchers["kind"] == kind).any()]
    signs = [Sign(plate(kind, "joined"), words(f"kind.{kind}")) for kind in present]
    states = {state_of(*facts) for facts in zip(watchers["in_office"], watchers["end"], strict=True)}
    for state in ("broken", "vacant"):
        if state in states:
            signs.append(Sign(plate(KINDS[0], state), words(f"network.legend.{state}")))
    ring = words("network.legend.ring", count=many_lost(view))
    return [*signs, Sign(lambda x, y: draw_ring(page, (x, y), size=size * 0.55), ring)]


def line_sign(page: Page, text: str, *, size: float, **style: object) -> Sign:
    """Return the legend of a line."""
    half = mm(size) * 1.1
    return Sign(lambda x, y: page.paper.plot((x - half, x + half), (y, y), zorder=6, **style), text)


def legend_height(signs: Sequence[Sign], width: float, size: float) -> float:
    """Return the height in millimetres that :func:`draw_legend` takes."""
    return (_places(signs, width, size)[-1][1] + 1) * mm(size) * _LEGEND_ROW if signs else 0.0


def draw_legend(page: Page, x: float, y: float, width: float, signs: Sequence[Sign], *, size: float) -> None:
    """Draw signs with their words in rows from the upper left corner (x, y)."""
    step = mm(size) * _LEGEND_ROW
    for sign, (left, row) in zip(signs, _places(signs, width, size), strict=True):
        middle = y + step * (row + 0.5)
        sign.draw(x + left + mm(size) * _SIGN_ROOM / 2, middle)
        page.text(x + left + mm(size) * (_SIGN_ROOM + 0.15), middle + mm(size) * 0.36, sign.text, size)


def _places(signs: Sequence[Sign], width: float, size: float) -> list[tuple[float, int]]:
    """Return left edge and row of each sign."""
    places, left, row = [], 0.0, 0
    for sign in signs:
        room = mm(size) * (_SIGN_ROOM + 1.0) + text_width(sign.text, size)
        if left and left + room - mm(size) > width:
            left, row = 0.0, row + 1
        places.append((left, row))
        left += room
    return places
