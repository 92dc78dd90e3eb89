"""Pieces every page uses: heading, figures with their definition, switches, progress, the page's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import streamlit as st

from app.services.results import DatasetInfo, Progress
from app.ui.escaping import for_html, for_markdown
from app.ui.text import LANGUAGES, Words
from app.ui.text.formats import day, fiscal_year

_STYLE = """<style>
.block-container { padding: 2rem 2.5rem 3rem; max-width: 1600px; }
.page-head { display: flex; align-items: baseline; gap: 14px; flex-wrap: wrap; }
.page-head h1 { font-size: 1.55rem; font-weight: 500; margin: 0; padding: 0; }
.stamp { border: 1.5px solid #b30000; color: #b30000; font-size: .8rem; padding: 1px 8px;
  white-space: nowrap; }
.page-date { color: #555; font-size: .85rem; }
.finding { font-size: 1.12rem; line-height: 1.7; margin: .1rem 0; }
.quiet { color: #555; font-size: .82rem; line-height: 1.6; margin: 0; }
.legend-row { display: flex; flex-wrap: wrap; gap: 4px 14px; font-size: .8rem; color: #333;
  align-items: center; }
.legend-item { display: inline-flex; align-items: center; gap: 5px; white-space: nowrap; }
.swatch { width: 18px; height: 13px; border: 1px solid #777; display: inline-block; }
.gap-row { margin-bottom: .62rem; }
.gap-head { display: flex; justify-content: space-between; font-size: .9rem; }
.gap-count { white-space: nowrap; } .gap-track { background: #f0f0ee; height: 13px; margin: 2px 0; }
.gap-fill { height: 100%; } .gap-remedy { font-size: .82rem; color: #444; }
.card { border-left: 4px solid #0072b2; background: #f6f6f4; padding: .6rem .9rem; line-height: 1.7; }
[data-testid="stMetricLabel"] * { white-space: normal; }
</style>"""


def prepare_page(language: str) -> None:
    """Set the style of the page and the language its readers' tools are told."""
    st.html(_STYLE)
    st.html(f"<script>document.documentElement.lang = '{language}';</script>", unsafe_allow_javascript=True)


def language_switch(words: Words, key: str) -> None:
    """Show the switch between the languages."""
    st.segmented_control(
        words("language.label"),
        LANGUAGES,
        format_func=lambda name: words(f"language.{name}"),
        default=None if key in st.session_state else words.language,
        required=True,
        key=key,
    )


def season_switch(words: Words, key: str) -> str:
    """Show the switch between the seasons and return the choice."""
    seasons = ("normal", "snow")
    return st.segmented_control(
        words("season.label"),
        seasons,
        format_func=lambda name: words(f"season.short.{name}"),
        default=None if key in st.session_state else "normal",
        required=True,
        key=key,
        help=words("season.help"),
    )


def date_choice(words: Words, info: DatasetInfo, key: str) -> dt.date:
    """Ask for the day the figures speak of; the dataset's reference date first."""
    if key not in st.session_state:
        st.session_state[key] = info.reference_date
    date = st.date_input(words("date.label"), key=key, format="YYYY-MM-DD", help=words("date.help"))
    if words.language == "ja":
        st.caption(for_markdown(day(date, words.language)))
    return date


def page_head(title: str, info: DatasetInfo, date: dt.date, season: str, words: Words) -> None:
    """Show title, mark of synthetic data, reference date and season, in the same place on every page."""
    dates = words("common.date", day=day(date, words.language))
    year = f"{fiscal_year(date, words.language)} · {words(f'season.{season}')}"
    _put_head(title, info, words, f'<span class="page-date">{for_html(dates)} · {for_html(year)}</span>')


def undated_head(title: str, info: DatasetInfo, words: Words) -> None:
    """Show title and mark of synthetic data, on pages that speak of no reference date."""
    _put_head(title, info, words, "")


def _put_head(title: str, info: DatasetInfo, words: Words, dates: str) -> None:
    stamp = f'<span class="stamp">{for_html(words("synthetic"))}</span>' if info.synthetic else ""
    st.html(f'<div class="page-head"><h1>{for_html(title)}</h1>{stamp}{dates}</div>')


def finding(sentence: str, note: str = "") -> None:
    """Show the page's opening sentence, and a quiet note under it."""
    quiet = f'<p class="quiet">{for_html(note)}</p>' if note else ""
    st.html(f'<p class="finding">{for_html(sentence)}</p>{quiet}')


def selection_card(sentence: str) -> str:
    """Return a chosen thing's sentence as a quiet card."""
    return f'<div class="card">{for_html(sentence)}</div>'


def figure_row(figures: Mapping[str, tuple[str, str]], words: Words) -> None:
    """Show up to four figures in a row: (value, population) by name, the definition on the question mark."""
    for column, (name, (value, population)) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(
            words(f"figure.{name}"),
            value,
            delta=population,
            delta_color="off",
            delta_arrow="off",
            help=for_markdown(words(f"define.{name}")),
            border=True,
        )


def column_help(names: Sequence[str], words: Words) -> dict:
    """Return the settings of a sortable table that show a column's definition on its heading."""
    return {
        words(f"column.{name}"): st.column_config.Column(help=words(f"define.column.{name}"))
        for name in names
    }


class ProgressNotice:
    """A status box with a bar that appears with the first step of a long use case and folds up at its end."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._status = None
        self._bar = None

    def __call__(self, progress: Progress) -> None:
        """Show one step. Called by the use case; Streamlit's stop button ends the use case here."""
        label = self._words(f"progress.{progress.step}")
        if self._status is None:
            self._status = st.status(self._words("progress.title"), expanded=True)
            self._bar = self._status.progress(0.0)
        self._bar.progress(min(progress.done / max(progress.total, 1), 1.0), text=label)

    def finish(self) -> None:
        """Fold the box up, when there is one."""
        if self._status is not None:
            self._status.update(label=self._words("progress.done"), state="complete", expanded=False)
