"""The watch network where it lies: households, watchers, who visits whom, and who reports to whom."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.collections import LineCollection
from matplotlib.patches import Polygon
from shapely.geometry import Point

from app.services.network_results import NetworkView
from app.sheets.choropleth import MapFrame, draw_label, draw_layer, frame_map
from app.sheets.frame import QUIET, Page, mm, text_width
from app.sheets.labels import place_labels
from app.sheets.marks import (
    BORDER_COLOUR,
    SKETCH_SCALES,
    STREET_COLOUR,
    draw_north,
    draw_scale_bar,
    scale_bar,
)
from app.sheets.network_marks import (
    BROKEN_COLOUR,
    PASSIVE_KINDS,
    REPORT_COLOUR,
    VISIT_COLOUR,
    Plate,
    Sign,
    draw_households,
    draw_plate,
    draw_ring,
    household_signs,
    line_sign,
    many_lost,
    plate_half,
    plate_of,
    state_of,
    watcher_signs,
)
from app.ui.text import Words
from app.ui.text.formats import count

DOTTED, BROKEN = (0, (1, 2)), (0, (4, 1.5))
MOST_NAMED = 6  # ringed watchers whose id stands on the map
CROWDED_HOMES = 500  # households: above, their marks are smaller
CROWDED_SHARE = 0.15  # of the district under plates: above, only those reported to or ringed bear a letter
SMALL = 0.45  # of the size of a plate with a letter
STREETS_AROUND_M = 150.0
ARROW_MM = 1.5
CENTRE_MM = 1.7  # half a centre's square


def draw_network_map(
    page: Page, room_mm: tuple[float, float, float, float], view: NetworkView, words: Words, *, size: float
) -> MapFrame:
    """Draw the network into ``room_mm`` (x, y, width, height) at the largest round scale that holds it.

    Notices are drawn only to households nobody visits. A line that leaves the frame is cut at its edge; a
    watcher outside the frame, or without a known place, has no mark (see :func:`count_outside`).
    """
    frame = frame_map(tuple(view.outline.total_bounds), room_mm, SKETCH_SCALES)
    around = view.outline.geometry.iloc[0].buffer(STREETS_AROUND_M)
    near = view.streets.iloc[np.sort(view.streets.sindex.query(around, predicate="intersects"))]
    draw_layer(page, frame, near, colour=STREET_COLOUR, width=0.35, zorder=2)
    border = view.outline.set_geometry(view.outline.geometry.boundary)
    draw_layer(page, frame, border, colour="white", width=2.6, zorder=3.0)
    draw_layer(page, frame, border, colour=BORDER_COLOUR, width=0.9, zorder=3.1)
    _draw_links(page, frame, view)
    leaving = _draw_reports(page, frame, view, size)
    _draw_homes(page, frame, view, size)
    marks = _draw_watchers(page, frame, view, words, size)
    scale = _draw_scale(page, frame, view, words, size)
    _draw_labels(page, frame, [*marks, *leaving], [scale, *_lettered_boxes(frame, view, size)], size)
    page.box(*room_mm, edgecolor=QUIET, linewidth=0.6, zorder=9.5)
    return frame


def map_signs(page: Page, view: NetworkView, words: Words, *, size: float, is_crowded: bool) -> list[Sign]:
    """Return the legend of the map; where it is crowded, with the small plates that bear no letter."""
    line = {"page": page, "size": size}
    bare = Plate("community_promoter", "joined", "")
    small = Sign(
        lambda x, y: draw_plate(page, (x, y), bare, size=size * SMALL), words("network.legend.small")
    )
    return [
        *household_signs(page, words, size=size),
        *watcher_signs(page, view, words, size=size),
        *([small] if is_crowded else []),
        line_sign(text=words("network.legend.visit"), color=VISIT_COLOUR, linewidth=1.0, **line),
        line_sign(
            text=words("network.legend.lost_visit"),
            color=BROKEN_COLOUR,
            linewidth=1.4,
            linestyle=BROKEN,
            **line,
        ),
        line_sign(text=words("network.legend.notice"), color=QUIET, linewidth=1.1, linestyle=DOTTED, **line),
        line_sign(text=words("network.legend.report"), color=REPORT_COLOUR, linewidth=1.6, **line),
    ]


def count_outside(view: NetworkView, frame: MapFrame) -> int:
    """Count the watchers in office that have no mark on the map."""
    return int((view.watchers["in_office"] & ~_is_inside(view.watchers, frame)).sum())


def is_crowded(frame: MapFrame, view: NetworkView, size: float) -> bool:
    """Say whether some watchers on the map bear no letter."""
    return len(_lettered(frame, view, size)) < int(_is_inside(view.watchers, frame).sum())


def _is_inside(places: gpd.GeoDataFrame, frame: MapFrame) -> np.ndarray:
    return shapely.covers(frame.ground, places.geometry.to_numpy())


def _draw_links(page: Page, frame: MapFrame, view: NetworkView) -> None:
    visits = view.links[(view.links["kind"] == "assigned") & (view.links["visits"] > 0)]
    notices = view.links[view.links["kind"] == "notices"]
    notices = notices[~notices["household_id"].isin(visits["household_id"])]
    has_way = view.watchers["end"].reindex(visits["watcher_id"]).eq("centre").to_numpy()
    homes, people = view.households.geometry, view.watchers.geometry
    broken = {"colors": BROKEN_COLOUR, "linewidths": 1.0, "linestyles": [BROKEN], "zorder": 4.2}
    for pairs, style in (
        (notices, {"colors": QUIET, "linewidths": 0.6, "linestyles": [DOTTED], "zorder": 4.0}),
        (visits[has_way], {"colors": VISIT_COLOUR, "linewidths": 0.4, "alpha": 0.55, "zorder": 4.1}),
        (visits[~has_way], broken),
    ):
        ends = homes.reindex(pairs["household_id"]), people.reindex(pairs["watcher_id"])
        _draw_lines(page, _lines(frame, *ends), **style)


def _lines(frame: MapFrame, starts: gpd.GeoSeries, ends: gpd.GeoSeries) -> np.ndarray:
    """Return straight lines on paper between places known at both ends, cut at the frame."""
    both = (starts.notna().to_numpy() & ~starts.is_empty.to_numpy()) & ends.notna().to_numpy()
    first = shapely.get_coordinates(starts.to_numpy()[both])
    last = shapely.get_coordinates(ends.to_numpy()[both])
    return frame.to_paper(shapely.linestrings(np.stack([first, last], axis=1)))


def _draw_lines(page: Page, lines: np.ndarray, **style: object) -> None:
    pieces = [shapely.get_coordinates(line) for line in lines[~shapely.is_empty(lines)]]
    page.paper.add_collection(LineCollection(pieces, **style), autolim=False)


@dataclass(frozen=True)
class _Mark:
    """Something named on the map: its label, and its place on paper."""

    text: str
    place: np.ndarray
    is_centre: bool = False


def _draw_reports(page: Page, frame: MapFrame, view: NetworkView, size: float) -> list[_Mark]:
    """Draw the reporting lines with arrows; return each centre with the place where they end on the map."""
    told = view.watchers[view.watchers["in_office"] & view.watchers["reports_to"].notna()]
    upper = pd.concat([view.watchers.geometry, view.centres.geometry])
    ends = upper.reindex(told["reports_to"])
    both = (told.geometry.notna().to_numpy()) & ends.notna().to_numpy()
    lines, targets = _lines(frame, told.geometry, ends), told.loc[both, "reports_to"]
    among = targets.isin(view.watchers.index).to_numpy()
    _draw_lines(page, lines[~among], colors=REPORT_COLOUR, linewidths=0.45, alpha=0.7, zorder=4.9)
    _draw_lines(page, lines[among], colors="white", linewidths=2.2, zorder=5.0)
    _draw_lines(page, lines[among], colors=REPORT_COLOUR, linewidths=0.9, zorder=5.1)
    arrivals: dict[str, list] = {}
    for line, target in zip(lines, targets, strict=True):
        path = shapely.get_coordinates(line)
        if len(path) < 2 or np.hypot(*(path[-1] - path[0])) < 2 * ARROW_MM:
            continue
        _draw_arrow(page, path[0], path[-1], back=plate_half(size) * 1.9)
        if target in view.centres.index:
            arrivals.setdefault(target, []).append(path[-1])
    return [_draw_centre(page, frame, view, centre, ends) for centre, ends in arrivals.items()]


def _draw_centre(
    page: Page, frame: MapFrame, view: NetworkView, centre: str, ends: list[np.ndarray]
) -> _Mark:
    """Draw a centre that lies on the map as a square; name it there, or with an arrow at the map's edge."""
    name, place = str(view.centres["name"][centre]), np.median(ends, axis=0)
    inner = frame.room.buffer(-2 * CENTRE_MM)
    if not shapely.covers(frame.ground, view.centres.geometry[centre]) or not inner.covers(Point(place)):
        return _Mark(f"→ {name}", place, is_centre=True)
    for grown, colour in ((0.4, "white"), (0.0, REPORT_COLOUR)):
        corner, side = place - CENTRE_MM - grown, 2 * (CENTRE_MM + grown)
        page.box(*corner, side, side, facecolor=colour, linewidth=0, zorder=7.2)
    return _Mark(name, place, is_centre=True)


