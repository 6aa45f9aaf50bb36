"""A firm whose mails are decided upon, and the real servers that take them or don't."""

import base64
import datetime as dt
import email as parser
import secrets
from dataclasses import replace
from email import policy

import pytest
from sqlalchemy import select

from chassis.addresses import fold
from chassis.config import Settings
from chassis.context import Actor, Context, new_id
from chassis.outbox import pending
from chassis.sealing import Sealer
from chassis.testing import database, firm_context
from contracts.notifications import MailChanged
from services.contacts.operations import inviting
from services.identity import resetting
from services.notifications import bounces, model, sending
from tests.mail import PASSWORD

ctx = firm_context()
SENDER = "dossier@mail.example.com"
SITE = "https://dossier.example.com"


class Owner:
    """The services that make links, as far as they are asked for them: their own functions on their own databases."""

    def __init__(self, postgres_url):
        self.contacts, self.identity = database(postgres_url, "contacts"), database(postgres_url, "identity")

    def make_invitation_link(self, ctx, request):
        with self.contacts.transaction(ctx) as session:
            return inviting.make_invitation_link(session, ctx, request)

    def make_reset_link(self, ctx, request):
        return resetting.make_link(self.identity, ctx, request)


class Desk:
    """One firm's mails, on a database that keeps, and short ways to write, send and look at them."""

    send_seconds = 15.0

    def __init__(self, ctx, postgres_url, smtp, **settings):
        self.ctx, self.smtp, self.owner = ctx, smtp, Owner(postgres_url)
        self.db = database(postgres_url, "notifications")
        self.mark = secrets.token_hex(4)
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        self.settings = Settings(
            secret_keys=(key,),
            mail_retry_seconds=(60.0, 300.0),
            smtp_url=f"smtp://dossier:{PASSWORD}@127.0.0.1:{smtp.port}",
            mail_from=SENDER,
            public_url=SITE,
        )
        self.settings = replace(self.settings, **settings)
        self.sealer = Sealer(self.settings.secret_keys)
        self.account_id = new_id()
        with self.write() as session:
            session.add(model.FirmSettings(firm_id=ctx.firm, firm_name="Roy & Söhne", locale="en", version=1))

    def write(self):
        return self.db.transaction(self.ctx)

    @property
    def tools(self):
        return sending.Tools(
            self.db, self.sealer, self.settings, self.owner, self.owner, send_seconds=self.send_seconds
        )

    def address(self, name):
        return f"{name}.{self.mark}@example.com"

    def mail(self, name="anna", **changes):
        """A mail that was decided upon; its id."""
        facts = {
            "kind": "invoice_issued", "type": "invoices", "account_id": self.account_id, "contact_id": new_id(),
            "address_id": new_id(), "email": self.address(name), "email_folded": fold(self.address(name)),
            "greeting": "Anna", "locale": "en", "facts": {"number": "INV-7", "amount": MONEY}, "about": {},
            "state": "waiting", "created_at": self.ctx.now, "due_at": self.ctx.now,
        }  # fmt: skip
        facts |= changes
        mail_id, happening_id = new_id(), new_id()
        with self.write() as session:
            about = {"kind": facts["kind"], "account_id": facts["account_id"], "facts": {}}
            session.add(model.Happening(firm_id=self.ctx.firm, id=happening_id, happened_at=self.ctx.now, **about))
            session.flush()
            recipient = str(facts["address_id"])
            row = model.Mail(firm_id=self.ctx.firm, id=mail_id, happening_id=happening_id, recipient=recipient, **facts)
            if isinstance(row.sealed, str):
                row.sealed = self.sealer.seal(mail_id, row.sealed)
            session.add(row)
        return mail_id

    def due(self):
        with self.write() as session:
            query = select(model.Mail.firm_id, model.Mail.id).where(model.Mail.firm_id == self.ctx.firm)
            rows = session.execute(query.where(model.Mail.due_at.is_not(None)).order_by(model.Mail.id))
            return [(row.firm_id, row.id) for row in rows]

    def send(self, *, after=0):
        """Send what is due, as many seconds from here."""
        self.pass_time(after)
        sending.send_run(self.tools, self.due())

    def pass_time(self, seconds):
        """Let everything that waits have waited so much longer."""
        with self.write() as session:
            for row in session.scalars(select(model.Mail).where(model.Mail.firm_id == self.ctx.firm)):
                for name in ("due_at", "taken_until"):
                    at = getattr(row, name)
                    setattr(row, name, at and at - dt.timedelta(seconds=seconds))

    def row(self, mail_id):
        with self.write() as session:
            return session.get(model.Mail, (self.ctx.firm, mail_id))

    def state(self, mail_id):
        row = self.row(mail_id)
        return row.state, row.detail

    def told(self):
        """What the events said of each mail, in order."""
        with self.write() as session:
            return [(one.mail.id, one.mail.state) for one in pending(session) if isinstance(one, MailChanged)]

    def arrived(self):
        """What the server took of this firm's: envelope and message."""
        found = zip(self.smtp.envelopes(), self.smtp.accepted(), strict=True)
        return [
            (envelope, parser.message_from_bytes(raw, policy=policy.default))
            for envelope, raw in found
            if any(self.mark in one for one in envelope["to"])
        ]

    def mutes(self, mail_id):
        row = self.row(mail_id)
        key = {name: getattr(row, name) for name in ("firm_id", "account_id", "address_id", "type", "contact_id")}
        with self.write() as session:
            session.add(model.MutedType(**key))

    def looks(self, **changes):
        with self.write() as session:
            row = session.get(model.FirmSettings, self.ctx.firm)
            for name, value in changes.items():
                setattr(row, name, value)

    def suppressions(self):
        with self.write() as session:
            rows = session.scalars(select(model.Suppression).where(model.Suppression.firm_id == self.ctx.firm))
            return {row.email: row.cause for row in rows}

    def system(self, seconds_ago=0):
        ctx = Context(firm_id=self.ctx.firm, actor=Actor())
        return replace(ctx, now=ctx.now - dt.timedelta(seconds=seconds_ago))

    def read_reports(self):
        compute = lambda function, *arguments: function(*arguments)  # noqa: E731
        return bounces.read_reports(bounces.Tools(self.db, self.settings, compute))


MONEY = {"amount": "120.50", "currency": "EUR"}


@pytest.fixture
def desk(ctx, postgres_url, smtp):
    return Desk(ctx, postgres_url, smtp)
