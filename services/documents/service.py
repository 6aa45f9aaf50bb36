"""What documents serves and listens to."""

from dataclasses import replace
from uuid import UUID

from chassis.context import Actor, Context
from chassis.offhub import BlobStore, OneAtATime
from chassis.service import Service, client, every, on, read, serve, write
from contracts import documents as promised
from contracts import folders as promised_folders
from contracts import portal_documents as portal
from contracts import signatures as promised_signatures
from contracts import signing
from contracts.accounts import AccountDeleted
from contracts.billing import InvoiceChanged
from contracts.contacts import AccountRef, Contacts, LinksChanged
from contracts.files import Archive, Content
from contracts.identity import Identities, ListMembers
from services.documents import files, first, links, reading, requesting
from services.documents.operations import (
    approvals,
    documents,
    exemptions,
    folders,
    following,
    locks,
    organizer_templates,
    organizers,
    signatures,
    trash,
)
from services.documents.operations import signing as signs
from services.documents.queries import documents as shown
from services.documents.queries import exemptions as exempted
from services.documents.queries import folders as tree
from services.documents.queries import organizers as organized
from services.documents.queries import requests as asked
from services.documents.queries import rows, sections
from services.documents.queries.trash import list_trashed

SWEEP_SECONDS = 60
TRASH_SWEEP_SECONDS = 3600


