"""What a person asked for and cannot have; the message says what to do instead."""

from __future__ import annotations


class RequestError(ValueError):
    """What was asked for cannot be done as asked; nothing was changed."""
