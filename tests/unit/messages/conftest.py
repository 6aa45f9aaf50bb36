"""A firm with an account, two of its contacts, and short ways to say something."""

import datetime as dt
from dataclasses import replace

import pytest

from chassis.context import Actor, new_id
from chassis.testing import firm_context, member_ctx, service_session, service_sessions
from contracts import chat_files, chats, client_tasks, identity, portal_chats
from contracts.sections import GetSections, ListSection, SectionAsk
from services.messages.operations import files, marks, messages, neighbours, portal, tasks, threads
from services.messages.queries import portal as portal_queries
from services.messages.queries import sections
from services.messages.queries import threads as queries

ctx = firm_context()
session = service_session("messages")
sessions = service_sessions("messages")


def as_contact(ctx, name):
    """The context of a contact in the portal."""
    return replace(ctx, actor=Actor(kind="portal", id=new_id(), name=name), key=new_id().hex)


def told_of(ctx, **changes):
    """A member as identity tells of them."""
    known = {"id": ctx.actor.id, "name": ctx.actor.name, "is_active": True, "version": 1, **changes}
    return identity.Member(
        email="somebody@example.com", role="employee", rights=(), has_default_access=False, created_at=ctx.now, **known
    )


def later(ctx, **span):
    """The same caller, so much later."""
    return replace(ctx, now=ctx.now + dt.timedelta(**span), key=new_id().hex)


@pytest.fixture
def account_id():
    return new_id()


@pytest.fixture
def anna(ctx):
    return as_contact(ctx, "Anna Roy")


@pytest.fixture
def boris(ctx):
    return as_contact(ctx, "Boris Roy")


@pytest.fixture
def emil(session, ctx):
    """Another member, whom identity told of."""
    other = member_ctx(ctx)
    neighbours.member_changed(session, ctx, identity.MemberCreated(member=told_of(other)))
    return other


