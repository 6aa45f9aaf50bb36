"""Chats with clients: the firm's side and, under /v1/portal, the client's."""

from contracts.chat_files import ChatFiles
from contracts.chats import Chats
from contracts.client_tasks import ClientTasks
from contracts.overview import Overview
from contracts.portal_chats import PortalChats
from gateway.route import Route, Upload

ACCOUNT, PORTAL = "/v1/accounts/{account_id}", "/v1/portal/accounts/{account_id}"
THREADS, MINE = f"{ACCOUNT}/chats", f"{PORTAL}/chats"
THREAD, MY_THREAD = f"{THREADS}/{{thread_id}}", f"{MINE}/{{thread_id}}"
MESSAGE, MY_MESSAGE = f"{THREAD}/messages/{{message_id}}", f"{MY_THREAD}/messages/{{message_id}}"
TASK = f"{THREAD}/tasks/{{task_id}}"
FILES, MY_FILES = f"{ACCOUNT}/chat-attachments", f"{PORTAL}/chat-attachments"
ANY_FILE = Upload(
    field="upload",
    kinds=(
        "application/octet-stream", "application/pdf", "image/jpeg", "text/plain", "audio/mpeg", "video/mp4",
        "message/rfc822", "font/ttf", "model/obj", "multipart/mixed",
    ),
    max_bytes=100 * 1024 * 1024,
    seconds=1800.0,  # a hundred megabytes on a line of half a megabit a second
)  # fmt: skip
KEEPING_SECONDS = 60.0  # of a hundred megabytes from one place of the store to another
AS_KEPT = ("application/octet-stream",)

ROUTES = (
    Route(
        "GET",
        THREADS,
        Overview.list_section,
        scope="messages:read",
        action="view",
        fixed={"name": "chats"},
        hidden=("scope",),
        filters="filters",
        summary="List chats",
    ),
    Route(
        "POST",
        THREADS,
        Chats.start_thread,
        scope="messages:write",
        action="view",
        status=201,
        location=f"{THREADS}/{{id}}",
    ),
    Route("GET", THREAD, Chats.get_thread, scope="messages:read", action="view"),
    Route("PATCH", THREAD, Chats.change_thread, scope="messages:write", action="view"),
    Route("PUT", f"{THREAD}/read", Chats.read_thread, scope="messages:write", action="view", status=204),
    Route("GET", f"{THREAD}/messages", Chats.list_messages, scope="messages:read", action="view"),
    Route("POST", f"{THREAD}/messages", Chats.send_message, scope="messages:write", action="view", status=201),
    Route("PATCH", MESSAGE, Chats.change_message, scope="messages:write", action="view"),
    Route("DELETE", MESSAGE, Chats.delete_message, scope="messages:write", action="view", status=204),
    Route("POST", f"{THREAD}/tasks", ClientTasks.add_client_task, scope="messages:write", action="view", status=201),
    Route("PATCH", TASK, ClientTasks.change_client_task, scope="messages:write", action="view"),
    Route("DELETE", TASK, ClientTasks.remove_client_task, scope="messages:write", action="view", status=204),
    Route(
        "POST",
        FILES,
        ChatFiles.add_attachment,
        scope="messages:write",
        action="view",
        status=201,
        location=f"{FILES}/{{id}}",
        upload=ANY_FILE,
        seconds=KEEPING_SECONDS,
    ),
    Route(
        "GET",
        f"{FILES}/{{attachment_id}}",
        ChatFiles.get_attachment,
        scope="messages:read",
        action="view",
        gives=AS_KEPT,
    ),
    Route(
        "POST",
        f"{FILES}/{{attachment_id}}/save",
        ChatFiles.save_attachment,
        scope="documents:write",
        action="manage_documents",
        seconds=KEEPING_SECONDS,
    ),
    Route("GET", MINE, PortalChats.list_portal_threads, action="use_portal"),
    Route(
        "POST",
        MINE,
        PortalChats.start_portal_thread,
        action="use_portal",
        status=201,
        location=f"{MINE}/{{id}}",
    ),
    Route("GET", MY_THREAD, PortalChats.get_portal_thread, action="use_portal"),
    Route("PUT", f"{MY_THREAD}/read", PortalChats.read_portal_thread, action="use_portal", status=204),
    Route("GET", f"{MY_THREAD}/messages", PortalChats.list_portal_messages, action="use_portal"),
    Route("POST", f"{MY_THREAD}/messages", PortalChats.send_portal_message, action="use_portal", status=201),
    Route("PATCH", MY_MESSAGE, PortalChats.change_portal_message, action="use_portal"),
    Route("DELETE", MY_MESSAGE, PortalChats.delete_portal_message, action="use_portal", status=204),
    Route("POST", f"{MY_THREAD}/tasks/{{task_id}}/tick", PortalChats.tick_portal_task, action="use_portal"),
    Route(
        "POST",
        MY_FILES,
        PortalChats.add_portal_attachment,
        action="use_portal",
        status=201,
        location=f"{MY_FILES}/{{id}}",
        upload=ANY_FILE,
        seconds=KEEPING_SECONDS,
    ),
    Route(
        "GET",
        f"{MY_FILES}/{{attachment_id}}",
        PortalChats.get_portal_attachment,
        action="use_portal",
        gives=AS_KEPT,
    ),
)
# Asked by overview, which knows what the viewer may see.
INTERNAL = (Chats.get_sections, Chats.list_section)
