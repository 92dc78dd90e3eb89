"""Labels that never lie over one another: a name where it fits its area, else the number of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from app.sheets.frame import mm, text_width

LEADING = 1.25
PADDING_MM = 0.5
NAME_INSIDE_SHARE = 0.92  # of a name's box that must lie inside its own area
_TURNS = 16
_RINGS = 150


@dataclass(frozen=True)
class Label:
    """Lines centred on (x, y) in paper millimetres; ``anchor`` is where a leader starts, or None."""

    lines: tuple[str, ...]
    x: float
    y: float
    anchor: tuple[float, float] | None

    def box(self, size: float) -> Polygon:
        """Return the room the label takes, with a little white around it."""
        return _boxes(self.lines, np.array([[self.x, self.y]]), size)[0]


def place_labels(
    areas: Sequence[BaseGeometry],
    wordings: Sequence[tuple[tuple[str, ...], ...]],
    room: Polygon,
    obstacles: Sequence[Polygon] = (),
    *,
    size: float,
) -> list[Label]:
    """Place one label an area inside ``room``, clear of ``obstacles`` and of one another.

    Each area has wordings from the fullest to the shortest. The shortest of every area is placed first, so
    that no full name takes the place of a neighbour's number; then each label grows to the fullest wording
    that still lies inside its own area. A shortest wording that finds no place inside is set beside its
    area with a leader.

    Returns
    -------
    list of Label
        In the order of ``areas``. An empty area, or one with no free place in the whole room, gets none.
    """
    placed: dict[int, Label] = {}
    taken = list(obstacles)
    points = {number: _inner_points(area) for number, area in enumerate(areas) if not area.is_empty}
    for number, inner in points.items():
        label = _shortest(inner, wordings[number][-1], room, taken, size)
        if label is not None:
            placed[number] = label
            taken.append(label.box(size))
    for number, label in placed.items():
        others = [*obstacles, *(other.box(size) for k, other in placed.items() if k != number)]
        within = areas[number].intersection(room)
        placed[number] = _grown(within, wordings[number], label, points[number], others, size)
    return list(placed.values())


def _shortest(
    inner: np.ndarray, lines: tuple[str, ...], room: Polygon, taken: list[Polygon], size: float
) -> Label | None:
    place = _first_free(lines, inner, room, taken, size)
    if place is not None:
        return Label(lines, *place, None)
    place = _first_free(lines, _spiral(inner[0], mm(size) * 0.8), room, taken, size)
    return None if place is None else Label(lines, *place, (float(inner[0][0]), float(inner[0][1])))


def _grown(
    area: BaseGeometry,
    wordings: tuple[tuple[str, ...], ...],
    label: Label,
    inner: np.ndarray,
    others: list[Polygon],
    size: float,
) -> Label:
    """Return the fullest wording that stays inside its own area and clear of the others."""
    if label.anchor is not None:
        return label
    for lines in wordings[:-1]:
        boxes = _boxes(lines, inner, size)
        inside = shapely.area(shapely.intersection(area, boxes)) >= NAME_INSIDE_SHARE * shapely.area(boxes)
        place = _first_free(lines, inner[inside], area.envelope.buffer(mm(size)), others, size)
        if place is not None:
            return Label(lines, *place, None)
    return label


def _first_free(
    lines: tuple[str, ...], points: np.ndarray, room: Polygon, taken: list[Polygon], size: float
) -> tuple[float, float] | None:
    if not len(points):
        return None
    boxes = _boxes(lines, points, size)
    free = shapely.covers(room, boxes)
    if taken:
        tree = shapely.STRtree(taken)
        free[tree.query(boxes, predicate="intersects")[0]] = False
    first = int(np.argmax(free))
    return (float(points[first][0]), float(points[first][1])) if free[first] else None


def _boxes(lines: tuple[str, ...], points: np.ndarray, size: float) -> np.ndarray:
    """Return the room that ``lines`` take when centred on each point."""
    wide = max(text_width(line, size) for line in lines) / 2 + PADDING_MM
    high = mm(size) * (1 + LEADING * (len(lines) - 1)) / 2 + PADDING_MM
    x, y = np.asarray(points, dtype=float).T
    return shapely.box(x - wide, y - high, x + wide, y + high)


def _inner_points(area: BaseGeometry) -> np.ndarray:
    """Return points inside ``area``: the middle of its largest circle, then a grid by distance from it."""
    parts = shapely.get_parts(area)
    largest = parts[np.argmax(shapely.area(parts))]
    circle = shapely.maximum_inscribed_circle(largest, tolerance=0.2)
    middle = shapely.get_coordinates(circle)[0]
    left, low, right, high = largest.bounds
    grid = np.array([(x, y) for x in np.linspace(left, right, 12) for y in np.linspace(low, high, 12)])
    inside = grid[shapely.contains_xy(largest, grid[:, 0], grid[:, 1])]
    nearest = np.argsort(np.hypot(*(inside - middle).T), kind="stable")
    return np.vstack([middle, inside[nearest]])


def _spiral(middle: np.ndarray, step: float) -> np.ndarray:
    """Return places around ``middle``, ring by ring."""
    angles = np.linspace(0, 2 * np.pi, _TURNS, endpoint=False)
    rings = np.arange(1, _RINGS) * step
    x = middle[0] + np.outer(rings, np.cos(angles)).ravel()
    y = middle[1] + np.outer(rings, np.sin(angles)).ravel()
    return np.column_stack([x, y])
