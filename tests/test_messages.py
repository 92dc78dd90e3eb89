"""Errors in Japanese: every message a person can meet has its wording, and its values are kept."""

from __future__ import annotations

import ast
import re
import string
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from app.console import Talk
from app.sheets.content import SheetContentError
from app.tasks import _tell_report
from app.ui import report_tables
from app.ui.text import Words
from app.ui.text.ja.messages import MESSAGES
from app.ui.text.messages import translate
from geodata.importers import ImportOptions, parse
from geodata.importers.report import ImportReport, RowProblem
from tests.test_architecture import is_japanese

ROOT = Path(__file__).resolve().parent.parent
JA, EN = Words("ja"), Words("en")
PLACEHOLDER = "7"
# Left in English: wrong usage and settings (exit code 2), the set-up before anything is installed, keys of
# catalogues, the demo's generator and the migrations, which only programmers can make fail.
NOT_READ = {
    "cli.py",
    "cli_steps.py",
    "command_line.py",
    "settings.py",
    "bootstrap.py",
    "text",
    "demo_city",
    "migrations",
}
ANALYSIS = (  # what the options of a command can cause
    "analysis/agreements.py",
    "analysis/assignment.py",
    "analysis/assignment_locks.py",
    "analysis/assignment_wishes.py",
    "analysis/backups.py",
    "analysis/visit_flow.py",
    "analysis/visit_plan.py",
    "analysis/budget.py",
    "analysis/budget_problem.py",
    "analysis/candidate_places.py",
    "analysis/consent.py",
    "analysis/crs.py",
    "analysis/dropout.py",
    "analysis/forecast.py",
    "analysis/compare.py",
    "analysis/handover.py",
    "analysis/joined_areas.py",
    "analysis/dwellings.py",
    "analysis/masking.py",
    "analysis/openings_choose.py",
    "analysis/openings_curve.py",
    "analysis/recruit_problem.py",
    "analysis/recruit_share.py",
    "analysis/recruiting.py",
    "analysis/remedies.py",
    "analysis/remedy_costs.py",
    "analysis/scenario.py",
    "analysis/scenario_changes.py",
    "analysis/scenario_moves.py",
    "analysis/succession.py",
    "analysis/suppression.py",
    "analysis/succession_plan.py",
    "analysis/visit_orders.py",
    "analysis/access.py",
    "analysis/new_places.py",
    "analysis/partner_offers.py",
    "analysis/partners.py",
    "analysis/support.py",
    "analysis/support_options.py",
    "analysis/support_tasks.py",
)
REASON_AT = {"flag": 3, "note": 2, "RowProblem": 3}  # which argument is the reason
# Words of commands and formats that a Japanese sentence keeps.
KEPT = re.compile(r"mimamori \w+|--\w+( \w+=\w+)?|requirements\.txt|CSV UTF-8")
ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,}|\b(expected|got|none|or|and|the|of|with|is|be)\b", re.IGNORECASE)


# --- every message has its wording ------------------------------------------------------------------------


def test_every_message_a_person_can_meet_has_a_japanese_wording():
    messages = gather()
    assert len(messages) > 130  # 142 when written: fewer means the gathering no longer finds them
    lacking = {text: file for text, file in messages.items() if not is_wholly_japanese(translate(text, JA))}
    assert lacking == {}


def test_an_english_sentence_is_told_from_a_japanese_one():
    assert is_wholly_japanese(
        "先に mimamori demo を実行するか、--map setai=household_count を付けてください。"
    )
    assert not is_wholly_japanese("Expected a number.")
    assert not is_wholly_japanese("「h.csv」は UTF-8 or CP932 では読めません。")
    assert not is_wholly_japanese("日本の外です：looks like lon and lat are swapped。")


def test_the_gathering_finds_messages_however_they_are_put_together():
    source = """
PLACE = "Expected a place. Find it."
def check(found, checks, there):
    remedy = "swapped" if found else "wrong"
    reason = f"Areas overlap by {found} m²."
    checks.flag(found, "geometry", found, reason)
    if there:
        raise ImportRefusedError(f"Expected '{found}' there, got {found or 'an empty one'}: " f"{remedy}.")
    faults.append(f"Expected season, got {found!r}.")
"""
    tree = ast.parse(source)
    assert [*constants(tree), *told(tree.body[1])] == [
        "Expected a place. Find it.",
        "Areas overlap by 7 m².",
        "Expected '7' there, got 7: swapped.",
        "Expected '7' there, got 7: wrong.",
        "Expected '7' there, got an empty one: swapped.",
        "Expected '7' there, got an empty one: wrong.",
        "Expected season, got '7'.",
    ]


def test_every_wording_fills_only_holes_its_message_has_and_stands_once():
    assert {english for english, japanese in MESSAGES if not holes(japanese) <= holes(english)} == set()
    assert len(dict(MESSAGES)) == len(MESSAGES)


