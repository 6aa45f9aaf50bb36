"""R-ACC-7, R-DOC-8, R-OV-9: who reaches which folder and document, and what nobody is told of."""

from itertools import product

import pytest

from chassis.context import new_id
from chassis.errors import Forbidden, Invalid
from chassis.testing import member_ctx
from contracts import documents as promised
from contracts.documents import DocumentNotFound, GetArchive, NotYoursToEdit
from contracts.folders import (
    AccountRef,
    Exemption,
    FolderNotFound,
    ItemNotFound,
    ItemRef,
    ListTrashed,
    SetExemptions,
)
from contracts.portal_documents import ListPortalDocuments
from contracts.sections import UnknownSection
from services.documents import items, reading
from services.documents.access import EDIT
from services.documents.operations import documents, exemptions
from services.documents.queries import documents as shown
from services.documents.queries import exemptions as exempted
from services.documents.queries import folders as tree
from services.documents.queries.trash import list_trashed
from tests.unit.documents.conftest import portal_ctx, ref

WORDS = ("none", "view", "edit")


def access_of(session, by, document):
    try:
        _, rank = items.find_document(session, by, document.account_id, document.id)
    except DocumentNotFound:
        return "none"
    return WORDS[rank]


class TestMembers:
    def test_without_an_exemption_the_right_decides(self, session, new_document, employee):
        """Matrix 2.4 and §2.2: whoever sees the account views and downloads; editing takes `manage_documents`."""
        document = new_document()

        assert access_of(session, employee(), document) == "view"
        assert access_of(session, employee("manage_documents"), document) == "edit"
        assert access_of(session, employee("manage_accounts"), document) == "view"

    @pytest.mark.parametrize("said", WORDS)
    @pytest.mark.parametrize("rights", [(), ("manage_documents",)])
    def test_an_exemption_overrides_the_right_in_both_directions(
        self, session, new_document, employee, exempt, said, rights
    ):
        """R-ACC-7"""
        document, emil = new_document(), employee(*rights)

        exempt(document, of=emil, access=said)

        assert access_of(session, emil, document) == said

    @pytest.mark.parametrize(("outer", "inner", "own"), [*product(WORDS, (None, *WORDS), (None, *WORDS))])
    def test_the_nearest_one_counts(self, session, root, new_folder, new_document, employee, exempt, outer, inner, own):  # noqa: PLR0917
        """R-ACC-7: the document's before its folder's before that of the folder above."""
        folder = new_folder("2026", parent_id=root.id)
        document, emil = new_document(folder_id=folder.id), employee()
        for item, said in ((root, outer), (folder, inner), (document, own)):
            if said:
                exempt(item, of=emil, access=said)

        assert access_of(session, emil, document) == (own or inner or outer)

    @pytest.mark.parametrize("role", ["owner", "admin"])
    def test_owner_and_admins_are_not_subject_to_any(self, session, ctx, new_document, exempt, role):
        """R-ACC-7"""
        document, admin = new_document(), member_ctx(ctx, role=role)

        exempt(document, of=admin, access="none")

        assert access_of(session, admin, document) == "edit"

    def test_an_exemption_is_of_one_person(self, session, new_document, employee, exempt):
        document = new_document()

        exempt(document, of=employee(), access="none")

        assert access_of(session, employee(), document) == "view"

    def test_it_can_end(self, session, new_document, employee, exempt):
        document, emil = new_document(), employee()
        exempt(document, of=emil, access="none")

        exempt(document, of=emil, access=None)

        assert access_of(session, emil, document) == "view"


