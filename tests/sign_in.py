"""Lets a page test be somebody: AppTest has no gate before it, so the sign-in is said here."""

from __future__ import annotations

from app import cache, signin
from app.services.signing_in import SignedIn
from geodata.viewer import Viewer


class Person:
    """Who looks at the page; a planner until told otherwise. Nobody while ``viewer`` is None."""

    def __init__(self) -> None:
        self.viewer: Viewer | None = Viewer("test", "planner", purpose="test")

    def find(self, settings) -> SignedIn | None:
        return None if self.viewer is None else SignedIn(self.viewer, False, False, "0" * 64)


def use(monkeypatch) -> Person:
    """Put a planner before the screen and return who may become another."""
    person = Person()
    monkeypatch.setattr(signin, "find_signed_in", person.find)
    return person


def as_coordinator(page, district: str | None = None):
    """Sign in as the coordinator of a district, the first one when none is named, and run the page anew."""
    choices = page.session_state["choices"]
    if district is None:
        district = cache.shapes(choices.database_url, choices.info.revision, "community").index[0]
    signin.find_signed_in.__self__.viewer = Viewer("test", "coordinator", (district,), purpose="test")
    page.run()
    assert not page.exception
    return page
