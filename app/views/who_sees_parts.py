"""Part of the page of one household: entering its answer, and taking its consent back."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from app import sharing_actions
from app.services.sharing_changes import Answer
from app.state import Choices


def ask_answer(choices: Choices, household: str, records: int) -> None:
    """Ask what the household answered; the form keeps how many answers there were."""
    words, today = choices.words, dt.date.today()
    with st.form(f"consent:{household}:{records}", border=True):
        st.subheader(words("who_sees.enter"))
        answer = st.selectbox(
            words("who_sees.answer"),
            sharing_actions.ANSWERS,
            format_func=lambda one: words(f"sharing.answer.{one}"),
        )
        level = st.selectbox(
            words("who_sees.level"),
            (1, 2, 3, 4),
            index=1,
            format_func=lambda one: f"{one} {words(f'sharing.level.{one}')}",
            help=words("who_sees.level_help"),
        )
        asked_on = st.date_input(words("who_sees.day"), today, max_value=today)
        form = st.text_input(words("who_sees.form"), max_chars=60, help=words("who_sees.form_help"))
        until = st.date_input(words("who_sees.until"), None, help=words("who_sees.until_help"))
        article = st.text_input(words("who_sees.article"), max_chars=60, help=words("who_sees.article_help"))
        if st.form_submit_button(words("who_sees.enter"), type="primary"):
            said = Answer(
                0 if answer == "no" else level, answer, asked_on, article.strip(), form.strip(), until
            )
            sharing_actions.enter_consent(choices, household, said, records)


def ask_withdrawal(choices: Choices, household: str, records: int) -> None:
    """Ask when a consent was taken back; the form keeps how many answers there were."""
    words, today = choices.words, dt.date.today()
    with st.form(f"withdraw:{household}:{records}", border=True):
        st.subheader(words("who_sees.withdraw"))
        st.caption(words("who_sees.withdraw_note"))
        on = st.date_input(words("who_sees.withdraw_day"), today, max_value=today)
        form = st.text_input(words("who_sees.form"), max_chars=60, help=words("who_sees.form_help"))
        if st.form_submit_button(words("who_sees.withdraw")):
            sharing_actions.withdraw_consent(choices, household, records=records, on=on, form=form.strip())
