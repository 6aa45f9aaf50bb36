"""The way of a file: kept first, shown last, removed when nobody shows it, whatever dies on the way."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from chassis.blobs import Blobs
from chassis.config import Settings
from chassis.context import new_id
from chassis.errors import Forbidden, Invalid, KeyReused, Unavailable
from chassis.testing import database
from contracts import accounts
from contracts.chat_files import AddAttachment, AttachmentNotFound, AttachmentRef, InternalAttachment
from services.messages import keeping, model, saving
from services.messages.operations import neighbours
from tests.unit.messages.conftest import Talk, as_contact


class Killed(BaseException):
    """The process dies here."""


class Place:
    """A database that commits, and a folder for files."""

    def __init__(self, db, folder, ctx):
        self.db, self.folder, self.ctx, self.account_id = db, folder, ctx, new_id()
        self.blobs = Blobs(Settings(blobs=folder.as_uri()))

    def again(self, **changes):
        return replace(self.ctx, key=new_id().hex, **changes)

    def add(self, content=b"A statement.", *, name="statement.pdf", ctx=None, blobs=None):
        upload = f"incoming/{new_id().hex}"
        self.blobs.create(upload, content)
        request = AddAttachment(account_id=self.account_id, upload=upload, name=name)
        return keeping.add(self.db, blobs or self.blobs, ctx or self.again(), request, "firm")

    def save(self, file, documents, *, ctx=None):
        request = AttachmentRef(account_id=self.account_id, attachment_id=file.id)
        return saving.save(self.db, documents, ctx or self.ctx, request)

    def talk(self, act):
        """`act(talk)` in a transaction that commits."""
        with self.db.transaction(self.ctx) as session:
            return act(Talk(session, self.again(), self.account_id))

    def content(self, file_id):
        return self.blobs.get(keeping.path(self.ctx.firm, self.account_id, file_id))

    def on_record(self):
        with self.db.reading(self.ctx) as session:
            return set(session.scalars(select(model.Attachment.id)))

    def files(self):
        return {path.name for path in (self.folder / "chats").rglob("*") if path.is_file()}

    def sweep(self, **later):
        now = replace(self.ctx, firm_id=None, now=self.ctx.now + dt.timedelta(**later))
        keeping.sweep(self.db, self.blobs, now)


@pytest.fixture
def place(postgres_url, ctx, tmp_path):
    return Place(database(postgres_url, "messages"), tmp_path, ctx)


def test_it_is_kept_as_it_came_and_shown_by_its_message(place):
    content = bytes(range(256)) * 30_000  # more than one part of the store's
    file = place.add(content, name="  scan.pdf ")

    thread = place.talk(lambda talk: talk.start("", attachment_ids=(file.id,)))

    (message,) = place.talk(lambda talk: talk.said(thread)).items
    assert message.attachments == (file,)
    assert (file.name, file.media_type, file.size) == ("scan.pdf", "application/pdf", len(content))
    assert place.content(file.id) == content
    place.sweep(days=365)
    assert place.files() == {str(file.id)}


def test_several_stay_in_the_order_they_were_named(place):
    files = [place.add(name=f"{name}.txt") for name in "abc"]
    order = (files[2].id, files[0].id, files[1].id)

    thread = place.talk(lambda talk: talk.start(attachment_ids=order))

    (message,) = place.talk(lambda talk: talk.said(thread)).items
    assert [one.name for one in message.attachments] == ["c.txt", "a.txt", "b.txt"]


def test_a_repeated_request_gets_the_first_answer_and_leaves_no_file(place):
    key = place.again()
    first, second = place.add(ctx=key), place.add(ctx=key)

    place.sweep(hours=2)
    assert first == second
    assert place.files() == {str(first.id)}


def test_of_twins_at_once_one_stays(place):
    key = place.again()
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: place.add(ctx=key), range(4)))

    place.sweep(hours=2)
    assert len({one.id for one in made}) == 1
    assert place.files() == {str(made[0].id)}


def test_one_key_for_two_files_is_refused(place):
    key = place.again()
    place.add(b"One", ctx=key)

    with pytest.raises(KeyReused):
        place.add(b"Two", ctx=key)


def test_one_that_waits_too_long_goes(place):
    file = place.add()

    place.sweep(hours=24)
    waiting = place.on_record()
    place.sweep(hours=24, minutes=6)

    assert waiting == {file.id}
    assert (place.on_record(), place.files()) == (set(), set())
    with pytest.raises(Invalid):
        place.talk(lambda talk: talk.start(attachment_ids=(file.id,)))


def test_whatever_dies_on_the_way_leaves_nothing(place):
    class Dying(Blobs):
        def copy(self, path, to):
            super().copy(path, to)
            raise Killed

    with pytest.raises(Killed):
        place.add(blobs=Dying(Settings(blobs=place.folder.as_uri())))
    left = place.files()
    place.sweep(hours=2)

    assert len(left) == 1
    assert (place.on_record(), place.files()) == (set(), set())


def test_those_of_a_deleted_message_and_account_go(place):
    kept, slip = place.add(), place.add()
    thread = place.talk(lambda talk: talk.start(attachment_ids=(kept.id,)))
    place.talk(lambda talk: talk.delete(thread, talk.say(thread, attachment_ids=(slip.id,))))
    place.sweep(minutes=6)
    after_deletion = place.files()

    gone = accounts.AccountDeleted(account_id=place.account_id, version=9)
    place.talk(lambda talk: neighbours.account_deleted(talk.session, talk.ctx, gone))
    place.sweep(minutes=6)

    assert after_deletion == {str(kept.id)}
    assert (place.on_record(), place.files()) == (set(), set())


def test_one_file_is_shown_by_one_message(place):
    file = place.add()
    thread = place.talk(lambda talk: talk.start(attachment_ids=(file.id,)))

    with pytest.raises(Invalid) as refused:
        place.talk(lambda talk: talk.say(thread, attachment_ids=(file.id,)))

    assert refused.value.data["errors"][0]["field"] == "attachment_ids"


def test_an_upload_that_is_gone_is_asked_for_again(place):
    request = AddAttachment(account_id=place.account_id, upload=f"incoming/{new_id().hex}", name="scan.pdf")

    with pytest.raises(Unavailable):
        keeping.add(place.db, place.blobs, place.again(), request, "firm")


def test_one_that_is_too_large_is_refused(place, monkeypatch):
    monkeypatch.setattr(keeping, "MAX_BYTES", 5)

    with pytest.raises(Invalid):
        place.add(b"123456")


def test_a_store_that_is_gone_delays_the_sweep(place):
    class Gone(Blobs):
        def delete(self, *paths):
            raise Unavailable

    place.add()
    now = replace(place.ctx, firm_id=None, now=place.ctx.now + dt.timedelta(days=3))

    keeping.sweep(place.db, Gone(Settings(blobs=place.folder.as_uri())), now)

    assert len(place.on_record()) == 1


class Documents:
    """What documents is asked to adopt, and as whom; it answers as it does for a file of that name."""

    def __init__(self):
        self.asked = []

    def adopt_file(self, ctx, request):
        self.asked.append((ctx, request))
        return SimpleNamespace(id=new_id(), account_id=request.account_id, name=request.name)


class TestSave:
    def test_it_is_handed_over_once_sent_under_the_name_of_who_sent_it(self, place):
        file, documents = place.add(), Documents()
        place.talk(lambda talk: talk.start(attachment_ids=(file.id,)))

        saved = place.save(file, documents)

        ((ctx, asked),) = documents.asked
        assert ctx.actor.kind == "system"
        assert (asked.source, asked.origin, asked.name) == (f"chat:{file.id}", "chat", "statement.pdf")
        assert (asked.uploader.side, asked.uploader.name) == ("firm", place.ctx.actor.name)
        assert place.blobs.get(asked.path) == b"A statement."
        assert saved.name == "statement.pdf"

    def test_one_of_an_internal_message_is_not(self, place):
        """R-CHT-4: clients may see documents."""
        file, documents = place.add(), Documents()
        thread = place.talk(lambda talk: talk.start())
        place.talk(lambda talk: talk.say(thread, is_internal=True, attachment_ids=(file.id,)))

        with pytest.raises(InternalAttachment):
            place.save(file, documents)

        assert documents.asked == []

    def test_nor_one_that_waits_was_deleted_or_is_elsewhere(self, place):
        waiting, gone, documents = place.add(), place.add(), Documents()
        thread = place.talk(lambda talk: talk.start())
        place.talk(lambda talk: talk.delete(thread, talk.say(thread, attachment_ids=(gone.id,))))

        for file in (waiting, gone):
            with pytest.raises(AttachmentNotFound):
                place.save(file, documents)
        place.account_id = new_id()
        with pytest.raises(AttachmentNotFound):
            place.save(waiting, documents)

    def test_nor_by_a_client(self, place):
        file = place.add()
        place.talk(lambda talk: talk.start(attachment_ids=(file.id,)))

        with pytest.raises(Forbidden):
            place.save(file, Documents(), ctx=as_contact(place.ctx, "Anna Roy"))
