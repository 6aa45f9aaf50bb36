"""Invoices and proposals: what is to pay, credit that pays it, offers to choose from and to sign (R-CRD-2, R-PRP-2)."""

import asyncio
from decimal import Decimal
from typing import Any

from starlette.responses import Response

from chassis.errors import AppError, Conflict, Forbidden, Invalid
from chassis.wire import load
from contracts.invoices import InvoiceRef, Invoices, ListOwnInvoices
from contracts.payments import AccountRef, ApplyCredit, Payments
from contracts.proposal_signing import (
    DeclineProposal,
    MyProposals,
    OfferedProposal,
    ProposalSigning,
    SignProposal,
)
from contracts.proposals import ProposalRef
from gateway.web.page import Page, Visit
from gateway.web.portal.answers import decimal, plain_amount
from gateway.web.portal.inside import ACCOUNT, Room, enter, form_fields, left_empty

INVOICE, PROPOSAL = f"{ACCOUNT}/invoices/{{invoice_id}}", f"{ACCOUNT}/proposals/{{proposal_id}}"
PAGE = 50  # invoices
REFUSED = (Invalid, Conflict, Forbidden)


async def show_invoices(visit: Visit) -> Response:
    room = await enter(visit, "invoices")
    fields = {"account_id": room.account_id, "limit": PAGE, **form_fields(visit.request.query_params, "cursor")}
    page, balances = await asyncio.gather(
        room.ask(Invoices.list_own_invoices, load(ListOwnInvoices, fields, strict=True)),
        room.ask(Payments.get_own_balances, AccountRef(account_id=room.account_id)),
    )
    return await room.draw(
        "invoices.html",
        page=page,
        to_pay=sorted((one for one in page.items if one.remaining > 0), key=lambda one: (one.due_on, one.number)),
        settled=[one for one in page.items if one.remaining <= 0],
        balances=[one for one in balances.items if one.due or one.credit or one.clearing],
    )


async def show_invoice(visit: Visit) -> Response:
    room = await enter(visit, "invoices")
    return await _invoice(room)


async def apply_credit(visit: Visit) -> Response:
    """Pay an invoice, or part of it, with the account's credit (R-CRD-3)."""
    room = await enter(visit, "invoices")
    ids = {"account_id": room.account_id, "invoice_id": room.id("invoice_id")}
    typed = visit.form.get("amount", "").strip()
    amount = {"amount": decimal(visit.language, typed)} if typed else {}
    try:
        await room.do(Payments.apply_own_credit, load(ApplyCredit, {**ids, **amount}, strict=True))
    except REFUSED as error:
        return await _invoice(room, error)
    return room.go(f"/invoices/{ids['invoice_id']}", "credit")


async def show_proposals(visit: Visit) -> Response:
    room = await enter(visit, "proposals")
    found = await room.ask(ProposalSigning.list_my_proposals, MyProposals(account_id=room.account_id))
    return await room.draw(
        "proposals.html",
        to_do=[one for one in found.items if one.can_sign],
        done=[one for one in found.items if not one.can_sign],
    )


async def show_proposal(visit: Visit) -> Response:
    room = await enter(visit, "proposals")
    return await room.draw("proposal.html", **await _offer(room))


async def answer_proposal(visit: Visit) -> Response:
    """Sign with the package that was chosen, or decline, as the button says (R-SIG-2)."""
    room = await enter(visit, "proposals")
    is_refusal = visit.form.get("do") == "decline"
    missing = left_empty(visit, "reason") if is_refusal else left_empty(visit, "package_id", "has_consented")
    error: AppError = Invalid()
    if not missing:
        try:
            if is_refusal:
                await room.do(ProposalSigning.decline_proposal, _refusal(room))
            else:
                await room.do(ProposalSigning.sign_proposal, _signature(room))
            return room.go(f"/proposals/{room.id('proposal_id')}", "declined" if is_refusal else "signed")
        except REFUSED as refused:
            error = refused
    return await room.refuse("proposal.html", error, problems=missing, **await _offer(room))


async def _invoice(room: Room, error: AppError | None = None) -> Response:
    invoice, balances = await asyncio.gather(
        room.ask(Invoices.get_own_invoice, InvoiceRef(account_id=room.account_id, invoice_id=room.id("invoice_id"))),
        room.ask(Payments.get_own_balances, AccountRef(account_id=room.account_id)),
    )
    credit = next((one.credit for one in balances.items if one.currency == invoice.currency), Decimal(0))
    covered = min(credit, invoice.remaining)
    values: dict[str, Any] = {
        "invoice": invoice,
        "credit": credit,
        "covered": covered,
        "proposed": plain_amount(room.visit.language, covered),
    }
    if error is None:
        return await room.draw("invoice.html", **values)
    return await room.refuse("invoice.html", error, **values)


async def _offer(room: Room) -> dict[str, Any]:
    request = ProposalRef(account_id=room.account_id, proposal_id=room.id("proposal_id"))
    proposal = await room.ask(ProposalSigning.get_my_proposal, request)
    chosen = proposal.package_id or (proposal.packages[0].id if len(proposal.packages) == 1 else None)
    return {"proposal": proposal, "chosen": str(chosen or ""), "packages": _packages(proposal)}


def _packages(proposal: OfferedProposal) -> list[Any]:
    """Those that can be chosen: once somebody has, that one alone."""
    return [one for one in proposal.packages if proposal.package_id in (None, one.id)]


def _seen(room: Room) -> dict[str, Any]:
    version = room.visit.form.get("version", "")
    return {
        "account_id": room.account_id,
        "proposal_id": room.id("proposal_id"),
        "version": int(version) if version.isdecimal() else 0,
    }


def _signature(room: Room) -> SignProposal:
    came = {"ip": room.visit.came["address"], "agent": room.visit.came["agent"]}
    return load(SignProposal, {**_seen(room), "package_id": room.visit.form["package_id"], **came}, strict=True)


def _refusal(room: Room) -> DeclineProposal:
    return load(DeclineProposal, {**_seen(room), "reason": room.visit.form.get("reason", "").strip()}, strict=True)


PAGES = (
    Page("GET", f"{ACCOUNT}/invoices", show_invoices),
    Page("GET", INVOICE, show_invoice),
    Page("POST", INVOICE, apply_credit),
    Page("GET", f"{ACCOUNT}/proposals", show_proposals),
    Page("GET", PROPOSAL, show_proposal),
    Page("POST", PROPOSAL, answer_proposal),
)
