"""Proposals as sentences and tables, and the map of a chosen one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import folium
import geopandas as gpd
import pandas as pd

from app.services.handovers import HandOverPlan
from app.services.proposal_making import Batch
from app.services.proposal_view import ProposalsView
from app.services.scenarios import without_names
from app.ui import map_parts
from app.ui.assets import frame_links
from app.ui.escaping import for_html
from app.ui.scenario_findings import describe_change
from app.ui.tables import shown_walk
from app.ui.text import Words
from app.ui.text.formats import amount, count, day

_HOME = {"color": "#d55e00", "radius": 9}
_WATCHER = {"color": "#333333", "radius": 7}
_LINE = {"color": "#0072b2", "weight": 3.0}
_BORDER = {"color": "#333333", "weight": 1.1, "opacity": 1.0}
_MARGIN_DEG = 0.002


def proposals_finding(view: ProposalsView, words: Words) -> str:
    """Say how many households have an open proposal, and how many were decided."""
    households = view.links["item"].nunique()
    if not households and not view.hidden:
        return words("proposals.finding.none")
    accepted = view.counts.get("accepted", 0) + view.counts.get("changed", 0)
    return words(
        "proposals.finding",
        open=count(households),
        accepted=count(accepted),
        rejected=count(view.counts.get("rejected", 0)),
    )


def batch_finding(batch: Batch, words: Words) -> str:
    """Say what a new batch brings, how sure it is that nothing is better, and whose locks were left out."""
    said = _found(batch, words)
    if batch.dead_locks:
        names = words("common.and").join(batch.dead_locks)
        said.append(words("proposals.dead_locks", watchers=names))
    return ("" if words.language == "ja" else " ").join(said)


def _found(batch: Batch, words: Words) -> list[str]:
    if batch.status == "infeasible":
        return [words("proposals.infeasible")]
    if batch.status == "nothing_to_do" and not batch.items:
        return [words("proposals.nothing")]
    proof = words("proposals.proof.best")
    if batch.gap > 0:
        proof = words("proposals.proof.gap", gap=f"{100 * batch.gap:.2f} %")
    figures = {"before": batch.before["watched"], "after": batch.after["watched"]}
    shown = {name: count(number) for name, number in figures.items()}
    made = words("proposals.made", households=count(batch.before["households"]), proof=proof, **shown)
    losses = [
        words(f"proposals.loss.{what}", count=count(number))
        for what, number in sorted(batch.losses.items())
        if number and words.has(f"proposals.loss.{what}")
    ]
    backed = {"before": count(batch.before["backed_up"]), "after": count(batch.after["backed_up"])}
    return [made, words("proposals.made.backed", **backed), *losses]


def item_rows(view: ProposalsView, words: Words) -> pd.DataFrame:
    """Return the open rows in words, in the index of ``view.links``."""
    rows = view.links
    return pd.DataFrame(
        {
            words("column.household_id"): rows["household_id"],
            words("proposals.column.what"): [_what(row, words) for _, row in rows.iterrows()],
            words("column.watcher_id"): rows["watcher_id"],
            words("column.walk"): [shown_walk(detail["cost_m"], words) for detail in rows["detail"]],
            words("proposals.column.visits"): [_visits(row, words) for _, row in rows.iterrows()],
            words("proposals.column.why"): [_why(detail, words) for detail in rows["detail"]],
        },
        index=rows.index,
    )


def _what(row: pd.Series, words: Words) -> str:
    return words(f"proposals.what.{'backup' if row['role'] == 'backup' else row['action']}")


def _visits(row: pd.Series, words: Words) -> str:
    """Write the visits a month before and after; a backup makes none until it steps in."""
    if row["role"] == "backup":
        return words("hidden")
    return f"{amount(row['detail']['before'])} → {amount(row['visits_per_month'])}"


def _why(detail: dict, words: Words) -> str:
    is_new = detail["newly_watched"] and detail["reason"] == "more_visits"
    why = words(f"proposals.why.{'newly_watched' if is_new else detail['reason']}")
    return why + words("proposals.why.rejected_before") if detail.get("rejected_before") else why


def made_for(view: ProposalsView, words: Words) -> list[str]:
    """Say for which days and seasons the open proposals were made, each once."""
    asked = {(detail["date"], detail["season"]): None for detail in view.links["detail"] if "date" in detail}
    return [
        words(
            "proposals.made_for",
            day=day(dt.date.fromisoformat(date), words.language),
            season=words(f"season.{season}"),
        )
        for date, season in asked
    ]


def batch_name(batch: pd.DataFrame, words: Words) -> str:
    """Name a batch of open links by the scenario it follows from; an empty text without one."""
    scenario = batch["detail"].iloc[0].get("scenario")
    return "" if scenario is None else words("proposals.batch.scenario", name=scenario)


def step_line(step: pd.Series, names: Mapping[str, str], words: Words) -> str:
    """Say one step and the scenario that supposes it; ``names`` of the community districts by code."""
    return words(
        "proposals.step.line",
        change=describe_change(without_names(step["detail"]["change"]), names, words),
        name=step["detail"]["scenario"],
    )


def loads(view: ProposalsView, words: Words) -> pd.DataFrame:
    """Return the room of each watcher concerned, the tightest first, with a mark where it is exceeded."""
    left = view.loads["room"] - view.loads["taken"] - view.loads["asked"]
    table = view.loads.assign(left=left).sort_values("left").round(2) + 0.0
    table = table[["room", "taken", "asked", "left"]]
    table = table.rename(columns={name: words(f"proposals.column.{name}") for name in table})
    table.insert(0, words("column.watcher_id"), table.index)
    over = left.reindex(table.index) < -1e-6
    return table.assign(**{words("column.state"): over.map({True: words("proposals.over"), False: ""})})


def edit_line(edit: pd.Series, words: Words) -> str:
    """Write one edit: when (Japan's clock), what, how many rows, and whether it was taken back."""
    at = edit["at"].replace(tzinfo=dt.UTC).astimezone(ZoneInfo("Asia/Tokyo"))
    line = words(
        "proposals.edit.line",
        at=f"{at:%Y-%m-%d %H:%M}",
        act=words(f"proposals.act.{edit['act']}"),
        rows=count(edit["rows"]),
    )
    return line if pd.isna(edit["undone"]) else line + words("proposals.edit.undone")


def watcher_option(one: dict, words: Words) -> str:
    """Write a watcher to choose: id, kind, walk and room when the proposals were made."""
    return words(
        "proposals.watcher_option",
        id=one["watcher_id"],
        kind=words(f"kind.{one['kind']}"),
        walk=shown_walk(one["cost_m"], words),
        room=amount(one["room"]),
    )


def standing_links(links: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Return who visits whom today, how often it was agreed, and which links are locked."""
    marks = {True: words("proposals.lock.locked"), False: ""}
    return pd.DataFrame(
        {
            words("column.household_id"): links["household_id"],
            words("column.watcher_id"): links["watcher_id"],
            words("proposals.column.visits"): links["visits_per_month"].astype(float).round(2),
            words("proposals.lock.column"): links["locked"].astype(bool).map(marks),
        }
    )


def watcher_line(name: str, watcher: pd.Series, words: Words) -> str:
    """Write a watcher of the district: id, kind, end of the term and year of birth where they are known."""
    facts = [words(f"kind.{watcher['kind']}")]
    if not pd.isna(watcher["term_end"]):
        facts.append(words("proposals.handover.term", day=str(watcher["term_end"])))
    if not pd.isna(watcher["birth_year"]):
        facts.append(words("proposals.handover.born", year=int(watcher["birth_year"])))
    return words("proposals.handover.option", id=name, facts=words("common.and").join(facts))


def hand_over_finding(plan: HandOverPlan, words: Words) -> str:
    """Say how many households are taken over by how many, what is left, and how sure that is."""
    found = plan.found
    taken = found.moves[found.moves["tie"].notna()]
    if found.status == "nothing_to_do":
        return words("proposals.handover.none")
    sentence = words(
        "proposals.handover.done",
        taken=count(taken["household_id"].nunique()),
        people=count(taken["watcher_id"].nunique()),
        unplaced=count(found.unplaced["household_id"].nunique()),
        backups=count(len(found.ended_backups)),
        before=count(found.before["watched"]),
        after=count(found.after["watched"]),
    )
    if found.gap > 0:
        return sentence + words("proposals.handover.gap", gap=f"{100 * found.gap:.2f} %")
    return sentence + words("proposals.proof.best")


def hand_over_moves(plan: HandOverPlan, words: Words) -> pd.DataFrame:
    """Return who takes over which household, and why this one."""
    moves = plan.moves
    return pd.DataFrame(
        {
            words("column.household_id"): moves["household_id"],
            words("proposals.handover.to"): moves["watcher_id"],
            words("proposals.column.then"): moves["visits_per_month"].round(2),
            words("column.walk"): [shown_walk(cost, words) for cost in moves["cost_m"]],
            words("proposals.column.why"): [words(f"proposals.tie.{tie}") for tie in moves["tie"]],
        }
    )


def hand_over_unplaced(plan: HandOverPlan, words: Words) -> pd.DataFrame:
    """Return the visits nobody takes over, and why."""
    unplaced = plan.unplaced
    return pd.DataFrame(
        {
            words("column.household_id"): unplaced["household_id"],
            words("proposals.handover.left"): unplaced["visits_per_month"].round(2),
            words("proposals.column.why"): [words(f"proposals.unplaced.{why}") for why in unplaced["why"]],
        }
    )


def item_map(
    view: ProposalsView, item: pd.DataFrame, districts: gpd.GeoDataFrame, *, words: Words
) -> folium.Map:
    """Return the map of one item: the household, the watchers named, lines between them, district borders."""
    home = view.households.geometry[item["household_id"].iloc[0]]
    named = view.watchers.loc[view.watchers.index.isin(item["watcher_id"])]
    named = named[named.geometry.notna()]
    points = gpd.GeoSeries([home, *named.geometry], crs=view.households.crs)
    west, south, east, north = points.total_bounds
    bounds = (west - _MARGIN_DEG, south - _MARGIN_DEG, east + _MARGIN_DEG, north + _MARGIN_DEG)
    page = map_parts.base_map(bounds, frame_links(), words, wheel_zooms=False)
    map_parts.outlines(districts.geometry, _BORDER).add_to(page)
    for name, place in named.geometry.items():
        folium.PolyLine([(home.y, home.x), (place.y, place.x)], **_LINE).add_to(page)
        _mark(place, str(name), _WATCHER).add_to(page)
    _mark(home, str(item["household_id"].iloc[0]), _HOME).add_to(page)
    return page


def _mark(place: object, text: str, style: dict) -> folium.CircleMarker:
    tip = folium.Tooltip(for_html(text), permanent=True)
    return folium.CircleMarker((place.y, place.x), fill=True, fill_opacity=0.9, tooltip=tip, **style)
