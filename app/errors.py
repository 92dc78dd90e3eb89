"""The errors a person can cause; a command and a page tell them in one sentence."""

from __future__ import annotations


def refusals() -> tuple[type[Exception], ...]:
    """Return them; imported late, so that ``--help`` stays quick."""
    from sqlalchemy.exc import DBAPIError

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
        DBAPIError,
        OSError,
    )


def reason_of(error: Exception) -> str:
    """Return what went wrong in one sentence, without a statement or anybody's data."""
    from sqlalchemy.exc import DBAPIError

    if isinstance(error, DBAPIError):
        cause = str(error.orig).splitlines()[0]
        return (
            f"Expected a database that answers, got '{cause}'. Check that it is one of this program, that "
            "nobody else is writing, and that the disk is not full."
        )
    if isinstance(error, OSError):
        return (
            f"Expected a file or folder that can be used, got '{error.strerror or error}' for "
            f"'{error.filename or ''}'. Choose another place."
        )
    return " ".join(str(error).split())
