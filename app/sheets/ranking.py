"""Tables of the council sheet: every district in order of its share, and the gap classes with remedies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import pandas as pd

from app.sheets.content import CouncilContent, SheetContentError
from app.sheets.frame import INK, QUIET, Page, cut, text_width
from app.sheets.marks import (
    WEAK_CLASSES,
    draw_remedy_swatch,
    draw_share_swatch,
)
from app.ui.text import Words
from app.ui.text.formats import count, share

SIZE = 9.0
HEADING_SIZE = 12.0
ROW_MM = (4.1, 6.0)  # lowest and highest row
HEAD_MM = 5.0
GUTTER_MM = 6.0
NUMBER_MM, SWATCH_MM = 8.5, 6.5
LEAST_NAME_MM = 14.0  # four Japanese characters
MOST_SPARE_MM = 5.0  # added to a column of numbers where names leave room
MOST_BLOCKS = 3
_COLUMN_SETS = (
    ("households", "watched", "gap", "share"),
    ("households", "gap", "share"),
    ("gap", "share"),
)
_WIDE_BLOCK_MM = 120.0
_GAP_ROW_MM = 5.0


@dataclass(frozen=True)
class RankingPlan:
    """How the table is cut into blocks: rows a block, their height, block width and columns."""

    blocks: int
    rows: int
    row_mm: float
    width_mm: float
    columns: tuple[str, ...]
    spare_mm: float  # added to each column's least width


def rank_districts(districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return ``districts`` by share of gaps, highest first, ties by code; hidden ones last in code order."""
    by_code = districts.sort_index()
    gap_share = by_code["gap"].astype("Float64") / by_code["households"].astype("Float64")
    visible = gap_share.where(by_code["shown"].astype(bool))
    order = visible.sort_values(ascending=False, na_position="last", kind="stable").index
    return by_code.loc[order]


