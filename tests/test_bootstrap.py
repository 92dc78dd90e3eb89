"""The set-up of the two commands: standard library only, quick the second time, honest when Python is old."""

import ast
import sys
from pathlib import Path

import pytest

from app import bootstrap

SOURCE = Path(bootstrap.__file__).read_text(encoding="utf-8")


def test_the_set_up_needs_only_the_standard_library():
    imported = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported <= set(sys.stdlib_module_names)


def test_an_older_python_can_read_the_set_up_and_is_told_what_to_do(monkeypatch, capsys):
    ast.parse(SOURCE, feature_version=(3, 8))
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 9, 0))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    assert bootstrap.main(["demo"]) == 1
    assert "Install a newer Python" in capsys.readouterr().out


@pytest.fixture
def fresh(monkeypatch, tmp_path):
    """Give an empty environment folder and the list of commands that would be run."""
    commands = []
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(
        bootstrap.subprocess, "call", lambda command, **options: commands.append(command) or 0
    )
    return commands


@pytest.mark.parametrize("uv", [None, "uv"])
def test_the_environment_is_made_once_for_the_same_requirements(fresh, monkeypatch, uv):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: uv)
    bootstrap.set_up_environment("demo")
    made = len(fresh)
    bootstrap.set_up_environment("demo")
    assert made == 3  # environment, requirements, the project itself
    assert len(fresh) == made
    assert any("requirements.txt" in part for part in fresh[1])


def test_a_failed_installation_is_tried_again_next_time(fresh, monkeypatch):
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda command: 1)
    with pytest.raises(SystemExit, match="Run the same command again"):
        bootstrap.set_up_environment("demo")
    assert not list(bootstrap.VENV.glob("installed-*"))


def test_the_demo_stops_at_the_first_command_that_fails(fresh, monkeypatch):
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda command: fresh.append(command) or 1)
    assert bootstrap.run_demo(bootstrap._read_arguments(["demo", "--no-serve"])) == 1
    assert len(fresh) == 1
