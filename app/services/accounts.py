"""Use cases of who keeps the accounts: an administrator, or whoever may run the commands on the machine."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
from sqlalchemy.orm import Session

from app.services import passwords, signing_in
from app.services.errors import RequestError
from geodata import accounts, read
from geodata.accounts import AccountRow, plain_name
from geodata.errors import AccessRefusedError
from geodata.session import Store
from geodata.viewer import ROLES, Viewer

ACCOUNT_ROLES = tuple(role for role in ROLES if role != "operator")
FIRST_ADMINISTRATOR = "administrator"
KEEPERS = ("administrator", "operator")


def add_account(store: Store, by: Viewer, account: AccountRow) -> str:
    """Add an account and return its first password, good for one sign-in.

    Raises
    ------
    RequestError
        The role, districts or watcher do not fit one another.
    AccessRefusedError
        ``by`` keeps no accounts.
    """
    _check_keeper(by)
    _check_rights(store, account)
    first = passwords.make_password()
    made = replace(
        account, name=plain_name(account.name), password=passwords.hash_password(first), must_change=True
    )
    with store.begin(write=True) as session:
        accounts.add_account(session, by, made, _now())
    return first


def make_first_administrator(store: Store, by: Viewer) -> str | None:
    """Make the administrator of a store that has no account, and return its first password; else nothing.

    Raises
    ------
    AccessRefusedError
        ``by`` keeps no accounts.
    """
    if signing_in.look_at_door(store).has_accounts:
        return None
    return add_account(store, by, AccountRow(FIRST_ADMINISTRATOR, "administrator"))


def change_rights(store: Store, by: Viewer, account: AccountRow) -> None:
    """Give an account another role, districts or watcher; it must sign in again.

    Raises
    ------
    RequestError
        It is the last administrator, the own account, or role and districts do not fit.
    AccessRefusedError
        ``by`` keeps no accounts.
    """
    _check_keeper(by)
    _check_rights(store, account)
    with store.begin(write=True) as session:
        _check_other(session, by, account.name)
        accounts.change_rights(session, by, account, _now())


def set_closed(store: Store, by: Viewer, name: str, *, is_closed: bool) -> None:
    """Close an account at once, or open it again.

    Raises
    ------
    RequestError
        It is the last administrator or the own account.
    AccessRefusedError
        ``by`` keeps no accounts.
    """
    _check_keeper(by)
    with store.begin(write=True) as session:
        _check_other(session, by, name)
        accounts.set_closed(session, by, name, _now(), is_closed=is_closed)


def renew_password(store: Store, by: Viewer, name: str) -> str:
    """Give an account a new password for one sign-in, unlock it, and end its sign-ins.

    Raises
    ------
    RequestError
        It is the own account, or one of the demo.
    AccessRefusedError
        ``by`` keeps no accounts.
    """
    _check_keeper(by)
    first = passwords.make_password()
    kept = passwords.hash_password(first)
    with store.begin(write=True) as session:
        found = accounts.find_account(session, name)
        if found is not None and found.is_demo:
            raise RequestError("Expected an account with a password, got one of the demo. It needs none.")
        if plain_name(name) == by.who:
            raise RequestError("Expected another's account, got the own one. Change it on the screen.")
        accounts.set_password(session, by, AccountRow(name, "council", must_change=True), kept, _now())
        signing_in.forget_failures(session, store, name)
    return first


def unlock(store: Store, by: Viewer, name: str) -> None:
    """Let a name try again at once.

    Raises
    ------
    AccessRefusedError
        ``by`` keeps no accounts.
    """
    _check_keeper(by)
    with store.begin(write=True) as session:
        signing_in.forget_failures(session, store, name)
        accounts.record_unlock(session, by, name)


def list_accounts(store: Store, by: Viewer) -> pd.DataFrame:
    """Return all accounts by name, without passwords.

    Raises
    ------
    AccessRefusedError
        ``by`` keeps no accounts.
    """
    _check_keeper(by)
    with store.begin() as session:
        return accounts.list_accounts(session)


def _check_keeper(by: Viewer) -> None:
    if by.role not in KEEPERS:
        raise AccessRefusedError(
            "Expected an administrator for accounts, got another role. Ask an administrator."
        )


def _check_rights(store: Store, account: AccountRow) -> None:
    if account.role not in ACCOUNT_ROLES:
        raise RequestError(
            f"Expected role in {', '.join(ACCOUNT_ROLES)}, got {account.role}. Use one of them."
        )
    if (account.role == "coordinator") != bool(account.districts):
        raise RequestError("Expected districts with the role coordinator, and only with it. Name them.")
    if (account.role == "watcher") != (account.watcher_id is not None):
        raise RequestError("Expected a watcher's id with the role watcher, and only with it. Name it.")
    with store.begin() as session:
        _check_known(session, account)


def _check_known(session: Session, account: AccountRow) -> None:
    if not account.districts and account.watcher_id is None:
        return
    known = read.read_known_ids(session)
    if unknown := sorted(set(account.districts) - set(known["districts"])):
        raise RequestError(
            f"Expected codes of community districts, got unknown {', '.join(unknown)}. Correct them."
        )
    if account.watcher_id is not None and account.watcher_id not in known["watchers"]:
        raise RequestError("Expected the id of a watcher in the register, got an unknown one. Correct it.")


def _check_other(session: Session, by: Viewer, name: str) -> None:
    """Refuse the own account and the last administrator: somebody must be able to undo it."""
    if plain_name(name) == by.who:
        raise RequestError("Expected another's account, got the own one. Ask another administrator.")
    found = accounts.find_account(session, name)
    is_open = found is not None and found.role == "administrator" and not found.is_closed
    if is_open and accounts.count_open(session, "administrator") == 1 and by.role != "operator":
        raise RequestError("Expected another administrator to remain, got the last one. Add one first.")


def _now() -> dt.datetime:
    return signing_in.moment()
