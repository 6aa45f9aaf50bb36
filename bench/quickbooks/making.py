"""The firm of the run, made call by call as its owner would make it, and changed while it is synced."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from bench.quickbooks import plan
from chassis.errors import Conflict
from contracts.accounts import Accounts, CreateAccount
from contracts.billing import Billing
from contracts.common import Done
from contracts.contacts import ContactEntry, NewContact
from contracts.invoices import ChangeInvoice, CreateInvoice, Invoice, InvoiceRef, IssueInvoice, LineEntry, VoidInvoice
from contracts.payments import (
    AddCredit,
    ApplyCredit,
    CreditNotEnough,
    ListPayments,
    MoreThanDue,
    PayInvoice,
    Payment,
    PaymentRef,
    RecordPayment,
    RefundPayment,
    RefundTooMuch,
)
from contracts.price_list import ChangeBillingSettings, CreateService
from contracts.quickbooks import CreateCustomer, QuickBooks
from contracts.sections import ListSection
from deploy.sample.calls import Caller

AT_ONCE = 16  # accounts; enough to keep two cores busy
CURRENCY = "USD"  # that of the simulated company
SETTLED = (CreditNotEnough, MoreThanDue)


@dataclass
class Making:
    """`account_ids` by their number; `done` counts documents that were made."""

    caller: Caller
    today: dt.date
    account_ids: dict[int, UUID] = field(default_factory=dict)
    done: int = 0
    _services: list[UUID] = field(default_factory=list)

    async def furnish(self) -> None:
        """Set the firm's currency and price list."""
        known = await self._ask("get_billing_settings", Done(), "settings")
        change = ChangeBillingSettings(version=known.version, currency=CURRENCY)
        await self._ask("change_billing_settings", change, "currency")
        for name in plan.SERVICES:
            service = CreateService(name=name, price=Decimal(100))
            self._services.append((await self._ask("create_service", service, f"service/{name}")).id)

    async def make(self, accounts: Sequence[plan.Account], on_done: Callable[[], None] = lambda: None) -> None:
        """Make the accounts with all their documents, some side by side."""

        async def one(account: plan.Account) -> None:
            await self._make(account)
            on_done()

        await _side_by_side(accounts, one)

    async def change(self, accounts: Sequence[plan.Account], on_done: Callable[[], None] = lambda: None) -> None:
        """Do to the accounts' documents what happens later; what is not possible any more is left."""
        acts: dict[str, Callable[[plan.Account, str], Awaitable[None]]] = {
            "pay": self._pay_more,
            "void": self._void,
            "unpay": self._unpay,
            "reword": self._reword,
            "refund": self._refund_later,
        }

        async def one(account: plan.Account) -> None:
            for what in account.changes:
                try:
                    await acts[what](account, f"{account.number}/{what}")
                except Conflict:  # settled, refunded or voided by what came before
                    continue
                on_done()

        await _side_by_side(accounts, one)

    async def create_customers(self, accounts: Sequence[plan.Account]) -> None:
        """Have a customer made for each; the firm must be connected."""

        async def one(account: plan.Account) -> None:
            request = CreateCustomer(account_id=self.account_ids[account.number])
            await self.caller.ask(QuickBooks, "create_customer", request, as_="owner", key=f"{account.number}/customer")

        await _side_by_side(accounts, one)

    async def _make(self, account: plan.Account) -> None:
        contact = ContactEntry(new=NewContact(last_name=f"Roy {account.number}"))
        request = CreateAccount(type="company", contacts=(contact,), name=account.name)
        made = await self.caller.ask(Accounts, "create_account", request, as_="owner", key=f"{account.number}")
        self.account_ids[account.number] = made.id
        paid: list[Payment] = []
        for place, one in enumerate(account.invoices):
            paid += await self._bill(account, one, f"{account.number}/{place}")
        if account.credit is not None:
            note = f"Goodwill {account.number}"
            credit = AddCredit(account_id=made.id, amount=account.credit, currency=CURRENCY, note=note)
            await self._ask("add_credit", credit, f"{account.number}/credit")
            self.done += 1
        if account.applies_credit:
            await self._apply(account)
        if account.refund is not None and paid:
            await self._refund(account, paid[0].id, account.refund, f"{account.number}/refund")

    async def _bill(self, account: plan.Account, one: plan.Invoice, key: str) -> list[Payment]:
        account_id = self.account_ids[account.number]
        lines = tuple(self._line(line) for line in one.lines)
        draft = await self._ask("create_invoice", CreateInvoice(account_id=account_id, lines=lines), key)
        where = {"account_id": account_id, "invoice_id": draft.id, "version": draft.version}
        posted_on = self.today - dt.timedelta(days=one.age)
        issued: Invoice = await self._ask("issue_invoice", IssueInvoice(**where, posted_on=posted_on), f"{key}/issue")
        self.done += 1
        if one.fate == "voided":
            void = VoidInvoice(account_id=account_id, invoice_id=issued.id, version=issued.version, reason="Twice")
            await self._ask("void_invoice", void, f"{key}/void")
            return []
        part = (issued.total * one.share).quantize(Decimal("0.01"))
        amounts = {
            "paid": (issued.total,),
            "part": (part,),
            "two parts": (part, issued.total - part),
            "excess": (issued.total + part,),
        }.get(one.fate, ())
        return [
            await self._pay(account, issued, amount, f"{key}/pay/{place}")
            for place, amount in enumerate(amounts)
            if amount > 0
        ]

    async def _pay(self, account: plan.Account, invoice: Invoice, amount: Decimal, key: str) -> Payment:
        request = RecordPayment(
            account_id=invoice.account_id,
            amount=amount,
            currency=CURRENCY,
            method="transfer",
            received_on=self.today,
            reference=f"{account.number:04d}-{key.rpartition('/')[2]}-{invoice.number or ''}"[:21],
            invoices=(PayInvoice(invoice_id=invoice.id),),
        )
        made: Payment = await self._ask("record_payment", request, key)
        self.done += 1
        return made

    async def _apply(self, account: plan.Account) -> None:
        """Put credit to the first invoice that takes any, if there is credit."""
        for invoice in await self._invoices(account):
            if invoice.remaining <= 0 or invoice.status == "voided":
                continue
            request = ApplyCredit(account_id=invoice.account_id, invoice_id=invoice.id)
            try:
                await self._ask("apply_credit", request, f"{account.number}/apply")
            except SETTLED:
                return
            self.done += 1
            return

    async def _refund(self, account: plan.Account, payment_id: UUID, share: Decimal, key: str) -> None:
        account_id = self.account_ids[account.number]
        payment = await self._ask("get_payment", PaymentRef(account_id=account_id, payment_id=payment_id), "")
        amount = (payment.amount * share).quantize(Decimal("0.01"))
        given = RefundPayment(
            account_id=account_id,
            payment_id=payment.id,
            version=payment.version,
            amount=amount,
            note=f"Refund {key}",
        )
        try:
            await self._ask("refund_payment", given, key)
        except RefundTooMuch as refused:  # credit that was left of the payment has been used since
            left = Decimal(refused.data["refundable"])
            if not left:
                return
            await self._ask("refund_payment", replace(given, amount=left), f"{key}/left")
        self.done += 1

    async def _pay_more(self, account: plan.Account, key: str) -> None:
        invoice = next((one for one in await self._open(account) if one.remaining > 0), None)
        if invoice is not None:
            await self._pay(account, invoice, invoice.remaining, f"{key}/9")

    async def _void(self, account: plan.Account, key: str) -> None:
        for invoice in await self._open(account):
            void = VoidInvoice(account_id=invoice.account_id, invoice_id=invoice.id, version=invoice.version)
            await self._ask("void_invoice", void, key)
            return

    async def _unpay(self, account: plan.Account, key: str) -> None:
        """Delete the latest payment."""
        account_id = self.account_ids[account.number]
        page = await self._ask("list_payments", ListPayments(account_id=account_id), "")
        for payment in page.items[:1]:
            await self._ask("delete_payment", PaymentRef(account_id=account_id, payment_id=payment.id), key)

    async def _reword(self, account: plan.Account, key: str) -> None:
        """Write another memo and another line into an invoice that nothing is paid on."""
        invoice = next((one for one in await self._open(account) if one.status in {"unpaid", "overdue"}), None)
        if invoice is None:
            return
        line = LineEntry(name="Copies", quantity=Decimal(7), unit_price=Decimal("0.15"))
        where = {"account_id": invoice.account_id, "invoice_id": invoice.id, "version": invoice.version}
        await self._ask("change_invoice", ChangeInvoice(**where, lines=(line,), memo="As agreed by telephone"), key)

    async def _refund_later(self, account: plan.Account, key: str) -> None:
        page = await self._ask("list_payments", ListPayments(account_id=self.account_ids[account.number]), "")
        for payment in [one for one in page.items if one.status == "cleared"][:1]:
            await self._refund(account, payment.id, Decimal("0.2"), key)

    async def _open(self, account: plan.Account) -> list[Invoice]:
        return [one for one in await self._invoices(account) if one.status not in {"voided", "paid"}]

    async def _invoices(self, account: plan.Account) -> list[Invoice]:
        """All as they are, found by the section that lists them."""
        account_id = self.account_ids[account.number]
        asked = ListSection(account_id=account_id, name="invoices", filters={"status": "all"}, limit=50)
        rows = (await self._ask("list_section", asked, "")).rows
        refs = [InvoiceRef(account_id=account_id, invoice_id=UUID(str(row["id"]))) for row in rows]
        return [await self._ask("get_invoice", ref, "") for ref in refs]

    def _line(self, line: plan.Line) -> LineEntry:
        return LineEntry(
            service_id=None if line.service is None else self._services[line.service],
            name="" if line.service is not None else "Disbursements",
            quantity=line.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
            tax_rate=line.tax_rate,
        )

    async def _ask(self, call: str, request: Any, key: str) -> Any:
        return await self.caller.ask(Billing, call, request, as_="owner", key=f"run/{key}")


async def _side_by_side(accounts: Sequence[plan.Account], act: Callable[[plan.Account], Any]) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(account: plan.Account) -> None:
        async with places:
            await act(account)

    try:
        async with asyncio.TaskGroup() as group:
            for account in accounts:
                group.create_task(one(account))
    except ExceptionGroup as faults:
        raise faults.exceptions[0] from faults
