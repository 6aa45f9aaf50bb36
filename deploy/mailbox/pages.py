"""The mailbox in a browser: a list, and each mail as it was sent, where nothing that it holds can do anything."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from deploy.mailbox.keeping import Kept, Shelf

HERE = Path(__file__).parent
LISTED = 200
# Links in a mail open beside it; scripts, forms and whatever would be loaded from elsewhere stay out.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
COMMON = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
PAGE = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'"
MAIL = f"sandbox {SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


def app(shelf: Shelf, host: str) -> Starlette:
    """Make the pages over a shelf; answered to who asks for this machine by its own name alone."""
    pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)

    def page(template: str, status: int = 200, **facts: object) -> Response:
        headers = {**COMMON, "Content-Security-Policy": PAGE}
        return HTMLResponse(pages.get_template(template).render(**facts), status, headers)

    def asked(request: Request) -> Kept | None:
        return shelf.get(request.path_params["mail_id"])

    def mails(request: Request) -> Response:
        words = request.query_params.get("q", "")
        return page("list.html", mails=shelf.newest(LISTED, words), words=words)

    def mail(request: Request) -> Response:
        kept = asked(request)
        return page("missing.html", 404) if kept is None else page("mail.html", mail=kept, sandbox=SANDBOX)

    def html(request: Request) -> Response:
        kept = asked(request)
        if kept is None:
            return page("missing.html", 404)
        return HTMLResponse(_beside(kept.html), headers={**COMMON, "Content-Security-Policy": MAIL})

    def source(request: Request) -> Response:
        kept = asked(request)
        if kept is None:
            return page("missing.html", 404)
        named = {"Content-Disposition": f'attachment; filename="{kept.id}.eml"'}
        return Response(kept.raw, media_type="message/rfc822", headers={**COMMON, **named})

    def ready(_request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[
            Route("/", mails),
            Route("/readyz", ready),
            Route("/mails/{mail_id}", mail),
            Route("/mails/{mail_id}/html", html),
            Route("/mails/{mail_id}/source", source),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[host, "localhost"])],
    )


def _beside(html: str) -> str:
    """Let its links open beside the mailbox, not inside the frame."""
    base = '<base target="_blank">'
    head, tag, rest = html.partition("<head>")
    return f"{head}{tag}{base}{rest}" if tag else base + html
