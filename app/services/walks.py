"""How this program measures walking: one set of rules, and what a walk or a reach in minutes is in metres."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.street import WalkingRules

RULES = WalkingRules()


def effective_reach(watchers: pd.DataFrame) -> pd.Series:
    """Return each watcher's reach in equivalent flat metres: the smaller of ``reach_m`` and ``reach_min``.

    Of two one of which is missing the other counts; NaN where both are.
    """
    metres, minutes = (
        watchers[name].to_numpy(dtype=float, na_value=np.nan) for name in ("reach_m", "reach_min")
    )
    return pd.Series(np.fmin(metres, RULES.metres_of(minutes)), index=watchers.index, name="reach_m")


def walk_minutes(cost_m: float) -> float:
    """Return how many minutes a walk of so many equivalent flat metres takes."""
    return float(RULES.minutes_of(cost_m))
