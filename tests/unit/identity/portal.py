"""Portal users for tests, beside a stand-in for contacts that knows entries and invitations as contacts tells them."""

import secrets
from dataclasses import dataclass, field

from chassis.context import Context, new_id
from chassis.errors import Forbidden
from contracts.common import Done
from contracts.entries import Entry as Entered
from contracts.entries import EntryList, Invitation, InvitationNotFound
from contracts.portal import AcceptPortalInvitation, SignInToPortal
from contracts.switches import InvitationNotOpen
from services.identity import entering
from services.identity.tokens import make
from tests.unit.identity.people import here, later

PASSWORD = "Tidy-ledger-97-lantern"


@dataclass
class Neighbour:
    """What contacts answers; `dies` is raised by the next step that changes something, before or after it is done."""

    entries: list = field(default_factory=list)
    invitations: dict = field(default_factory=dict)
    dies_before: Exception | None = None
    dies_after: Exception | None = None

    def invite(self, ctx, email, name="Anna Roy", account="Roy Bakery", account_id=None):
        token = make("i", ctx.firm)
        self.invitations[token] = Invitation(
            account_id=account_id or new_id(),
            account_name=account,
            contact_id=new_id(),
            contact_name=name,
            address_id=new_id(),
            email=email,
            sent_at=ctx.now,
            expires_at=later(ctx, days=30).now,
        )
        return token

    def find_invitation(self, ctx, request):
        _system(ctx)
        if request.token not in self.invitations:
            raise InvitationNotFound
        return self.invitations[request.token]

    def accept_invitation(self, ctx, request):
        _system(ctx)
        if self.dies_before:
            problem, self.dies_before = self.dies_before, None
            raise problem
        token = next((one for one, of in self.invitations.items() if of.sent_at == request.sent_at), None)
        if token is None:
            raise InvitationNotOpen
        found = self.invitations.pop(token)
        self.let_in(found.email, found.contact_name, found.account_name, found.account_id, found.contact_id)
        if self.dies_after:
            problem, self.dies_after = self.dies_after, None
            raise problem
        return Done()

    def let_in(self, email, name="Anna Roy", account="Roy Bakery", account_id=None, contact_id=None):
        entry = Entered(
            account_id=account_id or new_id(),
            code="R1",
            name=account,
            contact_id=contact_id or new_id(),
            contact_name=name,
            email=email,
        )
        self.entries.append(entry)
        return entry

    def list_entries(self, ctx, request):
        _system(ctx)
        return EntryList(items=tuple(one for one in self.entries if one.email.lower() == request.email.lower()))


def _system(ctx):
    if ctx.actor.kind != "system":
        raise Forbidden


def accept(db, contacts, token, password=PASSWORD, *, ctx=None, compute=here, **fields):
    request = AcceptPortalInvitation(token=token, password=password, **fields)
    return entering.accept(db, contacts, ctx or Context(), request, compute)


def enter(db, contacts, email, password=PASSWORD, *, ctx=None, compute=here, **fields):
    request = SignInToPortal(email=email, password=password, **fields)
    return entering.sign_in(db, contacts, ctx or Context(), request, compute)


def client_email():
    return f"anna.{secrets.token_hex(6)}@client.example"
