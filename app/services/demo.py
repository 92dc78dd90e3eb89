"""The demo city: generated into files, then imported through the ordinary importers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from app.services.demo_accounts import add_demo_accounts
from app.services.imports import DatasetSpec, import_files
from app.services.results import Progress
from geodata import read
from geodata.demo_city import GENERATOR_VERSION, generate_demo_city
from geodata.errors import ConflictError, ImportRefusedError, StoreNotReadyError
from geodata.importers import ImportOptions
from geodata.importers.report import ImportReport
from geodata.session import Store
from geodata.viewer import Viewer

DEMO_NAME = "架空市"
DEMO_MUNICIPALITY = "17999"
DEMO_DATE = dt.date(2026, 4, 1)
FILES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("boundary", "boundary.geojson", {}),
    ("community-districts", "community_districts.geojson", {}),
    ("school-districts", "school_districts.geojson", {}),
    (
        "neighbourhoods",
        "neighbourhoods.geojson",
        {"town_code": "code", "town_name": "name", "town_kana": "kana", "setai": "household_count"},
    ),
    ("streets", "streets.gpkg", {}),
    ("facilities", "facilities.csv", {}),
    ("agreements", "agreements.csv", {}),
    ("households", "households.csv", {}),
    ("watchers", "watchers.csv", {}),
    ("rounds-of-partners", "rounds.geojson", {}),
    ("assignments", "assignments.csv", {}),
    ("consents", "consents.csv", {}),
    ("sharing-rules", "sharing_rules.csv", {}),
    ("support-tasks", "support_tasks.csv", {}),
)


def make_demo(
    store: Store,
    viewer: Viewer,
    folder: Path,
    *,
    households: int,
    seed: int,
    progress: Callable[[Progress], None] | None = None,
) -> list[ImportReport]:
    """Generate the city into ``folder`` and import it; a store that holds this very city is left as it is.

    Returns
    -------
    list of ImportReport
        One a file; empty when the city was there already.

    Raises
    ------
    ConflictError
        The store holds another city.
    ImportRefusedError
        A generated file was refused: an error of this program.
    """
    origin = f"demo {GENERATOR_VERSION}, {households} households, seed {seed}"
    if _is_loaded(store, origin):
        if (folder / "watchers.csv").exists():
            add_demo_accounts(store, viewer, folder)  # of a city made before there were accounts
        return []
    steps = len(FILES) + 1

    def tell(step: str, done: int) -> None:
        if progress is not None:
            progress(Progress(step, done, steps))

    tell("generate", 0)
    generate_demo_city(folder, households=households, seed=seed, reference_date=DEMO_DATE)
    spec = DatasetSpec(DEMO_NAME, DEMO_DATE, DEMO_MUNICIPALITY, synthetic=True, origin=origin)
    reports = []
    for number, (layer, name, columns) in enumerate(FILES, start=1):
        tell(layer, number)
        options = ImportOptions(column_map=columns)
        report = import_files(store, viewer, layer, [folder / name], options=options, spec=spec)
        if report.refused:
            first = report.errors[0]
            raise ImportRefusedError(
                f"Expected the generated {name} to be good, got in row {first.row}, {first.column}: "
                f"{first.reason}. This is an error of the program; please report it."
            )
        reports.append(report)
    add_demo_accounts(store, viewer, folder)
    tell("done", steps)
    return reports


def _is_loaded(store: Store, origin: str) -> bool:
    """Say whether the store holds this city whole; a half-loaded one is loaded on.

    Raises
    ------
    ConflictError
        Another city is in the store.
    """
    store.migrate()
    with store.begin() as session:
        try:
            dataset = read.read_dataset(session)
        except StoreNotReadyError:
            return False
        if dataset.origin != origin:
            raise ConflictError(
                f"Expected an empty database or the same demo city, got {dataset.name} "
                f"({dataset.origin or 'real data'}). Name another database with --database."
            )
        return read.count_loaded(session)["support_tasks"] > 0
