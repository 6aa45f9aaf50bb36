"""R-DOC-8: the tree of folders, and the one that always stays open to clients."""

import pytest

from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from contracts import documents as promised
from contracts.documents import NotYoursToEdit
from contracts.folders import (
    AccountRef,
    ChangeFolder,
    CreateFolder,
    FolderChangedMeanwhile,
    FolderExists,
    FolderIsBelow,
    FolderNotFound,
    FolderRef,
    LastOpenFolder,
)
from services.documents import first
from services.documents.operations import documents, folders
from services.documents.queries import folders as tree
from tests.unit.documents.conftest import later


@pytest.fixture
def listed(session, ctx, account_id):
    def ask(by=ctx):
        return tree.list_folders(session, by, AccountRef(account_id=account_id)).items

    return ask


@pytest.fixture
def change(session, ctx, account_id):
    def make(folder, *, by=ctx, version=None, **fields):
        request = ChangeFolder(account_id=account_id, folder_id=folder.id, version=version or folder.version, **fields)
        return folders.change_folder(session, by, request)

    return make


@pytest.fixture
def delete(session, ctx, account_id):
    return lambda folder, by=ctx: folders.delete_folder(
        session, by, FolderRef(account_id=account_id, folder_id=folder.id)
    )


class TestFirst:
    def test_an_account_has_a_folder_open_to_clients(self, root):
        """R-DOC-8"""
        assert (root.client_access, root.reach, root.parent_id) == ("edit", "edit", None)

    def test_it_is_made_once(self, session, ctx, account_id, root, listed):
        first.make(session, later(ctx, days=1), account_id)

        assert listed() == (root,)

    def test_the_last_open_one_stays(self, root, delete):
        """R-DOC-8"""
        with pytest.raises(LastOpenFolder):
            delete(root)

    @pytest.mark.parametrize("client_access", ["view", "private"])
    def test_and_stays_open(self, root, change, client_access):
        """R-DOC-8"""
        with pytest.raises(LastOpenFolder):
            change(root, client_access=client_access)

    def test_nor_may_it_be_moved_where_clients_do_not_reach(self, root, new_folder, change):
        """R-DOC-8"""
        private = new_folder(client_access="private")

        with pytest.raises(LastOpenFolder):
            change(root, parent_id=private.id)

    def test_with_another_it_may_go(self, root, new_folder, delete, listed):
        other = new_folder("Shared", client_access="edit")

        delete(root)

        assert [each.id for each in listed()] == [other.id]


class TestMaking:
    def test_it_has_the_access_of_the_one_above(self, new_folder, root):
        """R-DOC-8: at the top clients see nothing unless said."""
        assert new_folder("2026", parent_id=root.id).client_access == "edit"
        assert new_folder("Internal").client_access == "private"
        assert new_folder("Read", parent_id=root.id, client_access="view").reach == "view"

    def test_names_are_unique_among_siblings_whatever_their_case(self, new_folder, root):
        new_folder("Taxes")

        with pytest.raises(FolderExists):
            new_folder("  taxes ")
        assert new_folder("Taxes", parent_id=root.id).name == "Taxes"

    @pytest.mark.parametrize("name", [" ", "\u00a0"])
    def test_a_name_is_not_blank(self, new_folder, name):
        with pytest.raises(Invalid):
            new_folder(name)

    def test_a_folder_above_that_is_none(self, new_folder):
        with pytest.raises(FolderNotFound):
            new_folder(parent_id=new_id())

    def test_it_takes_the_right(self, new_folder, employee, client_ctx):
        """§2.2"""
        with pytest.raises(NotYoursToEdit):
            new_folder(by=employee())
        with pytest.raises(Forbidden):
            new_folder(by=client_ctx)
        assert new_folder(by=employee("manage_documents")).access == "edit"

    def test_or_an_exemption_there(self, new_folder, employee, root, exempt):
        """R-ACC-7"""
        emil = employee()
        exempt(root, of=emil, access="edit")

        assert new_folder("2026", by=emil, parent_id=root.id).access == "edit"


class TestChanging:
    def test_it_is_renamed_moved_and_closed(self, new_folder, root, change, told):
        folder = new_folder("Taxes")
        told()

        changed = change(folder, name="Old taxes", parent_id=root.id, client_access="view")

        assert (changed.name, changed.parent_id, changed.reach) == ("Old taxes", root.id, "view")
        assert changed.version == 2
        assert told() == ["folders_changed"]

    def test_to_the_top_again(self, new_folder, root, change):
        folder = new_folder(parent_id=root.id)

        assert change(folder, parent_id=None).parent_id is None

    def test_an_older_version_is_refused_with_what_is_there(self, new_folder, change):
        folder = new_folder()
        change(folder, name="Other")

        with pytest.raises(FolderChangedMeanwhile) as raised:
            change(folder, name="Third")

        assert raised.value.data["current"]["name"] == "Other"

    def test_not_into_itself_nor_below(self, new_folder, change):
        outer = new_folder("Outer")
        inner = new_folder("Inner", parent_id=outer.id)
        innermost = new_folder("Innermost", parent_id=inner.id)

        for target in (outer, inner, innermost):
            with pytest.raises(FolderIsBelow):
                change(outer, parent_id=target.id)

    def test_not_where_its_name_is_taken(self, new_folder, root, change):
        new_folder("Taxes", parent_id=root.id)
        folder = new_folder("TAXES")

        with pytest.raises(FolderExists):
            change(folder, parent_id=root.id)

    def test_its_own_name_in_another_case_is_free(self, new_folder, change):
        assert change(new_folder("taxes"), name="Taxes").name == "Taxes"

    def test_closing_one_closes_those_below(self, new_folder, change, listed):
        """R-DOC-8"""
        outer = new_folder("Outer", client_access="edit")
        new_folder("Inner", parent_id=outer.id, client_access="edit")

        change(outer, client_access="private")

        assert {each.name: each.reach for each in listed()}["Inner"] == "private"


class TestMovingDocuments:
    def move(self, session, by, document, folder):
        request = promised.ChangeDocument(
            account_id=document.account_id, document_id=document.id, version=document.version, folder_id=folder.id
        )
        return documents.change_document(session, by, request)

    def test_between_folders(self, session, ctx, new_document, new_folder):
        folder = new_folder()

        assert self.move(session, ctx, new_document(), folder).folder_id == folder.id

    def test_not_into_what_one_may_not_edit_or_see(self, session, new_document, new_folder, employee, exempt):
        """R-ACC-7"""
        document, folder, emil = new_document(), new_folder(), employee("manage_documents")
        for said, error in (("view", NotYoursToEdit), ("none", FolderNotFound)):
            exempt(folder, of=emil, access=said)
            with pytest.raises(error):
                self.move(session, emil, document, folder)

    def test_not_into_the_trash(self, session, ctx, new_document, new_folder, delete):
        document, folder = new_document(), new_folder()
        delete(folder)

        with pytest.raises(FolderNotFound):
            self.move(session, ctx, document, folder)


def test_another_accounts_folder_is_none_of_this_one(session, ctx, new_folder, account_id):
    folder = new_folder()

    with pytest.raises(FolderNotFound):
        folders.create_folder(session, ctx, CreateFolder(account_id=new_id(), name="Below", parent_id=folder.id))
