"""The pages outside Streamlit: sign in, sign out, change the password. Plain forms, no script."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from anyio import to_thread
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from app.errors import reason_of
from app.gate import ADDRESS, COOKIE, NAMED, Door, own_page
from app.services import signing_in
from app.services.errors import RequestError
from app.services.signing_in import DoorState
from app.ui import sign_in_html as page
from app.ui.text import LANGUAGES, Words
from app.ui.text.messages import translate
from geodata.errors import StoreNotReadyError

_MOST_BYTES = 8_192
_OIDC_COOKIE = "_streamlit_user"


def routes(door: Door) -> list[Route]:
    """Return the routes of the sign-in pages for one door."""
    pages = _Pages(door)
    return [
        Route("/signin", pages.show, methods=["GET"]),
        Route("/signin", pages.enter, methods=["POST"]),
        Route("/signin/known", pages.enter_known, methods=["GET"]),
        Route("/signout", pages.leave, methods=["GET"]),
        Route("/password", pages.show_password, methods=["GET"]),
        Route("/password", pages.change, methods=["POST"]),
    ]


class _Pages:
    """One handler a route; whatever touches the store runs outside the server's loop."""

    def __init__(self, door: Door) -> None:
        self.door = door

    async def show(self, request: Request) -> Response:
        return await self._sign_in_page(request, own_page(request.query_params.get("next", "/")))

    async def enter(self, request: Request) -> Response:
        form = await _read_form(request)
        after = own_page(form.get("next", "/"))
        store, name = self.door.store, form.get("name", "")
        if "demo" in form:
            token = await to_thread.run_sync(signing_in.sign_in_demo, store, form["demo"])
            attempt = signing_in.Attempt("in" if token else "wrong", token)
        else:
            address = request.scope[ADDRESS]
            attempt = await to_thread.run_sync(
                lambda: signing_in.sign_in(store, name, form.get("password", ""), address=address)
            )
        if attempt.token is None:
            return await self._sign_in_page(request, after, attempt.status, language=form.get("lang"))
        return self._let_in(request, attempt.token, after)

    async def enter_known(self, request: Request) -> Response:
        """Let in whom the proxy or OpenID Connect names; its cookie is used once and dropped."""
        named, by = self._named(request), "proxy" if request.scope[NAMED] else "oidc"
        token = None
        if named is not None:
            token = await to_thread.run_sync(lambda: signing_in.sign_in_known(self.door.store, named, by=by))
        answer = (
            await self._sign_in_page(request, "/", "unknown")
            if token is None
            else HTMLResponse(page.moving_on(self._words(request)))
        )
        if token is not None:
            self.door.set_cookie(answer, token, request.headers.get("host", ""))
        answer.delete_cookie(_OIDC_COOKIE)
        return answer

    async def leave(self, request: Request) -> Response:
        """End the sign-in. A link is enough: no other site can send the cookie along."""
        token_hash = self.door.token_hash(request.headers)
        if token_hash is not None:
            await to_thread.run_sync(signing_in.sign_out, self.door.store, token_hash)
        answer = RedirectResponse("/signin", 303)
        for name in (COOKIE, _OIDC_COOKIE):
            answer.delete_cookie(name)
        return answer

    async def show_password(self, request: Request) -> Response:
        return HTMLResponse(page.password_page(self._words(request)))

    async def change(self, request: Request) -> Response:
        form = await _read_form(request)
        words = self._words(request, form.get("lang"))
        token_hash = self.door.token_hash(request.headers) or ""
        who = await to_thread.run_sync(signing_in.read_signed_in, self.door.store, token_hash)
        if who is None or who.is_demo:
            return RedirectResponse("/", 303)
        if form.get("new", "") != form.get("again", ""):
            return HTMLResponse(page.password_page(words, words("signin.not_same")), 400)
        try:
            attempt = await to_thread.run_sync(
                signing_in.change_password, self.door.store, who, form.get("old", ""), form.get("new", "")
            )
        except RequestError as error:
            return HTMLResponse(page.password_page(words, translate(reason_of(error), words)), 400)
        if attempt.token is None:
            return HTMLResponse(page.password_page(words, words(f"signin.{attempt.status}")), 401)
        return self._let_in(request, attempt.token, "/")

    def _let_in(self, request: Request, token: str, after: str) -> Response:
        answer = RedirectResponse(after, 303)
        self.door.set_cookie(answer, token, request.headers.get("host", ""))
        return answer

    async def _sign_in_page(
        self, request: Request, after: str, status: str = "", *, language: str | None = None
    ) -> Response:
        words = self._words(request, language)
        try:
            state = await to_thread.run_sync(signing_in.look_at_door, self.door.store)
        except (StoreNotReadyError, DBAPIError):
            state = DoorState(has_accounts=False, demo=())
        demo = [(account.name, account.role) for account in state.demo]
        text = page.sign_in_page(
            words,
            status=status,
            after=after,
            demo=demo,
            has_accounts=state.has_accounts,
            oidc=_oidc_link() if self.door.entry.oidc_claim else None,
        )
        return HTMLResponse(text, {"": 200, "locked": 429}.get(status, 401))

    def _named(self, request: Request) -> str | None:
        """Return the account's name a trusted proxy or a signed claim says."""
        claim = self.door.entry.oidc_claim
        return request.scope[NAMED] or (_claimed(request, claim) if claim else None)

    def _words(self, request: Request, language: str | None = None) -> Words:
        wanted = language or request.query_params.get("lang")
        return Words(wanted if wanted in LANGUAGES else self.door.language)


def _claimed(request: Request, claim: str) -> str | None:
    """Return a claim of the cookie that Streamlit signed after OpenID Connect; none for any other cookie."""
    from streamlit.web.server.server_util import get_cookie_secret
    from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

    kept = decode_signed_value(get_cookie_secret(), _OIDC_COOKIE, request.cookies.get(_OIDC_COOKIE, ""))
    if kept is None:
        return None
    try:
        claims = json.loads(kept)
    except ValueError:
        return None
    is_known = isinstance(claims, dict) and claims.get("is_logged_in") is True
    return str(claims[claim]) if is_known and claims.get(claim) else None


def _oidc_link() -> str | None:
    """Return the address st.login sends a browser to; none while OpenID Connect is not set up."""
    from streamlit.errors import Error
    from streamlit.user_info import generate_login_redirect_url

    try:
        return generate_login_redirect_url("default")
    except Error:
        return None


async def _read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form; nothing of one that is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            return {}
    fields = parse_qs(body.decode("utf-8", errors="replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
