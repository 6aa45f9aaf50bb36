"""A visit to one account of who signed in: who they are, as whom they act, and what stands around every page there."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from starlette.responses import Response

from chassis.context import DEFAULT_SECONDS, Context
from chassis.errors import AppError, KeyReused
from contracts.accounts import AccountNotFound
from contracts.common import Done, timezones
from contracts.portal import Portal, PortalAccount, PortalHome
from contracts.rights import Action
from gateway import problems, uploads
from gateway.downloads import disposition
from gateway.multipart import Part
from gateway.route import Upload
from gateway.web.page import FORM_KEY, ZONE, Visit
from gateway.web.portal import waiting
from gateway.web.words import later

HOME, ACCOUNT = "/portal", "/portal/accounts/{account_id}"
ZONE_SECONDS = 365 * 86_400
KEY = "key"  # the field of a form by which it is known when it is sent twice
CHOOSE = later("Choose a file first.")
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
# The parts of the portal in order: their name in the path, their icon, what they are called, and that in a narrow bar.
AREAS = (
    ("", "home", later("Overview"), later("Home")),
    ("documents", "documents", later("Documents"), later("Documents")),
    ("requests", "signatures", later("Sign and approve"), later("To sign")),
    ("chats", "chats", later("Messages"), later("Messages")),
    ("invoices", "invoices", later("Invoices"), later("Invoices")),
    ("organizers", "organizers", later("Questionnaires"), ""),
    ("proposals", "proposals", later("Proposals"), ""),
    ("settings", "settings", later("Settings"), ""),
)
# What was done just before, as the address says it.
NOTES: Mapping[str, str] = {
    "sent": later("Your message is sent."),
    "changed": later("Your message is changed."),
    "deleted": later("Your message is deleted."),
    "ticked": later("Thank you, this task is done."),
    "uploaded": later("Thank you, your files have arrived."),
    "version": later("Thank you, the new version has arrived."),
    "approved": later("Thank you, you have approved this document."),
    "disapproved": later("You have not approved this document. Your accountant has been told, with your reason."),
    "signed": later("Thank you, you have signed."),
    "declined": later("You have declined to sign. Your accountant has been told, with your reason."),
    "saved": later("Your answers are saved."),
    "more": later("Your answers are saved. They bring up more questions on this page."),
    "submitted": later("Thank you, your questionnaire is handed in."),
    "credit": later("Your credit is applied to this invoice."),
    "notifications": later("Your choice of e-mails is saved."),
    "photo": later("The picture is changed."),
    "password": later("Your password is changed. You are signed out everywhere else."),
    "ended": later("That device is signed out."),
    "zone": later("Your time zone is saved."),
}
# What is said of a field that was left empty, where it can be said better than in general.
MISSING: Mapping[str, str] = {
    "signed_name": later("Type your full name to sign."),
    "has_consented": later("Agree to the statement to sign."),
    "reason": later("Say why."),
    "package_id": later("Choose a package."),
    "subject": later("Say what it is about."),
    "current_password": later("Type your present password."),
    "new_password": later("Type the new password."),
}

A = TypeVar("A")
Q = TypeVar("Q")


@dataclass(kw_only=True)
class Room:
    """`who` is the context of whose session it is, `ctx` that of the contact as whom they act on the account."""

    visit: Visit
    who: Context
    ctx: Context
    account_id: UUID
    area: str = ""

    @cached_property
    def at(self) -> str:
        """Where the account's pages are."""
        return ACCOUNT.format(account_id=self.account_id)

    def id(self, name: str) -> UUID:
        """An id of the path. Raises NoSuchPath for what is none."""
        page = self.visit.page
        steps = [step for step in page.path.split("/") if step.startswith("{")] if page else []
        return self.visit.path_id(steps.index(f"{{{name}}}"))

    async def ask(self, call: Callable[[Any, Context, Q], A], request: Q, seconds: float = DEFAULT_SECONDS) -> A:
        return await self.visit.ask(call, request, self.ctx, seconds)

    async def do(
        self,
        call: Callable[[Any, Context, Q], A],
        request: Q,
        *,
        once: str = "",
        step: str = "",
        seconds: float = DEFAULT_SECONDS,
    ) -> A:
        """Make a call that changes something, once for one form however often it is sent.

        `once` is what the form says of itself, where it isn't read yet; `step` tells several calls of one form apart.
        """
        stated = once or self.visit.form.get(KEY, "")
        what = f"{call.__qualname__}{step}"
        fresh = replace(self.ctx, key=uuid4().hex)  # several calls of one visit are several things to do
        if not FORM_KEY.fullmatch(stated):
            return await self.visit.ask(call, request, fresh, seconds)
        try:
            ctx = replace(self.ctx, key=f"{self.ctx.actor.id}:{stated}:{what}")
            return await self.visit.ask(call, request, ctx, seconds)
        except KeyReused:  # sent again with other words in it, after going back: another thing to do
            return await self.visit.ask(call, request, fresh, seconds)

    @asynccontextmanager
    async def taken(self, part: Part, upload: Upload) -> AsyncIterator[dict[str, Any]]:
        """Keep a file of a form as long as the call needs it; gives the fields of the request that name it."""
        path = uploads.new_path()
        async with self.visit.desk.uploads.kept(part.content, upload, path) as measures:
            yield {upload.field: path, **measures}

    async def send(self, call: Callable[[Any, Context, Q], Any], request: Q, shown_as: str | None = None) -> Response:
        """Answer with a file: to be saved, or with a name to be looked at in the browser."""
        contract = self.visit.owner(call)

        async def content() -> object:
            ctx = replace(self.ctx, deadline=time.monotonic() + DEFAULT_SECONDS)
            return await self.visit.desk.bus.call(ctx, contract, call.__name__, request)

        response = await self.visit.desk.downloads.answer(self.visit.request, await content(), content)
        if shown_as is not None:
            is_pdf = response.headers.get("content-type", "") == "application/pdf"
            response.headers["Content-Disposition"] = disposition(shown_as).replace("attachment", "inline", 1)
            if is_pdf:  # what a browser shows a PDF with needs styles of its own
                response.headers["Content-Security-Policy"] = FILE_POLICY
        return response

    async def draw(self, template: str, status: int = 200, **values: Any) -> Response:
        """Draw a page of the account, with the way around and what waits in each part."""
        home, found = await asyncio.gather(
            self.visit.ask(Portal.get_portal_home, Done(), self.who),
            waiting.find(self.visit, self.ctx, self.account_id),
        )
        return self.visit.draw(f"portal/{template}", status, **self._around(home, found), **values)

    async def refuse(self, template: str, error: AppError, **values: Any) -> Response:
        """Draw the same page again, with what is wrong."""
        said = values.pop("problems", None) or self.visit.said(error)
        response = await self.draw(template, problems.status_of(type(error)), problems=said, **values)
        response.headers.update(problems.headers_of(error))
        return response

    def go(self, path: str, done: str = "") -> Response:
        """Send the browser to another page of the account, which says what was done."""
        path, mark, place = path.partition("#")
        more = f"{'&' if '?' in path else '?'}done={done}" if done else ""
        return self.visit.go(f"{self.at}{path}{more}{mark}{place}")

    def _around(self, home: PortalHome, found: list[waiting.Found]) -> dict[str, Any]:
        account = next((one for one in home.accounts if one.account_id == self.account_id), None)
        if account is None:
            raise AccountNotFound
        counts: dict[str, int] = {}
        for one in found:
            counts[one.kind.area] = counts.get(one.kind.area, 0) + len(one.todos or ())
        return {
            **around(self.visit, home, account),
            "at": self.at,
            "area": self.area,
            "counts": counts,
            "todo": found,
        }


