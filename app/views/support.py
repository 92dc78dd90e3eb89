"""Daily help of volunteers, and places within a walk."""

from __future__ import annotations

from app import state
from app.ui import controls
from app.views import steps, support_places_part, support_tasks_part

SECTIONS = {"tasks": support_tasks_part.show_tasks, "places": support_places_part.show_places}
choices = state.choices()
words = choices.words
title = words("support.heading", name=choices.info.name)
controls.page_head(title, choices.info, choices.date, choices.season, words)
SECTIONS[steps.choose_one(state.SUPPORT_SECTION, list(SECTIONS), "support.section", words)](choices)
