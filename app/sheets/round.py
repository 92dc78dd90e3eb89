"""Round sheets on A4: what a watcher takes along. Personal data: pseudonyms, order, times, a sketch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.sheets.content import LeftOut, Outing, RoundContent, Stop, WatcherRound
from app.sheets.frame import A4_PORTRAIT_MM, QUIET, Page, save_pages, text_width
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
from app.sheets.sketch import draw_sketch
from app.ui.text import Words
from app.ui.text.formats import day
from app.ui.text.formats import month as month_of

BODY_TOP, BODY_BOTTOM = 42.0, 262.0
SKETCH = (74.0, 57.0)
TABLE_X = MARGIN + SKETCH[0] + 4
ROW, HEAD, HEADING = 6.0, 5.0, 8.0
ID_WIDTH = 22.0
MOST_ROWS = 28  # rows of one block on one page
_COLUMNS = (  # key, right edge or left edge from TABLE_X, alignment
    ("order", 5.5, "right"),
    ("household", 8.0, "left"),
    ("visits", 42.5, "right"),
    ("minutes", 66.0, "right"),
    ("day", 70.0, "left"),
    ("note", 86.0, "left"),
)


@dataclass(frozen=True)
class _Block:
    """A part of a page: some stops of one outing, or households left out."""

    number: int
    outing: Outing | None
    first: int
    rows: tuple[Stop, ...] | tuple[LeftOut, ...]
    is_last: bool

    @property
    def has_sketch(self) -> bool:
        return self.outing is not None and self.first == 0

    @property
    def height(self) -> float:
        table = HEAD + ROW * (len(self.rows) + (self.is_last and self.outing is not None))
        return HEADING + max(table, SKETCH[1] if self.has_sketch else 0.0)


def write_round_sheets(path: Path, content: RoundContent, *, language: str = "ja") -> None:
    """Write round sheets as PDF, each watcher beginning a page, or a preview of the first as ``.png``.

    Parameters
    ----------
    path
        File to write; its folder exists.
    content
        Rounds to print; see :class:`app.sheets.content.RoundContent`.
    language
        ``ja`` or ``en``.

    Raises
    ------
    SheetContentError
        A suffix other than ``.pdf`` or ``.png``, or an outing too wide for every scale.
    """
    words = Words(language)
    pages = [page for one in content.rounds for page in draw_round(one, content, words)]
    save_pages(path, pages, title=words("paper.round.title"), made_on=content.made_on)


def draw_round(watcher_round: WatcherRound, content: RoundContent, words: Words) -> list[Page]:
    """Lay out one watcher's pages: nothing is left out, what does not fit goes to the next page."""
    filled = list(fill_pages(_blocks(watcher_round), BODY_BOTTOM - BODY_TOP))
    pages = []
    for number, blocks in enumerate(filled, start=1):
        page = Page(A4_PORTRAIT_MM)
        _draw_header(page, watcher_round, content, words)
        y = BODY_TOP
        for block in blocks:
            _draw_block(page, y, block, watcher_round, content, words)
            y += block.height + BLOCK_GAP
        _draw_footer(page, content, words, words("paper.round.page", number=number, total=len(filled)))
        pages.append(page)
    return pages


def _blocks(watcher_round: WatcherRound) -> Iterator[_Block]:
    """Cut outings and the left-out list into blocks that fit on a page."""
    for number, outing in enumerate(watcher_round.outings, start=1):
        yield from _cut(number, outing, outing.stops)
    if watcher_round.left_out:
        yield from _cut(0, None, watcher_round.left_out)


def _cut(number: int, outing: Outing | None, rows: tuple) -> Iterator[_Block]:
    for first in range(0, len(rows), MOST_ROWS):
        is_last = first + MOST_ROWS >= len(rows)
        yield _Block(number, outing, first, rows[first : first + MOST_ROWS], is_last)


def _draw_header(page: Page, watcher_round: WatcherRound, content: RoundContent, words: Words) -> None:
    draw_head(page, words("paper.round.title"), content.info, words)
    kind = words(f"kind.{watcher_round.kind}")
    who = words("paper.round.watcher", watcher=watcher_round.watcher_id, kind=kind)
    where = words("paper.round.district", district=watcher_round.district_name)
    page.text(MARGIN, 26.0, f"{who}　　{where}", LEAD_SIZE)
    summary = _summary(watcher_round, content, words)
    page.paragraph(MARGIN, 34.0, summary, HEADING_SIZE, width=WIDTH, leading=1.4)


def _summary(watcher_round: WatcherRound, content: RoundContent, words: Words) -> str:
    outings = watcher_round.outings
    month = month_of(content.month, words.language)
    if not outings:
        return words("paper.round.summary_none", month=month)
    return words(
        "paper.round.summary",
        month=month,
        outings=len(outings),
        households=len({stop.household_id for outing in outings for stop in outing.stops}),
        time=duration(sum(outing.minutes for outing in outings), words),
        length=distance(sum(outing.length_m for outing in outings), words),
    )


