"""All remedies of the city side by side: what each brings, costs, and how far from the best it can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.agreements import AgreementAdvice, advise_agreements
from analysis.assignment import AssignmentWishes, Proposal, propose_assignment
from analysis.backups import name_backups
from analysis.budget_problem import budget_problem
from analysis.consent import ConsentAdvice, advise_consent
from analysis.openings import least_walk_visits
from analysis.recruit_problem import RecruitProblem, build_recruit_problem
from analysis.recruiting import RecruitPlan, recruit_best
from analysis.remedies import newly_watched, start_from
from analysis.remedy_costs import RemedyCosts
from analysis.walking import WalkingCosts
from app.services.city import Report
from app.services.step_city import (
    OVERVIEW,
    StepCity,
    a_month,
    load_costs,
    open_city,
    prices_of,
    save_costs,
    tell_step,
)
from app.services.step_results import REMEDIES, CostTable, NextSteps
from app.services.steps_budget import budget_steps
from app.services.steps_others import (
    PartnerWish,
    agreement_steps,
    consent_steps,
    partner_steps,
)
from app.services.steps_recruit import RecruitWish, find_places, kind_of, recruit_steps, recruits_at
from app.services.steps_start import count_winter, visits_of_proposal, watched_with

__all__ = [
    "PartnerWish",
    "RecruitWish",
    "StepsWish",
    "agreement_steps",
    "budget_steps",
    "consent_steps",
    "load_costs",
    "load_next_steps",
    "open_city",
    "partner_steps",
    "recruit_steps",
    "save_costs",
]
_COLUMNS = ("actions", "unit", "effect", "households", "visits", "cost", "price", "value", "bound", "status")
_UNITS_OF_VALUE = {"partner": "weighted_households", "backup": "weighted_households"}


@dataclass(frozen=True)
class StepsWish:
    """How many actions of each remedy are put side by side."""

    recruits: int = 10
    kind: str = "welfare_commissioner"
    agreements: int = 5
    asked: int = 100
    partners: int = 5


def load_next_steps(
    city: StepCity, costs: CostTable, wish: StepsWish = StepsWish(), progress: Report | None = None
) -> NextSteps:
    """Put all remedies side by side, cheapest for a newly watched household first.

    Assigning alone comes first; rearranging, asking, agreements and recruits are measured one by one beyond
    that, all without the rule of two watchers a household.

    Parameters
    ----------
    progress : callable, optional
        Called with each step; what it raises stops the work.
    """
    found = _Found(city, prices_of(costs), wish, progress)
    rows = pd.DataFrame(found.rows(), index=list(_COLUMNS)).T.infer_objects()
    rows = rows.reindex([name for name in REMEDIES if name in rows.index])
    graph, coverage = city.city.graph, city.city.coverage
    missed = int((coverage.households["status"] != "watched").sum())
    tell_step(progress, "together", OVERVIEW)
    together = found.watched_together() - (len(graph.households) - missed)
    return NextSteps(
        **city.about(),
        households=len(graph.households),
        missed=missed,
        by_room=int(found.rearranged.after["watched"] - found.rearranged.before["watched"]),
        watched_by_all=together,
        remaining=missed - together,
        remedies=_ranked(rows, costs),
        costs=costs.costs,
    )


class _Found:
    """The advices of the overview, each asked once."""

    def __init__(self, city: StepCity, prices: RemedyCosts, wish: StepsWish, progress: Report | None) -> None:
        self.city, self.prices, self.wish, self.progress = city, prices, wish, progress
        self.graph, coverage = city.city.graph, city.city.coverage
        self._tell("assign")
        self.assigned = propose_assignment(self.graph, coverage, AssignmentWishes(sharing="free"))
        self._tell("rearrange")
        freely = AssignmentWishes(keep="prefer", sharing="free")
        self.rearranged = propose_assignment(self.graph, coverage, freely)
        self._tell("consent")
        self.consent: ConsentAdvice = advise_consent(self.graph, count=wish.asked)
        self._tell("agreement")
        self.agreements: AgreementAdvice = advise_agreements(self.graph, count=wish.agreements)
        self._tell("recruit")
        self.recruits, self.walks = self._recruit()

    def _tell(self, step: str) -> None:
        tell_step(self.progress, step, OVERVIEW)

    def _recruit(self) -> tuple[RecruitPlan, tuple[RecruitProblem, WalkingCosts] | None]:
        kind = kind_of(self.wish.kind)
        asked = RecruitWish(kind=self.wish.kind, count=self.wish.recruits)
        places = find_places(self.city, asked, own_district=kind.own_district).places
        walks = self.city.measure(places, kind.reach_m)
        problem = build_recruit_problem(self.graph, places, walks, kind=kind)
        return recruit_best(problem, self.wish.recruits), (problem, walks)

    def rows(self) -> dict[str, tuple]:
        """Return the values of _COLUMNS by remedy."""
        rows = {
            "assign": self._assign(),
            "rearrange": self._rearrange(),
            "consent": self._consent(),
            "agreement": self._agreement(),
            "recruit": self._recruits(),
        }
        self._tell("partner")
        rows["partner"] = self._partner()
        self._tell("winter")
        return rows | {"winter": self._winter(), "backup": self._backup(), "connect": self._connect()}

    def _assign(self) -> tuple:
        plan, new = self.assigned, self.assigned.after["watched"] - self.assigned.before["watched"]
        today = plan.before["weighted_visits"]
        gain, most = plan.after["weighted_visits"] - today, plan.bound_weighted_visits - today
        served = plan.moves.loc[plan.moves["reason"] == "more_visits", "household_id"].nunique()
        cost = served * self.prices.new_assignment
        return (served, "household", "watched", new, a_month(gain), cost, "new_assignment",
                a_month(gain), a_month(most), plan.status)  # fmt: skip

    def _rearrange(self) -> tuple:
        plan, alone = self.rearranged, self.assigned.after
        gain = max(plan.after["weighted_visits"] - alone["weighted_visits"], 0.0)
        most = max(plan.bound_weighted_visits - alone["weighted_visits"], gain)
        moved = _handed_over(self.city, plan)
        new = plan.after["watched"] - alone["watched"]
        status = plan.status if most > 0 else "nothing_to_do"
        return (moved, "pair", "watched", new, a_month(gain), moved * self.prices.moved_pair, "moved_pair",
                a_month(gain), a_month(most), status)  # fmt: skip

    def _consent(self) -> tuple:
        advice, asked = self.consent, len(self.consent.households)
        return (asked, "household", "watched", advice.newly_watched, a_month(advice.value),
                asked * self.prices.ask, "ask", a_month(advice.value), a_month(advice.bound),
                advice.status)  # fmt: skip

    def _agreement(self) -> tuple:
        advice, made = self.agreements, int(self.agreements.pairs["chosen"].sum())
        return (made, "agreement", "watched", advice.households, a_month(advice.value),
                made * self.prices.agreement, "agreement", a_month(advice.value), a_month(advice.bound),
                advice.status)  # fmt: skip

    def _recruits(self) -> tuple:
        plan, found = self.recruits, len(self.recruits.chosen)
        alone = plan.without["weighted_visits"] - plan.before["weighted_visits"]
        gain, most = max(plan.value - alone, 0.0), max(plan.bound - alone, 0.0)
        new = plan.after["watched"] - plan.without["watched"]
        cost, price = found * self.prices.of_recruit(self.wish.kind), f"recruit_{self.wish.kind}"
        status = plan.status if most > 0 else "nothing_to_do"
        return (found, "watcher", "watched", new, a_month(gain), cost, price, a_month(gain), a_month(most),
                status)  # fmt: skip

    def _partner(self) -> tuple:
        wish = PartnerWish(count=self.wish.partners)
        told = partner_steps(self.city, _as_table(self.prices), wish)
        return (len(told.partners), "partner", "noticed", told.enough, np.nan, told.cost, "partner",
                told.proof.value, told.proof.bound, told.proof.status)  # fmt: skip

    def _winter(self) -> tuple:
        homes = count_winter(self.city)
        return (homes, "household", "reached", homes, np.nan, homes * self.prices.winter, "winter",
                np.nan, np.nan, "counted")  # fmt: skip

    def _backup(self) -> tuple:
        plan = name_backups(self.graph, self.city.city.coverage)
        homes = plan.backups["household_id"].nunique()
        return (len(plan.backups), "pair", "backed_up", homes, np.nan, np.nan, None,
                plan.value, plan.bound, plan.status)  # fmt: skip

    def _connect(self) -> tuple:
        seen = self.city.city.coverage.households
        apart = ((seen["status"] == "watched") & (seen["watchers"] > 0) & ~seen["connected"]).to_numpy()
        people = np.unique(seen["main_watcher"].to_numpy()[apart])
        return (len(people), "watcher", "connected", int(apart.sum()), np.nan, np.nan, None,
                np.nan, np.nan, "counted")  # fmt: skip

    def watched_together(self) -> int:
        """Return the households watched when all steps of the table are taken and all asked agree."""
        visits = visits_of_proposal(self.graph, self.rearranged)
        start, (problem, walks) = start_from(self.graph, visits), self.walks
        places = problem.candidates.loc[self.recruits.chosen["candidate_id"]]
        recruits = recruits_at(places, kind_of(self.wish.kind), walks) if len(places) else None
        together = budget_problem(self.graph, start, self.prices, recruits)
        more = least_walk_visits(together.openings, self._taken(together.actions))
        return watched_with(self.graph, visits) + int(newly_watched(start, together, more).sum())

    def _taken(self, actions: pd.DataFrame) -> np.ndarray:
        """Return which actions (A,) are steps of the table."""
        asked = self.graph.households.index.get_indexer(self.consent.households.index)
        chosen = self.agreements.pairs[self.agreements.pairs["chosen"]]
        agreed = pd.MultiIndex.from_frame(chosen[["district", "helped_district"]])
        pairs = pd.MultiIndex.from_frame(actions[["district", "helped_district"]])
        kind = actions["kind"].to_numpy()
        by_kind = {
            "ask": np.isin(actions["household"].to_numpy(), asked),
            "agreement": pairs.isin(agreed),
            "recruit": np.ones(len(actions), dtype=bool),
            "assign": np.ones(len(actions), dtype=bool),
        }
        return np.select([kind == name for name in by_kind], list(by_kind.values()), default=False)


def _handed_over(city: StepCity, plan: Proposal) -> int:
    """Return how many pairs make fewer visits than today: each is a hand-over."""
    graph = city.city.graph
    return int((visits_of_proposal(graph, plan) < graph.links["delivered_visits"].to_numpy()).sum())


def _as_table(prices: RemedyCosts) -> CostTable:
    return CostTable(prices.as_table(), {})


def _ranked(rows: pd.DataFrame, costs: CostTable) -> pd.DataFrame:
    """Return the remedies with what they cost for a household, in their rank."""
    numbers = ["visits", "cost", "value", "bound"]
    table = rows.astype(dict.fromkeys(numbers, float)).astype({"actions": int, "households": int})
    price = table.pop("price")
    table["assumed"] = [bool(costs.costs["assumed"].get(name, False)) for name in price]
    served = table["households"].where(table["households"] > 0)
    table["cost_per_household"] = table["cost"] / served
    table["value_unit"] = [_UNITS_OF_VALUE.get(name, "weighted_visits") for name in table.index]
    gap = (table["bound"] - table["value"]) / table["bound"]
    table["gap"] = gap.where(table["bound"] > 0, 0.0).where(table["bound"].notna())
    rank = pd.DataFrame({"other": table["effect"] != "watched", "cost": table["cost_per_household"]})
    order = rank.sort_values(["other", "cost"], kind="stable", na_position="last").index
    return table.loc[order].rename_axis("remedy")
