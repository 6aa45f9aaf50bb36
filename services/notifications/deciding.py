"""Settles what happened: asks who is concerned and what they want, then writes a mail for each address (R-NOT-*)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.addresses import fold
from chassis.context import Context
from chassis.db import Transactions
from chassis.errors import AppError, NotFound
from chassis.logs import log
from contracts import accounts, contacts
from contracts.common import Done
from contracts.contacts import ContactRef, Contacts, LinkedContact, LinkedContacts
from contracts.identity import Identities
from contracts.switches import AddressSettings
from services.notifications import model, rules, sights
from services.notifications.keeping import Recipient
from services.notifications.letters.kinds import KINDS
from services.notifications.operations import settling
from services.notifications.operations.settling import Concerned, Due
from services.notifications.sights import Owners

BATCH = 200  # happenings of one look
TOGETHER = 25  # of one account, for which its contacts are asked for once
LEASE_SECONDS = 120.0  # longer than asking for all of them may take; a dead worker's are looked at again after it
CLIENTS = tuple(name for name, kind in KINDS.items() if not kind.is_staff)
PAUSES = (1.0, 5.0, 30.0, 120.0, 600.0, 3600.0)  # s, where an owner does not answer


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What deciding needs: its database, and whom it asks."""

    db: Transactions
    contacts: Contacts
    accounts: accounts.Accounts
    identity: Identities
    owners: Owners


def settle_due(tools: Tools) -> int:
    """Settle what is due, of every firm; how many happenings there were."""
    now, row = Context(), model.Happening
    with tools.db.reading(now) as session:
        is_free = row.taken_until.is_(None) | (row.taken_until <= now.now)
        due_ones = (row.due_at <= now.now, is_free, row.account_id.is_not(None), row.kind.in_(CLIENTS))
        query = select(row.firm_id, row.account_id, row.id).where(*due_ones)
        due: Sequence[Any] = session.execute(query.order_by(row.due_at).limit(BATCH)).all()
    for (firm_id, account_id), found in groupby(sorted(due, key=str), key=lambda one: one[:2]):
        ids = [one[2] for one in found]
        for start in range(0, len(ids), TOGETHER):
            _settle_some(tools, firm_id, account_id, ids[start : start + TOGETHER])
    return len(due)


def _settle_some(tools: Tools, firm_id: UUID, account_id: UUID, ids: Sequence[UUID]) -> None:
    """Settle some happenings of one account; what goes wrong with one is logged and leaves the others alone."""

    def do(operation: Callable[..., Any], *arguments: Any) -> Any:
        ctx = Context(firm_id=firm_id)
        with tools.db.transaction(ctx) as session:
            return operation(session, ctx, *arguments)

    account = Account(tools, firm_id, account_id)
    for due in do(settling.take, ids, LEASE_SECONDS):
        try:
            know_firm(tools.db, tools.identity, firm_id)
            concerned = list(account.concerned(due))
        except AppError as problem:
            log.warning("a happening waits", id=str(due.id), kind=due.kind, error=str(problem))
        except Exception:  # noqa: BLE001 (whatever one happening does to us, the next has its turn)
            log.exception("a happening can't be settled", id=str(due.id), kind=due.kind)
        else:
            do(settling.settle, due.id, concerned)
            continue
        do(settling.postpone, due.id, PAUSES[min(due.attempts, len(PAUSES)) - 1])


def know_firm(db: Transactions, identity: Identities, firm_id: UUID) -> None:
    """Ask for the firm's name, where it was made before anybody told us."""
    ctx = Context(firm_id=firm_id)
    with db.reading(ctx) as session:
        if session.get(model.FirmSettings, firm_id) is not None:
            return
    for firm in identity.list_firms(Context(), Done()).items:
        if firm.id == firm_id:
            with db.transaction(ctx) as session:
                settling.know_firm(session, ctx, firm.name)


