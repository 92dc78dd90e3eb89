"""シナリオと比べた結果の文言。"""

TEXT: dict[str, str] = {
}
