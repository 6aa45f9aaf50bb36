"""How a request fills a contact's row: fields, addresses, tags, name, what it is searched by."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.addresses import fold
from chassis.context import Context, new_id
from chassis.errors import Invalid, wrong
from contracts.contacts import MemberAddress, NameFormat, NewAddress
from services.contacts.model import Contact, ContactAddress, MemberRef, TagRef
from services.contacts.operations import announcing, moving, rows, values
from services.contacts.queries.settings import name_format
from services.contacts.rules import addresses, fields, names, text

ADDRESSED = {"email", "other_addresses", "custom_fields"}  # what may change the addresses
CALLED_BY = {*fields.NAMES, "display_name", *ADDRESSED}  # what the display name may be made of


def fill(session: Session, ctx: Context, row: Contact, given: Mapping[str, Any], path: str = "") -> None:
    """Write the fields that a request gives; `path` is where in it they stood. Raises MemberAddress."""
    filled = values.given(session, ctx, given, path)
    for column, value in fields.columns(given).items():
        setattr(row, column, value)
    if not ADDRESSED.isdisjoint(given):
        wanted = _wanted(row, given, filled.emails, path)
        _refuse_members(session, ctx, row, wanted)
        place(session, ctx, row, wanted)
    values.put(row, filled.others)
    if "tag_ids" in given:
        row.tag_ids = _known_tags(session, ctx, given["tag_ids"], path)
    if not (row.is_name_typed or row.addresses or any(_parts(row).values())):
        raise wrong(f"{path}last_name", "Give at least one of the names or an e-mail address.")
    if not CALLED_BY.isdisjoint(given):
        call(row, name_format(session, ctx))
    refresh_search(row)


def place(session: Session, ctx: Context, row: Contact, wanted: Sequence[addresses.Wanted]) -> None:
    """Give a contact these addresses; one that stays keeps its id and so its switches (R-EM-2).

    One that goes while it has access moves to the account's unlinked addresses (R-EM-3).
    """
    is_same = {one.folded: one.email for one in wanted} == {one.folded: one.email for one in row.addresses}
    if is_same or row not in session:  # a contact that is being made serves no account yet
        _place(row, wanted)
    else:
        known = {address.folded for address in row.addresses}
        accounts = rows.accounts_of(session, ctx, [row.id])
        with announcing.access_watched(session, ctx, accounts):
            left = moving.taken(session, ctx, row, wanted)
            _place(row, wanted)
            call(row, name_format(session, ctx))  # whoever is invited anew is called by the name they have since
            session.flush()
            moving.settled(session, ctx, row, accounts, left, known)


def _place(row: Contact, wanted: Sequence[addresses.Wanted]) -> None:
    kept = {address.folded: address for address in row.addresses}
    row.addresses = [kept.get(one.folded) or ContactAddress(id=new_id(), folded=one.folded) for one in wanted]
    for position, (address, one) in enumerate(zip(row.addresses, wanted, strict=True)):
        address.label, address.email, address.position = one.label, one.email, position
        address.field_id = one.field_id


def call(row: Contact, form: NameFormat) -> None:
    """Name a contact by the firm's format unless somebody named it by hand (R-CN-1)."""
    if not row.is_name_typed:
        row.display_name = names.display_name(form, _parts(row), [address.email for address in row.addresses])


def refresh_search(row: Contact) -> None:
    """Write down what the contact is found by."""
    called = [row.display_name, " ".join(filter(None, _parts(row).values())), row.company_name]
    row.search = text.search_text(called, [(address.email, address.folded) for address in row.addresses])


def _parts(row: Contact) -> dict[str, str]:
    return {name: getattr(row, name) for name in fields.NAMES}


def _wanted(
    row: Contact, given: Mapping[str, Any], emails: Mapping[UUID, str | None], path: str
) -> list[addresses.Wanted]:
    """All addresses as they shall be. One that is given a place of its own leaves the place it had."""
    email = next((address.email for address in row.addresses if address.is_built_in), None)
    others = [NewAddress(label=one.label, email=one.email) for one in row.addresses if one.is_free]
    in_fields = {one.field_id: one.email for one in row.addresses if one.field_id is not None}
    email = given.get("email", email)
    moved = {fold(value) for value in emails.values() if value is not None}
    if email is not None and "email" in given:
        moved.add(fold(email))
    if "other_addresses" in given:
        others = given["other_addresses"]
        moved |= {fold(other.email) for other in others}
    else:
        others = [other for other in others if fold(other.email) not in moved]
    stay = {field_id: value for field_id, value in in_fields.items() if fold(value) not in moved}
    filled = {field_id: value for field_id, value in {**stay, **emails}.items() if value is not None}
    return addresses.wanted(email, others, path, filled)


def _refuse_members(session: Session, ctx: Context, row: Contact, wanted: Sequence[addresses.Wanted]) -> None:
    """R-C-3, for addresses that are new to the contact: a member who joins later does not lock it."""
    known = {address.folded for address in row.addresses}
    fresh = {one.folded for one in wanted} - known
    if not fresh:
        return
    taken = set(
        session.scalars(
            select(MemberRef.folded).where(
                MemberRef.firm_id == ctx.firm, MemberRef.is_active, MemberRef.folded.in_(fresh)
            )
        )
    )
    if taken:
        message = "This is a team member's address; a contact with it would break their sign-in."
        raise MemberAddress(errors=[{"field": one.field, "message": message} for one in wanted if one.folded in taken])


def _known_tags(session: Session, ctx: Context, tag_ids: Sequence[UUID], path: str) -> list[UUID]:
    if not tag_ids:
        return []
    known = set(
        session.scalars(select(TagRef.id).where(TagRef.firm_id == ctx.firm, TagRef.id.in_(tag_ids), ~TagRef.is_deleted))
    )
    unknown = [index for index, tag_id in enumerate(tag_ids) if tag_id not in known]
    if unknown:
        message = "There is no such tag in this firm."
        raise Invalid(errors=[{"field": f"{path}tag_ids.{index}", "message": message} for index in unknown])
    return list(dict.fromkeys(tag_ids))
