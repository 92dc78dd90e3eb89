"""The sentences of the outlook page, made from the figures: counts only, small ones held back."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.frames import VISITS_PER_YEAR
from app.services.outlook import CRITICAL_HOUSEHOLDS
from app.services.results import CityFigures, ClusterFigures
from app.ui import marks
from app.ui.tables import shown_count, shown_share
from app.ui.text import Words
from app.ui.text.formats import count, day, share

ASSUMPTIONS = ("not_reappointed", "stays_empty", "yearly", "term", "independent", "cases")


def outlook_finding(figures: CityFigures, words: Words) -> str:
    """Say how many watchers many households hang on, and what the next re-election is expected to cost."""
    return _fragile(figures, words) + _ahead(figures, words)


def outlook_four(figures: CityFigures, words: Words) -> dict[str, tuple[str, str]]:
    """Return the page's four figures by name, each with its population."""
    watchers, then = figures.outlook.watchers, day_ahead(figures)
    people = words("outlook.unit.of_watchers", count=count(watchers["watchers"]))
    population = figures.outlook.population["households"]
    return {
        "critical": (count(watchers["critical"]), people),
        "irreplaceable": (count(watchers["with_loss_after"]), people),
        "expected_watched": (
            _households(then["households_expected"], words),
            words(
                "outlook.unit.of_households",
                day=str(then["date"])[:7],
                count=_households(population, words),
            ),
        ),
        "never_watched": (
            _households(figures.patterns.bottlenecks["at_least_unwatched"], words),
            words("outlook.unit.at_least"),
        ),
    }


def day_ahead(figures: CityFigures) -> Mapping[str, object]:
    """Return the forecast's row of the next re-election; without one that of the last day."""
    rows = figures.outlook.forecast
    elections = rows[rows["event"] == "re_election"]
    return (elections.iloc[0] if len(elections) else rows.iloc[-1]).to_dict()


def visits_finding(figures: CityFigures, words: Words) -> str:
    """Say how many visits are needed, made and possible, and what the minimum cut proves."""
    visits, cut = figures.outlook.visits, figures.patterns.bottlenecks
    text = words("outlook.visits", **{name: count(visits[name]) for name in ("needed", "delivered", "best")})
    if not cut["at_least_unwatched"]:
        return text + words("outlook.no_bottlenecks")
    room = words("outlook.no_bottlenecks")
    if cut["sets"]:
        room = words(
            "outlook.bottlenecks",
            sets=count(cut["sets"]),
            households=_households(cut["households"], words),
            unwatched=_households(cut["for_want_of_room"], words),
        )
    nobody = words("outlook.nobody_may", count=_households(cut["nobody_may_visit"], words))
    return text + room + nobody + words("outlook.visits_short", visits=count(cut["visits_short"]))


def forecast_finding(figures: CityFigures, words: Words) -> str:
    """Say what is expected, best and worst on the day ahead."""
    then, today = day_ahead(figures), figures.outlook.forecast.iloc[0]
    return words(
        "outlook.forecast",
        households=_households(figures.outlook.population["households"], words),
        today=_households(today["households_expected"], words),
        day=_day(then, words),
        **{case: _households(then[f"households_{case}"], words) for case in ("expected", "best", "worst")},
    )


def assumptions(figures: CityFigures, words: Words) -> list[str]:
    """Return what the forecast assumes, a line each, and how many watchers it knows too little of."""
    population = figures.outlook.population
    known = words(
        "outlook.population",
        watchers=count(population["watchers"]),
        without=count(population["watchers_without_term"]),
        unknown=count(population["watchers_age_unknown"]),
        high=count(population["watchers_of_high_age"]),
    )
    return [*(words(f"outlook.assumption.{name}") for name in ASSUMPTIONS), known]


def inequality_finding(figures: CityFigures, words: Words) -> str:
    """Say how unequal districts and loads are, or why that cannot be measured."""
    indices = figures.patterns.indices
    shares, loads = indices["share_missed"], indices["load"]
    if shares["status"] != "measured":
        return words(f"areas.inequality.{shares['status']}")
    text = words(
        "areas.inequality",
        gini=f"{shares['gini']:.3f}",
        theil=f"{shares['theil']:.3f}",
        units=count(shares["units"]),
    )
    if loads["status"] != "measured" or loads["between"] is None:
        return text
    between = share(loads["between"], loads["theil"])
    return text + words("areas.loads", gini=f"{loads['gini']:.3f}", between=between)


