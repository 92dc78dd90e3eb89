"""What the scenario page changes or reads fresh: each a use case on the store of the choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from app.cache import open_store
from app.services import scenario_keeping, scenario_steps, scenarios
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
    """Add one change to a scenario as it was shown, and save it where everything it names exists."""
    store = open_store(choices.database_url)
    added = scenarios.complete_changes(store, [change])
    longer = replace(kept, changes=(*kept.changes, *added))
    return scenario_keeping.keep_scenario(store, choices.viewer, longer, reserved=baseline_names())


def remove_change(choices: Choices, kept: KeptScenario, number: int) -> KeptScenario:
    """Take one change out of a scenario as it was shown, and save it."""
    left = tuple(change for place, change in enumerate(kept.changes) if place != number)
    store, shorter = open_store(choices.database_url), replace(kept, changes=left)
    return scenarios.save_scenario(store, choices.viewer, shorter, reserved=baseline_names())


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
