"""What the company holds, in a browser, and the few things that a person may do to it there."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.quickbooks import faults, writing
from tests.quickbooks.company import PERSON, Company, Record
from tests.quickbooks.kinds import KINDS, shown
from tests.quickbooks.world import World

LISTED = 200
SHOWN = ("Customer", "Invoice", "CreditMemo", "Payment", "RefundReceipt", "Purchase", "Item", "Vendor")
# Nothing on the page is fetched from elsewhere, and no other page may frame it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
LABELS = {"rename": "Rename", "inactive": "Make inactive", "active": "Make active", "void": "Void", "delete": "Delete"}


def routes(world: World) -> list[Route]:
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    template = environment.get_template("books.html")

    def page(company: Company, kind: str, words: str = "", problem: str = "", status: int = 200) -> Response:
        rows = [_row(company, kind, record) for record in reversed(company.all(kind).values())]
        found = [row for row in rows if words.casefold() in row["words"]]
        counts = {each: len(company.all(each)) for each in SHOWN}
        facts: dict[str, Any] = {"rows": found[:LISTED], "total": len(found), "counts": counts, "labels": LABELS}
        text = template.render(company=company, kind=kind, words=words, problem=problem, **facts)
        return HTMLResponse(text, status, HEADERS)

    async def books(request: Request) -> Response:
        company = next(iter(world.companies.values()))
        kind = request.path_params.get("kind", SHOWN[0])
        if kind not in SHOWN:
            return PlainTextResponse("There is no such list.", 404)
        return page(company, kind, request.query_params.get("q", ""))

    async def act(request: Request) -> Response:
        """Do it as a person does, then show the list again; only for a form of these pages."""
        if request.headers.get("origin") not in {None, str(request.base_url).rstrip("/")}:
            return PlainTextResponse("This form is not ours.", 403)
        company, kind = next(iter(world.companies.values())), request.path_params["kind"]
        given = dict(parse_qsl((await request.body()).decode(errors="replace")))
        words = given.get("q", "")
        try:
            _do(company, kind, request.path_params["id"], given)
        except faults.Fault as fault:
            return page(company, kind, words, str(fault), 422)
        except (KeyError, ValueError):
            return page(company, kind, words, "This can't be done with it.", 422)
        world.is_changed = True
        return RedirectResponse(f"/books/{kind}?q={quote(words)}", 303)

    async def ready(_: Request) -> Response:
        return PlainTextResponse("ok")

    return [
        Route("/", books),
        Route("/readyz", ready),
        Route("/books/{kind}", books),
        Route("/books/{kind}/{id}", act, methods=["POST"]),
    ]


def _do(company: Company, name: str, record_id: str, given: dict[str, str]) -> None:
    """Raises Fault, KeyError for what there isn't."""
    kind = KINDS[name]
    change: Record = {"Id": record_id, "SyncToken": company.get(name, record_id)["SyncToken"], "sparse": True}
    match given["do"]:
        case "rename":
            field = "DisplayName" if kind.family == "names" else "Name"
            writing.write(company, kind, {**change, field: given["name"]}, by=PERSON)
        case "active" | "inactive" as wanted:
            writing.write(company, kind, {**change, "Active": wanted == "active"}, by=PERSON)
        case "void" | "delete" as operation:
            writing.write(company, kind, change, operation=operation, by=PERSON)
        case other:
            raise KeyError(other)


def _row(company: Company, kind: str, record: Record) -> dict[str, Any]:
    told = shown(company, KINDS[kind], record)
    customer = company.find("Customer", told.get("CustomerRef", {}).get("value"))
    is_active = told.get("Active", True)
    if not KINDS[kind].is_transaction:
        can = ["rename", "inactive" if is_active else "active"]
    else:
        can = ["void", "delete"] if kind in {"Invoice", "Payment"} else ["delete"]
    row = {
        "id": told["Id"],
        "name": told.get("DisplayName") or told.get("Name") or told.get("DocNumber") or told.get("PaymentRefNum") or "",
        "customer": customer["DisplayName"] if customer else "",
        "on": told.get("TxnDate", ""),
        "amount": told.get("TotalAmt", told.get("UnitPrice")),
        "open": told.get("UnappliedAmt", told.get("RemainingCredit", told.get("Balance"))),
        "is_active": is_active,
        "changed_at": told["MetaData"]["LastUpdatedTime"],
        "by": record.get("_by", ""),
        "can": can,
    }
    return {**row, "words": f"{row['id']} {row['name']} {row['customer']}".casefold()}
