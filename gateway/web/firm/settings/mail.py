"""Mail: the mailboxes it is read from and sent through, how the firm's own mails look, who gets none of them."""

from typing import Any

from starlette.responses import Response

from contracts.mailboxes import Mailboxes
from contracts.notifications import Notifications
from contracts.suppressions import SuppressionCalls as Suppressions
from gateway.web.firm.settings import place
from gateway.web.page import Page, Visit
from gateway.web.words import later

STATES = {
    "waiting": (later("Not looked into yet"), ""),
    "ok": (later("In order"), "good"),
    "refused": (later("Password refused"), "bad"),
    "unreachable": (later("Does not answer"), "bad"),
}
CAUSES = {
    "bounce": later("Mail came back"),
    "complaint": later("Complained"),
    "by_hand": later("Entered by hand"),
}
SECURITIES = (("tls", "TLS"), ("starttls", "STARTTLS"), ("none", later("None (this machine only)")))


async def show_mailboxes(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, "mailboxes")
    found = await visit.call(Mailboxes.list_mailboxes)
    shown: dict[str, Any] = {"mailboxes": found.items, "states": STATES, "securities": SECURITIES}
    return place.draw(visit, "mailboxes", "mailboxes", status, **shown | values)


async def connect_mailbox(visit: Visit) -> Response:
    form = visit.form
    servers = {
        name: {
            "host": form.get(f"{name}.host", "").strip(),
            "port": place.number(visit, f"{name}.port"),
            "security": form.get(f"{name}.security", "tls"),
        }
        for name in ("imap", "smtp")
    }
    email = form.get("email", "").strip()
    connecting = visit.call(
        Mailboxes.connect_mailbox,
        email=email,
        user=form.get("user", "").strip() or email,
        password=form.get("password", ""),
        **servers,
    )
    return await place.act(visit, connecting, "mailboxes", show_mailboxes)


async def sync_mailbox(visit: Visit) -> Response:
    syncing = visit.call(Mailboxes.sync_mailbox, mailbox_id=visit.path_id())
    return await place.act(visit, syncing, "mailboxes", show_mailboxes)


async def disconnect_mailbox(visit: Visit) -> Response:
    ending = visit.call(Mailboxes.disconnect_mailbox, mailbox_id=visit.path_id())
    return await place.act(visit, ending, "mailboxes", show_mailboxes)


async def show_notifications(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, "notifications")
    settings = await visit.call(Notifications.get_notification_settings)
    return place.draw(visit, "notifications", "notifications", status, settings=settings, **values)


async def change_notifications(visit: Visit) -> Response:
    form = visit.form
    changing = visit.call(
        Notifications.change_notification_settings,
        version=place.number(visit, "version"),
        locale=form.get("locale", "en"),
        reply_to=form.get("reply_to", "").strip() or None,
        bcc=form.get("bcc", "").strip() or None,
    )
    return await place.act(visit, changing, "notifications", show_notifications)


async def show_suppressions(visit: Visit, status: int = 200, **values: Any) -> Response:
    await place.enter(visit, "suppressions")
    asked = {name: visit.query[name] for name in ("q", "cursor") if visit.query.get(name)}
    found = await visit.call(Suppressions.list_suppressions, **asked)
    return place.draw(
        visit, "suppressions", "suppressions", status, found=found, causes=CAUSES, q=asked.get("q", ""), **values
    )


async def suppress(visit: Visit) -> Response:
    adding = visit.call(
        Suppressions.suppress_address,
        email=visit.form.get("email", "").strip(),
        cause="by_hand",
        detail=visit.form.get("detail", ""),
    )
    return await place.act(visit, adding, "suppressions", show_suppressions)


async def release(visit: Visit) -> Response:
    releasing = visit.call(Suppressions.release_address, email=visit.form.get("email", ""))
    return await place.act(visit, releasing, "suppressions", show_suppressions)


PAGES = (
    Page("GET", "/settings/mailboxes", show_mailboxes),
    Page("POST", "/settings/mailboxes", connect_mailbox),
    Page("POST", "/settings/mailboxes/{mailbox_id}/sync", sync_mailbox),
    Page("POST", "/settings/mailboxes/{mailbox_id}/disconnect", disconnect_mailbox),
    Page("GET", "/settings/notifications", show_notifications),
    Page("POST", "/settings/notifications", change_notifications),
    Page("GET", "/settings/suppressions", show_suppressions),
    Page("POST", "/settings/suppressions", suppress),
    Page("POST", "/settings/suppressions/release", release),
)