def cluster_finding(found: ClusterFigures, layer: str, words: Words) -> str:
    """Say how many areas stand out beyond chance; within chance does not mean a low share."""
    counts = found.counts
    if not counts["tested"]:
        return words("areas.clusters.untested")
    standing_out = sum(counts[kind] for kind in marks.CLUSTER_SIGNS)
    text = words(
        "areas.clusters.found" if standing_out else "areas.clusters.none",
        layer=words(f"layer.{layer}"),
        tested=count(counts["tested"]),
        found=count(standing_out),
        chance=count(counts["chance"]),
    )
    return text + words("areas.clusters.global", i=f"{found.moran_i:.2f}", p=f"{found.moran_p:.4f}")


def gap_areas_finding(figures: CityFigures, words: Words) -> str:
    """Say how many of the missed lie in gap areas, and the next steps there."""
    areas, counts = figures.patterns.gap_areas, figures.patterns.gap_area_counts
    if areas.empty:
        return words("areas.none")
    found = areas["remedy"].value_counts()
    remedies = [
        words("areas.remedy_count", remedy=words(f"remedy_kind.{kind}"), count=count(found[kind]))
        for kind in marks.REMEDY_COLOURS
        if kind in found.index
    ]
    return words(
        "areas.finding",
        missed=_households(counts["missed"], words),
        inside=_households(counts["missed_in_areas"], words),
        count=count(len(areas)),
        remedies=words("common.and").join(remedies),
    )


def gap_area_finding(area_id: str, row: Mapping[str, object], figures: CityFigures, words: Words) -> str:
    """Say of one gap area how many are missed and the next step."""
    names = figures.layers["community"]["name"]
    return words(
        "areas.card",
        name=names.get(row["district"], row["district"]),
        id=area_id,
        households=_households(row["households"], words),
        missed=_households(row["missed"], words),
        share=shown_share(row["missed"], row["households"], words, hide_small=True),
        need=count(row["need_missed"]),
        remedy=words(f"remedy.{row['leading_class']}"),
    )


def gap_areas_left_out(figures: CityFigures, words: Words) -> str:
    """Say how many missed households lie in no gap area, and why."""
    counts = figures.patterns.gap_area_counts
    return words(
        "areas.left_out",
        thin=_households(counts["missed_in_thin_cells"], words),
        below=_households(counts["missed_below_share"], words),
        left_out=_households(counts["missed_left_out"], words),
        without=_households(counts["missed_without_place"], words),
    )


def kinds_finding(figures: CityFigures, words: Words) -> str:
    """Say how many watchers of all kinds are in office, and how much of what they can do they do."""
    sums = figures.patterns.kinds.sum(numeric_only=True)
    capacity, delivered = (sums[f"{name}_visits"] / VISITS_PER_YEAR for name in ("capacity", "delivered"))
    return words(
        "outlook.kinds",
        watchers=count(sums["in_office"]),
        vacant=count(sums["vacant"]),
        capacity=count(capacity),
        delivered=count(delivered),
        share=share(delivered, capacity),
    )


def _fragile(figures: CityFigures, words: Words) -> str:
    watchers = figures.outlook.watchers
    if not watchers["watchers"]:
        return words("outlook.finding.nobody")
    return words(
        "outlook.finding.critical" if watchers["critical"] else "outlook.finding.none_critical",
        watchers=count(watchers["watchers"]),
        critical=count(watchers["critical"]),
        limit=CRITICAL_HOUSEHOLDS,
    )


def _ahead(figures: CityFigures, words: Words) -> str:
    then = day_ahead(figures)
    today = _households(figures.outlook.forecast.iloc[0]["households_expected"], words)
    expected = _households(then["households_expected"], words)
    if expected == today:
        return words("outlook.finding.stays", day=_day(then, words), today=today)
    return words(
        f"outlook.finding.{'re_election' if then['event'] == 're_election' else 'by_then'}",
        day=_day(then, words),
        today=today,
        expected=expected,
        low=_households(then["households_low"], words),
        high=_households(then["households_high"], words),
    )


def _day(row: Mapping[str, object], words: Words) -> str:
    return day(pd.Timestamp(row["date"]).date(), words.language)


def _households(number: float, words: Words) -> str:
    return shown_count(round(number), words, hide_small=True)
