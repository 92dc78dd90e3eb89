"""Texts of the command."""

TEXT: dict[str, str] = {}
