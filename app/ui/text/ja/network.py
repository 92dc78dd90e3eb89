"""見守りのつながり図の文言。"""

TEXT: dict[str, str] = {}
