"""Which types each address wants of an account (R-NOT-2, R-NOT-4); whatever is muted is kept in the history."""

from collections.abc import Iterable, Sequence
from typing import get_args
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.outbox import emit
from contracts.contacts import LinkedContact
from contracts.notifications import NotificationType
from contracts.preferences import NotifyIsOff, Preferences, PreferencesChanged
from contracts.switches import AddressSettings
from services.notifications import model

TYPES: tuple[NotificationType, ...] = get_args(NotificationType)


def described(
    session: Session, ctx: Context, account_id: UUID, places: Sequence[tuple[LinkedContact, AddressSettings]]
) -> list[Preferences]:
    """Describe what some addresses want of an account, in their order."""
    row = model.MutedType
    ids = [one.address.id for _, one in places]
    query = select(row.address_id, row.type).where(row.firm_id == ctx.firm, row.account_id == account_id)
    muted = {(one.address_id, one.type) for one in session.execute(query.where(row.address_id.in_(ids)))}
    return [
        Preferences(
            account_id=account_id,
            contact_id=item.contact.id,
            address_id=one.address.id,
            email=one.address.email,
            is_notified=one.is_notified,
            types=tuple(each for each in TYPES if (one.address.id, each) not in muted),
        )
        for item, one in places
    ]


def choose(
    session: Session,
    ctx: Context,
    account_id: UUID,
    place: tuple[LinkedContact, AddressSettings],
    types: Iterable[NotificationType],
) -> Preferences:
    """Want these types and no others. Raises NotifyIsOff (R-NOT-2)."""
    item, one = place
    if not one.is_notified:
        raise NotifyIsOff
    wanted = set(types)
    (before,) = described(session, ctx, account_id, [place])
    for each in TYPES:
        switch(session, ctx, account_id, item.contact.id, one.address.id, each, is_on=each in wanted)
    (after,) = described(session, ctx, account_id, [place])
    if after != before:
        told(session, ctx, account_id, item.contact.id, one.address.id)
    return after


def switch(
    session: Session,
    ctx: Context,
    account_id: UUID,
    contact_id: UUID,
    address_id: UUID,
    kind: NotificationType,
    *,
    is_on: bool,
) -> bool:
    """Want one type or not; whether that changed anything."""
    row = model.MutedType
    if is_on:
        mine = (row.firm_id == ctx.firm, row.account_id == account_id, row.address_id == address_id)
        gone = delete(row).where(*mine, row.type == kind).returning(row.type)
        return session.scalar(gone) is not None
    made = insert(row).values(
        firm_id=ctx.firm, account_id=account_id, address_id=address_id, type=kind, contact_id=contact_id
    )
    return session.scalar(made.on_conflict_do_nothing().returning(row.type)) is not None


def told(
    session: Session, ctx: Context, account_id: UUID, contact_id: UUID, address_id: UUID, *, by_link: bool = False
) -> None:
    """Report which types an address wants since."""
    row = model.MutedType
    mine = (row.firm_id == ctx.firm, row.account_id == account_id, row.address_id == address_id)
    muted = set(session.scalars(select(row.type).where(*mine)))
    event = PreferencesChanged(
        account_id=account_id,
        contact_id=contact_id,
        address_id=address_id,
        types=tuple(each for each in TYPES if each not in muted),
        by_link=by_link,
    )
    emit(session, ctx, event)
