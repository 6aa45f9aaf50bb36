"""Answers every request for a page, for members, clients or behind a mailed link, also when something is wrong."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from chassis.errors import AppError, Invalid, NotFound, Unauthenticated, Unavailable
from chassis.logs import log
from contracts.entries import InvitationNotFound
from contracts.portal import ResetNotOpen
from contracts.preferences import UnsubscriptionNotFound
from contracts.signing import SigningLinkNotFound
from contracts.switches import AccountArchived, InvitationNotOpen
from gateway import auth, bodies, problems
from gateway.auth import SAFE_VERBS
from gateway.router import Router
from gateway.traffic import Exchange
from gateway.web import drawing, firm, languages, portal, words
from gateway.web.languages import CHOICE, CHOICE_SECONDS
from gateway.web.page import PORTAL, Desk, Kind, Page, Visit

PAGES = (*portal.PAGES, *firm.PAGES)
# Where people, rather than programs, are answered, whether or not there is such a page.
PLACES = frozenset({page.path.split("/")[1] for page in PAGES})
FORM = "application/x-www-form-urlencoded"
SECRET = re.compile(r"password|secret|verifier")  # in names of fields
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,200}")
# A link that opens nothing looks the same whatever became of it: used, replaced, late, withdrawn or made up.
DEAD: Mapping[type[AppError], Kind] = {
    InvitationNotFound: "invitation",
    InvitationNotOpen: "invitation",
    AccountArchived: "invitation",
    ResetNotOpen: "reset",
    SigningLinkNotFound: "signing",
    UnsubscriptionNotFound: "unsubscribe",
}


@dataclass(frozen=True, slots=True)
class Again:
    """What a page that failed offers: its address, or the form that was posted there."""

    path: str
    is_form: bool
    fields: Sequence[tuple[str, str]] = ()


class Site:
    """Serves a table of pages."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._router = Router(PAGES)

    @staticmethod
    def has(path: str) -> bool:
        """Whether people, rather than programs, are answered there."""
        return path.split("/", 2)[1] in PLACES

    async def answer(self, exchange: Exchange) -> Response:
        request = exchange.request
        language = languages.of(request)
        visit = Visit(exchange=exchange, desk=self._desk, language=language)
        page = None
        try:
            self._desk.limits.arrive(exchange)
            page, values = self._find(request)
            exchange.route = visit.page = page
            visit.values, visit.token = tuple(values), values[0] if values and page.link else ""
            response = await self._show(page, visit)
        except ClientDisconnect:
            raise
        except AppError as error:
            if isinstance(error, NotFound) and visit.caller is None and _is_firms(visit, page):
                with suppress(AppError):  # known, they get the firm's bar around it
                    await visit.member()
            response = _failed(visit, page, error)
        except Exception:  # noqa: BLE001 (a defect of ours: the reader gets a page, the log the traceback)
            log.exception("page failed", correlation_id=exchange.request_id)
            response = _failed(visit, page, AppError())
        return _finished(request, response, has_token=page is not None and page.link is not None)

    def _find(self, request: Request) -> tuple[Page, list[str]]:
        """The page and what stands for parameters in its path. Raises NoSuchPath, VerbNotAllowed."""
        pages, values = self._router.find(request.scope["path"])
        if not pages:
            raise problems.NoSuchPath
        page = pages.get("GET" if request.method == "HEAD" else request.method)
        if page is None:
            raise problems.VerbNotAllowed(allow=sorted({*pages, *(["HEAD"] if "GET" in pages else [])}))
        return page, values

    @staticmethod
    async def _show(page: Page, visit: Visit) -> Response:
        request = visit.request
        if page.link and not TOKEN.fullmatch(visit.token):
            return _dead(visit, page.link, 404)
        if request.method not in SAFE_VERBS:
            check_own(request, page)
            if page.has_files:
                return await page.show(visit)
            visit.posted = _fields(request, await bodies.read(request), page.most_fields)
        return await page.show(visit)


def check_own(request: Request, page: Page) -> None:
    """Refuse a form that no page of ours has sent. Raises ForeignOrigin.

    A page that lets nobody know where it was sends no origin but `null`; where the browser says nothing better, as on
    plain HTTP, the token in its address has to do.
    """
    is_hidden = page.link is not None and request.headers.get("origin", "null") == "null"
    is_silent = is_hidden and "sec-fetch-site" not in request.headers
    if not (page.is_anyones or is_silent or auth.is_our_own(request)):
        raise problems.ForeignOrigin


def _fields(request: Request, body: bytes, most: int) -> list[tuple[str, str]]:
    """What was typed into a form. Raises Invalid for more than it has."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return []
    try:
        text = body.decode()
        return parse_qsl(text, keep_blank_values=True, max_num_fields=most, errors="strict")
    except ValueError:
        raise Invalid from None


def _failed(visit: Visit, page: Page | None, error: AppError) -> Response:
    """The page of an error that the page asked for has no words for."""
    status = problems.status_of(type(error))
    if isinstance(error, Unauthenticated) and page is not None and page.link is None:
        return visit.sign_in()
    if type(error) in DEAD:
        return _dead(visit, DEAD[type(error)], status)
    if _is_firms(visit, page):
        template = "firm/failed_part.html" if visit.is_part else "firm/failed.html"
    else:
        template = "failed.html"
    facts = {"said": words.sentence(visit.language, error), "request_id": visit.exchange.request_id}
    response = visit.draw(template, status, again=_again(visit, page, error), **facts)
    response.headers.update(problems.headers_of(error))
    return response


def _again(visit: Visit, page: Page | None, error: AppError) -> Again | None:
    """How the same is asked for once more, where that may help; a form is sent with all that was typed into it."""
    if page is None or not isinstance(error, Unavailable):
        return None
    scope = visit.request.scope
    query = scope["query_string"].decode("latin-1")
    path = f"{scope['path']}?{query}" if query else scope["path"]
    if visit.request.method in SAFE_VERBS:
        return Again(path, is_form=False)
    if page.has_files or any(SECRET.search(name) and value for name, value in visit.posted):
        return None  # what was sent is not kept, or must not stand in a page
    return Again(path, is_form=True, fields=tuple(visit.posted))


def _is_firms(visit: Visit, page: Page | None) -> bool:
    """Whether a page is for members, also one that there is not."""
    return page.is_firms if page else not visit.request.scope["path"].startswith(f"{PORTAL}/")


def _dead(visit: Visit, link: Kind, status: int) -> Response:
    return visit.draw("portal/dead.html", status, link=link)


def _finished(request: Request, response: Response, *, has_token: bool) -> Response:
    """What holds for every page: nothing of it leaks, and the language that was chosen is kept."""
    for name, value in drawing.HEADERS.items():
        response.headers.setdefault(name, value)
    # A link's token must not be told to anybody, not even to other pages of ours.
    response.headers["Referrer-Policy"] = "no-referrer" if has_token else "same-origin"
    code = languages.chosen(request)
    if code is not None:
        secure = "; Secure" if request.url.scheme == "https" else ""
        kept = f"{CHOICE}={code}; Path=/; Max-Age={CHOICE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
        response.headers.append("Set-Cookie", kept)
    return response
