"""What the scenario page changes or reads fresh: each a use case on the store of the choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.cache import open_store
from app.services import scenario_steps, scenarios
from app.services.results import Progress
from app.services.scenario_runs import Question
from app.services.scenario_steps import ScenarioSteps
from app.services.scenarios import KeptScenario
from app.state import Choices
from app.ui.scenario_findings import baseline_names


def list_scenarios(choices: Choices) -> dict[str, KeptScenario]:
    """Return the scenarios by name, fresh each time; the baseline first."""
    return scenarios.list_scenarios(open_store(choices.database_url), choices.viewer)


def add_change(choices: Choices, kept: KeptScenario, change: Mapping[str, object]) -> KeptScenario:
    """Add one change to a scenario as it was shown, and save it."""
    added = scenarios.complete_changes(open_store(choices.database_url), [change])
    return _save(choices, replace(kept, changes=(*kept.changes, *added)))


def remove_change(choices: Choices, kept: KeptScenario, number: int) -> KeptScenario:
    """Take one change out of a scenario as it was shown, and save it."""
    left = tuple(change for place, change in enumerate(kept.changes) if place != number)
    return _save(choices, replace(kept, changes=left))


def end_scenario(choices: Choices, kept: KeptScenario) -> None:
    """End a scenario as it was shown."""
    scenarios.end_scenario(open_store(choices.database_url), choices.viewer, kept)


def propose(
    choices: Choices, kept: KeptScenario, district: str, progress: Callable[[Progress], None]
) -> ScenarioSteps:
    """Keep the proposals of a district that follow from a scenario."""
    return scenario_steps.propose_scenario(
        open_store(choices.database_url),
        choices.viewer,
        kept,
        Question(choices.season, choices.date),
        district=district,
        progress=progress,
    )


def _save(choices: Choices, kept: KeptScenario) -> KeptScenario:
    store, reserved = open_store(choices.database_url), baseline_names()
    return scenarios.save_scenario(store, choices.viewer, kept, reserved=reserved)
