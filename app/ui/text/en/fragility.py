"""Texts of loss, terms and succession."""

TEXT: dict[str, str] = {}