class TestClients:
    @pytest.mark.parametrize(
        ("outer", "inner", "found"),
        [
            ("edit", "edit", "edit"),
            ("edit", "view", "view"),
            ("edit", "private", "none"),
            ("view", "edit", "view"),
            ("private", "edit", "none"),
        ],
    )
    def test_a_folder_opens_no_more_than_those_above_it(
        self, session, new_folder, new_document, client_ctx, outer, inner, found
    ):
        """R-DOC-8"""
        above = new_folder("Outer", client_access=outer)
        folder = new_folder("Inner", parent_id=above.id, client_access=inner)

        assert access_of(session, client_ctx, new_document(folder_id=folder.id)) == found

    @pytest.mark.parametrize(("setting", "said"), [*product(("edit", "view", "private"), WORDS)])
    def test_an_exemption_overrides_the_folder_in_both_directions(
        self, session, new_folder, new_document, client_ctx, exempt, setting, said
    ):
        """R-ACC-7"""
        document = new_document(folder_id=new_folder(client_access=setting).id)

        exempt(document, of=client_ctx, access=said)

        assert access_of(session, client_ctx, document) == said

    def test_a_folder_opened_to_one_contact_stays_closed_to_another(
        self, session, ctx, new_folder, new_document, client_ctx, exempt
    ):
        folder = new_folder(client_access="private")
        document = new_document(folder_id=folder.id)

        exempt(folder, of=client_ctx, access="view")

        assert access_of(session, client_ctx, document) == "view"
        assert access_of(session, portal_ctx(ctx), document) == "none"

    def test_a_private_folder_below_an_opened_one_stays_private(
        self, session, new_folder, new_document, client_ctx, exempt
    ):
        """R-DOC-8: an exemption says what is above it, not what each folder below says of itself."""
        above = new_folder("Outer", client_access="private")
        folder = new_folder("Inner", parent_id=above.id, client_access="private")
        document = new_document(folder_id=folder.id)

        exempt(above, of=client_ctx, access="edit")

        assert access_of(session, client_ctx, document) == "none"

    def test_a_contact_of_the_same_id_as_a_member_is_somebody_else(
        self, session, new_document, employee, client_ctx, exempt
    ):
        document, emil = new_document(), employee()

        exempt(document, of=emil, access="none")

        assert access_of(session, portal_ctx(emil), document) == "edit"


class TestWhatIsNotTheirs:
    """R-OV-9: it is nowhere: in no list, no count, no search, no zip, no folder, no trash."""

    @pytest.fixture
    def hidden(self, new_document, client_ctx):
        return new_document("secret.pdf", by=client_ctx)

    @pytest.fixture
    def emil(self, employee, exempt, hidden):
        emil = employee("manage_documents")
        exempt(hidden, of=emil, access="none")
        return emil

    def test_no_row_and_no_count_of_the_section(self, section, listed, hidden, emil, new_document, client_ctx):
        visible = new_document("open.pdf", by=client_ctx)
        scope = f"member:{emil.actor.id}"

        shown = section(scope=scope, by=emil)
        page = listed(scope=scope, by=emil)
        found = listed(scope=scope, by=emil, q="secret", uploaded_by="all")

        assert ([row["id"] for row in shown.rows], shown.total) == ([str(visible.id)], 1)
        assert ([row["id"] for row in page.rows], page.total) == ([str(visible.id)], 1)
        assert (found.rows, found.total) == ((), 0)

    def test_not_in_its_folder_nor_its_counts(self, session, account_id, root, hidden, emil):
        request = promised.ListDocuments(account_id=account_id, folder_id=root.id)
        page = shown.list_documents(session, emil, request)
        (folder,) = tree.list_folders(session, emil, AccountRef(account_id=account_id)).items

        assert (page.items, page.total) == ((), 0)
        assert (folder.documents, folder.new) == (0, 0)

    def test_not_in_a_zip(self, session, account_id, hidden, emil, new_document, ctx):
        new_document("open.pdf")

        mine, _ = reading._archive(session, emil, GetArchive(account_id=account_id))
        every, _ = reading._archive(session, ctx, GetArchive(account_id=account_id))

        assert [file.name for file in mine.files] == ["Client documents/open.pdf"]
        assert len(every.files) == 2

    def test_asking_for_it_is_like_asking_for_nothing(self, session, account_id, hidden, emil):
        calls = [
            lambda: shown.get_document(session, emil, ref(hidden)),
            lambda: shown.list_versions(session, emil, ref(hidden)),
            lambda: documents.delete_document(session, emil, ref(hidden)),
            lambda: documents.mark_unseen(session, emil, ref(hidden)),
            lambda: reading._archive(session, emil, GetArchive(account_id=account_id, document_id=(hidden.id,))),
            lambda: reading._file(session, emil, promised.GetFile(account_id=account_id, document_id=hidden.id), None),
        ]

        for call in calls:
            with pytest.raises(DocumentNotFound):
                call()
        with pytest.raises(ItemNotFound):
            exempted.list_exemptions(session, emil, ItemRef(account_id=account_id, item_id=hidden.id), {})

    def test_not_in_the_trash(self, session, ctx, account_id, hidden, emil):
        documents.delete_document(session, ctx, ref(hidden))

        theirs = list_trashed(session, emil, ListTrashed(account_id=account_id))
        ours = list_trashed(session, ctx, ListTrashed(account_id=account_id))

        assert (theirs.items, theirs.total) == ((), 0)
        assert [item.id for item in ours.items] == [hidden.id]

    def test_a_hidden_folder_hides_all_in_it_and_its_name(
        self, session, account_id, ctx, new_folder, new_document, employee, exempt
    ):
        above, emil = new_folder("Partners only"), employee()
        below = new_folder("2026", parent_id=above.id)
        inside, given = new_document(folder_id=below.id), new_document("given.pdf", folder_id=below.id)
        exempt(above, of=emil, access="none")
        exempt(given, of=emil, access="view")

        names = [each.name for each in tree.list_folders(session, emil, AccountRef(account_id=account_id)).items]
        archive, _ = reading._archive(session, emil, GetArchive(account_id=account_id))

        assert names == ["Client documents"]
        assert [file.name for file in archive.files] == ["given.pdf"]
        assert access_of(session, emil, inside) == "none"
        request = promised.ListDocuments(account_id=account_id, folder_id=below.id)
        with pytest.raises(FolderNotFound):
            shown.list_documents(session, emil, request)


