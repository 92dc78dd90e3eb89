"""Texts of the screen."""

TEXT: dict[str, str] = {}
