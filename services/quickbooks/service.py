"""What quickbooks serves: what is stored, changes of it, and the work through its queue."""

from chassis.context import Context
from chassis.sealing import Sealing
from chassis.service import Service, client, every, on, read, serve, write
from contracts.accounts import AccountChanged, AccountCreated, AccountDeleted, Accounts
from contracts.billing import (
    Billing,
    CreditChanged,
    InvoiceChanged,
    PaymentChanged,
    PaymentRecorded,
    RefundMade,
    ServiceChanged,
)
from contracts.common import Done
from contracts.quickbooks import QuickBooks
from contracts.quickbooks_comparing import Comparison
from contracts.quickbooks_connection import (
    ChangeQuickBooksSettings,
    ConnectingStarted,
    FinishConnecting,
    QuickBooksConnection,
)
from contracts.quickbooks_documents import DocumentRef
from contracts.quickbooks_ledger import LedgerAccounts, TrackedList
from contracts.quickbooks_webhooks import QuickBooksWebhooks, SetWebhookVerifier, TakeWebhook, WebhookTaken
from services.quickbooks import comparing, connecting, lists, metrics, webhooks, working
from services.quickbooks.documents import telling
from services.quickbooks.operations import choices, connection, document_choices, neighbours
from services.quickbooks.queries import accounts as account_queries
from services.quickbooks.queries import connection as connection_queries
from services.quickbooks.queries import documents as document_queries
from services.quickbooks.queries import errors as error_queries
from services.quickbooks.queries import ledger as ledger_queries
from services.quickbooks.queries import webhooks as webhook_queries
from services.quickbooks.tools import Told, Tools

MEASURE_SECONDS = 15
WORK_SECONDS = 1  # between looks at what is due; a look costs one statement


class QuickBooksService(Service):
    name = QuickBooks.NAME
    needs = ("secret_keys",)
    accounts = client(Accounts)
    billing = client(Billing)
    sealer = Sealing()
    told = Told()

    get_connection = read(connection_queries.get_connection)
    list_quickbooks_customers = read(connection_queries.list_quickbooks_customers)

    @serve
    def change_quickbooks_settings(self, ctx: Context, request: ChangeQuickBooksSettings) -> QuickBooksConnection:
        return connecting.change_settings(self._tools(), ctx, request)

    @serve
    def start_connecting(self, ctx: Context, request: Done) -> ConnectingStarted:  # noqa: ARG002
        return connecting.start(self._tools(), ctx)

    @serve
    def finish_connecting(self, ctx: Context, request: FinishConnecting) -> QuickBooksConnection:
        return connecting.finish(self._tools(), ctx, request)

    @serve
    def disconnect_quickbooks(self, ctx: Context, request: Done) -> QuickBooksConnection:  # noqa: ARG002
        return connecting.disconnect(self._tools(), ctx)

    resume_quickbooks = write(connection.resume)
    list_ledger_accounts = read(ledger_queries.list_ledger_accounts)

    @serve
    def read_ledger_accounts(self, ctx: Context, request: Done) -> LedgerAccounts:  # noqa: ARG002
        return lists.ledger(self._tools(), ctx)

    @serve
    def list_classes(self, ctx: Context, request: Done) -> TrackedList:  # noqa: ARG002
        return lists.tracked(self._tools(), ctx, "Class")

    @serve
    def list_locations(self, ctx: Context, request: Done) -> TrackedList:  # noqa: ARG002
        return lists.tracked(self._tools(), ctx, "Department")

    get_webhooks = read(webhook_queries.get_webhooks)

    @serve
    def set_webhook_verifier(self, ctx: Context, request: SetWebhookVerifier) -> QuickBooksWebhooks:
        return webhooks.set_verifier(self._tools(), ctx, request)

    @serve
    def take_webhook(self, ctx: Context, request: TakeWebhook) -> WebhookTaken:
        return webhooks.take(self._tools(), ctx, request)

    get_account_sync = read(account_queries.get_account_sync)
    list_sync_steps = read(account_queries.list_sync_steps)
    list_sync_errors = read(error_queries.list_sync_errors)
    sync_account = write(choices.sync_account)
    skip_account = write(choices.skip_account)
    link_customer = write(choices.link_customer)
    create_customer = write(choices.create_customer)
    shorten_customer = write(choices.shorten_customer)
    reactivate_customer = write(choices.reactivate_customer)

    list_document_syncs = read(document_queries.list_document_syncs)
    list_document_steps = read(document_queries.list_document_steps)
    sync_document = write(document_choices.sync_document)
    skip_document = write(document_choices.skip_document)
    link_document = write(document_choices.link_document)
    renumber_document = write(document_choices.renumber_document)
    unlink_document = write(document_choices.unlink_document)

    @serve
    def get_comparison(self, ctx: Context, request: DocumentRef) -> Comparison:
        return comparing.compare(self._tools(), self.billing, ctx, request)

    list_service_syncs = read(document_queries.list_service_syncs)
    map_service = write(document_choices.map_service)
    list_quickbooks_items = read(document_queries.list_quickbooks_items)

    @every(WORK_SECONDS)
    def work(self) -> None:
        working.work_due(self._tools(), working.Neighbours(self.accounts, self.billing))

    @every(WORK_SECONDS)
    def push(self) -> None:
        working.push_due(self._tools(), working.Neighbours(self.accounts, self.billing))

    @every(MEASURE_SECONDS)
    def measure(self) -> None:
        with self.db.reading(Context()) as session:
            metrics.measure(session, Context())

    def _tools(self) -> Tools:
        settings, addresses = self.told
        return Tools(self.db, self.sealer, settings, addresses)

    on_account_created = on(AccountCreated, neighbours.account_told)
    on_account_changed = on(AccountChanged, neighbours.account_told)
    on_account_deleted = on(AccountDeleted, neighbours.account_deleted)
    on_account_deleted_with_documents = on(AccountDeleted, telling.account_deleted)
    on_invoice_changed = on(InvoiceChanged, telling.invoice_changed)
    on_payment_recorded = on(PaymentRecorded, telling.payment_told)
    on_payment_changed = on(PaymentChanged, telling.payment_told)
    on_credit_changed = on(CreditChanged, telling.credit_changed)
    on_refund_made = on(RefundMade, telling.refund_made)
    on_service_changed = on(ServiceChanged, telling.service_changed)
