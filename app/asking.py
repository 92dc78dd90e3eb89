"""Who asks, of which district: the same for every command that takes one.

Without one who runs the machine asks for the whole city, and a coordinator's account for its own district.
"""

from __future__ import annotations

from app.operators import coordinator, operator
from app.services.city import find_district
from app.services.errors import RequestError
from geodata.session import Store
from geodata.viewer import Viewer


def find_asker(store: Store, district: str | None) -> tuple[str | None, Viewer]:
    """Return the code of a district given by name or code, and its coordinator; None: whole city, operator.

    Raises
    ------
    RequestError
        There is no such district, the command acts as the coordinator of another, or of several and none was
        named.
    """
    viewer = operator()
    if district is None and viewer.role == "coordinator":
        if len(viewer.districts) != 1:
            own = ", ".join(viewer.districts)
            raise RequestError(
                f"Expected one of the own districts ({own}), got none. Name it with --district."
            )
        return viewer.districts[0], viewer
    if district is None:
        return None, viewer
    code = find_district(store, district)
    return code, coordinator(code)
