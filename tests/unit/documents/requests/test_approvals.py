"""Approvals of documents, and documents that wait for an invoice (R-APR-*, R-CRD-8, R-DOC-7)."""

from dataclasses import replace

import pytest

from chassis import outbox
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from contracts import approvals
from contracts import documents as promised
from contracts.portal_documents import GetPortalFile, ListPortalDocuments, PortalDocumentRef
from services.documents import reading
from services.documents.operations import approvals as approving
from services.documents.operations import documents, following, locks
from services.documents.queries import documents as shown
from services.documents.queries import requests as queries
from tests.unit.documents.conftest import arrived_for, later, portal_ctx, ref
from tests.unit.documents.requests.conftest import approval_ref


def answer(approval, **fields):
    return approvals.Approve(account_id=approval.account_id, approval_id=approval.id, address="192.0.2.7", **fields)


def refusal(approval, reason="The figures of May are missing."):
    return approvals.Disapprove(account_id=approval.account_id, approval_id=approval.id, reason=reason)


@pytest.fixture
def invoice(session, ctx, account_id):
    """`invoice(is_paid=True)`: one that billing has told of."""
    known = new_id()

    def tell(*, is_paid, version=1, invoice_id=known):
        locks.invoice_told(session, ctx, account_id, invoice_id, version, is_paid=is_paid)
        return invoice_id

    return tell


@pytest.fixture
def lock(session, ctx):
    def make(document, invoice_id, *, by=ctx):
        request = approvals.LockDocument(account_id=document.account_id, document_id=document.id, invoice_id=invoice_id)
        return locks.lock_document(session, by, request)

    return make


@pytest.fixture
def statuses(session, ctx):
    def ask(document):
        return list(shown.get_document(session, ctx, ref(document)).statuses)

    return ask


class TestAsking:
    def test_whoever_edits_the_document_asks(self, asked_approval, new_document, employee):
        """R-APR-1, and §2.2"""
        document = new_document()
        with pytest.raises(promised.NotYoursToEdit):
            asked_approval(document, by=employee())

        made = asked_approval(document, by=employee("manage_documents"), note="Please look at page 2.")

        assert (made.status, made.document_name, made.document_version) == ("pending", "return.pdf", 1)
        assert made.requested_by.name == "Emil Employee"

    def test_a_client_asks_for_nothing(self, asked_approval, new_document, client_ctx):
        with pytest.raises(Forbidden):
            asked_approval(new_document(), by=client_ctx)

    def test_only_what_clients_see_can_be_asked_about(self, asked_approval, new_document, new_folder):
        """R-APR-4"""
        private = new_document(folder_id=new_folder("Ours", client_access="private").id)

        with pytest.raises(approvals.NotShared) as refused:
            asked_approval(private)

        assert refused.value.data["errors"][0]["field"] == "document_id"

    def test_what_one_client_sees_by_an_exemption_is_enough(
        self, asked_approval, new_document, new_folder, exempt, client_ctx
    ):
        """R-ACC-7"""
        private = new_document(folder_id=new_folder("Ours", client_access="private").id)
        exempt(private, of=client_ctx, access="view")

        assert asked_approval(private).status == "pending"

    def test_a_document_waits_for_one_answer_at_a_time(self, asked_approval, new_document):
        document = new_document()
        asked_approval(document)

        with pytest.raises(approvals.ApprovalPending):
            asked_approval(document)

    def test_a_document_hidden_from_a_member_is_not_there_to_ask_about(
        self, asked_approval, new_document, exempt, employee
    ):
        """R-ACC-7"""
        emil, document = employee("manage_documents"), new_document()
        exempt(document, of=emil, access="none")

        with pytest.raises(promised.DocumentNotFound):
            asked_approval(document, by=emil)


