"""The gate: what a stranger, a forger, another site and an ended sign-in get, request by request."""

from __future__ import annotations

from contextlib import suppress

import pytest
from itsdangerous import Signer
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from app.gate import COOKIE, SESSION_HEADER, Door, Gate, host_name, is_own_origin, own_page
from app.services import accounts, passwords, signing_in
from app.settings import Entry, Settings, SettingsError
from app.sign_in_pages import routes
from geodata.accounts import AccountRow
from tests.asgi_calls import Browser
from tests.demo_store import OPERATOR
from tests.test_accounts import make

PASSWORD = "correct horse battery"
PROXY = {"x-mimamori-proxy": "s" * 32}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Hash with the least cost: the gate is tested, not the hash."""
    monkeypatch.setattr(passwords, "_COST", 2)


def site(store, **entry):
    """Return the gate before a page that says which sign-in it was told, and a socket that repeats."""

    def page(request):
        return PlainTextResponse(f"page for {request.headers.get(SESSION_HEADER, 'nobody')}")

    async def socket(websocket):
        await websocket.accept()
        with suppress(WebSocketDisconnect):
            while True:
                await websocket.send_bytes(await websocket.receive_bytes())

    door = Door(store, Entry(**entry), "ja")
    known = [
        Route(path, page) for path in ("/", "/district", "/media/a.csv", "/static/a.js", "/component/m/")
    ]
    inside = [
        *routes(door),
        *known,
        Route("/_stcore/health", page),
        WebSocketRoute("/_stcore/stream", socket),
    ]
    return Starlette(routes=inside, middleware=[Middleware(Gate, door=door)])


@pytest.fixture
def browser(store):
    make(store)
    return Browser(site(store))


def enter(browser, name="sato", password=PASSWORD, **fields):
    return browser.post("/signin", {"name": name, "password": password, **fields})


def echoed(sent):
    return [event["bytes"] for event in sent if event["type"] == "websocket.send"]


def is_refused(sent):
    return [event["type"] for event in sent] == ["websocket.close"]


@pytest.mark.parametrize("path", ["/", "/district"])
def test_a_stranger_is_sent_to_the_sign_in_page_and_back_afterwards(browser, path):
    answer = browser.get(path)
    assert (answer.status, answer.headers["location"]) == (303, f"/signin?next={path}")
    answer = enter(browser, next=path)
    assert (answer.status, answer.headers["location"]) == (303, path)
    assert browser.get(path).body.startswith("page for ")


@pytest.mark.parametrize(
    "path", ["/media/a.csv", "/static/a.js", "/_stcore/host-config", "/component/m/", "/x"]
)
def test_a_stranger_gets_no_file_and_no_part(browser, path):
    answer = browser.get(path)
    assert answer.status in (303, 403)
    assert "page for" not in answer.body


def test_a_stranger_opens_no_socket(browser):
    assert is_refused(browser.open_socket(b"1"))


def test_known_person_gets_pages_files_and_a_socket(browser):
    enter(browser)
    assert "page for" in browser.get("/media/a.csv").body
    assert echoed(browser.open_socket(b"1", b"2")) == [b"1", b"2"]


def test_cookie_is_signed_unreadable_for_scripts_and_for_this_site_only(browser):
    answer = enter(browser)
    cookie = answer.cookies[0].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "max-age=43200" in cookie
    assert "secure" not in cookie  # on this machine there is no TLS
    assert "sato" not in cookie and "planner" not in cookie


def test_cookie_of_another_host_name_needs_tls(store):
    make(store)
    browser = Browser(site(store, hosts=("watch.city.example",)), host="watch.city.example")
    assert "secure" in enter(browser).cookies[0].lower()


def test_forged_cookies_are_strangers(browser, store):
    enter(browser)
    good = browser.cookies[COOKIE]
    token = Door(store, Entry(), "ja").unpack(good)
    forged = {
        "unsigned": token,
        "other key": Signer(b"another key", salt=COOKIE).sign(token).decode(),
        "other use": Signer(store.key("mask"), salt=COOKIE).sign(token).decode(),
        "cut": good[:-1],
        "other token": Door(store, Entry(), "ja").pack("x" * 43),
        "stored hash": Door(store, Entry(), "ja").pack(signing_in.hash_of(token)),
        "empty": "",
    }
    for cookie in forged.values():
        browser.cookies[COOKIE] = cookie
        assert browser.get("/").status == 303
        assert is_refused(browser.open_socket(b"1"))
    browser.cookies[COOKIE] = good
    assert browser.get("/").status == 200


def test_identity_headers_of_a_client_are_dropped(store):
    make(store)
    browser = Browser(site(store, proxy_header="x-remote-user", proxy_secret="s" * 32))
    for header in (SESSION_HEADER, "x-remote-user", "X-Mimamori-Session"):
        assert browser.get("/", **{header: "sato"}).status == 303
    enter(browser)
    shown = browser.get("/", **{SESSION_HEADER: "forged", "x-remote-user": "chief"}).body
    assert "forged" not in shown and len(shown) == len("page for ") + 64


def test_another_host_name_is_refused_before_anything_else(browser):
    enter(browser)
    for host in ("evil.example", "127.0.0.1.evil.example", "", "evil.example:8501", "[::1"):
        browser.host = host
        assert browser.get("/").status == 400
        assert is_refused(browser.open_socket(b"1", origin=f"http://{host}"))


def test_another_site_can_neither_post_nor_open_a_socket(browser):
    enter(browser)
    for origin in ("http://evil.example", "http://127.0.0.1:9999", "null", ""):
        assert is_refused(browser.open_socket(b"1", origin=origin))
        assert browser.post("/signin", {"name": "sato", "password": PASSWORD}, origin=origin).status == 403
        assert browser.post("/password", {"old": PASSWORD}, origin=origin).status == 403


def test_closing_an_account_turns_the_next_click_into_the_sign_in_page(browser, store):
    enter(browser)
    accounts.set_closed(store, OPERATOR, "sato", is_closed=True)
    assert is_refused(browser.open_socket(b"click"))
    assert browser.get("/media/a.csv").status == 403


def test_a_sign_in_that_ends_while_connected_runs_no_click_of_a_part(browser, store, monkeypatch):
    enter(browser)
    real, looks = signing_in.read_signed_in, []

    def end_after_two(*args, **options):
        looks.append(1)
        return real(*args, **options) if len(looks) <= 2 else None

    monkeypatch.setattr(signing_in, "read_signed_in", end_after_two)
    first, second = echoed(browser.open_socket(b"click 1", b"click 2"))
    assert first == b"click 1"
    message = BackMsg()
    message.ParseFromString(second)
    assert message.WhichOneof("type") == "rerun_script"
    assert not message.rerun_script.fragment_id


def test_sign_out_ends_the_sign_in_and_drops_the_cookie(browser):
    enter(browser)
    kept = dict(browser.cookies)
    answer = browser.get("/signout")
    assert (answer.status, answer.headers["location"]) == (303, "/signin")
    browser.cookies = kept  # a copy of the cookie is worth nothing
    assert browser.get("/").status == 303


def test_wrong_and_unknown_names_get_the_same_answer(browser):
    wrong, unknown = enter(browser, password="x"), enter(browser, name="nobody", password="x")
    assert wrong.status == unknown.status == 401
    assert wrong.body == unknown.body
    assert "利用者名かパスワードが違います" in wrong.body


def test_guessing_is_stopped_with_its_own_answer(browser):
    assert [enter(browser, password="x").status for _ in range(6)] == [401] * 5 + [429]
    answer = enter(browser)
    assert answer.status == 429 and "一時止めています" in answer.body


def test_first_password_lets_in_to_its_change_only(store):
    first = accounts.add_account(store, OPERATOR, AccountRow("new.one", "planner"))
    browser = Browser(site(store))
    enter(browser, "new.one", first)
    assert browser.get("/").headers["location"] == "/password"
    assert browser.get("/media/a.csv").headers["location"] == "/password"
    assert is_refused(browser.open_socket(b"1"))
    new = {"old": first, "new": "another good sentence", "again": "another good sentence"}
    assert browser.post("/password", {**new, "again": "else"}).status == 400
    assert "12" in browser.post("/password", {**new, "new": "short", "again": "short"}).body
    assert browser.post("/password", {**new, "old": "x"}).status == 401
    assert browser.post("/password", new).headers["location"] == "/"
    assert browser.get("/").status == 200


def test_after_signing_in_only_own_pages_are_opened(browser):
    for after in ("https://evil.example", "//evil.example", "/\\evil", "/a/b", "javascript:x"):
        assert enter(browser, next=after).headers["location"] == "/"
        assert own_page(after) == "/"


def test_what_is_typed_is_never_sent_back(browser):
    hostile = "<script>alert(1)</script>"
    answer = browser.post("/signin", {"name": hostile, "password": hostile, "next": hostile, "lang": hostile})
    assert "alert(1)" not in answer.body
    assert "alert(1)" not in browser.get("/signin?next=/%22%3E%3Cscript%3Ealert(1)&lang=%3Cb").body


def test_a_form_too_large_signs_nobody_in(browser):
    assert enter(browser, more="x" * 9000).status == 401


def test_sign_in_page_speaks_both_languages_and_runs_no_script(browser):
    japanese, english = browser.get("/signin"), browser.get("/signin?lang=en")
    assert 'lang="ja"' in japanese.body and "パスワード" in japanese.body
    assert 'lang="en"' in english.body and "Password" in english.body
    assert "<script" not in japanese.body
    assert "default-src 'none'" in japanese.headers["content-security-policy"]


def test_page_without_accounts_says_how_to_make_the_first(store):
    body = Browser(site(store)).get("/signin").body
    assert "mimamori users add NAME --role administrator" in body
    assert 'name="demo"' not in body


def test_every_answer_forbids_framing_guessing_and_keeping(browser):
    enter(browser)
    for path in ("/", "/signin", "/media/a.csv", "/nowhere"):
        headers = browser.get(path).headers
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
    part = browser.get("/component/m/").headers  # a map, in a frame of the page itself
    assert part["x-frame-options"] == "SAMEORIGIN"
    assert "cache-control" not in browser.get("/static/a.js").headers


def test_health_needs_no_sign_in_and_tells_nothing(browser):
    assert browser.get("/_stcore/health").body == "page for nobody"


def test_trusted_proxy_lets_in_by_name_and_follows_its_change(store):
    make(store)
    make(store, "abe", "auditor")
    browser = Browser(site(store, proxy_header="x-remote-user", proxy_secret="s" * 32))
    browser.headers = {**PROXY, "x-remote-user": "SATO"}
    assert browser.get("/").headers["location"] == "/signin/known"
    assert 'content="0;url=/"' in browser.get("/signin/known").body
    assert browser.get("/").status == 200
    browser.headers["x-remote-user"] = "abe"  # another person at the same browser
    assert browser.get("/").headers["location"] == "/signin/known"
    assert is_refused(browser.open_socket(b"1"))


def test_proxy_header_without_its_secret_is_nothing(store):
    make(store)
    browser = Browser(site(store, proxy_header="x-remote-user", proxy_secret="s" * 32))
    for headers in ({}, {"x-mimamori-proxy": "wrong"}, {"x-mimamori-proxy": ""}):
        browser.headers = {"x-remote-user": "sato", **headers}
        assert "signin?" in browser.get("/").headers["location"]
        assert browser.get("/signin/known").status == 401
    with pytest.raises(SettingsError, match="MIMAMORI_PROXY_SECRET"):
        Entry(proxy_header="x-remote-user")


def test_proxy_names_nobody_unknown(store):
    browser = Browser(site(store, proxy_header="x-remote-user", proxy_secret="s" * 32))
    browser.headers = {**PROXY, "x-remote-user": "nobody"}
    assert browser.get("/signin/known").status == 401
    assert COOKIE not in browser.cookies


def test_behind_the_proxy_addresses_are_those_it_adds(store):
    make(store)
    browser = Browser(site(store, proxy_header="x-remote-user", proxy_secret="s" * 32))
    browser.headers = {**PROXY, "x-forwarded-for": "203.0.113.5, 198.51.100.1"}
    for number in range(20):
        enter(browser, f"guess{number}", "x")
    assert enter(browser).status == 429
    browser.headers["x-forwarded-for"] = "203.0.113.5, 198.51.100.2"
    assert enter(browser).status == 303


def test_forwarded_address_of_a_client_is_not_believed(browser):
    for number in range(20):
        enter(browser, f"guess{number}", "x")
    browser.headers["x-forwarded-for"] = "203.0.113.9"
    assert enter(browser).status == 429


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"is_logged_in": True, "email": "sato"}, 200),
        ({"is_logged_in": True, "email": "nobody"}, 401),
        ({"is_logged_in": True, "sub": "sato"}, 401),
        ({"is_logged_in": False, "email": "sato"}, 401),
        (["sato"], 401),
    ],
)
def test_openid_connect_lets_in_by_its_claim_once(store, monkeypatch, claims, status):
    # Streamlit signs this cookie after st.login; no real provider was tried.
    import json

    from streamlit.web.server import server_util
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    monkeypatch.setattr(server_util, "get_cookie_secret", lambda: "c" * 32)
    make(store)
    browser = Browser(site(store, oidc_claim="email"))
    signed = create_signed_value("c" * 32, "_streamlit_user", json.dumps(claims)).decode()
    browser.cookies["_streamlit_user"] = signed
    assert browser.get("/").headers["location"] == "/signin/known"
    assert browser.get("/signin/known").status == status
    assert not browser.cookies["_streamlit_user"]  # used once, or it would outlast every sign-in
    assert (browser.get("/").status == 200) == (status == 200)


def test_claims_signed_with_another_key_are_nothing(store, monkeypatch):
    from streamlit.web.server import server_util
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    monkeypatch.setattr(server_util, "get_cookie_secret", lambda: "c" * 32)
    make(store)
    browser = Browser(site(store, oidc_claim="email"))
    text = '{"is_logged_in": true, "email": "sato"}'
    browser.cookies["_streamlit_user"] = create_signed_value("d" * 32, "_streamlit_user", text).decode()
    assert browser.get("/signin/known").status == 401


def test_a_store_that_does_not_answer_lets_nobody_in(browser, monkeypatch):
    enter(browser)

    def fail(*_args, **_options):
        from geodata.errors import StoreNotReadyError

        raise StoreNotReadyError("gone")

    monkeypatch.setattr(signing_in, "read_signed_in", fail)
    assert browser.get("/").status == 503
    assert is_refused(browser.open_socket(b"1"))


def test_demo_buttons_open_while_data_is_made_up(demo):
    browser = Browser(site(demo))
    assert browser.get("/signin").body.count('name="demo"') == 7
    assert browser.post("/signin", {"demo": "demo-auditor"}).status == 303
    assert browser.get("/").status == 200
    with demo.begin(write=True) as session:
        session.connection().exec_driver_sql("UPDATE dataset SET synthetic = 0")
    assert browser.get("/").status == 303
    assert browser.get("/signin").body.count('name="demo"') == 0
    assert browser.post("/signin", {"demo": "demo-auditor"}).status == 401


def test_host_and_origin_are_read_as_a_browser_means_them():
    assert host_name("127.0.0.1:8501") == "127.0.0.1"
    assert host_name("[::1]:8501") == "::1"
    assert host_name("Watch.City.example") == "watch.city.example"
    assert is_own_origin("https://a.example", "a.example")
    assert not is_own_origin("https://a.example.evil", "a.example")
    assert not is_own_origin(None, "a.example")


def test_settings_read_how_people_come_in(store):
    settings = Settings.from_environment(
        environment={
            "MIMAMORI_HOST_NAMES": "A.example b.example",
            "MIMAMORI_PROXY_HEADER": "X-Remote-User",
            "MIMAMORI_PROXY_SECRET": "s" * 32,
            "MIMAMORI_USER": "sato",
        }
    )
    assert settings.entry.hosts == ("a.example", "b.example")
    assert settings.entry.proxy_header == "x-remote-user"
    assert "s" * 32 not in repr(settings)
    assert settings.with_hosts(["C.example"]).entry.hosts[-1] == "c.example"
