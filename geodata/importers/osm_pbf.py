"""OpenStreetMap extracts (``.osm.pbf``, ``.osm``) as street edges: the walked ways, cut at their nodes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd

from geodata.errors import ImportRefusedError
from geodata.importers import report
from geodata.importers.options import STORAGE_CRS, ImportOptions
from geodata.importers.points import JAPAN, inside_box
from geodata.importers.report import RowChecks, Source
from geodata.importers.vector import check_filled
from geodata.importers.walking_ways import KEYS, is_snow_cleared, is_square, why_left_out
from geodata.importers.way_pieces import Pieces, WayNodes, cut_ways

FORMATS = {".pbf": "pbf", ".osm": "osm"}
OSM_CRS = "EPSG:4326"
MAX_BYTES = 2**30  # an extract of a country, not of a city
MOST_NODES = 20_000_000  # of ways, or found: some GB; a small file can unpack to far more
MOST_WAYS = 5_000_000
MOST_NODES_A_WAY = 2_000  # OpenStreetMap's own limit
MOST_ID = 10**11  # of a node; beyond it, as below 1 (a draft's), the filter by number does not work
UNITS = 1e7  # OpenStreetMap counts degrees in these
READ_ERRORS = (RuntimeError, ValueError, OSError, osmium.InvalidLocationError)  # ValueError: bad UTF-8 too


@dataclass(frozen=True, eq=False)
class _Ways:
    """Ways with a ``highway`` tag as read: ids (W,), tags (W rows), sizes (W,) and node numbers in a row."""

    ids: np.ndarray
    tags: pd.DataFrame
    sizes: np.ndarray
    refs: np.ndarray

    def take(self, places: np.ndarray) -> _Ways:
        """Return the ways at some positions, in that order."""
        starts = np.cumsum(self.sizes) - self.sizes
        sizes = self.sizes[places]
        offsets = np.repeat(starts[places] - (np.cumsum(sizes) - sizes), sizes)
        refs = self.refs[np.arange(sizes.sum()) + offsets]
        return _Ways(self.ids[places], self.tags.iloc[places].reset_index(drop=True), sizes, refs)


def is_osm_file(path: Path) -> bool:
    """Tell whether a file's ending is one of an OpenStreetMap extract."""
    return path.suffix.lower() in FORMATS


def read_osm(files: Sequence[Path], options: ImportOptions) -> tuple[gpd.GeoDataFrame, RowChecks, Source]:
    """Read the walked ways of extracts as edges in EPSG:6668, with columns as an edge file has them.

    Ways wholly outside the city's box (Japan, where none is known) are left out; a way that leaves it is
    kept whole. What is left out, cut or joined is counted. An edge keeps its id (``osm``, the way's number,
    the piece's place along it) as long as the way is cut at the same nodes.

    Parameters
    ----------
    files : sequence of Path
        Extracts that may overlap; a way in several is taken once.
    options : ImportOptions
        Its ``bounds`` are used.

    Returns
    -------
    tuple of (GeoDataFrame, RowChecks, Source)
        Edges with ``edge_id``, ``u``, ``v``, ``highway``, ``bridge``, ``snow_cleared`` and their line;
        checks by edge; the source counts the ways with a ``highway`` tag as rows.

    Raises
    ------
    ImportRefusedError
        A file cannot be read, is a history, or holds no walked way within the box.
    """
    _check_options(options)
    ways = _read_ways(files)
    rows_read = len(ways.ids)
    ways, left_out = _leave_out(ways)
    ways, nodes, strays = _within_box(ways, _place_nodes(ways, files), options.bounds or JAPAN)
    edges = _as_edges(ways, cut_ways(nodes))
    if edges.empty:
        raise ImportRefusedError(
            f"Expected streets of two nodes or more in '{files[0].name}', got single nodes only. "
            "Check the extract."
        )
    checks = RowChecks(np.arange(1, len(edges) + 1), np.full(len(edges), "", dtype=object))
    for what, count in {**left_out, **strays, report.SQUARES_OUTLINED: is_square(ways.tags).sum()}.items():
        checks.repaired(what, int(count))
    names = tuple(path.name for path in files)
    return edges, checks, Source(names, rows_read, None, OSM_CRS, "by format")


