"""Messages between the firm and a client: threads, answers with files, the tasks that the firm asks for (R-CHT-1)."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any
from uuid import UUID

from starlette.responses import Response

from chassis.errors import AppError, Conflict, Forbidden, Invalid
from chassis.wire import load
from contracts.chat_files import AddAttachment, AttachmentRef
from contracts.chats import EDITABLE_MINUTES, MessageRef, ThreadRef
from contracts.client_tasks import ClientTaskRef
from contracts.portal_chats import (
    ChangePortalMessage,
    ListPortalMessages,
    ListPortalThreads,
    PortalChats,
    SendPortalMessage,
    StartPortalThread,
)
from gateway import problems
from gateway.multipart import Form
from gateway.routes.chats import ANY_FILE, KEEPING_SECONDS
from gateway.web.page import Page, Visit
from gateway.web.portal.inside import ACCOUNT, KEY, Room, enter, form_fields, left_empty

EVERY = f"{ACCOUNT}/chats"
ONE = f"{EVERY}/{{thread_id}}"
MESSAGE = f"{ONE}/messages/{{message_id}}"
MOST_FORM = 200 * 1024 * 1024  # bytes: two of the largest files
PAGE = 30  # threads, and messages
REFUSED = (Invalid, Conflict, Forbidden, problems.TooLarge, problems.TooSlow, problems.WrongMediaType)


async def show_list(visit: Visit) -> Response:
    room = await enter(visit, "chats")
    query = visit.request.query_params
    fields = {"account_id": room.account_id, "limit": PAGE, **form_fields(query, "q", "cursor", "state")}
    found = await room.ask(PortalChats.list_portal_threads, load(ListPortalThreads, fields, strict=True))
    return await room.draw("chats.html", found=found, q=query.get("q", ""), state=query.get("state", "active"))


async def show_new(visit: Visit) -> Response:
    room = await enter(visit, "chats")
    return await room.draw("chat_new.html")


async def start(visit: Visit) -> Response:
    """Write to the firm under a subject, to oneself and it alone unless the form says otherwise."""
    room = await enter(visit, "chats")
    try:
        form, files = await _read(room)
        missing = left_empty(visit, "subject")
        if missing:
            return await room.draw("chat_new.html", 422, problems=missing)
        said = {
            "subject": form["subject"].strip(),
            "text": form.get("text", "").strip(),
            "attachment_ids": files,
            "is_for_all": form.get("is_for_all") == "yes",
        }
        request = load(StartPortalThread, {"account_id": room.account_id, **said}, strict=True)
        made = await room.do(PortalChats.start_portal_thread, request)
    except REFUSED as error:
        return await room.refuse("chat_new.html", error)
    return room.go(f"/chats/{made.id}", "sent")


async def show_one(visit: Visit) -> Response:
    """The messages, the latest at the end; to see them is to have read them."""
    room = await enter(visit, "chats")
    return await _thread(room)


async def answer(visit: Visit) -> Response:
    room = await enter(visit, "chats")
    thread_id = room.id("thread_id")
    try:
        form, files = await _read(room)
        fields = {"account_id": room.account_id, "thread_id": thread_id, "attachment_ids": files}
        request = load(SendPortalMessage, {**fields, "text": form.get("text", "").strip()}, strict=True)
        await room.do(PortalChats.send_portal_message, request)
    except REFUSED as error:
        return await _thread(room, error)
    return room.go(f"/chats/{thread_id}#latest", "sent")


async def change(visit: Visit) -> Response:
    """Edit or delete a message of one's own, as the button says, while one may."""
    room = await enter(visit, "chats")
    ids = {"account_id": room.account_id, "thread_id": room.id("thread_id"), "message_id": room.id("message_id")}
    is_removal = visit.form.get("do") == "delete"
    try:
        if is_removal:
            await room.do(PortalChats.delete_portal_message, MessageRef(**ids))
        else:
            version = visit.form.get("version", "")
            typed = {"text": visit.form.get("text", "").strip(), "version": int(version) if version.isdecimal() else 0}
            await room.do(PortalChats.change_portal_message, load(ChangePortalMessage, {**ids, **typed}, strict=True))
    except REFUSED as error:
        return await _thread(room, error)
    return room.go(f"/chats/{ids['thread_id']}", "deleted" if is_removal else "changed")


