"""The way of a photo through files and rows (R-PHOTO-1, R-PHOTO-2): whatever dies on the way, no half is ever seen."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from chassis import outbox
from chassis.blobs import Blobs
from chassis.config import Settings
from chassis.context import Actor, new_id
from chassis.errors import Forbidden, Invalid, KeyReused, Unavailable
from chassis.testing import database
from contracts.accounts import PHOTO_SIZES, AccountChanged, AccountNotFound, AccountRef, GetPhoto, SetPhoto
from services.accounts import photos, queries
from services.accounts.model import PhotoLeftover
from services.accounts.operations.photos import delete_photo
from services.accounts.timing import PHOTO_MADE_WITHIN
from tests.pictures import near, plain, read
from tests.unit.accounts import firm


class Killed(BaseException):
    """The process dies here."""


class Place:
    """An account of a fresh firm, with a database that commits and a folder for files."""

    def __init__(self, db, folder, ctx):
        self.db, self.folder, self.ctx = db, folder, ctx
        self.blobs = Blobs(Settings(blobs=folder.as_uri()))
        with db.transaction(ctx) as session:
            self.account = firm.opened(session, ctx, name="Ada Lovelace")

    def again(self, **changes):
        return replace(self.ctx, key=new_id().hex, **changes)

    def upload(self, content):
        upload = f"incoming/{new_id().hex}"
        self.blobs.create(upload, content)
        return upload

    def set(self, content=None, *, ctx=None, blobs=None, compute=None, **square):
        upload = self.upload(plain() if content is None else content)
        request = SetPhoto(account_id=self.account.id, upload=upload, **square)
        compute = compute or (lambda function, *arguments: function(*arguments))
        return photos.set_photo(self.db, blobs or self.blobs, compute, ctx or self.again(), request)

    def delete(self):
        with self.db.transaction(self.ctx) as session:
            return delete_photo(session, self.again(), AccountRef(account_id=self.account.id))

    def shown(self):
        with self.db.reading(self.ctx) as session:
            return queries.get_account(session, self.ctx, AccountRef(account_id=self.account.id))

    def content(self, size=128):
        with self.db.reading(self.ctx) as session:
            return queries.get_photo(session, self.ctx, GetPhoto(account_id=self.account.id, size=size))

    def events(self):
        with self.db.reading(self.ctx) as session:
            return [event for event in outbox.pending(session) if isinstance(event, AccountChanged)]

    def leftovers(self):
        with self.db.reading(self.ctx) as session:
            return set(session.scalars(select(PhotoLeftover.photo_id)))

    def files(self):
        return {path.parent.name for path in (self.folder / "photos").rglob("*.webp")}

    def sweep(self, later=None):
        now = replace(self.ctx, firm_id=None, now=self.ctx.now + (later or PHOTO_MADE_WITHIN * 2))
        return photos.sweep(self.db, self.blobs, now)


@pytest.fixture
def place(postgres_url, ctx, tmp_path):
    return Place(database(postgres_url, "accounts"), tmp_path, ctx)


class TestSet:
    def test_the_account_shows_it_and_says_so(self, place):
        photo = place.set(plain("#aa0000"))

        shown = place.shown()
        assert (shown.photo, shown.version) == (photo, place.account.version + 1)
        assert (photo.by, photo.updated_at) == ("firm", place.ctx.now)
        assert place.events()[-1].account == shown
        assert near(read(place.blobs.get(place.content().path)), (0.5, 0.5), "#aa0000")
        assert place.leftovers() == set()

    def test_the_last_one_wins_and_the_other_goes(self, place):
        first, second = place.set(), place.set()

        assert place.shown().photo == second
        assert place.leftovers() == {first.id}
        place.sweep()
        assert (place.leftovers(), place.files()) == (set(), {str(second.id)})

    def test_of_many_at_once_one_is_shown(self, place):
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: place.set(), range(4)))

        place.sweep()
        assert place.shown().photo.id in {photo.id for photo in made}
        assert place.files() == {str(place.shown().photo.id)}

    def test_a_repeated_request_is_done_once(self, place):
        ctx = place.again()

        first, second = place.set(ctx=ctx), place.set(ctx=ctx)

        assert first == second == place.shown().photo
        assert place.shown().version == place.account.version + 1

    def test_of_twins_at_once_one_is_done(self, place):
        ctx = place.again()

        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: place.set(ctx=ctx), range(4)))

        assert made == [place.shown().photo] * 4
        assert place.shown().version == place.account.version + 1
        place.sweep()
        assert place.files() == {str(made[0].id)}

    def test_another_request_with_the_same_key_is_refused(self, place):
        ctx = place.again()
        first = place.set(ctx=ctx)

        for content, square in ((plain("#00aa00"), {}), (plain(), {"x": 0, "y": 0, "size": 5})):
            with pytest.raises(KeyReused):
                place.set(content, ctx=ctx, **square)

        assert place.shown().photo == first

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04", plain()[:-100]])
    def test_what_is_no_picture_leaves_nothing(self, place, content):
        first = place.set()

        with pytest.raises(Invalid):
            place.set(content)

        assert place.shown().photo == first
        assert (place.files(), place.leftovers()) == ({str(first.id)}, set())

    def test_what_is_too_large_is_not_read(self, place):
        with pytest.raises(Invalid, match="not as it should be") as told:
            place.set(bytes(5 * 1024 * 1024 + 1))

        assert told.value.data["errors"] == [{"field": "photo", "message": "A photo has at most 5 MB."}]

    def test_an_upload_that_is_gone(self, place):
        request = SetPhoto(account_id=place.account.id, upload=f"incoming/{new_id().hex}")

        with pytest.raises(Unavailable):
            photos.set_photo(place.db, place.blobs, lambda *_: None, place.again(), request)


class TestDeath:
    """Files first, the row last: a process may die between any two steps."""

    @pytest.mark.parametrize("after", range(len(PHOTO_SIZES) + 1))
    def test_between_the_files_and_the_row_nothing_is_seen(self, place, after):
        first = place.set(plain("#aa0000"))
        dying = Dying(place.blobs, after)

        with pytest.raises(Killed):
            place.set(plain("#0000aa"), blobs=dying)

        assert place.shown().photo == first
        assert near(read(place.blobs.get(place.content().path)), (0.5, 0.5), "#aa0000")
        assert len(place.leftovers()) == 1

        place.sweep(later=PHOTO_MADE_WITHIN / 2)
        assert len(place.leftovers()) == 1, "whoever makes it may still be at work"
        place.sweep()
        assert (place.leftovers(), place.files()) == (set(), {str(first.id)})

    def test_a_sweep_that_dies_is_done_again(self, place):
        first, second = place.set(), place.set()
        place.blobs.delete(photos.path(place.ctx.firm, place.account.id, first.id, 64))

        place.sweep()
        place.sweep()

        assert (place.leftovers(), place.files()) == (set(), {str(second.id)})

    def test_a_photo_swept_before_it_was_shown_is_not_shown(self, place):
        class Slow(Blobs):
            def create(self, path, content):
                super().create(path, content)
                place.sweep()

        with pytest.raises(Unavailable):
            place.set(blobs=Slow(Settings(blobs=place.folder.as_uri())))

        assert place.shown().photo is None


class Dying(Blobs):
    def __init__(self, blobs, after):
        self.__dict__.update(blobs.__dict__)
        self.left = after

    def create(self, path, content):
        if self.left == 0:
            raise Killed
        self.left -= 1
        super().create(path, content)
        if self.left == 0:
            raise Killed


class TestDelete:
    def test_the_initials_are_shown_again(self, place):
        drawn = place.content()
        photo = place.set()
        place.delete()

        assert place.shown().photo is None
        assert place.content() == drawn
        assert place.events()[-1].account == place.shown()
        assert place.leftovers() == {photo.id}
        place.sweep()
        assert place.files() == set()

    def test_done_already_nothing_changes(self, place):
        place.delete()

        assert place.shown() == place.account


class TestShown:
    def test_a_photo_is_named_by_its_id_and_size(self, place):
        photo = place.set()

        content = place.content(size=256)

        assert (content.media_type, content.etag) == ("image/webp", f"{photo.id}-256")
        assert read(place.blobs.get(content.path)).size == (256, 256)

    def test_initials_are_named_by_what_they_show(self, place):
        small, large = place.content(size=64), place.content(size=512)

        assert (small.media_type, small.path) == ("image/svg+xml", None)
        assert ">AL<" in small.text
        assert small.etag != large.etag
        assert place.content(size=64) == small


class TestAccess:
    """R-PHOTO-1: whom the rules let, and nobody else; the owner asks again what the gateway has asked."""

    @pytest.mark.parametrize("rights", [(), ("manage_contacts",), ("manage_tags", "assign_team_members")])
    def test_who_sees_the_account_and_may_not_change_it(self, place, rights):
        viewer = self.member(place, "view_all_accounts", *rights)

        with pytest.raises(Forbidden):
            place.set(ctx=viewer)
        with pytest.raises(Forbidden), place.db.transaction(viewer) as session:
            delete_photo(session, viewer, AccountRef(account_id=place.account.id))

        assert place.files() == set()

    def test_who_does_not_see_it_is_told_that_there_is_nothing(self, place):
        portal = place.again(actor=Actor(kind="portal", id=new_id()))  # sees no account until the portal opens
        stranger = place.again(firm_id=new_id())

        for ctx in (self.member(place, "manage_accounts"), portal, stranger):
            with pytest.raises(AccountNotFound):
                place.set(ctx=ctx)
            with pytest.raises(AccountNotFound), place.db.transaction(ctx) as session:
                delete_photo(session, ctx, AccountRef(account_id=place.account.id))
            with pytest.raises(AccountNotFound), place.db.reading(ctx) as session:
                queries.get_photo(session, ctx, GetPhoto(account_id=place.account.id))

    def test_the_sweep_of_one_firm_leaves_the_others(self, place, postgres_url, ctx, tmp_path):
        other = Place(place.db, tmp_path, replace(ctx, firm_id=new_id()))
        kept = other.set()
        place.set()
        place.set()

        place.sweep()

        assert str(kept.id) in place.files()
        assert other.shown().photo == kept

    @staticmethod
    def member(place, *rights):
        with place.db.transaction(place.ctx) as session:
            (joined,) = firm.join(session, place.ctx, firm.member(rights=rights))
        return joined


class TestUpload:
    @pytest.mark.parametrize(
        "upload", ["photos/x", "incoming/", "incoming/../photos", "incoming/" + "g" * 32, "incoming/" + "0" * 33, "/"]
    )
    def test_names_only_what_waits_in_the_store(self, upload):
        from chassis.wire import load

        with pytest.raises(Invalid):
            load(SetPhoto, {"account_id": str(new_id()), "upload": upload})
