"""What ``mimamori access`` does: who can walk to a place, and which to open next; counts only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd

from app.console import Talk
from app.operators import planner
from app.services import access_places, coverage
from app.services.access_places import AccessFigures, AccessRequest
from app.services.results import Progress
from app.services.trail import record_files
from app.settings import Settings
from app.ui import support_places
from app.ui.tables import is_small
from app.ui.text import Words
from geodata.exporters import write_csv, write_geojson, write_text

TABLES = ("access.csv", "places.csv")
PROPOSED = "proposed.geojson"


@dataclass(frozen=True)
class AccessCommand:
    """What ``mimamori access`` was asked; ``count`` places may be opened."""

    kind: str
    minutes: int
    count: int
    season: str
    date: dt.date | None


def assess(talk: Talk, settings: Settings, out: Path, asked: AccessCommand) -> None:
    """Assess the walk to places of one kind; with a count also which to open next."""
    store = settings.open_store()
    info = coverage.read_info(store)
    date = asked.date or info.reference_date
    request = AccessRequest(asked.kind, asked.season, date, asked.minutes, asked.count)
    with talk.bar() as progress:
        figures = access_places.load_access(store, planner(), request, progress=progress)
        progress(Progress("write", 1, 1))
        record_files(store, planner(), "figures", filters={"places": asked.kind})
        files = write_files(figures, out, talk.words)
    talk.data = access_json(figures)
    talk.lines.append(support_places.access_finding(figures, talk.words))
    if figures.next is not None:
        talk.lines.append(support_places.next_finding(figures, talk.words))
        talk.say("access.next.note", candidates=figures.next.candidates)
    talk.files(files)
    talk.finish()


def write_files(figures: AccessFigures, out: Path, words: Words) -> list[Path]:
    """Write the tables and the places to open; an old proposal does not stay."""
    note = _heading(figures, words)
    out.mkdir(parents=True, exist_ok=True)
    names = [*TABLES]
    for name, table in zip(TABLES, (area_file(figures, words), place_file(figures, words)), strict=True):
        table.insert(0, "handling", note)
        write_csv(out / name, table.assign(synthetic=figures.info.synthetic))
    (out / PROPOSED).unlink(missing_ok=True)
    if figures.next is not None and len(figures.next.places):
        write_geojson(out / PROPOSED, proposed_places(figures, words), note=note)
        names.append(PROPOSED)
    lines = [f"{name}: {words(f'access.file.{name}')}" for name in names]
    write_text(out / "READ_ME.txt", "\n".join((note, "", words("access.read_me"), "", *lines, "")))
    return [out / name for name in ("READ_ME.txt", *names)]


def _heading(figures: AccessFigures, words: Words) -> str:
    request = figures.request
    synthetic = f" {words('synthetic')}" if figures.info.synthetic else ""
    when = f"{request.date.isoformat()} {words(f'season.{request.season}')}"
    kind = words(f"access.kind.{request.kind}")
    return f"{figures.info.name}{synthetic} {kind} {when} {words('report.restricted')}"


def area_file(figures: AccessFigures, words: Words) -> pd.DataFrame:
    """Return one row an area of each layer: households within each band, gaps, the mean walk, E2SFCA."""
    bands = {f"within_{number}": f"within_{band:g}_min" for number, band in _numbered(figures)}
    parts = []
    for layer, areas in figures.layers.items():
        if not any(areas.index):
            continue
        homes = areas[["households", "gaps", *bands]]
        told = ~(homes.map(is_small).any(axis=1) | (homes["households"] - homes["gaps"]).map(is_small))
        shown = homes.astype(object).mask(homes.map(is_small), words("table.few"))
        means = areas[["mean_minutes", "places_per_1000"]].astype(float).round(2).where(told)
        names = areas["name"].mask(areas.index == "", words("analyse.no_area"))
        part = pd.concat([names, shown.rename(columns=bands), means], axis=1).reset_index()
        parts.append(part.assign(layer=layer))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _numbered(figures: AccessFigures) -> list[tuple[int, float]]:
    return list(enumerate((round(band, 1) for band in figures.request.bands), start=1))


def place_file(figures: AccessFigures, words: Words) -> pd.DataFrame:
    """Return the places there are with the households within a walk of each."""
    places = figures.places
    homes = places["households"]
    table = pd.DataFrame(
        {
            "name": places["name"],
            "households_within": homes.astype(object).mask(homes.map(is_small), words("table.few")),
            "lon": places.geometry.x.round(6),
            "lat": places.geometry.y.round(6),
        }
    )
    return table.reset_index()


def proposed_places(figures: AccessFigures, words: Words) -> gpd.GeoDataFrame:
    """Return the places to open in their order; gains of 1 to 9 households stand as "<10"."""
    places = figures.next.places
    gains = places[["households_gained", "households_nearest"]]
    shown = gains.astype(object).mask(gains.map(is_small), words("table.few"))
    return places.assign(**shown).assign(order=range(1, len(places) + 1))


def access_json(figures: AccessFigures) -> dict[str, object]:
    """Return the figures of the JSON object; counts from 1 to 9 households are null."""
    request, chosen = figures.request, figures.next
    homes = {name: _told(number) for name, number in figures.totals.items() if name != "places"}
    plan = None
    if chosen is not None:
        proof = chosen.proof
        known = proof.status != "infeasible"
        plan = {
            "plan": proof.status,
            "households_gained": _told(proof.value) if known else None,
            "bound_households": _told(proof.bound) if known else None,
            "gap": proof.gap if known else None,
            "places": len(chosen.places),
            "candidates": chosen.candidates,
            **{name: _told(number) for name, number in chosen.counts.items()},
        }
    return {
        "kind": request.kind,
        "minutes": request.minutes,
        "date": request.date.isoformat(),
        "season": request.season,
        "places": figures.totals["places"],
        "households": homes,
        "basis": figures.basis,
        "next": plan,
    }


def _told(number: float) -> float | None:
    return None if is_small(number) else number
