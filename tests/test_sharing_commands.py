"""Commands on rules, consents and disasters, and what of the rules reaches paper, files and kept views."""

import json

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from app import cache
from app.cli import app
from app.services import coverage, rounds, sharing, sharing_changes, support
from app.services.reasons import load_reasons
from app.services.support import SupportRequest
from geodata import access, approvals
from geodata.errors import AccessRefusedError, ConflictError
from geodata.models import AuditEvent, ConsentRecord, Household, SharingRule
from geodata.rights import may
from geodata.sharing_consent import effective_level
from tests.demo_store import OPERATOR, coordinator
from tests.small_sharing import ADMIN, COORDINATOR, DAY, EVERYBODY, SECOND, TODAY, fill

DATE = "2026-04-01"


@pytest.fixture
def city(store):
    return fill(store)


def run(store, *arguments, user=None, ok=True):
    """Run a command as JSON, as a demo account where one is named; return what it told."""
    acting = ["--user", f"demo-{user}"] if user else []
    result = CliRunner().invoke(app, [*acting, *map(str, arguments), "--database", store.url, "--json"])
    told = json.loads(result.stdout)
    assert (result.exit_code, told["status"]) == ((0, told["status"]) if ok else (1, "refused")), told
    return told


def plain(store, *arguments):
    """Run a command and return what it says to people."""
    return CliRunner().invoke(app, [*map(str, arguments), "--database", store.url]).stdout


def ask(store, *arguments, user=None):
    return run(store, *arguments, user=user)["requests"][0]


def district_of(store):
    with store.begin() as session:
        return session.scalar(
            select(Household.community_district).where(Household.community_district.is_not(None)).limit(1)
        )


def allow_on(store, media):
    """Let every rule in force hold for these media alone."""
    with store.begin() as session:
        session.execute(update(SharingRule).values(media=media))


# --- rules ------------------------------------------------------------------------------------------------


def test_rule_of_a_file_waits_until_another_account_approves(demo, tmp_path):
    file = tmp_path / "rules.csv"
    file.write_text("rule_id,recipient,item,least_level\nX1,neighbour,needs,3\n", encoding="utf-8")
    assert run(demo, "rules", "propose", file)["proposed"] == 1
    waiting = run(demo, "rules", "requests")["requests"]
    number = next(one["approval_id"] for one in waiting if "X1" in str(one["subject"]))
    run(demo, "rules", "approve", number, ok=False)  # who asked, and runs the machine alone
    assert run(demo, "rules", "approve", number, user="administrator")["kind"] == "rule"
    rules = run(demo, "rules", "list", user="auditor")["rules"]
    assert [one["status"] for one in rules if one["rule_id"] == "X1"] == ["in_force"]


def test_file_of_rules_with_a_fault_proposes_none(demo, tmp_path):
    file = tmp_path / "rules.csv"
    file.write_text(
        "rule_id,recipient,item,least_level\nX1,neighbour,needs,3\nX2,neighbour,needs,1\n", "utf-8"
    )
    assert "3 行目" in run(demo, "rules", "propose", file, ok=False)["reason"]
    assert all("X1" not in str(one["subject"]) for one in run(demo, "rules", "requests")["requests"])


def test_ended_rule_holds_until_the_second_person(demo):
    number = ask(demo, "rules", "end", "N-student-visit", "--reason", "over")
    status = [one["status"] for one in run(demo, "rules", "list")["rules"] if one["item"] == "visit"]
    assert set(status) == {"in_force"}
    run(demo, "rules", "approve", number, user="administrator")
    assert "N-student-visit" not in [one["rule_id"] for one in run(demo, "rules", "list")["rules"]]
    run(demo, "rules", "end", "N-student-visit", "--reason", "over", ok=False)


def test_refused_end_leaves_the_rule(demo):
    number = ask(demo, "rules", "end", "N-student-visit", "--reason", "over")
    run(demo, "rules", "refuse", number, user="administrator")
    run(demo, "rules", "approve", number, user="administrator", ok=False)
    assert "N-student-visit" in [one["rule_id"] for one in run(demo, "rules", "list")["rules"]]


