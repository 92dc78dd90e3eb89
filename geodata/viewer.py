"""Who looks: the one value every reading of personal data asks for."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("planner", "coordinator", "operator")


@dataclass(frozen=True)
class Viewer:
    """A person's role, districts and purpose.

    ``planner`` sees counts of the whole city; ``coordinator`` the households of own ``districts`` that
    consented to it; ``operator`` runs imports and analyses on the machine and sees no household on a screen.
    """

    who: str
    role: str
    districts: tuple[str, ...] = ()
    purpose: str = "watching over"

    def __post_init__(self) -> None:
        """Check the role.

        Raises
        ------
        ValueError
            The role is unknown, or a coordinator has no district.
        """
        if self.role not in ROLES:
            raise ValueError(f"Expected role in {ROLES}, got {self.role!r}. Use one of them.")
        if self.role == "coordinator" and not self.districts:
            raise ValueError(
                "Expected a coordinator with at least one district, got none. Name the district."
            )
