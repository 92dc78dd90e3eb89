"""The signs of every sheet: palette and hatches, scale, north, stamps. The same meaning looks the same."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.patches import Polygon

from analysis.frames import REMEDY_OF
from app.sheets.content import SheetContentError
from app.sheets.frame import INK, Page, text_width
from app.ui.text import Words

SHARE_COLOURS = ("#fef0d9", "#fdcc8a", "#fc8d59", "#e34a33", "#b30000")
SHARE_HATCHES = (None, None, None, None, "///")
HIDDEN_COLOUR = "#eeeeee"
HIDDEN_HATCH = "..."
HATCH_ON_DARK = "#ffffff"
HATCH_ON_PALE = "#999999"
STREET_COLOUR = "#d9d9d9"
WATER_COLOUR = "#cfe3ee"
BORDER_COLOUR = "#444444"
ROUTE_COLOUR = "#0072b2"
REMEDIES = {
    "act": ("#009e73", "\\\\\\"),
    "ask": ("#56b4e9", "..."),
    "recruit": ("#d55e00", "///"),
    "strengthen": ("#e69f00", "xxx"),
}
WEAK_CLASSES = ("disconnected", "fragile")  # of households that are watched
SCALES = (
    *(10_000, 15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 75_000, 100_000),
    *(125_000, 150_000, 200_000, 250_000, 300_000, 400_000, 500_000),
)
SKETCH_SCALES = (1_000, 1_500, 2_500, 5_000, 7_500, *SCALES)
_BAR_LENGTHS_M = tuple(m * 10**n for n in range(1, 5) for m in (1, 2, 5))


@dataclass(frozen=True)
class ScaleBar:
    """A round length on the ground and what it measures on paper."""

    ground_m: int
    paper_mm: float

    @property
    def unit(self) -> str:
        """Return ``km`` from one kilometre on, else ``m``."""
        return "km" if self.ground_m >= 1000 else "m"

    def value(self, part: float = 1.0) -> str:
        """Return a part of the length as it is written at a tick."""
        length = self.ground_m * part / (1000 if self.unit == "km" else 1)
        return f"{length:g}"


def choose_scale(
    extent_m: tuple[float, float], room_mm: tuple[float, float], scales: tuple[int, ...] = SCALES
) -> int:
    """Return the denominator of the largest scale at which the extent fits the room; equality fits.

    Raises
    ------
    SheetContentError
        Not even the smallest scale fits.
    """
    for denominator in scales:
        if all(metres * 1000 <= room * denominator for metres, room in zip(extent_m, room_mm, strict=True)):
            return denominator
    wide, high = (round(metres / 1000) for metres in extent_m)
    raise SheetContentError(
        f"Expected a map that fits at 1:{scales[-1]:,}, got {wide} × {high} km. Check the coordinates."
    )


def scale_bar(denominator: int, longest_mm: float = 60.0) -> ScaleBar:
    """Return the longest round scale bar of at most ``longest_mm`` at 1:``denominator``."""
    fits = [ground for ground in _BAR_LENGTHS_M if ground * 1000 <= longest_mm * denominator]
    return ScaleBar(fits[-1], fits[-1] * 1000 / denominator)


def draw_scale_bar(page: Page, x: float, y: float, bar: ScaleBar, *, size: float) -> None:
    """Draw ``bar`` with ticks at its start, middle and end; ``y`` is its upper edge."""
    half = bar.paper_mm / 2
    page.box(x, y, half, 1.6, facecolor=INK, linewidth=0, zorder=9, gid="scale-bar-dark")
    page.box(x, y, bar.paper_mm, 1.6, linewidth=0.5, zorder=9, gid="scale-bar")
    for part in (0.0, 0.5):
        page.text(x + bar.paper_mm * part, y + 5.6, bar.value(part), size, align="center")
    end = x + bar.paper_mm
    page.text(end - text_width(bar.value(), size) / 2, y + 5.6, f"{bar.value()} {bar.unit}", size)


def draw_north(page: Page, x: float, y: float, words: Words, *, size: float, height: float = 9.0) -> None:
    """Draw the north arrow with its tip at (x, y); the grid's north is up."""
    for side, colour in ((-1, INK), (1, "white")):
        tip, foot, notch = (x, y), (x + side * height * 0.28, y + height), (x, y + height * 0.76)
        page.paper.add_patch(
            Polygon((tip, foot, notch), facecolor=colour, edgecolor=INK, linewidth=0.5, zorder=9)
        )
    page.text(x, y + height + size * 0.45, words("paper.north"), size, align="center")


def draw_share_swatch(page: Page, x: float, y: float, share_class: int | None, *, size: tuple[float, float]):
    """Draw the fill of one share class, or of a hidden one (``None``), as it looks on the map."""
    page.box(x, y, *size, **share_style(share_class), linewidth=0)
    page.box(x, y, *size, edgecolor=BORDER_COLOUR, linewidth=0.4, zorder=5)


def share_style(share_class: int | None) -> dict[str, object]:
    """Return face, hatch and hatch colour of one share class; ``None`` is too few to show."""
    if share_class is None:
        return {"facecolor": HIDDEN_COLOUR, "hatch": HIDDEN_HATCH, "edgecolor": HATCH_ON_PALE}
    hatch = SHARE_HATCHES[share_class]
    return {"facecolor": SHARE_COLOURS[share_class], "hatch": hatch, "edgecolor": HATCH_ON_DARK}


def draw_remedy_swatch(page: Page, x: float, y: float, gap: str, *, size: tuple[float, float]) -> None:
    """Draw the fill of the remedy a gap class asks for."""
    colour, hatch = REMEDIES[REMEDY_OF[gap]]
    page.box(x, y, *size, facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0)
    page.box(x, y, *size, edgecolor=BORDER_COLOUR, linewidth=0.4, zorder=5)


def draw_stamp(page: Page, right: float, y: float, text: str, *, size: float = 13.0) -> float:
    """Draw a framed word ending at ``right`` with its upper edge at ``y``; return its left edge."""
    width = text_width(text, size) + size * 0.45
    height = size * 0.6
    page.box(right - width, y, width, height, linewidth=1.2, facecolor="white")
    page.text(right - width / 2, y + height * 0.73, text, size, align="center")
    return right - width