def _draw_arrow(page: Page, start: np.ndarray, end: np.ndarray, *, back: float) -> None:
    """Draw an arrow head on the way from start to end, ``back`` millimetres before the end."""
    way = (end - start) / np.hypot(*(end - start))
    side = np.array([-way[1], way[0]]) * ARROW_MM * 0.45
    tip = end - way * back
    foot = tip - way * ARROW_MM
    page.paper.add_patch(
        Polygon((tip, foot + side, foot - side), facecolor=REPORT_COLOUR, linewidth=0, zorder=5.2)
    )


def _draw_homes(page: Page, frame: MapFrame, view: NetworkView, size: float) -> None:
    seen = view.households[_is_inside(view.households, frame)]
    places = shapely.get_coordinates(frame.to_paper(seen.geometry.to_numpy()))
    factor = 0.19 if len(seen) > CROWDED_HOMES else 0.24
    draw_households(page, places, seen, size_mm=size * factor)


def _draw_watchers(page: Page, frame: MapFrame, view: NetworkView, words: Words, size: float) -> list[_Mark]:
    """Draw the watchers, those others hang on last; return the ringed ones that most hang on, for labels."""
    shown = view.watchers[_is_inside(view.watchers, frame)]
    order = pd.DataFrame({"active": ~shown["kind"].isin(PASSIVE_KINDS), "lost": shown["households_lost"]})
    shown = shown.loc[order.sort_values(["active", "lost"], kind="stable").index]
    lettered = _lettered(frame, view, size)
    ringed = []
    for place, (key, row) in zip(_places(frame, shown), shown.iterrows(), strict=True):
        plate = plate_of(row["kind"], state_of(row["in_office"], row["end"]), words)
        if row["households_lost"] >= many_lost(view):
            draw_ring(page, place, size=size)
            text = words("network.map.person", id=key, lost=count(row["households_lost"]))
            ringed.append(_Mark(text, place))
        if key in lettered:
            draw_plate(page, place, plate, size=size)
        else:
            draw_plate(page, place, replace(plate, letter=""), size=size * SMALL)
    return ringed[: -MOST_NAMED - 1 : -1]


