"""Commands for whoever runs the system; they work on the database of identity, no broker is needed."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from chassis.config import SettingsError, load_settings
from chassis.context import Context
from chassis.db import Transactions, make_engine
from chassis.errors import AppError, Invalid
from chassis.wire import load
from contracts.identity import CreateFirm
from services.identity import enrolling, model
from services.identity.rules import names

WORDS = {
    "name": "--name",
    "owner_name": "--owner-name",
    "owner_email": "--owner-email",
    "owner_password": "the password",
}
UNDEFINED_TABLE = "42P01"  # SQLSTATE

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def identity() -> None:
    """Work on firms and their owners; the database is the one DATABASE_URL or IDENTITY_DATABASE_URL names."""


@app.command()
def create_firm(
    *,
    name: Annotated[str, typer.Option(help="The firm's name.")],
    owner_name: Annotated[str, typer.Option(help="The owner's name.")],
    owner_email: Annotated[str, typer.Option(help="The address the owner signs in with.")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    even_if_known: Annotated[
        bool, typer.Option("--even-if-known", help="Do it though the address signs in to a firm already.")
    ] = False,
) -> None:
    """Create a firm and its owner."""
    with _explained(), _database() as db:
        if not even_if_known:
            _check_unknown(db, owner_email)
        fields = {"name": name, "owner_name": owner_name, "owner_email": owner_email}
        request = load(CreateFirm, {**fields, "owner_password": _password(from_stdin=password_stdin)})
        owner = enrolling.found(db, Context(), request, _here)
    typer.echo(f"Firm {owner.firm_id} is made: {owner.email} signs in as the owner of {request.name.strip()}.")


def _here(function: Any, *arguments: Any) -> Any:
    """A command has nobody else to serve meanwhile."""
    return function(*arguments)


@contextmanager
def _database() -> Iterator[Transactions]:
    settings = load_settings()
    engine = make_engine(settings.database_for("identity"), name="identity.cli", pool_size=1)
    try:
        yield Transactions(engine)
    finally:
        engine.dispose()


def _check_unknown(db: Transactions, email: str) -> None:
    with db.reading(Context()) as session:
        known = session.scalar(select(model.Login.firm_id).where(model.Login.email_folded == names.fold(email)))
    if known is not None:
        _refuse(
            f"{email} signs in to firm {known} already, so nothing was made."
            " To make another firm with the same owner, add --even-if-known."
        )


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        _refuse("There is no terminal to ask for the password: send it on standard input with --password-stdin.")
    password = getpass.getpass("Password of the owner, at least 12 characters: ")
    if getpass.getpass("The same again: ") != password:
        _refuse("These were two different passwords.")
    return password


@contextmanager
def _explained() -> Iterator[None]:
    """Say in words what went wrong and end with status 1."""
    try:
        yield
    except SettingsError as exc:
        _refuse(str(exc))
    except Invalid as exc:
        _refuse("\n".join(f"{WORDS.get(e['field'], e['field'])}: {e['message']}" for e in exc.data["errors"]))
    except AppError as exc:
        _refuse(exc.detail)
    except ProgrammingError as exc:
        if getattr(exc.orig, "sqlstate", None) != UNDEFINED_TABLE:
            raise
        _refuse("The database has no tables yet: python -m chassis.migrate identity")


def _refuse(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
