"""What messages serves: each call is a plain function in one transaction, but for what needs contacts or files."""

from chassis.context import Context
from chassis.offhub import BlobStore, OneAtATime
from chassis.sealing import Sealing
from chassis.service import Service, Told, client, every, on, read, serve, write
from chassis.wire import UNSET
from contracts import accounts, identity
from contracts.chat_files import AddAttachment, Attachment, AttachmentRef, SavedAttachment
from contracts.chats import ChangeThread, Chats, StartThread, Thread
from contracts.contacts import AccessChanged, ContactChanged, Contacts
from contracts.documents import Documents
from contracts.emails import KeepEmail, KeptEmail
from contracts.mailboxes import ConnectMailbox, Mailbox
from services.messages import adopting, connecting, keeping, people, saving, sending, syncing, writing
from services.messages.operations import marks, messages, neighbours, portal, tasks, threads
from services.messages.operations.emails import filing, mailboxes, outgoing, synced
from services.messages.operations.emails import keeping as emails_kept
from services.messages.operations.emails import saving as saving_emails
from services.messages.queries import portal as portal_queries
from services.messages.queries import sections
from services.messages.queries import threads as thread_queries
from services.messages.queries.emails import mailboxes as mailbox_queries
from services.messages.queries.emails import unfiled, views

ADOPT_TICK_SECONDS = 5
MAIL_TICK_SECONDS = 1  # between looks at what is due; a look costs one statement
COPYING_SECONDS = 60.0  # of a hundred megabytes, which documents read once
SWEEP_SECONDS = 600  # files that nobody shows cost only room


class MessagesService(Service):
    name = Chats.NAME
    needs = ("blobs", "secret_keys")
    contacts = client(Contacts)
    documents = client(Documents, seconds=COPYING_SECONDS)
    blobs = BlobStore()
    compute = OneAtATime()
    sealer = Sealing()
    settings = Told()

    get_sections = read(sections.get_sections)
    list_section = read(sections.list_section)

    @serve
    def start_thread(self, ctx: Context, request: StartThread) -> Thread:
        people.staff(ctx)
        wanted = request.participant_ids is not None
        linked = writing.linked(self.contacts, ctx, request.account_id) if wanted else {}
        return writing.write(self.db, ctx, threads.start_thread, request, Thread, linked)

    @serve
    def change_thread(self, ctx: Context, request: ChangeThread) -> Thread:
        people.staff(ctx)
        wanted = request.participant_ids not in (UNSET, None)
        linked = writing.linked(self.contacts, ctx, request.account_id) if wanted else {}
        return writing.write(self.db, ctx, threads.change_thread, request, Thread, linked)

    get_thread = read(thread_queries.get_thread)
    read_thread = write(marks.read_thread)
    list_messages = read(thread_queries.list_messages)
    send_message = write(messages.send_message)
    change_message = write(messages.change_message)
    delete_message = write(messages.delete_message)

    add_client_task = write(tasks.add_client_task)
    change_client_task = write(tasks.change_client_task)
    remove_client_task = write(tasks.remove_client_task)

    @serve
    def add_attachment(self, ctx: Context, request: AddAttachment) -> Attachment:
        people.member(ctx)
        return keeping.add(self.db, self.blobs, ctx, request, "firm")

    get_attachment = read(thread_queries.get_attachment)

    @serve
    def save_attachment(self, ctx: Context, request: AttachmentRef) -> SavedAttachment:
        return saving.save(self.db, self.documents, ctx, request)

    list_portal_threads = read(portal_queries.list_portal_threads)
    get_portal_thread = read(portal_queries.get_portal_thread)
    start_portal_thread = write(portal.start_portal_thread)
    read_portal_thread = write(marks.read_portal_thread)
    list_portal_messages = read(thread_queries.list_portal_messages)
    send_portal_message = write(portal.send_portal_message)
    change_portal_message = write(portal.change_portal_message)
    delete_portal_message = write(portal.delete_portal_message)
    tick_portal_task = write(tasks.tick_portal_task)

    @serve
    def add_portal_attachment(self, ctx: Context, request: AddAttachment) -> Attachment:
        people.contact(ctx)
        return keeping.add(self.db, self.blobs, ctx, request, "client")

    get_portal_attachment = read(thread_queries.get_portal_attachment)

    @every(SWEEP_SECONDS)
    def sweep_files(self) -> None:
        keeping.sweep(self.db, self.blobs, Context())

    @serve
    def connect_mailbox(self, ctx: Context, request: ConnectMailbox) -> Mailbox:
        return connecting.connect(self.db, self.sealer, ctx, request)

    list_mailboxes = read(mailbox_queries.list_mailboxes)
    sync_mailbox = write(mailboxes.sync_mailbox)
    disconnect_mailbox = write(mailboxes.disconnect_mailbox)

    get_email = read(views.get_email)
    get_email_thread = read(views.get_email_thread)
    get_email_attachment = read(views.get_email_attachment)
    send_email = write(outgoing.send_email)
    send_again = write(outgoing.send_again)
    mark_email = write(emails_kept.mark_email)
    refile_email = write(filing.refile_email)
    get_email_options = read(saving_emails.get_email_options)
    set_email_options = write(saving_emails.set_email_options)
    purge_emails = write(emails_kept.purge_emails)
    list_unfiled = read(unfiled.list_unfiled)
    get_unfiled = read(unfiled.get_unfiled)
    file_email = write(filing.file_email)

    @serve
    def keep_email(self, ctx: Context, request: KeepEmail) -> KeptEmail:
        return syncing.keep(self._mail(), ctx, request)

    @every(MAIL_TICK_SECONDS)
    def sync_mail(self) -> None:
        syncing.sync_due(self._mail())

    @every(MAIL_TICK_SECONDS)
    def send_mail(self) -> None:
        sending.send_due(self._mail())

    @every(ADOPT_TICK_SECONDS)
    def adopt_attachments(self) -> None:
        adopting.adopt_due(self.db, self.documents.adopt_file)

    @every(SWEEP_SECONDS)
    def sweep_mail(self) -> None:
        syncing.sweep(self._mail())

    def _mail(self) -> syncing.Tools:
        return syncing.Tools(self.db, self.blobs, self.compute, self.sealer, self.settings)

    on_access_changed = on(AccessChanged, synced.access_changed)
    on_account_created = on(accounts.AccountCreated, synced.account_told)
    on_account_changed = on(accounts.AccountChanged, synced.account_told)
    on_account_forgotten = on(accounts.AccountDeleted, synced.account_deleted)
    on_member_created = on(identity.MemberCreated, neighbours.member_changed)
    on_member_changed = on(identity.MemberChanged, neighbours.member_changed)
    on_member_deactivated = on(identity.MemberDeactivated, neighbours.member_changed)
    on_member_restored = on(identity.MemberRestored, neighbours.member_changed)
    on_contact_changed = on(ContactChanged, neighbours.contact_changed)
    on_account_deleted = on(accounts.AccountDeleted, neighbours.account_deleted)
