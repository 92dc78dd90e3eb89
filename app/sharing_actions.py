"""What the pages of sharing do: ask the service, tell a refusal at its button, keep what is to be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from app import cache
from app.errors import reason_of, refusals
from app.services import sharing_changes
from app.services.sharing_changes import Answer
from app.state import Choices
from app.ui.text.messages import translate

_TOLD = "consent_told"
ANSWERS = sharing_changes.ANSWERS


def change(choices: Choices, make: Callable[..., Any], *asked: Any, **options: Any) -> None:
    """Make a change in the viewer's name and show the page anew; a refusal is told instead."""
    try:
        make(cache.open_store(choices.database_url), choices.viewer, *asked, **options)
    except refusals() as error:
        st.error(translate(reason_of(error), choices.words))
        return
    st.rerun()


def enter_consent(choices: Choices, household: str, answer: Answer, records: int) -> None:
    """Enter an answer over as many as the form was opened with."""
    _keep(choices, sharing_changes.enter_consent, household, answer, records=records)


def withdraw_consent(choices: Choices, household: str, *, records: int, **said: Any) -> None:
    """Take a consent back over as many answers as the form was opened with."""
    _keep(choices, sharing_changes.withdraw_consent, household, records=records, **said)


def take_told(household: str) -> str | None:
    """Return the sentence on what was entered of this household just now, and forget it."""
    about, key = st.session_state.pop(_TOLD, (None, None))
    return key if about == household else None


def district_names(choices: Choices) -> dict[str, str]:
    """Return the names of the community districts by code."""
    return cache.shapes(choices.database_url, choices.info.revision, "community")["name"].to_dict()


def _keep(choices: Choices, make: Callable[..., Any], household: str, *asked: Any, **options: Any) -> None:
    entered = make is sharing_changes.enter_consent
    st.session_state[_TOLD] = (household, "who_sees.entered" if entered else "who_sees.withdrawn")
    change(choices, make, household, *asked, **options)
    st.session_state.pop(_TOLD, None)  # refused
