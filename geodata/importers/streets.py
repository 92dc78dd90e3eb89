"""Streets: OpenStreetMap extracts, OSMnx GraphML, and edge files with end nodes, length and heights.

Walking goes both ways, so the two directions of a street become one edge from the smaller node id to the
larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.errors import ImportRefusedError
from geodata.importers import report
from geodata.importers.areas import local_crs
from geodata.importers.attributes import as_cells
from geodata.importers.cells import FALSE_WORDS, NumberRule, parse_flags, parse_ids, parse_numbers
from geodata.importers.geoparquet import read_geoparquet
from geodata.importers.graphml import read_graphml
from geodata.importers.headings import Heading, plain
from geodata.importers.options import STORAGE_CRS, ImportOptions, Parsed
from geodata.importers.osm_pbf import is_osm_file, read_osm
from geodata.importers.report import RowChecks, Source
from geodata.importers.vector import SIDECARS, LayerChoice, is_map_file, read_features
from geodata.models import StreetEdge

LAYER = "streets"
HEADINGS = (
    Heading("u", ("from", "from_node", "始点"), required=True),
    Heading("v", ("to", "to_node", "終点"), required=True),
    Heading("length", ("length_m", "延長", "長さ")),
    Heading("elevation_u", ("elevation_u_m", "h_s_sample", "始点標高")),
    Heading("elevation_v", ("elevation_v_m", "h_e_sample", "終点標高")),
    Heading("highway", ("道路種別",)),
    Heading("bridge", ("is_bridge", "橋")),
    Heading("snow_cleared", ("除雪",)),
)
NAMES = {plain(name) for heading in HEADINGS for name in (heading.name, *heading.aliases)}
LENGTH = NumberRule(0, 1e6)
HEIGHT = NumberRule(-500, 4000)  # metres above the sea in Japan
USUAL_RATIO = (0.8, 1.25)  # median of stated length to the line's own; outside it the unit is not metres
SAME_LENGTH_M = 0.01  # two directions of one street have the same length to the centimetre
TURN_MARGIN = 1e-6  # degrees: a line is turned only when its ends fit clearly better the other way round


READERS = {".graphml": read_graphml, ".parquet": read_geoparquet, ".geoparquet": read_geoparquet}


def read_streets(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read street edges.

    A missing or zero length is taken from the line. Heights may be missing; where all are, a warning says
    so. Lines in several parts (cut at the edge of the data) are joined in order; their stated length stands.
    In an OpenStreetMap extract, which holds no pairs of directions, edges of the same nodes and the same
    line are one; in other files a row one way and a row back of the same length are.

    Raises
    ------
    ImportRefusedError
        There are no end nodes, the lengths are not in metres, or a file cannot be used.
    """
    is_osm = [is_osm_file(path) for path in files]
    if any(is_osm) and not all(is_osm):
        raise ImportRefusedError(
            "Expected OpenStreetMap files alone, got others beside them. Import them one after the other."
        )
    features, checks, source = read_osm(files, options) if any(is_osm) else _read_edges(files, options)
    streets = _parse_columns(as_cells(features, HEADINGS, options), features, checks)
    good = ~checks.failed
    streets = streets[good].reset_index(drop=True)
    if any(is_osm):
        edges = _drop_repeats(streets.assign(edge_id=features["edge_id"][good].to_numpy()), checks)
    else:
        streets["geometry"] = _turn_lines(streets, checks)
        edges = _merge_directions(streets, checks)
    _note_missing_heights(edges, checks)
    edges = gpd.GeoDataFrame(edges, geometry="geometry", crs=STORAGE_CRS)
    return Parsed(StreetEdge, edges, checks.report(LAYER, source, dry_run=options.dry_run))


def _read_edges(files: Sequence[Path], options: ImportOptions) -> tuple[gpd.GeoDataFrame, RowChecks, Source]:
    for path in files:
        if not (is_map_file(path) or path.suffix.lower() in (*READERS, *SIDECARS)):
            raise ImportRefusedError(
                f"Expected streets as .osm.pbf, .osm, .graphml, .gpkg, .shp, .geojson, .parquet or .zip, "
                f"got '{path.name}'. Convert it."
            )
    mapped = {plain(name) for name in options.column_map}
    choice = LayerChoice(
        fits=lambda columns: {"u", "v"} <= {plain(column) for column in columns},
        wanted=lambda column: plain(column) in NAMES | mapped,
    )
    return read_features(files, choice, options, READERS)


