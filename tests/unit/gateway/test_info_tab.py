"""What the Info tab shows of QuickBooks in every status, of history in words, and takes from forms."""

import datetime as dt
from typing import get_args
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from chassis.context import Actor
from contracts.accounts import Account
from contracts.custom_fields import CustomField
from contracts.history import Change, ChangedBy, ChangedField
from contracts.quickbooks import AccountSync, SyncStatus
from contracts.quickbooks_connection import QuickBooksCustomer
from contracts.quickbooks_errors import EXPLAINED, QuickBooksProblem
from gateway.web import drawing, languages
from gateway.web.firm import past, values
from gateway.web.firm.info import labels
from gateway.web.firm.info.tab import NOTHING

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
CUSTOMER = QuickBooksCustomer(id="7", name="Ada", is_active=True, url="https://qbo.example.com/7")
BUTTONS = {
    "sync": ">Sync<",
    "retry": ">Try again<",
    "do_not_sync": ">Do not sync<",
    "create": ">Create customer<",
    "create_as": ">Create the customer as<",
    "shorten": ">Shorten it there<",
    "reactivate": ">Make active again<",
    "choose": ">Choose customer<",
    "open": ">Open in QuickBooks<",
    "connect": "/settings/quickbooks",
    "reconnect": "/settings/quickbooks",
    "map_service": "/settings/quickbooks",
    "choose_ledger_account": "/settings/quickbooks",
}


class Typed:
    """A visit as far as forms of values look at it."""

    def __init__(self, *posted):
        self.posted = posted
        self.form = dict(posted)

    def chosen(self, name):
        return [value for known, value in self.posted if known == name]


def sync(**fields):
    known = {"since": NOW, "synced_at": None, "customer": None, "is_shared": False, "problem": None}
    return AccountSync(account_id=uuid4(), **{"label": "", "candidates": (), "remedies": (), **known, **fields})


def drawn(stands, *actions, role="owner", language="en"):
    account = Account(
        id=stands.account_id,
        code="A1",
        name="Ada",
        name_mode="manual",
        type="company",
        company_name=None,
        company_address=None,
        tags=(),
        team=(),
        followers=(),
        state="active",
        version=1,
        created_at=NOW,
        updated_at=NOW,
    )
    spoken = languages.language(language)
    given = {
        **labels.facts(),
        "account": account,
        "actions": frozenset(actions),
        "sync": stands,
        "opened": NOTHING,
        "me": Actor(kind="member", id=uuid4(), role=role, name="Olga"),
        "say": spoken.say,
        "zone": ZoneInfo("UTC"),
        "form": {},
        "form_key": "0" * 32,
        "is_saved": False,
    }
    return drawing.draw(spoken, "firm/info/quickbooks.html", given).body.decode()


@pytest.mark.parametrize("status", get_args(SyncStatus))
def test_every_status_has_its_label_in_both_languages(status):
    english, french = (drawn(sync(status=status), "sync_quickbooks", language=code) for code in ("en", "fr"))

    assert f">{labels.SYNC_LABELS[status]}<" in english
    assert labels.SYNC_LABELS[status] not in french


@pytest.mark.parametrize("case", EXPLAINED)
def test_every_problem_says_what_to_do_and_offers_it(case):
    """R-QB-12, R-QB-15"""
    told = EXPLAINED[case]
    problem = QuickBooksProblem(
        case=case, sentence=told.sentence, said="Oops", code="1", intuit_tid="t", remedies=told.remedies
    )
    shown = drawn(sync(status="failed", problem=problem, customer=CUSTOMER, remedies=told.remedies), "sync_quickbooks")

    assert "Oops" in shown
    assert languages.language("fr").say(told.sentence) != told.sentence
    for remedy in told.remedies:
        assert BUTTONS.get(remedy, "") in shown, remedy


def test_who_may_not_sync_sees_the_label_alone_and_nothing_where_there_is_no_quickbooks():
    """R-QB-1"""
    assert "<button" not in drawn(sync(status="failed"), role="employee")
    assert 'id="quickbooks" hidden' in drawn(sync(status="not_connected"), role="employee")


def test_history_tells_what_people_understand():
    """R-CF-7"""

    class Reader:
        language, zone = languages.language("en"), ZoneInfo("UTC")

    class French(Reader):
        language = languages.language("fr")

    def told(*fields, reader=Reader):
        by = ChangedBy(kind="system", id=None, name="")
        changed = tuple(ChangedField(name=name, was=was, is_now=is_now) for name, was, is_now in fields)
        change = Change(
            id=1, at=NOW, by=by, door="page", what="account", action="changed", subject=None, fields=changed
        )
        return past.line(reader, change)

    assert told(("photo_id", None, str(uuid4())), ("photo_at", None, NOW.isoformat())).fields == (
        ("Photo", "", "another picture"),
    )
    assert told(("is_notified", False, True), ("version", 1, 2), ("description", None, "")).fields == (
        ("NOTIFY", "off", "on"),
    )
    assert told(("name_mode", "automatic", "manual")).fields == (("How the name is made", "automatic", "typed"),)
    assert told().who == "the system"
    owed = {"amount": "814720.00", "currency": "EUR"}
    for value, text, said in (
        (owed, "814720.00 EUR", "814\u202f720,00\u00a0€"),
        ("2026-06-30", "2026-06-30", "30 juin 2026"),
        (True, "yes", "Oui"),
        (str(uuid4()), "Low", "Low"),
    ):
        assert told(("value", None, value), ("text", "", text), reader=French).fields == (("", "", said),)
    assert told(("description", None, "Owner"), reader=French).fields == (("Description", "", "Owner"),)


@pytest.mark.parametrize(
    ("kind", "posted", "found"),
    [
        ("text", " a ", "a"),
        ("text", " ", None),
        ("number", "1 250,5", "1250.5"),
        ("number", "1\u202f250.50", "1250.50"),
        ("checkbox", "no", False),
        ("checkbox", "", None),
        ("currency", "12,50", {"amount": "12.50", "currency": "EUR"}),
        ("multiple_choice", "x", ["x"]),
    ],
)
def test_a_form_gives_what_the_api_takes(kind, posted, found):
    """R-CF-2, R-CF-3"""
    field = CustomField(id=uuid4(), name="Field", type=kind, choices=(), position=0, version=1)
    name = values.name_of(field.id)

    assert values.typed(Typed((name, posted), (f"{name}.currency", "eur")), field) == found
