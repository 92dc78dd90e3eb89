"""What printed sheets and restricted files have in common: the layer, the sources, the heading."""

from __future__ import annotations

import datetime as dt

from app.services import publishing
from app.services.errors import RequestError
from app.services.results import CityFigures, ProtectedFigures
from app.sheets.content import CouncilContent
from app.ui.findings import terms_over_note
from app.ui.text import Words
from app.ui.text.formats import day
from geodata.session import Store

MAP_LAYERS = ("community", "school")


def printed_layer(figures: CityFigures) -> str:
    """Return the layer the council sheet shows: school districts where there are no community ones.

    Raises
    ------
    RequestError
        There are neither.
    """
    for layer in MAP_LAYERS:
        if len(figures.layers[layer].index.drop("", errors="ignore")):
            return layer
    raise RequestError(
        "Expected community or school districts to draw, got none. Import them with "
        "'mimamori import community-districts FILE'."
    )


def council_content(
    store: Store, figures: CityFigures, layer: str, words: Words, made_on: dt.date
) -> CouncilContent:
    """Fill the council sheet with protected figures: a draft, for only a release joins all audits."""
    protected = publishing.protect_figures(store, figures, layer)
    return sheet_content(store, figures, protected, words, made_on=made_on, draft=True)


def sheet_content(
    store: Store,
    figures: CityFigures,
    protected: ProtectedFigures,
    words: Words,
    *,
    made_on: dt.date,
    draft: bool,
) -> CouncilContent:
    """Fill the council sheet with figures already protected, and the sources of the data."""
    return CouncilContent(
        info=figures.info,
        date=figures.date,
        made_on=made_on,
        season=figures.season,
        districts=protected.districts,
        boundary=protected.boundary,
        totals=protected.totals,
        gap_classes=protected.gap_classes,
        layer=protected.layer,
        basis=figures.basis,
        detour_factor=figures.detour_factor,
        share_breaks=protected.share_breaks,
        streets=protected.streets if len(protected.streets) else None,
        sources=source_lines(store, figures, words),
        notes=tuple(filter(None, [terms_over_note(figures, words)])),
        draft=draft,
    )


def source_lines(store: Store, figures: CityFigures, words: Words) -> tuple[str, ...]:
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


def restricted_note(figures: CityFigures, words: Words, handling: str = "report.restricted") -> str:
    """Return the heading of a restricted file: whose data, synthetic or not, of which day and season."""
    synthetic = f" {words('synthetic')}" if figures.info.synthetic else ""
    when = f"{figures.date.isoformat()} {words(f'season.{figures.season}')}"
    return f"{figures.info.name}{synthetic} {when} {words(handling)}"
