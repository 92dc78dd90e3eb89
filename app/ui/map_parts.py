"""Parts of a map: an empty base, layers of GeoJSON drawn on a canvas, marks, and labels that do not collide.

No Python object a feature: a layer is one GeoJSON text whose properties carry its style or mark.
All texts in properties that Leaflet shows as HTML (``tip``, ``label``) come escaped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import folium
import geopandas as gpd
import shapely
from branca.element import MacroElement
from folium.template import Template
from folium.utilities import JsCode

from app.ui.text import Words

AREA_DIGITS = 5  # decimals of degrees kept in a layer: about one metre
_TIP = JsCode(
    """function (feature, layer) {
        if (feature.properties.tip) { layer.bindTooltip(feature.properties.tip, {sticky: true}); }
        if (layer.setStyle && feature.properties.style) {
            const rest = feature.properties.style.fillOpacity;
            layer.on('mouseover', () => layer.setStyle({fillOpacity: rest - 0.2}));
            layer.on('mouseout', () => layer.setStyle({fillOpacity: rest}));
        }
    }"""
)
_SILENT = JsCode("function (feature, layer) { layer.options.interactive = false; }")
_LABEL = JsCode(
    """function (feature, place) {
        const text = '<span class="district-label" data-rank="' + feature.properties.rank + '">'
            + feature.properties.label + '</span>';
        return L.marker(place, {interactive: false, keyboard: false,
            icon: L.divIcon({className: 'place-mark', html: text, iconSize: [0, 0]})});
    }"""
)
_MARK = JsCode(
    """function (feature, place) {
        const discs = {
            watched: {radius: 4, weight: 1, color: '#ffffff', fillColor: '#0072b2', fillOpacity: 0.55},
            backed_up: {radius: 5, weight: 2.5, color: '#0072b2', fillColor: '#ffffff', fillOpacity: 0.9},
            chosen: {radius: 13, weight: 3, color: '#222222', fill: false, interactive: false}};
        const shapes = {
            partly_watched: '<circle cx="8" cy="8" r="5.5" fill="#fff"/>'
                + '<path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="#56b4e9"/>'
                + '<circle cx="8" cy="8" r="5.5" fill="none" stroke="#1c6ea4" stroke-width="1.3"/>',
            noticed_only: '<rect x="3" y="3" width="10" height="10" fill="#f0e442" stroke="#333"'
                + ' stroke-width="1.4"/>',
            unwatched: '<path d="M8 1.2 15 14.4H1z" fill="#d55e00" stroke="#fff" stroke-width="1"/>',
            active: '<path d="M8 1.5 15 8h-2v6.5H3V8H1z" fill="#333" stroke="#fff" stroke-width="1"/>',
            vacant: '<path d="M8 2.5 13.8 8H12v5.5H4V8H2.2z" fill="#fff" stroke="#333" stroke-width="1.4"/>',
            passive: '<path d="M8 1.5 14.5 8 8 14.5 1.5 8z" fill="#cc79a7" stroke="#fff" stroke-width="1"/>'};
        const mark = feature.properties.mark;
        if (discs[mark]) { return L.circleMarker(place, discs[mark]); }
        return L.marker(place, {keyboard: false, icon: L.divIcon({className: 'place-mark', iconSize: [16, 16],
            html: '<svg width="16" height="16" viewBox="0 0 16 16">' + shapes[mark] + '</svg>'})});
    }"""
)
_NUMBER = JsCode(
    """function (feature, place) {
        const style = 'width:24px;height:24px;line-height:20px;box-sizing:border-box;border-radius:50%;'
            + 'text-align:center;font-size:12px;font-weight:700;border:2px solid #fff;color:#fff;'
            + 'background:' + feature.properties.colour;
        return L.marker(place, {keyboard: false, zIndexOffset: 1000 - feature.properties.number,
            icon: L.divIcon({className: 'place-mark', iconSize: [24, 24],
                html: '<div style="' + style + '">' + feature.properties.number + '</div>'})});
    }"""
)


class ZoomButtons(MacroElement):
    """The two zoom buttons with titles in the language of the screen."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        L.control.zoom({zoomInTitle: {{ this.nearer|tojson }}, zoomOutTitle: {{ this.farther|tojson }}})
            .addTo({{ this._parent.get_name() }});
        {% endmacro %}"""
    )

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._name = "ZoomButtons"
        self.nearer = words("map.zoom_in")
        self.farther = words("map.zoom_out")


class LabelManners(MacroElement):
    """Hide each label that would lie on a more urgent one; look again after every move."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        (function (map) {
            let waiting = null;
            function meets(a, b) {
                return a.left < b.right + 4 && b.left < a.right + 4
                    && a.top < b.bottom + 2 && b.top < a.bottom + 2;
            }
            function settle() {
                const labels = Array.from(map.getContainer().querySelectorAll('.district-label'));
                labels.sort((a, b) => a.dataset.rank - b.dataset.rank);
                const shown = [];
                labels.forEach(function (label) {
                    const box = label.getBoundingClientRect();
                    const free = !shown.some(other => meets(box, other));
                    label.style.visibility = free ? 'visible' : 'hidden';
                    if (free) { shown.push(box); }
                });
            }
            map.on('layeradd moveend zoomend resize', function () {
                clearTimeout(waiting);
                waiting = setTimeout(settle, 30);
            });
        })({{ this._parent.get_name() }});
        {% endmacro %}"""
    )

    def __init__(self) -> None:
        super().__init__()
        self._name = "LabelManners"


def base_map(
    bounds: Sequence[float], links: tuple[list, list], words: Words, *, wheel_zooms: bool = True
) -> folium.Map:
    """Return a white map without tiles that shows ``bounds`` (west, south, east, north in degrees).

    Inside a page that scrolls the wheel must not zoom: whoever scrolls past the map would lose the city.
    """
    west, south, east, north = (float(side) for side in bounds)
    view = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        min_zoom=8,
        max_zoom=19,
        prefer_canvas=True,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        scroll_wheel_zoom=wheel_zooms,
        keyboard=False,  # its focus on the first click scrolls the page, and that click is lost
    )
    view.default_js, view.default_css = links
    view.fit_bounds([[south, west], [north, east]], padding=(8, 8))
    view.add_child(ZoomButtons(words))
    view.add_child(LabelManners())
    return view


def polygons(areas: gpd.GeoDataFrame, *, name: str | None = None) -> folium.GeoJson:
    """Return a layer of areas; columns of ``areas`` become properties (``style`` and ``tip`` are used)."""
    return folium.GeoJson(_geojson(areas), name=name, on_each_feature=_TIP, smooth_factor=0.5)


def lines(geometries: gpd.GeoSeries, style: dict[str, object]) -> folium.GeoJson:
    """Return one quiet layer of lines that takes no clicks."""
    parts = shapely.get_parts(geometries.to_numpy())
    joined = shapely.multilinestrings(parts[shapely.get_type_id(parts) == 1])
    frame = gpd.GeoDataFrame({"style": [style]}, geometry=[joined], crs=geometries.crs)
    return folium.GeoJson(_geojson(frame), on_each_feature=_SILENT, interactive=False)


def outlines(geometries: gpd.GeoSeries, style: dict[str, object]) -> folium.GeoJson:
    """Return one layer of borders that takes no clicks."""
    return lines(geometries.boundary, {"interactive": False, **style})


def marks(points: gpd.GeoDataFrame) -> folium.GeoJson:
    """Return a layer of points drawn by their column ``mark``; ``tip`` is shown under the mouse."""
    return folium.GeoJson(_geojson(points, digits=6), on_each_feature=_TIP, point_to_layer=_MARK)


def numbers(points: gpd.GeoDataFrame) -> folium.GeoJson:
    """Return a layer of discs in their ``colour`` that bear their ``number``; ``tip`` under the mouse."""
    return folium.GeoJson(_geojson(points, digits=6), on_each_feature=_TIP, point_to_layer=_NUMBER)


def labels(areas: gpd.GeoDataFrame) -> folium.GeoJson:
    """Return the labels (column ``label``, lower ``rank`` wins a collision) inside their areas."""
    inside = areas[["label", "rank", "geometry"]].set_geometry(areas.geometry.representative_point())
    return folium.GeoJson(_geojson(inside), point_to_layer=_LABEL)


def _geojson(frame: gpd.GeoDataFrame, *, digits: int = AREA_DIGITS) -> dict:
    rounded = shapely.transform(frame.geometry.to_numpy(), lambda places: places.round(digits))
    columns = [column for column in frame.columns if column != frame.geometry.name]
    records = frame[columns].astype(object).to_dict("records")
    shapes = [json.loads(text) for text in shapely.to_geojson(rounded)]
    features = [
        {"type": "Feature", "properties": record, "geometry": shape}
        for record, shape in zip(records, shapes, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}
