"""What the page of next steps says in sentences: what a plan gains, costs, and how far from the best it is.

Counts of households from 1 to 9 are held back, and what would tell them with the rest.
"""

from __future__ import annotations

import math

from app.services.step_results import (
    AgreementSteps,
    BudgetSteps,
    ConsentSteps,
    NextSteps,
    PartnerSteps,
    Proof,
    RecruitSteps,
)
from app.ui.tables import is_small, shown_count
from app.ui.text import Words
from app.ui.text.formats import amount, count

_FIGURES = ("missed", "by_room", "by_all", "remaining")


def overview_finding(overview: NextSteps, words: Words) -> str:
    """Say how many of the missed the watchers there are can take on, and how many all steps reach."""
    if not overview.missed:
        return words("next.finding.none")
    return words("next.finding", **_overview_counts(overview, words))


def overview_four(overview: NextSteps, words: Words) -> dict[str, tuple[str, str]]:
    """Return the four figures of the page with their population."""
    shown = _overview_counts(overview, words)
    populations = (overview.households, *[overview.missed] * 3)
    return {
        f"next_{name}": (shown[name], words("next.unit.of", households=few(whole, words)))
        for name, whole in zip(_FIGURES, populations, strict=True)
    }


def proof_sentence(proof: Proof, words: Words) -> str:
    """Say how far a plan can be from the best one at most."""
    if proof.status != "feasible":
        return words(f"next.proof.sentence.{proof.status}")
    more = max(proof.bound - proof.value, 0.0)
    shown = words(f"next.more.{proof.unit}", more=amount(_up(more)))
    return words("next.proof.sentence.feasible", more=shown, gap=percent_up(proof.gap))


def percent_up(gap: float) -> str:
    """Write a share as percent with one decimal, rounded up: a gap is never told smaller than it is."""
    return f"{_up(100 * gap):.1f}"


def cost_sentence(cost: float, words: Words, *, assumed: bool, hidden: bool = False) -> str:
    """Say what a plan costs a year and whether prices are assumed; ``hidden`` where it would tell a count."""
    if hidden:
        return words("next.cost.hidden")
    return words(f"next.cost.{'assumed' if assumed else 'stated'}", cost=count(cost))


def recruit_finding(found: RecruitSteps, words: Words) -> str:
    """Say what new watchers of a kind bring beyond assigning."""
    kind = words(f"kind.{found.kind}")
    if found.proof.status in ("nothing_to_do", "infeasible") or found.places.empty:
        return words("next.recruit.nothing", kind=kind)
    grown = found.after - found.without
    key = "next.recruit.finding" if grown > 0 else "next.recruit.finding.fewer"
    shown = {"without": few(found.without, words), "households": few(found.households, words)}
    return words(key, kind=kind, count=len(found.places), grown=few(grown, words), **shown)


def recruit_notes(found: RecruitSteps, words: Words) -> list[str]:
    """Return proof, cost, what was assumed, and who is still missed."""
    parts = [
        words(f"next.missed.{reason}", count=few(number, words))
        for reason, number in found.missed.items()
        if number
    ]
    return [
        proof_sentence(found.proof, words),
        cost_sentence(found.cost, words, assumed=found.assumed),
        words(
            "next.recruit.given",
            visits=amount(found.visits_per_month),
            reach=count(found.reach_m),
            candidates=count(found.candidates),
        ),
        words("next.recruit.left", parts=_listed(parts, words)) if parts else "",
    ]


def partner_finding(found: PartnerSteps, words: Words) -> str:
    """Say how many households the partners chosen notice."""
    if found.partners.empty:
        return words("next.partner.nothing")
    return words(
        "next.partner.finding",
        count=len(found.partners),
        counted=few(found.counted, words),
        noticed=few(found.noticed, words),
        enough=few(found.enough, words),
        often=amount(found.enough_per_month),
    )


