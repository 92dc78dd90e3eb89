"""Proposals, hand-overs and undoing."""

TEXT: dict[str, str] = {
}
