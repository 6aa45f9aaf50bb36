"""The address of every page there is, in a firm that has one of everything."""

import re
from functools import cached_property
from uuid import UUID

import psycopg
import pytest

from chassis.context import Context
from contracts.portal import PortalResetRef
from gateway.web.page import Page
from gateway.web.site import PAGES
from tests.firms import Firm, on_the_bus, person
from tests.pdfs import blank_pdf
from tests.pictures import plain
from tests.sections import MAKERS, client_of, equip
from tests.stack import Stack

RAW = {"Content-Type": "application/octet-stream"}
LIST = b"Account name,First name,Last name,Email\nAda Ltd,Ada,Lovelace,ada@example.com\nByron & Co,George,Byron,none\n"
QUESTIONS = [
    {"key": "married", "label": "Are you married?", "kind": "yes_no", "is_required": True},
    {"key": "rents", "label": "Rents", "kind": "amount"},
]
LINES = [{"service": "Bookkeeping", "unit_price": "120.00", "cadence": "monthly"}]
FILES = frozenset(
    {
        "/portal/accounts/{account_id}/photo",
        "/portal/accounts/{account_id}/documents/{document_id}/file",
        "/portal/accounts/{account_id}/signatures/{signature_id}/file",
        "/portal/accounts/{account_id}/chat-files/{attachment_id}",
        "/portal/signing/{token}/file",
        "/clients/{account_id}/photo/{photo_id}",
    }
)
WALKED = [page for page in PAGES if page.verb == "GET" and page.path not in FILES]


