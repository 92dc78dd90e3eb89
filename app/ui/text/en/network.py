"""Texts of the watch network."""

TEXT: dict[str, str] = {}
