"""The calls and subscriptions of the contacts service."""

from chassis.context import Context
from chassis.service import Service, on, read, serve, write
from contracts import accounts, identity
from contracts.contacts import Contacts
from contracts.entries import InvitationLink, InvitationRef
from contracts.suppressions import AddressReleased, AddressSuppressed
from services.contacts import history
from services.contacts.operations import (
    fields,
    inviting,
    links,
    merging,
    naming,
    opening,
    people,
    projections,
    signers,
    suppressing,
    switches,
    unlinked,
)
from services.contacts.queries import entries, exporting, settings
from services.contacts.queries import fields as custom
from services.contacts.queries import links as linked
from services.contacts.queries import people as known


class ContactsService(Service):
    name = Contacts.NAME

    @serve
    def make_invitation_link(self, ctx: Context, request: InvitationRef) -> InvitationLink:
        with self.db.transaction(ctx) as session:  # not `write`, which would keep the token with the answer
            return inviting.make_invitation_link(session, ctx, request)

    create_contact = write(people.create_contact)
    get_contact = read(known.get_contact)
    change_contact = write(people.change_contact)
    delete_contact = write(people.delete_contact)
    list_contacts = read(known.list_contacts)
    merge_contacts = write(merging.merge_contacts)
    list_duplicates = read(known.list_duplicates)
    export = read(exporting.export)
    find_contact = read(known.find_contact)
    list_changes = read(history.list_changes)
    list_contact_history = read(history.list_contact_history)

    list_contact_accounts = read(linked.list_contact_accounts)
    list_account_contacts = read(linked.list_account_contacts)
    link_contact = write(links.link_contact)
    link_account = write(links.link_account)
    describe_link = write(links.describe_link)
    list_descriptions = read(linked.list_descriptions)
    unlink_contact = write(links.unlink_contact)
    open_links = write(opening.open_links)
    discard_links = write(opening.discard_links)

    set_switches = write(switches.set_switches)
    send_invitation = write(switches.send_invitation)
    accept_invitation = write(switches.accept_invitation)
    find_invitation = read(entries.find_invitation)
    get_entry = read(entries.get_entry)
    list_entries = read(entries.list_entries)
    block_address = write(suppressing.block_address)
    unblock_address = write(suppressing.unblock_address)
    set_signers = write(signers.set_signers)
    remove_unlinked = write(unlinked.remove_unlinked)
    relink_address = write(unlinked.relink_address)

    list_contact_fields = read(custom.list_contact_fields)
    create_contact_field = write(fields.create_contact_field)
    change_contact_field = write(fields.change_contact_field)
    delete_contact_field = write(fields.delete_contact_field)

    get_name_format = read(settings.get_name_format)
    set_name_format = write(naming.set_name_format)

    on_account_created = on(accounts.AccountCreated, projections.account_changed)
    on_account_changed = on(accounts.AccountChanged, projections.account_changed)
    on_account_deleted = on(accounts.AccountDeleted, projections.account_deleted)
    on_tag_changed = on(accounts.TagChanged, projections.tag_changed)
    on_member_created = on(identity.MemberCreated, projections.member_changed)
    on_member_changed = on(identity.MemberChanged, projections.member_changed)
    on_member_deactivated = on(identity.MemberDeactivated, projections.member_changed)
    on_member_restored = on(identity.MemberRestored, projections.member_changed)
    on_address_suppressed = on(AddressSuppressed, suppressing.address_suppressed)
    on_address_released = on(AddressReleased, suppressing.address_released)
