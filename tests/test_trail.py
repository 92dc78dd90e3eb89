"""The trail as the auditor meets it: commands, files, anchors, the page; and what the program records."""

from __future__ import annotations

import ast
import datetime as dt
import json

import pandas as pd
import pytest
from sqlalchemy import select, text
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from app import cache
from app.cli import app
from app.services import coverage, trail
from app.services.demo import DEMO_DATE
from app.services.errors import RequestError
from app.state import Choices
from app.ui import trail_tables
from app.ui.text import Words
from geodata.audit import record_event
from geodata.models import AuditEvent
from geodata.viewer import Viewer
from tests.conftest import ROOT
from tests.demo_store import PLANNER, coordinator

AUDITOR = Viewer("vera", "auditor", purpose="review")
JA, EN = Words("ja"), Words("en")


def events(store, **wanted):
    with store.begin() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
    return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]


def command(store, *words):
    """Run a command in English with JSON; return its code and its object."""
    asked = [*map(str, words), "--database", store.url, "--language", "en", "--json"]
    result = CliRunner().invoke(app, asked)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout)


def tamper(store, statement):
    with store.engine.begin() as connection:
        for act in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_event_no_{act}"))
        connection.execute(text(statement))


# --- commands ---------------------------------------------------------------------------------------------


def test_demo_city_has_a_whole_trail_and_verify_says_so(demo, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # no anchors there
    code, told = command(demo, "audit", "verify")
    assert (code, told["status"], told["problems"]) == (0, "whole", [])
    assert told["events"] == told["last_seq"] > 0


def test_verify_ends_with_code_one_and_names_the_altered_event(demo, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    tamper(demo, "UPDATE audit_event SET who = 'nobody' WHERE seq = 2")
    code, told = command(demo, "audit", "verify")
    assert (code, told["status"]) == (1, "broken")
    assert told["problems"] == [{"kind": "altered", "first_seq": 2, "last_seq": 2}]


def test_cut_end_is_found_with_the_usual_file_of_anchors(demo, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, kept = command(demo, "audit", "anchor")
    line = (tmp_path / "data" / "trail-anchors.txt").read_text(encoding="utf-8")
    assert code == 0 and line.endswith(f" {kept['last_seq']} {kept['last_hash']}\n")
    assert command(demo, "audit", "verify")[1]["anchors"] == 1
    tamper(demo, f"DELETE FROM audit_event WHERE seq >= {kept['last_seq']}")
    code, told = command(demo, "audit", "verify")
    assert (code, told["problems"][0]["kind"]) == (1, "cut")
    code, told = command(demo, "audit", "anchor")  # a broken trail is not anchored anew
    assert (code, told["status"]) == (1, "refused")
    code, told = command(demo, "audit", "verify", "--anchor", f"{kept['last_seq']}:{kept['last_hash']}")
    assert code == 1


@pytest.mark.parametrize("given", ["nonsense", "12", "12:abc"])
def test_an_anchor_that_is_none_is_refused(given):
    with pytest.raises(RequestError, match="number:hash"):
        trail.read_anchors(given)


def test_search_by_household_and_day_is_told_and_recorded(demo):
    with demo.begin(write=True) as session:
        record_event(session, Viewer("anne", "coordinator", ("K01",)), "look", "household", ["H00001"])
    today = (dt.datetime.now(dt.UTC) + trail.JAPAN).date()
    code, told = command(demo, "audit", "search", "--household", "H00001", "--since", today, "--until", today)
    assert (code, told["total"], told["events"][0]["who"]) == (0, 1, "anne")
    assert told["on_several"] > 0
    assert "H00001" not in json.dumps(told)
    last = events(demo)[-1]
    assert (last.act, last.object_kind, last.role) == ("search", "trail", "auditor")
    code, told = command(demo, "audit", "search", "--until", today - dt.timedelta(days=1))
    assert told["total"] == 0


def test_exported_trail_starts_no_formula_and_is_recorded(demo, tmp_path):
    with demo.begin(write=True) as session:
        record_event(session, Viewer("=cmd()", "planner", purpose="+1"), "look", "household", [])
    code, told = command(demo, "audit", "export", "--out", tmp_path / "trail.csv")
    table = pd.read_csv(tmp_path / "trail.csv")
    assert code == 0 and len(table) == told["written"] == told["total"]
    assert {"'=cmd()"} <= set(table["who"]) and not table["who"].str.startswith("=").any()
    assert [event.act for event in events(demo)[-2:]] == ["export", "search"]
    command(demo, "audit", "export", "--out", tmp_path / "trail.json", "--flag", "any")
    flagged = json.loads((tmp_path / "trail.json").read_text(encoding="utf-8"))["events"]
    assert all(event["flags"] for event in flagged)


def test_pruning_needs_a_settled_period_that_has_passed(demo):
    day = dt.date.today() - dt.timedelta(days=400)
    code, told = command(demo, "audit", "prune", "--before", day, "--reason", "rule 7")
    assert (code, told["status"]) == (1, "refused")
    assert command(demo, "audit", "rule", "--keep-days", 365, "--bulk", 600)[1] == {
        "status": "done",
        "keep_days": 365,
        "bulk_ids": 600,
    }
    assert command(demo, "audit", "prune", "--before", day, "--reason", "rule 7")[1]["pruned"] == 0
    assert command(demo, "audit", "rule", "--keep-days", 0)[0] == 1


# --- what the program records -----------------------------------------------------------------------------


def test_files_of_a_district_are_recorded_as_an_export_with_their_households(demo, tmp_path):
    code, _ = command(demo, "analyse", "--district", "K01", "--out", tmp_path / "out")
    assert code == 0
    (exported,) = events(demo, act="export")
    seen = coverage.load_district(demo, coordinator("K01"), "K01", "normal", DEMO_DATE)
    assert (exported.object_kind, exported.object_count) == ("household", len(seen.households))
    assert exported.filters == {"district": "K01"}


def test_files_of_the_city_name_the_mesh_and_no_household(demo, tmp_path):
    assert command(demo, "analyse", "--out", tmp_path / "out")[0] == 0
    (exported,) = events(demo, act="export")
    assert (exported.object_kind, exported.object_count, exported.filters["mesh"]) == ("figures", 0, "250m")


def test_round_sheets_are_recorded_as_printed(demo, tmp_path):
    assert command(demo, "sheet", "round", "--district", "K01", "--out", tmp_path)[0] == 0
    (printed,) = events(demo, act="print")
    assert printed.object_kind == "household" and printed.object_count > 0


def test_whatever_records_an_event_waits_for_other_writers():
    """A transaction that begins by reading fails on SQLite when it would write after somebody else has."""
    recording = {"record_event", "record_apart"}
    for path in sorted((ROOT / "geodata").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and "record_event" in called(node):
                recording.add(node.name)
    recording -= {"record_apart", "refuse"}  # they begin a transaction of their own
    found = []
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.With) and any(
                ast.unparse(item.context_expr).endswith(".begin()") for item in node.items
            ):
                found += [f"{path.name}: {name}" for name in sorted(called(node) & recording)]
    assert found == []


def called(node):
    """Return the names of the functions called inside."""
    return {
        ast.unparse(call.func).rsplit(".", 1)[-1] for call in ast.walk(node) if isinstance(call, ast.Call)
    }


# --- the page ---------------------------------------------------------------------------------------------


def page_for(store, viewer, monkeypatch):
    """Run the page alone, as the menu would for this viewer."""
    monkeypatch.setenv("MIMAMORI_DATABASE", store.url)
    cache.open_store.clear()
    page = AppTest.from_file(str(ROOT / "app" / "views" / "trail.py"), default_timeout=60)
    info = coverage.read_info(store)
    page.session_state["choices"] = Choices(store.url, info, JA, viewer, "normal", DEMO_DATE)
    return page.run()


def test_page_shows_flagged_events_first_and_leaves_one_search(demo, monkeypatch):
    with demo.begin(write=True) as session:
        record_event(session, PLANNER, "look", "household", map(str, range(201)))
        record_event(session, PLANNER, "look", "household", ["H1"])
    page = page_for(demo, AUDITOR, monkeypatch)
    assert not page.exception
    shown = page.dataframe[0].value
    flags = shown["確かめる理由"].tolist()
    assert "まとめて" in flags[0] and flags == sorted(flags, key=lambda flag: flag == "")
    page.run()
    assert len(events(demo, act="search", who="vera")) == 2  # the events and the review, once each


def test_page_checks_the_trail_and_says_what_is_wrong(demo, monkeypatch):
    page = page_for(demo, AUDITOR, monkeypatch)
    check = next(button for button in page.button if button.label.startswith("記録が壊れて"))
    page = check.click().run()
    assert not page.exception and "ありません" in page.success[0].value
    tamper(demo, "DELETE FROM audit_event WHERE seq = 3")
    check = next(button for button in page.button if button.label.startswith("記録が壊れて"))
    page = check.click().run()
    assert "壊れています" in page.error[0].value
    assert any("3〜3 番" in block.value for block in page.caption)


@pytest.mark.parametrize("role", ["planner", "administrator", "council"])
def test_page_refuses_everybody_but_the_auditor(demo, monkeypatch, role):
    page = page_for(demo, Viewer("x", role), monkeypatch)
    assert "AccessRefusedError" in str(page.exception[0])
    assert len(page.dataframe) == 0


def test_every_fault_and_flag_has_a_sentence_in_both_languages():
    kinds = ("altered", "removed", "unlinked", "seal", "before", "cut", "anchor")
    for words in (JA, EN):
        assert all(words.has(f"trail.problem.{kind}") for kind in kinds)
        assert trail_tables.flag_names("", words) == ""
        assert words("trail.flag.bulk") in trail_tables.flag_names("bulk,outside_hours", words)
