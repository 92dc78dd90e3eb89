"""The work of the commands on accounts."""

from __future__ import annotations

from collections.abc import Sequence

from app.console import Talk
from app.operators import operator
from app.services import accounts
from app.settings import Settings
from app.ui import account_tables
from geodata.accounts import AccountRow
from geodata.session import Store


def add(
    talk: Talk, settings: Settings, name: str, role: str, *, districts: Sequence[str], watcher: str | None
) -> None:
    """Add an account and print its first password."""
    first = accounts.add_account(
        _store(settings), operator(), AccountRow(name, role, tuple(districts), watcher)
    )
    talk.data = {"name": name, "role": role, "password": first}
    talk.say("command.users.added", name=name, role=talk.words(f"role.{role}"))
    talk.say("command.users.first", password=first)
    talk.finish()


def change_rights(
    talk: Talk, settings: Settings, name: str, role: str, *, districts: Sequence[str], watcher: str | None
) -> None:
    """Give an account another role, districts or watcher."""
    wanted = AccountRow(name, role, tuple(districts), watcher)
    accounts.change_rights(_store(settings), operator(), wanted)
    _tell_done(talk, name)


def tell_all(talk: Talk, settings: Settings) -> None:
    """List the accounts."""
    listed = accounts.list_accounts(_store(settings), operator())
    talk.data = {"accounts": listed.reset_index().to_dict("records")}
    for name, row in listed.iterrows():
        talk.say(
            "command.users.line",
            name=name,
            role=talk.words(f"role.{row['role']}"),
            districts=" ".join(row["districts"]),
            state=account_tables.state_of(row, talk.words),
        )
    talk.finish()


def do(talk: Talk, settings: Settings, act: str, name: str) -> None:
    """Do one thing to one account: close, open, unlock, or give a password, which is printed."""
    store, by = _store(settings), operator()
    if act == "unlock":
        accounts.unlock(store, by, name)
    elif act == "password":
        first = accounts.renew_password(store, by, name)
        talk.data["password"] = first
        talk.say("command.users.first", password=first)
    else:
        accounts.set_closed(store, by, name, is_closed=act == "close")
    _tell_done(talk, name)


def _tell_done(talk: Talk, name: str) -> None:
    talk.data["name"] = name
    talk.say("command.users.done", name=name)
    talk.finish()


def _store(settings: Settings) -> Store:
    store = settings.open_store()
    store.check_ready()
    return store
