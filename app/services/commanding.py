"""As whom a command acts: an account's Viewer, after its password and its role were checked."""

from __future__ import annotations

from app.roles import may_run
from app.services import signing_in
from app.services.errors import RequestError
from geodata import accounts
from geodata.errors import AccessRefusedError
from geodata.session import Store
from geodata.viewer import Viewer

_ADDRESS = "command on this machine"


def needs_password(store: Store, name: str) -> bool:
    """Say whether to ask for a password: not for an account the demo offers."""
    store.check_ready()
    return name not in {account.name for account in signing_in.look_at_door(store).demo}


def viewer_of(store: Store, name: str, password: str, command: str) -> Viewer:
    """Return the viewer of an account for one command; the sign-in ends at once.

    Raises
    ------
    AccessRefusedError
        Name or password is wrong, the account is locked or has a first password, or its role may not run
        the command.
    """
    token = _sign_in(store, name, password)
    who = signing_in.read_signed_in(store, signing_in.hash_of(token))
    signing_in.sign_out(store, signing_in.hash_of(token))
    if who is None:
        raise AccessRefusedError("Expected an open account, got one closed just now. Ask an administrator.")
    if who.must_change:
        raise RequestError(
            "Expected a password of one's own, got a first one. Change it on the screen first."
        )
    if not may_run(who.viewer.role, command):
        with store.begin(write=True) as session:
            accounts.record_refusal(session, who.viewer, command)
        raise AccessRefusedError(
            f"Expected a role that may run {command}, got {who.viewer.role}. Ask someone whose task it is."
        )
    return who.viewer


def _sign_in(store: Store, name: str, password: str) -> str:
    if not needs_password(store, name):
        token = signing_in.sign_in_demo(store, name)
    else:
        token = signing_in.sign_in(store, name, password, address=_ADDRESS).token
    if token is None:
        raise AccessRefusedError(
            "Expected an account and its password, got others or one locked after failed tries. "
            "Set MIMAMORI_PASSWORD or answer the question; wait when it is locked."
        )
    return token
