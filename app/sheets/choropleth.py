"""The council map: districts at an exact scale, coloured by the share of households not watched."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from app.sheets.content import CouncilContent
from app.sheets.frame import INK, QUIET, Page, mm, text_width
from app.sheets.labels import LEADING, Label, place_labels
from app.sheets.marks import (
    BORDER_COLOUR,
    SCALES,
    SHARE_COLOURS,
    STREET_COLOUR,
    WATER_COLOUR,
    choose_scale,
    share_style,
)
from app.ui.text import Words
from app.ui.text.formats import count

LABEL_SIZE, PLATE_SIZE = 9.0, 11.0
MARGIN_MM = 2.0
FINEST_MM = 0.05  # detail below this is not visible on paper
NAME_PLATE_MM = 8.0
SMALL_MM = 9.0  # a district whose square would be smaller has no room for its name
LEAST_SMALL = 6  # small districts that make a second panel worth its place
LEAST_PANEL_MM = 60.0
LEAST_GAIN = 1.5  # times larger than the whole city
PANEL_GAP_MM = 2.0


@dataclass(frozen=True)
class MapFrame:
    """A rectangle on paper (millimetres, y down) that shows the ground at 1:``denominator``."""

    x: float
    y: float
    width: float
    height: float
    denominator: int
    centre: tuple[float, float]  # metres

    @property
    def room(self) -> Polygon:
        """Return the frame as a polygon on paper."""
        return shapely.box(self.x, self.y, self.x + self.width, self.y + self.height)

    @property
    def ground(self) -> Polygon:
        """Return what the frame shows, in metres."""
        half = np.array([self.width, self.height]) * self.denominator / 2000
        return shapely.box(*(np.array(self.centre) - half), *(np.array(self.centre) + half))

    def to_paper(self, shapes: np.ndarray) -> np.ndarray:
        """Return ``shapes`` (metres) on paper, cut at the frame and without detail too fine to see."""
        per_mm = 1000 / self.denominator
        middle = np.array([self.x + self.width / 2, self.y + self.height / 2])

        def place(xy: np.ndarray) -> np.ndarray:
            return (xy - self.centre) * np.array([per_mm, -per_mm]) + middle

        drawn = shapely.simplify(shapely.transform(shapes, place), FINEST_MM)
        return shapely.intersection(drawn, self.room)


def frame_map(
    bounds: tuple[float, float, float, float],
    room_mm: tuple[float, float, float, float],
    scales: tuple[int, ...] = SCALES,
) -> MapFrame:
    """Return a frame at ``room_mm`` (x, y, width, height) with the largest scale that holds ``bounds``."""
    left, low, right, high = bounds
    x, y, width, height = room_mm
    inner = (width - 2 * MARGIN_MM, height - 2 * MARGIN_MM)
    denominator = choose_scale((right - left, high - low), inner, scales)
    return MapFrame(x, y, width, height, denominator, ((left + right) / 2, (low + high) / 2))


def draw_choropleth(
    page: Page, room_mm: tuple[float, float, float, float], content: CouncilContent, words: Words
) -> tuple[MapFrame, MapFrame | None]:
    """Draw the map of ``content`` into ``room_mm``; return the frames of the city and of its middle, if any.

    Where the city is narrow and its middle dense, a second panel shows the middle larger. Each district is
    labelled in one of the panels. ``content.districts`` stands in the order of the table: labels carry the
    row number.
    """
    districts = content.districts
    main, detail = plan_panels(room_mm, content)
    points = districts.representative_point().to_numpy()
    is_detailed = np.zeros(len(districts), dtype=bool)
    if detail is not None:
        is_detailed = shapely.covers(detail.ground, points)
    draw_panel(page, main, content, ~is_detailed, words(f"layer.{content.layer}"))
    if detail is not None:
        title = words("paper.council.detail", scale=count(detail.denominator))
        draw_panel(page, detail, content, is_detailed, title)
        _draw_ring(page, main, detail.ground)
    return main, detail


def plan_panels(
    room_mm: tuple[float, float, float, float], content: CouncilContent
) -> tuple[MapFrame, MapFrame | None]:
    """Return the frame of the whole city and, where it helps, one of its dense middle beside it."""
    bounds = tuple(content.districts.total_bounds)
    whole = frame_map(bounds, room_mm)
    x, y, width, height = room_mm
    used = (bounds[2] - bounds[0]) * 1000 / whole.denominator + 2 * MARGIN_MM
    sides = np.sqrt(content.districts.area) * 1000 / whole.denominator
    core = content.districts[sides < SMALL_MM]
    if width - used < LEAST_PANEL_MM or len(core) < LEAST_SMALL:
        return whole, None
    detail = frame_map(_core_bounds(core), (x + used + PANEL_GAP_MM, y, width - used - PANEL_GAP_MM, height))
    if whole.denominator < LEAST_GAIN * detail.denominator:
        return whole, None
    return frame_map(bounds, (x, y, used, height)), detail


def _shows_whole(frame: MapFrame, outline: gpd.GeoDataFrame) -> bool:
    return len(outline) > 0 and frame.ground.covers(shapely.box(*outline.total_bounds))


def _core_bounds(small: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """Return the bounds of small districts without those whose middle lies far out (outer tenth)."""
    middles = small.geometry.centroid.get_coordinates()
    low, high = middles.quantile(0.05), middles.quantile(0.95)
    is_core = ((middles >= low) & (middles <= high)).all(axis=1)
    return tuple((small[is_core] if is_core.any() else small).total_bounds)


def draw_panel(
    page: Page, frame: MapFrame, content: CouncilContent, is_labelled: np.ndarray, title: str
) -> None:
    """Draw the districts of ``content`` into ``frame``; those of ``is_labelled`` bear number and name."""
    areas = frame.to_paper(content.districts.geometry.to_numpy())
    _fill_districts(page, areas, content.districts["gap_share_class"])
    draw_layer(page, frame, content.water, colour=WATER_COLOUR, width=1.0, zorder=2.2)
    draw_layer(page, frame, content.streets, colour=STREET_COLOUR, width=0.4, zorder=2.4)
    draw_borders(page, areas, width=0.7)
    if _shows_whole(frame, content.boundary):  # a cut outline looks like a mistake
        draw_layer(page, frame, _rings(content.boundary), colour=BORDER_COLOUR, width=1.4, zorder=3.2)
    page.box(frame.x, frame.y, frame.width, frame.height, edgecolor=QUIET, linewidth=0.6)
    plate = draw_name_plate(page, frame, areas, title)
    numbers = np.arange(1, len(areas) + 1)[is_labelled]
    names = content.districts["name"].to_numpy()[is_labelled]
    _draw_labels(page, frame, areas[is_labelled], numbers, names, plate)


def _draw_ring(page: Page, frame: MapFrame, ground: Polygon) -> None:
    """Draw on the whole city which part the larger panel shows."""
    for part in shapely.get_parts(frame.to_paper(np.array([ground.exterior]))):
        x, y = shapely.get_coordinates(part).T
        page.paper.plot(x, y, color=INK, linewidth=0.9, linestyle=(0, (5, 2)), zorder=6)


def draw_layer(
    page: Page, frame: MapFrame, layer: gpd.GeoDataFrame | None, *, colour: str, width: float, zorder: float
) -> None:
    """Draw lines as lines and areas as fills; nothing for ``None`` or an empty layer."""
    if layer is None or layer.empty:
        return
    shapes = shapely.get_parts(frame.to_paper(layer.geometry.to_numpy()))
    dimensions = shapely.get_dimensions(shapes)
    lines = [shapely.get_coordinates(line) for line in shapes[dimensions == 1]]
    page.paper.add_collection(
        LineCollection(lines, colors=colour, linewidths=width, zorder=zorder, capstyle="round"),
        autolim=False,
    )
    fill_areas(page, shapes[dimensions == 2], facecolor=colour, linewidth=0, zorder=zorder)


def _fill_districts(page: Page, areas: np.ndarray, classes: pd.Series) -> None:
    codes = classes.astype("Int64").fillna(-1).to_numpy(dtype=int)
    for code in range(-1, len(SHARE_COLOURS)):
        style = share_style(None if code < 0 else code)
        fill_areas(page, areas[codes == code], **style, linewidth=0, zorder=2)


def fill_areas(page: Page, areas: np.ndarray, **style: object) -> None:
    """Fill areas on paper; ``style`` goes to matplotlib's patch."""
    parts = shapely.get_parts(areas)
    polygons = parts[(shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)]
    if len(polygons):
        page.paper.add_patch(PathPatch(_outline(polygons), **style))


