"""Rows of one file that say different things of one account: loading them would change it again every time."""

from collections.abc import Iterable, Iterator
from typing import Any

from chassis.wire import dump
from contracts.accounts import ImportRow
from contracts.imports import ImportFault
from services.accounts.client_lists.columns import Fields
from services.accounts.client_lists.problem import BadRow
from services.accounts.faults import fault

SWITCHES = {"is_login_on": "LOGIN", "is_notified": "NOTIFY", "is_synced": "EMAIL SYNC"}
ZONE = ""  # in the place of a field's name
What = tuple[str, str]  # of which account, what
Fact = tuple[What, Any]


class Said:
    """What the rows so far have said of the fields, time zones and switches of accounts."""

    def __init__(self, fields: Fields) -> None:
        self._names = {str(field.id): field.name for field in fields.accounts}
        self._facts: dict[What, tuple[Any, int]] = {}

    def agreeing(self, rows: list[ImportRow]) -> list[ImportRow]:
        """The rows, kept in mind, if they contradict none before. Raises BadRow."""
        facts = [(row, fact) for row in rows for fact in self._told(row)]
        self._compare(facts)
        for row, (what, value) in facts:
            self._facts.setdefault(what, (value, row.line))
        return rows

    def _compare(self, facts: Iterable[tuple[ImportRow, Fact]]) -> None:
        for row, (what, value) in facts:
            known, line = self._facts.get(what, (value, row.line))
            if known != value:
                raise BadRow(_contradicted(line, row.account_name, what[1]))

    def _told(self, row: ImportRow) -> Iterator[Fact]:
        account = " ".join(row.account_name.split())
        if row.timezone:
            yield (account, ZONE), row.timezone
        for field_id, value in row.custom_fields.items():
            yield (account, self._names.get(field_id, field_id)), value
        email = (row.contact.new.email or "").casefold() if row.contact.new is not None else ""
        for name, is_on in dump(row.switches).items():
            if email and is_on is not None:
                yield (account, f"{SWITCHES[name]} · {email}"), is_on


def _contradicted(line: int, account: str, what: str) -> ImportFault:
    if what == ZONE:
        text = "line %(line)s says otherwise of the time zone of “%(account)s”: make them agree"
        return fault(text, line=line, account=account)
    text = "line %(line)s says otherwise of “%(what)s” of “%(account)s”: make them agree"
    return fault(text, line=line, account=account, what=what)
