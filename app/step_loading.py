"""Loading the advices of the page of next steps: from the cache, or computed now with a bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from app import cache, state
from app.cache import open_store
from app.services import next_steps, steps_budget, steps_others, steps_recruit
from app.services.city import Report
from app.services.step_city import StepCity, load_costs, save_costs
from app.services.step_results import (
    AgreementSteps,
    BudgetSteps,
    ConsentSteps,
    CostTable,
    NextSteps,
    PartnerSteps,
    RecruitSteps,
)
from app.services.steps_others import PartnerWish
from app.services.steps_recruit import RecruitWish
from app.ui import controls, steps_costs

Advise = Callable[[StepCity, CostTable, Report], Any]


def read_costs(choices: state.Choices) -> CostTable:
    """Return what each remedy costs, fresh each time: a saved price must be seen at once."""
    return load_costs(open_store(choices.database_url))


def keep_costs(choices: state.Choices, table: CostTable, edited: dict) -> None:
    """Keep the prices as they were edited on the table that was shown."""
    stated = steps_costs.stated_costs(table, edited)
    save_costs(open_store(choices.database_url), choices.viewer, stated, table.versions)


def load_overview(choices: state.Choices, costs: CostTable) -> NextSteps:
    """Return the remedies of the city side by side."""

    def advise(city: StepCity, prices: CostTable, report: Report) -> NextSteps:
        return next_steps.load_next_steps(city, prices, progress=report)

    return _answer(choices, costs, ("overview",), advise)


def load_recruit(choices: state.Choices, costs: CostTable, *, kind: str, count: int) -> RecruitSteps:
    """Return where new watchers of a kind would help most, with the numbers up to ``count`` compared."""
    wish = RecruitWish(kind=kind, count=count, curve=True)

    def advise(city: StepCity, prices: CostTable, report: Report) -> RecruitSteps:
        return steps_recruit.recruit_steps(city, prices, wish, report)

    return _answer(choices, costs, ("recruit", kind, count), advise)


def load_partners(choices: state.Choices, costs: CostTable, *, unit: str, count: int) -> PartnerSteps:
    """Return which delivery firms and shops to sign."""
    wish = PartnerWish(count=count, unit=unit)

    def advise(city: StepCity, prices: CostTable, report: Report) -> PartnerSteps:
        return steps_others.partner_steps(city, prices, wish, report)

    return _answer(choices, costs, ("partner", unit, count), advise)


def load_agreements(
    choices: state.Choices, costs: CostTable, *, count: int, both_ways: bool
) -> AgreementSteps:
    """Return which districts should agree to help which."""

    def advise(city: StepCity, prices: CostTable, report: Report) -> AgreementSteps:
        wish = {"count": count, "both_ways": both_ways}
        return steps_others.agreement_steps(city, prices, **wish, progress=report)

    return _answer(choices, costs, ("agreement", count, both_ways), advise)


def load_consent(choices: state.Choices, costs: CostTable, *, count: int) -> ConsentSteps:
    """Return in which districts to ask for consent first."""

    def advise(city: StepCity, prices: CostTable, report: Report) -> ConsentSteps:
        store = open_store(choices.database_url)
        return steps_others.consent_steps(store, choices.viewer, city, prices, count=count, progress=report)

    return _answer(choices, costs, ("consent", count), advise)


def prices_key(costs: CostTable) -> tuple:
    """Return what an advice computed with these prices depends on."""
    return (*costs.costs["yen_per_year"].items(), *costs.costs["assumed"])


def load_budget(choices: state.Choices, costs: CostTable) -> BudgetSteps:
    """Return what each yearly budget brings."""

    def advise(city: StepCity, prices: CostTable, report: Report) -> BudgetSteps:
        return steps_budget.budget_steps(city, prices, progress=report)

    return _answer(choices, costs, ("budget",), advise)


def _answer(choices: state.Choices, costs: CostTable, asked: tuple, advise: Advise) -> Any:
    """Return one advice; a bar shows while it, or the city it asks about, is computed for the first time."""
    where = (choices.database_url, choices.info.revision, choices.viewer)
    when = {"season": choices.season, "date": choices.date}
    box = st.empty()
    with box.container():
        notice = controls.ProgressNotice(choices.words)
        answer = cache.step_answer(
            *where,
            **when,
            asked=(*asked, prices_key(costs)),
            compute=lambda: advise(cache.step_city(*where, **when, progress=notice), costs, notice),
        )
    box.empty()
    return answer
