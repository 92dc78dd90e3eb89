"""Start the dashboard: one process behind its sign-in, on this machine only unless told otherwise."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.settings import Settings
from app.ui.assets import build_assets

_APP = Path(__file__).resolve().parent
_READY_TIMEOUT_S = 60.0
_OPTIONS = {
    "browser.gatherUsageStats": False,
    "browser.serverAddress": "localhost",  # else the server asks the internet for its own address
    "server.enableStaticServing": True,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.showEmailPrompt": False,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "logger.enableRich": False,  # else errors go to standard output, which nobody reads
    "server.trustedUserHeaders": {"x-mimamori-session": "session"},  # set by app.gate alone
    "theme.base": str(_APP / "theme.toml"),
}
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ServingError(RuntimeError):
    """The dashboard could not be started."""


def serve(
    settings: Settings,
    port: int,
    address: str = "127.0.0.1",
    open_browser: bool = False,
    *,
    on_ready: Callable[[str], None] | None = None,
) -> int:
    """Serve the dashboard until it is stopped (Ctrl+C counts as a good end); print nothing.

    Parameters
    ----------
    settings : Settings
        Store the pages read and names of the dashboard; passed on in the environment.
    port : int
        Port, 1 to 65535; it must be free.
    address : str
        Address to listen on; the default is not reachable from other machines. Another one needs a host
        name in the settings, and a proxy with TLS before it: the cookie of that name is sent no other way.
    open_browser : bool
        Open the page in the browser of this machine once it answers.
    on_ready : callable, optional
        Called once with the page's address when it answers.

    Returns
    -------
    int
        Exit code of the server; 0 after Ctrl+C.

    Raises
    ------
    ServingError
        The port is in use, the address lacks a host name, or the server does not answer in time.
    app.ui.assets.AssetsError
        The program's folder cannot be written.
    """
    if address not in LOOPBACK and not settings.entry.hosts:
        raise ServingError(
            f"Expected --host-name with the address {address}, got none. Name the host people type, and put "
            "a proxy with TLS before it."
        )
    _check_port_free(port, address)
    build_assets()
    with _stopping_on_termination():
        server = subprocess.Popen(
            _command(port, address), env=settings.as_environment(), stdout=subprocess.DEVNULL
        )
        try:
            _announce(server, port, address, open_browser=open_browser, on_ready=on_ready)
            return server.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            _end(server)


def page_address(port: int, address: str = "127.0.0.1") -> str:
    """Return the address a browser on this machine opens."""
    host = "127.0.0.1" if address in ("0.0.0.0", "::", "") else address
    return f"http://{host}:{port}"


def wait_until_ready(port: int, address: str = "127.0.0.1", timeout_s: float = _READY_TIMEOUT_S) -> bool:
    """Wait until the dashboard answers; False when it does not within ``timeout_s`` seconds."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if _answers(port, address):
            return True
        time.sleep(0.1)
    return False


@contextmanager
def _stopping_on_termination() -> Iterator[None]:
    """Treat a request to terminate like Ctrl+C, so that the server never outlives this process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _command(port: int, address: str) -> list[str]:
    options = {**_OPTIONS, "server.port": port, "server.address": address}
    return [sys.executable, "-m", "app.warm_server", json.dumps(options)]


def _announce(
    server: subprocess.Popen[bytes],
    port: int,
    address: str,
    *,
    open_browser: bool,
    on_ready: Callable[[str], None] | None,
) -> None:
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while not _answers(port, address):
        if server.poll() is not None or time.monotonic() > deadline:
            raise ServingError(
                f"Expected the dashboard to answer within {_READY_TIMEOUT_S:.0f} s, got no answer. "
                "Read the lines above, or choose another port with --port."
            )
        time.sleep(0.1)
    if on_ready is not None:
        on_ready(page_address(port, address))
    if open_browser:
        webbrowser.open(page_address(port, address))


def _answers(port: int, address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{page_address(port, address)}/_stcore/health", timeout=1) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _check_port_free(port: int, address: str) -> None:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1" if address in ("0.0.0.0", "") else address, port)) == 0:
            raise ServingError(
                f"Expected port {port} to be free, got one in use. Choose another with --port."
            )


def _end(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