class TestAnswering:
    def test_an_approval_is_recorded_with_person_time_and_address(
        self, session, ctx, client_ctx, asked_approval, new_document
    ):
        """R-APR-2, R-APR-4"""
        approval = asked_approval(new_document())
        tomorrow = later(client_ctx, days=1)

        seen = approving.approve_document(session, tomorrow, answer(approval))

        kept = queries.get_approval(session, ctx, approval_ref(approval))
        assert (kept.status, kept.answered_at, kept.address) == ("approved", tomorrow.now, "192.0.2.7")
        assert (kept.answered_by.id, kept.answered_by.name) == (client_ctx.actor.id, "Cora Client")
        assert seen.address == ""
        told = [event.change for event in outbox.pending(session) if isinstance(event, approvals.ApprovalChanged)]
        assert told == ["requested", "approved"]

    def test_a_disapproval_has_its_reason_and_can_be_asked_anew(
        self, session, client_ctx, asked_approval, new_document
    ):
        """R-APR-2"""
        document = new_document()

        refused = approving.disapprove_document(session, client_ctx, refusal(asked_approval(document)))

        assert (refused.status, refused.reason) == ("disapproved", "The figures of May are missing.")
        assert asked_approval(document).status == "pending"

    def test_a_blank_reason_is_none(self, session, client_ctx, asked_approval, new_document):
        with pytest.raises(Invalid):
            approving.disapprove_document(session, client_ctx, refusal(asked_approval(new_document()), "  "))

    def test_the_first_answer_decides(self, session, client_ctx, another_client, asked_approval, new_document):
        """R-APR-4"""
        approval = asked_approval(new_document())
        approving.approve_document(session, client_ctx, answer(approval))

        with pytest.raises(approvals.ApprovalAnswered) as refused:
            approving.disapprove_document(session, another_client, refusal(approval))

        assert refused.value.data["state"] == "approved"

    def test_the_firm_answers_for_nobody(self, session, ctx, asked_approval, new_document):
        with pytest.raises(Forbidden):
            approving.approve_document(session, ctx, answer(asked_approval(new_document())))

    def test_a_client_from_whom_the_document_is_kept_finds_nothing(
        self, session, client_ctx, account_id, asked_approval, new_document, exempt
    ):
        """R-ACC-7"""
        document = new_document()
        approval = asked_approval(document)
        exempt(document, of=client_ctx, access="none")

        with pytest.raises(approvals.ApprovalNotFound):
            approving.approve_document(session, client_ctx, answer(approval))
        everything = approvals.AccountApprovals(account_id=account_id)
        assert queries.list_own_approvals(session, client_ctx, everything).items == ()

    def test_of_another_account_there_is_nothing(self, session, ctx, client_ctx, asked_approval, new_document):
        approval = asked_approval(new_document())

        with pytest.raises(approvals.ApprovalNotFound):
            approving.approve_document(session, client_ctx, replace(answer(approval), account_id=new_id()))
        with pytest.raises(approvals.ApprovalNotFound):
            queries.get_approval(session, ctx, replace(approval_ref(approval), account_id=new_id()))

    def test_a_withdrawn_one_is_answered_no_more(self, session, ctx, client_ctx, asked_approval, new_document):
        approval = asked_approval(new_document())
        approving.withdraw_approval(session, ctx, approval_ref(approval))

        with pytest.raises(approvals.ApprovalAnswered) as refused:
            approving.approve_document(session, client_ctx, answer(approval))

        assert refused.value.data["state"] == "withdrawn"

    def test_another_version_withdraws_what_was_asked_of_the_former(
        self, session, ctx, client_ctx, account_id, asked_approval, new_document
    ):
        """R-APR-2: another version takes another request."""
        document = new_document()
        approval = asked_approval(document)
        other = documents.add_version(session, ctx, arrived_for(session, ctx, account_id), account_id, document.id)

        with pytest.raises(approvals.ApprovalAnswered):  # before the event came round
            approving.approve_document(session, client_ctx, answer(approval))
        following.document_uploaded(
            session, ctx, promised.DocumentUploaded(account_id=account_id, document=other, is_first=False)
        )

        assert queries.get_approval(session, ctx, approval_ref(approval)).status == "withdrawn"
        assert asked_approval(document).document_version == 2


