"""Scenarios and comparisons."""

TEXT: dict[str, str] = {
}
