"""What accounts serves and listens to."""

from chassis.context import Context
from chassis.service import Service, client, every, on, read, serve, write
from contracts.accounts import Account, Accounts, CreateAccount, ImportedRows, ImportRows
from contracts.contacts import ContactChanged, ContactCreated, ContactDeleted, Contacts, LinksChanged
from contracts.identity import MemberChanged, MemberCreated, MemberDeactivated, MemberRestored
from services.accounts import driving, exporting, importing, members, naming, queries
from services.accounts.operations import accounts, tags, teams
from services.accounts.timing import SWEEP_SECONDS


class AccountsService(Service):
    name = Accounts.NAME
    contacts = client(Contacts)

    @serve
    def create_account(self, ctx: Context, request: CreateAccount) -> Account:
        return driving.create(self.db, self.contacts, ctx, request)

    @serve
    def import_rows(self, ctx: Context, request: ImportRows) -> ImportedRows:
        return importing.import_rows(self.db, self.contacts, ctx, request)

    @every(SWEEP_SECONDS)
    def mend_openings(self) -> None:
        driving.mend(self.db, self.contacts, Context())

    get_account = read(queries.get_account)
    get_accounts = read(queries.get_accounts)
    get_access = read(queries.get_access)
    list_viewers = read(queries.list_viewers)
    list_tags = read(queries.list_tags)
    export = read(exporting.export)
    list_access_requests = read(queries.list_access_requests)

    change_account = write(accounts.change_account)
    archive_account = write(accounts.archive_account)
    reactivate_account = write(accounts.reactivate_account)
    follow = write(accounts.follow)
    set_team = write(teams.set_team)
    request_access = write(teams.request_access)
    answer_access_request = write(teams.answer_access_request)
    set_tags = write(tags.set_tags)
    create_tag = write(tags.create_tag)
    change_tag = write(tags.change_tag)
    delete_tag = write(tags.delete_tag)

    on_member_created = on(MemberCreated, members.told)
    on_member_changed = on(MemberChanged, members.told)
    on_member_deactivated = on(MemberDeactivated, members.told)
    on_member_restored = on(MemberRestored, members.told)
    on_contact_created = on(ContactCreated, naming.contact_told)
    on_contact_changed = on(ContactChanged, naming.contact_told)
    on_contact_deleted = on(ContactDeleted, naming.contact_deleted)
    on_links_changed = on(LinksChanged, naming.links_changed)
