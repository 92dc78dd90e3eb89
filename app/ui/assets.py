"""Leaflet, jQuery and the Japanese font: taken from installed wheels, so that no page calls out.

``build_assets`` copies them beside ``main.py`` for the screen; ``data_uri`` puts them into one HTML file.
"""

from __future__ import annotations

import base64
import io
import os
import re
import shutil
import struct
import zlib
from functools import cache
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

STATIC_FOLDER = Path(__file__).resolve().parent.parent / "static"
_FROM_FRAME = "../../app/static/"  # the served folder, seen from a component's frame
_SOURCES = {
    "jquery.min.js": ("xstatic.pkg.jquery", "data/jquery.min.js"),
    "leaflet.js": ("xstatic.pkg.leaflet", "data/leaflet.js"),
    "leaflet.css": ("xstatic.pkg.leaflet", "data/leaflet.css"),
    "ipaexg.ttf": ("matplotlib_fontja", "fonts/ipaexg.ttf"),
    "IPA_Font_License_Agreement_v1.0.txt": ("matplotlib_fontja", "fonts/IPA_Font_License_Agreement_v1.0.txt"),
}
_SCRIPTS = ("leaflet.js", "jquery.min.js")
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff": "font/woff",
}
FONT_STACK = (
    "'Hiragino Sans', 'Yu Gothic UI', 'Yu Gothic', 'Meiryo', 'Noto Sans CJK JP', 'Noto Sans JP', "
    "'IPAexGothic', sans-serif"
)
_HALO = ", ".join(f"{x}px {y}px 0 #fff" for x in (-1.5, 0, 1.5) for y in (-1.5, 0, 1.5) if x or y)
MAP_CSS = f"""
.leaflet-container {{ font-family: {FONT_STACK}; background: #ffffff; outline-offset: -2px; }}
.leaflet-container:focus:not(:focus-visible) {{ outline: none; }}
.leaflet-tooltip {{ font-size: 13px; line-height: 1.5; padding: 6px 10px; border: 1px solid #999999; }}
.district-label {{ font-size: 11.5px; line-height: 1.25; color: #111111; white-space: nowrap;
  display: inline-block; text-align: center; pointer-events: none; transform: translate(-50%, -50%);
  text-shadow: {_HALO}; }}
.place-mark {{ background: none; border: none; }}
"""
_FONT_CSS = "@font-face { font-family: 'IPAexGothic'; src: url('ipaexg.ttf') format('truetype'); }\n"


class AssetsError(RuntimeError):
    """The folder the screen serves from cannot be written."""


def build_assets(folder: Path = STATIC_FOLDER) -> Path:
    """Copy what the pages need from the installed wheels into ``folder``; what is there already stays.

    Raises
    ------
    AssetsError
        The folder cannot be written.
    """
    try:
        (folder / "images").mkdir(parents=True, exist_ok=True)
        for name, (package, inside) in _SOURCES.items():
            _copy_once(files(package) / inside, folder / name)
        for image in _leaflet_images():
            _copy_once(image, folder / "images" / image.name)
        (folder / "map.css").write_text(_FONT_CSS + MAP_CSS, encoding="utf-8")
    except OSError as error:
        raise AssetsError(
            f"Expected a folder that can be written for the screen's files, got {folder} ({error.strerror}). "
            "Install the program where its user may write."
        ) from error
    return folder


def frame_links() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return scripts and style sheets as (name, link) for a map inside the screen."""
    scripts = [(name, _FROM_FRAME + name) for name in _SCRIPTS]
    return scripts, [(name, _FROM_FRAME + name) for name in ("leaflet.css", "map.css")]


@cache
def standalone_links() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return scripts and style sheets as (name, data URI) for one HTML file that needs no other file."""
    scripts = [(name, data_uri(_read(name), ".js")) for name in _SCRIPTS]
    style = _with_images_inside(_read("leaflet.css").decode("utf-8")) + MAP_CSS
    return scripts, [("leaflet.css", data_uri(style.encode("utf-8"), ".css"))]


def data_uri(content: bytes, suffix: str) -> str:
    """Write ``content`` as a ``data:`` address of the type that ``suffix`` means."""
    return f"data:{_TYPES[suffix]};base64,{base64.b64encode(content).decode('ascii')}"


def font_inside(text: str) -> str:
    """Return a style with the Japanese font cut down to the signs of ``text``, for one HTML file."""
    letters = TTFont(io.BytesIO(_read("ipaexg.ttf")), lazy=True)
    cutter = Subsetter(Options(layout_features=[], hinting=False, notdef_outline=True))
    cutter.populate(text=text)
    cutter.subset(letters)
    letters.flavor = "woff"
    written = io.BytesIO()
    letters.save(written)
    source = data_uri(written.getvalue(), ".woff")
    return f"@font-face {{ font-family: 'IPAexGothic'; src: url('{source}') format('woff'); }}"


@cache
def page_icon() -> bytes:
    """Draw the icon of the browser's tab, a blue disc in a ring, as a PNG of 64 × 64 pixels."""
    rows, columns = np.mgrid[-31.5:32, -31.5:32]
    radius = np.hypot(rows, columns)
    icon = np.zeros((64, 64, 4), dtype=np.uint8)
    icon[(radius < 17) | ((radius > 24) & (radius < 30))] = (0x00, 0x72, 0xB2, 0xFF)
    lines = np.hstack([np.zeros((64, 1), dtype=np.uint8), icon.reshape(64, -1)])  # each after its filter byte
    header = struct.pack(">IIBBBBB", 64, 64, 8, 6, 0, 0, 0)  # 8 bits of red, green, blue, alpha
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes())), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, content) for kind, content in chunks)


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _read(name: str) -> bytes:
    package, inside = _SOURCES[name]
    return (files(package) / inside).read_bytes()


def _leaflet_images() -> list[Traversable]:
    folder = files("xstatic.pkg.leaflet") / "data" / "images"
    return sorted((image for image in folder.iterdir() if image.name.endswith(".png")), key=lambda i: i.name)


def _copy_once(source: Traversable, target: Path) -> None:
    """Copy unless a file of the same length is there; a reader never meets half a file."""
    with as_file(source) as path:
        if target.exists() and target.stat().st_size == path.stat().st_size:
            return
        part = target.with_name(f"{target.name}.{os.getpid()}.part")
        shutil.copyfile(path, part)
        part.replace(target)


def _with_images_inside(style: str) -> str:
    images = {image.name: image for image in _leaflet_images()}

    def inside(match: re.Match[str]) -> str:
        image = images.get(match.group(1))
        return f"url({data_uri(image.read_bytes(), '.png')})" if image else "none"

    return re.sub(r"url\(images/([^)]+)\)", inside, style)