def _note_missing_heights(edges: pd.DataFrame, checks: RowChecks) -> None:
    if len(edges) and edges[["elevation_u_m", "elevation_v_m"]].isna().all(axis=None):
        reason = "No street has a height: walks are measured as if the city were flat."
        checks.note("elevation_u", "", reason)


def _parse_columns(cells: pd.DataFrame, features: gpd.GeoDataFrame, checks: RowChecks) -> pd.DataFrame:
    lines = _single_lines(features.geometry.to_numpy(), checks)
    decimals = sum(pd.api.types.is_float_dtype(features[name]) for name in ("u", "v") if name in features)
    checks.repaired(report.NODE_IDS_TO_TEXT, decimals * len(features))
    kinds = cells["highway"].str.replace(r"[\[\]'\" ]", "", regex=True)
    return pd.DataFrame(
        {
            "u": parse_ids(cells, "u", checks, unique=False),
            "v": parse_ids(cells, "v", checks, unique=False),
            "length_m": _lengths(cells, lines, checks),
            "elevation_u_m": parse_numbers(cells, "elevation_u", checks, HEIGHT),
            "elevation_v_m": parse_numbers(cells, "elevation_v", checks, HEIGHT),
            "highway": kinds.str[:60].astype(object).where(kinds != "", None),
            "is_steps": kinds.str.contains(r"\bsteps\b"),
            "is_bridge": ~cells["bridge"].str.strip().str.lower().isin(FALSE_WORDS),  # OSM: yes, viaduct, …
            "snow_cleared": parse_flags(cells, "snow_cleared", checks),
            "geometry": lines,
        }
    )


def _single_lines(geometry: np.ndarray, checks: RowChecks) -> np.ndarray:
    lines = geometry.copy()
    many = shapely.get_type_id(geometry) == shapely.GeometryType.MULTILINESTRING
    lines[many] = shapely.line_merge(geometry[many])
    for place in np.flatnonzero(shapely.get_type_id(lines) == shapely.GeometryType.MULTILINESTRING):
        lines[place] = shapely.linestrings(shapely.get_coordinates(geometry[place]))  # few: cut at the edge
    checks.repaired(report.MULTIPART_JOINED, int(many.sum()))
    wrong = (shapely.get_type_id(lines) != shapely.GeometryType.LINESTRING) & ~shapely.is_missing(lines)
    kinds = gpd.GeoSeries(geometry).geom_type
    checks.flag(wrong, "geometry", kinds, "Expected a line. Check that the layer holds streets.")
    return lines


def _lengths(cells: pd.DataFrame, lines: np.ndarray, checks: RowChecks) -> pd.Series:
    stated = parse_numbers(cells, "length", checks, LENGTH)
    series = gpd.GeoSeries(lines, crs=STORAGE_CRS)
    if series.isna().all():
        return stated  # every row is an error already
    measured = shapely.length(series.to_crs(local_crs(series, "tmerc")).to_numpy())
    usable = stated > 0
    ratio = float(np.nanmedian((stated / measured)[usable & (measured > 0)])) if usable.any() else 1.0
    if not USUAL_RATIO[0] <= ratio <= USUAL_RATIO[1]:
        raise ImportRefusedError(
            f"Expected lengths in metres, got a median of {ratio:.3g} times the length of the lines. "
            "Convert them, or leave the column out."
        )
    checks.repaired(report.LENGTH_FROM_GEOMETRY, int((~usable).sum()))
    return stated.where(usable, measured)


def _turn_lines(streets: pd.DataFrame, checks: RowChecks) -> np.ndarray:
    """Turn lines that run from v to u: each node's place is the median of the line ends that claim it."""
    lines = streets["geometry"].to_numpy()
    if not len(lines):
        return lines
    ends = _ends(lines)
    claims = pd.DataFrame(np.vstack(ends), columns=["x", "y"])
    places = claims.groupby(np.concatenate([streets["u"], streets["v"]])).median()
    node_u, node_v = (places.reindex(streets[name]).to_numpy() for name in ("u", "v"))
    as_is = np.hypot(*(ends[0] - node_u).T) + np.hypot(*(ends[1] - node_v).T)
    turned = np.hypot(*(ends[1] - node_u).T) + np.hypot(*(ends[0] - node_v).T)
    wrong = turned + TURN_MARGIN < as_is
    checks.repaired(report.EDGES_TURNED, int(wrong.sum()))
    return _reversed_where(lines, wrong)


