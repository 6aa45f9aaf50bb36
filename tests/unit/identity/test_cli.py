import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from chassis.context import Context
from chassis.outbox import pending
from contracts.identity import FirmCreated, MemberCreated
from services.identity import model, signing_in
from services.identity.cli import app
from services.identity.rules.names import fold
from tests.unit.identity.people import PASSWORD, attempt, email, here

ROOT = Path(__file__).parents[3]


@pytest.fixture
def environment(db):
    """The database of the tests and no broker."""
    url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return {"AMQP_URI": "", "DATABASE_URL": "", "IDENTITY_DATABASE_URL": url}


@pytest.fixture
def command(environment):
    def command(*arguments, typed=PASSWORD, **changes):
        return CliRunner().invoke(app, arguments, input=f"{typed}\n", env=environment | changes)

    return command


def create(who, *more):
    return ["create-firm", "--name", "Ada & Co", "--owner-name", "Ada", "--owner-email", who, *more]


def test_makes_a_firm_whose_owner_signs_in(db, environment):
    """As a person runs it: in a process of its own, which says one line and no more."""
    who = email()

    done = subprocess.run(
        [sys.executable, "-m", "services.identity.cli", *create(who, "--password-stdin")],
        cwd=ROOT,
        env=os.environ | environment,
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    signed_in = signing_in.sign_in(db, Context(), attempt(who), here)
    assert done.stdout.strip() == f"Firm {signed_in.firm.id} is made: {who} signs in as the owner of Ada & Co."
    with db.transaction(Context(firm_id=signed_in.firm.id)) as session:
        assert pending(session) == [FirmCreated(firm=signed_in.firm), MemberCreated(member=signed_in.member)]


def test_the_same_again_makes_no_second_firm_unless_wanted(db, command):
    who = email()
    command(*create(who, "--password-stdin"))

    again = command(*create(who.upper(), "--password-stdin"))
    wanted = command(*create(who, "--password-stdin", "--even-if-known"))

    assert again.exit_code == 1
    assert "--even-if-known" in again.stderr
    assert wanted.exit_code == 0
    with db.reading(Context()) as session:
        assert len(session.scalars(select(model.Login).where(model.Login.email_folded == fold(who))).all()) == 2


@pytest.mark.parametrize(
    ("who", "typed", "said"),
    [
        ("not an address", PASSWORD, "--owner-email: "),
        ("ada@firm.example", "short", "the password: "),
        ("ada@firm.example", "password1234", "the password: This is among the passwords that are tried first"),
    ],
)
def test_says_which_word_is_wrong(command, who, typed, said):
    done = command(*create(who, "--password-stdin", "--even-if-known"), typed=typed)

    assert done.exit_code == 1
    assert done.stderr.startswith(said)
    assert isinstance(done.exception, SystemExit)


def test_says_how_to_send_a_password_where_nobody_can_be_asked(command):
    done = command(*create(email()))

    assert (done.exit_code, done.stdout) == (1, "")
    assert "--password-stdin" in done.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "set DATABASE_URL"),
        ("mysql://x", "IDENTITY_DATABASE_URL must look like"),
        ("postgresql://nobody@127.0.0.1:1/none", "The database does not answer"),
    ],
)
def test_says_what_is_wrong_with_the_database(command, url, said):
    done = command(*create(email(), "--password-stdin"), IDENTITY_DATABASE_URL=url)

    assert done.exit_code == 1
    assert said in done.stderr
    assert isinstance(done.exception, SystemExit)


def test_says_that_tables_are_missing(command, postgres_url):
    done = command(*create(email(), "--password-stdin"), IDENTITY_DATABASE_URL=postgres_url)

    assert done.exit_code == 1
    assert "python -m chassis.migrate identity" in done.stderr
