"""The difference map of two scenarios: a sign and a number beside every colour."""

from __future__ import annotations

import folium
import geopandas as gpd
import pandas as pd

from app.ui import map_parts, marks
from app.ui.charts import swatch
from app.ui.escaping import for_html
from app.ui.maps import add_borders, city_base
from app.ui.scenario_figures import FEW_CLASS, difference_text, points_text
from app.ui.scenario_findings import area_card
from app.ui.text import Words

COLOURS = marks.CHANGE_COLOURS | {FEW_CLASS: marks.CHANGE_COLOURS["about_equal"]}
LEGEND = ("loses_much", "loses", "about_equal", "gains", "gains_much", FEW_CLASS)
_FINE_BORDER = {"color": "#666666", "weight": 0.6}


def difference_map(
    shapes: gpd.GeoDataFrame, areas: pd.DataFrame, *, words: Words, frame: gpd.GeoDataFrame | None = None
) -> tuple[folium.Map, folium.FeatureGroup]:
    """Return the map of differences by area, base and changing group apart.

    Parameters
    ----------
    shapes : geopandas.GeoDataFrame
        Areas indexed by code, EPSG:6668.
    areas : pandas.DataFrame
        As they may be shown (``scenario_figures.named_areas``).
    frame : geopandas.GeoDataFrame, optional
        Given for a layer of hundreds of areas, which bear no labels: community districts.
    """
    described = describe_changes(areas, words).reindex(shapes.index)
    colours = described["change_class"].map(COLOURS).fillna(marks.HIDDEN_COLOUR)
    border = {"weight": 0} if frame is None else _FINE_BORDER
    styles = [{**border, "fillColor": colour, "fillOpacity": 0.9} for colour in colours]
    drawn = shapes[["geometry"]].assign(tip=described["tip"].fillna("–"), style=styles)
    group = folium.FeatureGroup(name="changes")
    map_parts.polygons(drawn).add_to(group)
    add_borders(group, shapes if frame is None else frame)
    if frame is None:
        named = described["label"].notna()
        labelled = shapes.loc[named, ["geometry"]].assign(
            label=described.loc[named, "label"], rank=described.loc[named, "rank"].astype(int)
        )
        map_parts.labels(labelled).add_to(group)
    return city_base(shapes if frame is None else frame, words), group


def describe_changes(areas: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return what the map shows of each area: ``change_class``, ``label`` and ``tip`` (escaped), ``rank``."""
    known = areas[areas.index != ""]
    rank = known["watched_difference"].abs().rank(ascending=False, method="first").fillna(len(known))
    rows = known.to_dict("records")
    return pd.DataFrame(
        {
            "change_class": known["change_class"].to_numpy(),
            "label": [_label(row, words) for row in rows],
            "tip": [for_html(area_card(row, words)) for row in rows],
            "rank": rank.astype(int).to_numpy(),
        },
        index=known.index,
    )


def difference_legend(words: Words) -> str:
    """Return the legend of the difference map."""
    entries = [swatch(COLOURS[name], words(f"scenarios.class.{name}")) for name in LEGEND]
    entries.append(swatch(marks.HIDDEN_COLOUR, words("scenarios.class.hidden")))
    return f'<div class="legend-row"><span>{for_html(words("scenarios.map"))}</span>{"".join(entries)}</div>'


def _label(row: dict, words: Words) -> str:
    name, change = for_html(row["name"]), row["change_class"]
    if change is None or pd.isna(change):
        return name
    if change == FEW_CLASS:
        text = difference_text(row["watched_difference"], words)
    else:
        text = points_text(row["share_difference"], words)
    return f"{name}<br>{for_html(text)}"