def duration(minutes: float, words: Words) -> str:
    """Write minutes as whole minutes, from an hour on as hours and minutes."""
    whole = round(minutes)
    if whole < 60:
        return words("paper.time.minutes", minutes=whole)
    return words("paper.time.hours", hours=whole // 60, minutes=whole % 60)


def distance(metres: float, words: Words) -> str:
    """Write metres to the ten, from a kilometre on as kilometres with one decimal."""
    if metres < 1000:
        return words("paper.length.m", length=10 * round(metres / 10))
    return words("paper.length.km", length=f"{metres / 1000:.1f}")


def visits(per_month: float, words: Words) -> str:
    """Write visits a month; what is no whole number a month as visits a year."""
    if per_month < 1 or round(12 * per_month) % 12:
        return words("paper.round.visits_year", number=round(12 * per_month))
    return words("paper.round.visits", number=f"{per_month:g}")


def _draw_block(
    page: Page, y: float, block: _Block, watcher_round: WatcherRound, content: RoundContent, words: Words
) -> None:
    if block.outing is None:
        _draw_left_out(page, y, block, words)
        return
    more = "_more" if block.first else ""
    page.text(MARGIN, y + 4.5, words(f"paper.round.outing{more}", number=block.number), HEADING_SIZE)
    totals = words(
        "paper.round.outing_total",
        households=len(block.outing.stops),
        time=duration(block.outing.minutes, words),
        length=distance(block.outing.length_m, words),
    )
    page.text(RIGHT, y + 4.5, totals, TEXT_SIZE, align="right", colour=QUIET)
    top = y + HEADING
    if block.has_sketch:
        room = (MARGIN, top, *SKETCH)
        draw_sketch(page, room, block.outing, watcher_round.home, streets=content.streets, words=words)
    _draw_stop_table(page, top, block, words)


def _draw_stop_table(page: Page, top: float, block: _Block, words: Words) -> None:
    for key, edge, align in _COLUMNS:
        text = words(f"paper.round.column.{key}")
        page.text(TABLE_X + edge, top + 3.3, text, SMALL_SIZE, align=align, colour=QUIET)
    page.rule(TABLE_X, top + HEAD, RIGHT, top + HEAD, width=0.6, colour=QUIET)
    y = top + HEAD
    for number, stop in enumerate(block.rows, start=block.first + 1):
        texts = (
            str(number),
            short_id(stop.household_id),
            visits(stop.visits_per_month, words),
            duration(stop.minutes, words),
        )
        _draw_cells(page, y, texts)
        y += ROW
    if block.is_last:
        _draw_cells(page, y, ("", words("paper.round.home"), "", duration(block.outing.minutes, words)))


def short_id(household_id: str) -> str:
    """Return the id, or … and its end where the column is too narrow: ids differ at their end."""
    shown = household_id
    while text_width(shown, TEXT_SIZE) > ID_WIDTH:
        shown = "…" + shown.lstrip("…")[1:]
    return shown


def _draw_cells(page: Page, y: float, texts: tuple[str, ...]) -> None:
    for (_, edge, align), text in zip(_COLUMNS, texts, strict=False):
        page.text(TABLE_X + edge, y + ROW / 2 + 1.2, text, TEXT_SIZE, align=align)
    page.rule(TABLE_X, y + ROW, RIGHT, y + ROW, width=0.3)


def _draw_left_out(page: Page, y: float, block: _Block, words: Words) -> None:
    more = "_more" if block.first else ""
    page.text(MARGIN, y + 4.5, words(f"paper.round.left_out{more}"), HEADING_SIZE)
    page.rule(MARGIN, y + HEADING, RIGHT, y + HEADING, width=0.6, colour=QUIET)
    for number, left in enumerate(block.rows):
        base = y + HEADING + ROW * number + ROW / 2 + 1.2
        page.text(MARGIN + 2, base, left.household_id, TEXT_SIZE)
        page.text(MARGIN + 45, base, words(f"paper.round.reason.{left.reason}"), TEXT_SIZE)
        page.rule(MARGIN, base + ROW / 2 - 1.2, RIGHT, base + ROW / 2 - 1.2, width=0.3)


def _draw_footer(page: Page, content: RoundContent, words: Words, page_number: str) -> None:
    """Draw how to treat the sheet and what its figures rest on."""
    back = words("paper.round.return_by", day=day(content.return_by, words.language))
    texts = (back, words("paper.round.rules"))
    notes = _notes(content, words)
    draw_foot(page, BODY_BOTTOM + 4, texts, notes=notes, page_number=page_number)


def _has_paths(content: RoundContent) -> bool:
    outings = [outing for one in content.rounds for outing in one.outings]
    return all(outing.path is not None for outing in outings)


def _notes(content: RoundContent, words: Words) -> list[str]:
    minutes = f"{content.minutes_per_visit:g}"
    return [
        words("paper.made_on", day=day(content.made_on, words.language)),
        words(f"season.{content.season}"),
        words("paper.round.minutes_note", minutes=minutes),
        words(f"paper.round.sketch_note{'' if _has_paths(content) else '_straight'}"),
        words(f"basis.{content.basis}", factor=content.detour_factor),
        *(words("paper.council.source", source=source) for source in content.sources),
    ]