@dataclass
class Account:
    """One account as its owners describe it: each is asked at most once, when it is first needed."""

    tools: Tools
    firm_id: UUID
    id: UUID
    _served: dict[UUID, bool] = field(default_factory=dict)

    def concerned(self, due: Due) -> Iterator[Concerned]:
        """Every address that a happening concerns; none of an account that is in the trash. Raises Unavailable."""
        if self._facts is None or self._linked is None:
            return
        if due.kind == "invitation":
            yield self._invited(due)
            return
        for item in self._linked.items:
            if _is_meant(due, item.contact.id):
                yield from self._of_contact(due, item)
        for left in self._linked.unlinked:
            if _is_meant(due, left.contact_id):
                yield self._left(left.contact_id, left.id, left.email)
        known = {item.contact.id for item in self._linked.items}
        for contact_id in due.contact_ids or ():
            if contact_id not in known:
                yield from self._of_stranger(contact_id)

    def _of_contact(self, due: Due, item: LinkedContact) -> Iterator[Concerned]:
        is_anybody_told = any(one.is_notified for one in item.addresses)
        sight = sights.THEIRS
        if is_anybody_told and not self._is_archived:
            sight = sights.see(self.tools.owners, self._ctx, due.kind, self.id, item.contact.id, due.about)
        if sight.verdict == "done":
            return
        for one in item.addresses:
            yield Concerned(
                to=self._recipient(item, one),
                is_archived=self._is_archived,
                is_withdrawn=sight.verdict == "withdrawn",
                is_notified=one.is_notified,
                is_theirs=sight.verdict != "not_theirs",
                facts=sight.facts,
            )

    def _invited(self, due: Due) -> Concerned:
        """Whether the invitation still stands: LOGIN is on, and the address is the one it was meant for."""
        email, address_id = due.facts["email"], UUID(due.about["address_id"])
        item = next((each for each in self._items if each.contact.id in (due.contact_ids or ())), None)
        found = None if item is None else next((one for one in item.addresses if one.address.id == address_id), None)
        if item is None or found is None:
            contact_id = next(iter(due.contact_ids or ()), None)
            to = Recipient(key=str(address_id), email=email, contact_id=contact_id, address_id=address_id)
            return Concerned(to=to, is_archived=self._is_archived, is_linked=item is not None, is_withdrawn=True)
        sent_at = None if found.invited_at is None else found.invited_at.isoformat()
        stands = found.login in ("invited", "blocked") and sent_at == due.about["sent_at"]
        is_same = fold(found.address.email) == fold(email)
        return Concerned(
            to=self._recipient(item, found), is_archived=self._is_archived, is_withdrawn=not (stands and is_same)
        )

    def _of_stranger(self, contact_id: UUID) -> Iterator[Concerned]:
        """The addresses of a contact who was meant, and has left the account."""
        try:
            contact = self.tools.contacts.get_contact(self._ctx, ContactRef(contact_id=contact_id))
        except NotFound:
            return
        for address in contact.addresses:
            yield self._left(contact_id, address.id, address.email)

    def _left(self, contact_id: UUID, address_id: UUID, email: str) -> Concerned:
        to = Recipient(key=str(address_id), email=email, contact_id=contact_id, address_id=address_id)
        return Concerned(to=to, is_archived=self._is_archived, is_linked=False)

    def _recipient(self, item: LinkedContact, one: AddressSettings) -> Recipient:
        contact = item.contact
        return Recipient(
            key=str(one.address.id),
            email=one.address.email,
            contact_id=contact.id,
            address_id=one.address.id,
            greeting=contact.first_name or contact.display_name,
            timezone=contact.timezone or (self._facts.timezone if self._facts else "") or "UTC",
            account_name=self._facts.name if self._facts and self._serves_several(contact.id) else None,
            needs_activation=one.login in rules.NOT_ACTIVATED,
        )

    def _serves_several(self, contact_id: UUID) -> bool:
        if contact_id not in self._served:
            found = self.tools.contacts.list_contact_accounts(self._ctx, ContactRef(contact_id=contact_id))
            self._served[contact_id] = len(found.items) > 1
        return self._served[contact_id]

    @property
    def _ctx(self) -> Context:
        """The system's own, with a deadline for one call."""
        return Context(firm_id=self.firm_id)

    @property
    def _is_archived(self) -> bool:
        return self._facts is not None and self._facts.state == "archived"

    @property
    def _items(self) -> Iterable[LinkedContact]:
        return self._linked.items if self._linked else ()

    @cached_property
    def _facts(self) -> accounts.Account | None:
        try:
            return self.tools.accounts.get_account(self._ctx, accounts.AccountRef(account_id=self.id))
        except NotFound:
            return None

    @cached_property
    def _linked(self) -> LinkedContacts | None:
        try:
            return self.tools.contacts.list_account_contacts(self._ctx, contacts.AccountRef(account_id=self.id))
        except NotFound:
            return None


def _is_meant(due: Due, contact_id: UUID) -> bool:
    if due.contact_ids is not None:
        return contact_id in due.contact_ids
    return contact_id != due.except_id
