"""Tables of the contacts service."""

from services.contacts.model.base import SORTED, Base
from services.contacts.model.fields import ContactField, ContactFieldChoice, ContactFieldValue
from services.contacts.model.known import ContactSetting, MemberRef, TagRef
from services.contacts.model.links import (
    AccountRef,
    AddressSwitch,
    ContactLink,
    InvitationLink,
    SuppressedAddress,
    Switched,
    UnlinkedAddress,
)
from services.contacts.model.people import Contact, ContactAddress

__all__ = [
    "SORTED",
    "AccountRef",
    "AddressSwitch",
    "Base",
    "Contact",
    "ContactAddress",
    "ContactField",
    "ContactFieldChoice",
    "ContactFieldValue",
    "ContactLink",
    "ContactSetting",
    "InvitationLink",
    "MemberRef",
    "SuppressedAddress",
    "Switched",
    "TagRef",
    "UnlinkedAddress",
]
