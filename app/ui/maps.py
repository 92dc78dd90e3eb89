"""The maps: shares by district, one district for its coordinator, and one HTML file to hand over.

Frames come in EPSG:6668, described by :mod:`app.ui.tables`; every text is escaped before it becomes a tip.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

import folium
import geopandas as gpd
import pandas as pd
from branca.element import Element

from analysis.frames import REMEDY_OF
from app.services.results import CityFigures, DistrictView, HouseholdView
from app.ui import map_parts, marks
from app.ui.assets import FONT_STACK, font_inside, frame_links, standalone_links
from app.ui.charts import remedy_legend, share_legend
from app.ui.escaping import for_html
from app.ui.findings import basis_note, city_finding
from app.ui.gap_overlay import KeepOnTop, gap_area_layer
from app.ui.tables import describe_areas
from app.ui.text import Words
from app.ui.text.formats import day

_UNLABELLED = ("neighbourhood",)  # hundreds of names would cover the map; they stand in the tips
_BORDER = {"color": "#333333", "weight": 1.1, "opacity": 1.0}
_FINE_BORDER = {"color": "#666666", "weight": 0.6}
_CASING = {"color": "#ffffff", "weight": 3.0, "opacity": 1.0}
_STREET = {"color": "#d9d9d9", "weight": 1.0, "opacity": 1.0}
_CHOSEN = {"color": "#111111", "weight": 4.0, "opacity": 1.0}
_WATCHES = {"color": "#333333", "weight": 2.0, "opacity": 0.9}
_COULD = {"color": "#333333", "weight": 1.4, "opacity": 0.7, "dashArray": "4 5"}


def city_base(shapes: gpd.GeoDataFrame, words: Words) -> folium.Map:
    """Return the empty map of the city; it stays while layers on it change, so place and zoom are kept."""
    return map_parts.base_map(shapes.total_bounds, frame_links(), words, wheel_zooms=False)


def choropleth_map(
    shapes: gpd.GeoDataFrame,
    figures: pd.DataFrame,
    *,
    words: Words,
    selected: str | None = None,
    frame: gpd.GeoDataFrame | None = None,
) -> tuple[folium.Map, folium.FeatureGroup]:
    """Return the map of shares not watched by area, as an unchanging base and a changing group of layers.

    Parameters
    ----------
    shapes : geopandas.GeoDataFrame
        Areas indexed by code, EPSG:6668.
    figures : pandas.DataFrame
        As :func:`app.ui.tables.describe_areas` returns it, indexed by code.
    words : Words
        Language of the texts.
    selected : str, optional
        Code of the area drawn with a strong border.
    frame : geopandas.GeoDataFrame, optional
        Given for a layer of hundreds of areas, which bear no labels: community districts, whose extent the
        map shows and whose borders lie on top.
    """
    group = folium.FeatureGroup(name="areas")
    if frame is None:
        _add_shares(group, shapes, figures)
    else:
        map_parts.polygons(_share_areas(shapes, figures, _FINE_BORDER)).add_to(group)
        add_borders(group, frame)
    if selected in shapes.index:
        add_chosen(group, shapes.geometry.loc[[selected]], fine=frame is not None)
    return city_base(shapes if frame is None else frame, words), group


def add_borders(group: folium.FeatureGroup, areas: gpd.GeoDataFrame) -> None:
    """Draw the borders of areas, dark with a white casing."""
    map_parts.outlines(areas.geometry, _CASING).add_to(group)
    map_parts.outlines(areas.geometry, _BORDER).add_to(group)


def add_chosen(group: folium.FeatureGroup, area: gpd.GeoSeries, *, fine: bool = False) -> None:
    """Draw the strong border of what is chosen, one that leaves a small area visible if ``fine``."""
    map_parts.outlines(area, {**_CHOSEN, "weight": 2.0} if fine else _CHOSEN).add_to(group)


def district_base(view: DistrictView, words: Words) -> folium.Map:
    """Return the quiet map of one district: streets and border."""
    base = map_parts.base_map(view.outline.total_bounds, frame_links(), words, wheel_zooms=False)
    if len(view.streets):
        map_parts.lines(view.streets.geometry, _STREET).add_to(base)
    map_parts.outlines(view.outline.geometry, _CASING).add_to(base)
    map_parts.outlines(view.outline.geometry, {**_BORDER, "weight": 1.8}).add_to(base)
    return base


def district_map(
    view: DistrictView, words: Words, chosen: HouseholdView | None = None
) -> tuple[folium.Map, folium.FeatureGroup]:
    """Return the map of one district with households and watchers as marks, base and changing group apart.

    Lines lead from a chosen household to those who watch it (whole) and who could (dashed).
    """
    group = folium.FeatureGroup(name="district")
    if chosen is not None and chosen.household_id in view.households.index:
        _add_chosen(group, view, chosen)
    map_parts.marks(_watcher_marks(view.watchers, words)).add_to(group)
    map_parts.marks(_household_marks(view.households, words)).add_to(group)
    return district_base(view, words), group


def standalone_gap_map(
    figures: CityFigures,
    shapes: Mapping[str, gpd.GeoDataFrame],
    gap_cells: gpd.GeoDataFrame | None,
    words: Words,
) -> str:
    """Return one HTML page that opens from a file without any request: the gaps by area, gap areas above.

    Counts from 1 to 9 are shown as "<10".

    Parameters
    ----------
    figures : CityFigures
        Counts; each layer drawn must be in ``figures.layers``.
    shapes : mapping of str to geopandas.GeoDataFrame
        Areas by layer (community, school, neighbourhood), indexed by code, EPSG:6668; the first is shown at
        the start.
    gap_cells : geopandas.GeoDataFrame, optional
        Joined gap areas with ``missed`` (households) and ``gap_class`` (the most frequent), any CRS.
    words : Words
        Language of the page.
    """
    first = next(iter(shapes.values()))
    page = map_parts.base_map(first.total_bounds, standalone_links(), words)
    for number, (layer, areas) in enumerate(shapes.items()):
        group = folium.FeatureGroup(name=words(f"layer.{layer}"), overlay=False, show=number == 0)
        described = describe_areas(figures.layers[layer], words, hide_small=True)
        if layer in _UNLABELLED:
            map_parts.polygons(_share_areas(areas, described, _FINE_BORDER)).add_to(group)
        else:
            _add_shares(group, areas, described)
        group.add_to(page)
    above = []
    if gap_cells is not None and len(gap_cells):
        above.append(_cell_layer(gap_cells, words))
    if len(figures.patterns.gap_areas):
        names = figures.layers["community"]["name"]
        above.append(gap_area_layer(figures.patterns.gap_areas, names, words))
    for group in above:
        group.add_to(page)
    page.add_child(KeepOnTop(above))
    folium.LayerControl(collapsed=False, position="topright").add_to(page)
    return _as_page(page, figures, words, share_legend(words) + (remedy_legend(words) if above else ""))


def _add_shares(group: folium.FeatureGroup, shapes: gpd.GeoDataFrame, figures: pd.DataFrame) -> None:
    areas = shapes[["geometry"]].join(figures, how="left")
    map_parts.polygons(_share_areas(shapes, figures, {"weight": 0})).add_to(group)
    add_borders(group, shapes)
    named = areas[areas["label"].notna()]
    map_parts.labels(named[["label", "rank", "geometry"]]).add_to(group)


def _share_areas(shapes: gpd.GeoDataFrame, figures: pd.DataFrame, border: dict) -> gpd.GeoDataFrame:
    """Return the areas in the colour of their class of share missed, with their tips."""
    areas = shapes[["geometry"]].join(figures, how="left")
    classes = areas["share_class"].fillna(-1).astype(int)
    colours = (marks.HIDDEN_COLOUR, *marks.SHARE_COLOURS)
    styles = [{**border, "fillColor": colours[number + 1], "fillOpacity": 0.9} for number in classes]
    return areas[["geometry"]].assign(
        code=areas.index.astype(str), tip=areas["tip"].fillna("–"), style=styles
    )


def _cell_layer(gap_cells: gpd.GeoDataFrame, words: Words) -> folium.FeatureGroup:
    cells = gap_cells.to_crs(6668)
    colours = cells["gap_class"].map(lambda name: marks.REMEDY_COLOURS[REMEDY_OF[name]])
    counts = cells["missed"].where(cells["missed"] >= marks.LEAST_SHOWN)
    texts = counts.map(lambda number: f"{number:,.0f}", na_action="ignore").fillna(words("table.few"))
    reasons = cells["gap_class"].map(lambda name: words(f"gap.{name}"))
    heads = words("figure.missed")
    tips = [
        for_html(f"{heads} {text} {words('unit.households')}") + "<br>" + for_html(reason)
        for text, reason in zip(texts, reasons, strict=True)
    ]
    styles = [{"color": "#444444", "weight": 0.8, "fillColor": c, "fillOpacity": 0.75} for c in colours]
    group = folium.FeatureGroup(name=words("map.gap_cells"), show=False)
    map_parts.polygons(cells[["geometry"]].assign(tip=tips, style=styles)).add_to(group)
    return group


def _household_marks(households: gpd.GeoDataFrame, words: Words) -> gpd.GeoDataFrame:
    shown = households.where(~households["backed_up"].astype(bool) | (households["status"] != "watched"))
    kinds = shown["status"].fillna("backed_up")
    states = households["status"].map(lambda status: for_html(words(f"status.{status}")))
    reasons = households["gap_class"].map(
        lambda name: "<br>" + for_html(words(f"gap.{name}")), na_action="ignore"
    )
    ids = households.index.to_series().astype(str)
    tips = ids.map(for_html) + "<br>" + states + reasons.fillna("")
    frame = households[["geometry"]].assign(household_id=ids, mark=kinds, tip=tips)
    return frame.loc[households["status"].eq("watched").sort_values(ascending=False, kind="stable").index]


def _watcher_marks(watchers: gpd.GeoDataFrame, words: Words) -> gpd.GeoDataFrame:
    placed = watchers[watchers.geometry.notna() & ~watchers.geometry.is_empty]
    passive = placed["kind"].isin(marks.PASSIVE_KINDS)
    kinds = passive.map({True: "passive", False: "active"}).where(placed["status"] != "vacant", "vacant")
    names = placed["kind"].map(lambda kind: for_html(words(f"kind.{kind}")))
    ids = placed.index.to_series().astype(str)
    vacant = (placed["status"] == "vacant").map({True: f" ({for_html(words('watcher.vacant'))})", False: ""})
    return placed[["geometry"]].assign(
        watcher_id=ids, mark=kinds, tip=names + vacant + "<br>" + ids.map(for_html)
    )


def _add_chosen(group: folium.FeatureGroup, view: DistrictView, chosen: HouseholdView) -> None:
    home = view.households.geometry.loc[chosen.household_id]
    for rows, style in ((chosen.watched_by, _WATCHES), (chosen.could_watch, _COULD)):
        known = [name for name in rows["watcher_id"] if name in view.watchers.index]
        places = view.watchers.geometry.loc[known].dropna()
        ways = places[~places.is_empty & (places.geom_type == "Point")].shortest_line(home)
        if len(ways):
            map_parts.lines(ways, style).add_to(group)
    ring = gpd.GeoDataFrame({"mark": ["chosen"]}, geometry=[home], crs=view.households.crs)
    map_parts.marks(ring).add_to(group)


def _as_page(page: folium.Map, figures: CityFigures, words: Words, legends: str) -> str:
    root = page.get_root()
    root.title = for_html(f"{figures.info.name} {words('map.standalone_title')}")
    root.html.add_child(Element(_head_block(figures, words)), index=0)
    root.html.add_child(Element(f'<aside class="legend">{legends}</aside>'))
    root.header.add_child(Element(f"<style>{_PAGE_STYLE}</style>"))
    text = root.render().replace("<html>", f'<html lang="{words.language}">', 1)
    return text.replace("</head>", f"<style>{font_inside(_signs(text))}</style></head>", 1)


def _signs(page: str) -> str:
    """Return every sign the page may show, whether written plainly or as an escape of script or HTML."""
    halves = re.sub(r"\\u([0-9a-fA-F]{4})", lambda sign: chr(int(sign.group(1), 16)), page)
    plain = halves.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")  # joins the halves of a sign
    return "".join(sorted(set(html.unescape(plain))))


def _head_block(figures: CityFigures, words: Words) -> str:
    date = words("common.date", day=day(figures.date, words.language))
    note = f"{date} · {words(f'season.{figures.season}')} · {basis_note(figures, words)}"
    stamp = f'<span class="stamp">{for_html(words("synthetic"))}</span>' if figures.info.synthetic else ""
    stamp += f'<span class="stamp">{for_html(words("report.restricted"))}</span>'
    title = for_html(f"{figures.info.name} {words('map.standalone_title')}")
    return (
        f"<header><h1>{title}{stamp}</h1><p>{for_html(city_finding(figures, words))}</p>"
        f"<p class='note'>{for_html(note)}<br>{for_html(words('define.watched'))}</p></header>"
    )


_PAGE_STYLE = f"""
body {{ font-family: {FONT_STACK}; color: #222; display: flex; flex-direction: column; }}
header {{ padding: 12px 20px 8px; }}
h1 {{ font-size: 22px; font-weight: 500; margin: 0 0 6px; }}
header p {{ margin: 4px 0; font-size: 15px; }}
header .note {{ font-size: 12px; color: #555; }}
.stamp {{ border: 1.5px solid #b30000; color: #b30000; font-size: 13px; padding: 2px 8px; margin-left: 14px;
  vertical-align: middle; }}
.folium-map {{ flex: 1; position: relative !important; height: auto !important; }}
.legend {{ position: fixed; left: 16px; bottom: 16px; z-index: 900; background: #fffffff2; padding: 8px 12px;
  border: 1px solid #bbb; font-size: 12px; }}
.legend-row + .legend-row {{ margin-top: 9px; }}
.legend-item {{ display: block; margin-top: 3px; }}
.swatch {{ display: inline-block; width: 18px; height: 12px; border: 1px solid #777; margin-right: 6px; }}
.leaflet-control-layers {{ font-size: 13px; line-height: 1.7; }}
"""
