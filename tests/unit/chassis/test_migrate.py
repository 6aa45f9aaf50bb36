"""A process can wait for the schema that its code needs, while another migrates."""

import secrets
import threading

import psycopg
import pytest

from chassis import migrate
from chassis.config import load_settings

SERVICE = "tests.contract.toy.service"
AT = "UPDATE service_version SET version_num = %s"


@pytest.fixture
def settings(postgres_url):
    return load_settings({"DATABASE_URL": postgres_url, "DOSSIER_NAMESPACE": f"t{secrets.token_hex(5)}"})


def put_back(url, number):
    with psycopg.connect(url) as connection:
        connection.execute(AT, [number])


def test_what_is_missing_is_told_in_words(settings):
    assert "does not exist" in migrate.missing(settings, SERVICE)

    url = migrate.migrate(settings, SERVICE)
    assert migrate.missing(settings, SERVICE) == ""

    put_back(url, "0001")
    assert migrate.missing(settings, SERVICE) == "service_version is at 0001, not yet at 0002"
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE chassis_version")
    assert migrate.missing(settings, SERVICE) == "nothing is migrated yet"


def test_a_newer_schema_than_the_code_knows_is_no_fault(settings):
    put_back(migrate.migrate(settings, SERVICE), "0009")

    assert migrate.missing(settings, SERVICE) == ""


def test_a_process_waits_until_another_has_migrated_and_says_why_once(settings, monkeypatch, capsys):
    monkeypatch.setattr(migrate, "WAIT_SECONDS", 0.05)
    url = migrate.migrate(settings, SERVICE)
    put_back(url, "0001")
    looked = threading.Event()
    missing = migrate.missing

    def seen(*arguments):
        found = missing(*arguments)
        looked.set()
        return found

    monkeypatch.setattr(migrate, "missing", seen)
    waiting = threading.Thread(target=migrate.await_migrations, args=(settings, SERVICE), daemon=True)
    waiting.start()
    assert looked.wait(20)
    assert waiting.is_alive()

    put_back(url, "0002")
    waiting.join(20)

    assert not waiting.is_alive()
    assert capsys.readouterr().out.count("not yet at 0002") == 1
