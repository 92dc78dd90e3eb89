"""The watch network in layers: centre ← those reported to ← watchers by kind ← households as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from matplotlib.patches import Polygon

from app.services.network_results import NetworkView
from app.sheets.frame import INK, QUIET, Page, cut, mm, text_width, wrap
from app.sheets.network_marks import (
    BROKEN_COLOUR,
    REPORT_COLOUR,
    STATUS_COLOURS,
    STATUS_HATCHES,
    STATUSES,
    Sign,
    draw_plate,
    draw_ring,
    many_lost,
    plate_half,
    plate_of,
    watcher_signs,
)
from app.sheets.network_plan import DIRECT, OTHERS, Branch, plan_scheme
from app.ui.text import Words
from app.ui.text.formats import count

BROKEN_TINT = "#fdf3dc"
CENTRE_TINT = "#f0f0ee"
LEAST_ROW, MOST_ROW = 1.7, 3.2  # times the height of the type
HEAD_ROWS, LANE_HEAD = 1.7, 1.6
_CENTRE_SHARE, _WATCHER_SHARE, _BAR_SHARE, _EARLY_SHARE = 0.185, 0.18, 0.35, 0.325


@dataclass(frozen=True)
class _Drawing:
    """What is drawn where: page, network and words, the columns in millimetres, what a row measures."""

    page: Page
    view: NetworkView
    words: Words
    x: float
    width: float
    row: float
    depths: int
    size: float
    longest: int  # households of the longest bar

    @property
    def centre_end(self) -> float:
        return self.x + self.width * _CENTRE_SHARE

    @property
    def watchers(self) -> float:
        return self.x + self.width * (1 - _BAR_SHARE - _WATCHER_SHARE)

    @property
    def early(self) -> float:
        """Return where the watchers begin in a row without a person of its own."""
        return self.x + self.width * _EARLY_SHARE

    @property
    def bars(self) -> float:
        return self.x + self.width * (1 - _BAR_SHARE)

    def person(self, depth: int) -> float:
        """Return the middle of the plate of a person ``depth`` reports from the centre."""
        column = (self.watchers - self.centre_end) / self.depths
        return self.centre_end + column * (depth - 1) + mm(self.size) * 2.6

    def bar(self, households: int) -> float:
        """Return the length of a bar; words take the rest of the column."""
        room = self.width * _BAR_SHARE - text_width("0,000 (0,000 · 000)", self.size) - mm(self.size)
        return room * households / self.longest


def draw_scheme(
    page: Page, room_mm: tuple[float, float, float, float], view: NetworkView, words: Words, *, size: float
) -> float:
    """Draw the chains into ``room_mm`` (x, y, width, height); return the lowest y used.

    A signal runs from right to left. Where there are more people reported to than rows, the smaller branches
    of a centre share one row. Broken chains stand in a lane of their own below.
    """
    x, y, width, height = room_mm
    free = height - mm(size) * (HEAD_ROWS + LANE_HEAD + 1.5)
    scheme = plan_scheme(view, int(free / (mm(size) * LEAST_ROW)))
    rows = len(scheme.joined) + len(scheme.broken)
    step = min(free / max(rows, 1), mm(size) * MOST_ROW)
    branches = (*scheme.joined, *scheme.broken)
    drawing = _Drawing(
        page=page,
        view=view,
        words=words,
        x=x,
        width=width,
        row=step,
        depths=max((one.depth for one in scheme.joined), default=1) or 1,
        size=size,
        longest=max((one.households for one in branches), default=1) or 1,
    )
    _draw_heads(drawing, y)
    top = y + mm(size) * HEAD_ROWS
    y = _draw_joined(drawing, top, scheme.joined)
    return _draw_broken(drawing, y + mm(size), scheme.broken) if scheme.broken else y


def scheme_signs(page: Page, view: NetworkView, words: Words, *, size: float) -> list[Sign]:
    """Return the legend of the picture: the parts of a bar, and the watchers."""

    def swatch(status: str):
        half = mm(size)
        return lambda x, y: _draw_part(page, x - half, y - half * 0.45, (2 * half, half * 0.9), status)

    bars = [Sign(swatch(status), words(f"status.{status}")) for status in STATUSES]
    return [*bars, *watcher_signs(page, view, words, size=size)]


def _draw_heads(drawing: _Drawing, y: float) -> None:
    base = y + mm(drawing.size)
    heads = (
        (drawing.x, "centre"),
        (drawing.centre_end + mm(drawing.size) * 1.6, "reported_to"),
        (drawing.watchers, "watchers"),
        (drawing.bars, "households"),
    )
    for (x, key), (end, _) in zip(heads, [*heads[1:], (drawing.x + drawing.width, "")], strict=True):
        text = cut(drawing.words(f"network.scheme.{key}"), end - x - 1.0, drawing.size)
        drawing.page.text(x, base, text, drawing.size, colour=QUIET)
    line = y + mm(drawing.size) * 1.45
    drawing.page.rule(drawing.x, line, drawing.x + drawing.width, line, width=0.6, colour=QUIET)


def _draw_joined(drawing: _Drawing, y: float, branches: Sequence[Branch]) -> float:
    """Draw the chains of each centre and return the lowest y used."""
    if not branches:
        none = drawing.words("network.scheme.none")
        drawing.page.text(drawing.x, y + drawing.row * 0.6, none, drawing.size)
        return y + drawing.row
    for centre, rows in groupby(branches, key=lambda branch: branch.centre):
        group = list(rows)
        _draw_centre(drawing, y, len(group), _centre_name(drawing, centre))
        places: dict[str, float] = {}
        for number, branch in enumerate(group):
            middle = y + drawing.row * (number + 0.5)
            places[branch.key] = middle
            _draw_row(drawing, middle, branch, places)
        y += drawing.row * len(group)
    return y


def _centre_name(drawing: _Drawing, centre: str) -> str:
    if centre:
        return str(drawing.view.centres["name"][centre])
    return drawing.words("network.scheme.other_centres")


def _draw_centre(drawing: _Drawing, y: float, rows: int, name: str) -> None:
    gap = drawing.row * 0.08
    width = drawing.centre_end - drawing.x
    height = drawing.row * rows - 2 * gap
    drawing.page.box(drawing.x, y + gap, width, height, facecolor=CENTRE_TINT, edgecolor=INK, linewidth=0.7)
    step = mm(drawing.size) * 1.25
    most = max(int(height / step), 1)
    lines = wrap(name, width - 2.0, drawing.size)
    if len(lines) > most:
        lines = [*lines[: most - 1], cut("".join(lines[most - 1 :]), width - 2.0, drawing.size)]
    base = y + drawing.row * rows / 2 - step * (len(lines) - 1) / 2 + mm(drawing.size) * 0.36
    for number, line in enumerate(lines):
        drawing.page.text(drawing.x + width / 2, base + step * number, line, drawing.size, align="center")


def _draw_row(drawing: _Drawing, y: float, branch: Branch, places: Mapping[str, float]) -> None:
    start = drawing.centre_end
    if branch.depth > 1:
        above = drawing.view.watchers["reports_to"][branch.key]
        start = drawing.person(branch.depth - 1)
        drawing.page.rule(start, places[above], start, y, width=0.9, colour=REPORT_COLOUR)
    drawing.page.rule(start, y, drawing.bars, y, width=0.9, colour=REPORT_COLOUR)
    _draw_head_arrow(drawing, start, y)
    if branch.key not in (DIRECT, OTHERS):
        _draw_person(drawing, y, branch)
    else:
        text = drawing.words(f"network.scheme.{branch.key}", count=count(branch.merged))
        _on_line(drawing, drawing.person(1) - mm(drawing.size), y, text)
    start = drawing.early if branch.key in (DIRECT, OTHERS) else drawing.watchers
    _draw_kinds(drawing, (start, y), branch.kinds, state="joined")
    _draw_bar(drawing, y, branch)


def _draw_head_arrow(drawing: _Drawing, x: float, y: float) -> None:
    long, wide = mm(drawing.size) * 0.6, mm(drawing.size) * 0.27
    corners = ((x, y), (x + long, y - wide), (x + long, y + wide))
    drawing.page.paper.add_patch(Polygon(corners, facecolor=REPORT_COLOUR, linewidth=0, zorder=5.5))


def _draw_person(drawing: _Drawing, y: float, branch: Branch) -> None:
    x = drawing.person(branch.depth)
    size = drawing.size
    if branch.lost >= many_lost(drawing.view):
        draw_ring(drawing.page, (x, y), size=size * 0.85)
    plate = plate_of(drawing.view.watchers["kind"][branch.key], "joined", drawing.words)
    draw_plate(drawing.page, (x, y), plate, size=size)
    text = branch.key
    if branch.lost:
        text = drawing.words("network.scheme.person", id=branch.key, lost=count(branch.lost))
    _on_line(drawing, x + plate_half(size) * 2.1, y, text)


def _on_line(drawing: _Drawing, x: float, y: float, text: str) -> None:
    """Print on a reporting line, with white behind it."""
    size = drawing.size
    shown = cut(text, drawing.watchers - x - 0.5, size)
    width = text_width(shown, size)
    drawing.page.box(
        x - 0.5, y - mm(size) * 0.6, width + 1.0, mm(size) * 1.2, facecolor="white", linewidth=0, zorder=6
    )
    drawing.page.text(x, y + mm(size) * 0.36, shown, size)


def _draw_kinds(
    drawing: _Drawing, place: tuple[float, float], kinds: Mapping[str, int], *, state: str
) -> None:
    """Draw a plate and a number for each kind of watcher; kinds without room are counted together."""
    (x, y), size, half = place, drawing.size, plate_half(drawing.size)
    left = sum(kinds.values())
    for kind, number in kinds.items():
        width = half * 3.0 + text_width(count(number), size)
        if x + width > drawing.bars - mm(size) * 1.5:
            rest = drawing.words("network.scheme.more", count=count(left))
            _draw_patch(drawing, (x, y), text_width(rest, size), state)
            drawing.page.text(x, y + mm(size) * 0.36, rest, size)
            return
        _draw_patch(drawing, (x, y), width, state)
        draw_plate(drawing.page, (x + half * 1.3, y), plate_of(kind, state, drawing.words), size=size)
        drawing.page.text(x + half * 2.65, y + mm(size) * 0.36, count(number), size)
        x, left = x + width, left - number


def _draw_patch(drawing: _Drawing, place: tuple[float, float], width: float, state: str) -> None:
    """Draw what keeps a reporting line from running through plates and numbers."""
    high = mm(drawing.size) * 1.6
    tint = BROKEN_TINT if state == "broken" else "white"
    drawing.page.box(place[0], place[1] - high / 2, width, high, facecolor=tint, linewidth=0, zorder=6)


def _draw_bar(drawing: _Drawing, y: float, branch: Branch) -> None:
    """Draw the households of a row by status, their number, and how many are watched and partly watched."""
    height = min(drawing.row * 0.6, mm(drawing.size) * 1.3)
    x = drawing.bars
    for status in STATUSES:
        length = drawing.bar(branch.statuses.get(status, 0))
        if length:
            _draw_part(drawing.page, x, y - height / 2, (length, height), status)
            x += length
    numbers = [count(branch.statuses.get(status, 0)) for status in STATUSES[:2]]
    text = f"{count(branch.households)} ({' · '.join(numbers)})"
    drawing.page.text(x + mm(drawing.size) * 0.4, y + mm(drawing.size) * 0.36, text, drawing.size)


def _draw_part(page: Page, x: float, y: float, box: tuple[float, float], status: str) -> None:
    hatch = STATUS_HATCHES[status]
    edge = "#8a7f00" if status == "noticed_only" else "white"
    page.box(x, y, *box, facecolor=STATUS_COLOURS[status], hatch=hatch, edgecolor=edge, linewidth=0, zorder=6)
    page.box(x, y, *box, edgecolor=INK, linewidth=0.4, zorder=6.1)


def _draw_broken(drawing: _Drawing, y: float, branches: Sequence[Branch]) -> float:
    """Draw the lane of chains that end without a centre and return its lower edge."""
    size = drawing.size
    bottom = y + drawing.row * (len(branches) + 0.2) + mm(size) * LANE_HEAD
    drawing.page.box(
        drawing.x,
        y,
        drawing.width,
        bottom - y,
        facecolor=BROKEN_TINT,
        edgecolor=BROKEN_COLOUR,
        linewidth=1.6,
        zorder=3,
    )
    drawing.page.text(drawing.x + 1.2, y + mm(size) * 1.25, drawing.words("network.scheme.broken"), size)
    for number, branch in enumerate(branches):
        middle = y + mm(size) * LANE_HEAD + drawing.row * (number + 0.5)
        _draw_broken_sign(drawing, drawing.x + mm(size), middle)
        room = drawing.early - drawing.x - mm(size) * 3
        text = cut(drawing.words(f"network.reason.{branch.key}"), room, size)
        drawing.page.text(drawing.x + mm(size) * 2.0, middle + mm(size) * 0.36, text, size)
        _draw_kinds(drawing, (drawing.early, middle), branch.kinds, state="broken")
        _draw_bar(drawing, middle, branch)
    return bottom


def _draw_broken_sign(drawing: _Drawing, x: float, y: float) -> None:
    """Draw a cross: the way ends here."""
    arm = mm(drawing.size) * 0.35
    for turn in (-1, 1):
        drawing.page.rule(x - arm, y - turn * arm, x + arm, y + turn * arm, width=1.6, colour=INK)
