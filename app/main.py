"""Screen entry: who is signed in, what is chosen, and which page; nothing else."""

from __future__ import annotations

import streamlit as st

from app import cache, signin, state
from app.errors import reason_of, refusals
from app.roles import DATED_ROLES, PAGES
from app.services.signing_in import SignedIn
from app.settings import Settings
from app.ui import controls
from app.ui.assets import page_icon
from app.ui.escaping import for_html
from app.ui.sign_in_watch import watch_sign_in
from app.ui.text import Words
from app.ui.text.messages import translate


def show() -> None:
    """Draw the sidebar and run the chosen page; say what to do for a stranger and without data."""
    settings = Settings.from_environment()
    words = Words(state.language(settings.language))
    st.set_page_config(page_title=words("app.name"), page_icon=page_icon(), layout="wide")
    controls.prepare_page(words.language)
    who = signin.find_signed_in(settings)
    if who is None or who.must_change:
        _send_to_sign_in(words)
        st.stop()
    pages = _pages(words, who.viewer.role)
    page = st.navigation(pages) if pages else None
    watch_sign_in()
    info = cache.read_info(settings.database_url)
    with st.sidebar:
        _put_account(words, who)
        controls.language_switch(words, state.LANGUAGE)
        if info is not None:
            season, date = "normal", info.reference_date
            if who.viewer.role in DATED_ROLES or (page is not None and page.url_path == "publish"):
                season = controls.season_switch(words, state.SEASON)
                date = controls.date_choice(words, info, state.DATE)
            state.put_choices(state.Choices(settings.database_url, info, words, who.viewer, season, date))
    if page is None:
        st.info(words("signin.no_pages"))
        st.stop()
    if info is None:
        _say_how_to_start(words)
        st.stop()
    try:
        page.run()
    except refusals() as error:
        st.error(translate(reason_of(error), words))


def _pages(words: Words, role: str) -> list:
    """Return the pages of a role's menu, its start first; other addresses lead nowhere."""
    pages = {
        name: st.Page(f"views/{name}.py", title=words(f"{name}.title"), url_path=name, default=number == 0)
        for number, name in enumerate(PAGES.get(role, ()))
    }
    state.remember(state.PAGES, pages)
    return list(pages.values())


def _put_account(words: Words, who: SignedIn) -> None:
    named = words("signin.who", name=who.viewer.who, role=words(f"role.{who.viewer.role}"))
    change = "" if who.is_demo else f' · <a href="/password" target="_self">{words("signin.change")}</a>'
    st.html(
        f'<p class="quiet">{for_html(named)}<br>'
        f'<a href="/signout" target="_self">{words("signin.out")}</a>{change}</p>'
    )


def _send_to_sign_in(words: Words) -> None:
    nowhere = st.Page(lambda: None, title=words("signin.title"))
    st.navigation([nowhere], position="hidden")  # takes the menu from the screen
    st.title(words("app.name"))
    st.write(words("signin.ended"))
    st.html(f'<a href="/signin" target="_self">{words("signin.again")}</a>')


def _say_how_to_start(words: Words) -> None:
    st.title(words("start.title"))
    st.write(words("start.text"))
    st.code("mimamori demo", language=None)
    st.write(words("start.own"))
    st.code("mimamori import --help", language=None)


show()
