"""What a comparison says in words: the finding, what the figures rest on, and each change of a scenario."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping

import pandas as pd

from app.services.scenario_runs import ComparisonFigures, Response
from app.services.scenario_steps import ScenarioSteps
from app.services.scenarios import BASELINE
from app.ui.scenario_figures import (
    FEW_CLASS,
    count_text,
    difference_text,
    few_held,
    points_text,
    shown_totals,
)
from app.ui.tables import FEW_AS_NUMBER
from app.ui.text import LANGUAGES, Words
from app.ui.text.formats import amount, count, day, share

FOUR = ("watched", "backed_up", "connected", "missed")


def scenario_name(name: str, words: Words) -> str:
    """Return a scenario's name; that of the baseline in the language of the screen."""
    return words("scenarios.baseline") if name == BASELINE else name


def baseline_names() -> tuple[str, ...]:
    """Return what a person may type for the baseline, in lower case, in any language."""
    return (BASELINE, *(Words(language)("scenarios.baseline_word") for language in LANGUAGES))


def typed_name(name: str) -> str:
    """Return the name of the scenario a person means: the baseline goes by a word of either language."""
    return BASELINE if name.strip().lower() in baseline_names() else name.strip()


def comparison_finding(figures: ComparisonFigures, areas: pd.DataFrame, words: Words) -> str:
    """Say how many more or fewer households are watched, who gains and loses, and where most.

    Parameters
    ----------
    areas : pandas.DataFrame
        Community districts as they may be shown.
    """
    totals = shown_totals(figures.totals)
    watched, everybody = totals.loc["watched"], totals.loc["all"]
    names = {
        "base": scenario_name(figures.base.name, words),
        "other": scenario_name(figures.other.name, words),
    }
    difference = watched["difference"]
    if difference == 0:
        text = words("scenarios.finding.same", **names, watched=count_text(watched["before"], words))
    else:
        direction = "more" if difference > 0 else "fewer"
        key = f"scenarios.finding.{'few_' if abs(difference) == FEW_AS_NUMBER else ''}{direction}"
        text = words(
            key,
            **names,
            before=count_text(watched["before"], words),
            after=count_text(watched["after"], words),
            number=count_text(abs(difference), words),
            households=count_text(everybody["after"], words),
        )
    changed = few_held(figures.layers["community"][["gaining", "losing"]].sum())
    moved = {name: count_text(changed[name], words) for name in ("gaining", "losing")}
    return text + words("scenarios.finding.moved", **moved) + _most(areas, difference, words)


def response_note(response: Response | None, words: Words) -> str:
    """Say whether room is used for more visits in the comparison, and how far from the best that can be."""
    if response is None:
        return words("scenarios.response.none")
    if response.status == "infeasible":
        return words("scenarios.response.infeasible")
    if response.gap <= 0:
        return words("scenarios.response.optimal")
    more = math.ceil((response.bound - response.value) / 12 * 10) / 10
    gap = amount(math.ceil(round(10_000 * response.gap, 6)) / 100)
    return words("scenarios.response.gap", visits=amount(more), gap=gap)


def comparison_four(figures: ComparisonFigures, words: Words) -> dict[str, tuple[str, str]]:
    """Return four figures by name: the other scenario's count, and the difference from the base."""
    totals = shown_totals(figures.totals)
    return {
        f"scenario_{name}": (
            count_text(totals.loc[name, "after"], words),
            words(
                "scenarios.unit.against",
                difference=difference_text(totals.loc[name, "difference"], words),
                before=count_text(totals.loc[name, "before"], words),
            ),
        )
        for name in FOUR
    }


def about_sides(figures: ComparisonFigures, words: Words) -> list[str]:
    """Return for each side its name, day, season and watchers in office in one line."""
    return [
        words(
            "scenarios.side",
            name=scenario_name(side.name, words),
            day=day(side.date, words.language),
            season=words(f"season.{side.season}"),
            watchers=count(side.watchers) if side.watchers else "0",
        )
        for side in (figures.base, figures.other)
    ]


def population_note(figures: ComparisonFigures, words: Words) -> str:
    """Say how many households only one of the two days has; nothing where it is the same ones."""
    if not figures.only_in_base and not figures.only_in_other:
        return ""
    held = few_held(pd.Series({"base": figures.only_in_base, "other": figures.only_in_other}, dtype=float))
    return words("scenarios.only_one", **{name: count_text(held[name], words) for name in held.index})


