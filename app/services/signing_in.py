"""Signing in: tries and their delays, sign-ins and their ends, and who looks by a sign-in.

Password, proxy, OpenID Connect and the demo's buttons all end in the same row, and so in the same Viewer.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.services import passwords
from app.services.errors import RequestError
from geodata import accounts, read
from geodata.accounts import AccountRow
from geodata.errors import StoreNotReadyError
from geodata.session import Store
from geodata.viewer import Viewer

IDLE = dt.timedelta(minutes=30)
LONGEST = dt.timedelta(hours=12)
NAME_FAILURES, ADDRESS_FAILURES = 5, 20  # free tries of one name, of one remote address
_FIRST_DELAY, _LONGEST_DELAY = dt.timedelta(minutes=1), dt.timedelta(hours=1)
_FORGIVEN_AFTER = dt.timedelta(hours=24)
_TOUCH_EVERY = dt.timedelta(minutes=1)
_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Attempt:
    """What came of a try: status ``in``, ``wrong`` or ``locked``; the token only when in."""

    status: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SignedIn:
    """Who uses a browser now; ``token_hash`` names the sign-in."""

    viewer: Viewer
    must_change: bool
    is_demo: bool
    token_hash: str = field(repr=False)


@dataclass(frozen=True)
class DoorState:
    """What the sign-in page needs to know: whether there is any account, and which of the demo it offers."""

    has_accounts: bool
    demo: tuple[AccountRow, ...]


def sign_in(
    store: Store, name: str, password: str, *, address: str, now: dt.datetime | None = None
) -> Attempt:
    """Try a name and a password from a remote address.

    Tries are counted before the password is compared, so that many at once are no more than one after the
    other. An unknown name takes as long, is counted and locked as a known one.
    """
    at = now or moment()
    with store.begin(write=True) as session:
        if not _may_try(session, store, name, address, at):
            return Attempt("locked")
        account = accounts.find_account(session, name)
    usable = account is not None and not account.is_closed and not account.is_demo
    good = passwords.matches(password, account.password if usable and account is not None else None)
    with store.begin(write=True) as session:
        if not good or account is None:
            locked = _is_locked(session, _subject(store, "name", name), at)
            accounts.record_failure(session, account, "locked" if locked else "failed")
            return Attempt("wrong")
        _forgive(session, store, name, address)
        return Attempt("in", _begin(session, account.name, at, by="password"))


def sign_in_known(store: Store, name: str, *, by: str, now: dt.datetime | None = None) -> str | None:
    """Let in whom a trusted proxy or OpenID Connect names; none without an open account of that name."""
    with store.begin(write=True) as session:
        account = accounts.find_account(session, name)
        if account is None or account.is_closed or account.is_demo:
            accounts.record_failure(session, account, "refused")
            return None
        return _begin(session, account.name, now or moment(), by=by)


def sign_in_demo(store: Store, name: str, *, now: dt.datetime | None = None) -> str | None:
    """Let into an account of the demo without a password; none unless all data is made up."""
    with store.begin(write=True) as session:
        account = accounts.find_account(session, name)
        if account is None or not _may_be_used(session, account) or not account.is_demo:
            accounts.record_failure(session, account, "refused")
            return None
        return _begin(session, account.name, now or moment(), by="demo")


def read_signed_in(
    store: Store, token_hash: str, *, is_use: bool = False, now: dt.datetime | None = None
) -> SignedIn | None:
    """Return who a sign-in is, with the rights the account has now; none when it has ended in any way.

    Parameters
    ----------
    is_use : bool
        A person did something, so the time without use begins anew; a page that asks by itself is no use.
    """
    at = now or moment()
    with store.begin() as session:
        found = accounts.read_sign_in(session, token_hash)
        if found is None or found.ended_at is not None or not _may_be_used(session, found.account):
            return None
        if at - found.seen_at >= IDLE or at - found.made_at >= LONGEST:
            return None
    if is_use and at - found.seen_at >= _TOUCH_EVERY:
        with store.begin(write=True) as session:
            accounts.touch_sign_in(session, token_hash, at)
    account = found.account
    return SignedIn(account.viewer(), account.must_change, account.is_demo, token_hash)


def sign_out(store: Store, token_hash: str, *, now: dt.datetime | None = None) -> None:
    """End one sign-in."""
    with store.begin(write=True) as session:
        accounts.end_sign_in(session, token_hash, now or moment())


def change_password(
    store: Store, who: SignedIn, old: str, new: str, *, now: dt.datetime | None = None
) -> Attempt:
    """Change the own password; all other browsers of the account are signed out.

    Raises
    ------
    RequestError
        The new password breaks a rule, or is the old one.
    """
    at, name = now or moment(), who.viewer.who
    passwords.check_password(new, name)
    if new == old:
        raise RequestError("Expected a new password, got the old one. Choose another.")
    with store.begin(write=True) as session:
        if not _may_try(session, store, name, f"change {name}", at):
            return Attempt("locked")
        account = accounts.find_account(session, name)
    if account is None or not passwords.matches(old, account.password):
        with store.begin(write=True) as session:
            accounts.record_failure(session, account, "failed")
        return Attempt("wrong")
    kept = passwords.hash_password(new)
    with store.begin(write=True) as session:
        accounts.set_password(session, who.viewer, AccountRow(name, account.role), kept, at)
        _forgive(session, store, name, f"change {name}")
        return Attempt("in", _begin(session, name, at, by="password"))


def look_at_door(store: Store) -> DoorState:
    """Return what the sign-in page offers."""
    with store.begin() as session:
        demo = accounts.demo_accounts(session) if _is_made_up(session) else []
        return DoorState(accounts.count_accounts(session) > 0, tuple(demo))


def forget_failures(session: Session, store: Store, name: str) -> None:
    """Unlock a name."""
    accounts.clear_failures(session, [_subject(store, "name", name)])


def hash_of(token: str) -> str:
    """Return what the store keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def moment() -> dt.datetime:
    """Return now in universal time without a zone, as the store keeps it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def _begin(session: Session, name: str, at: dt.datetime, *, by: str) -> str:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    accounts.drop_old_sign_ins(session, at - 2 * _FORGIVEN_AFTER)
    accounts.begin_sign_in(session, name, hash_of(token), at, by=by)
    return token


def _may_be_used(session: Session, account: AccountRow) -> bool:
    return not account.is_closed and (not account.is_demo or _is_made_up(session))


def _is_made_up(session: Session) -> bool:
    try:
        return read.read_dataset(session).synthetic
    except StoreNotReadyError:
        return False


def _may_try(session: Session, store: Store, name: str, address: str, at: dt.datetime) -> bool:
    """Count a try beforehand; False, and nothing counted, while the name or the address is locked."""
    limits = {_subject(store, "name", name): NAME_FAILURES}
    limits[_subject(store, "address", address)] = ADDRESS_FAILURES
    if any(_is_locked(session, subject, at) for subject in limits):
        return False
    for subject, limit in limits.items():
        kept = accounts.read_failures(session, subject)
        fresh = kept is None or at - kept.last_at >= _FORGIVEN_AFTER
        failures = 1 if fresh or kept is None else kept.failures + 1
        over = min(failures - limit, 16)
        locked = at + min(_FIRST_DELAY * 2**over, _LONGEST_DELAY) if over >= 0 else None
        accounts.put_failures(session, subject, failures, at=at, locked_until=locked)
    return True


def _is_locked(session: Session, subject: str, at: dt.datetime) -> bool:
    kept = accounts.read_failures(session, subject)
    return kept is not None and kept.locked_until is not None and at < kept.locked_until


def _forgive(session: Session, store: Store, name: str, address: str) -> None:
    """After a good try forget the name's failures, and of the address only this one."""
    accounts.clear_failures(session, [_subject(store, "name", name)])
    subject = _subject(store, "address", address)
    kept = accounts.read_failures(session, subject)
    if kept is not None:
        accounts.put_failures(session, subject, kept.failures - 1, at=kept.last_at, locked_until=None)


def _subject(store: Store, kind: str, value: str) -> str:
    text = f"{kind}:{accounts.plain_name(value)}"
    return hmac.new(store.key("failures"), text.encode(), hashlib.sha256).hexdigest()
