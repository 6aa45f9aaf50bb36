"""The account's photo, from a form with a file (R-PHOTO-1, R-PHOTO-2)."""

import re
from contextlib import aclosing

from starlette.responses import Response

from chassis.errors import AppError
from chassis.wire import dump
from contracts.accounts import Account, Accounts
from gateway import problems, uploads
from gateway.access import Actions
from gateway.multipart import Form
from gateway.routes.accounts import PICTURE
from gateway.web.firm import editing, profile, sayings
from gateway.web.firm.info import marks, tab
from gateway.web.firm.info.tab import INFO, Open
from gateway.web.page import Page, Visit
from gateway.web.words import later

SQUARE = ("x", "y", "size")  # of the picture that is shown, if somebody chose it (R-PHOTO-1)
SHOWN = 128  # pixels; half of it on screens of two dots a pixel
MOST = PICTURE.max_bytes + 64 * 1024  # bytes: the picture and the form around it
REFUSED = (*editing.REFUSED, problems.TooLarge, problems.TooSlow, problems.WrongMediaType)
TOO_LARGE = later("Choose a picture of at most 5 MB.")
NO_PICTURE = later("Choose a JPEG, PNG or WebP picture.")


async def show(visit: Visit) -> Response:
    """The photo; its id is in the address so that another one is another address."""

    async def content() -> object:
        return dump(await visit.call(Accounts.get_photo, account_id=visit.path_id(), size=SHOWN))

    return await visit.desk.downloads.answer(visit.request, await content(), content)


async def put(visit: Visit) -> Response:
    """Make the picture that was chosen the account's photo; who may is asked before any of it is read."""
    _, account, actions = await profile.opened(visit)
    if "change_photo" not in actions:
        raise problems.ActionNotAllowed(action="change_photo")
    try:
        is_there = await _taken(visit, account)
    except REFUSED as error:
        return await _drawn(visit, account, actions, _said(visit, error), sayings.status(error))
    if not is_there:
        return await _drawn(visit, account, actions, visit.language.say(NO_PICTURE), 422)
    return await _changed(visit, account, actions)


async def _taken(visit: Visit, account: Account) -> bool:
    """Whether there was a file in the form."""
    form = Form(visit.request, MOST, PICTURE.seconds)
    async with aclosing(form.files()) as files:
        async for part in files:
            path = uploads.new_path()
            async with visit.desk.uploads.kept(part.content, PICTURE, path):
                cut = {name: _pixels(form.fields[name]) for name in SQUARE if form.fields.get(name)}
                await visit.call(Accounts.set_photo, account_id=account.id, **{PICTURE.field: path}, **cut)
            return True
    return False


def _pixels(text: str) -> int | str:
    return int(text) if re.fullmatch("[0-9]{1,6}", text) else text


async def remove(visit: Visit) -> Response:
    """Show the initials instead."""
    _, account, actions = await profile.opened(visit)
    await visit.call(Accounts.delete_photo, account_id=account.id)
    return await _changed(visit, account, actions)


async def _changed(visit: Visit, account: Account, actions: Actions) -> Response:
    if not visit.is_part:
        return visit.go(f"/clients/{account.id}/info#photo")
    account = await tab.fresh(visit, account.id)
    return await marks.piece(visit, "firm/info/photo_alone.html", account, actions)


async def _drawn(visit: Visit, account: Account, actions: Actions, said: str, status: int) -> Response:
    opened = Open(name="photo", offers={}, problems={"photo": said})
    if visit.is_part:
        return await marks.piece(visit, "firm/info/photo.html", account, actions, opened=opened, status=status)
    return await tab.whole(visit, account, actions, opened, status)


def _said(visit: Visit, error: AppError) -> str:
    if isinstance(error, problems.TooLarge):
        return visit.language.say(TOO_LARGE)
    if isinstance(error, problems.WrongMediaType):
        return visit.language.say(NO_PICTURE)
    return " ".join(dict.fromkeys(sayings.by_field(visit, error).values()))


PAGES = (
    Page("GET", "/clients/{account_id}/photo/{photo_id}", show),
    Page("POST", f"{INFO}/photo", put, has_files=True),
    Page("POST", f"{INFO}/photo/removal", remove),
)
