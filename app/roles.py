"""What each role opens: the pages of its menu and the commands it may run as an account.

What it sees there is decided by the one door. What is not named here is nobody's: on the screen nobody opens
it, and a command is left to who runs the machine, without ``--user``.
"""

from __future__ import annotations

PAGES = {
    "council": ("published",),
    "planner": (
        *("overview", "district", "next_steps", "outlook", "scenarios", "support"),
        *("publish", "published", "rules", "data"),
    ),
    "coordinator": (
        *("overview", "district", "next_steps", "proposals", "outlook", "scenarios", "support"),
        *("who_sees", "rules", "published", "data"),
    ),
    "watcher": ("own_households", "published"),
    "administrator": ("data", "rules", "who_sees", "accounts", "publish", "published"),
    "auditor": ("trail", "rules", "published"),
}
"""Pages by role, the first one its start; a page is a file of ``app/views`` and a title in the catalogues."""
DATED_ROLES = ("planner", "coordinator")  # whose pages speak of a season and a reference date

_CITY = ("planner",)
_DISTRICT = ("coordinator",)
_BOTH = ("planner", "coordinator")
COMMANDS = {
    "access": _CITY,
    "agreements": _CITY,
    "analyse": _BOTH,
    "ask-look": ("administrator",),
    "assign": _DISTRICT,
    "audit": ("auditor",),
    "backup": (),  # whole databases: who runs the machine
    "budget": _CITY,
    "compare": _BOTH,
    "consent": _BOTH,
    "consents": ("coordinator", "administrator"),
    "demo": (),
    "disaster": ("administrator",),
    "draw-households": _CITY,
    "erase": ("administrator",),
    "handover": _DISTRICT,
    "import": ("administrator",),
    "leave": ("administrator",),
    "mask": _CITY,
    "partners": _CITY,
    "publish": ("planner", "administrator"),
    "recruit": _CITY,
    "releases": ("planner", "administrator"),
    "restore": (),
    "rounds": _DISTRICT,
    "rules": ("planner", "coordinator", "administrator", "auditor"),
    "scenario": _BOTH,
    "serve": (),
    "sheet": _BOTH,
    "successors": _DISTRICT,
    "support": _BOTH,
    "undo": _DISTRICT,
    "users": ("administrator",),
}
"""Roles by command: which accounts may run it with ``--user``."""


def may_run(role: str, command: str) -> bool:
    """Say whether an account of this role may run a command; an unknown command nobody."""
    return role in COMMANDS.get(command, ())
