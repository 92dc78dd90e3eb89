"""Tables of the outlook page: sortable, for planners, so small counts of households or people are held back.

Counts of households from 1 to 9 stand as "<10"; figures of fewer than three watchers, and shares from which
a held-back count would follow, as "–".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
from pandas.io.formats.style import Styler

from analysis.frames import VISITS_PER_YEAR
from app.services.outlook import LEAST_WATCHERS
from app.services.results import CityFigures, ClusterFigures
from app.ui import marks
from app.ui.tables import FEW_AS_NUMBER, held_back, is_small, shown_count
from app.ui.text import Words
from app.ui.text.formats import amount, count, day, share

FORECAST_CASES = ("expected", "best", "age_limit", "worst")
MEASURES = ("share_missed", "share_need_missed", "capacity_per_need", "load", "share_used")
DEFINED = (  # columns whose meaning stands on their heading
    *("critical", "irreplaceable", "sole_households", "most_lost", "terms_ending", "of_high_age"),
    *("lost_households_at_once", "lost_visits_at_once", "lost_visits_after", "disconnected_households"),
    *("load_per_watcher", "share_used", "capacity_per_need", "share_need_missed"),
    *("need_missed", "p_adjusted"),
)
_IN_PERCENT = ("share_missed", "share_need_missed", "share_used")


def fragility(figures: CityFigures, words: Words) -> Styler:
    """Return what departures would cost by district, most households lost first; one row for no district."""
    found = figures.outlook.districts
    few = found["watchers"] < LEAST_WATCHERS
    people = found[["critical", "irreplaceable", "terms_ending", "of_high_age"]].astype(float)
    table = pd.DataFrame(
        {
            "name": _district_names(found.index, figures, words("outlook.whole_city")),
            "watchers": found["watchers"].astype(float),
            **people.mask(few),
            "sole_households": _held(found["sole_households"]).mask(few),
            "most_lost": _held(found["most_lost"]).mask(few),
        }
    )
    columns = ["name", "watchers", "critical", "irreplaceable", "sole_households", "most_lost"]
    ordered = table[[*columns, "terms_ending", "of_high_age"]].sort_values(
        "sole_households", ascending=False, kind="stable", na_position="last"
    )
    return _styled(ordered, words, {name: "count" for name in ordered.columns[1:]})


def organisations(figures: CityFigures, words: Words) -> Styler:
    """Return what leaves with each organisation of at least three watchers, the most households first."""
    found = figures.outlook.organisations
    table = pd.DataFrame(
        {
            "organisation": found.index.astype(str),
            "watchers": found["watchers"].astype(float),
            "lost_households_at_once": _held(found["lost_households_at_once"]),
            "lost_visits_at_once": found["lost_visits_at_once"].astype(float),
            "lost_visits_after": found["lost_visits_after"].astype(float),
            "disconnected_households": _held(found["disconnected_households"]),
        },
        index=found.index,
    ).sort_values(["lost_households_at_once", "lost_visits_after"], ascending=False, kind="stable")
    counts = ("watchers", "lost_households_at_once", "disconnected_households")
    visits = ("lost_visits_at_once", "lost_visits_after")
    return _styled(table, words, dict.fromkeys(counts, "count") | dict.fromkeys(visits, "tenths"))


def forecast(figures: CityFigures, words: Words) -> pd.DataFrame:
    """Return the households watched in the years ahead, as texts."""
    rows = figures.outlook.forecast
    table = pd.DataFrame(
        {
            "day_ahead": [day(pd.Timestamp(date).date(), words.language) for date in rows["date"]],
            "event": rows["event"].map(lambda name: words(f"analyse.event.{name}")),
            **{case: _counts(rows[f"households_{case}"], words) for case in FORECAST_CASES},
        }
    )
    low, high = (_counts(rows[f"households_{end}"], words) for end in ("low", "high"))
    table.insert(3, "band", low + "–" + high)
    return _named(table, words).set_index(words("column.day_ahead"))


def indices(figures: CityFigures, words: Words) -> pd.DataFrame:
    """Return the indices of inequality, as texts; one that could not be measured says why."""
    rows = [_index_row(name, figures.patterns.indices[name], words) for name in MEASURES]
    return _named(pd.DataFrame(rows), words).set_index(words("column.measure"))


def inequality(figures: CityFigures, words: Words) -> Styler:
    """Return shares missed and loads by district, the most missed first."""
    found = figures.patterns.inequality
    missed, watched = found["missed"], found["households"] - found["missed"]
    few_homes = found["households"].map(is_small)
    few_cases = few_homes | missed.map(is_small) | watched.map(is_small)
    few_people = found["watchers"] < LEAST_WATCHERS
    table = pd.DataFrame(
        {
            "name": _district_names(found.index, figures, words("outlook.no_district")),
            "households": _held(found["households"]),
            "missed": _held(missed),
            "missed_share": _percent(found["share_missed"]).mask(few_cases),
            "share_need_missed": _percent(found["share_need_missed"]).mask(few_cases),
            "watchers": found["watchers"].astype(float),
            "load_per_watcher": found["load_per_watcher"].astype(float).round(1).mask(few_people),
            "share_used": _percent(found["share_used"]).mask(few_people),
            "capacity_per_need": found["capacity_per_need"]
            .astype(float)
            .round(2)
            .mask(few_people | few_homes),
        }
    ).sort_values("missed_share", ascending=False, kind="stable", na_position="last")
    kinds = dict.fromkeys(("households", "missed", "watchers"), "count")
    kinds |= dict.fromkeys(("missed_share", "share_need_missed", "share_used"), "percent")
    return _styled(table, words, kinds | {"load_per_watcher": "tenths", "capacity_per_need": "hundredths"})


def clusters(found: ClusterFigures, counts: pd.DataFrame, words: Words) -> Styler:
    """Return the areas that chance hardly explains, the surest first, with the share the map shows."""
    named = found.areas[found.areas["kind"].isin(list(marks.CLUSTER_SIGNS))]
    rows = counts.reindex(named.index)
    missed = rows["households"] - rows["watched"]
    held = missed.map(is_small) | rows["watched"].map(is_small) | rows["households"].map(is_small)
    table = pd.DataFrame(
        {
            "name": rows["name"],
            "cluster": named["kind"].map(lambda kind: cluster_text(kind, words)),
            "households": _held(rows["households"]),
            "missed_share": _percent(missed / rows["households"]).mask(held),
            "p_adjusted": named["p_adjusted"].astype(float),
        },
        index=named.index,
    ).sort_values("p_adjusted", kind="stable")
    kinds = {"households": "count", "missed_share": "percent", "p_adjusted": "thousandths"}
    return _styled(table, words, kinds)


def gap_areas(figures: CityFigures, words: Words) -> Styler:
    """Return the gap areas, most missed first, indexed by area_id; their counts are never below ten."""
    found = figures.patterns.gap_areas
    table = pd.DataFrame(
        {
            "area_id": found.index.astype(str),
            "district": _district_names(found["district"], figures, words("outlook.no_district")).to_numpy(),
            "households": found["households"].astype(float),
            "missed": found["missed"].astype(float),
            "missed_share": _percent(found["missed"] / found["households"]),
            "need_missed": found["need_missed"].astype(float),
            "reason": found["leading_class"].map(lambda name: words(f"gap.{name}")),
            "remedy": found["leading_class"].map(lambda name: words(f"remedy.{name}")),
        },
        index=found.index,
    ).sort_values(["missed", "missed_share"], ascending=False, kind="stable")
    kinds = dict.fromkeys(("households", "missed"), "count")
    return _styled(table, words, kinds | {"missed_share": "percent", "need_missed": "tenths"})


def kinds(figures: CityFigures, words: Words) -> Styler:
    """Return posts, visits a month and households by kind of watcher."""
    found = figures.patterns.kinds
    few = found["in_office"].between(1, LEAST_WATCHERS - 1)
    visits = found[["capacity_visits", "delivered_visits", "room_visits"]].astype(float) / VISITS_PER_YEAR
    homes = ("households_visited", "households_main", "households_noticed")
    table = pd.DataFrame(
        {
            "kind": found.index.map(lambda name: words(f"kind.{name}")),
            "posts": found["watchers"].astype(float),
            "in_office": found["in_office"].astype(float),
            "vacant": found["vacant"].astype(float),
            **visits.mask(few),
            **{name: _held(found[name]).mask(few) for name in homes},
        },
        index=found.index,
    )
    counts = dict.fromkeys(("posts", "in_office", "vacant", *homes), "count")
    return _styled(table, words, counts | dict.fromkeys(visits.columns, "count"))


def cluster_text(kind: str, words: Words) -> str:
    """Return a kind of cluster in words, behind its sign where it has one."""
    text = words(f"analyse.cluster.{kind}")
    if kind not in marks.CLUSTER_SIGNS:
        return text
    return words("areas.legend.sign", sign=marks.CLUSTER_SIGNS[kind], text=text)


def _index_row(name: str, index: Mapping[str, object], words: Words) -> dict[str, object]:
    row = {"measure": words(f"areas.measure.{name}"), "units": count(index["units"])}
    if index["status"] != "measured":
        reason = words(f"areas.status.{index['status']}")
        return row | dict.fromkeys(("mean", "gini", "theil", "between"), reason)
    mean = index["mean"]
    between = words("hidden") if index["between"] is None else share(index["between"], index["theil"])
    return row | {
        "mean": f"{100 * mean:.1f} %" if name in _IN_PERCENT else amount(mean),
        "gini": f"{index['gini']:.3f}",
        "theil": f"{index['theil']:.3f}",
        "between": between,
    }


def _district_names(codes: pd.Index | pd.Series, figures: CityFigures, without: str) -> pd.Series:
    """Return the community districts' names, and ``without`` for what belongs to none."""
    names = figures.layers["community"]["name"]
    texts = [names.get(code, code) if code else without for code in codes]
    return pd.Series(texts, index=codes if isinstance(codes, pd.Index) else codes.index, dtype=object)