def _ends(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last coordinates of lines that all have some."""
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    starts = np.searchsorted(line, np.arange(len(lines)))
    return coordinates[starts], coordinates[np.append(starts[1:], len(line)) - 1]


def _reversed_where(lines: np.ndarray, turn: np.ndarray) -> np.ndarray:
    turned = lines.copy()
    turned[turn] = shapely.reverse(lines[turn])
    return turned


def _merge_directions(streets: pd.DataFrame, checks: RowChecks) -> pd.DataFrame:
    """Keep one row for the two directions of a street, running from the smaller node id to the larger.

    The n-th row one way and the n-th row back between the same nodes with the same length are one street,
    so real parallels stay apart. A loop (both ends at one node) and its reverse share length and middle.
    """
    backward = (streets["u"] > streets["v"]).to_numpy()
    edges = _turned(streets, backward)
    edges["cm"] = (edges["length_m"] / SAME_LENGTH_M).round()
    edges["middle"] = _middles(edges)
    again = edges.groupby(["u", "v", "cm", "middle"]).cumcount() % 2 == 1
    edges["backward"] = np.where(edges["u"] == edges["v"], again, backward)
    edges = edges.sort_values(["u", "v", "cm", "backward", "middle"], kind="stable")
    edges["nth"] = edges.groupby(["u", "v", "cm", "backward"]).cumcount()
    _note_unsure_heights(edges, checks)
    merged = edges.drop_duplicates(["u", "v", "cm", "nth"]).copy()
    checks.repaired(report.DIRECTIONS_MERGED, len(edges) - len(merged))
    number = merged.groupby(["u", "v"]).cumcount() + 1
    suffix = ("#" + number.astype(str)).where(number > 1, "")
    merged.insert(0, "edge_id", merged["u"] + "-" + merged["v"] + suffix)
    return merged.drop(columns=["backward", "cm", "middle", "nth"]).reset_index(drop=True)


def _drop_repeats(streets: pd.DataFrame, checks: RowChecks) -> pd.DataFrame:
    """Let each edge run from the smaller node id to the larger, and keep one of those drawn alike."""
    edges = _turned(streets, (streets["u"] > streets["v"]).to_numpy())
    shapes = shapely.to_wkb(shapely.normalize(edges["geometry"].to_numpy()))
    again = edges.assign(shape=shapes).duplicated(["u", "v", "shape"]).to_numpy()
    checks.repaired(report.EDGES_REPEATED, int(again.sum()))
    return edges[~again].reset_index(drop=True)


def _note_unsure_heights(edges: pd.DataFrame, checks: RowChecks) -> None:
    """Warn where both directions state the same height first: then one of them has its ends mixed up."""
    heights = ["elevation_u_m", "elevation_v_m"]
    first = edges.groupby(["u", "v", "cm", "nth"])[heights].transform("first").to_numpy()
    own = edges[heights].to_numpy()
    unsure = int(((own[:, ::-1] == first).all(axis=1) & (own[:, 0] != own[:, 1])).sum())
    if unsure:
        reason = (
            "Both directions state their heights the same way round: which end is the higher is not sure."
        )
        checks.note("elevation_u", f"{unsure} of {len(edges)}", reason)


def _turned(streets: pd.DataFrame, backward: np.ndarray) -> pd.DataFrame:
    edges = streets.copy()
    for one, other in (("u", "v"), ("elevation_u_m", "elevation_v_m")):
        edges[one] = np.where(backward, streets[other], streets[one])
        edges[other] = np.where(backward, streets[one], streets[other])
    edges["geometry"] = _reversed_where(streets["geometry"].to_numpy(), backward)
    return edges


def _middles(edges: pd.DataFrame) -> np.ndarray:
    """Return a number that orders parallels by the place of their middle (to 1e-6 degrees, about 0.1 m).

    Zero for edges without parallels, which need no order.
    """
    several = edges.duplicated(["u", "v", "cm"], keep=False).to_numpy()
    lines = edges["geometry"].to_numpy()[several]
    middles = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    order = np.zeros(len(edges))
    order[several] = np.round(middles[:, 0], 6) * 1e6 + np.round(middles[:, 1], 6)
    return order
