"""The three rules of the architecture, read from the imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("analysis", "geodata", "app")


def modules(folder):
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path):
    """Return every module a file imports, those inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def offenders(folder, forbidden, allowed=()):
    """Return 'file imports module' for each import of a forbidden package."""
    found = []
    for path in modules(folder):
        for name in imported(path):
            banned = any(name == package or name.startswith(f"{package}.") for package in forbidden)
            if banned and not any(name.startswith(package) for package in allowed):
                found.append(f"{path.relative_to(ROOT)} imports {name}")
    return sorted(found)


def test_analysis_imports_neither_store_nor_screen():
    assert offenders("analysis", ("geodata", "app")) == []


def test_geodata_imports_neither_analysis_nor_screen():
    assert offenders("geodata", ("analysis", "app")) == []


def test_analysis_knows_no_database_file_screen_or_environment():
    forbidden = ("sqlalchemy", "sqlite3", "os", "pathlib", "streamlit", "folium", "rich", "time", "pyogrio")
    assert offenders("analysis", forbidden) == []


def test_services_know_no_screen_no_paper_and_no_sql():
    forbidden = ("streamlit", "folium", "matplotlib", "sqlalchemy.sql", "app.ui", "app.sheets", "app.views")
    assert offenders("app/services", forbidden) == []
    assert [line for line in offenders("app/services", ("sqlalchemy",)) if "sqlalchemy.orm" not in line] == []


@pytest.mark.parametrize("folder", ["app/ui", "app/views", "app/sheets"])
def test_screen_and_paper_compute_and_read_nothing_themselves(folder):
    # Errors, frozen values and the names of classes are words of the domain, not computing.
    words = ("analysis.frames", "analysis.errors", "geodata.viewer", "geodata.errors", "geodata.exporters")
    assert offenders(folder, ("analysis", "geodata"), allowed=words) == []


def test_views_are_thin():
    long = {path.name: code_lines(path) for path in modules("app/views") if code_lines(path) > 60}
    long.pop("steps.py", None)  # what the pages share
    assert long == {}


def test_no_module_is_longer_than_four_hundred_code_lines():
    paths = [path for layer in LAYERS for path in modules(layer) if "migrations" not in path.parts]
    catalogues = [path for path in paths if "text" in path.parts]
    long = {
        str(path): code_lines(path) for path in paths if path not in catalogues and code_lines(path) > 400
    }
    assert long == {}


def test_no_function_body_is_longer_than_sixty_lines():
    long = []
    for layer in LAYERS:
        for path in modules(layer):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    body = node.body[1:] if ast.get_docstring(node) else node.body
                    if body and body[-1].end_lineno - body[0].lineno + 1 > 60:
                        long.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert long == []


def test_only_the_settings_read_the_environment():
    readers = []
    for path in modules("app") + modules("geodata") + modules("analysis"):
        text = path.read_text(encoding="utf-8")
        if ("os.environ" in text or "getenv" in text) and path.name != "settings.py":
            readers.append(str(path.relative_to(ROOT)))
    assert readers == []


def test_personal_tables_are_read_through_the_one_door_only():
    personal = {
        *("Household", "Watcher", "Assignment", "HouseholdResult", "WatcherResult"),
        *("Proposal", "Edit", "Scenario", "SupportTask", "ConsentRecord"),
    }
    doors = {"access.py", "access_steps.py", "access_edits.py", "edits.py", "results.py"}
    doors |= {"read.py", "write.py"}  # ids and counts; imports
    doors |= {"access_release.py", "access_points.py"}  # counts to publish; places to displace
    doors |= {"erasure.py"}  # leaving
    sharing = {"sharing.py", "sharing_consent.py", "sharing_records.py"}  # conditions; consent records
    found = []
    for path in modules("app") + modules("geodata"):
        if "models" in path.parts or "importers" in path.parts or path.name in doors:
            continue
        if path.parent.name == "geodata" and path.name in sharing:
            continue
        used = {name.rsplit(".", 1)[-1] for name in imported(path) if name.startswith("geodata.models")}
        allowed = {"HouseholdResult"} if path.name == "keeping.py" else set()  # a type, read by the door
        if (used & personal) - allowed:
            found.append(f"{path.relative_to(ROOT)}: {sorted(used & personal)}")
    assert found == []


def test_both_languages_hold_the_same_texts_with_the_same_values():
    import string

    from app.ui.text import catalogue

    def holes(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    japanese, english = catalogue("ja"), catalogue("en")
    assert japanese.keys() == english.keys()
    assert {key for key in japanese if holes(japanese[key]) != holes(english[key])} == set()


def test_no_japanese_text_stands_outside_the_catalogues():
    # The catalogues, generated names, words of file formats, and eras and marks of numbers and dates.
    allowed = {"text", "demo_city", "importers", "dates.py", "demo.py", "draw_households.py"}
    found = []
    for path in modules("app") + modules("analysis") + modules("geodata"):
        if allowed & set(path.relative_to(ROOT).parts):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documented = {id(node.body[0].value) for node in ast.walk(tree) if has_docstring(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in documented and is_japanese(node.value):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.value[:30]}")
    assert found == []


def has_docstring(node):
    """Say whether a module, class or function begins with a text (a field's text below it counts too)."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    return isinstance(node, kinds) and ast.get_docstring(node) is not None


def is_japanese(text):
    """Say whether a text holds a kana or kanji; punctuation and units alone are no words."""
    letters = ("\u3041", "\u3096"), ("\u30a1", "\u30fa"), ("\u4e00", "\u9fff")
    return isinstance(text, str) and any(low <= sign <= high for sign in text for low, high in letters)


def code_lines(path):
    """Count lines of code: no blank lines, comments or docstrings."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    documented = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            documented |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(
        1
        for number, line in lines
        if line.strip() and not line.strip().startswith("#") and number not in documented
    )
