"""The small form of one change of a scenario: its fields, and the change they make.

Fields live in the session under ``PREFIX`` and their name, so that the change is read when the form is sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from analysis.frames import ACTIVE_KINDS, PASSIVE_KINDS, SEASONS
from app.ui.text import Words
from app.ui.text.formats import count

PREFIX = "scenario_field_"
ANY = ""  # the option that narrows nothing
KINDS = (
    *("watchers_leave", "watcher_joins", "consent_change", "agreement_made", "street_closed"),
    *("place_opens", "season_change", "date_change", "rules_change"),
)
PLACES = ("consultation_centre", "gathering_place", "shelter", "community_centre", "school")


@dataclass(frozen=True)
class FormOptions:
    """What the fields offer: districts, centres and bridges with what is shown of each; the day looked at.

    ``may_name``: watchers of the own district may be named.
    """

    districts: Mapping[str, str]
    centres: Mapping[str, str]
    bridges: Mapping[str, tuple[str, float]]  # name of the district, length in metres
    date: dt.date
    may_name: bool


def show_fields(kind: str, options: FormOptions, words: Words) -> None:
    """Show the fields of one kind of change."""
    _FIELDS[kind](options, _Fields(field_prefix(kind, words.language), words))


def field_prefix(kind: str, language: str) -> str:
    """Return what the session's keys of a form begin with: each kind and language has fields of its own."""
    return f"{PREFIX}{kind}_{language}_"


def read_fields(kind: str, session: Mapping[str, object], *, language: str) -> dict[str, object]:
    """Return the change that the fields in the session make, as ``Change.to_dict`` gives it."""
    prefix = field_prefix(kind, language)
    values = {
        str(key).removeprefix(prefix): value
        for key, value in session.items()
        if str(key).startswith(prefix) and value not in (None, "", [])
    }
    return {"type": kind, **_READERS[kind](values)}


@dataclass(frozen=True)
class _Fields:
    """Where fields are kept, and the language they speak."""

    prefix: str
    words: Words

    def key(self, field: str) -> str:
        return self.prefix + field

    def name(self, field: str) -> str:
        return self.words(f"scenarios.field.{field}")

    def choose(self, field: str, names: Mapping[str, str], *, label: str | None = None) -> None:
        st.selectbox(
            self.name(label or field),
            list(names),
            format_func=lambda name: str(names[name]),
            key=self.key(field),
        )


def _leave_fields(options: FormOptions, fields: _Fields) -> None:
    left, right = st.columns(2)
    with left:
        fields.choose("kind", {ANY: fields.name("any_kind")} | _kinds(fields.words))
        st.number_input(fields.name("share"), 1, 100, 100, key=fields.key("share"))
        if options.may_name:
            st.text_input(fields.name("ids"), key=fields.key("ids"))
    with right:
        fields.choose("district", {ANY: fields.name("any_district")} | dict(options.districts))
        st.number_input(fields.name("seed"), 0, 9999, 1, key=fields.key("seed"))
        st.checkbox(fields.name("use_term"), key=fields.key("use_term"))
        st.date_input(fields.name("term"), options.date, key=fields.key("term"), format="YYYY-MM-DD")


def _join_fields(options: FormOptions, fields: _Fields) -> None:
    left, right = st.columns(2)
    with left:
        fields.choose("kind", _kinds(fields.words))
        st.number_input(fields.name("visits"), 0.0, 1000.0, 8.0, step=1.0, key=fields.key("visits"))
        st.number_input(fields.name("reach"), 0, 20_000, 800, step=100, key=fields.key("reach"))
    with right:
        fields.choose("district", options.districts)
        fields.choose("centre", {ANY: fields.name("no_centre")} | dict(options.centres))
        _point_fields(fields)


def _consent_fields(options: FormOptions, fields: _Fields) -> None:
    fields.choose("district", options.districts)
    st.number_input(fields.name("level"), 0, 4, 3, key=fields.key("level"))


def _agreement_fields(options: FormOptions, fields: _Fields) -> None:
    left, right = st.columns(2)
    with left:
        fields.choose("helper", options.districts)
    with right:
        fields.choose("helped", options.districts)


