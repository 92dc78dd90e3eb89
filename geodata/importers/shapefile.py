"""What a shapefile leaves unsaid: a lost index, a text encoding nobody wrote down."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio

from geodata.errors import ImportRefusedError

SAMPLE_BYTES = 4 * 2**20
CP932_LANGUAGE_BYTE = 0x13
MAX_BROKEN_SHARE = 0.001  # a name cut in the middle of a letter by its column width
MOJIBAKE_SHARE = 0.2


def sibling(path: Path, suffix: str) -> Path | None:
    """Return the file of the same stem with another suffix, in either case, where it exists."""
    for candidate in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if candidate.is_file():
            return candidate
    return None


@contextmanager
def readable_shapefile(path: Path, folder: Path) -> Iterator[Path]:
    """Give a path GDAL can open: where the .shx is lost, a copy in ``folder`` whose index GDAL rebuilds.

    GDAL writes the new .shx beside what it reads, so the caller's own folder is never read that way.
    """
    if sibling(path, ".shx"):
        yield path
        return
    copy = folder / f"copy-{path.stem}.shp"
    shutil.copyfile(path, copy)
    for suffix in (".dbf", ".prj", ".cpg"):
        found = sibling(path, suffix)
        if found:
            shutil.copyfile(found, copy.with_suffix(suffix))
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
    try:
        yield copy
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})


def text_encoding(path: Path, told: str | None) -> str:
    """Return the encoding of a shapefile's table: as told, as its .cpg says, or by trying UTF-8 and CP932.

    Raises
    ------
    ImportRefusedError
        The text is in neither.
    """
    cpg, dbf = sibling(path, ".cpg"), sibling(path, ".dbf")
    if told:
        return told
    if cpg:
        declared = cpg.read_text("ascii", errors="replace").strip()
        return {"utf8": "UTF-8", "utf-8": "UTF-8", "932": "CP932", "sjis": "CP932"}.get(
            declared.lower(), declared
        )
    if dbf is None:
        raise ImportRefusedError(f"Expected a .dbf beside '{path.name}', got none. Pass all its files.")
    with dbf.open("rb") as table:
        content = table.read(SAMPLE_BYTES)
    if content[29:30] == bytes([CP932_LANGUAGE_BYTE]):
        return "CP932"
    records = content[int.from_bytes(content[8:10], "little") :]
    for encoding in ("UTF-8", "CP932"):
        decoded = records.decode(encoding, errors="replace")
        if decoded.count("\ufffd") <= MAX_BROKEN_SHARE * len(decoded):
            return encoding
    raise ImportRefusedError(f"Expected '{path.name}' in UTF-8 or CP932, got neither. Pass its --encoding.")


def check_mojibake(attributes: pd.DataFrame, name: str) -> None:
    """Refuse text read in the wrong encoding: Latin letters with accents where Japanese should be.

    Raises
    ------
    ImportRefusedError
        More than a fifth of all letters outside ASCII are accented Latin or control letters.
    """
    texts = attributes.select_dtypes(["object", "str"])
    joined = "".join("".join(texts[column].dropna().astype(str).unique()) for column in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", errors="replace"), dtype="<u4")
    beyond_ascii = codes[codes > 0x7F]
    if len(beyond_ascii) and np.mean(beyond_ascii <= 0xFF) > MOJIBAKE_SHARE:
        raise ImportRefusedError(
            f"Expected Japanese text in '{name}', got letters of a wrong encoding. Pass --encoding cp932."
        )
