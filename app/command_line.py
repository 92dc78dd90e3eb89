"""What all commands are made of: the application, the options they share, and how one is run.

Exit codes: 0 done, 1 refused with a reason and nothing half-written, 2 wrong usage.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from app.console import REFUSED, Talk
from app.settings import Settings, SettingsError
from app.ui.text import LANGUAGES, Words

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Shows a city who is watched over, who is missed and why, and the cheapest next step.",
)


@dataclass(frozen=True)
class _Asked:
    """The command of this call, and the account it shall act as."""

    command: str = ""
    user: str | None = None


_NOTHING = _Asked()
_asked: ContextVar[_Asked] = ContextVar("asked", default=_NOTHING)


@app.callback()
def _take_user(
    context: typer.Context,
    user: Annotated[
        str | None, typer.Option("--user", help="Act as this account; or MIMAMORI_USER. Asks its password.")
    ] = None,
) -> None:
    _asked.set(_Asked(context.invoked_subcommand or "", user))


Database = Annotated[
    str | None, typer.Option("--database", help="sqlite:///file.db or postgresql://…; or MIMAMORI_DATABASE.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the summary.")]
Language = Annotated[str | None, typer.Option("--language", help="Language of summary and sheets: ja or en.")]
Season = Annotated[str, typer.Option(help="normal or snow.")]
Day = Annotated[
    str | None, typer.Option("--date", help="Reference date, 2026-04-01 or R8.4.1; default: the data's.")
]
District = Annotated[str | None, typer.Option("--district", help="Code of a community district.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the files.")]


def run(
    work: Callable[[Talk, Settings], Any], database: str | None, language: str | None, as_json: bool
) -> None:
    """Do the work; a refusal is told in one line and ends with code 1."""
    talk = Talk(Words(language if language in LANGUAGES else "ja"), as_json)
    try:
        settings = Settings.from_environment(database, language=language)
        talk.words = Words(settings.language)
        with _acting(settings, talk):
            work(talk, settings)
    except SettingsError as error:
        raise typer.BadParameter(str(error)) from error
    except _refusals() as error:
        talk.refuse(_reason_of(error))
        raise typer.Exit(REFUSED) from error


@contextmanager
def _acting(settings: Settings, talk: Talk) -> Iterator[None]:
    """Let the command act as the account asked for, if any was."""
    asked = _asked.get()
    name = asked.user or settings.entry.user
    if name is None:
        yield
        return
    from app import operators
    from app.services import commanding

    password = settings.entry.password
    store = settings.open_store()
    if password is None and sys.stdin.isatty() and commanding.needs_password(store, name):
        password = typer.prompt(talk.words("command.password"), hide_input=True, err=True)
    with operators.acting_as(commanding.viewer_of(store, name, password or "", asked.command)):
        yield


def _refusals() -> tuple[type[Exception], ...]:
    """Return the errors a caller can cause; anything else is an error of the program and shows itself."""
    from app.errors import refusals

    return refusals()


def _reason_of(error: Exception) -> str:
    from app.errors import reason_of

    return reason_of(error)


def day_of(text: str | None, option: str = "--date") -> dt.date | None:
    """Return the day a text says; wrong usage otherwise."""
    if text is None:
        return None
    from geodata.dates import parse_date

    try:
        return parse_date(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def month_of(text: str | None) -> dt.date | None:
    """Return the first day of the month a text says; wrong usage otherwise."""
    if text is None:
        return None
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()
    except ValueError as error:
        raise typer.BadParameter(
            f"Expected a month like 2026-04, got {text}.", param_hint="--month"
        ) from error


def season_of(text: str) -> str:
    """Return a known season; wrong usage otherwise."""
    from analysis.frames import SEASONS

    if text not in SEASONS:
        raise typer.BadParameter(f"Expected normal or snow, got {text}.", param_hint="--season")
    return text
