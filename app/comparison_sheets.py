"""The comparison sheet filled with protected figures, the names and changes of its scenarios."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd

from app.reports import MAP_LAYERS
from app.services import comparison_paper, coverage, publishing
from app.services.errors import RequestError
from app.services.scenario_runs import ComparisonFigures, Side
from app.services.scenarios import KeptScenario, without_names
from app.sheets.comparison import ComparisonContent
from app.sheets.content import CouncilContent
from app.ui.scenario_findings import describe_change, scenario_name
from app.ui.text import Words
from app.ui.text.formats import day
from geodata.session import Store


def comparison_content(
    store: Store,
    figures: ComparisonFigures,
    pair: tuple[KeptScenario, ...],
    words: Words,
    made_on: dt.date,
) -> ComparisonContent:
    """Fill the comparison sheet.

    Raises
    ------
    RequestError
        The city has no districts to draw.
    app.services.publishing.PublicationRefusedError
        The audit found a hidden count.
    """
    layer = _layer(figures)
    protected = comparison_paper.protect_comparison(store, figures, layer)
    notes = _notes(store, figures, pair, words)
    sources = _sources(store, figures, words)

    def side(shown: Side, districts: gpd.GeoDataFrame, totals: dict[str, int | None]) -> CouncilContent:
        return CouncilContent(
            info=figures.info,
            date=shown.date,
            made_on=made_on,
            season=shown.season,
            districts=districts,
            boundary=protected.boundary,
            totals=totals,
            gap_classes={},
            layer=layer,
            basis=figures.basis,
            detour_factor=figures.detour_factor,
            share_breaks=protected.share_breaks,
            streets=protected.streets if len(protected.streets) else None,
            sources=sources,
            notes=notes,
        )

    before, after = protected.totals
    return ComparisonContent(
        base=side(figures.base, protected.before, before),
        other=side(figures.other, protected.after, after),
        names=(scenario_name(figures.base.name, words), scenario_name(figures.other.name, words)),
        changes=protected.changes,
    )


def _layer(figures: ComparisonFigures) -> str:
    for layer in MAP_LAYERS:
        if any(figures.layers[layer].index):
            return layer
    raise RequestError(
        "Expected community or school districts to draw, got none. Import them with "
        "'mimamori import community-districts FILE'."
    )


def _notes(
    store: Store, figures: ComparisonFigures, pair: tuple[KeptScenario, ...], words: Words
) -> tuple[str, ...]:
    """Return for each side its day and season, its changes without any name, and the use of room."""
    names = coverage.load_shapes(store, "community")["name"].to_dict()
    lines = []
    for kept, side in zip(pair, (figures.base, figures.other), strict=True):
        name = scenario_name(kept.name, words)
        when, season = day(side.date, words.language), words(f"season.{side.season}")
        lines.append(words("paper.compare.side", name=name, day=when, season=season))
        told = [describe_change(without_names(change), names, words) for change in kept.changes]
        if told:
            lines.append(words("paper.compare.changes", name=name, changes=words("common.and").join(told)))
    lines.append(words("paper.compare.response" if figures.other.response else "paper.compare.as_is"))
    return tuple(lines)


def _sources(store: Store, figures: ComparisonFigures, words: Words) -> tuple[str, ...]:
    """Return the sources printed on paper: of a generated city only that it is synthetic."""
    if figures.info.generated:
        return (words("report.source.synthetic"),)
    drawn = (words("report.source.drawn"),) if figures.info.synthetic else ()
    return drawn + tuple(
        words(
            "report.source",
            layer=words(f"import.{layer}"),
            file=file,
            edition=f" {edition}" if edition else "",
            day=day(imported, words.language),
        )
        for layer, file, edition, imported in publishing.list_sources(store)
    )