def test_every_wording_belongs_to_a_message_that_is_still_written():
    # Each template is met by a message gathered from the sources; the rest are told by other packages.
    elsewhere = {english for english, _ in MESSAGES if "OperationalError" in english}
    sources_of_crs = {"declared", "given", "by format"}
    met = {translate(text, JA) for text in gather()}
    unmet = {
        english
        for english, japanese in MESSAGES
        if japanese.format(**dict.fromkeys(holes(japanese), PLACEHOLDER)) not in met
    }
    assert unmet - elsewhere - sources_of_crs == set()


# --- values are kept --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        (
            "Expected a date such as 2026-11-23 or R8.11.23. Write it so.",
            "日付は 2026-11-23 または R8.11.23 のように書いてください。",
        ),
        (
            "Expected a known layer, got 'roads'. Choose from boundary, streets.",
            "「roads」という種類はありません。boundary, streets から選んでください。",
        ),
        (  # a name with a full stop and a blank in it
            "Expected rows in 'my. file.csv', got an empty file. Export it again.",
            "「my. file.csv」は中身が空です。もう一度書き出してください。",
        ),
        (  # an empty value
            "Expected a municipality code of 5 digits, got ''. Pass for example 17201.",
            "市区町村コード「」は5桁の数字ではありません。例えば 17201 のように書いてください。",
        ),
        (  # the template with more text of its own wins over "Expected '{name}' in {encoding}, …"
            "Expected 'h.csv' in UTF-8 or CP932, got bytes that are not. Pass its --encoding.",
            "「h.csv」は UTF-8 でも CP932（Shift_JIS）でも読めません。"
            "--encoding で文字コードを指定してください。",
        ),
        (
            "Expected 'h.csv' in euc_jp, got bytes that are not. Pass its --encoding.",
            "「h.csv」は euc_jp では読めません。--encoding で文字コードを指定してください。",
        ),
        (  # Python writes a value with an apostrophe in double quotes
            'Expected a community district (K01, K02 …), got "K\'9". Choose one of them.',
            "「K'9」という校下・地区はありません。K01, K02 などのコードから選んでください。",
        ),
        (  # braces in a value are no holes
            "Expected a known CRS, got '{crs}'. Pass for example --crs EPSG:6668.",
            "「{crs}」という座標系はありません。例えば --crs EPSG:6668 のように指定してください。",
        ),
        (  # a reason inside a message is translated too
            "Expected good town polygons, got row 3: Expected a whole number.. Correct the file.",
            "町丁のファイルの 3 行目に誤りがあります：整数を書いてください。ファイルを直してください。",
        ),
        (
            "(sqlite3.OperationalError) database is locked [SQL: UPDATE t SET a=1] "
            "(Background on this error at: https://sqlalche.me/e/20/e3q8)",
            "データベースを使えません。--database の指定と、データベースが動いていることを確かめてください。"
            "（詳細：database is locked）",
        ),
    ],
)
def test_a_message_is_told_in_japanese_with_its_values(english, japanese):
    assert translate(english, JA) == japanese
    assert translate(english, EN) == english


def test_several_faults_of_one_message_are_each_told():
    faults = SheetContentError(
        "Expected season in ('normal', 'snow'), got 'rain'. Use one of them. "
        "Expected basis in ('streets',), got 'air'. Use one of them. "
        "Expected at least one round to print, got none. Plan a round first."
    )
    assert translate(str(faults), JA) == (
        "「rain」という季節はありません。('normal', 'snow') のどれかにしてください。"
        "「air」という測り方はありません。('streets',) のどれかにしてください。"
        "印刷する順路がありません。先に順路を作ってください。"
    )


@pytest.mark.parametrize(
    "text", ["Something else went wrong.", "Expected a whole number. Something else went wrong.", ""]
)
def test_a_message_without_a_wording_stays_as_it_is(text):
    assert translate(text, JA) == text


# --- where it is shown ------------------------------------------------------------------------------------


def test_a_refused_command_gives_its_reason_in_the_readers_language(capsys):
    reason = "Expected a file, got none called 'h.csv'. Check the path."
    Talk(JA, as_json=False).refuse(reason)
    assert capsys.readouterr().err == (
        "できませんでした：「h.csv」というファイルはありません。場所と名前を確かめてください。\n"
    )
    Talk(EN, as_json=False).refuse(reason)
    assert capsys.readouterr().err == f"Refused: {reason}\n"


def test_the_problems_of_a_real_file_are_all_told_in_japanese(tmp_path):
    file = tmp_path / "h.csv"
    file.write_text(
        "household_id,lon,lat,visits_per_month,consent,valid_from,colour\n"
        "H1,36.56,136.65,1,2,,red\n"  # swapped
        "H2,136.65,,1,9,,\n"  # one empty, consent beyond 4
        "H 3,136.65,36.56,-1,1.5,yesterday,\n",
        encoding="utf-8",
    )
    report = parse("households", [file], ImportOptions()).report
    assert {problem.column for problem in report.problems} == {
        "household_id", "lon", "visits_per_month", "consent", "valid_from", "colour",
    }  # fmt: skip
    assert [p.reason for p in report.problems if not is_wholly_japanese(translate(p.reason, JA))] == []


