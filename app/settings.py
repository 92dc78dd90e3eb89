"""One frozen Settings; the only reader of environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from app.ui.text import LANGUAGES

DATABASE_VARIABLE = "MIMAMORI_DATABASE"
LANGUAGE_VARIABLE = "MIMAMORI_LANGUAGE"
DEFAULT_DATABASE = "sqlite:///data/mimamori.db"  # relative to the folder the command is called in
DEFAULT_LANGUAGE = "ja"
_SCHEMES = ("sqlite", "postgresql")


class SettingsError(ValueError):
    """A setting outside what the program can use."""


@dataclass(frozen=True)
class Settings:
    """What a machine may set: where the store is and the first language of the screen.

    Raises
    ------
    SettingsError
        A database address that is not SQLite or PostgreSQL, or an unknown language.
    """

    database_url: str = DEFAULT_DATABASE
    language: str = DEFAULT_LANGUAGE

    def __post_init__(self) -> None:
        scheme = self.database_url.partition("://")[0].partition("+")[0]
        if "://" not in self.database_url or scheme not in _SCHEMES:
            raise SettingsError(
                "Expected a database address that starts with sqlite:/// or postgresql://, "
                f"got {scheme[:40]!r}. Give --database or set {DATABASE_VARIABLE}."
            )
        if self.language not in LANGUAGES:
            raise SettingsError(
                f"Expected language in {', '.join(LANGUAGES)}, got {self.language!r}. "
                f"Give --language or set {LANGUAGE_VARIABLE}."
            )

    @classmethod
    def from_environment(
        cls,
        database: str | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        language: str | None = None,
    ) -> Settings:
        """Read the settings; what is given on the command line comes before the variable.

        An empty variable counts as not set.
        """
        variables = os.environ if environment is None else environment
        return cls(
            database_url=database or variables.get(DATABASE_VARIABLE) or DEFAULT_DATABASE,
            language=language or variables.get(LANGUAGE_VARIABLE) or DEFAULT_LANGUAGE,
        )

    def as_environment(self) -> dict[str, str]:
        """Return the environment for a child process that shall read these same settings."""
        return {**os.environ, DATABASE_VARIABLE: self.database_url, LANGUAGE_VARIABLE: self.language}
