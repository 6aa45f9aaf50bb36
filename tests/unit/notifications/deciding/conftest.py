"""A firm whose contacts, accounts, documents and proposals are kept by their own services' code, on PostgreSQL."""

import datetime as dt
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest

from chassis.context import Actor, new_id
from chassis.testing import database, firm_context, service_sessions
from contracts import accounts, contacts, folders, switches
from contracts.documents import Document
from contracts.identity import Firm, FirmCreated
from contracts.preferences import SetPreferences
from contracts.suppressions import SuppressAddress
from services.accounts.service import AccountsService
from services.billing.service import BillingService
from services.contacts.operations import projections
from services.contacts.service import ContactsService
from services.documents import first
from services.documents import model as documents_model
from services.documents.operations import documents, exemptions
from services.documents.operations import folders as documents_folders
from services.documents.queries import folders as tree
from services.documents.service import DocumentsService
from services.identity.service import IdentityService
from services.messages.service import MessagesService
from services.notifications import choosing, deciding, model
from services.notifications.operations import settings, suppressing
from services.notifications.sights import Owners

ctx = firm_context()
sessions = service_sessions("notifications")


class Served:
    """The calls of a service as its own process answers them, on its database; `others` are the services it asks."""

    def __init__(self, kind, db, **others):
        self._kind, self.db, self._holder = kind, db, SimpleNamespace(db=db, **others)

    def __getattr__(self, name):
        return partial(getattr(self._kind, name), self._holder)


class World:
    """One firm, and short ways to do in it what people do."""

    def __init__(self, postgres_url, ctx, sessions):
        self.ctx, self.sessions = ctx, sessions
        self.db = database(postgres_url, "notifications")
        self.contacts = Served(ContactsService, database(postgres_url, "contacts"))
        self.accounts = Served(AccountsService, database(postgres_url, "accounts"), contacts=self.contacts)
        self.documents = Served(DocumentsService, database(postgres_url, "documents"))
        self.messages = Served(MessagesService, database(postgres_url, "messages"))
        self.billing = Served(BillingService, database(postgres_url, "billing"))
        self.identity = Served(IdentityService, database(postgres_url, "identity"))
        self.hear(settings.firm_created, FirmCreated(firm=Firm(id=ctx.firm, name="Whitfield & Sons")))

    def fresh(self, **changes):
        return replace(self.ctx, key=new_id().hex, now=dt.datetime.now(dt.UTC), **changes)

    def as_client(self, contact_id, account_id, name="Cora Client"):
        return self.fresh(actor=Actor(kind="portal", id=contact_id, name=name, account_id=account_id))

    def hear(self, handler, event, by=None):
        """Apply an event as the service does: in a transaction of its own."""
        with self.sessions(by or self.ctx) as session:
            handler(session, by or self.ctx, event)

    def account(self, *people, name="Roy Ltd"):
        """An account with new contacts (first name, addresses), or known ones by id."""
        entries = tuple(
            contacts.ContactEntry(new=one)
            if not isinstance(one, type(self.ctx.firm))
            else contacts.ContactEntry(id=one)
            for one in people
        )
        request = accounts.CreateAccount(type="company", name=name, contacts=entries, timezone="Europe/Paris")
        made = self.accounts.create_account(self.fresh(), request)
        self.project(accounts.AccountCreated(account=made))
        return made

    def project(self, event):
        """Let contacts hear of an account."""
        with self.contacts.db.transaction(self.ctx) as session:
            projections.account_changed(session, self.ctx, event)

    def linked(self, account):
        return self.contacts.list_account_contacts(self.fresh(), contacts.AccountRef(account_id=account.id))

    def address(self, account, email):
        """(contact, the address's settings) on an account."""
        return next(
            (item, one) for item in self.linked(account).items for one in item.addresses if one.address.email == email
        )

    def switch(self, account, email, **wanted):
        item, one = self.address(account, email)
        request = switches.SetSwitches(
            account_id=account.id,
            contact_id=item.contact.id,
            address_id=one.address.id,
            version=self.linked(account).version,
            **wanted,
        )
        return self.contacts.set_switches(self.fresh(), request)

    def want(self, account, email, *types):
        """Choose the types of notification that an address wants, as a member of the firm."""
        item, one = self.address(account, email)
        request = SetPreferences(
            account_id=account.id, contact_id=item.contact.id, address_id=one.address.id, types=types
        )
        return choosing.set_preferences(self.db, self.contacts, self.fresh(), request)

    def suppress(self, email):
        with self.sessions() as session:
            suppressing.suppress_address(session, self.ctx, SuppressAddress(email=email, cause="bounce"))

    def document(self, account, name="return.pdf", *, access="edit") -> Document:
        """A document of the firm's, in a folder that clients reach so."""
        with self.documents.db.transaction(self.ctx) as session:
            first.make(session, self.ctx, account.id)
            ref = folders.AccountRef(account_id=account.id)
            known = {one.name: one for one in tree.list_folders(session, self.ctx, ref).items}
            folder = known.get(access) or documents_folders.create_folder(
                session, self.ctx, folders.CreateFolder(account_id=account.id, name=access, client_access=access)
            )
            file = {"file_id": new_id(), "media_type": "application/pdf", "size": 1000, "sha256": "0" * 64}
            arrived = documents.Arrived(**file, **documents.by_firm(self.ctx))
            session.add(
                documents_model.Leftover(
                    firm_id=self.ctx.firm, file_id=arrived.file_id, account_id=account.id, due_at=self.ctx.now
                )
            )
            session.flush()
            return documents.add(session, self.ctx, arrived, documents.Place(account.id, folder.id), name)

    def hide(self, account, document, contact_id):
        """Take a document from one contact (R-ACC-7)."""
        entry = folders.Exemption(kind="contact", id=contact_id, access="none")
        request = folders.SetExemptions(account_id=account.id, item_id=document.id, exemptions=(entry,))
        with self.documents.db.transaction(self.ctx) as session:
            exemptions.set_exemptions(session, self.ctx, request, {("contact", contact_id)})

    @property
    def tools(self):
        owners = Owners(
            documents=self.documents,
            approvals=self.documents,
            signing=self.documents,
            organizers=self.documents,
            chats=self.messages,
            proposals=self.billing,
            invoices=self.billing,
        )
        return deciding.Tools(
            db=self.db, contacts=self.contacts, accounts=self.accounts, identity=self.identity, owners=owners
        )

    def settle(self):
        while deciding.settle_due(self.tools):
            pass

    def mails(self, *, after=None, **where):
        """The firm's mails, oldest first."""
        with self.sessions() as session:
            query = session.query(model.Mail).filter_by(firm_id=self.ctx.firm, **where)
            if after is not None:
                query = query.filter(model.Mail.id > after)
            return query.order_by(model.Mail.id).all()

    def happenings(self):
        with self.sessions() as session:
            return session.query(model.Happening).filter_by(firm_id=self.ctx.firm).order_by(model.Happening.id).all()

    def outcome(self, **where):
        """What became of the mail to each address: `waiting`, or the reason why not."""
        return {(one.kind, one.email): one.reason or one.state for one in self.mails(**where)}


def person(first, *emails, **fields):
    """A contact who has these addresses."""
    others = tuple(contacts.NewAddress(label=f"Other {n}", email=email) for n, email in enumerate(emails[1:]))
    return contacts.NewContact(first_name=first, last_name="Roy", email=emails[0], other_addresses=others, **fields)


@pytest.fixture
def world(postgres_url, ctx, sessions):
    return World(postgres_url, ctx, sessions)
