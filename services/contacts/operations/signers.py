"""The order in which an account's contacts sign (R-SP-1 to R-SP-3)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from chassis.context import Context
from chassis.errors import Invalid
from contracts.contacts import LinkedContacts
from contracts.switches import SetSigners
from services.contacts.model import AddressSwitch
from services.contacts.operations import announcing, rows
from services.contacts.queries.links import linked_contacts, same_version
from services.contacts.rules import login


def set_signers(session: Session, ctx: Context, request: SetSigners) -> LinkedContacts:
    """Put the signers in this order; without anybody named they sign by name again.

    Raises AccountNotFound, Forbidden, LinksChangedMeanwhile, and Invalid for whom is no contact with LOGIN (R-SP-2).
    """
    account = rows.account_to_switch(session, ctx, request.account_id)
    same_version(session, ctx, account, request.version)
    links = rows.links_of(session, ctx, account.id)
    may_sign = set(
        session.scalars(
            select(AddressSwitch.contact_id).where(
                AddressSwitch.firm_id == ctx.firm,
                AddressSwitch.account_id == account.id,
                AddressSwitch.login.in_(login.ON),
            )
        )
    )
    problems = []
    ranks = {}
    for index, contact_id in enumerate(request.contact_ids):
        if contact_id not in may_sign:
            problems.append((index, "This is no contact of the account whose LOGIN is on."))
        elif contact_id in ranks:
            problems.append((index, "This contact is named twice."))
        ranks[contact_id] = index + 1
    if problems:
        raise Invalid(errors=[{"field": f"contact_ids.{index}", "message": text} for index, text in problems])
    changed = [link for link in links.values() if link.signer_rank != ranks.get(link.contact_id)]
    for link in changed:
        link.signer_rank = ranks.get(link.contact_id)
    if changed:
        announcing.switches_changed(session, [account])
    return linked_contacts(session, ctx, account)
