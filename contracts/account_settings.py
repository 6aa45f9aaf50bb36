"""The firm's tags and account roles: what its accounts are marked with, and who is what for them."""

from typing import Annotated
from uuid import UUID

from marshmallow.validate import Length

from chassis.wire import UNSET, Unset, message
from contracts.common import Colour, readable_line

TagName = Annotated[str, Length(min=1, max=60), readable_line]
RoleName = Annotated[str, Length(min=1, max=60), readable_line]


@message
class CreateTag:
    name: TagName
    colour: Colour | None = None


@message
class ChangeTag:
    tag_id: UUID
    name: TagName | Unset = UNSET
    colour: Colour | Unset = UNSET


@message
class TagRef:
    tag_id: UUID


@message
class TagUse:
    id: UUID
    name: str
    colour: str
    accounts: int  # how many carry it (R-TAG-5)


@message
class Tags:
    items: tuple[TagUse, ...]


@message
class AccountRole:
    """What somebody is for an account, such as Bookkeeper; the firm's own list."""

    id: UUID
    name: str


@message
class RoleUse:
    role: AccountRole
    accounts: int  # how many, in the caller's sight, have somebody in it


@message
class AccountRoles:
    items: tuple[RoleUse, ...]


@message
class CreateRole:
    name: RoleName


@message
class RenameRole:
    role_id: UUID
    name: RoleName


@message
class RoleRef:
    role_id: UUID
