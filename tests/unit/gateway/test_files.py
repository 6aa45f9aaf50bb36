"""Files through the gateway: raw bodies into the store of files, and answers out of it."""

import asyncio
import datetime as dt
import os
from typing import ClassVar

import pytest
from starlette.requests import ClientDisconnect, Request

from chassis.blobs import AsyncBlobs, BlobNotFound, Blobs
from chassis.config import Settings
from chassis.errors import Unavailable
from contracts.files import INCOMING, UPLOADS_KEPT_SECONDS
from gateway import problems, uploads
from gateway.downloads import SMALL, Downloads
from gateway.route import Upload
from gateway.uploads import Uploads

UPLOAD = Upload(field="upload", kinds=("image/png", "application/pdf"), max_bytes=100, seconds=30.0)
LARGE = os.urandom(SMALL + 1)


@pytest.fixture
def settings(tmp_path):
    return Settings(blobs=tmp_path.as_uri())


@pytest.fixture
def blobs(settings):
    return Blobs(settings)


def receiving(*parts, ends=True):
    """What a server gives for a body that comes in these parts, and then ends or is never heard of again."""
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    if ends:
        waiting.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive():
        if not waiting:
            await asyncio.Event().wait()
        message = waiting.pop(0)
        if message["body"] is None:
            return {"type": "http.disconnect"}
        return message

    return receive


def request(receive=None, method="PUT", **headers):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "path": "/", "headers": raw}, receive)


class TestCheck:
    @pytest.mark.parametrize("kind", ["image/png", "IMAGE/JPEG; q=1", "image/*", "application/pdf"])
    def test_a_file_of_the_same_family_is_taken(self, kind):
        uploads.check(UPLOAD, request(content_type=kind, content_length="100").headers)

    @pytest.mark.parametrize(
        "headers", [{}, {"content_type": "text/html"}, {"content_type": "image/png", "content_encoding": "gzip"}]
    )
    def test_all_else_is_told_what_to_send(self, headers):
        with pytest.raises(problems.WrongMediaType, match="image/png, application/pdf"):
            uploads.check(UPLOAD, request(**headers).headers)

    @pytest.mark.parametrize("length", ["101", "-1", "x", "9" * 30])
    def test_a_length_that_is_none_or_too_large(self, length):
        with pytest.raises(problems.TooLarge):
            uploads.check(UPLOAD, request(content_type="image/png", content_length=length).headers)


class TestUploads:
    def keep(self, settings, receive, during=lambda _: None, upload=UPLOAD):
        async def run():
            path = uploads.new_path()
            async with Uploads(AsyncBlobs(settings)).kept(request(receive).stream(), upload, path):
                return during(path)

        return asyncio.run(run())

    def test_the_body_waits_in_the_store_until_it_is_taken(self, settings, blobs):
        content = self.keep(settings, receiving(b"a" * 60, b"", b"b" * 40), blobs.get)

        assert content == b"a" * 60 + b"b" * 40
        assert blobs.older(INCOMING, dt.datetime.max.replace(tzinfo=dt.UTC)) == []

    def test_an_empty_body_is_a_file_too(self, settings, blobs):
        assert self.keep(settings, receiving(), blobs.get) == b""

    @pytest.mark.parametrize(
        ("receive", "error"),
        [
            (receiving(b"a" * 60, b"b" * 41), problems.TooLarge),
            (receiving(b"a" * 60, None, ends=False), ClientDisconnect),
        ],
    )
    def test_what_breaks_off_leaves_nothing(self, settings, blobs, receive, error):
        with pytest.raises(error):
            self.keep(settings, receive)

        assert blobs.older(INCOMING, dt.datetime.max.replace(tzinfo=dt.UTC)) == []

    def test_who_does_not_finish_in_time_is_told(self, settings, blobs):
        upload = Upload(field="upload", kinds=("image/png",), max_bytes=100, seconds=0.1)

        with pytest.raises(problems.TooSlow):
            self.keep(settings, receiving(b"a", ends=False), upload=upload)

        assert blobs.older(INCOMING, dt.datetime.max.replace(tzinfo=dt.UTC)) == []

    def test_a_call_that_fails_takes_the_body_along(self, settings, blobs):
        def refuse(path):
            assert blobs.size(path) == 1
            raise LookupError

        with pytest.raises(LookupError):
            self.keep(settings, receiving(b"a"), refuse)

        assert blobs.older(INCOMING, dt.datetime.max.replace(tzinfo=dt.UTC)) == []

    def test_two_names_are_two(self):
        assert len({uploads.new_path() for _ in range(100)}) == 100

    def test_the_sweep_takes_what_a_dead_gateway_left_and_nothing_younger(self, settings, blobs, tmp_path):
        old, young, other = f"{INCOMING}/old", f"{INCOMING}/young", "photos/old"
        for path in (old, young, other):
            blobs.create(path, b"1")
        long_ago = dt.datetime.now(dt.UTC).timestamp() - UPLOADS_KEPT_SECONDS - 60
        for path in (old, other):
            os.utime(tmp_path / path, (long_ago, long_ago))

        swept = asyncio.run(Uploads(AsyncBlobs(settings)).sweep())

        assert swept == 1
        assert [blobs.size(path) for path in (old, young, other)] == [None, 1, 1]