def test_rules_printed_for_the_council_name_nobody(demo, tmp_path):
    with demo.begin() as session:
        session.execute(update(SharingRule).values(manager="Yamada", readers="Sato", agreement="=1+1|<b>"))
    run(demo, "rules", "print", "--out", tmp_path)
    for name in ("rules.csv", "rules.md"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "Yamada" not in text and "Sato" not in text
        assert "N-student-visit" in text and "promoter-needs" not in text  # proposed only
    assert "'=1+1" in (tmp_path / "rules.csv").read_text(encoding="utf-8")
    assert "=1+1\\|&lt;b&gt;" in (tmp_path / "rules.md").read_text(encoding="utf-8")


# --- disasters, looks, consents ---------------------------------------------------------------------------


def test_disaster_takes_two_accounts_and_one_to_end(demo):
    declared = ("disaster", "declare", "--until", TODAY + DAY, "--reason", "quake")
    number = ask(demo, *declared, user="administrator")
    run(demo, "disaster", "approve", number, user="administrator", ok=False)
    assert run(demo, "rules", "list")["disaster_until"] is None
    number = ask(demo, *declared)
    run(demo, "disaster", "approve", number, user="administrator")
    assert run(demo, "rules", "list")["disaster_until"] is not None
    run(demo, "disaster", "end", user="administrator")
    run(demo, "disaster", "end", user="administrator", ok=False)


def test_disaster_command_approves_nothing_else(demo):
    number = ask(demo, "rules", "end", "N-student-visit", "--reason", "over")
    run(demo, "disaster", "approve", number, user="administrator", ok=False)
    assert run(demo, "rules", "requests")["requests"]


def test_allowed_look_shows_the_district_and_no_other(city):
    asked = approvals_of(city, "K1")
    assert sharing.load_allowed_district(city, ADMIN, "K1").empty
    sharing_changes.decide(city, SECOND, asked, allow=True)
    assert list(sharing.load_allowed_district(city, ADMIN, "K1").index) == ["H1", "H2", "H3", "H4"]
    assert sharing.load_allowed_district(city, ADMIN, "K2").empty
    assert sharing.load_allowed_district(city, SECOND, "K1").empty
    assert sharing.load_rules(city, ADMIN).looks == ("K1",)
    assert sharing.load_rules(city, SECOND).looks == ()


def approvals_of(store, district):
    with store.begin(write=True) as session:
        return approvals.ask_leave(session, ADMIN, "look", {"district": district}, "a call").approval_id


def test_consent_of_a_command_counts_with_the_next_read(demo):
    household = hidden_household(demo)
    run(demo, "consents", "add", household, "--asked-on", DATE, "--answer", "yes", ok=False)  # without a form
    run(demo, "consents", "add", household, "--asked-on", TODAY, "--answer", "yes", "--form", "F1")
    with demo.begin() as session:
        assert level_of(session, household) == 2
    run(demo, "consents", "withdraw", household, user="administrator")
    with demo.begin() as session:
        assert level_of(session, household) == 0
        names = session.scalars(select(ConsentRecord.entered_by).where(of(household))).all()
    assert sorted(names) == ["command", "demo-administrator"]


def test_coordinators_command_enters_no_consent(demo):
    household = hidden_household(demo)
    told = ("consents", "add", household, "--asked-on", DATE, "--answer", "yes", "--form", "F1")
    run(demo, *told, user="coordinator", ok=False)
    run(demo, "consents", "withdraw", household, user="coordinator", ok=False)  # one it does not see


def of(household):
    return ConsentRecord.household_id == household


def level_of(session, household):
    named = Household.household_id == household
    return session.scalar(select(effective_level(TODAY)).select_from(Household).where(named))


def hidden_household(store):
    with store.begin() as session:
        asked = select(ConsentRecord.household_id)
        query = select(Household.household_id).where(
            Household.consent == 1, Household.household_id.not_in(asked)
        )
        return session.scalar(query.limit(1))


# --- paper, files, kept views -----------------------------------------------------------------------------


def test_rules_for_the_screen_alone_leave_paper_and_files_empty(demo):
    district = district_of(demo)
    viewer, place = coordinator(district), (district, "normal", coverage.read_info(demo).reference_date)
    full = coverage.load_district(demo, viewer, *place, medium="file")
    assert len(full.households) and len(load_reasons(demo, viewer, *place, medium="file"))
    allow_on(demo, "screen")
    kept = coverage.load_district(demo, viewer, *place, medium="file")
    assert kept.households.empty
    assert kept.hidden_households == full.hidden_households + len(full.households)
    assert load_reasons(demo, viewer, *place, medium="file").empty
    planned = rounds.plan_district(demo, viewer, *place, medium="paper")
    assert (planned.planned, planned.hidden) == ((), kept.hidden_households)
    request = SupportRequest("normal", place[2])
    week = support.load_week(
        demo, viewer, support.plan_support(demo, viewer, request), district, medium="paper;file"
    )
    assert week.outings.empty and week.hidden_outings
    assert len(coverage.load_district(demo, viewer, *place).households) == len(full.households)


def test_commands_say_what_the_rules_keep_off_paper(demo, tmp_path):
    district, out = district_of(demo), tmp_path / "out"
    allow_on(demo, "screen;file")
    told = run(demo, "sheet", "round", "--district", district, "--out", out, ok=False)
    assert "紙に載せてよい世帯がありません" in told["reason"]
    assert not out.exists()
    told = run(demo, "rounds", "--district", district, "--out", out)
    assert told["doors"] == 0 and told["hidden_households"] > 0
    assert [path.name for path in out.iterdir()] == ["rounds.csv"]
    assert "ファイルに載せていません" in plain(demo, "rounds", "--district", district, "--out", out)
    told = run(demo, "sheet", "district", "--district", district, "--out", out)
    assert told["hidden_households"] > 0


def test_kept_views_end_with_a_disaster_and_a_leave(city, monkeypatch):
    monkeypatch.setattr(cache, "open_store", lambda url: city)
    before = cache._rights(city.url, ADMIN)
    number = sharing_changes.declare_disaster(city, ADMIN, TODAY + DAY, "quake").approval_id
    sharing_changes.decide(city, SECOND, number, allow=True)
    during = cache._rights(city.url, ADMIN)
    sharing_changes.decide(city, SECOND, approvals_of(city, "K1"), allow=True)
    assert len({before, during, cache._rights(city.url, ADMIN)}) == 3
    sharing_changes.end_disaster(city, ADMIN)
    assert cache._rights(city.url, COORDINATOR)[-2:] == (TODAY.isoformat(), "")


# --- the demo's records, and who publishes ----------------------------------------------------------------


def test_demo_records_say_what_the_imported_levels_say(demo):
    with demo.begin(write=True) as session:
        records = session.scalars(select(ConsentRecord)).all()
        imported = dict(session.execute(select(Household.household_id, Household.consent)).all())
        levels = access.read_for_analysis(session, OPERATOR).households["consent"]
    assert len(records) == 36
    assert {one.answer for one in records} >= {"yes", "none"}
    assert levels.to_dict() == imported
    assert len(run(demo, "rules", "requests", user="administrator")["requests"]) == 1


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda one: f"{one.role}-{one.who}")
def test_planner_administrator_and_operator_publish(viewer):
    assert may(viewer, "publish") == (viewer.role in ("planner", "administrator", "operator"))


def test_unknown_request_is_a_conflict_for_who_decides(city):
    with pytest.raises(ConflictError):
        sharing_changes.decide(city, ADMIN, "none", allow=True)
    with pytest.raises(AccessRefusedError):
        sharing_changes.decide(city, COORDINATOR, "none", allow=True)
    with city.begin() as session:
        assert "approve" not in session.scalars(select(AuditEvent.act)).all()
