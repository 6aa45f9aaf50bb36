"""The store of files, against a folder and against S3 spoken by a real server."""

import asyncio
import datetime as dt
import os
import time

import pytest

from chassis.blobs import PART, AsyncBlobs, BlobExists, BlobNotFound, Blobs
from chassis.config import Settings
from chassis.errors import Unavailable
from deploy.local import ports
from tests.s3 import BUCKET, KEYS, server

LARGE = os.urandom(1024) * 1024 * 12  # bytes; more than two parts


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    """The variables of an S3 server with an empty bucket."""
    with server(tmp_path_factory.mktemp("s3") / "log") as variables:
        yield variables


@pytest.fixture(params=["folder", "s3"])
def settings(request, tmp_path, monkeypatch):
    """A place of its own for each test."""
    if request.param == "folder":
        return Settings(blobs=(tmp_path / "where files are").as_uri())
    for name, value in request.getfixturevalue("s3").items():
        monkeypatch.setenv(name, value)
    return Settings(blobs=f"s3://{BUCKET}/{tmp_path.name}")


@pytest.fixture
def blobs(settings):
    return Blobs(settings)


def soon():
    return dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)


class TestBlobs:
    def test_what_is_put_is_what_is_got(self, blobs):
        blobs.create("a/b/c.bin", b"\x00\xff content")

        assert blobs.get("a/b/c.bin") == b"\x00\xff content"
        assert blobs.size("a/b/c.bin") == 10

    def test_nothing_is_created_over_what_is_there(self, blobs):
        blobs.create("a", b"first")

        with pytest.raises(BlobExists):
            blobs.create("a", b"second")

        assert blobs.get("a") == b"first"

    def test_a_copy_stays_when_what_it_was_made_of_goes(self, blobs):
        blobs.create("a/first", b"content")
        blobs.create("b/second", b"gives way")

        blobs.copy("a/first", "b/second")
        blobs.delete("a/first")

        assert blobs.get("b/second") == b"content"
        with pytest.raises(BlobNotFound):
            blobs.copy("a/first", "b/third")

    def test_large_content_passes_in_parts(self, blobs):
        parts = (LARGE[start : start + 1_000_000] for start in range(0, len(LARGE), 1_000_000))

        blobs.put("large", parts)

        found = blobs.open("large")
        received = list(found.parts)
        assert found.size == len(LARGE) > 2 * PART
        assert b"".join(received) == LARGE
        assert len(received) > 1

    def test_the_later_put_wins(self, blobs):
        blobs.put("a", iter([b"first"]))
        blobs.put("a", iter([b"sec", b"ond"]))

        assert blobs.get("a") == b"second"

    def test_an_upload_that_breaks_off_leaves_nothing(self, blobs):
        def parts():
            yield LARGE
            raise LookupError("the line is dead")

        with pytest.raises(LookupError, match="the line is dead"):
            blobs.put("a", parts())

        assert blobs.size("a") is None
        assert blobs.older("a", soon()) == []

    def test_what_is_not_there(self, blobs):
        assert blobs.size("nothing") is None
        with pytest.raises(BlobNotFound):
            blobs.get("nothing")

    def test_deleting_is_done_once_and_again(self, blobs):
        blobs.create("a/1", b"1")
        blobs.create("a/2", b"2")

        for _ in range(2):
            blobs.delete("a/1", "a/2")

        assert (blobs.size("a/1"), blobs.size("a/2")) == (None, None)

    def test_a_folder_tells_what_is_older_than_an_instant(self, blobs):
        blobs.create("incoming/1", b"1")
        blobs.create("elsewhere/2", b"2")

        assert blobs.older("incoming", soon()) == ["incoming/1"]
        assert blobs.older("incoming", soon() - dt.timedelta(hours=1)) == []
        assert blobs.older("nothing", soon()) == []

    @pytest.mark.parametrize("path", ["", "/", "/etc/passwd", "../a", "a/../b", "a//b", "a/.hidden", "é", "a b", "a\n"])
    def test_no_path_leads_elsewhere(self, blobs, path):
        for act in (blobs.get, blobs.delete, blobs.size):
            with pytest.raises(ValueError, match="is no path of the store"):
                act(path)

    def test_it_waits_as_it_is_told(self, settings):
        waited = []

        def run(function, *arguments, **options):
            waited.append(function.__name__)
            return function(*arguments, **options)

        blobs = Blobs(settings, run)
        blobs.create("a", b"1")
        blobs.get("a")
        blobs.delete("a")

        assert waited == ["put", "get", "next", "next", "delete"]


