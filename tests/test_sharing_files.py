"""Files of consents and sharing rules: what they say, refuse and propose."""

import pytest

from app.services.imports import DatasetSpec, import_files
from app.services.sharing import load_own_households, load_rules
from app.services.sharing_changes import decide
from geodata import access
from geodata.errors import AccessRefusedError
from geodata.importers import ImportOptions, parse
from tests.small_sharing import (
    ADMIN,
    COMMISSIONER,
    COORDINATOR,
    COUNCIL,
    OPERATOR,
    PLANNER,
    SECOND,
    TODAY,
    fill,
)

SPEC = DatasetSpec("t", TODAY)
CONSENTS = "世帯番号,確認日,回答,同意レベル,書類番号\nH1,2026-01-09,はい,3,F-1\nH3,2026-02-01,拒否,,F-2\n"
RULES = (
    "rule_id,recipient,item,least_level,basis,article\n"
    "N-coordinator-household,coordinator,household,3,ordinance,5\n"
)


@pytest.fixture
def city(store):
    return fill(store)


def load(store, folder, layer, text, viewer=OPERATOR):
    file = folder / f"{layer}.csv"
    file.write_text(text, encoding="utf-8")
    return import_files(store, viewer, layer, [file], options=ImportOptions(), spec=SPEC)


def seen(store):
    with store.begin(write=True) as session:
        return list(access.read_district_households(session, COORDINATOR, "K1").households.index)


def test_consents_of_a_file_count_at_once_and_only_once(city, tmp_path):
    report = load(city, tmp_path, "consents", CONSENTS)
    assert (report.written, report.rejected) == (2, 0)
    assert seen(city) == ["H1", "H2", "H4"]
    assert load(city, tmp_path, "consents", CONSENTS).unchanged == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("H1,2026-01-09,no,3,", "level 0"),
        ("H1,2026-01-09,perhaps,,", "one of"),
        ("X9,2026-01-09,yes,2,", "household"),
        ("H1,,yes,2,", "empty cell"),
        ("H1,2026-01-09,yes,7,", "from 0 to 4"),
    ],
)
def test_bad_consent_rows_refuse_the_file(city, tmp_path, row, reason):
    report = load(city, tmp_path, "consents", f"household_id,asked_on,answer,level,form\n{row}\n")
    assert report.refused
    assert any(reason in problem.reason for problem in report.problems)
    assert seen(city) == ["H2", "H3", "H4"]


def test_rules_of_a_file_wait_for_a_second_person(city, tmp_path):
    assert load(city, tmp_path, "sharing-rules", RULES, viewer=ADMIN).written == 1
    assert seen(city) == ["H2", "H3", "H4"]
    asked = load_rules(city, SECOND).requests
    assert asked["may_decide"].tolist() == [True]
    assert load_rules(city, ADMIN).requests["may_decide"].tolist() == [False]
    decide(city, SECOND, asked["approval_id"][0], allow=True)
    assert seen(city) == ["H3", "H4"]
    assert load(city, tmp_path, "sharing-rules", RULES).unchanged == 1


def test_rule_that_contradicts_itself_refuses_its_file(tmp_path):
    file = tmp_path / "rules.csv"
    file.write_text(RULES.replace(",3,", ",0,"), encoding="utf-8")
    report = parse("sharing-rules", [file]).report
    assert report.refused
    assert "a refusal binds" in report.errors[0].reason


def test_rule_table_is_for_those_who_may_read_it(city):
    assert len(load_rules(city, PLANNER).rules) > 0
    with pytest.raises(AccessRefusedError):
        load_rules(city, COUNCIL)


def test_watchers_page_lists_own_households_without_their_points(city):
    own = load_own_households(city, COMMISSIONER)
    assert own.index.tolist() == ["G2", "H2", "H3", "H4"]
    assert "geometry" not in own
    with pytest.raises(AccessRefusedError):
        load_own_households(city, PLANNER)
