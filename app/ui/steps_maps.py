"""The maps of the page of next steps: numbered places, rounds of partners, arrows between districts."""

from __future__ import annotations

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.services.step_results import AgreementSteps, BudgetSteps, PartnerSteps, RecruitSteps
from app.ui import map_parts
from app.ui.escaping import for_html
from app.ui.maps import add_borders, city_base
from app.ui.text import Words

MapParts = tuple[folium.Map, folium.FeatureGroup]

PLACE, ARROW = "#b34700", "#0072b2"
ROUND_COLOURS = ("#a0307f", "#0072b2", "#009e73", "#b34700", "#444444")  # the number beside each says which
_ARROW_STYLE = {"color": "#ffffff", "weight": 1, "fillColor": ARROW, "fillOpacity": 0.85}
_DASHES = ("", "9 5", "2 6", "12 4 2 4", "5 5")  # readable without colour


def recruit_map(found: RecruitSteps, frame: gpd.GeoDataFrame, words: Words) -> MapParts:
    """Return the map of the places chosen, numbered in the order of their gain."""
    places = found.places
    tips = [_place_tip(row, words) for row in places.drop(columns="geometry").to_dict("records")]
    points = places[["geometry"]].assign(number=places["order"].astype(int), colour=PLACE, tip=tips)
    return _map(frame, words, [map_parts.numbers(points)] if len(points) else [])


def budget_map(found: BudgetSteps, point: int, frame: gpd.GeoDataFrame, words: Words) -> MapParts:
    """Return the map of the recruits of one budget, numbered by their place in the list of its actions."""
    actions = found.actions[found.actions["point"] == point].reset_index(drop=True)
    chosen = actions[actions["candidate_id"].notna()]
    points = found.places.loc[list(chosen["candidate_id"]), ["geometry"]]
    names = [for_html(_name(name, words)) for name in chosen["district_name"]]
    points = points.assign(number=chosen.index.to_numpy() + 1, colour=PLACE, tip=names)
    return _map(frame, words, [map_parts.numbers(points)] if len(points) else [])


def partner_map(found: PartnerSteps, frame: gpd.GeoDataFrame, words: Words) -> MapParts:
    """Return the map of the rounds, areas and places of the partners chosen, numbered by their order."""
    rounds = found.rounds[~(found.rounds.geometry.isna() | found.rounds.geometry.is_empty)]
    names = rounds["organisation"].fillna(words("next.partner.alone"))
    tips = [for_html(f"{order}　{name}") for order, name in zip(rounds["order"], names, strict=True)]
    drawn = rounds[["geometry"]].assign(tip=tips)
    drawn["style"] = [_round_style(int(order)) for order in rounds["order"]]
    points = _middles(rounds.geometry).to_frame("geometry").set_geometry("geometry", crs=rounds.crs)
    orders = rounds["order"].astype(int)
    points = points.assign(number=orders, colour=[_colour(order) for order in orders], tip=tips)
    shapes = drawn[drawn.geom_type != "Point"]
    layers = [map_parts.polygons(shapes)] if len(shapes) else []
    return _map(frame, words, [*layers, map_parts.numbers(points)] if len(points) else layers)


def agreement_map(found: AgreementSteps, frame: gpd.GeoDataFrame, words: Words) -> MapParts:
    """Return the map of the agreements chosen: an arrow from who helps to who is helped, with its number."""
    chosen = found.pairs[found.pairs["order"].notna()]
    if chosen.empty:
        return _map(frame, words, [])
    ends = [_centres(found, chosen[side]) for side in ("district", "helped_district")]
    tips = [for_html(_agreement_tip(row, words)) for row in chosen.to_dict("records")]
    arrows = gpd.GeoDataFrame(
        {"tip": tips}, geometry=_arrows(*ends, thickness=_thickness(frame)), crs=found.centres.crs
    )
    arrows["style"] = [_ARROW_STYLE] * len(arrows)
    middles = shapely.points(ends[0] + 0.42 * (ends[1] - ends[0]))
    numbers = gpd.GeoDataFrame(
        {"number": chosen["order"].astype(int).to_numpy(), "colour": ARROW, "tip": tips},
        geometry=middles,
        crs=found.centres.crs,
    )
    return _map(frame, words, [map_parts.polygons(arrows), map_parts.numbers(numbers)])


def _map(frame: gpd.GeoDataFrame, words: Words, layers: list[folium.GeoJson]) -> MapParts:
    group = folium.FeatureGroup(name="steps")
    add_borders(group, frame)
    names = frame["name"].map(for_html)
    map_parts.labels(frame[["geometry"]].assign(label=names, rank=range(len(frame)))).add_to(group)
    for layer in layers:
        layer.add_to(group)
    return city_base(frame, words), group


def _centres(found: AgreementSteps, districts: pd.Series) -> np.ndarray:
    return shapely.get_coordinates(found.centres.geometry.loc[list(districts)].to_numpy())


def _thickness(frame: gpd.GeoDataFrame) -> float:
    """Return half the thickness of an arrow's shaft in degrees, fit for a map of the whole city."""
    west, south, east, north = frame.total_bounds
    return 0.006 * max(east - west, north - south)


def _arrows(start: np.ndarray, end: np.ndarray, *, thickness: float) -> np.ndarray:
    """Return an arrow (polygon, degrees) for each pair of points, clear of both."""
    squeeze = np.array([np.cos(np.radians(start[:, 1].mean())), 1.0])
    tail, head = start * squeeze, end * squeeze
    way = head - tail
    length = np.hypot(*way.T)[:, None]
    along = way / np.maximum(length, 1e-12)
    aside = along[:, ::-1] * (-1.0, 1.0)
    tail, head = tail + 0.12 * way, head - 0.12 * way
    neck = head - along * np.minimum(5 * thickness, 0.35 * length)
    shaft, barb = aside * thickness, aside * 3 * thickness
    corners = [tail + shaft, neck + shaft, neck + barb, head, neck - barb, neck - shaft, tail - shaft]
    return shapely.polygons(np.stack(corners, axis=1) / squeeze)


def _middles(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return a point on each shape: halfway along a line, inside an area, the point itself."""
    points = shapes.representative_point()
    is_line = shapes.geom_type == "LineString"
    points[is_line] = shapely.line_interpolate_point(shapes[is_line].to_numpy(), 0.5, normalized=True)
    return points


def _round_style(order: int) -> dict[str, object]:
    colour = _colour(order)
    return {
        "color": colour,
        "weight": 4,
        "opacity": 0.85,
        "fillColor": colour,
        "fillOpacity": 0.25,
        "dashArray": _DASHES[(order - 1) % len(_DASHES)],
    }


def _colour(order: int) -> str:
    return ROUND_COLOURS[(order - 1) % len(ROUND_COLOURS)]


def _place_tip(row: dict, words: Words) -> str:
    gained = row["weighted_visits_gained"]
    lines = [words("next.tip.place", order=row["order"], district=_name(row["district_name"], words))]
    if not pd.isna(gained):
        lines.append(words("next.tip.visits", visits=f"{gained:,.1f}"))
    return "<br>".join(for_html(line) for line in lines)


def _agreement_tip(row: dict, words: Words) -> str:
    return words(
        "next.tip.agreement", order=row["order"], helper=row["district_name"], helped=row["helped_name"]
    )


def _name(name: object, words: Words) -> str:
    return str(name) if name and not pd.isna(name) else words("outlook.no_district")