def _places(frame: MapFrame, watchers: gpd.GeoDataFrame) -> np.ndarray:
    return shapely.get_coordinates(frame.to_paper(watchers.geometry.to_numpy()))


def _lettered(frame: MapFrame, view: NetworkView, size: float) -> pd.Index:
    """Return the watchers whose plate bears a letter: all, or where it is crowded those reported to."""
    shown = view.watchers[_is_inside(view.watchers, frame)]
    district = view.outline.area.sum() * (1000 / frame.denominator) ** 2
    if len(shown) * (2 * plate_half(size)) ** 2 <= CROWDED_SHARE * district:
        return shown.index
    is_ringed = shown["households_lost"] >= many_lost(view)
    return shown.index[is_ringed | shown.index.isin(view.watchers["reports_to"])]


def _lettered_boxes(frame: MapFrame, view: NetworkView, size: float) -> list[shapely.Polygon]:
    places = _places(frame, view.watchers.loc[_lettered(frame, view, size)])
    half = plate_half(size) * 1.2
    return list(shapely.box(*(places - half).T, *(places + half).T))


def _draw_scale(page: Page, frame: MapFrame, view: NetworkView, words: Words, size: float) -> shapely.Polygon:
    """Draw scale and north in the corner with fewest marks; return the room they take."""
    bar = scale_bar(frame.denominator, longest_mm=mm(size) * 13)
    width = bar.paper_mm + text_width(f"  {bar.unit}", size) + mm(size) * 5.0
    height = mm(size) * 5.0
    points = np.concatenate([_places(frame, view.watchers), _places(frame, view.households)])
    xs, ys = (
        (frame.x + 1, frame.x + frame.width - width - 1),
        (frame.y + frame.height - height - 1, frame.y + 1),
    )
    corners = [shapely.box(x, y, x + width, y + height) for y in ys for x in xs]
    corner = min(corners, key=lambda box: int(shapely.contains_xy(box, points).sum()))
    left, top = corner.bounds[:2]
    page.box(left, top, width, height, facecolor="white", linewidth=0, alpha=0.88, zorder=5.9)
    draw_scale_bar(page, left + mm(size), top + mm(size) * 1.4, bar, size=size)
    place = (left + width - mm(size) * 1.4, top + mm(size) * 0.5)
    draw_north(page, *place, words, size=size, height=mm(size) * 2.8)
    return corner


def _draw_labels(
    page: Page, frame: MapFrame, marks: list[_Mark], obstacles: list[shapely.Polygon], size: float
) -> None:
    """Name the watchers most hang on, and the centres where the lines to them end."""
    spots = [Point(mark.place).buffer(0.3) for mark in marks]
    squares = [Point(mark.place).buffer(CENTRE_MM) for mark in marks if mark.is_centre]
    wordings = [((mark.text,),) for mark in marks]
    room = frame.room.buffer(-1.0)
    centres = {mark.text for mark in marks if mark.is_centre}
    for label in place_labels(spots, wordings, room, [*obstacles, *squares], size=size):
        if label.lines[0] in centres:
            left, top, right, bottom = label.box(size).bounds
            page.box(left, top, right - left, bottom - top, facecolor="white", linewidth=0.4, zorder=7.8)
        draw_label(page, label, size)
