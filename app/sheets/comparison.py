"""The comparison sheet: one A3 page, a draft, two scenarios with the same classes and the difference map."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from app.sheets.choropleth import (
    LABEL_SIZE,
    MapFrame,
    draw_borders,
    draw_label,
    draw_layer,
    draw_name_plate,
    draw_panel,
    fill_areas,
    frame_map,
)
from app.sheets.content import CouncilContent, SheetContentError
from app.sheets.frame import A3_LANDSCAPE_MM, QUIET, Page, cut, mm, save_pages, wrap
from app.sheets.labels import place_labels
from app.sheets.marks import (
    BORDER_COLOUR,
    HATCH_ON_DARK,
    HATCH_ON_PALE,
    HIDDEN_COLOUR,
    HIDDEN_HATCH,
    STREET_COLOUR,
    draw_north,
    draw_scale_bar,
    draw_share_swatch,
    draw_stamp,
    scale_bar,
)
from app.sheets.ranking import class_names
from app.ui.marks import CHANGE_COLOURS
from app.ui.text import Words
from app.ui.text.formats import count, day

MARGIN, GAP = 12.0, 4.0
RIGHT, BOTTOM = A3_LANDSCAPE_MM[0] - MARGIN, A3_LANDSCAPE_MM[1] - MARGIN
TITLE_SIZE, FINDING_SIZE, TEXT_SIZE, SMALL_SIZE = 22.0, 14.0, 10.0, 9.0
MAP_WIDTH = (RIGHT - MARGIN - 2 * GAP) / 3
LEGEND_MM = 20.0
_SCALE_X, _CHANGES_X = MARGIN + 112.0, MARGIN + 182.0
ROW_MM, HEAD_MM = 4.3, 5.5
LEAST_MAP_MM = 70.0
BLOCKS = (1, 2, 3, 4)
BLOCK_GAP_MM = 6.0
CHANGE_HATCHES = {"loses_much": "///", "loses": None, "about_equal": None, "gains": None, "gains_much": "xxx"}
_COLUMNS_MM = {"before": 15.0, "after": 15.0, "difference": 15.0, "points": 15.0}
_NUMBER_MM = 7.0


@dataclass(frozen=True)
class ComparisonContent:
    """Two protected contents of the same districts, and what changes between them.

    Parameters
    ----------
    base, other
        As the council sheet prints them; same index, ``gap_classes`` empty.
    names
        Of the two scenarios, in the language of the sheet.
    changes
        Index code: ``difference`` (Int64), ``points``, ``change_class``; NA where one side is hidden.
    """

    base: CouncilContent
    other: CouncilContent
    names: tuple[str, str]
    changes: pd.DataFrame

    def __post_init__(self) -> None:
        """Refuse sides that do not belong together, and changes that tell what is hidden."""
        faults = []
        if not self.base.districts.index.equals(self.other.districts.index):
            faults.append("Expected the same districts on both sides, got others. Assess them together.")
        elif self._tells_too_much():
            faults.append(
                "Expected no difference where a side is hidden or it is from 1 to 9, got some. "
                "Protect the pair first."
            )
        if faults:
            raise SheetContentError(" ".join(faults))

    def _tells_too_much(self) -> bool:
        hidden = ~(self.base.districts["shown"].astype(bool) & self.other.districts["shown"].astype(bool))
        told = self.changes["difference"].reindex(hidden.index)
        small = told.abs().between(1, 9).fillna(False)
        return bool((hidden & told.notna()).any() or small.any())


def write_comparison_sheet(path: Path, content: ComparisonContent, *, language: str = "ja") -> None:
    """Write the sheet as PDF, or as a preview picture where ``path`` ends in ``.png``.

    Raises
    ------
    SheetContentError
        Another suffix, more districts than one sheet holds, or a city that fits at no scale.
    """
    words = Words(language)
    page = draw_comparison(content, words)
    save_pages(path, [page], title=sheet_title(content, words), made_on=content.other.made_on)


def draw_comparison(content: ComparisonContent, words: Words) -> Page:
    """Lay the sheet out and return the page."""
    content = _ordered(content)
    page = Page(A3_LANDSCAPE_MM)
    top = _draw_header(page, content, words)
    about = _about_lines(content, words)
    about_top = BOTTOM - mm(SMALL_SIZE) * 1.4 * math.ceil(len(about) / 2)
    blocks, table_mm = plan_table(len(content.changes), about_top - top - LEGEND_MM - 12.0)
    table_top = about_top - table_mm - 4.0
    legend_top = table_top - LEGEND_MM
    frame = _draw_maps(page, top, legend_top - 2.0 - top, content, words)
    _draw_legends(page, legend_top, content, frame, words)
    _draw_table(page, table_top, blocks, content, words)
    _draw_about(page, about_top, about)
    return page


def sheet_title(content: ComparisonContent, words: Words) -> str:
    """Return the title: the city and the two scenarios."""
    base, other = content.names
    return words("paper.compare.title", city=content.other.info.name, base=base, other=other)


def finding(content: ComparisonContent, words: Words) -> str:
    """Say how many households are watched on both sides, where both may be told."""
    before, after = content.base.totals.get("watched"), content.other.totals.get("watched")
    households = content.other.totals.get("households")
    if before is None or after is None or households is None:
        return words("paper.compare.finding_hidden")
    direction = "more" if after > before else "fewer" if after < before else "same"
    change = words(
        f"paper.compare.{direction}", **({} if after == before else {"number": count(abs(after - before))})
    )
    return words(
        "paper.compare.finding",
        before=count(before),
        after=count(after),
        change=change,
        households=count(households),
    )


def plan_table(districts: int, room_mm: float) -> tuple[int, float]:
    """Return the fewest blocks of the table that leave the maps room, and the table's height.

    Raises
    ------
    SheetContentError
        More districts than four blocks hold.
    """
    for blocks in BLOCKS:
        height = 8.0 + HEAD_MM + ROW_MM * math.ceil((districts + 1) / blocks)
        if room_mm - height >= LEAST_MAP_MM and (blocks >= 3 or height <= 45.0):
            return blocks, height
    most = int((room_mm - LEAST_MAP_MM - 8.0 - HEAD_MM) // ROW_MM) * BLOCKS[-1] - 1
    raise SheetContentError(
        f"Expected at most {most} districts on one sheet, got {districts}. "
        "Print a layer with fewer districts."
    )


def _ordered(content: ComparisonContent) -> ComparisonContent:
    """Return the content in the order of the table: greatest loss first, hidden ones last by code."""
    by_code = content.changes.sort_index()
    order = by_code["points"].astype(float).sort_values(kind="stable", na_position="last").index
    base, other = (
        replace(side, districts=side.districts.loc[order]) for side in (content.base, content.other)
    )
    return replace(content, base=base, other=other, changes=content.changes.loc[order])


def _draw_header(page: Page, content: ComparisonContent, words: Words) -> float:
    left = RIGHT
    if content.other.info.synthetic:
        left = draw_stamp(page, RIGHT, MARGIN, words("synthetic"))
    left = draw_stamp(page, left - 3 * (left < RIGHT), MARGIN, words("paper.council.draft"))
    title = cut(sheet_title(content, words), left - MARGIN - 5, TITLE_SIZE)
    page.text(MARGIN, 20.0, title, TITLE_SIZE)
    y = 27.5
    page.text(
        MARGIN,
        y,
        words("paper.made_on", day=day(content.other.made_on, words.language)),
        TEXT_SIZE,
        colour=QUIET,
    )
    y = page.paragraph(
        MARGIN, y + 8.5, finding(content, words), FINDING_SIZE, width=RIGHT - MARGIN, leading=1.4
    )
    definition = words("paper.council.definition") + words("common.gap") + words("paper.compare.definition")
    return page.paragraph(MARGIN, y - 1.0, definition, TEXT_SIZE, width=RIGHT - MARGIN, leading=1.4)


def _draw_maps(page: Page, top: float, height: float, content: ComparisonContent, words: Words) -> MapFrame:
    """Draw the three maps side by side at one scale; return the frame of the first."""
    frames = [
        frame_map(
            tuple(content.other.districts.total_bounds),
            (MARGIN + number * (MAP_WIDTH + GAP), top, MAP_WIDTH, height),
        )
        for number in range(3)
    ]
    everywhere = np.ones(len(content.changes), dtype=bool)
    for frame, side, name in zip(frames, (content.base, content.other), content.names, strict=False):
        title = words("scenarios.side_short", name=name, season=words(f"season.{side.season}"))
        draw_panel(page, frame, side, everywhere, cut(title, MAP_WIDTH - 14, 11.0))
    _draw_changes(page, frames[2], content, words)
    return frames[0]


def _draw_changes(page: Page, frame: MapFrame, content: ComparisonContent, words: Words) -> None:
    side = content.other
    areas = frame.to_paper(side.districts.geometry.to_numpy())
    classes = content.changes["change_class"].to_numpy(dtype=object)
    for name in (*CHANGE_COLOURS, None):
        chosen = pd.isna(classes) if name is None else classes == name
        fill_areas(page, areas[chosen], **change_style(name), linewidth=0, zorder=2)
    draw_layer(page, frame, side.streets, colour=STREET_COLOUR, width=0.4, zorder=2.4)
    draw_borders(page, areas, width=0.7)
    page.box(frame.x, frame.y, frame.width, frame.height, edgecolor=QUIET, linewidth=0.6)
    title = words("paper.compare.differences", base=content.names[0], other=content.names[1])
    plate = draw_name_plate(page, frame, areas, cut(title, MAP_WIDTH - 14, 11.0))
    numbers = range(1, len(areas) + 1)
    texts = [_points(value, words) for value in content.changes["points"]]
    wordings = [
        ((f"{number}", text), (text,), (f"{number}",)) for number, text in zip(numbers, texts, strict=True)
    ]
    for label in place_labels(list(areas), wordings, frame.room.buffer(-1.0), [plate], size=LABEL_SIZE):
        draw_label(page, label, LABEL_SIZE)


def change_style(name: str | None) -> dict[str, object]:
    """Return face, hatch and hatch colour of one class of change; ``None`` is too few to show."""
    if name is None:
        return {"facecolor": HIDDEN_COLOUR, "hatch": HIDDEN_HATCH, "edgecolor": HATCH_ON_PALE}
    return {"facecolor": CHANGE_COLOURS[name], "hatch": CHANGE_HATCHES[name], "edgecolor": HATCH_ON_DARK}


def _draw_legends(page: Page, y: float, content: ComparisonContent, frame: MapFrame, words: Words) -> None:
    """Draw the classes of shares, the scale, and the classes of change, each in two rows."""
    entries = [*enumerate(class_names(content.other.share_breaks, words))]
    entries.append((None, words("scenarios.class.hidden")))
    page.text(MARGIN, y + 3.4, words("paper.compare.legend_share"), SMALL_SIZE)
    for place, (share_class, name) in enumerate(entries):
        x, top = MARGIN + 36.0 * (place % 3), y + 5.6 + 6.2 * (place // 3)
        draw_share_swatch(page, x, top, share_class, size=(7.0, 4.5))
        page.text(x + 8.5, top + 3.5, cut(name, 26.5, SMALL_SIZE), SMALL_SIZE)
    page.text(_SCALE_X, y + 3.4, words("paper.scale", scale=count(frame.denominator)), SMALL_SIZE)
    draw_scale_bar(page, _SCALE_X, y + 6.0, scale_bar(frame.denominator, longest_mm=30.0), size=SMALL_SIZE)
    draw_north(page, _SCALE_X + 52.0, y + 1.0, words, size=SMALL_SIZE, height=9.0)
    changes = [(name, words(f"scenarios.class.{name}")) for name in CHANGE_COLOURS]
    changes.append((None, words("scenarios.class.hidden")))
    page.text(_CHANGES_X, y + 3.4, words("paper.compare.legend_change"), SMALL_SIZE)
    width = (RIGHT - _CHANGES_X) / 3
    for place, (name, text) in enumerate(changes):
        x, top = _CHANGES_X + width * (place % 3), y + 5.6 + 6.2 * (place // 3)
        page.box(x, top, 7.0, 4.5, **change_style(name), linewidth=0)
        page.box(x, top, 7.0, 4.5, edgecolor=BORDER_COLOUR, linewidth=0.4, zorder=5)
        page.text(x + 8.5, top + 3.5, cut(text, width - 9.5, SMALL_SIZE), SMALL_SIZE)


def _draw_table(page: Page, y: float, blocks: int, content: ComparisonContent, words: Words) -> None:
    layer = words(f"layer.{content.other.layer}")
    page.text(MARGIN, y + 4.5, words("paper.compare.table", layer=layer), 12.0)
    page.text(RIGHT, y + 4.5, words("paper.compare.order"), SMALL_SIZE, align="right", colour=QUIET)
    rows = [_city_row(content, words), *_district_rows(content, words)]
    width = (RIGHT - MARGIN - BLOCK_GAP_MM * (blocks - 1)) / blocks
    a_block = math.ceil(len(rows) / blocks)
    for block in range(blocks):
        x = MARGIN + block * (width + BLOCK_GAP_MM)
        heads = [words(f"paper.compare.column.{name}") for name in _COLUMNS_MM]
        _draw_row(page, x, y + 8.0, width, ("", words("paper.council.column.name"), *heads), colour=QUIET)
        page.rule(x, y + 8.0 + HEAD_MM, x + width, y + 8.0 + HEAD_MM, width=0.6, colour=QUIET)
        for number, row in enumerate(rows[block * a_block : (block + 1) * a_block]):
            top = y + 8.0 + HEAD_MM + ROW_MM * number
            _draw_row(page, x, top, width, row)
            page.rule(x, top + ROW_MM, x + width, top + ROW_MM, width=0.25)


def _draw_row(
    page: Page, x: float, y: float, width: float, row: tuple[str, ...], *, colour: str = "#222222"
) -> None:
    base = y + ROW_MM / 2 + 1.15
    number, name, *values = row
    page.text(x + _NUMBER_MM - 2, base, number, SMALL_SIZE, align="right", colour=QUIET)
    room = width - _NUMBER_MM - sum(_COLUMNS_MM.values())
    page.text(x + _NUMBER_MM, base, cut(name, room, SMALL_SIZE), SMALL_SIZE, colour=colour)
    right = x + width
    for value, wide in zip(reversed(values), reversed(_COLUMNS_MM.values()), strict=True):
        page.text(right, base, value, SMALL_SIZE, align="right", colour=colour)
        right -= wide


def _city_row(content: ComparisonContent, words: Words) -> tuple[str, ...]:
    before, after = content.base.totals.get("watched"), content.other.totals.get("watched")
    of_before, of_after = content.base.totals.get("households"), content.other.totals.get("households")
    known = None not in (before, after)
    points = None
    if known and of_before and of_after:
        points = 100 * (after / of_after - before / of_before)
    values = [
        _number(before, words),
        _number(after, words),
        _signed(after - before if known else None, words),
    ]
    return ("", words("paper.council.city"), *values, _points(points, words))


def _district_rows(content: ComparisonContent, words: Words) -> list[tuple[str, ...]]:
    before = content.base.districts["watched"].where(content.base.districts["shown"])
    after = content.other.districts["watched"].where(content.other.districts["shown"])
    columns = (
        content.other.districts["name"],
        before,
        after,
        content.changes["difference"],
        content.changes["points"],
    )
    return [
        (
            str(number),
            str(name),
            _number(first, words),
            _number(second, words),
            _signed(change, words),
            _points(points, words),
        )
        for number, (name, first, second, change, points) in enumerate(zip(*columns, strict=True), 1)
    ]


def _number(value: object, words: Words) -> str:
    return words("hidden") if value is None or pd.isna(value) else count(value)


def _signed(value: object, words: Words) -> str:
    if value is None or pd.isna(value):
        return words("hidden")
    return "±0" if value == 0 else ("+" if value > 0 else "−") + count(abs(value))


def _points(value: object, words: Words) -> str:
    if value is None or pd.isna(value):
        return words("hidden")
    rounded = round(float(value), 1)
    return "±0.0" if rounded == 0 else ("+" if rounded > 0 else "−") + f"{abs(rounded):.1f}"


def _about_lines(content: ComparisonContent, words: Words) -> list[str]:
    """Return the lines that say what the sheet rests on."""
    side = content.other
    lines = [words("paper.basis", basis=words(f"basis.{side.basis}", factor=side.detour_factor))]
    lines += [words("paper.council.source", source=source) for source in side.sources]
    lines += [words("paper.compare.assumed"), words("paper.compare.hidden_note"), *side.notes]
    if side.info.synthetic:
        lines.append(words("paper.council.synthetic_note"))
    width = (RIGHT - MARGIN - 8.0) / 2
    return [part for line in lines for part in wrap(line, width, SMALL_SIZE)]


def _draw_about(page: Page, y: float, lines: list[str]) -> None:
    half = math.ceil(len(lines) / 2)
    for number, line in enumerate(lines):
        x = MARGIN + (number // half) * ((RIGHT - MARGIN + 8.0) / 2)
        page.text(x, y + mm(SMALL_SIZE) * (1.4 * (number % half) + 1), line, SMALL_SIZE, colour=QUIET)
