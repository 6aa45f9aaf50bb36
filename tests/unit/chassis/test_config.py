"""Each setting that is missing or wrong is named with what to do about it, all at once, without its password."""

import pytest

from chassis.config import SettingsError, load_settings

SERVER = {"AMQP_URI": "amqp://u:p@127.0.0.1:5672/", "DATABASE_URL": "postgresql://u:p@127.0.0.1/postgres"}


def test_defaults_are_enough_beside_the_servers():
    settings = load_settings(SERVER, needs=("amqp_uri", "database_url"))

    assert (settings.namespace, settings.port) == ("dossier", 8000)
    assert settings.database_for("accounts") == "postgresql://u:p@127.0.0.1/dossier_accounts"


def test_a_service_may_have_a_database_of_its_own():
    settings = load_settings(SERVER | {"WORK_DATABASE_URL": "postgresql://w@db/work"})

    assert settings.database_for("work") == "postgresql://w@db/work"
    assert settings.database_for("accounts").endswith("/dossier_accounts")


def test_secret_keys_are_kept_in_their_order_and_shown_nowhere():
    newest, older = "c3dvcmRmaXNoc3dvcmRmaXNoc3dvcmRmaXNoYWJjZGU=", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

    settings = load_settings(SERVER | {"DOSSIER_SECRET_KEY": f"{newest}, {older}"})

    assert settings.secret_keys == (newest, older)
    assert newest not in repr(settings)


def test_every_fault_is_told_at_once():
    with pytest.raises(SettingsError) as told:
        load_settings({"DOSSIER_PORT": "http", "DOSSIER_RETRY_SECONDS": "1,-2"}, needs=("amqp_uri",))

    assert {line.split()[0] for line in str(told.value).splitlines()} == {
        "AMQP_URI",
        "DOSSIER_PORT",
        "DOSSIER_RETRY_SECONDS",
    }


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AMQP_URI", "http://u:swordfish@host"),
        ("AMQP_URI", "amqp://"),
        ("DATABASE_URL", "mysql://u:swordfish@host/x"),
        ("DATABASE_URL", "postgresql://u:swordfish@host:port/x"),
        ("DOSSIER_NAMESPACE", "My Firm"),
        ("DOSSIER_PORT", "70000"),
        ("DOSSIER_LOG_LEVEL", "loud"),
        ("DOSSIER_REQUEST_QUEUES", "mirrored"),
        ("DOSSIER_EXTRA_SECTIONS", "{}"),
        ("DOSSIER_EXTRA_SECTIONS", "[1]"),
        ("DOSSIER_BLOBS", "/var/lib/blobs"),
        ("DOSSIER_BLOBS", "file://host/blobs"),
        ("DOSSIER_BLOBS", "file:blobs"),
        ("DOSSIER_BLOBS", "s3:///prefix"),
        ("DOSSIER_BLOBS", "https://u:swordfish@bucket.example/"),
        ("DOSSIER_SECRET_KEY", "swordfish"),
        ("DOSSIER_QUICKBOOKS_URL", "http://quickbooks.example.com"),
        ("DOSSIER_QUICKBOOKS_DISCOVERY_URL", "intuit"),
        ("DOSSIER_SECRET_KEY", "swordfish,c3dvcmRmaXNoc3dvcmRmaXNoc3dvcmRmaXNoc3dvcmQ="),
    ],
)
def test_a_wrong_value_is_refused_without_telling_its_password(variable, value):
    with pytest.raises(SettingsError, match=f"^{variable} ") as told:
        load_settings({variable: value})

    assert "swordfish" not in str(told.value)


@pytest.mark.parametrize("place", ["file:///var/lib/dossier/blobs", "s3://bucket", "s3://bucket/some/prefix"])
def test_files_are_kept_in_a_folder_or_in_s3(place):
    assert load_settings({"DOSSIER_BLOBS": place}, needs=("blobs",)).blobs == place


def test_a_missing_place_for_files_is_named():
    with pytest.raises(SettingsError, match=r"DOSSIER_BLOBS is missing: .*file:///folder or s3://bucket/prefix"):
        load_settings({}, needs=("blobs",))


def test_a_wrong_database_of_a_service_is_named():
    with pytest.raises(SettingsError, match=r"^WORK_DATABASE_URL "):
        load_settings({"WORK_DATABASE_URL": "work.db"}).database_for("work")


def test_a_missing_database_is_named():
    with pytest.raises(SettingsError, match=r"set DATABASE_URL .* or WORK_DATABASE_URL"):
        load_settings({}).database_for("work")


def test_notifications_are_heard_past_a_pooler():
    behind = load_settings(SERVER | {"DOSSIER_LISTEN_URL": "postgresql://u:p@server:5433/postgres"})

    assert behind.database_for("work") == "postgresql://u:p@127.0.0.1/dossier_work"
    assert behind.listening_for("work") == "postgresql://u:p@server:5433/dossier_work"
    assert load_settings(SERVER).listening_for("work") == load_settings(SERVER).database_for("work")
