"""How one row of each section comes to be over HTTP, for tests that walk all sections alike.

A section in `contracts.overview.SECTIONS` without an entry here fails those tests: add one to MAKERS. It makes, as the
firm's owner, one row that qualifies for the section and for its "view all" without filters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from contracts.overview import SECTIONS
from tests.firms import Client, Firm
from tests.pdfs import blank_pdf
from tests.stack import until

Row = dict[str, Any]
Make = Callable[[Firm, str, str, str], str]


def _last_word(_row: Row, text: str) -> str:
    return text.rpartition(" ")[2]


@dataclass(frozen=True)
class Maker:
    """`make(firm, account_id, text, whose)` makes a row and gives its id as `id_of` finds it in the row.

    A row is a member's, `whose`: where the table says `own_unless`, who lacks that action sees their own rows only.
    `search` is the filter that looks for text, where the section has one, and `word` what finds a row by it: the last
    word of `text` unless the row's text is not ours to choose. `more`: what a row, or the footer, shows only to those
    whom the table's `more` names. `most`: rows that can be made of one account. `tools`: fixtures that it takes,
    such as a mail server; `equip` lays them out. `by_list`: the row is found through the overview, which has to be up.
    """

    make: Make
    search: str | None = None
    word: Callable[[Row, str], str] = _last_word
    more: tuple[str, ...] = ()
    most: int = 1000
    tools: tuple[str, ...] = ()
    by_list: bool = False
    id_of: Callable[[Row], str] = lambda row: str(row["id"])


def _task(firm: Firm, account_id: str, text: str, whose: str) -> str:
    made = firm.owner.made("POST", f"/accounts/{account_id}/tasks", title=text, assignee_ids=[whose])
    return str(made["id"])


def _job(firm: Firm, account_id: str, text: str, whose: str) -> str:
    """In a pipeline that is available to that member alone."""
    stages = [{"name": "Begun"}]
    pipeline = firm.owner.made("POST", "/pipelines", name=f"Of {text}", stages=stages, available_to=[whose])
    made = firm.owner.made("POST", f"/accounts/{account_id}/jobs", name=text, pipeline_id=pipeline["id"])
    return str(made["id"])


def _note(firm: Firm, account_id: str, text: str, whose: str) -> str:
    return str(firm.owner.made("POST", f"/accounts/{account_id}/notes", body=text)["id"])


def _time_entry(firm: Firm, account_id: str, text: str, whose: str) -> str:
    made = firm.owner.made(
        "POST",
        f"/accounts/{account_id}/time-entries",
        member_id=whose,
        on="2026-03-02",
        minutes=30,
        service=text,
        rate="120.00",
    )
    return str(made["id"])


def _document(firm: Firm, account_id: str, text: str, whose: str) -> str:
    """Uploaded by the client."""
    return _uploaded(client_of(firm, account_id), firm, account_id, f"{text}.txt", b"Bank statement", whose)


def _uploaded(by: Client, firm: Firm, account_id: str, name: str, content: bytes, whose: str) -> str:
    """A document that is by exemption None for every employee but one (R-ACC-7)."""
    headers = {"Content-Type": "application/octet-stream"}
    sent = by.post(f"/accounts/{account_id}/documents", params={"name": name}, content=content, headers=headers)
    assert sent.is_success, sent.text
    key = str(sent.json()["id"])
    others = [one["id"] for one in firm.owner.made("GET", "/members")["items"] if one["id"] != whose]
    none = [{"kind": "member", "id": other, "access": "none"} for other in others]
    firm.owner.made("PUT", f"/accounts/{account_id}/document-access/{key}", exemptions=none)
    return key


def _email(firm: Firm, account_id: str, text: str, whose: str) -> str:
    """From the account's first contact, whose EMAIL SYNC is on, to the owner's mailbox."""
    from tests.mail import PASSWORD, written

    linked = firm.owner.made("GET", f"/accounts/{account_id}/contacts")
    item = linked["items"][0]
    address = item["addresses"][0]["address"]
    if not item["addresses"][0]["is_synced"]:
        path = f"/accounts/{account_id}/contacts/{item['contact']['id']}/addresses/{address['id']}"
        firm.owner.made("PATCH", path, version=linked["version"], is_synced=True)
    tools: dict[str, Any] = firm.tools  # type: ignore[attr-defined]
    ours = f"olga.{firm.id}@example.com"
    if "mailbox" not in tools:
        imap, smtp = tools["dovecot"].server, tools["smtp_server"].server
        tools["mailbox"] = firm.owner.made(
            "POST", "/mailboxes", email=ours, imap=imap, smtp=smtp, user=ours, password=PASSWORD
        )
    tools["dovecot"].mailbox(ours).put(written(f"Anna Roy <{address['email']}>", ours, text))
    firm.owner.made("POST", f"/mailboxes/{tools['mailbox']['id']}/sync")
    at = f"/accounts/{account_id}/overview/emails"
    rows = until(lambda: firm.owner.get(at, params={"q": text}).raise_for_status().json()["rows"], timeout=60)
    return str(rows[0]["id"])


def _approval(firm: Firm, account_id: str, text: str, whose: str) -> str:
    document = _uploaded(firm.owner, firm, account_id, f"{text}.txt", b"Draft accounts", whose)
    return str(firm.owner.made("POST", f"/accounts/{account_id}/approvals", document_id=document)["id"])


def _signature(firm: Firm, account_id: str, text: str, whose: str) -> str:
    document = _uploaded(firm.owner, firm, account_id, f"{text}.pdf", blank_pdf(), whose)
    signers = [{"name": "Theo Third", "email": "theo@example.com"}]
    made = firm.owner.made("POST", f"/accounts/{account_id}/signatures", document_id=document, signers=signers)
    return str(made["id"])


def _organizer(firm: Firm, account_id: str, text: str, whose: str) -> str:
    question = {"key": "name", "label": "Your name", "kind": "short_text"}
    sections = [{"title": "You", "questions": [question]}]
    template = firm.owner.made("POST", "/organizer-templates", name=text, sections=sections)
    at = f"/accounts/{account_id}/organizers"
    return str(firm.owner.made("POST", at, template_ids=[template["id"]])["items"][0]["id"])


def _thread(firm: Firm, account_id: str, text: str, whose: str) -> str:
    made = firm.owner.made("POST", f"/accounts/{account_id}/chats", subject=text, text="Please have a look.")
    return str(made["id"])


def _invoice(firm: Firm, account_id: str, text: str, whose: str) -> str:
    at = f"/accounts/{account_id}/invoices"
    made = firm.owner.made("POST", at, lines=[{"name": text, "unit_price": "120.00"}])
    firm.owner.made("POST", f"{at}/{made['id']}/issue", version=made["version"])
    return str(made["id"])


def _proposal(firm: Firm, account_id: str, text: str, whose: str) -> str:
    client_of(firm, account_id)  # who signs
    at = f"/accounts/{account_id}/proposals"
    lines = [{"service": "Bookkeeping", "unit_price": "120.00"}]
    made = firm.owner.made("POST", at, name=text, packages=[{"name": "All", "lines": lines}])
    firm.owner.made("POST", f"{at}/{made['id']}/send", version=made["version"])
    return str(made["id"])


def _login(firm: Firm, account_id: str, text: str, whose: str) -> str:
    client_of(firm, account_id).made("POST", f"/accounts/{account_id}/enter")
    return "the line"


CLIENTS: dict[str, Client] = {}


def client_of(firm: Firm, account_id: str) -> Client:
    """The account's first contact, signed in to the portal; the same one each time."""
    if account_id not in CLIENTS:
        linked = firm.owner.made("GET", f"/accounts/{account_id}/contacts")
        email = linked["items"][0]["contact"]["addresses"][0]["email"]
        CLIENTS[account_id] = firm.portal({"id": account_id}, email)
    return CLIENTS[account_id]


