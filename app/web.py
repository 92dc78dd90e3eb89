"""The dashboard as one web application: Streamlit behind the gate, and the sign-in pages beside it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from app.gate import Door, Gate
from app.settings import Settings
from app.sign_in_pages import routes

_SCRIPT = Path(__file__).resolve().parent / "main.py"


def make_app(settings: Settings) -> st.App:
    """Return the application for these settings; Streamlit's own options are set by who starts it."""
    door = Door(settings.open_store(), settings.entry, settings.language)
    return st.App(_SCRIPT, routes=routes(door), middleware=[Middleware(Gate, door=door)])
