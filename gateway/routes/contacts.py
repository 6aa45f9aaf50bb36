"""People: the contacts of the firm, and those linked to an account."""

from contracts.contacts import Contacts
from contracts.entries import Entries
from gateway.route import Route

CONTACT = "/v1/contacts/{contact_id}"
OF_ACCOUNT = "/v1/accounts/{account_id}/contacts"
ADDRESS = f"{OF_ACCOUNT}/{{contact_id}}/addresses/{{address_id}}"
UNLINKED = "/v1/accounts/{account_id}/unlinked-addresses/{address_id}"
FIELDS = "/v1/custom-fields/contacts"

ROUTES = (
    Route("GET", "/v1/contacts", Contacts.list_contacts, scope="contacts:read"),
    Route(
        "POST",
        "/v1/contacts",
        Contacts.create_contact,
        scope="contacts:write",
        may="create_contact",
        status=201,
        location="/v1/contacts/{id}",
    ),
    Route("GET", CONTACT, Contacts.get_contact, scope="contacts:read"),
    Route("PATCH", CONTACT, Contacts.change_contact, scope="contacts:write"),
    Route("DELETE", CONTACT, Contacts.delete_contact, scope="contacts:write", status=204),
    Route("GET", f"{CONTACT}/accounts", Contacts.list_contact_accounts, scope="contacts:read"),
    Route("GET", f"{CONTACT}/history", Contacts.list_contact_history, scope="contacts:read"),
    Route("GET", "/v1/contacts/duplicates", Contacts.list_duplicates, scope="contacts:read"),
    Route(
        "POST",
        "/v1/contacts/{survivor_id}/merge",
        Contacts.merge_contacts,
        scope="contacts:write",
        may="merge_contacts",
    ),
    Route("GET", OF_ACCOUNT, Contacts.list_account_contacts, scope="contacts:read", action="view"),
    Route("POST", OF_ACCOUNT, Contacts.link_contact, scope="contacts:write", action="link_contacts", status=201),
    Route(
        "PATCH",
        f"{OF_ACCOUNT}/{{contact_id}}",
        Contacts.describe_link,
        scope="contacts:write",
        action="link_contacts",
    ),
    Route(
        "DELETE",
        f"{OF_ACCOUNT}/{{contact_id}}",
        Contacts.unlink_contact,
        scope="contacts:write",
        action="link_contacts",
    ),
    Route(
        "POST",
        f"{CONTACT}/accounts/{{account_id}}",
        Contacts.link_account,
        scope="contacts:write",
        action="link_contacts",
        status=201,
    ),
    Route("GET", "/v1/link-descriptions", Contacts.list_descriptions, scope="contacts:read"),
    Route("PATCH", ADDRESS, Contacts.set_switches, scope="contacts:write", action="edit_switches"),
    Route("POST", f"{ADDRESS}/invitation", Contacts.send_invitation, scope="contacts:write", action="edit_switches"),
    Route(
        "PUT",
        "/v1/accounts/{account_id}/signers",
        Contacts.set_signers,
        scope="contacts:write",
        action="edit_switches",
    ),
    Route("DELETE", UNLINKED, Contacts.remove_unlinked, scope="contacts:write", action="edit_switches"),
    Route("POST", f"{UNLINKED}/link", Contacts.relink_address, scope="contacts:write", action="edit_switches"),
    Route("GET", FIELDS, Contacts.list_contact_fields, scope="settings:read"),
    Route(
        "POST",
        FIELDS,
        Contacts.create_contact_field,
        scope="settings:write",
        may="manage_contact_fields",
        status=201,
    ),
    Route(
        "PATCH",
        f"{FIELDS}/{{field_id}}",
        Contacts.change_contact_field,
        scope="settings:write",
        may="manage_contact_fields",
    ),
    Route(
        "DELETE",
        f"{FIELDS}/{{field_id}}",
        Contacts.delete_contact_field,
        scope="settings:write",
        may="manage_contact_fields",
        status=204,
    ),
    Route("GET", "/v1/settings/name-format", Contacts.get_name_format, scope="settings:read"),
    Route("PUT", "/v1/settings/name-format", Contacts.set_name_format, scope="settings:write", may="set_name_format"),
)
INTERNAL = (
    Contacts.open_links,  # steps of creating an account
    Contacts.discard_links,
    Contacts.find_contact,  # of importing
    Contacts.export,  # of rebuilding the directory
    Contacts.list_changes,  # of an account's history
    *(Entries.get_entry, Entries.list_entries, Entries.find_invitation, Entries.accept_invitation),  # of signing in
    Entries.make_invitation_link,  # of whoever sends invitations
    Contacts.block_address,  # of whoever sends mail
    Contacts.unblock_address,
)