def plan_ranking(names: list[str], width: float, height: float) -> RankingPlan:
    """Return the fewest blocks that hold one row a name (the city first) within the room in millimetres.

    Raises
    ------
    SheetContentError
        More districts than three blocks hold at a readable size.
    """
    most = int((height - HEAD_MM) // ROW_MM[0])
    rows = len(names)
    blocks = _block_count(rows, most)
    if blocks > MOST_BLOCKS:
        raise SheetContentError(
            f"Expected at most {most * MOST_BLOCKS - 1} districts on one sheet, got {rows - 1}. "
            "Print a layer with fewer districts."
        )
    block_rows = math.ceil(rows / blocks)
    row_mm = min(ROW_MM[1], (height - HEAD_MM) / block_rows)
    block_width = (width - GUTTER_MM * (blocks - 1)) / blocks
    widest = max(text_width(name, SIZE) for name in names)
    columns = _choose_columns(block_width, widest)
    left_over = _name_room(block_width, columns) - widest - 2
    spare = min(max(left_over / len(columns), 0.0), MOST_SPARE_MM)
    return RankingPlan(blocks, block_rows, row_mm, block_width, columns, spare)


def _choose_columns(block_width: float, widest: float) -> tuple[str, ...]:
    """Return the fullest columns in which every name fits; else the fullest that has room."""
    usable = [columns for columns in _COLUMN_SETS if _name_room(block_width, columns) >= LEAST_NAME_MM]
    fitting = [columns for columns in usable if _name_room(block_width, columns) >= widest]
    return (fitting or usable)[0]


def _block_count(rows: int, most: int) -> int:
    comfortable = most * ROW_MM[0] // 4.8  # one block only while rows are not cramped
    return 1 if rows <= comfortable else max(2, math.ceil(rows / most))


def _column_width(column: str, block_width: float) -> float:
    if block_width >= _WIDE_BLOCK_MM:
        return 25.0
    return {"households": 11.5, "watched": 13.5, "gap": 11.0, "share": 12.5}[column]


def _name_room(block_width: float, columns: tuple[str, ...]) -> float:
    return block_width - NUMBER_MM - SWATCH_MM - sum(_column_width(c, block_width) for c in columns)


def draw_ranking(
    page: Page, x: float, y: float, room: tuple[float, float], *, content: CouncilContent, words: Words
) -> float:
    """Draw heading and table from (x, y) into ``room`` (width, height); return the lowest y used."""
    layer = words(f"layer.{content.layer}")
    heading = words("paper.council.ranking", layer=layer)
    page.text(x, y + 4.5, heading, HEADING_SIZE)
    order = words("paper.council.ranking_order")
    page.text(x + room[0], y + 4.5, order, SIZE, align="right", colour=QUIET)
    top = y + 7.5
    names = [words("paper.council.city"), *content.districts["name"]]
    plan = plan_ranking(names, room[0], room[1] - 7.5)
    rows = [_city_row(content, words), *_district_rows(content.districts, words)]
    for block in range(plan.blocks):
        left = x + block * (plan.width_mm + GUTTER_MM)
        _draw_head(page, left, top, plan, words)
        part = rows[block * plan.rows : (block + 1) * plan.rows]
        for number, row in enumerate(part):
            _draw_row(page, left, top + HEAD_MM + plan.row_mm * number, plan, row)
    return top + HEAD_MM + plan.row_mm * plan.rows


@dataclass(frozen=True)
class _Row:
    number: str
    share_class: int | None
    name: str
    texts: dict[str, str]
    has_swatch: bool = True
    is_sum: bool = False


def _city_row(content: CouncilContent, words: Words) -> _Row:
    values = _values(content.totals, words)
    return _Row("", None, words("paper.council.city"), values, has_swatch=False, is_sum=True)


def _district_rows(districts: gpd.GeoDataFrame, words: Words) -> list[_Row]:
    table = pd.DataFrame(districts.drop(columns="geometry"))
    rows = []
    for number, row in enumerate(table.to_dict("records"), start=1):
        share_class = None if pd.isna(row["gap_share_class"]) else int(row["gap_share_class"])
        seen = row if row["shown"] else dict.fromkeys(("households", "watched", "gap"))
        rows.append(_Row(str(number), share_class, row["name"], _values(seen, words)))
    return rows


def _values(counts: dict[str, object], words: Words) -> dict[str, str]:
    known = {key: counts.get(key) for key in ("households", "watched", "gap")}
    texts = {k: words("hidden") if v is None or pd.isna(v) else count(v) for k, v in known.items()}
    texts["share"] = words("hidden")
    if words("hidden") not in (texts["gap"], texts["households"]):
        texts["share"] = share(known["gap"], known["households"])
    return texts


def _draw_head(page: Page, x: float, y: float, plan: RankingPlan, words: Words) -> None:
    page.text(
        x + NUMBER_MM - 2, y + 3.2, words("paper.council.column.number"), SIZE, align="right", colour=QUIET
    )
    page.text(x + NUMBER_MM + SWATCH_MM, y + 3.2, words("paper.council.column.name"), SIZE, colour=QUIET)
    short = "" if plan.width_mm >= _WIDE_BLOCK_MM else "_short"
    keys = {"households": "households", "watched": f"watched{short}", "gap": "gap", "share": f"share{short}"}
    for column, right in _rights(x, plan):
        text = words(f"paper.council.column.{keys[column]}")
        page.text(right, y + 3.2, text, SIZE, align="right", colour=QUIET)
    page.rule(x, y + HEAD_MM - 0.3, x + plan.width_mm, y + HEAD_MM - 0.3, width=0.6, colour=QUIET)


def _draw_row(page: Page, x: float, y: float, plan: RankingPlan, row: _Row) -> None:
    base = y + plan.row_mm / 2 + 1.15
    page.text(x + NUMBER_MM - 2.1, base, row.number, SIZE, align="right", colour=QUIET)
    if row.has_swatch:
        swatch = (SWATCH_MM - 2.2, 2.7)
        draw_share_swatch(page, x + NUMBER_MM, y + plan.row_mm / 2 - 1.35, row.share_class, size=swatch)
    room = _name_room(plan.width_mm, plan.columns) - plan.spare_mm * len(plan.columns)
    page.text(x + NUMBER_MM + SWATCH_MM, base, cut(row.name, room, SIZE), SIZE)
    for column, right in _rights(x, plan):
        page.text(right, base, row.texts[column], SIZE, align="right")
    page.rule(x, y + plan.row_mm, x + plan.width_mm, y + plan.row_mm, width=0.8 if row.is_sum else 0.25)


def _rights(x: float, plan: RankingPlan) -> list[tuple[str, float]]:
    """Return each column with its right edge."""
    widths = [_column_width(column, plan.width_mm) + plan.spare_mm for column in plan.columns]
    right = x + plan.width_mm
    edges = []
    for column, width in zip(reversed(plan.columns), reversed(widths), strict=True):
        edges.append((column, right))
        right -= width
    return edges[::-1]


def gap_table_height(gap_classes: dict[str, int | None]) -> float:
    """Return the height in millimetres that :func:`draw_gap_classes` takes."""
    weak = any(name in WEAK_CLASSES for name in gap_classes)
    return 12.5 + _GAP_ROW_MM * len(gap_classes) + (_GAP_ROW_MM + 0.5) * weak


def draw_gap_classes(
    page: Page, x: float, y: float, width: float, *, content: CouncilContent, words: Words
) -> None:
    """Draw reasons, counts and remedies from (x, y); weak links of watched households apart below."""
    page.text(x, y + 4.5, words("paper.council.reasons"), HEADING_SIZE)
    top = y + 7.5
    columns = (x + 8, x + width * 0.56, x + width * 0.56 + 6)
    _draw_gap_head(page, x, top, width, columns, words)
    base = top + HEAD_MM
    missed = [name for name in content.gap_classes if name not in WEAK_CLASSES]
    weak = [name for name in content.gap_classes if name in WEAK_CLASSES]
    for name in missed:
        base = _draw_gap_row(page, base, columns, name, content.gap_classes[name], words)
    if weak:
        page.text(x, base + 4.4, words("paper.council.weak"), SIZE, colour=QUIET)
        page.rule(x, base + _GAP_ROW_MM + 0.5, x + width, base + _GAP_ROW_MM + 0.5, width=0.25)
        base += _GAP_ROW_MM + 0.5
    for name in weak:
        base = _draw_gap_row(page, base, columns, name, content.gap_classes[name], words)


def _draw_gap_head(
    page: Page, x: float, y: float, width: float, columns: tuple[float, float, float], words: Words
) -> None:
    page.text(x, y + 3.2, words("paper.council.column.reason"), SIZE, colour=QUIET)
    page.text(columns[1], y + 3.2, words("paper.council.column.count"), SIZE, align="right", colour=QUIET)
    page.text(columns[2], y + 3.2, words("paper.council.column.remedy"), SIZE, colour=QUIET)
    page.rule(x, y + HEAD_MM - 0.3, x + width, y + HEAD_MM - 0.3, width=0.6, colour=QUIET)


def _draw_gap_row(
    page: Page, y: float, columns: tuple[float, float, float], name: str, number: int | None, words: Words
) -> float:
    base = y + _GAP_ROW_MM / 2 + 1.2
    draw_remedy_swatch(page, columns[0] - 8, y + 1.0, name, size=(6.0, 3.2))
    page.text(columns[0], base, words(f"gap.{name}"), SIZE, colour=INK)
    text = words("hidden") if number is None else count(number)
    page.text(columns[1], base, text, SIZE, align="right")
    page.text(columns[2], base, words(f"remedy.{name}"), SIZE)
    return y + _GAP_ROW_MM


def class_names(breaks: tuple[float, ...], words: Words) -> list[str]:
    """Return the wording of the five share classes, lowest first."""
    percent = [f"{100 * value:g}" for value in breaks]
    inner = [words("paper.council.class", low=low, high=high) for low, high in pairwise(percent)]
    first = words("paper.council.class_first", high=percent[0])
    return [first, *inner, words("paper.council.class_last", low=percent[-1])]
