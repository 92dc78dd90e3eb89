"""The errors a person can cause; a command and a page tell them in one sentence."""

from __future__ import annotations


def refusals() -> tuple[type[Exception], ...]:
    """Return them; imported late, so that ``--help`` stays quick."""
    from sqlalchemy.exc import OperationalError

    from analysis.errors import AnalysisError
    from app.services.errors import RequestError
    from app.services.publishing import PublicationRefusedError
    from app.serving import ServingError
    from app.sheets.content import SheetContentError
    from app.ui.assets import AssetsError
    from geodata.errors import GeodataError

    return (
        GeodataError,
        AnalysisError,
        PublicationRefusedError,
        SheetContentError,
        ServingError,
        AssetsError,
        RequestError,
        OperationalError,
    )
