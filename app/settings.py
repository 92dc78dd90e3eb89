"""One frozen Settings; the only reader of environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.ui.text import LANGUAGES
from geodata.secret import parse_secret, read_secret_file
from geodata.session import Store

DATABASE_VARIABLE = "MIMAMORI_DATABASE"
LANGUAGE_VARIABLE = "MIMAMORI_LANGUAGE"
SECRET_VARIABLE = "MIMAMORI_SECRET"
SECRET_FILE_VARIABLE = "MIMAMORI_SECRET_FILE"
BACKUP_PASSPHRASE_VARIABLE = "MIMAMORI_BACKUP_PASSPHRASE"
USER_VARIABLE = "MIMAMORI_USER"
PASSWORD_VARIABLE = "MIMAMORI_PASSWORD"
HOSTS_VARIABLE = "MIMAMORI_HOST_NAMES"
PROXY_HEADER_VARIABLE = "MIMAMORI_PROXY_HEADER"
PROXY_SECRET_VARIABLE = "MIMAMORI_PROXY_SECRET"
OIDC_CLAIM_VARIABLE = "MIMAMORI_OIDC_CLAIM"
LEAST_PROXY_SECRET = 32  # signs
DEFAULT_DATABASE = "sqlite:///data/mimamori.db"  # relative to the folder the command is called in
DEFAULT_LANGUAGE = "ja"
_SCHEMES = ("sqlite", "postgresql")


class SettingsError(ValueError):
    """A setting outside what the program can use."""


@dataclass(frozen=True)
class Entry:
    """How people come in besides by password, and as whom a command acts.

    Parameters
    ----------
    user, password : str, optional
        Account a command acts as; without one it acts as who runs it on the machine.
    hosts : tuple of str
        Names of the dashboard in a browser's address besides those of this machine.
    proxy_header : str, optional
        Header in which a proxy names the account; believed only together with ``proxy_secret``.
    proxy_secret : str, optional
        What the proxy sends in ``X-Mimamori-Proxy``.
    oidc_claim : str, optional
        Claim of OpenID Connect that holds the account's name.

    Raises
    ------
    SettingsError
        A proxy's header without a secret of at least ``LEAST_PROXY_SECRET`` signs.
    """

    user: str | None = None
    password: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()
    proxy_header: str | None = None
    proxy_secret: str | None = field(default=None, repr=False)
    oidc_claim: str | None = None

    def __post_init__(self) -> None:
        if self.proxy_header and len(self.proxy_secret or "") < LEAST_PROXY_SECRET:
            raise SettingsError(
                f"Expected {PROXY_SECRET_VARIABLE} of at least {LEAST_PROXY_SECRET} signs with "
                f"{PROXY_HEADER_VARIABLE}, got a shorter one or none. Set both, here and in the proxy."
            )

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> Entry:
        """Read them from environment variables; an empty one counts as not set."""
        return cls(
            user=variables.get(USER_VARIABLE) or None,
            password=variables.get(PASSWORD_VARIABLE) or None,
            hosts=tuple((variables.get(HOSTS_VARIABLE) or "").lower().split()),
            proxy_header=(variables.get(PROXY_HEADER_VARIABLE) or "").lower() or None,
            proxy_secret=variables.get(PROXY_SECRET_VARIABLE) or None,
            oidc_claim=variables.get(OIDC_CLAIM_VARIABLE) or None,
        )


@dataclass(frozen=True)
class Settings:
    """What a machine may set: where the store is, its secret, and the first language of the screen.

    Without ``secret`` a SQLite store uses the one in the file beside it.

    Raises
    ------
    SettingsError
        A database address that is not SQLite or PostgreSQL, or an unknown language.
    """

    database_url: str = DEFAULT_DATABASE
    language: str = DEFAULT_LANGUAGE
    secret: bytes | None = field(default=None, repr=False)
    backup_passphrase: str | None = field(default=None, repr=False)
    entry: Entry = field(default_factory=Entry)

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
            secret=_find_secret(variables),
            backup_passphrase=variables.get(BACKUP_PASSPHRASE_VARIABLE) or None,
            entry=Entry.from_variables(variables),
        )

    def with_hosts(self, names: Sequence[str]) -> Settings:
        """Return the settings with more names of the dashboard."""
        hosts = (*self.entry.hosts, *(name.lower() for name in names))
        return replace(self, entry=replace(self.entry, hosts=hosts))

    def open_store(self) -> Store:
        """Open the store these settings name."""
        return Store(self.database_url, self.secret)

    def as_environment(self) -> dict[str, str]:
        """Return the environment for a child process that shall read these same settings."""
        own = {DATABASE_VARIABLE: self.database_url, LANGUAGE_VARIABLE: self.language}
        return {**os.environ, **own, HOSTS_VARIABLE: " ".join(self.entry.hosts)}


def _find_secret(variables: Mapping[str, str]) -> bytes | None:
    if text := variables.get(SECRET_VARIABLE):
        return parse_secret(text)
    if file := variables.get(SECRET_FILE_VARIABLE):
        return read_secret_file(Path(file))
    return None
