"""The two commands of the README, for a machine that has only Python: ``demo`` and ``test``.

Needs nothing but the standard library. Makes ``.venv`` in the project's folder (with uv when it is present,
otherwise pip), installs the pinned requirements once, then runs the command inside it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOWEST = (3, 11)
_ON_ALL_CORES = ("-n", "auto", "--maxprocesses", "4", "--dist", "loadfile")  # a process needs about 1 GB
REQUIREMENTS = {"demo": "requirements.txt", "test": "tests/requirements.txt"}


def main(arguments: list[str] | None = None) -> int:
    """Run one of the two commands and return its exit code."""
    options = _read_arguments(arguments)
    if sys.version_info < LOWEST:
        return _restart_with_newer_python()
    os.chdir(ROOT)
    set_up_environment(options.command)
    if options.command == "test":
        return _run("python", "-m", "pytest", *_ON_ALL_CORES, *options.rest)
    return run_demo(options)


def _read_arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="make the demo city and show it")
    demo.add_argument("--no-serve", action="store_true", help="stop before serving the dashboard")
    demo.add_argument("--households", default="30000", help="households to watch over")
    demo.add_argument("--seed", default="2025")
    demo.add_argument("--port", default="8501")
    test = commands.add_parser("test", help="install what tests need and run them")
    test.add_argument("rest", nargs=argparse.REMAINDER, help="passed on to pytest")
    return parser.parse_args(arguments)


def _restart_with_newer_python() -> int:
    for name in ("python3.14", "python3.13", "python3.12", "python3.11"):
        if found := shutil.which(name):
            return subprocess.call([found, *sys.argv])
    print(f"Expected Python 3.11 or newer, got {sys.version.split()[0]}. Install a newer Python.")
    return 1


def set_up_environment(command: str) -> None:
    """Make ``.venv`` and install the pinned requirements, unless that was done for the same files."""
    requirements = ROOT / REQUIREMENTS[command]
    stamp = VENV / f"installed-{command}"
    wanted = _fingerprint(requirements)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    uv = shutil.which("uv")
    if not _inside("python").exists():
        _step("Making the environment in .venv")
        maker = [uv, "venv", "--quiet", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
        _must([*maker, str(VENV)])
    _step(f"Installing the pinned requirements with {'uv' if uv else 'pip'} (once; about 1.1 GB on disk)")
    python = str(_inside("python"))
    install = [uv, *_UV_PIP, "--python", python] if uv else [python, *_PIP]
    _must([*install, "-r", str(requirements)])
    _must([*install, "--no-deps", "--editable", str(ROOT)])
    stamp.write_text(wanted)


_UV_PIP = ("pip", "install", "--quiet", "--compile-bytecode")  # as pip does: the first start is quicker
_PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")


def run_demo(options: argparse.Namespace) -> int:
    """Make the city, analyse both seasons, write maps and sheets to ``out/``, then serve it."""
    size = ("--households", options.households, "--seed", options.seed)
    for step in (
        ("demo", *size),
        ("analyse", "--season", "snow", "--out", "out/snow", "--unless-done"),
        ("analyse", "--season", "normal", "--out", "out", "--unless-done"),
    ):
        if code := _run("mimamori", *step):
            return code
    if options.no_serve:
        return 0
    return _run("mimamori", "serve", "--port", options.port)


def _fingerprint(requirements: Path) -> str:
    content = requirements.read_bytes() + (ROOT / "pyproject.toml").read_bytes() + sys.version.encode()
    return hashlib.sha256(content).hexdigest()


def _inside(program: str) -> Path:
    return VENV / ("Scripts" if os.name == "nt" else "bin") / (program + (".exe" if os.name == "nt" else ""))


def _run(program: str, *arguments: str) -> int:
    try:
        return subprocess.call([str(_inside(program)), *arguments])
    except KeyboardInterrupt:
        return 130


def _must(command: list[str]) -> None:
    if subprocess.call(command):
        raise SystemExit("The set-up stopped; the lines above say why. Run the same command again to go on.")


def _step(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text} …", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
