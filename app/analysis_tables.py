"""The tables `analyse` writes for planners: counts of households from 1 to 9 stand as "<10".

Figures of fewer than three watchers are those of single people and stand as "–".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from analysis.frames import GAP_CLASSES, VISITS_PER_YEAR
from app.analysis_summary import FORECAST_CASES
from app.services.cells import SMALLEST_SHOWN
from app.services.outlook import LEAST_WATCHERS
from app.services.results import COUNT_COLUMNS, CityFigures
from app.ui.text import Words

LAYERS = ("community", "school", "neighbourhood")
_OF_PEOPLE = ["critical", "irreplaceable", "sole_households", "most_lost", "terms_ending", "of_high_age"]
_OF_LOAD = ["capacity", "load", "load_per_watcher", "share_used", "capacity_per_need"]
_NEEDS = ["need", "need_missed", "share_need_missed"]


def city_tables(figures: CityFigures, words: Words) -> dict[str, pd.DataFrame]:
    """Return every table of the city by the name of its file, without marks."""
    return {
        "districts.csv": layer_table(figures, words),
        "fragility.csv": fragility_table(figures, words),
        "organisations.csv": organisation_table(figures, words),
        "forecast.csv": forecast_table(figures, words),
        "inequality.csv": inequality_table(figures, words),
        "clusters.csv": cluster_table(figures, words),
        "kinds.csv": kind_table(figures, words),
    }


def marked(table: pd.DataFrame, figures: CityFigures, handling: str) -> pd.DataFrame:
    """Return a table that says in each row how to handle it, and of which day and season it is.

    ``handling`` (a heading for people) comes first; ``reference_date``, ``reference_season`` and
    ``synthetic`` last (``season`` alone is a gap class).
    """
    marks = table.assign(
        reference_date=figures.date.isoformat(),
        reference_season=figures.season,
        synthetic=figures.info.synthetic,
    )
    marks.insert(0, "handling", handling)
    return marks


def layer_table(figures: CityFigures, words: Words) -> pd.DataFrame:
    """Return one row an area of each layer there is: counts of households, and need in weighted visits."""
    columns = [*COUNT_COLUMNS, *GAP_CLASSES]
    tables = [pd.DataFrame(columns=["layer", "code", "name", *columns, "need", "need_watched"])]
    for layer in LAYERS:
        rows = figures.layers[layer].reset_index()
        if (rows["code"] == "").all():
            continue
        rows["name"] = rows["name"].mask(rows["code"] == "", words("analyse.no_area"))
        held = _is_small(rows["households"]) | _is_small(rows["watched"])
        held |= _is_small(rows["households"] - rows["watched"])
        needs = (rows[["need", "need_watched"]].astype(float) / VISITS_PER_YEAR).round(1)
        parts = (
            rows[["code", "name"]],
            _few(rows, columns, words)[columns],
            _hide(needs, needs, held, words),
        )
        tables.append(pd.concat(parts, axis=1).assign(layer=layer))
    return pd.concat([table.astype(object) for table in tables], ignore_index=True)


def fragility_table(figures: CityFigures, words: Words) -> pd.DataFrame:
    """Return one row a community district on its watchers; one without a watcher stays, with zeros."""
    named = figures.layers["community"]["name"]
    found = figures.outlook.districts
    codes = found.index.union(named.index.drop("", errors="ignore"))
    rows = found.reindex(codes, fill_value=0).rename_axis("code").reset_index()
    rows.insert(1, "name", _district_names(rows["code"], figures, words("analyse.whole_city")))
    shown = _few(rows, ["sole_households", "most_lost"], words)
    return _hide(shown, _OF_PEOPLE, _few_people(rows["watchers"]), words)


def organisation_table(figures: CityFigures, words: Words) -> pd.DataFrame:
    """Return one row an organisation of at least three watchers: what leaves with it."""
    rows = figures.outlook.organisations.reset_index()
    visits = ["lost_visits_at_once", "lost_visits_after"]
    rows[visits] = rows[visits].astype(float).round(1)
    return _few(rows, ["lost_households_at_once", "disconnected_households"], words)


def forecast_table(figures: CityFigures, words: Words) -> pd.DataFrame:
    """Return one row a day ahead: households watched and weighted visits a month, by case."""
    rows = figures.outlook.forecast.reset_index(drop=True)
    table = rows[["date", "event"]].copy()
    table["event_in_words"] = rows["event"].map(lambda event: words(f"analyse.event.{event}"))
    table["terms_ended"] = rows["terms_ended"]
    table["watchers_expected"] = rows["watchers_expected"].astype(float).round(1)
    for case in FORECAST_CASES:
        table[f"households_{case}"] = rows[f"households_{case}"]
    for case in FORECAST_CASES:
        visits = rows[[f"weighted_visits_{case}"]].astype(float).round(1)
        held = _hide(visits, list(visits), _is_small(rows[f"households_{case}"]), words)
        table[f"weighted_visits_{case}"] = held[f"weighted_visits_{case}"]
    return _few(table, [f"households_{case}" for case in FORECAST_CASES], words)


def inequality_table(figures: CityFigures, words: Words) -> pd.DataFrame:
    """Return one row a community district: who is missed there, and what its watchers can do and do."""
    rows = figures.patterns.inequality.reset_index()
    numbers = rows.columns.drop(["code", "households", "missed", "watchers"])
    shares = [name for name in numbers if name.startswith("share") or "_per_" in name]
    rows[numbers] = rows[numbers].astype(float).round(1).assign(**rows[shares].astype(float).round(3))
    rows.insert(1, "name", _district_names(rows["code"], figures, words("analyse.no_district")))
    few_homes = _is_small(rows["households"])
    few_cases = few_homes | _is_small(rows["missed"]) | _is_small(rows["households"] - rows["missed"])
    shown = _few(rows, ["households", "missed"], words)
    shown = _hide(shown, ["share_missed", *_NEEDS[1:]], few_cases, words)
    shown = _hide(shown, ["need", "capacity_per_need"], few_homes, words)
    return _hide(shown, _OF_LOAD, _few_people(rows["watchers"]), words)


def cluster_table(figures: CityFigures, words: Words) -> pd.DataFrame:
    """Return one row an area of each layer: cluster, outlier, chance or untested, and how sure that is."""
    columns = ["layer", "code", "name", "kind", "kind_in_words", "p_adjusted", "reason"]
    tables = [pd.DataFrame(columns=columns)]
    for layer, found in figures.patterns.clusters.items():
        if found is None:
            continue
        rows = found.areas.rename_axis("code").reset_index()
        rows["layer"] = layer
        rows["name"] = _names(rows["code"], figures.layers[layer].reset_index())
        rows["kind_in_words"] = rows["kind"].map(lambda kind: words(f"analyse.cluster.{kind}"))
        rows["p_adjusted"] = rows["p_adjusted"].astype(float).round(4)
        tables.append(rows[columns])
    return pd.concat([table.astype(object) for table in tables], ignore_index=True)


def kind_table(figures: CityFigures, words: Words) -> pd.DataFrame:
    """Return one row a kind of watcher: posts, visits a month, and the households visited or noticed."""
    rows = figures.patterns.kinds.reset_index()
    visits = {f"{name}_visits": f"{name}_visits_a_month" for name in ("capacity", "delivered", "room")}
    rows[list(visits)] = (rows[list(visits)].astype(float) / VISITS_PER_YEAR).round(1)
    rows.insert(1, "kind_in_words", rows["kind"].map(lambda kind: words(f"kind.{kind}")))
    rows = rows.rename(columns=visits)
    homes = [name for name in rows.columns if name.startswith("households_")]
    shown = _few(rows, homes, words)
    return _hide(shown, [*visits.values(), *homes], _few_people(rows["in_office"]), words)


def _few(table: pd.DataFrame, columns: Sequence[str], words: Words) -> pd.DataFrame:
    """Return the table with counts of households whole, and "<10" where they are from 1 to 9."""
    counts = table[list(columns)].astype(float)
    whole = counts.round().astype("Int64").astype(object)
    return table.assign(**whole.mask(_is_small(counts), words("table.few")))


def _hide(table: pd.DataFrame, columns: Iterable[str], held: pd.Series, words: Words) -> pd.DataFrame:
    """Return the table with the columns left out, by the mark for hidden, in the rows held back."""
    return table.assign(**{name: table[name].astype(object).mask(held, words("hidden")) for name in columns})


def _is_small(counts: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
    return (counts > 0) & (counts < SMALLEST_SHOWN)


def _few_people(watchers: pd.Series) -> pd.Series:
    return (watchers > 0) & (watchers < LEAST_WATCHERS)


def _names(codes: pd.Series, rows: pd.DataFrame) -> pd.Series:
    return codes.map(rows.set_index("code")["name"]).fillna("")


def _district_names(codes: pd.Series, figures: CityFigures, without: str) -> pd.Series:
    """Return the community districts' names, and ``without`` for what belongs to none."""
    return _names(codes, figures.layers["community"].reset_index()).mask(codes == "", without)
