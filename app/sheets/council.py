"""The council sheet: one public A3 landscape page at an exact scale; nothing on it gives a home away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.sheets.choropleth import MapFrame, draw_choropleth
from app.sheets.content import CouncilContent
from app.sheets.frame import A3_LANDSCAPE_MM, QUIET, Page, mm, printable, save_pages, text_width, wrap
from app.sheets.marks import (
    WEAK_CLASSES,
    draw_north,
    draw_scale_bar,
    draw_share_swatch,
    draw_stamp,
    scale_bar,
)
from app.sheets.ranking import class_names, draw_gap_classes, draw_ranking, gap_table_height, rank_districts
from app.ui.text import Words
from app.ui.text.formats import count, day, fiscal_year, share

MARGIN = 12.0
RIGHT, BOTTOM = A3_LANDSCAPE_MM[0] - MARGIN, A3_LANDSCAPE_MM[1] - MARGIN
TABLES_WIDTH = 172.0
GAP = 8.0
MAP_WIDTH = RIGHT - MARGIN - TABLES_WIDTH - GAP
LEGEND_HEIGHT = 27.0
TITLE_SIZE, FINDING_SIZE, TEXT_SIZE, SMALL_SIZE = 22.0, 14.0, 10.0, 9.0
_PLANE_ZONES = range(6669, 6688)  # EPSG codes of JGD2011 zones I to XIX
_ZONE_OFFSET = 6668


def write_council_sheet(path: Path, content: CouncilContent, *, language: str = "ja") -> None:
    """Write the council sheet as PDF, or as a preview picture where ``path`` ends in ``.png``.

    Parameters
    ----------
    path
        File to write; its folder exists.
    content
        Protected content; see :class:`app.sheets.content.CouncilContent`.
    language
        ``ja`` or ``en``.

    Raises
    ------
    SheetContentError
        A suffix other than ``.pdf`` or ``.png``, more districts than one sheet holds, or a city that fits at
        no scale.
    """
    words = Words(language)
    page, _ = draw_council(content, words)
    save_pages(path, [page], title=sheet_title(content, words), made_on=content.made_on)


def draw_council(content: CouncilContent, words: Words) -> tuple[Page, MapFrame]:
    """Lay the sheet out and return the page and the frame of its map."""
    content = replace(content, districts=rank_districts(content.districts))
    page = Page(A3_LANDSCAPE_MM)
    top = _draw_header(page, content, words)
    about = _about_lines(content, words)
    about_top = BOTTOM - _about_height(about)
    legend_top = about_top - LEGEND_HEIGHT
    map_room = (MARGIN, top, MAP_WIDTH, legend_top - 2 - top)
    frame, detail = draw_choropleth(page, map_room, content, words)
    _draw_legend(page, legend_top, content, words)
    _draw_scales(page, legend_top, frame, detail, words)
    _draw_about(page, about_top, about)
    _draw_tables(page, top, content, words)
    return page, frame


def sheet_title(content: CouncilContent, words: Words) -> str:
    """Return the title: the city and the layer."""
    layer = words(f"layer.{content.layer}")
    return words("paper.council.title", city=content.info.name, layer=layer)


def findings(content: CouncilContent, words: Words) -> list[str]:
    """Return what the data say: the share watched, then the main reason and the worst district."""
    totals = content.totals
    if any(totals.get(name) is None for name in ("households", "watched", "gap")):
        return [words("paper.council.finding_hidden")]
    numbers = {name: count(totals[name]) for name in ("households", "watched", "gap")}
    if totals["gap"] == 0:
        return [words("paper.council.finding_none_left", **numbers)]
    watched_share = share(totals["watched"], totals["households"])
    first = words("paper.council.finding", share=watched_share, **numbers)
    joiner = "" if words.language == "ja" else " "
    return [first, joiner.join([_reason(content, numbers["gap"], words), *_worst(content, words)])]


def _reason(content: CouncilContent, gap: str, words: Words) -> str:
    known = {k: v for k, v in content.gap_classes.items() if v and k not in WEAK_CLASSES}
    if not known:
        return words("paper.council.rest", gap=gap)
    main = max(known, key=known.__getitem__)
    return words("paper.council.reason", gap=gap, reason=words(f"gap.{main}"))


def _worst(content: CouncilContent, words: Words) -> list[str]:
    if len(content.districts) < 2 or not content.districts["shown"].astype(bool).all():
        return []  # a hidden district might be worse
    shown = rank_districts(content.districts)
    worst = shown.iloc[0]
    worst_share = share(worst["gap"], worst["households"])
    return [words("paper.council.worst", district=worst["name"], share=worst_share)]


def _draw_header(page: Page, content: CouncilContent, words: Words) -> float:
    """Draw stamp, title, dates, finding and definition; return where the body starts."""
    left = RIGHT
    if content.info.synthetic:
        left = draw_stamp(page, RIGHT, MARGIN, words("synthetic"))
    if content.draft:
        left = draw_stamp(page, left - 3 * (left < RIGHT), MARGIN, words("paper.council.draft"))
    if content.document_number:
        page.text(left - 5, MARGIN + 5.6, content.document_number, 11, align="right")
        left -= 5 + text_width(content.document_number, 11)
    y = page.paragraph(
        MARGIN, 20.0, sheet_title(content, words), TITLE_SIZE, width=left - MARGIN - 5, leading=1.2
    )
    y = y - mm(TITLE_SIZE) * 1.2 + 7.5
    page.text(MARGIN, y, _dates(content, words), TEXT_SIZE, colour=QUIET)
    y += 9.5
    for sentence in findings(content, words):
        y = page.paragraph(MARGIN, y, sentence, FINDING_SIZE, width=RIGHT - MARGIN, leading=1.4)
    definition = words("paper.council.definition")
    return page.paragraph(MARGIN, y - 0.4, definition, TEXT_SIZE, width=RIGHT - MARGIN, leading=1.4) + 0.2


def _dates(content: CouncilContent, words: Words) -> str:
    language = words.language
    reference = words(
        "paper.reference",
        day=day(content.date, language),
        fiscal=fiscal_year(content.date, language),
        season=words(f"season.{content.season}"),
    )
    made_on = words("paper.made_on", day=day(content.made_on, language))
    return f"{reference}　　{made_on}"


def _draw_tables(page: Page, top: float, content: CouncilContent, words: Words) -> None:
    x = RIGHT - TABLES_WIDTH
    gap_height = gap_table_height(content.gap_classes)
    room = (TABLES_WIDTH, BOTTOM - top - gap_height - 5)
    lowest = draw_ranking(page, x, top, room, content=content, words=words)
    draw_gap_classes(page, x, lowest + 5, TABLES_WIDTH, content=content, words=words)


def _draw_legend(page: Page, y: float, content: CouncilContent, words: Words) -> None:
    """Draw the five classes and the hidden one with how many districts are in each."""
    page.text(MARGIN, y + 4.2, words("paper.council.legend"), TEXT_SIZE)
    classes = content.districts["gap_share_class"].astype("Int64")
    entries = list(enumerate(class_names(content.share_breaks, words)))
    entries.append((None, words("paper.council.class_hidden")))
    for place, (share_class, name) in enumerate(entries):
        x = MARGIN + 47 * (place % 3)
        top = y + 7.0 + 7.5 * (place // 3)
        draw_share_swatch(page, x, top, share_class, size=(8.0, 5.0))
        number = int(classes.isna().sum() if share_class is None else (classes == share_class).sum())
        page.text(x + 9.8, top + 3.7, name, SMALL_SIZE)
        districts = words("paper.council.districts", number=count(number))
        name_end = x + 9.8 + text_width(name, SMALL_SIZE)
        page.text(name_end + 2.2, top + 3.7, districts, SMALL_SIZE, colour=QUIET)


def _draw_scales(page: Page, y: float, frame: MapFrame, detail: MapFrame | None, words: Words) -> None:
    """Draw scale bars, numeric scales and north arrow at the right of the legend."""
    right = MARGIN + MAP_WIDTH
    draw_north(page, right - 4, y + 3, words, size=SMALL_SIZE, height=11)
    x = right - 16 - 52
    texts = [(frame, words("paper.scale", scale=count(frame.denominator)))]
    if detail is not None:
        texts.append((detail, words("paper.council.detail", scale=count(detail.denominator))))
    for number, (shown, text) in enumerate(texts):
        top = y + 11.8 * number
        page.text(x, top + 4.2, text, SMALL_SIZE)
        draw_scale_bar(page, x, top + 6.0, scale_bar(shown.denominator, longest_mm=50.0), size=SMALL_SIZE)


def _about_lines(content: CouncilContent, words: Words) -> list[str]:
    """Return the lines that say what the sheet rests on."""
    basis = words(f"basis.{content.basis}", factor=content.detour_factor)
    lines = [words("paper.basis", basis=basis), words("paper.crs", name=_crs_name(content, words))]
    lines += [words("paper.council.source", source=source) for source in content.sources]
    lines.append(words("paper.council.class_note"))
    if _hides_something(content):
        lines.append(words("paper.council.hidden_note"))
    if content.info.synthetic:
        lines.append(words("paper.council.synthetic_note"))
    lines += content.notes
    width = (MAP_WIDTH - GAP) / 2
    broken = [part for line in lines for part in wrap(line, width, SMALL_SIZE)]
    if any(printable(name) != name for name in (content.info.name, *content.districts["name"])):
        broken.append(words("paper.absent_glyph"))
    return broken


def _hides_something(content: CouncilContent) -> bool:
    city = [*content.totals.values(), *content.gap_classes.values()]
    districts = content.districts
    return None in city or not districts["shown"].all() or bool(districts["gap_share_class"].isna().any())


def _crs_name(content: CouncilContent, words: Words) -> str:
    epsg = content.districts.crs.to_epsg()
    if epsg in _PLANE_ZONES:
        return words("paper.crs_zone", zone=epsg - _ZONE_OFFSET, epsg=epsg)
    return content.crs_name


def _about_height(lines: list[str]) -> float:
    return mm(SMALL_SIZE) * 1.4 * ((len(lines) + 1) // 2)


def _draw_about(page: Page, y: float, lines: list[str]) -> None:
    """Draw the lines in two columns."""
    half = (len(lines) + 1) // 2
    for number, line in enumerate(lines):
        x = MARGIN + (number // half) * ((MAP_WIDTH + GAP) / 2)
        page.text(x, y + mm(SMALL_SIZE) * (1.4 * (number % half) + 1), line, SMALL_SIZE, colour=QUIET)
