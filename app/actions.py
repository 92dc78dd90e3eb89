"""What the screen changes: each a use case on the store of the choices; nothing is cached here."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.assignment_wishes import OTHER_ORGANISATION_M, AssignmentWishes
from app.cache import open_store
from app.services import handovers, proposal_making, proposal_view, proposals
from app.services.handovers import HandOverPlan
from app.services.proposal_making import Batch
from app.services.proposal_view import ProposalsView
from app.services.results import Progress
from app.state import Choices


def proposals_view(choices: Choices, district: str) -> ProposalsView:
    """Return the open proposals of a district, fresh each time: decisions must be seen at once."""
    return proposal_view.load_view(open_store(choices.database_url), choices.viewer, district)


def make_proposals(choices: Choices, wishes: dict, progress: Callable[[Progress], None]) -> Batch:
    """Make a new batch of proposals as wished; ``own_organisation`` is a yes or no here."""
    metres = OTHER_ORGANISATION_M if wishes["own_organisation"] else 0.0
    return proposal_making.propose_for_district(
        open_store(choices.database_url),
        choices.viewer,
        choices.season,
        choices.date,
        wishes=AssignmentWishes(**{**wishes, "own_organisation": metres}),
        progress=progress,
    )


def accept_proposals(choices: Choices, versions: dict[int, int], note: str | None = None) -> None:
    """Accept rows together and put them into the register from the chosen day on."""
    store = open_store(choices.database_url)
    proposals.accept(store, choices.viewer, versions, choices.date, note=note)


def accept_all(choices: Choices, versions: dict[int, int]) -> tuple[int, int]:
    """Accept every item that can be, in one edit; return how many were and how many stay open."""
    return proposals.accept_all(open_store(choices.database_url), choices.viewer, versions, choices.date)


def change_proposal(choices: Choices, versions: dict[int, int], how: dict) -> None:
    """Accept one item with another watcher or other visits."""
    proposals.change(open_store(choices.database_url), choices.viewer, versions, choices.date, **how)


def reject_proposals(choices: Choices, versions: dict[int, int], note: str | None = None) -> None:
    """Reject one item."""
    proposals.reject(open_store(choices.database_url), choices.viewer, versions, note=note)


def undo_edit(choices: Choices, edit_id: int) -> None:
    """Take one edit back."""
    proposals.undo(open_store(choices.database_url), choices.viewer, edit_id)


def own_watchers(choices: Choices, district: str) -> pd.DataFrame:
    """Return the watchers of a district one of whom may leave."""
    store = open_store(choices.database_url)
    return handovers.own_watchers(store, choices.viewer, district, choices.date)


def preview_hand_over(
    choices: Choices, watcher: str, successor: str | None, progress: Callable[[Progress], None]
) -> HandOverPlan:
    """Find who takes over from a watcher who leaves; nothing is changed."""
    store = open_store(choices.database_url)
    when = (choices.season, choices.date)
    return handovers.preview(store, choices.viewer, watcher, *when, successor=successor, progress=progress)


def do_hand_over(choices: Choices, plan: HandOverPlan) -> None:
    """Put a previewed hand-over into the register in one edit."""
    handovers.put_into_register(open_store(choices.database_url), choices.viewer, plan)


def standing_links(choices: Choices, district: str) -> tuple[pd.DataFrame, int]:
    """Return the standing main assignments of a district, and the revision they are of."""
    return proposals.load_standing(open_store(choices.database_url), choices.viewer, district, choices.date)


def lock_links(choices: Choices, ids: list[str], locked: bool, revision: int) -> None:
    """Lock or free standing links."""
    proposals.lock(open_store(choices.database_url), choices.viewer, ids, locked=locked, revision=revision)
