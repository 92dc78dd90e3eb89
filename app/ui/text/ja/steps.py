"""次の一手の文言。"""

TEXT: dict[str, str] = {
}
