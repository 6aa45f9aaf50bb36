"""Parts of files (RFC 9110 §14), many files as one zip, and what is measured of a file while it comes in."""

import asyncio
import hashlib
import io
import os
import zipfile

import orjson
import pytest
from starlette.requests import Request

from chassis.blobs import AsyncBlobs, Blobs
from chassis.config import Settings
from chassis.wire import dump, to_json
from contracts.files import Archive, Content, Packed
from gateway import uploads
from gateway.archives import Archives
from gateway.downloads import Downloads
from gateway.problems import NoSuchRange, problem
from gateway.route import ANY_KIND, Upload
from gateway.uploads import Uploads
from tests.unit.gateway.test_files import receiving

FILE = os.urandom(3_000_000)
ETAG = '"one"'


@pytest.fixture
def settings(tmp_path):
    made = Settings(blobs=tmp_path.as_uri())
    Blobs(made).put("documents/one", [FILE])
    Blobs(made).put("documents/empty", [])
    return made


def request(method="GET", **headers):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "path": "/", "headers": raw})


async def body_of(response):
    if hasattr(response, "body_iterator"):
        return b"".join([bytes(part) async for part in response.body_iterator])
    return bytes(response.body)


@pytest.fixture
def ask(settings):
    """`ask(range="bytes=0-9")`: the answer and its body."""

    def send(method="GET", path="documents/one", **headers):
        async def run():
            content = dump(Content(media_type="application/pdf", etag="one", path=path, file_name="a.pdf"))

            async def again():
                return content

            response = await Downloads(AsyncBlobs(settings)).answer(request(method, **headers), content, again)
            return response, await body_of(response)

        return asyncio.run(run())

    return send


class TestRanges:
    @pytest.mark.parametrize(
        ("asked", "first", "after"),
        [
            ("bytes=0-0", 0, 1),
            ("bytes=10-19", 10, 20),
            ("bytes=2999990-", 2999990, 3_000_000),
            ("bytes=2999990-99999999999", 2999990, 3_000_000),
            ("bytes=-5", 2999995, 3_000_000),
            ("bytes=-99999999", 0, 3_000_000),
            ("Bytes=1-2", 1, 3),
            ("bytes=0-2999999", 0, 3_000_000),
        ],
    )
    def test_a_range_is_sent_alone(self, ask, asked, first, after):
        response, body = ask(range=asked)

        assert response.status_code == 206
        assert body == FILE[first:after]
        assert response.headers["content-range"] == f"bytes {first}-{after - 1}/3000000"
        assert response.headers["content-length"] == str(after - first)
        assert response.headers["etag"] == ETAG

    @pytest.mark.parametrize("asked", ["bytes=3000000-", "bytes=3000000-3000001", "bytes=-0"])
    def test_one_that_is_nowhere_is_refused_with_the_size(self, ask, asked):
        with pytest.raises(NoSuchRange) as raised:
            ask(range=asked)

        response = problem(raised.value, "request")
        assert (response.status_code, response.headers["content-range"]) == (416, "bytes */3000000")

    def test_of_an_empty_file_there_is_none(self, ask):
        with pytest.raises(NoSuchRange):
            ask(path="documents/empty", range="bytes=0-")

    @pytest.mark.parametrize(
        "asked", ["bytes=5-2", "bytes=a-b", "bytes", "bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=1-2x", ""]
    )
    def test_what_is_no_single_range_gets_the_whole(self, ask, asked):
        response, body = ask(range=asked)

        assert (response.status_code, body) == (200, FILE)
        assert response.headers["accept-ranges"] == "bytes"

    @pytest.mark.parametrize(
        ("stated", "status"), [('"one"', 206), ('"two"', 200), ('W/"one"', 200), ("Sat, 1 Jan", 200)]
    )
    def test_if_range_wants_the_rest_of_that_file_only(self, ask, stated, status):
        assert ask(range="bytes=0-9", if_range=stated)[0].status_code == status

    def test_who_has_it_gets_nothing_whatever_the_range(self, ask):
        assert ask(range="bytes=0-9", if_none_match=ETAG)[0].status_code == 304

    def test_head_tells_the_size_and_ignores_ranges(self, ask):
        response, body = ask("HEAD", range="bytes=0-9")

        assert (response.status_code, response.headers["content-length"], body) == (200, "3000000", b"")


class TestArchives:
    def zipped(self, settings, *packed, method="GET"):
        archive = orjson.loads(to_json(Archive(file_name="T\u00e4x.zip", files=packed)))
        response = Archives(settings).answer(request(method), archive)
        return response, asyncio.run(body_of(response))

    def test_files_come_out_as_they_went_in(self, settings):
        one = Packed(name="Soci\u00e9t\u00e9/a.pdf", path="documents/one", size=len(FILE))
        empty = Packed(name="empty.txt", path="documents/empty", size=0)

        response, body = self.zipped(settings, one, empty)

        assert response.headers["content-length"] == str(len(body))
        assert "T%C3%A4x.zip" in response.headers["content-disposition"]
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            assert archive.testzip() is None
            assert archive.namelist() == ["Soci\u00e9t\u00e9/a.pdf", "empty.txt"]
            assert archive.read("Soci\u00e9t\u00e9/a.pdf") == FILE

    def test_head_tells_the_size_alone(self, settings):
        one = Packed(name="a.pdf", path="documents/one", size=len(FILE))

        whole, _ = self.zipped(settings, one)
        head, body = self.zipped(settings, one, method="HEAD")

        assert (head.headers["content-length"], body) == (whole.headers["content-length"], b"")

    @pytest.mark.parametrize(("path", "size"), [("documents/none", 5), ("documents/one", 5)])
    def test_one_that_is_not_what_was_said_cuts_it(self, settings, path, size):
        """ADR 12: what was begun is never ended as if it were whole."""
        with pytest.raises(Exception, match=r"blob_not_found|size|Size"):
            self.zipped(settings, Packed(name="a.pdf", path=path, size=size))


class TestMeasuring:
    UPLOAD = Upload(field="upload", kinds=(ANY_KIND,), max_bytes=100, seconds=30.0, measured=("size", "sha256"))

    def test_size_and_digest_are_told(self, settings):
        async def run():
            scope = {"type": "http", "method": "PUT", "path": "/", "headers": []}
            sent = Request(scope, receiving(b"abc", b"", b"defg"))
            async with Uploads(AsyncBlobs(settings)).kept(sent.stream(), self.UPLOAD, uploads.new_path()) as measures:
                return measures

        assert asyncio.run(run()) == {"size": 7, "sha256": hashlib.sha256(b"abcdefg").hexdigest()}

    @pytest.mark.parametrize("kind", ["", "application/pdf", "text/html", "x/y"])
    def test_any_kind_is_taken(self, kind):
        uploads.check(self.UPLOAD, {"content-type": kind})

    def test_but_no_form(self):
        with pytest.raises(Exception, match="the file itself"):
            uploads.check(self.UPLOAD, {"content-type": "multipart/form-data; boundary=x"})
