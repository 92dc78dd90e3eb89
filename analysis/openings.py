"""Which actions to take first: capacitated covering by actions, each plan with the most any plan could reach.

Taking an action opens links between households that miss visits and watchers with room. With given actions
the most weighted visits are a maximum-weight flow, found exactly; which actions to take is proven by a
mixed-integer programme where the city is small, else searched, with a bound by relaxing the needs.
"""

from __future__ import annotations

from analysis.openings_choose import EXACT_LINKS, WORK, choose_actions
from analysis.openings_curve import curve
from analysis.openings_model import OpeningPlan, Openings
from analysis.openings_visits import least_walk_visits

__all__ = [
    "EXACT_LINKS",
    "WORK",
    "OpeningPlan",
    "Openings",
    "choose_actions",
    "curve",
    "least_walk_visits",
]
