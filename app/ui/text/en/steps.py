"""The next steps: recruiting, partners, agreements, consent, budget."""

TEXT: dict[str, str] = {
}