def test_the_command_tells_problems_repairs_and_the_crs_in_japanese():
    problem = RowProblem(2, "lon", "x", "Expected degrees as a number. Write digits only.")
    report = ImportReport(
        "boundary",
        ("a.geojson",),
        rows_read=1,
        problems=(problem,),
        repairs=(("geometries made valid", 1200),),
        encoding="UTF-8",
        crs="EPSG:6668",
        crs_source="declared, by format",
    )
    talk = Talk(JA, as_json=False)
    _tell_report(talk, report)
    assert talk.lines[1:] == [
        "　版 –、文字コード UTF-8、座標系 EPSG:6668（ファイルの記録・形式の決まり）",
        "　直したところ　形の誤りを直した：1,200",
        "　誤り　2 行目　lon「x」　経度・緯度が数になっていません。度の数字だけを書いてください。",
    ]
    talk = Talk(EN, as_json=False)
    _tell_report(talk, report)
    assert talk.lines[1].endswith("CRS EPSG:6668 (declared, by format)")
    assert talk.lines[3].endswith(problem.reason)


def test_the_data_page_tells_reasons_in_the_readers_language():
    reasons = ["Expected a whole number.", "far away"]
    problems = [
        {"row": 2, "column": "consent", "value": None, "reason": reason, "severity": "error"}
        for reason in reasons
    ]
    japanese = report_tables.import_problems(problems, JA)
    pd.testing.assert_series_equal(
        japanese["内容"], pd.Series(["整数を書いてください。", "far away"], name="内容"), check_dtype=False
    )
    english = report_tables.import_problems(problems, EN)
    assert english[EN("column.problem.reason")].tolist() == reasons
    assert report_tables.import_problems([], JA).empty


# --- gathering the messages -------------------------------------------------------------------------------


def is_wholly_japanese(text):
    """Say whether a text is a Japanese sentence without English words beyond commands and formats."""
    return is_japanese(text) and not ENGLISH.search(KEPT.sub("", text))


def holes(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def gather():
    """Return every message with the file it comes from; each value becomes the placeholder."""
    found = {}
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        texts = [*constants(tree), *(text for function in functions for text in told(function))]
        found |= dict.fromkeys(texts, path.relative_to(ROOT).as_posix())
    return found


def sources():
    """Return the files whose messages people meet."""
    found = [path for folder in ("geodata", "app") for path in sorted((ROOT / folder).rglob("*.py"))]
    found = [path for path in found if not NOT_READ & set(path.relative_to(ROOT).parts)]
    return [*found, *(ROOT / name for name in ANALYSIS)]


def constants(tree):
    """Return the reasons kept as constants of a module: sentences under an upper-case name."""
    named = [node for node in tree.body if isinstance(node, ast.Assign)]
    named = [node for node in named if ast.unparse(node.targets[0]).isupper()]
    texts = [text for node in named for text in wordings(node.value, {})]
    return [text for text in texts if " " in text and text.endswith(".")]


def told(function):
    """Return the messages a function tells: what it raises or reports, and whatever begins as one does."""
    names = assigned(function)
    parts = {
        id(part)
        for node in ast.walk(function)
        if isinstance(node, ast.JoinedStr)
        for part in ast.iter_child_nodes(node)
    }
    texts = []
    for node in ast.walk(function):
        if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in parts:
            texts += [text for text in wordings(node, names) if text.startswith("Expected ")]
        elif isinstance(node, ast.Call):
            texts += [text for text in wordings(reason_of(node), names) if " " in text]
    return unique(texts)


def reason_of(call):
    """Return the argument of an error or of a line of a report that is its message, or None."""
    name = ast.unparse(call.func).rsplit(".", 1)[-1]
    named = [keyword.value for keyword in call.keywords if keyword.arg == "reason"]
    place = 0 if name.endswith("Error") else REASON_AT.get(name)
    if place is None:
        return None
    return next(iter([*named, *call.args[place : place + 1]]), None)


def assigned(function):
    """Return what a function assigns to each of its names."""
    names = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.setdefault(node.targets[0].id, []).append(node.value)
    return names


def wordings(node, names):
    """Return every text an expression can give, as far as it is written there."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(chosen) for chosen in product(*(wordings(part, names) for part in parts))]
        case ast.FormattedValue(value=value, conversion=conversion):
            texts = wordings(value, names)
            return [repr(text) for text in texts] if conversion == ord("r") else texts
        case ast.IfExp(body=body, orelse=other):
            return unique([*wordings(body, names), *wordings(other, names)])
        case ast.BoolOp(values=values):
            return unique([text for value in values for text in wordings(value, names)])
        case ast.Name(id=name) if name in names:
            return unique([text for value in names[name] for text in wordings(value, {})])
    return [PLACEHOLDER]


def unique(texts):
    return list(dict.fromkeys(texts))
