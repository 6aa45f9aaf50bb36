"""Changes of an account's profile as server-sent events, to pages that are open and programs that follow.

A stream begins with the generation of each section its reader may see, tells which sections changed, and ends when
their session or their access does. Of each stream the names of changed sections are held, at most: whoever reads
slowly hears of several changes as one. Where events may have been missed the generations are told anew, so that the
reader knows what to fetch again.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

import orjson
from prometheus_client import Gauge
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from chassis.context import Context
from chassis.errors import DeadlineExceeded, Forbidden, NotFound, TooManyRequests, Unauthenticated, Unavailable
from chassis.logs import log
from contracts import changes
from contracts.overview import AccountRef
from gateway.bus import Bus

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_SECONDS = 20.0  # below the idle time-outs of what usually stands between
CHECK_SECONDS = 60.0  # between two looks at session and access, which events usually tell of at once
GATHER_SECONDS = 0.1  # what changes within is told as one
SPREAD_SECONDS = 2.0  # over which all streams ask again when the broker is back
RETRY_SECONDS = 3  # after which a browser that lost the stream opens it anew
MOST_OF_ONE = 24  # streams of one member: each tab that is looked at has one
MOST = 5000  # streams of a process
ENDING = (Unauthenticated, NotFound, Forbidden)  # what says that there is nothing more to tell this reader
TRYING = (Unavailable, DeadlineExceeded)

STREAMS = Gauge("dossier_change_streams", "Streams of changes that are open")

Renew = Callable[[], Awaitable[Context]]


class TooManyStreams(TooManyRequests):
    """You follow too many accounts at a time; close some pages and try again."""

    code = "too_many_streams"


class Follower:
    """Who has an account open, and what is still to be told to them."""

    def __init__(self, firm_id: UUID, account_id: UUID, member_id: UUID | None) -> None:
        self.firm_id, self.account_id, self.member_id = firm_id, account_id, member_id
        self.names: set[str] = set()
        self.is_doubtful = False  # session, access, or whether all was heard
        self.delay = 0.0  # s before it is looked into
        self.is_over = False
        self.woken = asyncio.Event()

    def tell(self, names: Iterable[str]) -> None:
        self.names.update(names)
        self.woken.set()

    def doubt(self, delay: float = 0.0) -> None:
        self.is_doubtful, self.delay = True, delay
        self.woken.set()

    def end(self) -> None:
        self.is_over = True
        self.woken.set()


class ChangesResponse(StreamingResponse):
    """A stream that says when it is over, however it came to that."""

    media_type = MEDIA_TYPE

    def __init__(self, parts: AsyncIterator[bytes], over: Callable[[], None]) -> None:
        super().__init__(parts, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._over = over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._over()


class Streams:
    """The streams that this process has open."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._followers: set[Follower] = set()
        self._of_account: dict[UUID, set[Follower]] = {}
        self._of_member: Counter[UUID | None] = Counter()
        bus.subscribe((changes.SectionsChanged.TYPE,), self._heard, self._missed)  # type: ignore[attr-defined]

    @staticmethod
    def wants(request: Request) -> bool:
        """Whether the caller wants a stream, rather than how it is at present."""
        return request.method == "GET" and MEDIA_TYPE in request.headers.get("accept", "")

    async def answer(self, ctx: Context, account_id: UUID, renew: Renew) -> ChangesResponse:
        """Begin a stream; `renew` gives the caller's context anew, or raises what ends it. Raises TooManyStreams."""
        member_id = ctx.actor.id
        if self._of_member[member_id] >= MOST_OF_ONE or len(self._followers) >= MOST:
            raise TooManyStreams(retry_after_seconds=HEARTBEAT_SECONDS)
        follower = Follower(ctx.firm, account_id, member_id)
        self._add(follower)
        try:
            first = await self._generations(ctx, account_id)
        except BaseException:
            self._remove(follower)
            raise
        return ChangesResponse(self._events(follower, renew, first), lambda: self._remove(follower))

    def doubt_account(self, account_id: UUID) -> None:
        """Look again whether the readers of an account may go on."""
        for follower in self._of_account.get(account_id, ()):
            follower.doubt()

    def doubt_member(self, member_id: UUID) -> None:
        """Look again at whatever a member reads."""
        for follower in self._followers:
            if follower.member_id == member_id:
                follower.doubt()

    def close(self) -> None:
        """End all streams, since the process is about to stop; their readers open others elsewhere."""
        for follower in self._followers:
            follower.end()

    def _heard(self, _: str, body: bytes) -> None:
        try:
            event = orjson.loads(body)
            names, firm_id = [str(name) for name in event["sections"]], UUID(event["firm_id"])
            account_id = event["account_id"] and UUID(event["account_id"])
        except (ValueError, KeyError, TypeError):
            log.exception("an event is not as its contract says", type="overview.sections_changed")
            self._missed()
            return
        if account_id is None:
            for follower in self._followers:
                if follower.firm_id == firm_id:
                    follower.tell(names)
        else:
            for follower in self._of_account.get(account_id, ()):
                follower.tell(names)

    def _missed(self) -> None:
        for follower in self._followers:
            follower.doubt(random.uniform(0, SPREAD_SECONDS))  # noqa: S311 (spreads load, guards nothing)

    async def _events(self, follower: Follower, renew: Renew, first: Any) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        yield b"retry: %d\n\n" % (RETRY_SECONDS * 1000) + _event("generations", first)
        seen, check_at = _names(first), loop.time() + CHECK_SECONDS
        while not follower.is_over:
            if await _woken(follower.woken, HEARTBEAT_SECONDS):
                await asyncio.sleep(GATHER_SECONDS + follower.delay)
            follower.woken.clear()
            if follower.is_over:
                break
            told: bytes = b":\n\n"
            if follower.is_doubtful or loop.time() >= check_at:
                follower.is_doubtful, follower.delay = False, 0.0
                names, follower.names = follower.names, set()
                try:
                    present = await self._generations(await renew(), follower.account_id)
                except ENDING as error:
                    yield _event("ended", {"reason": error.code})
                    return
                except TRYING:
                    follower.is_doubtful, follower.names = True, follower.names | names  # at the next heartbeat
                else:
                    seen, check_at = _names(present), loop.time() + CHECK_SECONDS
                    told = _event("generations", present)
            elif follower.names:
                names, follower.names = follower.names & seen, set()
                if not names:
                    continue
                told = _event("changed", {"sections": sorted(names)})
            yield told
        yield _event("ended", {"reason": "restart"})

    async def _generations(self, ctx: Context, account_id: UUID) -> Any:
        call = changes.Changes.get_generations.__name__
        return await self._bus.call(ctx, changes.Changes.NAME, call, AccountRef(account_id=account_id))

    def _add(self, follower: Follower) -> None:
        self._followers.add(follower)
        self._of_account.setdefault(follower.account_id, set()).add(follower)
        self._of_member[follower.member_id] += 1
        STREAMS.set(len(self._followers))

    def _remove(self, follower: Follower) -> None:
        if follower not in self._followers:
            return
        self._followers.remove(follower)
        others = self._of_account[follower.account_id]
        others.remove(follower)
        if not others:
            del self._of_account[follower.account_id]
        self._of_member[follower.member_id] -= 1
        if not self._of_member[follower.member_id]:
            del self._of_member[follower.member_id]
        STREAMS.set(len(self._followers))


async def _woken(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _names(generations: Any) -> set[str]:
    return {one["name"] for one in generations["sections"]}


def _event(kind: str, data: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(data))
