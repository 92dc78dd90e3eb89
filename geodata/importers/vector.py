"""Reading map files: shapefile, GeoJSON, TopoJSON, GeoPackage, and zips of these.

The driver is chosen by what the file holds, never by GDAL's own guess: a file with a false name could
otherwise be a VRT, which reads any other file.
"""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

from geodata.errors import ImportRefusedError
from geodata.importers.archives import unpack
from geodata.importers.cells import without_direction_signs
from geodata.importers.options import STORAGE_CRS, ImportOptions, read_crs
from geodata.importers.points import JAPAN, inside_box
from geodata.importers.report import RowChecks, Source
from geodata.importers.shapefile import check_mojibake, readable_shapefile, text_encoding
from geodata.importers.tables import decode

SUFFIXES = (".shp", ".gpkg", ".geojson", ".topojson", ".json")  # in a zip the first kind there is taken
SIDECARS = (".dbf", ".shx", ".prj", ".cpg", ".qmd", ".qml", ".xml")
SHP_MAGIC = b"\x00\x00\x27\x0a"
SQLITE_MAGIC = b"SQLite format 3\x00"
GPKG_IDS = (b"GPKG", b"GP10", b"GP11")  # at byte 68 of the file
READ_ERRORS = (DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError)
SWAPPED = "Expected longitude and latitude in Japan: looks like lon and lat are swapped."
OUTSIDE = "Expected a place in Japan (lon 122 to 154, lat 20 to 46). Check the CRS."

# GDAL would fetch such a link, from inside a network that shall ask nobody.
_LINKED_CRS = re.compile(r'"crs"\s*:\s*\{[^{}]*"type"\s*:\s*"link"|"crs"\s*:\s*\{[^}]*"href"', re.DOTALL)


@dataclass(frozen=True)
class LayerChoice:
    """How an importer picks a layer by its columns, the CRS its format implies, the columns it wants."""

    fits: Callable[[frozenset[str]], bool]
    crs_by_format: Callable[[frozenset[str]], str | None] = lambda _columns: None
    wanted: Callable[[str], bool] = lambda _column: True


# Reads one file into features in EPSG:6668 and says what it was.
FileReader = Callable[[Path, LayerChoice, ImportOptions], tuple[gpd.GeoDataFrame, Source]]


@dataclass(frozen=True)
class _Opened:
    """One layer GDAL may be asked for: ``connection`` names the driver where a prefix can."""

    name: str
    connection: str
    layer: str
    columns: frozenset[str]
    crs: str | None
    crs_source: str
    encoding: str


def is_map_file(path: Path) -> bool:
    """Tell whether a file's ending is one of a map file or zip."""
    return path.suffix.lower() in (*SUFFIXES, ".zip")


def check_filled(path: Path) -> None:
    """Raise when there is no such file or nothing in it.

    Raises
    ------
    ImportRefusedError
        Always then.
    """
    if not path.is_file():
        raise ImportRefusedError(f"Expected a file, got none called '{path.name}'. Check the path.")
    if path.stat().st_size == 0:
        raise ImportRefusedError(f"Expected features in '{path.name}', got an empty file. Export it again.")


def read_features(
    files: Sequence[Path],
    choice: LayerChoice,
    options: ImportOptions,
    readers: Mapping[str, FileReader] = MappingProxyType({}),
) -> tuple[gpd.GeoDataFrame, RowChecks, Source]:
    """Read the fitting layer of each file into one frame in EPSG:6668, two-dimensional.

    Features outside Japan are flagged; a feature's row number is its place in the file, from 1.

    Parameters
    ----------
    readers : mapping of str to FileReader
        Readers of further formats by the file's ending, for example ``.parquet``.

    Raises
    ------
    ImportRefusedError
        A file is absent, unsafe, unreadable, empty, without a CRS, undecodable, or wholly outside Japan.
    """
    parts = [
        readers.get(path.suffix.lower(), _read_file)(path, choice, options) for path in _main_files(files)
    ]
    several = len(parts) > 1
    rows = np.concatenate([np.arange(1, len(features) + 1) for features, _ in parts])
    names = np.concatenate(
        [np.full(len(f), source.files[0] if several else "", object) for f, source in parts]
    )
    checks = RowChecks(rows, names)
    features = gpd.GeoDataFrame(
        pd.concat([features for features, _ in parts], ignore_index=True),
        geometry="geometry",
        crs=STORAGE_CRS,
    )
    for name in features.columns.drop("geometry"):
        if not pd.api.types.is_numeric_dtype(features[name]):
            features[name] = _directed(features[name], checks)
    _check_places(features, checks)
    sources = [source for _, source in parts]
    merged = {
        name: ", ".join(dict.fromkeys(getattr(source, name) for source in sources))
        for name in ("encoding", "crs", "crs_source")
    }
    files_read = tuple(source.files[0] for source in sources)
    return features, checks, Source(files_read, len(features), **merged)


