"""Unpacking zips safely: no path leaves the folder, no bomb fills the disk."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from geodata.errors import ImportRefusedError

MAX_UNPACKED = 2 * 2**30  # bytes
SUSPICIOUS_SIZE = (
    500 * 2**20
)  # from here on the ratio is looked at: real shapefiles of 254-wide columns pack 60:1
MAX_RATIO = 100
MAX_ENTRIES = 2_000
WANTED = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".geojson", ".json", ".topojson", ".gpkg")


def unpack(path: Path, folder: Path) -> list[Path]:
    """Unpack the map files of a zip into ``folder`` and return them; other entries are passed over.

    Raises
    ------
    ImportRefusedError
        Not a zip, an entry that points outside (``../x``, ``/x``), encrypted, or unpacking to far too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_entries(path.name, entries)
            wanted = [entry for entry in entries if PurePosixPath(entry.filename).suffix.lower() in WANTED]
            return [_extract(archive, entry, folder) for entry in wanted]
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as error:
        raise ImportRefusedError(
            f"Expected a readable zip without a password, got '{path.name}'. Pack it again."
        ) from error


def _check_entries(name: str, entries: list[zipfile.ZipInfo]) -> None:
    unsafe = [entry.filename for entry in entries if _leaves_folder(entry.filename)]
    if unsafe:
        raise ImportRefusedError(
            f"Expected paths inside the zip '{name}', got '{unsafe[0]}'. Do not use it; ask its sender."
        )
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    bomb = unpacked > SUSPICIOUS_SIZE and unpacked / packed > MAX_RATIO
    if unpacked > MAX_UNPACKED or bomb or len(entries) > MAX_ENTRIES:
        raise ImportRefusedError(
            f"Expected a zip of at most {MAX_UNPACKED // 2**30} GB unpacked, "
            f"got {unpacked / 2**20:,.0f} MB from {packed / 2**20:,.0f} MB in '{name}'. Unpack and check it."
        )


def _leaves_folder(filename: str) -> bool:
    plain = filename.replace("\\", "/")
    return plain.startswith("/") or ".." in plain.split("/") or ":" in plain.split("/")[0]


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> Path:
    target = folder.joinpath(*entry.filename.replace("\\", "/").split("/"))
    target = target.with_suffix(target.suffix.lower())
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as packed, target.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked, length=2**20)  # zipfile stops at the size the directory states
    return target
