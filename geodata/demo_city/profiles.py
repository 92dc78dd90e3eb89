"""What is known of a household that should be watched over: type, need, weight, consent, chores.

The shares are assumed, not measured; the need adds up to a little more than the watchers of the standard
city can give. ``ageing`` says how much older a household's neighbourhood is than the mean (0), in
standard deviations: older neighbourhoods have more single and frail people.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from geodata.demo_city.drawing import pick_columns

TYPES = ("single_75", "couple_75", "single_65", "care", "disability", "single_parent", "other")
TYPE_SHARES = np.array([0.30, 0.22, 0.16, 0.10, 0.08, 0.05, 0.09])
TYPE_AGEING = np.array([0.55, 0.35, 0.0, 0.30, -0.1, -0.7, -0.4])  # log share a standard deviation of ageing

VISIT_LEVELS = np.array([0.33, 0.5, 1.0, 2.0, 4.0])  # a month: 4, 6, 12, 24 and 48 a year
VISIT_CHANCES = np.array(
    [
        [0.20, 0.28, 0.34, 0.14, 0.04],
        [0.46, 0.30, 0.20, 0.04, 0.00],
        [0.42, 0.32, 0.21, 0.05, 0.00],
        [0.16, 0.22, 0.38, 0.18, 0.06],
        [0.25, 0.28, 0.32, 0.12, 0.03],
        [0.54, 0.30, 0.13, 0.03, 0.00],
        [0.54, 0.32, 0.14, 0.00, 0.00],
    ]
)
BASE_WEIGHT = np.array([1.6, 1.2, 1.2, 1.8, 1.6, 1.3, 1.0])

CONSENT_SHARES = np.array([0.02, 0.15, 0.38, 0.30, 0.15])

CHORES = ("snow", "rubbish", "shopping", "bulb", "talk")
CHORE_CHANCES = np.array(
    [
        [0.55, 0.30, 0.30, 0.25, 0.50],
        [0.40, 0.15, 0.18, 0.15, 0.20],
        [0.25, 0.10, 0.10, 0.08, 0.30],
        [0.55, 0.45, 0.40, 0.25, 0.35],
        [0.45, 0.30, 0.30, 0.20, 0.25],
        [0.15, 0.05, 0.10, 0.03, 0.25],
        [0.15, 0.08, 0.08, 0.05, 0.20],
    ]
)
KNOWN_FOR_DAYS = 8 * 365


def draw_profiles(ageing: np.ndarray, reference_date: dt.date, rng: np.random.Generator) -> pd.DataFrame:
    """Draw one profile for each value of ``ageing``.

    Returns
    -------
    pandas.DataFrame
        household_type, visits_per_month (visits), weight (1.0 to 3.0), consent (0 to 4), needs
        (";" between), valid_from (ISO date); range index.
    """
    chances = TYPE_SHARES * np.exp(np.outer(np.clip(ageing, -3, 3), TYPE_AGEING))
    kinds = pick_columns(chances, rng)
    visits = VISIT_LEVELS[pick_columns(VISIT_CHANCES[kinds], rng)]
    weight = BASE_WEIGHT[kinds] + 0.3 * np.sqrt(visits) + rng.uniform(-0.2, 0.2, len(kinds))
    since = np.datetime64(reference_date) - rng.integers(1, KNOWN_FOR_DAYS, len(kinds))
    return pd.DataFrame(
        {
            "household_type": np.array(TYPES)[kinds],
            "visits_per_month": visits,
            "weight": np.round(np.clip(weight, 1, 3), 1),
            "consent": rng.choice(len(CONSENT_SHARES), len(kinds), p=CONSENT_SHARES),
            "needs": join_words(rng.random((len(kinds), len(CHORES))) < CHORE_CHANCES[kinds], CHORES),
            "valid_from": since.astype(str),
        }
    )


def join_words(chosen: np.ndarray, words: tuple[str, ...]) -> np.ndarray:
    """Return for each row of booleans the chosen words with ";" between them."""
    codes = chosen @ (1 << np.arange(len(words)))
    phrases = [
        ";".join(word for place, word in enumerate(words) if code >> place & 1)
        for code in range(1 << len(words))
    ]
    return np.array(phrases, dtype=object)[codes]
