"""How a request fills a contact's row: fields, addresses, tags, name, what it is searched by."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context, new_id
from chassis.errors import Invalid, wrong
from contracts.contacts import MemberAddress, NameFormat, NewAddress
from services.contacts.model import Contact, ContactAddress, MemberRef, TagRef
from services.contacts.queries.settings import name_format
from services.contacts.rules import addresses, fields, names, text

CALLED_BY = {*fields.NAMES, "display_name", "email", "other_addresses"}  # what the display name may be made of


def fill(session: Session, ctx: Context, row: Contact, given: Mapping[str, Any], path: str = "") -> None:
    """This will write the fields that a request gives; `path` is where in it they stood. Raises MemberAddress."""
    if not {"email", "other_addresses"}.isdisjoint(given):
        wanted = _wanted(row, given, path)
        _refuse_members(session, ctx, row, wanted)
        place(row, wanted)
    if "tag_ids" in given:
        row.tag_ids = _known_tags(session, ctx, given["tag_ids"], path)
    for column, value in fields.columns(given).items():
        setattr(row, column, value)
    if not (row.is_name_typed or row.addresses or any(_parts(row).values())):
        raise wrong(f"{path}last_name", "Give at least one of the names or an e-mail address.")
    if not CALLED_BY.isdisjoint(given):
        call(row, name_format(session, ctx))
    refresh_search(row)


def place(row: Contact, wanted: Sequence[addresses.Wanted]) -> None:
    """This will give a contact these addresses; one that stays keeps its id and so its switches (R-EM-2).

    One that goes while it has access moves to the account's unlinked addresses with R-EM-3.
    """
    kept = {address.folded: address for address in row.addresses}
    row.addresses = [kept.get(one.folded) or ContactAddress(id=new_id(), folded=one.folded) for one in wanted]
    for position, (address, one) in enumerate(zip(row.addresses, wanted, strict=True)):
        address.label, address.email, address.position = one.label, one.email, position


def call(row: Contact, form: NameFormat) -> None:
    """This will name a contact by the firm's format unless somebody named it by hand (R-CN-1)."""
    if not row.is_name_typed:
        row.display_name = names.display_name(form, _parts(row), [address.email for address in row.addresses])


def refresh_search(row: Contact) -> None:
    """This will write down what the contact is found by."""
    called = [row.display_name, " ".join(filter(None, _parts(row).values())), row.company_name]
    row.search = text.search_text(called, [(address.email, address.folded) for address in row.addresses])


def _parts(row: Contact) -> dict[str, str]:
    return {name: getattr(row, name) for name in fields.NAMES}


def _wanted(row: Contact, given: Mapping[str, Any], path: str) -> list[addresses.Wanted]:
    email = next((address.email for address in row.addresses if address.is_built_in), None)
    others = [NewAddress(label=one.label, email=one.email) for one in row.addresses if not one.is_built_in]
    email = given.get("email", email)
    if "other_addresses" in given:
        others = given["other_addresses"]
    elif email is not None:  # another address of the contact becomes the built-in one
        others = [other for other in others if addresses.fold(other.email) != addresses.fold(email)]
    return addresses.wanted(email, others, path)


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
