"""The plain sentences that open a page or sheet, made from the figures."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.frames import VISITS_PER_YEAR
from app.services.cells import MeshFigures
from app.services.results import CityFigures, DistrictView, HouseholdView
from app.ui.marks import LEAST_SHOWN
from app.ui.tables import is_small, main_reason, shown_count, shown_share
from app.ui.text import Words
from app.ui.text.formats import amount, count, day, share


def city_finding(figures: CityFigures, words: Words) -> str:
    """Say how many households of the city are watched, why others are not, and what moving brings."""
    text = _finding(figures.info.name, figures.totals, words, hide_small=True)
    closable = figures.counts.get("closable_households", 0)
    if closable < LEAST_SHOWN:
        return text
    return text + words("common.gap") + words("finding.closable", count=count(closable))


def district_finding(view: DistrictView, words: Words) -> str:
    """Say the same of one district; exact where the viewer may see its households."""
    return _finding(view.name, view.figures, words, hide_small=view.counts_only)


def household_finding(view: HouseholdView, words: Words) -> str:
    """Say how one household stands and the next step for it."""
    text = words("household.finding", id=view.household_id, status=words(f"status.{view.status}"))
    if view.gap_class is None:
        return text
    remedy = words(
        "household.weak" if view.status == "watched" else "household.remedy",
        reason=words(f"gap.{view.gap_class}"),
        remedy=words(f"remedy.{view.gap_class}"),
    )
    level = words("household.consent", level=view.consent_needed) if view.consent_needed is not None else ""
    others = words("common.and").join(view.neighbour_districts)
    districts = words("household.neighbours", names=others) if others else ""
    more = [name for name in view.gap_classes if name != view.gap_class]
    reasons = words("common.and").join(words(f"gap.{name}") for name in more)
    also = words("household.also", reasons=reasons) if more else ""
    return text + remedy + level + districts + also + _proof(view, words)


def _proof(view: HouseholdView, words: Words) -> str:
    """Say the theorem behind a want of room: how many households share how few watchers."""
    if view.tight_set is None or view.gap_class not in ("capacity", "unassigned"):
        return ""
    proof = view.tight_set
    if not proof["watchers"]:
        return words("household.barred")
    names = words("common.and").join(proof["watcher_ids"])
    before = words("household.short_of_room") if view.gap_class == "unassigned" else ""
    return before + words(
        "household.tight_set",
        names=words("household.names", names=names) if names else "",
        need=amount(proof["need_visits"] / VISITS_PER_YEAR),
        room=amount(proof["room_visits"] / VISITS_PER_YEAR),
        **{name: count(proof[name]) for name in ("households", "watchers", "at_least_unwatched")},
    )


def area_finding(row: Mapping[str, float], words: Words, *, hide_small: bool) -> str:
    """Say the same of one area of a layer, from its counts."""
    return _finding(str(row["name"]), row, words, hide_small=hide_small)


def data_finding(figures: CityFigures, words: Words) -> str:
    """Say what the store holds."""
    info = figures.info
    return words(
        "data.finding",
        name=info.name,
        households=count(figures.totals["households"]),
        watchers=count(figures.counts["watchers_in_office"]),
        day=day(figures.date, words.language),
    )


def four_figures(
    figures: Mapping[str, float], words: Words, *, hide_small: bool
) -> dict[str, tuple[str, str]]:
    """Return the page's four figures by name, each with the population it is a share or count of."""
    households, watched = figures["households"], figures["watched"]
    missed = households - watched
    held = hide_small and (is_small(missed) or is_small(watched))
    few = words("hidden")
    weighted = few if held else share(figures["need_watched"], figures["need"])
    return {
        "watched": (few if held else share(watched, households), words("unit.of_households")),
        "need_watched": (weighted, words("unit.of_need")),
        "backed_up": (
            shown_share(figures["backed_up"], households, words, hide_small=hide_small),
            words("unit.of_households"),
        ),
        "missed": (
            few if held and not is_small(missed) else shown_count(missed, words, hide_small=hide_small),
            words("unit.count_of_households"),
        ),
    }


def data_figures(figures: CityFigures, words: Words) -> dict[str, tuple[str, str]]:
    """Return how much is loaded: households, watchers, vacant posts, areas."""
    counts = figures.counts
    areas = sum(code != "" for code in figures.layers["community"].index)
    return {
        "households": (count(figures.totals["households"]), words("unit.count_of_households")),
        "watchers": (count(counts["watchers_in_office"]), words("unit.watchers")),
        "vacant": (count(counts["watchers_vacant"]), words("unit.posts")),
        "areas": (count(areas), words("layer.community")),
    }


def mesh_note(mesh: MeshFigures, words: Words) -> str:
    """Say how many cells are left out and the households in them, and how to read a map without names."""
    left_out = ""
    if mesh.cells_left_out:
        households = shown_count(mesh.counts.loc["", "households"], words, hide_small=True)
        left_out = words("areas.cells_left_out", cells=count(mesh.cells_left_out), households=households)
    return left_out + words("common.gap") + words("areas.small_shapes")


def terms_over_note(figures: CityFigures, words: Words) -> str:
    """Say that watchers whose term is over by a later date count as gone; nothing where there is none."""
    number = figures.counts.get("terms_over", 0)
    return words("finding.terms_over", count=count(number)) if number else ""


def basis_note(figures: CityFigures, words: Words) -> str:
    """Say how distances were measured."""
    if figures.basis == "streets":
        return words("basis.streets")
    return words("basis.straight_line", factor=figures.detour_factor)


def _finding(name: str, figures: Mapping[str, float], words: Words, *, hide_small: bool) -> str:
    households, watched = figures["households"], figures["watched"]
    missed = households - watched
    if not households:
        return words("finding.nobody", name=name)
    if hide_small and is_small(households):
        return words("finding.too_few", name=name)
    if not missed:
        return words("finding.all", name=name, households=count(households))
    few = shown_count(missed, words, hide_small=hide_small)
    if hide_small and is_small(watched):
        text = words(
            "finding.few_watched", name=name, households=count(households), watched=words("table.few")
        )
    elif hide_small and few != count(missed):
        text = words("finding.few", name=name, households=count(households), missed=few)
    else:
        text = words(
            "finding.some",
            name=name,
            households=count(households),
            watched=count(watched),
            share=share(watched, households),
            missed=few,
        )
    reason = main_reason(figures, hide_small=hide_small)
    return text + (words("finding.reason", reason=words(f"gap.{reason}")) if reason else "")