class TestDoors:
    def test_a_portal_user_has_no_section_and_no_staff_call(self, session, account_id, section, client_ctx, root):
        with pytest.raises(UnknownSection):
            section(by=client_ctx)
        with pytest.raises(Forbidden):
            tree.list_folders(session, client_ctx, AccountRef(account_id=account_id))
        with pytest.raises(Forbidden):
            list_trashed(session, client_ctx, ListTrashed(account_id=account_id))

    def test_staff_have_no_portal_call(self, session, ctx, account_id):
        with pytest.raises(Forbidden):
            shown.list_portal_documents(session, ctx, ListPortalDocuments(account_id=account_id))

    def test_another_firm_finds_nothing(self, session, ctx, new_document):
        other = member_ctx(ctx, role="owner")
        stranger = type(other)(firm_id=new_id(), actor=other.actor)

        assert access_of(session, stranger, new_document()) == "none"

    def test_another_accounts_documents_are_not_this_ones(self, session, ctx, new_document):
        document = new_document()

        with pytest.raises(DocumentNotFound):
            items.find_document(session, ctx, new_id(), document.id)

    def test_who_may_only_view_changes_nothing(self, session, new_document, employee, account_id, root):
        """§2.2"""
        document, emil = new_document(), employee()

        with pytest.raises(NotYoursToEdit):
            documents.delete_document(session, emil, ref(document))
        with pytest.raises(NotYoursToEdit):
            items.find_folder(session, emil, account_id, root.id, needs=EDIT)


class TestSetting:
    def test_only_who_may_edit_sets_them(self, session, new_document, employee, exempt):
        emil = employee()

        with pytest.raises(NotYoursToEdit):
            exempt(new_document(), of=emil, access="edit", by=emil)

    def test_strangers_and_twins_are_told_apart(self, session, ctx, account_id, new_document):
        known, stranger = new_id(), new_id()
        entries = [
            Exemption(kind="member", id=known, access="view"),
            Exemption(kind="member", id=known, access="none"),
            Exemption(kind="contact", id=stranger, access="view"),
        ]
        request = SetExemptions(account_id=account_id, item_id=new_document().id, exemptions=tuple(entries))

        with pytest.raises(Invalid) as raised:
            exemptions.set_exemptions(session, ctx, request, {("member", known)})

        assert [fault["field"] for fault in raised.value.data["errors"]] == ["exemptions.1.id", "exemptions.2.id"]

    def test_it_is_told(self, new_document, employee, exempt, told):
        document = new_document()
        told()

        exempt(document, of=employee(), access="none")

        assert told() == ["exemptions_changed"]

    def test_they_are_listed_with_names(self, session, ctx, account_id, new_document, employee, client_ctx, exempt):
        document, emil = new_document(), employee()
        exempt(document, of=emil, access="edit")
        exempt(document, of=client_ctx, access="none")
        names = {("member", emil.actor.id): "Emil Employee"}

        found = exempted.list_exemptions(session, ctx, ItemRef(account_id=account_id, item_id=document.id), names)

        assert [(each.kind, each.access, each.name) for each in found.items] == [
            ("contact", "none", ""),
            ("member", "edit", "Emil Employee"),
        ]
