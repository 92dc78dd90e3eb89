"""The watch network of a district: the finding, a picture on the map or in layers, and who matters most."""

from __future__ import annotations

import streamlit as st

from app import cache, state
from app.sheets.network import PICTURES
from app.ui import controls
from app.ui.assets import data_uri
from app.ui.escaping import for_html, for_markdown
from app.ui.network_words import key_people, network_findings

MOST_PEOPLE = 8


@st.fragment
def show(choices: state.Choices, district: str) -> None:
    """Show the network under the household list, for the district's coordinator only."""
    words = choices.words
    st.subheader(words("network.title"))
    view = cache.network_view(
        choices.database_url,
        choices.info.revision,
        choices.viewer,
        district=district,
        season=choices.season,
        date=choices.date,
    )
    joiner = "" if words.language == "ja" else " "
    controls.finding(joiner.join(network_findings(view, words)), words("network.definition"))
    picture = st.segmented_control(
        words("network.switch"),
        PICTURES,
        format_func=lambda name: words(f"network.picture.{name}"),
        default=PICTURES[0],
        required=True,
        key=f"network_{words.language}",
        label_visibility="collapsed",
    )
    with st.spinner(words("network.drawing")):
        drawn = cache.network_picture(
            choices.database_url, choices.viewer, view, picture=picture, language=words.language
        )
    # Inside the page: a file the server hands out would need no right to be fetched.
    alt = for_html(words("network.alt", name=view.name))
    st.html(f'<img alt="{alt}" style="width: 100%" src="{data_uri(drawn, ".png")}">')
    st.markdown(f"**{words('network.key_people')}**")
    people = key_people(view, words)
    if len(people):
        shown = people.head(MOST_PEOPLE).map(for_markdown)
        st.table(shown.set_index(words("network.column.watcher")))
    else:
        st.caption(words("network.none"))
