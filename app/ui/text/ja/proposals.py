"""提案と取り消しの文言。"""

TEXT: dict[str, str] = {
}