def _directed(column: pd.Series, checks: RowChecks) -> pd.Series:
    """Return a column of attributes without signs that turn its texts; other values as they are."""
    is_text = column.map(lambda cell: isinstance(cell, str)).astype(bool)
    texts = column[is_text].astype(str)
    straight = without_direction_signs(texts, checks)
    return column if straight is texts else column.where(~is_text, straight.reindex(column.index))


def to_storage(shapes: np.ndarray, crs: pyproj.CRS, name: str) -> np.ndarray:
    """Return a file's shapes in EPSG:6668 and two dimensions; None where one is or becomes broken.

    Raises
    ------
    ImportRefusedError
        The CRS is none of places on the Earth.
    """
    try:
        if not (crs.is_geographic or crs.is_projected):
            raise pyproj.exceptions.CRSError(crs.type_name)  # of heights, of a building site
        moved = gpd.GeoSeries(_unbroken(shapes), crs=crs).to_crs(STORAGE_CRS)
    except pyproj.exceptions.ProjError as error:
        raise ImportRefusedError(
            f"Expected a CRS of places on the Earth in '{name}', got: {error}. "
            "Pass for example --crs EPSG:6668."
        ) from error
    return _unbroken(moved.to_numpy())


def _unbroken(shapes: np.ndarray) -> np.ndarray:
    """Return shapes in two dimensions, None for those that are empty or have a coordinate not finite."""
    with np.errstate(invalid="ignore"):
        flat = shapely.force_2d(shapes)
    coordinates, shape = shapely.get_coordinates(flat, return_index=True)
    broken = shapely.is_empty(flat)
    broken[shape[~np.isfinite(coordinates).all(axis=1)]] = True
    return np.where(broken, None, flat)


def _main_files(files: Sequence[Path]) -> list[Path]:
    stems = {path.with_suffix("") for path in files if path.suffix.lower() == ".shp"}
    return [path for path in files if not (path.suffix.lower() in SIDECARS and path.with_suffix("") in stems)]


def _read_file(path: Path, choice: LayerChoice, options: ImportOptions) -> tuple[gpd.GeoDataFrame, Source]:
    check_filled(path)
    with tempfile.TemporaryDirectory() as folder:
        for candidate in _candidates(path, Path(folder)):
            with _openable(candidate, Path(folder), options.encoding) as readable:
                opened = _find_layer(candidate, readable, choice, options)
                if opened is not None:
                    return _read_layer(path, opened, choice, options)
    raise ImportRefusedError(f"Expected a layer of the right columns in '{path.name}', got none. Unpack it.")


def _candidates(path: Path, folder: Path) -> list[Path]:
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return [path]
    if suffix != ".zip":
        raise ImportRefusedError(
            f"Expected a .shp, .geojson, .topojson, .gpkg or .zip file, got '{path.name}'. Convert it."
        )
    inside = [entry for entry in unpack(path, folder) if entry.suffix in SUFFIXES]
    if not inside:
        raise ImportRefusedError(f"Expected a map file inside '{path.name}', got none. Check the zip.")
    return sorted(inside, key=lambda entry: (SUFFIXES.index(entry.suffix), entry.name))


@contextmanager
def _openable(path: Path, folder: Path, told: str | None) -> Iterator[tuple[str, str, bool]]:
    """Give (connection, encoding or "", whether it can name its CRS) after checking what the file holds."""
    with path.open("rb") as file:
        head = file.read(100)
    suffix = path.suffix.lower()
    if suffix == ".shp" and head[:4] == SHP_MAGIC:
        with readable_shapefile(path, folder) as readable:
            yield str(readable), "", True
    elif suffix == ".gpkg" and head[:16] == SQLITE_MAGIC and head[68:72] in GPKG_IDS:
        yield str(path), "UTF-8", True
    elif suffix in (".geojson", ".topojson", ".json"):
        yield _open_json(path, folder, told)
    else:
        raise ImportRefusedError(
            f"Expected '{path.name}' to hold what its ending says, got something else. Export it again."
        )


def _open_json(path: Path, folder: Path, told: str | None) -> tuple[str, str, bool]:
    text, encoding = decode(path.read_bytes(), path.name, told)
    if not text.lstrip().startswith("{"):
        raise ImportRefusedError(f"Expected GeoJSON in '{path.name}', got other text. Export it again.")
    if encoding != "UTF-8":
        path = folder / f"utf8-{path.name}"
        path.write_text(text, "utf-8")
    topology = re.search(r'"type"\s*:\s*"Topology"', text) is not None
    has_crs = not topology and re.search(r'"crs"\s*:\s*\{', text) is not None
    if _LINKED_CRS.search(text):
        raise ImportRefusedError(
            f"Expected a CRS written in '{path.name}' itself, got a link to another place. "
            "Take the link out and pass --crs."
        )
    return f"{'TopoJSON' if topology else 'GeoJSON'}:{path}", encoding, has_crs


