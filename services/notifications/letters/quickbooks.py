"""The letter to owner and admins about what waits for them in QuickBooks (R-QB-20)."""

from services.notifications.letters.content import Content, Teller


def staff_quickbooks_attention(of: Teller) -> Content:
    many = of.number("count")
    names = of.lines("names")
    reason = _reason(of, of.line("problem"))
    if not names:
        return Content(
            subject=of.say("QuickBooks is not synced any more"),
            heading=of.say("QuickBooks is not synced any more"),
            lead=[reason or of.say("QuickBooks refuses us. Please look at the connection in the settings.")],
            button=of.say("Open QuickBooks settings"),
            after=[of.say("Nothing is lost: what waits is synced as soon as the connection is well again.")],
        )
    return Content(
        subject=of.count("QuickBooks: one entry waits for you", "QuickBooks: %(number)s entries wait for you", many),
        heading=of.say("QuickBooks needs a decision of yours"),
        lead=[
            of.count(
                "An entry could not be synced with QuickBooks by itself.",
                "%(number)s entries could not be synced with QuickBooks by themselves.",
                many,
            ),
            *filter(None, [reason]),
        ],
        items=of.listed("names"),
        more=of.more("names"),
        button=of.say("See what waits"),
        after=[of.say("Every entry comes with a way to solve it. Everything else goes on being synced.")],
    )


def _reason(of: Teller, problem: str) -> str:  # noqa: C901, PLR0911 (one line for each)
    match problem:
        case "connection_expired" | "not_authorised":
            return of.say("QuickBooks no longer lets us in. The owner of the firm connects it again in the settings.")
        case "subscription_ended":
            return of.say("The firm's QuickBooks subscription has ended. Renew it with Intuit; we go on by ourselves.")
        case "no_match":
            return of.say("QuickBooks has no customer of this name. Choose one, or have one created.")
        case "several_matches":
            return of.say("Several customers in QuickBooks have this name. Choose the right one.")
        case "changed_in_quickbooks":
            return of.say("Somebody changed it in QuickBooks. Decide which side is right.")
        case "duplicate_name":
            return of.say("QuickBooks has somebody of this name already. Link that customer, or choose another name.")
        case "customer_gone":
            return of.say("The customer is inactive in QuickBooks. Make it active again, or link another.")
        case "duplicate_number":
            return of.say("QuickBooks has a document of this number already.")
        case "wrong_ledger_account":
            return of.say("The ledger account is not of the right kind. Choose another in the settings.")
        case "period_closed":
            return of.say("The books of that period are closed in QuickBooks.")
        case _:
            return ""
