"""A firm whose members have real mailboxes, and clients whose mail is synced."""

import base64
import datetime as dt
import secrets
from dataclasses import replace

import pytest
from sqlalchemy import select

from chassis.blobs import Blobs
from chassis.config import Settings
from chassis.context import Context, new_id
from chassis.outbox import pending
from chassis.sealing import Sealer
from chassis.testing import database, member_ctx
from contracts import accounts, contacts, emails, identity, mailboxes
from contracts.common import Person
from contracts.sections import GetSections, ListSection, SectionAsk
from contracts.switches import SyncedAddress
from services.messages import connecting, model, sending, syncing
from services.messages.operations import neighbours
from services.messages.operations.emails import filing, keeping, outgoing, synced
from services.messages.queries import sections
from services.messages.queries.emails import unfiled, views
from services.messages.syncing import Tools
from tests.mail import PASSWORD, written
from tests.unit.messages.conftest import told_of


@pytest.fixture
def tools(postgres_url, tmp_path):
    """What mail needs, without green threads."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    settings = Settings(
        blobs=(tmp_path / "blobs").as_uri(), secret_keys=(key,), mail_seconds=60.0, mail_retry_seconds=(60.0, 300.0)
    )
    return Tools(
        db=database(postgres_url, "messages"),
        blobs=Blobs(settings),
        compute=lambda function, *arguments: function(*arguments),
        sealer=Sealer(settings.secret_keys),
        settings=settings,
    )


class Firm:
    """One firm, on a database that keeps: members, accounts, and short ways to ask and do what people do."""

    def __init__(self, ctx, tools, dovecot, smtp):
        self.ctx, self.tools, self.dovecot, self.smtp = ctx, tools, dovecot, smtp
        self.mark = secrets.token_hex(3)
        self.codes = iter(range(1, 100))
        self.versions = {}
        self.knows(ctx)

    def does(self, operation, request, by=None):
        ctx = by or self.ctx
        ctx = replace(ctx, key=new_id().hex, now=dt.datetime.now(dt.UTC))
        with self.tools.db.transaction(ctx) as session:
            return operation(session, ctx, request)

    def knows(self, member, **changes):
        """Identity tells of a member."""
        told = told_of(member, **changes)
        self.does(neighbours.member_changed, identity.MemberChanged(member=told))
        return member

    def member(self, **changes):
        return self.knows(member_ctx(self.ctx, **changes))

    def address(self, name):
        """An address that no other firm of the tests has."""
        return f"{name}.{self.mark}@example.com"

    def account(self, *names, team=(), code=None):
        """An account as its owner tells of it, with the mail of `names` synced."""
        account_id, number = new_id(), next(self.codes)
        code = code or f"JG{number}"
        self.tell(account_id, code=code, team=team)
        if names:
            self.sync(account_id, *names)
        return account_id

    def tell(self, account_id, code="JG1", team=(), state="active"):
        self.versions[account_id] = self.versions.get(account_id, 0) + 1
        account = accounts.Account(
            id=account_id, code=code, name=f"Account {code}", name_mode="manual", type="individual",
            company_name=None, company_address=None, tags=(), followers=(), state=state,
            team=tuple(Person(id=one.actor.id, name="?") for one in team),
            version=self.versions[account_id], created_at=self.ctx.now, updated_at=self.ctx.now,
        )  # fmt: skip
        self.does(synced.account_told, accounts.AccountChanged(account=account))

    def sync(self, account_id, *names):
        """EMAIL SYNC is on for these on the account, and for nobody else."""
        self.versions[account_id] = self.versions.get(account_id, 0) + 1
        told = tuple(SyncedAddress(contact_id=new_id(), email=self.address(name)) for name in names)
        event = contacts.AccessChanged(
            account_id=account_id, version=self.versions[account_id], portal_status="off", is_notified=False,
            is_synced=bool(told), login_emails=(), unlinked=(), synced=told,
        )  # fmt: skip
        self.does(synced.access_changed, event)

    def connect(self, name, by=None, **changes):
        """A member's mailbox."""
        request = mailboxes.ConnectMailbox(
            email=self.address(name),
            imap=mailboxes.MailServer(**self.dovecot.server),
            smtp=mailboxes.MailServer(**self.smtp.server),
            user=self.address(name),
            password=PASSWORD,
        )
        ctx = replace(by or self.ctx, key=new_id().hex, now=dt.datetime.now(dt.UTC), deadline=Context().deadline + 20)
        return connecting.connect(self.tools.db, self.tools.sealer, ctx, replace(request, **changes))

    def box(self, name):
        return self.dovecot.mailbox(self.address(name))

    def writes(self, sender, to, subject="Hello", text="Good day.", **headers):
        """A message between people of the firm's circle, by their short names."""
        to = ", ".join(self.address(one) for one in to.split())
        if "Cc" in headers:
            headers["Cc"] = ", ".join(self.address(one) for one in headers["Cc"].split())
        return written(self.address(sender), to, subject, text, **headers)

    def look(self, mailbox):
        """One look into a mailbox, however recent the last one."""
        with self.tools.db.transaction(self.ctx) as session:
            session.get(model.MailboxTurn, (self.ctx.firm, mailbox.id)).due_at = dt.datetime.now(dt.UTC)
        syncing.sync(self.tools, self.ctx.firm, mailbox.id)

    def send_all(self, *, after=0):
        """Send what is due, as many seconds from here."""
        with self.tools.db.transaction(self.ctx) as session:
            for row in session.scalars(select(model.OutgoingEmail).where(model.OutgoingEmail.firm_id == self.ctx.firm)):
                row.due_at -= dt.timedelta(seconds=after)
        with self.tools.db.reading(self.ctx) as session:
            ids = session.scalars(select(model.OutgoingEmail.email_id)).all()
        for email_id in ids:
            sending.send(self.tools, self.ctx.firm, email_id)

    def section(self, account_id, by=None):
        ask = GetSections(account_id=account_id, sections=(SectionAsk(name="emails"),))
        return self.does(sections.get_sections, ask, by).sections[0]

    def listed(self, account_id, **filters):
        ask = ListSection(account_id=account_id, name="emails", filters=filters)
        return self.does(sections.list_section, ask)

    def subjects(self, account_id):
        return [row["subject"] for row in self.section(account_id).rows]

    def unfiled(self, by=None):
        return self.does(unfiled.list_unfiled, emails.ListUnfiled(), by).items

    def file(self, email, *account_ids, by=None):
        return self.does(filing.file_email, emails.FileEmail(email_id=email.id, account_ids=account_ids), by)

    def refile(self, account_id, email_id, *account_ids, by=None):
        ask = emails.RefileEmail(account_id=account_id, email_id=email_id, account_ids=account_ids)
        return self.does(filing.refile_email, ask, by)

    def get(self, account_id, email_id, by=None):
        return self.does(views.get_email, emails.EmailRef(account_id=account_id, email_id=email_id), by)

    def thread(self, account_id, email_id):
        return self.does(views.get_email_thread, emails.EmailRef(account_id=account_id, email_id=email_id)).items

    def send(self, account_id, *names, by=None, **fields):
        fields = {"subject": "Your return", "text": "Please sign.", **fields}
        ask = emails.SendEmail(account_id=account_id, to=tuple(self.address(one) for one in names), **fields)
        return self.does(outgoing.send_email, ask, by)

    def mark_read(self, account_id, email_id, *, is_read=True):
        ask = emails.MarkEmail(account_id=account_id, email_id=email_id, is_read=is_read)
        return self.does(keeping.mark_email, ask)

    def purge(self, account_id, name, by=None):
        ask = emails.PurgeEmails(account_id=account_id, email=self.address(name))
        return self.does(keeping.purge_emails, ask, by)

    def rows(self, table):
        with self.tools.db.reading(self.ctx) as session:
            return session.scalars(select(table).where(table.firm_id == self.ctx.firm)).all()

    def told(self, kind):
        with self.tools.db.reading(self.ctx) as session:
            return [one for one in pending(session) if isinstance(one, kind)]


@pytest.fixture
def firm(ctx, tools, dovecot, smtp):
    return Firm(ctx, tools, dovecot, smtp)
