"""Every mail's button opens a page that there is."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from chassis.context import Context
from gateway.router import Router
from gateway.web.site import PAGES
from services.notifications import links
from services.notifications.letters import KINDS

SITE = "https://dossier.example/"
ACCOUNT = UUID("01a219af-ff80-7760-8aad-6abd68b92314")
BY_THEMSELVES = {"invitation", "password_reset", "signing_link"}  # links that are made for one mail
ROUTER = Router(PAGES)


@dataclass
class Mail:
    """What of a mail says where it leads."""

    kind: str
    account_id: UUID | None


@pytest.mark.parametrize("account_id", [ACCOUNT, None])
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - BY_THEMSELVES))
def test_a_mail_leads_to_a_page_for_its_reader(kind, account_id):
    address = links.link(None, None, Context(), SITE, Mail(kind, account_id), None)

    path = address.removeprefix(SITE.rstrip("/"))
    pages, values = ROUTER.find(path)
    assert "GET" in pages
    assert pages["GET"].is_firms == KINDS[kind].is_staff
    assert str(ACCOUNT) in values or account_id is None or kind == "staff_quickbooks_attention"
