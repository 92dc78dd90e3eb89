"""What was published: the figures everyone may read, and their files."""

from __future__ import annotations

import streamlit as st

from app import state
from app.publishing_pages import load_files, load_releases
from app.services.public_files import read_names_of, read_tables_of
from app.ui import publish_tables

choices = state.choices()
words = choices.words
st.title(words("published.heading"))
if choices.info.synthetic:
    st.caption(words("synthetic"))
releases = load_releases(choices)
if releases.empty:
    st.info(words("publish.none"))
    st.stop()
lines = {
    number: publish_tables.release_line(number, row, words)
    for number, row in zip(releases.index, releases.to_dict("records"), strict=True)
}
number = st.selectbox(words("published.choose"), list(lines), format_func=lines.__getitem__)
files = load_files(choices, number)
tables, names = read_tables_of(files), read_names_of(files)
st.subheader(words("published.city"))
mark = words("hidden")
st.dataframe(publish_tables.city_table(tables.city, words), hide_index=True, placeholder=mark)
st.subheader(words("published.districts"))
districts = publish_tables.district_table(tables.layers["community"], names, words)
st.dataframe(districts, hide_index=True, placeholder=mark)
for layer in publish_tables.FURTHER:
    if layer in tables.layers:
        st.subheader(words(f"publish.layer.{layer}"))
        table = publish_tables.layer_table(tables.layers[layer], read_names_of(files, layer), words)
        st.dataframe(table, hide_index=True, placeholder=mark)
st.caption(words("published.hidden"))
st.subheader(words("published.files"))
for name, content in files.items():  # public: whoever has the link may read them
    st.download_button(name, content, file_name=name, on_click="ignore")
