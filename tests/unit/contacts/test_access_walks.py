"""Whatever people do one after the other, what everybody was told of access is how it is (R-STAT-*, R-LOG-5)."""

import random

import pytest
from sqlalchemy import select

from chassis import outbox
from chassis.errors import AppError
from contracts import contacts
from contracts.accounts import AccountChanged
from contracts.contacts import (
    AccessChanged,
    ChangeContact,
    ContactEntry,
    ContactRef,
    LinkContact,
    LinkRef,
    MergeContacts,
    NewContact,
)
from contracts.switches import AcceptInvitation, AccessEnded, RelinkAddress, SendInvitation, SetSwitches, UnlinkedRef
from services.contacts.model import AddressSwitch, ContactAddress, ContactLink
from services.contacts.operations import links, merging, people, projections, switches, unlinked
from services.contacts.queries import people as known
from services.contacts.queries.access import accesses
from services.contacts.queries.links import list_account_contacts
from tests.unit.contacts.test_projections import as_account

STEPS = 60
EMAILS = [f"{name}@roy.example" for name in "abcde"]


class Walk:
    """Two accounts and four people, and one thing after another done to them."""

    def __init__(self, session, ctx, system, accounts, crowd, seed):
        self.session, self.ctx, self.system = session, ctx, system
        self.accounts = [account.id for account in accounts]
        self.people = [contact.id for contact in crowd]
        self.choose = random.Random(seed)
        self.account_version = 1

    def step(self):
        acts = {
            self.switch: 4, self.invite: 2, self.let_in: 6, self.move: 6, self.link: 3, self.unlink: 2,
            self.remove: 2, self.relink: 4, self.archive: 2, self.merge: 1,
        }  # fmt: skip
        (act,) = self.choose.choices(list(acts), list(acts.values()))
        try:
            with self.session.begin_nested():
                act()
        except (AppError, IndexError):  # refused, or nobody is left to do it to
            return

    def one(self):
        """(account, linked contact, one of its addresses), as they are."""
        account_id = self.choose.choice(self.accounts)
        linked = list_account_contacts(self.session, self.ctx, contacts.AccountRef(account_id=account_id))
        item = self.choose.choice(linked.items)
        return linked, item.contact.id, self.choose.choice(item.addresses)

    def switch(self):
        linked, contact_id, settings = self.one()
        name = self.choose.choice(["is_login_on", "is_login_on", "is_notified", "is_synced", "is_signatory"])
        request = SetSwitches(
            account_id=linked.account_id, contact_id=contact_id, address_id=settings.address.id,
            version=linked.version, **{name: self.choose.random() < 0.7},
        )  # fmt: skip
        switches.set_switches(self.session, self.ctx, request)

    def invite(self):
        linked, contact_id, settings = self.one()
        request = SendInvitation(account_id=linked.account_id, contact_id=contact_id, address_id=settings.address.id)
        switches.send_invitation(self.session, self.ctx, request)

    def let_in(self):
        linked, contact_id, settings = self.one()
        place = {"account_id": linked.account_id, "address_id": settings.address.id}
        on = SetSwitches(contact_id=contact_id, version=linked.version, is_login_on=True, **place)
        switches.set_switches(self.session, self.ctx, on)
        switches.send_invitation(self.session, self.ctx, SendInvitation(contact_id=contact_id, **place))
        accept = AcceptInvitation(sent_at=self.ctx.now, **place)
        switches.accept_invitation(self.session, self.system, accept)

    def contact(self):
        contact_id = self.choose.choice(self.people)
        return known.get_contact(self.session, self.ctx, ContactRef(contact_id=contact_id))

    def move(self):
        contact = self.contact()
        email = self.choose.choice([None, *EMAILS])
        change = ChangeContact(contact_id=contact.id, version=contact.version, email=email)
        people.change_contact(self.session, self.ctx, change)

    def link(self):
        entry = ContactEntry(id=self.contact().id)
        links.link_contact(
            self.session, self.ctx, LinkContact(account_id=self.choose.choice(self.accounts), contact=entry)
        )

    def unlink(self):
        linked, contact_id, _ = self.one()
        links.unlink_contact(self.session, self.ctx, LinkRef(account_id=linked.account_id, contact_id=contact_id))

    def remove(self):
        linked, _, _ = self.one()
        left = self.choose.choice(linked.unlinked)
        unlinked.remove_unlinked(self.session, self.ctx, UnlinkedRef(account_id=linked.account_id, address_id=left.id))

    def relink(self):
        linked, contact_id, _ = self.one()
        left = self.choose.choice(linked.unlinked)
        request = RelinkAddress(
            account_id=linked.account_id, address_id=left.id, contact_id=contact_id, label=f"L{left.email[0]}"
        )
        unlinked.relink_address(self.session, self.ctx, request)

    def archive(self):
        self.account_version += 1
        moved = as_account(
            self.ctx, event=AccountChanged, id=self.choose.choice(self.accounts), version=self.account_version,
            state=self.choose.choice(["active", "active", "active", "archived"]),
        )  # fmt: skip
        projections.account_changed(self.session, self.ctx, moved)

    def merge(self):
        survivor, other = self.choose.sample(self.people, 2)
        merging.merge_contacts(self.session, self.ctx, MergeContacts(survivor_id=survivor, other_id=other))
        new = NewContact(first_name="New", email=self.choose.choice(EMAILS))
        self.people[self.people.index(other)] = people.create_contact(self.session, self.ctx, new).id