def _find_layer(
    path: Path, readable: tuple[str, str, bool], choice: LayerChoice, options: ImportOptions
) -> _Opened | None:
    connection, encoding, declares_crs = readable
    encoding = encoding or text_encoding(path, options.encoding)
    layers = []
    try:
        for layer in pyogrio.list_layers(connection)[:, 0]:
            info = pyogrio.read_info(connection, layer=layer, encoding=encoding)
            crs, source = info["crs"], "declared" if declares_crs else "by format"
            columns = frozenset(info["fields"])
            layers.append(_Opened(path.name, connection, layer, columns, crs, source, encoding))
    except (*READ_ERRORS, UnicodeDecodeError, LookupError) as error:
        raise ImportRefusedError(f"Expected a readable map file, got '{path.name}': {error}") from error
    fitting = [layer for layer in layers if choice.fits(layer.columns)]
    if fitting:
        return fitting[0]
    return layers[0] if len(layers) == 1 else None


def _read_layer(
    path: Path, opened: _Opened, choice: LayerChoice, options: ImportOptions
) -> tuple[gpd.GeoDataFrame, Source]:
    opened = _with_crs(opened, choice, options)
    wanted = [column for column in opened.columns if choice.wanted(column)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # broken geometries come back as None and are flagged by row
            features = pyogrio.read_dataframe(
                opened.connection,
                layer=opened.layer,
                encoding=opened.encoding if opened.connection.endswith(".shp") else None,
                columns=wanted,
                force_2d=True,
                on_invalid="warn",
            )
    except UnicodeDecodeError as error:
        raise ImportRefusedError(
            f"Expected '{opened.name}' in {opened.encoding}, got bytes that are not. Pass its --encoding."
        ) from error
    except READ_ERRORS as error:
        raise ImportRefusedError(f"Expected a readable map file, got '{opened.name}': {error}") from error
    if features.empty or not isinstance(features, gpd.GeoDataFrame):
        raise ImportRefusedError(f"Expected features in '{opened.name}', got none. Export it again.")
    if opened.connection.endswith(".shp"):
        check_mojibake(features.drop(columns="geometry"), opened.name)
    features = features.set_crs(read_crs(opened.crs), allow_override=True).to_crs(STORAGE_CRS)
    return features, Source((path.name,), len(features), opened.encoding, opened.crs, opened.crs_source)


def _with_crs(opened: _Opened, choice: LayerChoice, options: ImportOptions) -> _Opened:
    if options.crs:
        return replace(opened, crs=read_crs(options.crs).to_string(), crs_source="given")
    if opened.crs:
        return opened
    implied = choice.crs_by_format(opened.columns)
    if implied is None:
        raise ImportRefusedError(
            f"Expected '{opened.name}' to declare its CRS, got none (no .prj). "
            "Pass --crs EPSG:6668 (JGD2011), EPSG:4612 (JGD2000, older KSJ) or EPSG:4301 (old Tokyo datum)."
        )
    return replace(opened, crs=implied, crs_source="by format")


def _check_places(features: gpd.GeoDataFrame, checks: RowChecks) -> None:
    bounds = shapely.bounds(features.geometry.to_numpy())
    empty = np.isnan(bounds).all(axis=1)
    inside = inside_box(bounds[:, 0], bounds[:, 1], JAPAN) & inside_box(bounds[:, 2], bounds[:, 3], JAPAN)
    swapped = inside_box(bounds[:, 1], bounds[:, 0], JAPAN) & inside_box(bounds[:, 3], bounds[:, 2], JAPAN)
    outside = ~empty & ~inside
    if outside.any() and (outside | empty).all():
        remedy = (
            "looks like lon and lat are swapped"
            if swapped[outside].all()
            else "the CRS may be wrong, pass --crs"
        )
        raise ImportRefusedError(
            f"Expected features in Japan (lon 122 to 154, lat 20 to 46), got none of {len(features)} there: "
            f"{remedy}."
        )
    checks.flag(
        empty, "geometry", np.full(len(features), ""), "Expected a geometry, got none or a broken one."
    )
    shown = np.array([f"{box[0]:.4f}, {box[1]:.4f}" for box in bounds[outside]], dtype=object)
    values = np.full(len(features), "", dtype=object)
    values[outside] = shown
    checks.flag(outside & swapped, "geometry", values, SWAPPED)
    checks.flag(outside & ~swapped, "geometry", values, OUTSIDE)
