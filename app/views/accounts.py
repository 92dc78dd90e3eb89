"""Accounts: who may sign in and as what; for administrators."""

from __future__ import annotations

import streamlit as st

from app import account_actions, state
from app.ui import account_tables, controls
from app.ui.escaping import for_markdown


def show() -> None:
    """Show all accounts, and the forms to add and to change one."""
    choices = state.choices()
    words = choices.words
    controls.undated_head(words("accounts.heading"), choices.info, words)
    listed = account_actions.list_accounts(choices)
    closed = int(listed["is_closed"].sum())
    controls.finding(words("accounts.finding", open=len(listed) - closed, closed=closed))
    told = account_actions.take_told()
    if told is not None:
        name, first = told
        st.success(for_markdown(words("accounts.done", name=name)))
        if first:
            st.write(words("accounts.first", name=for_markdown(name)))
            st.code(first, language=None)
            st.caption(words("accounts.first_note"))
    st.dataframe(account_tables.accounts_table(listed, words), hide_index=True, width="stretch")
    adding, changing = st.columns(2)
    with adding, st.form("account_add"):
        st.subheader(words("accounts.add"))
        name = st.text_input(words("accounts.name"), max_chars=60)
        wanted = _ask_rights("add", choices)
        if st.form_submit_button(words("accounts.add"), type="primary"):
            account_actions.add(choices, name, *wanted)
    with changing:
        _change(choices, listed)


def _change(choices: state.Choices, listed: object) -> None:
    words = choices.words
    st.subheader(words("accounts.change"))
    name = st.selectbox(words("accounts.choose"), list(listed.index))
    buttons = st.columns(2)
    for number, act in enumerate(("close", "open", "unlock", "renew")):
        if buttons[number % 2].button(words(f"accounts.{act}"), key=f"account_{act}", width="stretch"):
            account_actions.do(choices, act, name)
    with st.form("account_rights"):
        wanted = _ask_rights("change", choices)
        if st.form_submit_button(words("accounts.rights")):
            account_actions.change(choices, name, *wanted)


def _ask_rights(key: str, choices: state.Choices) -> tuple:
    words, names = choices.words, account_actions.district_names(choices)
    role = st.selectbox(
        words("accounts.role"),
        account_actions.ROLES,
        format_func=lambda one: words(f"role.{one}"),
        key=f"account_{key}_role",
    )
    districts = st.multiselect(
        words("accounts.districts"),
        list(names),
        format_func=names.get,
        key=f"account_{key}_districts",
        placeholder=words("accounts.choose_districts"),
    )
    watcher = st.text_input(words("accounts.watcher"), max_chars=40, key=f"account_{key}_watcher")
    return role, tuple(districts), watcher.strip() or None


show()
