"""Who the commands act as: whoever may run them on this machine, in the role the command needs."""

from __future__ import annotations

from geodata.viewer import Viewer

_PURPOSE = "command on this machine"
OPERATOR = Viewer("command", "operator", purpose=_PURPOSE)
PLANNER = Viewer("command", "planner", purpose=_PURPOSE)


def coordinator(district: str) -> Viewer:
    """Return the viewer of commands for one district."""
    return Viewer("command", "coordinator", (district,), purpose=_PURPOSE)