class Talk:
    """One account's chats, in one session: short ways to do and ask what people do."""

    def __init__(self, session, ctx, account_id):
        self.session, self.ctx, self.account_id = session, ctx, account_id

    def start(self, text="Please send the bank statements.", *, by=None, only=(), **fields):
        """A thread by the firm; `only` are the contexts of the contacts who take part."""
        fields = {"account_id": self.account_id, "subject": "Tax return 2025", "text": text, **fields}
        linked = {one.actor.id: one.actor.name for one in only}
        if only:
            fields["participant_ids"] = tuple(linked)
        return threads.start_thread(self.session, by or self.ctx, chats.StartThread(**fields), linked)

    def start_as(self, contact, text="May I ask something?", **fields):
        fields = {"account_id": self.account_id, "subject": "A question", "text": text, **fields}
        return portal.start_portal_thread(self.session, contact, portal_chats.StartPortalThread(**fields))

    def _of(self, thread, **fields):
        return {"account_id": self.account_id, "thread_id": thread.id, **fields}

    def say(self, thread, text="Thank you.", *, by=None, **fields):
        request = chats.SendMessage(**self._of(thread, text=text, **fields))
        return messages.send_message(self.session, by or self.ctx, request)

    def answer(self, thread, contact, text="Here they are.", **fields):
        request = portal_chats.SendPortalMessage(**self._of(thread, text=text, **fields))
        return portal.send_portal_message(self.session, contact, request)

    def edit(self, thread, message, *, by=None, **fields):
        fields = {"version": message.version, **fields}
        request = chats.ChangeMessage(**self._of(thread, message_id=message.id, **fields))
        return messages.change_message(self.session, by or self.ctx, request)

    def edit_as(self, contact, thread, message, text, **fields):
        fields = {"version": message.version, "text": text, **fields}
        request = portal_chats.ChangePortalMessage(**self._of(thread, message_id=message.id, **fields))
        return portal.change_portal_message(self.session, contact, request)

    def delete(self, thread, message, *, by=None):
        request = chats.MessageRef(**self._of(thread, message_id=message.id))
        return messages.delete_message(self.session, by or self.ctx, request)

    def delete_as(self, contact, thread, message):
        request = chats.MessageRef(**self._of(thread, message_id=message.id))
        return portal.delete_portal_message(self.session, contact, request)

    def read(self, thread, message, *, by=None):
        return marks.read_thread(
            self.session, by or self.ctx, chats.MessageRef(**self._of(thread, message_id=message.id))
        )

    def read_as(self, contact, thread, message):
        request = chats.MessageRef(**self._of(thread, message_id=message.id))
        return marks.read_portal_thread(self.session, contact, request)

    def change(self, thread, *, by=None, linked=None, **fields):
        request = chats.ChangeThread(**self._of(thread, **{"version": thread.version, **fields}))
        return threads.change_thread(self.session, by or self.ctx, request, linked or {})

    def add_task(self, thread, title="Upload the invoices", *, by=None):
        request = client_tasks.AddClientTask(**self._of(thread, title=title))
        return tasks.add_client_task(self.session, by or self.ctx, request)

    def change_task(self, thread, task, *, by=None, **fields):
        fields = {"version": task.version, **fields}
        request = client_tasks.ChangeClientTask(**self._of(thread, task_id=task.id, **fields))
        return tasks.change_client_task(self.session, by or self.ctx, request)

    def remove_task(self, thread, task, *, by=None):
        request = client_tasks.ClientTaskRef(**self._of(thread, task_id=task.id))
        return tasks.remove_client_task(self.session, by or self.ctx, request)

    def tick_as(self, contact, thread, task):
        request = client_tasks.ClientTaskRef(**self._of(thread, task_id=task.id))
        return tasks.tick_portal_task(self.session, contact, request)

    def thread(self, thread, *, by=None):
        return queries.get_thread(self.session, by or self.ctx, chats.ThreadRef(**self._of(thread)))

    def thread_as(self, contact, thread):
        return portal_queries.get_portal_thread(self.session, contact, chats.ThreadRef(**self._of(thread)))

    def said(self, thread, *, by=None, **fields):
        return queries.list_messages(self.session, by or self.ctx, chats.ListMessages(**self._of(thread, **fields)))

    def said_to(self, contact, thread, **fields):
        request = portal_chats.ListPortalMessages(**self._of(thread, **fields))
        return queries.list_portal_messages(self.session, contact, request)

    def listed_as(self, contact, **fields):
        request = portal_chats.ListPortalThreads(account_id=self.account_id, **fields)
        return portal_queries.list_portal_threads(self.session, contact, request)

    def section(self, *, by=None, account_id=None):
        """What the overview shows of chats."""
        request = GetSections(account_id=account_id or self.account_id, sections=(SectionAsk(name="chats"),))
        (made,) = sections.get_sections(self.session, by or self.ctx, request).sections
        return made

    def row(self, thread):
        """The thread's row in "view all"."""
        (found,) = [row for row in self.listed(state="all").rows if row["id"] == str(thread.id)]
        return found

    def listed(self, *, by=None, limit=50, after=None, **filters):
        """A page of "view all"."""
        request = ListSection(
            account_id=self.account_id, name="chats", filters=filters or None, cursor=after, limit=limit
        )
        return sections.list_section(self.session, by or self.ctx, request)


@pytest.fixture
def talk(session, ctx, account_id):
    return Talk(session, ctx, account_id)


@pytest.fixture
def new_file(session, account_id):
    """`new_file(ctx)`: the id of a file that this caller added and that waits for its message."""

    def make(by, name="statement.pdf"):
        file_id = new_id()
        request = chat_files.AddAttachment(account_id=account_id, upload="incoming/" + "0" * 32, name=name)
        files.begin(session, by, file_id, request, "client" if by.actor.kind == "portal" else "firm")
        session.flush()
        files.kept(session, by, file_id, 1234)
        return file_id

    return make
