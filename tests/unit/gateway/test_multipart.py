"""Forms with files: read while they come, within bounds, whatever a sender makes of them."""

import asyncio

import pytest
from starlette.requests import Request

from chassis.errors import Invalid
from gateway import multipart, problems

KIND = "multipart/form-data; boundary=x"


def part(name, content, file_name=None):
    named = f'; filename="{file_name}"' if file_name is not None else ""
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"


def request(body, kind=KIND, length=None, step=7, pause=0.0):
    """A request whose body comes in pieces of `step` bytes."""
    pieces = [body[start : start + step] for start in range(0, len(body), step)]

    async def receive():
        await asyncio.sleep(pause)
        if not pieces:
            return {"type": "http.request", "body": b"", "more_body": False}
        return {"type": "http.request", "body": pieces.pop(0), "more_body": True}

    headers = [(b"content-type", kind.encode()), (b"content-length", str(length or len(body)).encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


def read(sent, most=10_000, seconds=5.0, takes=True):
    """The files by name and content, and what was typed."""

    async def run():
        form, found = multipart.Form(sent, most, seconds), []
        async for each in form.files():
            content = b"".join([piece async for piece in each.content]) if takes else b""
            found.append((each.name, each.file_name, content))
        return found, form.fields

    return asyncio.run(run())


WHOLE = (
    part("folder", b"caf\xc3\xa9") + part("files", b"abc\r\n--y", "a.pdf") + part("files", b"", "b.txt") + b"--x--\r\n"
)


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
def test_fields_and_files_come_as_they_were_sent(step):
    found, fields = read(request(WHOLE, step=step))

    assert found == [("files", "a.pdf", b"abc\r\n--y"), ("files", "b.txt", b"")]
    assert fields == {"folder": "café"}


def test_a_file_that_nobody_takes_is_passed_over():
    found, _ = read(request(WHOLE), takes=False)

    assert [name for _, name, _ in found] == ["a.pdf", "b.txt"]


def test_a_field_of_files_where_none_was_chosen_is_none():
    assert read(request(part("files", b"", "") + b"--x--")) == ([], {})


@pytest.mark.parametrize("name", ["C:\\papers\\a.pdf", "../../a.pdf", "papers/a.pdf"])
def test_folders_in_front_of_a_name_are_left_out(name):
    ((_, kept, _),), _ = read(request(part("files", b"x", name) + b"--x--"))

    assert kept == "a.pdf"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"no form at all", Invalid),
        (part("files", b"abc", "a.pdf"), Invalid),  # cut
        (b"--x\r\nContent-Disposition: attachment\r\n\r\nabc\r\n--x--", Invalid),
        (b"--x\r\n\r\nabc\r\n--x--", Invalid),
        (part("note", b"\xff\xfe") + b"--x--", Invalid),
        (b"".join(part("a", b"b") for _ in range(multipart.MOST_PARTS + 1)) + b"--x--", Invalid),
        (part("note", b"a" * (multipart.LONGEST_TEXT + 1)) + b"--x--", problems.TooLarge),
        (b"", Invalid),
    ],
)
def test_what_is_no_form_is_refused(body, error):
    with pytest.raises(error):
        read(request(body, step=4096), most=1_000_000)


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "multipart/mixed; boundary=x", ""])
def test_another_kind_is_refused_unread(kind):
    with pytest.raises(problems.WrongMediaType):
        read(request(WHOLE, kind=kind))


@pytest.mark.parametrize("length", [10_001, "x", -1])
def test_too_large_is_refused_by_what_is_said_of_it(length):
    with pytest.raises(problems.TooLarge):
        read(request(WHOLE, length=length))


def test_more_than_was_said_is_refused_as_it_comes():
    with pytest.raises(problems.TooLarge):
        read(request(part("files", b"a" * 20_000, "a.pdf") + b"--x--", length=10))


def test_whoever_is_too_slow_is_not_waited_for():
    with pytest.raises(problems.TooSlow):
        read(request(WHOLE, step=1, pause=0.05), seconds=0.2)
