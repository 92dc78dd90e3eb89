"""Which OpenStreetMap ways are walked: one table of kinds, then what a way's own tags say.

References
----------
OpenStreetMap wiki, "Key:highway", "Key:access", "Key:foot", "Key:motorroad" and "Japan tagging": in Japan
``trunk`` is a national road, most of them with pavements, and only ``motorway`` is closed to walkers as such.
Boeing, G. (2017). OSMnx. Computers, Environment and Urban Systems 65: the kinds its ``walk`` network takes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from geodata.importers import report
from geodata.importers.cells import FALSE_WORDS

WALKED_KINDS = (
    *("footway", "path", "pedestrian", "steps", "living_street", "residential", "service", "unclassified"),
    *("road", "track", "cycleway", "bridleway", "tertiary", "tertiary_link", "secondary", "secondary_link"),
    *("primary", "primary_link", "trunk", "trunk_link"),
)
# Walked only where the way says so itself; every kind not named here (construction, proposed, corridor,
# elevator, platform, raceway …) is not walked. A road for motors only (motorroad=yes) counts among these.
KINDS_IF_SAID = ("motorway", "motorway_link", "busway", "bus_guideway")
FOOT_ALLOWED = ("yes", "designated", "permissive", "official", "destination")
CLOSED = ("no", "private", "military", "permit", "agricultural", "forestry", "emergency")
FOOT_FORBIDDEN = (*CLOSED, "use_sidepath")  # its pavement is a way of its own
SIDEWALK = ("yes", "both", "left", "right")
SIDEWALK_KEYS = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
WINTER_KEYS = ("snowplowing", "winter_service")
SHELTER_KEYS = ("tunnel", "covered")  # no snow falls there: as good as cleared
KEYS = (
    *("highway", "foot", "access", "service", "motorroad", "indoor", "area", "bridge"),
    *(*SIDEWALK_KEYS, *WINTER_KEYS, *SHELTER_KEYS),
)


def why_left_out(tags: pd.DataFrame) -> np.ndarray:
    """Say for each way why nobody walks it, or None where it is walked.

    ``foot`` decides before ``access``; a kind that is walked only where said so needs ``foot`` or a pavement.

    Parameters
    ----------
    tags : DataFrame of str
        One row a way, columns ``KEYS``, empty where the way lacks the key.

    Returns
    -------
    ndarray of object
        ``report.WAYS_NOT_WALKED``, ``report.WAYS_CLOSED`` or None.
    """
    kind, foot = tags["highway"], tags["foot"]
    said = foot.isin(FOOT_ALLOWED)
    has_sidewalk = tags[list(SIDEWALK_KEYS)].isin(SIDEWALK).any(axis=1)
    on_request = kind.isin(KINDS_IF_SAID) | (tags["motorroad"] == "yes")
    of_a_kind = kind.isin(WALKED_KINDS) & ~on_request | on_request & (said | has_sidewalk)
    indoors = ~tags["indoor"].isin(FALSE_WORDS)
    shut = tags["access"].isin(CLOSED) | (tags["service"] == "private")
    closed = foot.isin(FOOT_FORBIDDEN) | (shut & ~said)
    reasons = np.full(len(tags), None, dtype=object)
    reasons[closed] = report.WAYS_CLOSED
    reasons[~of_a_kind | indoors] = report.WAYS_NOT_WALKED
    return reasons


def is_snow_cleared(tags: pd.DataFrame) -> np.ndarray:
    """Say which ways are cleared of snow, by their own tags; a tunnel or a covered way counts as cleared."""
    cleared = (tags[list(WINTER_KEYS)] == "yes").any(axis=1)
    sheltered = ~tags[list(SHELTER_KEYS)].isin(FALSE_WORDS)
    return (cleared | sheltered.any(axis=1)).to_numpy()


def is_square(tags: pd.DataFrame) -> np.ndarray:
    """Say which ways outline a square (``area=yes``): it is walked along its outline, where streets end."""
    return (tags["area"] == "yes").to_numpy()
