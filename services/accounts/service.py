"""What accounts serves and listens to."""

from chassis.context import Context
from chassis.offhub import BlobStore, OneAtATime
from chassis.service import Service, client, every, on, read, serve, write
from contracts.accounts import Account, Accounts, CreateAccount, ImportedRows, ImportRows, Photo, SetPhoto
from contracts.billing import BalanceChanged
from contracts.contacts import AccessChanged, ContactChanged, ContactCreated, ContactDeleted, Contacts, LinksChanged
from contracts.identity import MemberChanged, MemberCreated, MemberDeactivated, MemberRestored
from contracts.imports import AssignColumns, CreateImport, Import
from contracts.proposals import ProposalSigned
from services.accounts import (
    driving,
    exporting,
    history,
    importing,
    intake,
    members,
    naming,
    owed,
    photos,
    portal,
    queries,
)
from services.accounts import imports as told
from services.accounts.operations import accounts, fields, imports, roles, tags, teams, trash
from services.accounts.operations.photos import delete_photo
from services.accounts.timing import IMPORT_SECONDS, SWEEP_SECONDS, TRASH_SWEEP_SECONDS


class AccountsService(Service):
    name = Accounts.NAME
    needs = ("blobs",)
    contacts = client(Contacts)
    blobs = BlobStore()
    compute = OneAtATime()

    @serve
    def create_account(self, ctx: Context, request: CreateAccount) -> Account:
        return driving.create(self.db, self.contacts, ctx, request)

    @serve
    def import_rows(self, ctx: Context, request: ImportRows) -> ImportedRows:
        return importing.import_rows(self.db, self.contacts, ctx, request)

    @serve
    def set_photo(self, ctx: Context, request: SetPhoto) -> Photo:
        return photos.set_photo(self.db, self.blobs, self.compute, ctx, request)

    @serve
    def create_import(self, ctx: Context, request: CreateImport) -> Import:
        return intake.create_import(self.db, self.contacts, self.blobs, self.compute, ctx, request)

    @serve
    def assign_columns(self, ctx: Context, request: AssignColumns) -> Import:
        return intake.assign_columns(self.db, self.contacts, self.compute, ctx, request)

    @every(IMPORT_SECONDS)
    def load_imports(self) -> None:
        intake.work(self.db, self.contacts, Context())

    @every(TRASH_SWEEP_SECONDS)
    def forget_imports(self) -> None:
        intake.sweep(self.db, Context())

    @every(SWEEP_SECONDS)
    def mend_openings(self) -> None:
        driving.mend(self.db, self.contacts, Context())

    @every(TRASH_SWEEP_SECONDS)
    def empty_trash(self) -> None:
        trash.empty(self.db, Context())

    @every(SWEEP_SECONDS)
    def sweep_photos(self) -> None:
        photos.sweep(self.db, self.blobs, Context())

    get_import = read(told.get_import)
    list_imports = read(told.list_imports)
    list_import_rows = read(told.list_import_rows)
    get_import_report = read(told.get_import_report)
    get_account = read(queries.get_account)
    get_photo = read(queries.get_photo)
    get_accounts = read(queries.get_accounts)
    get_access = read(queries.get_access)
    list_viewers = read(queries.list_viewers)
    list_tags = read(queries.list_tags)
    list_account_fields = read(queries.list_account_fields)
    list_account_roles = read(queries.list_account_roles)
    list_trash = read(queries.list_trash)
    export = read(exporting.export)
    list_changes = read(history.list_changes)
    list_access_requests = read(queries.list_access_requests)

    start_import = write(imports.start_import)
    stop_import = write(imports.stop_import)
    change_account = write(accounts.change_account)
    archive_account = write(accounts.archive_account)
    reactivate_account = write(accounts.reactivate_account)
    follow = write(accounts.follow)
    delete_account = write(trash.delete_account)
    restore_account = write(trash.restore_account)
    create_account_field = write(fields.create_account_field)
    change_account_field = write(fields.change_account_field)
    delete_account_field = write(fields.delete_account_field)
    set_roles = write(roles.set_roles)
    create_account_role = write(roles.create_account_role)
    rename_account_role = write(roles.rename_account_role)
    delete_account_role = write(roles.delete_account_role)
    delete_photo = write(delete_photo)
    set_team = write(teams.set_team)
    request_access = write(teams.request_access)
    answer_access_request = write(teams.answer_access_request)
    set_tags = write(tags.set_tags)
    create_tag = write(tags.create_tag)
    change_tag = write(tags.change_tag)
    delete_tag = write(tags.delete_tag)

    on_balance_changed = on(BalanceChanged, owed.balance_changed)
    on_member_created = on(MemberCreated, members.told)
    on_member_changed = on(MemberChanged, members.told)
    on_member_deactivated = on(MemberDeactivated, members.told)
    on_member_restored = on(MemberRestored, members.told)
    on_contact_created = on(ContactCreated, naming.contact_told)
    on_contact_changed = on(ContactChanged, naming.contact_told)
    on_contact_deleted = on(ContactDeleted, naming.contact_deleted)
    on_links_changed = on(LinksChanged, naming.links_changed)
    on_access_changed = on(AccessChanged, portal.access_changed)
    on_proposal_signed = on(ProposalSigned, tags.proposal_signed)
