"""Doing one decision of a page, and telling what came of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import state
from app.errors import reason_of, refusals
from app.ui.text import Words
from app.ui.text.messages import translate


def decide(choices: state.Choices, news: str, act: Callable[[], object]) -> None:
    """Do one decision; what came of it, or why it was refused, is told when the page is drawn again.

    ``news`` is the key of the sentence; an act that returns how many were done and left fills it in.
    """
    words = choices.words
    try:
        done = act()
        said = words(news, done=done[0], left=done[1]) if isinstance(done, tuple) else words(news)
        state.remember(state.NEWS, ("success", f"{said} {words('proposals.stale')}"))
    except refusals() as error:
        state.remember(state.NEWS, ("error", translate(reason_of(error), choices.words)))


def show_news(words: Words) -> None:
    """Tell what came of the last decision, once."""
    kind, text = state.take_news()
    if kind:
        getattr(st, kind)(text)
