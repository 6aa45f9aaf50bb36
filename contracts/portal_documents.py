"""portal_documents: what clients see and do of the documents of their accounts (R-DOC-8)."""

import datetime as dt
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from marshmallow.validate import Length

from chassis.context import Context
from chassis.wire import message
from contracts.common import Cursor, Limit, Name
from contracts.documents import Access, Bytes, Sha256, Side
from contracts.files import Content, Upload


@message
class PortalFolder:
    """`may_upload`: whether the client may put files here."""

    id: UUID
    parent_id: UUID | None
    name: str
    may_upload: bool


@message
class PortalFolders:
    items: tuple[PortalFolder, ...]


@message
class PortalAccountRef:
    account_id: UUID


@message
class PortalDocument:
    """A document as a client sees it; `by` is who uploaded it, `mine` whether the caller did."""

    id: UUID
    folder_id: UUID
    name: str
    description: str
    media_type: str
    size: int  # bytes
    uploaded_at: dt.datetime
    by: Side
    uploader: str
    mine: bool
    access: Access


@message
class PortalDocumentRef:
    account_id: UUID
    document_id: UUID


@message
class ListPortalDocuments:
    """What the client sees of the account, or of one folder of it."""

    account_id: UUID
    folder_id: UUID | None = None
    q: Annotated[str, Length(max=200)] | None = None
    sort: Literal["-uploaded_at", "name"] = "-uploaded_at"
    cursor: Cursor | None = None
    limit: Limit = 50


@message
class PortalDocumentPage:
    items: tuple[PortalDocument, ...]
    total: int
    next_cursor: str | None = None


@message
class GetPortalFile:
    """The file as it is since its last version: to be saved, or `inline` to be looked at, as in documents.GetFile."""

    account_id: UUID
    document_id: UUID
    inline: bool = False


@message
class UploadPortalDocument:
    """As documents.UploadDocument, by a client."""

    account_id: UUID
    name: Name
    folder_id: UUID | None = None
    upload: Upload
    size: Bytes = 0
    sha256: Sha256 = ""


@message
class UploadPortalVersion:
    """As documents.UploadVersion, by a client, of what they may edit."""

    account_id: UUID
    document_id: UUID
    upload: Upload
    size: Bytes = 0
    sha256: Sha256 = ""


class PortalDocuments(Protocol):
    """Every call is by a portal user and raises Forbidden to all others; errors as in documents and folders.

    Private folders, and what an exemption hides from the contact, are not there (R-DOC-8, R-ACC-7). What waits for an
    invoice to be paid is neither listed nor counted, and raises approvals.DocumentLocked where it is named (R-APR-3).
    """

    NAME: ClassVar[str] = "documents"

    def list_portal_folders(self, ctx: Context, request: PortalAccountRef) -> PortalFolders: ...
    def list_portal_documents(self, ctx: Context, request: ListPortalDocuments) -> PortalDocumentPage: ...
    def get_portal_document(self, ctx: Context, request: PortalDocumentRef) -> PortalDocument: ...
    def get_portal_file(self, ctx: Context, request: GetPortalFile) -> Content: ...
    def upload_portal_document(self, ctx: Context, request: UploadPortalDocument) -> PortalDocument: ...
    def upload_portal_version(self, ctx: Context, request: UploadPortalVersion) -> PortalDocument: ...
