"""The gate before every answer of the dashboard: host, origin, sign-in, and the headers of the answer.

Pure ASGI, outside Streamlit: nothing of the screen runs for a stranger.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from anyio import to_thread
from itsdangerous import BadSignature, Signer
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.services import signing_in
from app.services.signing_in import SignedIn
from app.serving import LOOPBACK
from app.settings import Entry
from geodata.errors import GeodataError
from geodata.session import Store

COOKIE = "mimamori_sign_in"
SESSION_HEADER = "x-mimamori-session"  # set here, handed on by Streamlit as st.user.session
PROXY_SECRET_HEADER = "x-mimamori-proxy"
NAMED, ADDRESS = "mimamori.named", "mimamori.address"  # told to the pages here in the connection's scope
OPEN_PATHS = ("/signin", "/signin/known", "/_stcore/health")
OIDC_PATHS = ("/auth/login", "/oauth2callback")
FIRST_PASSWORD_PATHS = ("/password", "/signout")
POLICY_VIOLATION = 1008
_PAGE = re.compile(r"/[a-z_]*")
# Streamlit's pages and the maps bring styles and scripts of their own; none may come from, or go, elsewhere.
_SCREEN_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors "
)
_FORM_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Door:
    """What the gate and its pages share: the store, how people come in, and the language first shown."""

    store: Store
    entry: Entry
    language: str

    def pack(self, token: str) -> str:
        """Return a token signed, as the cookie holds it."""
        return Signer(self.store.key("cookie"), salt=COOKIE).sign(token).decode()

    def unpack(self, cookie: str) -> str | None:
        """Return the token of a cookie; none when the signature is another's."""
        try:
            return Signer(self.store.key("cookie"), salt=COOKIE).unsign(cookie).decode()
        except (BadSignature, UnicodeDecodeError):
            return None

    def token_hash(self, headers: Headers) -> str | None:
        """Return the hash of the token in a request's cookie."""
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(headers.get("cookie", ""))
        except CookieError:
            return None
        token = self.unpack(jar[COOKIE].value) if COOKIE in jar else None
        return None if token is None else signing_in.hash_of(token)

    def is_from_proxy(self, headers: Headers) -> bool:
        """Say whether a request came through the proxy that knows the secret."""
        sent, secret = headers.get(PROXY_SECRET_HEADER, ""), self.entry.proxy_secret
        return secret is not None and hmac.compare_digest(sent.encode(), secret.encode())

    def set_cookie(self, answer: Response, token: str, host: str) -> None:
        """Put the signed token into the browser: no script reads it, no other site sends it."""
        answer.set_cookie(
            COOKIE,
            self.pack(token),
            max_age=int(signing_in.LONGEST.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=host_name(host) not in LOOPBACK,  # other names are reached through TLS only
        )


class Gate:
    """ASGI middleware that lets only known people through, and tells Streamlit who they are."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self.app = app
        self.door = door
        self.hosts = {*LOOPBACK, *door.entry.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one connection and pass it on, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        guarded = _with_headers(scope, send) if scope["type"] == "http" else send
        try:
            await self._pass(scope, receive, guarded)
        except (GeodataError, DBAPIError):
            await _refuse(scope, receive, guarded, 503)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host_name(host) not in self.hosts:
            await _refuse(scope, receive, send, 400)
            return
        is_writing = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if is_writing and not is_own_origin(headers.get("origin"), host):
            await _refuse(scope, receive, send, 403)
            return
        who = await to_thread.run_sync(self._who, headers)
        answer = self._stop(scope, headers, who) if who is None or who.must_change else None
        if answer is not None:
            await answer(scope, receive, send)
            return
        checked = self._told(scope, headers, who)
        if scope["type"] == "websocket":
            if who is None or who.must_change:
                await _refuse(scope, receive, send, 403)
                return
            receive = _watched(receive, lambda: self._is_still_in(headers))
        await self.app(checked, receive, send)

    def _is_still_in(self, headers: Headers) -> bool:
        who = self._who(headers, is_use=True)
        return who is not None and not who.must_change

    def _who(self, headers: Headers, *, is_use: bool = False) -> SignedIn | None:
        """Return who sends a request, from the store each time."""
        token_hash = self.door.token_hash(headers)
        if token_hash is None:
            return None
        who = signing_in.read_signed_in(self.door.store, token_hash, is_use=is_use)
        named = self._named_by_proxy(headers)
        return who if named is None or who is None or who.viewer.who == named else None

    def _named_by_proxy(self, headers: Headers) -> str | None:
        header = self.door.entry.proxy_header
        if header is None or not self.door.is_from_proxy(headers):
            return None
        return headers.get(header, "").strip().lower() or None

    def _stop(self, scope: Scope, headers: Headers, who: SignedIn | None) -> ASGIApp | None:
        """Return the answer for who may not pass; none for the pages everybody may open."""
        path = scope["path"]
        if scope["type"] == "websocket":
            return None
        if who is not None:
            return None if path in FIRST_PASSWORD_PATHS else RedirectResponse("/password", 303)
        if path in OPEN_PATHS or (self.door.entry.oidc_claim and path in OIDC_PATHS):
            return None
        if scope["method"] != "GET" or not _PAGE.fullmatch(path):
            return PlainTextResponse("", 403)
        if self._named_by_proxy(headers) is not None or "_streamlit_user" in headers.get("cookie", ""):
            return RedirectResponse("/signin/known", 303)
        return RedirectResponse(f"/signin?next={quote(path)}", 303)

    def _told(self, scope: Scope, headers: Headers, who: SignedIn | None) -> Scope:
        """Drop every header that claims an identity; add what is known, for Streamlit and the pages here."""
        claims = {SESSION_HEADER, PROXY_SECRET_HEADER, self.door.entry.proxy_header or SESSION_HEADER}
        dropped = {name.encode("latin-1") for name in claims}
        kept = [pair for pair in scope["headers"] if pair[0].lower() not in dropped]
        if who is not None:
            kept.append((SESSION_HEADER.encode(), who.token_hash.encode()))
        told = {NAMED: self._named_by_proxy(headers), ADDRESS: self._address(scope, headers)}
        return {**scope, **told, "headers": kept}

    def _address(self, scope: Scope, headers: Headers) -> str:
        """Return the remote address; behind the proxy the one it adds last."""
        if self.door.is_from_proxy(headers) and "x-forwarded-for" in headers:
            return headers["x-forwarded-for"].rsplit(",", 1)[-1].strip()
        return scope["client"][0] if scope.get("client") else ""


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port; an empty text for one that is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def is_own_origin(origin: str | None, host: str) -> bool:
    """Say whether a request was sent by a page of this very host; one without an origin was not."""
    parts = urlsplit(origin or "")
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def own_page(path: str) -> str:
    """Return a path when it is one of a page here, else the start."""
    return path if _PAGE.fullmatch(path) else "/"


def _watched(receive: Receive, is_still_in: Callable[[], bool]) -> Receive:
    """Check the sign-in before each message of a browser, for parts of a page run without its entry script.

    Once it has ended, whatever was asked becomes a run of the entry script, which sends to the sign-in page
    and so takes what was shown from the screen.
    """

    async def receive_checked() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and not await to_thread.run_sync(is_still_in):
            return {"type": "websocket.receive", "bytes": _run_anew()}
        return message

    return receive_checked


def _run_anew() -> bytes:
    from streamlit.proto.BackMsg_pb2 import BackMsg

    message = BackMsg()
    message.rerun_script.query_string = ""
    return message.SerializeToString()


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})  # before it is accepted: 403
        return
    await PlainTextResponse("", status)(scope, receive, send)


def _with_headers(scope: Scope, send: Send) -> Send:
    """Add to each answer what keeps a browser from framing, guessing, keeping or sending it elsewhere."""
    path = scope["path"]
    is_part = path.startswith(("/component/", "/_stcore/component"))  # maps stand in frames of the page
    is_form = path in FIRST_PASSWORD_PATHS or path.startswith("/signin")

    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Frame-Options"] = "SAMEORIGIN" if is_part else "DENY"
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "same-origin"
            ancestors = "'self'" if is_part else "'none'"
            headers["Content-Security-Policy"] = _FORM_POLICY if is_form else _SCREEN_POLICY + ancestors
            if not path.startswith(("/static/", "/app/static/")):  # the program's own files, no data
                headers["Cache-Control"] = "no-store"
        await send(message)

    return send_guarded
