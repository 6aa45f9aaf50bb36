"""Lets the sample's firm and its clients write to each other, call by call as both sides would."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.context import Actor
from contracts.chats import ChangeThread, Chats, MessageRef, SendMessage, StartThread, Thread
from contracts.client_tasks import ClientTaskRef
from contracts.contacts import AccountRef, Contacts
from contracts.portal_chats import PortalChats, SendPortalMessage
from deploy.sample.calls import Caller
from deploy.sample.talks import Talk


@dataclass
class Talking:
    """On one account; `key` is its client's."""

    caller: Caller
    account_id: UUID
    key: str

    async def do(self, talks: Sequence[Talk]) -> None:
        client = await self._client() if any(talk.answer for talk in talks) else None
        for number, talk in enumerate(talks):
            await self._one(talk, client, f"{self.key}/chat/{number}")

    async def _one(self, talk: Talk, client: Actor | None, key: str) -> None:
        thread = await self._start(talk, key)
        if talk.note:
            note = SendMessage(account_id=self.account_id, thread_id=thread.id, text=talk.note, is_internal=True)
            await self.caller.ask(Chats, "send_message", note, as_=talk.author, key=f"{key}/note")
        if talk.answer and client is not None:
            await self._answer(talk, thread, client, key)
        if talk.is_archived:
            archive = ChangeThread(
                account_id=self.account_id, thread_id=thread.id, version=thread.version, is_archived=True
            )
            await self.caller.ask(Chats, "change_thread", archive, as_=talk.author, key=f"{key}/archive")

    async def _start(self, talk: Talk, key: str) -> Thread:
        request = StartThread(
            account_id=self.account_id,
            subject=talk.subject,
            text=talk.text,
            assignee_id=self.caller.members[talk.assignee].id if talk.assignee else None,
            tasks=talk.tasks,
        )
        made: Thread = await self.caller.ask(Chats, "start_thread", request, as_=talk.author, key=key)
        return made

    async def _answer(self, talk: Talk, thread: Thread, client: Actor, key: str) -> None:
        answer = SendPortalMessage(account_id=self.account_id, thread_id=thread.id, text=talk.answer)
        said = await self.caller.ask(PortalChats, "send_portal_message", answer, as_=client, key=f"{key}/answer")
        last = MessageRef(account_id=self.account_id, thread_id=thread.id, message_id=said.id)
        await self.caller.ask(PortalChats, "read_portal_thread", last, as_=client, key=f"{key}/client-read")
        for task in thread.tasks[: talk.ticked]:
            done = ClientTaskRef(account_id=self.account_id, thread_id=thread.id, task_id=task.id)
            await self.caller.ask(PortalChats, "tick_portal_task", done, as_=client, key=f"{key}/tick/{task.id}")
        if talk.is_read:
            await self.caller.ask(Chats, "read_thread", last, as_=talk.author, key=f"{key}/read")

    async def _client(self) -> Actor:
        """The first of the account's contacts."""
        request = AccountRef(account_id=self.account_id)
        linked = await self.caller.ask(
            Contacts, "list_account_contacts", request, as_="more", key=f"{self.key}/chat/contacts"
        )
        contact = linked.items[0].contact
        return Actor(kind="portal", id=contact.id, name=contact.display_name)
