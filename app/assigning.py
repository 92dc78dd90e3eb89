"""What ``mimamori assign`` does: propose, write the files, say what is proven, gained and lost; apply."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from analysis.assignment import AssignmentWishes, Proposal
from analysis.assignment_wishes import OTHER_ORGANISATION_M
from app.asking import find_asker
from app.console import Talk
from app.services import assignments, coverage
from app.services.errors import RequestError
from app.services.trail import record_files
from app.settings import Settings
from app.ui.text.formats import amount, count
from geodata.exporters import write_csv


@dataclass(frozen=True)
class AssignRequest:
    """What ``mimamori assign`` was asked."""

    district: str | None
    wishes: AssignmentWishes
    apply: bool
    season: str
    date: dt.date | None


def read_wishes(locks: tuple[str, ...], *, own_organisation: bool, **wishes: object) -> AssignmentWishes:
    """Return the wishes of the options of a command; ``locks`` as watcher:household.

    Raises
    ------
    RequestError
        A lock without a colon.
    analysis.errors.ParameterError
        An option out of range.
    """
    wrong = [lock for lock in locks if lock.count(":") != 1]
    if wrong:
        raise RequestError(f"Expected --lock watcher:household, got {wrong[0]!r}. Write both ids.")
    pairs = frozenset(tuple(reversed(lock.split(":"))) for lock in locks)
    metres = OTHER_ORGANISATION_M if own_organisation else 0.0
    return AssignmentWishes(locked=pairs, own_organisation=metres, **wishes)


def assign(talk: Talk, settings: Settings, out: Path, request: AssignRequest) -> None:
    """Propose the best assignment; with ``apply`` put it into the register."""
    store = settings.open_store()
    info = coverage.read_info(store)
    district, viewer = find_asker(store, request.district)
    with talk.bar() as progress:
        plan = assignments.propose(
            store,
            viewer,
            request.season,
            request.date or info.reference_date,
            wishes=replace(request.wishes, district=district),
            progress=progress,
        )
    told, hidden = assignments.households_told(store, viewer, plan)
    record_files(store, viewer, "assignment", sorted(told), filters={"district": district})
    files = _write_files(plan, told, out)
    talk.data = _figures(plan.proposal) | {
        "locks_left_out": len(plan.dead_locks),
        "hidden_households": hidden,
    }
    _tell(talk, plan.proposal)
    if hidden:
        talk.say("command.assign.hidden", count=count(hidden))
    if len(plan.dead_locks):
        talk.say("command.assign.dead_locks", count=count(len(plan.dead_locks)))
    changes = talk.data["moves"] + talk.data["backups"]
    if request.apply and changes:
        revision = assignments.apply_plan(store, viewer, plan)
        talk.data |= {"applied": True, "revision": revision}
        talk.say("command.assign.applied", revision=revision)
    elif changes:
        talk.say("command.assign.proposed")
    talk.files(files)
    talk.finish()


def _write_files(plan: assignments.AssignmentPlan, told: frozenset[str], out: Path) -> list[Path]:
    """Write the moves; backups, losses and locks that do not fit where there are any, else no file stays.

    Only of households in ``told``.
    """
    out.mkdir(parents=True, exist_ok=True)
    proposal = plan.proposal
    tables = {
        "moves.csv": _with_chains(proposal).round({"visits_per_month": 2, "cost_m": 0}),
        "backups.csv": pd.DataFrame() if proposal.backups is None else proposal.backups.backups.round(0),
        "lost.csv": proposal.lost,
        "conflicts.csv": pd.concat([proposal.conflicts, plan.dead_locks], ignore_index=True),
    }
    written = []
    for name, whole in tables.items():
        table = whole[whole["household_id"].isin(told)] if len(whole) else whole
        if name == "moves.csv" or len(table):
            write_csv(out / name, table)
            written.append(out / name)
        else:
            (out / name).unlink(missing_ok=True)
    return written


def _with_chains(proposal: Proposal) -> pd.DataFrame:
    """Return the moves; of a household newly watched also how many moves that takes (``moves_in_all``)."""
    moves = proposal.newly_watched["moves"].reindex(proposal.moves["household_id"])
    return proposal.moves.assign(moves_in_all=moves.astype("Int64").array)


def _figures(proposal: Proposal) -> dict[str, object]:
    """Return the figures of the JSON object."""
    newly, lost = proposal.newly_watched, proposal.lost["what"].value_counts()
    return {
        "proposal": proposal.status,
        "reason": proposal.reason,
        "moves": len(proposal.moves),
        "before": proposal.before,
        "after": proposal.after,
        "bound_weighted_visits": proposal.bound_weighted_visits,
        "gap": proposal.gap,
        "price_m": proposal.price_m,
        "bound_price_m": proposal.bound_price_m,
        "new_shares": proposal.new_shares,
        "newly_watched": len(newly),
        "newly_watched_by_adding_only": int((newly["handed_over"] == 0).sum()),
        "most_moves_for_one": int(newly["moves"].max()) if len(newly) else 0,
        "links_ended": int(lost.get("link_ended", 0)),
        "main_watcher_changed": int(lost.get("main_changed", 0)),
        "backup_lost": _households_losing_backup(proposal),
        "backups": 0 if proposal.backups is None else len(proposal.backups.backups),
        "without_backup": 0 if proposal.backups is None else len(proposal.backups.without),
        "without_backup_because": _counts_of_reasons(proposal),
        "conflicts": len(proposal.conflicts),
        "applied": False,
    }


def _counts_of_reasons(proposal: Proposal) -> dict[str, int]:
    """Return how many households stay without a backup, by reason."""
    if proposal.backups is None:
        return {}
    return {reason: int(number) for reason, number in proposal.backups.without["why"].value_counts().items()}


def _households_losing_backup(proposal: Proposal) -> int:
    lost = proposal.lost
    return int(lost.loc[lost["what"] == "backup_lost", "household_id"].nunique())


def _tell(talk: Talk, proposal: Proposal) -> None:
    """Say what came of it: the counts with their proof, what is gained, what is lost."""
    told = talk.data
    if proposal.status in ("infeasible", "nothing_to_do"):
        talk.say(f"command.assign.{proposal.status}.{proposal.reason}", count=count(told["conflicts"]))
        return
    watched = {"before": count(proposal.before["watched"]), "after": count(proposal.after["watched"])}
    talk.say("command.assign.done", moves=count(told["moves"]), proof=_proof(talk, proposal), **watched)
    if told["newly_watched"]:
        chained = told["newly_watched"] - told["newly_watched_by_adding_only"]
        talk.say(
            "command.assign.newly",
            count=count(told["newly_watched"]),
            added=count(told["newly_watched_by_adding_only"]),
            chained=count(chained),
            most=told["most_moves_for_one"],
        )
    if told["backups"] or told["without_backup"]:
        talk.say(
            "command.assign.backups", count=count(told["backups"]), without=count(told["without_backup"])
        )
    if len(proposal.lost):
        talk.say(
            "command.assign.lost",
            ended=count(told["links_ended"]),
            changed=count(told["main_watcher_changed"]),
            backups=count(told["backup_lost"]),
        )


def _proof(talk: Talk, proposal: Proposal) -> str:
    """Return the sentence that says how far from the best possible the plan can be at most."""
    if proposal.gap > 0:
        return talk.words("command.assign.proof.gap", gap=_at_most(proposal.gap))
    proof = talk.words(f"command.assign.proof.{proposal.wishes.keep}")
    if proposal.status == "optimal":
        return proof
    return proof + talk.words("command.assign.proof.price", gap=_at_most(proposal.price_gap))


def _at_most(gap: float) -> str:
    """Write a share as a percentage rounded up to two decimals: it is a bound."""
    return f"{amount(math.ceil(round(10_000 * gap, 6)) / 100)} %"
