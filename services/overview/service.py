"""The calls and subscriptions of the overview service."""

from dataclasses import replace
from typing import Any, cast

from nameko.extensions import DependencyProvider

from chassis.context import Context
from chassis.service import Callers, Service, client, every, foreign, on, read, serve
from chassis.wire import EVENTS
from contracts import accounts, contacts, identity
from contracts.history import History, ListHistory
from contracts.overview import GetProfile, Overview, Profile
from contracts.sections import ListSection, SectionRows, SectionSource
from services.overview import directory, history, memory, sections
from services.overview.compose import Composer, Flights
from services.overview.queries import lists, search

SWEEP_SECONDS = 3600


class Composing(DependencyProvider):
    """What composing takes from the process: its settings and the questions under way in it."""

    def setup(self) -> None:
        settings = self.container.config["settings"]
        self.given = (settings.source_seconds, settings.section_ttl_seconds, Flights())

    def get_dependency(self, worker_ctx: Any) -> tuple[float, float, Flights]:  # noqa: ARG002
        return self.given


class OverviewService(Service):
    name = Overview.NAME

    composing: Any = Composing()
    source: Any = Callers()
    of_accounts = client(accounts.Accounts)
    of_contacts = client(contacts.Contacts)

    @serve
    def get_profile(self, ctx: Context, request: GetProfile) -> Profile:
        """A dict of the profile's shape: remembered rows go out as the JSON they are kept as."""
        wanted = sections.configured().wanted(ctx.actor, request.sections)
        profile = Composer(self.db, self.source, *self.composing).profile(ctx, request.account_id, wanted)
        return cast("Profile", profile)

    @serve
    def list_section(self, ctx: Context, request: ListSection) -> SectionRows:
        """The owner's own list under the viewer's scope, whatever scope was asked for."""
        (wanted,) = sections.configured().wanted(ctx.actor, [request.name])
        source = self.source(wanted.section.source, SectionSource, ctx.remaining)
        return cast("SectionRows", source.list_section(ctx, replace(request, scope=wanted.scope)))

    @serve
    def list_history(self, ctx: Context, request: ListHistory) -> History:
        return history.of_account(ctx, request, (self.of_accounts, self.of_contacts))

    search = read(search.search)
    list_accounts = read(lists.list_accounts)
    list_related = read(lists.list_related)

    for _event, _handler in directory.HANDLERS.items():
        vars()[f"on {_event.TYPE}"] = on(_event, memory.followed(_handler))
    on_account_deleted = on(accounts.AccountDeleted, memory.account_deleted)
    on_firm_created = on(identity.FirmCreated, memory.firm_created)

    for _kind, _event in EVENTS.items():
        if hasattr(_event, "SECTIONS"):
            vars()[f"on {_kind}"] = on(_event, memory.invalidate)
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