class TestAsyncBlobs:
    def test_large_content_passes_in_parts(self, settings):
        async def parts():
            for start in range(0, len(LARGE), 1_000_000):
                yield LARGE[start : start + 1_000_000]

        async def act(blobs):
            await blobs.put("large", parts())
            found = await blobs.open("large")
            return found.size, await blobs.size("large"), b"".join([part async for part in found.parts])

        assert asyncio.run(act(AsyncBlobs(settings))) == (len(LARGE), len(LARGE), LARGE)

    def test_an_upload_that_breaks_off_leaves_nothing(self, settings):
        async def parts():
            yield LARGE
            raise LookupError("the line is dead")

        async def act(blobs):
            with pytest.raises(LookupError, match="the line is dead"):
                await blobs.put("incoming/a", parts())
            return await blobs.size("incoming/a"), await blobs.older("incoming", soon())

        assert asyncio.run(act(AsyncBlobs(settings))) == (None, [])

    def test_what_is_not_there(self, settings):
        async def act(blobs):
            await blobs.delete("nothing")
            with pytest.raises(BlobNotFound):
                await blobs.open("nothing")
            return await blobs.size("nothing")

        assert asyncio.run(act(AsyncBlobs(settings))) is None


class TestWithoutAStore:
    def test_s3_that_is_gone_is_told_within_a_calls_deadline(self, monkeypatch):
        (port,) = ports.free_ports(1)
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": f"http://{ports.HOST}:{port}"}.items():
            monkeypatch.setenv(name, value)
        began = time.monotonic()

        with pytest.raises(Unavailable):
            Blobs(Settings(blobs="s3://files/x")).get("a")

        assert time.monotonic() - began < 5

    def test_a_folder_that_cannot_be_made_is_told(self):
        with pytest.raises(Unavailable):
            Blobs(Settings(blobs="file:///proc/nowhere")).create("a", b"1")

    def test_a_process_that_was_told_of_none_says_so(self):
        with pytest.raises(Unavailable, match="DOSSIER_BLOBS"):
            Blobs(Settings()).get("a")


class TestCopying:
    def test_what_is_copied_is_in_both_places_and_goes_from_each_alone(self, blobs):
        blobs.put("chats/a", [b"content"])

        blobs.copy("chats/a", "documents/b")
        blobs.delete("chats/a")

        assert blobs.get("documents/b") == b"content"

    def test_what_is_there_gives_way(self, blobs):
        for path in ("a", "b"):
            blobs.put(path, [path.encode()])

        blobs.copy("a", "b")

        assert blobs.get("b") == b"a"

    def test_what_is_nowhere_is_told(self, blobs):
        with pytest.raises(BlobNotFound):
            blobs.copy("nowhere", "b")
        with pytest.raises(BlobNotFound):
            blobs.beginning("nowhere", 10)

    def test_the_beginning_alone_is_read(self, blobs):
        blobs.put("a", [LARGE])
        blobs.put("short", [b"abc"])
        blobs.put("empty", [])

        assert blobs.beginning("a", 1000) == LARGE[:1000]
        assert (blobs.beginning("short", 1000), blobs.beginning("empty", 1000)) == (b"abc", b"")

    def test_a_part_from_within_comes_alone_with_the_size_of_all(self, settings, blobs):
        blobs.put("a", [LARGE])

        async def part():
            found = await AsyncBlobs(settings).open("a", (1000, 3_000_000))
            return found.size, b"".join([each async for each in found.parts])

        assert asyncio.run(part()) == (len(LARGE), LARGE[1000:3_000_000])


def test_what_a_dead_process_left_half_way_in_a_folder_is_cleared(tmp_path):
    """A killed gateway leaves what the library had staged; a young one belongs to somebody who still sends."""
    settings = Settings(blobs=(tmp_path / "where files are").as_uri())
    Blobs(settings).put("incoming/whole", [b"x"])
    folder = tmp_path / "where files are" / "incoming"
    for name, age in (("old#1", 7200), ("young#1", 60)):
        (folder / name).write_bytes(b"half")
        then = dt.datetime.now(dt.UTC).timestamp() - age
        os.utime(folder / name, (then, then))

    asyncio.run(AsyncBlobs(settings).clear_staged("incoming", dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)))

    assert sorted(path.name for path in folder.iterdir()) == ["whole", "young#1"]
