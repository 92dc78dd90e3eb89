"""Keeping a scenario whose parts all exist: what could not be assessed is refused when it is saved."""

from __future__ import annotations

from analysis.scenario import apply_scenario
from app.services import scenarios
from app.services.city import read_info
from app.services.scenario_runs import Question, read_world
from app.services.scenarios import BASELINE, KeptScenario
from geodata.session import Store
from geodata.viewer import Viewer


def keep_scenario(
    store: Store, viewer: Viewer, kept: KeptScenario, *, reserved: tuple[str, ...] = (BASELINE,)
) -> KeptScenario:
    """Save a scenario that the city of its day can be changed by; return it with its new version.

    To take a change out of one that no longer fits, use ``scenarios.save_scenario``.

    Raises
    ------
    analysis.errors.ParameterError
        A watcher, household, area, street or agreement the city has not, or a change that is refused.
    geodata.errors.StoreNotReadyError
        There is nobody to watch over on the scenario's day.
    RequestError, geodata.errors.AccessRefusedError, geodata.errors.ConflictError
        As :func:`app.services.scenarios.save_scenario`.
    """
    scenarios.check_may_keep(store, viewer, kept)  # first: who may not name people learns nothing of them
    question = Question("normal", read_info(store).reference_date)
    scenario = kept.scenario()
    _, world = read_world(store, viewer, scenario, question)
    apply_scenario(world, scenario)
    return scenarios.save_scenario(store, viewer, kept, reserved=reserved)
