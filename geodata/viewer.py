"""Who looks: the one value every reading of personal data asks for."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("council", "planner", "coordinator", "watcher", "administrator", "auditor", "operator")


@dataclass(frozen=True)
class Viewer:
    """A person's role, districts and purpose.

    ``council`` reads what is published; ``planner`` counts of the whole city; ``coordinator`` the households
    of own ``districts`` that consented to it; ``watcher`` those assigned to ``watcher_id``, the person
    itself; ``administrator`` imports, rules and accounts, households only with a second person's leave;
    ``auditor`` the trail only; ``operator`` runs the commands on the machine and sees no household on a
    screen.

    Parameters
    ----------
    who : str
        Name of the account, never of a household.
    role : str
        One of ``ROLES``.
    districts : tuple of str
        Codes of the community districts of a coordinator.
    purpose : str
        What the look is for; the sharing rules and the trail ask for it.
    watcher_id : str, optional
        The register's id of a watcher.
    """

    who: str
    role: str
    districts: tuple[str, ...] = ()
    purpose: str = "watching over"
    watcher_id: str | None = None

    def __post_init__(self) -> None:
        """Check the role.

        Raises
        ------
        ValueError
            The role is unknown, a coordinator has no district, or a watcher no id.
        """
        if self.role not in ROLES:
            raise ValueError(f"Expected role in {ROLES}, got {self.role!r}. Use one of them.")
        if self.role == "coordinator" and not self.districts:
            raise ValueError(
                "Expected a coordinator with at least one district, got none. Name the district."
            )
        if (self.role == "watcher") != (self.watcher_id is not None):
            raise ValueError("Expected a watcher's id with the role watcher, and only with it. Name it.")