MAKERS: dict[str, Maker] = {
    "documents": Maker(_document, search="q"),
    "tasks": Maker(_task),
    "emails": Maker(
        _email,
        search="q",
        word=lambda row, _: str(row["subject"]),
        tools=("dovecot", "smtp_server"),
        by_list=True,
    ),
    "jobs": Maker(_job),
    "chats": Maker(_thread, search="q"),
    "invoices": Maker(_invoice, search="q", word=lambda row, _: str(row["number"])),
    "approvals": Maker(_approval),
    "signatures": Maker(_signature),
    "organizers": Maker(_organizer),
    "logins": Maker(_login, most=1, more=("how", "email", "contact"), id_of=lambda _: "the line"),
    "notes": Maker(_note),
    "time": Maker(_time_entry, more=("amount", "unbilled_amount", "currency")),
    "proposals": Maker(_proposal, search="q"),
}


def equip(firm: Firm, request: pytest.FixtureRequest) -> None:
    """Lay out what the makers of the sections there are take besides the system."""
    wanted = {tool for name in SECTIONS if name in MAKERS for tool in MAKERS[name].tools}
    firm.tools = {tool: request.getfixturevalue(tool) for tool in wanted}  # type: ignore[attr-defined]


def missing() -> list[str]:
    """What is to be done about sections without a maker, one sentence each."""
    return [
        f"tests/sections.py: add to MAKERS how one row of {name!r} is made over HTTP as the owner"
        for name in SECTIONS
        if name not in MAKERS
    ]
