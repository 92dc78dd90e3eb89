"""Sheets of daily help on A4: what a volunteer does on which day. Personal data: pseudonyms, times, tasks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.services.results import DatasetInfo
from app.sheets.content import SheetContentError
from app.sheets.frame import A4_PORTRAIT_MM, QUIET, Page, cut, save_pages
from app.sheets.pages import (
    BLOCK_GAP,
    HEADING_SIZE,
    LEAD_SIZE,
    MARGIN,
    RIGHT,
    SMALL_SIZE,
    TEXT_SIZE,
    WIDTH,
    draw_foot,
    draw_head,
    fill_pages,
)
from app.sheets.round import duration, short_id
from app.ui.text import Words
from app.ui.text.formats import day

BODY_TOP, BODY_BOTTOM = 48.0, 258.0
ROW, HEAD, HEADING = 8.0, 5.0, 8.0
MOST_ROWS = 22  # rows of one day on one page
_COLUMNS = (  # key, edge from the margin, width of the text
    *(("leave", 0.0, 14.0), ("start", 16.0, 14.0), ("end", 32.0, 14.0), ("household", 48.0, 26.0)),
    *(("skill", 76.0, 32.0), ("walk", 110.0, 20.0), ("back", 132.0, 14.0), ("done", 148.0, 8.0)),
    ("note", 158.0, 24.0),
)


@dataclass(frozen=True)
class HelpOuting:
    """One outing: times of day as 08:30, the walk one way in minutes, the task in the reader's words."""

    date: dt.date
    leave: str
    start: str
    end: str
    back: str
    household_id: str
    skill: str
    walk_minutes: float
    minutes: float


@dataclass(frozen=True)
class VolunteerSheet:
    """One volunteer's outings in order of time; ``elsewhere`` counts those not on this sheet."""

    watcher_id: str
    kind: str
    where: str
    outings: tuple[HelpOuting, ...]
    elsewhere: int


@dataclass(frozen=True)
class SupportContent:
    """The sheets of one period, for volunteers with at least one outing.

    Raises
    ------
    SheetContentError
        Nobody to print for.
    """

    info: DatasetInfo
    made_on: dt.date
    period: str
    last: dt.date
    season: str
    volunteers: tuple[VolunteerSheet, ...]

    def __post_init__(self) -> None:
        """Refuse an empty book."""
        if not self.volunteers:
            raise SheetContentError("Expected somebody who helps, got nobody. Plan daily help first.")


@dataclass(frozen=True)
class _Block:
    """Some outings of one day."""

    date: dt.date
    is_more: bool
    rows: tuple[HelpOuting, ...]

    @property
    def height(self) -> float:
        return HEADING + HEAD + ROW * len(self.rows)


def write_support_sheets(path: Path, content: SupportContent, *, language: str = "ja") -> None:
    """Write a PDF in which each volunteer begins a page, or a preview of the first page as ``.png``.

    Raises
    ------
    SheetContentError
        A suffix other than ``.pdf`` or ``.png``.
    """
    words = Words(language)
    pages = [page for one in content.volunteers for page in draw_volunteer(one, content, words)]
    save_pages(path, pages, title=words("paper.support.title"), made_on=content.made_on)


def draw_volunteer(one: VolunteerSheet, content: SupportContent, words: Words) -> list[Page]:
    """Lay out one volunteer's pages: nothing is left out, what does not fit goes to the next page."""
    filled = list(fill_pages(_blocks(one), BODY_BOTTOM - BODY_TOP))
    pages = []
    for number, blocks in enumerate(filled, start=1):
        page = Page(A4_PORTRAIT_MM)
        _draw_header(page, one, content, words)
        y = BODY_TOP
        for block in blocks:
            _draw_block(page, y, block, words)
            y += block.height + BLOCK_GAP
        _draw_footer(page, content, words, words("paper.round.page", number=number, total=len(filled)))
        pages.append(page)
    return pages


def _blocks(one: VolunteerSheet) -> Iterator[_Block]:
    for date in dict.fromkeys(outing.date for outing in one.outings):
        rows = tuple(outing for outing in one.outings if outing.date == date)
        for first in range(0, len(rows), MOST_ROWS):
            yield _Block(date, first > 0, rows[first : first + MOST_ROWS])


def _draw_header(page: Page, one: VolunteerSheet, content: SupportContent, words: Words) -> None:
    draw_head(page, words("paper.support.title"), content.info, words)
    who = words("paper.round.watcher", watcher=one.watcher_id, kind=words(f"kind.{one.kind}"))
    where = words("paper.round.district", district=one.where) if one.where else ""
    page.text(MARGIN, 26.0, f"{who}　　{where}".rstrip("　"), LEAD_SIZE)
    summary = words(
        "paper.support.summary",
        period=content.period,
        outings=len(one.outings),
        days=len({outing.date for outing in one.outings}),
        time=duration(sum(outing.minutes for outing in one.outings), words),
    )
    y = page.paragraph(MARGIN, 34.0, summary, HEADING_SIZE, width=WIDTH, leading=1.4)
    if one.elsewhere:
        page.text(MARGIN, y, words("paper.support.elsewhere", count=one.elsewhere), TEXT_SIZE)


def _draw_block(page: Page, y: float, block: _Block, words: Words) -> None:
    weekday = words("paper.support.weekdays").split(",")[block.date.weekday()]
    key = "paper.support.day_more" if block.is_more else "paper.support.day"
    heading = words(key, day=day(block.date, words.language), weekday=weekday)
    page.text(MARGIN, y + 4.5, heading, HEADING_SIZE)
    y += HEADING
    for name, edge, _ in _COLUMNS:
        page.text(MARGIN + edge, y + 3.3, words(f"paper.support.{name}"), SMALL_SIZE, colour=QUIET)
    y += HEAD
    page.rule(MARGIN, y, RIGHT, y, width=0.6, colour=QUIET)
    for outing in block.rows:
        _draw_outing(page, y, outing, words)
        y += ROW


def _draw_outing(page: Page, y: float, outing: HelpOuting, words: Words) -> None:
    texts = {
        "leave": outing.leave,
        "start": outing.start,
        "end": outing.end,
        "household": short_id(outing.household_id),
        "skill": outing.skill,
        "walk": duration(outing.walk_minutes, words),
        "back": outing.back,
    }
    base = y + ROW / 2 + 1.2
    for name, edge, width in _COLUMNS:
        if name == "done":
            page.box(MARGIN + edge + 1, y + 2, 4.0, 4.0)
        elif name in texts:
            page.text(MARGIN + edge, base, cut(texts[name], width, TEXT_SIZE), TEXT_SIZE)
    page.rule(MARGIN, y + ROW, RIGHT, y + ROW, width=0.3)


def _draw_footer(page: Page, content: SupportContent, words: Words, page_number: str) -> None:
    back = words("paper.support.return_by", day=day(content.last, words.language))
    notes = [
        words("paper.made_on", day=day(content.made_on, words.language)),
        words(f"season.{content.season}"),
        words("paper.support.walk_note"),
    ]
    texts = (back, words("paper.support.rules"))
    draw_foot(page, BODY_BOTTOM + 4, texts, notes=notes, page_number=page_number)