def _check_options(options: ImportOptions) -> None:
    if options.crs:
        raise ImportRefusedError(
            f"Expected no --crs with an OpenStreetMap file, got {options.crs}. "
            f"Leave it out: such a file is always in {OSM_CRS}."
        )


def _read_ways(files: Sequence[Path]) -> _Ways:
    """Return every way with a ``highway`` tag once, by its number."""
    ids, sizes, refs, tags = array("q"), array("q"), array("q"), []
    for path in files:
        with _told_as_refusal(path):
            for way in _objects(path, osmium.osm.WAY, osmium.filter.KeyFilter("highway")):
                ids.append(way.id)
                sizes.append(len(way.nodes))
                _check_way(way, len(ids), path)
                refs.extend(node.ref for node in way.nodes)
                _check_amount(refs, path)
                tags.append(tuple(way.tags.get(key, "") for key in KEYS))
    if not ids:
        raise ImportRefusedError(
            f"Expected streets (ways with a highway tag) in '{files[0].name}', got none. Check the extract."
        )
    frame = pd.DataFrame.from_records(tags, columns=KEYS).apply(lambda column: column.str.strip().str.lower())
    ways = _Ways(np.array(ids), frame, np.array(sizes), np.array(refs, dtype=np.int64))
    return ways.take(np.unique(ways.ids, return_index=True)[1])


def _check_way(way: osmium.osm.Way, ways_so_far: int, path: Path) -> None:
    if len(way.nodes) > MOST_NODES_A_WAY:
        raise ImportRefusedError(
            f"Expected at most {MOST_NODES_A_WAY:,} points a way, got {len(way.nodes):,} in way {way.id} "
            f"of '{path.name}'. Split the way."
        )
    if ways_so_far > MOST_WAYS:
        raise ImportRefusedError(
            f"Expected at most {MOST_WAYS // 10**6} million ways, got more in '{path.name}'. "
            "Cut it to the city first."
        )


def _check_amount(gathered: array, path: Path) -> None:
    if len(gathered) > MOST_NODES:
        raise ImportRefusedError(
            f"Expected at most {MOST_NODES // 10**6} million points of streets, got more in '{path.name}'. "
            "Cut it to the city first."
        )


def _leave_out(ways: _Ways) -> tuple[_Ways, dict[str, int]]:
    """Return the ways that are walked, and how many are left out for which reason."""
    reasons = why_left_out(ways.tags)
    is_walked = reasons == np.array(None)
    return ways.take(np.flatnonzero(is_walked)), pd.Series(reasons[~is_walked]).value_counts().to_dict()


def _place_nodes(ways: _Ways, files: Sequence[Path]) -> WayNodes:
    """Find the places of the ways' nodes; a node with an impossible place counts as one that is not there."""
    known, places = _read_nodes(files, np.unique(ways.refs))
    found = np.searchsorted(known, ways.refs)
    is_known = np.append(known, -1)[found] == ways.refs
    places = np.vstack([places, [[np.nan, np.nan]]])  # the last for the nodes no file holds
    lonlat = places[np.where(is_known, found, len(known))]
    return WayNodes(np.repeat(np.arange(len(ways.ids)), ways.sizes), ways.refs, lonlat)


