"""The command's exit code where nothing can be loaded."""

from uuid import UUID

import pytest

from deploy.importing import command, sending
from services.accounts.client_lists.problem import Unreadable
from tests.unit.importing.files import write


class TestRun:
    @pytest.fixture(autouse=True)
    def somewhere(self, monkeypatch):
        monkeypatch.setenv("AMQP_URI", "amqp://nobody:nothing@127.0.0.1:1/")

    @pytest.mark.parametrize("content", ["", "nothing known here\n", b"PK\x03\x04"])
    def test_a_file_that_cannot_be_read_is_two(self, tmp_path, capsys, content):
        assert command.run(write(tmp_path, content), None) == 2
        assert capsys.readouterr().err.strip()

    def test_a_file_that_is_not_there_is_two(self, tmp_path, capsys):
        assert command.run(tmp_path / "none.csv", None) == 2
        assert "No such file" in capsys.readouterr().err

    def test_a_folder_is_two(self, tmp_path, capsys):
        assert command.run(tmp_path, None) == 2
        assert "can't be read" in capsys.readouterr().err

    def test_without_a_system_is_two_and_says_how_to_start_it(self, tmp_path, capsys, monkeypatch):
        monkeypatch.delenv("AMQP_URI")

        assert command.run(write(tmp_path, "Client\nAda\n"), None) == 2
        assert "make run" in capsys.readouterr().err

    def test_a_broker_that_is_away_is_two_after_some_patience(self, tmp_path, capsys, monkeypatch):
        monkeypatch.setattr(sending, "PATIENCE_SECONDS", 0.1)

        assert command.run(write(tmp_path, "Client\nAda\n"), None) == 2
        told = capsys.readouterr()
        assert "what is loaded stays" in told.err
        assert "“Client” as account name" in told.out


class TestPick:
    ONE, TWO, TWIN = (UUID(int=n) for n in (1, 2, 3))

    def test_the_only_firm_need_not_be_said(self):
        assert sending.pick({self.ONE: "Vogel & Roy"}, None) == self.ONE

    def test_a_name_in_any_case_or_an_id_says_it(self):
        firms = {self.ONE: "Vogel & Roy", self.TWO: "Byron"}

        assert sending.pick(firms, " vogel  & roy") == self.ONE
        assert sending.pick(firms, str(self.TWO)) == self.TWO

    @pytest.mark.parametrize(
        ("firms", "wanted", "hint"),
        [
            ({}, None, "no firm"),
            ({ONE: "A", TWO: "B"}, None, "--firm: “A”"),
            ({ONE: "A"}, "C", "No firm is called “C”"),
            ({TWO: "B", TWIN: "b"}, "B", "2 firms are called “B”"),
        ],
    )
    def test_says_what_is_missing(self, firms, wanted, hint):
        with pytest.raises(Unreadable, match=hint):
            sending.pick(firms, wanted)
