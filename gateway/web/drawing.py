"""Draws a page: templates that escape whatever is put into them, and headers that let nothing else in."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.responses import HTMLResponse, Response

from gateway.web.languages import LANGUAGES, Instant, Language
from gateway.web.languages import language as spoken

STATIC = Path(__file__).parent / "static"
HTMX = "vendor/htmx-4.0.1.min.js"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# What templates say by a filter of the reader's language, and with their time zone.
SAID = ("ago", "date", "day", "money", "number", "place", "short_day", "size")
SAID_IN_ZONE = ("at", "exactly", "on", "when")
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie, HX-Request",
}


def draw(language: Language, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
    html = _environment(language.code).get_template(template).render({**values, "speaks": language})
    return HTMLResponse(html, status, {**HEADERS, "Content-Language": language.code})


@cache
def _environment(code: str) -> Environment:
    """One for each language: a template is compiled with the language's texts."""
    texts = spoken(code).texts
    made = Environment(
        loader=PackageLoader("gateway.web"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # a file system asked for each piece of a page costs a tenth of it
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"language": code, "languages": LANGUAGES, "asset": asset, "htmx": HTMX}
    made.filters |= {name: _said(name) for name in SAID} | {name: _said_in_zone(name) for name in SAID_IN_ZONE}
    return made


def _said(name: str) -> Callable[..., str]:
    """A filter that says a value as the page's reader does."""

    @pass_context
    def say(context: Context, value: Any, *others: Any) -> str:
        said: str = getattr(context["speaks"], name)(value, *others)
        return said

    return say


def _said_in_zone(name: str) -> Callable[..., str]:
    """The same of an instant, in the reader's time zone."""

    @pass_context
    def say(context: Context, instant: Instant) -> str:
        said: str = getattr(context["speaks"], name)(instant, context["zone"])
        return said

    return say


@cache
def asset(name: str) -> str:
    """The address of a file of ours, another one whenever a byte is: browsers keep it for a day."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"
