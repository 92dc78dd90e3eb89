"""Texts of gap areas, inequality and clusters."""

TEXT: dict[str, str] = {}
