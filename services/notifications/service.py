"""What notifications serves and hears: each call is a plain function in one transaction, but for what asks others."""

from chassis.context import Context
from chassis.offhub import OneAtATime
from chassis.sealing import Sealing
from chassis.service import Service, Told, client, every, on, read, serve, write
from contracts.accounts import AccessRequested, AccountChanged, AccountCreated, AccountDeleted, Accounts
from contracts.approvals import ApprovalCalls, ApprovalChanged
from contracts.billing import InvoiceChanged, PaymentChanged, PaymentRecorded
from contracts.chats import MessageChanged, MessageSent
from contracts.client_tasks import ClientTaskChanged
from contracts.contacts import ContactChanged, ContactDeleted, Contacts, LinksChanged
from contracts.documents import Documents, DocumentUploaded
from contracts.entries import Entries, InvitationAccepted
from contracts.identity import FirmCreated, Identities, MemberDeactivated
from contracts.invoices import Invoices
from contracts.notifications import Notifications
from contracts.organizers import OrganizerCalls, OrganizerChanged
from contracts.portal import Portal, PortalResetRequested
from contracts.portal_chats import PortalChats
from contracts.portal_documents import PortalDocuments
from contracts.preferences import (
    OwnPreferences,
    OwnPreferencesRef,
    Preferences,
    PreferencesRef,
    SetOwnPreferences,
    SetPreferences,
    UnsubscribeToken,
    Unsubscription,
)
from contracts.proposal_signing import ProposalSigning
from contracts.proposals import ProposalChanged, ProposalSigned, ProposalsNotSent
from contracts.quickbooks import AttentionNeeded, AttentionSolved
from contracts.signatures import SignatureChanged, SignatureReminderDue
from contracts.signing import SigningCalls, SigningLinkMade
from contracts.switches import InvitationRequested
from contracts.work import NoteChanged, NoteCreated, TaskChanged, TaskCreated
from services.notifications import bounces, choosing, deciding, sending, telling, tokens
from services.notifications.happenings import billing as of_billing
from services.notifications.happenings import documents as of_documents
from services.notifications.happenings import members, quickbooks, security
from services.notifications.happenings import messages as of_messages
from services.notifications.operations import (
    neighbours,
    notices,
    noticing,
    repeating,
    settings,
    suppressing,
    unsubscribing,
)
from services.notifications.queries import mails
from services.notifications.queries import notices as notice_queries
from services.notifications.sights import Owners

TICK_SECONDS = 1  # between looks at what is due; a look costs one statement
REPORTS_TICK_SECONDS = 30  # between looks into the mailbox of what comes back


