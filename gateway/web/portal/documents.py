"""Documents of an account: folders, files to be read and saved, files to be sent, new versions (R-DOC-8)."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any
from uuid import UUID

from starlette.responses import Response

from chassis.errors import AppError, Invalid
from chassis.wire import load
from contracts.documents import MAX_BYTES
from contracts.portal_documents import (
    GetPortalFile,
    ListPortalDocuments,
    PortalAccountRef,
    PortalDocument,
    PortalDocumentRef,
    PortalDocuments,
    PortalFolder,
    UploadPortalDocument,
    UploadPortalVersion,
)
from gateway import problems
from gateway.multipart import Form, Part
from gateway.routes.documents import FILE, MOVED_SECONDS
from gateway.web.page import Page, Visit
from gateway.web.portal.inside import ACCOUNT, CHOOSE, KEY, Room, enter, form_fields

EVERY = f"{ACCOUNT}/documents"
ONE = f"{EVERY}/{{document_id}}"
MOST_FORM = MAX_BYTES + 1024 * 1024  # bytes: files of one form together are no larger than one may be
PAGE = 30  # rows
SHOWN = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"})  # in a page of ours


async def show_list(visit: Visit) -> Response:
    room = await enter(visit, "documents")
    return await _list(room, visit.request.query_params)


async def upload(visit: Visit) -> Response:
    """Take the files of a form, each by itself: what came is kept though another one was refused."""
    room = await enter(visit, "documents")
    try:
        form = Form(visit.request, MOST_FORM, FILE.seconds)
        kept, refused = await _take(room, form)
    except (Invalid, problems.TooLarge, problems.TooSlow, problems.WrongMediaType) as error:
        return await _list(room, {}, error)
    folder = form.fields.get("folder_id", "")
    if refused:
        said = {f"file-{number}": f"{name}: {text}" for number, (name, text) in enumerate(refused)}
        return await _list(room, {"folder": folder}, problems_=said, kept=kept)
    if not kept:
        return await _list(room, {"folder": folder}, problems_={"files": visit.language.say(CHOOSE)})
    place = f"?folder={kept[0].folder_id}" if folder else ""
    return room.go(f"/documents{place}", "uploaded")


async def show_one(visit: Visit) -> Response:
    room = await enter(visit, "documents")
    return await room.draw("document.html", **await _about(room))


async def show_file(visit: Visit) -> Response:
    """The file, to be saved; with `?inline` to be looked at, where a browser can do that safely."""
    room = await enter(visit, "documents")
    is_inline = "inline" in visit.request.query_params
    request = GetPortalFile(account_id=room.account_id, document_id=room.id("document_id"), inline=is_inline)
    name = None
    if is_inline:
        document = await room.ask(PortalDocuments.get_portal_document, _ref(room))
        name = document.name if document.media_type in SHOWN else None
    return await room.send(PortalDocuments.get_portal_file, request, shown_as=name)


async def upload_version(visit: Visit) -> Response:
    room = await enter(visit, "documents")
    about = await _about(room)
    try:
        form = Form(visit.request, MOST_FORM, FILE.seconds)
        async with aclosing(form.files()) as files:
            async for part in files:
                async with room.taken(part, FILE) as fields:
                    request = UploadPortalVersion(
                        account_id=room.account_id, document_id=room.id("document_id"), **fields
                    )
                    call = PortalDocuments.upload_portal_version
                    await room.do(call, request, once=form.fields.get(KEY, ""), seconds=MOVED_SECONDS)
                return room.go(f"/documents/{room.id('document_id')}", "version")
    except AppError as error:
        return await room.refuse("document.html", error, **about)
    return await room.draw("document.html", 422, problems={"files": visit.language.say(CHOOSE)}, **about)


async def _take(room: Room, form: Form) -> tuple[list[PortalDocument], list[tuple[str, str]]]:
    """Keep each file that comes; gives the documents made of them, and the names of the others with the reason."""
    kept: list[PortalDocument] = []
    refused: list[tuple[str, str]] = []
    async with aclosing(form.files()) as files:
        async for part in files:
            try:
                kept.append(await keep(room, part, form, step=str(len(kept) + len(refused))))
            except (problems.TooLarge, problems.TooSlow):
                raise  # the rest of the form is not worth reading
            except AppError as error:
                refused.append((part.file_name or "", next(iter(room.visit.said(error).values()))))
    return kept, refused


async def keep(room: Room, part: Part, form: Form, step: str = "") -> PortalDocument:
    """Make a document of a file of a form, in the folder that the form names, or in the first one."""
    async with room.taken(part, FILE) as fields:
        asked = {"account_id": room.account_id, "name": part.file_name, **form_fields(form.fields, "folder_id")}
        request = load(UploadPortalDocument, {**asked, **fields}, strict=True)
        call = PortalDocuments.upload_portal_document
        return await room.do(call, request, once=form.fields.get(KEY, ""), step=f"/{step}", seconds=MOVED_SECONDS)


async def _list(
    room: Room,
    query: Mapping[str, str],
    error: AppError | None = None,
    problems_: Mapping[str, str] | None = None,
    kept: Sequence[PortalDocument] = (),
) -> Response:
    """A folder with what is in it; without one, the folders and the latest documents of all."""
    fields: dict[str, Any] = {"account_id": room.account_id, "limit": PAGE}
    if query.get("folder"):
        fields |= {"folder_id": query["folder"], "sort": "name"}
    fields |= {name: text for name, text in {"q": query.get("q", ""), "cursor": query.get("cursor")}.items() if text}
    folders = (await room.ask(PortalDocuments.list_portal_folders, PortalAccountRef(account_id=room.account_id))).items
    page = await room.ask(PortalDocuments.list_portal_documents, load(ListPortalDocuments, fields, strict=True))
    known = {folder.id: folder for folder in folders}
    here = known.get(UUID(str(fields["folder_id"]))) if "folder_id" in fields else None
    values: dict[str, Any] = {
        "folders": [
            one
            for one in folders
            if one.parent_id == (here.id if here else None) or (here is None and one.parent_id not in known)
        ],
        "folder": here,
        "path": _path(here, known),
        "places": [
            (one, " / ".join(step.name for step in [*_path(one, known), one])) for one in folders if one.may_upload
        ],
        "page": page,
        "q": query.get("q", ""),
        "kept": kept,
    }
    if error is not None:
        return await room.refuse("documents.html", error, **values)
    if problems_:
        return await room.draw("documents.html", 422, problems=problems_, **values)
    return await room.draw("documents.html", **values)


def _path(folder: PortalFolder | None, known: Mapping[UUID, PortalFolder]) -> list[PortalFolder]:
    """The folders above one, the outermost first; what is above may be out of the reader's sight."""
    found: list[PortalFolder] = []
    while folder is not None and folder.parent_id is not None and len(found) < len(known):
        folder = known.get(folder.parent_id)
        if folder is not None:
            found.insert(0, folder)
    return found


async def _about(room: Room) -> dict[str, Any]:
    document = await room.ask(PortalDocuments.get_portal_document, _ref(room))
    return {"document": document, "shown": document.media_type if document.media_type in SHOWN else ""}


def _ref(room: Room) -> PortalDocumentRef:
    return PortalDocumentRef(account_id=room.account_id, document_id=room.id("document_id"))


PAGES = (
    Page("GET", EVERY, show_list),
    Page("POST", EVERY, upload, has_files=True),
    Page("GET", ONE, show_one),
    Page("POST", ONE, upload_version, has_files=True),
    Page("GET", f"{ONE}/file", show_file),
)