class TestLocking:
    def test_a_client_pays_before_approving(
        self, session, client_ctx, account_id, asked_approval, new_document, invoice, lock
    ):
        """R-APR-3, R-CRD-8"""
        document = new_document()
        lock(document, invoice(is_paid=False))
        approval = asked_approval(document)
        assert approval.is_locked

        with pytest.raises(approvals.DocumentLocked):
            approving.approve_document(session, client_ctx, answer(approval))
        invoice(is_paid=True, version=2)

        assert approving.approve_document(session, client_ctx, answer(approval)).status == "approved"

    def test_a_client_pays_before_seeing_the_file(self, session, client_ctx, new_document, invoice, lock):
        """R-APR-3"""
        document = new_document()
        lock(document, invoice(is_paid=False))
        look = GetPortalFile(account_id=document.account_id, document_id=document.id)

        with pytest.raises(approvals.DocumentLocked):
            reading.get_portal_file(session, client_ctx, look)
        invoice(is_paid=True, version=2)

        assert reading.get_portal_file(session, client_ctx, look).media_type == "application/pdf"

    def test_until_then_it_is_neither_listed_counted_found_nor_shown(
        self, session, client_ctx, new_document, invoice, lock
    ):
        """R-APR-3"""
        document = new_document("Return 2026.pdf")
        lock(document, invoice(is_paid=False))
        one = PortalDocumentRef(account_id=document.account_id, document_id=document.id)

        def listed(**asked):
            request = ListPortalDocuments(account_id=document.account_id, **asked)
            page = shown.list_portal_documents(session, client_ctx, request)
            return len(page.items), page.total

        assert (listed(), listed(q="return"), listed(folder_id=document.folder_id)) == ((0, 0),) * 3
        with pytest.raises(approvals.DocumentLocked):
            shown.get_portal_document(session, client_ctx, one)
        invoice(is_paid=True, version=2)
        assert (listed(q="return"), shown.get_portal_document(session, client_ctx, one).id) == ((1, 1), document.id)

    def test_paying_opens_it_and_that_is_told(self, session, new_document, invoice, lock, statuses):
        """R-CRD-8, R-DOC-7"""
        document = new_document()
        lock(document, invoice(is_paid=False))
        assert statuses(document) == [{"status": "pending_payment"}]

        invoice(is_paid=True, version=2)

        assert statuses(document) == []
        told = [event.lock for event in outbox.pending(session) if isinstance(event, approvals.DocumentLockChanged)]
        assert [one.is_locked for one in told] == [True, False]

    def test_what_billing_told_earlier_and_came_later_counts_for_nothing(self, new_document, invoice, lock, statuses):
        document = new_document()
        lock(document, invoice(is_paid=True, version=3))

        invoice(is_paid=False, version=2)

        assert statuses(document) == []

    def test_the_lock_is_taken_off(self, new_document, invoice, lock, statuses):
        document = new_document()
        lock(document, invoice(is_paid=False))

        opened = lock(document, None)

        assert (opened.is_locked, statuses(document)) == (False, [])

    def test_only_an_invoice_of_the_account_locks(self, new_document, lock):
        with pytest.raises(Invalid) as refused:
            lock(new_document(), new_id())

        assert refused.value.data["errors"][0]["field"] == "invoice_id"

    def test_it_takes_the_right_to_change_the_document(self, new_document, lock, invoice, employee, client_ctx):
        known = invoice(is_paid=False)
        with pytest.raises(promised.NotYoursToEdit):
            lock(new_document(), known, by=employee())
        with pytest.raises(Forbidden):
            lock(new_document(), known, by=client_ctx)


