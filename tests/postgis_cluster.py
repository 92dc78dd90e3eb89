"""A private PostgreSQL cluster with PostGIS for the store tests, gone when they end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def missing_part() -> str | None:
    """Say what PostGIS tests lack on this machine, or nothing."""
    if _programs() is None:
        return "PostgreSQL's initdb and pg_ctl are not installed"
    share = list(Path("/usr/share/postgresql").glob("*/extension/postgis.control"))
    share += list(_programs().parent.glob("share/**/extension/postgis.control"))
    if not share:
        return "the PostGIS extension is not installed"
    if os.name == "posix" and os.geteuid() == 0 and not _has_user("postgres"):
        return "a database server may not run as root, and there is no user 'postgres'"
    return None


@contextmanager
def running_cluster() -> Iterator[str]:
    """Start a cluster on a free local port and yield its URL without a database name."""
    programs = _programs()
    user = "postgres" if os.geteuid() == 0 else None
    # The server's user must be able to enter the folder, which a root-only temporary folder forbids.
    folder = Path(tempfile.mkdtemp(prefix="mimamori-postgis-"))
    if user:
        shutil.chown(folder, user)
    port = _free_port()
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    run(str(programs / "initdb"), "-D", str(data), "-U", "tester", "-A", "trust", "--no-sync")
    options = f"-p {port} -k {folder} -c fsync=off -c listen_addresses=127.0.0.1"
    start = ("-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
    run(str(programs / "pg_ctl"), *start)
    try:
        yield f"postgresql://tester@127.0.0.1:{port}"
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder)


def create_database(server: str, name: str) -> str:
    """Create an empty database and return its URL."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{server}/{name}"


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def _has_user(name: str) -> bool:
    import pwd

    return any(entry.pw_name == name for entry in pwd.getpwall())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
