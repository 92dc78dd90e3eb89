"""The installation's secret: one random value from which the keys of the trail, masks and cookies come.

It is never in the code, the database or a log. Who has it and the database can undo pseudonymous hashes and
masks; who loses it can no longer verify the trail.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from geodata.errors import StoreNotReadyError

LEAST_BYTES = 32


def derive_key(secret: bytes, use: str) -> bytes:
    """Return the key of one use (``trail``, ``mask``, ``cookie`` …): 32 bytes, unrelated to the others."""
    return hmac.new(secret, use.encode(), hashlib.sha256).digest()


def parse_secret(text: str) -> bytes:
    """Return a secret given as text: at least 64 hexadecimal digits.

    Raises
    ------
    StoreNotReadyError
        It is too short or not hexadecimal; the text is not repeated.
    """
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) < LEAST_BYTES:
        raise StoreNotReadyError(
            f"Expected a secret of at least {2 * LEAST_BYTES} hexadecimal digits, got something else. "
            "Make a random one."
        )
    return secret


def read_secret_file(file: Path) -> bytes:
    """Read a secret from a file only its owner can read.

    Raises
    ------
    StoreNotReadyError
        There is none, others may read it, or it is no secret.
    """
    if not file.is_file():
        raise StoreNotReadyError(
            f"Expected the installation's secret in {file.name}, got no file. "
            "Put it back from where the backups' key is kept."
        )
    if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise StoreNotReadyError(
            f"Expected the secret file {file.name} readable by its owner only, got wider rights. "
            "Run: chmod 600 on it."
        )
    return parse_secret(file.read_text(encoding="ascii", errors="replace"))


def make_secret_file(file: Path) -> bytes:
    """Make a new secret in a file only its owner can read; one that is there is read instead."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_secret_file(file)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(LEAST_BYTES) + "\n")
    return read_secret_file(file)