class TestStatuses:
    def test_a_document_tells_of_its_approval(self, session, client_ctx, asked_approval, new_document, statuses):
        """R-DOC-7"""
        document = new_document()
        approval = asked_approval(document)
        assert statuses(document) == [{"status": "pending_approval"}]

        approving.disapprove_document(session, client_ctx, refusal(approval))

        assert statuses(document) == [{"status": "disapproved", "reason": "The figures of May are missing."}]

    def test_of_another_version_it_tells_nothing(
        self, session, ctx, client_ctx, account_id, asked_approval, new_document, statuses
    ):
        """R-DOC-7"""
        document = new_document()
        approving.approve_document(session, client_ctx, answer(asked_approval(document)))
        assert statuses(document) == [{"status": "approved"}]

        documents.add_version(session, ctx, arrived_for(session, ctx, account_id), account_id, document.id)

        assert statuses(document) == []

    def test_documents_are_found_by_it(self, asked_approval, new_document, all_of):
        """R-DOC-7"""
        asked_approval(new_document("asked.pdf"))
        new_document("other.pdf")

        found = all_of("documents", status="pending_approval", uploaded_by="all")

        assert [row["name"] for row in found.rows] == ["asked.pdf"]


class TestSection:
    def test_what_is_pending_comes_first_then_what_was_answered_in_30_days(
        self, session, ctx, client_ctx, asked_approval, new_document, seen_section, all_of
    ):
        """R-APR-1, R-APR-4"""
        for name, days in (("old", 31), ("recent", 29)):
            before = later(client_ctx, days=-days)
            approving.approve_document(session, before, answer(asked_approval(new_document(name))))
        for name, days in (("first", -2), ("second", -1)):
            asked_approval(new_document(name), by=later(ctx, days=days))

        shown = seen_section("approvals")

        assert [row["document"]["name"] for row in shown.rows] == ["second", "first", "recent"]
        assert (shown.total, shown.footer) == (3, {"pending": 2})
        assert all_of("approvals").total == 3
        assert all_of("approvals", status="all").total == 4
        assert [row["document"]["name"] for row in all_of("approvals", status="approved").rows] == ["recent", "old"]

    def test_pages_neither_skip_nor_repeat(self, asked_approval, new_document, all_of):
        """R-OV-4"""
        for number in range(5):
            asked_approval(new_document(f"{number}.pdf"))

        first = all_of("approvals", limit=2)
        second = all_of("approvals", limit=3, after=first.next_cursor)

        assert (len({row["id"] for row in (*first.rows, *second.rows)}), second.next_cursor) == (5, None)

    def test_what_is_hidden_or_in_the_trash_neither_shows_nor_counts(
        self, session, ctx, asked_approval, new_document, exempt, employee, seen_section
    ):
        """R-OV-9, R-ACC-7"""
        emil = employee()
        hidden, trashed, shown = (new_document(name) for name in ("hidden", "trashed", "shown"))
        for document in (hidden, trashed, shown):
            asked_approval(document)
        exempt(hidden, of=emil, access="none")
        documents.delete_document(session, ctx, ref(trashed))
        session.flush()

        mine = seen_section("approvals", scope=f"member:{emil.actor.id}", by=emil)

        assert ([row["document"]["name"] for row in mine.rows], mine.total) == (["shown"], 1)
        assert seen_section("approvals").total == 2

    def test_an_unknown_status_is_refused(self, all_of):
        with pytest.raises(Invalid):
            all_of("approvals", status="lost")


class TestPortal:
    def test_a_client_lists_what_is_asked_pending_first(
        self, session, ctx, client_ctx, account_id, asked_approval, new_document
    ):
        """R-APR-4"""
        answered, waiting = asked_approval(new_document("a")), asked_approval(new_document("b"))
        approving.approve_document(session, client_ctx, answer(answered))
        approving.withdraw_approval(session, ctx, approval_ref(asked_approval(new_document("c"))))
        everything = approvals.AccountApprovals(account_id=account_id)

        listed = queries.list_own_approvals(session, portal_ctx(ctx), everything).items

        assert [(one.id, one.status) for one in listed] == [(waiting.id, "pending"), (answered.id, "approved")]
        with pytest.raises(Forbidden):
            queries.list_own_approvals(session, ctx, everything)
