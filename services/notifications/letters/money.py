"""Letters to clients about proposals, invoices and payments (R-NOT-3)."""

from services.notifications.letters.content import Content, Teller


def proposal_sent(of: Teller) -> Content:
    return Content(
        subject=of.say("A proposal from %(firm)s: %(proposal)s", firm=of.firm, proposal=of.short("proposal")),
        heading=of.say("A proposal for you"),
        lead=[
            of.say(
                "%(firm)s has sent you a proposal. Read it, ask what you want to know, and sign it online.",
                firm=of.firm,
            )
        ],
        quote=of.body("message"),
        rows=_proposal(of),
        button=of.say("Read the proposal"),
    )


def proposal_reminder(of: Teller) -> Content:
    return Content(
        subject=of.say("Reminder: your proposal is waiting: %(proposal)s", proposal=of.short("proposal")),
        heading=of.say("A proposal is waiting for you"),
        lead=[of.say("A friendly reminder: the proposal from %(firm)s is waiting for your answer.", firm=of.firm)],
        rows=_proposal(of),
        button=of.say("Read the proposal"),
    )


def invoice_issued(of: Teller) -> Content:
    told = {"number": of.short("number"), "amount": of.sum("amount"), "firm": of.firm}
    return Content(
        subject=of.say("Invoice %(number)s from %(firm)s: %(amount)s", **told),
        heading=of.say("A new invoice"),
        lead=[of.say("%(firm)s has issued an invoice to you.", firm=of.firm)],
        rows=_invoice(of, of.say("Amount")),
        button=of.say("See the invoice"),
    )


def invoice_reminder(of: Teller) -> Content:
    told = {"number": of.short("number"), "amount": of.sum("amount")}
    if of.has("is_overdue"):
        subject = of.say("Overdue: invoice %(number)s, %(amount)s", **told)
        heading = of.say("An invoice is overdue")
        lead = of.say("An invoice from %(firm)s has not been paid by its due date.", firm=of.firm)
    else:
        subject = of.say("Reminder: invoice %(number)s, %(amount)s", **told)
        heading = of.say("An invoice is still to be paid")
        lead = of.say("A friendly reminder: an invoice from %(firm)s is still to be paid.", firm=of.firm)
    return Content(
        subject=subject,
        heading=heading,
        lead=[lead],
        rows=_invoice(of, of.say("Still to be paid")),
        button=of.say("See the invoice"),
        after=[of.say("If you have paid in the meantime, there is nothing left to do. Thank you.")],
    )


def payment_received(of: Teller) -> Content:
    return Content(
        subject=of.say("%(firm)s has received your payment: %(amount)s", firm=of.firm, amount=of.sum("amount")),
        heading=of.say("Thank you for your payment"),
        lead=[of.say("%(firm)s has received your payment.", firm=of.firm)],
        rows=[
            (of.say("Amount"), of.sum("amount")),
            (of.say("Paid on"), of.day("paid_on")),
            (of.count("Invoice", "Invoices", len(of.lines("invoices"))), of.joined("invoices")),
            (of.say("Left as credit"), of.sum("credit")),
        ],
        button=of.say("See your payments"),
    )


def refund_made(of: Teller) -> Content:
    return Content(
        subject=of.say("%(firm)s has made you a refund: %(amount)s", firm=of.firm, amount=of.sum("amount")),
        heading=of.say("A refund for you"),
        lead=[
            of.say(
                "%(firm)s has made you a refund. Depending on your bank, it may take a few days to arrive.",
                firm=of.firm,
            )
        ],
        rows=[
            (of.say("Amount"), of.sum("amount")),
            (of.say("Refunded on"), of.day("refunded_on")),
            (of.count("Invoice", "Invoices", 1), of.line("invoice")),
        ],
        button=of.say("See your payments"),
    )


def _proposal(of: Teller) -> list[tuple[str, str]]:
    return [(of.say("Proposal"), of.line("proposal")), (of.say("Valid until"), of.day("expires_on"))]


def _invoice(of: Teller, amount: str) -> list[tuple[str, str]]:
    return [
        (of.count("Invoice", "Invoices", 1), of.line("number")),
        (amount, of.sum("amount")),
        (of.say("Due on"), of.day("due_on")),
    ]
