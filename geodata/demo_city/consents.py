"""Consent records of some households, and one rule the city is asked to take; both made up.

A record says what the household's own row says already, so that no figure of the city depends on it.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from geodata.demo_city.plan import CityPlan

RECORDS = 36
RULE = {
    "rule_id": "N-community_promoter-needs",
    "recipient": "community_promoter",
    "item": "needs",
    "least_level": 3,
    "area": "own_assigned",
    "basis": "consent",
    "media": "screen",
}
_YEARS = 5  # a form signed now holds as long
_ASKED_WITHIN_DAYS = 300


def draw_consents(households: pd.DataFrame, plan: CityPlan) -> pd.DataFrame:
    """Return what some households answered, in order of their ids.

    Level 0 is a refusal, 1 no answer, 2 and more a yes with its form and last day.
    """
    rng = plan.generator("consents")
    chosen = np.sort(rng.choice(len(households), min(RECORDS, len(households)), replace=False))
    of = households.iloc[chosen]
    level = of["consent"].to_numpy()
    days = rng.integers(1, _ASKED_WITHIN_DAYS, len(of))
    said_yes = level >= 2
    asked_on = [plan.reference_date - dt.timedelta(days=int(number)) for number in days]
    last = dt.date(plan.reference_date.year + _YEARS, 3, 31)
    return pd.DataFrame(
        {
            "household_id": of["household_id"].to_numpy(),
            "asked_on": asked_on,
            "answer": np.select([level == 0, said_yes], ["no", "yes"], "none"),
            "level": level,
            "form": [f"D-{number:04d}" if yes else "" for number, yes in enumerate(said_yes, start=1)],
            "valid_to": [last if yes else None for yes in said_yes],
        }
    )


def proposed_rules() -> pd.DataFrame:
    """Return the rule that waits for a second person: community promoters may know needs."""
    return pd.DataFrame([RULE])
