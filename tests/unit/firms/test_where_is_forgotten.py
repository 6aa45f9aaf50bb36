"""Real queries and operations whose condition on the firm is taken out: row-level security answers in its place."""

from decimal import Decimal

import pytest

from chassis.context import new_id
from chassis.errors import NotFound
from chassis.testing import database, firm_context
from contracts import contacts, price_list, work, work_settings
from contracts.account_settings import CreateTag, TagRef
from contracts.common import Done
from services.accounts import queries as account_queries
from services.accounts.operations import tags
from services.billing.operations import price_list as services
from services.billing.queries import items as billing_items
from services.contacts.operations import people
from services.contacts.queries import people as contact_queries
from services.work.operations import notes, pipelines
from services.work.queries import items as work_items
from tests.forgetting import firms_forgotten

ours, theirs = firm_context(), firm_context()
ACCOUNT = new_id()


def note_of(thing):
    return work.NoteRef(account_id=ACCOUNT, note_id=thing.id)


NEW = {
    "tag": ("accounts", lambda s, ctx: tags.create_tag(s, ctx, CreateTag(name="Secret"))),
    "contact": ("contacts", lambda s, ctx: people.create_contact(s, ctx, contacts.NewContact(first_name="Secret"))),
    "note": ("work", lambda s, ctx: notes.create_note(s, ctx, work.CreateNote(account_id=ACCOUNT, body="Secret"))),
    "pipeline": (
        "work",
        lambda s, ctx: pipelines.create_pipeline(
            s, ctx, work_settings.CreatePipeline(name="Secret", stages=(work_settings.StageEntry(name="First"),))
        ),
    ),
    "service": (
        "billing",
        lambda s, ctx: services.create_service(s, ctx, price_list.CreateService(name="Secret", price=Decimal(1))),
    ),
}
FIND = {
    "contact": lambda s, ctx, it: contact_queries.get_contact(s, ctx, contacts.ContactRef(contact_id=it.id)),
    "note": lambda s, ctx, it: work_items.get_note(s, ctx, note_of(it)),
    "tag": lambda s, ctx, it: tags.delete_tag(s, ctx, TagRef(tag_id=it.id)),
}
LIST = {
    "tag": lambda s, ctx: account_queries.list_tags(s, ctx, Done()).items,
    "contact": lambda s, ctx: contact_queries.list_contacts(s, ctx, contacts.ListContacts()).items,
    "pipeline": lambda s, ctx: work_items.list_pipelines(s, ctx, Done()).items,
    "service": lambda s, ctx: billing_items.list_services(s, ctx, price_list.ListServices()).items,
}


@pytest.fixture
def hidden(kind, postgres_url, theirs):
    """`db, it`: where a thing of the other firm is, and the thing."""
    service, make = NEW[kind]
    db = database(postgres_url, service)
    with db.transaction(theirs) as session:
        return db, make(session, theirs)


@pytest.mark.parametrize("kind", FIND)
def test_another_firms_thing_is_not_found_by_its_id(kind, hidden, ours, theirs):
    db, it = hidden

    with firms_forgotten() as forgotten:
        with pytest.raises(NotFound), db.transaction(ours) as session:
            FIND[kind](session, ours, it)
        with db.transaction(theirs) as session:
            FIND[kind](session, theirs, it)

    assert forgotten.conditions >= 2, "no condition was there to be taken out"


@pytest.mark.parametrize("kind", LIST)
def test_lists_hold_ones_own(kind, hidden, ours, theirs):
    db, it = hidden

    with firms_forgotten() as forgotten:
        with db.transaction(ours) as session:
            found = LIST[kind](session, ours)
        with db.transaction(theirs) as session:
            theirs_found = LIST[kind](session, theirs)

    assert (list(found), [one.id for one in theirs_found]) == ([], [it.id])
    assert forgotten.conditions >= 2, "no condition was there to be taken out"


def test_without_row_level_security_the_same_queries_show_everything(postgres_url, ours, theirs):
    """So it is what holds them: the query as the other firm's transaction sends it finds their rows for anybody."""
    db = database(postgres_url, "work")
    with db.transaction(theirs) as session:
        NEW["pipeline"][1](session, theirs)

    with firms_forgotten(), db.transaction(theirs) as session:
        assert [one.name for one in LIST["pipeline"](session, ours)] == ["Secret"]
