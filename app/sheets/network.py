"""The district sheet: the watch network on a map and in layers. Restricted: it shows single households."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from app.services.network_results import NetworkView
from app.sheets.choropleth import MapFrame
from app.sheets.content import SheetContentError
from app.sheets.frame import (
    A3_LANDSCAPE_MM,
    A4_LANDSCAPE_MM,
    QUIET,
    Page,
    page_picture,
    save_pages,
)
from app.sheets.marks import draw_stamp
from app.sheets.network_map import count_outside, draw_network_map, is_crowded, map_signs
from app.sheets.network_marks import draw_legend, legend_height
from app.sheets.network_scheme import draw_scheme, scheme_signs
from app.sheets.network_tables import (
    Space,
    draw_figures,
    draw_heading,
    draw_notes,
    draw_reasons,
    draw_table,
    notes_height,
)
from app.ui.network_words import chain_lengths, key_people, lost_parts, network_figures, network_findings
from app.ui.text import Words
from app.ui.text.formats import count, day, fiscal_year

SIZES = {"A4": (A4_LANDSCAPE_MM, 8.0), "A3": (A3_LANDSCAPE_MM, 10.5)}  # page, smallest type in points
PICTURE_MM = (270.0, 178.0)
PICTURE_DPI = 125
PICTURE_TYPE = 10.0
PICTURES = ("map", "scheme")
TABLES_HEIGHT = 16.0  # times the height of the type: a heading and six rows
_SIDE_SHARE = 0.34


@dataclass(frozen=True)
class NetworkContent:
    """The district sheet of one coordinator: personal data, for that district only.

    ``sources`` are printed as they are; no clock is read: ``made_on`` is the day the sheet was made.
    """

    view: NetworkView
    made_on: dt.date
    size: str = "A4"
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a size of paper the sheet is not laid out for."""
        if self.size not in SIZES:
            raise SheetContentError(f"Expected size A4 or A3, got {self.size!r}. Use one of them.")


def write_district_sheet(path: Path, content: NetworkContent, *, language: str = "ja") -> None:
    """Write the sheet as PDF of two pages, or a preview of the first as ``.png``.

    Parameters
    ----------
    path
        File to write; its folder exists.
    language
        ``ja`` or ``en``.

    Raises
    ------
    SheetContentError
        A suffix other than ``.pdf`` or ``.png``, or a district that fits at no scale.
    """
    words = Words(language)
    title = _title(content, words)
    pages = draw_district(content, words)
    save_pages(path, pages, title=title, made_on=content.made_on)


def draw_district(content: NetworkContent, words: Words) -> list[Page]:
    """Lay out both pages: the map with figures and reasons, then the layers with what they stand on."""
    return [_draw_first(content, words), _draw_second(content, words)]


def draw_picture(view: NetworkView, picture: str, language: str) -> bytes:
    """Draw one picture for the screen and return it as a PNG.

    Parameters
    ----------
    picture : str
        ``map`` or ``scheme``.
    """
    words, page = Words(language), Page(PICTURE_MM)
    space = Space(page, 1.0, 1.0, PICTURE_MM[0] - 2, PICTURE_MM[1] - 2, PICTURE_TYPE)
    if picture == "map":
        _draw_map_block(space, view, words)
    else:
        _draw_scheme_block(space, view, words)
    return page_picture(page, dpi=PICTURE_DPI)


def _draw_first(content: NetworkContent, words: Words) -> Page:
    space = _draw_finding(_draw_frame(content, words, 1), content, words)
    view = content.view
    side_width = space.width * _SIDE_SHARE
    side = Space(
        space.page, space.x + space.width - side_width, space.y, side_width, space.height, space.size
    )
    left = Space(
        space.page, space.x, space.y, space.width - side_width - space.line * 2, space.height, space.size
    )
    frame = _draw_map_block(left, view, words)
    figures = network_figures(view, words)
    named = {words(f"network.figure.{name}"): value for name, value in figures.items()}
    side = draw_figures(side, named)
    side = draw_reasons(side, view.figures, words)
    scale = words("network.paper.scale", size=content.size, scale=count(frame.denominator))
    notes = [scale, *_outside_note(view, frame, words), *_about(content, words)]
    draw_notes(side.below(side.y + side.line), notes)
    return space.page


