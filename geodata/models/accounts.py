"""Accounts, their sign-ins, and failed tries: passwords and tokens only as hashes, addresses only keyed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from geodata.base import Base


class Account(Base):
    """Who may sign in, and as what. Without ``password`` only a proxy, OpenID Connect or the demo lets in."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(
            "role IN ('council', 'planner', 'coordinator', 'watcher', 'administrator', 'auditor')",
            name="known_account_role",
        ),
    )

    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    role: Mapped[str] = mapped_column(String(24))
    districts: Mapped[list] = mapped_column(JSON)
    watcher_id: Mapped[str | None] = mapped_column(String(40))
    password: Mapped[str | None] = mapped_column(String(200))
    must_change: Mapped[bool]
    is_demo: Mapped[bool]
    is_closed: Mapped[bool]
    changed_at: Mapped[dt.datetime]


class SignIn(Base):
    """One signed-in browser; ``token_hash`` is the SHA-256 of the random token in its cookie."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.account_id"), index=True)
    made_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class SignInFailure(Base):
    """Failed tries of one typed name or one remote address; ``subject`` is a keyed hash of it."""

    __tablename__ = "sign_in_failure"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[dt.datetime]
    locked_until: Mapped[dt.datetime | None]
