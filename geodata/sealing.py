"""Streams encrypted under a passphrase, piece by piece: a changed, cut or re-ordered file never opens.

AES-256-GCM in pieces of 1 MiB, each bound to its place and the last one marked as such (the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár 2015). The key comes from the passphrase by scrypt
(RFC 7914), so that losing the machine does not lose what lies elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from geodata.errors import GeodataError

LEAST_LETTERS = 16
PIECE = 2**20  # bytes
_MAGIC = b"mimamori sealed 1\n"
_SALT, _PREFIX, _TAG = 16, 7, 16  # bytes
_WORK = {"n": 2**17, "r": 8, "p": 1, "maxmem": 2**28}  # 128 MiB and some tenths of a second a guess


class SealError(GeodataError):
    """A sealed file that does not open, or a passphrase that cannot be used."""


def read_passphrase(file: Path) -> str:
    """Read a passphrase from a file only its owner can read; a line end is not part of it.

    Raises
    ------
    SealError
        There is none, others may read it, or it is no text.
    """
    if not file.is_file():
        raise SealError(f"Expected the backup's passphrase in {file.name}, got no file. Correct the path.")
    if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise SealError(
            f"Expected the passphrase file {file.name} readable by its owner only, got wider rights. "
            "Run: chmod 600 on it."
        )
    return file.read_text(encoding="utf-8", errors="replace").rstrip("\r\n")


def seal(pieces: Iterable[bytes], out: BinaryIO, passphrase: str) -> None:
    """Write pieces of any length, encrypted, to a stream.

    Raises
    ------
    SealError
        A passphrase shorter than 16 letters.
    """
    salt, prefix = os.urandom(_SALT), os.urandom(_PREFIX)
    header = _MAGIC + salt + prefix
    cipher = _cipher(passphrase, salt)
    out.write(header)
    number, waiting = 0, b""
    for full in _of_one_size(pieces):
        if number or waiting:
            out.write(cipher.encrypt(_nonce(prefix, number, last=False), waiting, header))
            number += 1
        waiting = full
    out.write(cipher.encrypt(_nonce(prefix, number, last=True), waiting, header))


def unseal(sealed: BinaryIO, passphrase: str) -> Iterator[bytes]:
    """Give the pieces of a sealed stream, each only when it is proven to be what was written.

    Raises
    ------
    SealError
        Another passphrase, or the file was changed, cut short or is no backup.
    """
    header = sealed.read(len(_MAGIC) + _SALT + _PREFIX)
    if not header.startswith(_MAGIC) or len(header) < len(_MAGIC) + _SALT + _PREFIX:
        raise SealError("Expected a backup of this program, got another file. Choose the right one.")
    salt, prefix = header[len(_MAGIC) : -_PREFIX], header[-_PREFIX:]
    cipher = _cipher(passphrase, salt)
    piece, number = sealed.read(PIECE + _TAG), 0
    while True:
        following = sealed.read(PIECE + _TAG)
        try:
            yield cipher.decrypt(_nonce(prefix, number, last=not following), piece, header)
        except (InvalidTag, ValueError) as error:
            raise SealError(
                "Expected this backup's passphrase and a file nobody changed, got one that does not open. "
                "Try the right passphrase, or an older backup."
            ) from error
        if not following:
            return
        piece, number = following, number + 1


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    if len(passphrase) < LEAST_LETTERS:
        raise SealError(
            f"Expected a passphrase of at least {LEAST_LETTERS} letters, got {len(passphrase)}. "
            "Make a longer one."
        )
    return AESGCM(hashlib.scrypt(passphrase.encode(), salt=salt, dklen=32, **_WORK))


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def _of_one_size(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut and join pieces into ones of ``PIECE`` bytes; the last may be shorter."""
    gathered = bytearray()
    for piece in pieces:
        gathered += piece
        while len(gathered) >= PIECE:
            yield bytes(gathered[:PIECE])
            del gathered[:PIECE]
    if gathered:
        yield bytes(gathered)
