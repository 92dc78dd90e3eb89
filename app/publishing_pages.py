"""Loading the pages of publications: a release tried or made now with a bar, and what was given out."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import state
from app.cache import open_store
from app.publish import Published, PublishRequest, make_release
from app.services import publication
from app.ui import controls


def publish_now(
    choices: state.Choices, *, preview: bool, also: tuple[str, ...] = (), sheet: bool = True
) -> Published:
    """Try a release of the chosen day, or make it; a bar shows how far it is."""
    box = st.empty()
    with box.container():
        made = make_release(
            open_store(choices.database_url),
            choices.viewer,
            PublishRequest(choices.season, None, preview, choices.date, also, sheet),
            words=choices.words,
            tell=controls.ProgressNotice(choices.words),
        )
    box.empty()
    return made


def load_releases(choices: state.Choices) -> pd.DataFrame:
    """Return what was published, newest first; read afresh."""
    return publication.releases(open_store(choices.database_url))


def load_files(choices: state.Choices, number: int) -> dict[str, bytes]:
    """Return the public files of one release."""
    return publication.release_files(open_store(choices.database_url), number)
