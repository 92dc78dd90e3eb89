"""The sketch of one outing: streets thin, the way walked, home, and the stops by number."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.patches import Circle, Polygon
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from app.sheets.choropleth import MapFrame, draw_layer, frame_map
from app.sheets.content import Outing
from app.sheets.frame import INK, QUIET, Page, text_width
from app.sheets.labels import place_labels
from app.sheets.marks import (
    ROUTE_COLOUR,
    SKETCH_SCALES,
    STREET_COLOUR,
    draw_north,
    draw_scale_bar,
    scale_bar,
)
from app.ui.text import Words

NUMBER_SIZE = 8.0
DISC_MM = 1.9
HOME_MM = 2.0
_HOUSE = np.array([(-1, 1), (-1, -0.2), (0, -1.2), (1, -0.2), (1, 1)])  # y runs down


def draw_sketch(
    page: Page,
    room_mm: tuple[float, float, float, float],
    outing: Outing,
    home: tuple[float, float],
    *,
    streets: gpd.GeoDataFrame | None,
    words: Words,
) -> MapFrame:
    """Draw one outing into ``room_mm`` (x, y, width, height) at the largest scale that holds it."""
    way = outing.path or _straight_way(outing, home)
    marks = [Point(home), *(Point(stop.x, stop.y) for stop in outing.stops)]
    frame = frame_map(shapely.total_bounds([way, *marks]), _inner(room_mm), SKETCH_SCALES)
    frame = MapFrame(*room_mm, frame.denominator, frame.centre)
    draw_layer(page, frame, _near(streets, frame), colour=STREET_COLOUR, width=0.5, zorder=2)
    _draw_way(page, frame, way, is_walked=outing.path is not None)
    points = frame.to_paper(np.array(marks))
    scale_box = _draw_scale(page, frame, points, words)
    _draw_stops(page, frame, points, scale_box)
    page.box(*room_mm, edgecolor=QUIET, linewidth=0.5)
    return frame


def _inner(room_mm: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return the room less a margin, so that numbers at the edge stay inside."""
    x, y, width, height = room_mm
    return x + 4, y + 4, width - 8, height - 12


def _straight_way(outing: Outing, home: tuple[float, float]) -> LineString:
    return LineString([home, *((stop.x, stop.y) for stop in outing.stops), home])


def _near(streets: gpd.GeoDataFrame | None, frame: MapFrame) -> gpd.GeoDataFrame | None:
    """Return the streets the frame shows, found by their spatial index."""
    return None if streets is None else streets.iloc[np.sort(streets.sindex.query(frame.ground))]


def _draw_way(page: Page, frame: MapFrame, way: BaseGeometry, *, is_walked: bool) -> None:
    for line in shapely.get_parts(frame.to_paper(np.array([way]))):
        x, y = shapely.get_coordinates(line).T
        style = "solid" if is_walked else (0, (4, 2))
        page.paper.plot(x, y, color=ROUTE_COLOUR, linewidth=1.2, linestyle=style, zorder=5)


def _draw_stops(page: Page, frame: MapFrame, points: np.ndarray, scale_box: BaseGeometry) -> None:
    """Draw the house mark and a numbered disc for each stop; discs that would meet stand aside."""
    home, *stops = shapely.get_coordinates(points)
    page.paper.add_patch(
        Polygon(_HOUSE * HOME_MM + home, facecolor="#333333", edgecolor="white", linewidth=0.8, zorder=9)
    )
    obstacles = [Point(home).buffer(HOME_MM * 1.2), scale_box]
    spots = [Point(stop).buffer(0.3) for stop in stops]
    wordings = [((f"{number:02d}",),) for number in range(1, len(stops) + 1)]  # as wide as a disc
    room = frame.room.buffer(-0.8)
    for label in place_labels(spots, wordings, room, obstacles, size=NUMBER_SIZE):
        if label.anchor is not None:
            page.rule(*label.anchor, label.x, label.y, width=0.6, colour=ROUTE_COLOUR)
            page.paper.add_patch(Circle(label.anchor, 0.6, facecolor=ROUTE_COLOUR, linewidth=0, zorder=7))
        disc = Circle((label.x, label.y), DISC_MM, facecolor="white", edgecolor=ROUTE_COLOUR, zorder=8)
        page.paper.add_patch(disc)
        page.text(label.x, label.y + 1.0, str(int(label.lines[0])), NUMBER_SIZE, align="center", colour=INK)


def _draw_scale(page: Page, frame: MapFrame, points: np.ndarray, words: Words) -> BaseGeometry:
    """Draw scale and north in the lower corner with fewer stops; return the room they take."""
    bar = scale_bar(frame.denominator, longest_mm=20.0)
    width = bar.paper_mm + text_width(f" {bar.unit}", NUMBER_SIZE) + 10.0
    bottom = frame.y + frame.height
    lefts = (frame.x + 0.6, frame.x + frame.width - width - 0.6)
    boxes = [shapely.box(left, bottom - 11.5, left + width, bottom - 0.6) for left in lefts]
    box = min(boxes, key=lambda corner: int(shapely.dwithin(points, corner, DISC_MM).sum()))
    left, top = box.bounds[:2]
    page.box(left, top, width, 10.9, facecolor="white", linewidth=0, alpha=0.85, zorder=6, gid="scale-room")
    draw_scale_bar(page, left + 2.0, top + 3.0, bar, size=NUMBER_SIZE)
    draw_north(page, left + width - 3.0, top + 1.0, words, size=NUMBER_SIZE, height=5.0)
    return box
