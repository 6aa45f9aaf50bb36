"""R-DOC-9: what is deleted waits 120 days in the trash, comes back whole, or goes for good."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from chassis.context import Context, new_id
from chassis.db import Transactions
from chassis.errors import Forbidden
from chassis.testing import database
from contracts.accounts import AccountDeleted
from contracts.documents import DocumentNotFound, NotYoursToEdit
from contracts.folders import (
    AccountRef,
    FolderGone,
    FolderRef,
    ItemRef,
    ListTrashed,
    RestoreItem,
    TrashItemNotFound,
)
from services.documents import model
from services.documents.operations import documents, folders, trash
from services.documents.queries import documents as shown
from services.documents.queries import folders as tree
from services.documents.queries.trash import list_trashed
from tests.unit.documents.conftest import arrived_for, ref


@pytest.fixture
def delete(session, ctx, account_id):
    def act(item, by=ctx):
        if hasattr(item, "file_id"):
            return documents.delete_document(session, by, ref(item))
        return folders.delete_folder(session, by, FolderRef(account_id=account_id, folder_id=item.id))

    return act


@pytest.fixture
def restore(session, ctx, account_id):
    def act(item, by=ctx, **fields):
        trash.restore_item(session, by, RestoreItem(account_id=account_id, item_id=item.id, **fields))
        session.flush()

    return act


@pytest.fixture
def purge(session, ctx, account_id):
    return lambda item, by=ctx: trash.purge_item(session, by, ItemRef(account_id=account_id, item_id=item.id))


@pytest.fixture
def trashed(session, ctx, account_id):
    def ask(by=ctx, **fields):
        return list_trashed(session, by, ListTrashed(account_id=account_id, **fields))

    return ask


@pytest.fixture
def is_there(session, ctx):
    def ask(document, by=ctx):
        try:
            shown.get_document(session, by, ref(document))
        except DocumentNotFound:
            return False
        return True

    return ask


@pytest.fixture
def leftovers(session, ctx):
    return lambda: set(session.scalars(select(model.Leftover.file_id).where(model.Leftover.firm_id == ctx.firm)))


class TestDeleting:
    def test_it_is_nowhere_but_in_the_trash(self, ctx, new_document, client_ctx, delete, is_there, section, trashed):
        """R-DOC-9, R-OV-9"""
        document = new_document(by=client_ctx)

        delete(document)

        assert not is_there(document)
        assert section().total == 0
        (item,) = trashed().items
        assert (item.id, item.kind, item.name, item.trashed_by) == (
            document.id,
            "document",
            "return.pdf",
            "Olga Owner",
        )
        assert item.until - item.trashed_at == dt.timedelta(days=120)

    def test_a_folder_takes_all_in_it_along_as_one_item(
        self, session, ctx, account_id, new_folder, new_document, delete, is_there, trashed
    ):
        folder = new_folder()
        inner = new_folder("2026", parent_id=folder.id)
        inside = [new_document(folder_id=folder.id), new_document(folder_id=inner.id)]

        delete(folder)

        assert not any(is_there(document) for document in inside)
        assert [(item.kind, item.name) for item in trashed().items] == [("folder", "Taxes")]
        names = [each.name for each in tree.list_folders(session, ctx, AccountRef(account_id=account_id)).items]
        assert names == ["Client documents"]

    def test_a_name_in_the_trash_is_free(self, new_folder, delete):
        delete(new_folder("Taxes"))

        assert new_folder("Taxes").name == "Taxes"

    def test_the_trash_is_searched_and_paged(self, new_document, new_folder, delete, trashed):
        for name in ("a.pdf", "b.pdf", "c.txt"):
            delete(new_document(name))
        delete(new_folder("Pdfs"))

        first = trashed(limit=2)
        second = trashed(limit=2, cursor=first.next_cursor)

        assert first.total == 4
        assert len({item.id for item in (*first.items, *second.items)}) == 4
        assert second.next_cursor is None
        assert {item.name for item in trashed(q="PDF").items} == {"a.pdf", "b.pdf", "Pdfs"}


class TestRestoring:
    def test_a_document_comes_back_where_it_lay(self, session, ctx, new_document, delete, restore, is_there, told):
        document = new_document()
        delete(document)
        told()

        restore(document)

        assert is_there(document)
        assert shown.get_document(session, ctx, ref(document)).folder_id == document.folder_id
        assert told() == ["document_changed"]

    def test_a_folder_comes_back_with_what_it_took_along_and_no_more(
        self, new_folder, new_document, delete, restore, is_there, trashed
    ):
        folder = new_folder()
        before, along = new_document("before.pdf", folder_id=folder.id), new_document(folder_id=folder.id)
        delete(before)
        delete(folder)

        restore(folder)

        assert (is_there(before), is_there(along)) == (False, True)
        assert [item.id for item in trashed().items] == [before.id]

    def test_not_into_a_folder_that_is_in_the_trash(
        self, session, ctx, root, new_folder, new_document, delete, restore
    ):
        folder = new_folder()
        document = new_document(folder_id=folder.id)
        delete(document)
        delete(folder)

        with pytest.raises(FolderGone):
            restore(document)
        restore(document, folder_id=root.id)

        assert shown.get_document(session, ctx, ref(document)).folder_id == root.id

    def test_a_folder_whose_name_is_taken_gets_another(self, session, ctx, account_id, new_folder, delete, restore):
        folder = new_folder("Taxes")
        delete(folder)
        new_folder("taxes")

        restore(folder)

        names = {each.name for each in tree.list_folders(session, ctx, AccountRef(account_id=account_id)).items}
        assert names == {"Client documents", "taxes", "Taxes (2)"}

    def test_what_went_along_does_not_come_back_alone(self, new_folder, new_document, delete, restore):
        folder = new_folder()
        document = new_document(folder_id=folder.id)
        delete(folder)

        with pytest.raises(TrashItemNotFound):
            restore(document)

    def test_it_takes_the_right(self, new_document, delete, restore, purge, employee, client_ctx):
        """§2.2"""
        document = new_document()
        delete(document)

        for act in (restore, purge):
            with pytest.raises(NotYoursToEdit):
                act(document, by=employee())
            with pytest.raises(Forbidden):
                act(document, by=client_ctx)

    def test_twice_is_once(self, new_document, delete, restore):
        document = new_document()
        delete(document)
        restore(document)

        with pytest.raises(TrashItemNotFound):
            restore(document)


class TestPurging:
    def test_every_version_goes_and_its_file_is_left_to_the_sweep(  # noqa: PLR0917
        self, session, ctx, account_id, new_document, delete, purge, row_of, leftovers, trashed, told
    ):
        document = new_document()
        file = arrived_for(session, ctx, account_id)
        documents.add_version(session, ctx, file, account_id, document.id)
        delete(document)
        told()

        purge(document)

        assert row_of(document) is None
        assert leftovers() == {document.file_id, file.file_id}
        assert trashed().total == 0
        assert told() == ["document_deleted"]

    def test_a_folder_goes_with_what_was_deleted_from_it_before(  # noqa: PLR0917
        self, session, ctx, new_folder, new_document, delete, purge, row_of, trashed, exempt, employee
    ):
        folder = new_folder()
        inner = new_folder("2026", parent_id=folder.id)
        before, along = new_document(folder_id=inner.id), new_document(folder_id=folder.id)
        exempt(before, of=employee(), access="none")
        delete(before)
        delete(folder)

        purge(folder)

        assert (row_of(before), row_of(along), trashed().total) == (None, None, 0)
        assert session.scalar(select(func.count()).where(model.Exemption.firm_id == ctx.firm)) == 0

    def test_what_is_not_in_the_trash_is_not_purged(self, new_document, new_folder, purge):
        for item in (new_document(), new_folder()):
            with pytest.raises(TrashItemNotFound):
                purge(item)

    def test_an_account_that_is_gone_leaves_nothing(
        self, session, ctx, account_id, new_folder, new_document, delete, leftovers, row_of
    ):
        folder = new_folder()
        kept, gone = new_document(), new_document(folder_id=folder.id)
        delete(folder)
        event = AccountDeleted(account_id=account_id, version=3)

        trash.account_deleted(session, ctx, event)

        assert (row_of(kept), row_of(gone)) == (None, None)
        assert leftovers() == {kept.file_id, gone.file_id}
        assert session.scalar(select(func.count()).where(model.Folder.firm_id == ctx.firm)) == 0


class TestSweep:
    def test_what_lay_there_for_120_days_goes_in_every_firm(self, sessions, ctx, postgres_url):
        """R-DOC-9"""
        db: Transactions = database(postgres_url, "documents")
        account_id = new_id()
        place = documents.Place(account_id)
        with sessions() as session:
            old, young = (
                documents.add(session, ctx, arrived_for(session, ctx, account_id), place, name)
                for name in ("old.pdf", "young.pdf")
            )
            for document, days in ((old, 120), (young, 119)):
                documents.delete_document(session, ctx, ref(document))
                row = session.get(model.Document, {"firm_id": ctx.firm, "id": document.id})
                row.trashed_at = ctx.now - dt.timedelta(days=days)

        trash.empty(db, Context(now=ctx.now))

        with sessions() as session:
            kept = select(model.Document.name).where(model.Document.firm_id == ctx.firm)
            assert session.scalars(kept).all() == ["young.pdf"]