@pytest.mark.parametrize("seed", range(8))
def test_what_was_told_is_how_it_is(session, ctx, system, person, opened, seed):
    crowd = [person(name, "Roy", email) for name, email in zip(("Anna", "Bob", "Cara", "Dan"), EMAILS, strict=False)]
    accounts = [opened(*crowd[:2]), opened(*crowd[1:3])]
    walk = Walk(session, ctx, system, accounts, crowd, seed)
    done = set()
    heard = len(outbox.pending(session))
    told, entered = {}, {}
    for _ in range(STEPS):
        walk.step()
        session.expire_all()
        happened = outbox.pending(session)[heard:]
        heard += len(happened)
        done |= {type(one).__name__ for one in happened}
        told |= {one.account_id: one for one in happened if isinstance(one, AccessChanged)}
        ended = {(one.account_id, one.email) for one in happened if isinstance(one, AccessEnded)}

        now = accesses(session, ctx, walk.accounts)

        for account_id, access in now.items():
            before = entered.get(account_id, {})
            assert {(account_id, before[one]) for one in before.keys() - access.entered.keys()} == {
                one for one in ended if one[0] == account_id
            }
            entered[account_id] = access.entered
            if account_id in told:
                event = told[account_id]
                said = (event.portal_status, event.is_notified, event.is_synced, event.login_emails, event.unlinked)
                assert (*said, event.synced) == access.told
            else:
                assert access.told == ("off", False, False, (), (), ())
        nothing_is_left_over(session, ctx)
    assert done >= {"AccessChanged", "InvitationRequested", "LinksChanged"}  # it went somewhere


def nothing_is_left_over(session, ctx):
    """Each row of switches is of an address of a linked contact and says something; signers have LOGIN (R-SP-3)."""
    rows = session.scalars(select(AddressSwitch).where(AddressSwitch.firm_id == ctx.firm)).all()
    owners = dict(session.execute(select(ContactAddress.id, ContactAddress.contact_id)).tuples().all())
    assert all(owners[row.address_id] == row.contact_id and not row.is_all_off for row in rows)
    may_sign = {(row.account_id, row.contact_id) for row in rows if row.access.is_on}
    ranked = session.scalars(select(ContactLink).where(ContactLink.signer_rank.is_not(None)))
    assert {(link.account_id, link.contact_id) for link in ranked} <= may_sign
