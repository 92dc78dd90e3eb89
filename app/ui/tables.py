"""Tables for people: the figures of the map as words and sortable columns, small counts held back."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from pandas.io.formats.style import Styler

from app.services.walks import walk_minutes
from app.ui import marks
from app.ui.escaping import for_html, for_markdown
from app.ui.text import Words
from app.ui.text.formats import amount, count, share

FEW_AS_NUMBER = 0.5  # where "<10" stands in a sorted column: above 0, below 10

RANKING_COLUMNS = ("name", "households", "missed", "missed_share", "reason", "need_share", "backed_up_share")
LEAST_VALUES = 6  # a held-back count must leave as many possible values, as in the audit of what is printed


def is_small(number: float) -> bool:
    """Tell whether a count is one that only those who may see households get: 1 to 9."""
    return 0 < number < marks.LEAST_SHOWN


def shown_count(number: float, words: Words, *, hide_small: bool) -> str:
    """Write a count of households, or "<10" where a small one is held back."""
    return words("table.few") if hide_small and is_small(number) else count(number)


def shown_share(part: float, whole: float, words: Words, *, hide_small: bool) -> str:
    """Write a share with one decimal; where ``part`` is held back, only what it is less than."""
    if hide_small and is_small(part):
        few_of = share(marks.LEAST_SHOWN, whole) if whole > marks.LEAST_SHOWN else "100 %"
        return words("table.less_than", value=few_of)
    return share(part, whole)


def held_back(number: float, *, hide_small: bool) -> float:
    """Return a count for a sorted column, FEW_AS_NUMBER in place of one that is held back."""
    return FEW_AS_NUMBER if hide_small and is_small(number) else float(number)


def shown_walk(cost_m: float, words: Words) -> str:
    """Write a walk of so many equivalent flat metres, and the minutes it takes (at least one)."""
    minutes = max(1.0, walk_minutes(cost_m))
    return words("walk.metres_and_minutes", metres=count(cost_m), minutes=count(minutes))


def main_reason(figures: Mapping[str, float], *, hide_small: bool) -> str | None:
    """Return the gap class of most missed households; none without missed ones or where it is held back."""
    classes = {name: float(figures.get(name, 0)) for name in marks.MISSED_CLASSES}
    name = max(classes, key=classes.__getitem__)
    if classes[name] == 0 or (hide_small and is_small(classes[name])):
        return None
    return name


def describe_areas(figures: pd.DataFrame, words: Words, *, hide_small: bool) -> pd.DataFrame:
    """Return what the map shows of each area: ``name``, ``label`` and ``tip`` (escaped), class and rank.

    Parameters
    ----------
    figures : pandas.DataFrame
        Counts indexed by code; the row of households in no area (code "") is left out.
    words : Words
        Language.
    hide_small : bool
        Hold back counts of households from 1 to 9.

    Returns
    -------
    pandas.DataFrame
        Index as ``figures``; ``share_class`` 0 to 4 or -1 for too few households, ``rank`` 0 is worst.
    """
    areas = figures[figures.index != ""]
    shares = marks.missed_share(areas)
    too_few = areas["households"] < marks.LEAST_SHOWN if hide_small else areas["households"] == 0
    classes = marks.share_class(shares.mask(too_few))
    if hide_small:
        classes = classes.mask(_class_tells(areas), -1)
    texts = [_area_texts(row, words, hide_small=hide_small) for row in areas.to_dict("records")]
    described = pd.DataFrame(texts, index=areas.index, columns=["name", "label", "tip"])
    ranks = shares.rank(ascending=False, method="first").fillna(len(areas)).astype(int)
    return described.assign(share_class=classes, rank=ranks)


def _class_tells(areas: pd.DataFrame) -> pd.Series:
    """Say where the class of the share leaves fewer than six possible values of a held-back count."""
    households = areas["households"].clip(lower=1)
    missed = areas["households"] - areas["watched"]
    own = marks.share_class(missed / households)
    tells = pd.Series(False, index=areas.index)
    for held_back, missed_if in ((missed, lambda few: few), (areas["watched"], lambda few: households - few)):
        fitting = sum(
            (marks.share_class((missed_if(few) / households).clip(0, 1)) == own).astype(int)
            for few in range(1, marks.LEAST_SHOWN)
        )
        tells |= held_back.between(1, marks.LEAST_SHOWN - 1) & (fitting < LEAST_VALUES)
    return tells


def ranking(figures: pd.DataFrame, words: Words, *, hide_small: bool) -> Styler:
    """Return the areas as a sortable table, most missed first, with the numbers of the map.

    Held-back cells carry no number that could be read out: "<10" sorts between 0 and 10.
    """
    areas = figures[figures.index != ""]
    rows = [_ranking_row(row, words, hide_small=hide_small) for row in areas.to_dict("records")]
    table = pd.DataFrame(rows, index=areas.index, columns=list(RANKING_COLUMNS)).sort_values(
        ["missed_share", "missed"], ascending=False, na_position="last"
    )
    names = {column: words(f"column.{column}") for column in table.columns}
    few, less = words("table.few"), words("table.too_few")
    formats = {
        names["households"]: lambda number: few if number == FEW_AS_NUMBER else f"{number:,.0f}",
        names["missed"]: lambda number: few if number == FEW_AS_NUMBER else f"{number:,.0f}",
        names["missed_share"]: lambda value: less if pd.isna(value) else f"{value:.1f} %",
        names["backed_up_share"]: lambda value: less if pd.isna(value) else f"{value:.1f} %",
        names["need_share"]: lambda value: less if pd.isna(value) else f"{value:.1f} %",
    }
    return table.rename(columns=names).style.format(formats)


def missed_households(households: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return the households not watched, the cheapest remedy first, with reason and remedy in words."""
    missed = households[households["status"] != "watched"]
    order = missed["gap_class"].map({name: rank for rank, name in enumerate(marks.MISSED_CLASSES)})
    missed = missed.iloc[order.fillna(len(marks.MISSED_CLASSES)).argsort(kind="stable")]
    table = pd.DataFrame(
        {
            "household_id": missed.index.astype(str),
            "status": missed["status"].map(lambda name: words(f"status.{name}")),
            "reason": missed["gap_class"].map(lambda name: words(f"gap.{name}"), na_action="ignore"),
            "remedy": missed["gap_class"].map(lambda name: words(f"remedy.{name}"), na_action="ignore"),
            "need": missed["visits_per_month"].astype(float).round(2),
            "delivered": missed["delivered"].astype(float).round(2),
        }
    )
    return _in_words(table.reset_index(drop=True), words)


