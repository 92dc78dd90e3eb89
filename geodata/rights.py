"""What a role may do at all; everything not listed is denied. Which households it sees, the rules decide."""

from __future__ import annotations

from geodata.viewer import Viewer

RIGHTS: dict[str, frozenset[str]] = {
    "council": frozenset(),
    "planner": frozenset({"compute", "count", "plan", "cost", "displace", "ask", "read_rules", "publish"}),
    "coordinator": frozenset(
        {"compute", "count", "plan", "own_districts", "assign", "name_own", "ask", "read_rules"}
        | {"withdraw"}
    ),
    "watcher": frozenset({"own_households"}),
    "administrator": frozenset(
        {"compute", "count", "place", "ask", "approve", "propose_rules", "read_rules", "consent"}
        | {"withdraw", "publish"}
    ),
    "auditor": frozenset({"read_rules"}),
    "operator": frozenset(
        {"compute", "count", "plan", "cost", "place", "assign", "whole_files", "city_steps", "consent"}
        | {"displace", "ask", "propose_rules", "read_rules", "withdraw", "publish"}
    ),
}
"""Rights by role.

``compute``: read everything for a computation whose results are filtered again; ``count``: counts only;
``place``: points for an import; ``displace``: points moved before they are shown; ``plan``: scenarios and
proposals; ``cost``: stated costs;
``own_districts``: households of own districts by the rules; ``own_households``: those assigned to oneself;
``assign``: change assignments (a coordinator: of own districts); ``name_own``: name watchers of own
districts; ``whole_files``: of who runs the commands on the machine; ``city_steps``: agreements, posts;
``consent``: enter and read consent records; ``withdraw``: enter that one was taken back (a coordinator: of
households it sees); ``publish``: write what is public; ``ask``, ``approve``: what two people do;
``propose_rules``, ``read_rules``.
"""


def may(viewer: Viewer, right: str) -> bool:
    """Say whether the viewer's role has a right; an unknown role has none."""
    return right in RIGHTS.get(viewer.role, frozenset())


def may_in(viewer: Viewer, right: str, district: str | None) -> bool:
    """Say whether the viewer has a right in a district: a coordinator in own ones only."""
    return may(viewer, right) and (viewer.role != "coordinator" or district in viewer.districts)