def _outline(polygons: np.ndarray) -> Outline:
    """Return one path: outer rings one way round and holes the other, so that holes stay open."""
    turned = shapely.orient_polygons(polygons)
    rings = [Outline(shapely.get_coordinates(ring), closed=True) for ring in shapely.get_rings(turned)]
    return Outline.make_compound_path(*rings)


def draw_borders(page: Page, areas: np.ndarray, *, width: float) -> None:
    """Draw dark borders with a white casing below all of them."""
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(areas))]
    for line_width, colour, zorder in ((width + 1.6, "white", 3.0), (width, BORDER_COLOUR, 3.1)):
        page.paper.add_collection(
            LineCollection(rings, colors=colour, linewidths=line_width, zorder=zorder, joinstyle="round"),
            autolim=False,
        )


def _rings(outline: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return outline if outline.empty else outline.set_geometry(outline.geometry.boundary)


def _draw_labels(
    page: Page, frame: MapFrame, areas: np.ndarray, numbers: np.ndarray, names: np.ndarray, plate: Polygon
) -> None:
    pairs = zip(names, map(str, numbers), strict=True)
    wordings = [((f"{number} {name}",), (name, number), (number,)) for name, number in pairs]
    inner = frame.room.buffer(-1.0)
    for label in place_labels(list(areas), wordings, inner, [plate], size=LABEL_SIZE):
        draw_label(page, label, LABEL_SIZE)


def draw_name_plate(page: Page, frame: MapFrame, areas: np.ndarray, title: str) -> Polygon:
    """Draw the map's title where it hides least; return its box."""
    plate = _name_plate(frame, areas, title)
    left, top, right, bottom = plate.bounds
    page.box(left, top, right - left, bottom - top, facecolor="white", linewidth=0.5, zorder=7)
    page.text((left + right) / 2, top + 5.4, title, PLATE_SIZE, align="center")
    return plate


def draw_label(page: Page, label: Label, size: float) -> None:
    """Draw a placed label with its white halo and, where it has one, its leader."""
    if label.anchor is not None:
        page.rule(*label.anchor, label.x, label.y, width=0.5, colour=INK)
    step = mm(size) * LEADING
    top = label.y - step * (len(label.lines) - 1) / 2
    for number, line in enumerate(label.lines):
        page.text(label.x, top + step * number + mm(size) * 0.36, line, size, align="center", halo=1.5)


def _name_plate(frame: MapFrame, areas: np.ndarray, text: str) -> Polygon:
    """Return the corner box for the layer's name that hides least of the districts."""
    width, height, gap = text_width(text, PLATE_SIZE) + 6, NAME_PLATE_MM, 2.0
    xs = (frame.x + gap, frame.x + frame.width - gap - width)
    ys = (frame.y + gap, frame.y + frame.height - gap - height)
    corners = [shapely.box(x, y, x + width, y + height) for y in ys for x in xs]
    return min(corners, key=lambda corner: _hidden_area(corner, areas))


def _hidden_area(corner: BaseGeometry, areas: np.ndarray) -> float:
    return float(shapely.area(shapely.intersection(areas, corner)).sum())
