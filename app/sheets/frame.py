"""Paper in millimetres: pages, type and saving. Positions run from the upper left corner, down and right.

Nothing of matplotlib's shared state stays changed, and the same content gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Stroke

from app.sheets.content import SheetContentError

MM_PER_INCH = 25.4
POINTS_PER_INCH = 72
A3_LANDSCAPE_MM = (420.0, 297.0)
A4_LANDSCAPE_MM = (297.0, 210.0)
A4_PORTRAIT_MM = (210.0, 297.0)
PREVIEW_DPI = 150
INK = "#222222"
QUIET = "#666666"
RULE = "#cccccc"
ABSENT_GLYPH = "〓"  # the printers' mark for a character the typeface lacks
_NO_LINE_START = "、。，．・：；？！」』）］｝〉》】％%ー々),.:;!?"
_NO_LINE_END = "「『（［｛〈《【("
_SETTINGS = {"pdf.fonttype": 42, "pdf.compression": 6, "hatch.linewidth": 0.6, "text.parse_math": False}
_PRINTING = threading.Lock()  # matplotlib's settings are one set a process


def mm(points: float) -> float:
    """Return a length given in points in millimetres."""
    return points / POINTS_PER_INCH * MM_PER_INCH


@cache
def font_file() -> Path:
    """Return IPAexGothic inside the matplotlib-fontja wheel, without importing it (it changes settings).

    Raises
    ------
    SheetContentError
        The wheel or the font in it is absent.
    """
    spec = find_spec("matplotlib_fontja")
    path = Path(spec.origin).parent / "fonts" / "ipaexg.ttf" if spec and spec.origin else None
    if path is None or not path.exists():
        raise SheetContentError(
            "Expected the font IPAexGothic in matplotlib-fontja, got none. Install requirements.txt."
        )
    return path


@cache
def _font() -> FT2Font:
    return FT2Font(str(font_file()))


@cache
def _advance(character: str) -> float:
    """Return the width of a character in em."""
    font = _font()
    font.set_size(1000, POINTS_PER_INCH)
    return font.load_char(ord(character), LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / 1000


@cache
def _known_characters() -> frozenset[int]:
    return frozenset(_font().get_charmap())


def printable(text: str) -> str:
    """Return ``text`` with 〓 for each character the typeface lacks, so that no empty box is printed."""
    known = _known_characters()
    return "".join(c if ord(c) in known or c == "\n" else ABSENT_GLYPH for c in text)


def text_width(text: str, size: float) -> float:
    """Return the width of one line of type in millimetres at ``size`` points."""
    return sum(_advance(character) for character in printable(text)) * mm(size)


def cut(text: str, width: float, size: float) -> str:
    """Return ``text``, or its beginning and … where it is wider than ``width`` mm."""
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrap(text: str, width: float, size: float) -> list[str]:
    """Break ``text`` into lines of at most ``width`` mm: between words, or between Japanese characters.

    No line starts with a closing mark or ends with an opening one. A single word wider than the line stays
    whole.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if line and text_width((line + piece).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    """Split ``text`` into what must stay together on one line."""
    pieces: list[str] = []
    for character in text:
        if pieces and _joins(pieces[-1], character):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _joins(piece: str, character: str) -> bool:
    last = piece[-1]
    if character in _NO_LINE_START or last in _NO_LINE_END or character == " ":
        return True
    narrow = last.isascii() and character.isascii()
    return narrow and last != " "


class Page:
    """One sheet of paper. Everything on it is placed in millimetres from the upper left corner."""

    def __init__(self, size_mm: tuple[float, float]) -> None:
        self.width, self.height = size_mm
        self.figure = Figure(figsize=(self.width / MM_PER_INCH, self.height / MM_PER_INCH))
        self.paper = self.figure.add_axes((0, 0, 1, 1))
        self.paper.set_axis_off()
        self.paper.set_xlim(0, self.width)
        self.paper.set_ylim(self.height, 0)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        align: str = "left",
        colour: str = INK,
        halo: float = 0.0,
        rotation: float = 0.0,
    ) -> None:
        """Print one line whose baseline lies at ``y``; ``halo`` is the width in points of white around it.

        The halo is drawn apart and below, so that the text itself stays text in a PDF.
        """
        style = {
            "fontproperties": FontProperties(fname=str(font_file()), size=size),
            "ha": align,
            "va": "baseline",
            "rotation": rotation,
            "rotation_mode": "anchor",
            "parse_math": False,
        }
        if halo:
            around = self.paper.text(x, y, printable(text), color="white", zorder=8, **style)
            around.set_path_effects([Stroke(linewidth=2 * halo, foreground="white", joinstyle="round")])
        self.paper.text(x, y, printable(text), color=colour, zorder=9, **style)

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        width: float,
        leading: float = 1.5,
        colour: str = INK,
    ) -> float:
        """Print ``text`` in lines of at most ``width`` mm and return the baseline after the last one."""
        for line in wrap(text, width, size):
            self.text(x, y, line, size, colour=colour)
            y += mm(size) * leading
        return y

    def rule(
        self, x: float, y: float, to_x: float, to_y: float, *, width: float = 0.4, colour: str = RULE
    ) -> None:
        """Draw a straight line; ``width`` is in points."""
        self.paper.plot((x, to_x), (y, to_y), color=colour, linewidth=width, solid_capstyle="butt", zorder=5)

    def box(self, x: float, y: float, width: float, height: float, **style: object) -> Rectangle:
        """Draw a rectangle from its upper left corner; ``style`` goes to matplotlib's patch."""
        options = {"facecolor": "none", "edgecolor": INK, "linewidth": 0.5, "zorder": 4, **style}
        patch = Rectangle((x, y), width, height, **options)
        self.paper.add_patch(patch)
        return patch


def save_pages(path: Path, pages: Sequence[Page], *, title: str, made_on: dt.date) -> None:
    """Write ``pages`` as PDF, or the first one as a preview where the suffix is ``.png``.

    The only dates inside come from ``made_on``: the same content gives the same bytes.

    Raises
    ------
    SheetContentError
        Another suffix.
    """
    suffix = path.suffix.lower()
    if suffix not in (".pdf", ".png"):
        raise SheetContentError(f"Expected a sheet named .pdf or .png, got {path.name}. Rename it.")
    with _PRINTING, matplotlib.rc_context(_SETTINGS):
        if suffix == ".png":
            canvas = FigureCanvasAgg(pages[0].figure)
            canvas.print_figure(path, dpi=PREVIEW_DPI, metadata={"Title": title, "Software": None})
            return
        stamp = dt.datetime.combine(made_on, dt.time())
        metadata = {"Title": title, "Creator": None, "Producer": None, "CreationDate": stamp}
        with PdfPages(path, metadata=metadata) as book:
            for page in pages:
                book.savefig(page.figure)


def page_picture(page: Page, *, dpi: int = PREVIEW_DPI) -> bytes:
    """Return ``page`` as the bytes of a PNG, for a screen: no file is written."""
    picture = io.BytesIO()
    with _PRINTING, matplotlib.rc_context(_SETTINGS):
        FigureCanvasAgg(page.figure).print_figure(picture, dpi=dpi, metadata={"Software": None})
    return picture.getvalue()