def partner_notes(found: PartnerSteps, words: Words) -> list[str]:
    """Return proof, cost, and what partners cannot do."""
    note = words(
        "next.partner.note",
        candidates=count(found.candidates),
        no_candidate=few(found.no_candidate, words),
    )
    return [
        proof_sentence(found.proof, words),
        cost_sentence(found.cost, words, assumed=found.assumed),
        note,
    ]


def agreement_finding(found: AgreementSteps, words: Words) -> str:
    """Say what the agreements chosen bring."""
    chosen = int(found.pairs["order"].notna().sum())
    if not chosen:
        return words("next.agreement.nothing")
    shown = {"value": count(found.proof.value), "households": few(found.households, words)}
    return words("next.agreement.finding", count=chosen, **shown)


def agreement_notes(found: AgreementSteps, words: Words) -> list[str]:
    """Return proof, cost, and how to read the map."""
    return [
        proof_sentence(found.proof, words),
        cost_sentence(found.cost, words, assumed=found.assumed),
        words("next.agreement.note"),
    ]


def consent_finding(found: ConsentSteps, words: Words) -> str:
    """Say what asking brings, if all agree and at the response assumed."""
    if not found.asked:
        return words("next.consent.nothing")
    return words(
        "next.consent.finding",
        asked=few(found.asked, words),
        households=few(found.households, words),
        expected=few(round(found.expected_households), words),
        response=f"{100 * found.response:.0f}",
        could=few(found.could_ask_all, words),
    )


def consent_notes(found: ConsentSteps, words: Words) -> list[str]:
    """Return proof, cost, and who is not asked."""
    left = words("next.consent.note", refused=few(found.refused, words), both=few(found.both_needed, words))
    return [
        proof_sentence(found.proof, words),
        cost_sentence(found.cost, words, assumed=found.assumed, hidden=is_small(found.asked)),
        left,
    ]


def budget_finding(found: BudgetSteps, point: int, words: Words) -> str:
    """Say what one budget brings."""
    row = found.points.loc[point]
    if not row["value"] > 0:
        return words("next.budget.nothing")
    shown = {"assigned": few(found.assigned, words), "households": few(row["households"], words)}
    return words("next.budget.finding", cost=count(row["cost"]), value=count(row["value"]), **shown)


def budget_notes(found: BudgetSteps, point: int, words: Words) -> list[str]:
    """Return the proof of one point, and the remedies outside the frontier."""
    row = found.points.loc[point]
    proof = Proof(row["status"], row["value"], row["bound"], "weighted_visits")
    others = []
    for name, other in found.other.iterrows():
        small = name == "winter" and is_small(other["count"])
        if other["count"]:
            number = few(other["count"], words) if name == "winter" else count(other["count"])
            cost = words("hidden") if small else count(other["cost"])
            others.append(words(f"next.budget.other.{name}", count=number, cost=cost))
    told = words("next.budget.other", parts=_listed(others, words)) if others else ""
    return [proof_sentence(proof, words), told]


def few(number: float, words: Words) -> str:
    """Write a count of households for a planner: "<10" for 1 to 9."""
    return shown_count(number, words, hide_small=True)


def _overview_counts(overview: NextSteps, words: Words) -> dict[str, str]:
    """Write the four counts; of two that add up to a third, the other is not told beside a small one."""
    by_all, remaining = overview.watched_by_all, overview.remaining
    shown = {name: few(number, words) for name, number in (("by_all", by_all), ("remaining", remaining))}
    if is_small(by_all):
        shown["remaining"] = words("hidden")
    elif is_small(remaining):
        shown["by_all"] = words("hidden")
    return {"missed": few(overview.missed, words), "by_room": few(overview.by_room, words), **shown}


def _listed(parts: list[str], words: Words) -> str:
    return ("、" if words.language == "ja" else "; ").join(parts)


def _up(number: float) -> float:
    """Round up to one decimal; what a computer adds to a whole tenth is not counted."""
    return math.ceil(round(10 * number, 6)) / 10
