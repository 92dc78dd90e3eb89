"""All visible text: one catalogue a language, split by where it is shown. No visible text elsewhere."""

from __future__ import annotations

from functools import cache
from importlib import import_module

LANGUAGES = ("ja", "en")
_PARTS = (
    *("terms", "screen", "paper", "command", "fragility", "network", "areas"),
    *(
        "trail",
        "steps",
        "proposals",
        "scenarios",
        "support",
        "publish",
        "housekeeping",
        "accounts",
        "masking",
    ),
    "sharing",
)


class MissingTextError(KeyError):
    """A key that no catalogue of the language holds."""


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return every text of ``language`` by key.

    Raises
    ------
    ValueError
        An unknown language, or a key given twice.
    """
    if language not in LANGUAGES:
        raise ValueError(f"Expected language in {LANGUAGES}, got {language!r}. Use one of them.")
    texts: dict[str, str] = {}
    for part in _PARTS:
        more = import_module(f"app.ui.text.{language}.{part}").TEXT
        twice = texts.keys() & more.keys()
        if twice:
            raise ValueError(f"Expected each text key once, got twice: {sorted(twice)}. Rename one.")
        texts |= more
    return texts


class Words:
    """The texts of one language: ``words("overview.title")``, with values filled in by name."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of ``key`` with ``{name}`` replaced by ``values``.

        Raises
        ------
        MissingTextError
            No text has this key.
        """
        if key not in self._texts:
            raise MissingTextError(f"Expected a text for {key!r} in {self.language}, got none. Add it.")
        return self._texts[key].format(**values) if values else self._texts[key]

    def has(self, key: str) -> bool:
        """Say whether there is a text of this key."""
        return key in self._texts
