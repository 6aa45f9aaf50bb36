"""Documents of an account: files with versions, folders, exemptions, the trash; for clients, what they see of them."""

from contracts.documents import MAX_BYTES, Documents
from contracts.folders import Folders
from contracts.identity import Scope
from contracts.overview import Overview
from contracts.portal_documents import PortalDocuments
from gateway import from_request
from gateway.route import ANY_KIND, Route, Upload

EVERY = "/v1/accounts/{account_id}/documents"
ONE = f"{EVERY}/{{document_id}}"
FOLDERS = "/v1/accounts/{account_id}/folders"
FOLDER = f"{FOLDERS}/{{folder_id}}"
TRASH = "/v1/accounts/{account_id}/document-trash"
ACCESS = "/v1/accounts/{account_id}/document-access/{item_id}"
PORTAL = "/v1/portal/accounts/{account_id}"
PORTAL_ONE = f"{PORTAL}/documents/{{document_id}}"
READ: Scope = "documents:read"
WRITE: Scope = "documents:write"
# 500 MB within the hour that uploads are kept for, at a bit more than a megabit a second.
FILE = Upload(field="upload", kinds=(ANY_KIND,), max_bytes=MAX_BYTES, seconds=3500.0, measured=("size", "sha256"))
ANY_FILE = (ANY_KIND,)
MOVED_SECONDS = 60.0  # S3 moves half a gigabyte by copying it within itself
SEEN = {"by_person": from_request.by_person}

# Who may change what is decided by its owner: an exemption gives more or less than the right (R-ACC-7).
ROUTES = (
    Route(
        "GET",
        EVERY,
        Overview.list_section,
        scope=READ,
        action="view",
        fixed={"name": "documents"},
        hidden=("scope",),
        filters="filters",
        summary="List documents",
    ),
    Route(
        "POST",
        EVERY,
        Documents.upload_document,
        scope=WRITE,
        action="view",
        status=201,
        location=f"{EVERY}/{{id}}",
        upload=FILE,
        seconds=MOVED_SECONDS,
    ),
    Route("GET", ONE, Documents.get_document, scope=READ, action="view"),
    Route("PATCH", ONE, Documents.change_document, scope=WRITE, action="view"),
    Route("DELETE", ONE, Documents.delete_document, scope=WRITE, action="view", status=204),
    Route("GET", f"{ONE}/file", Documents.get_file, scope=READ, action="view", gives=ANY_FILE, asked=SEEN),
    Route("POST", f"{ONE}/unseen", Documents.mark_unseen, scope=WRITE, action="view"),
    Route("GET", f"{ONE}/versions", Documents.list_versions, scope=READ, action="view"),
    Route(
        "POST",
        f"{ONE}/versions",
        Documents.upload_version,
        scope=WRITE,
        action="view",
        status=201,
        upload=FILE,
        seconds=MOVED_SECONDS,
    ),
    Route("POST", f"{ONE}/versions/{{version_id}}/restore", Documents.restore_version, scope=WRITE, action="view"),
    Route(
        "GET",
        "/v1/accounts/{account_id}/documents-zip",
        Documents.get_archive,
        scope=READ,
        action="view",
        gives=("application/zip",),
        asked=SEEN,
    ),
    Route("GET", FOLDERS, Folders.list_folders, scope=READ, action="view"),
    Route(
        "POST",
        FOLDERS,
        Folders.create_folder,
        scope=WRITE,
        action="view",
        status=201,
        location=f"{FOLDERS}/{{id}}",
    ),
    Route("PATCH", FOLDER, Folders.change_folder, scope=WRITE, action="view"),
    Route("DELETE", FOLDER, Folders.delete_folder, scope=WRITE, action="view", status=204),
    Route("GET", f"{FOLDER}/documents", Documents.list_documents, scope=READ, action="view"),
    Route("GET", ACCESS, Folders.list_exemptions, scope=READ, action="view"),
    Route("PUT", ACCESS, Folders.set_exemptions, scope=WRITE, action="view"),
    Route("GET", TRASH, Folders.list_trashed, scope=READ, action="view"),
    Route("POST", f"{TRASH}/{{item_id}}/restore", Folders.restore_item, scope=WRITE, action="view", status=204),
    Route("DELETE", f"{TRASH}/{{item_id}}", Folders.purge_item, scope=WRITE, action="view", status=204),
    Route("GET", f"{PORTAL}/folders", PortalDocuments.list_portal_folders, action="use_portal"),
    Route("GET", f"{PORTAL}/documents", PortalDocuments.list_portal_documents, action="use_portal"),
    Route(
        "POST",
        f"{PORTAL}/documents",
        PortalDocuments.upload_portal_document,
        action="use_portal",
        status=201,
        location=f"{PORTAL}/documents/{{id}}",
        upload=FILE,
        seconds=MOVED_SECONDS,
    ),
    Route("GET", PORTAL_ONE, PortalDocuments.get_portal_document, action="use_portal"),
    Route("GET", f"{PORTAL_ONE}/file", PortalDocuments.get_portal_file, action="use_portal", gives=ANY_FILE),
    Route(
        "POST",
        f"{PORTAL_ONE}/versions",
        PortalDocuments.upload_portal_version,
        action="use_portal",
        status=201,
        upload=FILE,
        seconds=MOVED_SECONDS,
    ),
)
INTERNAL = (
    Documents.get_sections,  # of composing a profile
    Documents.list_section,
    Documents.adopt_file,  # of chats, e-mail, upload links and organizers
)
