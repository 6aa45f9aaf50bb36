"""folders: the tree that the documents of an account lie in, who reaches what of it, the trash."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.errors import Conflict, NotFound
from chassis.wire import UNSET, Unset, event, message
from contracts.common import Cursor, Done, Limit, Name, Version
from contracts.documents import Access

ClientAccess = Literal["edit", "view", "private"]  # R-DOC-8


class FolderNotFound(NotFound):
    """There is no such folder on this account, or it is not yours to see."""

    code = "folder_not_found"


class FolderChangedMeanwhile(Conflict):
    """Someone else changed the folder first; `current` is what is there now."""

    code = "folder_changed"


class FolderExists(Conflict):
    """There is a folder of this name here already."""

    code = "folder_exists"


class LastOpenFolder(Conflict):
    """Clients need at least one folder that they may view and edit (R-DOC-8); give them another one first."""

    code = "last_open_folder"


class FolderIsBelow(Conflict):
    """A folder can't be moved into itself or below itself."""

    code = "folder_is_below"


class FolderGone(Conflict):
    """The folder it lay in is in the trash; restore that first, or say `folder_id`, where it should go."""

    code = "folder_gone"


class TrashItemNotFound(NotFound):
    """There is no such thing in the trash of this account, or it is not yours to see."""

    code = "trash_item_not_found"


class ItemNotFound(NotFound):
    """There is no such document or folder on this account, or it is not yours to see."""

    code = "documents_item_not_found"


@message
class Folder:
    """`client_access` is the folder's own; `reach` what clients may do here, no more than in any folder above.

    `documents` and `new` count what the caller sees here and below (R-DOC-2). `access` is the caller's.
    `parent_id` is none at the top, and where the folder above is not the caller's to see.
    """

    id: UUID
    account_id: UUID
    parent_id: UUID | None
    name: str
    client_access: ClientAccess
    reach: ClientAccess
    documents: int
    new: int
    access: Access
    version: int


@message
class FolderList:
    """All folders of an account that the caller sees, by name."""

    items: tuple[Folder, ...]


@message
class AccountRef:
    account_id: UUID


@message
class CreateFolder:
    """Without `client_access` it has that of the folder above; at the top clients see nothing of it."""

    account_id: UUID
    name: Name
    parent_id: UUID | None = None
    client_access: ClientAccess | None = None


@message
class ChangeFolder:
    """`parent_id` null moves it to the top."""

    account_id: UUID
    folder_id: UUID
    version: Version
    name: Name | Unset = UNSET
    parent_id: UUID | None | Unset = UNSET
    client_access: ClientAccess | Unset = UNSET


@message
class FolderRef:
    account_id: UUID
    folder_id: UUID


@message
class Exemption:
    """What one member, or one contact of the account, may do whatever the folder and the account say (R-ACC-7)."""

    kind: Literal["member", "contact"]
    id: UUID
    access: Access | None


@message
class SetExemptions:
    """Exemptions of a document or a folder; `access` null ends one, those not named here stay as they are."""

    account_id: UUID
    item_id: UUID
    exemptions: Annotated[tuple[Exemption, ...], Length(max=200)]


@message
class ItemRef:
    account_id: UUID
    item_id: UUID


@message
class Exempted:
    """An exemption with the name of whom it concerns; no name where they left the firm or the account."""

    kind: Literal["member", "contact"]
    id: UUID
    access: Access
    name: str = ""


@message
class Exemptions:
    """Owner and admins reach everything, whatever is said of them here."""

    item_id: UUID
    items: tuple[Exempted, ...]


@message
class TrashItem:
    """A document, or a folder with all that lay in it; it goes for good at `until` (R-DOC-9)."""

    id: UUID
    kind: Literal["document", "folder"]
    name: str
    trashed_at: dt.datetime
    trashed_by: str
    until: dt.datetime


@message
class ListTrashed:
    """The last deleted first."""

    account_id: UUID
    q: Annotated[str, Length(max=200)] | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class TrashedItems:
    items: tuple[TrashItem, ...]
    total: int
    next_cursor: str | None = None


@message
class RestoreItem:
    """`folder_id`: into this folder rather than where it lay. A folder whose name is taken there gets another."""

    account_id: UUID
    item_id: UUID
    folder_id: UUID | None = None


@event("documents.folders_changed", version=1)
class FoldersChanged:
    """Folders were made, renamed, moved, opened or closed to clients, deleted or restored with all in them."""

    SECTIONS: ClassVar = ("documents", "approvals", "signatures")
    account_id: UUID
    folder_ids: tuple[UUID, ...]


@event("documents.exemptions_changed", version=1)
class ExemptionsChanged:
    """A member or a contact reaches more or less of this document or folder than before (R-ACC-7)."""

    SECTIONS: ClassVar = ("documents", "approvals", "signatures")
    account_id: UUID
    item_id: UUID


class Folders(Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    Calls about one folder raise FolderNotFound, also where an exemption hides it; changes documents.NotYoursToEdit,
    FolderChangedMeanwhile, FolderExists and LastOpenFolder.
    """

    NAME: ClassVar[str] = "documents"

    def list_folders(self, ctx: Context, request: AccountRef) -> FolderList: ...
    def create_folder(self, ctx: Context, request: CreateFolder) -> Folder: ...
    def change_folder(self, ctx: Context, request: ChangeFolder) -> Folder: ...  # FolderIsBelow
    def delete_folder(self, ctx: Context, request: FolderRef) -> Done: ...  # with all in it, to the trash

    # ItemNotFound
    def list_exemptions(self, ctx: Context, request: ItemRef) -> Exemptions: ...
    def set_exemptions(self, ctx: Context, request: SetExemptions) -> Exemptions: ...

    # TrashItemNotFound
    def list_trashed(self, ctx: Context, request: ListTrashed) -> TrashedItems: ...
    def restore_item(self, ctx: Context, request: RestoreItem) -> Done: ...  # FolderGone, FolderNotFound
    def purge_item(self, ctx: Context, request: ItemRef) -> Done: ...  # for good, with all versions
