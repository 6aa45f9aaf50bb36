"""Brings the sample's e-mail into the accounts, as if it had come by mailboxes."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from contracts.contacts import AccountRef, Contacts, LinkedContacts
from contracts.emails import Emails, KeepEmail
from contracts.switches import SetSwitches
from deploy.sample.calls import Caller
from deploy.sample.letters import Letter


@dataclass
class Posting:
    """On one account; `key` is its client's."""

    caller: Caller
    account_id: UUID
    key: str

    async def do(self, letters: Sequence[Letter]) -> None:
        if not letters:
            return
        person = await self._synced()
        if person is None:
            return
        for letter in letters:
            raw = self._written(letter, *person).as_string()
            request = KeepEmail(raw=raw, received_at=letter.sent_at, is_seen=letter.is_seen)
            await self.caller.ask(Emails, "keep_email", request, key=f"{self.key}/letter/{letter.key}")

    async def _synced(self) -> tuple[str, str] | None:
        """Name and address of the first of the client's people, whose mail is synced from then on."""
        linked: LinkedContacts = await self._ask("list_account_contacts", AccountRef(account_id=self.account_id), "")
        found = next(((item, one) for item in linked.items for one in item.addresses), None)
        if found is None:
            return None
        item, settings = found
        if not settings.is_synced:
            switch = SetSwitches(
                account_id=self.account_id,
                contact_id=item.contact.id,
                address_id=settings.address.id,
                version=linked.version,
                is_synced=True,
            )
            await self._ask("set_switches", switch, "synced")
        return item.contact.display_name, settings.address.email

    def _written(self, letter: Letter, name: str, email: str) -> EmailMessage:
        member = self.caller.members[letter.author]
        ours, theirs = Address(member.name, addr_spec=member.email), Address(name, addr_spec=email)
        message = EmailMessage()
        message["From"], message["To"] = (ours, theirs) if letter.is_sent else (theirs, ours)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(letter.sent_at.astimezone(dt.UTC))
        message["Message-ID"] = self._identifier(letter.key)
        if letter.answers:
            message["In-Reply-To"] = self._identifier(letter.answers)
        message.set_content(letter.text)
        return message

    def _identifier(self, key: str) -> str:
        return f"<{self.account_id}.{key}@example.com>"

    async def _ask(self, method: str, request: object, key: str) -> LinkedContacts:
        said: LinkedContacts = await self.caller.ask(
            Contacts, method, request, as_="more", key=f"{self.key}/post/{key or method}"
        )
        return said
