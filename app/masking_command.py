"""What ``mimamori mask`` does and says, and how ``import --displace`` is done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from analysis.masking import MaskRules
from app.console import Talk
from app.operators import operator
from app.services import masking
from app.services.coverage import read_info
from app.services.masking import FOR_GOOD, Hiding, MaskedCity
from app.services.results import Progress
from app.settings import Settings
from app.ui.text import Words
from app.ui.text.formats import count
from geodata.exporters import write_csv, write_geojson, write_text
from geodata.importers.dwellings import read_dwellings
from geodata.releases import fiscal_year_of


@dataclass(frozen=True)
class MaskRequest:
    """What ``mimamori mask`` was asked."""

    season: str
    date: dt.date | None
    k: int
    dwellings: Path | None
    ask: str | None


def mask(talk: Talk, settings: Settings, out: Path, request: MaskRequest) -> None:
    """Write displaced points with their figures, or ask a second person for leave to."""
    store, viewer = settings.open_store(), operator()
    info = read_info(store)
    date = request.date or info.reference_date
    if request.ask is not None:
        masking.ask_leave(store, viewer, date, request.ask)
        talk.data = {"asked": True}
        talk.say("masking.asked")
        talk.finish("asked")
        return
    hiding = Hiding(
        fiscal_year_of(date), _dwellings(request.dwellings), MaskRules(k=request.k, floor=min(10, request.k))
    )
    with talk.bar() as tell:
        found = masking.mask_city(store, viewer, request.season, date, hiding=hiding, progress=tell)
        tell(Progress("write", 0, 1))
        synthetic = f" {talk.words('synthetic')}" if info.synthetic else ""
        note = f"{info.name}{synthetic} {date.isoformat()} {talk.words('report.restricted')}"
        files = _write(out, found, note, talk.words)
    talk.data = {**vars(found.report), "source": found.source, "layers": found.errors.to_dict("index")}
    talk.lines += describe(found, talk.words)
    talk.files(files)
    talk.finish()


def hiding_for_import(dwellings: Path | None) -> Hiding:
    """Return how an import displaces: the same for good, so that no two imports can be averaged."""
    return Hiding(FOR_GOOD, _dwellings(dwellings))


def describe(found: MaskedCity, words: Words) -> list[str]:
    """Return what was reached and what it costs, in sentences."""
    report = found.report
    lines = [
        words(
            "masking.shown",
            shown=count(report.shown),
            homes=count(report.homes),
            left_out=count(report.left_out),
            below=count(report.below_k),
        ),
        words("masking.k", least=count(report.k[0]), middle=count(report.k[2])),
        words("masking.fitting", least=count(report.fitting[0]), low=count(report.fitting[1])),
        words("masking.moved", middle=count(report.moved_m[1]), most=count(report.moved_m[2])),
        words(f"masking.source.{found.source}"),
    ]
    lines += [
        words(
            "masking.error",
            layer=words(f"layer.{layer}"),
            elsewhere=f"{100 * row['elsewhere'] / max(1, row['shown']):.1f}",
            change=f"{row['largest_change']:.1f}",
        )
        for layer, row in found.errors.iterrows()
    ]
    return lines if report.shown else lines[:1]


def _dwellings(file: Path | None):
    return None if file is None else read_dwellings(file)


def _write(out: Path, found: MaskedCity, note: str, words: Words) -> list[Path]:
    points = out / "points.geojson"
    write_geojson(points, found.points, note=note)
    errors = out / "errors.csv"
    write_csv(errors, found.errors.reset_index().assign(handling=note))
    about = out / "READ_ME.txt"
    write_text(about, "\n".join([note, *describe(found, words), words("masking.never_public"), ""]))
    return [about, points, errors]
