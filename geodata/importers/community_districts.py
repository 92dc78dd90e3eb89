"""Community districts (校下・地区): any polygon file whose columns have our names or are mapped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from geodata.importers.areas import AREA_HEADINGS, build_areas, fill_codes, note_outside_city
from geodata.importers.attributes import as_cells
from geodata.importers.headings import plain
from geodata.importers.options import ImportOptions, Parsed
from geodata.importers.vector import LayerChoice, read_features
from geodata.models import Area

LAYER = "community-districts"


def read_community_districts(files: Sequence[Path], options: ImportOptions) -> Parsed:
    """Read community districts; where there is no code the name serves as one."""
    return read_any_areas(files, options, LAYER, "community")


def read_any_areas(files: Sequence[Path], options: ImportOptions, layer: str, area_layer: str) -> Parsed:
    """Read areas of any polygon file with a column map.

    Raises
    ------
    ImportRefusedError
        There is no name column and none is mapped.
    """
    choice = LayerChoice(fits=lambda columns: _has_name(columns, options))
    features, checks, source = read_features(files, choice, options)
    cells = fill_codes(as_cells(features, AREA_HEADINGS, options, checks), checks)
    geometry = features.geometry.to_numpy()
    note_outside_city(geometry, checks, options)
    areas = build_areas(cells, geometry, checks, area_layer, None)
    return Parsed(Area, areas, checks.report(layer, source, dry_run=options.dry_run))


def _has_name(columns: frozenset[str], options: ImportOptions) -> bool:
    if options.column_map:
        return {theirs for theirs in options.column_map if not theirs.startswith(":")} <= columns
    name = next(heading for heading in AREA_HEADINGS if heading.name == "name")
    return bool(
        {plain(column) for column in columns} & {plain(alias) for alias in (name.name, *name.aliases)}
    )
