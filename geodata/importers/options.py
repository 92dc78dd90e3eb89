"""What a caller may say about a file, and what parsing hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyproj

from geodata.base import STORAGE_SRID
from geodata.errors import ImportRefusedError
from geodata.importers.report import ImportReport

STORAGE_CRS = f"EPSG:{STORAGE_SRID}"


@dataclass(frozen=True)
class ImportOptions:
    """What the caller says of the file; everything may be left out.

    Parameters
    ----------
    crs : str, optional
        CRS of the coordinates, for example ``EPSG:4301``. It overrides what a file declares.
    encoding : str, optional
        Text encoding, for example ``cp932``. Without it UTF-8 and then CP932 are tried.
    municipality : str, optional
        Municipality code of 5 digits (or 6 with the check digit): rows of others are left out.
    column_map : mapping of str to str
        Their heading to ours. A key that begins with ``:`` is not a heading but the value of every row,
        for example ``{":shop": "kind"}``.
    bounds : tuple of float, optional
        Longitude and latitude box of the city (min lon, min lat, max lon, max lat), degrees.
    known : mapping of str to set
        Ids already stored, under ``watchers``, ``passive_watchers``, ``households``, ``districts`` and
        ``facilities``; what is absent is not checked.
    dry_run : bool
        Noted in the report only.
    """

    crs: str | None = None
    encoding: str | None = None
    municipality: str | None = None
    column_map: Mapping[str, str] = field(default_factory=dict)
    bounds: tuple[float, float, float, float] | None = None
    known: Mapping[str, Any] = field(default_factory=dict)
    dry_run: bool = False

    @property
    def municipality_code(self) -> str | None:
        """The municipality as 5 digits."""
        if self.municipality is None:
            return None
        code = self.municipality.strip()
        if not (code.isascii() and code.isdigit() and len(code) in (5, 6)):
            raise ImportRefusedError(
                f"Expected a municipality code of 5 digits, got '{code}'. Pass for example 17201."
            )
        return code[:5]


@dataclass(frozen=True)
class Parsed:
    """A file turned into rows of one model: the frame has the model's columns, geometry in EPSG:6668."""

    model: type
    frame: pd.DataFrame
    report: ImportReport


@dataclass(frozen=True)
class Importer:
    """One source: how its files become rows, and whether they are personal data."""

    layer: str
    model: type
    read: Callable[[Sequence[Path], ImportOptions], Parsed]
    personal: bool


def read_crs(text: str) -> pyproj.CRS:
    """Return the CRS of a text.

    Raises
    ------
    ImportRefusedError
        PROJ does not know it.
    """
    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise ImportRefusedError(
            f"Expected a known CRS, got '{text}'. Pass for example --crs EPSG:6668."
        ) from error
