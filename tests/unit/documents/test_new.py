"""R-DOC-2 to R-DOC-5: who makes a document New, who ends it, and what does neither."""

from dataclasses import replace

import pytest

from chassis.context import Actor
from chassis.errors import Forbidden, Invalid
from contracts import documents as promised
from contracts.folders import AccountRef
from services.documents.operations import documents
from services.documents.queries import documents as shown
from services.documents.queries import folders as tree
from tests.unit.documents.conftest import arrived_for, ref


@pytest.fixture
def seen(session, account_id):
    """`seen(ctx, document)`: a member looked at the file it has."""
    return lambda by, document: documents.mark_seen(session, by, account_id, [(document.id, document.file_id)])


@pytest.fixture
def new(session, ctx):
    """Whether a document is New for the firm, and for whoever asks."""

    def ask(document, by=ctx):
        found = shown.get_document(session, by, ref(document))
        return found.is_new, found.is_new_for_me

    return ask


class TestWhatIsNew:
    def test_a_clients_upload_is_new_and_the_firms_is_not(self, new_document, client_ctx, new):
        """R-DOC-2, R-DOC-5"""
        theirs, ours = new_document(by=client_ctx), new_document()

        assert new(theirs) == (True, True)
        assert new(ours) == (False, False)

    def test_one_member_ends_it_for_the_firm_and_only_for_themselves(
        self, new_document, client_ctx, new, seen, employee, told
    ):
        """R-DOC-3: one flag for the firm, and when each member saw it."""
        document, emil = new_document(by=client_ctx), employee()
        told()

        seen(emil, document)

        assert new(document, emil) == (False, False)
        assert new(document) == (False, True)
        assert told() == ["documents_seen"]

    def test_a_second_look_tells_nobody(self, new_document, client_ctx, seen, employee, ctx, told, new):
        document = new_document(by=client_ctx)
        seen(employee(), document)
        told()

        seen(ctx, document)

        assert told() == []
        assert new(document) == (False, False)

    def test_folders_show_that_they_hold_new_ones(
        self, session, ctx, account_id, root, new_folder, new_document, client_ctx
    ):
        """R-DOC-2: and those above them."""
        inner = new_folder("2026", parent_id=root.id)
        new_document(by=client_ctx, folder_id=inner.id)
        new_document(folder_id=root.id)

        counts = {
            each.name: (each.documents, each.new)
            for each in tree.list_folders(session, ctx, AccountRef(account_id=account_id)).items
        }

        assert counts == {root.name: (2, 1), "2026": (1, 1)}


class TestWhatChangesNothing:
    def test_reading_about_it_moving_and_renaming(
        self, session, ctx, account_id, new_document, new_folder, client_ctx, new, listed
    ):
        """R-DOC-4: listing, moving and renaming don't clear New."""
        document = new_document(by=client_ctx)
        target = new_folder("Elsewhere")

        listed()
        shown.get_document(session, ctx, ref(document))
        change = promised.ChangeDocument(
            account_id=account_id, document_id=document.id, version=1, name="renamed.pdf", folder_id=target.id
        )
        documents.change_document(session, ctx, change)

        assert new(document) == (True, True)

    @pytest.mark.parametrize("actor", [Actor(), Actor(kind="portal")], ids=["system", "client"])
    def test_nobody_but_a_member_sees_anything(self, ctx, new_document, client_ctx, new, seen, actor):
        """R-DOC-4: neither automated readers nor a portal user."""
        document = new_document(by=client_ctx)

        seen(replace(ctx, actor=replace(actor, id=ctx.actor.id)), document)

        assert new(document) == (True, True)


class TestAgain:
    def test_a_clients_new_version_is_new_again(self, session, account_id, ctx, new_document, client_ctx, new, seen):
        """R-DOC-4"""
        document = new_document(by=client_ctx)
        seen(ctx, document)

        file = arrived_for(session, client_ctx, account_id)
        documents.add_version(session, client_ctx, file, account_id, document.id)

        assert new(document) == (True, True)

    def test_a_look_at_the_file_before_does_not_end_it(
        self, session, account_id, ctx, new_document, client_ctx, new, seen
    ):
        """R-DOC-4: a file that came while another was looked at stays New."""
        document = new_document(by=client_ctx)
        file = arrived_for(session, client_ctx, account_id)
        documents.add_version(session, client_ctx, file, account_id, document.id)

        seen(ctx, document)

        assert new(document) == (True, True)

    def test_the_firms_version_of_a_clients_document_is_not_new(
        self, session, account_id, ctx, new_document, client_ctx, new
    ):
        """R-DOC-5"""
        document = new_document(by=client_ctx)

        documents.add_version(session, ctx, arrived_for(session, ctx, account_id), account_id, document.id)

        assert new(document) == (False, False)

    def test_it_can_be_marked_as_unseen(self, session, ctx, new_document, client_ctx, new, seen, told):
        """R-DOC-3"""
        document = new_document(by=client_ctx)
        seen(ctx, document)
        told()

        documents.mark_unseen(session, ctx, ref(document))

        assert new(document) == (True, True)
        assert told() == ["document_changed"]

    def test_what_the_firm_uploaded_cannot(self, session, ctx, new_document):
        """R-DOC-5"""
        with pytest.raises(Invalid):
            documents.mark_unseen(session, ctx, ref(new_document()))

    def test_nor_can_a_client_do_it(self, session, new_document, client_ctx):
        with pytest.raises(Forbidden):
            documents.mark_unseen(session, client_ctx, ref(new_document(by=client_ctx)))