def _held(counts: pd.Series) -> pd.Series:
    return counts.map(lambda number: held_back(number, hide_small=True)).astype(float)


def _counts(numbers: pd.Series, words: Words) -> pd.Series:
    return numbers.map(lambda number: shown_count(round(number), words, hide_small=True))


def _percent(shares: pd.Series) -> pd.Series:
    return (100 * shares.astype(float)).round(1)


def _named(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    return table.rename(columns={column: words(f"column.{column}") for column in table.columns})


def _styled(table: pd.DataFrame, words: Words, kinds: Mapping[str, str]) -> Styler:
    """Return a table with its numbers written by kind: count (with "<10"), percent, tenths, …"""
    formats = {words(f"column.{column}"): _writer(kind, words) for column, kind in kinds.items()}
    return _named(table, words).style.format(formats)


def _writer(kind: str, words: Words) -> Callable[[float], str]:
    few, none = words("table.few"), words("table.too_few")
    patterns = {
        "count": "{:,.0f}",
        "tenths": "{:,.1f}",
        "hundredths": "{:,.2f}",
        "thousandths": "{:.3f}",
        "percent": "{:.1f} %",
    }

    def write(number: float) -> str:
        if pd.isna(number):
            return none
        return few if kind == "count" and number == FEW_AS_NUMBER else patterns[kind].format(number)

    return write
