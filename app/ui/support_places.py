"""Places within a walk as sentences, tables and a map: counts of households, small ones held back."""

from __future__ import annotations

import math

import folium
import geopandas as gpd
import pandas as pd
from pandas.io.formats.style import Styler

from app.services.access_places import AccessFigures
from app.ui import map_parts, marks
from app.ui.escaping import for_html
from app.ui.maps import add_borders, city_base
from app.ui.tables import held_back, is_small, shown_count, shown_share
from app.ui.text import Words
from app.ui.text.formats import amount, count, share


def access_finding(figures: AccessFigures, words: Words) -> str:
    """Say how many households have a place of the kind within the minutes."""
    totals, request = figures.totals, figures.request
    near = totals["households"] - totals["gaps"]
    return words(
        "access.finding",
        kind=words(f"access.kind.{request.kind}"),
        places=count(totals["places"]),
        households=count(totals["households"]),
        minutes=request.minutes,
        near=shown_count(near, words, hide_small=True),
        share=shown_share(near, totals["households"], words, hide_small=True),
        gaps=shown_count(totals["gaps"], words, hide_small=True),
    )


def next_finding(figures: AccessFigures, words: Words) -> str:
    """Say what the next places bring, and how far from the best choice they can be at most."""
    chosen, minutes = figures.next, figures.request.minutes
    if chosen is None:
        return ""
    if chosen.proof.status in ("infeasible", "nothing_to_do"):
        key = "infeasible" if chosen.proof.status == "infeasible" else "nothing"
        return words(f"access.next.{key}", minutes=minutes)
    return words(
        "access.next",
        count=count(len(chosen.places)),
        value=shown_count(chosen.proof.value, words, hide_small=True),
        minutes=minutes,
        before=shown_count(chosen.counts["gaps_before"], words, hide_small=True),
        after=shown_count(chosen.counts["gaps_after"], words, hide_small=True),
        proof=_proof(figures, words),
    )


def _proof(figures: AccessFigures, words: Words) -> str:
    proof = figures.next.proof
    if proof.status == "optimal":
        return words("access.proof.best")
    more = math.floor(round(proof.bound - proof.value, 6))  # whole households
    return words("access.proof.gap", more=count(more))


def access_four(figures: AccessFigures, words: Words) -> dict[str, tuple[str, str]]:
    """Return the four figures with their populations."""
    totals, homes = figures.totals, words("unit.count_of_households")
    near = totals["households"] - totals["gaps"]
    four = {
        "access_near": (
            shown_share(near, totals["households"], words, hide_small=True),
            words("unit.of_households"),
        ),
        "access_gaps": (shown_count(totals["gaps"], words, hide_small=True), homes),
        "access_places": (count(totals["places"]), words("access.unit.places")),
    }
    if figures.next is not None and figures.next.proof.status != "infeasible":
        gained = shown_count(figures.next.proof.value, words, hide_small=True)
        opened = words("access.unit.new", count=count(len(figures.next.places)))
        four["access_gained"] = (gained, opened)
    return four


def layer_table(figures: AccessFigures, layer: str, words: Words) -> Styler:
    """Return the areas of a layer for planners, most households without a place first."""
    areas, minutes = figures.layers[layer], figures.request.bands
    few = areas["households"].map(is_small) | areas["gaps"].map(is_small)
    few |= (areas["households"] - areas["gaps"]).map(is_small)
    table = pd.DataFrame(
        {
            words("column.name"): areas["name"].mask(areas.index == "", words("analyse.no_area")),
            words("column.households"): _held(areas["households"]),
            words("column.access_gaps"): _held(areas["gaps"]),
            words("column.access_share"): (1 - areas["gaps"] / areas["households"]).mask(few),
            **{
                words("column.access_within", minutes=amount(band)): _held(areas[f"within_{number}"])
                for number, band in enumerate(minutes, start=1)
            },
            words("column.access_minutes"): areas["mean_minutes"].mask(few),
            words("column.access_score"): areas["places_per_1000"].mask(areas["households"].map(is_small)),
        },
        index=areas.index,
    ).sort_values(words("column.access_gaps"), ascending=False, kind="stable")
    return table.style.format(_formats(table, words))


