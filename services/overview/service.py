"""The calls and subscriptions of the overview service."""

from dataclasses import replace
from typing import Any, cast

from nameko.extensions import DependencyProvider

from chassis.context import Context
from chassis.db import advisory_lock
from chassis.service import Callers, Service, every, foreign, on, read, serve
from chassis.wire import EVENTS
from contracts import accounts, contacts, identity
from contracts.overview import GetProfile, Overview, Profile
from contracts.sections import ListSection, SectionRows, SectionSource
from services.overview import directory, memory, sections
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

    search = read(search.search)
    list_accounts = read(lists.list_accounts)
    list_related = read(lists.list_related)

    on_account_created = on(accounts.AccountCreated, directory.account_created)
    on_account_changed = on(accounts.AccountChanged, directory.account_changed)
    on_account_deleted = on(accounts.AccountDeleted, directory.account_deleted)
    on_account_deleted_forget = on(accounts.AccountDeleted, memory.account_deleted)
    on_tag_changed = on(accounts.TagChanged, directory.tag_changed)
    on_contact_created = on(contacts.ContactCreated, directory.contact_created)
    on_contact_changed = on(contacts.ContactChanged, directory.contact_changed)
    on_contact_deleted = on(contacts.ContactDeleted, directory.contact_deleted)
    on_links_changed = on(contacts.LinksChanged, directory.links_changed)
    on_firm_created = on(identity.FirmCreated, memory.firm_created)

    for _kind, _event in EVENTS.items():
        if hasattr(_event, "SECTIONS"):
            vars()[f"on {_kind}"] = on(_event, memory.invalidate)
    on_foreign_event = foreign(memory.invalidate_foreign, sections.foreign_events)

    @every(SWEEP_SECONDS)
    def forget_unread(self) -> None:
        """Drop what nobody looked at for a month, firm by firm, in one process at a time."""
        with self.db.transaction(Context()) as session:
            if not advisory_lock(session, "overview.forget_unread"):
                return
            firms = memory.firms(session)
            for firm_id in firms:
                ctx = Context(firm_id=firm_id)
                with self.db.transaction(ctx) as of_firm:
                    memory.forget_unread(of_firm, ctx)
