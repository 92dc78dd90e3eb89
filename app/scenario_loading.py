"""Loading a comparison for the screen: both states from the cache, or computed now with a bar."""

from __future__ import annotations

import streamlit as st

from app import cache, state
from app.services.results import Progress
from app.services.scenario_runs import ComparisonFigures, Question, compare_states
from app.services.scenarios import KeptScenario
from app.ui import controls


def load_comparison(
    choices: state.Choices, pair: tuple[KeptScenario, KeptScenario], *, respond: bool
) -> ComparisonFigures:
    """Return two scenarios side by side; a bar shows while one of them is assessed for the first time."""
    url, revision = choices.database_url, choices.info.revision
    question = Question(choices.season, choices.date, respond)
    box = st.empty()
    with box.container():
        notice = controls.ProgressNotice(choices.words)
        base, other = (
            cache.scenario_state(
                url,
                revision,
                choices.viewer,
                kept=kept,
                question=question,
                progress=lambda step, number=number: notice(
                    Progress(step.step, step.done + number * step.total, 2 * step.total)
                ),
            )
            for number, kept in enumerate(pair)
        )
    box.empty()
    return compare_states(base, other, cache.area_names(url, revision))
