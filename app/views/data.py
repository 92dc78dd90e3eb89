"""What is loaded: the city, its day and revision, and what each import read, mended and refused."""

from __future__ import annotations

import streamlit as st

from app import cache, state
from app.ui import controls, findings, report_tables
from app.views import steps

choices = state.choices()
words, info = choices.words, choices.info
controls.page_head(words("data.heading"), info, choices.date, choices.season, words)
figures = steps.load_figures(choices)
controls.finding(findings.data_finding(figures, words))
controls.figure_row(findings.data_figures(figures, words), words)
st.subheader(words("data.city"))
left, right = st.columns(2, gap="medium")
left.table(report_tables.dataset_facts(info, words))
right.table(report_tables.loaded_rows(cache.count_loaded(choices.database_url), words))
if info.synthetic:
    st.info(words("data.synthetic" if info.generated else "data.drawn"))
st.subheader(words("data.imports"))
reports = cache.imports_table(choices.database_url, choices.viewer)
if len(reports):
    st.dataframe(report_tables.import_reports(reports, words), hide_index=True, placeholder=words("hidden"))
else:
    st.caption(words("data.no_imports"))
for report in reports.to_dict("records"):
    if report["problems"]:
        with st.expander(report_tables.import_title(report, words)):
            st.dataframe(
                report_tables.import_problems(report["problems"], words),
                hide_index=True,
                placeholder=words("hidden"),
            )
