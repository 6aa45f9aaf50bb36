"""Files as other programs write them."""

from uuid import NAMESPACE_URL, uuid5

from contracts.custom_fields import Choice, CustomField
from deploy.importing.command import date_order, good_rows
from services.accounts.client_lists import columns
from services.accounts.client_lists.columns import NO_FIELDS, Fields
from services.accounts.client_lists.reading import Source


def write(tmp_path, text, encoding="utf-8", name="clients.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


class Refusals(list):
    """What the report is told, without a terminal."""

    def refuse(self, line, reason):
        self.append((line, reason))


def field(name, kind="text", *choices):
    """A custom field; the same name has the same id."""
    offered = tuple(Choice(id=_id(f"{name} {choice}"), name=choice) for choice in choices)
    return CustomField(id=_id(name), name=name, type=kind, choices=offered, position=0, version=1)


def _id(name):
    return uuid5(NAMESPACE_URL, name)


FIRM = Fields(
    accounts=(
        field("Fiscal year end", "date"),
        field("Risk", "single_choice", "High", "Low"),
        field("Services", "multiple_choice", "Payroll", "Tax, personal", "Audit"),
        field("Turnover", "currency"),
        field("Numéro de TVA"),
        field("Notes", "long_text"),
        field("Language"),
    ),
    contacts=(
        field("Birthday", "date"),
        field("Language", "single_choice", "English", "Français"),
        field("Sailor", "checkbox"),
    ),
)


def load(path, fields=NO_FIELDS):
    """The rows to be sent, and the rows refused."""
    refused = Refusals()
    with Source(path, columns.known) as source:
        return list(good_rows(source, refused, fields, date_order(source, fields))), refused
