import os
import shutil

import pytest

from deploy.local import chromium, containers, packages
from deploy.local.problem import CannotStart
from deploy.local.servers import BROKER, DATABASE, Way, find
from deploy.local.services import service_names


class TestFind:
    def test_takes_what_the_environment_names_and_starts_nothing(self, tmp_path, progress, postgres_url):
        named = {"DATABASE_URL": postgres_url}

        with find(tmp_path, named, progress, names=[DATABASE]) as servers:
            found = servers[DATABASE]

        assert (found.way, found.server, servers.environment) == (Way.ENVIRONMENT, None, named)
        assert list(tmp_path.iterdir()) == []

    def test_never_shows_a_password(self, tmp_path, progress, postgres_url):
        secret = postgres_url.split(":")[2].split("@")[0]

        with find(tmp_path, {"DATABASE_URL": postgres_url}, progress, names=[DATABASE]) as servers:
            assert secret not in str(servers[DATABASE])

    def test_takes_the_services_own_databases_when_each_has_one(self, tmp_path, progress, postgres_url):
        named = {f"{service.upper()}_DATABASE_URL": postgres_url for service in service_names()}

        with find(tmp_path, named, progress, names=[DATABASE]) as servers:
            assert servers.environment == named

        assert list(tmp_path.iterdir()) == []

    def test_fills_in_the_server_that_is_not_named(self, folder, progress, postgres_url):
        named = {"ACCOUNTS_DATABASE_URL": postgres_url}

        with find(folder / "filled", named, progress, names=[DATABASE], durable=False) as servers:
            assert servers[DATABASE].server is not None
            assert servers.environment["ACCOUNTS_DATABASE_URL"] == postgres_url
            assert servers.environment["DATABASE_URL"] == servers[DATABASE].url != postgres_url

    @pytest.mark.parametrize(
        ("name", "setting", "words"),
        [
            (DATABASE, "DATABASE_URL=mysql://ada@localhost/x", "is not of the form postgresql://"),
            (DATABASE, "DATABASE_URL=postgresql://ada@localhost:port/x", "is not of the form postgresql://"),
            (DATABASE, "DATABASE_URL=postgresql://ada:secret@127.0.0.1:1/x", "does not let us in"),
            (DATABASE, "WORK_DATABASE_URL=postgresql://ada:secret@127.0.0.1:1/x", "does not let us in"),
            (BROKER, "AMQP_URI=http://localhost", "is not of the form amqp://"),
            (BROKER, "AMQP_URI=amqp://", "is not of the form amqp://"),
            (BROKER, "AMQP_URI=amqp://localhost:99999", "is not of the form amqp://"),
            (BROKER, "AMQP_URI=amqp://ada:secret@127.0.0.1:1//", "does not answer as RabbitMQ"),
        ],
    )
    def test_says_in_one_line_what_is_wrong_with_a_setting(self, tmp_path, progress, name, setting, words):
        key, _, value = setting.partition("=")

        with pytest.raises(CannotStart) as problem:
            find(tmp_path, {key: value}, progress, names=[name])

        message = str(problem.value)
        assert message.startswith(f"{key}=")
        assert words in message
        assert f"Correct {key}" in message
        assert "secret" not in message
        assert "\n" not in message

    def test_does_not_take_another_server_for_rabbitmq(self, tmp_path, progress, postgres_url):
        address = postgres_url.split("@")[1].split("/")[0]

        with pytest.raises(CannotStart, match="does not answer as RabbitMQ"):
            find(tmp_path, {"AMQP_URI": f"amqp://guest:guest@{address}/"}, progress, names=[BROKER])

    @pytest.mark.slow
    @pytest.mark.parametrize("name", [DATABASE, BROKER])
    def test_runs_containers_that_keep_their_address(self, tmp_path, progress, name):
        fault = containers.engine_fault()
        if fault:
            pytest.skip(fault)

        with find(tmp_path, {}, progress, names=[name], durable=False) as servers:
            found = servers[name]
            url = found.url
            found.server.kill()
            found.server.start()

            assert (found.way, found.url) == (Way.DOCKER, url)


class TestInstall:
    def test_names_the_one_line_to_run_when_we_may_not_install(self, monkeypatch):
        if shutil.which("apt-get") is None:
            pytest.skip("this machine has no apt-get")
        monkeypatch.setattr(os, "geteuid", lambda: 1000)

        with pytest.raises(CannotStart) as problem:
            packages.install([BROKER, DATABASE])

        assert str(problem.value).endswith("sudo apt-get install -y --no-install-recommends rabbitmq-server postgresql")

    def test_names_every_way_where_there_is_no_apt(self, monkeypatch, tmp_path):
        monkeypatch.setenv("PATH", str(tmp_path))

        with pytest.raises(CannotStart, match=r"PostgreSQL is not here\. Install what is missing, or start Docker"):
            packages.install([DATABASE])


class TestChromium:
    def test_is_the_named_one_or_says_what_is_wrong_with_it(self, monkeypatch, tmp_path):
        program = tmp_path / "browser"
        monkeypatch.setenv("DOSSIER_CHROMIUM", str(program))

        with pytest.raises(CannotStart, match=r"^DOSSIER_CHROMIUM=.* is no program"):
            chromium.find()
        program.touch(mode=0o700)
        assert chromium.find() == str(program)

    def test_is_installed_by_one_line_with_its_fonts(self, monkeypatch, tmp_path):
        if shutil.which("apt-get") is None:
            pytest.skip("this machine has no apt-get")
        (tmp_path / "apt-get").symlink_to(shutil.which("apt-get"))
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("DOSSIER_CHROMIUM", raising=False)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)

        with pytest.raises(CannotStart, match=r"^Chromium is not here\. Run this, then try again") as problem:
            chromium.find()

        line = str(problem.value).splitlines()[-1].strip()
        assert line.startswith("sudo apt-get install -y --no-install-recommends chromium fonts-")

    def test_without_apt_the_browser_can_be_named(self, monkeypatch, tmp_path):
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("DOSSIER_CHROMIUM", raising=False)

        with pytest.raises(CannotStart, match=r"^Chromium is not here\. Install it, or set DOSSIER_CHROMIUM"):
            chromium.find()
