"""What the page of accounts does: asks the service, tells what came of it, and shows the page anew."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import cache
from app.errors import reason_of, refusals
from app.services import accounts
from app.state import Choices
from app.ui.text.messages import translate
from geodata.accounts import AccountRow

ROLES = accounts.ACCOUNT_ROLES
_TOLD = "account_told"


def list_accounts(choices: Choices) -> pd.DataFrame:
    """Return all accounts, fresh each time."""
    return accounts.list_accounts(cache.open_store(choices.database_url), choices.viewer)


def district_names(choices: Choices) -> dict[str, str]:
    """Return the names of the community districts by code."""
    return cache.shapes(choices.database_url, choices.info.revision, "community")["name"].to_dict()


def add(choices: Choices, name: str, role: str, districts: tuple[str, ...], watcher: str | None) -> None:
    """Add an account and show its first password once."""
    _act(choices, "add", AccountRow(name, role, districts, watcher))


def change(choices: Choices, name: str, role: str, districts: tuple[str, ...], watcher: str | None) -> None:
    """Give an account another role, districts or watcher."""
    _act(choices, "change", AccountRow(name, role, districts, watcher))


def do(choices: Choices, act: str, name: str) -> None:
    """Close, open, unlock an account, or give it a new password."""
    _act(choices, act, AccountRow(name, "council"))


def take_told() -> tuple[str, str] | None:
    """Return name and first password of the account changed last, and forget them."""
    return st.session_state.pop(_TOLD, None)


def _act(choices: Choices, act: str, account: AccountRow) -> None:
    try:
        first = _do(choices, act, account)
    except refusals() as error:
        st.error(translate(reason_of(error), choices.words))
        return
    st.session_state[_TOLD] = (account.name, first)
    st.rerun()


def _do(choices: Choices, act: str, account: AccountRow) -> str:
    store, by = cache.open_store(choices.database_url), choices.viewer
    if act == "add":
        return accounts.add_account(store, by, account)
    if act == "renew":
        return accounts.renew_password(store, by, account.name)
    if act == "change":
        accounts.change_rights(store, by, account)
    elif act == "unlock":
        accounts.unlock(store, by, account.name)
    else:
        accounts.set_closed(store, by, account.name, is_closed=act == "close")
    return ""
