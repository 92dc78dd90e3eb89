"""失う痛み・任期・後継の文言。"""

TEXT: dict[str, str] = {}
