"""OSMnx street networks in GraphML as features: a line is its edge's geometry, or straight where none is.

The file is read by the XML parser alone, element by element. A file that declares a document type is refused:
only there could entities be declared that blow up or name other files.
"""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.errors import ImportRefusedError
from geodata.importers.options import STORAGE_CRS, ImportOptions, read_crs
from geodata.importers.report import Source
from geodata.importers.vector import LayerChoice, check_filled, to_storage

OSMNX_CRS = "EPSG:4326"  # where the graph names none
MAX_BYTES = 500 * 2**20
OF_A_NODE = ("x", "y", "elevation")
PARSE_ERRORS = (expat.ExpatError, ValueError, LookupError)


class _Graph:
    """What the parser found: the graph's own values, the nodes' by id, and one mapping an edge."""

    def __init__(self, name: str, choice: LayerChoice) -> None:
        self.own: dict[str, str] = {}
        self.nodes: dict[str, dict[str, str]] = {}
        self.edges: list[dict[str, str]] = []
        self._file, self._choice = name, choice
        self._names: dict[str, str] = {}  # of a GraphML key: what it stands for
        self._row = self.own
        self._column: str | None = None
        self._text: list[str] = []

    def parser(self) -> expat.XMLParserType:
        """Return a parser that fills this graph."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text_comes
        return parser

    def _refuse(self, *_declaration: object) -> None:
        raise ImportRefusedError(
            f"Expected GraphML without a document type in '{self._file}', got one. "
            "Do not use it; ask its sender."
        )

    def _begin(self, element: str, attributes: dict[str, str]) -> None:
        kind = element.rpartition(" ")[2]
        if kind == "key":
            self._names[attributes.get("id", "")] = attributes.get("attr.name", "")
        elif kind == "node":
            self._row = self.nodes.setdefault(attributes.get("id", ""), {})
        elif kind == "edge":
            self._row = {}
            self.edges.append(self._row)
            self._row |= {"u": attributes.get("source", ""), "v": attributes.get("target", "")}
        elif kind == "data":
            self._column = self._wanted(attributes.get("key", ""))
            self._text = []

    def _wanted(self, key: str) -> str | None:
        name = self._names.get(key, "")
        of_edge = name == "geometry" or (self._choice.wanted(name) and name not in ("u", "v"))
        return name if name in (*OF_A_NODE, "crs") or of_edge else None

    def _text_comes(self, text: str) -> None:
        if self._column is not None:
            self._text.append(text)

    def _end(self, element: str) -> None:
        kind = element.rpartition(" ")[2]
        if kind == "data" and self._column is not None:
            self._row[self._column] = "".join(self._text)
            self._column = None
        elif kind in ("node", "edge"):
            self._row = self.own


def read_graphml(path: Path, choice: LayerChoice, options: ImportOptions) -> tuple[gpd.GeoDataFrame, Source]:
    """Read a network's edges as features in EPSG:6668, in the order of the file.

    Columns are the edge's own values as text, ``u`` and ``v`` from its ends, and ``elevation_u`` and
    ``elevation_v`` from the nodes where those have an elevation. An edge without a geometry runs straight;
    one whose geometry cannot be read, or whose nodes have no place, gets none.

    Raises
    ------
    ImportRefusedError
        The file is absent, too large, not GraphML, declares a document type, or holds no edge.
    """
    graph = _parse(path, choice)
    if not graph.edges:
        raise ImportRefusedError(
            f"Expected a street network in '{path.name}', got no edges. Save it from OSMnx again."
        )
    edges, nodes = pd.DataFrame.from_records(graph.edges), _node_table(graph)
    ends = [nodes.reindex(edges[name]).to_numpy() for name in ("u", "v")]
    lines = _edge_lines(edges, *(end[:, :2] for end in ends))
    for name, end in zip(("elevation_u", "elevation_v"), ends, strict=True):
        if name not in edges:
            edges[name] = end[:, 2]
    crs = read_crs(options.crs or graph.own.get("crs") or OSMNX_CRS)
    lines = to_storage(lines, crs, path.name)
    edges = edges.drop(columns="geometry", errors="ignore")
    features = gpd.GeoDataFrame(edges, geometry=lines, crs=STORAGE_CRS)
    crs_source = "given" if options.crs else "declared" if "crs" in graph.own else "by format"
    return features, Source((path.name,), len(features), "UTF-8", crs.to_string(), crs_source)


def _parse(path: Path, choice: LayerChoice) -> _Graph:
    check_filled(path)
    if path.stat().st_size > MAX_BYTES:
        raise ImportRefusedError(f"Expected at most 500 MB, got more in '{path.name}'. Split the file.")
    graph = _Graph(path.name, choice)
    try:
        with path.open("rb") as file:
            graph.parser().ParseFile(file)
    except PARSE_ERRORS as error:
        raise ImportRefusedError(
            f"Expected well-formed GraphML in '{path.name}', got: {error}. Save it from OSMnx again."
        ) from error
    return graph


def _node_table(graph: _Graph) -> pd.DataFrame:
    """Return ``x``, ``y`` and ``elevation`` as numbers by node id, NaN where there is none."""
    table = pd.DataFrame.from_dict(graph.nodes, orient="index", columns=None)
    table = table.reindex(columns=list(OF_A_NODE))
    return table.apply(lambda column: pd.to_numeric(column, errors="coerce")).astype(float)


def _edge_lines(edges: pd.DataFrame, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    lines = np.full(len(edges), None, dtype=object)
    drawn = edges["geometry"].notna().to_numpy() if "geometry" in edges else np.zeros(len(edges), dtype=bool)
    if drawn.any():
        texts = edges["geometry"].to_numpy(dtype=object)[drawn]
        with np.errstate(invalid="ignore"):  # a coordinate may be NaN: such a line is a bad row
            lines[drawn] = shapely.from_wkt(texts, on_invalid="ignore")
    straight = ~drawn & np.isfinite(start).all(axis=1) & np.isfinite(end).all(axis=1)
    lines[straight] = shapely.linestrings(np.stack([start[straight], end[straight]], axis=1))
    return lines
