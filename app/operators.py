"""Who the commands act as: an account named with ``--user``, or whoever may run them on this machine.

Every command asks here for its viewer, so that each can be tried with each role.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from app.services.errors import RequestError
from geodata.viewer import Viewer

_PURPOSE = "command on this machine"
_acting: ContextVar[Viewer | None] = ContextVar("acting", default=None)


@contextmanager
def acting_as(viewer: Viewer | None) -> Iterator[None]:
    """Let the commands inside act as an account; none stands for who runs the machine."""
    before = _acting.set(viewer)
    try:
        yield
    finally:
        _acting.reset(before)


def operator() -> Viewer:
    """Return the viewer of a command on the whole store."""
    return _acting.get() or Viewer("command", "operator", purpose=_PURPOSE)


def planner() -> Viewer:
    """Return the viewer of a command that shows counts of the whole city."""
    return _acting.get() or Viewer("command", "planner", purpose=_PURPOSE)


def auditor() -> Viewer:
    """Return the viewer of a command that reads the trail."""
    return _acting.get() or Viewer("command", "auditor", purpose=_PURPOSE)


def coordinator(district: str) -> Viewer:
    """Return the viewer of a command for one district.

    Raises
    ------
    RequestError
        The command acts as the coordinator of another one.
    """
    acting = _acting.get()
    if acting is None:
        return Viewer("command", "coordinator", (district,), purpose=_PURPOSE)
    if acting.role != "coordinator":
        return acting
    if district not in acting.districts:
        raise RequestError(f"Expected an own district, got {district}. Its coordinator may ask for it.")
    return replace(acting, districts=(district,))
