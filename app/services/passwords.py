"""Passwords: their rules and their hashes (scrypt of the standard library, RFC 7914)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata

from app.services.errors import RequestError

LEAST_SIGNS = 12
MOST_SIGNS = 200
_LEAST_DIFFERENT = 5
_COST, _BLOCK, _PARALLEL = 2**15, 8, 1  # 32 MB and about 0.1 s a try
_MEMORY = 64 * 2**20
_SALT_BYTES = 16


def check_password(password: str, name: str) -> None:
    """Refuse a password that is too short, too uniform, or holds the account's name.

    Raises
    ------
    RequestError
        The password is not repeated in the message.
    """
    plain = _plain(password)
    if not LEAST_SIGNS <= len(plain) <= MOST_SIGNS:
        raise RequestError(
            f"Expected a password of {LEAST_SIGNS} to {MOST_SIGNS} signs, got {len(plain)}. "
            "Choose a longer one."
        )
    if len(set(plain)) < _LEAST_DIFFERENT:
        raise RequestError(
            f"Expected a password of at least {_LEAST_DIFFERENT} different signs, got fewer. Choose another."
        )
    if name.lower() in plain.lower():
        raise RequestError("Expected a password without the account's name, got one with it. Choose another.")


def hash_password(password: str) -> str:
    """Return ``scrypt$n$r$p$salt$hash`` with a new random salt."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = _scrypt(password, salt, _COST, _BLOCK, _PARALLEL)
    return f"scrypt${_COST}${_BLOCK}${_PARALLEL}${salt.hex()}${digest.hex()}"


def matches(password: str, kept: str | None) -> bool:
    """Say whether a password is the one kept; without one, take as long and say no."""
    _, cost, block, parallel, salt, digest = (kept or _NOBODYS).split("$")
    tried = _scrypt(password, bytes.fromhex(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(tried, bytes.fromhex(digest)) and kept is not None


def make_password() -> str:
    """Return a random password for one sign-in: 100 bits, easy to read out."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"  # no sign that looks like another
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    text = _plain(password).encode()
    return hashlib.scrypt(text, salt=salt, n=cost, r=block, p=parallel, maxmem=_MEMORY, dklen=32)


def _plain(password: str) -> str:
    """Write a password in one width of signs, so that every keyboard gives the same (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


_NOBODYS = f"scrypt${_COST}${_BLOCK}${_PARALLEL}${'0' * 32}${'0' * 64}"
