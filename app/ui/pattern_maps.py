"""Maps of patterns: clusters told from chance, gap areas by remedy; signs or words beside every colour."""

from __future__ import annotations

import folium
import geopandas as gpd
import pandas as pd

from app.services.results import ClusterFigures
from app.ui import map_parts, marks
from app.ui.escaping import for_html
from app.ui.maps import add_borders, add_chosen, city_base
from app.ui.outlook_tables import cluster_text
from app.ui.tables import shown_count, shown_share
from app.ui.text import Words

_FINE_BORDER = {"color": "#666666", "weight": 0.6}
_UNTESTED_BORDER = {"color": "#666666", "weight": 1.0, "dashArray": "2 4"}
_STRONG_BORDER = {"color": "#222222", "weight": 1.0}


def cluster_map(
    shapes: gpd.GeoDataFrame,
    found: ClusterFigures,
    described: pd.DataFrame,
    frame: gpd.GeoDataFrame,
    *,
    words: Words,
) -> tuple[folium.Map, folium.FeatureGroup]:
    """Return the map of clusters of one layer; only areas that stand out beyond chance bear sign and name.

    Parameters
    ----------
    shapes : geopandas.GeoDataFrame
        Areas of the layer indexed by code, EPSG:6668.
    found : ClusterFigures
        Of the same layer; an area without an answer is drawn as untested.
    described : pandas.DataFrame
        As :func:`app.ui.tables.describe_areas` returns it, for name and tip.
    frame : geopandas.GeoDataFrame
        Community districts: the map shows their extent and borders.
    words : Words
        Language of the texts.
    """
    kinds = found.areas["kind"].reindex(shapes.index).fillna("untested")
    texts = kinds.map(lambda kind: for_html(cluster_text(kind, words)))
    tips = described["tip"].reindex(shapes.index).fillna("–") + "<br>" + texts
    styles = [
        {
            **(_UNTESTED_BORDER if kind == "untested" else _FINE_BORDER),
            "fillColor": marks.CLUSTER_COLOURS[kind],
            "fillOpacity": 0.85,
        }
        for kind in kinds
    ]
    group = folium.FeatureGroup(name="clusters")
    map_parts.polygons(shapes[["geometry"]].assign(tip=tips, style=styles)).add_to(group)
    add_borders(group, frame)
    named = shapes[["geometry"]][kinds.isin(list(marks.CLUSTER_SIGNS))]
    signs = kinds[named.index].map(marks.CLUSTER_SIGNS)
    names = described["name"].reindex(named.index).fillna("").map(for_html)
    ranks = found.areas["p_adjusted"].astype(float).reindex(named.index).rank(method="first").astype(int)
    map_parts.labels(named.assign(label=signs + " " + names, rank=ranks)).add_to(group)
    return city_base(frame, words), group


def gap_area_map(
    areas: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, *, words: Words, selected: str | None = None
) -> tuple[folium.Map, folium.FeatureGroup]:
    """Return the map of gap areas in the colour of their remedy, with its word and the number missed.

    Parameters
    ----------
    areas : geopandas.GeoDataFrame
        As ``PatternFigures.gap_areas``.
    frame : geopandas.GeoDataFrame
        Community districts: the map shows their extent and borders.
    words : Words
        Language of the texts.
    selected : str, optional
        Id of the area drawn with a strong border.
    """
    group = folium.FeatureGroup(name="gap areas")
    add_borders(group, frame)
    if len(areas):
        styles = [
            {**_STRONG_BORDER, "fillColor": marks.REMEDY_COLOURS[kind], "fillOpacity": 0.7}
            for kind in areas["remedy"]
        ]
        tips = [_gap_area_tip(area_id, row, words) for area_id, row in areas.iterrows()]
        drawn = areas[["geometry"]].assign(area_id=areas.index.astype(str), tip=tips, style=styles)
        map_parts.polygons(drawn).add_to(group)
        if selected in areas.index:
            add_chosen(group, areas.geometry.loc[[selected]])
        numbers = areas["missed"].map(lambda number: shown_count(number, words, hide_small=True))
        labels = areas["remedy"].map(lambda kind: words(f"areas.short.{kind}")) + " " + numbers
        ranks = areas["missed"].rank(ascending=False, method="first").astype(int)
        map_parts.labels(areas[["geometry"]].assign(label=labels.map(for_html), rank=ranks)).add_to(group)
    return city_base(frame, words), group


def _gap_area_tip(area_id: object, row: pd.Series, words: Words) -> str:
    missed = words(
        "map.tip.missed",
        count=shown_count(row["missed"], words, hide_small=True),
        share=shown_share(row["missed"], row["households"], words, hide_small=True),
    )
    remedy = words(f"remedy.{row['leading_class']}")
    return f"<b>{for_html(area_id)}</b><br>{for_html(missed)}<br>→ {for_html(remedy)}"