def _draw_second(content: NetworkContent, words: Words) -> Page:
    space = _draw_frame(content, words, 2)
    height = space.height - space.line * TABLES_HEIGHT
    upper = Space(space.page, space.x, space.y, space.width, height, space.size)
    bottom = _draw_scheme_block(upper, content.view, words)
    lower = space.below(bottom + space.line)
    tables = {"key_people": key_people, "chains": chain_lengths, "parts": lost_parts}
    gap, shares, x = space.line * 2.5, (0.46, 0.32, 0.22), space.x
    for share, (name, table) in zip(shares, tables.items(), strict=True):
        width = (space.width - 2 * gap) * share
        room = Space(space.page, x, lower.y, width, lower.height, space.size)
        draw_table(draw_heading(room, words(f"network.{name}")), table(content.view, words), words)
        x += width + gap
    return space.page


def _draw_frame(content: NetworkContent, words: Words, number: int) -> Space:
    """Draw what both pages share: stamps, title, dates, finding, rules; return the room between."""
    paper, size = SIZES[content.size]
    page, margin = Page(paper), paper[0] * 0.035
    space = Space(page, margin, margin, paper[0] - 2 * margin, paper[1] - 2 * margin, size)
    right = margin + space.width
    left = right
    if content.view.city.info.synthetic:
        left = draw_stamp(page, left, margin, words("synthetic"), size=size * 1.3) - space.line
    draw_stamp(page, left, margin, words("network.paper.restricted"), size=size * 1.3)
    page.text(margin, margin + space.line * 2.1, _title(content, words), size * 2.2)
    y = margin + space.line * 4.1
    page.text(margin, y, _dates(content, words), size, colour=QUIET)
    bottom = margin + space.height
    total = words("network.paper.page", number=number, total=2)
    page.text(margin, bottom, words("network.paper.rules"), size)
    page.text(right, bottom, total, size, align="right", colour=QUIET)
    return space.within(y + space.line, bottom - space.line * 2)


def _draw_finding(space: Space, content: NetworkContent, words: Words) -> Space:
    """Draw what the data say and what that means; return the space below."""
    joiner = "" if words.language == "ja" else " "
    text = joiner.join(network_findings(content.view, words))
    page, size, width = space.page, space.size, space.width
    y = page.paragraph(space.x, space.y + space.line * 1.2, text, size * 1.4, width=width, leading=1.4)
    y = page.paragraph(space.x, y - space.line * 0.3, words("network.definition"), size, width=width)
    return space.below(y)


def _title(content: NetworkContent, words: Words) -> str:
    return words("network.paper.title", name=content.view.name, code=content.view.code)


def _dates(content: NetworkContent, words: Words) -> str:
    city, language = content.view.city, words.language
    reference = words(
        "paper.reference",
        day=day(city.date, language),
        fiscal=fiscal_year(city.date, language),
        season=words(f"season.{city.season}"),
    )
    return f"{reference}　　{words('paper.made_on', day=day(content.made_on, language))}"


def _draw_map_block(space: Space, view: NetworkView, words: Words) -> MapFrame:
    """Draw the map with its legend below it."""
    page, size = space.page, space.size
    longest = map_signs(page, view, words, size=size, is_crowded=True)
    high = legend_height(longest, space.width, size)
    room = (space.x, space.y, space.width, space.height - high - space.line * 0.6)
    frame = draw_network_map(page, room, view, words, size=size)
    signs = map_signs(page, view, words, size=size, is_crowded=is_crowded(frame, view, size))
    draw_legend(page, space.x, space.y + space.height - high, space.width, signs, size=size)
    return frame


def _draw_scheme_block(space: Space, view: NetworkView, words: Words) -> float:
    """Draw the layers with their legend and note below; return the lowest y used."""
    signs = scheme_signs(space.page, view, words, size=space.size)
    note = [words("network.scheme.note")]
    below = legend_height(signs, space.width, space.size) + notes_height(note, space.width, space.size)
    room = (space.x, space.y, space.width, space.height - below - space.line * 1.5)
    bottom = draw_scheme(space.page, room, view, words, size=space.size) + space.line * 0.6
    draw_legend(space.page, space.x, bottom, space.width, signs, size=space.size)
    bottom += legend_height(signs, space.width, space.size)
    return draw_notes(space.below(bottom), note).y


def _outside_note(view: NetworkView, frame: MapFrame, words: Words) -> list[str]:
    number = count_outside(view, frame)
    return [words("network.outside", count=count(number))] if number else []


def _about(content: NetworkContent, words: Words) -> list[str]:
    view = content.view
    basis = words(f"basis.{view.city.basis}", factor=view.city.detour_factor)
    notes = [words("paper.basis", basis=basis)]
    if view.hidden_households:
        notes.insert(0, words("network.hidden", count=count(view.hidden_households)))
    notes += [words("paper.council.source", source=source) for source in content.sources]
    if view.city.info.synthetic:
        notes.append(words("paper.council.synthetic_note"))
    return notes
