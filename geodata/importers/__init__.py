"""Importers: one source, one file; each reads files into rows of one model and says what it found.

Parsing never touches the database. A report with errors is ``refused``: then nothing may be written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from geodata.errors import ImportRefusedError
from geodata.importers.agreements import read_agreements
from geodata.importers.assignments import read_assignments
from geodata.importers.boundary import read_boundary
from geodata.importers.community_districts import read_community_districts
from geodata.importers.consents import read_consents
from geodata.importers.facilities import read_facilities
from geodata.importers.households import read_households
from geodata.importers.neighbourhoods import read_neighbourhoods
from geodata.importers.options import Importer, ImportOptions, Parsed
from geodata.importers.partner_rounds import read_partner_rounds
from geodata.importers.report import ImportReport, RowProblem
from geodata.importers.school_districts import read_school_districts
from geodata.importers.sharing_rules import read_sharing_rules
from geodata.importers.streets import read_streets
from geodata.importers.support_tasks import read_support_tasks
from geodata.importers.watchers import read_watchers
from geodata.models import (
    Agreement,
    Area,
    Assignment,
    ConsentRecord,
    Facility,
    Household,
    SharingRule,
    StreetEdge,
    SupportTask,
    Watcher,
)

__all__ = ["LAYERS", "ImportOptions", "ImportReport", "Importer", "Parsed", "RowProblem", "parse"]

LAYERS: dict[str, Importer] = {
    importer.layer: importer
    for importer in (
        Importer("boundary", Area, read_boundary, personal=False),
        Importer("school-districts", Area, read_school_districts, personal=False),
        Importer("community-districts", Area, read_community_districts, personal=False),
        Importer("neighbourhoods", Area, read_neighbourhoods, personal=False),
        Importer("streets", StreetEdge, read_streets, personal=False),
        Importer("facilities", Facility, read_facilities, personal=False),
        Importer("households", Household, read_households, personal=True),
        Importer("watchers", Watcher, read_watchers, personal=True),
        Importer("assignments", Assignment, read_assignments, personal=True),
        Importer("agreements", Agreement, read_agreements, personal=False),
        Importer("rounds-of-partners", Watcher, read_partner_rounds, personal=True),
        Importer("support-tasks", SupportTask, read_support_tasks, personal=True),
        Importer("consents", ConsentRecord, read_consents, personal=True),
        Importer("sharing-rules", SharingRule, read_sharing_rules, personal=False),
    )
}


def parse(layer: str, files: Sequence[Path], options: ImportOptions | None = None) -> Parsed:
    """Read files of one layer into rows of its model.

    Parameters
    ----------
    layer : str
        A name of ``LAYERS``.
    files : sequence of Path
        One or more files of that layer; the parts of a shapefile may all be named.
    options : ImportOptions, optional
        What the caller says of the files.

    Returns
    -------
    Parsed
        The model, a frame of the good rows, and the report. ``report.refused`` is True when any row has
        an error.

    Raises
    ------
    ImportRefusedError
        The layer is unknown, or a file as a whole cannot be used.

    Examples
    --------
    >>> parse("roads", [])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    geodata.errors.ImportRefusedError: Expected a known layer, got 'roads'. Choose from boundary, ...
    """
    if layer not in LAYERS:
        raise ImportRefusedError(f"Expected a known layer, got '{layer}'. Choose from {', '.join(LAYERS)}.")
    if not files:
        raise ImportRefusedError(f"Expected at least one file for '{layer}', got none. Name the file.")
    return LAYERS[layer].read([Path(file) for file in files], options or ImportOptions())