class TestDownloads:
    FILE: ClassVar = {"media_type": "image/webp", "etag": "1", "path": "photos/1"}

    def answer(self, settings, result, *more, **options):
        """The status, headers and body of an answer; `more` are what the owner says when asked anew."""
        answers = list(more)
        sent = []

        async def again():
            return answers.pop(0)

        async def send(message):
            sent.append(message)

        async def run():
            asked = request(receiving(ends=False), options.pop("method", "GET"), **options)
            response = await Downloads(AsyncBlobs(settings)).answer(asked, result, again)
            await response(asked.scope, asked.receive, send)

        asyncio.run(run())
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], headers, [message.get("body", b"") for message in sent[1:]]

    def test_a_small_file(self, settings, blobs):
        blobs.create("photos/1", b"content")

        status, headers, parts = self.answer(settings, self.FILE)

        assert (status, b"".join(parts)) == (200, b"content")
        assert (headers["content-type"], headers["content-length"], headers["etag"]) == ("image/webp", "7", '"1"')

    def test_a_large_file_goes_out_in_parts(self, settings, blobs):
        blobs.create("photos/1", LARGE)

        status, headers, parts = self.answer(settings, self.FILE)

        assert (status, b"".join(parts), headers["content-length"]) == (200, LARGE, str(len(LARGE)))
        assert len(parts) > 1

    def test_of_a_large_file_head_tells_the_length(self, settings, blobs):
        blobs.create("photos/1", LARGE)

        status, headers, parts = self.answer(settings, self.FILE, method="HEAD")

        assert (status, headers["content-length"], b"".join(parts)) == (200, str(len(LARGE)), b"")

    def test_text_of_the_owners(self, settings):
        _, headers, parts = self.answer(settings, {"media_type": "image/svg+xml", "etag": "2", "text": "<é/>"})

        assert (headers["content-type"], b"".join(parts).decode()) == ("image/svg+xml", "<é/>")

    def test_who_has_it_is_not_sent_it_and_it_is_not_read(self, settings):
        status, headers, parts = self.answer(settings, self.FILE, if_none_match='"0", W/"1"')

        assert (status, b"".join(parts), headers["etag"]) == (304, b"", '"1"')
        assert "content-type" not in headers

    @pytest.mark.parametrize("known", ["1", '"11"', '"', "", '"0"'])
    def test_another_tag_is_another_file(self, settings, blobs, known):
        blobs.create("photos/1", b"content")

        assert self.answer(settings, self.FILE, if_none_match=known)[0] == 200

    def test_a_file_that_was_replaced_meanwhile_is_asked_for_anew(self, settings, blobs):
        blobs.create("photos/2", b"new")

        _, headers, parts = self.answer(settings, self.FILE, {**self.FILE, "path": "photos/2", "etag": "2"})

        assert (headers["etag"], b"".join(parts)) == ('"2"', b"new")

    def test_a_file_that_is_lost_is_not_there(self, settings):
        with pytest.raises(BlobNotFound):
            self.answer(settings, self.FILE, self.FILE)

    def test_a_store_that_fails_is_told_before_the_answer_begins(self):
        with pytest.raises(Unavailable):
            self.answer(Settings(blobs="file:///proc/nowhere"), self.FILE)

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("", "inline"),
            ("Bilan 2026.pdf", "attachment; filename*=UTF-8''Bilan%202026.pdf"),
            ('é"\r\nX: 1.pdf', "attachment; filename*=UTF-8''%C3%A9%22%0D%0AX%3A%201.pdf"),
        ],
    )
    def test_a_file_with_a_name_is_saved_under_it(self, settings, name, said):
        content = {"media_type": "text/plain", "etag": "1", "text": "x", "file_name": name}

        assert self.answer(settings, content)[1]["content-disposition"] == said
