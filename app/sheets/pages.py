"""What all sheets people take along share: stamps, blocks on pages, and the foot of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from app.services.results import DatasetInfo
from app.sheets.frame import A4_PORTRAIT_MM, QUIET, Page, mm, wrap
from app.sheets.marks import draw_stamp
from app.ui.text import Words

MARGIN = 14.0
RIGHT = A4_PORTRAIT_MM[0] - MARGIN
WIDTH = RIGHT - MARGIN
TITLE_SIZE, LEAD_SIZE, HEADING_SIZE, TEXT_SIZE, SMALL_SIZE = 18.0, 12.0, 11.0, 9.0, 8.0
BLOCK_GAP = 5.0


class Block(Protocol):
    """A part of a page that is not cut."""

    @property
    def height(self) -> float:
        """Return its height in millimetres."""


AnyBlock = TypeVar("AnyBlock", bound=Block)


def fill_pages(blocks: Iterable[AnyBlock], room: float) -> Iterator[list[AnyBlock]]:
    """Fill pages of ``room`` millimetres in order; without blocks there still is one page."""
    page: list[AnyBlock] = []
    used = 0.0
    for block in blocks:
        if page and used + block.height > room:
            yield page
            page, used = [], 0.0
        page.append(block)
        used += block.height + BLOCK_GAP
    yield page


def draw_head(page: Page, title: str, info: DatasetInfo, words: Words) -> None:
    """Draw the title, and the stamps that say who may see it and what is synthetic."""
    left = RIGHT
    if info.synthetic:
        left = draw_stamp(page, left, MARGIN - 2, words("synthetic"), size=11) - 3
    draw_stamp(page, left, MARGIN - 2, words("paper.round.restricted"), size=11)
    page.text(MARGIN, 18.0, title, TITLE_SIZE)


def draw_foot(page: Page, top: float, texts: tuple[str, str], *, notes: list[str], page_number: str) -> None:
    """Draw by when to bring the sheet back and how to treat it, what its figures rest on, and the page.

    Parameters
    ----------
    top : float
        Millimetres from the upper edge.
    texts : tuple of str
        By when, and the rules.
    """
    page.rule(MARGIN, top - 2, RIGHT, top - 2, width=0.6, colour=QUIET)
    y = page.paragraph(MARGIN, top + 3.2, texts[0], 10, width=WIDTH)
    y = page.paragraph(MARGIN, y, texts[1], TEXT_SIZE, width=WIDTH)
    for line in wrap("　".join(notes), WIDTH - 15, SMALL_SIZE):
        page.text(MARGIN, y, line, SMALL_SIZE, colour=QUIET)
        y += mm(SMALL_SIZE) * 1.4
    page.text(RIGHT, A4_PORTRAIT_MM[1] - 8, page_number, TEXT_SIZE, align="right", colour=QUIET)
