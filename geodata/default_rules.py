"""The rules a new store begins with: the matrix of the privacy rules, on the ground of consent alone.

They are rows as the city's own file has them (see :mod:`geodata.importers.sharing_rules`); the city proposes
and approves its own in their place.
"""

from __future__ import annotations

from typing import Any

_EVERYTHING = ("household", "type", "needs", "assignment")
_LEVELS = {
    "welfare_commissioner": 2,
    "community_promoter": 3,
    "neighbour": 3,
    "casual_volunteer": 4,
    "student": 4,
    "npo": 4,
    "company": 4,
}
_OF_ALL_ASSIGNED = ("household", "type", "assignment")
_IN_A_DISASTER = ("coordinator", "welfare_commissioner")


def default_rules() -> list[dict[str, Any]]:
    """Return the rows: rule_id, recipient, item, area, phase, basis, article and least_level."""
    rows = [_rule("coordinator", item, "own_district", 2) for item in _EVERYTHING]
    for kind, level in _LEVELS.items():
        rows.append(_rule(kind, "visit", "own_district", level))
        items = _EVERYTHING if kind == "welfare_commissioner" else _OF_ALL_ASSIGNED
        rows += [_rule(kind, item, "own_assigned", level) for item in items]
    rows += [
        _rule(who, item, area, 0, disaster=True)
        for who, area in zip(_IN_A_DISASTER, ("own_district", "own_assigned"), strict=True)
        for item in _EVERYTHING
    ]
    return rows


def _rule(recipient: str, item: str, area: str, level: int, *, disaster: bool = False) -> dict[str, Any]:
    return {
        "rule_id": f"{'D' if disaster else 'N'}-{recipient}-{item}",
        "recipient": recipient,
        "item": item,
        "area": area,
        "purpose": "any",
        "phase": "disaster" if disaster else "ordinary",
        "basis": "49-11-3" if disaster else "consent",
        "article": "49-11-3" if disaster else None,
        "least_level": level,
        "media": "screen;paper;file",
    }
