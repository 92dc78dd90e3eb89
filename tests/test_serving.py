"""Settings and the start of the dashboard: what is refused before anything runs."""

from __future__ import annotations

import socket

import pytest

from app.serving import ServingError, page_address, serve, wait_until_ready
from app.settings import DEFAULT_DATABASE, Settings, SettingsError


def test_settings_take_the_command_line_before_the_environment():
    environment = {"MIMAMORI_DATABASE": "sqlite:///b.db"}
    assert Settings.from_environment("sqlite:///a.db", environment).database_url == "sqlite:///a.db"
    assert Settings.from_environment(None, environment).database_url == "sqlite:///b.db"
    assert Settings.from_environment(None, {"MIMAMORI_DATABASE": ""}).database_url == DEFAULT_DATABASE


@pytest.mark.parametrize("address", ["data/mimamori.db", "mysql://x/y", ""])
def test_a_database_address_of_another_kind_is_refused(address):
    with pytest.raises(SettingsError, match="Give --database"):
        Settings(database_url=address)


def test_a_password_in_a_wrong_address_is_not_repeated():
    with pytest.raises(SettingsError) as refusal:
        Settings(database_url="mysql://anna:secret@host/db")
    assert "secret" not in str(refusal.value)


def test_a_new_language_is_refused_by_name():
    with pytest.raises(SettingsError, match="'fr'"):
        Settings(language="fr")


def test_a_child_process_reads_the_same_settings():
    settings = Settings("sqlite:///a.db", "en").with_hosts(["watch.city.example"])
    assert Settings.from_environment(environment=settings.as_environment()) == settings


def test_listening_everywhere_is_opened_at_this_machine():
    assert page_address(8501, "0.0.0.0") == "http://127.0.0.1:8501"
    assert page_address(8501, "192.0.2.7") == "http://192.0.2.7:8501"


def test_a_port_in_use_is_refused_with_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServingError, match=f"Expected port {port} to be free.*--port"):
            serve(Settings("sqlite:///none.db"), port)


def test_an_address_for_other_machines_needs_a_host_name():
    with pytest.raises(ServingError, match="Expected --host-name with the address"):
        serve(Settings("sqlite:///none.db"), 8501, "0.0.0.0")


def test_nothing_listening_is_not_ready():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        assert not wait_until_ready(probe.getsockname()[1], timeout_s=0.3)
