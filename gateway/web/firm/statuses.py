"""What sections, statuses and kinds are called on pages, and how their chips look; never by colour alone."""

from collections.abc import Mapping

from gateway.web.words import later

Chip = tuple[str, str]  # its words, and good, warn, bad, note or nothing

TITLES: Mapping[str, str] = {
    "documents": later("Documents"),
    "tasks": later("Tasks"),
    "emails": later("E-mail"),
    "jobs": later("Jobs"),
    "chats": later("Chats"),
    "invoices": later("Unpaid invoices"),
    "approvals": later("Approvals"),
    "signatures": later("Signatures"),
    "organizers": later("Organizers"),
    "logins": later("Login activity"),
    "notes": later("Notes"),
    "time": later("Time tracking"),
    "proposals": later("Proposals & ELs"),
}
# "View all" lists more than what is unpaid.
LISTS: Mapping[str, str] = {**TITLES, "invoices": later("Invoices"), "time": later("Time entries")}
EMPTY: Mapping[str, str] = {
    "documents": later("The client has not uploaded anything yet."),
    "tasks": later("Nothing is planned."),
    "emails": later("No mail has been exchanged yet."),
    "jobs": later("No current job."),
    "chats": later("No conversation yet."),
    "invoices": later("Nothing is unpaid."),
    "approvals": later("Nothing waits for the client's approval."),
    "signatures": later("Nothing was sent to be signed."),
    "organizers": later("No organizer was sent yet."),
    "logins": later("Nobody has signed in yet."),
    "notes": later("No notes yet."),
    "time": later("No time is recorded yet."),
    "proposals": later("No proposal was sent yet."),
}

DOCUMENT: Mapping[str, Chip] = {
    "pending_approval": (later("Pending approval"), "warn"),
    "approved": (later("Approved"), "good"),
    "disapproved": (later("Disapproved"), "bad"),
    "pending_signature": (later("Pending signature"), "warn"),
    "partially_signed": (later("Partially signed"), "warn"),
    "signed": (later("Signed"), "good"),
    "declined_signature": (later("Signature declined"), "bad"),
    "voided": (later("Voided"), ""),
    "pending_payment": (later("Pending payment"), "warn"),
}
CHIPS: Mapping[str, Mapping[str, Chip]] = {
    "documents": DOCUMENT,
    "tasks": {
        "planned": (later("Planned"), ""),
        "in_progress": (later("In progress"), "note"),
        "waiting": (later("Waiting"), "warn"),
        "done": (later("Done"), "good"),
        "canceled": (later("Canceled"), ""),
    },
    "emails": {
        "unread": (later("Unread"), "note"),
        "read": (later("Read"), ""),
        "answered": (later("Answered"), "good"),
        "queued": (later("Waits to be sent"), ""),
        "sent": (later("Sent"), ""),
        "delivered": (later("Delivered"), "good"),
        "bounced": (later("Bounced"), "bad"),
        "failed": (later("Failed"), "bad"),
    },
    "jobs": {
        "active": (later("In progress"), "note"),
        "completed": (later("Completed"), "good"),
        "archived": (later("Archived"), ""),
    },
    "invoices": {
        "draft": (later("Draft"), ""),
        "scheduled": (later("Scheduled"), ""),
        "unpaid": (later("Unpaid"), "warn"),
        "partially_paid": (later("Partially paid"), "warn"),
        "overdue": (later("Overdue"), "bad"),
        "in_progress": (later("Clearing"), "note"),
        "paid": (later("Paid"), "good"),
        "voided": (later("Void"), ""),
    },
    "approvals": {
        "pending": (later("Pending"), "warn"),
        "approved": (later("Approved"), "good"),
        "disapproved": (later("Disapproved"), "bad"),
        "withdrawn": (later("Withdrawn"), ""),
    },
    "signatures": {
        "prepared": (later("Prepared"), ""),
        "pending": (later("Pending"), "warn"),
        "partially_signed": (later("Partially signed"), "warn"),
        "signed": (later("Signed"), "good"),
        "declined": (later("Declined"), "bad"),
        "voided": (later("Voided"), ""),
    },
    "organizers": {
        "not_opened": (later("Not opened"), "warn"),
        "opened": (later("Opened"), "note"),
        "in_progress": (later("In progress"), "note"),
        "submitted": (later("Submitted"), "good"),
        "reopened": (later("Reopened"), "warn"),
        "sealed": (later("Sealed"), ""),
    },
    "proposals": {
        "draft": (later("Draft"), ""),
        "pending": (later("Pending"), "warn"),
        "partially_signed": (later("Partially signed"), "warn"),
        "signed": (later("Signed"), "good"),
        "expired": (later("Expired"), "bad"),
        "withdrawn": (later("Withdrawn"), ""),
    },
}
PRIORITIES: Mapping[str, Chip] = {
    "low": (later("Low"), ""),
    "medium": (later("Medium"), ""),
    "high": (later("High"), "warn"),
    "urgent": (later("Urgent"), "bad"),
}
COVERAGE: Mapping[str, Chip] = {
    "full": (later("Credit covers it"), "good"),
    "partial": (later("Credit covers a part"), "note"),
    "none": (later("No credit for it"), ""),
}
# By the call's name in the API: the words of the button (R-OV-6). Its page is `new` among those of its section.
ACTIONS: Mapping[str, str] = {
    "upload_document": later("Upload"),
    "create_task": later("New task"),
    "send_email": later("Write"),
    "create_job": later("New job"),
    "start_thread": later("New chat"),
    "create_invoice": later("New invoice"),
    "request_approval": later("Ask for approval"),
    "request_signature": later("Ask for signature"),
    "send_organizer": later("Send organizer"),
    "create_note": later("New note"),
    "create_time_entry": later("Add time"),
    "create_proposal": later("New proposal"),
}
# Those whose form is a page rather than a dialog.
WHOLE_PAGES = ("request_signature", "create_proposal")
# What happened to an organizer (R-ORG-4).
STEPS: Mapping[str, str] = {
    "created": later("Sent"),
    "viewed": later("Opened"),
    "started": later("First answer"),
    "changed": later("Answers changed"),
    "resent": later("Sent again"),
    "submitted": later("Submitted"),
    "reopened": later("Given back"),
    "sealed": later("Sealed"),
    "unsealed": later("Opened again"),
    "archived": later("Archived"),
    "restored": later("Brought back"),
}
HOW: Mapping[str, str] = {
    "signed_in": later("signed in"),
    "switched": later("came from another account"),
    "accepted": later("accepted the invitation"),
}