def around(visit: Visit, home: PortalHome, account: PortalAccount | None) -> dict[str, Any]:
    """What stands around every page of who is signed in."""
    say, done = visit.language.say, NOTES.get(visit.query.get("done", ""), "")
    return {
        "note": say(done) if done else "",
        "firm": home.firm.name,
        "user": home.user,
        "accounts": home.accounts,
        "account": account,
        "areas": [(path, icon, say(name), say(short) if short else "") for path, icon, name, short in AREAS],
        "zone": zone_of(visit, account or next(iter(home.accounts), None)),
    }


def zone_of(visit: Visit, account: PortalAccount | None) -> ZoneInfo:
    """The time zone of the browser or that its reader chose, else the one the firm knows of them."""
    known = account.timezone if account else ""
    return visit.zone if ZONE in visit.request.cookies or known not in timezones() else ZoneInfo(known)


async def enter(visit: Visit, area: str = "", action: Action = "use_portal") -> Room:
    """Let who is signed in into the account of the path. Raises Unauthenticated, AccountNotFound (R-ACC-5)."""
    account_id = visit.path_id()
    who = await visit.signed_in()
    ctx = await visit.desk.entries.enter(who, account_id, action)
    return Room(visit=visit, who=who, ctx=ctx, account_id=account_id, area=area)


def left_empty(visit: Visit, *names: str) -> dict[str, str]:
    """What is said of the fields that were left empty."""
    return {name: visit.language.say(MISSING[name]) for name in visit.missing(*names)}


def form_fields(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """What was typed into these fields, without space around it; what was left empty is left out."""
    return {name: text for name in names if (text := form.get(name, "").strip())}


def set_zone(visit: Visit, zone: str) -> str:
    """The header that makes the browser keep the time zone somebody chose."""
    secure = "; Secure" if visit.request.url.scheme == "https" else ""
    return f"{ZONE}={zone}; Path=/; Max-Age={ZONE_SECONDS}; SameSite=Lax{secure}"
