"""空白の区域・格差・かたまりの文言。"""

TEXT: dict[str, str] = {}
