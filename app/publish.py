"""The commands `publish` and `releases`, and what the page does: protect, attack, print, record."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from app import operators
from app.console import Talk
from app.reports import sheet_content
from app.services import coverage, public_protection, publication
from app.services.public_layers import check_layers
from app.services.public_protection import Draft, SafeRelease
from app.services.results import Progress
from app.settings import Settings
from app.sheets.council import write_council_sheet
from app.ui.publish_tables import release_line, report_lines
from app.ui.text import LANGUAGES, Words
from app.ui.text.formats import day, today
from geodata.exporters import write_json, write_text
from geodata.session import Store
from geodata.viewer import Viewer

SHEETS = ("council.pdf", "council.png")
METHOD, AUDIT = "method.md", "audit.json"


@dataclass(frozen=True)
class PublishRequest:
    """What ``mimamori publish`` or the page was asked.

    ``out`` None: into the register only. ``date`` None: the data's reference date. ``also``: further layers
    (school, neighbourhood, mesh). ``sheet``: whether the council sheet is made.
    """

    season: str
    out: Path | None
    preview: bool = False
    date: dt.date | None = None
    also: tuple[str, ...] = ()
    sheet: bool = True


@dataclass(frozen=True)
class Published:
    """What came of it: the number in the register (None for a preview), the audit's report, the files."""

    number: int | None
    report: dict[str, Any]
    files: tuple[str, ...]


def make_release(
    store: Store, viewer: Viewer, request: PublishRequest, *, words: Words, tell: Callable[[Progress], None]
) -> Published:
    """Protect, write, attack and print a release; record it and put it into its place, or only try it.

    Raises
    ------
    RequestError
        A layer asked for cannot be published.
    PublicationRefusedError
        The attack found a hidden count; nothing was written or recorded.
    """
    also = check_layers(request.also)
    date = request.date or coverage.read_info(store).reference_date
    draft = publication.prepare(store, viewer, request.season, date, tell=tell)
    draft = publication.add_layers(store, draft, also)
    near = Path(tempfile.gettempdir()) if request.out is None else request.out.parent
    with publication.workplace(near) as folder:
        note = _note(draft, words)
        safe = public_protection.protect(store, draft, folder, note=note, tell=tell)
        number = None
        if not request.preview:
            tell(Progress("publish_print", 0, 1))
            if request.sheet:
                _print_sheet(store, draft, safe, folder, words)
            _write_statements(draft, safe, folder, words)
        files = tuple(sorted(file.name for file in folder.iterdir()))
        if not request.preview:
            number = publication.record(store, viewer, draft, safe, folder=folder, out=request.out)
        return Published(number, safe.report, files)


def _note(draft: Draft, words: Words) -> str:
    info = draft.figures.info
    synthetic = f" {words('synthetic')}" if info.synthetic else ""
    return (
        f"{info.name}{synthetic} {draft.figures.date.isoformat()} {words(f'season.{draft.figures.season}')}"
    )


def _print_sheet(store: Store, draft: Draft, safe: SafeRelease, folder: Path, words: Words) -> None:
    """Write the sheet from the very cells that were attacked."""
    content = sheet_content(store, draft.figures, safe.figures, words, made_on=today(), draft=False)
    for name in SHEETS:
        write_council_sheet(folder / name, content, language=words.language)


def _write_statements(draft: Draft, safe: SafeRelease, folder: Path, words: Words) -> None:
    """Write the statement of method and the audit."""
    languages = (words.language, *(one for one in LANGUAGES if one != words.language))
    write_text(folder / METHOD, "\n\n".join(_method(draft, Words(one)) for one in languages) + "\n")
    write_json(folder / AUDIT, safe.report)


def _method(draft: Draft, words: Words) -> str:
    figures = draft.figures
    statement = words(
        "publish.method",
        name=figures.info.name,
        day=day(figures.date, words.language),
        season=words(f"season.{figures.season}"),
        note=words("synthetic") if figures.info.synthetic else words("publish.real"),
        watched=words("define.watched"),
    )
    if draft.further is None:
        return statement
    layers = words("publish.and").join(words(f"publish.layer.{layer}") for layer in draft.further.outlines)
    files = ", ".join(f"{layer}.csv, {layer}.geojson" for layer in draft.further.outlines)
    return statement + "\n\n" + words("publish.method_layers", layers=layers, files=files)


def publish(talk: Talk, settings: Settings, asked: PublishRequest) -> None:
    """Publish, or try to: the command."""
    with closing(settings.open_store()) as store, talk.bar() as tell:
        made = make_release(store, operators.planner(), asked, words=talk.words, tell=tell)
    talk.data = {"release": made.number, "audit": made.report}
    talk.lines += report_lines(made.report, talk.words)
    if made.number is None:
        talk.say("publish.only_tried")
    elif asked.out is not None:
        talk.files([asked.out / name for name in made.files])
    talk.finish("tried" if made.number is None else "done")


def releases(talk: Talk, settings: Settings) -> None:
    """List what was published: the command."""
    with closing(settings.open_store()) as store:
        table = publication.releases(store)
    talk.data = {"releases": json.loads(table.reset_index().to_json(orient="records", date_format="iso"))}
    talk.lines += [release_line(number, row, talk.words) for number, row in _rows(table)]
    if table.empty:
        talk.say("publish.none")
    talk.finish()


def _rows(table: pd.DataFrame) -> list[tuple[int, dict[str, Any]]]:
    return list(zip(table.index, table.to_dict("records"), strict=True))
