"""Colours, marks and class limits: the same meaning on every screen (look.md of the project)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.frames import SHARE_BREAKS_PERCENT

SHARE_LIMITS = tuple(percent / 100 for percent in SHARE_BREAKS_PERCENT)
SHARE_COLOURS = ("#fef0d9", "#fdcc8a", "#fc8d59", "#e34a33", "#b30000")
HIDDEN_COLOUR = "#eeeeee"
REMEDY_COLOURS = {"act": "#009e73", "ask": "#56b4e9", "recruit": "#d55e00", "strengthen": "#e69f00"}
CHANGE_COLOURS = {
    "loses_much": "#b2182b",
    "loses": "#f4a582",
    "about_equal": "#f7f7f7",
    "gains": "#92c5de",
    "gains_much": "#2166ac",
}
CLUSTER_COLOURS = {
    "hot": "#b30000",
    "hot_outlier": "#fc8d59",
    "cold": "#0072b2",
    "cold_outlier": "#92c5de",
    "chance": "#f6f6f4",
    "untested": "#d4d4d4",
}
CLUSTER_SIGNS = {"hot": "▲", "hot_outlier": "△", "cold": "▼", "cold_outlier": "▽"}  # beside the colour
PASSIVE_KINDS = ("delivery_firm", "shop")
MISSED_CLASSES = ("unassigned", "rebalance", "consent", "neighbour_district", "capacity", "season", "reach")
WEAK_CLASSES = ("disconnected", "fragile")
LEAST_SHOWN = 10  # a count from 1 to 9 is shown as "<10" to those who may see counts only


def missed_share(figures: pd.DataFrame) -> pd.Series:
    """Return the share of households not watched, 0 to 1; NaN where there are no households."""
    households = figures["households"].astype(float)
    return ((households - figures["watched"]) / households.where(households > 0)).rename("missed_share")


def share_class(shares: pd.Series) -> pd.Series:
    """Return the class 0 to 4 of each share; -1 where there is none. A limit belongs to the class above."""
    classes = pd.Series(np.searchsorted(SHARE_LIMITS, shares.to_numpy(), side="right"), index=shares.index)
    return classes.where(shares.notna(), -1)
