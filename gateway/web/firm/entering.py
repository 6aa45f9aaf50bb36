"""Pages by which members come in and leave, and the front door."""

from starlette.responses import Response

from chassis.errors import Invalid, TooManyRequests, Unauthenticated
from chassis.wire import load
from contracts.identity import ChooseFirm, Credential, Identities, SignIn, WrongCredentials
from gateway import auth
from gateway.auth import COOKIE
from gateway.web.page import SIGN_IN, Page, Visit

HOME = "/clients"
REFUSED = (Invalid, WrongCredentials, TooManyRequests)


async def front_door(visit: Visit) -> Response:
    """Lead to the client list, or to signing in."""
    await visit.member()
    return visit.go(HOME)


async def show_sign_in(visit: Visit) -> Response:
    return visit.draw("firm/sign_in.html", firms=(), wanted=visit.wanted, is_out=visit.query.get("done") == "out")


async def sign_in(visit: Visit) -> Response:
    """Begin a session under a fresh token, and go where the member wanted to."""
    wanted = {"firms": (), "wanted": visit.wanted, "is_out": False}
    missing = visit.missing("email", "password")
    if missing:
        return visit.draw("firm/sign_in.html", 422, problems=missing, **wanted)
    fields = {name: visit.form[name] for name in ("email", "password", "firm_id") if visit.form.get(name)}
    try:
        signed_in = await visit.ask(Identities.sign_in, load(SignIn, {**fields, **visit.came}, strict=True))
    except ChooseFirm as error:
        return visit.refuse("firm/sign_in.html", error, **wanted | {"firms": error.data["firms"]})
    except REFUSED as error:
        return visit.refuse("firm/sign_in.html", error, **wanted)
    return visit.go(visit.wanted or HOME, visit.session_cookie(signed_in.token, signed_in.expires_at, COOKIE))


async def sign_out(visit: Visit) -> Response:
    """End the session that came along, if any."""
    try:
        token = auth.token_of(visit.request)
    except Unauthenticated:
        pass
    else:
        await visit.ask(Identities.sign_out, Credential(token=token))
    return visit.go(f"{SIGN_IN}?done=out", visit.session_cookie("", None, COOKIE))


PAGES = (
    Page("GET", "/", front_door),
    Page("GET", SIGN_IN, show_sign_in),
    Page("POST", SIGN_IN, sign_in),
    Page("POST", "/sign-out", sign_out),
)
