"""Accounts and sign-ins in the store, inside the caller's transaction; each change is an event."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from geodata.audit import record_event
from geodata.errors import ConflictError, GeodataError
from geodata.models.accounts import Account, SignIn, SignInFailure
from geodata.viewer import Viewer

_NAME = re.compile(r"[\w.@-]{2,60}")
PURPOSE = "sign-in"

_TURN = 0x53494749  # one number for sign-ins among PostgreSQL's advisory locks


@dataclass(frozen=True)
class AccountRow:
    """One account as it stands; ``password`` is a hash, never shown.

    Parameters
    ----------
    name : str
        2 to 60 letters, digits and ``. _ - @``, as :func:`plain_name` writes it.
    role : str
        Any role of ``geodata.viewer`` but ``operator``.
    """

    name: str
    role: str
    districts: tuple[str, ...] = ()
    watcher_id: str | None = None
    password: str | None = field(default=None, repr=False)
    must_change: bool = False
    is_demo: bool = False
    is_closed: bool = False

    def viewer(self, purpose: str = "watching over") -> Viewer:
        """Return who looks when this account is signed in, however it came in."""
        return Viewer(self.name, self.role, self.districts, purpose, self.watcher_id)


@dataclass(frozen=True)
class SignInRow:
    """One sign-in with its account; times are universal time without a zone."""

    account: AccountRow
    made_at: dt.datetime
    seen_at: dt.datetime
    ended_at: dt.datetime | None


def plain_name(name: str) -> str:
    """Return a name as it is compared: one width of signs, small letters, no blanks around."""
    return unicodedata.normalize("NFKC", name).strip().lower()


def find_account(session: Session, name: str) -> AccountRow | None:
    """Return the account of this name, closed ones too; none when there is none."""
    account = _row(session, name)
    return None if account is None else _as_value(account)


def list_accounts(session: Session) -> pd.DataFrame:
    """Return all accounts, indexed by name: role, districts, watcher_id, flags and the last sign-in."""
    last = select(SignIn.account_id, func.max(SignIn.made_at).label("last")).group_by(SignIn.account_id)
    joined = last.subquery()
    columns = (
        *(Account.name, Account.role, Account.districts, Account.watcher_id),
        *(Account.must_change, Account.is_demo, Account.is_closed, joined.c.last.label("last_sign_in")),
    )
    query = select(*columns).outerjoin(joined, joined.c.account_id == Account.account_id)
    result = session.execute(query.order_by(Account.name))
    return pd.DataFrame(result.all(), columns=list(result.keys())).set_index("name")


def add_account(session: Session, by: Viewer, account: AccountRow, now: dt.datetime) -> None:
    """Add an account.

    Raises
    ------
    ConflictError
        The name is taken, by a closed account too: the trail must not speak of two people.
    GeodataError
        The name has signs no name may have.
    """
    if not _NAME.fullmatch(account.name) or plain_name(account.name) != account.name:
        raise GeodataError(
            "Expected a name of 2 to 60 letters, digits and . _ - @, got another. Choose one like sato.k."
        )
    if _row(session, account.name) is not None:
        raise ConflictError(
            f"Expected a new name, got {account.name}, which an account has or had. Choose another."
        )
    values = {**vars(account), "districts": list(account.districts)}
    session.add(Account(**values, changed_at=now))
    _tell(session, by, account.name, "add", role=account.role)


def change_rights(session: Session, by: Viewer, account: AccountRow, now: dt.datetime) -> None:
    """Give an account another role, districts or watcher; its sign-ins end: nobody keeps old rights."""
    row = _known(session, account.name)
    row.role, row.districts, row.watcher_id = account.role, list(account.districts), account.watcher_id
    row.changed_at = now
    end_sign_ins(session, account.name, now)
    _tell(session, by, account.name, "rights", role=account.role)


def set_closed(session: Session, by: Viewer, name: str, now: dt.datetime, *, is_closed: bool) -> None:
    """Close an account and end its sign-ins, or open it again."""
    row = _known(session, name)
    row.is_closed, row.changed_at = is_closed, now
    end_sign_ins(session, name, now)
    _tell(session, by, name, "close" if is_closed else "open")


def set_password(session: Session, by: Viewer, account: AccountRow, password: str, now: dt.datetime) -> None:
    """Put the hash of a new password; ``account.must_change`` says whether it is for one sign-in only.

    All sign-ins of the account end.
    """
    row = _known(session, account.name)
    row.password, row.must_change, row.changed_at = password, account.must_change, now
    end_sign_ins(session, account.name, now)
    _tell(session, by, account.name, "password")


def count_open(session: Session, role: str) -> int:
    """Count the accounts of a role that are not closed."""
    query = select(func.count()).where(Account.role == role, Account.is_closed.is_(False))
    return session.execute(query).scalar_one()


def count_accounts(session: Session) -> int:
    """Count all accounts that are not closed."""
    return session.execute(select(func.count()).where(Account.is_closed.is_(False))).scalar_one()


def demo_accounts(session: Session) -> list[AccountRow]:
    """Return the demo's accounts that are not closed."""
    query = select(Account).where(Account.is_demo, Account.is_closed.is_(False)).order_by(Account.account_id)
    return [_as_value(row) for row in session.execute(query).scalars()]


