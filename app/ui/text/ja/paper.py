"""Texts of the paper."""

TEXT: dict[str, str] = {}
