"""What every answer says to browsers, whatever it answers: nothing that was not said otherwise is allowed."""

from starlette.requests import Request
from starlette.responses import Response

YEAR = 31_536_000  # s
EVERY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


def harden(request: Request, response: Response) -> None:
    """Add what the answer does not say by itself."""
    for name, value in EVERY.items():
        response.headers.setdefault(name, value)
    if request.url.scheme == "https":
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
