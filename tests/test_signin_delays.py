"""Sign-ins end in time, and guessing is slowed down: per name and per address."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.services import accounts, passwords, signing_in
from tests.demo_store import OPERATOR
from tests.test_accounts import NOW, enter, events, make, who

SECOND, MINUTE, HOUR = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Hash with the least cost: the delays are tested, not the hash."""
    monkeypatch.setattr(passwords, "_COST", 2)


def fail(store, times, *, name="sato", now=NOW, address="192.0.2.1"):
    return [enter(store, name, "wrong", now, address).status for _ in range(times)]


def use(store, attempt, now):
    return signing_in.read_signed_in(store, signing_in.hash_of(attempt.token), is_use=True, now=now)


def test_sign_in_ends_after_half_an_hour_without_use(store):
    make(store)
    attempt = enter(store)
    assert use(store, attempt, NOW + 29 * MINUTE)
    assert use(store, attempt, NOW + 58 * MINUTE)  # 29 minutes after the last use
    assert use(store, attempt, NOW + 88 * MINUTE) is None  # exactly 30 minutes after it


def test_asking_without_use_does_not_keep_a_sign_in_alive(store):
    make(store)
    attempt = enter(store)
    assert who(store, attempt, NOW + 20 * MINUTE)
    assert who(store, attempt, NOW + 31 * MINUTE) is None


def test_sign_in_ends_after_twelve_hours_of_use(store):
    make(store)
    attempt = enter(store)
    for quarters in range(1, 48):
        assert use(store, attempt, NOW + quarters * 15 * MINUTE)
    assert use(store, attempt, NOW + 12 * HOUR) is None


def test_an_unknown_token_is_nobody(store):
    assert signing_in.read_signed_in(store, "0" * 64) is None


def test_fifth_failure_locks_a_name_even_for_the_right_password(store):
    make(store)
    assert fail(store, 5) == ["wrong"] * 5
    assert enter(store).status == "locked"
    assert enter(store, now=NOW + 59 * SECOND).status == "locked"
    assert enter(store, now=NOW + 60 * SECOND).status == "in"


def test_delays_double_up_to_an_hour(store):
    make(store)
    now, delays = NOW, []
    fail(store, 4)
    for _ in range(9):
        assert fail(store, 1, now=now) == ["wrong"]
        free = next(
            minutes for minutes in range(1, 100)
            if not signing_in_locked(store, now + minutes * MINUTE)
        )  # fmt: skip
        delays.append(free)
        now += free * MINUTE
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def signing_in_locked(store, at):
    with store.begin() as session:
        return signing_in._is_locked(session, signing_in._subject(store, "name", "sato"), at)


def test_unknown_names_are_locked_like_known_ones(store):
    make(store)
    known = fail(store, 6, address="192.0.2.1")
    unknown = fail(store, 6, name="nobody", address="192.0.2.2")
    assert known == unknown == ["wrong"] * 5 + ["locked"]


def test_unknown_names_cost_one_hash_like_known_ones(store, monkeypatch):
    make(store)
    hashed = []
    real = passwords._scrypt
    monkeypatch.setattr(passwords, "_scrypt", lambda *a: hashed.append(a[2:]) or real(*a))
    enter(store, password="wrong")
    enter(store, name="nobody", password="wrong")
    accounts.set_closed(store, OPERATOR, "sato", is_closed=True)
    enter(store, password="wrong")
    assert len(hashed) == 3


def test_twentieth_failure_locks_an_address_for_every_name(store):
    make(store)
    for number in range(20):
        assert fail(store, 1, name=f"guess{number}") == ["wrong"]
    assert enter(store).status == "locked"
    assert enter(store, address="192.0.2.9").status == "in"


def test_many_guesses_at_once_are_counted_one_by_one(store):
    make(store)
    with ThreadPoolExecutor(8) as pool:
        tried = list(pool.map(lambda _: enter(store, password="wrong").status, range(24)))
    assert tried.count("wrong") == 5


def test_good_sign_in_forgives_the_name_but_not_the_address(store):
    make(store)
    for _ in range(5):
        fail(store, 4)
        if enter(store).status == "locked":
            break
    else:
        pytest.fail("20 wrong guesses from one address were never stopped")


def test_failures_are_forgotten_after_a_day(store):
    make(store)
    fail(store, 4)
    assert fail(store, 2, now=NOW + 24 * HOUR) == ["wrong", "wrong"]


def test_unlocking_lets_a_name_try_at_once_and_is_an_event(store):
    make(store)
    fail(store, 5)
    accounts.unlock(store, OPERATOR, "sato")
    assert enter(store).status == "in"
    assert events(store)[-2][2:] == ("edit", "account", "done")


def test_lock_out_is_told_in_the_trail_and_tries_while_locked_do_not_fill_it(store):
    make(store)
    fail(store, 30)
    results = [result for *_, result in events(store)]
    assert results == ["done", "failed", "failed", "failed", "failed", "locked"]
