"""What billing serves: each call is a plain function in one transaction."""

from chassis.context import Context
from chassis.service import Service, client, every, on, read, serve, write
from contracts.accounts import AccountChanged, AccountCreated, AccountDeleted, Accounts
from contracts.billing import Billing
from contracts.contacts import Contacts, LinksChanged
from contracts.proposal_content import Proposal
from contracts.proposals import SendProposal, SendToAccounts, SentToAccounts
from contracts.work import Work
from services.billing import scheduling, sending
from services.billing.operations import credits as credit
from services.billing.operations import (
    invoices,
    neighbours,
    payments,
    price_list,
    proposal_neighbours,
    proposals,
    recurring,
    refunds,
    signing,
)
from services.billing.queries import books, exporting, items, lists, sections
from services.billing.queries import signing as offered

ISSUE_SECONDS = 60.0  # between two looks for what falls due by the day


class BillingService(Service):
    name = Billing.NAME
    accounts = client(Accounts)
    contacts = client(Contacts)
    work = client(Work)

    get_sections = read(sections.get_sections)
    list_section = read(sections.list_section)
    export = read(exporting.export)

    list_services = read(items.list_services)
    create_service = write(price_list.create_service)
    change_service = write(price_list.change_service)
    get_billing_settings = read(items.get_billing_settings)
    change_billing_settings = write(price_list.change_billing_settings)

    create_invoice = write(invoices.create_invoice)
    get_invoice = read(items.get_invoice)
    change_invoice = write(invoices.change_invoice)
    delete_invoice = write(invoices.delete_invoice)
    issue_invoice = write(invoices.issue_invoice)
    unschedule_invoice = write(invoices.unschedule_invoice)
    void_invoice = write(invoices.void_invoice)
    list_own_invoices = read(lists.list_own_invoices)
    get_own_invoice = read(items.get_own_invoice)

    record_payment = write(payments.record_payment)
    get_payment = read(items.get_payment)
    change_payment = write(payments.change_payment)
    settle_payment = write(payments.settle_payment)
    refund_payment = write(refunds.refund_payment)
    delete_payment = write(refunds.delete_payment)
    detach_application = write(refunds.detach_application)
    list_payments = read(lists.list_payments)

    add_credit = write(credit.add_credit)
    expire_credit = write(credit.expire_credit)
    apply_credit = write(credit.apply_credit)
    apply_own_credit = write(credit.apply_own_credit)
    list_credits = read(lists.list_credits)
    get_balances = read(items.get_balances)
    get_own_balances = read(items.get_own_balances)

    list_books = read(books.list_books)
    read_books = read(books.read_books)

    create_proposal = write(proposals.create_proposal)
    get_proposal = read(offered.get_proposal)
    change_proposal = write(proposals.change_proposal)
    copy_proposal = write(proposals.copy_proposal)
    delete_proposal = write(proposals.delete_proposal)
    withdraw_proposal = write(proposals.withdraw_proposal)
    remove_signer = write(signing.remove_signer)
    receive_deposit = write(proposals.receive_deposit)
    list_my_proposals = read(offered.list_my_proposals)
    get_my_proposal = read(offered.get_my_proposal)
    sign_proposal = write(signing.sign_proposal)
    decline_proposal = write(signing.decline_proposal)

    @serve
    def send_proposal(self, ctx: Context, request: SendProposal) -> Proposal:
        return sending.send_proposal(self.db, self._neighbours, ctx, request)

    @serve
    def send_to_accounts(self, ctx: Context, request: SendToAccounts) -> SentToAccounts:
        return sending.send_to_accounts(self.db, self._neighbours, ctx, request)

    @property
    def _neighbours(self) -> sending.Neighbours:
        return sending.Neighbours(self.contacts, self.accounts, self.work)

    on_account_created = on(AccountCreated, proposal_neighbours.account_told)
    on_account_changed = on(AccountChanged, proposal_neighbours.account_told)
    on_links_changed = on(LinksChanged, proposal_neighbours.links_changed)
    on_account_deleted = on(AccountDeleted, neighbours.account_deleted)
    on_account_deleted_with_proposals = on(AccountDeleted, proposal_neighbours.account_deleted)

    @every(ISSUE_SECONDS)
    def issue_scheduled(self) -> None:
        scheduling.issue_due(self.db, Context())

    @every(ISSUE_SECONDS)
    def issue_recurring(self) -> None:
        recurring.issue_due(self.db, Context())

    @every(ISSUE_SECONDS)
    def expire_proposals(self) -> None:
        proposal_neighbours.expire_due(self.db, Context())