def _read_nodes(files: Sequence[Path], wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the nodes found, rising, and their places in degrees (NaN where impossible)."""
    can_choose = len(wanted) > 0 and wanted[0] > 0 and wanted[-1] < MOST_ID
    chosen = osmium.filter.IdFilter(wanted.tolist()) if can_choose else None
    ids, x, y = array("q"), array("q"), array("q")
    for path in files:
        with _told_as_refusal(path):
            for node in _objects(path, osmium.osm.NODE, chosen):
                ids.append(node.id)
                _check_amount(ids, path)
                x.append(node.location.x)
                y.append(node.location.y)
    known, first = np.unique(np.array(ids, dtype=np.int64), return_index=True)
    places = np.column_stack([np.array(x, dtype=float), np.array(y, dtype=float)])[first] / UNITS
    places[(np.abs(places) > (180, 90)).any(axis=1)] = np.nan
    return known, places


def _within_box(
    ways: _Ways, nodes: WayNodes, box: tuple[float, float, float, float]
) -> tuple[_Ways, WayNodes, dict[str, int]]:
    """Return the ways with a node in the box, and how many were left out or will be cut short.

    Raises
    ------
    ImportRefusedError
        There is none.
    """
    placed, inside = nodes.is_placed, inside_box(*nodes.lonlat.T, box)
    of_way = pd.DataFrame({"placed": placed, "lost": ~placed, "inside": inside}).groupby(nodes.way).any()
    of_way = of_way.reindex(range(len(ways.ids)), fill_value=False)
    kept = of_way["inside"].to_numpy(dtype=bool)
    if not kept.any():
        west, south, east, north = box
        raise ImportRefusedError(
            f"Expected streets within lon {west:.2f} to {east:.2f}, lat {south:.2f} to {north:.2f}, "
            f"got none of {len(ways.ids):,} there. Take an extract of this city."
        )
    counts = {
        report.WAYS_OUTSIDE: (of_way["placed"] & ~of_way["inside"]).sum(),
        report.WAYS_UNPLACED: (~of_way["placed"]).sum(),
        report.WAYS_CUT: (of_way["inside"] & of_way["lost"]).sum(),
    }
    numbers = np.cumsum(kept) - 1
    nodes = nodes.take(kept[nodes.way])
    return ways.take(np.flatnonzero(kept)), WayNodes(numbers[nodes.way], nodes.node, nodes.lonlat), counts


def _as_edges(ways: _Ways, pieces: Pieces) -> gpd.GeoDataFrame:
    tags = ways.tags.iloc[pieces.way].reset_index(drop=True)
    number = pd.Series(pieces.number).astype(str)
    columns = {
        "edge_id": "osm" + pd.Series(ways.ids[pieces.way]).astype(str) + "-" + number,
        "u": pieces.u,
        "v": pieces.v,
        "highway": tags["highway"],
        "bridge": tags["bridge"],
        "snow_cleared": is_snow_cleared(ways.tags)[pieces.way],
    }
    return gpd.GeoDataFrame(columns, geometry=pieces.lines, crs=OSM_CRS).to_crs(STORAGE_CRS)


def _objects(path: Path, kind: osmium.osm.osm_entity_bits, chosen: object | None) -> Iterator:
    """Yield a file's nodes or ways, those a filter lets pass; each is good until the next only.

    Raises
    ------
    ImportRefusedError
        The file is absent, empty, too large, or a history.
    """
    check_filled(path)
    if path.stat().st_size > MAX_BYTES:
        raise ImportRefusedError(
            f"Expected at most {MAX_BYTES // 2**20} MB, got more in '{path.name}'. Cut it to the city first."
        )
    # The format is named, so that nothing is guessed, and the path is whole, so that no address is called.
    file = osmium.io.File(str(path.resolve()), FORMATS[path.suffix.lower()])
    processor = osmium.FileProcessor(file, kind)
    if processor.header.has_multiple_object_versions:
        raise ImportRefusedError(
            f"Expected the streets of one day in '{path.name}', got a history. Take an extract of one day."
        )
    yield from processor if chosen is None else processor.with_filter(chosen)


@contextmanager
def _told_as_refusal(path: Path) -> Iterator[None]:
    """Refuse the file where the reader fails, be it at the file, an object or one of its tags."""
    try:
        yield
    except ImportRefusedError:
        raise
    except READ_ERRORS as error:
        raise ImportRefusedError(
            f"Expected a readable OpenStreetMap file, got '{path.name}': {error}. Fetch it again."
        ) from error
