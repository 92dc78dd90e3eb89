"""GeoParquet files as features: the CRS from the file, only the columns asked for."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyproj
import shapely

from geodata.errors import ImportRefusedError
from geodata.importers.attributes import as_text
from geodata.importers.options import STORAGE_CRS, ImportOptions, read_crs
from geodata.importers.report import Source
from geodata.importers.vector import LayerChoice, check_filled, to_storage

MAX_UNPACKED = 2 * 2**30  # bytes, by the file's own account
MOST_ROWS = 5_000_000  # streets of a whole region; repeated values pack to almost nothing
MOST_VALUES = 50_000_000  # of one column, those inside lists counted
READ_ERRORS = (
    *(pa.ArrowException, shapely.errors.ShapelyError, pyproj.exceptions.ProjError),
    # what damaged metadata or text comes to (UnicodeDecodeError is a ValueError)
    *(ValueError, LookupError, TypeError, AttributeError, OSError, RecursionError),
)


def read_geoparquet(
    path: Path, choice: LayerChoice, options: ImportOptions
) -> tuple[gpd.GeoDataFrame, Source]:
    """Read a file's features in EPSG:6668, two-dimensional.

    Raises
    ------
    ImportRefusedError
        The file is absent, empty, too large, no GeoParquet, or declares no CRS while none is given.
    """
    check_filled(path)
    try:
        features = _read_columns(path, choice)
    except READ_ERRORS as error:
        raise ImportRefusedError(
            f"Expected GeoParquet in '{path.name}', got something else: {error}. Export it again."
        ) from error
    if features.empty:
        raise ImportRefusedError(f"Expected features in '{path.name}', got none. Export it again.")
    if options.crs is None and features.crs is None:
        raise ImportRefusedError(
            f"Expected '{path.name}' to declare its CRS, got none. Pass for example --crs EPSG:6668."
        )
    crs = read_crs(options.crs) if options.crs else features.crs
    shapes = to_storage(features.geometry.to_numpy(), crs, path.name)
    features = features.set_geometry(shapes, crs=STORAGE_CRS)
    source = "given" if options.crs else "declared"
    return features, Source((path.name,), len(features), "UTF-8", crs.to_string(), source)


def _read_columns(path: Path, choice: LayerChoice) -> gpd.GeoDataFrame:
    """Read the columns asked for; lists in a cell become text, and a named index becomes columns."""
    schema = _checked_schema(path)
    if b"geo" not in (schema.metadata or {}):
        raise ImportRefusedError(
            f"Expected GeoParquet in '{path.name}', got a table without places. Export it as GeoParquet."
        )
    main = json.loads(schema.metadata[b"geo"])["primary_column"]
    wanted = [name for name in schema.names if name == main or choice.wanted(name)]
    with np.errstate(invalid="ignore"):  # a coordinate may be NaN: such a line is a bad row
        features = gpd.read_parquet(path, columns=wanted)
    for name in features.columns.intersection([field.name for field in schema if _is_list(field)]):
        features[name] = features[name].map(lambda cell: ",".join(map(str, cell)), na_action="ignore")
    features = features.rename_geometry("geometry") if main != "geometry" else features
    features = features.reset_index(drop=list(features.index.names) == [None])
    for name in features.columns.drop("geometry"):
        if not pd.api.types.is_numeric_dtype(features[name]):
            features[name] = as_text(features[name])  # here, for Arrow decodes text only when asked for it
    return features


def _checked_schema(path: Path) -> pa.Schema:
    with pq.ParquetFile(path) as file:
        if file.metadata.num_rows > MOST_ROWS:
            raise ImportRefusedError(
                f"Expected at most {MOST_ROWS:,} rows, got {file.metadata.num_rows:,} in '{path.name}'. "
                "Cut it to the city first."
            )
        groups = range(file.metadata.num_row_groups)
        unpacked = sum(file.metadata.row_group(number).total_byte_size for number in groups)
        if unpacked > MAX_UNPACKED:
            raise ImportRefusedError(
                f"Expected at most {MAX_UNPACKED // 2**30} GB unpacked, got {unpacked / 2**30:,.1f} GB "
                f"in '{path.name}'. Cut it to the city first."
            )
        _check_decoded(path, file.metadata)
        return file.schema_arrow


def _check_decoded(path: Path, metadata: pq.FileMetaData) -> None:
    """Refuse columns that grow when they are decoded: a value written once and named a million times."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(metadata.num_columns)]
    values: Counter[str] = Counter()
    for chunk in chunks:
        values[chunk.path_in_schema] += chunk.num_values
    of_text = {
        chunk.path_in_schema
        for chunk in chunks
        if chunk.physical_type == "BYTE_ARRAY" and chunk.has_dictionary_page
    }
    too_many = max(values.values(), default=0) > MOST_VALUES
    if too_many or _decoded_bytes(path, sorted(of_text)) > MAX_UNPACKED:
        raise ImportRefusedError(
            f"Expected at most {MAX_UNPACKED // 2**30} GB decoded, got more in '{path.name}'. "
            "Do not use it; ask its sender."
        )


def _decoded_bytes(path: Path, columns: list[str]) -> int:
    """Return the length of the texts of columns, each repetition counted, without writing them out."""
    total = 0
    with pq.ParquetFile(path, read_dictionary=columns) as file:
        for column in columns:
            for chunk in file.read(columns=[column]).column(0).chunks:
                while pa.types.is_list(chunk.type) or pa.types.is_large_list(chunk.type):
                    chunk = chunk.flatten()
                if pa.types.is_dictionary(chunk.type):
                    lengths = pc.binary_length(chunk.dictionary).cast(pa.int64())
                    total += pc.sum(pc.take(lengths, chunk.indices)).as_py() or 0
                else:
                    total += chunk.nbytes
    return total


def _is_list(field: pa.Field) -> bool:
    return pa.types.is_list(field.type) or pa.types.is_large_list(field.type)