def area_card(row: Mapping[str, object], words: Words) -> str:
    """Say what changes in one area."""
    name = str(row["name"]) or words("outlook.no_district")
    if row["change_class"] is None or pd.isna(row["change_class"]):
        return words("scenarios.area.hidden", name=name)
    if row["change_class"] == FEW_CLASS:
        difference = difference_text(row["watched_difference"], words)
        return words("scenarios.area.few", name=name, difference=difference)
    return words(
        "scenarios.area.shown",
        name=name,
        households=count_text(row["households_after"], words),
        before=count_text(row["watched_before"], words),
        after=count_text(row["watched_after"], words),
        difference=difference_text(row["watched_difference"], words),
        points=points_text(row["share_difference"], words),
    )


def steps_made(steps: ScenarioSteps, name: str, words: Words) -> str:
    """Say what came of turning a scenario into proposals."""
    text = words(
        "scenarios.proposed",
        district=name,
        handovers=count(steps.handovers),
        steps=count(sum(steps.steps.values())),
    )
    if steps.without_successor:
        text += words("scenarios.proposed.without", count=count(steps.without_successor))
    if steps.status == "optimal":
        return text + words("scenarios.proposed.optimal")
    if steps.status == "feasible":
        gap = amount(math.ceil(round(10_000 * steps.gap, 6)) / 100)
        return text + words("scenarios.proposed.gap", gap=gap)
    return text


def describe_change(change: Mapping[str, object], names: Mapping[str, str], words: Words) -> str:
    """Say one change of a scenario in words.

    Parameters
    ----------
    change : mapping
        As ``Change.to_dict`` gives it; named watchers only counted where the viewer may not see them.
    names : mapping of str
        Names of the community districts by code.
    """
    kind = str(change["type"])
    values = {name: _value(name, change.get(name), names, words) for name in change}
    if kind == "watchers_leave":
        return _describe_leaving(change, values, words)
    if kind == "rules_change":
        levels = "、" if words.language == "ja" else ", "
        pairs = (f"{words(f'kind.{name}')} {level}" for name, level in dict(change["levels"]).items())
        return words("scenarios.change.rules_change", levels=levels.join(pairs))
    if kind == "street_closed":
        return words("scenarios.change.street_closed", count=count(len(change["edge_ids"])))
    if kind == "consent_change":
        area = values["district"] or str(change.get("neighbourhood") or "")
        if change.get("ids"):
            area = words("scenarios.change.households", count=count(len(change["ids"])))
        least = "at_least" if change.get("at_least", True) else "exactly"
        return words(f"scenarios.change.consent_{least}", area=area, level=change["level"])
    if kind == "watcher_joins":
        values["district"] = values["district"] or words("scenarios.change.whole_city")
    return words(
        f"scenarios.change.{kind}", **{name: value for name, value in values.items() if name != "type"}
    )


def _describe_leaving(change: Mapping[str, object], values: Mapping[str, str], words: Words) -> str:
    if change.get("ids"):
        return words("scenarios.change.named_leave", count=count(len(change["ids"])))
    parts = [values[name] for name in ("district", "kind") if values.get(name)]
    if change.get("term_ends_by"):
        parts.append(words("scenarios.change.term_ends_by", day=values["term_ends_by"]))
    who = words("scenarios.change.of").join(parts)
    if change.get("share"):
        part = share(float(change["share"]), 1.0)
        return words("scenarios.change.some_leave", who=who, share=part, seed=change.get("seed", 0))
    return words("scenarios.change.all_leave", who=who)


def _value(name: str, value: object, names: Mapping[str, str], words: Words) -> str:
    if value is None:
        return ""
    if name in ("district", "helped"):
        return str(names.get(str(value), value))
    if name == "kind":
        key = f"kind.{value}" if words.has(f"kind.{value}") else f"place.{value}"
        return words(key)
    if name == "season":
        return words(f"season.{value}")
    if name in ("date", "term_ends_by"):
        return day(dt.date.fromisoformat(str(value)), words.language)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return amount(value)
    return str(value)


def _most(areas: pd.DataFrame, difference: float, words: Words) -> str:
    """Say which district changes most in the direction of the whole; nothing where none may be named."""
    known = areas.loc[areas.index != "", ["name", "watched_difference"]].dropna()
    known = known[known["watched_difference"].abs() >= 1]
    if known.empty or not difference or pd.isna(difference):
        return ""
    chosen = known["watched_difference"].idxmax() if difference > 0 else known["watched_difference"].idxmin()
    change = known.loc[chosen, "watched_difference"]
    if change * difference <= 0:
        return ""
    return words(
        f"scenarios.finding.most_{'more' if change > 0 else 'fewer'}",
        name=known.loc[chosen, "name"],
        number=count(abs(change)),
    )
