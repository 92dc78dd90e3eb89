"""Calls of a web application without a server: one request, one WebSocket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass
class Answer:
    """Status, headers by small letters, cookies as sent, and the body."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: str


@dataclass
class Browser:
    """Keeps cookies between requests, as a browser does, and sends what a browser sends."""

    app: object
    host: str = "127.0.0.1:8501"
    address: str = "192.0.2.1"
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, b"", headers)

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Answer:
        from urllib.parse import urlencode

        sent = {"origin": f"http://{self.host}", **headers}
        return self._ask("POST", path, urlencode(fields or {}).encode(), sent)

    def open_socket(self, *messages: bytes, **headers: str) -> list[dict]:
        """Connect, send messages, and return what the application sent back."""
        events = [{"type": "websocket.connect"}]
        events += [{"type": "websocket.receive", "bytes": one} for one in messages]
        scope = self._scope("websocket", "/_stcore/stream", {"origin": f"http://{self.host}", **headers})
        return _run(self.app, scope, [*events, {"type": "websocket.disconnect", "code": 1000}])

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        scope = {**self._scope("http", path, headers), "method": method}
        sent = _run(self.app, scope, [{"type": "http.request", "body": body}])
        start = sent[0]
        pairs = [(name.decode().lower(), value.decode()) for name, value in start["headers"]]
        cookies = [value for name, value in pairs if name == "set-cookie"]
        for cookie in cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        parts = [event.get("body", b"") for event in sent[1:]]
        return Answer(start["status"], dict(pairs), cookies, b"".join(parts).decode())

    def _scope(self, kind: str, path: str, headers: dict[str, str]) -> dict:
        place, _, query = path.partition("?")
        sent = {"host": self.host, **self.headers, **headers}
        if kept := "; ".join(f"{name}={value}" for name, value in self.cookies.items() if value):
            sent["cookie"] = kept
        return {
            "type": kind,
            "path": place,
            "raw_path": place.encode(),
            "root_path": "",
            "scheme": "http",
            "http_version": "1.1",
            "query_string": query.encode(),
            "client": (self.address, 40000),
            "server": ("127.0.0.1", 8501),
            "headers": [
                (name.replace("_", "-").encode(), str(value).encode()) for name, value in sent.items()
            ],
        }


def _run(app, scope: dict, events: list[dict]) -> list[dict]:
    waiting, sent = list(events), []

    async def receive():
        return waiting.pop(0) if waiting else {"type": f"{scope['type']}.disconnect"}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent
