"""documents: the files of accounts with their versions; answers for the section Documents."""

import datetime as dt
from typing import Annotated, Any, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length, Range, Regexp

from chassis.context import Context
from chassis.errors import Conflict, Forbidden, NotFound
from chassis.wire import UNSET, Unset, event, message
from contracts.common import Body, Cursor, Done, Limit, Name, Version, readable
from contracts.files import Archive, Content, Upload
from contracts.sections import SectionSource

MAX_BYTES = 500 * 1024 * 1024  # of one file
MOST_AT_ONCE = 2000  # documents in one zip
Side = Literal["client", "firm"]
# How a document came: `adopted` ones from a chat, a synced e-mail, an upload link or an organizer (R-DOC-1).
Origin = Literal["page", "portal", "chat", "email", "link", "organizer"]
Access = Literal["none", "view", "edit"]
Sha256 = Annotated[str, Regexp(r"[0-9a-f]{64}\Z|\Z", error="Must be a SHA-256 in hexadecimal.")]
Bytes = Annotated[int, Range(min=0, max=2**40)]


class DocumentNotFound(NotFound):
    """There is no such document on this account, or it is not yours to see."""

    code = "document_not_found"


class DocumentChangedMeanwhile(Conflict):
    """Someone else changed the document first; `current` is what is there now."""

    code = "document_changed"


class NotYoursToEdit(Forbidden):
    """You may see this but not change it."""

    code = "documents_not_yours"


@message
class Uploader:
    """Who brought a file, as they were called then; without an id a client who did not sign in."""

    side: Side
    name: str
    id: UUID | None = None


@message
class Document:
    """`statuses`: what is asked and answered about it, the one to show first (R-DOC-6, R-DOC-7).

    `is_new`: a client's file that nobody at the firm has seen (R-DOC-2); `is_new_for_me`: that the caller has not.
    `access` is the caller's. `file_id` is another one with every file. To clients nothing is new.
    """

    id: UUID
    account_id: UUID
    folder_id: UUID
    name: str
    description: str
    media_type: str  # by what the file holds, not by what its sender called it
    size: int  # bytes
    file_id: UUID
    uploaded_at: dt.datetime
    uploader: Uploader
    origin: Origin
    is_new: bool
    is_new_for_me: bool
    statuses: tuple[dict[str, Any], ...]
    access: Access
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


@message
class DocumentVersion:
    """One file that the document was; `number` counts from 1, the highest is shown."""

    id: UUID
    number: int
    media_type: str
    size: int
    sha256: str
    uploaded_at: dt.datetime
    uploader: Uploader
    origin: Origin
    restored_from: int | None = None


@message
class DocumentVersions:
    """The newest first."""

    items: tuple[DocumentVersion, ...]


@message
class DocumentRef:
    account_id: UUID
    document_id: UUID


@message
class UploadDocument:
    """A file of up to MAX_BYTES; without a folder it goes into the account's first one.

    `size` and `sha256` are measured by the gateway, while the file passes through it.
    """

    account_id: UUID
    name: Name
    folder_id: UUID | None = None
    description: Annotated[str, Length(max=2000), readable] = ""  # goes in a URL, which is not endless
    upload: Upload
    size: Bytes = 0
    sha256: Sha256 = ""


@message
class UploadVersion:
    """Another file for a document; a client's makes it New again (R-DOC-4)."""

    account_id: UUID
    document_id: UUID
    upload: Upload
    size: Bytes = 0
    sha256: Sha256 = ""


@message
class ChangeDocument:
    account_id: UUID
    document_id: UUID
    version: Version
    name: Name | Unset = UNSET
    description: Body | Unset = UNSET
    folder_id: UUID | Unset = UNSET


@message
class VersionRef:
    account_id: UUID
    document_id: UUID
    version_id: UUID


@message
class GetFile:
    """The file of a document, or of an older version of it: to be saved, or `inline` to be looked at.

    `mark_seen` says whether that counts as seen by a member (R-DOC-4). Left out it does for a person who signed in
    and not for an API token, which may be an automated reader: `by_person` says which. Only PDF and pictures are
    shown inline; all else is saved.
    """

    account_id: UUID
    document_id: UUID
    version_id: UUID | None = None
    inline: bool = False
    mark_seen: bool | None = None
    by_person: bool = False


