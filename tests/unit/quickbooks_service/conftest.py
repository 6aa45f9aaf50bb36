"""A firm with accounts, a company of its own at a simulated Intuit, and short ways to do what people do."""

import base64
import datetime as dt
import secrets
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select, update

from chassis.config import Settings
from chassis.context import Context, new_id
from chassis.outbox import pending
from chassis.sealing import Sealer
from chassis.testing import database, firm_context
from contracts import accounts, quickbooks
from contracts.common import Done
from contracts.export import Exported
from contracts.quickbooks_connection import ChangeQuickBooksSettings, FindCustomers, FinishConnecting
from services.billing.queries import books
from services.quickbooks import budget, connecting, model, working
from services.quickbooks.operations import choices, neighbours
from services.quickbooks.queries import accounts as account_queries
from services.quickbooks.queries import connection as connection_queries
from services.quickbooks.queries import errors as error_queries
from services.quickbooks.tools import Tools
from tests.quickbooks.launching import simulator

BACK = "http://localhost:8000/quickbooks"

ctx = firm_context()


@pytest.fixture(scope="session")
def shared_intuit():
    with simulator() as running:
        yield running


@pytest.fixture
def intuit(shared_intuit):
    """A simulated Intuit with a company of this test's own, to which whoever authorises lets us in."""
    realm = str(secrets.randbelow(10**15) + 10**15)
    shared_intuit.control("company", realm=realm, name="Whitfield Books")
    shared_intuit.knobs(authorizes=realm, rotation="grace", per_second=10)
    return Company(shared_intuit, realm)


class Company:
    """One company of the simulated Intuit."""

    def __init__(self, running, realm):
        self.running, self.realm = running, realm
        self.url, self.discovery = running.url, running.discovery
        self.knobs, self.plan = running.knobs, running.plan

    def control(self, call, **given):
        return self.running.control(call, realm=self.realm, **given)

    def customer(self, name, **fields):
        """A customer that a person made; gives its id."""
        made = self.control("create", kind="Customer", entity={"DisplayName": name, **fields})
        return made.get("Customer", made)["Id"]

    def edit(self, customer_id, **changes):
        return self.control("edit", kind="Customer", id=customer_id, changes=changes)

    def customers(self):
        return {one["Id"]: one for one in self.control("entities", kind="Customer")["Customer"]}

    def names(self):
        return sorted(one["DisplayName"] for one in self.customers().values())

    @property
    def state(self):
        return self.running.state()

    @property
    def requests(self):
        return self.state["limits"].get(self.realm, {"requests": 0})["requests"]


@pytest.fixture
def unhurried(intuit, monkeypatch):
    """Nobody counts requests, there or here: for tests of what is written, not of how often."""
    limits = {"per_second": 10, "per_minute": 500, "batches_per_minute": 40}
    intuit.knobs(**dict.fromkeys(limits))
    for name in ("APART_SECONDS", "BATCHES_APART_SECONDS"):
        monkeypatch.setattr(budget, name, 0.0)
    yield
    intuit.knobs(**limits)


@pytest.fixture
def tools(postgres_url, intuit):
    """What the work needs, without green threads."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    settings = Settings(secret_keys=(key,), quickbooks_url=intuit.url, quickbooks_discovery_url=intuit.discovery)
    return Tools(database(postgres_url, "quickbooks"), Sealer(settings.secret_keys), settings)


class Owners:
    """What accounts tells when it is asked: nothing but what the tests tell by events."""

    def export(self, ctx, request):
        return Exported(events=())


class Billing:
    """Billing as it is, on a database of its own, asked without a broker between."""

    def __init__(self, db):
        self.db = db

    def list_books(self, ctx, request):
        return self._asks(books.list_books, ctx, request)

    def read_books(self, ctx, request):
        return self._asks(books.read_books, ctx, request)

    def _asks(self, query, ctx, request):
        with self.db.reading(ctx) as session:
            return query(session, ctx, request)


class Firm:
    """One firm on a database that keeps."""

    def __init__(self, ctx, tools, intuit, billing):
        self.ctx, self.tools, self.intuit = ctx, tools, intuit
        self.versions = {}
        self.billing = billing
        self.neighbours = working.Neighbours(Owners(), Billing(billing))

    def fresh(self, by=None):
        return replace(by or self.ctx, key=new_id().hex, now=dt.datetime.now(dt.UTC), deadline=Context().deadline + 20)

    def does(self, operation, request, by=None):
        ctx = self.fresh(by)
        with self.tools.db.transaction(ctx) as session:
            return operation(session, ctx, request)

    def set_up(self, by=None, **changes):
        asked = {"client_id": "client", "client_secret": "secret", "redirect_url": BACK, **changes}
        request = ChangeQuickBooksSettings(version=self.connection().version, **asked)
        return connecting.change_settings(self.tools, self.fresh(by), request)

    def change(self, by=None, **changes):
        request = ChangeQuickBooksSettings(version=self.connection().version, **changes)
        return connecting.change_settings(self.tools, self.fresh(by), request)

    def authorise(self, by=None):
        """What comes back from Intuit when the owner lets us in."""
        started = connecting.start(self.tools, self.fresh(by))
        answer = httpx.get(started.authorization_url, follow_redirects=False)
        back = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
        return FinishConnecting(code=back["code"], state=back["state"], realm_id=back["realmId"])

    def finish(self, request, by=None):
        return connecting.finish(self.tools, self.fresh(by), request)

    def connect(self, *, works=True, **settings):
        """The owner sets up and connects; what follows from it by itself is done."""
        self.set_up(**settings)
        connection = self.finish(self.authorise())
        if works:
            self.work()
        return connection

    def disconnect(self, by=None):
        return connecting.disconnect(self.tools, self.fresh(by))

    def connection(self, by=None):
        return self.does(connection_queries.get_connection, Done(), by)

    def account(self, name, *, is_billed=True, state="active"):
        account_id = new_id()
        self.tell(account_id, name, state=state)
        if is_billed:
            self.bill(account_id)
        return account_id

    def tell(self, account_id, name, state="active"):
        """Accounts tells how an account is."""
        self.versions[account_id] = self.versions.get(account_id, 0) + 1
        account = accounts.Account(
            id=account_id, code="WF-1", name=name, name_mode="manual", type="company", company_name=None,
            company_address=None, tags=(), team=(), followers=(), state=state, version=self.versions[account_id],
            created_at=self.ctx.now, updated_at=self.ctx.now,
        )  # fmt: skip
        self.does(neighbours.account_told, accounts.AccountChanged(account=account))

    def bill(self, account_id):
        """Billing tells of something that makes the account one to be synced."""
        ctx = self.fresh(Context(firm_id=self.ctx.firm_id))
        with self.tools.db.transaction(ctx) as session:
            neighbours.billed(session, ctx, account_id)

    def work(self, *, after=0.0):
        """Do what is due, as many seconds from here, until nothing is."""
        self.pass_time(after)
        for _ in range(100):
            due = self.due()
            if not due:
                return
            for job_id in due:
                working.work(self.tools, self.neighbours, self.ctx.firm, job_id)
        raise AssertionError("the work has no end")

    def due(self):
        """Jobs that are due, those that only wait for room in the budget too, and what of documents is due as soon."""
        soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
        job = model.Job
        with self.tools.db.transaction(self.fresh()) as session:
            for table in (model.Document, model.Push):
                here = (table.firm_id == self.ctx.firm, table.due_at <= soon, table.due_at > self.ctx.now)
                session.execute(update(table).where(*here).values(due_at=self.ctx.now))
            is_free = job.taken_until.is_(None) | (job.taken_until <= dt.datetime.now(dt.UTC))
            mine = (job.firm_id == self.ctx.firm, job.due_at <= soon, is_free)
            session.execute(update(job).where(*mine).values(due_at=self.ctx.now))
            return session.scalars(select(job.id).where(*mine).order_by(job.asked_at, job.id)).all()

    def pass_time(self, seconds):
        span = dt.timedelta(seconds=seconds)
        with self.tools.db.transaction(self.fresh()) as session:
            for table in (model.Job, model.Document, model.Push):
                session.execute(
                    update(table)
                    .where(table.firm_id == self.ctx.firm)
                    .values(due_at=table.due_at - span, taken_until=table.taken_until - span)
                )

    def sync_of(self, account_id, by=None):
        return self.does(account_queries.get_account_sync, quickbooks.SyncRef(account_id=account_id), by)

    def status(self, account_id):
        return self.sync_of(account_id).status

    def steps(self, account_id):
        asked = quickbooks.ListSyncSteps(account_id=account_id)
        return self.does(account_queries.list_sync_steps, asked).items[::-1]

    def sync(self, account_id, by=None):
        return self.does(choices.sync_account, quickbooks.SyncRef(account_id=account_id), by)

    def skip(self, account_id, by=None):
        return self.does(choices.skip_account, quickbooks.SyncRef(account_id=account_id), by)

    def link(self, account_id, customer_id, *, is_shared=False, by=None):
        asked = quickbooks.LinkCustomer(account_id=account_id, customer_id=customer_id, is_shared=is_shared)
        return self.does(choices.link_customer, asked, by)

    def create(self, account_id, name=None, by=None):
        return self.does(choices.create_customer, quickbooks.CreateCustomer(account_id=account_id, name=name), by)

    def reactivate(self, account_id, by=None):
        return self.does(choices.reactivate_customer, quickbooks.SyncRef(account_id=account_id), by)

    def errors(self, by=None, **asked):
        return self.does(error_queries.list_sync_errors, quickbooks.ListSyncErrors(**asked), by)

    def found(self, text=""):
        return self.does(connection_queries.list_quickbooks_customers, FindCustomers(q=text))

    def told(self, kind):
        with self.tools.db.reading(self.ctx) as session:
            return [one for one in pending(session) if isinstance(one, kind)]

    def rows(self, table):
        with self.tools.db.reading(self.ctx) as session:
            return session.scalars(select(table).where(table.firm_id == self.ctx.firm)).all()


@pytest.fixture
def firm(ctx, tools, intuit, postgres_url):
    return Firm(ctx, tools, intuit, database(postgres_url, "billing"))