class DocumentsService(Service):
    name = promised.Documents.NAME
    needs = ("blobs",)
    contacts = client(Contacts)
    identities = client(Identities)
    blobs = BlobStore()
    compute = OneAtATime()

    get_sections = read(sections.get_sections)
    list_section = read(sections.list_section)

    @serve
    def upload_document(self, ctx: Context, request: promised.UploadDocument) -> promised.Document:
        return files.upload_document(self.db, self.blobs, ctx, request)

    @serve
    def upload_version(self, ctx: Context, request: promised.UploadVersion) -> promised.Document:
        return files.upload_version(self.db, self.blobs, ctx, request)

    @serve
    def adopt_file(self, ctx: Context, request: promised.AdoptFile) -> promised.Document:
        return files.adopt_file(self.db, self.blobs, ctx, request)

    @serve
    def get_file(self, ctx: Context, request: promised.GetFile) -> Content:
        return reading.get_file(self.db, ctx, request)

    @serve
    def get_archive(self, ctx: Context, request: promised.GetArchive) -> Archive:
        return reading.get_archive(self.db, ctx, request)

    list_documents = read(shown.list_documents)
    get_document = read(shown.get_document)
    list_versions = read(shown.list_versions)
    change_document = write(documents.change_document)
    delete_document = write(documents.delete_document)
    mark_unseen = write(documents.mark_unseen)
    restore_version = write(documents.restore_version)

    @serve
    def list_folders(self, ctx: Context, request: promised_folders.AccountRef) -> promised_folders.FolderList:
        first.ensure(self.db, ctx, request.account_id)
        with self.db.reading(ctx) as session:
            return tree.list_folders(session, ctx, request)

    create_folder = write(folders.create_folder)
    change_folder = write(folders.change_folder)
    delete_folder = write(folders.delete_folder)
    list_trashed = read(list_trashed)
    restore_item = write(trash.restore_item)
    purge_item = write(trash.purge_item)

    @serve
    def list_exemptions(self, ctx: Context, request: promised_folders.ItemRef) -> promised_folders.Exemptions:
        names = self._people(ctx, request.account_id)
        with self.db.reading(ctx) as session:
            return exempted.list_exemptions(session, ctx, request, names)

    @serve
    def set_exemptions(self, ctx: Context, request: promised_folders.SetExemptions) -> promised_folders.Exemptions:
        names = self._people(ctx, request.account_id)
        with self.db.transaction(ctx) as session:
            exemptions.set_exemptions(session, ctx, request, names.keys())
            session.flush()
            asked = promised_folders.ItemRef(account_id=request.account_id, item_id=request.item_id)
            return exempted.list_exemptions(session, ctx, asked, names)

    def _people(self, ctx: Context, account_id: UUID) -> dict[tuple[str, UUID], str]:
        """The names of the firm's members and of the account's contacts, by kind and id."""
        as_system = replace(ctx, actor=Actor())
        linked = self.contacts.list_account_contacts(as_system, AccountRef(account_id=account_id))
        members = self.identities.list_members(ctx, ListMembers())
        names = {("contact", each.contact.id): each.contact.display_name for each in linked.items}
        return names | {("member", each.id): each.name for each in members.items}

    @serve
    def list_portal_folders(self, ctx: Context, request: portal.PortalAccountRef) -> portal.PortalFolders:
        first.ensure(self.db, ctx, request.account_id)
        with self.db.reading(ctx) as session:
            return tree.list_portal_folders(session, ctx, request)

    @serve
    def upload_portal_document(self, ctx: Context, request: portal.UploadPortalDocument) -> portal.PortalDocument:
        return rows.for_client(ctx, files.upload_document(self.db, self.blobs, ctx, request))

    @serve
    def upload_portal_version(self, ctx: Context, request: portal.UploadPortalVersion) -> portal.PortalDocument:
        return rows.for_client(ctx, files.upload_version(self.db, self.blobs, ctx, request))

    list_portal_documents = read(shown.list_portal_documents)
    get_portal_document = read(shown.get_portal_document)
    get_portal_file = read(reading.get_portal_file)

    list_organizer_templates = read(organized.list_organizer_templates)
    get_organizer_template = read(organized.get_organizer_template)
    create_organizer_template = write(organizer_templates.create_organizer_template)
    change_organizer_template = write(organizer_templates.change_organizer_template)
    delete_organizer_template = write(organizer_templates.delete_organizer_template)

    send_organizer = write(organizers.send_organizer)
    get_organizer = read(organized.get_organizer)
    list_organizer_history = read(organized.list_organizer_history)
    resend_organizer = write(organizers.resend_organizer)
    reopen_organizer = write(organizers.reopen_organizer)
    seal_organizer = write(organizers.seal_organizer)
    unseal_organizer = write(organizers.unseal_organizer)
    archive_organizer = write(organizers.archive_organizer)
    restore_organizer = write(organizers.restore_organizer)
    list_own_organizers = read(organized.list_own_organizers)
    list_startable_organizers = read(organized.list_startable_organizers)
    start_organizer = write(organizers.start_organizer)
    get_own_organizer = read(organized.get_own_organizer)
    open_organizer = write(organizers.open_organizer)
    save_answers = write(organizers.save_answers)
    submit_organizer = write(organizers.submit_organizer)

    request_approval = write(approvals.request_approval)
    get_approval = read(asked.get_approval)
    withdraw_approval = write(approvals.withdraw_approval)
    lock_document = write(locks.lock_document)
    list_own_approvals = read(asked.list_own_approvals)
    approve_document = write(approvals.approve_document)
    disapprove_document = write(approvals.disapprove_document)

    @serve
    def request_signature(
        self, ctx: Context, request: promised_signatures.RequestSignature
    ) -> promised_signatures.Signature:
        return requesting.request_signature(self._tools(), ctx, request)

    @serve
    def change_signature(
        self, ctx: Context, request: promised_signatures.ChangeSignature
    ) -> promised_signatures.Signature:
        return requesting.change_signature(self._tools(), ctx, request)

    @serve
    def make_signing_link(self, ctx: Context, request: signing.SignerRef) -> signing.SigningLink:
        return requesting.make_signing_link(self._tools(), ctx, request)

    get_signature = read(asked.get_signature)
    send_signature = write(signatures.send_signature)
    void_signature = write(signatures.void_signature)
    remind_signers = write(signatures.remind_signers)
    get_signature_evidence = read(asked.get_signature_evidence)
    get_signed_file = read(asked.get_signed_file)
    list_own_signatures = read(asked.list_own_signatures)
    get_own_signature = read(asked.get_own_signature)
    get_own_signed_file = read(asked.get_own_signed_file)
    decline_to_sign = write(signs.decline_to_sign)

    @serve
    def sign_document(self, ctx: Context, request: signing.Sign) -> signing.AskedSignature:
        return requesting.sign_document(self._tools(), ctx, request)

    @serve
    def get_link(self, ctx: Context, request: signing.LinkRef) -> signing.AskedSignature:
        ctx = links.within(ctx, request.token)
        with self.db.reading(ctx) as session:
            return asked.get_link(session, ctx, request)

    @serve
    def get_link_file(self, ctx: Context, request: signing.LinkRef) -> Content:
        ctx = links.within(ctx, request.token)
        with self.db.reading(ctx) as session:
            return asked.get_link_file(session, ctx, request)

    @serve
    def sign_by_link(self, ctx: Context, request: signing.SignByLink) -> signing.AskedSignature:
        return requesting.sign_by_link(self._tools(), links.within(ctx, request.token), request)

    @serve
    def decline_by_link(self, ctx: Context, request: signing.DeclineByLink) -> signing.AskedSignature:
        ctx = links.within(ctx, request.token)
        with self.db.transaction(ctx) as session:
            return signs.decline_by_link(session, ctx, request)

    def _tools(self) -> requesting.Tools:
        return requesting.Tools(self.db, self.blobs, self.compute, self.contacts)

    @every(SWEEP_SECONDS)
    def sweep_signatures(self) -> None:
        requesting.sweep(self._tools(), Context())

    on_document_uploaded = on(promised.DocumentUploaded, following.document_uploaded)
    on_links_changed = on(LinksChanged, following.links_changed)
    on_invoice_changed = on(InvoiceChanged, locks.invoice_changed)
    on_account_deleted_with_requests = on(AccountDeleted, following.account_deleted)

    @every(SWEEP_SECONDS)
    def sweep_files(self) -> None:
        files.sweep(self.db, self.blobs, Context())

    @every(TRASH_SWEEP_SECONDS)
    def empty_trash(self) -> None:
        trash.empty(self.db, Context())

    on_account_deleted = on(AccountDeleted, trash.account_deleted)