async def tick(visit: Visit) -> Response:
    """Say that a task is done."""
    room = await enter(visit, "chats")
    ids = {"account_id": room.account_id, "thread_id": room.id("thread_id"), "task_id": room.id("task_id")}
    await room.do(PortalChats.tick_portal_task, ClientTaskRef(**ids))
    return room.go(f"/chats/{ids['thread_id']}#tasks", "ticked")


async def show_file(visit: Visit) -> Response:
    room = await enter(visit, "chats")
    request = AttachmentRef(account_id=room.account_id, attachment_id=room.id("attachment_id"))
    return await room.send(PortalChats.get_portal_attachment, request)


async def _read(room: Room) -> tuple[Mapping[str, str], list[UUID]]:
    """What was typed, and the files that were chosen, kept until the message is sent that goes with them."""
    form = Form(room.visit.request, MOST_FORM, ANY_FILE.seconds)
    room.visit.filled(form.fields)
    found: list[UUID] = []
    async with aclosing(form.files()) as files:
        async for part in files:
            async with room.taken(part, ANY_FILE) as fields:
                asked = {"account_id": room.account_id, "name": part.file_name, **fields}
                request = load(AddAttachment, asked, strict=True)
                once, step = form.fields.get(KEY, ""), f"/{len(found)}"
                call = PortalChats.add_portal_attachment
                made = await room.do(call, request, once=once, step=step, seconds=KEEPING_SECONDS)
                found.append(made.id)
    return form.fields, found


async def _thread(room: Room, error: AppError | None = None) -> Response:
    ref = ThreadRef(account_id=room.account_id, thread_id=room.id("thread_id"))
    thread = await room.ask(PortalChats.get_portal_thread, ref)
    query = room.visit.request.query_params
    fields: dict[str, Any] = {"account_id": ref.account_id, "thread_id": ref.thread_id, "limit": PAGE}
    fields |= form_fields(query, "cursor")
    page = await room.ask(PortalChats.list_portal_messages, load(ListPortalMessages, fields, strict=True))
    if thread.is_unread and page.items and "cursor" not in fields and room.visit.request.method == "GET":
        latest = MessageRef(account_id=ref.account_id, thread_id=ref.thread_id, message_id=page.items[0].id)
        await room.ask(PortalChats.read_portal_thread, latest)
    values: dict[str, Any] = {
        "thread": thread,
        "messages": page.items[::-1],
        "older": page.next_cursor,
        "is_latest": "cursor" not in fields,
        "contact_id": room.ctx.actor.id,
        "editable": {one.id for one in page.items if _is_editable(room, one)},
    }
    if error is None:
        return await room.draw("chat.html", **values)
    return await room.refuse("chat.html", error, **values)


def _is_editable(room: Room, message: Any) -> bool:
    """Whether the reader wrote it and may still change it."""
    age = (room.ctx.now - message.sent_at).total_seconds()
    is_mine = message.author.side == "client" and message.author.id == room.ctx.actor.id
    return is_mine and message.deleted_at is None and age < EDITABLE_MINUTES * 60


PAGES = (
    Page("GET", EVERY, show_list),
    Page("POST", EVERY, start, has_files=True),
    Page("GET", f"{EVERY}/new", show_new),
    Page("GET", ONE, show_one),
    Page("POST", ONE, answer, has_files=True),
    Page("POST", MESSAGE, change),
    Page("POST", f"{ONE}/tasks/{{task_id}}", tick),
    Page("GET", f"{ACCOUNT}/chat-files/{{attachment_id}}", show_file),
)