def _formats(table: pd.DataFrame, words: Words) -> dict[str, object]:
    few, less = words("table.few"), words("table.too_few")
    counts = list(table.columns[1:3]) + list(table.columns[4:-2])
    formats = {name: lambda number: few if 0 < number < 1 else count(number) for name in counts}
    formats[table.columns[3]] = lambda value: less if pd.isna(value) else share(value, 1)
    formats |= {name: lambda value: less if pd.isna(value) else f"{value:.1f}" for name in table.columns[-2:]}
    return formats


def _held(numbers: pd.Series) -> pd.Series:
    return numbers.map(lambda number: held_back(number, hide_small=True))


def place_table(figures: AccessFigures, words: Words) -> pd.DataFrame:
    """Return the places there are with the households within a walk of each."""
    places = figures.places.sort_values("households", ascending=False, kind="stable")
    homes = places["households"].map(lambda number: shown_count(number, words, hide_small=True))
    heads = words("column.access_within", minutes=figures.request.minutes)
    table = pd.DataFrame({words("column.access_place"): places["name"], heads: homes})
    return table.set_index(words("column.access_place"))


def proposed_table(figures: AccessFigures, names: pd.Series, words: Words) -> pd.DataFrame:
    """Return the places to open next in their order, with what each adds to those before it."""
    places = figures.next.places
    table = pd.DataFrame(
        {
            words("column.access_order"): [str(number) for number in range(1, len(places) + 1)],
            words("column.access_district"): [_district(code, names, words) for code in places["district"]],
            words("column.access_gained"): _texts(places["households_gained"], words),
            words("column.access_nearest"): _texts(places["households_nearest"], words),
        }
    )
    return table.set_index(words("column.access_order"))


def _texts(numbers: pd.Series, words: Words) -> list[str]:
    return [shown_count(number, words, hide_small=True) for number in numbers]


def _district(code: object, names: pd.Series, words: Words) -> str:
    return str(names.get(code, words("analyse.no_area")))


def access_map(
    figures: AccessFigures, shapes: gpd.GeoDataFrame, words: Words
) -> tuple[folium.Map, folium.FeatureGroup]:
    """Return the map of households without a place by district, the places, and those to open next."""
    group = folium.FeatureGroup(name="access")
    map_parts.polygons(_areas(figures, shapes, words)).add_to(group)
    add_borders(group, shapes)
    points = [figures.places.assign(mark="vacant", tip=figures.places["name"].map(for_html))]
    if figures.next is not None:
        points.append(_proposed_marks(figures, words))
    drawn = pd.concat([frame[["mark", "tip", "geometry"]] for frame in points if len(frame)] or [points[0]])
    if len(drawn):
        map_parts.marks(gpd.GeoDataFrame(drawn, crs=figures.places.crs)).add_to(group)
    return city_base(shapes, words), group


def _proposed_marks(figures: AccessFigures, words: Words) -> gpd.GeoDataFrame:
    places = figures.next.places
    tips = [
        for_html(words("access.map.proposed", order=order, gained=gained))
        for order, gained in enumerate(_texts(places["households_gained"], words), start=1)
    ]
    return places.assign(mark="unwatched", tip=tips)


def _areas(figures: AccessFigures, shapes: gpd.GeoDataFrame, words: Words) -> gpd.GeoDataFrame:
    areas = figures.layers["community"].reindex(shapes.index)
    homes, gaps = areas["households"].fillna(0), areas["gaps"].fillna(0)
    told = ~(homes.map(is_small) | gaps.map(is_small) | (homes - gaps).map(is_small)) & (homes > 0)
    classes = marks.share_class((gaps / homes.where(homes > 0)).where(told))
    colours = (marks.HIDDEN_COLOUR, *marks.SHARE_COLOURS)
    styles = [{"weight": 0, "fillColor": colours[number + 1], "fillOpacity": 0.9} for number in classes]
    tips = [
        f"<b>{for_html(name)}</b><br>{for_html(_tip(figures, row, words))}"
        for name, row in zip(shapes["name"], zip(homes, gaps, strict=True), strict=True)
    ]
    return shapes[["geometry"]].assign(code=shapes.index.astype(str), tip=tips, style=styles)


def _tip(figures: AccessFigures, row: tuple[float, float], words: Words) -> str:
    homes, gaps = row
    return words(
        "access.map.tip",
        minutes=figures.request.minutes,
        gaps=shown_count(gaps, words, hide_small=True),
        share=shown_share(gaps, homes, words, hide_small=True),
        households=shown_count(homes, words, hide_small=True),
    )
