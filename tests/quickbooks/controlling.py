"""`/_control/…`: what tests do to the simulator, and what people do in QuickBooks itself; 422 where it can't."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.quickbooks import faults, grants, writing
from tests.quickbooks.company import PERSON, Company
from tests.quickbooks.kinds import KINDS, shown
from tests.quickbooks.knobs import Knobs
from tests.quickbooks.world import World

Given = dict[str, Any]
SETTINGS = frozenset(
    (
        "is_disconnected", "has_lost_admin", "is_over", "closed_on", "numbers_itself", "longest_name",
        "refused_characters",
    )
)  # fmt: skip


def routes(world: World) -> list[Route]:
    """`GET /_control/state` tells; `POST /_control/{what}` with a JSON object calls the method of that name."""
    control = Control(world)

    async def do(request: Request) -> Response:
        what = request.path_params["what"]
        if what not in CALLS:
            return JSONResponse({"error": f"there is no such control: {what}"}, 404)
        try:
            given = await request.json() if await request.body() else {}
            return JSONResponse(await CALLS[what](control, given) or {})
        except faults.Fault as fault:
            return JSONResponse({"error": str(fault), "code": fault.code}, 422)
        except (KeyError, TypeError, ValueError) as problem:
            return JSONResponse({"error": f"{type(problem).__name__}: {problem}"}, 422)

    async def state(_: Request) -> Response:
        return JSONResponse(control.state())

    return [Route("/_control/state", state), Route("/_control/{what}", do, methods=["POST"])]


class Control:
    """Every call takes what the JSON object holds; `realm` may be left out while there is one company."""

    def __init__(self, world: World) -> None:
        self.world = world

    def state(self) -> Given:
        world = self.world
        return {
            "knobs": world.knobs.to_json(),
            "limits": {realm: gate.to_json() for realm, gate in world.gates.items()},
            "companies": {realm: self._tell_company(company) for realm, company in world.companies.items()},
            "mischief": world.mischief.done,
            "planned": len(world.mischief.planned),
            "tokens": {"refreshes": world.grants.refreshes, "refused": world.grants.refused},
            "webhooks": {
                "waiting": len(world.webhooks.waiting),
                "lost": world.webhooks.lost,
                "counts": world.webhooks.counts,
                "delivered": world.webhooks.delivered,
            },
        }

    @staticmethod
    def _tell_company(company: Company) -> Given:
        counts = {kind: len(records) for kind, records in company.records.items()}
        return {"name": company.name, "counts": counts, "writes": company.writes}

    def _company(self, given: Given) -> Company:
        realm = given.pop("realm", None) or next(iter(self.world.companies))
        return self.world.companies[realm]

    async def knobs(self, given: Given) -> None:
        self.world.knobs.set(**given)
        self.world.is_changed = True
        self.world.webhooks.wake()

    async def reset(self, given: Given) -> None:
        """Begin anew, with these knobs and all others as at first."""
        fresh = Knobs()
        fresh.set(**given)
        self.world.reset(fresh)

    async def company(self, given: Given) -> None:
        """Open another company: `realm`, `name`, `currency`."""
        if given["realm"] in self.world.companies:
            raise ValueError("there is such a company already")
        self.world.open_company(given["realm"], given["name"], given.get("currency", "USD"))

    async def create(self, given: Given) -> Given:
        """Create as a person: `kind`, `entity`."""
        company, kind = self._company(given), KINDS[given["kind"]]
        return writing.write(company, kind, given["entity"], by=given.get("by", PERSON))

    async def edit(self, given: Given) -> Given:
        """Change as a person: `kind`, `id`, `changes`; rename, deactivate, change an invoice."""
        company, kind = self._company(given), KINDS[given["kind"]]
        return writing.edit(company, kind, given["id"], given["changes"], given.get("by", PERSON))

    async def merge(self, given: Given) -> None:
        """Merge as a person: `kind`, `gone`, `into`."""
        writing.merge(self._company(given), KINDS[given["kind"]], given["gone"], given["into"], given.get("by", PERSON))

    async def remove(self, given: Given) -> Given:
        """Delete or, with `operation`, void as a person: `kind`, `id`."""
        company, kind = self._company(given), KINDS[given["kind"]]
        token = company.get(kind.name, given["id"])["SyncToken"]
        body = {"Id": given["id"], "SyncToken": token}
        return writing.write(company, kind, body, operation=given.get("operation", "delete"), by=PERSON)

    async def entities(self, given: Given) -> Given:
        """Everything of a company, or of one `kind`, inactive ones too."""
        company = self._company(given)
        kinds = [KINDS[given["kind"]]] if "kind" in given else list(KINDS.values())
        return {kind.name: [shown(company, kind, each) for each in company.all(kind.name).values()] for kind in kinds}

    async def settings(self, given: Given) -> None:
        """Set what a company is like.

        `is_disconnected`, `has_lost_admin`, `is_over` (no subscription), `closed_on` (the last day of closed books),
        `numbers_itself` (invoices without a number get the next one), `longest_name`, `refused_characters`.
        """
        company = self._company(given)
        for name, value in given.items():
            if name not in SETTINGS:
                raise ValueError(f"there is no such setting: {name}")
            setattr(company, name, value)
        if company.is_disconnected:
            self.world.grants.end(company.realm)
        self.world.is_changed = True

    async def connect(self, given: Given) -> Given:
        """Give tokens without the pages: `client`."""
        company, world = self._company(given), self.world
        client = given.get("client") or next(iter(world.knobs.clients))
        moment = world.clock.seconds()
        company.is_disconnected = False
        grant = world.grants.connect(client, company.realm, world.knobs, moment)
        return {**grants.answer(grant, moment, with_hard=True), "realm": company.realm}

    async def expire(self, given: Given) -> None:
        """End tokens at once: `which` is access, refresh or hard."""
        if given["which"] not in {"access", "refresh", "hard"}:
            raise ValueError("which: access, refresh or hard")
        self.world.grants.expire(given.get("realm"), given["which"])

    async def clock(self, given: Given) -> Given:
        """Set `offset_seconds` of Intuit's clock, or `advance` it by seconds."""
        clock = self.world.clock
        clock.offset_seconds = given.get("offset_seconds", clock.offset_seconds) + given.get("advance", 0)
        return {"now": clock.answered()}

    async def plan(self, given: Given) -> None:
        """Let the next fitting requests go wrong: `what`, `path`, `is_write`, `times`."""
        for _ in range(given.pop("times", 1)):
            self.world.mischief.plan(**given)

    async def release(self, given: Given) -> Given:
        """Send the webhooks that wait: `is_reversed`, `times`, `one_by_one`; gives the statuses."""
        return {"statuses": await self.world.webhooks.release(**given)}

    async def reset_limits(self, given: Given) -> None:
        """Forget every request counted so far."""
        for gate in self.world.gates.values():
            gate.forget()

    async def save(self, given: Given) -> None:
        self.world.save()


CALLS: dict[str, Callable[[Control, Given], Awaitable[Given | None]]] = {
    name: call for name, call in vars(Control).items() if not name.startswith("_") and name != "state"
}
