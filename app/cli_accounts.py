"""Commands on accounts: add, list, role, close, open, unlock, password."""

from __future__ import annotations

from typing import Annotated

import typer

from app.command_line import AsJson, Database, Language, app, run
from app.console import Talk
from app.settings import Settings

users = typer.Typer(no_args_is_help=True, help="Who may sign in, and as what.")
app.add_typer(users, name="users")

Name = Annotated[str, typer.Argument(help="Name of the account.")]
Role = Annotated[
    str, typer.Option("--role", help="council, planner, coordinator, watcher, administrator or auditor.")
]
Districts = Annotated[
    list[str] | None, typer.Option("--district", help="District of a coordinator; repeatable.")
]
WatcherId = Annotated[str | None, typer.Option("--watcher", help="The register's id of a watcher.")]


@users.command()
def add(
    name: Name,
    role: Role,
    district: Districts = None,
    watcher: WatcherId = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Add an account; its password for one sign-in is printed once."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import accounts_command

        accounts_command.add(talk, settings, name, role, districts=district or (), watcher=watcher)

    run(work, database, language, as_json)


@users.command("list")
def list_(database: Database = None, language: Language = None, as_json: AsJson = False) -> None:
    """List the accounts, closed ones too."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import accounts_command

        accounts_command.tell_all(talk, settings)

    run(work, database, language, as_json)


@users.command()
def role(
    name: Name,
    role: Role,
    district: Districts = None,
    watcher: WatcherId = None,
    database: Database = None,
    language: Language = None,
    as_json: AsJson = False,
) -> None:
    """Give an account another role, districts or watcher; it must sign in again."""

    def work(talk: Talk, settings: Settings) -> None:
        from app import accounts_command

        accounts_command.change_rights(talk, settings, name, role, districts=district or (), watcher=watcher)

    run(work, database, language, as_json)


def _command(act: str, explanation: str) -> None:
    """Register a command that does one thing to one account."""

    def command(
        name: Name, database: Database = None, language: Language = None, as_json: AsJson = False
    ) -> None:
        def work(talk: Talk, settings: Settings) -> None:
            from app import accounts_command

            accounts_command.do(talk, settings, act, name)

        run(work, database, language, as_json)

    users.command(act, help=explanation)(command)


_command("close", "Close an account at once and end its sign-ins.")
_command("open", "Open a closed account again.")
_command("unlock", "Let a name try again at once after failed tries.")
_command("password", "Give a new password for one sign-in; it is printed once.")