def begin_sign_in(session: Session, name: str, token_hash: str, now: dt.datetime, *, by: str) -> None:
    """Keep a new sign-in; ``by`` says how the person was known: password, proxy, oidc, demo."""
    row = _known(session, name)
    session.add(SignIn(token_hash=token_hash, account_id=row.account_id, made_at=now, seen_at=now))
    record_event(session, _as_value(row).viewer(PURPOSE), "login", "account", [name], filters={"by": by})


def read_sign_in(session: Session, token_hash: str) -> SignInRow | None:
    """Return a sign-in with its account as it is now; none for an unknown token."""
    query = select(SignIn, Account).join(Account, Account.account_id == SignIn.account_id)
    found = session.execute(query.where(SignIn.token_hash == token_hash)).one_or_none()
    if found is None:
        return None
    sign_in, account = found
    return SignInRow(_as_value(account), sign_in.made_at, sign_in.seen_at, sign_in.ended_at)


def touch_sign_in(session: Session, token_hash: str, now: dt.datetime) -> None:
    """Note that the browser was used."""
    session.execute(update(SignIn).where(SignIn.token_hash == token_hash).values(seen_at=now))


def end_sign_in(session: Session, token_hash: str, now: dt.datetime) -> None:
    """Sign one browser out; an unknown or ended sign-in stays as it is."""
    row = read_sign_in(session, token_hash)
    if row is None or row.ended_at is not None:
        return
    session.execute(update(SignIn).where(SignIn.token_hash == token_hash).values(ended_at=now))
    viewer = row.account.viewer(PURPOSE)
    record_event(session, viewer, "login", "account", [row.account.name], filters={"by": "sign-out"})


def end_sign_ins(session: Session, name: str, now: dt.datetime) -> None:
    """Sign every browser of an account out."""
    open_ones = SignIn.account_id == _known(session, name).account_id, SignIn.ended_at.is_(None)
    session.execute(update(SignIn).where(*open_ones).values(ended_at=now))


def drop_old_sign_ins(session: Session, before: dt.datetime) -> None:
    """Forget sign-ins and failed tries last used before a moment; the trail keeps its events."""
    session.execute(delete(SignIn).where(SignIn.seen_at < before))
    session.execute(delete(SignInFailure).where(SignInFailure.last_at < before))


def record_failure(session: Session, account: AccountRow | None, result: str) -> None:
    """Add the event of a failed try; of an unknown name neither the name nor what else was typed is kept."""
    viewer = Viewer("unknown", "council", purpose=PURPOSE) if account is None else account.viewer(PURPOSE)
    names = [] if account is None else [account.name]
    record_event(session, viewer, "login", "account", names, result=result)


def record_refusal(session: Session, viewer: Viewer, command: str) -> None:
    """Add the event of a command that the viewer's role may not run."""
    record_event(session, viewer, "refuse", "command", [], filters={"command": command}, result="refused")


def read_failures(session: Session, subject: str) -> SignInFailure | None:
    """Return the failed tries of a subject; whoever asks next waits until this transaction ends.

    On SQLite the caller's write lock does that; on PostgreSQL one lock for all subjects, for rows that are
    not there yet cannot be locked, and two rows locked one after the other can stop each other.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_TURN)))
    return session.get(SignInFailure, subject)


def put_failures(
    session: Session, subject: str, failures: int, *, at: dt.datetime, locked_until: dt.datetime | None
) -> None:
    """Keep how often a subject failed and until when it is locked."""
    session.merge(SignInFailure(subject=subject, failures=failures, last_at=at, locked_until=locked_until))


def clear_failures(session: Session, subjects: Sequence[str]) -> None:
    """Forget the failed tries of subjects."""
    session.execute(delete(SignInFailure).where(SignInFailure.subject.in_(subjects)))


def record_unlock(session: Session, by: Viewer, name: str) -> None:
    """Add the event of an administrator's unlocking."""
    _known(session, name)
    _tell(session, by, name, "unlock")


def _row(session: Session, name: str) -> Account | None:
    return session.execute(select(Account).where(Account.name == plain_name(name))).scalar_one_or_none()


def _known(session: Session, name: str) -> Account:
    row = _row(session, name)
    if row is None:
        raise GeodataError(
            "Expected the name of an account, got an unknown one. List them: mimamori users list"
        )
    return row


def _as_value(row: Account) -> AccountRow:
    return AccountRow(
        name=row.name,
        role=row.role,
        districts=tuple(row.districts),
        watcher_id=row.watcher_id,
        password=row.password,
        must_change=row.must_change,
        is_demo=row.is_demo,
        is_closed=row.is_closed,
    )


def _tell(session: Session, by: Viewer, name: str, what: str, **more: str) -> None:
    record_event(session, by, "edit", "account", [name], filters={"change": what, **more})