@message
class GetArchive:
    """A zip of these documents and of all in these folders and below; with neither, of all on the account.

    Raises Invalid where it would hold more than MOST_AT_ONCE. `mark_seen` and `by_person` as in GetFile.
    """

    account_id: UUID
    document_id: Annotated[tuple[UUID, ...], Length(max=200)] = ()
    folder_id: Annotated[tuple[UUID, ...], Length(max=50)] = ()
    mark_seen: bool | None = None
    by_person: bool = False


@message
class ListDocuments:
    """What lies directly in one folder; `q` is part of a name."""

    account_id: UUID
    folder_id: UUID
    q: Annotated[str, Length(max=200)] | None = None
    sort: Literal["name", "-uploaded_at"] = "name"
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class DocumentPage:
    items: tuple[Document, ...]
    total: int
    next_cursor: str | None = None


@message
class AdoptFile:
    """Make a client's file that another service holds a document; `source` says which it is and makes it once.

    The bytes at `path` of the store are copied; whoever holds them goes on doing so. Without a folder it goes into
    the account's first one.
    """

    account_id: UUID
    source: Annotated[str, Length(min=1, max=200)]  # e.g. `chat:<id of the message>:<id of the attachment>`
    path: Annotated[str, Length(min=1, max=500)]
    name: Name
    origin: Literal["chat", "email", "link", "organizer"]
    uploader: Uploader
    folder_id: UUID | None = None


@event("documents.document_uploaded", version=1)
class DocumentUploaded:
    """A document, or with `is_first` False another version of one, is there."""

    SECTIONS: ClassVar = ("documents",)
    account_id: UUID
    document: Document
    is_first: bool = True


@event("documents.document_changed", version=1)
class DocumentChanged:
    """It was renamed, described, moved, marked as unseen, or came back from the trash."""

    SECTIONS: ClassVar = ("documents", "approvals", "signatures")
    account_id: UUID
    document: Document


@event("documents.documents_seen", version=1)
class DocumentsSeen:
    """A member looked at these, which nobody at the firm had seen: their label New goes (R-DOC-3)."""

    SECTIONS: ClassVar = ("documents",)
    account_id: UUID
    document_ids: tuple[UUID, ...]


@event("documents.document_deleted", version=1)
class DocumentDeleted:
    """It went to the trash, or `is_final`, for good."""

    SECTIONS: ClassVar = ("documents", "approvals", "signatures")
    account_id: UUID
    document_id: UUID
    is_final: bool = False


class Documents(SectionSource, Protocol):
    """Every call takes (ctx, one message), returns one message, and may raise Invalid or Unavailable.

    Calls about one document raise DocumentNotFound, also where it is in the trash or an exception hides it (R-ACC-7);
    changes NotYoursToEdit and DocumentChangedMeanwhile. What names a folder may raise folders.FolderNotFound.

    The section `documents` holds what clients uploaded (R-DOC-1). Filters of its list: `uploaded_by` (client, firm,
    all), `folder`, `q` (part of a name), `new` (true, false, mine: new for the caller), `status`,
    `sort` (-uploaded_at, name).
    """

    NAME: ClassVar[str] = "documents"

    def upload_document(self, ctx: Context, request: UploadDocument) -> Document: ...
    def upload_version(self, ctx: Context, request: UploadVersion) -> Document: ...
    def list_documents(self, ctx: Context, request: ListDocuments) -> DocumentPage: ...
    def get_document(self, ctx: Context, request: DocumentRef) -> Document: ...
    def change_document(self, ctx: Context, request: ChangeDocument) -> Document: ...
    def delete_document(self, ctx: Context, request: DocumentRef) -> Done: ...  # to the trash
    def mark_unseen(self, ctx: Context, request: DocumentRef) -> Document: ...
    def list_versions(self, ctx: Context, request: DocumentRef) -> DocumentVersions: ...
    def restore_version(self, ctx: Context, request: VersionRef) -> Document: ...
    def get_file(self, ctx: Context, request: GetFile) -> Content: ...
    def get_archive(self, ctx: Context, request: GetArchive) -> Archive: ...

    # For services that hold files of clients, as the system; no route leads here.
    def adopt_file(self, ctx: Context, request: AdoptFile) -> Document: ...