def _street_fields(options: FormOptions, fields: _Fields) -> None:
    if not options.bridges:
        st.caption(fields.name("no_bridges"))

    def name(bridge: str) -> str:
        district, length = options.bridges[bridge]
        told = {"id": bridge, "district": district or "–", "length": count(length)}
        return fields.words("scenarios.field.bridge", **told)

    key = fields.key("bridges")
    st.multiselect(fields.name("bridges"), [*options.bridges], format_func=name, key=key, placeholder="")


def _place_fields(options: FormOptions, fields: _Fields) -> None:
    left, right = st.columns(2)
    with left:
        fields.choose("place_kind", {name: fields.words(f"place.{name}") for name in PLACES})
        st.text_input(fields.name("facility_id"), key=fields.key("facility_id"))
    with right:
        fields.choose("district", options.districts, label="place")
        _point_fields(fields)


def _season_fields(_: FormOptions, fields: _Fields) -> None:
    fields.choose("season", {name: fields.words(f"season.{name}") for name in SEASONS[::-1]})


def _date_fields(options: FormOptions, fields: _Fields) -> None:
    st.date_input(fields.name("date"), options.date, key=fields.key("date"), format="YYYY-MM-DD")


def _rule_fields(_: FormOptions, fields: _Fields) -> None:
    left, right = st.columns(2)
    with left:
        fields.choose("kind", {kind: fields.words(f"kind.{kind}") for kind in ACTIVE_KINDS})
    with right:
        st.number_input(fields.name("level"), 1, 5, 3, key=fields.key("level"))


def _point_fields(fields: _Fields) -> None:
    st.checkbox(fields.name("by_point"), key=fields.key("by_point"))
    left, right = st.columns(2)
    for column, name, low, high in ((left, "lat", 20.0, 46.0), (right, "lon", 122.0, 154.0)):
        column.number_input(fields.name(name), low, high, value=None, format="%.5f", key=fields.key(name))


def _kinds(words: Words) -> dict[str, str]:
    return {kind: words(f"kind.{kind}") for kind in (*ACTIVE_KINDS, *PASSIVE_KINDS)}


def _read_leaving(values: dict) -> dict[str, object]:
    if values.get("ids"):
        return {"ids": [name for name in values["ids"].replace("、", ",").replace(",", " ").split() if name]}
    change: dict[str, object] = {name: values[name] for name in ("kind", "district") if name in values}
    if values.get("use_term"):
        change["term_ends_by"] = values["term"].isoformat()
    if values.get("share", 100) < 100:
        change |= {"share": values["share"] / 100, "seed": int(values.get("seed", 0))}
    return change


def _read_joining(values: dict) -> dict[str, object]:
    change = {
        "kind": values.get("kind"),
        "visits_per_month": float(values.get("visits", 0)),
        "reach_m": float(values.get("reach", 0)),
        "district": values.get("district"),
        "reports_to": values.get("centre"),
    }
    return change | _read_place(values)


def _read_place(values: dict) -> dict[str, object]:
    if values.get("by_point"):
        return {"lon": values.get("lon"), "lat": values.get("lat")}
    return {"at_district": values.get("district")}


_READERS = {
    "watchers_leave": _read_leaving,
    "watcher_joins": _read_joining,
    "consent_change": lambda values: {"district": values.get("district"), "level": values.get("level", 0)},
    "agreement_made": lambda values: {"district": values.get("helper"), "helped": values.get("helped")},
    "street_closed": lambda values: {"edge_ids": list(values.get("bridges", []))},
    "place_opens": lambda values: {
        "kind": values.get("place_kind"),
        "facility_id": values.get("facility_id"),
        **_read_place(values),
    },
    "season_change": lambda values: {"season": values.get("season")},
    "date_change": lambda values: {"date": values["date"].isoformat()},
    "rules_change": lambda values: {"levels": {values.get("kind"): values.get("level")}},
}
_FIELDS: dict[str, Callable[[FormOptions, _Fields], None]] = {
    "watchers_leave": _leave_fields,
    "watcher_joins": _join_fields,
    "consent_change": _consent_fields,
    "agreement_made": _agreement_fields,
    "street_closed": _street_fields,
    "place_opens": _place_fields,
    "season_change": _season_fields,
    "date_change": _date_fields,
    "rules_change": _rule_fields,
}
