"""The sign-in pages as plain HTML that stands alone: no script, no file, no picture."""

from __future__ import annotations

from collections.abc import Sequence

from app.ui.assets import FONT_STACK
from app.ui.escaping import for_html
from app.ui.text import LANGUAGES, Words

_STYLE = f"""
body {{ font-family: {FONT_STACK}; color: #222; background: #f6f6f4; margin: 0; line-height: 1.7; }}
main {{ max-width: 26rem; margin: 8vh auto; padding: 2rem 2.2rem; background: #fff;
  border: 1px solid #ddd; }}
h1 {{ font-size: 1.45rem; font-weight: 500; margin: 0 0 .3rem; }}
h2 {{ font-size: 1rem; font-weight: 500; margin: 1.6rem 0 .4rem; }}
p {{ margin: .3rem 0; }} .quiet {{ color: #555; font-size: .85rem; }}
.notice {{ border-left: 4px solid #d55e00; background: #fdf3ec; padding: .5rem .8rem; margin: .8rem 0; }}
label {{ display: block; margin-top: .8rem; font-size: .9rem; }}
input {{ width: 100%; box-sizing: border-box; font: inherit; padding: .45rem .6rem; border: 1px solid #888; }}
button, a.button {{ font: inherit; margin-top: 1rem; padding: .45rem 1.1rem; background: #0072b2; color: #fff;
  border: 1px solid #0072b2; cursor: pointer; text-decoration: none; display: inline-block; }}
.demo button {{ background: #fff; color: #005a8c; margin: .2rem 0; width: 100%; text-align: left; }}
code {{ background: #f0f0ee; padding: .1rem .4rem; word-break: break-all; }}
:focus-visible {{ outline: 3px solid #e69f00; outline-offset: 1px; }}
"""


def sign_in_page(
    words: Words,
    *,
    status: str,
    after: str,
    demo: Sequence[tuple[str, str]],
    has_accounts: bool,
    oidc: str | None,
) -> str:
    """Return the page that asks who one is; ``demo`` holds name and role of the accounts to try."""
    parts = [_switch(words, after), f"<h1>{words('app.name')}</h1>", f"<p>{words('signin.lead')}</p>"]
    if status:
        parts.append(f'<p class="notice" role="alert">{words(f"signin.{status}")}</p>')
    if not has_accounts:
        command = f"<code>{for_html('mimamori users add NAME --role administrator')}</code>"
        parts.append(f'<p class="notice">{words("signin.nobody")}</p><p>{command}</p>')
    parts.append(_demo_part(words, demo, after))
    fields = _field(words, "name", "username") + _field(words, "password", "current-password")
    parts.append(_form(words, "/signin", fields, words("signin.enter"), after))
    if oidc:
        parts.append(f'<a class="button" href="{for_html(oidc)}">{words("signin.oidc")}</a>')
    return _page(words, "".join(parts))


def password_page(words: Words, notice: str = "") -> str:
    """Return the page that asks for a new password."""
    told = f'<p class="notice" role="alert">{for_html(notice)}</p>' if notice else ""
    fields = _field(words, "old", "current-password") + _field(words, "new", "new-password")
    fields += _field(words, "again", "new-password")
    lead = f"<h1>{words('signin.change')}</h1><p>{words('signin.rules')}</p>{told}"
    leave = f'<p class="quiet"><a href="/">{words("signin.back")}</a></p>'
    return _page(words, lead + _form(words, "/password", fields, words("signin.change"), "/") + leave)


def moving_on(words: Words) -> str:
    """Return a page that opens the dashboard by itself: a cookie just set is not sent with a redirect."""
    link = f'<p><a href="/">{words("signin.go_on")}</a></p>'
    return _page(words, link, head='<meta http-equiv="refresh" content="0;url=/">')


def _demo_part(words: Words, demo: Sequence[tuple[str, str]], after: str) -> str:
    first = {role: name for name, role in reversed(demo)}
    buttons = "".join(
        f'<button name="demo" value="{for_html(name)}">{words(f"signin.as.{role}")}'
        f"{'' if first[role] == name else words('signin.as.second')}</button>"
        for name, role in demo
    )
    if not buttons:
        return ""
    head = f"<h2>{words('signin.demo')}</h2><p class='quiet'>{words('signin.demo_note')}</p>"
    return (
        f'{head}<form class="demo" method="post" action="/signin">{_hidden(words, after)}{buttons}</form>'
        f"<h2>{words('signin.own')}</h2>"
    )


def _form(words: Words, action: str, fields: str, button: str, after: str) -> str:
    inside = f"{_hidden(words, after)}{fields}<button>{button}</button>"
    return f'<form method="post" action="{action}">{inside}</form>'


def _hidden(words: Words, after: str) -> str:
    return (
        f'<input type="hidden" name="next" value="{for_html(after)}">'
        f'<input type="hidden" name="lang" value="{words.language}">'
    )


def _field(words: Words, name: str, kind: str) -> str:
    shown = "text" if name == "name" else "password"
    return (
        f'<label for="{name}">{words(f"signin.field.{name}")}</label>'
        f'<input id="{name}" name="{name}" type="{shown}" autocomplete="{kind}" maxlength="200" required>'
    )


def _switch(words: Words, after: str) -> str:
    links = (
        f'<a href="/signin?lang={name}&amp;next={for_html(after)}" lang="{name}">'
        f"{words(f'language.{name}')}</a>"
        for name in LANGUAGES
        if name != words.language
    )
    return f'<p class="quiet">{"".join(links)}</p>'


def _page(words: Words, body: str, *, head: str = "") -> str:
    return (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{words('signin.title')} – {words('app.name')}</title>{head}<style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )
