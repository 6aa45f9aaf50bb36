"""A firm with an account and its first folder, and short ways to give it folders and documents."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from chassis import outbox
from chassis.context import Actor, new_id
from chassis.testing import firm_context, member_ctx, service_session, service_sessions
from contracts import documents as promised
from contracts import folders as promised_folders
from contracts.sections import GetSections, ListSection, SectionAsk
from services.documents import first, model
from services.documents.operations import documents, exemptions, folders
from services.documents.queries import folders as tree
from services.documents.queries import sections

ctx = firm_context()
session = service_session("documents")
sessions = service_sessions("documents")


@pytest.fixture
def account_id():
    return new_id()


def portal_ctx(ctx, name="Cora Client"):
    """A contact who acts on the account through the portal."""
    return replace(ctx, actor=Actor(kind="portal", id=new_id(), name=name), key=new_id().hex)


def later(ctx, **span):
    return replace(ctx, now=ctx.now + dt.timedelta(**span))


def arrived_for(session, ctx, account_id, **facts):
    """A file of ours that waits to be shown, brought by whoever `ctx` is."""
    brought = documents.by_client(ctx) if ctx.actor.kind == "portal" else documents.by_firm(ctx)
    file = {"file_id": new_id(), "media_type": "application/pdf", "size": 1000, "sha256": "0" * 64}
    arrived = documents.Arrived(**{**file, **brought, **facts})
    session.add(model.Leftover(firm_id=ctx.firm, file_id=arrived.file_id, account_id=account_id, due_at=ctx.now))
    session.flush()
    return arrived


@pytest.fixture
def client_ctx(ctx):
    return portal_ctx(ctx)


@pytest.fixture
def employee(ctx):
    """`employee("manage_documents")`: a colleague with these rights."""
    return lambda *rights, **changes: member_ctx(ctx, rights=rights, **changes)


@pytest.fixture
def root(session, ctx, account_id):
    """The account's first folder."""
    first.make(session, ctx, account_id)
    (folder,) = tree.list_folders(session, ctx, promised_folders.AccountRef(account_id=account_id)).items
    return folder


@pytest.fixture
def new_folder(session, ctx, account_id, root):
    def make(name="Taxes", *, by=ctx, **fields):
        request = promised_folders.CreateFolder(**{"account_id": account_id, "name": name, **fields})
        return folders.create_folder(session, by, request)

    return make


@pytest.fixture
def new_document(session, ctx, account_id, root):
    """`new_document("return.pdf", by=client_ctx)`; without a folder in the first one."""

    def make(name="return.pdf", *, by=ctx, folder_id=None, account_id=account_id, **facts):
        place = documents.Place(account_id, folder_id)
        return documents.add(session, by, arrived_for(session, by, account_id, **facts), place, name)

    return make


@pytest.fixture
def exempt(session, ctx, account_id):
    """`exempt(item, of=emil, access="none")`"""

    def make(item, *, of, access, by=ctx):
        kind = "contact" if of.actor.kind == "portal" else "member"
        entry = promised_folders.Exemption(kind=kind, id=of.actor.id, access=access)
        request = promised_folders.SetExemptions(account_id=account_id, item_id=item.id, exemptions=(entry,))
        exemptions.set_exemptions(session, by, request, {(kind, of.actor.id)})

    return make


@pytest.fixture
def section(session, ctx, account_id):
    def ask(*, scope="firm", by=ctx, account_id=account_id):
        request = GetSections(account_id=account_id, sections=(SectionAsk(name="documents", scope=scope),))
        (made,) = sections.get_sections(session, by, request).sections
        return made

    return ask


@pytest.fixture
def listed(session, ctx, account_id):
    """`listed(new="true")`: a page of "view all"."""

    def ask(*, scope="firm", by=ctx, limit=50, after=None, **filters):
        request = ListSection(
            account_id=account_id, name="documents", scope=scope, filters=filters or None, cursor=after, limit=limit
        )
        return sections.list_section(session, by, request)

    return ask


@pytest.fixture
def row_of(session, ctx):
    return lambda document: session.scalars(
        select(model.Document)
        .where(model.Document.firm_id == ctx.firm, model.Document.id == document.id)
        .execution_options(populate_existing=True)
    ).one_or_none()


@pytest.fixture
def told(session):
    """The events that wait, by their type's last word, since it was last asked."""
    known = 0

    def ask():
        nonlocal known
        events = outbox.pending(session)[known:]
        known += len(events)
        return [event.TYPE.split(".")[1] for event in events]

    return ask


def ref(document):
    return promised.DocumentRef(account_id=document.account_id, document_id=document.id)
