"""The calls and subscriptions of the overview service."""

from dataclasses import replace
from typing import Any, cast

from nameko.extensions import DependencyProvider

from chassis.context import Context
from chassis.errors import Unavailable
from chassis.logs import log
from chassis.service import Callers, Service, client, every, foreign, on, read, serve, write
from chassis.wire import EVENTS
from contracts import identity
from contracts.accounts import AccountDeleted, Accounts
from contracts.changes import Generations
from contracts.contacts import Contacts
from contracts.history import History, ListHistory
from contracts.overview import AccountRef, AccountSheet, ContactSheet, GetProfile, Overview, Profile, SheetPage
from contracts.sections import ListSection, SectionRows, SectionSource
from contracts.work import Work
from services.overview import directory, exports, history, memory, opened, sections, sheets
from services.overview.compose import Composer, Flights
from services.overview.queries import lists, search

SWEEP_SECONDS = 3600
OPENED_SECONDS = 2.0  # between two writes of what members opened


class Composing(DependencyProvider):
    """What composing takes from the process: its settings and the questions under way in it."""

    def setup(self) -> None:
        settings = self.container.config["settings"]
        self.given = (settings.source_seconds, settings.section_ttl_seconds, Flights())

    def get_dependency(self, worker_ctx: Any) -> tuple[float, float, Flights]:  # noqa: ARG002
        return self.given


class Opening(DependencyProvider):
    """What members opened since it was last written."""

    def setup(self) -> None:
        self.openings = opened.Openings()

    def get_dependency(self, worker_ctx: Any) -> opened.Openings:  # noqa: ARG002
        return self.openings


class OverviewService(Service):
    name = Overview.NAME

    composing: Any = Composing()
    openings: Any = Opening()
    source: Any = Callers()
    accounts = client(Accounts)
    contacts = client(Contacts)
    work = client(Work)

    @serve
    def get_profile(self, ctx: Context, request: GetProfile) -> Profile:
        """A dict of the profile's shape: remembered rows go out as the JSON they are kept as."""
        wanted = sections.configured().wanted(ctx.actor, request.sections)
        self.openings.note(ctx, request.account_id)
        profile = Composer(self.db, self.source, *self.composing).profile(ctx, request.account_id, wanted)
        return cast("Profile", profile)

    @serve
    def get_generations(self, ctx: Context, request: AccountRef) -> Generations:
        wanted = sections.configured().wanted(ctx.actor, None)
        return memory.generations(self.db, ctx, request.account_id, wanted)

    @every(OPENED_SECONDS)
    def write_opened(self) -> None:
        """Keep what members opened since the last time, firm by firm; what can't be kept is forgotten."""
        for firm_id, noted in self.openings.take().items():
            ctx = Context(firm_id=firm_id)
            try:
                with self.db.transaction(ctx) as session:
                    opened.write(session, ctx, noted)
            except Unavailable as exc:
                log.warning("what was opened is not kept", error=str(exc), firm_id=str(firm_id))

    @serve
    def list_section(self, ctx: Context, request: ListSection) -> SectionRows:
        """The owner's own list under the viewer's scope, whatever scope was asked for."""
        (wanted,) = sections.configured().wanted(ctx.actor, [request.name])
        source = self.source(wanted.source, SectionSource, ctx.remaining)
        return cast("SectionRows", source.list_section(ctx, replace(request, scope=wanted.scope)))

    @serve
    def list_history(self, ctx: Context, request: ListHistory) -> History:
        return history.of_account(ctx, request, (self.accounts, self.contacts))

    @serve
    def get_account_sheet(self, ctx: Context, request: AccountSheet) -> SheetPage:
        return sheets.account_sheet(self.db, self.accounts, self.work, ctx, request)

    @serve
    def get_contact_sheet(self, ctx: Context, request: ContactSheet) -> SheetPage:
        return sheets.contact_sheet(self.db, self.contacts, ctx, request)

    start_export = write(exports.start_export)
    end_export = write(exports.end_export)
    list_exports = read(exports.list_exports)

    search = read(search.search)
    list_accounts = read(lists.list_accounts)
    list_related = read(lists.list_related)

    for _event, _handler in directory.HANDLERS.items():
        vars()[f"on {_event.TYPE}"] = on(_event, memory.followed(_handler))
    on_account_deleted = on(AccountDeleted, memory.account_deleted)
    on_account_deleted_opened = on(AccountDeleted, opened.account_deleted)
    on_firm_created = on(identity.FirmCreated, memory.firm_created)

    for _kind, _event in EVENTS.items():
        if hasattr(_event, "SECTIONS"):
            vars()[f"sections on {_kind}"] = on(_event, memory.invalidate)
    on_foreign_event = foreign(memory.invalidate_foreign, sections.foreign_events)

    @every(SWEEP_SECONDS)
    def forget_unread(self) -> None:
        """Drop what nobody looked at for a month, firm by firm."""
        with self.db.reading(Context()) as session:
            firm_ids = memory.firms(session)
        for firm_id in firm_ids:
            ctx = Context(firm_id=firm_id)
            with self.db.transaction(ctx) as session:
                memory.forget_unread(session, ctx)
