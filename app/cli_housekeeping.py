"""Commands of who keeps the data: leaving, erasing, backing up and putting back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.command_line import AsJson, Database, Day, Language, app, day_of, run
from app.console import Talk
from app.settings import Settings

Passphrase = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file", help="File with the backup's passphrase; or MIMAMORI_BACKUP_PASSPHRASE."
    ),
]


@app.command()
def leave(
    households: Annotated[list[str] | None, typer.Argument(help="Ids of households that leave.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="CSV or xlsx with a column household_id.")
    ] = None,
    date: Day = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """End households and their assignments; the edit can be undone until they are erased."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import keeping_house

        keeping_house.leave(talk, settings, tuple(households or ()), file, day_of(date))

    run(work, database, language, as_json)


@app.command()
def erase(
    days: Annotated[
        int | None, typer.Option("--keep-days", help="The city's own time from now on; first: 365 days.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List who is due; change nothing.")] = False,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Erase, everywhere in the store, households whose time after leaving is over."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import keeping_house

        keeping_house.erase(talk, settings, days=days, dry_run=dry_run)

    run(work, database, language, as_json)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="New file for the backup.")],
    passphrase: Passphrase = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Write the whole store and the installation's secret, encrypted, into one file; while it is in use."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import keeping_house

        keeping_house.back_up(talk, settings, file, passphrase)

    run(work, database, language, as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup of this program.")],
    passphrase: Passphrase = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the store that is there.")
    ] = False,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup back, proven whole; who was erased since stays erased."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import keeping_house

        keeping_house.restore(talk, settings, file, passphrase, replace=replace)

    run(work, database, language, as_json)
