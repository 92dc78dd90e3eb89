"""Errors and reasons in the reader's language: the English sentence is the key."""

from __future__ import annotations

import re
from functools import cache

from app.ui.text import Words
from app.ui.text.ja.messages import MESSAGES

_HOLE = re.compile(r"\{(\w+)\}")
_VALUE = r"(?:(?!\. Expected ).)*?"  # as short as it fits, and never into the next message
_NESTED = "reason"  # the hole that holds another message


def translate(text: str, words: Words) -> str:
    """Return a message in the language of ``words``, its values kept; unknown ones stay as they are.

    A message of several faults, joined by blanks, is put together from theirs. Where several templates fit,
    the one with the most text of its own is taken.

    Parameters
    ----------
    text : str
        A message as ``geodata``, ``analysis`` or ``app`` wrote it, in English.
    words : Words
        The reader's language.
    """
    if words.language != "ja":
        return text
    return _whole(text, words) or _joined(text, words) or text


def _whole(text: str, words: Words) -> str | None:
    for pattern, wording in _templates():
        if found := pattern.fullmatch(text):
            return _fill(wording, found, words)
    return None


def _joined(text: str, words: Words) -> str | None:
    for pattern, wording in _templates():
        if found := pattern.match(text):
            rest = text[found.end() :].lstrip()
            others = _joined(rest, words) if rest else ""
            if others is not None:
                return _fill(wording, found, words) + others
    return None


def _fill(wording: str, found: re.Match[str], words: Words) -> str:
    values = {name: _without_quotes(value) for name, value in found.groupdict().items()}
    if _NESTED in values:
        values[_NESTED] = translate(values[_NESTED], words)
    return wording.format(**values)


def _without_quotes(value: str) -> str:
    """Drop the quotes a message writes round a value ('K99'); the wording has its own."""
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


@cache
def _templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return patterns with their wordings, those with more text of their own first."""
    ordered = sorted(MESSAGES, key=lambda pair: len(_HOLE.sub("", pair[0])), reverse=True)
    return tuple((_pattern(english), wording) for english, wording in ordered)


def _pattern(english: str) -> re.Pattern[str]:
    parts = _HOLE.split(english)  # text, name, text, name, …, text
    pieces = [f"(?P<{part}>{_VALUE})" if number % 2 else re.escape(part) for number, part in enumerate(parts)]
    return re.compile("".join(pieces) + r"(?=\s|\Z)", re.DOTALL)
