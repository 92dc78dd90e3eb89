"""The one place where text from data is made harmless for HTML, map scripts and Markdown."""

from __future__ import annotations

import html
import re

# Beside HTML's own five: what starts a JavaScript template or ends its string.
_SCRIPT_SIGNS = str.maketrans({"`": "&#96;", "$": "&#36;", "\\": "&#92;", "{": "&#123;", "}": "&#125;"})
_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=@/])")


def for_html(value: object) -> str:
    """Return ``value`` as text that HTML shows literally, also inside a JavaScript template string."""
    return html.escape(str(value), quote=True).translate(_SCRIPT_SIGNS)


def for_markdown(value: object) -> str:
    """Return ``value`` as text that Markdown shows literally: no link, picture, formula or icon."""
    return _MARKDOWN_SIGNS.sub(r"\\\1", " ".join(str(value).split()))