class NotificationsService(Service):
    name = Notifications.NAME
    needs = ("secret_keys",)
    contacts = client(Contacts)
    accounts = client(Accounts)
    identity = client(Identities)
    documents = client(PortalDocuments)
    staff_documents = client(Documents)
    approvals = client(ApprovalCalls)
    signing = client(SigningCalls)
    organizers = client(OrganizerCalls)
    chats = client(PortalChats)
    proposals = client(ProposalSigning)
    invoices = client(Invoices)
    entries = client(Entries)
    portal = client(Portal)
    compute = OneAtATime()
    sealer = Sealing()
    told = Told()

    get_notification_settings = read(mails.get_notification_settings)
    change_notification_settings = write(settings.change_notification_settings)
    list_mails = read(mails.list_mails)
    send_mail_again = write(repeating.send_mail_again)
    list_suppressions = read(mails.list_suppressions)
    suppress_address = write(suppressing.suppress_address)
    release_address = write(suppressing.release_address)

    @serve
    def get_preferences(self, ctx: Context, request: PreferencesRef) -> Preferences:
        return choosing.get_preferences(self.db, self.contacts, ctx, request)

    @serve
    def set_preferences(self, ctx: Context, request: SetPreferences) -> Preferences:
        return choosing.set_preferences(self.db, self.contacts, ctx, request)

    @serve
    def get_own_preferences(self, ctx: Context, request: OwnPreferencesRef) -> OwnPreferences:
        return choosing.get_own_preferences(self.db, self.contacts, ctx, request)

    @serve
    def set_own_preferences(self, ctx: Context, request: SetOwnPreferences) -> Preferences:
        return choosing.set_own_preferences(self.db, self.contacts, ctx, request)

    @serve
    def get_unsubscription(self, ctx: Context, request: UnsubscribeToken) -> Unsubscription:
        ctx = tokens.within(ctx, request.token)
        with self.db.reading(ctx) as session:
            return unsubscribing.get_unsubscription(session, ctx, request)

    @serve
    def unsubscribe(self, ctx: Context, request: UnsubscribeToken) -> Unsubscription:
        return self._by_link(ctx, request, is_on=False)

    @serve
    def resubscribe(self, ctx: Context, request: UnsubscribeToken) -> Unsubscription:
        return self._by_link(ctx, request, is_on=True)

    def _by_link(self, ctx: Context, request: UnsubscribeToken, *, is_on: bool) -> Unsubscription:
        ctx = tokens.within(ctx, request.token)
        with self.db.reading(ctx) as session:
            ctx = unsubscribing.by_reader(ctx, unsubscribing.find(session, ctx, request.token))
        with self.db.transaction(ctx) as session:
            return unsubscribing.set_by_link(session, ctx, request, is_on=is_on)

    list_notices = read(notice_queries.list_notices)
    get_unread_notices = read(notice_queries.get_unread_notices)
    read_notice = write(notices.read_notice)
    read_notices = write(notices.read_notices)
    get_notice_choices = read(notice_queries.get_notice_choices)
    choose_notices = write(notices.choose_notices)

    @every(TICK_SECONDS)
    def tell_members(self) -> None:
        telling.tell_due(self.db, telling.Neighbours(self.identity, self.accounts, self.staff_documents))

    @every(TICK_SECONDS)
    def settle(self) -> None:
        owners = Owners(
            documents=self.documents,
            approvals=self.approvals,
            signing=self.signing,
            organizers=self.organizers,
            chats=self.chats,
            proposals=self.proposals,
            invoices=self.invoices,
        )
        tools = deciding.Tools(
            db=self.db, contacts=self.contacts, accounts=self.accounts, identity=self.identity, owners=owners
        )
        deciding.settle_due(tools)

    @every(TICK_SECONDS)
    def send_mail(self) -> None:
        sending.send_due(sending.Tools(self.db, self.sealer, self.told, self.entries, self.portal))

    @every(REPORTS_TICK_SECONDS)
    def read_reports(self) -> None:
        bounces.read_reports(bounces.Tools(self.db, self.told, self.compute))

    on_invitation_requested = on(InvitationRequested, security.invitation_requested)
    on_portal_reset_requested = on(PortalResetRequested, security.portal_reset_requested)
    on_signing_link_made = on(SigningLinkMade, security.signing_link_made)
    on_document_uploaded = on(DocumentUploaded, of_documents.document_uploaded)
    on_approval_changed = on(ApprovalChanged, of_documents.approval_changed)
    on_signature_changed = on(SignatureChanged, of_documents.signature_changed)
    on_signature_reminder_due = on(SignatureReminderDue, of_documents.signature_reminder_due)
    on_organizer_changed = on(OrganizerChanged, of_documents.organizer_changed)
    on_message_sent = on(MessageSent, of_messages.message_sent)
    on_client_task_changed = on(ClientTaskChanged, of_messages.client_task_changed)
    on_proposal_changed = on(ProposalChanged, of_billing.proposal_changed)
    on_invoice_changed = on(InvoiceChanged, of_billing.invoice_changed)
    on_payment_recorded = on(PaymentRecorded, of_billing.payment_told)
    on_payment_changed = on(PaymentChanged, of_billing.payment_told)
    on_firm_created = on(FirmCreated, settings.firm_created)
    on_account_deleted = on(AccountDeleted, neighbours.account_deleted)
    on_links_changed = on(LinksChanged, neighbours.links_changed)
    on_contact_changed = on(ContactChanged, neighbours.contact_changed)
    on_contact_deleted = on(ContactDeleted, neighbours.contact_deleted)

    # What members are told, who see what of it by the account's team.
    on_account_created = on(AccountCreated, notices.account_told)
    on_account_changed = on(AccountChanged, notices.account_told)
    on_account_forgotten = on(AccountDeleted, notices.account_deleted)
    on_member_deactivated = on(MemberDeactivated, noticing.member_deactivated)
    on_client_activated = on(InvitationAccepted, members.client_activated)
    on_upload_by_client = on(DocumentUploaded, members.document_uploaded)
    on_message_for_members = on(MessageSent, members.message_sent)
    on_message_edited = on(MessageChanged, members.message_changed)
    on_client_task_done = on(ClientTaskChanged, members.client_task_changed)
    on_approval_answered = on(ApprovalChanged, members.approval_changed)
    on_signature_answered = on(SignatureChanged, members.signature_changed)
    on_organizer_submitted = on(OrganizerChanged, members.organizer_changed)
    on_proposal_signed = on(ProposalSigned, members.proposal_signed)
    on_proposals_not_sent = on(ProposalsNotSent, members.proposals_not_sent)
    on_payment_received = on(PaymentRecorded, members.payment_changed)
    on_payment_cleared = on(PaymentChanged, members.payment_changed)
    on_note_created = on(NoteCreated, members.note_written)
    on_note_changed = on(NoteChanged, members.note_written)
    on_task_created = on(TaskCreated, members.task_assigned)
    on_task_changed = on(TaskChanged, members.task_assigned)
    on_quickbooks_attention = on(AttentionNeeded, quickbooks.attention_needed)
    on_quickbooks_solved = on(AttentionSolved, quickbooks.attention_solved)
    on_access_requested = on(AccessRequested, members.access_requested)
