"""The tables of accounts, and of what it remembers of members and contacts."""

from services.accounts.model.accounts import (
    AccessRequest,
    Account,
    AccountFieldValue,
    AccountFollower,
    AccountRoleHolder,
    AccountTag,
    AccountTeam,
)
from services.accounts.model.base import Base
from services.accounts.model.firm import AccountField, AccountFieldChoice, AccountRole, Tag
from services.accounts.model.imports import Import, ImportLine
from services.accounts.model.known import ContactRef, MemberRef, OwedRef
from services.accounts.model.under_way import AccountCodeCounter, AccountOpening, AccountTrash, PhotoLeftover

__all__ = [
    "AccessRequest",
    "Account",
    "AccountCodeCounter",
    "AccountField",
    "AccountFieldChoice",
    "AccountFieldValue",
    "AccountFollower",
    "AccountOpening",
    "AccountRole",
    "AccountRoleHolder",
    "AccountTag",
    "AccountTeam",
    "AccountTrash",
    "Base",
    "ContactRef",
    "Import",
    "ImportLine",
    "MemberRef",
    "OwedRef",
    "PhotoLeftover",
    "Tag",
]
