"""Accounts: what is kept, who keeps them, and that a change ends what was open."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from app.services import accounts, passwords, signing_in
from app.services.errors import RequestError
from geodata.accounts import AccountRow
from geodata.errors import AccessRefusedError, ConflictError, GeodataError
from geodata.models import Account, AuditEvent, SignIn, Watcher
from geodata.viewer import Viewer
from tests.demo_store import OPERATOR

NOW = dt.datetime(2026, 4, 1, 9, 0)
ADMINISTRATOR = Viewer("chief", "administrator", purpose="accounts")


def make(store, name="sato", role="planner", *, password="correct horse battery", **more):
    """Add an account whose password is its own already."""
    accounts.add_account(store, OPERATOR, AccountRow(name, role, **more))
    with store.begin(write=True) as session:
        row = session.scalars(select(Account).where(Account.name == name)).one()
        row.password, row.must_change = passwords.hash_password(password), False


def enter(store, name="sato", password="correct horse battery", now=NOW, address="192.0.2.1"):
    return signing_in.sign_in(store, name, password, address=address, now=now)


def who(store, attempt, now=NOW):
    return signing_in.read_signed_in(store, signing_in.hash_of(attempt.token), now=now)


def events(store):
    with store.begin() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
        return [(row.who, row.role, row.act, row.object_kind, row.result) for row in rows]


def test_first_password_is_for_one_sign_in_and_kept_only_as_hash(store):
    first = accounts.add_account(store, OPERATOR, AccountRow("sato", "planner"))
    signed_in = who(store, enter(store, password=first))
    assert signed_in.must_change
    with store.begin() as session:
        kept = session.scalars(select(Account)).one().password
    assert kept.startswith("scrypt$32768$8$1$") and first not in kept


def test_account_gives_the_viewer_of_its_role(demo):
    with demo.begin() as session:
        watcher = session.scalars(select(Watcher.watcher_id).limit(1)).one()
    make(demo, "a.planner")
    make(demo, "a.coordinator", "coordinator", districts=("K01", "K02"))
    make(demo, "a.watcher", "watcher", watcher_id=watcher)
    seen = {name: who(demo, enter(demo, name)).viewer for name in ("a.planner", "a.coordinator", "a.watcher")}
    assert seen["a.planner"] == Viewer("a.planner", "planner")
    assert seen["a.coordinator"] == Viewer("a.coordinator", "coordinator", ("K01", "K02"))
    assert seen["a.watcher"] == Viewer("a.watcher", "watcher", watcher_id=watcher)


def test_proxy_oidc_and_password_give_the_same_viewer(store):
    make(store)
    by_password = who(store, enter(store)).viewer
    for way in ("proxy", "oidc"):
        token = signing_in.sign_in_known(store, "SATO ", by=way, now=NOW)
        assert signing_in.read_signed_in(store, signing_in.hash_of(token), now=NOW).viewer == by_password


def test_proxy_lets_in_nobody_without_an_account(store):
    assert signing_in.sign_in_known(store, "nobody", by="proxy") is None
    make(store)
    accounts.set_closed(store, OPERATOR, "sato", is_closed=True)
    assert signing_in.sign_in_known(store, "sato", by="proxy") is None


@pytest.mark.parametrize("role", ["council", "planner", "auditor"])
def test_only_administrators_and_the_operator_keep_accounts(store, role):
    other = Viewer("other", role)
    for ask in (
        lambda: accounts.add_account(store, other, AccountRow("sato", "administrator")),
        lambda: accounts.change_rights(store, other, AccountRow("sato", "planner")),
        lambda: accounts.set_closed(store, other, "sato", is_closed=True),
        lambda: accounts.renew_password(store, other, "sato"),
        lambda: accounts.unlock(store, other, "sato"),
        lambda: accounts.list_accounts(store, other),
    ):
        with pytest.raises(AccessRefusedError, match="Ask an administrator"):
            ask()


def test_new_role_counts_at_once_and_ends_open_sign_ins(store):
    make(store, role="auditor")
    attempt = enter(store)
    accounts.change_rights(store, OPERATOR, AccountRow("sato", "planner"))
    assert who(store, attempt) is None
    assert who(store, enter(store)).viewer.role == "planner"


def test_closed_account_is_out_with_its_next_look(store):
    make(store)
    attempt = enter(store)
    accounts.set_closed(store, ADMINISTRATOR, "sato", is_closed=True)
    assert who(store, attempt) is None
    assert enter(store).status == "wrong"
    accounts.set_closed(store, ADMINISTRATOR, "sato", is_closed=False)
    assert who(store, attempt) is None  # the old sign-in stays ended
    assert enter(store).status == "in"


def test_the_last_administrator_and_the_own_account_stay(store):
    make(store, "chief", "administrator")
    make(store, "second", "administrator")
    with pytest.raises(RequestError, match="the own one"):
        accounts.set_closed(store, ADMINISTRATOR, "chief", is_closed=True)
    accounts.set_closed(store, OPERATOR, "chief", is_closed=True)
    gone = Viewer("chief", "administrator")
    with pytest.raises(RequestError, match="the last one"):
        accounts.change_rights(store, gone, AccountRow("second", "planner"))


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        (AccountRow("sato", "operator"), "Expected role in"),
        (AccountRow("sato", "coordinator"), "Expected districts"),
        (AccountRow("sato", "planner", ("K01",)), "Expected districts"),
        (AccountRow("sato", "watcher"), "Expected a watcher's id"),
        (AccountRow("sato", "coordinator", ("K99",)), "got unknown K99"),
        (AccountRow("sato", "watcher", watcher_id="W?"), "id of a watcher in the register"),
    ],
)
def test_rights_that_do_not_fit_are_refused(store, account, reason):
    with pytest.raises(RequestError, match=reason):
        accounts.add_account(store, OPERATOR, account)


@pytest.mark.parametrize("name", ["x", "a b", "<b>", "a" * 61, "", "'; drop table account --"])
def test_names_with_other_signs_are_refused(store, name):
    with pytest.raises(GeodataError, match="Expected a name"):
        accounts.add_account(store, OPERATOR, AccountRow(name, "planner"))


def test_a_name_is_used_once_even_when_closed(store):
    make(store)
    accounts.set_closed(store, OPERATOR, "sato", is_closed=True)
    with pytest.raises(ConflictError, match="sato"):
        accounts.add_account(store, OPERATOR, AccountRow("ＳＡＴＯ", "auditor"))


def test_new_password_of_an_administrator_ends_sign_ins_and_must_be_changed(store):
    make(store)
    attempt = enter(store)
    first = accounts.renew_password(store, ADMINISTRATOR, "sato")
    assert who(store, attempt) is None
    assert enter(store).status == "wrong"
    assert who(store, enter(store, password=first)).must_change


def test_own_change_of_password_signs_out_every_other_browser(store):
    make(store)
    here, there = enter(store), enter(store)
    new = "another good sentence"
    changed = signing_in.change_password(store, who(store, here), "correct horse battery", new, now=NOW)
    assert who(store, here) is None
    assert who(store, there) is None
    assert who(store, changed).viewer.who == "sato"
    assert enter(store).status == "wrong"
    assert enter(store, password=new).status == "in"


def test_own_change_needs_the_old_password(store):
    make(store)
    signed_in = who(store, enter(store))
    tried = signing_in.change_password(store, signed_in, "guess", "another good sentence", now=NOW)
    assert tried.status == "wrong"
    assert enter(store).status == "in"


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "my name is sato ok", "x" * 201])
def test_weak_passwords_are_refused_without_repeating_them(password):
    with pytest.raises(RequestError) as refusal:
        passwords.check_password(password, "sato")
    assert password not in str(refusal.value)


def test_a_password_matches_in_either_width_and_only_itself():
    kept = passwords.hash_password("Abcdef-12345")
    assert passwords.matches("Ａｂｃｄｅｆ－１２３４５", kept)
    assert not passwords.matches("abcdef-12345", kept)
    assert not passwords.matches("Abcdef-12345", None)
    assert kept != passwords.hash_password("Abcdef-12345")  # another salt


def test_every_sign_in_and_change_is_an_event_without_secrets(store):
    make(store)
    attempt = enter(store)
    enter(store, password="wrong password here")
    enter(store, name="my-secret-password-typed-here")
    signing_in.sign_out(store, signing_in.hash_of(attempt.token), now=NOW)
    signing_in.sign_out(store, signing_in.hash_of(attempt.token), now=NOW)  # once is enough
    assert events(store) == [
        ("test", "operator", "edit", "account", "done"),
        ("sato", "planner", "login", "account", "done"),
        ("sato", "planner", "login", "account", "failed"),
        ("unknown", "council", "login", "account", "failed"),
        ("sato", "planner", "login", "account", "done"),
    ]
    with store.engine.connect() as connection:
        raw = repr(connection.exec_driver_sql("SELECT * FROM audit_event").all())
    for secret in ("wrong password here", "my-secret-password", "192.0.2.1", attempt.token):
        assert secret not in raw


def test_store_keeps_no_token_and_no_address(store):
    make(store)
    attempt = enter(store, address="198.51.100.7")
    enter(store, password="wrong", address="198.51.100.7")
    with store.engine.connect() as connection:
        kept = [
            connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            for table in ("sign_in", "sign_in_failure")
        ]
    assert attempt.token not in repr(kept)
    assert "198.51.100.7" not in repr(kept)


def test_listing_says_who_and_never_a_hash(store):
    make(store)
    enter(store)
    listed = accounts.list_accounts(store, OPERATOR)
    assert list(listed.index) == ["sato"]
    assert listed.loc["sato", "last_sign_in"] == NOW
    assert "password" not in listed.columns
    assert "scrypt" not in repr(AccountRow("a", "planner", password="scrypt$"))


def test_old_sign_ins_are_forgotten_in_time(store):
    make(store)
    enter(store)
    enter(store, now=NOW + dt.timedelta(days=3))
    with store.begin() as session:
        assert session.execute(select(func.count()).select_from(SignIn)).scalar_one() == 1


def test_demo_has_an_account_a_role_and_a_second_administrator(demo):
    door = signing_in.look_at_door(demo)
    assert sorted(account.role for account in door.demo) == [
        *("administrator", "administrator", "auditor", "coordinator", "council", "planner", "watcher"),
    ]
    tokens = [signing_in.sign_in_demo(demo, account.name) for account in door.demo]
    assert all(tokens)


def test_real_data_closes_the_demo_at_once(demo):
    token = signing_in.sign_in_demo(demo, "demo-planner")
    with demo.begin(write=True) as session:
        session.connection().exec_driver_sql("UPDATE dataset SET synthetic = 0")
    assert signing_in.read_signed_in(demo, signing_in.hash_of(token)) is None
    assert signing_in.sign_in_demo(demo, "demo-planner") is None
    assert signing_in.look_at_door(demo).demo == ()


def test_a_demo_account_opens_by_no_password_and_no_proxy(demo):
    assert enter(demo, "demo-planner", "").status == "wrong"
    assert signing_in.sign_in_known(demo, "demo-planner", by="proxy") is None


def test_a_button_of_the_demo_opens_no_real_account(demo):
    make(demo)
    assert signing_in.sign_in_demo(demo, "sato") is None


def test_a_store_without_accounts_gets_one_administrator_and_only_once(store):
    first = accounts.make_first_administrator(store, OPERATOR)
    entered = who(store, enter(store, accounts.FIRST_ADMINISTRATOR, first))
    assert entered.viewer.role == "administrator" and entered.must_change
    assert accounts.make_first_administrator(store, OPERATOR) is None
