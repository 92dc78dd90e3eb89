"""What a role opens: every page exists, every command says who may run it, the rest is nobody's."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from app import operators
from app.cli import app
from app.roles import COMMANDS, PAGES, may_run
from app.services import accounts
from app.services.accounts import ACCOUNT_ROLES
from app.services.errors import RequestError
from app.ui.text import catalogue
from geodata.accounts import AccountRow
from geodata.viewer import Viewer
from tests.conftest import ROOT
from tests.demo_store import OPERATOR
from tests.test_accounts import events


def run(*arguments, url, **environment):
    result = CliRunner().invoke(app, [*arguments, "--database", url, "--language", "en"], env=environment)
    return result.exit_code, result.output


def test_every_role_has_pages_that_exist_and_are_titled():
    assert set(PAGES) == set(ACCOUNT_ROLES)
    for name in {name for pages in PAGES.values() for name in pages}:
        assert (ROOT / "app" / "views" / f"{name}.py").is_file()
        assert f"{name}.title" in catalogue("ja") and f"{name}.title" in catalogue("en")


def test_every_command_says_which_roles_may_run_it():
    assert set(typer.main.get_command(app).commands) == set(COMMANDS)
    assert {role for roles in COMMANDS.values() for role in roles} <= set(ACCOUNT_ROLES)


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_what_is_not_named_is_nobodys(role):
    assert not may_run(role, "unheard-of")
    assert not may_run("stranger", "analyse")


def test_nobody_both_keeps_accounts_and_reads_the_trail():
    assert not set(COMMANDS["users"]) & set(COMMANDS["audit"])
    assert not any({"accounts", "trail"} <= set(pages) for pages in PAGES.values())


@pytest.mark.parametrize("role", ["council", "watcher", "auditor", "planner", "coordinator"])
def test_a_command_of_others_is_refused_with_its_reason_and_an_event(demo, role):
    code, told = run("--user", f"demo-{role}", "users", "list", url=demo.url)
    assert code == 1
    assert f"Expected a role that may run users, got {role}." in told
    assert (f"demo-{role}", role, "refuse", "command", "refused") in events(demo)


def test_a_command_of_the_own_role_acts_as_the_account(demo):
    code, told = run("--user", "demo-administrator", "users", "list", url=demo.url)
    assert code == 0 and "demo-auditor" in told
    code, told = run("users", "list", url=demo.url, MIMAMORI_USER="demo-administrator")
    assert code == 0 and "demo-auditor" in told


def test_an_account_needs_its_password_for_a_command(demo):
    accounts.add_account(demo, OPERATOR, AccountRow("sato", "administrator"))
    for password in ("", "wrong"):
        code, told = run("--user", "sato", "users", "list", url=demo.url, MIMAMORI_PASSWORD=password)
        assert code == 1 and "Expected an account and its password" in told


def test_a_first_password_runs_no_command(demo):
    first = accounts.add_account(demo, OPERATOR, AccountRow("sato", "administrator"))
    code, told = run("--user", "sato", "users", "list", url=demo.url, MIMAMORI_PASSWORD=first)
    assert code == 1 and "Change it on the screen first" in told


def test_a_command_without_an_account_is_the_operators(demo):
    assert operators.operator().role == "operator"
    assert operators.planner().role == "planner"
    assert operators.coordinator("K01") == Viewer(
        "command", "coordinator", ("K01",), purpose="command on this machine"
    )


def test_a_command_acts_as_the_account_and_in_no_other_district():
    own = Viewer("sato", "coordinator", ("K01", "K02"))
    with operators.acting_as(own):
        assert operators.operator() == operators.planner() == own
        assert operators.coordinator("K02").districts == ("K02",)
        with pytest.raises(RequestError, match="Expected an own district, got K03"):
            operators.coordinator("K03")
    with operators.acting_as(Viewer("abe", "planner")):
        assert operators.coordinator("K03").role == "planner"  # the door refuses what planners may not see
    assert operators.operator().role == "operator"


def test_first_administrator_is_made_by_a_command_and_signs_in(store_url):
    from geodata.session import Store

    store = Store(store_url, secret=bytes(range(32)))
    store.migrate()
    code, told = run(
        "users",
        "add",
        "chief",
        "--role",
        "administrator",
        url=store_url,
        MIMAMORI_SECRET=bytes(range(32)).hex(),
    )
    assert code == 0 and "First password" in told
    first = told.rsplit(": ", 1)[1].strip()
    from tests.test_accounts import enter, who

    assert who(store, enter(store, "chief", first)).viewer.role == "administrator"
    store.close()


def test_commands_close_open_and_renew_an_account(demo):
    assert run("users", "close", "demo-auditor", url=demo.url)[0] == 0
    assert "demo-auditor  Auditor    closed" in run("users", "list", url=demo.url)[1]
    assert run("users", "open", "demo-auditor", url=demo.url)[0] == 0
    assert run("users", "role", "demo-auditor", "--role", "coordinator", url=demo.url)[0] == 1
    code, told = run("users", "close", "nobody", url=demo.url)
    assert code == 1 and "List them" in told
