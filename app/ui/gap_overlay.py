"""The gap areas as a layer of a map: whole cells in the colour of their remedy, for restricted maps."""

from __future__ import annotations

import folium
import geopandas as gpd
import pandas as pd
from branca.element import MacroElement
from folium.template import Template

from app.ui import map_parts, marks
from app.ui.escaping import for_html
from app.ui.text import Words
from app.ui.text.formats import count, share


class KeepOnTop(MacroElement):
    """Bring the layers laid over the map to the front again after another base layer was chosen."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        {{ this._parent.get_name() }}.on('baselayerchange', function () {
            [{% for layer in this.layers %}{{ layer.get_name() }},{% endfor %}].forEach(function (layer) {
                layer.bringToFront();
            });
        });
        {% endmacro %}"""
    )

    def __init__(self, layers: list[folium.FeatureGroup]) -> None:
        super().__init__()
        self._name = "KeepOnTop"
        self.layers = layers


def gap_area_layer(areas: gpd.GeoDataFrame, names: pd.Series, words: Words) -> folium.FeatureGroup:
    """Return a layer of gap areas with tips: place, households missed and in all, main reason, next step.

    Parameters
    ----------
    areas : geopandas.GeoDataFrame
        As ``PatternFigures.gap_areas``; every count shown is at least ten.
    names : pandas.Series
        Of the community districts, indexed by code.
    """
    tips = [_tip(str(code), row, names, words) for code, row in zip(areas.index, _rows(areas), strict=True)]
    styles = [
        {"color": "#222222", "weight": 1.4, "fillColor": marks.REMEDY_COLOURS[remedy], "fillOpacity": 0.9}
        for remedy in areas["remedy"]
    ]
    group = folium.FeatureGroup(name=words("analyse.map.gap_areas"), show=False)
    map_parts.polygons(areas[["geometry"]].assign(tip=tips, style=styles)).add_to(group)
    return group


def _rows(areas: gpd.GeoDataFrame) -> list[dict]:
    return areas[["district", "households", "missed", "leading_class", "remedy"]].to_dict("records")


def _tip(code: str, row: dict, names: pd.Series, words: Words) -> str:
    place = f"{names.get(row['district'], '')} {code}".strip()
    missed, households = row["missed"], row["households"]
    lines = [
        words("map.tip.missed", count=count(missed), share=share(missed, households)),
        words("map.tip.households", count=count(households)),
        words("map.tip.reason", reason=words(f"gap.{row['leading_class']}")),
        words(f"remedy_kind.{row['remedy']}"),
    ]
    return f"<b>{for_html(place)}</b><br>" + "<br>".join(for_html(line) for line in lines)