class Furnished:
    """A firm in use; `path(page)` fills the address of a page with what is there."""

    def __init__(self, stack: Stack, request: pytest.FixtureRequest) -> None:
        self.stack = stack
        self.firm = firm = Firm(stack.url, stack.env)
        try:
            equip(firm, request)
        except pytest.skip.Exception:  # no mail server can be had here
            self.items = {name: maker for name, maker in MAKERS.items() if not maker.tools}
        else:
            self.items = dict(MAKERS)
        owner, me = firm.owner, firm.signed_in["member"]["id"]
        sector = owner.made("POST", "/custom-fields/accounts", name="Sector", type="text")["id"]
        self.fields = {"account": sector}
        self.fields["contact"] = owner.made("POST", "/custom-fields/contacts", name="Hobby", type="text")["id"]
        owner.made("POST", "/account-roles", name="Reviewer")
        self.anna = person(first_name="Anna", phones=["+33 1 23 45 67 89"])
        self.account = firm.account(
            "Okonkwo Bakery", type="company", tags=["Priority"], contacts=[{"new": self.anna}], team=[me],
            custom_fields={sector: "Bread, cakes and everything else that is baked before six in the morning"},
        )  # fmt: skip
        self.at = f"/accounts/{self.account['id']}"
        self.made = {
            name: maker.make(firm, self.account["id"], f"About {name}", me) for name, maker in self.items.items()
        }
        self.client = client_of(firm, self.account["id"])
        owner.made("POST", f"{self.at}/notes", body="Prefers to be called in the morning. " * 30)
        firm.account("Harbour Joinery", contacts=[{"new": person(first_name="Bert")}])

    def path(self, page: Page) -> str:
        """Fail with what is to be done where a parameter has nothing to stand for it."""
        names = re.findall(r"\{(\w+)\}", page.path)
        try:
            return page.path.format(**{name: self._value(page, name) for name in names})
        except KeyError as unknown:
            pytest.fail(f"tests/browser/places.py: say what stands for {unknown} in {page.path}", pytrace=False)

    def _value(self, page: Page, name: str) -> str:
        if name == "token":
            return self._link(page.link)
        if name == "item_id":
            return self.made[page.path.split("/")[3]]
        if name == "field_id":
            return self.fields["contact" if "contact" in page.path else "account"]
        if name == "part":
            return "names" if page.path.startswith("/contacts") else "name"
        if page.is_firms or name == "account_id":
            return str(self.ids[name])
        return str(self.clients[name])

    @cached_property
    def ids(self) -> dict[str, str]:
        owner, account_id = self.firm.owner, self.account["id"]
        contact = owner.made("GET", f"{self.at}/contacts")["items"][0]["contact"]
        letter = owner.made("POST", f"{self.at}/proposals", name="Books", packages=[{"name": "All", "lines": LINES}])
        prepared = owner.made("POST", f"{self.at}/signatures", document_id=self._paper("Lease.pdf"), is_sent=False)
        brought = owner.post("/imports", params={"file_name": "clients.csv"}, content=LIST, headers=RAW).json()
        owner.put(f"{self.at}/photo", content=plain(), headers={"Content-Type": "image/png"}).raise_for_status()
        return {
            "account_id": account_id,
            "contact_id": contact["id"],
            "address_id": contact["addresses"][0]["id"],
            "name": "tasks",
            "what": "archive",
            "import_id": brought["id"],
            "member_id": self.firm.member("manage_tags").member["id"],
            "pipeline_id": owner.made("GET", "/pipelines")["items"][0]["id"],
            "proposal_id": letter["id"],
            "signature_id": prepared["id"],
            "template_id": self.template,
            "document_id": self.made["invoices"],
            "kind": "invoice",
            "service_id": owner.made("POST", "/services", name="Payslips", price="9", unit="payslip")["id"],
        }

    @cached_property
    def clients(self) -> dict[str, str]:
        """What stands in addresses of the portal, as the client there sees it."""
        owner, paper = self.firm.owner, self._paper("Tax return.pdf")
        organizer = owner.made("POST", f"{self.at}/organizers", template_ids=[self.template])["items"][0]
        return {
            "document_id": paper,
            "approval_id": owner.made("POST", f"{self.at}/approvals", document_id=paper)["id"],
            "signature_id": owner.made("POST", f"{self.at}/signatures", document_id=paper)["id"],
            "organizer_id": organizer["id"],
            "thread_id": self.made["chats"],
            "invoice_id": self.made["invoices"],
            "proposal_id": self.made["proposals"],
        }

    def _paper(self, name: str) -> str:
        """A document that the client sees; only one request for signatures can be made of it at a time."""
        made = self.firm.owner.post(f"{self.at}/documents", params={"name": name}, content=blank_pdf(), headers=RAW)
        return str(made.json()["id"])

    @cached_property
    def template(self) -> str:
        sections = [{"title": "You", "questions": QUESTIONS}]
        made = self.firm.owner.made("POST", "/organizer-templates", name="Income 2026", sections=sections)
        return str(made["id"])

    def _link(self, kind: str | None) -> str:
        """The token of a link that was mailed to somebody who has not followed it yet."""
        owner = self.firm.owner
        if kind == "invitation":
            carla = person(first_name="Carla")
            guest = self.firm.account("Lindqvist Shipping", contacts=[{"new": carla}])
            return self.firm.invite(guest["id"], carla["email"])
        if kind == "signing":
            asked = owner.made("GET", f"{self.at}/signatures/{self.made['signatures']}")
            signer = asked["signers"][0]["id"]
            return str(owner.made("POST", f"{self.at}/signatures/{asked['id']}/signers/{signer}/link")["token"])
        if kind == "reset":
            return self._reset()
        return "x"  # only a mail holds it

    def _reset(self) -> str:
        self.client.post("/auth/reset", json={"email": self.anna["email"]}).raise_for_status()
        with psycopg.connect(self.stack.database_of("identity")) as connection:
            connection.execute("SELECT set_config('app.firm_id', %s, false)", [self.firm.id])
            ((reset_id,),) = connection.execute("SELECT id FROM portal_reset").fetchall()
        ref = PortalResetRef(reset_id=reset_id)
        ctx = Context(firm_id=UUID(self.firm.id))
        return str(on_the_bus(self.stack.env, lambda bus: bus.call(ctx, "identity", "make_reset_link", ref))["token"])
