"""Files in a real folder: what was sent becomes a document, once; what broke off leaves nothing (ADR 13)."""

import datetime as dt
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import func, select

from chassis.blobs import Blobs
from chassis.config import Settings
from chassis.context import Actor, new_id
from chassis.errors import AppError, Forbidden, Invalid, KeyReused, Unavailable
from chassis.testing import database
from contracts.documents import (
    AdoptFile,
    DocumentNotFound,
    GetArchive,
    GetFile,
    NotYoursToEdit,
    UploadDocument,
    Uploader,
    UploadVersion,
    VersionRef,
)
from contracts.folders import CreateFolder, FolderNotFound, FolderRef, ItemRef, LastOpenFolder, RestoreItem
from contracts.portal_documents import GetPortalFile, UploadPortalDocument, UploadPortalVersion
from services.documents import files, model, reading
from services.documents.operations import documents, folders, trash
from services.documents.queries import documents as shown
from tests.unit.documents.conftest import later, portal_ctx, ref

PDF = b"%PDF-1.7\n" + bytes(1000)


@pytest.fixture
def db(postgres_url):
    return database(postgres_url, "documents")


@pytest.fixture
def blobs(tmp_path):
    return Blobs(Settings(blobs=tmp_path.as_uri()))


@pytest.fixture
def sent(blobs):
    """`sent(PDF)`: the fields of a request whose file waits in the store."""

    def send(content=PDF):
        path = f"incoming/{secrets.token_hex(16)}"
        blobs.put(path, [content])
        return {"upload": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    return send


@pytest.fixture
def upload(db, blobs, ctx, account_id, sent):
    def make(content=PDF, *, by=ctx, name="return.pdf", **fields):
        kind = UploadPortalDocument if by.actor.kind == "portal" else UploadDocument
        by = fields.pop("keyed", None) or replace(by, key=secrets.token_hex(8))
        return files.upload_document(db, blobs, by, kind(account_id=account_id, name=name, **sent(content), **fields))

    return make


@pytest.fixture
def kept(tmp_path):
    """The files of documents in the store."""
    return lambda: sorted(path.name for path in tmp_path.rglob("documents/*/*/*") if path.is_file())


@pytest.fixture
def act(sessions, ctx):
    """`act(operation, request)` in a transaction that commits."""

    def run(operation, request, by=ctx):
        with sessions() as session:
            return operation(session, by, request)

    return run


def outcomes(*calls):
    """What each call answered or raised, all begun at once."""
    start = Barrier(len(calls))

    def run(call):
        start.wait()
        try:
            return call()
        except AppError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def die(*_, **__):
    raise Unavailable


class TestUploading:
    def test_a_file_is_kept_as_it_came(self, upload, blobs, ctx, kept):
        document = upload()

        assert (document.media_type, document.size, document.uploader.side) == ("application/pdf", len(PDF), "firm")
        assert kept() == [str(document.file_id)]
        assert blobs.get(files.path(ctx.firm, document.account_id, document.file_id)) == PDF

    def test_a_clients_goes_into_the_folder_that_is_open_and_is_new(self, upload, client_ctx, db, ctx):
        """R-DOC-2, R-DOC-8"""
        document = upload(by=client_ctx)

        with db.reading(ctx) as session:
            found = shown.get_document(session, ctx, ref(document))
            folder = session.get(model.Folder, {"firm_id": ctx.firm, "id": document.folder_id})
        assert (found.is_new, found.origin, found.uploader.name) == (True, "portal", "Cora Client")
        assert folder.client_access == "edit"

    def test_the_same_key_makes_one_document(self, upload, ctx, kept, blobs):
        keyed = replace(ctx, key=secrets.token_hex(8))

        first, second = upload(keyed=keyed), upload(keyed=keyed)

        assert first == second
        assert kept() == [str(first.file_id)]
        with pytest.raises(KeyReused):
            upload(b"something else", keyed=keyed)

    def test_two_at_once_under_one_key_make_one(self, upload, ctx, kept, db, blobs):
        keyed = replace(ctx, key=secrets.token_hex(8))

        first, second = outcomes(lambda: upload(keyed=keyed), lambda: upload(keyed=keyed))

        assert first == second
        files.sweep(db, blobs, later(ctx, hours=2))
        assert kept() == [str(first.file_id)]

    def test_an_upload_that_is_gone_leaves_nothing(self, db, blobs, ctx, account_id, sent, kept):
        request = UploadDocument(account_id=account_id, name="x.pdf", **sent())
        blobs.delete(request.upload)

        with pytest.raises(Unavailable):
            files.upload_document(db, blobs, ctx, request)

        assert kept() == []

    def test_what_ends_half_way_is_done_by_the_same_request(self, db, blobs, ctx, account_id, sent, monkeypatch):
        request = UploadDocument(account_id=account_id, name="x.pdf", **sent())
        with monkeypatch.context() as broken:
            broken.setattr(documents, "add", die)
            with pytest.raises(Unavailable):
                files.upload_document(db, blobs, ctx, request)

        made = files.upload_document(db, blobs, ctx, request)

        assert blobs.get(files.path(ctx.firm, account_id, made.file_id)) == PDF

    def test_what_dies_before_the_row_is_swept(self, db, blobs, ctx, account_id, sent, kept, monkeypatch):
        monkeypatch.setattr(documents, "add", die)
        with pytest.raises(Unavailable):
            files.upload_document(db, blobs, ctx, UploadDocument(account_id=account_id, name="x.pdf", **sent()))
        assert len(kept()) == 1

        assert files.sweep(db, blobs, later(ctx, minutes=59)) == 0
        assert len(kept()) == 1
        files.sweep(db, blobs, later(ctx, minutes=61))

        assert kept() == []

    def test_a_file_that_was_swept_meanwhile_is_not_shown(self, db, ctx, account_id):
        """Were it shown, its bytes would be missing."""
        facts = {"media_type": "text/plain", "size": 1, "sha256": "0" * 64}
        arrived = documents.Arrived(file_id=new_id(), **facts, **documents.by_firm(ctx))

        with db.transaction(ctx) as session, pytest.raises(Unavailable):
            documents.add(session, ctx, arrived, documents.Place(account_id), "x.txt")

    @pytest.mark.parametrize("name", ["", "  "])
    def test_a_name_is_needed(self, upload, name):
        with pytest.raises(Invalid):
            upload(name=name)

    def test_into_what_is_not_theirs(self, upload, act, ctx, client_ctx, account_id, employee, kept):
        """R-DOC-8, §2.2"""
        request = CreateFolder(account_id=account_id, name="Private")
        private = act(folders.create_folder, request)
        shown_only = act(folders.create_folder, replace(request, name="Shown", client_access="view"))

        for folder, error in ((private, FolderNotFound), (shown_only, NotYoursToEdit)):
            with pytest.raises(error):
                upload(by=client_ctx, folder_id=folder.id)
        with pytest.raises(NotYoursToEdit):
            upload(by=employee())
        assert kept() == []

    def test_a_client_has_a_call_of_their_own(self, db, blobs, client_ctx, ctx, account_id, sent):
        with pytest.raises(Forbidden):
            files.upload_document(db, blobs, client_ctx, UploadDocument(account_id=account_id, name="x", **sent()))
        with pytest.raises(Forbidden):
            files.upload_document(db, blobs, ctx, UploadPortalDocument(account_id=account_id, name="x", **sent()))


class TestVersions:
    @pytest.fixture
    def add(self, db, blobs, ctx, sent):
        def make(document, content, by=ctx):
            kind = UploadPortalVersion if by.actor.kind == "portal" else UploadVersion
            request = kind(account_id=document.account_id, document_id=document.id, **sent(content))
            return files.upload_version(db, blobs, replace(by, key=secrets.token_hex(8)), request)

        return make

    @pytest.fixture
    def versions(self, db, ctx):
        def ask(document):
            with db.reading(ctx) as session:
                return shown.list_versions(session, ctx, ref(document)).items

        return ask

    def test_each_is_kept_and_the_last_is_shown(self, upload, add, versions, client_ctx, db, ctx, blobs):
        document = upload(b"one", by=client_ctx)
        second = add(document, b"two!!")

        newest, oldest = versions(document)
        request = GetFile(account_id=document.account_id, document_id=document.id)
        shown_file, old_file = (
            reading.get_file(db, ctx, replace(request, version_id=version)) for version in (None, oldest.id)
        )

        assert (second.size, second.uploader.side) == (5, "firm")
        assert [(each.number, each.size, each.uploader.side) for each in (newest, oldest)] == [
            (2, 5, "firm"),
            (1, 3, "client"),
        ]
        assert [blobs.get(content.path) for content in (shown_file, old_file)] == [b"two!!", b"one"]
        assert shown_file.etag != old_file.etag

    def test_an_old_one_is_restored_as_another(self, upload, add, versions, act, kept):
        document = upload(b"one")
        add(document, b"two")
        oldest = versions(document)[-1]
        where = {"account_id": document.account_id, "document_id": document.id}

        restored = act(documents.restore_version, VersionRef(**where, version_id=oldest.id))

        assert restored.file_id == document.file_id
        assert [(each.number, each.restored_from) for each in versions(document)] == [(3, 1), (2, None), (1, None)]
        assert len(kept()) == 2

    def test_two_who_restore_at_once_restore_once(self, upload, add, versions, act, employee):
        document = upload(b"one")
        add(document, b"two")
        where = {"account_id": document.account_id, "document_id": document.id}
        request = VersionRef(**where, version_id=versions(document)[-1].id)

        answers = outcomes(*[lambda: act(documents.restore_version, request) for _ in range(2)])

        assert {answer.file_id for answer in answers} == {document.file_id}
        assert len(versions(document)) == 3

    def test_versions_sent_at_once_are_all_kept(self, upload, add, versions):
        document = upload(b"one")

        outcomes(*[lambda number=number: add(document, str(number).encode()) for number in range(4)])

        assert [each.number for each in versions(document)] == [5, 4, 3, 2, 1]

    def test_a_version_of_another_document_is_none_of_this_one(self, upload, versions, act, db, ctx):
        one, other = upload(), upload()
        where = {"account_id": one.account_id, "document_id": one.id, "version_id": versions(other)[0].id}

        with pytest.raises(Invalid):
            act(documents.restore_version, VersionRef(**where))
        with pytest.raises(DocumentNotFound):
            reading.get_file(db, ctx, GetFile(**where))

    def test_only_who_may_edit_adds_one(self, upload, add, employee):
        """§2.2"""
        with pytest.raises(NotYoursToEdit):
            add(upload(), b"two", by=employee())


class TestReading:
    @pytest.fixture
    def is_new(self, db, ctx):
        def ask(document):
            with db.reading(ctx) as session:
                return shown.get_document(session, ctx, ref(document)).is_new

        return ask

    @pytest.mark.parametrize(
        ("asked", "clears"),
        [
            ({"by_person": True}, True),
            ({"by_person": True, "inline": True}, True),
            ({"by_person": True, "mark_seen": False}, False),
            ({"by_person": False}, False),
            ({"by_person": False, "mark_seen": True}, True),
        ],
    )
    @pytest.mark.parametrize("kind", [GetFile, GetArchive])
    def test_what_ends_new(self, upload, client_ctx, db, employee, is_new, asked, clears, kind):
        """R-DOC-4: a person who looks; of programs only those that say so."""
        document = upload(by=client_ctx)
        if kind is GetFile:
            request = GetFile(account_id=document.account_id, document_id=document.id, **asked)
            reading.get_file(db, employee(), request)
        else:
            asked = {key: value for key, value in asked.items() if key != "inline"}
            request = GetArchive(account_id=document.account_id, folder_id=(document.folder_id,), **asked)
            reading.get_archive(db, employee(), request)

        assert is_new(document) is not clears

    def test_a_client_ends_nothing(self, upload, client_ctx, db, ctx, is_new):
        """R-DOC-4"""
        document = upload(by=client_ctx)

        with db.reading(client_ctx) as session:
            request = GetPortalFile(account_id=document.account_id, document_id=document.id)
            reading.get_portal_file(session, client_ctx, request)

        assert is_new(document)

    def test_an_older_version_ends_nothing(self, upload, client_ctx, db, blobs, ctx, sent, is_new):
        """R-DOC-4: what was looked at is not what is New."""
        document = upload(by=client_ctx)
        where = {"account_id": document.account_id, "document_id": document.id}
        request = UploadPortalVersion(**where, **sent(b"two"))
        files.upload_version(db, blobs, replace(client_ctx, key=secrets.token_hex(8)), request)
        with db.reading(ctx) as session:
            oldest = shown.list_versions(session, ctx, ref(document)).items[-1]

        reading.get_file(db, ctx, GetFile(**where, version_id=oldest.id, by_person=True))

        assert is_new(document)

    @pytest.mark.parametrize(
        ("content", "name", "inline"),
        [
            (PDF, "x.pdf", True),
            (b"GIF89a" + bytes(20), "x.gif", True),
            (b"<html>", "x.pdf", False),
            (b"text", "x", False),
        ],
    )
    def test_only_pdf_and_pictures_are_shown(self, upload, db, ctx, content, name, inline):
        document = upload(content, name=name)

        request = GetFile(account_id=document.account_id, document_id=document.id, inline=True)

        assert (reading.get_file(db, ctx, request).file_name == "") is inline

    def test_a_zip_holds_folders_and_no_name_twice(self, upload, act, account_id, db, ctx):
        top = act(folders.create_folder, CreateFolder(account_id=account_id, name="Tax: 2026"))
        below = act(folders.create_folder, CreateFolder(account_id=account_id, name="Bank", parent_id=top.id))
        upload(name="a.pdf", folder_id=top.id)
        upload(name="A.pdf", folder_id=top.id)
        upload(name="b.pdf", folder_id=below.id)
        alone = upload(name="alone.pdf")

        request = GetArchive(account_id=account_id, folder_id=(top.id, below.id), document_id=(alone.id,))
        archive = reading.get_archive(db, ctx, request)
        inner = reading.get_archive(db, ctx, GetArchive(account_id=account_id, folder_id=(below.id,)))

        assert {file.name for file in archive.files} == {
            "Tax_ 2026/a.pdf",
            "Tax_ 2026/A (2).pdf",
            "Tax_ 2026/Bank/b.pdf",
            "alone.pdf",
        }
        assert (inner.file_name, [file.name for file in inner.files]) == ("Bank.zip", ["Bank/b.pdf"])

    def test_a_zip_of_nothing_is_told(self, db, ctx, account_id):
        with pytest.raises(Invalid):
            reading.get_archive(db, ctx, GetArchive(account_id=account_id))


class TestAdopting:
    @pytest.fixture
    def adopt(self, db, blobs, ctx, account_id):
        system = replace(ctx, actor=Actor())

        def make(source="chat:1:1", path="chats/file", **fields):
            uploader = Uploader(side="client", name="anna@example.com")
            facts = {"account_id": account_id, "source": source, "path": path, "name": "scan.pdf", "origin": "chat"}
            request = AdoptFile(**{**facts, "uploader": uploader, **fields})
            return files.adopt_file(db, blobs, fields.pop("by", system), request)

        return make

    def test_a_clients_attachment_becomes_a_document(self, adopt, blobs, ctx, kept):
        """R-DOC-1, R-SYN-2: it is New, and the one it came from stays."""
        blobs.put("chats/file", [PDF])

        document = adopt()

        assert (document.origin, document.is_new, document.size) == ("chat", True, len(PDF))
        assert blobs.get("chats/file") == blobs.get(files.path(ctx.firm, document.account_id, document.file_id)) == PDF
        assert kept() == [str(document.file_id)]

    def test_once_for_each_source(self, adopt, blobs, db, ctx, kept):
        blobs.put("chats/file", [PDF])

        first, second, third = outcomes(adopt, adopt, adopt)

        assert first.id == second.id == third.id == adopt().id
        assert adopt(source="chat:1:2").id != first.id
        files.sweep(db, blobs, later(ctx, hours=2))
        assert len(kept()) == 2

    @pytest.mark.parametrize("path", ["chats/none", "../../etc/passwd"])
    def test_a_file_that_is_none(self, adopt, path):
        with pytest.raises(Invalid):
            adopt(path=path)

    def test_nobody_but_another_service_may(self, db, blobs, ctx, account_id):
        uploader = Uploader(side="client", name="x")
        request = AdoptFile(
            account_id=account_id, source="x", path="chats/file", name="x", origin="chat", uploader=uploader
        )
        for by in (ctx, portal_ctx(ctx)):
            with pytest.raises(Forbidden):
                files.adopt_file(db, blobs, by, request)


class TestTwoAtOnce:
    def test_of_a_restore_and_a_purge_one_wins(self, upload, act, db, blobs, ctx, kept):
        """R-DOC-9: then it is there with its file, or neither is."""
        for _ in range(5):
            document = upload()
            act(documents.delete_document, ref(document))
            where = {"account_id": document.account_id, "item_id": document.id}

            outcomes(
                lambda where=where: act(trash.restore_item, RestoreItem(**where)),
                lambda where=where: act(trash.purge_item, ItemRef(**where)),
            )

            files.sweep(db, blobs, later(ctx, hours=2))
            with db.reading(ctx) as session:
                count = select(func.count()).where(model.Document.firm_id == ctx.firm, model.Document.id == document.id)
                is_there = bool(session.scalar(count))
            assert (str(document.file_id) in kept()) is is_there

    def test_two_who_delete_at_once_delete_once(self, upload, act):
        document = upload()

        answers = outcomes(*[lambda: act(documents.delete_document, ref(document)) for _ in range(2)])

        assert sum(isinstance(answer, DocumentNotFound) for answer in answers) == 1

    def test_two_who_close_the_last_two_open_folders(self, upload, act, account_id, ctx, db):
        """R-DOC-8: one of them stays."""
        first = upload().folder_id
        request = CreateFolder(account_id=account_id, name="Other", client_access="edit")
        second = act(folders.create_folder, request).id

        answers = outcomes(
            *[
                lambda folder_id=folder_id: act(
                    folders.delete_folder, FolderRef(account_id=account_id, folder_id=folder_id)
                )
                for folder_id in (first, second)
            ]
        )

        assert sum(isinstance(answer, LastOpenFolder) for answer in answers) == 1

    def test_an_upload_into_a_folder_that_is_deleted_is_never_left_alone(self, upload, act, account_id, db, ctx):
        """It goes along into the trash, or is refused."""
        upload()
        for number in range(4):
            request = CreateFolder(account_id=account_id, name=f"Folder {number}")
            folder = act(folders.create_folder, request)

            outcomes(
                lambda folder=folder: upload(folder_id=folder.id),
                lambda folder=folder: act(folders.delete_folder, FolderRef(account_id=account_id, folder_id=folder.id)),
            )

            with db.reading(ctx) as session:
                document = model.Document
                mine = (document.firm_id == ctx.firm, document.folder_id == folder.id)
                assert set(session.scalars(select(document.trash_id).where(*mine))) <= {folder.id}


def test_the_sweep_waits_for_a_store_that_is_gone(db, ctx, upload, act, blobs, tmp_path):
    document = upload()
    act(documents.delete_document, ref(document))
    act(trash.purge_item, ItemRef(account_id=document.account_id, item_id=document.id))
    gone = Blobs(Settings(blobs=""))

    assert files.sweep(db, gone, later(ctx, hours=2)) == 0
    assert files.sweep(db, blobs, later(ctx, hours=2)) >= 1
    assert dt.timedelta(hours=1) == files.MADE_WITHIN