def watcher_loads(watchers: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return the watchers with what was promised and what they can, visits a month; the fullest first."""
    capacity, promised = watchers["visits_per_month"].astype(float), watchers["promised"].astype(float)
    passive = watchers["kind"].isin(marks.PASSIVE_KINDS)
    state = pd.Series(words("watcher.in_office"), index=watchers.index)
    state = state.mask(passive, words("watcher.passive"))
    state = state.mask(~passive & (promised > capacity), words("watcher.over"))
    state = state.mask(~watchers["in_office"].fillna(False).astype(bool), words("watcher.ended"))
    state = state.mask(watchers["status"] == "vacant", words("watcher.vacant"))
    table = pd.DataFrame(
        {
            "watcher_id": watchers.index.astype(str),
            "kind": watchers["kind"].map(lambda name: words(f"kind.{name}")),
            "state": state,
            "households_watched": watchers["households"].astype("Int64"),
            "load": promised.round(1).mask(passive),
            "capacity": capacity.round(1).mask(passive),
            "lost_at_once": watchers["lost_households_at_once"].astype("Int64"),
            "lost_after": watchers["lost_visits_after"].astype(float).round(1),
            "disconnected": watchers["disconnected_households"].astype("Int64"),
            "term_end": watchers["term_end"],
        }
    )
    fullness = (promised - capacity).mask(passive).fillna(float("-inf"))
    order = fullness.argsort(kind="stable")[::-1]
    return _in_words(table.iloc[order].reset_index(drop=True), words)


def successors(watchers: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return the watchers who need a successor, the earliest first, with what is lost without one."""
    needed = watchers[watchers["reason"].notna()]
    needed = needed.sort_values(
        ["needed_by", "lost_visits_after", "lost_households_at_once"],
        ascending=[True, False, False],
        na_position="last",
        kind="stable",
    )
    table = pd.DataFrame(
        {
            "watcher_id": needed.index.astype(str),
            "kind": needed["kind"].map(lambda name: words(f"kind.{name}")),
            "needed_by": needed["needed_by"],
            "successor_reason": needed["reason"].map(lambda name: words(f"successor.{name}")),
            "age_at_term_end": needed["age_at_term_end"].astype("Int64"),
            "lost_at_once": needed["lost_households_at_once"].astype("Int64"),
            "lost_after": needed["lost_visits_after"].astype(float).round(1),
        }
    )
    return _in_words(table.reset_index(drop=True), words)


def watching(rows: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return who watches one household: kind, role, visits a month, walk, and why one does not count."""
    table = pd.DataFrame(
        {
            "watcher_id": rows["watcher_id"].map(for_markdown),
            "kind": rows["kind"].map(lambda name: words(f"kind.{name}")),
            "role": rows["role"].map(lambda name: words(f"link.{name}")),
            "visits": rows["visits_per_month"].map(amount, na_action="ignore"),
            "walk": rows["cost_m"].map(lambda value: shown_walk(value, words), na_action="ignore"),
            "note": rows["note"].map(lambda name: words(f"note.{name}"), na_action="ignore"),
        }
    )
    table["note"] = table["note"].fillna(words("note.counts"))
    return _in_words(table.fillna(words("hidden")), words).set_index(words("column.watcher_id"))


def candidates(rows: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return who could watch one household, nearest first: kind, walk, room, and the obstacle."""
    table = pd.DataFrame(
        {
            "watcher_id": rows["watcher_id"].map(for_markdown),
            "kind": rows["kind"].map(lambda name: words(f"kind.{name}")),
            "walk": rows["cost_m"].map(lambda value: shown_walk(value, words), na_action="ignore"),
            "room": rows["room_visits_per_month"].map(amount, na_action="ignore"),
            "obstacle": rows["obstacle"].map(lambda name: words(f"obstacle.{name}"), na_action="ignore"),
        }
    )
    table["obstacle"] = table["obstacle"].fillna(words("obstacle.none"))
    return _in_words(table.fillna(words("hidden")), words).set_index(words("column.watcher_id"))


def chain_steps(chain: pd.DataFrame, household_id: str, words: Words) -> list[str]:
    """Return the hand-overs that make room for one household, a sentence each, in order."""
    return [_chain_step(row, household_id, words) for row in chain.to_dict("records")]


def _chain_step(row: Mapping[str, object], household_id: str, words: Words) -> str:
    is_own, is_new = row["household_id"] == household_id, pd.isna(row["from_watcher"])
    step = "take_on" if is_own and is_new else "hand_own" if is_own else "hand_over"
    home = words("household.chain.other")
    if not pd.isna(row["household_id"]):
        home = words("household.chain.home", id=row["household_id"])
    return words(
        f"household.chain.{step}",
        from_watcher=row["from_watcher"],
        to_watcher=row["to_watcher"],
        home=home,
        visits=amount(row["visits_per_month"]),
    )


def _in_words(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    return table.rename(columns={column: words(f"column.{column}") for column in table.columns})


def _area_texts(row: Mapping[str, float], words: Words, *, hide_small: bool) -> tuple[str, str, str]:
    name, households = str(row["name"]), row["households"]
    missed = households - row["watched"]
    hidden = hide_small and is_small(missed)
    share_text = shown_share(missed, households, words, hide_small=hide_small)
    if hide_small and is_small(households):
        return name, for_html(name), f"<b>{for_html(name)}</b><br>{for_html(words('table.too_few_here'))}"
    lines = [
        words("map.tip.missed", count=shown_count(missed, words, hide_small=hide_small), share=share_text),
        words("map.tip.households", count=shown_count(households, words, hide_small=hide_small)),
    ]
    reason = main_reason(row, hide_small=hide_small)
    if reason is not None:
        lines.append(words("map.tip.reason", reason=words(f"gap.{reason}")))
    tip = f"<b>{for_html(name)}</b><br>" + "<br>".join(for_html(line) for line in lines)
    label = for_html(name) if hidden or not households else f"{for_html(name)}<br>{for_html(share_text)}"
    return name, label, tip


def _ranking_row(row: Mapping[str, float], words: Words, *, hide_small: bool) -> dict[str, object]:
    households, missed = row["households"], row["households"] - row["watched"]
    hidden = hide_small and (is_small(missed) or is_small(households))
    reason = main_reason(row, hide_small=hide_small)
    return {
        "name": row["name"],
        "households": held_back(households, hide_small=hide_small),
        "missed": held_back(missed, hide_small=hide_small),
        "missed_share": _percent(missed, households, hidden=hidden),
        "reason": words(f"gap.{reason}") if reason is not None else words("hidden"),
        "need_share": _percent(row["need_watched"], row["need"], hidden=hidden),
        "backed_up_share": _percent(
            row["backed_up"], households, hidden=hide_small and (is_small(row["backed_up"]) or hidden)
        ),
    }


def _percent(part: float, whole: float, *, hidden: bool) -> float:
    return float("nan") if hidden or not whole else round(100 * part / whole, 1)
